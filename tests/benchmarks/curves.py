"""What a question costs, against the size of the collection, the passages read, and the askers."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from made_collections import MovedVectors, make_store

from qa import Answer, Assistant
from qa.reader import Reader

Curve = dict[str, Any]


def against_size(sizes: Sequence[int], questions: Sequence[str], rounds: int) -> Curve:
    """Building without embedding, opening, retrieval and the whole answer, for each size."""
    embedder = MovedVectors()
    points = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            store = Path(folder) / f"made-{size}"
            building, n = timed(lambda: make_store(store, size, embedder))  # noqa: B023 - at once
            opening, assistant = timed(lambda: Assistant.open(store))  # noqa: B023 - at once
            with assistant:
                # The first question reads what all later ones share.
                first, _ = timed(lambda: assistant.ask(questions[0], mode="passages"))  # noqa: B023
                answers = [ask_anew(assistant, each) for _ in range(rounds) for each in questions]
            points.append(
                {
                    "passages": n,
                    "build_s": building,
                    "open_s": opening,
                    "first_s": first,
                    "retrieve_ms": _median(each.timings_ms["retrieve"] for each in answers),
                    "answer_ms": _median(each.timings_ms["total"] for each in answers),
                }
            )
    return {"x": "passages", "vectors": "made up", "points": points}


def against_passages_read(counts: Sequence[int], question: str, rounds: int) -> Curve:
    """The reader alone, for so many passages."""
    with Assistant.open() as assistant:
        hits = assistant.ask(question, k=max(counts), mode="passages").hits
    reader = Reader.load()
    points = []
    for count in counts:
        taken, cpu = [], []
        for _ in range(rounds):
            before = time.process_time()
            taken.append(timed(lambda: reader.read(question, hits[:count]))[0])  # noqa: B023
            cpu.append(time.process_time() - before)
        points.append(
            {
                "read": min(count, len(hits)),
                "read_ms": 1000 * statistics.median(taken),
                "read_cpu_ms": 1000 * statistics.median(cpu),
            }
        )
    return {"x": "read", "points": points}


def against_askers(askers: Sequence[int], questions: Sequence[str], rounds: int) -> Curve:
    """Answers a second and the wait for one, with so many asking at once."""
    points = []
    with Assistant.open() as assistant:
        for question in questions:
            assistant.ask(question)
        for n in askers:
            each = max(1, rounds * len(questions) // n)
            seconds, waits = timed(lambda: _ask_at_once(assistant, questions, n, each))  # noqa: B023
            points.append(
                {
                    "askers": n,
                    "answers_per_s": len(waits) / seconds,
                    "answer_ms": 1000 * statistics.median(waits),
                }
            )
    return {"x": "askers", "points": points}


def ask_anew(assistant: Assistant, question: str) -> Answer:
    """The answer, with no vector kept from questions before: as after those on other articles."""
    assistant.embedder.forget()
    return assistant.ask(question)


def _ask_at_once(assistant: Assistant, questions: Sequence[str], n: int, each: int) -> list[float]:
    waits: list[float] = []

    def ask(first: int) -> None:
        for i in range(first, first + each):
            seconds, _ = timed(lambda: ask_anew(assistant, questions[i % len(questions)]))  # noqa: B023
            waits.append(seconds)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds on the clock, and what `run` gave."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def _median(values: Any) -> float:
    return float(statistics.median(list(values)))
