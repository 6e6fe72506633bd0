"""The network that is trained: MiniLM with a span head and a relevance head."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from index.models import find_model
from index.precision import gains_by_half_precision


class ReaderNetwork(nn.Module):
    """One encoder, three scores: where an answer starts, where it ends, whether there is one.

    ``spans`` at [CLS] is the score of there being no answer span; ``relevance`` at [CLS] tells
    whether the passage answers the question, and orders passages.
    """

    def __init__(self, folder: Path, *, is_pretrained: bool = True, device: str = "cpu") -> None:
        super().__init__()
        # Questions are seen several times, so states drop out; attention's dropout would cost more
        # time than it gains.
        settings = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.0}
        if is_pretrained:
            self.encoder = AutoModel.from_pretrained(
                str(folder),
                add_pooling_layer=False,
                attn_implementation=_fastest_attention(device),
                **settings,
            )
        else:
            config = AutoConfig.from_pretrained(str(folder), **settings)
            self.encoder = AutoModel.from_config(  # type: ignore[no-untyped-call]
                config, add_pooling_layer=False, attn_implementation="eager"
            )
        width = self.encoder.config.hidden_size
        self.spans = nn.Linear(width, 2)
        self.relevance = nn.Linear(width, 1)

    def forward(
        self, ids: Tensor, attention: Tensor | None, segments: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of starts and ends, (n, length) each, and of relevance, (n,).

        `attention` is 0 where a text is padded; None where none is.
        """
        states = self.encoder(
            input_ids=ids, attention_mask=attention, token_type_ids=segments
        ).last_hidden_state.to(self.spans.weight.dtype)
        starts, ends = self.spans(states).unbind(dim=-1)
        return starts, ends, self.relevance(states[:, 0]).squeeze(-1)


def _fastest_attention(device: str) -> str:
    """How attention is computed in training.

    torch's fused attention on a CPU takes half of a step's time in bfloat16 (14 inputs/s; written
    out as matrix products 27), and is the faster one in float32 and on a GPU.
    """
    return "eager" if device == "cpu" and gains_by_half_precision(device) else "sdpa"


def model_folder() -> Path:
    """Where the weights and the tokenizer that training starts from stand."""
    return find_model().folder


def batch_tensors(
    sequences: list[tuple[int, ...]], question_lengths: list[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, attention and segments of some inputs, padded to the longest."""
    longest = max(map(len, sequences))
    ids = torch.zeros((len(sequences), longest), dtype=torch.long)
    attention = torch.zeros_like(ids)
    segments = torch.zeros_like(ids)
    for row, (sequence, asked) in enumerate(zip(sequences, question_lengths, strict=True)):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        attention[row, : len(sequence)] = 1
        segments[row, asked : len(sequence)] = 1
    return ids, attention, segments
