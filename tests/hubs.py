"""A server on this machine that answers as it is told, for the real clients to ask."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from usufruct.fetch import Door, Patience

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server says to one question.

    ``cut``: bytes after which it hangs up; ``drip``: seconds between the bytes of head and body.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0

    @classmethod
    def json(cls, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> "Reply":
        return cls(json.dumps(value).encode(), status, {"Content-Type": "application/json", **(headers or {})})


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the server heard it: ``raw`` is the path before its escapes are undone."""

    method: str
    path: str
    raw: str
    headers: Mapping[str, str]
    body: bytes


Answerer = Callable[[Asked], Reply]


class Clock:
    """A time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Hub:
    """Answers by path, or by method and path; each answer is a reply, or is made from the question."""

    def __init__(self, doors: ExitStack) -> None:
        self.replies: dict[str, Reply | Answerer] = {}
        self.asked: list[Asked] = []
        self.url = ""
        self._doors = doors

    def door(
        self,
        folder: Path,
        *others: str,
        clock: Clock | None = None,
        offline: bool = False,
        patience: Patience | None = None,
    ) -> Door:
        """A door to this hub that never really sleeps."""
        clock = clock or Clock()
        quick = patience or Patience(connect=5, read=5, whole=10)
        door = Door(folder, [self.url, *others], offline=offline, patience=quick, now=clock.now, sleep=clock.sleep)
        return self._doors.enter_context(door)

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        plain = asked.path.partition("?")[0]
        for key in (f"{asked.method} {plain}", asked.path, plain):
            if reply := self.replies.get(key):
                return reply if isinstance(reply, Reply) else reply(asked)
        return Reply.json({"error": "Not found"}, 404)


def in_turn(*replies: Reply) -> Answerer:
    """Each reply once, the last for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def validated(body: bytes, tag: str, **headers: str) -> Answerer:
    """A body with an entity tag, confirmed to those who have it."""
    named = {"ETag": tag, **headers}
    return lambda asked: (
        Reply(b"", 304, named) if asked.headers.get("if-none-match") == tag else Reply(body, 200, named)
    )


def gzipped(body: bytes) -> Reply:
    return Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    gone: threading.Event
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.hub.answer(Asked(self.command, unquote(self.path), self.path, headers, self.rfile.read(length)))
        head = [f"HTTP/1.1 {reply.status} Told"]
        if reply.status != 304:
            head.append(f"Content-Length: {len(reply.body)}")
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        data = "\r\n".join([*head, "", ""]).encode() + reply.body
        if reply.cut is not None:
            data = data[: len(data) - len(reply.body) + reply.cut]
            self.close_connection = True
        if not reply.drip:
            self.wfile.write(data)
            return
        for at in range(len(data)):
            if self.gone.wait(reply.drip):
                return
            self.wfile.write(data[at : at + 1])

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what some tests are about."""


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub at a port of its own."""
    doors, gone = ExitStack(), threading.Event()
    hub = Hub(doors)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub, "gone": gone}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with doors:
            yield hub
    finally:
        gone.set()
        server.shutdown()
        server.server_close()
        thread.join()
