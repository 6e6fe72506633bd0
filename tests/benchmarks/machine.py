"""The machine that a benchmark ran on, as its results tell it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
_PACKAGES = (
    *("faiss-cpu", "gradio", "onnxruntime", "sentence-transformers", "tantivy", "tokenizers"),
    "torch",
)
# What decides how fast matrices are multiplied.
_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def describe_machine() -> dict[str, Any]:
    """Processor, memory, load, versions and commit; no name of a person, host or path."""
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
        "features": _features(),
        "memory_gb": _memory_gb(),
        # Above the number of cores, others were at work and every time is too long.
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": commit,
    }


def peak_mb() -> float:
    """The most memory this process has held, in MB; what its parent held before it is left out."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _features() -> list[str]:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return []
    flags = next(
        (line for line in cpuinfo.read_text("utf-8").splitlines() if line.startswith("flags")), ""
    ).split()
    return [name for name in _FEATURES if name in flags]


def _memory_gb() -> float | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)
