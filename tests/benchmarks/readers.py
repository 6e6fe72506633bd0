"""Measure reading alone, a format at a time: articles a second and the peak memory of a process.

    python tests/benchmarks/readers.py [--articles N] [--rows N]

Each format's articles, of some 500 words, are made in a temporary folder and read by a process of
its own. With --rows, a table of so many short rows and a text file of 500 MB are read as well.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import html
import io
import json
import os
import random
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
SAMPLES = REPO / "tests" / "index" / "files"
_WORDS = (
    "harbour council ferry bridge Ellery winter mayor budget school storm report island repairs"
    " residents plan company crossing library market police election grant meeting road workers"
).split()


def main() -> int:
    """Make, read and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        return _read(options.read)
    print("| format | articles | articles/s | peak MiB | skipped |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in _MAKERS.items():
            _measure(name, Path(folder) / name, lambda path, m=make: m(path, options.articles))
        if options.rows:
            _measure("csv, short rows", Path(folder) / "rows", lambda p: _rows(p, options.rows))
            _measure("txt of 500 MB", Path(folder) / "large", _large)
    return 0


def _measure(name: str, folder: Path, make: Callable[[Path], None]) -> None:
    folder.mkdir()
    make(folder)
    environment = os.environ | {"PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--read", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(run.stdout)
    rate = found["articles"] / found["seconds"]
    print(f"| {name} | {found['articles']} | {rate:.0f} | {found['mib']} | {found['skipped']} |")


def _read(folder: Path) -> int:
    from index.readers import read_articles
    from index.types import Article

    counts = [0, 0]
    start = time.perf_counter()
    for item in read_articles([folder]):
        counts[isinstance(item, Article)] += 1
    seconds = time.perf_counter() - start
    mib = _peak_mib()
    json.dump(
        {"articles": counts[1], "skipped": counts[0], "seconds": seconds, "mib": mib}, sys.stdout
    )
    return 0


def _peak_mib() -> int:
    status = Path("/proc/self/status")
    if status.exists():  # the figure of getrusage may be that of the process that started this one
        line = next(ln for ln in status.read_text().splitlines() if ln.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _article(number: int) -> tuple[str, list[str]]:
    chance = random.Random(number)
    sentences = [
        " ".join(chance.choices(_WORDS, k=chance.randint(9, 22))).capitalize() + "."
        for _ in range(32)
    ]
    paragraphs = [" ".join(sentences[place : place + 3]) for place in range(0, 32, 3)]
    return f"Council and harbour {number} " + " ".join(chance.choices(_WORDS, k=5)), paragraphs


def _text(number: int) -> str:
    title, paragraphs = _article(number)
    return "\n\n".join([title, "By Jane Roe", "30 January 2023", *paragraphs]) + "\n"


def _page(number: int) -> str:
    title, paragraphs = _article(number)
    page = (SAMPLES / "sources" / "ferry.html").read_text(encoding="utf-8")
    head, rest = page.split("<figure>", 1)
    tail = rest.split("</article>", 1)[1]
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    head = head.replace("ferry-crossings-halved", f"story-{number}")
    old_title = "Ferry operator to halve crossings between Ellery and Saint Orrin"
    return f"{head.replace(old_title, title)}{body}</article>{tail}"


def _each(name: str, content: Callable[[int], str | bytes]) -> Callable[[Path, int], None]:
    def make(folder: Path, n: int) -> None:
        for number in range(n):
            made = content(number)
            raw = made.encode() if isinstance(made, str) else made
            (folder / f"{number:06}{name}").write_bytes(raw)

    return make


def _mhtml(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = "<Saved by Blink>"
    mail["Snapshot-Content-Location"] = f"https://www.valecourier.example/story-{number}"
    mail.set_content(_page(number), subtype="html", cte="quoted-printable")
    mail.make_related()
    return mail.as_bytes()


def _mail(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Jane Roe <jane@courier.example>"
    mail["Subject"] = _article(number)[0]
    mail["Date"] = "Mon, 30 Jan 2023 10:00:00 +0000"
    mail["Message-ID"] = f"<{number}@courier.example>"
    mail.set_content("\n\n".join(_article(number)[1]))
    return mail.as_bytes()


def _docx(number: int) -> bytes:
    import docx

    title, paragraphs = _article(number)
    document = docx.Document()
    document.add_heading(title, 1)
    for paragraph in ("By Jane Roe", "30 January 2023", *paragraphs):
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _nitf(number: int) -> str:
    title, paragraphs = _article(number)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<?xml version="1.0"?><nitf><head><docdata><doc-id id-string="n{number}"/>'
        f'<date.issue norm="20230130"/></docdata></head><body><body.head><hedline>'
        f"<hl1>{title}</hl1></hedline></body.head><body.content>{body}</body.content></body></nitf>"
    )


def _newsml(number: int) -> str:
    title, paragraphs = _article(number)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<?xml version="1.0"?><newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" version="1" '
        f'guid="urn:n:{number}"><itemMeta><versionCreated>2023-01-30T10:00:00Z</versionCreated>'
        f"</itemMeta><contentMeta><headline>{title}</headline></contentMeta><contentSet><inlineXML>"
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html></inlineXML>'
        "</contentSet></newsItem>"
    )


def _record(number: int) -> dict[str, str]:
    title, paragraphs = _article(number)
    return {
        "id": str(number),
        "title": title,
        "body": "\n\n".join(paragraphs),
        "date": "2023-01-30",
    }


def _ninjs(number: int) -> str:
    title, paragraphs = _article(number)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    fields = {"uri": f"urn:j:{number}", "headline": title, "body_xhtml": body}
    return json.dumps(fields | {"versioncreated": "2023-01-30T10:00:00Z"})


def _feed(folder: Path, n: int) -> None:
    items = []
    for number in range(n):
        title, paragraphs = _article(number)
        body = html.escape("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
        items.append(
            f"<item><title>{title}</title><guid>{number}</guid><description>{body}</description>"
            "<pubDate>Mon, 30 Jan 2023 10:00:00 +0000</pubDate></item>"
        )
    channel = "".join(items)
    (folder / "feed.xml").write_text(f"<rss><channel><title>C</title>{channel}</channel></rss>")


def _table(folder: Path, n: int) -> None:
    with (folder / "a.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["id", "title", "body", "date"])
        writer.writeheader()
        writer.writerows(map(_record, range(n)))


def _rows(folder: Path, n: int) -> None:
    with (folder / "rows.csv").open("w") as file:
        file.write("id,title,body,date\n")
        for number in range(n):
            file.write(
                f"{number},Harbour {number},The harbour closed on day {number}.,2023-01-30\n"
            )


def _large(folder: Path) -> None:
    block = _text(0).encode() * 1000
    with (folder / "large.txt").open("wb") as file:
        while file.tell() < 500 * 10**6:
            file.write(block)


def _jsonl(folder: Path, n: int) -> None:
    lines = "\n".join(json.dumps(_record(number)) for number in range(n))
    (folder / "a.jsonl").write_text(lines)


def _jsonl_packed(folder: Path, n: int) -> None:
    lines = "\n".join(json.dumps(_record(number)) for number in range(n))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


def _json(folder: Path, n: int) -> None:
    (folder / "a.json").write_text(json.dumps([_record(number) for number in range(n)]))


def _zip(folder: Path, n: int) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(n):
            archive.writestr(f"{number:06}.txt", _text(number))


def _tar(folder: Path, n: int) -> None:
    with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
        for number in range(n):
            raw = _text(number).encode()
            member = tarfile.TarInfo(f"{number:06}.txt")
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))


_MAKERS: dict[str, Callable[[Path, int], None]] = {
    "txt": _each(".txt", _text),
    "html": _each(".html", _page),
    "mhtml": _each(".mhtml", _mhtml),
    "pdf": _each(".pdf", lambda _: (SAMPLES / "library.pdf").read_bytes()),
    "docx": _each(".docx", _docx),
    "eml": _each(".eml", _mail),
    "rss, one feed": _feed,
    "csv, one table": _table,
    "json, one list": _json,
    "jsonl": _jsonl,
    "jsonl.gz": _jsonl_packed,
    "nitf": _each(".xml", _nitf),
    "newsml-g2": _each(".xml", _newsml),
    "ninjs": _each(".json", _ninjs),
    "zip of txt": _zip,
    "tar.gz of txt": _tar,
}

if __name__ == "__main__":
    sys.exit(main())
