import io
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.containers import build
from tests.pictures.containers.build import box
from tests.pictures.stores import AI, COMPOSITE, GRADIENT, actions, assertion, cbor, manifest, signed, store, superbox
from tests.shared import SHARED, needs_shared
from usufruct.models.identity import ModelKind
from usufruct.pictures.containers.container import HEAD
from usufruct.pictures.containers.registry import container_of
from usufruct.pictures.dialects import c2pa
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import read as read_file
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.reconcile import says_nothing

EDIT = "c2pa.edited"
CREATED = "c2pa.created"


def read(*layers: Layer) -> Recipe:
    recipe = c2pa.read(layers)
    assert recipe is not None
    return recipe


def services(*done: Mapping[str, object], **others: Any) -> list[str]:  # noqa: ANN401 - any value
    """Names that the actions of one manifest lead to."""
    models = read(store(manifest(actions(*done, **others)))).models
    assert {model.used for model in models} <= {Used.DECLARED}
    assert {model.kind for model in models} <= {ModelKind.SERVICE}
    return [model.name for model in models]


def codes(recipe: Recipe) -> list[str]:
    return [finding.code for finding in recipe.findings]


def made(agent: object, action: str = CREATED, source: object = AI, **others: object) -> dict[str, object]:
    return {"action": action, "softwareAgent": agent, "digitalSourceType": source, **others}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("GPT-4o", "GPT-4o"),
        ("DALL·E", "DALL·E"),
        ("Flux.2", "Flux.2"),
        ("Azure OpenAI ImageGen", "Azure OpenAI ImageGen"),
        ({"name": "GPT-4o"}, "GPT-4o"),
        ({"name": "gpt-image", "version": "2.0"}, "gpt-image 2.0"),
        ({"name": "Flux.2", "version": "2"}, "Flux.2"),
        ({"name": "Veo", "version": "veo-3.1-generate-001"}, "veo-3.1-generate-001"),
        ("  a\nmodel  ", "a model"),
    ],
)
def test_the_agent_that_made_it(agent: object, name: str) -> None:
    assert services(made(agent)) == [name]


@pytest.mark.parametrize("source", [AI, COMPOSITE, AI.replace("http:", "https:"), f"{AI}/", "trainedAlgorithmicMedia"])
@pytest.mark.parametrize("action", [CREATED, EDIT, "c2pa.placed", "c2pa.drawing", "com.example.generated"])
def test_source_types_and_actions_of_generative_ai(source: str, action: str) -> None:
    recipe = read(store(manifest(actions(made("Painter", action, source)))))
    assert [model.name for model in recipe.models] == ["Painter"]
    assert recipe.ai_declared


@pytest.mark.parametrize(
    "source", [GRADIENT, AI + "s", "http://cv.iptc.org/newscodes/digitalsourcetype/composite", 7, None]
)
def test_other_source_types(source: object) -> None:
    recipe = read(store(manifest(actions(made("Painter", source=source)), claim={"claim_generator": "Painter/1"})))
    assert says_nothing(recipe)


@pytest.mark.parametrize(
    "agent",
    [
        "Adobe Photoshop 26.11.0",
        {"name": "Adobe Photoshop", "version": "26.11.0"},
        "Adobe Lightroom Classic",
        "GIMP 3.0",
        "Photo assist",
        {"name": "Google LLC"},
        "Google Generative AI",
        "Google C2PA Core Generator Library",
        "Example Systems, Inc.",
        "",
        None,
        7,
    ],
)
def test_editors_and_makers_are_no_models_even_where_ai_took_part(agent: object) -> None:
    claim = {"claim_generator_info": {"name": "Example Gallery", "version": "1"}}
    recipe = read(store(manifest(actions(made(agent, EDIT, COMPOSITE)), claim=claim)))
    assert recipe.models == ()
    assert (recipe.ai_declared, recipe.tool) == (True, Tool("Example Gallery", "1"))


@pytest.mark.parametrize("action", ["c2pa.converted", "c2pa.transcoded", "c2pa.watermarked.unbound", "c2pa.opened"])
def test_what_makes_nothing(action: str) -> None:
    recipe = read(store(manifest(actions(made("Some Service", action)))))
    assert (recipe.models, recipe.ai_declared) == ((), True)


@pytest.mark.parametrize(
    ("agent", "parameters", "name"),
    [
        ("Adobe Firefly Pipeline", {"firefly.version": "0.9.1"}, "Adobe Firefly 0.9.1"),
        ("Adobe Firefly", {"com.adobe.firefly.version": "4.0.0-release"}, "Adobe Firefly 4.0.0-release"),
        (
            {"name": "Adobe Remove Object", "version": "1"},
            {"com.adobe.firefly.version": "clio-2"},
            "Adobe Firefly clio-2",
        ),
        ("Adobe Firefly", {}, "Adobe Firefly"),
        ("Adobe Firefly", {"com.adobe.details": "imagen-3.0"}, "imagen-3.0"),
        ("Adobe Firefly", {"com.adobe.details": "Seedance", "com.adobe.modelVersion": "seedance_2.0"}, "seedance_2.0"),
        ("Adobe Firefly", {"com.adobe.modelId": "gpt-image", "com.adobe.modelVersion": "2"}, "gpt-image 2"),
    ],
)
def test_models_in_adobes_parameters(agent: object, parameters: object, name: str) -> None:
    assert services(made(agent, parameters=parameters)) == [name]


def test_a_partners_model_in_an_opened_file() -> None:
    parameters = {
        "com.adobe.digitalSourceType": AI,
        "com.adobe.details": "imagen-3.0",
        "com.adobe.type": "remoteProvider.3rdParty",
    }
    opened = {"action": "c2pa.opened", "softwareAgent": "Adobe Photoshop", "parameters": parameters}
    assert services(opened) == ["imagen-3.0"]
    assert services({**opened, "parameters": {**parameters, "com.adobe.digitalSourceType": GRADIENT}}) == []


def test_agents_by_number_and_by_template() -> None:
    agents = [{"name": "other"}, {"name": "gpt-image", "version": "2.0"}]
    created = {"action": CREATED, "softwareAgentIndex": 1, "digitalSourceType": AI}
    assert services(created, softwareAgents=agents) == ["gpt-image 2.0"]
    assert services({**created, "softwareAgent": "inline"}, softwareAgents=agents) == ["inline"]
    for index in (2, -1, "1", None):
        assert services({**created, "softwareAgentIndex": index}, softwareAgents=agents) == []
    templates = [made("any", "*"), made("the one")]
    assert services({"action": CREATED}, {"action": EDIT}, templates=templates) == ["the one", "any"]
    assert services({"action": CREATED, "digitalSourceType": GRADIENT}, templates=templates) == []


def test_related_actions_count() -> None:
    assert services({"action": EDIT, "related": [made("Painter")]}) == ["Painter"]


def test_microsofts_declaration_without_a_source_type() -> None:
    described = {"action": CREATED, "softwareAgent": "Image Creator from Designer", "description": "AI Generated Image"}
    assert services(described) == ["Image Creator from Designer"]
    assert services({**described, "action": EDIT}) == []


@pytest.mark.parametrize(
    ("one", "models"),
    [
        (assertion("c2pa.ai_generated_content", {"model": "Flux.2", "prompt": "a cat"}), [("service", "Flux.2")]),
        (
            assertion("com.adobe.generative-ai", {"description": "Adobe Firefly", "version": "1.0"}),
            [("service", "Adobe Firefly 1.0")],
        ),
        (cbor("c2pa.ai-disclosure", {"modelType": "c2pa.types.model", "modelName": "Llama 2"}), [("other", "Llama 2")]),
        (cbor("c2pa.ai-disclosure", {"modelType": "c2pa.types.model"}), []),
        (assertion("c2pa.metadata", {"Iptc4xmpExt:DigitalSourceType": AI}), []),
        (cbor("c2pa.ingredient.v3", {"dc:title": "a.png", "digitalSourceType": AI}), []),
    ],
)
def test_other_assertions_that_declare_ai(one: bytes, models: list[tuple[str, str]]) -> None:
    recipe = read(store(manifest(one)))
    assert [(model.kind, model.name) for model in recipe.models] == models
    assert recipe.ai_declared


@pytest.mark.parametrize(
    "one",
    [
        assertion("c2pa.ai_generated_content", {"ai_generated": False}),
        assertion("c2pa.metadata", {"Iptc4xmpExt:DigitalSourceType": GRADIENT}),
        cbor("c2pa.training-mining", {"entries": {"c2pa.ai_generative_training": {"use": "notAllowed"}}}),
        cbor("com.example.notes", {"digitalSourceType": AI, "model": "Flux.2"}),
    ],
)
def test_assertions_that_declare_nothing(one: bytes) -> None:
    assert says_nothing(read(store(manifest(one))))


def test_each_model_is_named_once_and_with_its_version() -> None:
    assert services(made("gpt-image"), made({"name": "gpt-image", "version": "2.0"}), made("GPT-Image 2.0")) == [
        "gpt-image 2.0"
    ]
    both = manifest(actions(made("Flux.2")), assertion("c2pa.ai_generated_content", {"model": "Flux.2"}))
    assert [model.where for model in read(store(both)).models] == [
        "C2PA /c2pa/urn:c2pa:1/c2pa.assertions/c2pa.actions.v2/actions/0/softwareAgent"
    ]


@pytest.mark.parametrize(
    ("claim", "tool"),
    [
        ({"claim_generator_info": [{"name": "ChatGPT"}]}, Tool("ChatGPT")),
        (
            {"claim_generator_info": {"name": "OpenAI Media Service API", "specVersion": "2.2"}},
            Tool("OpenAI Media Service API"),
        ),
        ({"claim_generator_info": [{"name": "Adobe_Firefly", "version": "1.0"}]}, Tool("Adobe Firefly", "1.0")),
        ({"claim_generator": "Adobe_Firefly/1.0 adobe_c2pa/0.7.6 c2pa-rs/0.25.2"}, Tool("Adobe Firefly", "1.0")),
        ({"claim_generator": "OpenAI-API c2pa-rs/0.28.4", "claim_generator_info": None}, Tool("OpenAI-API")),
        ({"claim_generator": "Adobe Photoshop 24.0"}, Tool("Adobe Photoshop 24.0")),
        ({"claim_generator": ""}, None),
        ({"claim_generator_info": ["ChatGPT", {"name": 1}]}, None),
    ],
)
def test_the_tool_is_the_claims_generator(claim: Mapping[str, object], tool: Tool | None) -> None:
    assert read(store(manifest(actions(made("GPT-4o")), claim=claim))).tool == tool


def test_every_manifest_is_read_and_the_last_is_the_files_own() -> None:
    inner = manifest(actions(made("DALL·E"), label="c2pa.actions"), claim={"claim_generator": "OpenAI-API"})
    outer = manifest(cbor("c2pa.ingredient", {"c2pa_manifest": {}}), claim={"claim_generator": "ChatGPT"}, kind=b"c2um")
    recipe = read(store(inner, outer))
    assert (recipe.tool, recipe.ai_declared, recipe.depends_on) == (Tool("ChatGPT"), True, ())
    assert [model.name for model in recipe.models] == ["DALL·E"]


def test_ingredients_without_a_manifest_are_input_pictures() -> None:
    recipe = read(
        store(
            manifest(
                cbor("c2pa.ingredient", {"dc:title": "C:\\Users\\me\\photo.jpg", "relationship": "parentOf"}),
                cbor("c2pa.ingredient.v3__2", {"dc:title": "b.png", "activeManifest": {"url": "self#jumbf=x"}}),
                cbor("c2pa.ingredient__1", {"dc:title": "style", "data_types": [{"type": "c2pa.types.model.pytorch"}]}),
                cbor(
                    "c2pa.ingredient.v3__3", {"dc:title": "seed", "dataTypes": [{"type": "c2pa.types.generator.seed"}]}
                ),
                cbor("c2pa.ingredient.v3__4", {"relationship": "inputTo"}),
            )
        )
    )
    assert recipe.depends_on == ("photo.jpg",)
    assert [(model.kind, model.name) for model in recipe.models] == [(ModelKind.OTHER, "style")]


def test_what_is_only_verified_elsewhere_is_said() -> None:
    assert codes(read(store(manifest(actions(made("GPT-4o")))))) == ["c2pa-not-verified"]
    assert codes(read(store())) == ["c2pa-not-verified"]


def test_a_compressed_manifest_is_told() -> None:
    recipe = read(store(superbox(b"c2cm", "urn:c2pa:2", box(b"brob", b"brotli"))))
    assert codes(recipe) == ["c2pa-not-verified", "c2pa-compressed"]


def test_manifests_elsewhere_are_told_and_not_fetched() -> None:
    address = Layer("XMP:dcterms:provenance", b"", "https://example.com/a.c2pa?token=secret")
    recipe = read(address)
    (finding,) = recipe.findings
    assert (finding.code, "example.com/a.c2pa" in finding.message, "secret" in finding.message) == (
        "c2pa-remote",
        True,
        False,
    )
    assert says_nothing(recipe)
    assert codes(read(store(), address)) == ["c2pa-not-verified", "c2pa-remote"]
    for text in ("self#jumbf=c2pa", "xmp.iid:1", None):
        assert c2pa.read([Layer("XMP:dcterms:provenance", b"", text)]) is None


def test_other_layers_are_none_of_it() -> None:
    assert c2pa.read([]) is None
    assert c2pa.read([Layer("tEXt:parameters", b"C2PA", "C2PA")]) is None


GOOD = actions(made("GPT-4o"))


@pytest.mark.parametrize("layer", [Layer("C2PA", b""), Layer("C2PA", store(manifest(GOOD)).data[:-1])])
def test_a_broken_store_is_told(layer: Layer) -> None:
    recipe = read(layer)
    assert codes(recipe) == ["c2pa-not-verified", "layer-malformed"]
    assert says_nothing(recipe)


def in_box(kind: bytes, label: str, data: bytes) -> bytes:
    return superbox(kind, label, box(kind, data))


@pytest.mark.parametrize(
    ("assertions", "code"),
    [
        ([in_box(b"cbor", "c2pa.actions", b"\x9f"), GOOD], "layer-malformed"),
        ([in_box(b"json", "c2pa.metadata", b"{"), GOOD], "layer-malformed"),
        ([in_box(b"cbor", "c2pa.metadata", bytes(2**20 + 1)), GOOD], "layer-over-limit"),
        ([GOOD, *[in_box(b"cbor", "c2pa.metadata", bytes(2**20))] * 3], "layer-over-limit"),
    ],
)
def test_a_broken_assertion_is_told_and_the_others_are_read(assertions: list[bytes], code: str) -> None:
    recipe = read(store(manifest(*assertions)))
    assert codes(recipe) == ["c2pa-not-verified", code]
    assert [model.name for model in recipe.models] == ["GPT-4o"]


def test_values_of_other_types_say_nothing() -> None:
    values = (7, "text", [1], None, {"actions": 7}, {"actions": [7, {"action": 7, "parameters": 7, "related": 7}]})
    labels = ("c2pa.actions", "c2pa.ingredient", "c2pa.metadata")
    recipe = read(store(*(manifest(cbor(label, value)) for label in labels for value in values)))
    assert says_nothing(recipe)
    assert codes(recipe) == ["c2pa-not-verified"]


def test_models_and_inputs_are_limited() -> None:
    many = [made(f"model {number}") for number in range(1_000)]
    pictures = [cbor("c2pa.ingredient", {"dc:title": f"{number}.png"}) for number in range(1_000)]
    recipe = read(store(manifest(actions(*many), *pictures)))
    assert len(recipe.models) == len(recipe.depends_on) == c2pa.MODELS


def test_number_of_actions_is_limited() -> None:
    few, many = [made("GPT-4o"), *[{}] * (c2pa.ACTIONS - 1)], [made("GPT-4o"), *[{}] * c2pa.ACTIONS]
    assert codes(read(store(manifest(actions(*few))))) == ["c2pa-not-verified"]
    recipe = read(store(manifest(actions(*many))))
    assert codes(recipe) == ["c2pa-not-verified", "layer-over-limit"]
    assert [model.name for model in recipe.models] == ["GPT-4o"]


def test_a_wide_template_is_not_copied_for_each_action() -> None:
    wide = {"action": "*", **{str(number): 0 for number in range(50_000)}}
    assert services(*[{"action": CREATED}] * 5_000, templates=[wide]) == []


TEXTS = st.sampled_from([AI, GRADIENT, CREATED, "c2pa.opened", "*", "x", "", "Adobe Firefly", "\0"])
ACTION = [
    "action",
    "softwareAgent",
    "softwareAgentIndex",
    "digitalSourceType",
    "parameters",
    "related",
    "description",
    "name",
    "version",
]
KEYS = st.sampled_from([*ACTION, "actions", "softwareAgents", "templates", "dc:title", "data_types", "type", "model"])
VALUES = st.recursive(
    TEXTS | st.integers(-1, 2) | st.none() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | TEXTS, inner, max_size=4),
    max_leaves=15,
)
LABELS = st.sampled_from(
    ["c2pa.actions", "c2pa.ingredient__1", "c2pa.metadata", "c2pa.ai-disclosure", "c2pa.ai_generated_content"]
)


@given(st.lists(st.tuples(LABELS, VALUES), max_size=3), VALUES)
@settings(max_examples=200)
def test_any_values_give_a_recipe(values: list[tuple[str, Any]], claim: Any) -> None:  # noqa: ANN401 - any value
    recipe = read(store(manifest(*(cbor(label, value) for label, value in values), cbor("c2pa.claim", claim))))
    assert all(model.name for model in recipe.models)


WHOLE = store(manifest(GOOD, claim={"claim_generator_info": [{"name": "ChatGPT"}]})).data


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=300)
def test_any_bytes_give_a_recipe(changes: list[tuple[int, int]]) -> None:
    changed = bytearray(WHOLE)
    for place, value in changes:
        changed[place] = value
    assert read(Layer("C2PA", bytes(changed))).layers == ("C2PA",)


MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "AVIF": "image/avif", "TIFF": "image/tiff"}


def account(generator: str, *done: Mapping[str, object], **others: object) -> dict[str, list[Mapping[str, object]]]:
    """A manifest in the terms of the library that signs it."""
    labels: dict[str, object] = {"c2pa.actions": {"actions": done}, **others}
    written = [{"label": label, "data": data} for label, data in labels.items()]
    return {"claim_generator_info": [{"name": generator}], "assertions": [*written]}


OPENAI = account("ChatGPT", made({"name": "gpt-image", "version": "2.0"}), {"action": "c2pa.converted"})
VERSION = {"com.adobe.firefly.version": "4.0.0", "com.adobe.firefly.operation": "text_to_image"}
FIREFLY = account("Adobe_Firefly", made("Adobe Firefly", parameters=VERSION))
CONTENT = {"model": "Flux.2", "prompt": "AI generated image", "ai_generated": True}
BFL = account("Black Forest Labs API", made("Flux.2"), **{"c2pa.ai_generated_content": CONTENT})
GOOGLE = account(
    "Google C2PA Core Generator Library",
    {"action": CREATED, "digitalSourceType": AI, "description": "Created by Google Generative AI."},
    {"action": EDIT, "digitalSourceType": AI, "description": "Applied imperceptible SynthID watermark."},
)
SAMSUNG = account(
    "Samsung Galaxy", {"action": CREATED, "digitalSourceType": GRADIENT}, made("Photo assist", EDIT, COMPOSITE)
)


def layers_of(data: bytes) -> list[Layer]:
    container = container_of(data[:HEAD])
    assert container is not None
    return [layer for layer in container.layers(io.BytesIO(data)) if layer.key == "C2PA"]


@pytest.mark.parametrize("format_", MIMES)
def test_signed_pictures_of_every_container(format_: str) -> None:
    data = signed(build.saved(format_), MIMES[format_], OPENAI)
    (layer,) = layers_of(data)
    recipe = read(layer)
    assert (recipe.tool, [model.name for model in recipe.models]) == (Tool("ChatGPT"), ["gpt-image 2.0"])


def test_a_signed_video() -> None:
    (layer,) = layers_of(signed(build.mp4(), "video/mp4", OPENAI))
    assert [model.name for model in read(layer).models] == ["gpt-image 2.0"]


@pytest.mark.parametrize(
    ("written", "models"),
    [(FIREFLY, ["Adobe Firefly 4.0.0"]), (BFL, ["Flux.2"]), (GOOGLE, []), (SAMSUNG, [])],
    ids=["firefly", "bfl", "google", "samsung"],
)
def test_signed_pictures_of_each_maker(written: dict[str, Any], models: list[str]) -> None:
    recipe = read(*layers_of(signed(build.saved("JPEG"), "image/jpeg", written)))
    assert [model.name for model in recipe.models] == models
    assert recipe.ai_declared
    assert recipe.tool is not None
    assert recipe.tool.name == written["claim_generator_info"][0]["name"].replace("_", " ")


def test_a_signed_picture_with_large_pieces_in_many_segments() -> None:
    many = account("ChatGPT", made("GPT-4o"), **{"com.example.notes": {"text": "x" * 200_000}})
    recipe = read(*layers_of(signed(build.saved("JPEG"), "image/jpeg", many)))
    assert [model.name for model in recipe.models] == ["GPT-4o"]


def test_a_signed_edit_of_a_signed_picture() -> None:
    source = signed(build.saved("PNG"), "image/png", OPENAI)
    edit = {"claim_generator_info": [{"name": "Adobe Photoshop", "version": "26"}], "assertions": []}
    what = {"title": "source.png", "relationship": "parentOf"}
    recipe = read(*layers_of(signed(build.saved("WEBP"), "image/webp", edit, [(source, "image/png", what)])))
    assert (recipe.tool, recipe.depends_on) == (Tool("Adobe Photoshop", "26"), ())
    assert [model.name for model in recipe.models] == ["gpt-image 2.0"]


def test_a_signed_photograph_says_nothing_of_models() -> None:
    capture = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    photo = account("Camera", {"action": CREATED, "digitalSourceType": capture})
    assert says_nothing(read(*layers_of(signed(build.saved("JPEG"), "image/jpeg", photo))))


@needs_shared
def test_a_real_picture_of_firefly() -> None:
    path = SHARED / "samples" / "pictures" / "contentauth+verify-site" / "assets__jpg__home1.jpg"
    recipe = read_file(path).recipe
    assert recipe.tool == Tool("Adobe Firefly", "1.0")
    assert [(model.kind, model.name) for model in recipe.models] == [(ModelKind.SERVICE, "Adobe Firefly 0.9.1")]
    assert recipe.ai_declared
    assert "c2pa-not-verified" in codes(recipe)
