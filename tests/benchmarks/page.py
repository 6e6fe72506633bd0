"""Measure the page in a browser: opening it, one answer, and many browsers asking at once.

    python tests/benchmarks/page.py [--runs N] [--browsers N] [--output DIR]

Times are marks of `performance.now()` in chromium. The answers of browsers that ask at once are
compared with what `Assistant.ask` gives for the same questions, and each must be alone in its own
conversation.
The collection was opened before, as after the first start; nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPO = HERE.parents[1]
sys.path[:0] = [str(REPO), str(HERE)]

import numpy as np  # noqa: E402
from figures import spread  # noqa: E402
from machine import describe_machine  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

QUESTIONS = REPO / "tests" / "data" / "bundled_questions.jsonl"
_PATIENCE_MS = 120_000
_SETTLING_MS = 1_000
# Long enough for every browser to be told when to press.
_LEAD_MS = 2_000

# Before the page's own scripts: notes when its field is ready (page.js gives it a direction), when
# Enter is pressed in it, and when the next answer has been drawn.
_MARKS = """
window.marks = {};
const turns = () => document.querySelectorAll(".turn:not(.pending)").length;
let before = 0;
addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  before = turns();
  marks.answered = undefined;
  marks.pressed = performance.now();
}, true);
new MutationObserver(() => {
  if (!marks.ready && document.querySelector("#question textarea[dir=auto]"))
    marks.ready = performance.now();
  if (marks.pressed && !marks.answered && turns() > before) {
    marks.answered = 0.1;
    // What is in the page now is on the screen with the frame after the next.
    requestAnimationFrame(() => requestAnimationFrame(() => (marks.answered = performance.now())));
  }
}).observe(document, { attributes: true, childList: true, subtree: true });
"""
_PRESS = """
([question, at]) => {
  const field = document.querySelector("#question textarea");
  field.value = question;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const key = { key: "Enter", bubbles: true, cancelable: true };
  // As a keyboard does; Gradio's field goes by the second.
  const press = (kind) => field.dispatchEvent(new KeyboardEvent(kind, key));
  setTimeout(() => ["keydown", "keypress"].forEach(press), at - Date.now());
}
"""
_KEPT = """
() => Object.keys(localStorage).filter((key) => key.includes(":conversation:"))
    .map((key) => [key, JSON.parse(localStorage[key]).turns])
"""


def main() -> int:
    """Measure, write the figures, and print them; 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--browsers", type=int, default=20, help="that ask at once (20)")
    parser.add_argument("--output", type=Path, default=REPO / "tests" / "artefacts" / "bench")
    options = parser.parse_args()
    machine, now = describe_machine(), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update({"DATELINE_CACHE": cache, "HF_HUB_OFFLINE": "1"})
        expected = _expected()
        if not 1 <= options.browsers <= len(expected):
            parser.error(f"--browsers must be from 1 to {len(expected)}: one question for each")
        with served() as address, chromium() as browser:
            results = [
                _opening(browser, address, options.runs),
                *_answering(browser, address, expected, options.runs),
            ]
            at_once, wrong = _at_once(browser, address, expected, options)
    results.append(at_once)
    report = {
        "machine": machine,
        "day": now.date().isoformat(),
        "results": results,
        "wrong": wrong,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    target = options.output / f"page-{now:%Y%m%dT%H%M%S}-{machine['commit']}.json"
    target.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    _show(report)
    print(f"\nwritten: {target}")
    return 1 if wrong else 0


def _expected() -> dict[str, dict[str, Any]]:
    """What is to be told on each bundled question; suggestions are made now, too, and kept."""
    from qa import Assistant

    lines = QUESTIONS.read_text("utf-8").splitlines()
    with Assistant.open() as assistant:
        assistant.suggestions()
        questions = [json.loads(line)["question"] for line in lines]
        return {question: _told(assistant.ask(question).to_dict()) for question in questions}


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """What must be the same, in the JSON of the shell or in what a browser keeps."""
    cited = ("marker", "quote", "article_id", "start", "end")
    return {
        "question": answer["question"],
        "text": answer["text"] if "text" in answer else answer["answer"],
        "short_answer": answer["short_answer"],
        "citations": [[each[name] for name in cited] for each in answer["citations"]],
    }


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the bundled articles on a port of this machine; the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "ui", "--port", str(port)]
    with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A chromium without a window."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("no chromium on PATH; on Debian: apt-get install chromium")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@contextlib.contextmanager
def _opened(browser: Browser, address: str) -> Iterator[Page]:
    """The page, ready, in a browser without cache, storage or connections."""
    with contextlib.closing(browser.new_context()) as context:
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(_MARKS)
        page = context.new_page()
        page.goto(address, wait_until="commit")
        page.wait_for_function("marks.ready")
        yield page


def _opening(browser: Browser, address: str, runs: int) -> dict[str, Any]:
    taken = []
    # The first one finds nothing in the server's memory either; it is left out.
    for _ in range(runs + 1):
        with _opened(browser, address) as page:
            taken.append(page.evaluate("marks.ready"))
    return spread("opening: from navigation to a field that can be typed into", taken[1:], "ms")


def _answering(
    browser: Browser, address: str, expected: dict[str, dict[str, Any]], runs: int
) -> list[dict[str, Any]]:
    """Each question in each run; those the server has not answered before, apart."""
    times: list[list[float]] = []
    for _ in range(runs + 1):
        with _opened(browser, address) as page:
            times.append([_asked(page, question) for question in expected])
    return [
        spread(
            "one answer, asked for the first time: from Enter to its being drawn", times[0], "ms"
        ),
        spread("one answer, asked before", [each for run in times[1:] for each in run], "ms"),
    ]


def _asked(page: Page, question: str) -> float:
    """How long the answer took; in a conversation of its own."""
    page.click("#new")
    page.wait_for_function("!document.querySelector('.turn')")
    # The server has still to be told of the new conversation; a question would wait for that.
    page.wait_for_timeout(_SETTLING_MS)
    page.evaluate(_PRESS, [question, time.time() * 1000])
    return _answered(page)


def _answered(page: Page) -> float:
    page.wait_for_function("marks.answered > 1")
    return float(page.evaluate("marks.answered - marks.pressed"))


def _at_once(
    browser: Browser,
    address: str,
    expected: dict[str, dict[str, Any]],
    options: argparse.Namespace,
) -> tuple[dict[str, Any], list[str]]:
    """All browsers press Enter in the same moment, each with a question of its own."""
    questions = list(expected)[: options.browsers]
    taken, wrong = [], []
    for _ in range(options.runs):
        with contextlib.ExitStack() as open_pages:
            pages = [open_pages.enter_context(_opened(browser, address)) for _ in questions]
            at = time.time() * 1000 + _LEAD_MS
            for page, question in zip(pages, questions, strict=True):
                page.evaluate(_PRESS, [question, at])
            taken += [_answered(page) for page in pages]
            kept = [_kept(page) for page in pages]
        wrong += _faults(kept, [expected[question] for question in questions])
    told = spread(
        f"{len(questions)} browsers at once, each with a question of its own", taken, "ms"
    )
    p50, p95 = np.percentile(taken, [50, 95])
    return {**told, "p50": round(float(p50), 3), "p95": round(float(p95), 3)}, wrong


def _kept(page: Page) -> list[Any]:
    """The conversations that a browser keeps, once there is one."""
    page.wait_for_function(f"({_KEPT})().length > 0")
    kept: list[Any] = page.evaluate(_KEPT)
    return kept


def _faults(kept: list[list[Any]], expected: list[dict[str, Any]]) -> list[str]:
    """Where a browser has not exactly its own conversation, of one right answer."""
    faults, names = [], set()
    for conversations, told in zip(kept, expected, strict=True):
        found = [_told(turn) for _, turns in conversations for turn in turns]
        if found != [told]:
            faults.append(f"{told['question']!r} was told {found}")
        names |= {name for name, _ in conversations}
    if len(names) != len(expected):
        faults.append(f"{len(expected)} browsers had {len(names)} conversations")
    return faults


def _show(report: dict[str, Any]) -> None:
    print("| what | median | least – greatest | p95 | runs |")
    print("|---|---|---|---|---|")
    for figure in report["results"]:
        unit = figure["unit"]
        print(
            f"| {figure['what']} | {figure['median']:g} {unit} | {figure['least']:g} – "
            f"{figure['greatest']:g} {unit} | {figure.get('p95', '')} | {figure['runs']} |"
        )
    print("\nevery answer was right" if not report["wrong"] else "\nWRONG:")
    for fault in report["wrong"]:
        print(f"  {fault}")


if __name__ == "__main__":
    raise SystemExit(main())
