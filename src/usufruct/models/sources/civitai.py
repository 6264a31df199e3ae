"""Civitai: which published version a file is, by its hashes, and what its uploader permits.

Asked only when a person asks: a few look-ups by hash or number, no crawl. A version does not carry the uploader's
flags, its model does; the label of its base model is no license. The site filters by region what it shows, so that
nothing is proved by what is not found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import msgspec

from usufruct.errors import Finding, Malformed, SubjectError, UsageError
from usufruct.exhibit import Exhibit
from usufruct.fetch import Answer, Door
from usufruct.models import civitai
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.record import Absent, ModelRecord, Permissions
from usufruct.models.sentences import permission_sentences
from usufruct.models.sidefile import line, rows, table

HASHES_AT_ONCE = 100
"""Most hashes that one question may hold."""

_DIGITS = {
    Scheme.SHA256: 64,
    Scheme.BLAKE3: 64,
    Scheme.AUTOV3: 12,
    Scheme.AUTOV2: 10,
    Scheme.AUTOV1: 8,
    Scheme.CRC32: 8,
}
_FULL = 64
"""Digits of a hash that no two files share."""

ASKED = frozenset(_DIGITS)
"""Schemes by which a file can be asked for."""

_HEX = re.compile(r"[0-9a-f]+")
_FLAG = re.compile(r'"allow\w+"\s*:\s*(?:\[[^\]]*\]|[^\s,}\]]+)')

_NUMBERS = 2**53
"""Above all numbers that Civitai gives."""

_FOUND = 200
_MISSING = 404
_TAKEN_DOWN = {410, 451}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """Those files of a version that are one model, and where they are described.

    Attributes:
        number: of the version.
        model: the number of its model.
        version: as the API gives it.
        kind: what these files do.
        files: the entries for these files.
        beside: they are not the version's own model, but a VAE that goes with it.
        exhibit: where the version stands.
    """

    number: int
    model: int
    version: Mapping[str, Any]
    kind: ModelKind
    files: Sequence[Mapping[str, Any]]
    beside: bool
    exhibit: Exhibit

    @property
    def reference(self) -> str:
        """What the version is called here."""
        return f"civitai:{self.model}@{self.number}"

    @property
    def lists_files(self) -> bool:
        """Whether the answer names any file; it does not for a model that was archived."""
        return bool(rows(self.version.get("files")))

    def hashes(self) -> tuple[Hash, ...]:
        """The hashes of all its files, each once."""
        return tuple(dict.fromkeys(each for file in self.files for each in civitai.hashes(file)))

    def holds(self, sought: Hash) -> bool:
        """Whether one of the files has the hash; a full one is believed where no files are listed."""
        if not self.lists_files:
            return len(sought.value) == _FULL
        return sought in self.hashes()

    def stated(self) -> dict[str, tuple[Hash, ...]]:
        """The hashes of each file by its name; one name may be that of several."""
        stated: dict[str, tuple[Hash, ...]] = {}
        for file in self.files:
            if name := line(file.get("name")):
                stated[name] = (*stated.get(name, ()), *civitai.hashes(file))
        return stated


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What a model's own page adds to its versions."""

    permissions: Permissions | None = None
    sentences: tuple[Exhibit, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Civitai:
    """Civitai, or a mirror that speaks as it does.

    Every method raises ``Unreachable`` if it could not be asked, and ``Malformed`` or ``OverLimit`` if what it answered
    is no answer. A model whose flags alone could not be read has a finding ``permissions-not-read``.

    Attributes:
        door: open to ``endpoint``.
        endpoint: such as ``https://civitai.com``.
    """

    door: Door
    endpoint: str

    def of_hashes(self, sha256s: Iterable[str]) -> dict[str, ModelRecord | Absent]:
        """What was published with each of these SHA-256, asked for a hundred at a time; keys are in lower case.

        Raises:
            UsageError: one is not 64 hex digits.
        """
        wanted = list(dict.fromkeys(_checked(Hash(Scheme.SHA256, value)) for value in sha256s))
        found: dict[str, ModelRecord | Absent] = {}
        for at in range(0, len(wanted), HASHES_AT_ONCE):
            some = wanted[at : at + HASHES_AT_ONCE]
            answer = self.door.post(self._url("model-versions/by-hash"), [sought.value.upper() for sought in some])
            releases = list(_listed(answer))
            holding: dict[Hash, list[_Release]] = {}
            for release in releases:
                for each in release.hashes():
                    holding.setdefault(each, []).append(release)
            silent = not all(release.lists_files for release in releases)
            for sought in some:
                record = self._record(holding.get(sought, []))
                found[sought.value] = record or (self.of_hash(sought) if silent else _absent(answer))
        return found

    def of_hash(self, sought: Hash) -> ModelRecord | Absent:
        """What was published with this hash; what a short one finds is checked against the hashes of its files.

        Raises:
            UsageError: its scheme is not in ``ASKED``, or its value not of that scheme.
        """
        sought = _checked(sought)
        answer = self.door.get(self._url(f"model-versions/by-hash/{sought.value.upper()}"))
        return self._record(release for release in _described(answer) if release.holds(sought)) or _absent(answer)

    def of_version(self, number: int) -> ModelRecord | Absent:
        """The version with this number, which an AIR has behind its ``@``."""
        answer = self.door.get(self._url(f"model-versions/{number:d}"))
        return self._record(_described(answer)) or _absent(answer)

    def _url(self, path: str) -> str:
        return f"{self.endpoint.rstrip('/')}/api/v1/{path}"

    def _record(self, releases: Iterable[_Release]) -> ModelRecord | None:
        """The first published of several that hold a file; a VAE itself before one that goes with a model."""
        ranked = sorted(releases, key=lambda each: (each.beside, each.number))
        if not ranked:
            return None
        release, *others = ranked
        page = self._page(release.model)
        version, model = release.version, table(release.version.get("model"))
        again = map(_published_again, sorted({other.reference for other in others} - {release.reference}))
        stated = release.stated()
        names = () if release.beside else civitai.version_names(version)
        return ModelRecord(
            id=release.reference,
            name=line(f"{line(model.get('name')) or ''} {line(version.get('name')) or ''}") or release.reference,
            kind=release.kind,
            files=tuple(stated),
            hashes=(*release.hashes(), *names),
            repository=None,
            licenses=(),
            parents=None,
            exhibit=release.exhibit,
            architecture=line(version.get("baseModel")),
            stated=tuple(stated.items()),
            sentences=(*_sentences(version, release.exhibit), *page.sentences),
            permissions=page.permissions,
            findings=tuple(
                dict.fromkeys((*civitai.findings(version, model, release.exhibit.seen), *page.findings, *again))
            ),
        )

    def _page(self, model: int) -> _Page:
        """What the uploader permits, and whether the model is still offered."""
        try:
            answer = self.door.get(self._url(f"models/{model:d}"))
            if answer.status != _FOUND:
                return _Page(findings=(_not_read(f"is not shown (status {answer.status})"),))
            told = answer.decoded(dict[str, Any])
        except SubjectError as error:
            return _Page(findings=(_not_read(str(error)),))
        exhibit = answer.exhibit(words="\n".join(_FLAG.findall(answer.text)))
        return _Page(
            permissions=civitai.permissions(told, exhibit),
            sentences=tuple(_sentences(told, exhibit)),
            findings=tuple(civitai.findings({}, told, answer.seen)),
        )


def _checked(sought: Hash) -> Hash:
    """``sought`` in lower case, if Civitai can be asked for it."""
    value = sought.value.lower()
    if len(value) != _DIGITS.get(sought.scheme) or not _HEX.fullmatch(value):
        message = f"Civitai cannot be asked for {sought.scheme} {sought.value!r}, only for {', '.join(sorted(ASKED))}"
        raise UsageError(message)
    return Hash(sought.scheme, value)


def _described(answer: Answer) -> Iterator[_Release]:
    """What an answer about one version describes."""
    if answer.status == _FOUND:
        yield from _releases(answer.decoded(dict[str, Any]), answer.exhibit())


def _listed(answer: Answer) -> Iterator[_Release]:
    """What an answer with a list of versions describes; it holds null for some."""
    if answer.status != _FOUND:
        return
    versions = answer.decoded(tuple[dict[str, Any] | None, ...])
    words = answer.decoded(tuple[msgspec.Raw, ...])
    for at, version in enumerate(versions):
        if version:
            yield from _releases(version, answer.exhibit(place=f"/{at}", words=bytes(words[at]).decode()))


def _releases(version: Mapping[str, Any], exhibit: Exhibit) -> Iterator[_Release]:
    """The models that a version's files are: a VAE that goes with a checkpoint is another, often of another version.

    Raises:
        Malformed: it has no numbers.
    """
    number, model = version.get("id"), version.get("modelId")
    if not _is_number(number) or not _is_number(model):
        message = f"is described without the numbers of version and model; check that {exhibit.source} is Civitai's own"
        raise Malformed(message)
    kind = civitai.kind(table(version.get("model")).get("type"))
    files = [table(file) for file in rows(version.get("files"))]
    vaes = [file for file in files if kind is not ModelKind.VAE and file.get("type") == "VAE"]
    own = [file for file in files if kind is ModelKind.VAE or file.get("type") != "VAE"]
    for what, which in ((kind, own), (ModelKind.VAE, vaes)):
        if which or which is own:
            yield _Release(
                number=number,
                model=model,
                version=version,
                kind=what,
                files=which,
                beside=which is vaes,
                exhibit=exhibit,
            )


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _NUMBERS


def _sentences(told: Mapping[str, Any], exhibit: Exhibit) -> Iterator[Exhibit]:
    """What a description, which is HTML, grants or restricts."""
    text = told.get("description")
    for sentence in permission_sentences(text) if isinstance(text, str) else ():
        yield replace(exhibit, place=f"{exhibit.place}/description line {sentence.line}", words=sentence.words)


def _published_again(reference: str) -> Finding:
    return Finding(
        "published-again", f"the same file is also on Civitai as {reference}, perhaps with other permissions"
    )


def _not_read(reason: str) -> Finding:
    return Finding("permissions-not-read", f"what the uploader permits is not known: the model's page {reason}")


def _absent(answer: Answer) -> Absent:
    """What an answer means that describes nothing sought."""
    if answer.status in {_FOUND, _MISSING}:
        words = "Civitai shows no such file or version; it hides some, by region or unpublished, so this is no proof"
        finding = Finding("not-found", words)
    elif answer.status in _TAKEN_DOWN:
        words = f"Civitai no longer shows it (status {answer.status}): ask why before using it"
        finding = Finding("taken-down", words)
    else:
        words = f"Civitai refused to answer (status {answer.status}): look at its page yourself"
        finding = Finding("refused", words)
    return Absent(finding=finding, exhibit=answer.exhibit())
