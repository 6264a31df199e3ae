"""The real ``huggingface_hub`` against a server on this machine that speaks as the hub does."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import huggingface_hub
import pytest
from huggingface_hub import get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hubs import NOW, Clock, Hub, Reply, in_turn, serving, validated
from usufruct.errors import Malformed, OverLimit, SubjectError, Unreachable, UsageError
from usufruct.fetch import Patience
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Relation
from usufruct.models.record import Absent, ModelRecord
from usufruct.models.sources.huggingface import CHANGES, HuggingFace, downloaded

pytestmark = pytest.mark.enable_socket

TURBO = "stabilityai/sdxl-turbo"
SHA = "f4b0486b498f84668e828044de1d0c8ba486e05b"
OLDER = "0a" * 20
OLDEST = "0b" * 20
WEIGHTS = "e869ac7d6942cb327d68d5ed83a40447aadf20e0c3358d98b2cc9e270db0da26"
CARD = """---
license: other
license_name: sai-nc-community
license_link: LICENSE.md
base_model: stabilityai/stable-diffusion-xl-base-1.0
datasets: [laion/laion5b]
new_version: stabilityai/sdxl-turbo-2
---
# SDXL-Turbo
The model is intended for non-commercial use only.
"""
LICENSE = "STABILITY AI NON-COMMERCIAL RESEARCH COMMUNITY LICENSE"


def repository(**members: object) -> dict[str, object]:
    """``GET /api/models/{id}?blobs=true`` as the hub answers it, shortened."""
    return {
        "_id": "6566",
        "id": TURBO,
        "modelId": TURBO,
        "author": "stabilityai",
        "sha": SHA,
        "lastModified": "2024-07-10T11:33:17.000Z",
        "createdAt": "2023-11-27T10:12:59.000Z",
        "private": False,
        "gated": False,
        "disabled": False,
        "downloads": 1,
        "likes": 2,
        "tags": [
            "diffusers",
            "text-to-image",
            "license:other",
            "base_model:quantized:stabilityai/stable-diffusion-xl-base-1.0",
        ],
        "pipeline_tag": "text-to-image",
        "library_name": "diffusers",
        "cardData": {"license": "other", "license_name": "sai-nc-community", "base_model": "some/base"},
        "siblings": [
            {"rfilename": "README.md", "size": 1, "blobId": "b1"},
            {"rfilename": "LICENSE.md", "size": 2, "blobId": "l3"},
            {"rfilename": "NOTICE", "size": 2, "blobId": "n1"},
            {"rfilename": "text_encoder/LICENSE", "size": 2, "blobId": "t1"},
            {
                "rfilename": "sd_xl_turbo_1.0.safetensors",
                "size": 13875783440,
                "blobId": "w1",
                "lfs": {"sha256": WEIGHTS, "size": 13875783440, "pointerSize": 137},
            },
        ],
        **members,
    }


def change(path: str, blob: str, commit: str, day: str) -> dict[str, object]:
    """One entry of ``POST /api/models/{id}/paths-info/{revision}`` with ``expand``."""
    last = {"id": commit, "title": "Update", "date": f"{day}T10:00:00.000Z"}
    return {"type": "file", "path": path, "oid": blob, "size": 2, "lastCommit": last}


def commits(*ids: str) -> Reply:
    """``GET /api/models/{id}/commits/{revision}``, its first page."""
    listed = [
        {"id": each, "title": "Update", "message": "", "date": "2023-11-28T10:00:00.000Z", "authors": [{"user": "a"}]}
        for each in ids
    ]
    return Reply.json(listed, headers={"Link": '</api/models/x/commits/main?p=1>; rel="next"'})


def publish(hub: Hub, name: str = TURBO, **members: object) -> None:
    """Let ``hub`` serve a repository whose license was changed once."""
    described = Reply.json(repository(**members))
    api, files = f"/api/models/{name}", f"/{name}/resolve/{SHA}"
    hub.replies.update(
        {
            api: described,
            f"{api}/revision/{SHA}": described,
            f"{files}/README.md": Reply(CARD.encode()),
            f"{files}/LICENSE.md": Reply(
                status=307, headers={"Location": f"/api/resolve-cache/models/{name}/LICENSE.md"}
            ),
            f"/api/resolve-cache/models/{name}/LICENSE.md": Reply(LICENSE.encode()),
            f"{api}/paths-info/{SHA}": Reply.json([change("LICENSE.md", "l3", OLDER, "2023-12-01")]),
            f"{api}/commits/{OLDER}": commits(OLDER, OLDEST),
            f"{api}/paths-info/{OLDEST}": Reply.json([change("LICENSE.md", "l2", OLDEST, "2023-11-28")]),
            f"{api}/commits/{OLDEST}": commits(OLDEST),
        }
    )


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        publish(hub)
        yield hub


def asked(hub: Hub, folder: Path, name: str = TURBO, revision: str | None = None) -> ModelRecord:
    found = HuggingFace(hub.door(folder), hub.url).model(name, revision)
    assert isinstance(found, ModelRecord)
    return found


def absent(hub: Hub, folder: Path, token: str | None = None, revision: str | None = None) -> Absent:
    found = HuggingFace(hub.door(folder), hub.url, token).model(TURBO, revision)
    assert isinstance(found, Absent)
    return found


def codes(found: ModelRecord) -> list[str]:
    return [finding.code for finding in found.findings]


def message(found: ModelRecord, code: str) -> str:
    (finding,) = (finding for finding in found.findings if finding.code == code)
    return finding.message


def test_a_repository_is_described_at_its_commit(hub: Hub, tmp_path: Path) -> None:
    found = asked(hub, tmp_path)
    assert found.id == f"huggingface:{TURBO}@{SHA}"
    assert (found.repository, found.revision, found.kind) == (TURBO, SHA, ModelKind.CHECKPOINT)
    assert found.files == ("sd_xl_turbo_1.0.safetensors",)
    assert found.stated == (("sd_xl_turbo_1.0.safetensors", (Hash(Scheme.SHA256, WEIGHTS),)),)
    assert found.hashes == (Hash(Scheme.SHA256, WEIGHTS),)
    assert found.exhibit.source == f"{hub.url}/api/models/{TURBO}?blobs=true"
    assert found.exhibit.seen == NOW


def test_license_text_and_card_are_claims_each_with_its_own_exhibit(hub: Hub, tmp_path: Path) -> None:
    text, named = asked(hub, tmp_path).licenses
    assert text.license == LICENSE
    assert text.exhibit.source == f"{hub.url}/api/resolve-cache/models/{TURBO}/LICENSE.md"
    assert text.exhibit.digest == hashlib.sha256(LICENSE.encode()).hexdigest()
    assert named.license == "sai-nc-community"
    assert named.exhibit.source == f"{hub.url}/{TURBO}/resolve/{SHA}/README.md"
    assert named.exhibit.words == "license_name: sai-nc-community"


def test_the_card_tells_parents_and_restrictions(hub: Hub, tmp_path: Path) -> None:
    found = asked(hub, tmp_path)
    assert [(parent.name, parent.relation) for parent in found.parents or ()] == [
        ("stabilityai/stable-diffusion-xl-base-1.0", Relation.QUANTIZE),
        ("laion/laion5b", Relation.TRAINED_ON),
    ]
    assert [sentence.words for sentence in found.sentences] == ["The model is intended for non-commercial use only."]
    assert message(found, "newer-version").startswith("the model card names stabilityai/sdxl-turbo-2")
    assert {"notice-file", "license-of-folder"} <= set(codes(found))


def test_no_card_leaves_the_parents_unknown(hub: Hub, tmp_path: Path) -> None:
    publish(hub, cardData=None, siblings=[])
    found = asked(hub, tmp_path)
    assert found.parents is None
    assert found.licenses == ()


def test_changes_of_the_license_are_dated(hub: Hub, tmp_path: Path) -> None:
    told = message(asked(hub, tmp_path), "license-changed")
    assert "2023-12-01 (commit 0a0a0a0a), 2023-11-28 (commit 0b0b0b0b)" in told
    assert "the text read here is that of 2023-12-01" in told
    heard = parse_qs(next(one.body for one in hub.asked if "paths-info" in one.path).decode())
    assert heard == {"paths": ["LICENSE.md"], "expand": ["true"]}


def test_a_license_never_changed_is_no_finding(hub: Hub, tmp_path: Path) -> None:
    hub.replies[f"/api/models/{TURBO}/commits/{OLDER}"] = commits(OLDER)
    assert "license-changed" not in codes(asked(hub, tmp_path))


def test_a_license_changed_after_the_revision_is_told(hub: Hub, tmp_path: Path) -> None:
    later = "0c" * 20
    api = f"/api/models/{TURBO}"
    hub.replies[f"{api}/paths-info/main"] = Reply.json([change("LICENSE.md", "l4", later, "2024-07-05")])
    hub.replies[f"{api}/commits/{later}"] = commits(later, SHA)
    told = message(asked(hub, tmp_path, revision=SHA), "license-changed")
    assert "2024-07-05 (commit 0c0c0c0c), 2023-12-01" in told
    assert "the text read here is that of 2023-12-01" in told
    hub.replies[f"{api}/paths-info/main"] = Reply.json([])
    assert "is not in the newest revision" in message(asked(hub, tmp_path, revision=SHA), "license-changed")
    hub.replies[f"{api}/paths-info/main"] = Reply.json([change("LICENSE.md", "l4", later, "2024-07-05")])
    hub.replies[f"{api}/commits/{later}"] = commits(later)
    assert "is older, or of another branch" in message(asked(hub, tmp_path, revision=SHA), "license-changed")


def test_a_history_without_end_is_not_followed(hub: Hub, tmp_path: Path) -> None:
    api = f"/api/models/{TURBO}"
    hub.replies[f"{api}/commits/{OLDEST}"] = commits(OLDEST, OLDER)
    hub.replies[f"{api}/paths-info/{OLDER}"] = Reply.json([change("LICENSE.md", "l3", OLDER, "2023-12-01")])
    assert message(asked(hub, tmp_path), "license-changed").count("commit") == CHANGES + 1
    assert not any("p=1" in path for path in hub.paths())


def test_a_history_that_cannot_be_read_hides_nothing_else(hub: Hub, tmp_path: Path) -> None:
    for reply in (Reply(status=404), Reply.json({"error": "x"}, 403), Reply(b"<html>"), Reply.json([{"type": "file"}])):
        hub.replies[f"/api/models/{TURBO}/paths-info/{SHA}"] = reply
        found = asked(hub, tmp_path)
        assert found.licenses[0].license == LICENSE
        assert "history-not-read" in codes(found)


def test_a_gated_repository_tells_what_the_hub_shows_to_all(hub: Hub, tmp_path: Path) -> None:
    publish(hub, gated="manual")
    refusal = Reply(b"Access restricted", 401, {"X-Error-Code": "GatedRepo"})
    for path in ("README.md", "LICENSE.md"):
        hub.replies[f"/{TURBO}/resolve/{SHA}/{path}"] = refusal
    found = asked(hub, tmp_path)
    assert "manual approval" in message(found, "gated")
    text, named = found.licenses
    assert text.license.startswith("LICENSE.md, which is shown only to those who accepted its conditions")
    assert named.license == "sai-nc-community"
    assert named.exhibit.place == "/cardData/license_name"
    assert [parent.name for parent in found.parents or ()] == ["some/base"]
    assert "card-not-read" in codes(found)


def test_a_card_that_is_not_given_is_read_as_the_hub_took_it_apart(hub: Hub, tmp_path: Path) -> None:
    publish(
        hub,
        cardData={
            "license": ["mit", "other"],
            "base_model": ["a/b", "c/d"],
            "extra_gated_prompt": "You agree to\nuse it for non-commercial purposes only.",
            "eval_results": [{"no": "result"}],
            "model-index": 1,
        },
    )
    for path in ("README.md", "LICENSE.md"):
        hub.replies[f"/{TURBO}/resolve/{SHA}/{path}"] = Reply(status=404)
    found = asked(hub, tmp_path)
    text, named = found.licenses
    assert text.license.startswith("LICENSE.md, which is not shown (status 404)")
    assert named.license == "mit"
    assert [(parent.name, parent.relation) for parent in found.parents or ()] == [
        ("a/b", Relation.MERGE),
        ("c/d", Relation.MERGE),
    ]
    assert "non-commercial" in found.sentences[0].words


def test_what_the_hub_says_of_the_repository_is_a_finding(hub: Hub, tmp_path: Path) -> None:
    publish(hub, gated="auto", private=True, disabled=True)
    assert {"gated", "private", "taken-down"} <= set(codes(asked(hub, tmp_path)))


def test_a_token_is_sent_to_the_endpoint_alone_and_shown_nowhere(hub: Hub, tmp_path: Path) -> None:
    with serving() as elsewhere:
        hub.replies[f"/{TURBO}/resolve/{SHA}/LICENSE.md"] = Reply(
            status=302, headers={"Location": f"{elsewhere.url}/LICENSE.md"}
        )
        elsewhere.replies["/LICENSE.md"] = Reply(LICENSE.encode())
        client = HuggingFace(hub.door(tmp_path, elsewhere.url), hub.url, "hf_secret")
        found = client.model(TURBO)
        assert isinstance(found, ModelRecord)
        assert found.licenses[0].license == LICENSE
        assert {one.headers.get("authorization") for one in hub.asked} == {"Bearer hf_secret"}
        assert [one.headers.get("authorization") for one in elsewhere.asked] == [None]
    assert "hf_secret" not in repr(client) + repr(found)


@pytest.mark.parametrize("token", ["", "hf secret", "hf_\n", "hf_ü"])
def test_a_token_that_is_none_is_a_usage_error(token: str, hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="token") as raised:
        HuggingFace(hub.door(tmp_path), hub.url, token)
    assert "hf_" not in str(raised.value)


def test_nobody_is_asked_under_a_token_of_the_machine(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_machine")
    asked(hub, tmp_path)
    assert not any("authorization" in one.headers for one in hub.asked)


@pytest.mark.parametrize(
    ("status", "code", "text", "expected"),
    [
        (404, "RepoNotFound", "Repository not found", "not-found"),
        (401, "RepoNotFound", "Repository not found", "not-found"),
        (404, "RevisionNotFound", "Invalid rev id", "revision-not-found"),
        (401, "GatedRepo", "Access to model is restricted.", "gated"),
        (403, "GatedRepo", "Access to model is restricted.", "gated"),
        (403, "", "Access to this resource is disabled.", "taken-down"),
        (451, "", "", "taken-down"),
        (410, "", "", "taken-down"),
        (404, "", "", "not-found"),
        (403, "", "Forbidden", "refused"),
        (400, "", "", "refused"),
    ],
)
def test_a_refusal_is_an_answer(status: int, code: str, text: str, expected: str, hub: Hub, tmp_path: Path) -> None:
    headers = {"X-Error-Code": code, "X-Error-Message": text}
    reply = Reply(b'{"error":"Sorry"}', status, {name: value for name, value in headers.items() if value})
    hub.replies[f"/api/models/{TURBO}"] = reply
    found = absent(hub, tmp_path)
    assert found.finding.code == expected
    assert found.exhibit.words == '{"error":"Sorry"}'
    assert found.exhibit.source == f"{hub.url}/api/models/{TURBO}?blobs=true"


def test_a_token_not_accepted_is_a_usage_error(hub: Hub, tmp_path: Path) -> None:
    says = {"X-Error-Message": "Invalid credentials in Authorization header"}
    hub.replies[f"/api/models/{TURBO}"] = Reply(b"no", 401, says)
    with pytest.raises(UsageError, match="token"):
        HuggingFace(hub.door(tmp_path), hub.url, "hf_old").model(TURBO)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"1",
        b'{"id": 1}',
        b'{"id": "a/b"}',
        b'{"id": "../..", "sha": "' + b"0" * 40 + b'"}',
        b'{"id": "a/b", "sha": "main"}',
        json.dumps(repository(siblings=[{}])).encode(),
        json.dumps(repository(siblings={"a": 1})).encode(),
        json.dumps(repository(tags="lora")).encode(),
        json.dumps(repository(lastModified="yesterday")).encode(),
        json.dumps(repository())[:-20].encode(),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_an_answer_of_another_shape_is_malformed(body: bytes, hub: Hub, tmp_path: Path) -> None:
    hub.replies[f"/api/models/{TURBO}"] = Reply(body)
    with pytest.raises(Malformed, match="is not described as on its hub"):
        HuggingFace(hub.door(tmp_path), hub.url).model(TURBO)


@pytest.mark.parametrize("name", ["", "a/b/c", "a b", "../x", "a/..", "https://huggingface.co/a/b", "-", "ü/x"])
def test_a_name_of_no_repository_is_malformed_and_asks_nobody(name: str, hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="check its name"):
        HuggingFace(hub.door(tmp_path), hub.url).model(name)
    assert hub.asked == []


def test_a_revision_is_one_part_of_the_address(hub: Hub, tmp_path: Path) -> None:
    HuggingFace(hub.door(tmp_path), hub.url).model(TURBO, "../../evil?x=1")
    assert hub.asked[0].path == f"/api/models/{TURBO}/revision/../../evil?x=1?blobs=true"
    assert hub.asked[0].raw == f"/api/models/{TURBO}/revision/..%2F..%2Fevil%3Fx%3D1?blobs=true"


@pytest.mark.parametrize(
    ("reply", "error", "match"),
    [
        (Reply(b"{}", cut=1), Unreachable, "does not answer"),
        (Reply(status=429, headers={"Retry-After": "120"}), Unreachable, "after 2026-11-21 12:02"),
        (Reply(status=500), Unreachable, "status 500"),
        (Reply(status=302, headers={"Location": f"/api/models/{TURBO}?blobs=true"}), Unreachable, "without end"),
        (Reply(status=302, headers={"Location": "https://evil.example/"}), Unreachable, "servers that were named"),
        (Reply(b"{" + b" " * 9_000_000 + b"}"), OverLimit, "bytes"),
        (Reply(b'{"a":[' + b"[]," * 1_500_000 + b"1]}"), OverLimit, "parts"),
    ],
    ids=["cut", "busy", "failing", "circle", "foreign", "long", "many"],
)
def test_a_hub_in_trouble_is_a_clear_error(
    reply: Reply, error: type[SubjectError], match: str, hub: Hub, tmp_path: Path
) -> None:
    hub.replies[f"/api/models/{TURBO}"] = reply
    with pytest.raises(error, match=match):
        HuggingFace(hub.door(tmp_path), hub.url).model(TURBO)


def test_a_slow_hub_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.replies[f"/api/models/{TURBO}"] = Reply(b"{}", drip=1)
    with pytest.raises(Unreachable, match="longer than"):
        HuggingFace(hub.door(tmp_path, patience=Patience(whole=0.1)), hub.url).model(TURBO)


def test_a_busy_hub_is_waited_for(hub: Hub, tmp_path: Path) -> None:
    api = f"/api/models/{TURBO}"
    hub.replies[api] = in_turn(Reply(status=429, headers={"Retry-After": "9"}), Reply.json(repository()))
    clock = Clock()
    assert isinstance(HuggingFace(hub.door(tmp_path, clock=clock), hub.url).model(TURBO), ModelRecord)
    assert 9 in clock.slept


def test_offline_the_kept_answers_give_the_same_record(hub: Hub, tmp_path: Path) -> None:
    online = asked(hub, tmp_path)
    heard = len(hub.asked)
    offline = HuggingFace(hub.door(tmp_path, offline=True), hub.url).model(TURBO)
    assert offline == online
    assert len(hub.asked) == heard
    with pytest.raises(Unreachable, match="ask online"):
        HuggingFace(hub.door(tmp_path, offline=True), hub.url).model("some/other")


def test_what_did_not_change_is_confirmed(hub: Hub, tmp_path: Path) -> None:
    hub.replies[f"/api/models/{TURBO}"] = validated(json.dumps(repository()).encode(), 'W/"1"')
    first = asked(hub, tmp_path)
    clock = Clock()
    clock.time += timedelta(days=2)
    again = HuggingFace(hub.door(tmp_path, clock=clock), hub.url).model(TURBO)
    assert isinstance(again, ModelRecord)
    assert again.exhibit.digest == first.exhibit.digest
    assert again.exhibit.seen > first.exhibit.seen


def test_a_renamed_repository_is_followed_and_told(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/api/models/old/turbo"] = Reply(status=307, headers={"Location": f"/api/models/{TURBO}?blobs=true"})
    found = asked(hub, tmp_path, "old/turbo")
    assert found.repository == TURBO
    assert message(found, "renamed") == f"old/turbo is now called {TURBO}"


def test_license_texts_are_told_from_other_files(hub: Hub, tmp_path: Path) -> None:
    texts = ["LICENSE", "LICENSE-MODEL.txt", "licenses/COPYING", "STABILITY_LICENSE.md", "License Agreement.pdf"]
    others = ["license_plate.safetensors", "license.json", "licensed.md", "vae/LICENSE", "USE_POLICY.md"]
    siblings = [{"rfilename": name, "blobId": "x"} for name in (*texts, *others)]
    publish(hub, siblings=siblings, cardData=None)
    for name in texts[:4]:
        hub.replies[f"/{TURBO}/resolve/{SHA}/{name}"] = Reply(f"text of {name}".encode())
    found = asked(hub, tmp_path)
    licenses = {claim.license for claim in found.licenses}
    assert licenses >= {f"text of {name}" for name in texts[:4]}
    (unread,) = licenses - {f"text of {name}" for name in texts[:4]}
    assert unread.startswith("License Agreement.pdf, which is not read")
    assert {"license-of-folder", "use-policy"} <= set(codes(found))


def test_other_users_of_the_library_get_their_own_client_back(hub: Hub, tmp_path: Path) -> None:
    asked(hub, tmp_path)
    assert get_session().follow_redirects
    huggingface_hub.close_session()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, HuggingFace]]:
    with serving() as hub:
        publish(hub)
        yield hub, HuggingFace(hub.door(tmp_path_factory.mktemp("answers")), hub.url)


@settings(max_examples=60)
@given(changed=st.dictionaries(st.sampled_from(sorted(repository())), json_values, min_size=1, max_size=3))
def test_any_json_gives_a_record_or_a_clear_error(fuzzed: tuple[Hub, HuggingFace], changed: dict[str, object]) -> None:
    hub, client = fuzzed
    hub.replies[f"/api/models/{TURBO}"] = Reply.json(repository(**changed))
    try:
        found = client.model(TURBO)
    except SubjectError:
        return
    assert isinstance(found, ModelRecord)
    assert re.fullmatch(r"[0-9a-f]{40}", found.revision or "")
    "".join((found.name, *found.files, *(finding.message for finding in found.findings))).encode()


def store(folder: Path, revision: str, files: dict[str, bytes], ref: str | None = None) -> None:
    """Lay files as ``huggingface_hub`` caches them."""
    root = folder / f"models--{TURBO.replace('/', '--')}"
    for name, data in files.items():
        blob = root / "blobs" / hashlib.sha256(data).hexdigest()
        link = root / "snapshots" / revision / name
        for path in (blob, link):
            path.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        link.symlink_to(blob)
    if ref:
        (root / "refs").mkdir(exist_ok=True)
        (root / "refs" / ref).write_text(revision)


def test_the_cache_tells_what_the_user_was_given(tmp_path: Path) -> None:
    files = {"README.md": CARD.encode(), "LICENSE.md": LICENSE.encode(), "unet/model.safetensors": b"weights"}
    store(tmp_path, OLDER, files, "main")
    store(tmp_path, OLDEST, {"LICENSE": b"older"})
    found = downloaded(TURBO, tmp_path, seen=NOW)
    assert found
    assert (found.repository, found.revision) == (TURBO, OLDER)
    assert [claim.license for claim in found.licenses] == [LICENSE, "sai-nc-community"]
    assert found.licenses[0].exhibit.source.endswith(f"{OLDER}/LICENSE.md")
    assert found.hashes == (Hash(Scheme.SHA256, hashlib.sha256(b"weights").hexdigest()),)
    assert [sentence.words for sentence in found.sentences] == ["The model is intended for non-commercial use only."]
    older = downloaded(TURBO, tmp_path, seen=NOW, revision=OLDEST)
    assert older
    assert [claim.license for claim in older.licenses] == ["older"]


def test_what_is_not_in_the_cache_is_none(tmp_path: Path) -> None:
    store(tmp_path / "cache", OLDER, {"LICENSE": b"x"}, "main")
    (tmp_path / "file").touch()
    assert downloaded("some/other", tmp_path / "cache", seen=NOW) is None
    assert downloaded(TURBO, tmp_path / "cache", seen=NOW, revision="v2") is None
    assert downloaded(TURBO, tmp_path / "nowhere", seen=NOW) is None
    assert downloaded(TURBO, tmp_path / "file", seen=NOW) is None


def test_a_cached_text_that_cannot_be_read_is_claimed_all_the_same(tmp_path: Path) -> None:
    store(tmp_path, OLDER, {"LICENSE": bytes(3_000_000), "README.md": bytes(3_000_000)}, "main")
    found = downloaded(TURBO, tmp_path, seen=NOW)
    assert found
    assert found.licenses[0].license.startswith("LICENSE, which is longer than")
    assert codes(found) == ["card-not-read"]
