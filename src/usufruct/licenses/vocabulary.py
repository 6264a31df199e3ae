"""The closed vocabulary in which licenses are written down (``TERMS.md`` tells its making).

A word outside these sets in a terms file is an error when the file is loaded.
"""

from enum import StrEnum


class Atom(StrEnum):
    """One thing a person may want to do; texts answer each apart from the others."""

    RUN = "run"
    EXPLOIT_OUTPUT = "exploit-output"
    HOST = "host"
    SHARE = "share"
    CHARGE = "charge"
    ADAPT = "adapt"
    RELICENSE = "relicense"
    TRAIN_FROM_OUTPUT = "train-from-output"


class Effect(StrEnum):
    """What a license says of an atom."""

    GRANTED = "granted"
    FORBIDDEN = "forbidden"
    SILENT = "silent"
    CONTRADICTORY = "contradictory"


class Purpose(StrEnum):
    """What an act is for."""

    COMMERCIAL = "commercial"
    NON_COMMERCIAL = "non-commercial"
    RESEARCH = "research"
    ACADEMIC = "academic"


class PurposeTest(StrEnum):
    """How a text draws the line around the purposes it allows. Never one flag "NC"."""

    NC_INTENT = "nc-intent"
    """Not primarily intended for commercial advantage or monetary compensation (Creative Commons)."""
    NO_PAYMENT = "no-payment"
    """No direct or indirect payment (FLUX.1 [dev], LTX-2)."""
    NO_PRODUCTION = "no-production"
    """No production use (Stability's non-commercial texts)."""
    RESEARCH_ONLY = "research-only"
    ACADEMIC = "academic"

    @property
    def allows(self) -> frozenset[Purpose]:
        """The purposes that pass the test."""
        match self:
            case PurposeTest.NC_INTENT | PurposeTest.NO_PAYMENT | PurposeTest.NO_PRODUCTION:
                return frozenset({Purpose.NON_COMMERCIAL, Purpose.RESEARCH, Purpose.ACADEMIC})
            case PurposeTest.RESEARCH_ONLY:
                return frozenset({Purpose.RESEARCH, Purpose.ACADEMIC})
            case PurposeTest.ACADEMIC:
                return frozenset({Purpose.ACADEMIC})


class ConditionKind(StrEnum):
    """A fact about the person that a permission hangs on."""

    REVENUE = "revenue"
    AUDIENCE = "audience"
    """Monthly users, or visits, of all products of the group."""
    HEADCOUNT = "headcount"
    TERRITORY = "territory"
    PERSONAL = "personal"
    """Only natural persons."""
    RECIPIENT_KIND = "recipient-kind"
    """Only research organizations."""
    REGISTRATION = "registration"
    PAID_LICENSE = "paid-license"
    POLICY_READ = "policy-read"

    @property
    def is_limit(self) -> bool:
        """Whether it compares a number of the person's with one of the license's."""
        return self in {ConditionKind.REVENUE, ConditionKind.AUDIENCE, ConditionKind.HEADCOUNT}


class DutyKind(StrEnum):
    """What a person must do in return."""

    GIVE_LICENSE = "give-license"
    KEEP_NOTICES = "keep-notices"
    NOTICE_STRING = "notice-string"
    STATE_CHANGES = "state-changes"
    CREDIT = "credit"
    BADGE = "badge"
    NAME_PREFIX = "name-prefix"
    BIND_RECIPIENTS = "bind-recipients"
    INFORM_RECIPIENTS = "inform-recipients"
    GIVE_SOURCE = "give-source"
    SAME_LICENSE = "same-license"
    LABEL_AI = "label-ai"
    FILTER_OR_REVIEW = "filter-or-review"
    KEEP_SAFEGUARDS = "keep-safeguards"
    EQUAL_DISCLAIMERS = "equal-disclaimers"
    PUBLISH_RECIPE = "publish-recipe"
    USE_LATEST = "use-latest"
    REGISTER = "register"
    DELETE_AT_END = "delete-at-end"
    INDEMNIFY = "indemnify"
    NO_ENDORSEMENT = "no-endorsement"
    IMPACT_REPORT = "impact-report"


class Trigger(StrEnum):
    """The act that calls a duty up."""

    ON_RUN = "on-run"
    ON_PUBLISH_OUTPUT = "on-publish-output"
    ON_HOST = "on-host"
    ON_SHARE = "on-share"
    ON_ADAPT = "on-adapt"
    ON_TRAIN_FROM_OUTPUT = "on-train-from-output"
    ON_END = "on-end"


class Strength(StrEnum):
    """Whether a duty binds or is asked for."""

    MUST = "must"
    SHOULD = "should"


class FlowDown(StrEnum):
    """Under which terms a copy or derivative may be passed on."""

    NONE = "none"
    NOTICES = "notices"
    RESTRICTIONS = "restrictions"
    COMPATIBLE = "compatible"
    IDENTICAL = "identical"
    NOT_SHAREABLE = "not-shareable"


class Derivative(StrEnum):
    """What a license names as its derivative, beyond modified weights."""

    MODIFICATIONS = "modifications"
    WORKS_BASED_ON = "works-based-on"
    OUTPUT_STUDENTS_SIMILAR = "output-students-similar"
    OUTPUT_STUDENTS_ANY = "output-students-any"
    LORA_NAMED = "lora-named"


class OutputReach(StrEnum):
    """How a license reaches what the model made."""

    DISCLAIMED = "disclaimed"
    SILENT = "silent"
    CONDUCT = "conduct"
    RESTRICTED = "restricted"
    OWNED_BY_LICENSOR = "owned-by-licensor"
    VIA_USE_LIMIT = "via-use-limit"


class Restriction(StrEnum):
    """Conduct a license forbids whatever the purpose; shown beside a verdict, never part of it."""

    UNLAWFUL_USE = "unlawful-use"
    HARM_MINORS = "harm-minors"
    DISINFORMATION = "disinformation"
    PERSONAL_DATA_HARM = "personal-data-harm"
    HARASSMENT = "harassment"
    AUTOMATED_DECISIONS = "automated-decisions"
    SOCIAL_SCORING = "social-scoring"
    EXPLOIT_VULNERABILITY = "exploit-vulnerability"
    DISCRIMINATION = "discrimination"
    MEDICAL_ADVICE = "medical-advice"
    JUSTICE_AND_MIGRATION = "justice-and-migration"
    MILITARY = "military"
    SURVEILLANCE = "surveillance"
    BIOMETRICS = "biometrics"
    THIRD_PARTY_RIGHTS = "third-party-rights"
    UNLAWFUL_CONTENT = "unlawful-content"
    PRIVACY_LAW = "privacy-law"
    EXPORT_CONTROL = "export-control"
    CIRCUMVENTION = "circumvention"
    TRADEMARK_USE = "trademark-use"
    WEAPONS = "weapons"
    CRITICAL_INFRASTRUCTURE = "critical-infrastructure"
    DRUGS = "drugs"
    SELF_HARM = "self-harm"
    VIOLENCE = "violence"
    HATE = "hate"
    SEXUAL_CONTENT = "sexual-content"
    IMPERSONATION = "impersonation"
    DEFAMATION = "defamation"
    FRAUD = "fraud"
    MALWARE = "malware"
    SPAM = "spam"
    ELECTIONS = "elections"
    UNDISCLOSED_AI = "undisclosed-ai"
    UNLICENSED_PRACTICE = "unlicensed-practice"
    REIDENTIFICATION = "reidentification"
    NATIONAL_SECURITY = "national-security"


class LegalEffect(StrEnum):
    """What a license does to rights and risks beside permitting; facts, never part of a verdict."""

    OUTPUT_CLAIM = "output-claim"
    ENDS_ON = "ends-on"
    LAWSUIT_AGAINST_LICENSOR = "lawsuit-against-licensor"
    """Suing the licensor ends the license."""
    LAWSUIT_AGAINST_ANYONE = "lawsuit-against-anyone"
    """Suing anyone over the model ends the license: a warning to rightsholders before they download."""
    CURE_DAYS = "cure-days"
    CLAIM_WAIVER = "claim-waiver"
    REMOTE_POWERS = "remote-powers"
    MONEY_REMEDY = "money-remedy"
    RISK_BEARER = "risk-bearer"
    LAW = "law"
    FORUM = "forum"
    LANGUAGES = "languages"
    SANCTIONS = "sanctions"
    ACCEPTANCE = "acceptance"
    HOSTING_IS_DISTRIBUTION = "hosting-is-distribution"
    DIRECT_GRANT = "direct-grant"
    SUBLICENSABLE = "sublicensable"
    MUST_USE_LATEST = "must-use-latest"
    TERMS_MAY_CHANGE = "terms-may-change"
    IRREVOCABLE = "irrevocable"
    REVOCABLE = "revocable"
    PATENT_GRANT = "patent-grant"
