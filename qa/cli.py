"""The command ``qa``: one function a verb, each a thin wrapper over the library."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from index.embed import SentenceTransformerEmbedder
from index.field_names import FIELD_NAMES
from index.shard_record import Shard
from index.types import Skipped
from qa.ask import Assistant
from qa.console import ConsoleHandler, say, tell
from qa.corpus import Corpus, corpus_path, merge_into, model_of
from qa.errors import CorpusError, DatelineError, QuestionError
from qa.interruption import left_at_sigterm
from qa.lookup_command import (
    check_quote,
    check_timeline,
    quote_options,
    run_quote,
    run_timeline,
    timeline_options,
)
from qa.query import make_query
from qa.reader import Reader
from qa.terminal import (
    IndexingLine,
    answer_text,
    article_lines,
    has_changed,
    report_text,
    status_text,
    update_text,
)
from qa.types import article_dict
from qa.understand import IGNORABLE

if TYPE_CHECKING:
    from index.build import IndexReport
    from qa.watch import Update

_EPILOG = """\
filters may also stand in the question: source:NAME after:DATE before:DATE "exact words" -word
a question that begins with the name of a verb is asked with `qa ask …`
"""


def run() -> NoReturn:
    """Run the command as a process of its own, and end it.

    A question's process ends when all is said: taking the interpreter and the models apart would
    take a tenth of a second more, which whoever asks from the shell waits for.
    """
    status = main()
    if _split(sys.argv[1:])[0] == "ask":
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            atexit._run_exitfuncs()
            os._exit(status)
    raise SystemExit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    int
        0 when done (declining included), 2 on wrong usage, 1 on any other failure, which is
        told in one line on stderr.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Nothing is fetched behind the user's back; whoever wants a hub's model says so here.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    logging.basicConfig(level=logging.WARNING, handlers=[ConsoleHandler()])
    verb, rest = _split(arguments)
    try:
        options = _parser(verb).parse_args(rest)
        return _VERBS[verb][0](options)
    except (_UsageError, QuestionError) as error:
        return _fail(error, 2)
    except DatelineError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        tell("interrupted; what was finished is kept")
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as in `qa … | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        # Not foreseen: told in one line like any failure, with all of it on request.
        if os.environ.get("DATELINE_DEBUG"):
            raise
        tell(f"{type(error).__name__}: {error}; set DATELINE_DEBUG=1 to see where")
        return 1
    except SystemExit as stop:  # argparse: --help, or wrong usage
        return stop.code if isinstance(stop.code, int) else 2


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    """The verb and its arguments; a first word that is exactly a verb is the verb."""
    if arguments and arguments[0] in _VERBS:
        return arguments[0], arguments[1:]
    return "ask", arguments


def _fail(error: Exception, status: int) -> int:
    tell(error)
    return status


def _ask(options: argparse.Namespace) -> int:
    question = " ".join(options.question)
    conditions = _conditions(options)
    with _usage():
        make_query(question, **conditions)
    # While the collection is opened and searched, the models are made ready on another core.
    held: list[SentenceTransformerEmbedder] = []
    threading.Thread(target=_load_reader).start()
    threading.Thread(target=_load_encoders, args=(options.corpus, held)).start()
    with _open(options) as assistant:
        answer = assistant.ask(
            question,
            k=options.k,
            mode="passages" if options.passages else "answer",
            ignore=options.ignore,
            **conditions,
        )
    say(answer.to_dict() if options.json else answer_text(answer))
    return 0


def _load_reader() -> None:
    """Load the reader; what fails is told by the answer, which asks for it again."""
    with contextlib.suppress(DatelineError, OSError):
        Reader.load()


def _load_encoders(corpus: str | None, held: list[SentenceTransformerEmbedder]) -> None:
    """Load the encoders of a collection, for as long as `held` lives; failures as above."""
    with contextlib.suppress(DatelineError, OSError):
        model = model_of(corpus_path(corpus))
        if model is not None:
            held.append(SentenceTransformerEmbedder(model))
            held[0].load()


def _conditions(options: argparse.Namespace) -> dict[str, Any]:
    """What is left out of the search; wrong usage is told before anything is opened."""
    conditions = {
        "since": options.since,
        "until": options.until,
        "sources": options.source,
        "as_of": options.as_of,
    }
    with _usage():
        if options.k < 1:
            raise ValueError(f"-k must be at least 1, got {options.k}")
        make_query("any question", **conditions)
    return conditions


def _chat(options: argparse.Namespace) -> int:
    from qa.chat import Chat, ChatSettings

    settings = ChatSettings(
        k=options.k,
        mode="passages" if options.passages else "answer",
        conditions=_conditions(options),
        ignore=tuple(options.ignore),
        is_json=options.json,
        remembers=not options.no_history,
    )
    with _open(options) as assistant:
        return Chat(assistant, settings).run()


def _quote(options: argparse.Namespace) -> int:
    with _usage():
        check_quote(options)
    return run_quote(options, lambda: _open(options))


def _timeline(options: argparse.Namespace) -> int:
    with _usage():
        check_timeline(options)
    return run_timeline(options, lambda: _open(options))


def _index(options: argparse.Namespace) -> int:
    from qa.collection import index_collection

    target = options.corpus or os.environ.get("DATELINE_CORPUS")
    if not target:
        raise _UsageError(
            "qa index needs to know which store to write: add --corpus STORE, or set "
            "$DATELINE_CORPUS"
        )
    fields = _fields(options)
    if options.watch and options.shard:
        raise _UsageError("--watch follows all of the paths and --shard takes a share; use one")
    if options.watch:
        return _watch(options, corpus_path(target), fields)
    with _progress() as on_progress:
        report = index_collection(
            corpus_path(target),
            options.path,
            model=options.model,
            fields=fields,
            prune=options.prune,
            shard=options.shard,
            on_progress=on_progress,
        )
    _tell_fields(report)
    _tell_skipped(report.skipped)
    say(_summary(report, target) if options.json else report_text(report))
    if report.faults:
        n = len(report.faults)
        places = "place" if n == 1 else "places"
        tell(f"{n} {places} could not be read, see above; the rest is indexed")
        return 1
    return 0


def _merge(options: argparse.Namespace) -> int:
    target = options.corpus or os.environ.get("DATELINE_CORPUS")
    if not target:
        raise _UsageError(
            "qa merge needs to know which store to write: add --corpus STORE, or set "
            "$DATELINE_CORPUS"
        )
    with _progress() as on_progress:
        report = merge_into(corpus_path(target), options.part, on_progress=on_progress)
    _tell_skipped(report.skipped)
    say(_summary(report, target) if options.json else report_text(report))
    return 0


def _fields(options: argparse.Namespace) -> dict[str, str] | None:
    """The names given for fields of records: none means those given before, {} the common ones."""
    if options.forget_fields:
        if options.field:
            raise _UsageError("--field gives names and --forget-fields drops them; use one of them")
        return {}
    given: dict[str, str] = {}
    for field, name in options.field or ():
        if field in given:
            raise _UsageError(
                f"--field names {field!r} twice, {given[field]!r} and {name!r}; name it once"
            )
        given[field] = name
    return given or None


def _tell_fields(report: IndexReport) -> None:
    for path, names in report.fields.items():
        told = ", ".join(f"{field}={name}" for field, name in names.items())
        tell(f"fields of {path}: {told} (kept until --field or --forget-fields changes them)")


def _watch(options: argparse.Namespace, target: Corpus, fields: dict[str, str] | None) -> int:
    """Follow the paths until interrupted, with a line for each change."""
    from qa.watch import watch_collection

    try:
        for update in watch_collection(
            target, options.path, model=options.model, fields=fields, prune=options.prune
        ):
            _tell_update(update, options, target)
    except KeyboardInterrupt:
        tell("stopped following; what was indexed is kept")
    return 0


def _tell_update(update: Update, options: argparse.Namespace, target: Corpus) -> None:
    if update.report is None:
        tell(f"{update.problem}; will be tried again")
        return
    files = {str(path) for path in update.changed}
    if not files:
        _tell_fields(update.report)
    skipped = [item for item in update.report.skipped if not files or item.path in files]
    _tell_skipped(skipped)
    if options.json:
        told = {"changed": sorted(files), **_summary(update.report, target)}
        say(told, indent=None)
    elif not files or has_changed(update.report):
        say(update_text(update))


def _tell_skipped(skipped: Sequence[Skipped]) -> None:
    for item in skipped:
        tell(f"skipped {item}")


def _summary(report: IndexReport, target: str | Corpus) -> dict[str, Any]:
    return {
        "corpus": str(target),
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "embedded": report.embedded,
        "fields": {path: dict(names) for path, names in report.fields.items()},
        "skipped": [
            {"path": item.path, "place": item.place, "reason": item.reason, "fault": item.is_fault}
            for item in report.skipped
        ],
    }


def _status(options: argparse.Namespace) -> int:
    with _open(options) as assistant:
        status = assistant.status()
        articles = assistant.articles() if options.articles else ()
    if options.json:
        listed = {"listed": [article_dict(article) for article in articles]}
        say({**status.to_dict(), **(listed if options.articles else {})})
    else:
        say("\n".join([status_text(status), *article_lines(articles)]))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from qa.collection import verify_collection

    with _progress() as on_progress:
        path, problems = verify_collection(
            options.corpus, repair=options.repair, on_progress=on_progress
        )
    if options.json:
        say({"corpus": str(path), "ok": not problems, "problems": list(problems)})
    else:
        say("\n".join(problems) if problems else f"{path}: everything is in order")
    if problems:
        tell(f"{len(problems)} problems found in {path}")
    return 1 if problems else 0


def _remove(options: argparse.Namespace) -> int:
    from qa.collection import remove_from_collection

    remove_from_collection(options.corpus, options.id)
    removed = list(dict.fromkeys(options.id))
    say({"removed": removed} if options.json else f"removed {len(removed)}")
    return 0


def _ui(options: argparse.Namespace) -> int:
    from qa.uploads import check_takes_uploads

    corpora = options.corpus or [None]
    if options.allow_uploads_into_collection:
        if options.read_only:
            raise _UsageError(
                "--read-only takes no files and --allow-uploads-into-collection takes them into "
                "the collection; use one of them"
            )
        try:  # before a folder of articles is indexed for nothing
            for corpus in corpora:
                check_takes_uploads(corpus_path(corpus))
        except CorpusError as error:
            raise _UsageError(str(error)) from error
    with left_at_sigterm():
        _serve(options, corpora)
    return 0


def _serve(options: argparse.Namespace, corpora: Sequence[str | None]) -> None:
    from qa.dropped import DropLimits
    from ui import Logins, Rules, launch  # Gradio takes seconds to import

    with _usage():
        rules = Rules(
            logins=Logins.read(options.auth_file) if options.auth_file else None,
            root_path=options.root_path,
            is_read_only=options.read_only,
        )
    with contextlib.ExitStack() as opened:
        has_ended = launch(
            [opened.enter_context(_opened(corpus, words_suffice=True)) for corpus in corpora],
            host=options.host,
            port=options.port,
            limits=DropLimits(options.max_files, options.max_upload_mb * 1_000_000),
            uploads_into_collection=options.allow_uploads_into_collection,
            rules=rules,
            announce=_announce(options),
        )
        # Before a store is closed that is still being read or written.
        if not has_ended:
            _leave_at_once()


def _leave_at_once() -> NoReturn:
    """End the process, although a batch of passages, say, is still being embedded.

    On a busy machine that takes a minute, and whoever stops a service waits for seconds. A store
    that is being written stays as it was, and what was dropped into a chat is deleted.
    """
    from qa.dropped import delete_dropped

    delete_dropped()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _mcp(options: argparse.Namespace) -> int:
    from qa.mcp_server import completing, require_mcp, serve_http, serve_stdio

    require_mcp()  # before a folder of articles is indexed for nothing
    # An agent waits for the tools some seconds: of a large new collection words must suffice.
    with _opened(options.corpus, words_suffice=True) as assistant, completing(assistant):
        if options.http:
            serve_http(assistant, options.host, options.port, _announce(options))
        else:
            serve_stdio(assistant)
    return 0


def _announce(options: argparse.Namespace) -> Callable[[str], None]:
    return lambda address: say({"address": address} if options.json else address)


def _eval(options: argparse.Namespace) -> int:
    from qa.evaluation.command import check_options, run

    with _usage():
        settings = check_options(options)
    return run(options, settings, lambda: _open(options))


def _open(options: argparse.Namespace) -> contextlib.AbstractContextManager[Assistant]:
    return _opened(options.corpus)


@contextlib.contextmanager
def _opened(corpus: str | None, *, words_suffice: bool = False) -> Iterator[Assistant]:
    with _progress() as on_progress:
        assistant = Assistant.open(corpus, on_progress=on_progress, words_suffice=words_suffice)
    with assistant:
        yield assistant


@contextlib.contextmanager
def _progress() -> Iterator[IndexingLine]:
    line = IndexingLine(sys.stderr)
    try:
        yield line
    finally:
        line.close()


class _UsageError(Exception):
    """The command was called wrongly."""


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """Tell a value that cannot be meant as wrong usage."""
    try:
        yield
    except QuestionError:
        raise
    except ValueError as error:
        raise _UsageError(str(error)) from error


class _Parser(argparse.ArgumentParser):
    """Tells wrong usage in one line."""

    def error(self, message: str) -> NoReturn:
        tell(f"{message}; see `{self.prog} --help`")
        self.exit(2)


def _parser(verb: str) -> argparse.ArgumentParser:
    _, add_options, description = _VERBS[verb]
    parser = _Parser(
        prog="qa" if verb == "ask" else f"qa {verb}",
        description=_overview() if verb == "ask" else description,
        epilog=_EPILOG if verb == "ask" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    several = "; repeated, each gets a page of its own" if verb == "ui" else ""
    parser.add_argument(
        "--corpus",
        action="append" if verb == "ui" else "store",
        metavar="PATH",
        help="a store, or a file or folder of articles "
        f"(default: $DATELINE_CORPUS, else the bundled articles){several}",
    )
    return parser


def _overview() -> str:
    verbs = "\n".join(f"  qa {verb:9}{text}" for verb, (_, _, text) in _VERBS.items())
    return f"Ask a collection of news articles; every claim is cited.\n\nverbs:\n{verbs}"


def _ask_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", nargs="*", metavar="QUESTION")
    parser.add_argument("--version", action=_ShowVersion, help="show the version")
    _search_options(parser)


def _chat_options(parser: argparse.ArgumentParser) -> None:
    _search_options(parser)
    parser.add_argument(
        "--no-history", action="store_true", help="keep nothing typed here for the next chat"
    )


def _search_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passages", action="store_true", help="show the passages found")
    parser.add_argument("-k", type=int, default=8, metavar="N", help="how many passages (8)")
    parser.add_argument("--since", metavar="D", help="published that day (YYYY-MM-DD) or later")
    parser.add_argument("--until", metavar="D", help="published that day or earlier")
    parser.add_argument("--as-of", metavar="D", help="leave out what was published after that day")
    parser.add_argument(
        "--source", action="append", metavar="NAME", help="only that outlet (may be repeated)"
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        choices=IGNORABLE,
        metavar="NAME",
        help=f"do not understand that in the question: {', '.join(IGNORABLE)} (may be repeated)",
    )


def _index_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="+", metavar="PATH", help="files or folders of articles")
    parser.add_argument(
        "--field",
        action="append",
        type=_field,
        metavar="FIELD=NAME",
        help="the name that records or columns have for "
        f"{', '.join(FIELD_NAMES)} (may be repeated; kept for the next run)",
    )
    parser.add_argument(
        "--forget-fields", action="store_true", help="go by the common names of fields again"
    )
    parser.add_argument(
        "--model", metavar="NAME", help="embedding model of a new store: a folder or a name"
    )
    parser.add_argument(
        "--prune", action="store_true", help="remove articles that are not there any more"
    )
    parser.add_argument(
        "--shard",
        type=_shard,
        metavar="I/N",
        help="take the I-th of N shares of the articles only, for `qa merge`",
    )
    parser.add_argument(
        "--watch", action="store_true", help="go on following the paths, until Ctrl-C"
    )


def _merge_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "part", nargs="+", metavar="PART", help="all stores made with `qa index --shard`"
    )


def _shard(text: str) -> Shard:
    try:
        return Shard.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _status_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--articles", action="store_true", help="list the articles with their ids")


def _verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repair", action="store_true", help="rebuild the indexes from the record")


def _remove_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="+", metavar="ID", help="as `qa status --articles` lists it")


def _ui_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, metavar="N", help="port (7860)")
    parser.add_argument(
        "--max-files",
        type=_at_least_one,
        default=20,
        metavar="N",
        help="files that may be dropped into one chat (20)",
    )
    parser.add_argument(
        "--max-upload-mb",
        type=_at_least_one,
        default=50,
        metavar="N",
        help="how large they may be together, in MB (50)",
    )
    parser.add_argument(
        "--allow-uploads-into-collection",
        action="store_true",
        help="what is dropped goes into the collection, a store, for everyone who asks it "
        "(else into an index of its own)",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="take no files from browsers at all"
    )
    parser.add_argument(
        "--auth-file",
        type=Path,
        metavar="FILE",
        help="who may log in: lines name:password, hashed by `python -m qa.web.logins NAME`",
    )
    parser.add_argument(
        "--root-path",
        default="",
        metavar="PATH",
        help="the path below which a reverse proxy serves the page, as /news",
    )


def _mcp_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--http",
        action="store_true",
        help="serve streamable HTTP, without a login (else standard input and output)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="address for --http (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=7861, metavar="N", help="port for --http (7861)"
    )


def _field(text: str) -> tuple[str, str]:
    field, equals, name = (part.strip() for part in text.partition("="))
    allowed = ", ".join(FIELD_NAMES)
    if not equals or not name:
        raise argparse.ArgumentTypeError(
            f"{text!r} names no column; write FIELD=NAME, where FIELD is one of {allowed}"
        )
    if field not in FIELD_NAMES:
        raise argparse.ArgumentTypeError(f"there is no field {field!r}; give one of {allowed}")
    return field, name


def _eval_options(parser: argparse.ArgumentParser) -> None:
    from qa.evaluation.command import add_options

    add_options(parser)


def _at_least_one(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no limit; give a whole number from 1 on")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port; name one from 1 to 65535")


class _ShowVersion(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        say(f"qa {version('dateline')}")
        parser.exit(0)


_Verb = tuple[Callable[[argparse.Namespace], int], Callable[[argparse.ArgumentParser], None], str]
_VERBS: dict[str, _Verb] = {
    "ask": (_ask, _ask_options, "answer a question (the verb may be left out)"),
    "chat": (_chat, _chat_options, "ask one question after the other, in a terminal or a pipe"),
    "quote": (_quote, quote_options, "who printed these words, when and where; - reads stdin"),
    "timeline": (_timeline, timeline_options, "what is told of a subject, day by day"),
    "index": (_index, _index_options, "add or update articles in a store"),
    "merge": (_merge, _merge_options, "put together what `qa index --shard` has made"),
    "status": (_status, _status_options, "what a collection holds"),
    "verify": (_verify, _verify_options, "check a store for damage"),
    "remove": (_remove, _remove_options, "remove articles from a store"),
    "eval": (_eval, _eval_options, "measure on questions with known answers"),
    "mcp": (_mcp, _mcp_options, "serve the collection to agents as MCP tools"),
    "ui": (_ui, _ui_options, "serve the chat in the browser"),
}
