import base64

import pytest

from tests.pictures.dialects.hostile import layer
from usufruct.pictures.dialects import xai
from usufruct.pictures.layer import Layer
from usufruct.pictures.reconcile import reconcile, says_nothing

SIGNATURE = f"Signature: {base64.b64encode(bytes(range(64))).decode()}"
NUMBER = "8323d5b0-1888-4fd7-a239-9d4bb8222ce3"
ARTIST = layer("EXIF:IFD0:Artist", NUMBER)


@pytest.mark.parametrize("keys", [("EXIF:IFD0:ImageDescription",), ("EXIF:IFD0:ImageDescription", "EXIF:UserComment")])
def test_the_form_is_a_note_and_no_more(keys: tuple[str, ...]) -> None:
    recipe = xai.read([*(layer(key, SIGNATURE + "\0") for key in keys), ARTIST])
    assert recipe is not None
    assert recipe.layers == (*keys, "EXIF:IFD0:Artist")
    assert [finding.code for finding in recipe.findings] == ["grok-form"]
    assert says_nothing(reconcile([recipe]))


@pytest.mark.parametrize(
    "layers",
    [
        [layer("EXIF:IFD0:ImageDescription", SIGNATURE)],
        [ARTIST],
        [layer("EXIF:IFD0:ImageDescription", SIGNATURE), layer("EXIF:IFD0:Artist", "Ada Example")],
        [layer("EXIF:IFD0:ImageDescription", "Signature: Ada"), ARTIST],
        [layer("EXIF:IFD0:ImageDescription", SIGNATURE + " and more"), ARTIST],
        [layer("tEXt:Description", SIGNATURE), ARTIST],
        [Layer("EXIF:IFD0:ImageDescription", b"\0"), Layer("EXIF:IFD0:Artist", b"\0")],
    ],
)
def test_half_of_it_is_nothing(layers: list[Layer]) -> None:
    assert xai.read(layers) is None
