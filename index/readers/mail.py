"""Mails, one a file or many in an mbox, with the files that hang on them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email.message import EmailMessage

from index.dates import parse_date
from index.readers.article import Found, make_article
from index.readers.page import article_of_page, decode_page
from index.readers.source import MIB, Reader, Source, UnreadableError
from index.readers.text import decode
from index.types import Article, Skipped

MAX_MAIL_BYTES = 64 * MIB
# What the library meets in headers that only a machine could write.
_STUMBLES = (ValueError, IndexError, AttributeError, TypeError, KeyError, RecursionError)
_FORWARDED = re.compile(r"^\s*(?:(?:fwd?|re|aw|wg|tr|rv)\s*:\s*)+", re.IGNORECASE)


def read_mail(source: Source, read: Reader) -> Iterator[Article | Skipped]:
    """The article of each mail, and those in files that hang on it, which `read` reads."""
    for number, raw in enumerate(_mails(source), 1):
        try:
            yield from _read_one(source, raw, number, read)
        except UnreadableError as error:
            yield source.skipped(str(error), f"mail {number}")


def _mails(source: Source) -> Iterator[bytes]:
    """The mails one by one; in an mbox, which may be large, each begins with "From "."""
    with source.open() as file:
        lines: list[bytes] = []
        size = 0
        is_mbox, after_blank = None, True
        while line := file.readline(MIB):
            if is_mbox is None:
                is_mbox = line.startswith(b"From ")
            if is_mbox and after_blank and line.startswith(b"From "):
                if any(map(bytes.strip, lines)):
                    yield b"".join(lines)
                lines, size = [], 0
            else:
                size += len(line)
                lines.append(re.sub(rb"^>(>*From )", rb"\1", line) if is_mbox else line)
            if size > MAX_MAIL_BYTES:
                raise UnreadableError(
                    f"a mail in it is larger than {MAX_MAIL_BYTES // MIB} MiB; take it out"
                )
            after_blank = not line.strip()
        if not any(map(bytes.strip, lines)):
            raise UnreadableError("the file is empty; save the mail anew")
        yield b"".join(lines)


def _read_one(source: Source, raw: bytes, number: int, read: Reader) -> Iterator[Article | Skipped]:
    from email import message_from_bytes, policy

    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    attachments = [part for part in mail.iter_attachments() if part.get_filename()]
    body = mail.get_body(("plain", "html"))
    if body is not None:
        assert isinstance(body, EmailMessage)
        yield _article(source, mail, body, number)
    elif not attachments:
        raise UnreadableError("the mail has no text; save it whole")
    prefix = "" if number == 1 else f"mail-{number}/"
    for part in attachments:
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            name = prefix + str(part.get_filename()).replace("\\", "/").rsplit("/", 1)[-1]
            yield from read(_attached(source, name, payload))


def _attached(source: Source, name: str, raw: bytes) -> Source:
    return source.inner(name, lambda _: io.BytesIO(raw), len(raw)).kept(raw)


def _article(source: Source, mail: EmailMessage, body: EmailMessage, number: int) -> Article:
    text = _text(source, body)
    sender = _addresses(mail, "From")
    host = sender[0][1].rpartition("@")[2] if sender else ""
    archived = _header(mail, "Archived-At").strip(" <>")
    return make_article(
        source,
        Found(
            text=text,
            id=_header(mail, "Message-ID").strip("<> ") or None,
            title=_FORWARDED.sub("", _header(mail, "Subject")) or None,
            source=re.sub(r"^(?:www|e?mail|news|newsletters?|mailer)\.", "", host) or None,
            author=sender[0][0] if sender else None,
            url=archived or None,
            published=parse_date(_day(mail)),
        ),
        number,
    )


def _text(source: Source, body: EmailMessage) -> str:
    raw = body.get_payload(decode=True)
    assert isinstance(raw, bytes)
    declared = body.get_content_charset()
    if body.get_content_type() == "text/html":
        return article_of_page(source, decode_page(raw, declared)).text
    # Trailing blanks mark a wrapped line in some mails, and nothing a reader sees.
    return "\n".join(
        line.rstrip() for line in decode(raw, declared, is_lenient=True).split("\n")
    ).strip("\n")


def _header(mail: EmailMessage, name: str) -> str:
    """A header's text; as it stands there where the library stumbles over it."""
    try:
        return " ".join(str(mail.get(name) or "").split())
    except _STUMBLES:
        raw = (value for key, value in mail.raw_items() if key.casefold() == name.casefold())
        return " ".join(str(next(raw, "")).encode("utf-8", "replace").decode().split())


def _addresses(mail: EmailMessage, header: str) -> list[tuple[str | None, str]]:
    try:
        found = mail[header]
        return [(a.display_name or None, a.addr_spec) for a in found.addresses] if found else []
    except _STUMBLES:
        return []


def _day(mail: EmailMessage) -> str:
    """The day that the sender's own clock showed."""
    try:
        moment = mail["Date"].datetime if mail["Date"] else None
    except _STUMBLES:
        moment = None
    return "" if moment is None else f"{moment.date().isoformat()}"
