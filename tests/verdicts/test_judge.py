from dataclasses import replace

import pytest

from tests.license_texts import license_text
from tests.mixes import SEEN, ask, copy_of, declared
from tests.shared import SHARED, needs_shared
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.vocabulary import DutyKind
from usufruct.verdicts.judge import judge
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer, Verdict, worst

# Two people read each text without seeing the other's reading; this is what they settled on, by the words, where no
# fact is given. One letter per use, in the order of ``Use``.
LETTERS = {
    "a": Answer.ALLOWED,
    "d": Answer.ALLOWED_WITH_DUTIES,
    "c": Answer.CONDITIONAL,
    "u": Answer.UNCLEAR,
    "f": Answer.FORBIDDEN,
}
SETTLED = {
    "apache-2.0": "aaaaaaaddadda",
    "cc-by-nc-4.0": "aacufffcfccfc",
    "creativeml-openrail-m": "ddaaddddddddd",
    "creativeml-openrail-pp-m-sdxl-1.0": "aaaaaadddaddd",
    "fair-ai-public-1.0-sd": "aaaaaadddadda",
    "flux-1-dev-nc-1.1.1": "ddcufffcfccff",
    "juggernaut-rundiffusion-addendum": "ddaaddfdddddd",
    "mit": "aaaaaaaddadda",
    "sai-community-2024-07-05": "cccccccccccuf",
    "sai-nc-research-sdxl-turbo": "cccffffcfccfc",
}


@pytest.mark.parametrize("license_id", SETTLED)
def test_the_terms_say_what_two_readers_settled_on(license_id: str) -> None:
    expected = {use.value: LETTERS[letter] for use, letter in zip(Use, SETTLED[license_id], strict=True)}
    assert {use.value: answer(license_id, use) for use in Use} == expected


def answer(license_id: str, use: Use | str, **facts: object) -> Answer:
    return worst(*(verdict.answer for verdict in verdicts(license_id, use, **facts)))


def verdicts(license_id: str, use: Use | str, **facts: object) -> list[Verdict]:
    return [judge(reading, ask(use, **facts), model="the model") for reading in declared(license_id)]


def test_every_reason_has_words_and_a_digest() -> None:
    for license_id in licenses():
        for use in Use:
            for verdict in verdicts(license_id, use):
                for reason in verdict.reasons:
                    assert reason.exhibit.words
                    assert len(reason.exhibit.digest) == 64


def test_a_picture_may_be_sold_while_the_service_may_not_be_offered() -> None:
    assert answer("juggernaut-rundiffusion-addendum", "sell-output") is Answer.ALLOWED
    assert answer("juggernaut-rundiffusion-addendum", "host-service") is Answer.FORBIDDEN
    assert answer("creativeml-openrail-m", "host-service") is Answer.ALLOWED_WITH_DUTIES


def test_two_clauses_against_each_other_are_unclear_and_both_shown() -> None:
    (found,) = verdicts("flux-1-dev-nc-1.1.1", "sell-output")
    assert found.answer is Answer.UNCLEAR
    assert [reason.exhibit.place for reason in found.reasons] == ["2.d", "4.a"]


def test_a_use_that_carries_its_purpose_is_decided() -> None:
    assert answer("flux-1-dev-nc-1.1.1", "run-commercially") is Answer.FORBIDDEN
    assert answer("sai-nc-research-sdxl-turbo", "sell-output") is Answer.FORBIDDEN


def test_a_use_without_purpose_asks_for_it() -> None:
    (found,) = verdicts("cc-by-nc-4.0", "share-model")
    assert found.answer is Answer.CONDITIONAL
    assert [condition.fact for condition in found.conditions] == ["purpose"]
    assert answer("cc-by-nc-4.0", "share-model", purpose="commercial") is Answer.FORBIDDEN
    assert answer("cc-by-nc-4.0", "share-model", purpose="non-commercial") is Answer.ALLOWED_WITH_DUTIES


def test_a_purpose_changes_nothing_for_a_use_that_carries_one() -> None:
    assert answer("cc-by-nc-4.0", "sell-model", purpose="non-commercial") is Answer.FORBIDDEN


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("strict", Answer.FORBIDDEN), ("neutral", Answer.UNCLEAR), ("lenient", Answer.ALLOWED)],
)
def test_silence_on_outputs_is_read_as_the_person_chose(reading: str, expected: Answer) -> None:
    assert answer("cc-by-nc-4.0", "sell-output", nc_output=reading) is expected


def test_nothing_but_silence_turns_on_that_choice() -> None:
    assert answer("sai-nc-research-sdxl-turbo", "sell-output", nc_output="lenient") is Answer.FORBIDDEN
    assert answer("cc-by-nc-4.0", "run-commercially", nc_output="lenient") is Answer.FORBIDDEN


def test_every_missing_fact_is_asked_for_at_once() -> None:
    (found,) = verdicts("sai-community-2024-07-05", "run-commercially")
    assert {condition.fact for condition in found.conditions} == {"revenue_usd", "registered", "policies_read"}


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        (0, Answer.ALLOWED_WITH_DUTIES),
        (999_999, Answer.ALLOWED_WITH_DUTIES),
        (1_000_000, Answer.ALLOWED_WITH_DUTIES),
        (1_000_001, Answer.FORBIDDEN),
    ],
)
def test_a_threshold_decides_once_the_fact_is_known(revenue: int, expected: Answer) -> None:
    facts = {"registered": "sai-community-2024-07-05", "policies_read": "sai-community-2024-07-05"}
    assert answer("sai-community-2024-07-05", "host-service", revenue_usd=revenue, **facts) is expected


def test_revenue_above_the_threshold_forbids_whatever_else_is_missing() -> None:
    assert answer("sai-community-2024-07-05", "client-work", revenue_usd=5_000_000) is Answer.FORBIDDEN
    assert answer("sai-community-2024-07-05", "private-use", revenue_usd=5_000_000) is Answer.UNCLEAR
    assert answer("sai-community-2024-07-05", "private-use", revenue_usd=500_000) is Answer.CONDITIONAL


def test_a_policy_that_was_not_read_caps_at_conditional() -> None:
    assert answer("sai-nc-research-sdxl-turbo", "research") is Answer.CONDITIONAL
    assert (
        answer("sai-nc-research-sdxl-turbo", "research", policies_read="https://stability.ai/use-policy")
        is Answer.ALLOWED
    )
    assert answer("sai-nc-research-sdxl-turbo", "research", policies_read="another-license") is Answer.CONDITIONAL


def test_a_duty_to_share_is_due_only_when_sharing() -> None:
    assert answer("apache-2.0", "sell-output") is Answer.ALLOWED
    assert answer("apache-2.0", "fine-tune") is Answer.ALLOWED
    (shared,), (changed,) = verdicts("apache-2.0", "share-model"), verdicts("apache-2.0", "share-derivative")
    assert [duty.duty for duty in shared.duties] == [DutyKind.GIVE_LICENSE]
    assert DutyKind.STATE_CHANGES in {duty.duty for duty in changed.duties}


def test_conduct_limits_stand_beside_the_answer() -> None:
    (found,) = verdicts("creativeml-openrail-m", "sell-output")
    assert found.answer is Answer.ALLOWED
    assert {limit.license for limit in found.restrictions} == {"creativeml-openrail-m"}
    assert len(found.restrictions) >= 11


def test_words_without_a_text_at_hand_are_marked() -> None:
    (found,) = verdicts("mit", "sell-output")
    assert not any(reason.verbatim for reason in found.reasons)


@needs_shared
def test_the_quote_is_the_whole_sentence_of_the_copy_at_hand() -> None:
    text = license_text("flux-1-dev-nc-1.1.1") or ""
    (reading,) = copy_of(text)
    found = judge(reading, ask("sell-output"), model="the model")
    assert found.reasons[0].verbatim
    assert found.reasons[0].exhibit.words == (
        "You may use Output for any purpose (including for commercial purposes), except as expressly prohibited herein."
    )
    shared = judge(reading, ask("share-model"), model="the model")
    string = next(duty.string for duty in shared.duties if duty.duty is DutyKind.NOTICE_STRING)
    assert string is not None
    assert string.startswith("The FLUX.1 [dev] Model is licensed by Black Forest Labs Inc.")


@needs_shared
def test_an_added_sentence_makes_every_use_unclear_and_is_shown() -> None:
    text = (SHARED / "data/licenses/creativeml-openrail-m.txt").read_text(encoding="utf-8")
    (reading,) = copy_of(text + "\nOutputs may be sold only with written permission.\n")
    found = judge(reading, ask("sell-output"), model="the model")
    assert found.answer is Answer.UNCLEAR
    assert "Outputs may be sold only with written permission." in {reason.exhibit.words for reason in found.reasons}


@needs_shared
def test_a_clause_that_is_gone_is_never_asserted() -> None:
    text = (SHARED / "data/licenses/creativeml-openrail-m.txt").read_text(encoding="utf-8")
    (reading,) = copy_of(text.replace("Licensor claims no rights in the Output You generate using the Model.", ""))
    found = judge(reading, ask("sell-output"), model="the model")
    assert found.answer is Answer.UNCLEAR
    assert "clause-not-found" not in {finding.code for finding in found.findings}
    assert any("lacks the clause" in reason.effect for reason in found.reasons)


def test_a_verdict_is_replayed_from_the_same_reading() -> None:
    (reading,) = declared("cc-by-nc-4.0")
    first, second = (judge(reading, ask("sell-output"), model="m") for _ in range(2))
    assert first == second
    assert {reason.exhibit.seen for reason in first.reasons} == {SEEN}


# Policies, places and kinds of models, risks.

LLAMA = {"monthly_users": 1, "policies_read": "llama-3.2-community"}


def test_the_policy_of_a_license_is_quoted_beside_it() -> None:
    (found,) = verdicts("llama-3.2-community", "sell-output", **LLAMA)
    assert {limit.license for limit in found.restrictions} == {"llama-3.2-community", "llama-3.2-aup"}
    assert {duty.license for duty in verdicts("llama-3.2-community", "host-service", **LLAMA)[0].duties} == {
        "llama-3.2-community",
        "llama-3.2-aup",
    }
    assert all(limit.exhibit.source == "usufruct terms: llama-3.2-aup" for limit in found.restrictions[-1:])


@needs_shared
def test_a_policy_at_hand_is_quoted_from_its_own_text() -> None:
    text = license_text("gemma-pup-2024-02-21")
    if text is None:
        pytest.skip("needs the text of the policy")
    (policy,) = copy_of(text)
    (terms,) = declared("gemma-terms-2024-04-01")
    found = judge(replace(terms, policies=(policy,)), ask("sell-output"), model="the model")
    of_policy = [limit for limit in found.restrictions if limit.license == policy.license.id]
    assert of_policy
    assert all(len(limit.exhibit.words) >= 20 and limit.exhibit.source == "LICENSE" for limit in of_policy)


def test_a_place_that_is_excluded_for_some_models_asks_which_this_is() -> None:
    (asked,) = verdicts("llama-3.2-community", "run-commercially", country="DE", **LLAMA)
    assert asked.answer is Answer.CONDITIONAL
    assert {condition.fact for condition in asked.conditions} == {"modality"}
    assert answer("llama-3.2-community", "run-commercially", country="DE", modality="text", **LLAMA) is Answer.ALLOWED
    multimodal = {"modality": "multimodal", **LLAMA}
    assert answer("llama-3.2-community", "run-commercially", country="DE", **multimodal) is Answer.FORBIDDEN
    assert answer("llama-3.2-community", "run-commercially", country="CH", **multimodal) is Answer.ALLOWED
    assert answer("llama-3.2-community", "run-commercially", **multimodal) is Answer.CONDITIONAL


def test_a_place_that_is_excluded_for_all_models_is_so_for_each() -> None:
    facts = {"country": "DE", "monthly_users": 1}
    for modality in ("text", "image", "multimodal"):
        assert answer("tencent-hunyuan-large", "sell-output", modality=modality, **facts) is Answer.FORBIDDEN


def test_an_indemnity_is_a_risk_that_is_told_and_no_duty() -> None:
    (found,) = verdicts("llama-3.1-community", "run-commercially", monthly_users=1, policies_read="llama-3.1-aup")
    assert found.answer is Answer.ALLOWED
    assert "indemnity" in {finding.code for finding in found.findings}
    owed = {duty.duty for name in licenses() for use in Use for each in verdicts(name, use) for duty in each.duties}
    assert DutyKind.INDEMNIFY not in owed


def test_terms_that_may_change_are_noted_only() -> None:
    (found,) = verdicts("llama-3.1-aup", "private-use")
    assert "terms-may-change" in {finding.code for finding in found.findings}
