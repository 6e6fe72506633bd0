"""Measure one engine in the environment it runs in; prints JSON. Started by `run.py`."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engines import ENGINES

_K = 10
_ROUNDS = 3


def main() -> int:
    name, given = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    kind = ENGINES[name]
    loading, engine = _timed(lambda: kind(Path(given["weights"])))
    # What the first batch of a process costs (threads, kernels) is no cost of a passage.
    engine.index([("warm up", "The ferry to Tarn sails at noon.")])
    passages = [(each["id"], each["text"]) for each in given["passages"]]
    before = time.process_time()
    indexing, _ = _timed(lambda: engine.index(passages))
    indexing_cpu = time.process_time() - before
    for question in given["questions"]:
        engine.retrieve(question, _K)
    taken, cpu = [], []
    for _ in range(_ROUNDS):
        for question in given["questions"]:
            before = time.process_time()
            seconds, _ = _timed(lambda asked=question: engine.retrieve(asked, _K))
            taken.append(seconds)
            cpu.append(time.process_time() - before)
    print(
        json.dumps(
            {
                "name": name,
                "versions": {each: version(each) for each in kind.versions},
                "load_s": loading,
                "passages_per_s": len(passages) / indexing,
                "passages_per_cpu_s": len(passages) / indexing_cpu,
                "retrieval_ms": 1000 * statistics.median(taken),
                "retrieval_cpu_ms": 1000 * statistics.median(cpu),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "rankings": [engine.retrieve(question, _K) for question in given["questions"]],
            }
        )
    )
    return 0


def _timed(run: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    raise SystemExit(main())
