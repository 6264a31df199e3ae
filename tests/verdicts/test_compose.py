"""R1 to R6 and the laws that hold for every mix."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mixes import EXHIBIT, UNKNOWN, ask, declared, mix, node
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.vocabulary import Atom, Purpose
from usufruct.models.lineage import Relation
from usufruct.verdicts.compose import (
    Edge,
    Gap,
    Mix,
    Node,
    binding_licenses,
    clear_gap,
    clear_model,
    clear_picture,
    together,
)
from usufruct.verdicts.question import INTENTS, Question, Use
from usufruct.verdicts.verdict import Answer, Verdict

RAIL = "creativeml-openrail-pp-m-sdxl-1.0"
NOTHING = Gap(answer=Answer.UNKNOWN, effect="no model is named", remedy="ask", exhibit=EXHIBIT)


def _child(relation: Relation, *child_licenses: str, parent: str = "flux-1-dev-nc-1.1.1") -> Mix:
    return mix(node("child", *child_licenses, parents=(Edge(parent="base", relation=relation),)), node("base", parent))


def _picture(nodes: Mix, ids: list[str], question: Question) -> Verdict:
    return together(clear_model(nodes, each, question, in_picture=True) for each in ids)


def test_a_declared_license_never_removes_an_inherited_one() -> None:
    found = clear_model(_child(Relation.FINETUNE, "apache-2.0"), "child", ask("run-commercially"))
    assert found.answer is Answer.FORBIDDEN
    assert {reason.license for reason in found.reasons} == {"flux-1-dev-nc-1.1.1"}
    assert found.reasons[0].path == ("child", "base")


def test_depth_never_removes_a_term() -> None:
    chain = [node("m0", "apache-2.0", parents=(Edge(parent="m1", relation=Relation.MERGE),))]
    chain += [
        node(f"m{n}", "mit", parents=(Edge(parent=f"m{n + 1}", relation=Relation.FINETUNE),)) for n in range(1, 30)
    ]
    chain.append(node("m30", "sai-nc-research-sdxl-turbo"))
    found = clear_model(mix(*chain), "m0", ask("sell-output"))
    assert found.answer is Answer.FORBIDDEN
    assert found.reasons[0].path[0] == "m0"
    assert found.reasons[0].path[-1] == "m30"


def test_a_quantized_copy_answers_as_its_original() -> None:
    for use in Use:
        quantized = clear_model(_child(Relation.QUANTIZE), "child", ask(use)).answer
        assert quantized is clear_model(_child(Relation.QUANTIZE), "base", ask(use)).answer


def test_training_data_and_tools_pass_nothing_on() -> None:
    for relation in (Relation.TRAINED_ON, Relation.RUN_WITH, Relation.USES_AT_RUNTIME, Relation.PROMPTED_BY):
        assert clear_model(_child(relation, "mit"), "child", ask("sell-output")).answer is Answer.ALLOWED


def test_students_inherit_where_the_license_names_them() -> None:
    turbo = _child(Relation.TRAINED_ON_OUTPUTS, "mit", parent="sai-nc-research-sdxl-turbo")
    flux = _child(Relation.TRAINED_ON_OUTPUTS, "mit", parent="flux-1-dev-nc-1.1.1")
    assert "sai-nc-research-sdxl-turbo" in binding_licenses(turbo, "child")
    assert "flux-1-dev-nc-1.1.1" not in binding_licenses(flux, "child")


def test_an_unknown_teacher_leaves_its_student_unknown() -> None:
    student = node("child", "mit", parents=(Edge(parent="base", relation=Relation.DISTILLED_FROM),))
    found = clear_model(mix(student, node("base", gaps=(UNKNOWN,))), "child", ask("sell-output"))
    assert found.answer is Answer.UNKNOWN


def test_an_adapter_in_a_picture_is_judged_with_its_base() -> None:
    found = clear_model(_child(Relation.ADAPTER_OF, "apache-2.0"), "child", ask("run-commercially"), in_picture=True)
    assert found.answer is Answer.FORBIDDEN


def test_an_adapter_alone_is_unclear_where_readings_split() -> None:
    found = clear_model(_child(Relation.ADAPTER_OF, "apache-2.0"), "child", ask("share-model"))
    assert found.answer is Answer.UNCLEAR
    assert "readings split" in found.reasons[0].effect


def test_an_adapter_alone_is_bound_where_the_license_names_adapters() -> None:
    stability = _child(Relation.ADAPTER_OF, "apache-2.0", parent="sai-community-2024-07-05")
    assert clear_model(stability, "child", ask("share-model")).answer is Answer.CONDITIONAL


def test_an_adapter_alone_is_allowed_where_both_readings_agree() -> None:
    assert (
        clear_model(_child(Relation.ADAPTER_OF, "mit", parent="apache-2.0"), "child", ask("fine-tune")).answer
        is Answer.ALLOWED
    )


def test_the_worst_component_decides() -> None:
    nodes = mix(node("checkpoint", "apache-2.0"), node("controlnet", "cc-by-nc-4.0"))
    found = _picture(nodes, ["checkpoint", "controlnet"], ask("sell-output"))
    assert found.answer is Answer.UNCLEAR
    assert {reason.model for reason in found.reasons} == {"controlnet"}


def test_forbidden_dominates_unknown() -> None:
    nodes = mix(node("turbo", "sai-nc-research-sdxl-turbo"), node("lora", gaps=(UNKNOWN,)))
    assert _picture(nodes, ["turbo", "lora"], ask("sell-output")).answer is Answer.FORBIDDEN


def test_a_gap_is_unknown_and_never_allowed() -> None:
    found = clear_gap(NOTHING, "picture.png")
    assert found.answer is Answer.UNKNOWN
    assert found.reasons[0].exhibit is EXHIBIT


def test_allowed_lists_every_license_read() -> None:
    nodes = mix(node("checkpoint", RAIL), node("vae", "mit"))
    found = _picture(nodes, ["checkpoint", "vae"], ask("sell-output"))
    assert found.answer is Answer.ALLOWED
    assert {reason.license for reason in found.reasons} == {RAIL, "mit"}


def test_a_circle_of_parents_ends() -> None:
    circle = (Edge(parent="a", relation=Relation.MERGE),)
    nodes = mix(node("a", "mit", parents=(Edge(parent="b", relation=Relation.MERGE),)), node("b", RAIL, parents=circle))
    assert binding_licenses(nodes, "a") == {"mit", RAIL}


# R1: what a license reaches through others.


def test_a_student_of_a_child_is_bound_by_its_teachers_ancestor() -> None:
    student = node("child", "mit", parents=(Edge(parent="teacher", relation=Relation.DISTILLED_FROM),))
    teacher = node("teacher", "mit", parents=(Edge(parent="turbo", relation=Relation.FINETUNE),))
    nodes = mix(student, teacher, node("turbo", "sai-nc-research-sdxl-turbo"))
    assert binding_licenses(nodes, "child") == {"mit", "sai-nc-research-sdxl-turbo"}
    assert clear_model(nodes, "child", ask("sell-output")).answer is Answer.FORBIDDEN


def test_an_adapter_that_is_run_is_bound_by_its_base() -> None:
    nodes = _child(Relation.ADAPTER_OF, "apache-2.0")
    assert clear_model(nodes, "child", ask("run-commercially")).answer is Answer.FORBIDDEN
    assert clear_model(nodes, "child", ask("fine-tune")).answer is Answer.UNCLEAR


def test_an_unknown_base_leaves_its_adapter_unknown() -> None:
    adapter = node("child", "mit", parents=(Edge(parent="base", relation=Relation.ADAPTER_OF),))
    nodes = mix(adapter, node("base", gaps=(UNKNOWN,)))
    assert clear_model(nodes, "child", ask("share-model")).answer is Answer.UNKNOWN


@pytest.mark.parametrize("relation", [Relation.USES_AT_RUNTIME, Relation.PROMPTED_BY])
def test_what_a_model_needs_at_run_time_takes_part_in_the_picture(relation: Relation) -> None:
    nodes = _child(relation, "apache-2.0", parent="sai-nc-research-sdxl-turbo")
    assert clear_model(nodes, "child", ask("sell-output")).answer is Answer.ALLOWED
    found = clear_picture(nodes, ["child"], ask("sell-output"), name="p")
    assert found.answer is Answer.FORBIDDEN
    assert found.reasons[0].path == ("p", "child", "base")


def test_training_data_is_told_beside_the_answer() -> None:
    found = clear_model(_child(Relation.TRAINED_ON, "mit"), "child", ask("sell-output"))
    assert [finding.code for finding in found.findings] == ["training-data"]


def test_learning_from_outputs_against_a_license_is_told_beside_the_answer() -> None:
    found = clear_model(_child(Relation.TRAINED_ON_OUTPUTS, "mit"), "child", ask("sell-output"))
    assert found.answer is Answer.ALLOWED
    assert [finding.code for finding in found.findings] == ["learned-against-license"]


# R3: offers.


def _offering(*offers: tuple[str, ...], relation: Relation | None = None) -> Mix:
    parents = () if relation is None else (Edge(parent="base", relation=relation),)
    dual = Node(id="dual", name="dual", offers=tuple(declared(*each) for each in offers), parents=parents)
    return mix(dual, node("base", "sai-nc-research-sdxl-turbo"))


def test_the_best_offer_counts() -> None:
    nodes = _offering(("cc-by-nc-4.0",), ("apache-2.0",))
    found = clear_model(nodes, "dual", ask("run-commercially"))
    assert found.answer is Answer.ALLOWED
    assert {reason.license for reason in found.reasons} == {"apache-2.0"}
    assert "offer-chosen" in {finding.code for finding in found.findings}
    assert binding_licenses(nodes, "dual") == {"cc-by-nc-4.0", "apache-2.0"}


def test_licenses_of_one_offer_bind_together() -> None:
    nodes = _offering(("cc-by-nc-4.0", "apache-2.0"), ("sai-nc-research-sdxl-turbo",))
    assert clear_model(nodes, "dual", ask("run-commercially")).answer is Answer.FORBIDDEN


def test_an_offer_never_lifts_what_was_inherited() -> None:
    nodes = _offering(("apache-2.0",), ("mit",), relation=Relation.FINETUNE)
    assert clear_model(nodes, "dual", ask("run-commercially")).answer is Answer.FORBIDDEN


def test_an_offer_of_unknown_terms_is_unknown_where_no_other_is_better() -> None:
    offers = ((UNKNOWN,), declared("cc-by-nc-4.0"))
    nodes = mix(Node(id="dual", name="dual", offers=offers))
    assert clear_model(nodes, "dual", ask("run-commercially")).answer is Answer.UNKNOWN
    assert clear_model(nodes, "dual", ask("private-use")).answer is Answer.ALLOWED


# R6: duties.


def test_the_same_duty_is_told_once() -> None:
    nodes = mix(node("a", RAIL), node("b", RAIL))
    once = clear_model(nodes, "a", ask("share-model")).duties
    both = together(clear_model(nodes, each, ask("share-model")) for each in ("b", "a")).duties
    assert set(both) == set(once)


def test_two_prefixes_for_one_name_contradict_each_other() -> None:
    parents = tuple(Edge(parent=each, relation=Relation.MERGE) for each in ("llama", "exaone"))
    merge = node("merge", "mit", parents=parents)
    nodes = mix(merge, node("llama", "llama-3.1-community"), node("exaone", "exaone-1.1-nc"))
    found = clear_model(nodes, "merge", ask("share-derivative"))
    assert "duties-contradict" in {finding.code for finding in found.findings}
    alone = clear_model(nodes, "llama", ask("share-derivative"))
    assert "duties-contradict" not in {finding.code for finding in alone.findings}


def test_a_policy_beside_a_license_is_part_of_it_and_grants_nothing_alone() -> None:
    both = mix(node("both", "llama-3.1-community", "llama-3.1-aup"))
    license_alone = mix(node("both", "llama-3.1-community"))
    facts = {"policies_read": "llama-3.1-aup", "monthly_users": 1}
    for use in Use:
        question = ask(use, **facts)
        assert clear_model(both, "both", question).answer is clear_model(license_alone, "both", question).answer
    policy = mix(node("policy", "llama-3.1-aup"))
    assert all(clear_model(policy, "policy", ask(use)).answer is Answer.UNCLEAR for use in Use)


# The laws. Those on parents and licenses are told of all that a license alone says; what is said of passing a model on
# beyond that (R7) is a matter of what its publisher declared, and more of that may mend it.

_IDS = sorted(each.id for each in licenses().values() if not each.policy)
_sets = st.lists(st.sampled_from(_IDS), max_size=3, unique=True).map(tuple)
_relations = st.sampled_from(list(Relation))
_facts = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(["US", "DE", "CN", "KR", "RU"]),
        "purpose": st.sampled_from([purpose.value for purpose in Purpose]),
        "revenue_usd": st.integers(0, 3_000_000),
        "monthly_users": st.sampled_from([0, 10**6, 10**9]),
        "registered": st.lists(st.sampled_from(_IDS), max_size=2),
        "paid": st.lists(st.sampled_from(_IDS), max_size=2),
        "policies_read": st.lists(st.sampled_from(_IDS), max_size=2),
        "modality": st.sampled_from(["text", "image", "multimodal"]),
        "nc_output": st.sampled_from(["strict", "neutral", "lenient"]),
    },
)
_uses = st.sampled_from(list(Use))
_questions = st.builds(lambda use, facts: ask(use, **facts), _uses, _facts)
_unshared = st.builds(
    lambda use, facts: ask(use, **facts), _uses.filter(lambda use: Atom.SHARE not in INTENTS[use].atoms), _facts
)


@st.composite
def _mixes(draw: st.DrawFn) -> Mix:
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 5))):
        parents = draw(st.lists(st.sampled_from([each.id for each in nodes]), max_size=2, unique=True)) if nodes else []
        edges = tuple(Edge(parent=each, relation=draw(_relations)) for each in parents)
        ids = draw(_sets)
        nodes.append(node(f"n{number}", *ids, parents=edges, gaps=() if ids else (UNKNOWN,)))
    return mix(*nodes)


laws = settings(max_examples=60)


@laws
@given(_mixes(), _questions)
def test_adding_a_model_never_raises_an_answer(nodes: Mix, question: Question) -> None:
    ids = list(nodes)
    all_of_them = _picture(nodes, ids, question).answer
    for count in range(1, len(ids)):
        assert all_of_them.rank <= _picture(nodes, ids[:count], question).answer.rank


@laws
@given(_mixes(), _unshared, st.sampled_from(_IDS), _relations)
def test_adding_a_parent_never_raises_an_answer(
    nodes: Mix, question: Question, license_id: str, relation: Relation
) -> None:
    child = nodes["n0"]
    more = Node(
        id="n0",
        name="n0",
        readings=child.readings,
        gaps=child.gaps,
        parents=(*child.parents, Edge(parent="new", relation=relation)),
    )
    grown = {**nodes, "n0": more, "new": node("new", license_id)}
    assert clear_model(grown, "n0", question).answer.rank <= clear_model(nodes, "n0", question).answer.rank


@laws
@given(_mixes(), _unshared, st.sampled_from(_IDS))
def test_adding_a_license_never_raises_an_answer(nodes: Mix, question: Question, license_id: str) -> None:
    for each in nodes.values():
        grown = {**nodes, each.id: replace(each, readings=(*each.readings, *declared(license_id)))}
        for asked in nodes:
            before = clear_model(nodes, asked, question).answer
            assert clear_model(grown, asked, question).answer.rank <= before.rank


@laws
@given(_mixes(), _questions)
def test_an_origin_never_raises_an_answer(nodes: Mix, question: Question) -> None:
    for each in nodes:
        alone = clear_model(mix(replace(nodes[each], parents=())), each, question).answer
        assert clear_model(nodes, each, question).answer.rank <= alone.rank


@laws
@given(_mixes(), _questions, st.sampled_from([Relation.COPY, Relation.CONVERT, Relation.QUANTIZE, Relation.PRUNE]))
def test_the_same_weights_answer_the_same(nodes: Mix, question: Question, relation: Relation) -> None:
    for each in nodes:
        copied = {**nodes, "copy": node("copy", parents=(Edge(parent=each, relation=relation),))}
        assert clear_model(copied, "copy", question).answer is clear_model(nodes, each, question).answer


@laws
@given(_mixes(), _questions)
def test_saying_twice_what_is_known_changes_nothing(nodes: Mix, question: Question) -> None:
    for each in nodes.values():
        twice = replace(each, readings=each.readings * 2, parents=each.parents * 2, gaps=each.gaps * 2)
        found, again = (clear_model({**nodes, each.id: one}, each.id, question) for one in (each, twice))
        assert found == again


@laws
@given(_mixes(), _questions)
def test_a_circle_ends_with_the_answer_of_all_on_it(nodes: Mix, question: Question) -> None:
    ids = list(nodes)
    closed = tuple(Edge(parent=each, relation=Relation.MERGE) for each in ids)
    circle = {key: replace(one, parents=closed) for key, one in nodes.items()}
    asked = replace(question, use=Use.PRIVATE_USE)
    assert len({clear_model(circle, each, asked).answer for each in ids}) == 1


@laws
@given(_mixes(), _questions)
def test_order_and_repetition_do_not_matter(nodes: Mix, question: Question) -> None:
    ids = list(nodes)
    found = _picture(nodes, ids, question)
    again = _picture(nodes, [*reversed(ids), *ids], question)
    assert found.answer is again.answer
    assert set(found.reasons) == set(again.reasons)
    assert set(found.duties) == set(again.duties)


@laws
@given(_mixes(), _unshared)
def test_a_base_is_never_worse_than_what_inherits_from_it(nodes: Mix, question: Question) -> None:
    for each in nodes.values():
        for edge in each.parents:
            if edge.relation in (Relation.COPY, Relation.FINETUNE, Relation.MERGE, Relation.QUANTIZE):
                child = clear_model(nodes, each.id, question).answer
                assert clear_model(nodes, edge.parent, question).answer.rank >= child.rank


@laws
@given(_mixes(), _questions)
def test_duties_grow_with_what_takes_part(nodes: Mix, question: Question) -> None:
    verdicts = [clear_model(nodes, each, question, in_picture=True) for each in nodes]
    owed = [{(duty.duty, duty.license, duty.text) for duty in each.duties} for each in (*verdicts, together(verdicts))]
    assert all(one <= owed[-1] for one in owed)


@laws
@given(_mixes(), _questions)
def test_an_unknown_component_is_never_promoted(nodes: Mix, question: Question) -> None:
    with_stranger = {**nodes, "stranger": node("stranger", gaps=(UNKNOWN,))}
    assert _picture(with_stranger, list(with_stranger), question).answer.rank <= Answer.UNKNOWN.rank
