import pytest
from hypothesis import given
from hypothesis import strategies as st

from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures import civitai
from usufruct.pictures.civitai import resources
from usufruct.pictures.recipe import Used

AIR = "urn:air:sdxl:LORA:civitai:1@22"


def test_an_entry_with_a_number() -> None:
    entry = {"type": "Checkpoint", "modelVersionId": 5, "modelName": "Plant", "modelVersionName": "II", "strength": 0.5}
    (found,) = resources([entry])
    assert (found.kind, found.name, found.version, found.weight, found.path) == (
        ModelKind.CHECKPOINT,
        "Plant II",
        "5",
        0.5,
        "/0",
    )
    model = found.ingredient("tEXt:parameters Civitai resources")
    assert (model.used, model.where) == (Used.DECLARED, "tEXt:parameters Civitai resources/0 modelVersionId 5")
    assert model.hashes == (Hash(Scheme.CIVITAI_VERSION, "5"),)


def test_an_entry_with_a_full_name() -> None:
    found, titled = resources([{"air": AIR}, {"air": AIR, "modelName": "Ink", "modelVersionId": 9, "type": "odd"}])
    assert (found.kind, found.name, found.version) == (ModelKind.LORA, AIR, "22")
    assert found.hash == Hash(Scheme.AIR, AIR.lower())
    assert (titled.kind, titled.name, titled.version) == (ModelKind.LORA, "Ink", "9")
    assert titled.hash == found.hash


def test_those_nearer_to_the_top_come_first() -> None:
    request = {
        "transformations": [{"resources": [{"modelVersionId": "3"}]}],
        "resources": [{"modelVersionId": 1}, {"modelVersionId": 2}],
    }
    assert [(found.version, found.path) for found in resources(request)] == [
        ("1", "/resources/0"),
        ("2", "/resources/1"),
        ("3", "/transformations/0/resources/0"),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"modelVersionId": True},
        {"modelVersionId": -1},
        {"modelVersionId": 1.5},
        {"modelVersionId": "1 OR 1"},
        {"modelVersionId": "9" * 30},
        {"modelVersionId": [1]},
        {"air": "urn:air:1"},
        {"air": 5},
        "5",
        None,
    ],
)
def test_what_names_no_version(entry: object) -> None:
    assert list(resources([entry])) == []
    assert list(resources(entry)) == []


def test_the_search_is_limited() -> None:
    assert list(resources([[]] * civitai.VISITS + [{"modelVersionId": 1}])) == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([AIR, "5", "LORA", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["air", "modelVersionId", "type", "weight", "modelName"]), inner)
    ),
    max_leaves=15,
)


@given(VALUES)
def test_any_value_gives_sound_resources(value: object) -> None:
    assert all(found.name and found.version and found.hash.value for found in resources(value))
