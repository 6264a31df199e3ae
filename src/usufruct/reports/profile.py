"""The facts in force: at a terminal, and as one JSON object each."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from usufruct.reports.account import FactEffect
from usufruct.reports.wording import printable, value_words

NAMED = 6
"""Most licenses that are named of one fact; --json has them all."""


def effects_text(effects: Sequence[FactEffect]) -> RenderableType:
    """What a person is shown after ``usufruct profile show``."""
    if not effects:
        return Text("No fact is given; `usufruct profile init` begins a file in which each is explained.")
    parts: list[RenderableType] = []
    for each in effects:
        given = each.given
        head = Text.assemble((f"{given.key} = {value_words(given.value)}", "bold"), f"  ({given.origin})")
        parts += [Text(printable(head.plain), spans=head.spans), Padding(Text(_changed(each.licenses)), (0, 0, 0, 2))]
    return Group(*parts)


def effect_object(effect: FactEffect) -> dict[str, Any]:
    """What ``usufruct profile show --json`` prints for one fact."""
    given = effect.given
    return {"fact": given.key, "value": given.value, "origin": given.origin, "licenses": list(effect.licenses)}


def _changed(licenses: Sequence[str]) -> str:
    if not licenses:
        return "changes nothing with the licenses known here"
    more = f" and {len(licenses) - NAMED} more" if len(licenses) > NAMED else ""
    named = ", ".join(licenses[:NAMED])
    return f"bears on {len(licenses)} license{'s' * (len(licenses) != 1)}: {named}{more}"
