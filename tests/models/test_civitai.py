import pytest

from usufruct.models import civitai
from usufruct.models.identity import Hash, ModelKind, Scheme

SHA256 = "ab" * 32


@pytest.mark.parametrize(
    ("name", "kind"),
    [("LORA", ModelKind.LORA), ("LoCon", ModelKind.LORA), ("TextualInversion", ModelKind.EMBEDDING),
     ("Checkpoint", ModelKind.CHECKPOINT), ("Poses", ModelKind.OTHER), (None, ModelKind.OTHER)],
)  # fmt: skip
def test_types_of_models(name: str | None, kind: ModelKind) -> None:
    assert civitai.kind(name) is kind


def test_hashes_are_read_with_or_without_the_file_around_them() -> None:
    expected = [Hash(Scheme.SHA256, SHA256), Hash(Scheme.SHA256_BODY, SHA256)]
    hashes = {"SHA256": SHA256.upper(), "AutoV3": SHA256, "AutoV1": "short", "MD5": SHA256}
    assert list(civitai.hashes(hashes)) == list(civitai.hashes({"hashes": hashes})) == expected


def test_a_file_is_told_by_hash_then_name_then_rank() -> None:
    first = {"name": "a.safetensors", "hashes": {"SHA256": SHA256}}
    second = {"name": "b.safetensors"}
    main = {"name": "c.safetensors", "primary": True}
    version = {"files": [first, second, main]}
    assert civitai.file_of(version, "b.safetensors", frozenset({Hash(Scheme.SHA256, SHA256)})) == first
    assert civitai.file_of(version, "B.safetensors") == second
    assert civitai.file_of(version, "z.safetensors") == main
    assert civitai.file_of({"files": [first, second]}, "z.safetensors") == {}
    assert civitai.file_of({"files": [second]}, "z.safetensors") == second
    assert civitai.file_of({"files": "?"}, "z.safetensors") == {}


@pytest.mark.parametrize("number", [True, -1, 0, "5", None, 1.5])
def test_what_is_no_number_of_a_version_names_none(number: object) -> None:
    assert list(civitai.version_names({"id": number, "air": "urn:air:x"})) == []
