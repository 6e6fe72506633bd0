"""The collection view in a real browser: search, sort, time, pages, asking, uploads."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from qa.collection import index_collection
from qa.web.timespan import bins_of

# Gradio takes one event at a time: a click while the page still works is lost now and then.
pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)

ARTEFACTS = Path(__file__).parent / "artefacts"
OUTLETS = ("Coast Radio", "Harbour Post", "Küstenbote")
HOSTILE = "<img src=x onerror=alert(1)> ${alert(2)} <script>alert(3)</script>"
D = datetime.date


def articles() -> list[dict[str, str]]:
    """130 articles of some four years, three outlets in turn; one undated, one hostile, one RTL."""
    told = []
    for n in range(130):
        day = D(2019, 1, 1) + datetime.timedelta(days=11 * n)
        told.append(
            {
                "id": f"ship-{n}",
                "title": f"Ship {n} docks at Brevik",
                "source": OUTLETS[n % 3],
                "author": "Inga Žak" if n % 10 == 0 else "Nils Berg",
                "date": day.isoformat(),
                "text": f"Ship number {n} docked at Brevik. Captain Ola Moe{n} steered it in.",
            }
        )
    told[7]["title"] = HOSTILE
    told[8] |= {
        "title": "ميناء بريفيك يفتح من جديد",
        "text": "فتح ميناء بريفيك من جديد يوم الاثنين.",
    }
    del told[9]["date"]
    return told


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
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ships")
    source = folder / "ships.jsonl"
    lines = [json.dumps(each) for each in articles()]
    source.write_text("\n".join([*lines, "{broken"]), encoding="utf-8")
    index_collection(folder / "store", [str(source)])
    return folder / "store"


@pytest.fixture(scope="module")
def address(repo: Path, store: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "ui", "--port", str(port), "--corpus", str(store)]
    command += ["--allow-uploads-into-collection"]
    with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@contextmanager
def visit(browser: Browser, address: str, width: int = 1440, height: int = 900) -> Iterator[Page]:
    """The page with the collection view open; fails on a foreign request or a script error."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    page = context.new_page()
    faults: list[str] = []
    requested: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: requested.append(request.url))
    try:
        page.goto(address)
        page.get_by_role("button", name="Collection", exact=True).click()
        expect(rows(page).first).to_be_visible()
        yield page
    finally:
        context.close()
    own = urlsplit(address).netloc
    assert [u for u in requested if u.startswith("http") and urlsplit(u).netloc != own] == []
    assert faults == []


def rows(page: Page) -> Locator:
    return page.locator(".shelf tbody tr")


def expect_told(page: Page, words: str) -> None:
    expect(page.locator(".shelf .told")).to_have_text(words)


def test_words_are_looked_for_in_headline_outlet_and_author(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        expect_told(page, "130 articles")
        expect(rows(page)).to_have_count(50)
        page.get_by_label("Headline, outlet or author").fill("zak kusten")
        expect_told(page, "4 articles found")
        told = rows(page).all_inner_texts()
        assert all("Inga Žak" in each and "Küstenbote" in each for each in told)
        page.get_by_label("Headline, outlet or author").fill("no such ship")
        expect(page.locator(".shelf .none")).to_have_text("No article meets this.")
        page.get_by_role("button", name="Reset filters").first.click()
        expect_told(page, "130 articles")


def test_columns_are_sorted_by_their_headings(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        expect(rows(page).first).to_contain_text("Ship 129 docks")
        dates = page.get_by_role("columnheader", name="Published")
        expect(dates).to_have_attribute("aria-sort", "descending")
        dates.get_by_role("button").click()
        expect(rows(page).first).to_contain_text("Ship 0 docks")
        expect(dates).to_have_attribute("aria-sort", "ascending")
        expect(dates.get_by_role("button")).to_be_focused()
        page.get_by_role("columnheader", name="Outlet").get_by_role("button").click()
        expect(rows(page).first).to_contain_text("Coast Radio")
        assert page.locator(".shelf th[aria-sort]").count() == 1


def test_pages_are_turned_and_end(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        following = page.get_by_role("button", name="Next page")
        following.click()
        expect(page.locator(".pager span")).to_have_text("Page 2 of 3")
        following.click()
        expect(rows(page)).to_have_count(30)
        # Undated articles come last by day.
        expect(rows(page).last).to_contain_text("undated")
        expect(following).to_have_attribute("aria-disabled", "true")
        expect(following).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".pager span")).to_have_text("Page 3 of 3")


def test_outlets_are_chosen_and_taken_away(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        outlets = page.locator(".shelf-query select")
        outlets.select_option("Coast Radio")
        expect_told(page, "44 articles found")
        outlets.select_option("Küstenbote")
        expect_told(page, "87 articles found")
        page.get_by_role("button", name="Remove: Coast Radio").click()
        expect_told(page, "43 articles found")
        expect(page.get_by_role("button", name="Remove: Küstenbote")).to_be_focused()


def days_listed(page: Page) -> list[str]:
    return page.locator(".shelf td time").evaluate_all("all => all.map(each => each.dateTime)")


def test_bars_are_dragged_over(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        bars = page.locator(".shelf .bar")
        n = bars.count()
        assert n == len(bins_of([D(2019, 1, 1), D(2022, 11, 20)]))
        box = page.locator(".shelf .bars").bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 1.5 / n, y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 4.5 / n, y, steps=4)
        page.mouse.up()
        expect(page.locator(".shelf .range span")).to_have_text("February 2019 – May 2019")
        expect(page.get_by_label("From", exact=True)).to_have_value("2019-02-01")
        n_told = sum("2019-02-01" <= each.get("date", "") <= "2019-05-31" for each in articles())
        expect_told(page, f"{n_told} articles found")
        days = days_listed(page)
        assert "2019-02-01" <= min(days) <= max(days) <= "2019-05-31"
        # The bars stay; those left out are told apart.
        expect(bars).to_have_count(n)
        assert page.locator(".shelf .bar.left-out").count() == n - 4
        page.get_by_role("button", name="Show all days").click()
        expect_told(page, "130 articles")


def test_the_time_is_narrowed_by_keyboard(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        first = page.get_by_role("slider", name="Start of the time shown")
        last = page.get_by_role("slider", name="End of the time shown")
        first.focus()
        page.keyboard.press("ArrowRight")
        expect(first).to_have_attribute("aria-valuetext", "February 2019")
        page.keyboard.press("PageUp")
        expect(first).to_have_attribute("aria-valuetext", "August 2019")
        last.focus()
        page.keyboard.press("Home")
        # It cannot pass the other end.
        expect(last).to_have_attribute("aria-valuetext", "August 2019")
        expect(page.get_by_label("Until", exact=True)).to_have_value("2019-08-31")
        expect_told(page, "3 articles found")
        expect(last).to_be_focused()
        page.keyboard.press("End")
        first.focus()
        page.keyboard.press("Home")
        expect_told(page, "130 articles")


def test_days_in_the_wrong_order_are_told(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_label("From", exact=True).fill("2020-01-01")
        page.get_by_label("Until", exact=True).fill("2019-01-01")
        problem = page.locator(".shelf-problem")
        expect(problem).to_have_text(re.compile("2020-01-01.*2019-01-01"))
        page.get_by_label("Until", exact=True).fill("2020-12-31")
        expect(problem).to_be_hidden()


def test_an_article_opens_beside_the_list_and_leads_back(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        link = page.get_by_role("link", name="Ship 129 docks at Brevik")
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#reading h2")).to_have_text("Ship 129 docks at Brevik")
        expect(page.locator("#reading .article-body")).to_contain_text("Captain Ola Moe129")
        assert page.locator("#reading mark").count() == 0
        page.keyboard.press("Escape")
        expect(page.locator("#reading")).to_be_hidden()
        expect(link).to_be_focused()
        # One more leaves the list.
        page.keyboard.press("Escape")
        expect(page.locator("#shelf")).to_be_hidden()
        door = page.get_by_role("button", name="Collection", exact=True)
        expect(door).to_be_focused()
        expect(door).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Enter")
        expect(page.locator("#shelf")).to_be_visible()
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator("#shelf")).to_be_hidden()
        expect(page.locator("#talk .welcome")).to_be_visible()


def test_what_was_filtered_is_what_is_asked(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        expect(page.get_by_role("button", name="Ask only these")).to_be_hidden()
        page.locator(".shelf-query select").select_option("Coast Radio")
        page.get_by_label("From", exact=True).fill("2022-01-01")
        page.get_by_role("button", name="Ask only these").click()
        expect(page.locator("#question textarea")).to_be_focused()
        expect(page.locator("#filters > button")).to_contain_text("(2 set)")
        page.keyboard.type("Who steered ship number 129 in?")
        page.keyboard.press("Enter")
        understood = page.locator(".turn:not(.pending) .understood")
        expect(understood).to_contain_text("from 1 January 2022")
        expect(understood).to_contain_text("outlets: Coast Radio")


def test_headlines_are_text_whatever_they_hold(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_label("Headline, outlet or author").fill("onerror")
        expect(rows(page)).to_have_count(1)
        expect(rows(page).locator(".headline a")).to_have_text(HOSTILE)
        assert page.locator(".shelf img, .shelf script").count() == 0
        page.get_by_label("Headline, outlet or author").fill("بريفيك")
        arabic = rows(page).locator(".headline a")
        expect(arabic).to_have_text("ميناء بريفيك يفتح من جديد")
        assert arabic.evaluate("link => getComputedStyle(link).direction") == "rtl"


def test_what_indexing_left_out_is_told_with_its_reason(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_text("Left out when indexing: 1").click()
        expect(page.locator(".shelf-skipped li")).to_have_text(re.compile(r"ships\.jsonl.*131"))


def test_an_upload_is_added_replaced_and_removed_and_nothing_else_can_be(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    with visit(browser, address) as page:
        expect(page.locator(".shelf .changes")).to_have_count(0)
        page.set_input_files("#add input", write("quarry.txt", "Quarry closes\n\nIt closed."))
        expect(page.locator("#drops .scope-now")).to_contain_text("Added to the collection")
        expect_told(page, "131 articles")
        page.get_by_label("Headline, outlet or author").fill("quarry")
        expect(rows(page)).to_have_count(1)
        page.get_by_label("Replace “Quarry closes” with a file").set_input_files(
            write("newer.txt", "Quarry sold\n\nThe quarry was sold to Ivo Brandt on Monday.")
        )
        expect_told(page, "Replaced: “Quarry closes”")
        expect(rows(page).locator(".headline a")).to_have_text("Quarry sold")
        page.get_by_label("Replace “Quarry sold” with a file").set_input_files(
            write("page.html", "<p>Another kind</p>")
        )
        expect(page.locator(".shelf-problem")).to_contain_text("is of another kind than")
        button = page.get_by_role("button", name="Remove “Quarry sold” for everyone")
        button.click()
        # Once more, and only then.
        sure = page.get_by_role("button", name="Remove for everyone?")
        expect(sure).to_be_focused()
        expect(rows(page)).to_have_count(1)
        sure.click()
        expect_told(page, "Removed: “Quarry sold”")
        expect(page.locator(".shelf .none")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [("desktop", 1440, 900), ("phone", 390, 844), ("narrow", 360, 640), ("4k", 3840, 2160)],
)
def test_the_view_fits_every_screen(
    browser: Browser, address: str, name: str, width: int, height: int
) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    with visit(browser, address, width, height) as page:
        page.locator(".shelf-query select").select_option("Coast Radio")
        expect_told(page, "44 articles found")
        page.screenshot(path=ARTEFACTS / f"collection-{name}.png")
        too_wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).length"
        assert page.locator("html, .shelf, .shelf-query, .shelf table").evaluate_all(too_wide) == 0
