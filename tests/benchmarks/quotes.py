"""How often a pasted quote is found with all that a reporter needs, and how often one is invented.

``python tests/benchmarks/quotes.py DOCS --foreign DOCS…``: passages of 8 to 40 words are cut from
titled, dated articles of a news set (JSONL or JSONL.gz with ``title``, ``text``, ``url``, ``date``,
``source``), spoilt in the ways in which quotes are, and looked up; right is a look-up whose first
match has headline, outlet, date and link of an article that holds the passage, while all that
hold it are listed. Quotes cut from the foreign sets that stand nowhere in the first, and quotes
patched together from two articles, must not be found. Looking up needs no vectors, so the store
is made without (``--articles`` of them); ``--store`` takes one that is there. The clock is the
processor's: other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import re
import statistics
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.build import index_articles, manifest_for
from index.embed import SentenceTransformerEmbedder, Vectors
from index.filters import Filter
from index.protocols import StoreView
from index.store import PassageStore
from index.types import Article
from qa.quote import look_up
from qa.quote_types import QuoteLookup
from qa.quote_words import words_between

_CASES = 200
_LEAST, _MOST = 8, 40
# All that hold a passage must be told, so that many are asked for.
_K = 200
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Case(NamedTuple):
    """A pasted quote with the ids of the articles that hold it; none where nothing should be found.

    `passage` is what stands there, `is_altered` whether its words were changed.
    """

    pasted: str
    holders: frozenset[str] = frozenset()
    is_altered: bool = False


class WithoutVectors(SentenceTransformerEmbedder):
    """Counts word pieces as ever, and gives every passage the same vector."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        vectors[:, 0] = 1.0
        return vectors


def main() -> None:
    """Print a line for each kind of quote."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("docs", type=Path)
    parser.add_argument("--foreign", type=Path, nargs="+", default=[], metavar="DOCS")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--articles", type=int, default=500, metavar="N")
    parser.add_argument("--cases", type=int, default=_CASES, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    with opened(options) as store, store.view() as view:
        holds = Holdings(view.articles())
        print(f"{view.counts().articles:,} articles, {view.counts().passages:,} passages")
        dice = random.Random(options.seed)
        for kind, cases in found_cases(holds, options.cases, dice):
            report(kind, cases, view, options)
        foreign = [each for path in options.foreign for each in records(path)]
        for kind, cases in foreign_cases(holds, foreign, options.cases, dice):
            report(kind, cases, view, options)


@contextlib.contextmanager
def opened(options: argparse.Namespace) -> Iterator[PassageStore]:
    """The store given, or one made for the run."""
    if options.store:
        with PassageStore.open(options.store) as store:
            yield store
        return
    with tempfile.TemporaryDirectory() as folder:
        subset = Path(folder) / "docs.jsonl"
        chosen = list(records(options.docs))
        random.Random(options.seed).shuffle(chosen)
        lines = (json.dumps(each) for each in chosen[: options.articles])
        subset.write_text("\n".join(lines), encoding="utf-8")
        embedder = WithoutVectors()
        with PassageStore.create(Path(folder) / "store", manifest_for(embedder)) as store:
            index_articles(store, embedder, [subset])
            yield store


def report(kind: str, cases: list[Case], view: StoreView, options: argparse.Namespace) -> None:
    """Look the quotes up and print how many answers are right, and what one takes."""
    right, milliseconds = 0, []
    for case in cases:
        start = time.process_time()
        lookup = look_up(view, case.pasted, _K, Filter())
        milliseconds.append((time.process_time() - start) * 1000)
        is_right = judge(case, lookup, view)
        right += is_right
        if not is_right and options.verbose:
            matched = [(m.title, m.score, m.differences) for m in lookup.matches[:2]]
            print(f"  {case.pasted!r}\n    -> {lookup.text} {matched}")
    took = statistics.quantiles(milliseconds, n=20)
    print(
        f"{kind:34} {right:4} of {len(cases):4} right ({right / len(cases):6.1%})"
        f"  median {statistics.median(milliseconds):6.1f} ms, p95 {took[-1]:6.1f} ms",
        flush=True,
    )


def judge(case: Case, lookup: QuoteLookup, view: StoreView) -> bool:
    """Whether a look-up says where the quote stands, or that it stands nowhere."""
    if not case.holders:
        return not lookup.found
    if not lookup.found:
        return False
    first = lookup.matches[0]
    article = view.article(first.article_id)
    assert article is not None
    told = (first.title, first.source, first.published, first.url)
    described = (article.title, article.source, article.published, article.url)
    listed = {match.article_id for match in lookup.matches}
    # Words that were changed must be told as such, and others must not.
    is_told = (first.exactness == "differs") == case.is_altered
    return (
        first.article_id in case.holders
        and case.holders <= listed
        and told == described
        and is_told
    )


class Holdings:
    """The articles by the letters and digits of their text, to know which hold a passage."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.articles = list(articles)
        self._letters = {each.id: squeezed(searched(each)) for each in self.articles}

    def holders(self, passage: str) -> frozenset[str]:
        """The ids of the articles in which those letters stand."""
        wanted = squeezed(passage)
        return frozenset(name for name, text in self._letters.items() if wanted in text)


def searched(article: Article) -> str:
    """The headline and the text."""
    return f"{article.title or ''} {article.text}"


def squeezed(text: str) -> str:
    """The letters and digits of a text."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold())


def cut(text: str, dice: random.Random) -> str | None:
    """A passage of 8 to 40 words that lies in one paragraph; None where the text has none."""
    paragraphs = [each for each in text.split("\n") if len(each.split()) >= _LEAST]
    if not paragraphs:
        return None
    words = re.findall(r"\S+\s*", dice.choice(paragraphs))
    n = dice.randint(_LEAST, min(_MOST, len(words)))
    start = dice.randint(0, len(words) - n)
    return "".join(words[start : start + n]).strip()


def found_cases(
    holds: Holdings, n_cases: int, dice: random.Random
) -> Iterator[tuple[str, list[Case]]]:
    """Quotes that stand in the set, as they are and spoilt."""
    titled = [each for each in holds.articles if each.title and each.published and each.url]
    passages: list[str] = []
    while len(passages) < n_cases:
        passage = cut(dice.choice(titled).text, dice)
        if passage and len(list(words_between(passage, 0, len(passage)))) >= _LEAST:
            passages.append(passage)
    holders = [holds.holders(each) for each in passages]
    vocabulary = re.findall(r"[a-z]{4,}", " ".join(passages))
    kinds: list[tuple[str, Callable[[str, random.Random], str], bool]] = [
        ("as printed", lambda text, _: text, False),
        ("quotation marks and dashes swapped", other_marks, False),
        ("lost line breaks, broken words", other_breaks, False),
        ("capitals lost", lambda text, _: text.lower(), False),
        ("an ellipsis", with_ellipsis, False),
        ("a changed word", lambda text, d: changed(text, vocabulary, d), True),
        ("a missing word", missing, True),
        ("a misspelt word", misspelt, True),
        ("marks, breaks and a changed word",
         lambda text, d: other_breaks(other_marks(changed(text, vocabulary, d), d), d), True),
    ]  # fmt: skip
    for kind, spoil, is_altered in kinds:
        yield (
            kind,
            [
                Case(spoil(each, dice), held_by, is_altered)
                for each, held_by in zip(passages, holders, strict=True)
            ],
        )


def other_marks(text: str, dice: random.Random) -> str:
    """Curly marks for straight ones and the other way round, another dash, guillemets."""
    straight = str.maketrans("“”‘’–—", "\"\"''--")
    if re.search(r"[“”‘’–—]", text):
        return text.translate(straight)
    return f"“{text}”".replace(" - ", " — ").replace("'", "’").replace('"', "”")


def other_breaks(text: str, dice: random.Random) -> str:
    """Lines of some 40 characters, a long word broken at the end of one."""
    broken = re.sub(r"(.{30,45}?) ", r"\1\n", text)
    long = re.search(r"[a-z]{9,}", broken)
    if long:
        middle = long.start() + dice.randint(3, 6)
        broken = f"{broken[:middle]}-\n{broken[middle:]}"
    return broken


def with_ellipsis(text: str, dice: random.Random) -> str:
    """The passage with words out of its middle left out."""
    words = text.split()
    n = dice.randint(1, max(1, len(words) // 3))
    start = dice.randint(len(words) // 3, len(words) - n - 2)
    mark = dice.choice([" … ", "... ", " [...] ", " . . . ", " […] "])
    return f"{' '.join(words[:start])}{mark}{' '.join(words[start + n :])}"


def changed(text: str, vocabulary: Sequence[str], dice: random.Random) -> str:
    """Another word for one of the passage."""
    places = [m.span() for m in re.finditer(r"[A-Za-z]{3,}", text)]
    start, end = dice.choice(places)
    other = dice.choice([word for word in vocabulary if word != text[start:end].lower()])
    return f"{text[:start]}{other}{text[end:]}"


def missing(text: str, dice: random.Random) -> str:
    """The passage without one word of its inside."""
    places = [m.span() for m in re.finditer(r"(?<= )[A-Za-z]+ ", text)]
    if not places:
        return text
    start, end = dice.choice(places[:-1] or places)
    return text[:start] + text[end:]


def misspelt(text: str, dice: random.Random) -> str:
    """A letter of a long word struck wrongly."""
    places = [m.span() for m in re.finditer(r"[A-Za-z]{5,}", text)]
    if not places:
        return changed(text, ["thing"], dice)
    start, end = dice.choice(places)
    at = dice.randrange(start, end)
    other = dice.choice([letter for letter in _LETTERS if letter != text[at].lower()])
    return text[:at] + other + text[at + 1 :]


def foreign_cases(
    holds: Holdings, foreign: list[dict[str, str]], n_cases: int, dice: random.Random
) -> Iterator[tuple[str, list[Case]]]:
    """Quotes that stand nowhere in the set."""
    if foreign:
        yield "foreign", list(several(lambda: foreign_cut(foreign, dice), holds, n_cases))
    for kind, mark in (("two articles mixed", " "), ("two articles mixed, ellipsis", " … ")):

        def mixed(mark: str = mark) -> str | None:
            parts = [cut(dice.choice(holds.articles).text, dice) for _ in range(2)]
            if None in parts:
                return None
            first, second = (str(part).split() for part in parts)
            half = [first[: max(4, len(first) // 2)], second[-max(4, len(second) // 2) :]]
            return mark.join(" ".join(words) for words in half)

        yield kind, list(several(mixed, holds, n_cases))

    def invented() -> str | None:
        passage = cut(dice.choice(holds.articles).text, dice)
        words = passage.split() if passage else []
        dice.shuffle(words)
        return " ".join(words) or None

    yield "words in another order", list(several(invented, holds, n_cases))


def foreign_cut(foreign: list[dict[str, str]], dice: random.Random) -> str | None:
    return cut(dice.choice(foreign)["text"] or "", dice)


def several(make: Callable[[], str | None], holds: Holdings, n_cases: int) -> Iterator[Case]:
    """So many made quotes that stand nowhere as they are."""
    n_made = 0
    while n_made < n_cases:
        made = make()
        if made and not holds.holders(made) and len(made.split()) >= _LEAST:
            n_made += 1
            yield Case(made)


def records(path: Path) -> Iterator[dict[str, str]]:
    """The records of a JSONL file, packed or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


if __name__ == "__main__":
    main()
