"""The one door to the network: only to servers that were named, polite, and every answer kept as an exhibit.

Nothing passes on its own: whoever wants an answer hands in the endpoints that a person chose. A URL that stands in a
file, a page or an answer leads nowhere unless it is on one of them. What is asked changes nothing on the server, so
that every question may be asked again. Answers stay on disk with their validators (RFC 9111) and serve as what was
seen that day when there is no network.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from threading import Lock, Thread
from typing import Self, TypeVar, cast

import httpx2
import msgspec

from usufruct import __version__
from usufruct.bounds import JSON_MARKS, inflate, json_marks
from usufruct.errors import Malformed, OverLimit, Unreachable, UsageError
from usufruct.exhibit import WORDS_LIMIT, Exhibit

ANSWER_BYTES = 8 * 2**20
"""Longest answer that is read; a repository of 10,000 files is described in some 3 MiB."""

REDIRECTS = 5
"""Most redirects that are followed for one question."""

FRESH_AT_MOST = timedelta(days=1)
"""An answer older than this is asked for again, whatever the server said."""

_BUSY = {429, 503}
_FAILED = 500
_MOVED = {301, 302, 303, 307, 308}
_UNCHANGED = 304

_GZIP_WINDOW = 31
"""What zlib calls a gzip stream."""

_SENT = {"accept", "authorization", "content-type"}
"""Headers of a question that are passed on; all others are the door's own."""

_KEPT = {
    "age", "cache-control", "content-type", "etag", "last-modified", "location", "x-error-code", "x-error-message",
    "x-repo-commit",
}  # fmt: skip
"""Headers of an answer that are passed on; without ``Link``, so that nobody follows it from page to page."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the door waits, in seconds.

    Attributes:
        connect: for a connection.
        read: for the next bytes of an answer.
        whole: for the whole of an answer.
        spacing: between two questions to one server.
        wait: for a server that asks to come back later; one that asks for more is not waited for.
        tries: how often a question is put before giving up; a number.
    """

    connect: float = 10.0
    read: float = 20.0
    whole: float = 60.0
    spacing: float = 0.25
    wait: float = 30.0
    tries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered; that something is not there is an answer too.

    Attributes:
        url: where the answer was given, after redirects.
        status: HTTP status, never one that says "later" or "elsewhere".
        headers: those worth keeping, by lower-case name.
        body: the bytes, decompressed.
        digest: their SHA-256, 64 hex digits.
        seen: when the server gave them, or last confirmed them.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    digest: str
    seen: datetime

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8-sig", errors="replace")

    def exhibit(self, *, place: str = "", words: str | None = None) -> Exhibit:
        """The exhibit of this answer, with all of its text as words if none are given."""
        words = (self.text if words is None else words)[:WORDS_LIMIT]
        return Exhibit(source=self.url, place=place, words=words, digest=self.digest, seen=self.seen)

    def decoded(self, shape: type[_Shape]) -> _Shape:
        """The body as JSON of ``shape``.

        Raises:
            Malformed: not JSON, or of another shape.
            OverLimit: of more parts than are read.
        """
        self.check_parts()
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            message = f"is not described as on its hub ({error}); check that {self.url} is the hub's own"
            raise Malformed(message) from error

    def check_parts(self) -> None:
        """Refuse JSON that would take too much memory.

        Raises:
            OverLimit: it has more than ``JSON_MARKS`` brackets, colons and commas.
        """
        if json_marks(self.text) > JSON_MARKS:
            message = f"is described in more than the {JSON_MARKS:,} parts that are read of one answer"
            raise OverLimit(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes = b""
    limit: int = ANSWER_BYTES

    @property
    def key(self) -> str:
        """What tells this question from all others, the one who asks included."""
        asker = self.headers.get("authorization", "")
        parts = (self.method.encode(), self.url.encode(), asker.encode(), self.content)
        return hashlib.sha256(b"\n".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


@dataclass(slots=True)
class _Host:
    """One server: whose turn it is to ask, and from when on it may be asked."""

    turn: Lock = field(default_factory=Lock)
    free: datetime = _LONG_AGO
    closed: datetime = _LONG_AGO


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Door:
    """Asks servers, each as seldom and as slowly as it wishes. To be used in a ``with``, which ends its connections."""

    def __init__(
        self,
        folder: Path,
        endpoints: Iterable[str],
        *,
        offline: bool = False,
        patience: Patience | None = None,
        proxy: str | None = None,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Open the door to ``endpoints`` and to nothing else.

        Args:
            folder: keeps the answers; made when the first is kept.
            endpoints: URLs of the servers, such as ``https://huggingface.co``; over HTTPS unless on this machine.
            offline: answer only from ``folder``.
            patience: how long to wait.
            proxy: URL of a proxy to go through, or None.
            now: the time in UTC.
            sleep: waits for so many seconds.
            transport: carries requests; that of HTTPX2 if not given.

        Raises:
            UsageError: an endpoint or the proxy is not such a URL.
        """
        self._shelf = _Shelf(folder)
        self._hosts = {_endpoint_origin(url): _Host() for url in endpoints}
        self._offline = offline
        self._patience = patience or Patience()
        self._now = now
        self._sleep = sleep
        self._transport = transport or _transport(proxy)

    def __enter__(self) -> Self:
        """Give the door itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._transport.close()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, limit: int = ANSWER_BYTES) -> Answer:
        """Ask for ``url``.

        Args:
            url: on one of the endpoints.
            headers: of which ``Accept`` and ``Authorization`` are sent; the latter only to the server of ``url``.
            limit: most bytes read.

        Raises:
            Unreachable: no connection, too slow, too busy, failing, redirecting in a circle or to a server that was
                not named; or offline and never seen.
            OverLimit: the answer is longer than ``limit``.
            Malformed: the answer is compressed badly, or in a way not asked for.
        """
        return self.ask("GET", url, headers=headers or {}, limit=limit)

    def post(self, url: str, question: object) -> Answer:
        """Put ``question``, as JSON, to ``url``; raises as ``get`` does."""
        return self.ask(
            "POST", url, headers={"content-type": "application/json"}, content=msgspec.json.encode(question)
        )

    def client(self, answers: list[Answer]) -> httpx2.Client:
        """An HTTP client for a library that asks for itself; every answer it gets is added to ``answers``."""
        return httpx2.Client(transport=_Through(self, answers), follow_redirects=False, trust_env=False)

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", limit: int = ANSWER_BYTES
    ) -> Answer:
        """Put a question of any kind that changes nothing on the server; raises as ``get`` does."""
        sent = {name.lower(): value for name, value in headers.items() if name.lower() in _SENT}
        question = _Question(method=method, url=url, headers=sent, content=content, limit=limit)
        for _ in range(REDIRECTS + 1):
            answer = self._kept_or_new(question)
            if answer.status not in _MOVED:
                return answer
            question = _moved(question, answer)
        message = f"sends from one address to the next without end (last to {question.url}); try again later"
        raise Unreachable(message)

    def _kept_or_new(self, question: _Question) -> Answer:
        host = self._host(question.url)
        kept = self._shelf.find(question.key)
        if kept and (self._offline or kept.seen <= self._now() < _fresh_until(kept)):
            return kept
        if self._offline:
            message = f"was never looked up while online ({question.url} is not among the kept answers); ask online"
            raise Unreachable(message)
        with host.turn:
            answer = self._patiently(host, question, kept)
        if kept and answer.status == _UNCHANGED:
            answer = replace(kept, headers={**kept.headers, **answer.headers}, seen=answer.seen)
        with suppress(OSError):  # a full disk costs the next run a question, not this one its answer
            self._shelf.keep(question.key, answer)
        return answer

    def _host(self, url: str) -> _Host:
        origin = _origin(url)
        if origin not in self._hosts:
            message = f"leads to {url}, which is on none of the servers that were named; it was not followed"
            raise Unreachable(message)
        return self._hosts[origin]

    def _patiently(self, host: _Host, question: _Question, kept: Answer | None) -> Answer:
        """Ask until the server answers, as long as patience allows."""
        pauses = iter([2.0**at for at in range(self._patience.tries - 1)])
        while True:
            self._take_turn(host, question.url)
            try:
                return self._in_time(question, kept)
            except _Later as later:
                pause = next(pauses, None)
                wait = pause if later.wait is None else later.wait
                if not later.again or pause is None or wait is None or wait > self._patience.wait:
                    if later.everywhere:
                        host.closed = self._now() + timedelta(seconds=later.wait or self._patience.wait)
                    when = _after(host.closed) if later.everywhere else "later"
                    message = f"could not be looked up: {question.url} {later}; try again {when}"
                    raise Unreachable(message) from later
            self._sleep(wait)

    def _take_turn(self, host: _Host, url: str) -> None:
        """Wait until the server may be asked."""
        now = self._now()
        if now < host.closed:
            message = (
                f"was not looked up: {httpx2.URL(url).host} did not answer; it is asked again {_after(host.closed)}"
            )
            raise Unreachable(message)
        if now < host.free:
            self._sleep(min((host.free - now).total_seconds(), self._patience.spacing))
        host.free = self._now() + timedelta(seconds=self._patience.spacing)

    def _in_time(self, question: _Question, kept: Answer | None) -> Answer:
        """Ask in a thread of its own: no other limit holds for a name server, or for a head sent byte by byte."""
        done: Future[Answer] = Future()
        deadline = time.monotonic() + self._patience.whole

        def run() -> None:
            try:
                done.set_result(self._exchange(question, kept, deadline))
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                done.set_exception(error)

        Thread(target=run, daemon=True).start()
        try:
            return done.result(self._patience.whole)
        except TimeoutError as error:
            message = f"takes longer than {self._patience.whole:g} s to answer"
            raise _Later(message, again=False) from error

    def _exchange(self, question: _Question, kept: Answer | None, deadline: float) -> Answer:
        """Put the question once."""
        patience = self._patience
        timeout = httpx2.Timeout(patience.read, connect=patience.connect).as_dict()
        own = {"user-agent": f"usufruct/{__version__}", "accept-encoding": "gzip"}
        request = httpx2.Request(
            question.method,
            question.url,
            headers={**question.headers, **own, **_validators(question, kept)},
            content=question.content,
            extensions={"timeout": timeout},
        )
        try:
            response = self._transport.handle_request(request)
            try:
                body = _read(response, question.limit, deadline)
            finally:
                response.close()
        except httpx2.TransportError as error:
            message = f"does not answer ({str(error) or type(error).__name__})"
            raise _Later(message) from error
        if response.status_code in _BUSY or response.status_code >= _FAILED:
            message = f"answers with status {response.status_code}"
            wait = _asked_to_wait(response.headers, self._now())
            raise _Later(message, wait=wait, everywhere=response.status_code in _BUSY)
        return Answer(
            url=question.url,
            status=response.status_code,
            headers={name: value for name, value in response.headers.items() if name in _KEPT},
            body=body,
            digest=hashlib.sha256(body).hexdigest(),
            seen=self._now(),
        )


class _Later(Exception):
    """No answer now.

    Attributes:
        wait: seconds after which the server wants to be asked again, if it says so.
        again: whether to ask again at all.
        everywhere: the server answers nobody, whatever is asked.
    """

    def __init__(self, message: str, *, wait: float | None = None, again: bool = True, everywhere: bool = True) -> None:
        super().__init__(message)
        self.wait = wait
        self.again = again
        self.everywhere = everywhere


class _Through(httpx2.BaseTransport):
    """Carries a library's requests through the door."""

    def __init__(self, door: Door, answers: list[Answer]) -> None:
        self._door = door
        self._answers = answers

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._door.ask(request.method, str(request.url), headers=request.headers, content=request.read())
        answer.check_parts()
        self._answers.append(answer)
        headers = httpx2.Headers(answer.headers, encoding="utf-8")
        return httpx2.Response(answer.status, headers=headers, content=answer.body, request=request)


class _Entry(msgspec.Struct, frozen=True):
    """An answer as it stands on disk, with the SHA-256 of its body in place of the body."""

    url: str
    status: int
    headers: dict[str, str]
    digest: str
    seen: datetime


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The answers on disk: ``answers/KEY.json``, and ``bodies/SHA256`` for what many may share."""

    folder: Path

    def find(self, key: str) -> Answer | None:
        """The answer kept under ``key``; None if there is none, or if it was altered since."""
        try:
            entry = msgspec.json.decode(self._entry(key).read_bytes(), type=_Entry)
            body = self._body(entry.digest).read_bytes()
        except (OSError, ValueError):
            return None
        if hashlib.sha256(body).hexdigest() != entry.digest:
            return None
        return Answer(**msgspec.structs.asdict(entry), body=body)

    def keep(self, key: str, answer: Answer) -> None:
        """Keep ``answer`` under ``key`` in place of what was there."""
        _write(self._body(answer.digest), answer.body)
        _write(self._entry(key), msgspec.json.encode(msgspec.convert(answer, _Entry, from_attributes=True)))

    def _entry(self, key: str) -> Path:
        return self.folder / "answers" / f"{key}.json"

    def _body(self, digest: str) -> Path:
        return self.folder / "bodies" / digest


def _write(path: Path, data: bytes) -> None:
    """Write all of ``data`` or nothing, for this user alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(response: httpx2.Response, limit: int, deadline: float) -> bytes:
    """The body of ``response``, decompressed."""
    body = bytearray()
    for chunk in cast("Iterable[bytes]", response.stream):
        body += chunk
        if len(body) > limit:
            message = f"is described in more than the {limit:,} bytes that are read of one answer"
            raise OverLimit(message)
        if time.monotonic() > deadline:
            raise TimeoutError
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip" and body:
        return inflate(bytes(body), "the answer", limit, wbits=_GZIP_WINDOW)
    if encoding not in {"gzip", "identity"}:
        message = f"came compressed as {encoding}, which was not asked for; check what stands between here and the hub"
        raise Malformed(message)
    return bytes(body)


def _moved(question: _Question, answer: Answer) -> _Question:
    """The question put where ``answer`` says; a token is for the server it was meant for."""
    try:
        target = httpx2.URL(question.url).join(answer.headers.get("location", ""))
    except (httpx2.InvalidURL, ValueError) as error:
        message = f"leads to an address that is none ({error})"
        raise Unreachable(message) from error
    url = str(target.copy_with(fragment=None))
    headers = dict(question.headers)
    if _origin(url) != _origin(question.url):
        headers.pop("authorization", None)
    return replace(question, url=url, headers=headers)


def _validators(question: _Question, kept: Answer | None) -> dict[str, str]:
    """What lets the server confirm ``kept`` instead of sending it again; for GET alone (RFC 9110, 13.1.2)."""
    if kept is None or question.method != "GET":
        return {}
    names = {"etag": "if-none-match", "last-modified": "if-modified-since"}
    return {asked: kept.headers[name] for name, asked in names.items() if name in kept.headers}


def _fresh_until(answer: Answer) -> datetime:
    """Until when ``answer`` may stand for a new one, as the server allows."""
    directives = {}
    for part in answer.headers.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        directives[name] = value.strip('"')
    if directives.keys() & {"no-store", "no-cache"}:
        return answer.seen
    age = _seconds(answer.headers.get("age", "")) or 0
    life = _seconds(directives.get("max-age") or directives.get("s-maxage", "")) or 0
    return answer.seen + min(timedelta(seconds=max(0, life - age)), FRESH_AT_MOST)


def _asked_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks to wait, a number or a date; None if it is absent or neither."""
    value = headers.get("retry-after", "")
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _seconds(value: str) -> int | None:
    """A count of seconds, none longer than some years."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= len("999999999") else None


def _after(moment: datetime) -> str:
    return f"after {moment:%Y-%m-%d %H:%M:%S} UTC"


def _transport(proxy: str | None) -> httpx2.HTTPTransport:
    try:
        return httpx2.HTTPTransport(proxy=proxy)
    except (httpx2.InvalidURL, ValueError) as error:
        message = f"the proxy is not such as http://proxy.example:8080 ({error})"
        raise UsageError(message) from error


def _origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port (None: the scheme's own) of ``url``."""
    parsed = httpx2.URL(url)
    return parsed.scheme, parsed.host, parsed.port


def _endpoint_origin(url: str) -> tuple[str, str, int | None]:
    """The origin of an endpoint that a person chose."""
    try:
        origin = _origin(url)
        local = origin[1] == "localhost" or ip_address(origin[1]).is_loopback
    except httpx2.InvalidURL as error:
        message = f"{url!r} is no URL ({error}); an endpoint looks like https://huggingface.co"
        raise UsageError(message) from error
    except ValueError:
        local = False
    scheme, host, _ = origin
    if not host or httpx2.URL(url).userinfo or scheme not in ({"https", "http"} if local else {"https"}):
        message = f"{url!r} is no endpoint: one looks like https://huggingface.co, http only on this machine"
        raise UsageError(message)
    return origin
