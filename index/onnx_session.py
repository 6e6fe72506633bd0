"""Open an ONNX model as all of Dateline does: on the CPU, in little memory, in silence.

A session runs on the thread that calls it. Work that falls into parts is spread over the cores
part by part (`in_parallel`), not operation by operation: the small matrices of one passage keep
two cores busy for two thirds of the time at best, and the threads that wait for the next operation
would burn the time of every other question meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import onnxruntime

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def open_session(model: str | bytes) -> onnxruntime.InferenceSession:
    """A session of the model in a file or in memory; onnxruntime's own errors pass."""
    # onnxruntime looks its maker's telemetry host up some seconds after it is loaded, unless this
    # stands before its import; its `disable_telemetry_events` comes too late.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # The arena keeps the largest batch's memory for good; a question needs little.
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def in_parallel(function: Callable[[_Part], _Result], parts: Sequence[_Part]) -> list[_Result]:
    """`function` of each part, in their order, on as many threads as there are cores.

    All callers share the threads: twenty questions at once are worked off as fast as one after
    the other. `function` must not call this again.
    """
    pool = _pool() if len(parts) > 1 else None
    if pool is None:
        return [function(part) for part in parts]
    return list(pool.map(function, parts))


_guard = threading.Lock()
_shared_pool: ThreadPoolExecutor | None = None


def _pool() -> ThreadPoolExecutor | None:
    """The process's threads, started on first use; None where there is only one core."""
    global _shared_pool
    with _guard:
        cores = _n_cores()
        if _shared_pool is None and cores > 1:
            _shared_pool = ThreadPoolExecutor(cores, thread_name_prefix="dateline-onnx")
        return _shared_pool


def _n_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _forget_pool() -> None:
    """In a forked child: the threads stay with the parent."""
    global _guard, _shared_pool
    _guard = threading.Lock()
    _shared_pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
