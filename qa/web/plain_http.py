"""Plain HTTP beside the pages: ``GET /health``, and the verbs of the shell as ``POST /api/…``.

A question, a quote or a subject comes as JSON, and the JSON of the shell goes out; failures are
``{"error": …}`` with a fitting status: 400 for what cannot be asked, 401 without a login, 404 for a
collection there is not, 413 for a body that is too long, 415 for one that is no JSON, 503 where
the store fails.
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qa import Assistant, DatelineError, StoreError
from qa.web import wording
from qa.web.choice import Collection
from qa.web.logins import Logins
from qa.web.workers import Workers

_LOG = logging.getLogger(__name__)

# A question has at most 10,000 characters; a long history is some hundred thousand.
_MAX_BODY_BYTES = 2_000_000


def routes(
    collections: Sequence[Collection], logins: Logins | None, workers: Workers
) -> list[Route]:
    """All addresses beside the pages."""
    # An answer keeps a core busy: more at once than there are cores would only make the first ones
    # wait.
    limiter = anyio.CapacityLimiter(max(2, os.cpu_count() or 2))
    kinds: dict[str, type[_Request]] = {"ask": _Ask, "quote": _Quote, "timeline": _Timeline}
    verbs = [
        Route(
            f"/api/{name}",
            Verb(kind, collections, logins, limiter, workers).respond,
            methods=["POST"],
        )
        for name, kind in kinds.items()
    ]
    return [Route("/health", Health(collections).respond, methods=["GET", "HEAD"]), *verbs]


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


class _Request(BaseModel):
    """The body of a request: parameters of a method of `Assistant`, and which collection."""

    model_config = ConfigDict(extra="forbid", strict=True)

    since: str | None = None
    until: str | None = None
    sources: list[str] | str | None = None
    as_of: str | None = None
    collection: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return self.model_dump(exclude={"collection"})

    def told_by(self, assistant: Assistant) -> dict[str, Any]:
        """The JSON of the shell."""
        raise NotImplementedError


class _Ask(_Request):
    question: str
    history: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    k: int = 8
    mode: Literal["answer", "passages"] = "answer"
    ignore: list[str] | str = []

    def told_by(self, assistant: Assistant) -> dict[str, Any]:
        return assistant.ask(**self.parameters).to_dict()


class _Quote(_Request):
    text: str
    k: int = 8

    def told_by(self, assistant: Assistant) -> dict[str, Any]:
        return assistant.quote(**self.parameters).to_dict()


class _Timeline(_Request):
    subject: str
    k: int = 30
    ignore: list[str] | str = []

    def told_by(self, assistant: Assistant) -> dict[str, Any]:
        return assistant.timeline(**self.parameters).to_dict()


class Verb:
    """One verb over several collections.

    Parameters
    ----------
    kind : type
        What its body must be.
    collections : sequence of Collection
        The first is meant where none is named.
    logins : Logins, optional
        Who may use it.
    limiter : anyio.CapacityLimiter
        How many are worked at.
    workers : Workers
        Told that somebody waits.
    """

    def __init__(
        self,
        kind: type[_Request],
        collections: Sequence[Collection],
        logins: Logins | None,
        limiter: anyio.CapacityLimiter,
        workers: Workers,
    ) -> None:
        self._kind = kind
        self._by_slug = {collection.slug: collection.assistant for collection in collections}
        self._first = collections[0].assistant
        self._logins = logins
        self._limiter = limiter
        self._workers = workers

    async def respond(self, request: Request) -> Response:
        """What is told, as JSON; raises HTTPException with the status and one line."""
        await self._check_login(request)
        asked = _parsed(self._kind, await _body(request))
        assistant = self._assistant(asked.collection)
        try:
            with self._workers.asking():
                told = await anyio.to_thread.run_sync(
                    asked.told_by, assistant, limiter=self._limiter
                )
        except StoreError as error:
            raise HTTPException(503, _line(error)) from error
        except (DatelineError, ValueError) as error:
            raise HTTPException(400, _line(error)) from error
        except Exception as error:
            _LOG.exception("an unforeseen failure of %s", request.url.path)
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


def _parsed(kind: type[_Request], body: bytes) -> _Request:
    try:
        return kind.model_validate_json(body)
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


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
