"""The door to the network, asked through real sockets on this machine."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hubs import NOW, Asked, Clock, Hub, Reply, gzipped, in_turn, serving, validated
from usufruct.errors import Malformed, OverLimit, Unreachable, UsageError
from usufruct.fetch import ANSWER_BYTES, REDIRECTS, Answer, Door, Patience

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        yield hub


def test_an_answer_is_an_exhibit(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = Reply(b"Not for commercial use.")
    answer = hub.door(tmp_path).get(f"{hub.url}/card")
    exhibit = answer.exhibit(place="line 1")
    assert exhibit.source == f"{hub.url}/card"
    assert exhibit.place == "line 1"
    assert exhibit.words == "Not for commercial use."
    assert exhibit.digest == hashlib.sha256(b"Not for commercial use.").hexdigest()
    assert exhibit.seen == NOW


def test_that_something_is_not_there_is_an_answer(hub: Hub, tmp_path: Path) -> None:
    answer = hub.door(tmp_path).get(f"{hub.url}/nothing")
    assert answer.status == 404
    assert "Not found" in answer.exhibit().words


def test_it_says_who_asks_and_nothing_of_the_machine(hub: Hub, tmp_path: Path) -> None:
    hub.door(tmp_path).get(f"{hub.url}/", headers={"Cookie": "a=b", "Referer": "x", "Accept": "text/plain"})
    (asked,) = hub.asked
    assert asked.headers["user-agent"].startswith("usufruct/")
    assert asked.headers.keys() == {"host", "user-agent", "accept-encoding", "accept"}


@pytest.mark.parametrize(
    "url",
    [
        "http://huggingface.co",
        "ftp://huggingface.co",
        "huggingface.co",
        "https://",
        "https://me:secret@huggingface.co",
        "http://127.0.0.1.example.org",
        "http://[::1",
        "",
    ],
)
def test_an_endpoint_is_https_or_this_machine(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"https://huggingface\.co"):
        Door(tmp_path, [url])


@pytest.mark.parametrize("url", ["https://hub.example:8443/mirror", "http://localhost:1", "http://[::1]:80"])
def test_a_mirror_is_an_endpoint(url: str, tmp_path: Path) -> None:
    Door(tmp_path, [url])


def test_a_proxy_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="proxy"):
        Door(tmp_path, [], proxy="gopher://proxy.example")


def test_no_server_is_asked_that_was_not_named(hub: Hub, tmp_path: Path) -> None:
    door = Door(tmp_path, ["https://huggingface.co"])
    with pytest.raises(Unreachable, match="none of the servers that were named"):
        door.get(f"{hub.url}/card")
    assert hub.asked == []


def test_a_redirect_on_the_same_server_is_followed(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/old"] = Reply(status=307, headers={"Location": "new?x=1"})
    hub.replies["/new"] = Reply(b"moved")
    answer = hub.door(tmp_path).get(f"{hub.url}/old", headers={"Authorization": "Bearer t"})
    assert answer.url == f"{hub.url}/new?x=1"
    assert answer.body == b"moved"
    assert [one.headers.get("authorization") for one in hub.asked] == ["Bearer t", "Bearer t"]


def test_a_redirect_to_a_foreign_server_is_refused(hub: Hub, tmp_path: Path) -> None:
    with serving() as foreign:
        hub.replies["/card"] = Reply(status=302, headers={"Location": f"{foreign.url}/card"})
        with pytest.raises(Unreachable, match="none of the servers that were named"):
            hub.door(tmp_path).get(f"{hub.url}/card")
        assert foreign.asked == []


def test_a_token_does_not_follow_to_another_named_server(hub: Hub, tmp_path: Path) -> None:
    with serving() as other:
        hub.replies["/card"] = Reply(status=302, headers={"Location": f"{other.url}/card"})
        other.replies["/card"] = Reply(b"card")
        door = hub.door(tmp_path, other.url)
        assert door.get(f"{hub.url}/card", headers={"authorization": "Bearer t"}).body == b"card"
        assert "authorization" in hub.asked[0].headers
        assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize("target", ["/loop", "http://[", "http://a b/", "//", "http://%", "\x7f"])
def test_a_redirect_without_end_or_aim_is_an_error(target: str, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/loop"] = Reply(status=301, headers={"Location": target})
    with pytest.raises(Unreachable, match=r"address|named"):
        hub.door(tmp_path).get(f"{hub.url}/loop")
    assert len(hub.asked) <= REDIRECTS + 1


@pytest.mark.parametrize("wait", ["7", "Sat, 21 Nov 2026 12:00:07 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_the_server_asks(status: int, wait: str, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = in_turn(Reply(status=status, headers={"Retry-After": wait}), Reply(b"now"))
    clock = Clock()
    assert hub.door(tmp_path, clock=clock).get(f"{hub.url}/").body == b"now"
    assert sum(clock.slept) == pytest.approx(7)


def test_a_server_that_asks_for_too_much_is_left_alone_until_then(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = Reply(status=429, headers={"Retry-After": "300"})
    clock = Clock()
    door = hub.door(tmp_path, clock=clock)
    for url in ("/", "/", "/other"):
        with pytest.raises(Unreachable, match="after 2026-11-21 12:05:00 UTC"):
            door.get(hub.url + url)
    assert hub.paths() == ["/"]
    assert clock.slept == []
    clock.time += timedelta(seconds=301)
    hub.replies["/"] = Reply(b"now")
    assert door.get(f"{hub.url}/").body == b"now"


@pytest.mark.parametrize("wait", ["", "soon", "-5", "1e9", "²", "Sat, 99 Nov 2026 99:99:99 GMT"])
def test_a_wait_that_is_none_is_not_taken_for_one(wait: str, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = in_turn(Reply(status=429, headers={"Retry-After": wait}), Reply(b"now"))
    clock = Clock()
    assert hub.door(tmp_path, clock=clock).get(f"{hub.url}/").body == b"now"
    assert sum(clock.slept) < 2


def test_a_failing_server_is_asked_again_but_not_for_ever(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = in_turn(Reply(status=500), Reply(b"so", cut=1), Reply(b"up"))
    assert hub.door(tmp_path).get(f"{hub.url}/").body == b"up"
    hub.replies["/down"] = Reply(status=502)
    with pytest.raises(Unreachable, match="status 502"):
        hub.door(tmp_path).get(f"{hub.url}/down")
    assert hub.paths().count("/down") == Patience().tries


def test_one_question_that_fails_leaves_the_others(hub: Hub, tmp_path: Path) -> None:
    hub.replies.update({"/bad": Reply(status=500), "/good": Reply(b"good")})
    door = hub.door(tmp_path)
    with pytest.raises(Unreachable, match="status 500"):
        door.get(f"{hub.url}/bad")
    assert door.get(f"{hub.url}/good").body == b"good"


def test_an_answer_that_breaks_off_is_none(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = Reply(b"permitted: not for sale", cut=9)
    with pytest.raises(Unreachable, match="does not answer"):
        hub.door(tmp_path).get(f"{hub.url}/")


def test_a_server_that_is_not_there_is_not_asked_for_every_file(tmp_path: Path) -> None:
    with serving() as gone:
        pass
    clock = Clock()
    door = gone.door(tmp_path, clock=clock)
    with pytest.raises(Unreachable, match="does not answer"):
        door.get(f"{gone.url}/")
    slept = len(clock.slept)
    with pytest.raises(Unreachable, match="did not answer"):
        door.get(f"{gone.url}/")
    assert len(clock.slept) == slept


@pytest.mark.parametrize("patience", [Patience(read=0.05, tries=1), Patience(whole=0.1, tries=1)])
def test_a_slow_server_is_given_up(patience: Patience, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = Reply(b"slow" * 100, drip=0.02 if patience.read > 1 else 1)
    with pytest.raises(Unreachable, match=r"does not answer|takes longer than 0\.1 s"):
        hub.door(tmp_path, patience=patience).get(f"{hub.url}/")


def test_questions_to_one_server_are_spaced(hub: Hub, tmp_path: Path) -> None:
    clock = Clock()
    door = hub.door(tmp_path, clock=clock)
    for at in range(4):
        door.get(f"{hub.url}/{at}")
    assert clock.slept == [0.25, 0.25, 0.25]


def test_questions_of_many_threads_come_one_after_another(hub: Hub, tmp_path: Path) -> None:
    busy, at_once = threading.Semaphore(1), []

    def alone(_: Asked) -> Reply:
        at_once.append(busy.acquire(blocking=False))
        busy.release()
        return Reply(b"ok")

    hub.replies.update({f"/{at}": alone for at in range(8)})
    door = hub.door(tmp_path)
    threads = [threading.Thread(target=door.get, args=(f"{hub.url}/{at}",)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert at_once == [True] * 8


def test_what_did_not_change_is_confirmed_not_sent_again(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = validated(b"card", '"v1"')
    clock = Clock()
    first = hub.door(tmp_path, clock=clock).get(f"{hub.url}/card")
    clock.time += timedelta(days=400)
    again = hub.door(tmp_path, clock=clock).get(f"{hub.url}/card")
    assert (again.body, again.status, again.url) == (first.body, 200, first.url)
    assert again.seen == NOW + timedelta(days=400)
    assert "if-none-match" not in hub.asked[0].headers
    assert hub.asked[1].headers["if-none-match"] == '"v1"'
    hub.replies["/card"] = validated(b"other", '"v2"')
    assert hub.door(tmp_path, clock=clock).get(f"{hub.url}/card").body == b"other"


def test_a_question_with_a_body_is_asked_anew(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/find"] = Reply(b"[]", headers={"ETag": '"v1"'})
    door = hub.door(tmp_path)
    door.post(f"{hub.url}/find", ["a"])
    door.post(f"{hub.url}/find", ["a"])
    assert "if-none-match" not in hub.asked[1].headers


def test_a_date_validates_where_there_is_no_tag(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = Reply(b"card", headers={"Last-Modified": "Fri, 20 Nov 2026 12:00:00 GMT"})
    door = hub.door(tmp_path)
    door.get(f"{hub.url}/card")
    door.get(f"{hub.url}/card")
    assert hub.asked[1].headers["if-modified-since"] == "Fri, 20 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("control", "age", "seconds"),
    [
        ("public, s-maxage=300, stale-while-revalidate=150", "0", 300),
        ("max-age=60, s-maxage=300", "0", 60),
        ('Max-Age="60"', "20", 40),
        ("max-age=31536000, immutable", "0", 24 * 3600),
        ("max-age=60, no-cache", "0", 0),
        ("no-store", "0", 0),
        ("max-age=10", "20", 0),
        ("max-age=-1", "", 0),
        ("max-age=forever", "x", 0),
        ("", "", 0),
    ],
)
def test_an_answer_stands_as_long_as_the_server_says(
    control: str, age: str, seconds: int, hub: Hub, tmp_path: Path
) -> None:
    hub.replies["/"] = in_turn(Reply(b"a", headers={"Cache-Control": control, "Age": age}), Reply(b"b"))
    clock = Clock()
    door = hub.door(tmp_path, clock=clock)
    door.get(f"{hub.url}/")
    clock.time += timedelta(seconds=max(seconds - 1, 0))
    assert door.get(f"{hub.url}/").body == (b"a" if seconds else b"b")
    clock.time += timedelta(seconds=2)
    assert door.get(f"{hub.url}/").body == b"b"


def test_an_answer_from_the_future_is_asked_for_again(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = in_turn(Reply(b"a", headers={"Cache-Control": "max-age=60"}), Reply(b"b"))
    clock = Clock()
    door = hub.door(tmp_path, clock=clock)
    door.get(f"{hub.url}/")
    clock.time -= timedelta(days=1)
    assert door.get(f"{hub.url}/").body == b"b"


def test_offline_the_kept_answers_are_given_with_their_day(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = Reply(b"card")
    hub.replies["/old"] = Reply(status=308, headers={"Location": "/card"})
    clock = Clock()
    online = hub.door(tmp_path, clock=clock)
    online.get(f"{hub.url}/old")
    online.get(f"{hub.url}/nothing")
    online.post(f"{hub.url}/find", ["a"])
    asked = len(hub.asked)
    clock.time += timedelta(days=30)
    offline = hub.door(tmp_path, clock=clock, offline=True)
    answer = offline.get(f"{hub.url}/old")
    assert (answer.body, answer.seen.date()) == (b"card", NOW.date())
    assert offline.get(f"{hub.url}/nothing").status == 404
    assert offline.post(f"{hub.url}/find", ["a"]).status == 404
    with pytest.raises(Unreachable, match="ask online"):
        offline.get(f"{hub.url}/else")
    with pytest.raises(Unreachable, match="ask online"):
        offline.post(f"{hub.url}/find", ["b"])
    assert len(hub.asked) == asked


def test_what_one_may_see_is_not_shown_to_another(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = lambda asked: Reply(
        asked.headers.get("authorization", "nobody").encode(), headers={"Cache-Control": "max-age=60"}
    )
    door = hub.door(tmp_path)
    assert door.get(f"{hub.url}/card", headers={"Authorization": "Bearer secret"}).body == b"Bearer secret"
    assert door.get(f"{hub.url}/card").body == b"nobody"


def test_a_token_is_never_written_down(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = Reply(b"card")
    hub.door(tmp_path).get(f"{hub.url}/card", headers={"Authorization": "Bearer hf_secret"})
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(b"hf_secret" in path.read_bytes() for path in files)


@pytest.mark.parametrize("change", [b"", b"{}", b"\xff", b'{"url": 1}', None])
def test_an_altered_answer_on_disk_counts_as_none(change: bytes | None, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = Reply(b"card", headers={"Cache-Control": "max-age=60"})
    door = hub.door(tmp_path)
    door.get(f"{hub.url}/card")
    folder = "bodies" if change is None else "answers"
    for path in (tmp_path / folder).iterdir():
        path.write_bytes(b"free for all" if change is None else change)
    assert door.get(f"{hub.url}/card").body == b"card"
    assert len(hub.asked) == 2


def test_a_disk_that_keeps_nothing_hides_no_answer(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = Reply(b"card")
    file = tmp_path / "file"
    file.touch()
    assert hub.door(file).get(f"{hub.url}/card").body == b"card"


def test_equal_bodies_are_kept_once(hub: Hub, tmp_path: Path) -> None:
    hub.replies.update({"/a": Reply(b"same"), "/b": Reply(b"same")})
    door = hub.door(tmp_path)
    door.get(f"{hub.url}/a")
    door.get(f"{hub.url}/b")
    assert [path.name for path in (tmp_path / "bodies").iterdir()] == [hashlib.sha256(b"same").hexdigest()]
    assert len(list((tmp_path / "answers").iterdir())) == 2


def test_a_long_answer_is_not_read(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/long"] = Reply(b"x" * 101)
    door = hub.door(tmp_path)
    with pytest.raises(OverLimit, match="100 bytes"):
        door.get(f"{hub.url}/long", limit=100)
    assert len(door.get(f"{hub.url}/long", limit=101).body) == 101


def test_a_compressed_answer_is_read_and_a_bomb_is_not(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/card"] = gzipped(b"card" * 100)
    hub.replies["/bomb"] = gzipped(bytes(ANSWER_BYTES + 1))
    hub.replies["/empty"] = Reply(b"", 404, {"Content-Encoding": "gzip"})
    hub.replies["/short"] = Reply(gzip.compress(b"card" * 100)[:-10], headers={"Content-Encoding": "gzip"})
    hub.replies["/br"] = Reply(b"\x0b\x02", headers={"Content-Encoding": "br"})
    door = hub.door(tmp_path)
    assert door.get(f"{hub.url}/card").body == b"card" * 100
    assert door.get(f"{hub.url}/empty").body == b""
    with pytest.raises(OverLimit, match="bomb"):
        door.get(f"{hub.url}/bomb")
    with pytest.raises(Malformed, match="ends inside"):
        door.get(f"{hub.url}/short")
    with pytest.raises(Malformed, match="compressed as br"):
        door.get(f"{hub.url}/br")


def test_a_library_asks_through_the_door(hub: Hub, tmp_path: Path) -> None:
    hub.replies["POST /find"] = Reply(
        b"[1]", headers={"ETag": '"a"', "X-Error-Message": "nö", "Link": '</next>; rel="next"'}
    )
    answers: list[Answer] = []
    with hub.door(tmp_path).client(answers) as client:
        response = client.post(f"{hub.url}/find", data={"a": "b"}, headers={"authorization": "Bearer t"})
    assert response.json() == [1]
    assert response.links == {}
    assert hub.asked[0].body == b"a=b"
    assert hub.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert hub.asked[0].headers["user-agent"].startswith("usufruct/")
    assert [answer.body for answer in answers] == [b"[1]"]


def test_a_library_is_not_handed_what_it_would_choke_on(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/"] = Reply(b"[" + b"[]," * 1_500_000 + b"[]]")
    with hub.door(tmp_path).client([]) as client, pytest.raises(OverLimit, match="parts"):
        client.get(f"{hub.url}/")


class _Empty(msgspec.Struct):
    """Skips whatever it is given."""


def answer_of(body: bytes, **headers: str) -> Answer:
    return Answer(url="https://hub.example/x", status=200, headers=headers, body=body, digest="", seen=NOW)


@settings(max_examples=200)
@given(st.binary(max_size=50) | st.text(alphabet='[{"a":1}],', max_size=50).map(str.encode))
def test_any_bytes_are_json_of_the_shape_or_an_error(body: bytes) -> None:
    try:
        value = answer_of(body).decoded(dict[str, int])
    except Malformed:
        return
    assert value == msgspec.json.decode(body)


def test_nesting_without_end_is_an_error() -> None:
    with pytest.raises(Malformed):
        answer_of(b'{"a":' * 100_000).decoded(_Empty)
