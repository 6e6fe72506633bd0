"""Figures that hold on any machine: each cost beside another one of the same run.

Of processor time where it is known: another process at work changes that least.
"""

from __future__ import annotations

from typing import Any

WORSE = 0.2
# Name: what it means, and whether more of it is better.
RATIOS = {
    "cold_by_import": ("a cold question, by a process that imports numpy and onnxruntime", False),
    "cold_memory_by_import": ("its peak memory, by that of the same process", False),
    "answer_by_reading": ("a warm answer, by reading eight passages", False),
    "torch_by_encoder": ("embedding a question through torch, by doing so through ONNX", True),
    "largest_by_smallest": ("retrieval in the largest collection, by the smallest", False),
    "many_askers_by_one": ("answers a second with the most askers, by those with one", True),
}


def ratios_of(report: dict[str, Any]) -> dict[str, float]:
    """The ratios of a run."""
    results, curves = report["results"], report["curves"]

    def median(name: str) -> float:
        return float(results[name].get("cpu_median", results[name]["median"]))

    size, askers = curves["size"]["points"], curves["askers"]["points"]
    read = next(each for each in curves["read"]["points"] if each["read"] == 8)
    found = {
        "cold_by_import": median("cold") / median("import"),
        "cold_memory_by_import": median("cold_memory") / median("import_memory"),
        "answer_by_reading": median("answer") / read["read_cpu_ms"],
        "torch_by_encoder": median("torch") / median("encoder"),
        "largest_by_smallest": size[-1]["retrieve_ms"] / size[0]["retrieve_ms"],
        "many_askers_by_one": askers[-1]["answers_per_s"] / askers[0]["answers_per_s"],
    }
    return {name: round(value, 3) for name, value in found.items()}


def regressions(now: dict[str, float], recorded: dict[str, float]) -> list[str]:
    """A line for each ratio that is worse than the recorded one by more than a fifth."""
    lines = []
    for name, (meaning, more_is_better) in RATIOS.items():
        if name not in recorded or name not in now:
            continue
        before, after = recorded[name], now[name]
        worse = before / after if more_is_better else after / before
        if worse > 1 + WORSE:
            lines.append(f"{meaning}: {before:g} when recorded, now {after:g}")
    return lines
