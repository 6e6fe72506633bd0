"""Texts in eight bits: the same network, nearly the same vectors, the same ranking."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from index.embed import SentenceTransformerEmbedder
from index.int8 import calibration_texts, smoothed
from index.onnx_encoder import OnnxEncoder

QUESTIONS = [
    "How many homes were without power?",
    "Which planet was found?",
    "Who headed in a corner?",
    "What fell after the recall of vans?",
    "When will the museum reopen?",
]
ANSWERED_BY = [2, 6, 5, 8, 10]


class _Block(nn.Module):
    """Two layers, a channel that is fifty times the others, and a token that is, too."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(16, 32), nn.Linear(32, 8, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.outer(nn.functional.gelu(self.inner(tokens)))
        return result


@pytest.fixture
def block() -> _Block:
    torch.manual_seed(3)
    return _Block().eval()


@pytest.fixture
def tokens() -> torch.Tensor:
    torch.manual_seed(4)
    tokens = torch.randn(1, 40, 16)
    tokens[..., 3] *= 50
    tokens[0, 7] *= 50
    return tokens


def quantised(values: torch.Tensor) -> torch.Tensor:
    """As dynamic quantisation rounds a matrix of activations: one step for all of it."""
    step = (values.max() - values.min()) / 255
    return (values / step).round() * step


def lost(network: nn.Module, tokens: torch.Tensor, expected: torch.Tensor) -> float:
    """By how much results are off, in the mean, where each product's input is rounded."""
    products = [m for m in network.modules() if isinstance(m, nn.Linear)]
    hooks = [m.register_forward_pre_hook(lambda _, x: quantised(x[0])) for m in products]
    with torch.inference_mode():
        found = network(tokens)
    for hook in hooks:
        hook.remove()
    return float((found - expected).abs().mean())


def test_a_smoothed_network_computes_the_same(block: _Block, tokens: torch.Tensor) -> None:
    smooth = smoothed(block, lambda network: network(tokens))
    assert not any(isinstance(m, nn.Linear) and m.bias is not None for m in smooth.modules())
    with torch.inference_mode():
        torch.testing.assert_close(smooth(tokens), block(tokens), rtol=1e-4, atol=1e-4)
    # The one it was made from is as it was.
    assert isinstance(block.inner, nn.Linear)


def test_rounding_costs_a_smoothed_network_much_less(block: _Block, tokens: torch.Tensor) -> None:
    with torch.inference_mode():
        expected = block(tokens)
    smooth = smoothed(block, lambda network: network(tokens))
    assert lost(smooth, tokens, expected) < 0.3 * lost(block, tokens, expected)


def test_passages_in_eight_bits_are_ranked_as_in_float32(
    embedder: SentenceTransformerEmbedder,
) -> None:
    from sentence_transformers import SentenceTransformer

    texts = list(calibration_texts())
    questions = embedder.embed_questions(QUESTIONS)  # exports, where that was not done before
    encoder = OnnxEncoder.load(embedder._files)
    assert encoder is not None
    if not encoder.is_int8:
        pytest.skip("this processor gains nothing by eight bits")
    exact = SentenceTransformer(str(embedder._files.folder), device="cpu")
    expected = exact.encode(texts, normalize_embeddings=True)
    found = encoder.encode(texts)
    assert np.sum(found * expected, axis=1).min() > 0.995
    asked = exact.encode(QUESTIONS, normalize_embeddings=True)
    assert np.sum(questions * asked, axis=1).min() > 0.99
    assert np.argmax(questions @ found.T, axis=1).tolist() == ANSWERED_BY
    assert np.argmax(asked @ expected.T, axis=1).tolist() == ANSWERED_BY


def test_a_passage_s_vector_does_not_depend_on_its_neighbours(
    embedder: SentenceTransformerEmbedder,
) -> None:
    texts = list(calibration_texts())
    embedder.forget()
    together = embedder.embed_passages(texts)
    for place in (3, 6, 9):
        embedder.forget()
        (alone,) = embedder.embed_passages([texts[place]])
        # Batches in float32 differ by their rounding.
        np.testing.assert_allclose(alone, together[place], atol=1e-6)
    # Many at once go through torch where eight bits do not serve.
    many = embedder.embed_passages(texts * 10)
    assert np.sum(many[: len(texts)] * together, axis=1).min() > 0.995
    for place in (3, 6, 9):
        same = embedder.embed_passages([texts[place]] * 70)
        np.testing.assert_allclose(same, np.tile(many[place], (70, 1)), atol=1e-6)
