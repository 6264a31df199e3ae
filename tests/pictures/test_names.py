import pytest

from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures import names


@pytest.mark.parametrize(
    ("name", "base"),
    [("a.ckpt", "a.ckpt"), ("x/y/a.ckpt", "a.ckpt"), ("C:\\x\\a", "a"), ("x\\y/a b/", "a b"), ("", "")],
)
def test_base(name: str, base: str) -> None:
    assert names.base(name) == base


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("a [0123456789]", ("a", "0123456789")),
        ("a b [0123ABCD]", ("a b", "0123ABCD")),
        ("a(6d3eb064dcc1)", ("a", "6d3eb064dcc1")),
        ("a [119b]", ("a", "119b")),
        ("a (2023)", ("a (2023)", "")),
        ("a(20230101)", ("a(20230101)", "")),
        ("a [x]", ("a [x]", "")),
        ("[0123456789]", ("[0123456789]", "")),
        (" a ", ("a", "")),
        ("", ("", "")),
    ],
)
def test_split_title(title: str, parts: tuple[str, str]) -> None:
    assert names.split_title(title) == parts


def test_twelve_digits_mean_what_the_place_says() -> None:
    assert names.hashes("AAEBF6360F7D") == (Hash(Scheme.SHA256_12, "aaebf6360f7d"),)
    assert names.hashes("aaebf6360f7d", Scheme.AUTOV3) == (Hash(Scheme.AUTOV3, "aaebf6360f7d"),)


@pytest.mark.parametrize("value", ["", "0123456", "zzzzzzzzzz", "e3b0c44298fc", "e3b0c442", "0123456789 0"])
def test_what_tells_no_files_apart_is_no_hash(value: str) -> None:
    assert names.hashes(value) == ()


def test_an_air_tells_its_kind() -> None:
    assert names.air(ModelKind.OTHER, "urn:air:flux1:LORA:civitai:1@2") == (
        ModelKind.LORA,
        (Hash(Scheme.AIR, "urn:air:flux1:lora:civitai:1@2"),),
    )
    assert names.air(ModelKind.VAE, "urn:air:other:odd:civitai:1@2")[0] is ModelKind.VAE
    assert names.air(ModelKind.VAE, "a.safetensors") == (ModelKind.VAE, ())
