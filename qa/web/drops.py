"""What happens when somebody drops files into the page: events in, HTML out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import gradio as gr

from qa import (
    Assistant,
    CorpusError,
    DatelineError,
    DropLimits,
    DroppedArticles,
    DroppedFile,
    IndexReport,
    Progress,
    Skipped,
    UploadedArticles,
    check_takes_uploads,
    sweep_dropped,
)
from qa.web import wording
from qa.web.desk import Conversation, Desk, reason_of
from qa.web.dropped import Drop, Pace, render_drop, render_nothing, render_progress
from qa.web.render import render_notice
from qa.web.workers import Workers

_REDRAW_SECONDS = 0.5

_Told = Progress | IndexReport | Exception


class DropDesk:
    """The events of dropped files; what was dropped lives with the browser that dropped it.

    Parameters
    ----------
    desk : Desk
    collection : Assistant
    uploads : Path
        Where the server puts what browsers send; files elsewhere are refused.
    limits : DropLimits
    into_collection : bool
        Whether what is dropped goes into the collection itself.
    workers : Workers, optional
        Do the indexing; where they are ended, it is given up.

    Raises
    ------
    CorpusError, StoreWriteError
        It should, and the collection cannot take it.
    """

    def __init__(
        self,
        desk: Desk,
        collection: Assistant,
        uploads: Path,
        limits: DropLimits,
        *,
        into_collection: bool = False,
        workers: Workers | None = None,
    ) -> None:
        if into_collection:
            check_takes_uploads(Path(collection.status().corpus))
        self._into_collection = into_collection
        self._desk = desk
        self._collection = collection
        self._uploads = uploads.resolve()
        self._limits = limits
        self._workers = workers or Workers()
        sweep_dropped()

    def add(
        self, drop: Drop | None, conversation: Conversation, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        """Drop, its HTML, notice, conversation as HTML and outlets, step by step."""
        sent = event._data if isinstance(event._data, dict) else {}
        articles = None
        try:
            self._check(sent)
            # At once: it takes the place of the browser's own line, whatever comes after.
            yield gr.skip(), render_progress(None, Pace(), 0.0), "", gr.skip(), gr.skip()
            files = [*self._received(sent.get("files", ()))]
            folders = tuple(
                Skipped(str(name), wording.IS_FOLDER, None) for name in sent.get("folders", ())
            )
            articles = drop.articles if drop else self._new_articles()
            begun = replace(drop, articles=articles) if drop else Drop(articles)
            state: Any = begun
            for html, report in _indexing(articles, files, self._workers):
                if articles.is_closed:
                    # By `remove`, which has told so; but a line of progress may have come after.
                    yield gr.skip(), "", "", gr.skip(), gr.skip()
                    return
                if report is None:
                    yield state, html, "", gr.skip(), gr.skip()
                    state = gr.skip()
            assert report is not None
            skipped = (*folders, *report.skipped, *begun.skipped)
            yield self._added(begun, skipped, conversation)
        except Exception as error:  # noqa: BLE001 - no failure may end as a traceback on the page
            if articles is not None and articles.is_closed:
                yield gr.skip(), "", "", gr.skip(), gr.skip()
                return
            if articles is not None and drop is None:
                articles.close()
            notice = render_notice(reason_of(error))
            yield drop, render_drop(drop), notice, gr.skip(), gr.skip()
        finally:
            self._discard(sent.get("files", ()))

    def search(
        self, drop: Drop | None, conversation: Conversation, event: gr.EventData
    ) -> tuple[Any, ...]:
        """As `add`: search the dropped articles from now on, or the collection."""
        sent = event._data if isinstance(event._data, dict) else {}
        if drop is None or drop.is_shared or drop.articles.is_closed:
            return None, "", "", gr.skip(), gr.skip()
        chosen = replace(drop, is_searched=sent.get("scope") == "dropped")
        return (chosen, render_drop(chosen), "", *self._scene(chosen, conversation))

    def remove(self, drop: Drop | None, conversation: Conversation) -> tuple[Any, ...]:
        """As `add`: delete what was dropped, and search the collection."""
        if drop is not None:
            drop.articles.close()
        return (None, "", "", *self._scene(None, conversation))

    def _new_articles(self) -> DroppedArticles | UploadedArticles:
        kind = UploadedArticles if self._into_collection else DroppedArticles
        return kind(self._collection, self._limits)

    def _added(
        self, drop: Drop, skipped: tuple[Skipped, ...], conversation: Conversation
    ) -> tuple[Any, ...]:
        if drop.is_shared:
            added = replace(drop, skipped=skipped)
            welcome = gr.skip() if conversation else self._desk.welcome()
            # Masthead and outlets follow, for whoever asks.
            return added, render_drop(added, is_new=True), "", welcome, gr.skip()
        if not drop.articles.n_articles:
            drop.articles.close()
            return None, render_nothing(skipped), "", gr.skip(), gr.skip()
        added = replace(drop, is_searched=True, skipped=skipped)
        shown = render_drop(added, is_new=True)
        return (added, shown, "", *self._scene(added, conversation))

    def _scene(self, drop: Drop | None, conversation: Conversation) -> tuple[Any, Any]:
        """An empty conversation and the outlets to choose from, those of what is searched."""
        welcome = gr.skip() if conversation else self._desk.welcome(drop)
        return welcome, gr.Dropdown(choices=self._desk.outlets(drop), value=[], multiselect=True)

    def _check(self, sent: dict[str, Any]) -> None:
        """Tell what the browser refused to send, or could not."""
        if "refused" in sent:
            n_files, n_bytes = sent["refused"]
            self._limits.check(int(n_files), int(n_bytes))
        if "failed" in sent:
            raise CorpusError(wording.NOT_UPLOADED.format(name=sent["failed"]))

    def _received(self, files: Sequence[dict[str, str]]) -> Iterator[DroppedFile]:
        """What the browser says it sent; a path that is no upload is refused."""
        for file in files:
            path = Path(file["path"])
            if not self._is_upload(path):
                raise DatelineError(wording.NOT_UPLOADED.format(name=file["name"]))
            yield DroppedFile(str(file["name"]), path)

    def _discard(self, files: Sequence[dict[str, str]]) -> None:
        """Delete what was not taken, and the folder that the server made for each upload."""
        for path in (Path(file["path"]) for file in files):
            if self._is_upload(path):
                path.unlink()
            folder = path.resolve().parent
            if folder.parent == self._uploads:
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def _is_upload(self, path: Path) -> bool:
        """Whether it is a file in the folder of uploads, and not by a link that leads out."""
        real = path.resolve()
        return real.is_relative_to(self._uploads) and real.is_file()


def _indexing(
    articles: DroppedArticles | UploadedArticles, files: Sequence[DroppedFile], workers: Workers
) -> Iterator[tuple[str, IndexReport | None]]:
    """How far it has come as HTML, again and again, and at last the report."""
    told: SimpleQueue[_Told] = SimpleQueue()
    workers.start(_index, articles, files, told, workers)
    pace, progress = Pace(), None
    drawn = 0.0
    while True:
        if time.monotonic() - drawn >= _REDRAW_SECONDS:
            drawn = time.monotonic()
            yield render_progress(progress, pace, drawn), None
        try:
            step = told.get(timeout=_REDRAW_SECONDS)
        except Empty:
            continue
        if isinstance(step, Exception):
            raise step
        if isinstance(step, IndexReport):
            yield "", step
            return
        progress = step
        pace.see(step, time.monotonic())


def _index(
    articles: DroppedArticles | UploadedArticles,
    files: Sequence[DroppedFile],
    told: SimpleQueue[_Told],
    workers: Workers,
) -> None:
    def tell(progress: Progress) -> None:
        if workers.is_ending:
            articles.close()
        told.put(progress)

    try:
        told.put(articles.add(files, on_progress=tell))
    except Exception as error:  # noqa: BLE001 - raised again where it can be told
        told.put(error)
