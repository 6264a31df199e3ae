"""What the command line reads from its surroundings: profile files, facts, folders, the clock."""

import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import typer

from usufruct.bounds import open_regular
from usufruct.desk.fetch import Hubs
from usufruct.errors import KnowledgeError, SubjectError, UsageError
from usufruct.fetch import Door
from usufruct.models.inventory import Inventory
from usufruct.models.sources.civitai import Civitai
from usufruct.models.sources.huggingface import HuggingFace
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS, with_loaders
from usufruct.reports.account import GivenFact
from usufruct.reports.wording import printable, value_words
from usufruct.verdicts.question import Facts, facts_from

if TYPE_CHECKING:
    from usufruct.licenses.pulled import PulledTexts

PROFILE = "usufruct.toml"
"""The profile that is read where none is named: in the working folder alone, never in those above it."""

PROFILE_BYTES = 2**16
"""Most bytes of a profile."""

PROFILE_SHOWN = 300
"""Most characters of its facts that are told of."""


def inventory() -> Inventory:
    """What earlier runs read of model files and were told by hubs, kept in the user's data folder."""
    return Inventory(Path(platformdirs.user_data_dir("usufruct", appauthor=False)) / "inventory.sqlite3")


@contextmanager
def hubs(*, offline: bool = False) -> Iterator[Hubs]:
    """The hubs, to be asked only because a person said so; ``offline`` gives what they and their clients left here.

    ``HF_ENDPOINT`` and ``USUFRUCT_CIVITAI_URL`` point at mirrors; ``HF_TOKEN`` goes to the former alone. ``HF_HOME``
    and ``HF_HUB_CACHE`` say where Hugging Face's own client keeps what it fetched.
    """
    huggingface = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    civitai = os.environ.get("USUFRUCT_CIVITAI_URL") or "https://civitai.com"
    home = Path(os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser())
    downloads = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    answers = Path(platformdirs.user_cache_dir("usufruct", appauthor=False)) / "answers"
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    with Door(answers, (huggingface, civitai), offline=offline, proxy=proxy) as door:
        yield Hubs(
            huggingface=HuggingFace(door, huggingface, os.environ.get("HF_TOKEN") or None),
            civitai=Civitai(door, civitai),
            downloads=downloads if offline else None,
        )


def pulled_texts() -> "PulledTexts":
    """The license texts that were fetched, kept in the user's data folder."""
    from usufruct.licenses.pulled import PulledTexts  # loads NumPy, which few commands need

    return PulledTexts(Path(platformdirs.user_data_dir("usufruct", appauthor=False)) / "texts")


def license_mirror() -> str | None:
    """``USUFRUCT_LICENSES_URL``: a mirror of license texts with a folder for each server, in place of the servers."""
    return os.environ.get("USUFRUCT_LICENSES_URL") or None


def license_door(addresses: Sequence[str]) -> Door:
    """The door to the servers of ``addresses``, to be opened only because a person asked for license texts."""
    answers = Path(platformdirs.user_cache_dir("usufruct", appauthor=False)) / "answers"
    return Door(answers, addresses, proxy=os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"))


def dialects(loaders: Path | None) -> Sequence[Dialect]:
    """The picture dialects, with the ComfyUI loaders of the person's own file, if one is named.

    Raises:
        UsageError: the file cannot be read or is not of the form of ``loaders.toml``.
    """
    try:
        return with_loaders(loaders) if loaders else DIALECTS
    except (KnowledgeError, OSError) as error:
        message = f"the loaders in {loaders} cannot be used: {error}"
        raise UsageError(message) from error


def now() -> datetime:
    """The time that goes into every exhibit."""
    return datetime.now(UTC)


def facts(profile: Path | None, given: list[str], *, no_profile: bool = False) -> Facts:
    """Facts from the ``[facts]`` table of a profile, then from ``key=value`` words, which win.

    Raises:
        UsageError: a profile that cannot be read, or a fact that is not understood.
    """
    return facts_from({each.key: each.value for each in given_facts(profile, given, no_profile=no_profile)})


def given_facts(profile: Path | None, given: list[str], *, no_profile: bool = False) -> tuple[GivenFact, ...]:
    """The facts in force as they were written, each with where: of a profile, then of ``key=value`` words, which win.

    Without ``profile`` that is ``usufruct.toml`` of the working folder, if there is one; standard error tells of it.

    Raises:
        UsageError: a profile that cannot be read, or a word that is no fact.
    """
    if profile and no_profile:
        message = "--profile and --no-profile exclude each other"
        raise UsageError(message)
    found: dict[str, GivenFact] = {}
    if profile:
        found = _profile(profile)
    elif not no_profile and os.path.lexists(PROFILE):
        found = _profile(Path(PROFILE))
        if found:
            words = ", ".join(f"{each.key} = {value_words(each.value)}" for each in found.values())[:PROFILE_SHOWN]
            typer.echo(f"usufruct: with the facts of {PROFILE} here, unless --no-profile: {printable(words)}", err=True)
    for word in given:
        key, equals, value = word.partition("=")
        if not equals:
            message = f"--fact takes key=value, not {word!r}"
            raise UsageError(message)
        found[key.strip()] = GivenFact(key.strip(), value.strip(), "--fact")
    return tuple(found.values())


def _profile(path: Path) -> dict[str, GivenFact]:
    try:
        with open_regular(path) as file:
            data = file.read(PROFILE_BYTES + 1)
        if len(data) > PROFILE_BYTES:
            message = f"the profile {path} is longer than any ({PROFILE_BYTES:,} bytes); is it another file?"
            raise UsageError(message)
        table = tomllib.loads(data.decode())
    except (OSError, ValueError, SubjectError, RecursionError) as error:
        message = f"the profile {path} cannot be read: {error}"
        raise UsageError(message) from error
    found = table.get("facts", {})
    if set(table) - {"facts"} or not isinstance(found, dict):
        message = f"the profile {path} may hold one table, [facts]"
        raise UsageError(message)
    lines = {line.partition("=")[0].strip(): number for number, line in enumerate(data.decode().splitlines(), 1)}
    return {key: GivenFact(key, value, f"{path}, line {lines.get(key, 1)}") for key, value in found.items()}
