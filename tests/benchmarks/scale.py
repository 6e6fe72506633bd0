"""A local store as it grows: building, disk, opening, asking, memory, changing one article.

``python tests/benchmarks/scale.py --source STORE --sizes 1000 10000 100000``: stores of so many
passages are made from a store of real news. Beyond its own size its articles are repeated, with
names, numbers and every eighth other word changed (letter by letter, so that passages keep their
places) and with the vectors moved at random (cosine 0.93 with the first): nothing is embedded.
Times are of the processor, which other work on the machine hardly moves, and of the clock, which it
does. Writes scale.json, unless told otherwise.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import IndexRun, remove_articles
from index.chunk import embedding_text
from index.embed import SentenceTransformerEmbedder
from index.filters import Filter, source_key
from index.store import PassageStore
from index.types import Article, Passage
from qa import Assistant
from qa.query import make_query
from qa.retrieve import Retriever

HERE = Path(__file__).parent
N_QUESTIONS = 60
N_ANSWERS = 12
_RUNS = 3
_NOISE = 0.02
_WORD = re.compile(r"[A-Za-z]{2,}|\d+")
_ARTICLES_A_FILE = 500


class Repeated:
    """The articles of a store, over and over, each time a little different.

    A cutter for `index.build.IndexRun`: passages and vectors are made from those of the source.
    """

    def __init__(self, source: Path) -> None:
        self._store = PassageStore.open(source)
        self._record = self._store.database()
        self._dice = np.random.default_rng(1)
        self._passages: dict[str, list[tuple[Passage, bytes]]] = {}
        self._vectors: dict[bytes, NDArray[np.float32]] = {}
        self.manifest = self._store.manifest

    def articles(self, n_passages: int, first: int = 0) -> Iterator[Article]:
        """Articles that have `n_passages` passages together, or a few more."""
        ids = list(self._record.article_ids())
        taken = 0
        for number in range(first, sys.maxsize):
            again, place = divmod(number, len(ids))
            path = f"/articles/{number // _ARTICLES_A_FILE}.jsonl"
            made = self.article(f"{ids[place]}~{again}", again, path)
            yield made
            taken += len(self._passages.get(made.id, ()))
            if taken >= n_passages:
                return

    def article(self, made_id: str, again: int, path: str) -> Article:
        """The article of the source that an id names, changed for the `again`-th time."""
        article = self._record.article(made_id.rpartition("~")[0])
        assert article is not None
        rows = self._record.shard_record.passage_rows(article.id)
        keys = self._record.vector_keys_of(rows)
        found = self._record.passages(rows)
        text = altered(article.text, again)
        made = replace(
            article,
            id=made_id,
            title=article.title and altered(article.title, again),
            text=text,
            path=path,
            content_sha256=hashlib.sha256(text.encode()).hexdigest(),
            byte_range=None,
        )
        self._passages[made.id] = [
            (
                replace(
                    passage,
                    id=f"{made.id}@{passage.start}-{passage.end}",
                    article_id=made.id,
                    text=text[passage.start : passage.end],
                ),
                keys[row],
            )
            for row, (passage, _) in sorted(found.items())
        ]
        return made

    def cut(self, article: Article) -> Sequence[tuple[Passage, str]]:
        again = int(article.id.rpartition("~")[2])
        made = []
        for passage, key in self._passages.pop(article.id):
            text = embedding_text(article, passage)
            (vector,) = self._record.vectors_of([key])
            if again:
                vector = vector + self._dice.normal(0, _NOISE, len(vector)).astype(np.float32)
                vector /= np.linalg.norm(vector)
            self._vectors[hashlib.sha256(text.encode()).digest()] = vector
            made.append((passage, text))
        return made

    def embed(self, keys: Sequence[bytes], texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vectors.pop(key) for key in keys])


def altered(text: str, again: int) -> str:
    """`text` with names, numbers and some other words changed, and as long as before."""
    if not again:
        return text

    def other(match: re.Match[str]) -> str:
        word = match.group()
        mixed = zlib.crc32(f"{word.casefold()} {again}".encode())
        if not (word[0].isupper() or word[0].isdigit() or mixed % 8 == 0):
            return word
        return "".join(_moved(letter, mixed >> (at % 24)) for at, letter in enumerate(word))

    return _WORD.sub(other, text)


def _moved(letter: str, by: int) -> str:
    for first, n in (("a", 26), ("A", 26), ("0", 10)):
        place = ord(letter) - ord(first)
        if 0 <= place < n:
            return chr(ord(first) + (place + by) % n)
    return letter


def build(source: Path, target: Path, size: int) -> dict[str, Any]:
    """Make a store of `size` passages; what that took, and what it takes on disk."""
    repeated = Repeated(source)
    start, cpu = time.perf_counter(), time.process_time()
    with PassageStore.create(target, repeated.manifest) as store:
        with store.writer() as writer:
            run = IndexRun(store, repeated, writer, 0, None)
            files: dict[str, list[Article]] = {}
            for article in repeated.articles(size):
                files.setdefault(article.path or "", []).append(article)
                if len(files) > 1:
                    path = next(iter(files))
                    run.take(path, "key", "/articles", files.pop(path))
            for path, articles in files.items():
                run.take(path, "key", "/articles", articles)
            run.finish()
        took = {"build_s": time.perf_counter() - start, "build_cpu_s": time.process_time() - cpu}
        with store.view() as view:
            counts = view.counts()
        parts = {
            "record": target.glob("record.sqlite3*"),
            "dense": target.glob("dense-*"),
            "lexical": target.glob("lexical-*/*"),
            "articles": target.glob("articles-*/*"),
        }
        sizes = {name: sum(file.stat().st_size for file in files) for name, files in parts.items()}
    return {
        "passages": counts.passages,
        "articles": counts.articles,
        **took,
        "bytes_a_passage": {name: n / counts.passages for name, n in sizes.items()},
    }


def ask(target: Path) -> dict[str, Any]:
    """Open a store and search it, in a process that has done nothing else."""
    embedder = SentenceTransformerEmbedder()
    vectors = embedder.embed_questions(["to load the encoder"])
    before = anonymous()
    start, cpu = time.perf_counter(), time.process_time()
    with PassageStore.open(target) as store, store.view() as view:
        view.search_dense(vectors[0], 10, Filter())
        view.search_lexical("president", 10, Filter())
        opened = {"open_s": time.perf_counter() - start, "open_cpu_s": time.process_time() - cpu}
        rows = view.matching(Filter())
        dice = np.random.default_rng(2)
        chosen = view.passages(dice.choice(rows, min(N_QUESTIONS, len(rows)), replace=False))
        asked = [article.title or passage.text[:80] for passage, article in chosen.values()]
        conditions = list(filters([article for _, article in chosen.values()]))
        retriever = Retriever(view, embedder)
        times: dict[str, list[float]] = {}
        for number, text in enumerate(asked):
            for name, where in (("none", Filter()), conditions[number % len(conditions)]):
                query = replace(make_query(text), where=where)
                start, cpu = time.perf_counter(), time.process_time()
                retriever.retrieve(query, 8)
                times.setdefault(f"{name}_ms", []).append((time.perf_counter() - start) * 1e3)
                times.setdefault(f"{name}_cpu_ms", []).append((time.process_time() - cpu) * 1e3)
        grown = anonymous() - before
    answered = []
    with Assistant.open(target) as assistant:
        assistant.ask(f"What is told of {asked[-1]}?")  # loads the reader
        for text in asked[:N_ANSWERS]:
            start = time.perf_counter()
            assistant.ask(f"What is told of {text}?")
            answered.append((time.perf_counter() - start) * 1e3)
    with PassageStore.open(target) as store:
        recall = recall_at_10(store, embedder.embed_questions(asked[:20]))
    return {
        **opened,
        "answer_ms": spread(answered),
        "retrieve": {name: spread(values) for name, values in sorted(times.items())},
        "anonymous_bytes_a_passage": grown / len(rows),
        "recall_at_10": recall,
    }


def filters(articles: Sequence[Article]) -> Iterator[tuple[str, Filter]]:
    """Conditions that leave about half, a tenth, and one outlet."""
    days = sorted(article.published for article in articles if article.published)
    middle = days[len(days) // 2]
    yield "since", Filter(since=middle)
    yield "as_of", Filter(as_of=middle)
    yield "month", Filter(since=middle - datetime.timedelta(30), until=middle)
    named = sorted(source_key(article.source) for article in articles if article.source)
    if named:
        yield "outlet", Filter(sources=frozenset({max(set(named), key=named.count)}))


def recall_at_10(store: PassageStore, vectors: NDArray[np.float32]) -> float:
    """How many of the ten nearest passages, by every vector of the record, are found."""
    rows, stored = store.database().vectors()
    found = []
    with store.view() as view:
        for vector in vectors:
            exact = set(rows[np.argsort(-(stored @ vector), kind="stable")[:10]].tolist())
            nearest = set(view.search_dense(vector, 10, Filter()).rows.tolist())
            found.append(len(exact & nearest) / len(exact))
    return float(np.mean(found))


def change(source: Path, target: Path) -> dict[str, Any]:
    """Add an article, write it anew, delete it; what each takes."""
    repeated = Repeated(source)
    clock: dict[str, list[float]] = {"add_s": [], "update_s": [], "delete_s": []}
    cpu: dict[str, list[float]] = {"add_cpu_s": [], "update_cpu_s": [], "delete_cpu_s": []}
    with PassageStore.open(target) as store:
        with store.view() as view:
            first = view.counts().articles
        for number in range(_RUNS):
            path = f"/more/{number}.jsonl"
            (made,) = repeated.articles(1, first=first + 1 + number)
            steps: dict[str, Callable[[], None]] = {
                "add": partial(_take, store, repeated, made.id, 1001, path),
                "update": partial(_take, store, repeated, made.id, 1002, path),
                "delete": partial(remove_articles, store, [made.id]),
            }
            for name, step in steps.items():
                begun, begun_cpu = time.perf_counter(), time.process_time()
                step()
                clock[f"{name}_s"].append(time.perf_counter() - begun)
                cpu[f"{name}_cpu_s"].append(time.process_time() - begun_cpu)
        with store.view() as view:
            assert view.counts().articles == first
    return {name: spread(values) for name, values in (clock | cpu).items()}


def _take(store: PassageStore, repeated: Repeated, made_id: str, again: int, path: str) -> None:
    article = repeated.article(made_id, again, path)
    with store.writer() as writer:
        run = IndexRun(store, repeated, writer, 0, None)
        run.take(path, "key", "/more", [article])
        run.finish()


def anonymous() -> int:
    """Bytes of memory that are this process's own, files apart (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell how much memory is anonymous")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least, greatest and 95th percentile."""
    return {
        "p50": round(float(np.median(values)), 3),
        "least": round(min(values), 3),
        "greatest": round(max(values), 3),
        "p95": round(float(np.percentile(values, 95)), 3),
    }


def child(verb: str, *arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, verb, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure each size."""
    steps = {"build": build, "ask": ask, "change": change}
    if len(sys.argv) > 1 and sys.argv[1] in steps:
        verb, *rest = sys.argv[1:]
        given = [Path(text) if not text.isdigit() else int(text) for text in rest]
        print(json.dumps(steps[verb](*given)))  # type: ignore[operator]
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="a store of real news")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--out", type=Path, default=HERE / "scale.json")
    options = parser.parse_args()
    measured = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="dateline-scale-") as folder:
            target = Path(folder) / "store"
            source = str(options.source)
            figures = child("build", source, str(target), str(size))
            figures |= child("ask", str(target))
            figures |= child("change", source, str(target))
        measured.append(figures)
        print(json.dumps(figures, indent=1), flush=True)
        # After each size: larger ones take long.
        machine = f"{platform.machine()}, Python {platform.python_version()}"
        told = {"machine": machine, "noise": _NOISE, "sizes": measured}
        options.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
