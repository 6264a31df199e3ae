"""The errand *fetch*: ask the hubs about models, only because a person said so, and keep what they answer."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from usufruct.desk.models import Told, account_of_record, all_known, recorded, with_answers
from usufruct.desk.progress import Progress, silent
from usufruct.errors import Finding, SubjectError
from usufruct.models.account import account_of
from usufruct.models.files.registry import EXTENSIONS
from usufruct.models.identity import Hash, Scheme
from usufruct.models.index import LocalModel, build, local_model, remembered
from usufruct.models.inventory import Inventory
from usufruct.models.record import Absent, ModelFacts, ModelRecord
from usufruct.models.repository import hub_id
from usufruct.models.sources.civitai import ASKED, Civitai
from usufruct.models.sources.huggingface import HuggingFace, downloaded
from usufruct.models.sources.registry import facts_around

_VERSION = re.compile(r"(?:urn:air:[\w.-]+:[\w.-]+:)?civitai:\d+@([0-9]{1,15})", re.IGNORECASE)
_WEAK = frozenset({Scheme.AUTOV1, Scheme.CRC32})
"""Hashes too short to ask for: the answer might be about another model."""

NOT_ASKED = "hub-not-asked"
"""Code of the finding that a hub could not be asked, or gave no answer that can be read."""

_REVISION = re.compile(r"(?P<repository>[^@\s]+/[^@\s]+)@(?P<revision>[^@\s]+)")


@dataclass(frozen=True, slots=True)
class Hubs:
    """Those who are asked.

    Attributes:
        huggingface: the hub.
        civitai: the platform.
        downloads: where Hugging Face's own client keeps what it fetched, to be read before asking; None: nowhere.
    """

    huggingface: HuggingFace
    civitai: Civitai
    downloads: Path | None = None


@dataclass(slots=True)
class Inquiry:
    """Asks the hubs, each thing once, and keeps what they answer.

    Attributes:
        hubs: those who are asked.
        inventory: keeps the records.
        seen: now, for the exhibits of what lies here.
        troubles: why a hub could not be asked, or described nothing, in the order of the questions.
    """

    hubs: Hubs
    inventory: Inventory
    seen: datetime
    troubles: list[Finding] = field(default_factory=list)
    _answers: dict[object, list[ModelRecord]] = field(default_factory=dict)

    def repository(self, repository: str, revision: str | None = None) -> list[ModelRecord]:
        """Ask Hugging Face for a repository, or look at what its client downloaded of it."""
        downloads = self.hubs.downloads

        def answer() -> list[ModelRecord | Absent]:
            here = downloaded(repository, downloads, seen=self.seen, revision=revision) if downloads else None
            return [here or self.hubs.huggingface.model(repository, revision)]

        return self._ask((repository.lower(), revision), answer)

    def version(self, number: int) -> list[ModelRecord]:
        """Ask Civitai for a version of a model."""
        return self._ask(number, lambda: [self.hubs.civitai.of_version(number)])

    def hashed(self, known: Hash) -> list[ModelRecord]:
        """Ask Civitai for a recorded hash."""
        return self._ask(known, lambda: [self.hubs.civitai.of_hash(known)])

    def files(self, sha256s: Iterable[str]) -> list[ModelRecord]:
        """Ask Civitai for many files at once, by their full SHA-256."""
        new = [value for value in dict.fromkeys(sha256s) if value not in self._answers]
        self._answers |= {value: [] for value in new}
        return [*self._ask(tuple(new), lambda: list(self.hubs.civitai.of_hashes(new).values()))] if new else []

    def claims(self, facts: Iterable[ModelFacts]) -> list[ModelRecord]:
        """Ask for what the surroundings of a file claim it to be."""
        records = []
        for source in facts:
            if source.repository:
                records += self.repository(source.repository, source.revision)
            for known in source.claimed:
                if number := _version(known):
                    records += self.version(number)
        return records

    def named(self, name: str, hashes: Sequence[Hash]) -> list[ModelRecord]:
        """Ask for what a picture's metadata says of a model, the surest first, until somebody knows it."""
        for number in filter(None, map(_version, (*hashes, Hash(Scheme.AIR, name)))):
            if found := self.version(number):
                return found
        for known in (each for written in hashes for each in recorded(written.value) if each.scheme is written.scheme):
            if known.scheme in ASKED - _WEAK and (found := self.hashed(known)):
                return found
        repository = None if _is_file_name(name) else hub_id(name)
        return self.repository(repository) if repository else []

    def heard(self) -> list[Finding]:
        """The troubles since this was last asked for."""
        heard, self.troubles = self.troubles, []
        return heard

    def _ask(self, what: object, question: Callable[[], list[ModelRecord | Absent]]) -> list[ModelRecord]:
        if what not in self._answers:
            self._answers[what] = self._answered(question)
        return self._answers[what]

    def _answered(self, question: Callable[[], list[ModelRecord | Absent]]) -> list[ModelRecord]:
        try:
            answers = question()
        except SubjectError as error:
            self.troubles.append(Finding(NOT_ASKED, str(error)))
            return []
        self.troubles += [answer.finding for answer in answers if isinstance(answer, Absent)]
        records = [answer for answer in answers if isinstance(answer, ModelRecord)]
        for record in records:
            self.inventory.keep_record(record)
        return records


def fetch_models(
    names: Sequence[str], *, hubs: Hubs, inventory: Inventory, progress: Progress = silent, seen: datetime
) -> Iterator[Told]:
    """Ask the hubs about each of ``names``: hub ids, Civitai's versions, hashes, model files and folders of them.

    Args:
        names: as a person writes them.
        hubs: those who are asked.
        inventory: keeps their answers, and what is hashed for the questions.
        progress: told of the questions.
        seen: now, in UTC.

    Raises:
        UsageError: a hub does not accept the person's token.
    """
    inquiry = Inquiry(hubs, inventory, seen)
    hashing = partial(progress, "hashing models")
    for done, name in enumerate(names):
        progress("asking the hubs", done, len(names))
        if os.path.isdir(name):  # noqa: PTH112 - Path.is_dir raises at a name too long for any file
            built = build((Path(name),), inventory=inventory, progress=hashing, seen=seen)
            yield from (Told.unread(path, error) for path, error in built.faults)
            yield from _of_files(built.models, inquiry)
        elif os.path.lexists(name):
            try:
                model = local_model(Path(name), inventory=inventory, seen=seen)
            except SubjectError as error:
                yield Told.unread(name, error)
            else:
                yield from _of_files((model,), inquiry)
        else:
            yield from _of_name(name, inquiry)
    progress("asking the hubs", len(names), len(names))


def _of_files(models: Sequence[LocalModel], inquiry: Inquiry) -> Iterator[Told]:
    index = remembered(inquiry.inventory)
    answers = inquiry.files(model.identity.sha256 for model in models)
    catalog = with_answers(all_known(inquiry.inventory), answers)
    of_all = inquiry.heard()
    for model in models:
        beside = facts_around(model.path, seen=inquiry.seen)
        catalog = with_answers(catalog, inquiry.claims((model.facts, *beside)))
        account = account_of(model, catalog=catalog, index=index, seen=inquiry.seen, beside=beside)
        told = Told.of(account)
        troubles = _why([*of_all, *inquiry.heard()], known=bool(account.records))
        yield replace(told, error="; ".join(filter(None, (told.error, troubles))))


def _of_name(name: str, inquiry: Inquiry) -> Iterator[Told]:
    records = {record.id: record for record in _asked_for(name, inquiry)}
    troubles = _why(inquiry.heard(), known=bool(records))
    for record in records.values():
        yield replace(Told.of(account_of_record(record)), asked=name, error=troubles)
    if not records:
        yield Told(asked=name, error=troubles)


def _why(troubles: Sequence[Finding], *, known: bool) -> str:
    """Why hubs could not be asked; of a model that is not known, also what they answered instead."""
    messages = dict.fromkeys(each.message for each in troubles if each.code == NOT_ASKED or not known)
    return "; ".join(messages) or ("" if known else "no hub was found that knows it: name the repository it came from")


def _asked_for(name: str, inquiry: Inquiry) -> list[ModelRecord]:
    number = _version(Hash(Scheme.AIR, name.strip()))
    if number:
        return inquiry.version(number)
    hashes = [known for known in recorded(name) if known.scheme in ASKED]
    if hashes:
        return [record for known in hashes for record in inquiry.hashed(known)]
    pinned = _REVISION.fullmatch(name.strip())
    repository = None if _is_file_name(name) else hub_id(pinned["repository"] if pinned else name)
    if repository is None:
        known = all_known(inquiry.inventory).by_id(name)
        repository = known.repository if known else None
    if repository:
        return inquiry.repository(repository, pinned["revision"] if pinned else None)
    message = (
        "neither a model file here nor what a hub knows a model by: an id such as stabilityai/sdxl-turbo, "
        "civitai:MODEL@VERSION, an AIR, or a hash"
    )
    inquiry.troubles.append(Finding(NOT_ASKED, message))
    return []


def _is_file_name(name: str) -> bool:
    """Whether ``name``, which has the form of a hub id, is rather a path, which is nobody else's business."""
    return name.lower().endswith(tuple(EXTENSIONS))


def _version(known: Hash) -> int | None:
    """The number of a version on Civitai that a resource name stands for."""
    if known.scheme is Scheme.CIVITAI_VERSION:
        return int(known.value) if re.fullmatch(r"[0-9]{1,15}", known.value) else None
    named = _VERSION.fullmatch(known.value) if known.scheme is Scheme.AIR else None
    return int(named[1]) if named else None
