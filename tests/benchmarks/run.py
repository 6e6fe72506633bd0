"""Measure what a user waits for on the bundled articles; prints a table, writes a JSON file.

    python tests/benchmarks/run.py [--runs N] [--output FILE]

Each figure is the median of several runs with its least and greatest. The machine is described
beside them. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
QUESTIONS = (
    "Who vowed to launch cyber-attacks against the US?",
    "What is Russia providing to Iran?",
    "When did the Kremlin's invasion of Ukraine begin?",
    "What is the capital of Mongolia?",
)
_PACKAGES = ("faiss-cpu", "gradio", "onnxruntime", "sentence-transformers", "tantivy", "torch")


def main() -> int:
    """Run everything and tell it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update({"DATELINE_CACHE": cache, "HF_HUB_OFFLINE": "1"})
        results = {
            "first run: export the encoder, index the articles, answer": _seconds(_first, 3, cache),
            'cold `qa "…"`, a new process each time': _seconds(_cold, options.runs, cache),
            "peak memory of the cold process": _cold_memory(options.runs),
            "index build of the bundled articles, encoder loaded": _build(options.runs, cache),
            "warm ask(), whole answer": _warm(options.runs, "total"),
            "warm ask(), retrieval alone": _warm(options.runs, "retrieve"),
        }
    report = {"machine": _machine(), "results": results}
    options.output.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    _show(report)
    return 0


def _seconds(run: Callable[[str], None], runs: int, cache: str) -> dict[str, Any]:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        run(cache)
        taken.append(time.perf_counter() - start)
    return _spread(taken, "s")


def _first(_: str) -> None:
    with tempfile.TemporaryDirectory() as empty:
        _shell({"DATELINE_CACHE": empty})


def _cold(_: str) -> None:
    _shell({})


def _shell(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "qa", QUESTIONS[0]],
        env={**os.environ, **environment},
        cwd=REPO,
        check=True,
        capture_output=True,
    )


def _cold_memory(runs: int) -> dict[str, Any]:
    code = (
        "import resource, sys; from qa.cli import main; main([sys.argv[1]]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    peaks = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-c", code, QUESTIONS[0]],
            cwd=REPO,
            check=True,
            capture_output=True,
            text=True,
        )
        peaks.append(int(done.stderr.split()[-1]) / 1024)
    return _spread(peaks, "MB")


def _build(runs: int, cache: str) -> dict[str, Any]:
    import seeds
    from index.build import index_articles, manifest_for
    from index.embed import SentenceTransformerEmbedder
    from index.store import PassageStore

    embedder = SentenceTransformerEmbedder()
    embedder.embed_passages(["warm up"])
    taken = []
    for run in range(runs):
        start = time.perf_counter()
        with PassageStore.create(f"{cache}/build-{run}", manifest_for(embedder)) as store:
            index_articles(store, embedder, [seeds.PATH])
        taken.append(time.perf_counter() - start)
    return _spread(taken, "s")


def _warm(runs: int, stage: str) -> dict[str, Any]:
    from qa import ask

    for question in QUESTIONS:
        ask(question)
    return _spread(
        [ask(question).timings_ms[stage] for _ in range(runs) for question in QUESTIONS], "ms"
    )


def _spread(values: list[float], unit: str) -> dict[str, Any]:
    return {
        "median": round(statistics.median(values), 3),
        "least": round(min(values), 3),
        "greatest": round(max(values), 3),
        "runs": len(values),
        "unit": unit,
    }


def _machine() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": commit,
        "day": datetime.now(UTC).date().isoformat(),
    }


def _show(report: dict[str, Any]) -> None:
    print("| what | median | least – greatest | runs |")
    print("|---|---|---|---|")
    for name, figure in report["results"].items():
        unit = figure["unit"]
        print(
            f"| {name} | {figure['median']:g} {unit} | {figure['least']:g} – "
            f"{figure['greatest']:g} {unit} | {figure['runs']} |"
        )


if __name__ == "__main__":
    raise SystemExit(main())
