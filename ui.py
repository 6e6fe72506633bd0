"""The browser chat: a Gradio view of `qa.Assistant`.

``build_ui(assistant)`` gives the page, ``launch(assistant)`` serves it. What is shown is
built as escaped HTML in `qa.web`; no text of an article or a question is read as Markdown.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import gradio as gr
from gradio.events import Dependency
from gradio.utils import get_upload_folder

from qa import Assistant, DatelineError, DropLimits
from qa.web import wording
from qa.web.choice import Collection, as_collections, render_choice
from qa.web.collection import Shelf, limits_of, render_door
from qa.web.completion import complete
from qa.web.desk import DEFAULT_K, Desk
from qa.web.dropped import Drop
from qa.web.drops import DropDesk
from qa.web.logins import Logins
from qa.web.operating import Rules, Server, listen, make_app
from qa.web.threads import render_threads
from qa.web.workers import Workers

__all__ = ["Logins", "Rules", "build_ui", "launch", "serve"]

_CHOICES_OF_K = (3, 5, DEFAULT_K, 12, 20)
# Gradio's own limit is one run of an event at a time, for all browsers together. An answer
# keeps a core busy: more at once than there are cores would only make the first ones wait.
_ASKING_AT_ONCE = max(2, os.cpu_count() or 2)
_READING_AT_ONCE = 20
# Embedding takes every core there is, and the model takes one caller at a time.
_INDEXING_AT_ONCE = 1
# How often uploads that no page came back for are looked for, and how old they may become.
_FORGOTTEN_SECONDS = 3600

_TALK = (
    f'<div class="log" role="log" aria-live="polite" aria-label="{wording.CONVERSATION}" '
    f'tabindex="0" data-ask="{wording.ASK}" data-cancel="{wording.CANCEL}" '
    f'data-edited="{wording.EDITED_QUESTION}">${{value}}</div>'
)
_NOTICE = '<div role="alert">${value}</div>'
_DROPS = '<div class="dropped">${value}</div>'
_READING = (
    f'<section class="sheet" aria-label="{wording.ARTICLE}">'
    f'<button type="button" class="close">{wording.CLOSE}</button>${{value}}</section>'
)

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "Menlo", "monospace")


@dataclass(frozen=True)
class _Talk:
    """The conversation: what is said, its name, how it is shown, and what the browser is told."""

    conversation: gr.State
    thread: gr.State
    drop: gr.State
    log: gr.HTML
    notice: gr.HTML
    courier: gr.HTML


@dataclass(frozen=True)
class _Composer:
    """The controls under the conversation."""

    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    mode: gr.Radio
    filters: gr.Accordion
    limits: tuple[gr.Textbox | gr.Dropdown, ...]
    outlets: gr.Dropdown
    reset: gr.Button


def build_ui(
    assistant: Assistant,
    limits: DropLimits | None = None,
    *,
    uploads_into_collection: bool = False,
    is_read_only: bool = False,
    choice: str = "",
    workers: Workers | None = None,
) -> gr.Blocks:
    """The page for one collection; `launch` serves it with its style.

    Files dropped into the page are indexed apart from the collection; or, with
    `uploads_into_collection`, into it, for everybody who asks it; or, where it `is_read_only`, not
    at all. `choice` is HTML that leads to the pages of other collections. `workers` are the threads
    to close with the server.

    Raises
    ------
    DatelineError
        Uploads are to go into the collection, and it is no store that can be written.
    """
    limits = limits or DropLimits()
    workers = workers or Workers()
    desk = Desk(assistant, workers)
    drop_desk = DropDesk(
        desk,
        assistant,
        Path(get_upload_folder()),
        limits,
        into_collection=uploads_into_collection,
        workers=workers,
    )
    shelf_desk = Shelf(
        assistant,
        Path(get_upload_folder()),
        limits,
        may_change=uploads_into_collection and not is_read_only,
    )
    with gr.Blocks(
        title=wording.TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(_FORGOTTEN_SECONDS, _FORGOTTEN_SECONDS),
    ) as page:
        conversation = gr.State(())
        thread = gr.State("")
        # Deleted an hour after the browser has gone.
        drop = gr.State(None, delete_callback=_delete_dropped)
        with gr.Row(elem_id="top"):
            gr.Button(wording.CONVERSATIONS, elem_id="list", size="sm", min_width=0)
            masthead = gr.HTML(desk.masthead(), elem_id="masthead", apply_default_css=False)
            if choice:
                gr.HTML(choice, elem_id="collections", apply_default_css=False)
            gr.HTML(render_door(), elem_id="shelf-door", apply_default_css=False)
            new = gr.Button(wording.NEW_CONVERSATION, elem_id="new", size="sm", min_width=0)
        with gr.Row(elem_id="desk"):
            threads = gr.HTML(
                render_threads(),
                js_on_load=_asset("errands.js") + _asset("threads.js"),
                elem_id="threads",
                apply_default_css=False,
            )
            with gr.Column(elem_id="talking", min_width=0):
                talk = gr.HTML(
                    desk.welcome(),
                    html_template=_TALK,
                    js_on_load=_asset("errands.js") + _asset("page.js"),
                    elem_id="talk",
                    apply_default_css=False,
                )
                shelf = gr.HTML(
                    shelf_desk.frame(),
                    js_on_load=_asset("collection.js"),
                    server_functions=shelf_desk.functions(),
                    elem_id="shelf",
                    apply_default_css=False,
                )
                notice = gr.HTML(
                    "", html_template=_NOTICE, elem_id="notice", apply_default_css=False
                )
                drops = gr.HTML("", html_template=_DROPS, elem_id="drops", apply_default_css=False)
                composer = _compose(
                    desk,
                    None if is_read_only else _add_files(limits, is_shared=uploads_into_collection),
                )
            reading = gr.HTML(
                "",
                html_template=_READING,
                js_on_load=_asset("errands.js") + _asset("viewer.js"),
                elem_id="reading",
                apply_default_css=False,
            )
        courier = gr.HTML(
            "",
            html_template="",
            js_on_load=_asset("courier.js"),
            elem_id="courier",
            apply_default_css=False,
        )
        offers = gr.HTML(
            "",
            html_template="",
            js_on_load=_asset("offers.js"),
            elem_id="offers",
            apply_default_css=False,
        )
        # In an answer of its own, not as an event of the stream, which may be closed just then.
        offers.tick(
            desk.offer,
            drop,
            offers,
            trigger_mode="multiple",
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )
        talking = _Talk(conversation, thread, drop, talk, notice, courier)
        asking = _wire_asking(desk, talking, composer)
        _wire_threads(desk, talking, threads, new, asking)
        _wire_filters(composer)
        _wire_shelf(shelf, composer)
        _wire_reading(desk, drop, reading)
        if not is_read_only:
            dropping = _wire_drops(
                drop_desk, talk, [drop, conversation], [drop, drops, notice, talk, composer.outlets]
            )
        if uploads_into_collection and not is_read_only:
            dropping.then(
                desk.refresh,
                None,
                [masthead, composer.outlets],
                show_progress="hidden",
                api_visibility="private",
            )
        page.load(
            desk.refresh,
            None,
            [masthead, composer.outlets],
            show_progress="hidden",
            api_visibility="private",
        )
        gr.api(desk.ask_once, api_name="ask", concurrency_limit=_ASKING_AT_ONCE)
    return page


def _announce(address: str) -> None:
    # At once, also into a pipe: whoever started the server waits for the line.
    print(address, flush=True)  # noqa: T201 - the command line of this file


def launch(
    assistants: Assistant | Sequence[Assistant],
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    limits: DropLimits | None = None,
    uploads_into_collection: bool = False,
    rules: Rules | None = None,
    announce: Callable[[str], object] = _announce,
) -> bool:
    """Serve the chat until it is interrupted; `announce` is told its address.

    Several assistants get a page each, and every page leads to the others. Connections are closed
    whatever ends it.

    Returns
    -------
    bool
        Whether everything that worked for the pages has ended, too.

    Raises
    ------
    DatelineError
        If the address is in use, not allowed or not of this machine; see also `build_ui`.
    """
    server = serve(
        assistants,
        host,
        port,
        limits=limits,
        uploads_into_collection=uploads_into_collection,
        rules=rules,
    )
    try:
        announce(server.address)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        has_ended = server.close()
    return has_ended


def serve(
    assistants: Assistant | Sequence[Assistant],
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    limits: DropLimits | None = None,
    uploads_into_collection: bool = False,
    rules: Rules | None = None,
) -> Server:
    """Start the chat in the background; ``close()`` ends it.

    Raises
    ------
    DatelineError
        If the address is in use, not allowed or not of this machine; see also `build_ui`.
    """
    limits, rules, workers = limits or DropLimits(), rules or Rules(), Workers()
    collections = as_collections([assistants] if isinstance(assistants, Assistant) else assistants)
    with contextlib.ExitStack() as undone:
        listener = undone.enter_context(listen(host, port))  # before pages are built for nothing
        app = make_app(
            _pages(
                collections,
                limits,
                rules,
                workers,
                uploads_into_collection=uploads_into_collection,
            ),
            rules,
            workers,
            max_upload_bytes=limits.max_bytes,
            theme=_theme(),
            css=_asset("style.css") + _asset("collection.css") + _asset("collections.css"),
        )
        undone.pop_all()
    for collection in collections:
        workers.start(complete, collection.assistant, workers)
    return Server(app, listener, host, rules.root_path, workers)


def _pages(
    collections: Sequence[Collection],
    limits: DropLimits,
    rules: Rules,
    workers: Workers,
    *,
    uploads_into_collection: bool,
) -> list[tuple[Collection, gr.Blocks]]:
    return [
        (
            collection,
            build_ui(
                collection.assistant,
                limits,
                uploads_into_collection=uploads_into_collection,
                is_read_only=rules.is_read_only,
                choice=render_choice(collections, collection),
                workers=workers,
            ),
        )
        for collection in collections
    ]


def _compose(desk: Desk, add_files: str | None) -> _Composer:
    with gr.Column(elem_id="composer", min_width=0):
        with gr.Row(elem_id="asking"):
            question = gr.Textbox(
                label=wording.QUESTION_LABEL,
                placeholder=wording.QUESTION_PLACEHOLDER,
                show_label=False,
                container=False,
                lines=1,
                max_lines=8,
                autofocus=True,
                elem_id="question",
                html_attributes=gr.InputHTMLAttributes(
                    enterkeyhint="send", spellcheck=True, autocomplete="off"
                ),
            )
            ask = gr.Button(wording.ASK, variant="primary", elem_id="ask", min_width=0, scale=0)
            stop = gr.Button(wording.STOP_ANSWER, elem_id="stop", min_width=0, scale=0)
        mode = gr.Radio(
            [(wording.MODE_ANSWER, "answer"), (wording.MODE_PASSAGES, "passages")],
            value="answer",
            label=wording.MODE_LABEL,
            show_label=False,
            container=False,
            elem_id="mode",
        )
        if add_files is not None:
            gr.HTML(add_files, elem_id="add", apply_default_css=False)
        with gr.Accordion(wording.FILTERS, open=False, elem_id="filters") as filters:
            with gr.Row():
                dates = [_date_field(label) for label in _DATE_LABELS]
            with gr.Row():
                outlets = gr.Dropdown(
                    desk.outlets(), multiselect=True, label=wording.OUTLETS, elem_id="outlets"
                )
                k = gr.Dropdown(
                    list(_CHOICES_OF_K), value=DEFAULT_K, label=wording.PASSAGES, elem_id="k"
                )
            reset = gr.Button(wording.RESET_FILTERS, size="sm", elem_id="reset", min_width=0)
    return _Composer(question, ask, stop, mode, filters, (*dates, outlets, k), outlets, reset)


def _add_files(limits: DropLimits, *, is_shared: bool) -> str:
    shown, label, drop_here = (
        (wording.ADD_SHARED_FILES, wording.ADD_SHARED_FILES_LABEL, wording.DROP_HERE_SHARED)
        if is_shared
        else (wording.ADD_FILES, wording.ADD_FILES_LABEL, wording.DROP_HERE)
    )
    return (
        f'<label data-max-files="{limits.max_files}" data-max-bytes="{limits.max_bytes}" '
        f'data-uploading="{wording.UPLOADING}" data-waiting="{wording.WAITING}" '
        f'data-drop="{drop_here}"><input type="file" multiple class="unseen" '
        f'aria-label="{label}">{shown}</label>'
    )


_DATE_LABELS = (wording.SINCE, wording.UNTIL, wording.AS_OF)


def _date_field(label: str) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder="2020-01-31", max_lines=1, elem_classes="date-field", min_width=140
    )


def _wire_asking(desk: Desk, talk: _Talk, composer: _Composer) -> Dependency:
    # One event for every way to ask. The page sends one at a time (page.js), also right after an
    # answer, when Gradio would drop it.
    asking = talk.log.submit(
        desk.converse,
        [
            talk.conversation,
            talk.drop,
            composer.mode,
            *composer.limits,
            talk.thread,
        ],
        # All limits but how many passages to show.
        [
            talk.log,
            talk.conversation,
            talk.notice,
            *composer.limits[:-1],
            talk.thread,
            talk.courier,
        ],
        trigger_mode="multiple",
        show_progress="hidden",
        concurrency_limit=_ASKING_AT_ONCE,
        api_visibility="private",
    )
    for ended in (asking.then, asking.failure):
        ended(None, js="() => window.dateline.settled()", api_visibility="private")
    gr.on(
        [composer.question.submit, composer.ask.click],
        None,
        js="""() => {
            if (window.dateline?.askTyped) window.dateline.askTyped();
            else window.dateline = { isAsked: true };
        }""",
        api_visibility="private",
    )
    talk.courier.tick(
        lambda: None,
        trigger_mode="multiple",
        show_progress="hidden",
        concurrency_limit=_READING_AT_ONCE,
        api_visibility="private",
    )
    asking.then(
        desk.suggest,
        [talk.conversation, talk.drop],
        talk.courier,
        show_progress="hidden",
        api_visibility="private",
    )
    # What is given up goes back into the field, unless something else was written meanwhile.
    composer.stop.click(
        None,
        composer.question,
        composer.question,
        js="(written) => written || window.dateline.pending()",
        api_visibility="private",
    )
    # Nothing can be asked before it is given up: until then the page shows it as being answered.
    composer.stop.click(None, cancels=[asking], api_visibility="private").then(
        desk.stop,
        [talk.conversation, talk.drop],
        [talk.log, talk.notice],
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    ).then(None, js="() => window.dateline.settled()", api_visibility="private")
    return asking


def _wire_threads(
    desk: Desk,
    talk: _Talk,
    threads: gr.HTML,
    new: gr.Button,
    asking: Dependency,
) -> None:
    """Wire beginning a conversation, going on with one that is kept, and saving one as a file."""
    shown = [talk.conversation, talk.thread, talk.log, talk.notice]
    begin = new.click(
        desk.start_anew,
        talk.drop,
        shown,
        cancels=[asking],
        show_progress="hidden",
        api_visibility="private",
    )
    begin.then(
        None,
        js="""() => {
            window.datelineViewer.close();
            window.datelineThreads.leave();
            window.dateline.settled();
        }""",
        api_visibility="private",
    )
    resuming = threads.select(
        desk.resume,
        talk.drop,
        shown,
        trigger_mode="multiple",
        cancels=[asking],
        show_progress="hidden",
        concurrency_limit=_READING_AT_ONCE,
        api_visibility="private",
    )
    resuming.then(None, js="() => window.datelineThreads.opened()", api_visibility="private")
    resuming.failure(None, js="() => window.datelineThreads.failed()", api_visibility="private")
    saving = threads.download(
        desk.export,
        talk.drop,
        [talk.courier, talk.notice],
        trigger_mode="multiple",
        show_progress="hidden",
        concurrency_limit=_READING_AT_ONCE,
        api_visibility="private",
    )
    for ended in (saving.then, saving.failure):
        ended(None, js="() => window.datelineThreads.saved()", api_visibility="private")


def _wire_filters(composer: _Composer) -> None:
    # Counted in the browser: of several changes at once, the server's last word need not be of the
    # last one.
    gr.on(
        [limit.change for limit in composer.limits],
        None,
        list(composer.limits),
        composer.filters,
        js=f"""(...values) => {{
            const k = values.pop();
            const isSet = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
            const number = values.filter(isSet).length + (Number(k) !== {DEFAULT_K});
            const label = number ? `{wording.FILTERS} (${{number}} set)` : "{wording.FILTERS}";
            return {{ __type__: "update", label }};
        }}""",
        trigger_mode="multiple",
        api_visibility="private",
    )
    composer.reset.click(
        lambda: ("", "", "", [], DEFAULT_K),
        None,
        list(composer.limits),
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )


def _wire_shelf(shelf: gr.HTML, composer: _Composer) -> None:
    """What was filtered in the collection view is what the next questions are asked of."""
    since, until, _, outlets, _ = composer.limits
    shelf.apply(
        limits_of,
        None,
        [since, until, outlets],
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )


def _wire_drops(
    drop_desk: DropDesk,
    talk: gr.HTML,
    inputs: list[gr.State],
    outputs: list[gr.State | gr.HTML | gr.Dropdown],
) -> Dependency:
    """Wire the events of dropping; that of new files is given back."""
    dropping = talk.upload(
        drop_desk.add,
        inputs,
        outputs,
        trigger_mode="once",
        show_progress="hidden",
        concurrency_limit=_INDEXING_AT_ONCE,
        api_visibility="private",
    )
    for event, listener in ((talk.apply, drop_desk.search), (talk.clear, drop_desk.remove)):
        event(
            listener,
            inputs,
            outputs,
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )
    return dropping


def _delete_dropped(drop: Drop | None) -> None:
    if drop is not None:
        drop.articles.close()


def _wire_reading(desk: Desk, drop: gr.State, reading: gr.HTML) -> None:
    opening = reading.select(
        desk.open,
        drop,
        reading,
        trigger_mode="multiple",
        show_progress="hidden",
        concurrency_limit=_READING_AT_ONCE,
        api_visibility="private",
    )
    opening.then(None, js="() => window.datelineViewer.arrived()", api_visibility="private")
    opening.failure(None, js="() => window.datelineViewer.failed()", api_visibility="private")


def _theme() -> gr.themes.Base:
    return gr.themes.Base(font=_SANS, font_mono=_MONO)


def _asset(name: str) -> str:
    return resources.files("qa.web").joinpath(name).read_text(encoding="utf-8")


if __name__ == "__main__":
    try:
        with Assistant.open() as _assistant:
            launch(_assistant)
    except DatelineError as error:
        sys.exit(str(error))
