import msgspec
import pytest

from usufruct.errors import UsageError
from usufruct.licenses.knowledge import License, declared_license, license_by_id, licenses


def test_every_license_has_its_terms() -> None:
    assert len(licenses()) >= 170
    assert [entry.id for entry in licenses().values() if not entry.terms and not entry.policy] == []
    assert [
        entry.id for entry in licenses().values() if not entry.url.startswith(("https://", "http://www.wtfpl.net"))
    ] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mit", "mit"),
        ("MIT License", "mit"),
        ("  The  MIT\nLicense ", "mit"),
        ("Apache-2.0", "apache-2.0"),
        ("CreativeML Open RAIL-M", "creativeml-openrail-m"),
        ("openrail++", None),
        ("openrail", None),
        ("mit or something like it", None),
        ("", None),
    ],
)
def test_a_declaration_names_one_text_or_none(words: str, expected: str | None) -> None:
    assert declared_license(words) == expected


def test_no_name_means_two_licenses() -> None:
    names = [name.casefold() for entry in licenses().values() for name in (entry.id, entry.name, *entry.names)]
    assert len({*names}) == len({(name, declared_license(name)) for name in names})
    for entry in licenses().values():
        assert {declared_license(name) for name in (entry.id, entry.name, *entry.names)} == {entry.id}


def test_an_unknown_id_points_to_the_list() -> None:
    with pytest.raises(UsageError, match="license list"):
        license_by_id("no-such-license")


def test_a_word_outside_the_vocabulary_is_an_error() -> None:
    data = b'id="x"\nname="x"\nissuer="x"\nurl="x"\ntext="full"\n[[duties]]\nduty="dance"\n'
    with pytest.raises(msgspec.ValidationError, match="dance"):
        msgspec.toml.decode(data, type=License)


def test_a_key_outside_the_form_is_an_error() -> None:
    data = b'id="x"\nname="x"\nissuer="x"\nurl="x"\ntext="full"\ncommercial=true\n'
    with pytest.raises(msgspec.ValidationError, match="commercial"):
        msgspec.toml.decode(data, type=License)
