"""Figures of several runs: the median with the least and the greatest."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any


def spread(
    what: str, values: Sequence[float], unit: str, cpu: Sequence[float] | None = None
) -> dict[str, Any]:
    """Median, least and greatest of what was measured; of processor time the median."""
    return {
        "what": what,
        "median": round(statistics.median(values), 3),
        "least": round(min(values), 3),
        "greatest": round(max(values), 3),
        "runs": len(values),
        "unit": unit,
        **({"cpu_median": round(statistics.median(cpu), 3)} if cpu else {}),
    }
