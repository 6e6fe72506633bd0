"""The curves of one run on one page, with the machine under them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Each panel: curve, title, label of x, whether its scale is logarithmic, lines (key, label).
_PANELS = (
    (
        "size",
        "Against the size of the collection",
        "passages",
        True,
        (("answer_ms", "whole answer, ms"), ("retrieve_ms", "retrieval, ms")),
    ),
    (
        "size",
        "Building (no embedding) and opening",
        "passages",
        True,
        (("build_s", "build, s"), ("first_s", "first question, s"), ("open_s", "open, s")),
    ),
    ("read", "Against the passages read", "passages read", False, (("read_ms", "reader, ms"),)),
    ("askers", "Against concurrent askers", "askers", False, (("answers_per_s", "answers/s"),)),
)


def draw(report: dict[str, Any], target: Path) -> None:
    """Write the page; the ending of `target` decides its format."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, places = plt.subplots(2, 2, figsize=(11, 8))
    for axes, (name, title, label, is_log, lines) in zip(places.flat, _PANELS, strict=True):
        curve = report["curves"][name]
        x = [point[curve["x"]] for point in curve["points"]]
        for key, of_line in lines:
            axes.plot(x, [point[key] for point in curve["points"]], marker="o", label=of_line)
        if is_log:
            axes.set_xscale("log")
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.set_title(title)
        axes.set_xlabel(label)
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    figure.suptitle("What a question costs")
    figure.text(0.5, 0.01, _told(report), ha="center", fontsize=8)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(target)
    plt.close(figure)


def _told(report: dict[str, Any]) -> str:
    machine = report["machine"]
    return (
        f"{machine['cores']} {machine['architecture']} cores ({', '.join(machine['features'])}), "
        f"{machine['memory_gb']} GB, Python {machine['python']}, load {machine['load_before']} "
        f"before, commit {machine['commit']}, {report['day']}; vectors above are made up"
    )
