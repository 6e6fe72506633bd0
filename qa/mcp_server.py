"""`qa mcp`: serve a collection's tools to agents, by the Model Context Protocol.

The tools stand in `qa.mcp_tools`, which needs the extra ``mcp`` and is imported only here.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator

from qa.ask import Assistant
from qa.errors import DatelineError
from qa.workers import Workers

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


def serve_stdio(assistant: Assistant, workers: Workers | None = None) -> None:
    """Serve the tools on standard input and output until the client closes them.

    `workers` stand back while a tool is used.
    """
    from qa.mcp_tools import build_server

    build_server(assistant, workers).run("stdio")


def serve_http(
    assistant: Assistant,
    host: str,
    port: int,
    announce: Callable[[str], object],
    workers: Workers | None = None,
) -> None:
    """Serve the tools over streamable HTTP until interrupted; `announce` is told the address.

    `workers` stand back while a tool is used.

    Raises
    ------
    DatelineError
        The address is in use, not allowed or not of this machine.
    """
    import uvicorn

    from qa.mcp_tools import build_server

    app = build_server(assistant, workers).streamable_http_app(host=host)
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
