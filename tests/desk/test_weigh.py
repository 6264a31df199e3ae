"""Mixes written by hand: what they may say, what is answered, and what is refused with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.conftest import SEEN
from usufruct.desk.weigh import weigh
from usufruct.errors import Malformed, OverLimit, Unreadable, UsageError
from usufruct.models.lineage import Relation
from usufruct.reports.weigh import Weighing, weighing_object
from usufruct.verdicts.verdict import Answer

ALL = {"allowNoCredit": True, "allowDerivatives": True, "allowDifferentLicense": True}
EVERY_USE = ["Image", "RentCivit", "Rent", "Sell"]


def answers(folder: Path, text: str | dict[str, Any], name: str = "mix.yaml") -> list[Weighing]:
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return list(weigh([path], seen=SEEN))


def one(folder: Path, use: str, node: dict[str, Any], **facts: object) -> Answer:
    question = {"use": use, "facts": facts}
    (found,) = answers(folder, {"nodes": [{"id": "a", "role": "lora"} | node], "questions": [question]})
    assert found.verdict, found.error
    return found.verdict.answer


def fault(folder: Path, text: str | dict[str, Any], name: str = "mix.yaml") -> str:
    (found,) = answers(folder, text, name)
    assert found.verdict is None
    return str(found.error)


MIX = """\
# notes are left alone
title: a picture
nodes:
  - {id: base, role: checkpoint, licenses: [sai-nc-research-sdxl-turbo]}
  - {id: 1, role: lora, licenses: [mit], note: found on a forum}
  - {id: tool, licenses: [gpl-3.0-only]}
  - {id: data, role: dataset}
edges:
  - {child: 1, parent: base, relation: adapter-of}
  - {child: 1, parent: data, relation: trained-on(dataset)}
  - {child: 1, parent: tool, relation: run-with}
questions:
  - use: sell-output
  - {use: fine-tune, subject: 1}
  - {use: research, facts: {country: NO, policies_read: [sai-nc-research-sdxl-turbo]}}
"""


def test_questions_are_answered_in_their_order(tmp_path: Path) -> None:
    found = answers(tmp_path, MIX)
    assert [(each.number, each.subject) for each in found] == [(0, None), (1, "1"), (2, None)]
    verdicts = [each.verdict.answer for each in found if each.verdict]
    assert verdicts == [Answer.FORBIDDEN, Answer.UNCLEAR, Answer.ALLOWED]
    assert found[2].question
    assert found[2].question.facts.country == "NO"


def test_a_line_has_what_the_contract_names(tmp_path: Path) -> None:
    (found, *_) = answers(tmp_path, MIX)
    value = weighing_object(found)
    assert value.keys() == {
        *("mix", "question", "subject", "use", "verdict", "reasons", "duties", "conditions", "restrictions"),
        *("findings", "flow_down"),
    }
    assert value["reasons"][0]["path"] == ["picture", "base"]


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    mix = {"nodes": [{"id": "a", "licenses": ["cc-by-nc-4.0"]}], "questions": [{"use": "run-commercially"}]}
    (as_json,) = answers(tmp_path, mix, "mix.json")
    (as_yaml,) = answers(tmp_path, "nodes: [{id: a, licenses: [cc-by-nc-4.0]}]\nquestions: [{use: run-commercially}]")
    assert as_json.verdict
    assert as_yaml.verdict
    assert as_json.verdict.answer is as_yaml.verdict.answer is Answer.FORBIDDEN


def test_no_license_is_unknown_and_so_is_one_that_nobody_knows(tmp_path: Path) -> None:
    assert one(tmp_path, "sell-output", {}) is Answer.UNKNOWN
    assert one(tmp_path, "sell-output", {"licenses": []}) is Answer.UNKNOWN
    (found,) = answers(tmp_path, "nodes: [{id: a, licenses: [mit, our-own]}]\nquestions: [{use: sell-output}]")
    assert found.verdict
    assert found.verdict.answer is Answer.UNKNOWN
    assert "our-own" in found.verdict.reasons[0].effect


def test_a_file_that_says_it_is_licensed_wrongly_is_no_license(tmp_path: Path) -> None:
    assert one(tmp_path, "private-use", {"licenses": ["not licensed correctly"]}) is Answer.UNKNOWN


def test_licenses_bind_together_and_offers_stand_in_their_place(tmp_path: Path) -> None:
    both = {"licenses": ["cc-by-nc-4.0", "mit"]}
    assert one(tmp_path, "run-commercially", both) is Answer.FORBIDDEN
    assert one(tmp_path, "run-commercially", {"licenses": ["cc-by-nc-4.0"], "offers": [["mit"]]}) is Answer.ALLOWED
    assert one(tmp_path, "run-commercially", {"offers": [["mit"], ["cc-by-nc-4.0"]]}) is Answer.ALLOWED
    assert one(tmp_path, "run-commercially", {"offers": [["mit", "cc-by-nc-4.0"]]}) is Answer.FORBIDDEN
    assert one(tmp_path, "run-commercially", {"offers": [["nobody-knows"]]}) is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("flags", "use", "expected"),
    [
        ({}, "sell-output", Answer.ALLOWED),
        ({"allowCommercialUse": ["Rent", "Sell"]}, "sell-output", Answer.FORBIDDEN),
        ({"allowCommercialUse": ["Rent", "Sell"]}, "client-work", Answer.FORBIDDEN),
        ({"allowCommercialUse": ["Image", "Sell"]}, "host-service", Answer.FORBIDDEN),
        ({"allowCommercialUse": ["Image", "Rent"]}, "sell-model", Answer.FORBIDDEN),
        ({"allowCommercialUse": "Image"}, "sell-output", Answer.ALLOWED),
        ({"allowCommercialUse": "Image"}, "sell-derivative", Answer.FORBIDDEN),
        ({"allowCommercialUse": "None"}, "sell-output", Answer.FORBIDDEN),
        ({"allowCommercialUse": []}, "private-use", Answer.ALLOWED),
        ({"allowDerivatives": False}, "share-derivative", Answer.FORBIDDEN),
        ({"allowNoCredit": False}, "publish-output", Answer.ALLOWED_WITH_DUTIES),
        ({"allowNoCredit": False}, "private-use", Answer.ALLOWED),
        ({"allowCommercialUse": None}, "sell-output", Answer.UNKNOWN),
        ({"allowDerivatives": None}, "share-derivative", Answer.UNKNOWN),
        ({"allowNoCredit": None}, "publish-output", Answer.ALLOWED_WITH_DUTIES),
    ],
)
def test_flags_only_restrict_and_absent_ones_permit_nothing(
    tmp_path: Path, flags: dict[str, object], use: str, expected: Answer
) -> None:
    node = {"licenses": ["mit"], "flags": {"allowCommercialUse": EVERY_USE} | ALL | flags}
    assert one(tmp_path, use, node) is expected


def test_flags_lift_nothing(tmp_path: Path) -> None:
    flags = {"allowCommercialUse": EVERY_USE} | ALL
    assert one(tmp_path, "run-commercially", {"licenses": ["cc-by-nc-4.0"], "flags": flags}) is Answer.FORBIDDEN
    assert one(tmp_path, "sell-output", {"flags": flags}) is Answer.UNKNOWN


def test_restricting_flags_reach_what_was_made_from_it(tmp_path: Path) -> None:
    flags = {"allowCommercialUse": [], **ALL}
    nodes = [{"id": "a", "licenses": ["mit"], "flags": flags}, {"id": "b", "licenses": ["mit"]}]
    edges = [{"child": "b", "parent": "a", "relation": "merge"}]
    question = {"use": "sell-output", "subject": "b"}
    (found,) = answers(tmp_path, {"nodes": nodes, "edges": edges, "questions": [question]})
    assert found.verdict
    assert found.verdict.answer is Answer.FORBIDDEN
    assert found.verdict.reasons[0].path == ("b", "a")


def test_a_credit_that_is_due_is_a_duty_with_the_creator_named(tmp_path: Path) -> None:
    node = {"id": "fox", "licenses": ["mit"], "flags": ALL | {"allowCommercialUse": EVERY_USE, "allowNoCredit": False}}
    (found,) = answers(tmp_path, {"nodes": [node], "questions": [{"use": "share-model"}]})
    assert found.verdict
    credit = next(duty for duty in found.verdict.duties if duty.duty == "credit")
    assert credit.trigger == "on-share"
    assert "fox" in credit.text


def test_the_picture_is_made_by_those_named_for_it(tmp_path: Path) -> None:
    nodes = [{"id": "a", "licenses": ["mit"]}, {"id": "b", "licenses": ["sai-nc-research-sdxl-turbo"]}]
    mix = {"nodes": nodes, "questions": [{"use": "sell-output"}]}
    for picture, expected in ((["a"], Answer.ALLOWED), (["a", "b"], Answer.FORBIDDEN), ([], Answer.UNKNOWN)):
        (found,) = answers(tmp_path, mix | {"picture": picture})
        assert found.verdict
        assert found.verdict.answer is expected
    (found,) = answers(tmp_path, mix)
    assert found.verdict
    assert found.verdict.answer is Answer.FORBIDDEN


def test_what_is_both_data_and_parent_takes_its_part_through_its_child(tmp_path: Path) -> None:
    nodes = [{"id": "a", "licenses": ["mit"]}, {"id": "b", "licenses": ["sai-nc-research-sdxl-turbo"]}]
    edges = [{"child": "a", "parent": "b", "relation": each} for each in ("trained-on", "finetune")]
    (found,) = answers(tmp_path, {"nodes": nodes, "edges": edges, "questions": [{"use": "sell-output"}]})
    assert found.verdict
    assert found.verdict.answer is Answer.FORBIDDEN


def test_no_nodes_at_all_are_unknown(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "nodes: []\nquestions: [{use: private-use}]")
    assert found.verdict
    assert found.verdict.answer is Answer.UNKNOWN


def test_flow_down_is_told_beside_the_answer(tmp_path: Path) -> None:
    nodes = [{"id": "a", "licenses": ["mit"]}, {"id": "b", "licenses": ["gpl-3.0-only"]}]
    edges = [{"child": "a", "parent": "b", "relation": "finetune"}]
    questions = [{"use": "sell-output"}, {"use": "share-model", "subject": "a"}]
    picture, shared = answers(tmp_path, {"nodes": nodes, "edges": edges, "questions": questions})
    assert picture.verdict
    assert shared.verdict
    assert (picture.verdict.answer, shared.verdict.answer) == (Answer.ALLOWED, Answer.CONDITIONAL)
    for each in (picture, shared):
        (told,) = weighing_object(each)["flow_down"]
        assert told.keys() == {"node", "license", "message", "repair"}
        assert (told["node"], told["license"]) == ("a", "gpl-3.0-only")


# What is refused, and where.

NODE = {"id": "a", "licenses": ["mit"]}
ASKED = [{"use": "research"}]


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        ({"nodes": [NODE], "questions": [{"use": "fly"}]}, r"questions\[0\].use: there is no use 'fly'; .*private-use"),
        ({"nodes": [NODE], "questions": [{"subject": "a"}]}, r"questions\[0\]: .*use"),
        ({"nodes": [NODE], "questions": [{"use": "research", "subject": "b"}]}, r"questions\[0\].subject: .*'b'.*'a'"),
        ({"nodes": [NODE], "questions": [{"use": "research", "facts": {"x": 1}}]}, r"questions\[0\].facts: .*country"),
        ({"nodes": [NODE, NODE], "questions": ASKED}, r"nodes\[1\].id: there is a node 'a' already"),
        ({"nodes": [{"licenses": []}], "questions": ASKED}, r"nodes\[0\]: .*id"),
        ({"nodes": [{"id": "", "licenses": []}], "questions": ASKED}, r"nodes\[0\]: an id has 1 to"),
        ({"nodes": [{"id": "a", "licences": []}], "questions": ASKED}, r"did you mean 'licenses'"),
        ({"nodes": [NODE], "edge": [], "questions": ASKED}, r"did you mean 'edges'"),
        (
            {"nodes": [NODE | {"flags": {"allowSelling": True}}], "questions": ASKED},
            r"nodes\[0\].flags: .*allowNoCredit",
        ),
        ({"nodes": [NODE | {"licenses": "mit"}], "questions": ASKED}, r"nodes\[0\]: .*licenses"),
        ({"nodes": [NODE], "picture": ["b"], "questions": ASKED}, r"picture\[0\]: there is no node 'b'"),
        ({"nodes": [NODE]}, "asks nothing"),
        ({"questions": ASKED}, "nodes"),
        ([], "must be a table"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(tmp_path: Path, mix: Any, words: str) -> None:  # noqa: ANN401
    for name in ("mix.json", "mix.yaml"):
        (found,) = answers(tmp_path, json.dumps(mix), name)
        assert isinstance(found.error, UsageError)
        with pytest.raises(UsageError, match=words):
            raise found.error


@pytest.mark.parametrize(
    ("edge", "words"),
    [
        ({"child": "a", "parent": "b", "relation": "copy"}, r"edges\[0\].parent: there is no node 'b'"),
        ({"child": "b", "parent": "a", "relation": "copy"}, r"edges\[0\].child: there is no node 'b'"),
        (
            {"child": "a", "parent": "a", "relation": "son"},
            r"edges\[0\].relation: there is no relation 'son'; .*finetune",
        ),
    ],
)
def test_an_edge_that_is_not_understood_is_told(tmp_path: Path, edge: dict[str, str], words: str) -> None:
    (found,) = answers(tmp_path, {"nodes": [NODE], "edges": [edge], "questions": ASKED})
    assert found.error
    with pytest.raises(UsageError, match=words):
        raise found.error


def test_one_bad_question_or_file_stops_no_other(tmp_path: Path) -> None:
    first, last = tmp_path / "first.json", tmp_path / "last.json"
    first.write_text(json.dumps({"nodes": [NODE], "questions": [{"use": "fly"}, *ASKED]}))
    last.write_text(json.dumps({"nodes": [NODE], "questions": ASKED}))
    found = list(weigh([first, tmp_path / "missing", last], seen=SEEN))
    assert [each.verdict is not None for each in found] == [False, True, False, True]
    assert isinstance(found[2].error, Unreadable)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: &x [1]\nb: *x\n", Malformed),
        ("{", Malformed),
        ("nodes: [}", Malformed),
        ("\x00", Malformed),
        ("[" * 50, OverLimit),
        ("- " * 50, OverLimit),
        ("nodes: []\nnodes: []\nquestions: []\n", UsageError),
        ('{"nodes": [], "nodes": []}', UsageError),
        ("!!python/object/apply:os.system [ls]", UsageError),
        ("? [a]\n: b\n", Malformed),
        ("x" * 2**20, OverLimit),
        ("", UsageError),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, text: str, error: type[Exception]) -> None:
    (found,) = answers(tmp_path, text)
    assert isinstance(found.error, error)


@pytest.mark.parametrize(
    "mix",
    [
        {"nodes": [{"id": str(each)} for each in range(101)], "questions": ASKED},
        {"nodes": [NODE], "edges": [{"child": "a", "parent": "a", "relation": "copy"}] * 201, "questions": ASKED},
        {"nodes": [NODE | {"licenses": ["mit"] * 21}], "questions": ASKED},
        {"nodes": [NODE | {"offers": [["mit"]] * 21}], "questions": ASKED},
        {"nodes": [{"id": str(each)} for each in range(100)], "questions": ASKED * 101},
    ],
)
def test_more_than_a_person_writes_is_refused(tmp_path: Path, mix: dict[str, Any]) -> None:
    assert "more than" in fault(tmp_path, mix)


_WORDS = st.sampled_from(["a", "b", "nodes", "id", "mit", "use", "research", "NO", "~", "", "\ud800", "x" * 300])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=8,
)
_KEYS = ("id", "role", "licenses", "offers", "flags", "child", "parent", "relation", "use", "subject", "facts")


@settings(max_examples=150)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: _VALUES | st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(_KEYS, _VALUES)), max_size=2)
            for name in ("nodes", "edges", "picture", "questions")
        },
    )
)
def test_no_file_brings_it_down(tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    for each in weigh([path], seen=SEEN):
        assert (each.verdict is None) is (each.error is not None)
        weighing_object(each)


def test_every_relation_may_be_written(tmp_path: Path) -> None:
    for relation in Relation:
        edges = [{"child": "a", "parent": "b", "relation": relation.value}]
        (found,) = answers(tmp_path, {"nodes": [NODE, NODE | {"id": "b"}], "edges": edges, "questions": ASKED})
        assert found.verdict
        assert found.verdict.answer is Answer.ALLOWED


def test_a_circle_is_answered(tmp_path: Path) -> None:
    nodes = [{"id": "a", "licenses": ["mit"]}, {"id": "b", "licenses": ["cc-by-nc-4.0"]}]
    edges = [{"child": x, "parent": y, "relation": "merge"} for x, y in ("ab", "ba", "aa")]
    question = {"use": "run-commercially", "subject": "a"}
    (found,) = answers(tmp_path, {"nodes": nodes, "edges": edges, "questions": [question]})
    assert found.verdict
    assert found.verdict.answer is Answer.FORBIDDEN
