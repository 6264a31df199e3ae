import pytest

from usufruct.models.repository import hub_id


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("org/name", "org/name"),
        ("stabilityai/sdxl-turbo", "stabilityai/sdxl-turbo"),
        ("https://huggingface.co/org/name", "org/name"),
        ("https://huggingface.co/org/name/blob/main/README.md", "org/name"),
        ("/home/ann/.cache/huggingface/hub/models--org--name/snapshots/0/unet", "org/name"),
        ("C:\\hub\\models--org--na-me.v1\\snapshots", "org/na-me.v1"),
        ("name", None),
        ("../name", None),
        ("/home/me/model", None),
        ("./out/model", None),
        ("a/b/c", None),
        ("https://example.org/org/name", None),
        ("", None),
    ],
)
def test_ids_of_a_hub(written: str, expected: str | None) -> None:
    assert hub_id(written) == expected
