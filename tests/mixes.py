"""Small mixes for the tests of verdicts."""

from datetime import UTC, datetime

from usufruct.exhibit import Exhibit
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading, read_declared, read_text
from usufruct.verdicts.compose import Edge, Gap, Node
from usufruct.verdicts.question import Question, Use, facts_from
from usufruct.verdicts.verdict import Answer

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
EXHIBIT = Exhibit.of(b"seen", source="a test", place="here", words="seen", seen=SEEN)
UNKNOWN = Gap(answer=Answer.UNKNOWN, effect="not known", remedy="ask", exhibit=EXHIBIT)


def ask(use: Use | str, **facts: object) -> Question:
    return Question(Use(use), facts_from(facts))


def declared(*license_ids: str) -> tuple[LicenseReading, ...]:
    return tuple(reading for each in license_ids for reading in read_declared(each, seen=SEEN))


def copy_of(text: str) -> tuple[LicenseReading, ...]:
    return read_text(LicenseText("LICENSE", text), seen=SEEN)


def node(name: str, *license_ids: str, parents: tuple[Edge, ...] = (), gaps: tuple[Gap, ...] = ()) -> Node:
    return Node(id=name, name=name, readings=declared(*license_ids), parents=parents, gaps=gaps)


def mix(*nodes: Node) -> dict[str, Node]:
    return {each.id: each for each in nodes}
