"""Several collections: their names and addresses, and the links from one page to the others."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import Assistant
from qa.web import wording

COLLECTIONS_PATH = "c"
_CURRENT = ' aria-current="page"'


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as a page of its own.

    Attributes
    ----------
    name : str
        As the page shows it.
    slug : str
        Its name in addresses; empty where it is the only one.
    assistant : Assistant
    """

    name: str
    slug: str
    assistant: Assistant

    @property
    def path(self) -> str:
        """Where its page stands, without a slash at the end; empty for the only one."""
        return f"/{COLLECTIONS_PATH}/{self.slug}" if self.slug else ""


def as_collections(assistants: Sequence[Assistant]) -> tuple[Collection, ...]:
    """Each with a name and an address of its own, taken from where its articles are."""
    if len(assistants) == 1:
        return (Collection("", "", assistants[0]),)
    taken: dict[str, int] = {}
    collections = []
    for assistant in assistants:
        name = _name(assistant.status().corpus)
        slug = _slug(name)
        taken[slug] = taken.get(slug, 0) + 1
        if taken[slug] > 1:
            name, slug = f"{name} ({taken[slug]})", f"{slug}-{taken[slug]}"
        collections.append(Collection(name, slug, assistant))
    return tuple(collections)


def render_choice(collections: Sequence[Collection], current: Collection) -> str:
    """Links to the pages of all collections, the current one marked; nothing where it is alone."""
    if len(collections) < 2:
        return ""
    # Relative, so that they hold below whatever path a proxy serves them.
    links = "".join(
        f'<li><a href="../{each.slug}/"{_CURRENT if each is current else ""}>'
        f"<bdi>{html.escape(each.name)}</bdi></a></li>"
        for each in collections
    )
    return f'<nav class="collections" aria-label="{wording.COLLECTIONS}"><ul>{links}</ul></nav>'


def _name(corpus: str) -> str:
    path = Path(corpus)
    return (path.stem if path.is_file() else path.name) or corpus


def _slug(name: str) -> str:
    """The name with nothing but small letters, digits and hyphens, for an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "collection"
