"""Texts → L2-normalised vectors, through sentence-transformers."""

from __future__ import annotations

import hashlib
import logging
import shutil
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelUnavailableError
from index.models import DEFAULT_MODEL, ModelFiles, find_model
from index.onnx_encoder import OnnxEncoder
from index.precision import half_precision

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

logger = logging.getLogger(__name__)

_BATCH_SIZE = 32
# Up to this many passages (one changed article, the sentences weighed for an answer), loading
# torch would take longer than it saves.
_FEW = 64
# How many of their vectors are kept, at 1.5 KB each. A question is embedded to search and again to
# weigh sentences, and who asks on meets the same sentences: of a second question on the same
# articles, half of the time went into embedding them anew.
_KEPT = 4_096


class Embedder(Protocol):
    """Turns questions and passages into vectors whose inner product is their cosine.

    Questions and passages have a method each, since many models treat them differently.
    """

    @property
    def name(self) -> str:
        """The model's name or path, as a store records it."""

    @property
    def weights_sha256(self) -> str:
        """Tells two models of one name apart."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def max_word_pieces(self) -> int:
        """How much of a text is read, special tokens included."""

    def count_word_pieces(self, text: str) -> int:
        """How many word pieces the passage `text` takes, prompt and special tokens included."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: ndarray of shape (n_texts, dim), float32, rows of norm 1."""

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: ndarray of shape (n_texts, dim), float32, rows of norm 1."""


class SentenceTransformerEmbedder:
    """An `Embedder` over a sentence-transformers model.

    Texts go through the weights exported to ONNX, which spares torch's import (seconds) and most of
    the time of each call, in eight bits where the processor gains by it. Many passages at once go
    through torch where it does not, or where there is a GPU. A model that cannot be
    exported goes through torch at all times, and the log says so.

    Parameters
    ----------
    model : str
        See `index.models.find_model`.

    Raises
    ------
    ModelUnavailableError
        The model cannot be found or loaded.
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self._files: ModelFiles = find_model(model)
        self._guard = threading.Lock()
        # Of the texts encoded last, the latest at the end.
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    @property
    def name(self) -> str:
        return self._files.name

    @property
    def weights_sha256(self) -> str:
        return self._files.weights_sha256

    @property
    def max_word_pieces(self) -> int:
        return self._files.max_word_pieces

    @cached_property
    def dim(self) -> int:
        if self._encoder is not None:
            return self._encoder.dim
        dim = self._model.get_embedding_dimension()
        assert dim is not None
        return dim

    def count_word_pieces(self, text: str) -> int:
        text = self._files.passage_prompt + text
        if self._tokenizer is not None:
            return len(self._tokenizer.encode(text).ids)
        return len(self._model.tokenizer(text, truncation=False)["input_ids"])

    def load(self) -> None:
        """Open the exported encoder, where there is one, instead of on first use."""
        if OnnxEncoder.is_exported(self._files):
            self._encoder  # noqa: B018  (opens it)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        texts = [self._files.passage_prompt + text for text in texts]
        encoder = self._encoder
        if encoder is not None and len(texts) <= _FEW:
            # The sentences weighed for an answer come here, too, and are met again.
            return self._encoded(texts, encoder)
        if encoder is not None and encoder.is_int8 and not _has_gpu():
            return encoder.encode(texts)
        with half_precision(_device()):
            return self._model.encode_document(
                texts,
                prompt="",
                batch_size=_BATCH_SIZE,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            ).astype(np.float32, copy=False)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        if self._encoder is not None:
            texts = [self._files.question_prompt + text for text in texts]
            return self._encoded(texts, self._encoder)
        return self._model.encode_query(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        ).astype(np.float32, copy=False)

    def forget(self) -> None:
        """Let go of the vectors kept: the next texts are embedded as if for the first time."""
        with self._guard:
            self._kept.clear()

    def _encoded(self, texts: Sequence[str], encoder: OnnxEncoder) -> Vectors:
        """Vectors of prompted texts, each encoded once for as long as it is kept."""
        # Texts are kept as hashes: of what was dropped into a chat and removed, no word stays.
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        with self._guard:
            vectors = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            vectors |= zip(missing, encoder.encode(list(missing.values())), strict=True)
        with self._guard:
            for key, vector in vectors.items():
                self._kept[key] = vector
                self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return np.array([vectors[key] for key in keys])

    @cached_property
    def _encoder(self) -> OnnxEncoder | None:
        """The exported encoder, made on first use; None for a model that cannot be exported."""
        encoder = OnnxEncoder.load(self._files)
        if encoder is None and self._tokenizer is not None:
            encoder = OnnxEncoder.export(self._files, self._model)
        return encoder

    @cached_property
    def _tokenizer(self) -> Tokenizer | None:
        file = self._files.folder / "tokenizer.json"
        if not file.is_file():
            return None
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        logger.info("loading %s from %s", self._files.name, self._files.folder)
        try:
            return SentenceTransformer(str(self._files.folder), device=_device())
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelUnavailableError(
                f"model {self.name!r} in {self._files.folder} cannot be loaded by "
                f"sentence-transformers ({error}); name another model or reinstall it",
                model=self.name,
            ) from error


def _has_gpu() -> bool:
    """Whether there is a GPU for torch; torch is asked only where there may be one."""
    if not (Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi")):
        return False
    return _device() == "cuda"


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
