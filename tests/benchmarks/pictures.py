"""Take the README's pictures again: ``python tests/benchmarks/pictures.py``, in docs/pictures.

The real page in chromium, on the bundled articles: an answer with its article beside it on a
desktop, and the same on a phone in the dark. To be run when the page looks otherwise.
"""

from __future__ import annotations

import io
from pathlib import Path

from page import chromium, served
from PIL import Image
from playwright.sync_api import Browser

REPO = Path(__file__).parents[2]
TARGET = REPO / "docs" / "pictures"
QUESTION = "Who vowed to launch cyber-attacks against the US?"
# Of 256 colours none is missed, and a picture has a third of the bytes.
_COLOURS = 256
_STILL = "document.getAnimations().every((each) => each.playState !== 'running')"


def main() -> None:
    """Serve the bundled articles and take both pictures."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with served() as address, chromium() as browser:
        take(browser, address, "desktop", width=1280, height=760, dark=False)
        take(browser, address, "phone", width=390, height=760, dark=True)


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
