"""Whether a condition of a license holds for a person: decided by a fact, or open while the fact is not given (R4)."""

from usufruct.licenses.knowledge import Condition
from usufruct.licenses.vocabulary import ConditionKind
from usufruct.verdicts.question import Facts

EUROPEAN_UNION = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
"""The member states since 2020-02-01, ISO 3166-1 alpha-2 (Greece is GR there)."""

_LIMITS = {
    ConditionKind.REVENUE: "revenue_usd",
    ConditionKind.AUDIENCE: "monthly_users",
    ConditionKind.HEADCOUNT: "headcount",
}
_PERSONS = {ConditionKind.PERSONAL: "individual", ConditionKind.RECIPIENT_KIND: "research_organization"}


def holding(condition: Condition, license_id: str, facts: Facts) -> tuple[str, bool | None]:
    """The fact that decides ``condition``, and whether it holds; None while the fact is not given."""
    if condition.unless_paid and license_id in facts.paid:
        return "paid", True
    match condition.kind:
        case ConditionKind.REVENUE | ConditionKind.AUDIENCE | ConditionKind.HEADCOUNT:
            return _LIMITS[condition.kind], _within(condition, getattr(facts, _LIMITS[condition.kind]))
        case ConditionKind.TERRITORY:
            return _inside(condition, facts)
        case ConditionKind.PERSONAL | ConditionKind.RECIPIENT_KIND:
            return _PERSONS[condition.kind], getattr(facts, _PERSONS[condition.kind])
        case ConditionKind.REGISTRATION:
            return "registered", license_id in facts.registered or None
        case ConditionKind.PAID_LICENSE:
            return "paid", license_id in facts.paid or None
        case ConditionKind.POLICY_READ:
            read = {license_id, condition.url, condition.policy} - {""} & set(facts.policies_read)
            return "policies_read", bool(read) or None


def _within(condition: Condition, value: float | None) -> bool | None:
    """Whether a number passes a limit; one in another currency than the fact cannot be compared with it.

    Of another metric there may be more than of users, never less.
    """
    if value is None or condition.at_most is None or condition.currency != "USD":
        return None
    passes = value < condition.at_most if condition.below else value <= condition.at_most
    return None if passes and condition.metric else passes


def _inside(condition: Condition, facts: Facts) -> tuple[str, bool | None]:
    """Whether all places a license has to reach are within its territory, for the kinds of model it concerns."""
    if condition.modality and facts.modality and facts.modality not in condition.modality:
        return "modality", True
    excluded = {code.upper() for code in condition.excluded}
    if "EU" in excluded:
        excluded |= EUROPEAN_UNION
    places = {"country": () if facts.country is None else (facts.country,), "markets": facts.markets}
    wanted = {"use": ("country",), "output": ("markets",), "both": ("country", "markets")}[condition.reaches]
    for fact in wanted:
        known = places[fact] or (places["country"] if fact == "markets" else ())
        if not known:
            return fact, None
        if excluded & {code.upper() for code in known}:
            return ("modality", None) if condition.modality and facts.modality is None else (fact, False)
    return wanted[0], True
