"""Open an ONNX model as all of Dateline does: on the CPU, in little memory, in silence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: str | bytes) -> onnxruntime.InferenceSession:
    """A session of the model in a file or in memory; onnxruntime's own errors pass."""
    # onnxruntime looks its maker's telemetry host up some seconds after it is loaded, unless this
    # stands before its import; its `disable_telemetry_events` comes too late.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # The arena keeps the largest batch's memory for good; a question needs little.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
