"""Measure what a user waits for; prints a table, writes one JSON a run and a page of plots.

    python tests/benchmarks/run.py [--runs N] [--sizes N ...] [--output DIR] [--record]

Each figure is the median of several runs with its least and greatest; curves show the cost against
the size of the collection, the passages read, and the askers. The machine is described beside them,
and nothing else should run meanwhile. Ratios of figures of one run hold on any machine: one that is
worse by more than a fifth than the recorded one is pointed out. `--record` makes this run the
recorded one (`results.json`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPO = HERE.parents[1]
sys.path[:0] = [str(REPO), str(HERE)]

from curves import against_askers, against_passages_read, against_size  # noqa: E402
from figures import spread  # noqa: E402
from machine import describe_machine  # noqa: E402
from plots import draw  # noqa: E402
from ratios import ratios_of, regressions  # noqa: E402

RECORDED = HERE / "results.json"
QUESTIONS = (
    "Who vowed to launch cyber-attacks against the US?",
    "What is Russia providing to Iran?",
    "When did the Kremlin's invasion of Ukraine begin?",
    "What is the capital of Mongolia?",
)
_IMPORT = "import numpy, onnxruntime"
_COLD = "import sys; from qa.cli import main; main([sys.argv[1]])"
_PEAK = "import sys; from machine import peak_mb; print(peak_mb(), file=sys.stderr)"


def main() -> int:
    """Run everything and tell it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--output", type=Path, default=REPO / "tests" / "artefacts" / "bench")
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name}, too")
    options = parser.parse_args()
    machine, now = describe_machine(), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update({"DATELINE_CACHE": cache, "HF_HUB_OFFLINE": "1"})
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every user's second run has them
        results = _results(options.runs, cache)
        curves = {
            "size": against_size(options.sizes, QUESTIONS, options.runs),
            "read": against_passages_read((1, 2, 4, 8, 16), QUESTIONS[0], options.runs),
            "askers": against_askers((1, 2, 5, 10, 20), QUESTIONS, options.runs),
        }
    report: dict[str, Any] = {
        "machine": machine,
        "day": now.date().isoformat(),
        "results": results,
        "curves": curves,
    }
    report["ratios"] = ratios_of(report)
    options.output.mkdir(parents=True, exist_ok=True)
    target = options.output / f"run-{now:%Y%m%dT%H%M%S}-{machine['commit']}.json"
    _write(report, target)
    draw(report, target.with_suffix(".svg"))
    _show(report)
    print(f"\nwritten: {target} and its plots, {target.with_suffix('.svg').name}")
    _point_out(report["ratios"])
    if options.record:
        _write(report, RECORDED)
    return 0


def _results(runs: int, cache: str) -> dict[str, dict[str, Any]]:
    _cold()  # exports the encoder and indexes, once for all that follow
    cold = {
        "first": _measured(
            "first run: export the encoder, index the articles, answer", _first, min(runs, 3)
        ),
        "cold": _measured('cold `qa "…"`, a new process each time', _cold, runs),
        "cold_memory": _peak("peak memory of the cold process", _COLD, runs),
        "import": _measured(
            "beside it: a process that imports numpy and onnxruntime",
            lambda: _python(_IMPORT),
            runs,
        ),
        "import_memory": _peak("its peak memory", _IMPORT, runs),
    }
    answers = _warm(runs)
    return {
        **cold,
        "build": _build(runs, cache),
        "answer": spread("warm ask(), whole answer", answers["total"], "ms", answers["cpu"]),
        "retrieve": spread("warm ask(), retrieval alone", answers["retrieve"], "ms"),
        **_encoders(runs),
    }


def _measured(what: str, run: Callable[[], object], runs: int) -> dict[str, Any]:
    taken = [_seconds(run) for _ in range(runs)]
    return spread(what, [wall for wall, _ in taken], "s", [cpu for _, cpu in taken])


def _seconds(run: Callable[[], object]) -> tuple[float, float]:
    """On the clock, and of processor time, that of processes it waited for included."""
    start, before = time.perf_counter(), os.times()
    run()
    after = os.times()
    return time.perf_counter() - start, sum(after[:4]) - sum(before[:4])


def _first() -> None:
    with tempfile.TemporaryDirectory() as empty:
        _python(_COLD, {"DATELINE_CACHE": empty})


def _cold() -> None:
    _python(_COLD)


def _python(code: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, QUESTIONS[0]],
        env={**os.environ, **(environment or {})},
        cwd=REPO,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stderr


def _peak(what: str, code: str, runs: int) -> dict[str, Any]:
    paths = {"PYTHONPATH": os.pathsep.join((str(REPO), str(HERE)))}
    peaks = [float(_python(f"{code}\n{_PEAK}", paths).split()[-1]) for _ in range(runs)]
    return spread(what, peaks, "MB")


def _build(runs: int, cache: str) -> dict[str, Any]:
    import seeds
    from index.build import index_articles, manifest_for
    from index.embed import SentenceTransformerEmbedder
    from index.store import PassageStore

    embedder = SentenceTransformerEmbedder()
    embedder.embed_passages(["warm up"] * 65)  # through torch, as more than a few passages go

    def build(folder: str) -> None:
        with PassageStore.create(folder, manifest_for(embedder)) as store:
            index_articles(store, embedder, [seeds.PATH])

    folders = iter(range(runs))
    what = "index build of the bundled articles, encoder loaded"
    return _measured(what, lambda: build(f"{cache}/build-{next(folders)}"), runs)


def _warm(runs: int) -> dict[str, list[float]]:
    """Times of the stages, in ms, of each question in each run."""
    from curves import ask_anew

    from qa import Assistant

    with Assistant.open() as assistant:
        for question in QUESTIONS:
            assistant.ask(question)
        answers, cpu = [], []
        for question in QUESTIONS * runs:
            before = time.process_time()
            answers.append(ask_anew(assistant, question))
            cpu.append(1000 * (time.process_time() - before))
    stages = ("total", "retrieve")
    return {stage: [each.timings_ms[stage] for each in answers] for stage in stages} | {"cpu": cpu}


def _encoders(runs: int) -> dict[str, dict[str, Any]]:
    """The same question through ONNX, as always, and through torch."""
    from sentence_transformers import SentenceTransformer

    from index.embed import SentenceTransformerEmbedder
    from index.models import find_model

    embedder = SentenceTransformerEmbedder()
    torch = SentenceTransformer(str(find_model().folder), device="cpu")
    ways = {
        "encoder": ("embedding a question, ONNX", lambda: _embedded_anew(embedder)),
        "torch": ("embedding a question, torch", lambda: torch.encode_query([QUESTIONS[0]])),
    }
    found = {}
    for name, (what, encode) in ways.items():
        encode()
        taken, cpu = [], []
        for _ in range(5 * runs):
            before = time.process_time()
            taken.append(1000 * _seconds(encode)[0])
            cpu.append(1000 * (time.process_time() - before))
        found[name] = spread(what, taken, "ms", cpu)
    return found


def _embedded_anew(embedder: Any) -> None:
    embedder.forget()
    embedder.embed_questions([QUESTIONS[0]])


def _write(report: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _show(report: dict[str, Any]) -> None:
    print("| what | median | least – greatest | of processor time | runs |")
    print("|---|---|---|---|---|")
    for figure in report["results"].values():
        unit = figure["unit"]
        print(
            f"| {figure['what']} | {figure['median']:g} {unit} | {figure['least']:g} – "
            f"{figure['greatest']:g} {unit} | {figure.get('cpu_median', '')} | {figure['runs']} |"
        )
    for curve in report["curves"].values():
        columns = list(curve["points"][0])
        print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
        for point in curve["points"]:
            print(f"| {' | '.join(f'{point[name]:.4g}' for name in columns)} |")
    print()
    for name, value in report["ratios"].items():
        print(f"{name}: {value:g}")


def _point_out(ratios: dict[str, float]) -> None:
    recorded = json.loads(RECORDED.read_text("utf-8")).get("ratios", {})
    worse = regressions(ratios, recorded)
    for line in worse:
        print(f"WORSE by more than a fifth: {line}")
    if not recorded:
        print("no ratios are recorded yet; on an idle machine, --record keeps those of a run")
    elif not worse:
        print("no ratio is worse than the recorded one by more than a fifth")


if __name__ == "__main__":
    raise SystemExit(main())
