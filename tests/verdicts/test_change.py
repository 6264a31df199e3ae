"""What would change an answer: every claim is judged anew here, by itself."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mixes import SEEN, UNKNOWN, ask, mix, node
from usufruct.exhibit import Exhibit
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.vocabulary import Purpose
from usufruct.models.identity import ModelKind
from usufruct.verdicts.change import Change, Part, asked_by, changes, contacts
from usufruct.verdicts.compose import Gap, clear_model, together
from usufruct.verdicts.question import Facts, Question, Use, facts_from
from usufruct.verdicts.verdict import Answer

STABILITY = "sai-community-2024-07-05"
IDS = sorted(each.id for each in licenses().values() if not each.policy)


def part(name: str, *license_ids: str, kind: ModelKind = ModelKind.CHECKPOINT, gaps: tuple[Gap, ...] = ()) -> Part:
    return Part(kind=kind, name=name, mix=mix(node(name, *license_ids, gaps=gaps)), nodes=(name,), in_picture=True)


def judged(parts: list[Part], question: Question) -> Answer:
    return together(clear_model(each.mix, each.nodes[0], question, in_picture=True) for each in parts).answer


def given_facts(found: tuple[Change, ...]) -> list[dict[str, object]]:
    return [dict(change.facts) for change in found if change.facts]


def test_the_fewest_facts_that_settle_it_come_first_then_those_that_break_it() -> None:
    better, worse = changes([part("sd3.5", STABILITY)], Answer.ALLOWED, ask("sell-output"))
    assert dict(better.facts) == {
        "revenue_usd": 1_000_000,
        "registered": (STABILITY,),
        "policies_read": (STABILITY,),
    }
    assert better.answer is Answer.ALLOWED
    assert dict(worse.facts) == {"revenue_usd": 1_000_001}
    assert worse.answer is Answer.FORBIDDEN


def test_facts_known_are_kept_and_need_not_be_given_again() -> None:
    question = ask("sell-output", revenue_usd=5, policies_read=("mit", STABILITY))
    (change,) = changes([part("sd3.5", STABILITY)], Answer.ALLOWED, question)
    assert dict(change.facts) == {"registered": (STABILITY,)}


def test_a_failing_fact_is_tried_too() -> None:
    question = ask("sell-output", revenue_usd=5_000_000, registered=(STABILITY,), policies_read=(STABILITY,))
    (change,) = changes([part("sd3.5", STABILITY)], Answer.ALLOWED, question)
    assert dict(change.facts) == {"revenue_usd": 1_000_000}


def test_a_place_stands_for_all_that_no_license_excludes() -> None:
    found = changes([part("video", "tencent-hunyuanworld-1.0")], Answer.ALLOWED, ask("sell-output", monthly_users=5))
    outside, *inside = found
    assert (outside.steps[0].bound, outside.steps[0].places) == ("outside", ("EU", "GB", "KR"))
    assert [(each.steps[0].places, each.answer) for each in inside] == [
        ((place,), Answer.FORBIDDEN) for place in ("EU", "GB", "KR")
    ]


def test_a_paid_license_is_a_way_of_its_own() -> None:
    found = changes([part("x", "playground-v2-community")], Answer.ALLOWED, ask("sell-output"))
    assert {"paid": ("playground-v2-community",)} in given_facts(found)


def test_each_purpose_is_told_apart_where_the_answer_hangs_on_it() -> None:
    found = changes([part("x", "seamless-license")], Answer.ALLOWED, ask("share-model"))
    assert {"purpose": Purpose.COMMERCIAL} in given_facts(found)


def test_without_the_model_that_stands_in_the_way() -> None:
    parts = [part("base", "mit"), part("style", "sai-nc-research-sdxl-turbo", kind=ModelKind.LORA)]
    (change,) = changes(parts, Answer.ALLOWED, ask("sell-output"))
    assert (change.without, change.answer) == (("style",), Answer.ALLOWED)


def test_without_two_where_one_does_not_help() -> None:
    bad = [part(name, "sai-nc-research-sdxl-turbo", kind=ModelKind.LORA) for name in ("one", "two")]
    (change,) = changes([part("base", "mit"), *bad], Answer.ALLOWED, ask("sell-output"))
    assert (change.without, change.answer) == (("one", "two"), Answer.ALLOWED)


def test_no_picture_is_made_without_its_checkpoint() -> None:
    parts = [part("base", "sai-nc-research-sdxl-turbo"), part("style", "mit", kind=ModelKind.LORA)]
    assert changes(parts, Answer.ALLOWED, ask("sell-output")) == ()


def test_what_is_missing_is_not_mended_by_facts_nor_by_leaving_models_out() -> None:
    parts = [part("base", STABILITY), part("style", kind=ModelKind.LORA, gaps=(UNKNOWN,))]
    assert not [each for each in changes(parts, Answer.UNKNOWN, ask("sell-output")) if each.answer.rank > 2]


def test_a_forbidden_answer_that_hangs_on_nothing_is_left_alone() -> None:
    assert changes([part("x", "sai-nc-research-sdxl-turbo")], Answer.ALLOWED, ask("sell-output")) == ()


@given(
    st.lists(st.sampled_from(IDS), min_size=1, max_size=3),
    st.sampled_from(Use),
    st.builds(
        Facts,
        country=st.sampled_from([None, "DE", "US", "KR"]),
        revenue_usd=st.sampled_from([None, 1, 10**8]),
        monthly_users=st.sampled_from([None, 5, 10**9]),
        individual=st.sampled_from([None, True, False]),
        purpose=st.sampled_from([None, *Purpose]),
    ),
    st.data(),
)
@settings(max_examples=25, deadline=None)
def test_every_change_leads_where_it_says(ids: list[str], use: Use, facts: Facts, data: st.DataObject) -> None:
    kinds = [ModelKind.CHECKPOINT, *[ModelKind.LORA] * (len(ids) - 1)]
    parts = [part(f"m{n}", each, kind=kinds[n]) for n, each in enumerate(ids)]
    question = Question(use, facts)
    before = judged(parts, question)
    for change in changes(parts, Answer.ALLOWED, question):
        assert change.answer is not before
        if change.without:
            left = [each for each in parts if each.name not in change.without]
            assert judged(left, question) is change.answer
            continue
        after = msgspec.structs.replace(facts, **dict(change.facts))
        assert judged(parts, Question(use, after)) is change.answer
        for step in change.steps:
            if step.bound in {"at-most", "under"}:
                assert isinstance(step.value, int)
                less = msgspec.structs.replace(after, **{step.fact: data.draw(st.integers(0, step.value))})
                assert judged(parts, Question(use, less)).rank >= change.answer.rank
            if step.bound in {"over", "at-least"}:
                assert isinstance(step.value, int)
                more = msgspec.structs.replace(after, **{step.fact: step.value + data.draw(st.integers(0, 10**9))})
                assert judged(parts, Question(use, more)).rank <= change.answer.rank
            if step.bound == "outside":
                code = data.draw(st.sampled_from(sorted({"US", "JP", "BR", "NG", "NZ", "CH"} - set(step.places))))
                value: object = (code,) if step.fact == "markets" else code
                elsewhere = msgspec.structs.replace(after, **{step.fact: value})
                assert judged(parts, Question(use, elsewhere)).rank >= change.answer.rank


@given(st.sampled_from(IDS), st.sampled_from(Use), st.sampled_from(Facts.__struct_fields__))
@settings(max_examples=60, deadline=None)
def test_a_fact_that_a_license_does_not_ask_for_changes_nothing(license_id: str, use: Use, fact: str) -> None:
    values = {
        "country": "DE", "markets": ("DE",), "revenue_usd": 10**12, "monthly_users": 10**12, "headcount": 10**9,
        "individual": True, "research_organization": True, "purpose": Purpose.RESEARCH, "registered": (license_id,),
        "paid": (license_id,), "policies_read": (license_id,), "modality": "multimodal", "nc_output": "lenient",
    }  # fmt: skip
    if fact not in asked_by(licenses()[license_id]):
        alone = part("x", license_id)
        assert alone.answer(Question(use, facts_from({fact: values[fact]}))) is alone.answer(Question(use, Facts()))


def said(words: str) -> Part:
    exhibit = Exhibit.of(words.encode(), source="README.md", place="line 12", words=words, seen=SEEN)
    gap = Gap(answer=Answer.UNCLEAR, effect="a sentence", remedy="read it", exhibit=exhibit)
    return part("Juggernaut", "mit", gaps=(gap,))


def test_an_address_on_the_card_is_named_with_its_place() -> None:
    sentence = "For commercial licensing and permission contact us under [mail](mailto:business@rundiffusion.com)."
    (found,) = contacts([said(sentence)], ask("sell-output"))
    assert (found.address, found.model, found.exhibit.place) == ("business@rundiffusion.com", "Juggernaut", "line 12")


def test_a_mere_link_is_no_address_to_ask_at() -> None:
    assert contacts([said("It must not be sold; see https://example.org/picture.png.")], ask("sell-output")) == ()


def test_a_model_that_stands_in_nobodys_way_is_not_asked_about() -> None:
    exhibit = Exhibit.of(b"", source="README.md", place="", words="Contact me@example.org.", seen=SEEN)
    gap = Gap(answer=Answer.FORBIDDEN, effect="x", remedy="", exhibit=exhibit, uses=frozenset({Use.HOST_SERVICE}))
    assert contacts([part("x", "mit", gaps=(gap,))], ask("sell-output")) == ()
    assert contacts([part("x", "mit", gaps=(gap,))], ask("host-service")) != ()
