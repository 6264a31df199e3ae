"""All sources that stand beside a model file."""

from datetime import datetime
from pathlib import Path

from usufruct.models.record import ModelFacts
from usufruct.models.sources import card, config, licensefiles, place, sidecar
from usufruct.models.sources.source import Source
from usufruct.models.surroundings import look_around

SOURCES: tuple[Source, ...] = (licensefiles, card, config, sidecar, place)


def facts_around(model: Path, *, seen: datetime) -> tuple[ModelFacts, ...]:
    """What is said of ``model`` beside it and in the folders around it, each source on its own.

    A file that says nothing of it is left out.

    Args:
        model: the model file; nothing is read of it.
        seen: now, for the exhibits.
    """
    around = look_around(model)
    told = (facts for source in SOURCES for facts in source.facts(around, seen=seen))
    return tuple(facts for facts in told if facts != ModelFacts(origin=facts.origin))
