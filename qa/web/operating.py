"""Serving one page or several: their paths, who may open them, plain HTTP beside them.

Every collection has a page of Gradio's. With one collection it stands at ``/``; with several each
stands at ``/c/<name>/``, and ``/`` leads to the first, so that a browser keeps the conversations
of each apart. Beside the pages stands plain HTTP, see `qa.web.plain_http`.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa import DatelineError
from qa.web import wording
from qa.web.choice import COLLECTIONS_PATH, Collection
from qa.web.logins import Logins
from qa.web.plain_http import routes
from qa.web.workers import Workers

# Connections that wait to be taken; uvicorn's default.
_BACKLOG = 2048
# An open page holds a connection for ever: closing waits a second for it, then for the rest.
_GRACE_SECONDS, _CLOSING_SECONDS = 1, 5


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


class Server:
    """Serves pages in the background until it is closed.

    Parameters
    ----------
    app : ASGIApp
    listener : socket
        What `listen` gave for `host`; closed with the server.
    host : str
    root_path : str
        The path below which a proxy serves the pages.
    workers : Workers, optional
        The threads of the pages; closed with the server.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        host: str,
        root_path: str = "",
        workers: Workers | None = None,
    ) -> None:
        self._workers = workers or Workers()
        shown = "localhost" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared
        shown = f"[{shown}]" if ":" in shown else shown
        self.address = f"http://{shown}:{listener.getsockname()[1]}"
        # What uvicorn has to tell goes through our own log; a line a request is not wanted.
        config = uvicorn.Config(
            app,
            root_path=root_path,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
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

    def close(self) -> bool:
        """End it; answers on their way are given up after a second, indexing at its next step.

        Returns
        -------
        bool
            Whether everything has ended; a step of indexing may take longer than is waited.
        """
        # That open pages are cut off is what was wanted, and nothing to tell of.
        logging.getLogger("uvicorn.error").addFilter(lambda _: False)
        self._server.should_exit = True
        self._thread.join(timeout=_CLOSING_SECONDS)
        return self._workers.close() and not self._thread.is_alive()


def make_app(
    pages: Sequence[tuple[Collection, gr.Blocks]],
    rules: Rules,
    workers: Workers,
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
    app.router.routes.extend(routes(collections, rules.logins, workers))
    for collection in filter(lambda each: each.slug, collections):
        app.add_route(collection.path, _to(f"{collection.slug}/"))
    if collections[0].slug:
        first = f"{COLLECTIONS_PATH}/{collections[0].slug}/"
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


def listen(host: str, port: int) -> socket.socket:
    """Take an address; whoever connects waits until a server answers.

    Raises
    ------
    DatelineError
        It is in use, not allowed or not of this machine.
    """
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
