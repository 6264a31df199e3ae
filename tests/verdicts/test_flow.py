"""R7 to R9: what is passed on, what was added, and what cannot be kept together."""

import pytest

from tests.mixes import ask, mix, node
from usufruct.licenses.knowledge import licenses
from usufruct.models.lineage import Relation
from usufruct.verdicts.compose import Edge, Mix, clear_model, flow_down
from usufruct.verdicts.flow import COMPATIBLE, incompatible, passes_under, share_alike
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer

RAIL = "creativeml-openrail-pp-m-sdxl-1.0"
FAIR = "fair-ai-public-1.0-sd"
SHARING = (Use.SHARE_MODEL, Use.SELL_MODEL, Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE)


def made_from(*parents: str, own: str | tuple[str, ...], relation: Relation = Relation.FINETUNE) -> Mix:
    bases = [node(f"base{at}", each) for at, each in enumerate(parents)]
    edges = tuple(Edge(parent=each.id, relation=relation) for each in bases)
    return mix(node("child", *((own,) if isinstance(own, str) else own), parents=edges), *bases)


def told(nodes: Mix) -> list[tuple[str, str]]:
    return [(each.node, each.license) for each in flow_down(nodes, ["child"])]


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("apache-2.0", "mit", True),
        (RAIL, "mit", False),
        (RAIL, "creativeml-openrail-m", True),
        ("cc-by-nc-4.0", "mit", False),
        ("cc-by-nc-4.0", "cc-by-nc-sa-4.0", True),
        ("gpl-3.0-only", "mit", False),
        ("mit", "gpl-3.0-only", True),
        ("gpl-3.0-or-later", "gpl-3.0-only", True),
        ("gpl-3.0-only", "gpl-3.0-or-later", False),
        ("gpl-2.0-only", "gpl-3.0-only", False),
        ("cc-by-sa-4.0", "gpl-3.0-only", True),
        ("gpl-3.0-only", "cc-by-sa-4.0", False),
        (FAIR, "mit", True),
        (FAIR, "cc-by-nc-4.0", False),
        (FAIR, "gpl-3.0-only", False),
        ("cc-by-nd-4.0", "mit", False),
        ("flux-1-dev-nc-1.1.1", "apache-2.0", False),
    ],
)
def test_under_which_license_a_derivative_may_go_out(one: str, other: str, may: bool) -> None:  # noqa: FBT001
    assert passes_under(licenses()[one], licenses()[other]) is may


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("gpl-3.0-only", RAIL, True),
        ("gpl-3.0-only", "cc-by-nc-4.0", True),
        ("gpl-3.0-only", "apache-2.0", False),
        ("gpl-3.0-only", "agpl-3.0-only", False),
        ("gpl-2.0-only", "gpl-3.0-only", True),
        ("cc-by-sa-4.0", "cc-by-nc-sa-4.0", True),
        ("cc-by-sa-3.0", "cc-by-sa-4.0", False),
        (FAIR, RAIL, False),
        (FAIR, "flux-1-dev-nc-1.1.1", True),
        (RAIL, "flux-1-dev-nc-1.1.1", False),
        ("sai-nc-research-sdxl-turbo", "gpl-3.0-only", True),
    ],
)
def test_which_licenses_cannot_be_kept_together(one: str, other: str, clash: bool) -> None:  # noqa: FBT001
    first, second = licenses()[one], licenses()[other]
    assert incompatible(first, second) is incompatible(second, first) is clash


def test_no_license_clashes_with_itself_or_with_one_that_asks_for_nothing() -> None:
    for entry in licenses().values():
        assert not incompatible(entry, entry)
        assert not incompatible(entry, licenses()["cc0-1.0"])


def test_only_share_alike_licenses_have_compatible_ones() -> None:
    for name, others in COMPATIBLE.items():
        assert share_alike(licenses()[name])
        assert others <= licenses().keys()


@pytest.mark.parametrize("use", SHARING)
def test_what_a_person_can_mend_is_a_condition_of_sharing(use: Use) -> None:
    nodes = made_from(RAIL, own="mit")
    assert told(nodes) == [("child", RAIL)]
    found = clear_model(nodes, "child", ask(use))
    assert found.answer is Answer.CONDITIONAL
    assert any("pass it on under the terms of" in reason.remedy for reason in found.reasons)


def test_terms_that_are_kept_are_nothing_to_report() -> None:
    for own in (RAIL, "creativeml-openrail-m", (RAIL, "mit")):
        nodes = made_from(RAIL, own=own)
        assert told(nodes) == []
        assert clear_model(nodes, "child", ask("share-model")).answer is Answer.ALLOWED_WITH_DUTIES
    assert told(made_from("apache-2.0", "mit", own="cc-by-nc-4.0")) == []


def test_nothing_is_held_against_who_said_nothing() -> None:
    assert told(made_from(RAIL, own=())) == []


@pytest.mark.parametrize(
    ("base", "own"), [("gpl-3.0-only", "cc-by-nc-4.0"), (FAIR, "cc-by-nc-4.0"), ("cc-by-sa-4.0", "cc-by-nc-sa-4.0")]
)
def test_share_alike_given_narrower_terms_cannot_be_passed_on(base: str, own: str) -> None:
    nodes = made_from(base, own=own)
    assert told(nodes) == [("child", base)]
    assert clear_model(nodes, "child", ask("share-model", purpose="research")).answer is Answer.FORBIDDEN


def test_a_merge_of_what_cannot_be_kept_together_blocks_sharing_alone() -> None:
    nodes = made_from("gpl-3.0-only", RAIL, own=(), relation=Relation.MERGE)
    assert told(nodes) == [("child", "gpl-3.0-only")]
    nodes = made_from("gpl-3.0-only", RAIL, own=("gpl-3.0-only", RAIL), relation=Relation.MERGE)
    assert {license_id for _, license_id in told(nodes)} == {"gpl-3.0-only"}
    for use in SHARING:
        assert clear_model(nodes, "child", ask(use)).answer is Answer.FORBIDDEN
    assert clear_model(nodes, "child", ask("private-use")).answer is Answer.ALLOWED
    assert clear_model(nodes, "child", ask("sell-output"), in_picture=True).answer is Answer.ALLOWED


def test_what_was_made_from_such_a_merge_is_blocked_too() -> None:
    nodes = dict(made_from("gpl-3.0-only", RAIL, own="gpl-3.0-only", relation=Relation.MERGE))
    nodes["later"] = node("later", "gpl-3.0-only", parents=(Edge(parent="child", relation=Relation.FINETUNE),))
    assert clear_model(nodes, "later", ask("share-model")).answer is Answer.FORBIDDEN
    assert {each.node for each in flow_down(nodes, ["later"]) if "cannot be had" in each.message} == {"child"}


def test_a_line_on_which_the_license_changed_leaves_open_who_might_change_it() -> None:
    middle = node("middle", "svd-nc-community-2023-11", parents=(Edge(parent="base", relation=Relation.FINETUNE),))
    last = node("last", "svd-nc-community-2023-11", parents=(Edge(parent="middle", relation=Relation.FINETUNE),))
    nodes = mix(last, middle, node("base", "creativeml-openrail-pp-m-sd2"))
    facts = {"purpose": "research", "policies_read": "svd-nc-community-2023-11"}
    assert clear_model(nodes, "middle", ask("share-model", **facts)).answer is Answer.CONDITIONAL
    assert clear_model(nodes, "last", ask("share-model", **facts)).answer is Answer.UNCLEAR


def test_an_addendum_does_not_clash_with_what_it_is_added_to() -> None:
    first = node("first", "noobai-xl-terms", parents=(Edge(parent="base", relation=Relation.FINETUNE),))
    later = node("later", "noobai-xl-terms", parents=(Edge(parent="first", relation=Relation.FINETUNE),))
    nodes = mix(later, first, node("base", FAIR))
    for each in ("first", "later"):
        assert {(found.license, found.answer) for found in flow_down(nodes, [each])} == {(FAIR, Answer.UNCLEAR)}


def test_parts_of_a_bundle_do_not_clash() -> None:
    parts = (
        Edge(parent="unet", relation=Relation.COMPONENT_WEIGHTS),
        Edge(parent="vae", relation=Relation.COMPONENT_WEIGHTS),
    )
    bundle = node("child", "gpl-3.0-only", RAIL, parents=parts)
    assert told(mix(bundle, node("unet", RAIL), node("vae", "gpl-3.0-only"))) == []


def test_added_terms_that_nobody_may_add_leave_open_what_only_they_limit() -> None:
    nodes = made_from(FAIR, own=(FAIR, "cc-by-nc-4.0"))
    found = clear_model(nodes, "child", ask("publish-output"))
    assert found.answer is Answer.UNCLEAR
    assert {reason.license for reason in found.reasons} == {FAIR, "cc-by-nc-4.0"}
    assert "over-restriction" in {each.code for each in found.findings}
    assert clear_model(nodes, "child", ask("run-commercially")).answer is Answer.FORBIDDEN
    assert clear_model(nodes, "child", ask("private-use")).answer is Answer.ALLOWED


def test_added_terms_where_they_may_be_added_are_the_stricter_ones() -> None:
    nodes = made_from("apache-2.0", own="cc-by-nc-4.0")
    assert clear_model(nodes, "child", ask("publish-output")).answer is Answer.CONDITIONAL
    assert told(nodes) == []


def test_an_adapter_whose_base_may_not_bind_it_is_reported_with_that_doubt() -> None:
    nodes = made_from("flux-1-dev-nc-1.1.1", own="apache-2.0", relation=Relation.ADAPTER_OF)
    (found,) = flow_down(nodes, ["child"])
    assert found.answer is Answer.UNCLEAR
    assert "readings split" in found.message
    assert clear_model(nodes, "child", ask("share-model")).answer is Answer.UNCLEAR


def test_a_breach_of_an_ancestor_is_told_and_binds_only_who_passes_that_one_on() -> None:
    middle = node("middle", "mit", parents=(Edge(parent="base", relation=Relation.FINETUNE),))
    child = node("child", RAIL, parents=(Edge(parent="middle", relation=Relation.FINETUNE),))
    nodes = mix(child, middle, node("base", RAIL))
    assert told(nodes) == [("middle", RAIL)]
    assert clear_model(nodes, "middle", ask("share-model")).answer is Answer.CONDITIONAL
    assert clear_model(nodes, "child", ask("share-model")).answer is Answer.ALLOWED_WITH_DUTIES


def test_a_copy_without_terms_of_its_own_is_as_the_one_it_copies() -> None:
    edges = (Edge(parent="child", relation=Relation.QUANTIZE),)
    nodes = {**made_from(RAIL, own="mit"), **mix(node("quantized", parents=edges))}
    for use in Use:
        of_copy = clear_model(nodes, "quantized", ask(use)).answer
        assert of_copy is clear_model(nodes, "child", ask(use)).answer


def test_every_breach_cites_a_clause() -> None:
    for base in licenses():
        for each in flow_down(made_from(base, own="mit"), ["child"]):
            assert each.exhibit.words
            assert each.repair
