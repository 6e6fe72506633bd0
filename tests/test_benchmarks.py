"""What `make bench` points out, from figures of a run and recorded ones."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"


@pytest.fixture(scope="module")
def ratios() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ratios", BENCHMARKS / "ratios.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_what_is_worse_by_more_than_a_fifth_is_pointed_out(ratios: ModuleType) -> None:
    recorded = {"cold_by_import": 5.0, "answer_by_reading": 2.0, "many_askers_by_one": 1.0}
    slower = {"cold_by_import": 6.1, "answer_by_reading": 2.3, "many_askers_by_one": 0.95}
    (line,) = ratios.regressions(slower, recorded)
    assert "a cold question" in line
    assert "5 when recorded, now 6.1" in line


def test_where_more_is_better_less_is_worse(ratios: ModuleType) -> None:
    (line,) = ratios.regressions({"many_askers_by_one": 0.7}, {"many_askers_by_one": 1.0})
    assert "most askers" in line
    assert ratios.regressions({"many_askers_by_one": 1.9}, {"many_askers_by_one": 1.0}) == []


def test_a_ratio_that_was_never_recorded_is_not_compared(ratios: ModuleType) -> None:
    assert ratios.regressions({"cold_by_import": 50.0}, {}) == []
