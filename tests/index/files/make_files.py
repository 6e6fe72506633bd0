"""Make the sample files again: needs LibreOffice and chromium (see README.md)."""

from __future__ import annotations

import base64
import datetime
import shutil
import subprocess
import tempfile
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from playwright.sync_api import Route, sync_playwright

HERE = Path(__file__).parent
PAGE_URL = "https://www.valecourier.example/2023/11/ferry-crossings-halved?from=front"
ZONE = datetime.timezone(datetime.timedelta(hours=-5))
PRESS_TEXT = """\
The Orrin Lifeboat Society launched 61 times in 2023, more often than in any year since it was \
founded in 1887, the society said on Thursday.

“Most calls came from people who had never been at sea before,” said its coxswain, Jorun Akselsen.

Of the 84 people brought ashore, 12 were taken to hospital. Nobody drowned.
"""


def save_pages() -> None:
    """The page as a browser saves it: the document that it built, a snapshot of all, a print."""
    page = (HERE / "sources" / "ferry.html").read_text(encoding="utf-8")

    def answer(route: Route) -> None:
        route.fulfill(body=page, content_type="text/html; charset=utf-8")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page()
        tab.route("**/*", answer)
        tab.goto(PAGE_URL)
        (HERE / "ferry.html").write_text(tab.content(), encoding="utf-8")
        session = tab.context.new_cdp_session(tab)
        snapshot = session.send("Page.captureSnapshot", {"format": "mhtml"})
        (HERE / "ferry.mhtml").write_bytes(snapshot["data"].encode())
        # Playwright's own print has no head and foot, which a user's has.
        printed = session.send("Page.printToPDF", {"displayHeaderFooter": True})
        (HERE / "ferry.pdf").write_bytes(base64.b64decode(printed["data"]))
        browser.close()


def convert_document() -> None:
    """The document through LibreOffice: to DOCX and PDF."""
    with tempfile.TemporaryDirectory() as folder:
        office = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
        as_writer = ["--infilter=HTML (StarWriter)", "--convert-to"]
        source = str(HERE / "sources" / "library.html")
        for ending in ("docx:MS Word 2007 XML", "pdf:writer_pdf_Export"):
            command = [*office, *as_writer, ending, "--outdir", str(HERE), source]
            subprocess.run(command, check=True)


def write_mail() -> None:
    """A press release with a plain and an HTML body, as an mbox holds it."""
    mail = EmailMessage()
    mail["From"] = "Orrin Lifeboat Society Press Office <press@lifeboat.example>"
    mail["To"] = "newsdesk@valecourier.example"
    mail["Subject"] = "Orrin lifeboats had their busiest year, with 61 launches"
    mail["Date"] = format_datetime(datetime.datetime(2024, 1, 4, 22, 15, tzinfo=ZONE))
    mail["Message-ID"] = "<20240104.61-launches@lifeboat.example>"
    mail.set_content(PRESS_TEXT)
    paragraphs = "".join(f"<p>{part}</p>" for part in PRESS_TEXT.split("\n\n"))
    mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    (HERE / "lifeboat.eml").write_bytes(mail.as_bytes())


if __name__ == "__main__":
    save_pages()
    convert_document()
    write_mail()
