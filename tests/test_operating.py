"""`qa ui` for those who operate it: logins, several collections, a proxy, plain HTTP, health."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import Page, sync_playwright
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from qa import Assistant, DatelineError
from qa.cli import main
from qa.collection import index_collection
from qa.web.choice import as_collections, render_choice
from qa.web.logins import Logins, hash_password
from qa.web.operating import Rules
from qa.web.plain_http import Health

ELLERY = Path(__file__).parent / "data" / "ellery.jsonl"
ADA = ("ada", "pleaseletmein")
MAYOR = "Who was elected mayor of Port Ellery?"
# scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1) of 64 bytes: RFC 7914, section 12.
_RFC_7914 = (
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
)
RFC_7914 = "$scrypt$ln=14,r=8,p=1$" + "$".join(
    base64.b64encode(data).decode().rstrip("=")
    for data in (b"SodiumChloride", bytes.fromhex(_RFC_7914))
)
_TIMEOUT_SECONDS = 120


# Logins


def test_a_hash_of_the_standards_own_example_is_checked() -> None:
    logins = Logins({"ada": RFC_7914})
    assert logins.check("ada", "pleaseletmein")
    assert not logins.check("ada", "pleaseletmeout")
    assert not logins.check("eve", "pleaseletmein")


def test_a_hash_can_be_made_and_has_a_salt_of_its_own() -> None:
    one, other = hash_password("geheim ☃"), hash_password("geheim ☃")
    assert one != other
    assert re.fullmatch(r"\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}", one)
    for text in (one, other):
        assert Logins({"ada": text}).check("ada", "geheim ☃")


def test_a_file_holds_several_logins_hashed_or_plain(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text(f"# reporters\n\nada: x:y \nbob:{RFC_7914}\n", encoding="utf-8")
    path.chmod(0o600)
    logins = Logins.read(path)
    assert logins.check("ada", "x:y")
    assert logins.check("bob", "pleaseletmein")
    assert not logins.check("ada", "x")
    assert not logins.check("# reporters", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ada:x\nsecret", "line 2: there is no colon; write name:password"),
        ("ada:x\n\n:secret", "line 3: there is no name before the colon"),
        ("ada:", "line 1: 'ada' has no password"),
        ("ada:x\nada:secret", "line 2: 'ada' stands there already"),
        ("ada:$2y$10$secret", "line 1: a password that begins with $ is a hash, and this one"),
        ("ada:$scrypt$ln=30,r=8,p=1$c2VjcmV0$c2VjcmV0", "line 1: the hash has ln=30, r=8, p=1"),
        ("ada:$scrypt$ln=14,r=8,p=1$c2VjcmV0$c2VjcmV0", "line 1: the hash has 6 bytes"),
        ("# nobody\n", "holds no login"),
    ],
)
def test_a_bad_line_is_named_and_never_shown(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "users"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatelineError, match=re.escape(message)) as caught:
        Logins.read(path)
    assert "secret" not in str(caught.value)


def test_plain_passwords_that_others_can_read_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "users"
    path.write_text("ada:secret", encoding="utf-8")
    path.chmod(0o644)
    Logins.read(path)
    (record,) = caplog.records
    assert "can be read by others on this machine" in record.getMessage()
    path.chmod(0o600)
    Logins.read(path)
    assert len(caplog.records) == 1


def test_a_line_is_made_on_the_command_line(repo: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "qa.web.logins", "ada"],
        cwd=repo,
        input="x:y\n",
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=True,
    )
    name, _, text = run.stdout.strip().partition(":")
    assert (name, Logins({"ada": text}).check("ada", "x:y")) == ("ada", True)


# Rules, names and addresses


@pytest.mark.parametrize("root", ["news", "/news/", "/", "https://example.org/news"])
def test_a_root_path_that_is_none_is_told(root: str) -> None:
    with pytest.raises(ValueError, match="write it as /news, without host or slash"):
        Rules(root_path=root)


def test_what_contradicts_itself_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ui", "--read-only", "--allow-uploads-into-collection"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "use one of them" in line


def test_collections_have_names_and_addresses_of_their_own(ellery: Assistant) -> None:
    (alone,) = as_collections([ellery])
    assert (alone.slug, alone.path, render_choice([alone], alone)) == ("", "", "")
    first, second = as_collections([ellery, ellery])
    assert (first.name, first.path) == ("ellery", "/c/ellery")
    assert (second.name, second.path) == ("ellery (2)", "/c/ellery-2")
    shown = render_choice([dataclasses.replace(first, name="<b>Größe</b>"), second], second)
    assert "<bdi>&lt;b&gt;Größe&lt;/b&gt;</bdi>" in shown
    assert '<a href="../ellery-2/" aria-current="page">' in shown


# Plain HTTP beside the pages


@pytest.fixture(scope="module")
def ellery() -> Iterator[Assistant]:
    with Assistant.open(ELLERY) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def bundled(repo: Path) -> Iterator[Assistant]:
    with Assistant.open(repo / "seeds" / "articles") as assistant:
        yield assistant


@pytest.fixture(scope="module")
def server(
    ellery: Assistant, bundled: Assistant, repo: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of two collections, read-only, for those who log in, meant for below /news."""
    users = tmp_path_factory.mktemp("users") / "users"
    users.write_text(f"# reporters\n{ADA[0]}:{RFC_7914}\n", encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "ui", "--port", str(port), "--read-only"]
    collections = [each for one in (ellery, bundled) for each in ("--corpus", one.status().corpus)]
    options = ["--root-path", "/news", "--auth-file", str(users)]
    with subprocess.Popen(
        [*command, *collections, *options], cwd=repo, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address == f"http://127.0.0.1:{port}"
            yield address
        finally:
            process.kill()


@pytest.fixture
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=_TIMEOUT_SECONDS) as client:
        yield client


def test_health_tells_the_extent_without_a_login_and_nothing_of_the_machine(
    http: httpx.Client, ellery: Assistant, bundled: Assistant
) -> None:
    told = http.get("/health")
    one, other = ellery.status(), bundled.status()
    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-store"
    assert told.json() == {
        "status": "ok",
        "articles": one.articles + other.articles,
        "passages": one.passages + other.passages,
        "version": version("dateline"),
    }


def test_a_store_that_cannot_be_read_is_not_healthy(tmp_path: Path) -> None:
    store = tmp_path / "store"
    index_collection(store, [str(ELLERY)])
    assistant = Assistant.open(store)
    health = Health(as_collections([assistant]))
    with TestClient(Starlette(routes=[Route("/health", health.respond)])) as client:
        assert client.get("/health").json()["status"] == "ok"
        for file in store.glob("*.sqlite*"):
            file.write_bytes(b"no database at all")
        told = client.get("/health")
    assert told.status_code == 503
    assert told.json() == {"status": "failed", "version": version("dateline")}
    assert str(tmp_path) not in told.text


def test_a_question_gets_the_json_of_the_shell(http: httpx.Client, ellery: Assistant) -> None:
    body = {"question": "What did she promise?", "history": [[MAYOR, "Adaeze Nwosu"]], "k": 2}
    told = http.post("/api/ask", json={**body, "collection": "ellery"}, auth=ADA)
    expected = ellery.ask(**body).to_dict()
    assert told.status_code == 200
    assert list(told.json()) == list(expected)
    for name in ("question", "answer", "short_answer", "citations", "understood"):
        assert told.json()[name] == json.loads(json.dumps(expected[name]))
    assert told.json()["citations"][0]["article_id"] == "mayor-elected"


def test_quotes_and_timelines_get_the_json_of_the_shell(
    http: httpx.Client, ellery: Assistant
) -> None:
    words = "She is the first woman to hold the office"
    quote = http.post("/api/quote", json={"text": words, "k": 1}, auth=ADA).json()
    expected = json.loads(json.dumps(ellery.quote(words, k=1).to_dict()))
    assert {**quote, "timings_ms": None} == {**expected, "timings_ms": None}
    assert quote["matches"][0]["article_id"] == "mayor-elected"
    asked = {"subject": "ferry Astrid", "since": "2024-11-01"}
    timeline = http.post("/api/timeline", json=asked, auth=ADA).json()
    expected = json.loads(json.dumps(ellery.timeline("ferry Astrid", since="2024-11-01").to_dict()))
    assert list(timeline) == list(expected)
    assert timeline["entries"] == expected["entries"]
    assert timeline["entries"]
    told = http.post("/api/quote", json={"text": "…"}, auth=ADA)
    assert told.status_code == 400
    assert told.json() == {"error": "the quote is empty; paste the words to look up"}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "invalid JSON"),
        (b"[]", 400, "input should be an object"),
        (b"{}", 400, "question: Field required"),
        (b'{"question": " "}', 400, "the question is empty"),
        (json.dumps({"question": "x" * 10_001}).encode(), 400, "at most 10,000 are read"),
        (b'{"question": "Who?", "k": 0}', 400, "k must be at least 1"),
        (b'{"question": "Who?", "k": "2"}', 400, "k: Input should be a valid integer"),
        (b'{"question": "Who?", "since": "soon"}', 400, "since is 'soon', which is no date"),
        (b'{"question": "Who?", "mode": "poem"}', 400, "mode: Input should be 'answer' or"),
        (b'{"question": "Who?", "history": [["a"]]}', 400, "history.0: List should have at least"),
        (b'{"question": "Who?", "limit": 3}', 400, "limit: Extra inputs are not permitted"),
        (b'{"question": "Who?", "collection": "x"}', 404, "there is ellery, articles"),
        (b" " * 2_000_001, 413, "the body is longer than 2,000,000 bytes"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_as_json(
    http: httpx.Client, body: bytes, status: int, message: str
) -> None:
    told = http.post(
        "/api/ask", content=body, auth=ADA, headers={"Content-Type": "application/json"}
    )
    assert told.status_code == status
    assert list(told.json()) == ["error"]
    assert message in told.json()["error"]


def test_other_methods_kinds_and_strangers_are_refused_as_json(http: httpx.Client) -> None:
    asked = {"question": MAYOR}
    assert http.get("/api/ask").status_code == 405
    assert http.post("/api/ask", data=asked, auth=ADA).status_code == 415
    for auth in (None, ("ada", "wrong"), ("eve", "pleaseletmein")):
        told = http.post("/api/ask", json=asked, auth=auth)
        assert told.status_code == 401
        assert told.headers["www-authenticate"].startswith("Basic ")
        assert told.json() == {"error": "this needs a name and a password"}
    for header in ("Bearer x", "Basic x", "Basic " + base64.b64encode(b"ada").decode()):
        told = http.post("/api/ask", json=asked, headers={"Authorization": header})
        assert told.status_code == 401


def test_a_page_shows_nothing_without_a_login_which_then_opens_all_collections(
    http: httpx.Client,
) -> None:
    first, second = "/c/ellery", "/c/articles"
    assert http.get("/", follow_redirects=False).headers["location"] == "c/ellery/"
    assert http.get(first, follow_redirects=False).headers["location"] == "ellery/"
    assert http.get(f"{first}/config").status_code == 401
    assert http.post(f"{first}/gradio_api/call/ask", json={"data": [MAYOR]}).status_code == 401
    wrong = http.post(f"{first}/login", data={"username": "ada", "password": "wrong"})
    assert wrong.status_code == 400
    right = http.post(f"{first}/login", data={"username": ADA[0], "password": ADA[1]})
    assert right.json() == {"success": True}
    assert http.get(f"{second}/config").status_code == 200
    http.get(f"{second}/logout", follow_redirects=False)
    assert http.get(f"{first}/config").status_code == 401


def test_a_read_only_server_takes_no_file(http: httpx.Client) -> None:
    told = http.post("/c/ellery/gradio_api/upload", files={"files": b"a text"})
    assert told.status_code == 403
    assert told.json() == {"error": "files are not taken here: it is read-only"}


# Behind a proxy, as it is started


class Proxy(BaseHTTPRequestHandler):
    """Serves what stands at `upstream` below /news, as `proxy_pass` of nginx does."""

    upstream: str
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        if not self.path.startswith("/news/"):
            self.send_error(404)
            return
        length = int(self.headers.get("Content-Length") or 0)
        left_out = {"host", "connection", "content-length", "accept-encoding"}
        headers = [(k, v) for k, v in self.headers.items() if k.lower() not in left_out]
        headers += [("X-Forwarded-Host", self.headers["Host"]), ("X-Forwarded-Proto", "http")]
        address = self.upstream + self.path.removeprefix("/news")
        body = self.rfile.read(length)
        with httpx.stream(
            self.command, address, headers=headers, content=body, timeout=_TIMEOUT_SECONDS
        ) as told:
            self.send_response(told.status_code)
            for name, value in told.headers.multi_items():
                if name not in {"content-length", "transfer-encoding", "connection", "date"}:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            for part in told.iter_raw():
                self.wfile.write(part)
                self.wfile.flush()
        self.close_connection = True

    do_GET = do_HEAD = do_POST = _pass  # noqa: N815 - the names http.server calls

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def proxied(server: str) -> Iterator[str]:
    """The same through a proxy, which takes /news away."""
    handler = type("ProxyTo", (Proxy,), {"upstream": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}/news"
        proxy.shutdown()


def test_gradios_client_asks_through_a_proxy(proxied: str, ellery: Assistant) -> None:
    with pytest.raises(ValueError, match="Could not login"):
        Client(f"{proxied}/c/ellery/", auth=("ada", "wrong"), verbose=False)
    client = Client(f"{proxied}/c/ellery/", auth=ADA, verbose=False)
    told = client.predict(question=MAYOR, k=2, api_name="/ask")
    assert list(told) == list(ellery.ask(MAYOR).to_dict())
    assert (told["short_answer"], len(told["passages"])) == ("Adaeze Nwosu", 2)
    client.close()


@contextmanager
def open_page() -> Iterator[Page]:
    """An empty page in a browser of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on PATH; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(1000 * _TIMEOUT_SECONDS)
        yield page
        browser.close()


@pytest.mark.browser
def test_a_browser_logs_in_once_and_each_collection_has_its_own_conversations(
    proxied: str,
) -> None:
    with open_page() as page:
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(f"{proxied}/")
        page.locator("input[type=password]").wait_for()
        page.get_by_label("username").fill(ADA[0])
        page.get_by_label("password").fill(ADA[1])
        page.get_by_role("button", name="Login").click()
        page.locator("#question textarea[dir=auto]").wait_for()
        page.fill("#question textarea", MAYOR)
        page.press("#question textarea", "Enter")
        page.locator(".turn:not(.pending)").wait_for()
        assert page.url == f"{proxied}/c/ellery/"
        assert "Adaeze Nwosu" in page.locator("#talk").inner_text()
        assert page.locator("#add").count() == 0
        page.get_by_role("navigation", name="Collections").get_by_role(
            "link", name="articles"
        ).click()
        page.wait_for_url(f"{proxied}/c/articles/")
        page.locator("#question textarea").wait_for()
        assert MAYOR not in page.locator("body").inner_text()
        page.go_back()
        page.locator("#threads").get_by_text(MAYOR).wait_for()
    assert [url for url in requested if not url.startswith((proxied, "data:", "blob:"))] == []


# Being ended, by a terminal, systemd or a container's keeper

STORY = (
    "Lighthouse {n} of Brevik was repaired by Ingrid Solberg and {n} masons. It had stood empty "
    "beside the harbour for {n} winters, and its lamp was broken. " * 12
)


@contextmanager
def started(repo: Path, cache: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`qa ui` with a cache of its own; killed where it does not end by itself."""
    command = [sys.executable, "-m", "qa", "ui", *options]
    with subprocess.Popen(
        command,
        cwd=repo,
        env={**os.environ, "DATELINE_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def write_articles(path: Path, texts: Sequence[str]) -> Path:
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    return path


def complaints(err: str) -> list[str]:
    """The lines on stderr but those that tell of indexing, before there is a page."""
    return [line for line in err.splitlines() if not line.startswith("qa: indexing ")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_cleanly_as_soon_as_it_has_told_its_address(
    repo: Path, session_cache: Path, number: signal.Signals
) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(
            f"these tests were started with {number.name} ignored, and so are their children"
        )
    corpus = ["--corpus", str(ELLERY)]
    with started(repo, session_cache, "--port", free_port(), *corpus) as process:
        assert address_of(process).startswith("http://127.0.0.1:")
        process.send_signal(number)
        out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
    assert (process.returncode, out, complaints(err)) == (0, "", [])


def test_sigterm_while_the_articles_are_indexed_is_no_failure(repo: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path / "all.jsonl", [STORY.format(n=i) for i in range(300)])
    corpus = ["--corpus", str(articles)]
    with started(repo, tmp_path / "cache", "--port", free_port(), *corpus) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "qa: indexing 1 files\n"
        process.terminate()
        out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
    assert (process.returncode, out, complaints(err)) == (0, "", [])


@pytest.mark.browser
@pytest.mark.parametrize("under_way", ["answer", "indexing"])
def test_sigterm_ends_open_pages_and_what_they_wait_for(
    repo: Path, tmp_path: Path, under_way: str
) -> None:
    """Connections are closed, what was dropped is deleted, and nothing is complained of."""
    few, many = (
        write_articles(tmp_path / f"{n}.jsonl", [STORY.format(n=i) for i in range(n)])
        for n in (12, 300)
    )
    cache = tmp_path / "cache"
    corpus = ["--corpus", str(ELLERY)]
    with started(repo, cache, "--port", free_port(), *corpus) as process, open_page() as page:
        page.goto(address_of(process))
        page.locator("#question textarea[dir=auto]").wait_for()
        page.locator("#add input").set_input_files(few)
        page.locator("#drops .scope-now").wait_for()
        assert len(list((cache / "dropped").iterdir())) == 1
        if under_way == "answer":
            page.fill(
                "#question textarea",
                "Who repaired lighthouse 3? Who repaired lighthouse 5? Where did it stand?",
            )
            page.press("#question textarea", "Enter")
            page.wait_for_function("document.querySelector('.turn.pending')")
        else:
            page.locator("#add input").set_input_files(many)
            page.locator("#drops .busy .figures", has_text="passages").wait_for()
        process.terminate()
        out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
    assert (process.returncode, out, complaints(err)) == (0, "", [])
    assert list((cache / "dropped").iterdir()) == []
