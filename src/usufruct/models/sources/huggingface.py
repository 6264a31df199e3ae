"""Hugging Face: what a repository declares at a revision, and when its license was changed.

Asked through ``huggingface_hub``, whose requests all go through ``fetch``; its cache on disk is read without asking
anyone. Weights are never fetched: the hub states their SHA-256. What the hub answers is described in
``huggingface_hub``'s ``hf_api.py``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Annotated, TypeVar

import msgspec
from huggingface_hub import HfApi, hf_hub_url, scan_cache_dir, set_client_factory
from huggingface_hub.errors import (
    CacheNotFound,
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.repocard_data import ModelCardData
from huggingface_hub.utils._http import default_client_factory
from huggingface_hub.utils._validators import validate_repo_id

from usufruct.errors import Finding, Malformed, SubjectError, Unreachable, Unreadable, UsageError
from usufruct.exhibit import Exhibit
from usufruct.fetch import Answer, Door
from usufruct.models.files.registry import EXTENSIONS
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Parent, Relation
from usufruct.models.modelcard import Exhibitor, card_facts
from usufruct.models.record import Absent, LicenseClaim, ModelFacts, ModelRecord, Origin
from usufruct.models.sidefile import SideFile, decoded, line

TEXT_BYTES = 2**21
"""Longest card or license text that is read."""

TEXTS = 8
"""Most license texts read of one repository; those beyond are claimed under their names."""

CHANGES = 5
"""Most changes of a license text that are traced back."""

TRACED = 3
"""Most license texts whose changes are."""

_CARD = "README.md"
_MAIN = "main"

_SUFFIX = r"(?P<suffix>\.(?:txt|md|markdown|rst|html?|pdf|docx?|rtf))?"
_LICENSE = re.compile(rf"(?:[^.]*[-_ ])?(?:licen[cs]es?|copying)(?:[-_. ].*)?{_SUFFIX}", re.IGNORECASE | re.DOTALL)
_NOTICE = re.compile(rf"notices?{_SUFFIX}", re.IGNORECASE)
_POLICY = re.compile(rf"(?:[^.]*[-_ ])?use[-_ ]?policy{_SUFFIX}", re.IGNORECASE)
_NO_TEXT = (".pdf", ".doc", ".docx", ".rtf")
_NOT_HERE = "is not read here: read it yourself"
_NO_LICENSE = (*EXTENSIONS, ".json", ".yaml", ".yml", ".py", ".jpg", ".jpeg", ".png", ".webp", ".svg")
_PATH_CHARACTERS = 500
_OF_ALL = frozenset({"", "license", "licenses", "licence", "licences"})
"""Folders whose license texts speak of the whole repository."""

_TAGGED = {
    "lora": ModelKind.LORA,
    "controlnet": ModelKind.CONTROLNET,
    "textual_inversion": ModelKind.EMBEDDING,
    "ip-adapter": ModelKind.IP_ADAPTER,
    "text-to-image": ModelKind.CHECKPOINT,
    "image-to-image": ModelKind.CHECKPOINT,
    "text-to-video": ModelKind.CHECKPOINT,
    "image-to-video": ModelKind.CHECKPOINT,
    "text-generation": ModelKind.LLM,
    "image-text-to-text": ModelKind.LLM,
}
"""Tags that tell what a model does, the most telling first."""

_RELATIONS = {
    "adapter": Relation.ADAPTER_OF,
    "merge": Relation.MERGE,
    "quantized": Relation.QUANTIZE,
    "finetune": Relation.FINETUNE,
}
_RELATED = re.compile(rf"base_model:({'|'.join(_RELATIONS)}):(.+)")
"""How the hub tags what it works out of ``base_model_relation``, of the other tags and of the files."""

_FOUND = 200
_NOT_FOR_ALL = {401, 403}
_TAKEN_DOWN = {410, 451}
_MISSING = 404
_BAD_TOKEN = 401

_UNCHECKED = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What ``huggingface_hub`` raises at an answer of another shape, which it does not check."""

_ONE_AT_A_TIME = Lock()
"""``huggingface_hub`` has one HTTP client for the whole process."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_Commit = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]
_T = TypeVar("_T")

_Reader = Callable[[str], tuple[str, Exhibitor]]
"""Gives the text at a path of a repository, and what makes exhibits of it."""


class _Lfs(msgspec.Struct, frozen=True):
    sha256: str


class _Sibling(msgspec.Struct, frozen=True):
    rfilename: str
    blob_id: str | None = None
    lfs: _Lfs | None = None


class _Info(msgspec.Struct, frozen=True):
    """What is used of ``ModelInfo``, whose types ``huggingface_hub`` does not check."""

    id: str
    sha: _Commit
    siblings: tuple[_Sibling, ...] | None = ()
    tags: tuple[str, ...] | None = ()
    gated: bool | str | None = None
    private: bool | None = None
    disabled: bool | None = None
    card: str = ""

    @property
    def blobs(self) -> dict[str, str | None]:
        """The id of each file's content, by the file's path."""
        return {sibling.rfilename: sibling.blob_id for sibling in self.siblings or ()}


class _LastCommit(msgspec.Struct, frozen=True):
    oid: _Commit
    date: datetime


class _Path(msgspec.Struct, frozen=True):
    """What is used of ``RepoFile``."""

    blob_id: str
    last_commit: _LastCommit | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    """A commit that changed a file, and the id of the content it gave it."""

    commit: str
    day: date
    blob: str

    def __str__(self) -> str:
        return f"{self.day} (commit {self.commit[:8]})"


class _Refused(Exception):
    """The hub answered, but with no description."""

    def __init__(self, absent: Absent) -> None:
        super().__init__(absent.finding.message)
        self.absent = absent


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The Hugging Face Hub, or a mirror that speaks as it does.

    Attributes:
        door: open to ``endpoint``.
        endpoint: such as ``https://huggingface.co``.
        token: of the person who asks, or None; sent to ``endpoint`` only.
    """

    door: Door
    endpoint: str
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse a token that could not be sent.

        Raises:
            UsageError: it holds more than visible ASCII.
        """
        if self.token is not None and not re.fullmatch(r"[!-~]+", self.token):
            message = "the Hugging Face token is none: it is empty, or holds spaces or other letters than a token has"
            raise UsageError(message)

    def model(self, repository: str, revision: str | None = None) -> ModelRecord | Absent:
        """What ``repository`` declares.

        Args:
            repository: such as ``stabilityai/sdxl-turbo``.
            revision: a commit, branch or tag; the newest commit if not given.

        Raises:
            Unreachable: the hub could not be asked.
            Malformed: what it answered is no answer, or ``repository`` is no name of one.
            OverLimit: it answered more than is read.
            UsageError: it does not accept the token.
        """
        try:
            info, answer = self._info(repository, revision)
        except _Refused as refused:
            return refused.absent
        texts = _license_texts(info.blobs)
        card = self._card(info, answer)
        hashes = ((sibling.rfilename, sibling.lfs.sha256) for sibling in info.siblings or () if sibling.lfs)
        record = _record(
            (info.id, info.sha),
            hashes,
            paths=info.blobs,
            licenses=_claims(texts, lambda path: self._text(info, path), answer.exhibit(place="/siblings")),
            card=card,
            exhibit=answer.exhibit(),
        )
        return replace(
            record,
            kind=_kind(info.tags or ()),
            parents=record.parents and tuple(_related(record.parents, info.tags or ())),
            findings=(
                *_state(info, repository, self._page(info.id)),
                *record.findings,
                *self._license_changes(info, revision, texts[:TRACED]),
            ),
        )

    def _page(self, repository: str) -> str:
        return f"{self.endpoint.rstrip('/')}/{repository}"

    def _info(self, repository: str, revision: str | None) -> tuple[_Info, Answer]:
        def described(api: HfApi) -> _Info:
            info = api.model_info(repository, revision=revision, files_metadata=True)
            validate_repo_id(info.id)
            told = msgspec.convert(info, _Info, from_attributes=True)
            siblings = (each for each in told.siblings or () if each.rfilename.isprintable())
            return msgspec.structs.replace(told, siblings=tuple(siblings), card=_head(info.card_data))

        return self._ask(described)

    def _ask(self, call: Callable[[HfApi], _T]) -> tuple[_T, Answer]:
        """What ``call`` makes of the hub's answer, and the answer itself.

        Raises:
            _Refused: the answer describes nothing.
        """
        answers: list[Answer] = []
        api = HfApi(self.endpoint.rstrip("/"), token=self.token or False)
        with _ONE_AT_A_TIME:
            set_client_factory(lambda: self.door.client(answers))
            try:
                return call(api), answers[-1]
            except HfHubHTTPError as error:
                raise _Refused(_absent(error, answers[-1])) from error
            except _UNCHECKED as error:
                message = f"is not described as on its hub ({error}); check its name, and the hub's address"
                raise Malformed(message) from error
            finally:
                set_client_factory(default_client_factory)

    def _text(self, info: _Info, path: str) -> tuple[str, Exhibitor]:
        """A small file at the revision, and what makes exhibits of it.

        Raises:
            SubjectError: it was not given.
        """
        url = hf_hub_url(info.id, path, revision=info.sha, endpoint=self.endpoint.rstrip("/"))
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.door.get(url, headers=headers, limit=TEXT_BYTES)
        if answer.status in _NOT_FOR_ALL:
            message = f"is shown only to those who accepted its conditions: do so at {self._page(info.id)}, use a token"
            raise Unreachable(message)
        if answer.status != _FOUND:
            message = f"is not shown (status {answer.status}): read it at {self._page(info.id)}"
            raise Unreachable(message)
        return decoded(answer.body), lambda place, words: answer.exhibit(place=place, words=words)

    def _card(self, info: _Info, described: Answer) -> ModelFacts:
        """What the card says; where it cannot be read, what the hub took from its head."""
        unread: tuple[Finding, ...] = ()
        try:
            if _CARD in info.blobs:
                return card_facts(*self._text(info, _CARD))
        except SubjectError as error:
            unread = (Finding("card-not-read", f"the model card {error}"),)
        head = f"---\n{info.card}\n---\n"
        told = card_facts(head, lambda place, words: described.exhibit(place=f"/cardData/{place}", words=words))
        return replace(told, findings=(*told.findings, *unread))

    def _license_changes(self, info: _Info, revision: str | None, paths: Iterable[str]) -> Iterator[Finding]:
        """That a license text was changed, before this revision or after it."""
        for path in paths:
            try:
                changes = list(self._changes(info.id, path, info.sha if revision is None else _MAIN))
            except (SubjectError, _Refused) as error:
                yield Finding("history-not-read", f"when {path} was changed is not known: its history {error}")
                continue
            read = next((change for change in changes if change.blob == info.blobs[path]), None)
            if read is None:
                now = f"was changed on {', '.join(map(str, changes))}" if changes else "is not in the newest revision"
                yield Finding("license-changed", f"{path} as read here is older, or of another branch: it {now}")
            elif len(changes) > 1:
                days = ", ".join(map(str, changes))
                words = (
                    f"{path} was changed on {days}; the text read here is that of {read}: see which one you were given"
                )
                yield Finding("license-changed", words)

    def _changes(self, repository: str, path: str, revision: str) -> Iterator[_Change]:
        """The last changes of a file up to ``revision``, newest first."""
        commit: str | None = revision
        for _ in range(CHANGES):
            change = self._last_change(repository, path, commit) if commit else None
            if change is None:
                return
            yield change
            commit = self._commit_before(repository, change.commit)

    def _last_change(self, repository: str, path: str, revision: str) -> _Change | None:
        def last(api: HfApi) -> tuple[_Path, ...]:
            found = api.get_paths_info(repository, [path], revision=revision, expand=True)
            return msgspec.convert(found, tuple[_Path, ...], from_attributes=True)

        found, _ = self._ask(last)
        commit = found[0].last_commit if found else None
        return _Change(commit.oid, commit.date.date(), found[0].blob_id) if commit else None

    def _commit_before(self, repository: str, commit: str) -> str | None:
        """The commit before ``commit``, which stands second on the first page of the list."""

        def before(api: HfApi) -> str | None:
            commits = [each.commit_id for each in api.list_repo_commits(repository, revision=commit)]
            return msgspec.convert(commits[1], _Commit) if len(commits) > 1 else None

        return self._ask(before)[0]


def downloaded(repository: str, folder: Path, *, seen: datetime, revision: str | None = None) -> ModelRecord | None:
    """What the cache of ``huggingface_hub`` holds of ``repository``; nobody is asked.

    Args:
        repository: such as ``stabilityai/sdxl-turbo``.
        folder: the cache, with a folder ``models--ORG--NAME`` for each repository.
        seen: now, for the exhibits.
        revision: a commit, branch or tag; if not given, what ``main`` was when last asked for, else the newest.
    """
    try:
        cache = scan_cache_dir(folder)
    except (CacheNotFound, OSError, ValueError):
        return None
    held = [
        each
        for one in cache.repos
        if (one.repo_type, one.repo_id) == ("model", repository)
        for each in one.revisions
        if revision in {None, each.commit_hash, *each.refs}
    ]
    if not held:
        return None
    chosen = max(held, key=lambda each: (_MAIN in each.refs, each.last_modified))
    root = chosen.snapshot_path
    blobs = {file.file_path.relative_to(root).as_posix(): file.blob_path.name for file in chosen.files}
    listing = "\n".join(f"{path} {blob}" for path, blob in sorted(blobs.items()))
    exhibit = Exhibit.of(listing.encode(), source=str(root), place="", words=listing, seen=seen)

    def text(path: str) -> tuple[str, Exhibitor]:
        side = SideFile.read(root / path, seen=seen, limit=TEXT_BYTES)
        return side.text, side.exhibit

    try:
        card = card_facts(*text(_CARD)) if _CARD in blobs else ModelFacts(origin=Origin.CARD)
    except SubjectError as error:
        card = ModelFacts(origin=Origin.CARD, findings=(Finding("card-not-read", f"the model card {error}"),))
    return _record(
        (repository, chosen.commit_hash),
        ((path, blob) for path, blob in blobs.items() if _SHA256.fullmatch(blob)),
        paths=blobs,
        licenses=_claims(_license_texts(blobs), text, exhibit),
        card=card,
        exhibit=exhibit,
    )


def _record(
    revision: tuple[str, str],
    hashes: Iterable[tuple[str, str]],
    *,
    paths: Iterable[str],
    licenses: Iterable[LicenseClaim],
    card: ModelFacts,
    exhibit: Exhibit,
) -> ModelRecord:
    """What a repository declares, at the id and the commit that ``revision`` is; ``hashes`` are by path."""
    repository, commit = revision
    stated: dict[str, tuple[Hash, ...]] = {}
    for path, sha256 in hashes:
        if path.lower().endswith(tuple(EXTENSIONS)) and _SHA256.fullmatch(sha256):
            name = path.rpartition("/")[2]
            stated[name] = (*stated.get(name, ()), Hash(Scheme.SHA256, sha256))
    return ModelRecord(
        id=f"huggingface:{repository}@{commit}",
        name=repository,
        kind=ModelKind.OTHER,
        files=tuple(stated),
        hashes=tuple(dict.fromkeys(each for group in stated.values() for each in group)),
        repository=repository,
        licenses=(*licenses, *card.licenses),
        parents=card.parents or None,
        exhibit=exhibit,
        revision=commit,
        stated=tuple(stated.items()),
        sentences=card.sentences,
        findings=(*_other_texts(paths), *card.findings),
    )


def _head(card: object) -> str:
    """The head of a card as the hub took it apart, put together again: JSON is YAML."""
    values = vars(card) if isinstance(card, ModelCardData) else {}
    return "\n".join(f"{key}: {msgspec.json.encode(value).decode()}" for key, value in values.items() if value)


def _claims(paths: Iterable[str], text: _Reader, listed: Exhibit) -> Iterator[LicenseClaim]:
    """The license texts; one that was not read is claimed under its name, so that nobody takes it for absent."""
    for at, path in enumerate(paths):
        try:
            if at >= TEXTS or path.lower().endswith(_NO_TEXT):
                raise Unreadable(_NOT_HERE)
            words, exhibit = text(path)
        except SubjectError as error:
            words = f"{path}, which {error}"
            yield LicenseClaim(license=words, exhibit=replace(listed, words=words))
        else:
            yield LicenseClaim(license=words, exhibit=exhibit("", words))


def _license_texts(paths: Iterable[str]) -> list[str]:
    """Those of ``paths`` that are license texts for the whole repository, a ``LICENSE`` at its root first."""
    found = [path for path in paths if _is_license(path) and path.rpartition("/")[0].lower() in _OF_ALL]
    return sorted(found, key=lambda path: (path.count("/"), len(path), path))


def _is_license(path: str) -> bool:
    name = path.rpartition("/")[2]
    return len(path) <= _PATH_CHARACTERS and bool(_LICENSE.fullmatch(name)) and not name.lower().endswith(_NO_LICENSE)


def _other_texts(paths: Iterable[str]) -> Iterator[Finding]:
    """Texts to know of that are no license of the whole repository."""
    for path in paths:
        folder, _, name = path.rpartition("/")
        if _is_license(path) and folder.lower() not in _OF_ALL:
            words = f"the repository has {path}, which may be the license of what lies in that folder; read it"
            yield Finding("license-of-folder", words)
        elif _NOTICE.fullmatch(name):
            yield Finding("notice-file", f"the repository has {path}: its license may ask that copies come with it")
        elif _POLICY.fullmatch(name):
            yield Finding("use-policy", f"the repository has {path}: its license may bind you to this policy; read it")


def _kind(tags: Iterable[str]) -> ModelKind:
    """What the model does, as its tags say."""
    said = set(tags)
    return next((kind for tag, kind in _TAGGED.items() if tag in said), ModelKind.OTHER)


def _related(parents: Iterable[Parent], tags: Iterable[str]) -> Iterator[Parent]:
    """The parents, with the relations that the hub worked out."""
    tagged = {found[2]: _RELATIONS[found[1]] for tag in tags if (found := _RELATED.fullmatch(tag))}
    for parent in parents:
        is_model = parent.relation is not Relation.TRAINED_ON
        yield replace(parent, relation=tagged.get(parent.name, parent.relation)) if is_model else parent


def _state(info: _Info, asked: str, page: str) -> Iterator[Finding]:
    """What the hub says of the repository itself."""
    if info.id.casefold() != asked.casefold():
        yield Finding("renamed", f"{asked} is now called {info.id}")
    if info.gated:
        words = f"its publisher hands it out on conditions ({info.gated} approval): read what you agreed to at {page}"
        yield Finding("gated", line(words) or words)
    if info.private:
        yield Finding("private", f"{info.id} is private: what it declares, it declares to those who may see it")
    if info.disabled:
        yield Finding("taken-down", f"the hub has disabled {info.id}: ask why before using it")


def _absent(error: HfHubHTTPError, answer: Answer) -> Absent:
    """What an error of the hub means.

    Raises:
        UsageError: it does not accept the token.
    """
    if isinstance(error, RevisionNotFoundError):
        finding = Finding("revision-not-found", "the repository has no such revision, or no more; ask without one")
    elif isinstance(error, GatedRepoError):
        finding = Finding(
            "gated", "it is shown only to those who accepted its conditions: do so on its page, use a token"
        )
    elif isinstance(error, DisabledRepoError) or answer.status in _TAKEN_DOWN:
        finding = Finding("taken-down", "the hub has disabled it: ask why before using it")
    elif isinstance(error, RepositoryNotFoundError) or answer.status == _MISSING:
        words = "the hub shows no such repository here: it may be private, renamed or deleted, so this is no proof"
        finding = Finding("not-found", words)
    elif answer.status == _BAD_TOKEN:
        message = "the hub does not accept the token: hand in one that is valid, or none"
        raise UsageError(message)
    else:
        finding = Finding("refused", f"the hub refused to answer (status {answer.status}): look at its page yourself")
    return Absent(finding=finding, exhibit=answer.exhibit())
