"""Answers in plain words, the same in every report."""

from collections import Counter
from collections.abc import Mapping, Sequence

from usufruct.models.lineage import Certainty
from usufruct.reports.account import Clearance, counted
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer, Reason

NOT_ADVICE = "Usufruct reads licenses and shows what they say; it is not a lawyer, and this is not legal advice."

PHRASE_ONLY = "“... words ...” is the phrase by which a clause is found; the text of that license is not at hand."

PERMITTED: Mapping[Use, str] = {
    Use.PRIVATE_USE: "be used privately",
    Use.RESEARCH: "be used for research",
    Use.PUBLISH_OUTPUT: "be published",
    Use.SELL_OUTPUT: "be sold",
    Use.CLIENT_WORK: "be made for a client",
    Use.RUN_COMMERCIALLY: "be made to earn with",
    Use.HOST_SERVICE: "be offered as a service",
    Use.SHARE_MODEL: "be passed on",
    Use.SELL_MODEL: "be sold as a model",
    Use.FINE_TUNE: "be fine-tuned",
    Use.SHARE_DERIVATIVE: "be changed and passed on",
    Use.SELL_DERIVATIVE: "be changed and sold",
    Use.TRAIN_ON_OUTPUT: "train another model",
}
"""What a file may do, after "may" or "may not"."""

SURENESS: Mapping[Certainty, str] = {
    Certainty.EXACT: "same file",
    Certainty.SAME_WEIGHTS: "same weights",
    Certainty.SHORT_HASH: "by short hash",
    Certainty.CLAIMED: "as claimed",
    Certainty.NAMED: "by name only",
    Certainty.HINT: "a guess",
}
"""How a model was identified, for people."""


def answer_words(answer: Answer, use: Use) -> str:
    """The answer for one file."""
    match answer:
        case Answer.ALLOWED:
            return f"may {PERMITTED[use]}"
        case Answer.ALLOWED_WITH_DUTIES:
            return f"may {PERMITTED[use]}, with duties"
        case Answer.CONDITIONAL:
            return "depends on a fact"
        case Answer.UNKNOWN:
            return "unknown"
        case Answer.UNCLEAR:
            return "not clear"
        case Answer.FORBIDDEN:
            return f"may not {PERMITTED[use]}"


def sum_words(clearances: Sequence[Clearance], use: Use) -> str:
    """One sentence over all files, such as "12 pictures: 5 may be sold, 3 with duties, 1 may not, 3 unknown"."""
    parts: list[str] = []
    for answer, count in counted(clearances).items():
        words = {
            Answer.ALLOWED: f"may {PERMITTED[use]}",
            Answer.ALLOWED_WITH_DUTIES: f"may {PERMITTED[use]} with duties" if not parts else "with duties",
            Answer.CONDITIONAL: "depends on a fact you can give" if count == 1 else "depend on a fact you can give",
            Answer.UNKNOWN: "unknown",
            Answer.UNCLEAR: "not clear",
            Answer.FORBIDDEN: f"may not {PERMITTED[use]}" if not parts else "may not",
        }[answer]
        parts.append(f"{count} {words}")
    return f"{_number(clearances)}: {', '.join(parts) or 'nothing to answer'}."


def deciding_words(clearance: Clearance) -> str:
    """Why, in one line."""
    if clearance.inspection.error and not (clearance.verdict and clearance.verdict.reasons):
        return f"The file {clearance.inspection.error}."
    if clearance.verdict is None or not clearance.verdict.reasons:
        return ""
    return reason_words(clearance.verdict.reasons[0])


def reason_words(reason: Reason) -> str:
    """A reason in one line: whose, which clause, what it does."""
    effect = reason.effect[0].upper() + reason.effect[1:].rstrip(".")
    if not reason.license:
        return f"{reason.model}: {effect}."
    return f"{reason.license} {reason.exhibit.place}: {effect}."


def quoted(reason: Reason) -> str:
    """The words of a reason in quotation marks; a mere phrase between dots."""
    words = printable(" ".join(reason.exhibit.words.split()))
    return f"“{words}”" if reason.verbatim else f"“... {words} ...”"


def value_words(value: object) -> str:
    """The value of a fact as ``--fact`` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def printable(text: str) -> str:
    """``text`` on one line, without the characters that steer a terminal or hide."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def _number(clearances: Sequence[Clearance]) -> str:
    kinds = Counter("file" if each.inspection.kind == "other" else each.inspection.kind for each in clearances)
    nouns = [f"{count} {kind}{'s' * (count != 1)}" for kind, count in kinds.most_common()]
    return " and ".join(filter(None, (", ".join(nouns[:-1]), *nouns[-1:]))) or "0 files"
