"""What the page shows of dropped files: how far indexing has come, what is searched, what not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa import DroppedArticles, Progress, Skipped, UploadedArticles
from qa.export import escape
from qa.web import wording

# A table may have a fault in every row.
_MAX_SKIPPED = 50
_MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class Drop:
    """What one browser has dropped, and whether that is searched or the collection.

    Where uploads go into the collection, the collection is what is searched.
    """

    articles: DroppedArticles | UploadedArticles
    is_searched: bool = False
    skipped: tuple[Skipped, ...] = field(default=(), repr=False)

    @property
    def extent(self) -> str:
        """How many articles were dropped, in words."""
        return wording.counted(self.articles.n_articles, "article")

    @property
    def is_shared(self) -> bool:
        """Whether it has gone into the collection."""
        return isinstance(self.articles, UploadedArticles)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are searched, those left out as a whole apart."""
        left_out = {item.path for item in self.skipped if item.place is None}
        return tuple(name for name in self.articles.names if name not in left_out)


class Pace:
    """How fast passages are embedded, and how long what is known of them will take.

    It counts from the first step that has passages: reading files and loading the model are of
    another speed.
    """

    def __init__(self) -> None:
        self._start: tuple[float, int] | None = None
        self._last: tuple[float, Progress] | None = None

    def see(self, progress: Progress, now: float) -> None:
        """Take note of a step, told at `now` in seconds."""
        if self._start is None and progress.passages_to_embed:
            self._start = (now, progress.passages_embedded)
        self._last = (now, progress)

    @property
    def rate(self) -> float | None:
        """Passages a second, once some are done."""
        if self._start is None or self._last is None:
            return None
        seconds = self._last[0] - self._start[0]
        done = self._last[1].passages_embedded - self._start[1]
        return done / seconds if done and seconds > 0 else None

    def seconds_left(self, now: float) -> float | None:
        """How long the passages known of will take from `now`, at least 0."""
        rate = self.rate
        if rate is None or self._last is None:
            return None
        then, progress = self._last
        return max(0.0, progress.passages_to_embed / rate - (now - then))


def render_progress(progress: Progress | None, pace: Pace, now: float) -> str:
    """How far indexing has come, and a way to stop it."""
    told = [wording.INDEXING]
    if progress is not None:
        at = min(progress.files_done + 1, progress.files_total)
        told.append(wording.FILES.format(at=at, total=progress.files_total))
        total = progress.passages_embedded + progress.passages_to_embed
        if total:
            told.append(wording.PASSAGES_DONE.format(done=progress.passages_embedded, total=total))
        if pace.rate is not None:
            told.append(wording.RATE.format(rate=max(1, round(pace.rate))))
        left = pace.seconds_left(now)
        if left is not None and progress.passages_to_embed:
            # More files may bring more passages.
            is_all = progress.files_done == progress.files_total
            told.append(wording.time_left(left, is_all=is_all))
    # Figures that change each second are not read out; that it began and ended is.
    first, *figures = told
    counted = "".join(f" · {figure}" for figure in figures)
    return (
        f'<div class="drop busy"><p><span class="note">{first}</span>'
        f'<span class="figures" aria-live="off">{counted}</span></p>'
        f"<p>{_button('remove', wording.STOP)}</p></div>"
    )


def render_drop(drop: Drop | None, *, is_new: bool = False) -> str:
    """What is searched, the way to search the other, and what was skipped and why."""
    if drop is None:
        return ""
    if drop.is_shared:
        return _render_shared(drop, is_new=is_new)
    known = {"articles": drop.extent}
    if drop.is_searched:
        said, other = wording.SEARCHING_DROPPED, wording.SEARCH_COLLECTION
    else:
        said, other = wording.SEARCHING_COLLECTION, wording.SEARCH_DROPPED
    scope = "collection" if drop.is_searched else "dropped"
    return (
        f'<div class="drop"><p><span class="scope-now">{said.format(**known)}</span> '
        f'<span class="files">{_names(drop.files)}</span></p>'
        f"<p>{_button('scope', other, scope)}{_button('remove', wording.REMOVE_DROPPED)}</p>"
        f"{render_skipped(drop.skipped, is_open=is_new)}</div>"
    )


def _render_shared(drop: Drop, *, is_new: bool) -> str:
    if not drop.articles.n_articles:
        return render_nothing(drop.skipped, wording.NOTHING_ADDED)
    said = wording.ADDED_TO_COLLECTION.format(articles=drop.extent)
    return (
        f'<div class="drop"><p><span class="scope-now">{said}</span> '
        f'<span class="files">{_names(drop.files)}</span></p><p></p>'
        f"{render_skipped(drop.skipped, is_open=is_new)}</div>"
    )


def render_nothing(skipped: Sequence[Skipped], said: str = wording.NOTHING_DROPPED) -> str:
    """That no article was found in what was dropped, and why."""
    return f'<div class="drop"><p>{said}</p><p></p>{render_skipped(skipped, is_open=True)}</div>'


def render_skipped(skipped: Sequence[Skipped], *, is_open: bool) -> str:
    """A line for each file, or place in one, that was left out, with the reason."""
    if not skipped:
        return ""
    lines = [escape(" ".join(str(item).split())) for item in skipped[:_MAX_SKIPPED]]
    if len(skipped) > _MAX_SKIPPED:
        lines.append(wording.MORE.format(n=f"{len(skipped) - _MAX_SKIPPED:,}"))
    items = "".join(f'<li dir="auto">{line}</li>' for line in lines)
    summary = wording.SKIPPED.format(n=len(skipped))
    attribute = " open" if is_open else ""
    return (
        f'<details class="skipped"{attribute}><summary>{summary}</summary>'
        f'<ul tabindex="0">{items}</ul></details>'
    )


def _names(names: Sequence[str]) -> str:
    shown = [f"<bdi>{escape(name)}</bdi>" for name in names[:_MAX_NAMES]]
    if len(names) > _MAX_NAMES:
        shown.append(wording.MORE.format(n=len(names) - _MAX_NAMES))
    return ", ".join(shown)


def _button(kind: str, label: str, value: str = "") -> str:
    return f'<button type="button" class="{kind}" data-scope="{value}">{label}</button>'
