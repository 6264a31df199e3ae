"""What binds a model beside its licenses: sentences on its card, and the flags its uploader chose on a platform.

Both only ever restrict. What a person has to read and settle caps the answer at ``unclear``, with the words; what the
platform writes into the license as a clause forbids.
"""

import re
from collections.abc import Iterable, Iterator

from usufruct.exhibit import Exhibit
from usufruct.licenses.vocabulary import DutyKind
from usufruct.models.record import Permissions
from usufruct.verdicts.compose import Gap
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer

_RESTRICTS = re.compile(
    r"\b(?:not|non|no|never|only|solely|exclusive\w*|nor|cannot|\w+n['\u2019]t|without|unless|except\w*|must|shall|should"
    r"|requir\w*|need|needs|prohibit\w*|forb[ia]d\w*|restrict\w*|limit\w*|disallow\w*|den(?:y|ied)|ban(?:s|ned)?"
    r"|avoid|refrain|illegal\w*|unlawful\w*|harm\w*|responsib\w*|compl(?:y|ies|iance)|abide|adhere"
    r"|contact|ask|approv\w*|authori[sz]\w*|permission|consent|prior|written|noncommercial\w*|nc|research|personal"
    r"|private|internal|hobby\w*|academic|educat\w*|evaluat\w*|test|testing|demo\w*|trial|preview"
    r"|credit\w*|attribut\w*|link|please|reserved?|purchas\w*|paid|pay|payment|fees?|royalt\w*|subscri\w*|patreon"
    r"|revenue|gated|agree\w*|subject to|conditions?|terminat\w*)\b"
    r"|[不非禁勿須须除只仅僅需]|限り|限定|のみ|ない|ません|ください|だけ",
    re.IGNORECASE,
)
"""Words that a sentence may restrict with. One that has none of them merely names a license or permits."""

_FLAGS: tuple[tuple[str, frozenset[Use], str], ...] = (
    ("Image", frozenset({Use.SELL_OUTPUT, Use.CLIENT_WORK}), "pictures it makes to be sold"),
    ("Rent", frozenset({Use.HOST_SERVICE}), "it to be run on services that generate for money"),
    ("Sell", frozenset({Use.SELL_MODEL, Use.SELL_DERIVATIVE}), "it or merges of it to be sold"),
)
"""Values of Civitai's ``allowCommercialUse``, what each one's absence bears on, and what is then not allowed."""

_EARNING = frozenset({Use.RUN_COMMERCIALLY})
_ADAPTING = frozenset({Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE})
_PASSING_ON = frozenset(
    {Use.SHARE_MODEL, Use.SELL_MODEL, *_ADAPTING, Use.PUBLISH_OUTPUT, Use.SELL_OUTPUT, Use.CLIENT_WORK}
)
_WITH_CLAUSES = frozenset({"sd 1.5", "sdxl 1.0"})
"""Labels of the base models for which Civitai writes restricting flags into the license as clauses, its Attachment B
(``supportedBaseModelAddendums`` in its source, 2025). For others the flags are shown beside the license only."""


def has_clauses(bases: Iterable[str | None]) -> bool:
    """Whether Civitai writes flags into the license of a model with one of the base labels ``bases``."""
    return any(base and base.casefold() in _WITH_CLAUSES for base in bases)


def sentence_gaps(name: str, sentences: Iterable[Exhibit]) -> Iterator[Gap]:
    """A gap for each sentence on the card of the model ``name`` that may restrict a use."""
    for sentence in sentences:
        if _RESTRICTS.search(sentence.words):
            yield Gap(
                answer=Answer.UNCLEAR,
                effect="its model card adds a sentence to its license, which a person has to read",
                remedy=f"read what the card of {name} says, and settle it with its publisher",
                exhibit=sentence,
            )


def flag_gaps(name: str, flags: Iterable[Permissions], *, clauses: bool) -> Iterator[Gap]:
    """Gaps for what the uploader of the model ``name`` does not allow, and for flags that are absent: none permits.

    Args:
        name: the model, for people.
        flags: what the uploader chose, as each source has it.
        clauses: whether the flags are clauses of the license; else their effect is not clear.
    """
    plain = Answer.FORBIDDEN if clauses else Answer.UNCLEAR
    for each in flags:
        yield from _commercial(name, each, plain)
        if each.derivatives is False:
            yield _gap(name, each, plain, _ADAPTING, "merges of it to be shared")
        if each.different_license is False:
            yield _gap(name, each, Answer.UNCLEAR, _ADAPTING, "merges of it under other permissions")
        if each.derivatives is None or each.different_license is None:
            yield _absent(name, each, _ADAPTING, "merges of it")
        if each.no_credit is not True:
            yield Gap(
                answer=Answer.ALLOWED_WITH_DUTIES,
                effect="its uploader's flags on the platform do not waive credit",
                remedy=f"Credit the creator of {name}, with links to the model and to its creator.",
                exhibit=each.exhibit,
                uses=_PASSING_ON,
                duty=DutyKind.CREDIT,
            )


def _commercial(name: str, flags: Permissions, plain: Answer) -> Iterator[Gap]:
    if flags.commercial is None:
        uses = _EARNING.union(*(uses for _, uses, _ in _FLAGS))
        yield _absent(name, flags, uses, "commercial use")
        return
    if not flags.commercial:
        yield _gap(name, flags, Answer.UNCLEAR, _EARNING, "it to be used commercially")
    for value, uses, words in _FLAGS:
        if value not in flags.commercial:
            yield _gap(name, flags, plain, uses, words)


def _gap(name: str, flags: Permissions, answer: Answer, uses: frozenset[Use], words: str) -> Gap:
    return Gap(
        answer=answer,
        effect=f"its uploader's flags on the platform do not allow {words}",
        remedy=f"ask the uploader of {name}: flags restrict, whatever the license beside them permits",
        exhibit=flags.exhibit,
        uses=uses,
    )


def _absent(name: str, flags: Permissions, uses: frozenset[Use], words: str) -> Gap:
    return Gap(
        answer=Answer.UNKNOWN,
        effect=f"the copy of its uploader's flags does not tell of {words}",
        remedy=f"look at the page of {name} on the platform",
        exhibit=flags.exhibit,
        uses=uses,
    )
