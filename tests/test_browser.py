"""The chat in a real browser: ask, follow a marker, decline, filter, and call nobody else.

Screenshots go to ``tests/artefacts/``, which git ignores; look at them after a change of style.
"""

from __future__ import annotations

import json
import os
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
from playwright.sync_api import Browser, FileChooser, Locator, Page, expect, sync_playwright

from qa.collection import index_collection

pytestmark = pytest.mark.browser
# A loaded machine may take its time; nothing here is a matter of speed.
expect.set_options(timeout=60_000)

ARTEFACTS = Path(__file__).parent / "artefacts"
ANSWERABLE = "Who vowed to launch cyber-attacks against the US?"
OTHER = "Which deal had Netanyahu been visiting Greece to sign?"
CHIPS = (
    "According to the Times of Israel, whom did Pompayo phone after the strike on Sulaimani "
    'in January 2020 "Soleimani" -Ukraine?'
)
UNANSWERABLE = "What is the capital of Mongolia?"
PAYLOADS = (
    "<img src=http://evil.example/x onerror=alert(1)>",
    "<script>document.title='taken'</script>",
    "![pixel](http://evil.example/pixel.png)",
    "[link](javascript:alert(2))",
    "| a | b |",
    "`code` $$x^2$$ ${alert(3)} {{value}}",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on PATH; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(
            executable_path=chromium, args=[*options, "--no-first-run"]
        )
        yield started
        started.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(
    repo: Path, *options: str, port: int | None = None, cache: Path | None = None
) -> Iterator[str]:
    port = port or free_port()
    command = [sys.executable, "-m", "qa", "ui", "--port", str(port), *options]
    own = {"DATELINE_CACHE": str(cache)} if cache else {}
    with subprocess.Popen(
        command, cwd=repo, env={**os.environ, **own}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def bundled(browser: Browser, repo: Path) -> Iterator[str]:
    with serve(repo) as address:
        yield address


@pytest.fixture(scope="module")
def hostile(
    browser: Browser, repo: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A collection with an article whose every field tries to be markup."""
    html, script, image, link, table, code = PAYLOADS
    records = [
        {
            "id": f'a"/<b>&#{html}',
            "title": f"Lighthouse of Brevik repaired {html} {image}",
            "source": f"Harbour Post {script}",
            "author": f"<i>{link}</i>",
            "url": "javascript:alert(4)",
            "date": "2021-06-05",
            "text": (
                f"The lighthouse of Brevik was repaired by Ingrid Solberg {html} {image} last "
                f"spring {script}. She worked for nine weeks {link}.\n\n# Not a heading\n\n"
                f"{table}\n|---|---|\n\n{code} was painted on its door."
            ),
        },
        {
            "id": "ferry",
            "title": "Ferry to Brevik runs again",
            "source": "Coast Radio",
            "date": "2022-03-01",
            "text": "The ferry to Brevik runs again since Tuesday. Captain Nils Berg steers it.",
        },
    ]
    path = tmp_path_factory.mktemp("hostile") / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    with serve(repo, "--corpus", str(path)) as address:
        yield address


@contextmanager
def visit(
    browser: Browser,
    address: str,
    *,
    width: int = 1440,
    height: int = 900,
    dark: bool = False,
    still: bool = False,
    reloads: bool = False,
) -> Iterator[Page]:
    """The page in a browser of its own; fails on a request to another host or a script error.

    Where the page is loaded again, Gradio complains of the connection that this ends.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce" if still else "no-preference",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    requested: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.goto(address)
    page.locator("#question textarea").wait_for()
    yield page
    context.close()
    own = urlsplit(address).netloc
    assert requested
    assert [
        url
        for url in requested
        if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != own
    ] == []
    ended = ("AbortError", "errored out")
    assert [each for each in faults if not (reloads and any(w in each for w in ended))] == []


def ask(page: Page, question: str) -> Locator:
    """The turn that the question makes, once its answer is there."""
    turns = page.locator(".turn:not(.pending)")
    before = turns.count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(turns).to_have_count(before + 1)
    return turns.last


def quote_beside(marker: Locator) -> str:
    quoted = marker.locator("xpath=..").inner_text()
    return quoted.split("\xa0[")[0]


def expect_marked(page: Page, quote: str) -> None:
    """The article shows exactly the quote in its one mark, in the part of it that is in view."""
    expect(page.locator("#reading mark")).to_have_text(quote)
    page.wait_for_function(
        """quote => {
            const marks = document.querySelectorAll("#reading mark");
            if (marks.length !== 1 || marks[0].textContent !== quote) return false;
            const seen = marks[0].closest(".article-body").getBoundingClientRect();
            const mark = marks[0].getBoundingClientRect();
            return mark.height > 0 && seen.top <= mark.top && mark.bottom <= seen.bottom;
        }""",
        arg=quote,
    )


def test_a_marker_opens_its_article_at_the_cited_sentence(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, ANSWERABLE)
        for marker in turn.locator(".marker").all():
            marker.click()
            expect_marked(page, quote_beside(marker))
        title = turn.locator(".evidence cite").last.inner_text()
        expect(page.locator("#reading h2")).to_have_text(title)
        expect(page.locator("#reading h2")).to_be_focused()


def test_a_marker_is_followed_and_left_by_keyboard(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        marker = ask(page, ANSWERABLE).locator(".marker").first
        marker.focus()
        page.keyboard.press("Enter")
        expect_marked(page, quote_beside(marker))
        page.keyboard.press("Escape")
        expect(page.locator("#reading")).to_be_hidden()
        expect(marker).to_be_focused()


def test_markers_of_earlier_messages_keep_their_own_sentences(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        ask(page, ANSWERABLE)
        ask(page, OTHER)
        for at in (0, 1, 0):
            marker = page.locator(".turn").nth(at).locator(".marker").first
            marker.click()
            expect_marked(page, quote_beside(marker))


def test_a_decline_shows_no_marker_but_the_nearest_passages(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, UNANSWERABLE)
        expect(turn.locator(".declined")).to_contain_text("The articles do not tell.")
        expect(turn.locator(".nearest")).to_have_text("Nearest passages, which do not answer")
        expect(turn.locator(".marker")).to_have_count(0)
        passage = turn.locator(".passage").first
        passage.locator("a").click()
        expect(page.locator("#reading mark")).to_be_visible()
        words = page.locator("#reading mark").inner_text()
        assert words.split() == passage.locator("blockquote").inner_text().split()


def test_a_follow_up_is_read_with_the_question_before_it(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        ask(page, ANSWERABLE)
        turn = ask(page, "And why?")
        expect(turn.locator(".understood")).to_contain_text(f"Read as: {ANSWERABLE}")


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 150])
def test_nothing_is_lost_that_is_done_right_after_an_answer(
    browser: Browser, bundled: str, milliseconds: int
) -> None:
    """The answer is on the page before the server has done with the question."""
    with visit(browser, bundled) as page:
        answered = page.locator(".turn:not(.pending)")
        asked: list[str] = []
        for question in (ANSWERABLE, OTHER, UNANSWERABLE, ANSWERABLE, OTHER):
            page.fill("#question textarea", question)
            page.press("#question textarea", "Enter")
            asked.append(question)
            expect(answered).to_have_count(len(asked))
            page.wait_for_timeout(milliseconds)
        expect(answered.locator("h2.question")).to_have_text(asked)
        for _ in range(3):
            page.evaluate("document.querySelector('.turn:last-child .again').dataset.old = 1")
            page.locator(".turn .again").last.click()
            expect(page.locator(".turn .again[data-old]")).to_have_count(0)
            expect(answered).to_have_count(len(asked))
            page.wait_for_timeout(milliseconds)
        page.fill("#question textarea", "Half a quest")
        page.wait_for_timeout(1_000)
        assert page.input_value("#question textarea") == "Half a quest"
        # Also right after going to another conversation.
        page.click("#new")
        page.fill("#question textarea", OTHER)
        page.press("#question textarea", "Enter")
        expect(answered.locator("h2.question")).to_have_text([OTHER])
        expect(page.locator(LIST)).to_have_count(2)
        # The newest stands first.
        page.locator(LIST).last.click()
        page.locator(LIST).first.click()
        expect(answered.locator("h2.question")).to_have_text([OTHER])
        expect(page.locator(f"{LIST}[aria-current]")).to_have_text([OTHER])
        page.locator(LIST).last.click()
        expect(answered.locator("h2.question")).to_have_text(asked)


def test_a_conversation_can_be_begun_right_after_an_answer(browser: Browser, bundled: str) -> None:
    """Gradio may close its stream just then, and what it says of the event waits for the next."""
    with visit(browser, bundled) as page:
        for milliseconds in (0, 5, 10, 20, 30, 50, 80, 120):
            page.fill("#question textarea", ANSWERABLE)
            page.press("#question textarea", "Enter")
            expect(page.locator(".turn:not(.pending)")).to_have_count(1)
            page.wait_for_timeout(milliseconds)
            page.click("#new")
            expect(page.locator(".welcome")).to_be_visible()
        expect(page.locator(LIST)).to_have_count(8)


def test_what_is_typed_while_an_answer_comes_in_stays_in_the_field(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        page.fill("#question textarea", ANSWERABLE)
        page.press("#question textarea", "Enter")
        expect(page.locator("#question textarea")).to_have_value("")
        page.locator("#question textarea").press_sequentially(OTHER)
        expect(page.locator(".turn:not(.pending)")).to_have_count(1)
        page.wait_for_timeout(500)
        assert page.input_value("#question textarea") == OTHER
        # Twice at once is asked once.
        page.press("#question textarea", "Enter")
        page.press("#question textarea", "Enter")
        expect(page.locator(".turn:not(.pending) h2.question")).to_have_text([ANSWERABLE, OTHER])
        page.wait_for_timeout(1_500)
        expect(page.locator(".turn h2.question")).to_have_text([ANSWERABLE, OTHER])


def test_of_two_articles_opened_at_once_the_last_is_shown(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        ask(page, ANSWERABLE)
        last = ask(page, OTHER).locator(".marker").first
        page.evaluate(
            "for (const turn of document.querySelectorAll('.turn'))"
            " turn.querySelector('.marker').click()"
        )
        expect_marked(page, quote_beside(last))
        page.wait_for_timeout(500)
        expect_marked(page, quote_beside(last))


def chips(turn: Locator) -> Locator:
    return turn.locator(".understood li span")


def test_what_was_understood_is_taken_away_with_the_mouse(browser: Browser, hostile: str) -> None:
    question = "According to Coast Radio, who steers the ferry to Brevick in March 2022?"
    with visit(browser, hostile) as page:
        turn = ask(page, question)
        expect(chips(turn).nth(0)).to_have_text("“Brevik” instead of “Brevick”")
        expect(chips(turn).nth(1)).to_have_text("prefers Coast Radio")
        page.get_by_role("button", name="Remove: prefers Coast Radio").click()
        expect(page.get_by_role("button", name="Remove: prefers Coast Radio")).to_have_count(0)
        turn = page.locator(".turn:not(.pending)")
        expect(turn).to_have_count(1)
        expect(turn.locator("h2.question")).to_have_text(question)
        expect(chips(turn).nth(0)).to_have_text("“Brevik” instead of “Brevick”")
        page.get_by_role("button", name="Remove: “Brevik” instead of “Brevick”").click()
        expect(chips(turn)).to_have_text(["prefers 1 March 2022 – 7 April 2022"])
        # Asked again, everything is understood as at first.
        turn.locator(".again").click()
        expect(chips(page.locator(".turn")).nth(1)).to_have_text("prefers Coast Radio")


def test_chips_are_named_and_taken_away_by_keyboard(browser: Browser, hostile: str) -> None:
    with visit(browser, hostile) as page:
        ask(page, "According to Coast Radio, who steers the ferry to Brevick?")
        understood = page.get_by_role("list", name="How the question was understood")
        expect(understood.get_by_role("button")).to_have_count(2)
        button = page.get_by_role("button", name="Remove: “Brevik” instead of “Brevick”")
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_count(0)
        # The keyboard goes on at what is left, then in the conversation.
        last = page.get_by_role("button", name="Remove: prefers Coast Radio")
        expect(last).to_be_focused()
        page.keyboard.press("Space")
        expect(last).to_have_count(0)
        expect(page.locator(".log")).to_be_focused()


def test_only_the_last_answer_has_chips_to_take_away(browser: Browser, hostile: str) -> None:
    with visit(browser, hostile) as page:
        first = ask(page, "According to Coast Radio, who steers the ferry?")
        expect(page.locator(".remove-chip")).to_have_count(1)
        turn = ask(page, "Where does it run?")
        expect(chips(turn).first).to_contain_text("Read as: Where does the ferry run?")
        expect(page.locator(".turn").first.locator(".remove-chip")).to_have_count(0)
        expect(chips(page.locator(".turn").first)).to_have_text(["prefers Coast Radio"])
        page.get_by_role("button", name="Remove: Read as: Where does the ferry run?").click()
        expect(page.locator(".turn:not(.pending)").last.locator(".understood")).to_have_count(0)
        expect(page.locator(".turn")).to_have_count(2)
        assert first is not None


def test_a_filter_is_taken_away_with_its_field(browser: Browser, hostile: str) -> None:
    with visit(browser, hostile) as page:
        page.click("#filters > button")
        page.get_by_label("Published from").fill("2022-01-01")
        page.get_by_label("Outlets").click()
        page.get_by_role("option", name="Coast Radio").click()
        page.keyboard.press("Escape")
        page.check("#mode input[value=passages]")
        ask(page, "Who repaired the lighthouse of Brevik?")
        page.get_by_role("button", name="Remove: outlets: Coast Radio").click()
        expect(page.locator("#filters > button")).to_contain_text("Filters (1 set)")
        page.get_by_role("button", name="Remove: from 1 January 2022").click()
        expect(page.locator("#filters > button")).not_to_contain_text("set")
        expect(page.get_by_label("Published from")).to_have_value("")
        titles = page.locator(".turn:not(.pending) cite")
        expect(titles.filter(has_text="Lighthouse of Brevik repaired").first).to_be_visible()


def test_passages_only_shows_one_marked_quote_for_each_passage(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        page.check("#mode input[value=passages]")
        turn = ask(page, ANSWERABLE)
        expect(turn.locator(".marker")).to_have_text([f"[{n}]" for n in range(1, 9)])
        expect(turn.locator(".evidence")).to_have_count(8)


def test_filters_are_applied_counted_and_shown(browser: Browser, hostile: str) -> None:
    with visit(browser, hostile) as page:
        page.click("#filters > button")
        page.get_by_label("Published from").fill("2022-01-01")
        page.get_by_label("Outlets").click()
        page.get_by_role("option", name="Coast Radio").click()
        page.keyboard.press("Escape")
        expect(page.locator("#filters > button")).to_contain_text("Filters (2 set)")
        page.check("#mode input[value=passages]")
        turn = ask(page, "Who repaired the lighthouse of Brevik?")
        expect(turn.locator(".understood")).to_contain_text("from 1 January 2022")
        expect(turn.locator(".understood")).to_contain_text("outlets: Coast Radio")
        assert {text.strip() for text in turn.locator("cite").all_inner_texts()} == {
            "Ferry to Brevik runs again"
        }
        page.click("#reset")
        expect(page.locator("#filters > button")).not_to_contain_text("set")


def test_article_and_question_are_text_whatever_they_hold(browser: Browser, hostile: str) -> None:
    question = f"Who repaired the lighthouse of Brevik? {PAYLOADS[0]} {PAYLOADS[2]}"
    with visit(browser, hostile) as page:
        turn = ask(page, question)
        expect(turn.locator("h2.question")).to_have_text(question)
        marker = turn.locator(".marker").first
        marker.click()
        expect_marked(page, quote_beside(marker))
        shown = page.locator("#reading").inner_text()
        for payload in PAYLOADS:
            assert payload in shown
        assert "# Not a heading" in shown
        for tag in ("img", "script", "svg", "table", "code", "i", "b"):
            assert page.locator(f"#reading {tag}, #talk {tag}").count() == 0
        hrefs = page.locator("#reading a, #talk a").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        assert all(href.startswith("#cite-") for href in hrefs)
        assert page.title() == "Dateline"


def test_a_link_to_what_is_gone_says_so_in_one_line(browser: Browser, bundled: str) -> None:
    gone = f"{bundled}/#cite-article=gone&start=0&end=5&text={'0' * 64}&quote={'0' * 64}"
    with visit(browser, gone) as page:
        problem = page.locator("#reading .problem")
        expect(problem).to_contain_text("holds no article 'gone'")
        assert "\n" not in problem.inner_text()
        page.click("#reading .close")
        expect(problem).to_be_hidden()


@pytest.mark.parametrize(
    ("question", "told"),
    [("", "empty"), (" \n ", "empty"), ("x" * 100_000, "100,000")],
    ids=["empty", "blank", "100,000 characters"],
)
def test_a_question_that_cannot_be_asked_is_told_in_one_line_and_kept(
    browser: Browser, bundled: str, question: str, told: str
) -> None:
    with visit(browser, bundled) as page:
        page.fill("#question textarea", question)
        page.click("#ask")
        expect(page.locator(".notice")).to_contain_text(told)
        assert "Traceback" not in page.locator("body").inner_text()
        assert "\n" not in page.locator(".notice").inner_text()
        assert page.input_value("#question textarea") == question
        ask(page, ANSWERABLE)
        expect(page.locator(".notice")).to_have_count(0)


def test_dates_in_the_wrong_order_are_told_and_the_conversation_stays(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        ask(page, ANSWERABLE)
        page.click("#filters > button")
        page.get_by_label("Published from").fill("2023-01-01")
        page.get_by_label("Published until").fill("2020-01-01")
        page.fill("#question textarea", OTHER)
        page.press("#question textarea", "Enter")
        expect(page.locator(".notice")).to_contain_text("2023-01-01")
        assert page.input_value("#question textarea") == OTHER
        expect(page.locator(".turn")).to_have_count(1)


@pytest.mark.parametrize(
    "question",
    ["\N{FIRE}\N{BRIDGE AT NIGHT}?", "من خلف سليماني؟", "\x00\x07\x1b[31m who?", "\u202e abc"],
    ids=["emoji", "right to left", "control characters", "bidi override"],
)
def test_any_script_and_any_character_can_be_asked(
    browser: Browser, bundled: str, question: str
) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, question)
        expect(turn.locator(".answer")).not_to_be_empty()
        assert "Traceback" not in page.locator("body").inner_text()


def test_an_example_is_asked_and_has_an_answer(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        examples = page.locator("button.example")
        expect(examples).to_have_count(4)
        question = examples.first.inner_text()
        examples.first.click()
        expect(page.locator(".turn h2.question")).to_have_text(question)
        expect(page.locator(".marker").first).to_be_visible(timeout=60_000)


def test_a_new_collection_opens_at_once_and_its_examples_come_without_moving_anything(
    browser: Browser, repo: Path, tmp_path: Path
) -> None:
    """They are made in the background, and the first question need not wait for them."""
    articles = repo / "seeds" / "articles"
    with (
        serve(repo, "--corpus", str(articles), cache=tmp_path) as address,
        visit(browser, address) as page,
    ):
        # Nothing is kept of it, so that the page that is served has their place alone.
        assert "data-of=" in page.request.get(address).text()
        page.evaluate(
            """() => {
                window.seen = [];
                const look = () => {
                    const places = ["#talk .hail", "#talk .offer", "#talk li", "#composer"].map(
                        each => document.querySelector(each)?.getBoundingClientRect());
                    const examples = document.querySelectorAll("#talk button.example").length;
                    if (places.every(Boolean))
                        seen.push(JSON.stringify(places.map(each => [each.left, each.top])));
                    if (examples < 4) requestAnimationFrame(look);
                    else window.complete = examples;
                };
                look();
            }"""
        )
        expect(page.locator("button.example")).to_have_count(4)
        page.wait_for_function("window.complete === 4")
        assert len(set(page.evaluate("window.seen"))) == 1
        expect(page.locator(".awaited")).to_have_count(0)
        # Whoever asks at once is answered, and finds them afterwards.
        with visit(browser, address) as other:
            ask(other, ANSWERABLE)
            other.click("#new")
            expect(other.locator("button.example")).to_have_count(4)


def test_a_question_is_answered_while_examples_are_being_made(
    browser: Browser, repo: Path, tmp_path: Path
) -> None:
    articles = repo / "seeds" / "articles"
    with (
        serve(repo, "--corpus", str(articles), cache=tmp_path) as address,
        visit(browser, address) as page,
    ):
        expect(ask(page, ANSWERABLE).locator(".marker").first).to_be_visible()
        page.click("#new")
        expect(page.locator("button.example")).to_have_count(4)


def test_copy_again_and_new_conversation(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, ANSWERABLE)
        turn.locator(".copy").click()
        expect(turn.locator(".copy")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(f"{ANSWERABLE}\n\n")
        assert quote_beside(turn.locator(".marker").first) in copied

        page.check("#mode input[value=passages]")
        turn.locator(".again").click()
        expect(page.locator(".evidence")).to_have_count(8)
        expect(page.locator(".turn")).to_have_count(1)

        page.click("#new")
        expect(page.locator(".welcome")).to_be_visible()
        expect(page.locator(".turn")).to_have_count(0)


def test_conversations_of_several_browsers_do_not_mix(browser: Browser, bundled: str) -> None:
    questions = [ANSWERABLE, OTHER, UNANSWERABLE]
    with (
        visit(browser, bundled) as first,
        visit(browser, bundled) as second,
        visit(browser, bundled) as third,
    ):
        pages = (first, second, third)
        for page, question in zip(pages, questions, strict=True):
            page.fill("#question textarea", question)
        for page in pages:
            page.press("#question textarea", "Enter")
        for page, question in zip(pages, questions, strict=True):
            expect(page.locator(".turn:not(.pending)")).to_have_count(1)
            expect(page.locator("h2.question")).to_have_text([question])


QUARRY = (
    "Quarry at Ormen closes\n\nBy Ida Holm\n\nThe quarry at Ormen closed on Friday after forty "
    "years. Its last foreman was Tor Vik."
)
QUARRY_CLOSED = "When did the quarry at Ormen close?"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def drop(page: Page, files: dict[str, str]) -> None:
    """Let go of files over the conversation, as a mouse does."""
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                transfer.items.add(new File([text], name));
            }
            return transfer;
        }""",
        files,
    )
    page.dispatch_event("#talk", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#desk")).to_have_attribute("data-dropping", "")
    page.dispatch_event("#talk", "drop", {"dataTransfer": transfer})
    expect(page.locator("#desk")).not_to_have_attribute("data-dropping", "")


def test_files_are_dropped_asked_about_and_left_again(browser: Browser, bundled: str) -> None:
    names = ("quarry <b>1</b>.txt", "photo.png")
    with visit(browser, bundled) as page:
        drop(page, {names[0]: QUARRY, names[1]: "\x89PNG no article"})
        scope = page.locator("#drops .scope-now")
        expect(scope).to_have_text("Searching the 1 article you dropped")
        expect(page.locator("#drops .skipped li")).to_have_count(1)
        expect(page.locator("#drops .skipped li")).to_contain_text("photo.png: ")
        expect(page.locator(".welcome .hail")).to_have_text("Ask the articles you dropped")

        turn = ask(page, QUARRY_CLOSED)
        expect(turn.locator(".understood")).to_contain_text("the 1 article you dropped")
        marker = page.locator(".turn").first.locator(".marker").first
        quote = quote_beside(marker)
        assert "closed on Friday" in quote
        marker.click()
        expect_marked(page, quote)
        page.keyboard.press("Escape")

        page.get_by_role("button", name="Search the collection instead").click()
        expect(scope).to_contain_text("Searching the collection")
        other = ask(page, ANSWERABLE)
        expect(other.locator(".marker").first).to_be_visible()
        expect(other.locator(".understood")).to_have_count(0)
        marker.click()
        expect_marked(page, quote)
        page.keyboard.press("Escape")

        page.get_by_role("button", name="Remove").click()
        expect(scope).to_have_count(0)
        expect(ask(page, QUARRY_CLOSED).locator(".declined")).to_be_visible()


def test_what_one_browser_dropped_no_other_one_sees(
    browser: Browser, bundled: str, tmp_path: Path
) -> None:
    with visit(browser, bundled) as one, visit(browser, bundled) as other:
        one.set_input_files("#add input", write(tmp_path, "quarry.txt", QUARRY))
        expect(one.locator("#drops .scope-now")).to_be_visible()
        expect(ask(other, QUARRY_CLOSED).locator(".declined")).to_be_visible()
        expect(other.locator("#drops .drop")).to_have_count(0)


def test_what_is_added_to_the_collection_answers_every_browser(
    browser: Browser, repo: Path, tmp_path: Path
) -> None:
    articles = tmp_path / "ferry.txt"
    articles.write_text("Ferry sails\n\nThe ferry to Brevik sails again.", encoding="utf-8")
    store = tmp_path / "store"
    index_collection(store, [str(articles)])
    options = ("--corpus", str(store), "--allow-uploads-into-collection")
    with serve(repo, *options) as address:
        with visit(browser, address) as one, visit(browser, address) as other:
            expect(ask(other, QUARRY_CLOSED).locator(".declined")).to_be_visible()
            expect(one.locator("#add label")).to_contain_text("Add to collection")
            drop(one, {"quarry.txt": QUARRY, "photo.png": "\x89PNG no article"})
            expect(one.locator("#drops .scope-now")).to_have_text(
                "Added to the collection, for everyone who asks it: 1 article"
            )
            expect(one.locator("#drops .skipped li")).to_contain_text("photo.png: ")
            expect(one.locator("#drops button")).to_have_count(0)
            expect(one.locator("#masthead")).to_contain_text("2 articles")
            ARTEFACTS.mkdir(exist_ok=True)
            one.screenshot(path=ARTEFACTS / "desktop-light-8-into-collection.png")
            for page in (one, other):
                turn = ask(page, QUARRY_CLOSED)
                expect(turn.locator(".declined")).to_have_count(0)
                marker = turn.locator(".marker").first
                quote = quote_beside(marker)
                assert "closed on Friday" in quote
                marker.click()
                expect_marked(page, quote)
        with visit(browser, address) as later:
            expect(later.locator("#drops .drop")).to_have_count(0)
            expect(ask(later, QUARRY_CLOSED).locator(".marker").first).to_be_visible()
    (kept,) = (path for path in store.glob("uploads/*/*") if path.is_file())
    assert (kept.name, kept.read_text(encoding="utf-8")) == ("quarry.txt", QUARRY)


def test_files_are_chosen_and_left_by_keyboard(
    browser: Browser, bundled: str, tmp_path: Path
) -> None:
    with visit(browser, bundled) as page:
        page.check("#mode input[value=answer]")
        page.locator("#mode input[value=answer]").focus()
        page.keyboard.press("Tab")
        field = page.get_by_label("Add files to ask about")
        expect(field).to_be_focused()
        # Playwright tells chromium to hand choosers over without waiting until it does, so that
        # the first Enter may open chromium's own, which a headless one drops.
        choosers: list[FileChooser] = []
        page.on("filechooser", lambda chooser: choosers.append(chooser))
        page.wait_for_timeout(500)
        for _ in range(10):
            page.keyboard.press("Enter")
            page.wait_for_timeout(1000)
            if choosers:
                break
        choosers[0].set_files(write(tmp_path, "quarry.txt", QUARRY))
        expect(page.locator("#drops .scope-now")).to_be_visible()
        page.locator("#drops .remove").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#drops .drop")).to_have_count(0)
        expect(field).to_be_focused()


def test_too_many_files_are_told_in_one_line_and_not_sent(
    browser: Browser, bundled: str, tmp_path: Path
) -> None:
    files = [write(tmp_path, f"{n}.txt", QUARRY) for n in range(21)]
    with visit(browser, bundled) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.set_input_files("#add input", files)
        expect(page.locator(".notice")).to_contain_text("21 files are more than the 20")
        assert "\n" not in page.locator(".notice").inner_text()
        assert not any("/upload" in url for url in sent)


def test_indexing_shows_its_progress_and_can_be_stopped(
    browser: Browser, bundled: str, tmp_path: Path
) -> None:
    words = "The quarry closed and the ferry sailed past the lighthouse on day {n} of the strike. "
    row = '{{"id": "{n}", "title": "Day {n}", "text": "{text}"}}'
    rows = [row.format(n=n, text=(words * 20).format(n=n)) for n in range(1_000)]
    ARTEFACTS.mkdir(exist_ok=True)
    with visit(browser, bundled) as page:
        page.set_input_files("#add input", write(tmp_path, "strike.jsonl", "\n".join(rows)))
        expect(page.locator("#drops .figures")).to_contain_text("a second")
        expect(page.locator("#drops .figures")).to_contain_text("left")
        page.screenshot(path=ARTEFACTS / "desktop-light-7-indexing.png")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#drops .drop")).to_have_count(0)
        expect(ask(page, ANSWERABLE).locator(".marker").first).to_be_visible()
        expect(page.locator("#drops .drop")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "width", "height", "dark"),
    [
        ("desktop-light", 1440, 900, False),
        ("desktop-dark", 1440, 900, True),
        ("tablet-light", 820, 1180, False),
        ("phone-light", 390, 844, False),
        ("phone-dark", 390, 844, True),
        ("narrow-light", 360, 640, False),
    ],
)
def test_the_page_fits_every_screen(
    browser: Browser, bundled: str, name: str, width: int, height: int, dark: bool
) -> None:
    ARTEFACTS.mkdir(exist_ok=True)

    def look(page: Page, what: str) -> None:
        # Not while something slides in.
        page.wait_for_function(
            "document.getAnimations().every((each) => each.playState !== 'running')"
        )
        page.screenshot(path=ARTEFACTS / f"{name}-{what}.png")
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(overflow), f"{what} is wider than the screen"

    with visit(browser, bundled, width=width, height=height, dark=dark) as page:
        look(page, "1-welcome")
        ask(page, ANSWERABLE)
        look(page, "2-answer")
        ask(page, CHIPS)
        look(page, "2b-understood")
        marker = page.locator(".turn").first.locator(".marker").first
        marker.click()
        expect_marked(page, quote_beside(marker))
        look(page, "3-article")
        page.click("#reading .close")
        ask(page, UNANSWERABLE)
        look(page, "4-declined")
        page.click("#filters > button")
        page.get_by_label("Published from").fill("2020-01-01")
        expect(page.locator("#filters > button")).to_contain_text("(1 set)")
        look(page, "5-filters")
        page.click("#filters > button")
        drop(page, {"quarry at Ormen.txt": QUARRY, "photo.png": "\x89PNG no article"})
        expect(page.locator("#drops .scope-now")).to_be_visible()
        look(page, "6-dropped")


# Several conversations, kept in the browser.

LIST = "#threads .thread"
SEVERAL = (
    "Who vowed to launch cyber-attacks against the US? Who is Esmail Qaani? "
    "When did the Kremlin's invasion of Ukraine begin?"
)


def entries(page: Page) -> dict[str, str]:
    """What is kept, by the names of the conversations."""
    kept = page.evaluate("Object.fromEntries(Object.entries(localStorage))")
    return {name.rsplit(":", 1)[1]: text for name, text in kept.items() if ":conversation:" in name}


def choose(page: Page, title: str, action: str) -> None:
    """Open the options of a conversation and choose one."""
    row = page.locator("#threads li").filter(has_text=title)
    row.locator("summary").click()
    row.get_by_role("button", name=action, exact=True).click()


def questions_kept(page: Page) -> dict[str, list[str]]:
    """The questions of each conversation that the browser keeps, by its name."""
    kept: dict[str, list[str]] = page.evaluate(
        """() => Object.fromEntries(Object.keys(localStorage)
            .filter(key => key.includes(":conversation:"))
            .map(key => JSON.parse(localStorage[key]))
            .map(({ title, turns }) => [title, turns.map(turn => turn.question)]))"""
    )
    return kept


def test_two_tabs_that_go_on_with_one_conversation_lose_nothing(
    browser: Browser, bundled: str
) -> None:
    follow_up, third = "And why?", "Who is Esmail Qaani?"
    with visit(browser, bundled, reloads=True) as one:
        ask(one, ANSWERABLE)
        other = one.context.new_page()
        other.goto(bundled)
        other.locator("#question textarea").wait_for()
        other.locator(LIST).click()
        expect(other.locator(".turn h2.question")).to_have_text([ANSWERABLE])
        # Each goes on without having seen the other's answer.
        ask(one, OTHER)
        ask(other, follow_up)
        number_two = f"{ANSWERABLE} (2)"
        expect(one.locator(LIST)).to_have_text([number_two, ANSWERABLE])
        expect(other.locator(f"{LIST}[aria-current]")).to_have_text([number_two])
        expect(one.locator(f"{LIST}[aria-current]")).to_have_text([ANSWERABLE])
        assert questions_kept(one) == {
            ANSWERABLE: [ANSWERABLE, OTHER],
            number_two: [ANSWERABLE, follow_up],
        }
        # From now on each has its own.
        ask(other, UNANSWERABLE)
        ask(one, third)
        other.reload()
        expected = [ANSWERABLE, follow_up, UNANSWERABLE]
        expect(other.locator(".turn h2.question")).to_have_text(expected)
        assert questions_kept(other) == {
            ANSWERABLE: [ANSWERABLE, OTHER, third],
            number_two: expected,
        }
        # Opened here, the first is seen whole, and gone on with.
        other.locator(LIST, has_text=re.compile("US\\?$")).click()
        expect(other.locator(".turn h2.question")).to_have_count(3)
        expect(other.locator(".turn h2.question").nth(1)).to_have_text(OTHER)
        ask(other, follow_up)
        assert questions_kept(other)[ANSWERABLE] == [ANSWERABLE, OTHER, third, follow_up]
        assert len(questions_kept(other)) == 2


def test_what_another_tab_has_written_over_in_the_same_moment_is_written_again(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as one:
        ask(one, ANSWERABLE)
        other = one.context.new_page()
        other.goto(bundled)
        ask(one, OTHER)
        # As a tab writes that had not yet seen the second answer.
        other.evaluate(
            """question => {
                const key = Object.keys(localStorage).find(key => key.includes(":conversation:"));
                const entry = JSON.parse(localStorage[key]);
                entry.turns[1].question = question;
                localStorage[key] = JSON.stringify(entry);
            }""",
            UNANSWERABLE,
        )
        expect(one.locator(LIST)).to_have_count(2)
        assert questions_kept(one) == {
            ANSWERABLE: [ANSWERABLE, UNANSWERABLE],
            f"{ANSWERABLE} (2)": [ANSWERABLE, OTHER],
        }


def test_a_conversation_is_found_again_after_a_reload_and_a_restart(
    browser: Browser, repo: Path, tmp_path: Path
) -> None:
    quarry = Path(write(tmp_path, "quarry.txt", QUARRY))
    store = tmp_path / "store"
    index_collection(store, [str(quarry)])
    port = free_port()
    follow_up = "Who was its last foreman?"
    with (
        serve(repo, "--corpus", str(store), port=port) as address,
        visit(browser, address, reloads=True) as page,
    ):
        marker = ask(page, QUARRY_CLOSED).locator(".marker").first
        quote = quote_beside(marker)
        ask(page, follow_up)
        expect(page.locator(LIST)).to_have_text([QUARRY_CLOSED])
        page.reload()
        expect(page.locator(".turn h2.question")).to_have_text([QUARRY_CLOSED, follow_up])
        page.locator(".marker").first.click()
        expect_marked(page, quote)
        state = page.context.storage_state()
        (name,) = entries(page)
    # In the meantime the article is rewritten, and its quoted version is one of the past.
    quarry.write_text(QUARRY.replace("Friday", "Sunday"), encoding="utf-8")
    index_collection(store, [str(quarry)])
    context = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900})
    with serve(repo, "--corpus", str(store), port=port) as address:
        page = context.new_page()
        page.goto(address)
        page.locator(LIST).click()
        expect(page.locator(".turn h2.question")).to_have_text([QUARRY_CLOSED, follow_up])
        page.locator(".marker").first.click()
        expect_marked(page, quote)
        expect(page.locator("#reading .state").first).to_contain_text("newer version")
        # A follow-up still leans on what was said before.
        turn = ask(page, "Where is it?")
        expect(turn.locator(".understood")).to_contain_text("Read as: ")
        expect(page.locator(LIST)).to_have_text([QUARRY_CLOSED])
        assert [*entries(page)] == [name]
        context.close()


def test_conversations_are_listed_renamed_deleted_and_brought_back(
    browser: Browser, bundled: str
) -> None:
    name = "Cyber <b>attacks</b> & <img src=x>"
    with visit(browser, bundled, reloads=True) as page:
        ask(page, ANSWERABLE)
        page.click("#new")
        expect(page.locator(".welcome")).to_be_visible()
        ask(page, OTHER)
        titles = page.locator(LIST)
        expect(titles).to_have_text([OTHER, ANSWERABLE])
        expect(titles.first).to_have_attribute("aria-current", "true")

        choose(page, ANSWERABLE, "Rename")
        field = page.get_by_label("New name")
        expect(field).to_have_value(ANSWERABLE)
        field.fill(name)
        field.press("Enter")
        renamed = titles.filter(has_text="Cyber")
        expect(renamed).to_have_text(name)
        expect(renamed).to_be_focused()
        expect(page.locator("#threads img, #threads b")).to_have_count(0)

        renamed.click()
        expect(page.locator(".turn h2.question")).to_have_text([ANSWERABLE])
        # A name that was given stays when more is said.
        ask(page, "And why?")
        expect(titles).to_have_text([name, OTHER])

        choose(page, name, "Delete")
        expect(titles).to_have_text([OTHER])
        expect(page.locator(".welcome")).to_be_visible()
        assert len(entries(page)) == 1
        undo = page.get_by_role("button", name="Undo")
        expect(undo).to_be_focused()
        undo.press("Enter")
        expect(titles).to_have_text([name, OTHER])
        expect(page.locator(".turn h2.question")).to_have_text([ANSWERABLE, "And why?"])
        choose(page, OTHER, "Delete")
        page.reload()
        expect(titles).to_have_text([name])


def test_what_is_kept_is_bounded_and_outlives_what_is_damaged(
    browser: Browser, bundled: str
) -> None:
    script = """prefix => {
        const put = (id, text) => localStorage.setItem(prefix + id, text);
        put("broken", "{not json");
        put("strange", JSON.stringify({title: 7, turns: {}, changed: "x"}));
        const title = "<img src=x onerror=alert(1)>";
        put("hostile", JSON.stringify({title, turns: [{question: title}], changed: Date.now()}));
        for (let n = 0; n < 60; n++) {
            put(`old-${n}`, JSON.stringify({title: `Old ${n}`, turns: [], changed: 1000 + n}));
        }
    }"""
    with visit(browser, bundled, reloads=True) as page:
        page.evaluate(script, "dateline:/:conversation:")
        page.reload()
        expect(page.locator(LIST).first).to_have_text("<img src=x onerror=alert(1)>")
        expect(page.locator(".unreadable")).to_have_text(["A conversation that cannot be read"] * 2)
        page.locator(LIST).first.click()
        expect(page.locator(".notice")).to_contain_text("1 answer of this conversation cannot be")
        ask(page, ANSWERABLE)
        expect(page.locator(LIST).first).to_have_text(ANSWERABLE)
        expect(page.locator(LIST)).to_have_count(50)
        # The newest stay; what cannot be read has no date and goes first.
        kept = entries(page)
        assert "old-59" in kept
        assert not {"old-0", "broken", "strange"} & set(kept)


def test_a_browser_that_keeps_nothing_says_so_and_can_be_asked(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        page.evaluate(
            "() => { Storage.prototype.setItem = () => { throw new DOMException('', 'Quota') } }"
        )
        ask(page, ANSWERABLE)
        expect(page.locator(".kept-note")).to_contain_text("This browser keeps no more")
        page.click("#new")
        expect(page.locator(".welcome")).to_be_visible()
        ask(page, OTHER)
        expect(page.locator(LIST)).to_have_text([OTHER, ANSWERABLE])
        page.locator(LIST).last.click()
        expect(page.locator(".turn h2.question")).to_have_text([ANSWERABLE])
        assert entries(page) == {}


def test_a_sent_question_is_edited_and_a_reading_too(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        questions = page.locator("h2.question")
        ask(page, UNANSWERABLE)
        page.locator(".turn .edit").click()
        field = page.get_by_label("The question, edited")
        expect(field).to_be_focused()
        expect(field).to_have_value(UNANSWERABLE)
        field.press("Escape")
        expect(questions).to_have_text([UNANSWERABLE])
        page.locator(".turn .edit").click()
        field.fill(ANSWERABLE)
        field.press("Enter")
        expect(questions).to_have_text([ANSWERABLE])
        expect(page.locator(".marker").first).to_be_visible()
        expect(page.locator(LIST)).to_have_text([ANSWERABLE])

        # How a follow-up was read is put right, and then stands by itself.
        ask(page, "And why?")
        page.get_by_role("button", name=f"Edit how it was read: {ANSWERABLE}").click()
        expect(field).to_have_value(f"{ANSWERABLE} And why?")
        field.fill(OTHER)
        page.locator(".edited").get_by_role("button", name="Ask").click()
        expect(questions).to_have_text([ANSWERABLE, OTHER])
        expect(page.locator(".turn:not(.pending)")).to_have_count(2)
        expect(page.locator(".turn").last.locator(".edit-reading")).to_have_count(0)

        # An earlier question begins a conversation of its own; the other one is kept.
        page.locator(".turn .edit").first.click()
        field.fill(UNANSWERABLE)
        field.press("Enter")
        expect(questions).to_have_text([UNANSWERABLE])
        expect(page.locator(LIST)).to_have_text([UNANSWERABLE, ANSWERABLE])
        page.locator(LIST).last.click()
        expect(questions).to_have_text([ANSWERABLE, OTHER])


def test_an_answer_is_stopped_and_its_question_comes_back(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        page.fill("#question textarea", SEVERAL)
        page.press("#question textarea", "Enter")
        page.locator("#stop").click()
        expect(page.locator(".welcome")).to_be_visible()
        expect(page.locator("#question textarea")).to_have_value(SEVERAL)
        expect(page.locator("#stop")).to_be_hidden()
        ask(page, ANSWERABLE)
        expect(page.locator("h2.question")).to_have_text([ANSWERABLE])
        expect(page.locator(LIST)).to_have_text([ANSWERABLE])


def test_a_conversation_is_saved_as_a_file(browser: Browser, bundled: str) -> None:
    files = {
        "Export as Markdown": (".md", f"# {ANSWERABLE}"),
        "Export as JSON": (".json", f'"question": "{ANSWERABLE}"'),
        "Export as web page": (".html", f'<h2 dir="auto">{ANSWERABLE}'),
    }
    with visit(browser, bundled) as page:
        quote = quote_beside(ask(page, ANSWERABLE).locator(".marker").first)
        text = ""
        for action, (ending, begins) in files.items():
            with page.expect_download() as saved:
                choose(page, ANSWERABLE, action)
            assert saved.value.suggested_filename.endswith(ending)
            text = Path(saved.value.path()).read_text(encoding="utf-8")
            assert begins in text
            assert quote in text
        page.set_content(text)
        assert page.locator("blockquote").first.inner_text() == f"[1] “{quote}”"


def test_a_source_is_copied_as_a_citation(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, ANSWERABLE)
        quote = quote_beside(turn.locator(".marker").first)
        cite = turn.locator(".cite").first
        for form, begins in (("Plain text", f"“{quote}” — "), ("BibTeX", "@misc{")):
            cite.locator("summary").press("Enter")
            cite.get_by_role("button", name=form).click()
            expect(cite.locator(".copy-as").filter(has_text="Copied")).to_have_count(1)
            copied = page.evaluate("navigator.clipboard.readText()")
            assert copied.startswith(begins)
            assert quote in copied
            page.keyboard.press("Escape")
            expect(cite.locator("summary")).to_be_focused()
            expect(cite.locator(".cite-forms")).to_be_hidden()
            expect(cite.locator(".copy-as").filter(has_text="Copied")).to_have_count(0)
        turn.locator(".marker").first.click()
        expect_marked(page, quote)
        page.locator("#reading .cite summary").click()
        page.locator("#reading").get_by_role("button", name="Markdown").click()
        expect(page.locator("#reading .copy-as").filter(has_text="Copied")).to_have_count(1)
        assert quote in page.evaluate("navigator.clipboard.readText()")


def test_citations_are_stepped_through_and_articles_are_tabs(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, SEVERAL)
        # A sentence that answers two of them is one citation.
        markers = turn.locator(".marker").all()
        quotes = list(dict.fromkeys(quote_beside(marker) for marker in markers))
        expect(turn.locator("h3.part")).to_have_count(3)
        turn.locator(".marker").first.click()
        expect_marked(page, quotes[0])
        following = page.get_by_role("button", name="Next", exact=True)
        for at, quote in enumerate(quotes[1:], 2):
            following.press("Enter")
            expect(page.locator(".step-at")).to_have_text(f"Citation {at} of {len(quotes)}")
            expect_marked(page, quote)
            expect(following).to_be_focused()
        expect(following).to_have_attribute("aria-disabled", "true")
        page.get_by_role("button", name="Previous", exact=True).click()
        expect_marked(page, quotes[-2])

        tabs = page.get_by_role("tab")
        titles = list(dict.fromkeys(turn.locator(".evidence cite").all_inner_texts()))
        expect(tabs).to_have_text(titles)
        tabs.nth(1).click()
        expect(page.locator("#reading h2")).to_have_text(titles[1])
        expect(tabs.nth(1)).to_be_focused()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        expect(page.locator("#reading h2")).to_have_text(titles[0])
        expect(tabs.first).to_have_attribute("aria-selected", "true")
        expect(tabs.first).to_be_focused()

        # What else the answer cites of the article leads there.
        other = page.locator("#reading .cited").first
        words = other.inner_text()
        assert words in quotes
        other.click()
        expect_marked(page, words)


def test_on_a_phone_the_article_slides_over_the_chat_and_back_closes_it(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled, width=390, height=844) as page:
        marker = ask(page, ANSWERABLE).locator(".marker").first
        quote = quote_beside(marker)
        for leave in (page.go_back, lambda: page.keyboard.press("Escape")):
            marker.click()
            expect_marked(page, quote)
            expect(page.get_by_role("dialog", name="Article")).to_be_visible()
            expect(page.locator("#reading")).to_have_css("animation-name", "slide-over")
            assert page.locator("#talking").evaluate("node => node.inert")
            leave()
            expect(page.locator("#reading")).to_be_hidden()
            expect(marker).to_be_focused()
            assert not page.locator("#talking").evaluate("node => node.inert")
        expect(page.locator(".turn")).to_have_count(1)

        # The conversations are a drawer.
        expect(page.locator("#threads")).to_be_hidden()
        page.get_by_role("button", name="Conversations").click()
        expect(page.locator(LIST)).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#threads")).to_be_hidden()
        expect(page.get_by_role("button", name="Conversations")).to_be_focused()


def test_who_wants_no_motion_gets_none(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled, width=390, height=844, still=True) as page:
        ask(page, ANSWERABLE).locator(".marker").first.click()
        expect(page.locator("#reading")).to_be_visible()
        expect(page.locator("#reading")).to_have_css("animation-name", "none")


def test_an_answer_tells_how_sure_it_is_and_what_was_searched(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        turn = ask(page, ANSWERABLE)
        word, meaning = turn.locator(".confidence"), turn.locator('[role="tooltip"]')
        expect(meaning).to_be_hidden()
        word.hover()
        expect(meaning).to_be_visible()
        expect(meaning).to_contain_text("rested on a right sentence")
        page.mouse.move(0, 0)
        expect(meaning).to_be_hidden()
        word.focus()
        expect(meaning).to_be_visible()
        page.keyboard.press("Escape")
        expect(meaning).to_be_hidden()
        expect(turn.locator(".measure")).to_contain_text("6 articles searched in")


def test_a_decline_offers_questions_that_can_be_asked(browser: Browser, bundled: str) -> None:
    with visit(browser, bundled) as page:
        offered = ask(page, UNANSWERABLE).locator(".offered .example")
        expect(offered.first).to_be_visible()
        question = offered.first.inner_text()
        offered.first.click()
        expect(page.locator("h2.question")).to_have_text([UNANSWERABLE, question])
        expect(page.locator(".turn").last.locator(".marker").first).to_be_visible()


def test_a_question_stays_in_its_place_while_its_answer_comes_in(
    browser: Browser, bundled: str
) -> None:
    with visit(browser, bundled) as page:
        ask(page, ANSWERABLE)
        # Passages may stand for a few frames only: each frame notes where the question is.
        page.evaluate(
            """() => {
              window.places = new Set();
              const note = () => {
                const turns = [...document.querySelectorAll('.turn')];
                const last = turns[turns.length - 1];
                const isToldOf = last.querySelector('.passage') || !last.matches('.pending');
                if (turns.length === 2 && isToldOf)
                  window.places.add(last.querySelector('h2').getBoundingClientRect().top);
                requestAnimationFrame(note);
              };
              note();
            }"""
        )
        page.fill("#question textarea", SEVERAL)
        page.press("#question textarea", "Enter")
        expect(page.locator(".turn:not(.pending)")).to_have_count(2)
        page.wait_for_timeout(500)
        assert len(page.evaluate("() => [...window.places]")) == 1


def test_an_article_is_read_in_its_own_direction(browser: Browser, bundled: str) -> None:
    text = "ميناء بريفيك\n\nفتح ميناء بريفيك من جديد يوم الاثنين بعد إضراب طويل."
    with visit(browser, bundled) as page:
        page.check("#mode input[value=passages]")
        drop(page, {"harbour.txt": text})
        expect(page.locator("#drops .scope-now")).to_be_visible()
        turn = ask(page, "ميناء بريفيك")
        expect(turn.locator("h2.question")).to_have_css("direction", "rtl")
        expect(turn.locator(".evidence").first).to_have_css("direction", "rtl")
        turn.locator(".marker").first.click()
        expect(page.locator("#reading mark")).to_be_visible()
        paragraph = page.locator("#reading .article-body p").first
        expect(paragraph).to_have_css("direction", "rtl")
