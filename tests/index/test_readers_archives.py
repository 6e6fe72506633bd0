"""Archives are read member by member in memory, and what they must not do is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from index.readers import read_articles
from index.types import Article, Skipped

FILES = Path(__file__).parent / "files"
TEXT = "The harbour of Port Vale will close for a week from Monday, the city said.\n"


def zipped(members: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def read(path: Path, content: bytes) -> tuple[list[Article], list[Skipped]]:
    path.write_bytes(content)
    found = list(read_articles([path]))
    articles = [item for item in found if isinstance(item, Article)]
    skipped = [item for item in found if isinstance(item, Skipped)]
    assert {item.path for item in found} <= {str(path)}
    assert list(path.parent.iterdir()) == [path]  # nothing is unpacked beside it
    return articles, skipped


def test_every_format_is_read_in_an_archive_under_its_path_in_it(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        f"news/{name}": (FILES / name).read_bytes()
        for name in ("library.docx", "library.pdf", "lifeboat.eml", "council.nitf.xml")
    }
    members |= {"b.csv": "title,text\nA,Some text.", "a.txt": TEXT, ".hidden.txt": TEXT, "x/": ""}
    articles, skipped = read(tmp_path / "all.zip", zipped(members))
    assert [(item.id, item.format) for item in articles] == [
        ("all.zip/a.txt", "txt"),
        ("all.zip/b.csv", "csv"),
        ("ow-20220317-0042", "xml"),
        ("all.zip/news/library.docx", "docx"),
        ("all.zip/news/library.pdf", "pdf"),
        ("20240104.61-launches@lifeboat.example", "eml"),
    ]
    assert skipped == []


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.dat"])
def test_a_tar_is_read_however_it_is_packed(tmp_path: Path, name: str) -> None:
    mode = {"gz": "w:gz", "tgz": "w:gz", "bz2": "w:bz2", "xz": "w:xz"}.get(name.split(".")[-1], "w")
    raw = tarred({"in/a.txt": TEXT.encode(), "b.pdf": (FILES / "library.pdf").read_bytes()}, mode)
    articles, skipped = read(tmp_path / name, raw)
    assert [item.id for item in articles] == [f"{name}/in/a.txt", f"{name}/b.pdf"]
    assert skipped == []


@pytest.mark.parametrize(
    ("name", "pack"), [("a.txt.gz", gzip), ("a.txt.bz2", bz2), ("a.html.xz", lzma), ("a", gzip)]
)
def test_a_file_packed_by_itself_keeps_its_own_id(tmp_path: Path, name: str, pack: object) -> None:
    real = FILES / "library.pdf" if name == "a" else None
    raw = TEXT.encode() if real is None else real.read_bytes()
    articles, skipped = read(tmp_path / name, pack.compress(raw))  # type: ignore[attr-defined]
    assert [item.id for item in articles] == [name]
    assert skipped == []


def test_archives_in_archives_are_read_and_faults_name_the_innermost_place(tmp_path: Path) -> None:
    lines = gzip.compress(b'{"text": "Good."}\nbad\n')
    inner = zipped(
        {"deep/r.jsonl.gz": lines, "cut.pdf": (FILES / "library.pdf").read_bytes()[:9000]}
    )
    articles, skipped = read(tmp_path / "a.tar", tarred({"b/in.zip": inner}))
    assert [item.id for item in articles] == ["a.tar/b/in.zip/deep/r.jsonl.gz"]
    assert [(item.place, item.is_fault) for item in skipped] == [
        ("b/in.zip/cut.pdf", True),
        ("b/in.zip/deep/r.jsonl.gz, line 2", True),
    ]


@pytest.mark.parametrize(
    "name", ["../up.txt", "/abs.txt", "a/../../up.txt", "C:\\up.txt", "..\\up.txt"]
)
def test_a_path_that_climbs_out_is_told_and_the_rest_read(tmp_path: Path, name: str) -> None:
    for file, raw in (
        ("a.zip", zipped({name: TEXT, "z.txt": TEXT})),
        ("a.tar", tarred({name: TEXT.encode(), "z.txt": TEXT.encode()})),
    ):
        folder = tmp_path / file[2:]
        folder.mkdir()
        articles, skipped = read(folder / file, raw)
        assert [item.id for item in articles] == [f"{file}/z.txt"]
        assert ["climbs out of the archive" in item.reason for item in skipped] == [True]


def test_links_in_an_archive_are_never_followed(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("link.txt")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    articles, skipped = read(tmp_path / "a.tar", file.getvalue())
    assert articles == []
    assert [item.reason for item in skipped] == ["is a link or device, which are not read"] * 3


def test_a_bomb_is_refused_and_the_rest_read(tmp_path: Path) -> None:
    raw = zipped({"a.txt": b"a" * 50_000_000, "b.txt": TEXT})
    articles, (told,) = read(tmp_path / "a.zip", raw)
    assert [item.id for item in articles] == ["a.zip/b.txt"]
    assert told.place == "a.txt"
    assert "it unpacks to more than 100 times its size, as archive bombs do" in told.reason


@pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz", "a.csv.gz", "a.tar.gz"])
def test_a_packed_bomb_is_refused_whatever_reads_it(tmp_path: Path, name: str) -> None:
    line = b'{"text": "' + b" " * 999_000 + b'"}\n'
    content = {"a.jsonl.gz": line * 50, "a.csv.gz": b"text,id\n" + (b" " * 9_999_990 + b",1\n") * 5}
    raw = content.get(name) or b"a" * 50_000_000
    if name == "a.tar.gz":
        raw = tarred({"a.txt": raw})
    articles, skipped = read(tmp_path / name, gzip.compress(raw))
    assert articles == []
    assert any(
        "as archive bombs do" in item.reason or "the most for one text file" in item.reason
        for item in skipped
    )


def test_an_archive_that_unpacks_to_too_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.readers.source.MAX_UNPACKED_BYTES", 200)
    members: dict[str, bytes | str] = {f"{n}.txt": TEXT for n in range(9)}
    articles, skipped = read(tmp_path / "a.zip", zipped(members))
    assert len(articles) == 2
    assert len(skipped) == 1
    assert "it unpacks to more than" in skipped[0].reason


def test_an_archive_with_too_many_files_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.readers.source.MAX_MEMBERS", 3)
    inner = zipped({"a.txt": TEXT, "b.txt": TEXT})
    members: dict[str, bytes | str] = {f"{n}.zip": inner for n in range(3)}
    articles, skipped = read(tmp_path / "a.zip", zipped(members))
    assert [item.id for item in articles] == ["a.zip/0.zip/a.txt", "a.zip/0.zip/b.txt"]
    assert "it holds more than 3 files" in skipped[0].reason


def test_archives_nested_too_deep_are_told(tmp_path: Path) -> None:
    raw = zipped({"a.txt": TEXT})
    for _ in range(6):
        raw = zipped({"in.zip": raw, "b.txt": TEXT})
    articles, skipped = read(tmp_path / "a.zip", raw)
    assert len(articles) == 5
    assert ["nested more than 5 deep" in item.reason for item in skipped] == [True]


def test_a_docx_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    raw = zipped({"word/document.xml": b"<a>" + b" " * 80_000_000})
    articles, (told,) = read(tmp_path / "a.docx", raw)
    assert articles == []
    assert "the document unpacks to 76 MiB from 0, as archive bombs do" in told.reason


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.txt.gz", "a.tar.xz"])
def test_a_broken_archive_is_told(tmp_path: Path, name: str) -> None:
    text = "".join(f"{n} {TEXT}" for n in range(500))
    mode = {"a.tgz": "w:gz", "a.tar.xz": "w:xz"}.get(name, "w")
    raw = tarred({"a.txt": text.encode()}, mode)
    if name == "a.zip":
        raw = zipped({"a.txt": text})
    elif name == "a.txt.gz":
        raw = gzip.compress(text.encode())
    articles, skipped = read(tmp_path / name, raw[: len(raw) // 2])
    assert articles == []
    assert skipped[-1].is_fault
    assert "cannot be read" in skipped[-1].reason or "broken or cut short" in skipped[-1].reason


def test_a_member_with_a_password_is_told(tmp_path: Path) -> None:
    raw = bytearray(zipped({"a.txt": TEXT, "b.txt": TEXT}))
    raw[6] |= 1  # the flag in the member's own header
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    articles, (told,) = read(tmp_path / "a.zip", bytes(raw))
    assert [item.id for item in articles] == ["a.zip/b.txt"]
    assert "store it without a password" in told.reason


def test_names_in_any_script_are_kept(tmp_path: Path) -> None:
    articles, _ = read(tmp_path / "новости.zip", zipped({"静岡/café.txt": TEXT}))
    assert [item.id for item in articles] == ["новости.zip/静岡/café.txt"]
