"""The client of Civitai against a server on this machine that speaks as its API does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hubs import NOW, Asked, Clock, Hub, Reply, in_turn, serving
from usufruct.errors import Malformed, SubjectError, Unreachable, UsageError
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.record import Absent, ModelRecord
from usufruct.models.sources.civitai import HASHES_AT_ONCE, Civitai

pytestmark = pytest.mark.enable_socket

MODEL = "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b"
VAE = "63aeecb90ff7bc1c115395962d3e803571385b61938377bc7089b36e81e92e2e"
OTHER = "0f" * 32
HASHES = {
    "AutoV1": "F57B21E5",
    "AutoV2": MODEL[:10].upper(),
    "AutoV3": "E577480D5D7D",
    "SHA256": MODEL.upper(),
    "CRC32": "0D4FEB8D",
    "BLAKE3": "A1" * 32,
}
FILE = {
    "id": 91967,
    "name": "sd_xl_base_1.0.safetensors",
    "type": "Model",
    "sizeKB": 6775430.35,
    "metadata": {"format": "SafeTensor", "size": "full", "fp": "fp16"},
    "pickleScanResult": "Success",
    "hashes": HASHES,
    "primary": True,
    "downloadUrl": "https://civitai.example/api/download/models/128078",
}
VAE_FILE = {"id": 1, "name": "sdxl_vae.safetensors", "type": "VAE", "hashes": {"SHA256": VAE.upper()}}


def version(**members: object) -> dict[str, Any]:
    """A version as ``/api/v1/model-versions`` gives it, shortened."""
    return {
        "id": 128078,
        "modelId": 101055,
        "name": "v1.0 VAE fix",
        "description": "<p>Please do not use for commercial purposes.</p>",
        "baseModel": "SDXL 1.0",
        "baseModelType": "Standard",
        "air": "urn:air:sdxl:checkpoint:civitai:101055@128078",
        "status": "Published",
        "availability": "Public",
        "nsfwLevel": 1,
        "createdAt": "2023-07-26T18:03:00.000Z",
        "publishedAt": "2023-07-26T19:00:00.000Z",
        "uploadType": "Created",
        "usageControl": "Download",
        "earlyAccessEndsAt": None,
        "trainedWords": [],
        "stats": {"downloadCount": 1},
        "model": {"name": "SD XL", "type": "Checkpoint", "nsfw": False, "poi": False},
        "files": [VAE_FILE, FILE],
        "images": [],
        **members,
    }


def page(**members: object) -> dict[str, Any]:
    """A model as ``/api/v1/models/{id}`` gives it, shortened."""
    return {
        "id": 101055,
        "name": "SD XL",
        "description": "<p>Not for sale.</p>",
        "type": "Checkpoint",
        "poi": False,
        "nsfw": False,
        "allowNoCredit": False,
        "allowCommercialUse": ["Image", "RentCivit"],
        "allowDerivatives": True,
        "allowDifferentLicense": False,
        "mode": None,
        "creator": {"username": "someone"},
        "tags": ["base model"],
        "modelVersions": [{"id": 128078}],
        **members,
    }


def publish(hub: Hub, *versions: dict[str, Any]) -> None:
    """Let ``hub`` serve the versions as Civitai does, and the page of their model."""
    cached = {"Cache-Control": "public, s-maxage=300, stale-while-revalidate=150"}
    shown = {}
    for each in versions:
        shown[f"/api/v1/model-versions/{each['id']}"] = Reply.json(each, headers=cached)
        for value in (value for file in each["files"] for value in file["hashes"].values()):
            shown.setdefault(f"/api/v1/model-versions/by-hash/{value}", Reply.json(each, headers=cached))

    def by_hash(asked: Asked) -> Reply:
        wanted = set(json.loads(asked.body))
        found = [each for each in versions if wanted & {f["hashes"].get("SHA256") for f in each["files"]}]
        return Reply.json([None, *reversed(found)])

    hub.replies.update(shown)
    hub.replies["POST /api/v1/model-versions/by-hash"] = by_hash
    hub.replies["/api/v1/models/101055"] = Reply.json(page(), headers=cached)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        publish(hub, version())
        yield hub


def client(hub: Hub, folder: Path) -> Civitai:
    return Civitai(hub.door(folder), hub.url)


def told(found: ModelRecord | Absent | None) -> ModelRecord:
    assert isinstance(found, ModelRecord)
    return found


def why(found: ModelRecord | Absent) -> str:
    assert isinstance(found, Absent)
    return found.finding.code


def codes(found: ModelRecord | Absent) -> list[str]:
    return [finding.code for finding in told(found).findings]


def test_a_version_is_a_record(hub: Hub, tmp_path: Path) -> None:
    found = told(client(hub, tmp_path).of_version(128078))
    assert found.id == "civitai:101055@128078"
    assert found.name == "SD XL v1.0 VAE fix"
    assert found.kind is ModelKind.CHECKPOINT
    assert found.architecture == "SDXL 1.0"
    assert found.files == ("sd_xl_base_1.0.safetensors",)
    assert set(found.hashes) == {
        Hash(Scheme.AUTOV1, "f57b21e5"),
        Hash(Scheme.AUTOV2, MODEL[:10]),
        Hash(Scheme.AUTOV3, "e577480d5d7d"),
        Hash(Scheme.SHA256, MODEL),
        Hash(Scheme.CRC32, "0d4feb8d"),
        Hash(Scheme.BLAKE3, "a1" * 32),
        Hash(Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:101055@128078"),
        Hash(Scheme.CIVITAI_VERSION, "128078"),
    }
    assert found.exhibit.source == f"{hub.url}/api/v1/model-versions/128078"
    assert found.exhibit.seen == NOW
    assert found.findings == ()


def test_a_base_models_label_is_no_license_and_no_parent(hub: Hub, tmp_path: Path) -> None:
    found = told(client(hub, tmp_path).of_version(128078))
    assert found.licenses == ()
    assert found.parents is None


def test_the_flags_come_from_the_models_page_with_their_words(hub: Hub, tmp_path: Path) -> None:
    flags = told(client(hub, tmp_path).of_version(128078)).permissions
    assert flags
    assert flags.commercial == frozenset({"Image", "RentCivit"})
    assert (flags.no_credit, flags.derivatives, flags.different_license) == (False, True, False)
    assert flags.exhibit.source == f"{hub.url}/api/v1/models/101055"
    assert flags.exhibit.words.splitlines() == [
        '"allowNoCredit": false',
        '"allowCommercialUse": ["Image", "RentCivit"]',
        '"allowDerivatives": true',
        '"allowDifferentLicense": false',
    ]


def test_descriptions_are_read_for_what_they_restrict(hub: Hub, tmp_path: Path) -> None:
    found = told(client(hub, tmp_path).of_version(128078))
    assert [(each.place, each.words) for each in found.sentences] == [
        ("/description line 1", "Please do not use for commercial purposes."),
        ("/description line 1", "Not for sale."),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("None", set()),
        ("Image", {"Image"}),
        ("Rent", {"Image", "RentCivit", "Rent"}),
        ("Sell", {"Image", "RentCivit", "Rent", "Sell"}),
        ("{Image,Rent}", {"Image", "Rent"}),
        ([], set()),
        (["None"], set()),
        (["Sell"], {"Sell"}),
        (["SellMerge"], {"SellMerge"}),
        (None, None),
        ("whatever", None),
    ],
)
def test_commercial_use_is_read_in_every_form_it_had(
    written: object, read: set[str] | None, hub: Hub, tmp_path: Path
) -> None:
    hub.replies["/api/v1/models/101055"] = Reply.json(page(allowCommercialUse=written))
    flags = told(client(hub, tmp_path).of_version(128078)).permissions
    assert flags
    assert flags.commercial == read


def test_absent_flags_are_unknown(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/api/v1/models/101055"] = Reply.json({"id": 101055, "allowNoCredit": True})
    flags = told(client(hub, tmp_path).of_version(128078)).permissions
    assert flags
    assert (flags.commercial, flags.no_credit, flags.derivatives) == (None, True, None)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(status=403),
        Reply(b"<html>"),
        Reply(b"{}", cut=1),
        Reply(status=429, headers={"Retry-After": "999"}),
    ],
)
def test_a_page_that_is_not_given_leaves_the_version(reply: Reply, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/api/v1/models/101055"] = reply
    found = told(client(hub, tmp_path).of_version(128078))
    assert found.permissions is None
    assert codes(found) == ["permissions-not-read"]


def test_many_hashes_are_asked_for_at_once_and_matched_by_hash(hub: Hub, tmp_path: Path) -> None:
    second = version(id=2, name="two", files=[{**FILE, "hashes": {"SHA256": OTHER.upper()}}])
    publish(hub, version(), second)
    found = client(hub, tmp_path).of_hashes([OTHER, MODEL.upper(), "00" * 32, OTHER])
    assert list(found) == [OTHER, MODEL, "00" * 32]
    assert told(found[OTHER]).id == "civitai:101055@2"
    assert told(found[MODEL]).id == "civitai:101055@128078"
    assert json.loads(told(found[OTHER]).exhibit.words)["id"] == 2
    assert told(found[OTHER]).exhibit.place in {"/1", "/2"}
    assert why(found["00" * 32]) == "not-found"
    assert hub.paths() == ["/api/v1/model-versions/by-hash", "/api/v1/models/101055"]


def test_no_question_holds_more_hashes_than_are_taken(hub: Hub, tmp_path: Path) -> None:
    found = client(hub, tmp_path).of_hashes([f"{at:064x}" for at in range(2 * HASHES_AT_ONCE + 1)])
    assert len(found) == 2 * HASHES_AT_ONCE + 1
    sizes = [len(json.loads(one.body)) for one in hub.asked]
    assert sizes == [HASHES_AT_ONCE, HASHES_AT_ONCE, 1]


def test_no_hashes_ask_nobody(hub: Hub, tmp_path: Path) -> None:
    assert client(hub, tmp_path).of_hashes([]) == {}
    assert hub.asked == []


def test_a_vae_beside_a_checkpoint_is_a_model_of_its_own(hub: Hub, tmp_path: Path) -> None:
    found = told(client(hub, tmp_path).of_hashes([VAE])[VAE])
    assert found.kind is ModelKind.VAE
    assert found.files == ("sdxl_vae.safetensors",)
    assert found.hashes == (Hash(Scheme.SHA256, VAE),)


def test_a_vae_is_sought_at_its_own_version_first(hub: Hub, tmp_path: Path) -> None:
    own = version(id=999_999, model={"name": "SDXL VAE", "type": "VAE"}, files=[VAE_FILE])
    publish(hub, version(), own)
    found = told(client(hub, tmp_path).of_hashes([VAE])[VAE])
    assert found.id == "civitai:101055@999999"
    assert codes(found) == ["published-again"]


def test_a_file_published_twice_is_told(hub: Hub, tmp_path: Path) -> None:
    publish(hub, version(id=200_000, modelId=5), version())
    found = told(client(hub, tmp_path).of_hashes([MODEL])[MODEL])
    assert found.id == "civitai:101055@128078"
    (finding,) = found.findings
    assert "civitai:5@200000" in finding.message


@pytest.mark.parametrize(
    "sought",
    [
        Hash(Scheme.SHA256, MODEL),
        Hash(Scheme.AUTOV1, "f57b21e5"),
        Hash(Scheme.AUTOV2, MODEL[:10].upper()),
        Hash(Scheme.AUTOV3, "e577480d5d7d"),
        Hash(Scheme.BLAKE3, "a1" * 32),
        Hash(Scheme.CRC32, "0d4feb8d"),
    ],
)
def test_a_file_is_found_by_each_of_its_hashes(sought: Hash, hub: Hub, tmp_path: Path) -> None:
    assert told(client(hub, tmp_path).of_hash(sought)).id == "civitai:101055@128078"
    assert hub.asked[0].path == f"/api/v1/model-versions/by-hash/{sought.value.upper()}"


def test_a_short_hash_that_hits_another_file_finds_nothing(hub: Hub, tmp_path: Path) -> None:
    assert why(client(hub, tmp_path).of_hash(Hash(Scheme.CRC32, "f57b21e5"))) == "not-found"


@pytest.mark.parametrize(
    "sought",
    [
        Hash(Scheme.SHA256, MODEL[:10]),
        Hash(Scheme.SHA256, "g" * 64),
        Hash(Scheme.SHA256_12, MODEL[:12]),
        Hash(Scheme.AUTOV2, "../../../x"),
        Hash(Scheme.VENDOR, "Stable Diffusion"),
    ],
)
def test_what_cannot_be_asked_for_is_not(sought: Hash, hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be asked for"):
        client(hub, tmp_path).of_hash(sought)
    if sought.scheme is Scheme.SHA256:
        with pytest.raises(UsageError, match="cannot be asked for"):
            client(hub, tmp_path).of_hashes([MODEL, sought.value])
    assert hub.asked == []


def test_an_archived_model_lists_no_files_and_is_found_by_its_full_hash(hub: Hub, tmp_path: Path) -> None:
    archived = Reply.json(version(files=[], model={"name": "SD XL", "type": "Checkpoint", "mode": "Archived"}))
    hub.replies[f"/api/v1/model-versions/by-hash/{MODEL.upper()}"] = archived
    hub.replies[f"/api/v1/model-versions/by-hash/{MODEL[:10].upper()}"] = archived
    hub.replies["POST /api/v1/model-versions/by-hash"] = Reply(b"[" + archived.body + b"]")
    asking = client(hub, tmp_path)
    assert codes(asking.of_hashes([MODEL])[MODEL]) == ["archived"]
    assert codes(asking.of_hash(Hash(Scheme.SHA256, MODEL))) == ["archived"]
    assert why(asking.of_hash(Hash(Scheme.AUTOV2, MODEL[:10]))) == "not-found"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"usageControl": "Generation"}, "usage-control"),
        ({"availability": "EarlyAccess"}, "early-access"),
        ({"earlyAccessEndsAt": (NOW + timedelta(days=3)).isoformat()}, "early-access"),
        ({"model": {"name": "SD XL", "type": "Checkpoint", "poi": True}}, "depicts-real-person"),
        ({"model": {"name": "SD XL", "type": "Checkpoint", "mode": "TakenDown"}}, "taken-down"),
    ],
)
def test_what_a_person_should_know_is_a_finding(members: dict[str, Any], code: str, hub: Hub, tmp_path: Path) -> None:
    publish(hub, version(**members))
    hub.replies["/api/v1/models/101055"] = Reply.json({"allowNoCredit": True})
    assert codes(client(hub, tmp_path).of_version(128078)) == [code]


def test_a_model_taken_down_is_told_by_its_page(hub: Hub, tmp_path: Path) -> None:
    hub.replies["/api/v1/models/101055"] = Reply.json(page(mode="TakenDown"))
    assert codes(client(hub, tmp_path).of_version(128078)) == ["taken-down"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not-found"), (410, "taken-down"), (451, "taken-down"), (403, "refused"), (401, "refused")],
)
def test_a_refusal_is_an_answer(status: int, code: str, hub: Hub, tmp_path: Path) -> None:
    refusal = Reply.json({"error": "Model not found"}, status)
    hub.replies["/api/v1/model-versions/7"] = refusal
    hub.replies["POST /api/v1/model-versions/by-hash"] = refusal
    asking = client(hub, tmp_path)
    found = asking.of_version(7)
    assert why(found) == why(asking.of_hashes([OTHER])[OTHER]) == code
    assert isinstance(found, Absent)
    assert found.exhibit.words == '{"error": "Model not found"}'


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"id": 1}', b'{"id": true, "modelId": 2}', b'{"id": -1, "modelId": 2}',
     b'{"id": 1, "modelId": 1' + b"0" * 5000 + b"}", b'{"id": 1, "modelId": "../2"}', b'{"a":' * 100_000, b"\xff"],
)  # fmt: skip
def test_an_answer_of_another_shape_is_malformed(body: bytes, hub: Hub, tmp_path: Path) -> None:
    hub.replies["/api/v1/model-versions/7"] = Reply(body)
    with pytest.raises(Malformed, match="check that"):
        client(hub, tmp_path).of_version(7)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'[{"id": 1}]', b"[[]]", b"["])
def test_a_list_of_another_shape_is_malformed(body: bytes, hub: Hub, tmp_path: Path) -> None:
    hub.replies["POST /api/v1/model-versions/by-hash"] = Reply(body)
    with pytest.raises(Malformed, match="check that"):
        client(hub, tmp_path).of_hashes([MODEL])


def test_a_busy_site_is_waited_for_and_then_left_alone(hub: Hub, tmp_path: Path) -> None:
    clock = Clock()
    hub.replies["/api/v1/model-versions/7"] = in_turn(
        Reply(status=429, headers={"Retry-After": "9"}), Reply.json(version(id=7))
    )
    assert told(Civitai(hub.door(tmp_path, clock=clock), f"{hub.url}/").of_version(7)).id == "civitai:101055@7"
    assert 9 in clock.slept
    hub.replies["/api/v1/model-versions/8"] = Reply(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(Unreachable, match="try again after"):
        client(hub, tmp_path).of_version(8)


def test_the_page_of_a_model_is_asked_for_once(hub: Hub, tmp_path: Path) -> None:
    publish(hub, version(), version(id=2, files=[{**FILE, "hashes": {"SHA256": OTHER.upper()}}]))
    asking = client(hub, tmp_path)
    asking.of_hashes([MODEL, OTHER])
    asking.of_version(2)
    assert hub.paths().count("/api/v1/models/101055") == 1


def test_offline_the_kept_answers_give_the_same_records(hub: Hub, tmp_path: Path) -> None:
    online = client(hub, tmp_path).of_hashes([MODEL])
    asked = len(hub.asked)
    offline = Civitai(hub.door(tmp_path, offline=True), hub.url)
    assert offline.of_hashes([MODEL]) == online
    assert len(hub.asked) == asked
    with pytest.raises(Unreachable, match="ask online"):
        offline.of_version(7)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Civitai]]:
    with serving() as hub:
        yield hub, Civitai(hub.door(tmp_path_factory.mktemp("answers")), hub.url)


@settings(max_examples=60)
@given(
    of_version=st.dictionaries(st.sampled_from(sorted(version())), json_values, min_size=1, max_size=3),
    of_page=st.dictionaries(st.sampled_from(sorted(page())), json_values, max_size=3),
)
def test_any_json_gives_a_record_or_a_clear_error(
    fuzzed: tuple[Hub, Civitai], of_version: dict[str, Any], of_page: dict[str, Any]
) -> None:
    hub, asking = fuzzed
    told_version = version(**of_version)
    hub.replies["/api/v1/model-versions/7"] = Reply.json(told_version)
    hub.replies["POST /api/v1/model-versions/by-hash"] = Reply.json([told_version])
    hub.replies[f"/api/v1/models/{told_version['modelId']}"] = Reply.json(page(**of_page))
    try:
        found = asking.of_version(7)
        many = asking.of_hashes([MODEL])
    except SubjectError:
        return
    assert isinstance(found, ModelRecord)
    assert isinstance(many[MODEL], ModelRecord | Absent)
    "".join((found.name, *found.files, *(finding.message for finding in found.findings))).encode()
