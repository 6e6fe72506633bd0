"""The built distribution holds what runs, and runs without the working tree."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

TOPS = {"index", "qa", "seeds", "ui.py"}
# The working tree must be out of reach, and an editable install puts it on the path by a .pth
# file, which `-S` leaves unread; so the libraries are named by hand, after the installed wheel.
LAUNCHER = """
import runpy, sys
site, libraries, *arguments = sys.argv[1:]
sys.path[:0] = [site]
sys.path.append(libraries)
sys.argv = ["qa", *arguments]
runpy.run_module("qa", run_name="__main__", alter_sys=True)
"""


def source_files(repo: Path) -> set[str]:
    """Every file of the packages that git would keep, as paths below the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *TOPS],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip(f"not a git checkout, so no list to compare with: {listed.stderr.strip()}")
    return {name for name in listed.stdout.split("\0") if name and (repo / name).is_file()}


@pytest.fixture(scope="module")
def dist(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(repo)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("dateline-*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run = subprocess.run(
        [*command, "--target", str(target), str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return target


def qa(site: Path, cwd: Path, *arguments: str) -> dict[str, object]:
    """What `qa … --json` of the installed wheel prints, run in an unrelated folder."""
    libraries = sysconfig.get_path("purelib")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["DATELINE_CACHE"] = str(cwd / "cache")
    run = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, str(site), libraries, *arguments, "--json"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert isinstance(result, dict)
    return result


def test_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path, repo: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {n for n in names if ".dist-info/" not in n} == source_files(repo)


def test_wheel_carries_the_bundled_articles_unchanged(wheel: Path, repo: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    packed = {n: archive.read(n) for n in archive.namelist() if n.startswith("seeds/articles/")}
    articles = repo / "seeds" / "articles"
    assert packed == {f"seeds/articles/{p.name}": p.read_bytes() for p in articles.glob("*.txt")}
    assert len(packed) == 5


def test_wheel_names_its_command_its_licence_and_its_torch(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA")).rpartition("/")
    metadata = Parser().parsestr(archive.read("/".join((info[0], "METADATA"))).decode())
    entry_points = configparser.ConfigParser()
    entry_points.read_string(archive.read(f"{info[0]}/entry_points.txt").decode())
    assert (metadata["Name"], metadata["License-Expression"]) == ("dateline", "MIT")
    assert "torch==2.13.*" in metadata.get_all("Requires-Dist", [])
    assert dict(entry_points["console_scripts"]) == {"qa": "qa.cli:run"}
    assert f"{info[0]}/licenses/LICENSE" in archive.namelist()


def test_sdist_leaves_tests_and_caches_out(dist: Path) -> None:
    (sdist,) = dist.glob("dateline-*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert TOPS <= tops
    assert tops - TOPS <= {
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "constraints.txt",
        "pyproject.toml",
    }


def test_installed_wheel_answers_from_its_own_articles(site: Path, tmp_path: Path) -> None:
    answer = qa(site, tmp_path, "Who vowed to launch cyber-attacks against the US?")
    citations = answer["citations"]
    assert answer["declined"] is False
    assert isinstance(citations, list)
    assert "He also vowed to launch cyber-attacks against the US." in str(answer["answer"])
    packed = [path.read_text(encoding="utf-8") for path in (site / "seeds/articles").glob("*.txt")]
    assert all(any(c["quote"] in text for text in packed) for c in citations)


def test_installed_wheel_tells_its_status(site: Path, tmp_path: Path) -> None:
    assert qa(site, tmp_path, "status") != {}
