"""The direction of imports: index <- qa <- ui, never back; and importing either is cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

OURS = {"index", "qa", "seeds", "ui"}
HEAVY = (
    "torch",
    "faiss",
    "gradio",
    "transformers",
    "sentence_transformers",
    "onnxruntime",
    "dateparser",
    "tantivy",
    "datasketch",
    "watchfiles",
)


def imported_names(source: str, package: str) -> Iterator[str]:
    """Each dotted name that `source` imports; `package` is the dotted package it stands in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imports_of(path: Path, repo: Path) -> set[str]:
    package = ".".join(path.relative_to(repo).parent.parts)
    return set(imported_names(path.read_text(encoding="utf-8"), package))


def edges(repo: Path, package: str) -> set[tuple[str, str]]:
    """(file, top-level name) for each import of one of our own packages by another of them."""
    return {
        (path.relative_to(repo).as_posix(), top)
        for path in (repo / package).rglob("*.py")
        for name in imports_of(path, repo)
        if (top := name.split(".")[0]) in OURS - {package}
    }


def module_level_imports(path: Path) -> set[str]:
    """What importing the module itself imports: functions' bodies are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Pass()]
    return {name.split(".")[0] for name in imported_names(ast.unparse(tree), "")}


def is_page_part(name: str) -> bool:
    return f"{name}.".startswith("qa.web.")


def outside_the_page(names: set[str]) -> set[str]:
    """What of `names` is taken from qa, but not from qa.web, where the page's parts are."""
    return {name for name in names if name.startswith("qa.") and not is_page_part(name)}


def public_names() -> set[str]:
    """What the page may use: the names that qa shows, and those of qa.export."""
    import qa
    import qa.export

    return {f"{each.__name__}.{name}" for each in (qa, qa.export) for name in each.__all__}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import qa.ask as a", {"qa.ask"}),
        ("def f():\n    from qa import ask", {"qa.ask"}),
        ("from . import types", {"index.readers.types"}),
        ("from ..types import Article", {"index.types.Article"}),
    ],
)
def test_every_form_of_import_is_read(source: str, expected: set[str]) -> None:
    assert set(imported_names(source, "index.readers")) == expected


def test_index_imports_neither_questions_nor_pages_nor_seeds(repo: Path) -> None:
    assert edges(repo, "index") == set()


def test_qa_imports_only_index_and_seeds_and_the_page_from_its_command_line(repo: Path) -> None:
    backward = {edge for edge in edges(repo, "qa") if edge[1] not in {"index", "seeds"}}
    assert backward <= {("qa/cli.py", "ui")}


def test_the_command_line_imports_the_page_only_when_asked_for_it(repo: Path) -> None:
    assert "ui" not in module_level_imports(repo / "qa" / "cli.py")


def test_seeds_imports_nothing_of_ours(repo: Path) -> None:
    assert edges(repo, "seeds") == set()


def test_the_page_uses_only_public_names_of_qa_its_own_parts_and_gradio(repo: Path) -> None:
    names = imports_of(repo / "ui.py", repo) - {"__future__.annotations"}
    allowed_tops = {"qa", "gradio"} | set(sys.stdlib_module_names)
    assert {name for name in names if name.split(".")[0] not in allowed_tops} == set()
    assert outside_the_page(names) <= public_names()


def test_the_parts_of_the_page_use_only_public_names_of_qa(repo: Path) -> None:
    names = {n for path in (repo / "qa" / "web").rglob("*.py") for n in imports_of(path, repo)}
    assert outside_the_page(names) <= public_names()


def test_no_stage_of_answering_imports_a_part_of_the_page(repo: Path) -> None:
    stages = set((repo / "qa").rglob("*.py")) - set((repo / "qa" / "web").rglob("*.py"))
    importing = {p.name for p in stages for n in imports_of(p, repo) if is_page_part(n)}
    assert importing == set()


@pytest.mark.parametrize("package", ["index", "qa"])
def test_importing_a_package_loads_no_heavy_library(package: str, repo: Path) -> None:
    code = f"import sys, {package}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=repo, capture_output=True, text=True, check=False
    )
    assert (run.stderr, run.stdout.strip()) == ("", "")
