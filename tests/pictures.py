"""Take the README's pictures again: ``python tests/pictures.py`` writes docs/pictures/*.png.

The real page in chromium, on the bundled articles: an answer with its article beside it on a
desktop, and the same on a phone in the dark. To be run when the page looks otherwise.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

REPO = Path(__file__).parents[1]
TARGET = REPO / "docs" / "pictures"
QUESTION = "Who vowed to launch cyber-attacks against the US?"
# Of 256 colours none is missed, and a picture has a third of the bytes.
_COLOURS = 256
_STILL = "document.getAnimations().every((each) => each.playState !== 'running')"


def main() -> None:
    """Serve the bundled articles and take both pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("no chromium on PATH; on Debian: apt-get install chromium")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "ui", "--port", str(port)]
    with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                TARGET.mkdir(parents=True, exist_ok=True)
                take(browser, address, "desktop", width=1280, height=760, dark=False)
                take(browser, address, "phone", width=390, height=760, dark=True)
        finally:
            server.terminate()


def take(browser: Browser, address: str, name: str, *, width: int, height: int, dark: bool) -> None:
    """Ask, open the first citation where there is room beside the answer, and keep the picture."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    page.goto(address)
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    page.locator(".turn:not(.pending) .marker").first.wait_for()
    if not dark:
        page.locator(".turn .marker").first.click()
        page.locator("#reading mark").wait_for()
    page.wait_for_function(_STILL)
    # Gone is what only tells that a thing was just pressed.
    page.wait_for_timeout(1500)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(_COLOURS).save(TARGET / f"{name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()
