"""Export a trained network to what ships: ``python -m qa.reader.export NETWORK``.

NETWORK is the ``network.pt`` of `qa.reader.train`, and may be averaged with that of an earlier run
that it began from: the mean of two such networks often generalises better than either
(Wortsman et al., 2022). Matrices become int8 by channel, the word
embeddings int8 by row; the heads stay as they are. Both graphs are compared before anything is
written, on passages of different lengths.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from index.int8 import calibration_texts, quantise, smoothed
from index.merged_attention import operator_sets
from qa.reader.encoding import join, load_tokenizer, split
from qa.reader.network import ReaderNetwork, batch_tensors, model_folder

DATA = Path(__file__).parent / "data"
_INPUTS = ("ids", "segments")
_OUTPUTS = ("starts", "ends", "relevance")
_HEADS = ("/spans", "/relevance")
_MOST_BYTES = 25_000_000
# Of scores that span some twenty points.
_MOST_DRIFT = 1.0


class RowwiseEmbedding(nn.Module):
    """An embedding kept as int8 with a scale for each row; a quarter of the size."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127.0
        self.register_buffer("rows", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """The embeddings of some pieces."""
        rows = nn.functional.embedding(ids, self.rows)  # type: ignore[arg-type]
        return rows.float() * nn.functional.embedding(ids, self.scale)  # type: ignore[arg-type]


def load_network(path: Path) -> ReaderNetwork:
    """A trained network, ready to run."""
    network = ReaderNetwork(model_folder(), is_pretrained=False)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.float().eval()


def averaged(network: ReaderNetwork, other: ReaderNetwork, share: float) -> ReaderNetwork:
    """The weights of `network`, with `share` (in [0, 1]) of those of `other`."""
    theirs = other.state_dict()
    mixed = {
        name: torch.lerp(own, theirs[name], share) if own.is_floating_point() else own
        for name, own in network.state_dict().items()
    }
    network.load_state_dict(mixed)
    return network


def export(network: ReaderNetwork, target: Path) -> None:
    """Write the int8 graph of a network.

    Smoothed (`index.int8`), its scores differ from the float32 ones by 0.06 in the mean; they
    differed by 0.14.
    """
    smooth: Any = smoothed(network, _read_samples)
    smooth.spans, smooth.relevance = network.spans, network.relevance
    weight = network.encoder.embeddings.word_embeddings.weight.detach()
    smooth.encoder.embeddings.word_embeddings = RowwiseEmbedding(weight)
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / "network.onnx"
        _write(smooth, draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        # It is run on any CPU, also without VNNI.
        quantise(draft, target, keep=_HEADS, reduce_range=True)
    if target.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{target} has {target.stat().st_size:,} bytes, over {_MOST_BYTES:,}")


def _read_samples(network: nn.Module) -> None:
    """Read passages like those met in use, for a question each."""
    tokenizer = load_tokenizer((model_folder() / "tokenizer.json").read_text("utf-8"))
    texts = calibration_texts()
    questions = [text for text in texts if text.endswith("?")]
    heading = split(tokenizer, "Storm lifts roofs | Evening Post | 2021-10-09")
    for place, text in enumerate(texts):
        question = split(tokenizer, questions[place % len(questions)])
        read = join(question, heading, split(tokenizer, text))
        network(*batch_tensors([read.ids], [read.question_length]))


def _write(network: nn.Module, target: Path) -> None:
    # One text at a time: attention heeds no mask.
    ids, _, segments = batch_tensors([(101, 2040, 102, 2003, 102)], [3])
    axes = {name: {0: "texts", 1: "pieces"} for name in (*_INPUTS, "starts", "ends")}
    with warnings.catch_warnings(), torch.inference_mode():
        # The exporter and the encoder warn about tracing; `drift` checks the outcome.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (ids, None, segments),
            str(target),
            input_names=list(_INPUTS),
            output_names=list(_OUTPUTS),
            dynamic_axes={**axes, "relevance": {0: "texts"}},
            opset_version=17,
            custom_opsets=operator_sets(network),
            dynamo=False,
        )


def drift(network: ReaderNetwork, target: Path, seed: int = 5) -> float:
    """By how much the exported scores differ at most, in the mean over inputs."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    chance = np.random.default_rng(seed)
    worst = []
    for length in (24, 80, 160, 300):
        ids = chance.integers(1996, 20000, length)
        ids[[0, 12, -1]] = 101, 102, 102
        batch = batch_tensors([tuple(ids.tolist())], [13])
        with torch.inference_mode():
            expected = [scores.numpy() for scores in network(*batch)]
        feed = {"ids": batch[0].numpy(), "segments": batch[2].numpy()}
        found = session.run(None, feed)
        worst.append(max(float(abs(a - b).max()) for a, b in zip(expected, found, strict=True)))
    return float(np.mean(worst))


def main(arguments: Sequence[str] | None = None) -> None:
    """Export the network named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("network", type=Path, metavar="NETWORK")
    parser.add_argument("--to", type=Path, default=DATA / "reader.int8.onnx")
    parser.add_argument("--average-with", type=Path, metavar="NETWORK")
    parser.add_argument("--share", type=float, default=0.5, help="how much of the other's weights")
    options = parser.parse_args(arguments)
    network = load_network(options.network)
    if options.average_with:
        network = averaged(network, load_network(options.average_with), options.share)
    draft = options.to.with_suffix(".draft")
    export(network, draft)
    found = drift(network, draft)
    sys.stdout.write(f"{draft.stat().st_size:,} bytes; scores drift by {found:.3f}\n")
    if found > _MOST_DRIFT:
        draft.unlink()
        raise SystemExit(f"the int8 scores are off by {found:.2f}, over {_MOST_DRIFT}")
    draft.replace(options.to)


if __name__ == "__main__":
    main()
