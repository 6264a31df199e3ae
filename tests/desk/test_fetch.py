"""Asking the hubs: real clients against a server on this machine, and what is kept of its answers."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.conftest import SEEN, Ask, a1111, checkpoint
from tests.desk.test_clear import SDXL
from tests.hubs import Hub, Reply, serving
from tests.models.sources import test_civitai as civitai
from tests.models.sources import test_huggingface as huggingface
from usufruct.desk.fetch import Hubs, Inquiry, fetch_models
from usufruct.desk.models import Told, find
from usufruct.errors import SubjectError
from usufruct.models.identity import Hash, Scheme
from usufruct.models.inventory import Inventory
from usufruct.models.lineage import Certainty
from usufruct.models.sources.civitai import Civitai
from usufruct.models.sources.huggingface import HuggingFace
from usufruct.verdicts.verdict import Answer

pytestmark = pytest.mark.enable_socket

TURBO = huggingface.TURBO
AIR = "urn:air:sdxl:checkpoint:civitai:101055@128078"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        huggingface.publish(hub)
        civitai.publish(hub, civitai.version())
        yield hub


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory(tmp_path / "data" / "inventory.sqlite3")


def hubs(hub: Hub, folder: Path, *, offline: bool = False, downloads: Path | None = None) -> Hubs:
    door = hub.door(folder / "answers", offline=offline)
    return Hubs(huggingface=HuggingFace(door, hub.url), civitai=Civitai(door, hub.url), downloads=downloads)


def fetched(asked: Hubs, inventory: Inventory, *names: str | Path) -> list[Told]:
    return list(fetch_models([str(name) for name in names], hubs=asked, inventory=inventory, seen=SEEN))


def ids(told: Told) -> list[str]:
    return [record.id for record in told.account.records] if told.account else []


def publish_file(hub: Hub, model: Path, **members: object) -> None:
    """Let Civitai know the bytes of ``model``."""
    digest = hashlib.sha256(model.read_bytes()).hexdigest().upper()
    file = {"id": 1, "name": model.name, "type": "Model", "hashes": {"SHA256": digest, "AutoV2": digest[:10]}}
    civitai.publish(hub, civitai.version(files=[file], description="", **members))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (TURBO, f"huggingface:{TURBO}@{huggingface.SHA}"),
        (f"https://huggingface.co/{TURBO}", f"huggingface:{TURBO}@{huggingface.SHA}"),
        (f"{TURBO}@{huggingface.SHA}", f"huggingface:{TURBO}@{huggingface.SHA}"),
        ("sdxl-turbo", f"huggingface:{TURBO}@{huggingface.SHA}"),
        ("civitai:101055@128078", "civitai:101055@128078"),
        (AIR, "civitai:101055@128078"),
        (civitai.MODEL, "civitai:101055@128078"),
        (civitai.MODEL[:10].upper(), "civitai:101055@128078"),
    ],
)
def test_a_model_is_asked_for_by_what_its_hub_calls_it(
    hub: Hub, inventory: Inventory, tmp_path: Path, name: str, known: str
) -> None:
    (told,) = fetched(hubs(hub, tmp_path), inventory, name)
    assert ids(told) == [known]
    assert told.error == ""
    assert told.asked == name
    asked_before = len(hub.asked)
    (again,) = find([known], inventory=inventory, seen=SEEN)
    assert ids(again) == [known]
    assert len(hub.asked) == asked_before


def test_a_file_is_asked_for_by_its_hash_and_by_where_it_lies(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    cached = tmp_path / f"models--{TURBO.replace('/', '--')}" / "snapshots" / huggingface.SHA
    model = checkpoint(cached / "model.safetensors", fill=0.1)
    other = checkpoint(tmp_path / "other.safetensors", fill=0.2)
    publish_file(hub, other)
    huggingface.publish(hub, siblings=[])
    here, there = fetched(hubs(hub, tmp_path), inventory, model, other)
    assert f"huggingface:{TURBO}@{huggingface.SHA}" in ids(here)
    assert ids(there) == ["civitai:101055@128078"]
    assert there.account
    assert there.account.known.certainty is Certainty.EXACT
    assert there.account.permissions


def test_the_files_of_a_folder_are_asked_for_at_once(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    for number in range(5):
        checkpoint(tmp_path / f"models/{number}.safetensors", fill=number / 10)
    (tmp_path / "models/page.safetensors").write_text("<html>404</html>")
    told = fetched(hubs(hub, tmp_path), inventory, tmp_path / "models")
    assert len(told) == 6
    assert all(each.error for each in told)
    assert hub.paths() == ["/api/v1/model-versions/by-hash"]


def test_what_no_hub_knows_says_so_and_what_to_do(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "x.safetensors")
    told = fetched(
        hubs(hub, tmp_path), inventory, "maker/nothing", "civitai:1@2", "0" * 64, model, "nope", "gone/x.ckpt"
    )
    assert [ids(each) for each in told] == [[]] * 6
    assert all(each.error for each in told)
    assert "may be private" in told[0].error
    assert "no proof" in told[1].error
    assert "civitai:MODEL@VERSION" in told[4].error


def test_a_path_is_nobody_elses_business(hub: Hub, inventory: Inventory, tmp_path: Path, ask: Ask) -> None:
    (told,) = fetched(hubs(hub, tmp_path), inventory, "clients/secret.safetensors")
    assert told.error
    picture = a1111(tmp_path / "a.png", "clients/secret.safetensors")
    ask(picture, hubs=hubs(hub, tmp_path), inventory=inventory)
    assert hub.asked == []


def test_nothing_is_asked_twice(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    inquiry = Inquiry(hubs(hub, tmp_path), inventory, SEEN)
    assert inquiry.version(128078) == inquiry.version(128078) != []
    assert inquiry.files(["0" * 64]) == inquiry.files(["0" * 64]) == []
    assert len([path for path in hub.paths() if path == "/api/v1/model-versions/by-hash"]) == 1


@pytest.mark.parametrize("value", ["", "nonsense", "0x", "../../../models", "F" * 63, "f" * 10_000, "\uff11" * 10])
def test_a_hash_that_is_none_is_not_asked_for(hub: Hub, inventory: Inventory, tmp_path: Path, value: str) -> None:
    inquiry = Inquiry(hubs(hub, tmp_path), inventory, SEEN)
    assert inquiry.named("a name", [Hash(scheme, value) for scheme in Scheme]) == []
    assert hub.asked == []


def test_eight_digits_are_never_asked_for_unless_a_person_says_so(
    hub: Hub, inventory: Inventory, tmp_path: Path
) -> None:
    inquiry = Inquiry(hubs(hub, tmp_path), inventory, SEEN)
    assert inquiry.named("a name", [Hash(Scheme.AUTOV1, "f57b21e5")]) == []
    assert hub.asked == []


def test_a_hub_that_fails_is_an_error_and_the_others_are_asked(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    hub.replies[f"/api/models/{TURBO}"] = Reply(b"<html>Sorry</html>")
    failed, known = fetched(hubs(hub, tmp_path), inventory, TURBO, AIR)
    assert failed.account is None
    assert "check" in failed.error
    assert ids(known) == ["civitai:101055@128078"]


def test_the_troubles_of_one_file_are_not_those_of_another(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    lost = tmp_path / "models/models--maker--gone/snapshots" / ("a" * 40)
    checkpoint(lost / "a.safetensors", fill=0.1)
    known = checkpoint(tmp_path / "models/z.safetensors", fill=0.2)
    publish_file(hub, known)
    hub.replies["/api/models/maker/gone/revision/" + "a" * 40] = Reply(
        b"{", headers={"Content-Type": "application/json"}
    )
    failed, fine = fetched(hubs(hub, tmp_path), inventory, tmp_path / "models")
    assert failed.error
    assert fine.error == ""


def test_offline_asks_nobody_and_reads_what_was_kept(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    (online,) = fetched(hubs(hub, tmp_path), inventory, TURBO)
    hub.asked.clear()
    again, unknown = fetched(hubs(hub, tmp_path, offline=True), Inventory(None), TURBO, "maker/other")
    assert ids(again) == ids(online)
    assert "ask online" in unknown.error
    assert hub.asked == []


def test_offline_reads_what_the_hubs_own_client_left(hub: Hub, inventory: Inventory, tmp_path: Path) -> None:
    cache = tmp_path / "hub" / "models--maker--fox"
    snapshot = cache / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("a" * 40)
    (cache / "blobs").mkdir()
    (cache / "blobs" / ("1" * 40)).write_text("---\nlicense: mit\n---\n# Fox\n")
    (snapshot / "README.md").symlink_to(cache / "blobs" / ("1" * 40))
    asked = hubs(hub, tmp_path, offline=True, downloads=tmp_path / "hub")
    (told,) = fetched(asked, inventory, "maker/fox")
    assert told.account
    assert [claim.license for claim in told.account.licenses] == ["mit"]
    assert hub.asked == []


# check --online


def test_a_pictures_unknown_hash_is_asked_for(hub: Hub, inventory: Inventory, tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "elsewhere.safetensors", SDXL)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    publish_file(hub, model)
    hub.replies["/api/v1/models/101055"] = Reply.json(civitai.page(description="", allowCommercialUse=["Rent"]))
    picture = a1111(tmp_path / "a.png", "mystery", digest[:10])
    before = ask(picture, inventory=inventory)["a.png"]
    assert before.components[0].identified is None
    found = ask(picture, inventory=inventory, hubs=hubs(hub, tmp_path))["a.png"]
    assert found.certainty is Certainty.SHORT_HASH
    assert found.answer is Answer.FORBIDDEN
    assert found.verdict
    assert any("flags" in reason.effect for reason in found.verdict.reasons)
    hub.asked.clear()
    assert ask(picture, inventory=inventory)["a.png"].certainty is Certainty.SHORT_HASH
    assert hub.asked == []


def test_known_bytes_are_not_asked_for(hub: Hub, inventory: Inventory, tmp_path: Path, ask: Ask) -> None:
    picture = a1111(tmp_path / "a.png", "sdxl", civitai.MODEL[:10])
    assert ask(picture, inventory=inventory, hubs=hubs(hub, tmp_path))["a.png"].answer is Answer.ALLOWED
    assert hub.asked == []


def test_the_models_beside_pictures_are_asked_for(hub: Hub, inventory: Inventory, tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "models/fox.safetensors", SDXL | {"modelspec.license": "MIT"})
    publish_file(hub, model)
    picture = a1111(tmp_path / "a.png", "fox", hashlib.sha256(model.read_bytes()).hexdigest()[:10])
    before = ask(picture, models=[tmp_path / "models"], use="host-service")["a.png"]
    asked = hubs(hub, tmp_path)
    after = ask(picture, models=[tmp_path / "models"], use="host-service", hubs=asked, inventory=inventory)["a.png"]
    assert (before.answer, after.answer) == (Answer.ALLOWED_WITH_DUTIES, Answer.FORBIDDEN)


def test_a_hub_that_cannot_be_asked_is_told_once_and_raises_nothing(
    hub: Hub, inventory: Inventory, tmp_path: Path, ask: Ask
) -> None:
    pictures = [a1111(tmp_path / f"{number}.png", "mystery", "0123456789") for number in range(3)]
    hub.replies["/api/v1/model-versions/by-hash/0123456789"] = Reply(b"[]")
    warned: list[tuple[Path, SubjectError]] = []

    def warn(path: Path, error: SubjectError) -> None:
        warned.append((path, error))

    found = ask(*pictures, inventory=inventory, hubs=hubs(hub, tmp_path), warn=warn)
    assert {each.answer for each in found.values()} == {Answer.UNKNOWN}
    assert [path.name for path, _ in warned] == ["0.png"]
    assert "check that" in str(warned[0][1])


def test_a_hostile_hash_in_a_picture_stops_nothing(hub: Hub, inventory: Inventory, tmp_path: Path, ask: Ask) -> None:
    info = json.dumps({"resources": [{"type": "model", "name": "x", "hash": "zz/../?"}]})
    picture = a1111(tmp_path / "a.png", "x", "not-a-hash", prompt=f"a fox\nCivitai resources: {info}")
    assert ask(picture, inventory=inventory, hubs=hubs(hub, tmp_path))["a.png"].answer is Answer.UNKNOWN
    assert hub.asked == []
