from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.samples import SEEN
from usufruct.models.lineage import Certainty, Relation
from usufruct.models.modelcard import card_facts
from usufruct.models.record import ModelFacts, Origin
from usufruct.models.sidefile import SideFile


def read(text: str) -> ModelFacts:
    side = SideFile.of(text.encode(errors="replace"), path=Path("README.md"), seen=SEEN)
    return card_facts(text, side.exhibit)


def head(*lines: str, body: str = "") -> ModelFacts:
    return read("\n".join(("---", *lines, "---", body)))


def licenses(facts: ModelFacts) -> list[str]:
    return [claim.license for claim in facts.licenses]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["license: mit"], ["mit"]),
        (["license: [mit, apache-2.0]"], ["mit", "apache-2.0"]),
        (["license: other", "license_name: own", "license_link: LICENSE.md"], ["own"]),
        (["license: other", "license_link: https://x.org/terms"], ["https://x.org/terms"]),
        (
            ["license: apache-2.0", "license_name: flux-1-dev-non-commercial-license"],
            ["apache-2.0", "flux-1-dev-non-commercial-license"],
        ),
        (["license: mit", "license: gpl-3.0"], ["mit", "gpl-3.0"]),
        (["tags:", "- license:cc-by-4.0", "- lora"], ["cc-by-4.0"]),
        (["license: MIT", "tags: ['license:mit']"], ["MIT"]),
        (["license:", "title: x"], []),
        (["license: null"], []),
    ],
)
def test_every_declaration_is_a_claim(lines: list[str], expected: list[str]) -> None:
    assert licenses(head(*lines)) == expected


def test_a_claim_shows_its_very_line() -> None:
    (claim,) = head("license: mit # of course").licenses
    assert (claim.exhibit.place, claim.exhibit.words) == ("license", "license: mit # of course")


@pytest.mark.parametrize("written", ["other", "unknown"])
def test_a_license_that_is_not_named_is_a_finding(written: str) -> None:
    facts = head(f"license: {written}")
    assert facts.licenses == ()
    assert [finding.code for finding in facts.findings] == ["license-not-named"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("License: CC BY-NC 4.0", ["CC BY-NC 4.0"]),
        ("- **License:** [Own License 1.0](https://x.org/terms)", ["Own License 1.0"]),
        ("| License | MIT |", ["MIT"]),
        ("Licensed under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).", ["CC BY 4.0"]),
        ("Read the [LICENSE](https://x.org/LICENSE).", ["https://x.org/LICENSE"]),
        ("See [an article](https://x.org/blog/the-rail-license).", []),
        ("License: see the file that lies beside these weights in the repository", []),
        ("[code](https://github.com/x/y)", []),
    ],
)
def test_the_body_names_licenses_as_well(body: str, expected: list[str]) -> None:
    assert licenses(read(body)) == expected


def test_an_address_is_no_claim_where_a_license_is_named() -> None:
    facts = head("license: mit", "license_link: https://x.org/LICENSE", body="[license](https://x.org/LICENSE)")
    assert licenses(facts) == ["mit"]


@pytest.mark.parametrize(
    ("lines", "relation"),
    [
        (["base_model: a/b"], Relation.FINETUNE),
        (["base_model: a/b", "base_model_relation: quantized"], Relation.QUANTIZE),
        (["base_model: a/b", "library_name: peft"], Relation.ADAPTER_OF),
        (["base_model: a/b", "tags: [lora]", "base_model_relation: finetune"], Relation.FINETUNE),
        (["base_model: a/b", "tags: [GGUF]"], Relation.QUANTIZE),
        (["base_model: a/b", "tags: [mergekit, merge]"], Relation.MERGE),
        (["tags: ['base_model:adapter:a/b']"], Relation.ADAPTER_OF),
        (["tags: ['base_model:a/b']"], Relation.FINETUNE),
    ],
)
def test_what_was_taken_from_the_base(lines: list[str], relation: Relation) -> None:
    (parent,) = head(*lines).parents
    assert (parent.name, parent.relation, parent.certainty) == ("a/b", relation, Certainty.CLAIMED)


def test_a_base_by_its_address_is_known_by_its_id() -> None:
    (parent,) = head("base_model: https://huggingface.co/a/b").parents
    assert (parent.name, parent.exhibit.words) == ("a/b", "base_model: https://huggingface.co/a/b")


def test_a_license_at_the_foot_of_the_card_is_read() -> None:
    assert licenses(read("# Title\nText.\n\n---\nlicense: cc-by-nc-nd-4.0\n---\n")) == ["cc-by-nc-nd-4.0"]


def test_several_bases_are_a_merge_and_datasets_are_parents() -> None:
    facts = head("base_model:", "- a/b", "- c/d", "datasets: [e/f]")
    assert [(parent.name, parent.relation) for parent in facts.parents] == [
        ("a/b", Relation.MERGE), ("c/d", Relation.MERGE), ("e/f", Relation.TRAINED_ON),
    ]  # fmt: skip


def test_what_people_must_agree_to_before_a_download_counts() -> None:
    facts = head(
        "extra_gated_prompt: |-", "  By clicking agree you accept the license.", "  Welcome!",
        "extra_gated_fields:", "  I will use it for research only: checkbox", "  Country: text",
    )  # fmt: skip
    assert [(sentence.place, sentence.words) for sentence in facts.sentences] == [
        ("extra_gated_prompt", "By clicking agree you accept the license."),
        ("extra_gated_fields", "I will use it for research only"),
    ]


def test_sentences_stand_with_the_line_of_the_card() -> None:
    (sentence,) = head("license: mit", body="\nThis model may not be sold.").sentences
    assert (sentence.place, sentence.words) == ("line 5", "This model may not be sold.")


def test_oddities_are_findings() -> None:
    facts = head("license: mit", "license: mit", "new_version: a/c", "base_model: [")
    assert sorted(finding.code for finding in facts.findings) == [
        "card-key-not-read",
        "card-key-repeated",
        "newer-version",
    ]


def test_too_long_a_card_is_a_finding() -> None:
    facts = read("You may not sell it.\n" + "x" * 2**18)
    assert [finding.code for finding in facts.findings] == ["card-not-read-whole"]
    assert len(facts.sentences) == 1


@settings(max_examples=100)
@given(
    st.text()
    | st.lists(
        st.sampled_from(
            ["---", "license: mit", "base_model:", "- a/b", "tags: [", "License: x", "[l](https://x/license)"]
        )
    ).map("\n".join)
)
def test_any_card_gives_facts(text: str) -> None:
    assert read(text).origin is Origin.CARD
