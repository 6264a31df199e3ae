"""What binds a model beside its licenses: sentences on its card, and the flags its uploader chose on a platform.

Both only ever restrict. What a person has to read and settle caps the answer at ``unclear``, with the words.
"""

import re
from collections.abc import Iterable, Iterator

from usufruct.exhibit import Exhibit
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

_ADAPTING = frozenset({Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE})
_PASSING_ON = frozenset(
    {Use.SHARE_MODEL, Use.SELL_MODEL, *_ADAPTING, Use.PUBLISH_OUTPUT, Use.SELL_OUTPUT, Use.CLIENT_WORK}
)


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


def flag_gaps(name: str, flags: Iterable[Permissions]) -> Iterator[Gap]:
    """Gaps for what the uploader of the model ``name`` does not allow; a flag that permits or is absent gives none."""
    for each in flags:
        for words, uses in _restrictions(each):
            yield Gap(
                answer=Answer.UNCLEAR,
                effect=f"its uploader's flags on the platform do not allow {words}",
                remedy=f"ask the uploader of {name}: flags restrict, whatever the license beside them permits",
                exhibit=each.exhibit,
                uses=uses,
            )


def _restrictions(flags: Permissions) -> Iterator[tuple[str, frozenset[Use]]]:
    if flags.commercial is not None:
        if not flags.commercial:
            yield "it to be used commercially", frozenset({Use.RUN_COMMERCIALLY})
        yield from ((words, uses) for value, uses, words in _FLAGS if value not in flags.commercial)
    if flags.derivatives is False:
        yield "merges of it to be shared", _ADAPTING
    if flags.different_license is False:
        yield "merges of it under other permissions", _ADAPTING
    if flags.no_credit is False:
        yield "it to be used without crediting its creator", _PASSING_ON
