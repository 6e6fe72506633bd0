"""Serving one page or several: their paths, who may open them, plain HTTP beside them.

Every collection has a page of Gradio's. With one collection it stands at ``/``; with several each
stands at ``/c/<name>/``, and ``/`` leads to the first, so that a browser keeps the conversations
of each apart. Beside the pages there are

- ``GET /health``: whether the collections can be read and how much they hold, without a login;
- ``POST /api/ask``: one question as JSON in, the JSON of the shell out.
"""

from __future__ import annotations

import base64
import binascii
import html
import logging
import os
import re
import socket
import threading
import time
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
import gradio as gr
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa import Assistant, DatelineError, StoreError
from qa.web import wording
from qa.web.logins import Logins

_LOG = logging.getLogger(__name__)

# A question has at most 10,000 characters; a long history is some hundred thousand.
_MAX_BODY_BYTES = 2_000_000
_COLLECTIONS = "c"
_CURRENT = ' aria-current="page"'
# Connections that wait to be taken; uvicorn's default.
_BACKLOG = 2048


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
        return f"/{_COLLECTIONS}/{self.slug}" if self.slug else ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What browsers may do here, and where the pages stand for them.

    Attributes
    ----------
    logins : Logins or None
        Who may open the pages; None lets everybody.
    root_path : str
        The path below which a reverse proxy serves all this, as ``/news``; empty for none. The
        proxy takes it away, and tells host and protocol in ``X-Forwarded-Host`` and
        ``X-Forwarded-Proto``.
    is_read_only : bool
        Whether browsers may send no files at all.
    """

    logins: Logins | None = None
    root_path: str = ""
    is_read_only: bool = False

    def __post_init__(self) -> None:
        root = self.root_path
        if root and (not root.startswith("/") or root.endswith("/") or "?" in root):
            raise ValueError(
                f"the root path is {root!r}; write it as /news, without host or slash at its end"
            )


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


class Server:
    """Serves pages in the background until it is closed.

    Raises
    ------
    DatelineError
        The address is in use, not allowed or not of this machine.
    """

    def __init__(self, app: ASGIApp, host: str, port: int, root_path: str = "") -> None:
        listener = _listen(host, port)
        shown = "localhost" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared
        shown = f"[{shown}]" if ":" in shown else shown
        self.address = f"http://{shown}:{listener.getsockname()[1]}"
        # What uvicorn has to tell goes through our own log; a line a request is not wanted.
        # An open page holds a connection for ever: closing does not wait for it.
        config = uvicorn.Config(
            app,
            root_path=root_path,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise DatelineError("the server could not be started; the log tells why")
            time.sleep(0.01)

    def close(self) -> None:
        """End it; answers on their way are given up after a second."""
        self._server.should_exit = True
        self._thread.join(timeout=10)


def make_app(
    pages: Sequence[tuple[Collection, gr.Blocks]],
    rules: Rules,
    *,
    max_upload_bytes: int,
    theme: gr.themes.Base,
    css: str,
) -> FastAPI:
    """All pages as one application, with ``/health`` and ``/api/ask`` beside them."""
    collections = [collection for collection, _ in pages]
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=None)
    app.add_exception_handler(HTTPException, _tell_failure)
    if rules.is_read_only:
        app.add_middleware(_NoUploads)
    app.add_route("/health", Health(collections).respond, methods=["GET", "HEAD"])
    app.add_route("/api/ask", Asking(collections, rules.logins).respond, methods=["POST"])
    for collection in filter(lambda each: each.slug, collections):
        app.add_route(collection.path, _to(f"{collection.slug}/"))
    if collections[0].slug:
        first = f"{_COLLECTIONS}/{collections[0].slug}/"
        app.add_route("/", _to(first))
        app.add_route("/favicon.ico", _to(f"{first}favicon.ico"))
    mounted: list[Any] = []
    for collection, page in pages:
        gr.mount_gradio_app(
            app,
            page,
            path=collection.path or "/",
            auth=_checker(rules.logins) if rules.logins else None,
            auth_message=wording.LOG_IN if rules.logins else None,
            show_error=False,
            max_file_size=max_upload_bytes,
            theme=theme,
            css=css,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            mcp_server=False,
            pwa=False,
            ssr_mode=False,
        )
        mounted.append(app.routes[-1].app)  # type: ignore[attr-defined]
    for other in mounted[1:]:
        # Who has logged in for one collection has logged in for all.
        other.tokens, other.cookie_id = mounted[0].tokens, mounted[0].cookie_id
    return app


class Health:
    """Whether the collections can be read, and their extent; nothing that tells of a place."""

    def __init__(self, collections: Sequence[Collection]) -> None:
        self._collections = collections
        self._version = version("dateline")

    async def respond(self, _: Request) -> Response:
        """The answer to ``GET /health``."""
        try:
            told = await anyio.to_thread.run_sync(self._counted)
        except DatelineError as error:
            _LOG.warning("a collection could not be read: %s", error)
            told = {"status": "failed", "version": self._version}
        status = 200 if told["status"] == "ok" else 503
        return JSONResponse(told, status, headers={"Cache-Control": "no-store"})

    def _counted(self) -> dict[str, Any]:
        articles = passages = 0
        for collection in self._collections:
            with collection.assistant.store.view() as view:
                counts = view.counts()
            articles, passages = articles + counts.articles, passages + counts.passages
        return {
            "status": "ok",
            "articles": articles,
            "passages": passages,
            "version": self._version,
        }


class _Asked(BaseModel):
    """The body of ``POST /api/ask``: the parameters of `Assistant.ask`, and which collection."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str
    history: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    k: int = 8
    since: str | None = None
    until: str | None = None
    sources: list[str] | str | None = None
    as_of: str | None = None
    mode: Literal["answer", "passages"] = "answer"
    ignore: list[str] | str = []
    collection: str | None = None


class Asking:
    """One question as JSON in, the JSON of the shell out; failures as ``{"error": …}``.

    The status is 400 for what cannot be asked, 401 without a login, 404 for a collection there is
    not, 413 for a body that is too long, 415 for one that is no JSON, 503 where the store fails.
    """

    def __init__(self, collections: Sequence[Collection], logins: Logins | None) -> None:
        self._by_slug = {collection.slug: collection.assistant for collection in collections}
        self._first = collections[0].assistant
        self._logins = logins
        # An answer keeps a core busy: more at once than there are cores would only make the first
        # ones wait.
        self._limiter = anyio.CapacityLimiter(max(2, os.cpu_count() or 2))

    async def respond(self, request: Request) -> Response:
        """The answer to ``POST /api/ask``."""
        await self._check_login(request)
        asked = _parsed(await _body(request))
        assistant = self._assistant(asked.collection)
        try:
            told = await anyio.to_thread.run_sync(
                lambda: _answer(assistant, asked), limiter=self._limiter
            )
        except StoreError as error:
            raise HTTPException(503, _line(error)) from error
        except (DatelineError, ValueError) as error:
            raise HTTPException(400, _line(error)) from error
        except Exception as error:
            _LOG.exception("an unforeseen failure of /api/ask")
            raise HTTPException(500, wording.BROKEN) from error
        return JSONResponse(told)

    async def _check_login(self, request: Request) -> None:
        if self._logins is None:
            return
        credentials = _basic(request.headers.get("authorization", ""))
        if credentials is None or not await anyio.to_thread.run_sync(
            self._logins.check, *credentials
        ):
            challenge = {"WWW-Authenticate": 'Basic realm="Dateline", charset="UTF-8"'}
            raise HTTPException(401, "this needs a name and a password", challenge)

    def _assistant(self, slug: str | None) -> Assistant:
        if slug is None:
            return self._first
        if slug in self._by_slug:
            return self._by_slug[slug]
        names = ", ".join(filter(None, self._by_slug)) or "no name; leave it out"
        raise HTTPException(404, f"there is no collection {slug!r}; there is {names}")


def _answer(assistant: Assistant, asked: _Asked) -> dict[str, Any]:
    return assistant.ask(**asked.model_dump(exclude={"collection"})).to_dict()


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # No page of another site can send this kind without being asked about it first.
    if kind != "application/json":
        raise HTTPException(415, f"the body is {kind or 'of no kind'}; send application/json")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY_BYTES:
            raise HTTPException(413, f"the body is longer than {_MAX_BODY_BYTES:,} bytes")
    return bytes(body)


def _parsed(body: bytes) -> _Asked:
    try:
        return _Asked.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        told = f"{place}: {first['msg']}" if place else first["msg"]
        raise HTTPException(400, told[:1].lower() + told[1:]) from error


def _basic(header: str) -> tuple[str, str] | None:
    """Name and password of an Authorization header (RFC 7617), None where it holds none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


class _NoUploads:
    """Refuses what Gradio would take from any browser: files."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/gradio_api/upload"):
            refused = JSONResponse({"error": "files are not taken here: it is read-only"}, 403)
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _to(place: str) -> Callable[[Request], Awaitable[Response]]:
    async def redirect(_: Request) -> Response:
        # Relative, so that it holds below whatever path a proxy serves it.
        return RedirectResponse(place)

    return redirect


def _checker(logins: Logins) -> Callable[[str, str], Awaitable[bool]]:
    async def check(name: str, password: str) -> bool:
        # Hashing takes a while, in which the others' answers go on.
        return await anyio.to_thread.run_sync(logins.check, name, password)

    return check


async def _tell_failure(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = _reason(error).rstrip(".")
        raise DatelineError(
            f"cannot serve on {host} port {port}: {reason[:1].lower()}{reason[1:]}; "
            f"choose another with --port or --host"
        ) from error


def _reason(error: OSError | OverflowError) -> str:
    """What the system says, without the address, which `create_server` adds."""
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _name(corpus: str) -> str:
    path = Path(corpus)
    return (path.stem if path.is_file() else path.name) or corpus


def _slug(name: str) -> str:
    """The name with nothing but small letters, digits and hyphens, for an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "collection"
