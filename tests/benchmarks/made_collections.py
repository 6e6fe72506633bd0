"""Collections of any size, made of the bundled articles with other words and made-up vectors.

Every third word of a copy is another one of the articles' words, and every number another number:
copies are no near-copies of each other. A vector is that of an original, moved at random: embedding
a million passages is not what is measured.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import seeds
from index.build import index_articles, manifest_for
from index.embed import SentenceTransformerEmbedder
from index.readers import read_articles
from index.store import PassageStore
from index.types import Article

_WORD = re.compile(r"[^\W\d_]{4,}|\d+")
# A copy's cosine with its original is about 0.8: as near as two reports of one event.
_NOISE = 0.75


class MovedVectors:
    """An `index.embed.Embedder` that gives passages made-up vectors and questions real ones."""

    def __init__(self, seed: int = 0) -> None:
        self._real = SentenceTransformerEmbedder()
        articles = [article for article in read_articles([seeds.PATH]) if _is_article(article)]
        texts = [article.text[:900] for article in articles]
        self._originals = self._real.embed_passages(texts)
        self._seed = seed
        self.name = self._real.name
        self.weights_sha256 = self._real.weights_sha256
        self.dim = self._real.dim
        self.max_word_pieces = self._real.max_word_pieces
        self.count_word_pieces = self._real.count_word_pieces
        self.embed_questions = self._real.embed_questions

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        chance = np.random.default_rng([self._seed, len(texts), len(texts[0]) if texts else 0])
        vectors = self._originals[chance.integers(len(self._originals), size=len(texts))]
        noise = chance.standard_normal(vectors.shape) * (_NOISE / np.sqrt(self.dim))
        moved = (vectors + noise).astype(np.float32)
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def make_store(folder: Path, n_passages: int, embedder: MovedVectors, seed: int = 0) -> int:
    """A store of about `n_passages` passages in `folder`; how many they are."""
    records = folder.with_suffix(".jsonl")
    originals = [article for article in read_articles([seeds.PATH]) if _is_article(article)]
    words = sorted({word for article in originals for word in _WORD.findall(article.text)})
    chance = random.Random(seed)
    # The bundled articles have some six passages each.
    n_articles = max(1, round(n_passages / 6))
    with records.open("w", encoding="utf-8") as file:
        for number in range(n_articles):
            article = originals[number % len(originals)]
            day = f"{2000 + number % 24}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
            record = {
                "id": f"made-{number}",
                "title": _other_words(article.title or "", words, chance),
                "text": _other_words(article.text, words, chance),
                "source": f"outlet-{number % 40}.example",
                "date": day,
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    with PassageStore.create(folder, manifest_for(embedder)) as store:
        index_articles(store, embedder, [records])
        with store.view() as view:
            return view.counts().passages


def _other_words(text: str, words: Sequence[str], chance: random.Random) -> str:
    places = 0

    def other(match: re.Match[str]) -> str:
        nonlocal places
        places += 1
        if match.group().isdigit():
            return str(chance.randrange(10 ** len(match.group())))
        return chance.choice(words) if places % 3 == 0 else match.group()

    return _WORD.sub(other, text)


def _is_article(item: object) -> bool:
    return isinstance(item, Article)
