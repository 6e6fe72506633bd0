"""The page for everyone: axe finds no fault, the keyboard reaches and shows everything, no motion.

The rules are those of WCAG 2.2, levels A and AA, with axe's own best practices.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

# Gradio takes one event at a time: a click while the page still works is lost now and then.
pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)

ANSWERABLE = "Who vowed to launch cyber-attacks against the US?"
UNANSWERABLE = "What is the capital of Mongolia?"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SCREENS = [
    ("desktop light", 1440, 900, False),
    ("desktop dark", 1440, 900, True),
    ("phone light", 390, 844, False),
    ("phone dark", 390, 844, True),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on PATH; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(repo: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "ui", "--port", str(port)]
    with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@contextmanager
def visit(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    context = browser.new_context(**options)
    try:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#question textarea")).to_be_focused()
        yield page
    finally:
        context.close()


def ask(page: Page, question: str) -> Locator:
    turns = page.locator(".turn:not(.pending)")
    before = turns.count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(turns).to_have_count(before + 1)
    return turns.last


def open_collection(page: Page) -> None:
    page.get_by_role("button", name="Collection", exact=True).click()
    expect(page.locator(".shelf tbody tr").first).to_be_visible()


def faults(page: Page) -> list[str]:
    """What axe finds: rule, impact and the elements, one line for each rule."""
    # Colours are measured when nothing fades any more.
    page.wait_for_function("document.getAnimations().every(each => each.playState !== 'running')")
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): "
        + "; ".join(f"{node['target']} {node['html'][:160]}" for node in each["nodes"][:4])
        for each in found
    ]


@pytest.mark.parametrize(
    ("width", "height", "dark"), [screen[1:] for screen in SCREENS], ids=[s[0] for s in SCREENS]
)
def test_axe_finds_no_fault_in_any_state(
    browser: Browser, address: str, width: int, height: int, dark: bool
) -> None:
    found: dict[str, list[str]] = {}

    def check(state: str, page: Page) -> None:
        if told := faults(page):
            found[state] = told

    with visit(
        browser,
        address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    ) as page:
        check("welcome", page)
        turn = ask(page, ANSWERABLE)
        check("answer", page)
        turn.locator(".marker").first.click()
        expect(page.locator("#reading mark")).to_be_visible()
        check("article", page)
        page.click("#reading .close")
        ask(page, UNANSWERABLE)
        check("declined", page)
        page.click("#filters > button")
        page.locator("#filters").get_by_label("Published from").fill("2020-01-01")
        expect(page.locator("#filters > button")).to_contain_text("(1 set)")
        check("filters", page)
        page.click("#filters > button")
        open_collection(page)
        check("collection", page)
        page.get_by_label("Headline, outlet or author").fill("no such headline")
        expect(page.locator(".shelf .none")).to_be_visible()
        check("collection without a find", page)
        page.get_by_label("From", exact=True).fill("2020-01-02")
        page.get_by_label("Until", exact=True).fill("2020-01-01")
        expect(page.locator(".shelf-problem")).to_be_visible()
        check("collection with a problem", page)
    assert found == {}


# What tells a focused element: its own outline, or the frame of the field it stands in.
INDICATED = """() => {
    const focused = document.activeElement;
    const isRinged = (each) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
    };
    const frames = [focused, focused.closest("label"), focused.closest("#asking"),
        focused.closest(".wrap")].filter(Boolean);
    const box = focused.getBoundingClientRect();
    const name = focused.getAttribute("aria-label") || focused.labels?.[0]?.textContent
        || focused.textContent || focused.getAttribute("placeholder") || "";
    return {
        is: focused.tagName.toLowerCase() + (focused.className ? "." + focused.className : "")
            + (focused.id ? "#" + focused.id : ""),
        name: name.trim().slice(0, 60),
        ringed: frames.some(isRinged),
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def tab_through(page: Page, limit: int = 80) -> list[dict[str, Any]]:
    """What Tab leads to, from the top of the page until it leaves it."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.mouse.click(2, 2)
    stops: list[dict[str, Any]] = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = page.evaluate(INDICATED)
        if stop["is"].startswith("body") or stop in stops[:1]:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab never leaves the page; it was last at {stops[-5:]}")


@pytest.mark.parametrize(
    ("state", "reached"),
    [
        (lambda page: None, ["Conversations", "Collection", "New conversation", "Your question"]),
        (lambda page: ask(page, ANSWERABLE), ["Source 1", "Copy", "Ask again", "Your question"]),
        (
            open_collection,
            [
                "Headline, outlet or author",
                "From",
                "Until",
                "Published",
                "Blinken",
                "Your question",
            ],
        ),
    ],
    ids=["welcome", "answer", "collection"],
)
def test_tab_reaches_everything_in_order_and_shows_where_it_is(
    browser: Browser, address: str, state: Callable[[Page], object], reached: list[str]
) -> None:
    with visit(browser, address, viewport={"width": 1440, "height": 900}) as page:
        state(page)
        stops = tab_through(page)
        names = [stop["name"] for stop in stops]
        places = [next(i for i, name in enumerate(names) if name.startswith(r)) for r in reached]
        assert places == sorted(places), names
        assert [stop for stop in stops if not stop["ringed"]] == []
        assert [stop for stop in stops if not stop["seen"]] == []
        assert [stop for stop in stops if not stop["name"]] == []


def test_answers_are_announced_and_the_page_tells_its_language(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as page:
        assert page.evaluate("document.documentElement.lang") == "en"
        log = page.get_by_role("log", name="Conversation")
        expect(log).to_have_attribute("aria-live", "polite")
        ask(page, ANSWERABLE)
        expect(log).to_contain_text(ANSWERABLE)
        headings = page.locator("h1, h2, h3").evaluate_all(
            "all => all.filter(each => each.checkVisibility()).map(each => each.tagName)"
        )
        assert headings[0] == "H1"
        assert headings.count("H1") == 1


def test_nothing_moves_where_motion_is_not_wanted(browser: Browser, address: str) -> None:
    with visit(browser, address, reduced_motion="reduce") as page:
        # What is moving, looked for in every frame while the answer comes.
        page.evaluate(
            """() => {
                window.moving = 0;
                const look = () => {
                    window.moving += document.getAnimations()
                        .filter((each) => each.playState === "running").length;
                    requestAnimationFrame(look);
                };
                look();
            }"""
        )
        ask(page, ANSWERABLE).locator(".marker").first.click()
        expect(page.locator("#reading mark")).to_be_visible()
        open_collection(page)
        assert page.evaluate("window.moving") == 0


@pytest.mark.parametrize("width", [320, 3840])
def test_nothing_is_cut_off_from_320_pixels_to_4k(
    browser: Browser, address: str, width: int
) -> None:
    with visit(browser, address, viewport={"width": width, "height": 640}) as page:
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(too_wide)
        ask(page, ANSWERABLE)
        assert not page.evaluate(too_wide)
        open_collection(page)
        assert not page.evaluate(too_wide)
        assert not page.evaluate(
            "(each => each.scrollWidth > each.clientWidth + 1)(document.querySelector('.shelf'))"
        )
