"""The errand *pull*: fetch the text of a license from where it is published, and keep it if it is the known one."""

from collections.abc import Callable, Iterator, Sequence

from usufruct.desk.progress import Progress, silent
from usufruct.errors import Malformed, SubjectError, Unreachable, UsageError
from usufruct.fetch import Answer, Door
from usufruct.licenses.account import LicenseAccount, Pull, account
from usufruct.licenses.pulled import (
    PulledText,
    PulledTexts,
    addresses,
    cut_out,
    legible,
    mirrored,
    word_digests,
    words_digest,
)
from usufruct.licenses.texts.known import KnownText

OpenDoor = Callable[[Sequence[str]], Door]
"""Opens the door to the servers of these addresses."""

_FOUND = 200


def pull(
    names: Sequence[str],
    *,
    texts: PulledTexts,
    open_door: OpenDoor,
    mirror: str | None = None,
    progress: Progress = silent,
) -> Iterator[Pull]:
    """Yield what became of each printing of the licenses ``names``, in order; what was kept before is not asked for.

    Args:
        names: ids or titles of licenses.
        texts: where texts are kept.
        open_door: opens the door to the network.
        mirror: URL of a mirror that is asked in place of all servers.
        progress: told how many printings are done.

    Raises:
        UsageError: a name is no license's, or the folder of texts cannot be written to.
    """
    asked = [(each, known) for each in map(account, dict.fromkeys(names)) for known in each.printings or (None,)]
    places = {
        known.sha256: [mirrored(place, mirror) if mirror else place for place in addresses(known)]
        for _, known in asked
        if known
    }
    with open_door([place for each in places.values() for place in each]) as door:
        for done, (each, known) in enumerate(asked):
            progress("license texts", done, len(asked))
            if known is None:
                message = "its text is known by name only, so that a copy could not be checked; look for it yourself"
                yield Pull(license=each.id, errors=(Unreachable(message),))
            else:
                yield _pulled(each, known, places[known.sha256], texts, door)


def _pulled(each: LicenseAccount, known: KnownText, places: Sequence[str], texts: PulledTexts, door: Door) -> Pull:
    kept = texts.find(known)
    if kept:
        return Pull(license=each.id, known=known, text=kept, path=texts.place(known))
    errors = list[SubjectError]()
    for place in places:
        try:
            text = _checked(each.id, known, door.get(place))
        except SubjectError as error:
            errors.append(error)
            continue
        try:
            return Pull(license=each.id, known=known, text=text, path=texts.keep(known, text))
        except OSError as error:
            message = f"texts cannot be kept in {texts.folder}: {error.strerror}"
            raise UsageError(message) from error
    return Pull(license=each.id, known=known, errors=tuple(errors) or (Unreachable("no address of its text is known"),))


def _checked(license_id: str, known: KnownText, answer: Answer) -> PulledText:
    """The text in ``answer``, if its words are those of ``known``."""
    if answer.status != _FOUND:
        message = f"is not at {answer.url} (status {answer.status})"
        raise Unreachable(message)
    page = legible(answer.body, answer.text)
    text = cut_out(page, word_digests(known))
    if text is None or words_digest(text) != known.sha256:
        message = (
            f"has other words at {answer.url}: their SHA-256 is {words_digest(page)}, that of the known text"
            f" {known.sha256}; nothing was kept"
        )
        raise Malformed(message)
    digest = answer.exhibit().digest
    return PulledText(
        license=license_id, url=answer.url, seen=answer.seen, digest=digest, words=known.sha256, text=text
    )
