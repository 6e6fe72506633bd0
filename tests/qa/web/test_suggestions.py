"""Questions to begin with that are made in the background, and stand back for those who ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Assistant, DatelineError
from qa.collection import index_collection
from qa.web.desk import Desk
from qa.web.suggestions import Suggestions
from qa.web.workers import EndingError, Workers

QUESTION = "Who bought the quarry of Ormen from the state of Nordland?"
_LONG_SECONDS = 60


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Assistant]:
    """A collection that nobody has opened before."""
    text = f"Halvorsen Shipyards bought the quarry of Ormen from the state of Nordland. {tmp_path}"
    source = tmp_path / "articles.jsonl"
    source.write_text(json.dumps({"id": "a", "title": "Quarry sold", "text": text}), "utf-8")
    index_collection(tmp_path / "store", [str(source)])
    with Assistant.open(tmp_path / "store") as assistant:
        yield assistant


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


def wait_for_all(workers: Workers) -> None:
    for thread in workers._threads:
        thread.join(_LONG_SECONDS)


def test_nothing_is_made_while_somebody_waits_for_an_answer(
    collection: Assistant, workers: Workers
) -> None:
    suggestions = Suggestions(workers)
    with workers.asking():
        assert suggestions.of(collection) is None
        # A question is answered meanwhile.
        assert collection.ask(QUESTION).short_answer == "Halvorsen Shipyards"
        assert suggestions.of(collection) is None
        assert collection.known_suggestions() is None
    wait_for_all(workers)
    found = suggestions.of(collection)
    assert found is not None
    assert QUESTION in found


def test_what_is_being_made_is_given_up_when_the_server_ends(
    collection: Assistant, workers: Workers
) -> None:
    suggestions = Suggestions(workers)
    with workers.asking():
        assert suggestions.of(collection) is None
        assert workers.close()
    assert collection.known_suggestions() is None


class Failing(Workers):
    """Fail as a store on a broken disk would."""

    def stand_back(self) -> None:
        raise DatelineError("the disk is broken")


def test_what_cannot_be_made_is_told_once_and_not_tried_again(
    collection: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    workers = Failing()
    suggestions = Suggestions(workers)
    assert suggestions.of(collection) is None
    wait_for_all(workers)
    assert suggestions.of(collection) == ()
    (record,) = caplog.records
    assert record.getMessage() == "no questions could be suggested: the disk is broken"


def test_a_page_that_waits_is_told_only_the_questions_of_its_own_collection(
    collection: Assistant, workers: Workers
) -> None:
    desk = Desk(collection, workers)
    with workers.asking():
        welcome = desk.welcome()
        assert isinstance(desk.offer(None), dict)  # "leave it as it is", as Gradio has it
    wait_for_all(workers)
    told = json.loads(desk.offer(None))
    assert QUESTION in told["questions"]
    assert f'data-of="{told["of"]}"' in welcome
    assert "data-of" not in desk.welcome()
    assert QUESTION in desk.welcome()


def test_work_stands_back_until_the_last_has_his_answer_or_the_server_ends() -> None:
    workers, reached = Workers(), threading.Event()

    def work() -> None:
        workers.stand_back()
        reached.set()

    with workers.asking():
        with workers.asking():
            workers.start(work)
        assert not reached.wait(0.2)
    assert reached.wait(_LONG_SECONDS)
    assert workers.close()
    with pytest.raises(EndingError):
        workers.stand_back()
