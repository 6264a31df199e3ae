"""Models as a terminal shows them, and as the public contract names their keys."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.reports.conftest import ROOT, SEEN, same_as_golden
from tests.reports.test_text import printed
from usufruct.desk.models import Told, descent, find, index_folders
from usufruct.exhibit import Exhibit
from usufruct.models.identify import Candidate, Identification
from usufruct.models.inventory import Inventory
from usufruct.models.lineage import Relation
from usufruct.models.record import LicenseClaim, Origin, Permissions
from usufruct.reports.jsonlines import descent_object, line, told_object
from usufruct.reports.models import (
    ORIGINS,
    RELATIONS,
    account_text,
    error_text,
    license_words,
    lineage_text,
    permission_words,
    shelf_text,
    size_words,
)

LANTERN = "examples/models/loras/lantern-glow.safetensors"
NOTHING = Inventory(None)
TOLD = {"asked", "path", "name", "kind", "identity", "findings"}
IDENTITY = {
    "kind", "format", "title", "size", "sha256", "sha256_body", "hashes", "family", "architecture", "identified",
    "claimed", "lineage", "licenses", "sentences", "permissions",
}  # fmt: skip
EXHIBIT = {"source", "place", "words", "digest", "seen"}
ANCESTOR = {"name", "id", "relation", "certainty", "exhibit", "licenses", "parents", "again"}


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def found(*names: str) -> list[Told]:
    return list(find(names, inventory=NOTHING, seen=SEEN))


def exhibit(words: str = "x") -> Exhibit:
    return Exhibit.of(words.encode(), source="x", place="y", words=words, seen=SEEN)


def test_an_account_at_a_terminal() -> None:
    accounts = [told.account for told in found(LANTERN, "juggernaut-xl-v9") if told.account]
    same_as_golden("models-show.txt", "".join(printed(account_text(each)) for each in accounts))


def test_a_tree_at_a_terminal() -> None:
    roots = [root for _, root in descent([LANTERN, "juggernaut-xl-v9"], inventory=NOTHING, seen=SEEN) if root]
    same_as_golden("models-tree.txt", "".join(printed(lineage_text(each)) for each in roots))


def test_a_shelf_at_a_terminal() -> None:
    shelf = index_folders([Path("examples/models")], inventory=NOTHING, seen=SEEN)
    same_as_golden("models-list.txt", printed(shelf_text([told.account for told in shelf if told.account])))


def test_an_empty_shelf_is_a_sentence() -> None:
    assert printed(shelf_text([])) == "0 models, 0 bytes.\n"


def test_every_line_fits_a_narrow_terminal() -> None:
    for told in found(LANTERN, "sdxl-turbo", "examples/models/checkpoints/harbor-sketch.safetensors"):
        assert told.account
        assert max(map(len, printed(account_text(told.account), 60).splitlines())) <= 60


def test_a_record_that_is_no_file_is_not_as_claimed() -> None:
    (told,) = found("sdxl-turbo")
    assert told.account
    shown = printed(account_text(told.account), 200)
    assert "id sdxl-turbo, read at https://huggingface.co/stabilityai/sdxl-turbo" in shown
    assert "as claimed" not in shown


def test_flags_without_a_license_are_shown_as_what_is_said_all_the_same() -> None:
    (told,) = found("sdxl-turbo")
    assert told.account
    flags = Permissions(
        commercial=frozenset(), no_credit=None, derivatives=None, different_license=None, exhibit=exhibit()
    )
    record = replace(told.account.records[0], licenses=(), permissions=flags)
    bare = replace(told.account, known=Identification(candidates=(Candidate(record=record),)))
    shown = printed(account_text(bare), 200)
    assert "no license is declared anywhere here; what is said all the same" in shown
    assert "does not allow selling pictures it makes (x, y)" in shown


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "red\x1b[31m\u202e.safetensors"
    path.write_bytes(Path(LANTERN).read_bytes())
    (told,) = found(str(path))
    (_, root), *_ = descent([str(path)], inventory=NOTHING, seen=SEEN)
    assert told.account
    assert root
    shown = printed(account_text(told.account)) + printed(lineage_text(root)) + printed(shelf_text([told.account]))
    shown += error_text(str(path), "a\nb")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "a\\x0ab" in shown


def test_every_word_of_the_vocabulary_has_words_for_people() -> None:
    assert set(RELATIONS) == set(Relation)
    assert set(ORIGINS) == set(Origin)


def test_a_license_text_goes_by_its_first_line() -> None:
    text = "\n\n  The License of Our House\n\n" + "You may do as you like. " * 20
    assert license_words(LicenseClaim(license=text, exhibit=exhibit())) == "the text “The License of Our House”"
    assert license_words(LicenseClaim(license="a\n b", exhibit=exhibit())) == "a b"
    assert len(license_words(LicenseClaim(license="word " * 1000, exhibit=exhibit()))) < 70


def test_flags_are_told_where_they_restrict() -> None:
    def words(commercial: frozenset[str] | None, *, said: bool | None) -> list[str]:
        flags = Permissions(
            commercial=commercial, no_credit=said, derivatives=said, different_license=said, exhibit=exhibit()
        )
        return list(permission_words(flags))

    everything = frozenset({"Image", "Rent", "RentCivit", "Sell"})
    assert words(everything, said=True) == words(None, said=None) == []
    assert len(words(frozenset(), said=False)) == 7


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (40_000_000, "40 MB"), (6_938_078_334, "6.94 GB")],
)
def test_sizes_are_in_the_unit_that_people_use(count: int, words: str) -> None:
    assert size_words(count) == words


# The public contract.


def exhibits(value: object) -> Iterator[dict[str, object]]:
    """Everything in ``value`` that tells where it was read."""
    if isinstance(value, dict):
        if "digest" in value:
            yield value
        for each in value.values():
            yield from exhibits(each)
    elif isinstance(value, list):
        for each in value:
            yield from exhibits(each)


def test_the_identity_of_a_file() -> None:
    (told,) = found(LANTERN)
    value = json.loads(line(told_object(told.asked, told.account, told.error)))
    assert set(value) == TOLD
    assert (value["path"], value["name"], value["kind"]) == (LANTERN, "lantern-glow.safetensors", "lora")
    identity = value["identity"]
    assert set(identity) == IDENTITY
    assert identity["size"] == Path(LANTERN).stat().st_size
    assert {"scheme": "sha256", "value": identity["sha256"]} in identity["hashes"]
    assert (identity["format"], identity["family"], identity["identified"]) == ("safetensors", "sdxl", None)
    assert [each["license"] for each in identity["licenses"]] == ["MIT"]
    assert all(set(each) == EXHIBIT | {"license", "origin", "where"} for each in identity["licenses"])
    assert {each["name"] for each in identity["lineage"]} >= {"sd_xl_base_1.0.safetensors"}
    assert all(
        set(each) == {"name", "relation", "certainty", "origin", "where", "source"} for each in identity["lineage"]
    )


def test_the_identity_of_a_record_has_no_computed_hash() -> None:
    (told,) = found("sdxl-base-1.0")
    identity = told_object(told.asked, told.account, told.error)["identity"]
    assert set(identity) == IDENTITY
    assert identity["hashes"] == []
    assert identity["sha256"] is None
    (model,) = identity["identified"]["models"]
    assert set(model) == EXHIBIT | {"id", "name", "repository"}
    assert {each["origin"] for each in identity["licenses"]} == {"catalog"}


def test_what_is_not_known_has_an_error_and_the_same_keys() -> None:
    (told,) = found("nope")
    value = told_object(told.asked, told.account, told.error)
    assert set(value) == TOLD | {"error"}
    assert (value["asked"], value["identity"]) == ("nope", None)
    (told, root), *_ = descent(["nope"], inventory=NOTHING, seen=SEEN)
    assert set(descent_object(told.asked, root, told.error)) == ANCESTOR | {"asked", "error"}


def test_a_tree_is_ancestors_within_ancestors() -> None:
    (told, root), *_ = descent([LANTERN], inventory=NOTHING, seen=SEEN)
    value = json.loads(line(descent_object(told.asked, root, told.error)))
    assert set(value) == ANCESTOR | {"asked"}
    (base,) = value["parents"]
    assert set(base) == ANCESTOR
    assert (base["id"], base["relation"], base["parents"]) == ("sdxl-base-1.0", "adapter-of", [])


def test_every_statement_is_dated_and_has_a_digest() -> None:
    for told in found(LANTERN, "juggernaut-xl-v9"):
        shown = list(exhibits(told_object(told.asked, told.account, told.error)))
        assert shown
        for each in shown:
            assert set(each) >= EXHIBIT
            assert len(str(each["digest"])) == 64
            assert datetime.fromisoformat(str(each["seen"])) <= datetime.now(UTC)
