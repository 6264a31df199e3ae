import pytest

from usufruct.licenses.titles import is_title, named_by_title


@pytest.mark.parametrize("line", ["The MIT License (MIT)", "MIT License", "# LICENSE", "**MIT** license"])
def test_titles_of_mit(line: str) -> None:
    assert is_title(line, ("mit",))


@pytest.mark.parametrize("line", ["Modified MIT License", "MIT License, no API", "BSD 2-Clause License", "the", ""])
def test_no_titles_of_mit(line: str) -> None:
    assert not is_title(line, ("mit",))


@pytest.mark.parametrize(
    ("line", "license_id"),
    [
        ("Apache License 2.0", "apache-2.0"),
        ("Llama 3.1 Community License Agreement", "llama-3.1-community"),
        ("Creative Commons Attribution 4.0 International", "cc-by-4.0"),
    ],
)
def test_a_title_names_its_license(line: str, license_id: str) -> None:
    assert license_id in named_by_title(line)


@pytest.mark.parametrize("line", ["", "License", "protobuf", "A harbor at night", "MIT License " * 20])
def test_no_title_names_none(line: str) -> None:
    assert named_by_title(line) == ()
