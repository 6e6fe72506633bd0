"""Each article keeps where it was read from, so that a changed source can be told."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from index.build import index_articles
from index.embed import SentenceTransformerEmbedder
from index.origin import Origin, SourceState, source_state
from index.readers import read_articles
from index.store import PassageStore
from index.types import Article

WHALES = "Wale kehren zurück\n\nVier Wale kamen am Freitag in die Bucht, sagten Fischer.\n"


def stored(store: PassageStore, name: str) -> Article:
    with store.view() as view:
        article = view.article(name)
    assert article is not None
    return article


def test_the_byte_range_of_a_text_file_reproduces_the_article(
    empty_store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    file = tmp_path / "wale.txt"
    file.write_bytes(b"\xef\xbb\xbf" + WHALES.encode())
    index_articles(empty_store, embedder, [file])
    article = stored(empty_store, "wale.txt")
    assert article.byte_range is not None
    assert file.read_bytes()[slice(*article.byte_range)] == article.text.encode()
    assert article.file_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (article.path, article.format) == (str(file), "txt")


def test_a_text_that_is_not_in_its_file_to_the_byte_has_no_range(
    empty_store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    (tmp_path / "windows.txt").write_bytes(WHALES.replace("\n", "\r\n").encode())
    (tmp_path / "packed.txt.gz").write_bytes(gzip.compress(WHALES.encode()))
    index_articles(empty_store, embedder, [tmp_path / "windows.txt", tmp_path / "packed.txt.gz"])
    assert stored(empty_store, "windows.txt").byte_range is None
    packed = stored(empty_store, "packed.txt.gz")
    assert (packed.byte_range, packed.format) == (None, "txt")
    assert source_state(packed) is SourceState.UNCHANGED


def test_a_changed_and_a_lost_source_are_told(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    article = stored(store, "wolf")
    assert source_state(article) is SourceState.UNCHANGED
    ellery.write_text(ellery.read_text() + "\n")
    assert source_state(article) is SourceState.CHANGED
    ellery.rename(ellery.with_name("gone.jsonl"))
    assert source_state(article) is SourceState.GONE


def test_a_file_that_changed_around_an_article_makes_no_new_version_of_it(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    new = {"id": "comet-2", "title": "Another comet", "text": "It was seen above Tarn."}
    ellery.write_text(json.dumps(new) + "\n" + ellery.read_text())
    report = index_articles(store, embedder, [ellery])
    assert (report.added, report.updated, report.unchanged) == (1, 0, 20)
    article = stored(store, "wolf")
    assert article.file_sha256 == hashlib.sha256(ellery.read_bytes()).hexdigest()
    assert source_state(article) is SourceState.UNCHANGED
    with store.view() as view:
        assert view.inventory().past_versions == 0


def test_the_inventory_counts_versions_stories_and_formats(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    whales = ellery.with_name("wale.txt")
    whales.write_text(WHALES)
    index_articles(store, embedder, [ellery.parent])
    whales.write_text(WHALES.replace("Vier", "Sieben"))
    index_articles(store, embedder, [ellery.parent])
    with store.view() as view:
        inventory = view.inventory()
    assert inventory.formats == {"jsonl": 20, "txt": 1}
    assert (inventory.past_versions, inventory.stories) == (1, 21)


def test_only_what_is_named_as_changed_is_looked_into(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    changed = ellery.read_text().replace("Two wolves", "Three wolves").replace("wolf", "lynx")
    other = ellery.with_name("wale.txt")
    other.write_text(WHALES)
    ellery.write_text(changed)
    report = index_articles(store, embedder, [ellery.parent], changed={other})
    assert (report.added, report.updated, report.unchanged) == (1, 0, 20)
    report = index_articles(store, embedder, [ellery.parent], changed={ellery.parent})
    assert report.added + report.updated > 0


def test_an_article_that_is_not_there_to_the_byte_costs_the_next_one_nothing(
    tmp_path: Path,
) -> None:
    body = "The harbour of Port Vale will close for a week from Monday, the city said."
    told = [f"Lot {n} is sold\n\nBy Jane Roe\n\n{body}\n\n" for n in range(100)]
    told[1] = told[1].replace("\n", "\r\n")
    file = tmp_path / "lots.txt"
    file.write_bytes("".join(told).encode())
    origin = Origin(file, "0" * 64)
    found = [origin.of(item) for item in read_articles([file]) if isinstance(item, Article)]
    assert len(found) == 100
    assert found[1].byte_range is None
    raw = file.read_bytes()
    for article in [found[0], *found[2:]]:
        assert article.byte_range is not None
        assert raw[slice(*article.byte_range)].decode() == article.text
