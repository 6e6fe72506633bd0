"""`qa mcp`: serve a collection's tools to agents, by the Model Context Protocol.

The tools stand in `qa.mcp_tools`, which needs the extra ``mcp`` and is imported only here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator

from qa.ask import Assistant
from qa.errors import DatelineError, StoreBusyError

logger = logging.getLogger(__name__)

# The kernel's own limit on connections that wait; uvicorn's default.
_BACKLOG = 2048
_GRACE_SECONDS = 1


def require_mcp() -> None:
    """Make sure that the protocol's package is installed.

    Raises
    ------
    DatelineError
        It is not; the message names the extra that brings it.
    """
    try:
        import mcp.server.mcpserver  # noqa: F401
    except ImportError as error:
        raise DatelineError(
            f"`qa mcp` needs {error.name}, which is not installed; install it with "
            "pip install 'dateline[mcp]'"
        ) from error


@contextlib.contextmanager
def completing(assistant: Assistant) -> Iterator[None]:
    """While the block lasts, make the vectors that a new collection still waits for.

    What is made is kept: where the block ends before, the next run goes on.
    """
    ending = threading.Event()

    def step(_: object) -> None:
        if ending.is_set():
            raise _EndingError

    def work() -> None:
        try:
            assistant.complete(step)
        except (_EndingError, StoreBusyError):  # the latter: another process makes them
            pass
        except DatelineError as error:
            logger.warning("vectors of %s could not be made: %s", assistant.store.location, error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


class _EndingError(Exception):
    """The server ends."""


def serve_stdio(assistant: Assistant) -> None:
    """Serve the tools on standard input and output until the client closes them."""
    from qa.mcp_tools import build_server

    build_server(assistant).run("stdio")


def serve_http(
    assistant: Assistant, host: str, port: int, announce: Callable[[str], object]
) -> None:
    """Serve the tools over streamable HTTP until interrupted; `announce` is told the address.

    Raises
    ------
    DatelineError
        The address is in use, not allowed or not of this machine.
    """
    import uvicorn

    from qa.mcp_tools import build_server

    app = build_server(assistant).streamable_http_app(host=host)
    # What uvicorn has to tell goes through our own log; a line a request is not wanted.
    # A client holds a connection open: an interruption does not wait for it.
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_SECONDS
    )
    server = uvicorn.Server(config)
    with _listening(host, port) as listener:
        name = f"[{host}]" if ":" in host else host
        announce(f"http://{name}:{listener.getsockname()[1]}/mcp")
        server.run(sockets=[listener])


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = _reason(error).rstrip(".")
        raise DatelineError(
            f"cannot serve on {host} port {port}: {reason[:1].lower()}{reason[1:]}; "
            "choose another with --port or --host"
        ) from error
    with listener:
        yield listener


def _reason(error: OSError | OverflowError) -> str:
    """What the system says, without the address, which `create_server` adds."""
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)
