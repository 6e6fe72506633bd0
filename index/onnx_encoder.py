"""A sentence-transformers model exported once to ONNX, so that questions need no torch.

Measured on two cores, one question: torch 13.7 ms, ONNX 3.0 ms; first import 5.8 s against
0.2 s. The exported graph holds the model's whole pipeline, pooling and normalisation included,
and is kept in the user's cache under the hash of the weights it was made from. It is in eight bits
(`index.int8`) where this machine runs that clearly faster and the vectors agree, else in float32.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from index.cache import cache_dir, put_in_place
from index.int8 import calibration_texts, quantise, smoothed
from index.merged_attention import operator_sets
from index.models import ModelFiles
from index.onnx_session import in_parallel, open_session, simplify

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

logger = logging.getLogger(__name__)

# Raise it when the export changes, so that older files are made anew.
_EXPORT_VERSION = 5
_MODEL, _WEIGHTS = "model.onnx", "weights.bin"
_INT8_MODEL = "int8.onnx"
# Float32 graphs of the same weights differ by rounding only; measured 0.9999998 at worst.
_MIN_COSINE = 0.9999
# On news sentences; passages agree with the float32 vectors to 0.998 in the mean (96 of them), a
# text of one word to 0.990.
_MIN_INT8_COSINE = 0.995
# Without instructions for it, eight bits are slower than float32.
_MIN_INT8_GAIN = 1.25
_GAIN_RUNS = 7
_MAX_BATCH = 4
# Texts of different kinds and lengths on which an export must agree with its original.
_CHECK_TEXTS = (
    "Who?",
    "When did the prime minister cut short his visit, and why?",
    (
        "The central bank raised its key rate by half a point on Thursday, saying that inflation "
        "had proved more stubborn than it expected and that further steps were likely."
    ),
    "Überschwemmung in Kraków – 北京 🙂",
    "word " * 400,
)


class OnnxEncoder:
    """Texts → L2-normalised vectors with onnxruntime and tokenizers only.

    Build it with `load` or `export`.
    """

    def __init__(self, model: Path, files: ModelFiles) -> None:
        # In eight bits activations are scaled by the largest in the batch, and attention heeds no
        # mask: a text by itself has the same vector whatever is embedded beside it.
        self.is_int8 = model.name == _INT8_MODEL
        self._max_batch = 1 if self.is_int8 else _MAX_BATCH
        self._session = open_session(str(model), is_simplified=True)
        self._inputs = [node.name for node in self._session.get_inputs()]
        self.dim = int(self._session.get_outputs()[0].shape[1])
        self._tokenizer = _tokenizer(files.folder / "tokenizer.json", files.max_word_pieces)

    @staticmethod
    def is_exported(files: ModelFiles) -> bool:
        """Whether there is an export of these weights."""
        return _exported(files) is not None

    @classmethod
    def load(cls, files: ModelFiles) -> OnnxEncoder | None:
        """The encoder exported earlier from these weights, or None.

        While one is in use, all who ask for it share it; who asks while it is being opened waits.
        """
        model = _exported(files)
        if model is None:
            return None
        with _guard:
            try:
                encoder = _in_use.get(model)
                if encoder is None:
                    encoder = _in_use[model] = cls(model, files)
            except Exception as error:  # noqa: BLE001 - onnxruntime's errors share no base class
                logger.warning(
                    "the exported encoder %s is damaged (%s); making it anew", model, error
                )
                return None
        return encoder

    @classmethod
    def export(cls, files: ModelFiles, model: SentenceTransformer) -> OnnxEncoder | None:
        """Export `model` into the cache and check it against the original.

        In eight bits where this machine runs that clearly faster and the vectors agree. Returns
        None, and logs why, for a model that cannot be exported or whose export disagrees with it.
        """
        target = _export_folder(files)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
                written, draft = Path(scratch) / "written.onnx", Path(scratch) / "export"
                draft.mkdir()
                _write_onnx(model, written)
                simplify(written, draft / _MODEL, weights=_WEIGHTS)
                encoder = cls(draft / _MODEL, files)
                agreement = _worst_cosine(encoder, model, files)
                if agreement < _MIN_COSINE:
                    raise ValueError(f"its vectors agree to a cosine of {agreement:.5f} only")
                small = _write_int8(encoder, model, files, Path(scratch))
                del encoder  # some systems rename no folder whose files are mapped
                put_in_place(draft if small is None else small, target)
            return cls.load(files)
        except Exception as error:  # noqa: BLE001 - torch's exporter fails in many ways
            logger.warning(
                "model %r could not be exported to ONNX (%s); questions go through torch, "
                "which is slower",
                files.name,
                error,
            )
            return None

    def seconds_for(self, texts: Sequence[str]) -> float:
        """How long texts take, one after the other on one thread."""
        encodings = self._tokenizer.encode_batch(list(texts))
        start = time.perf_counter()
        for encoding in encodings:
            self._run([encoding])
        return time.perf_counter() - start

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of `texts`: ndarray of shape (n_texts, dim), float32, rows of norm 1.

        Texts longer than the model's limit are cut there, as sentence-transformers does.
        """
        encodings = self._tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(encodings), self.dim), dtype=np.float32)
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
        size = self._max_batch
        batches = [order[first : first + size] for first in range(0, len(order), size)]
        # The longest first: what is left for the end is short.
        batches.reverse()
        found = in_parallel(lambda rows: self._run([encodings[row] for row in rows]), batches)
        for rows, of_batch in zip(batches, found, strict=True):
            vectors[rows] = of_batch
        return vectors

    def _run(self, encodings: list[Any]) -> NDArray[np.float32]:
        longest = max(len(encoding.ids) for encoding in encodings)
        shape = (len(encodings), longest)
        feed = {name: np.zeros(shape, dtype=np.int64) for name in self._inputs}
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            feed["input_ids"][row, :length] = encoding.ids
            feed["attention_mask"][row, :length] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, :length] = encoding.type_ids
        (vectors,) = self._session.run(None, feed)
        return np.asarray(vectors, dtype=np.float32)


_in_use: WeakValueDictionary[Path, OnnxEncoder] = WeakValueDictionary()
_guard = threading.Lock()


@lru_cache(maxsize=2)
def _tokenizer(file: Path, max_word_pieces: int) -> Tokenizer:
    """The tokenizer that both graphs of a model use; reading one takes 30 ms."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(max_word_pieces)
    tokenizer.no_padding()
    return tokenizer


def _exported(files: ModelFiles) -> Path | None:
    folder = _export_folder(files)
    return next((folder / n for n in (_INT8_MODEL, _MODEL) if (folder / n).is_file()), None)


def _export_folder(files: ModelFiles) -> Path:
    return cache_dir() / "encoders" / f"{files.weights_sha256[:16]}-v{_EXPORT_VERSION}"


def _write_onnx(model: Any, target: Path) -> None:
    import warnings

    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pipeline = model

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            vectors = self.pipeline(dict(zip(names, inputs, strict=True)))["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, p=2.0, dim=1)

    example = model.tokenizer(
        ["one text", "another, longer text"], padding=True, return_tensors="pt"
    )
    names = list(example)
    axes = {name: {0: "texts", 1: "word_pieces"} for name in names}
    with warnings.catch_warnings(), torch.inference_mode():
        # The exporter and the model warn about tracing; `_worst_cosine` checks the outcome.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pipeline().eval(),
            tuple(example[name] for name in names),
            str(target),
            input_names=names,
            output_names=["vectors"],
            dynamic_axes={**axes, "vectors": {0: "texts"}},
            opset_version=17,
            custom_opsets=operator_sets(model),
            dynamo=False,
        )


def _write_int8(
    encoder: OnnxEncoder, model: SentenceTransformer, files: ModelFiles, scratch: Path
) -> Path | None:
    """A folder below `scratch` with the graph in eight bits; None where it is of no use here."""

    def run(network: Any) -> None:
        for text in calibration_texts():
            network.encode(files.passage_prompt + text, show_progress_bar=False)

    written, quantised, draft = (
        scratch / "smooth.onnx",
        scratch / "quantised.onnx",
        scratch / "int8",
    )
    draft.mkdir()
    try:
        _write_onnx(smoothed(model, run), written)
        quantise(written, quantised, reduce_range=False)
        simplify(quantised, draft / _INT8_MODEL, weights=_WEIGHTS)
        found = OnnxEncoder(draft / _INT8_MODEL, files)
        agreement = _worst_cosine(found, model, files, calibration_texts())
        gain = _gain(found, encoder)
    except Exception as error:  # noqa: BLE001 - exporter and quantiser fail in many ways
        logger.info("model %r could not be put into eight bits (%s)", files.name, error)
        return None
    if agreement < _MIN_INT8_COSINE or gain < _MIN_INT8_GAIN:
        logger.info(
            "texts are embedded in float32: in eight bits cosine %.4f, speed %.2f", agreement, gain
        )
        return None
    return draft


def _gain(one: OnnxEncoder, other: OnnxEncoder) -> float:
    """How many times as fast as the other, by the best of several runs: a machine may be busy."""
    texts = calibration_texts()[:3]
    runs = [(one.seconds_for(texts), other.seconds_for(texts)) for _ in range(_GAIN_RUNS)]
    return min(slow for _, slow in runs) / min(fast for fast, _ in runs)


def _worst_cosine(
    encoder: OnnxEncoder,
    model: SentenceTransformer,
    files: ModelFiles,
    texts: Sequence[str] = _CHECK_TEXTS,
) -> float:
    """The least agreement on texts as questions and as passages, which some models tell apart."""
    worst = 1.0
    for encode, prompt in (
        (model.encode_query, files.question_prompt),
        (model.encode_document, files.passage_prompt),
    ):
        expected = encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        exported = encoder.encode([prompt + text for text in texts])
        worst = min(worst, float(np.min(np.sum(exported * expected, axis=1))))
    return worst
