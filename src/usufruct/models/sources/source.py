"""What every source offers that stands beside a model file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from usufruct.models.record import ModelFacts, Origin
from usufruct.models.surroundings import Surroundings


class Source(Protocol):
    """A kind of file or folder that speaks of models. Each module in this folder is one, but for the catalog."""

    ORIGIN: Origin
    """Where its statements stand."""

    def facts(self, around: Surroundings, /, *, seen: datetime) -> Iterator[ModelFacts]:
        """Yield what each such file says of the model; what cannot be read becomes a finding.

        Args:
            around: the model file and the folders around it.
            seen: now, for the exhibits.
        """
