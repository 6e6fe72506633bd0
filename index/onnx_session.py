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
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import onnxruntime

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")

# Rewritings that onnxruntime 1.31 makes for speed and that cost it: its fused normalisation takes
# eight times as long as an addition and a normalisation, its fused activation nearly twice as long
# as the two. Without them a passage is read in 27.8 ms instead of 32.5.
_SLOWER = ["SkipLayerNormFusion", "BiasGeluFusion"]


def open_session(
    model: str | bytes, *, is_simplified: bool = False
) -> onnxruntime.InferenceSession:
    """A session of the model in a file or in memory; onnxruntime's own errors pass.

    One that `simplify` wrote is not rewritten once more.
    """
    onnxruntime, options = _loaded()
    # The arena keeps the largest batch's memory for good; a question needs little.
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads = 1
    if is_simplified:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return _session(onnxruntime, model, options)


def simplify(draft: Path, target: Path, *, weights: str | None = None) -> None:
    """Write the graph in `draft` to `target` as onnxruntime rewrites it: the results are the same.

    Otherwise each opening would repeat it. `weights` names a file beside `target` that takes the
    weights: they are mapped then, not read and copied, and processes share them. Opening MiniLM in
    float32 took 229 ms of processor time and 114 MB of memory before, 88 ms and 44 MB after.
    """
    onnxruntime, options = _loaded()
    # "All" would add what holds for this machine's processor alone.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    if weights is not None:
        for key, value in (("file_name", weights), ("min_size_in_bytes", "1024")):
            options.add_session_config_entry(
                f"session.optimized_model_external_initializers_{key}", value
            )
    _session(onnxruntime, str(draft), options)


def _session(onnxruntime: ModuleType, model: str | bytes, options: Any) -> Any:
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )


def _loaded() -> tuple[ModuleType, onnxruntime.SessionOptions]:
    """The library, and options under which it says nothing but errors."""
    # onnxruntime looks its maker's telemetry host up some seconds after it is loaded, unless this
    # stands before its import; its `disable_telemetry_events` comes too late.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime, options


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
