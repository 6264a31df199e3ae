"""What is asked: an intended use and what is known of the person asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

from usufruct.errors import UsageError
from usufruct.licenses.vocabulary import Atom, Purpose, Trigger


class Use(StrEnum):
    """What a person intends, as ``--use`` takes it."""

    PRIVATE_USE = "private-use"
    RESEARCH = "research"
    PUBLISH_OUTPUT = "publish-output"
    SELL_OUTPUT = "sell-output"
    CLIENT_WORK = "client-work"
    RUN_COMMERCIALLY = "run-commercially"
    HOST_SERVICE = "host-service"
    SHARE_MODEL = "share-model"
    SELL_MODEL = "sell-model"
    FINE_TUNE = "fine-tune"
    SHARE_DERIVATIVE = "share-derivative"
    SELL_DERIVATIVE = "sell-derivative"
    TRAIN_ON_OUTPUT = "train-on-output"


@dataclass(frozen=True, slots=True)
class Intent:
    """A use taken apart.

    Attributes:
        atoms: the acts it consists of.
        purpose: the purpose it carries by itself, or None when a fact must tell.
    """

    atoms: tuple[Atom, ...]
    purpose: Purpose | None


INTENTS: Mapping[Use, Intent] = {
    Use.PRIVATE_USE: Intent((Atom.RUN,), Purpose.NON_COMMERCIAL),
    Use.RESEARCH: Intent((Atom.RUN,), Purpose.RESEARCH),
    Use.PUBLISH_OUTPUT: Intent((Atom.EXPLOIT_OUTPUT,), None),
    Use.SELL_OUTPUT: Intent((Atom.EXPLOIT_OUTPUT,), Purpose.COMMERCIAL),
    Use.CLIENT_WORK: Intent((Atom.RUN, Atom.EXPLOIT_OUTPUT), Purpose.COMMERCIAL),
    Use.RUN_COMMERCIALLY: Intent((Atom.RUN,), Purpose.COMMERCIAL),
    Use.HOST_SERVICE: Intent((Atom.HOST, Atom.CHARGE), Purpose.COMMERCIAL),
    Use.SHARE_MODEL: Intent((Atom.SHARE,), None),
    Use.SELL_MODEL: Intent((Atom.SHARE, Atom.CHARGE), Purpose.COMMERCIAL),
    Use.FINE_TUNE: Intent((Atom.ADAPT,), None),
    Use.SHARE_DERIVATIVE: Intent((Atom.ADAPT, Atom.SHARE), None),
    Use.SELL_DERIVATIVE: Intent((Atom.ADAPT, Atom.SHARE, Atom.CHARGE, Atom.RELICENSE), Purpose.COMMERCIAL),
    Use.TRAIN_ON_OUTPUT: Intent((Atom.TRAIN_FROM_OUTPUT,), None),
}

TRIGGERS: Mapping[Atom, Trigger] = {
    Atom.RUN: Trigger.ON_RUN,
    Atom.EXPLOIT_OUTPUT: Trigger.ON_PUBLISH_OUTPUT,
    Atom.HOST: Trigger.ON_HOST,
    Atom.SHARE: Trigger.ON_SHARE,
    Atom.ADAPT: Trigger.ON_ADAPT,
    Atom.TRAIN_FROM_OUTPUT: Trigger.ON_TRAIN_FROM_OUTPUT,
}

NcOutput = Literal["strict", "neutral", "lenient"]


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of the person asking; a fact no clause asks for changes nothing.

    Attributes:
        country: ISO 3166-1 alpha-2: where the person is and uses the model.
        markets: where outputs or services go; default: ``country``.
        revenue_usd: yearly revenue of the whole group, all business, in US dollars.
        monthly_users: of all products of the group.
        headcount: people in the group.
        individual: whether a natural person, not an organization, asks.
        research_organization: whether it is one.
        purpose: what the act is for, where the use does not say.
        registered: ids of licenses whose registration was done.
        paid: ids of licenses under which a paid license is held.
        policies_read: ids or URLs of external policies read and followed; a license id means all of its policies.
        modality: what the model works on.
        nc_output: how to read a non-commercial license that does not name outputs.
    """

    country: str | None = None
    markets: tuple[str, ...] = ()
    revenue_usd: int | float | None = None
    monthly_users: int | None = None
    headcount: int | None = None
    individual: bool | None = None
    research_organization: bool | None = None
    purpose: Purpose | None = None
    registered: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    policies_read: tuple[str, ...] = ()
    modality: Literal["text", "image", "multimodal"] | None = None
    nc_output: NcOutput = "neutral"


_LISTS = frozenset({"markets", "registered", "paid", "policies_read"})


def facts_from(values: Mapping[str, object]) -> Facts:
    """Facts from a profile, a batch file or ``--fact key=value`` (strings; lists comma-separated).

    Raises:
        UsageError: an unknown key (the message lists the keys) or a value of the wrong type.
    """
    known = Facts.__struct_fields__
    unknown = sorted(set(values) - set(known))
    if unknown:
        message = f"unknown fact {unknown[0]!r}; known facts: {', '.join(known)}"
        raise UsageError(message)
    parsed = {
        key: _split(value) if key in _LISTS and isinstance(value, str) else value for key, value in values.items()
    }
    try:
        return msgspec.convert(parsed, Facts, strict=False)
    except msgspec.ValidationError as error:
        message = f"fact not understood: {error}"
        raise UsageError(message) from error


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Question:
    """An intended use and the facts known."""

    use: Use
    facts: Facts

    @property
    def intent(self) -> Intent:
        """The use taken apart."""
        return INTENTS[self.use]

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """The purposes the act may be for: one when the use or a fact tells, else all."""
        if self.intent.purpose:
            return (self.intent.purpose,)
        return (self.facts.purpose,) if self.facts.purpose else tuple(Purpose)
