"""What is told of licenses, as one JSON object per file, license or printing; the contract names the keys."""

from typing import Any

from usufruct.exhibit import Exhibit
from usufruct.licenses.account import Difference, LicenseAccount, Pull, Recognized
from usufruct.licenses.claims import ShortForm
from usufruct.licenses.compare import Passage, Side
from usufruct.licenses.operative import operative
from usufruct.licenses.pulled import PulledTexts, addresses
from usufruct.licenses.recognize import NOTHING, Recognition
from usufruct.licenses.texts.known import KnownText

Object = dict[str, Any]


def recognized_object(recognized: Recognized) -> Object:
    """What ``usufruct license recognize --json`` prints for one file."""
    found = recognized.recognition or NOTHING
    value: Object = {
        "path": str(recognized.path),
        **_recognition(found),
        "parts": [_recognition(part) for part in found.parts],
        "claims": [_claim(claim) for claim in recognized.claims],
        "sentences": [_exhibit(sentence) for sentence in recognized.sentences],
    }
    return value | {"error": str(recognized.error)} if recognized.error else value


def difference_object(difference: Difference) -> Object:
    """What ``usufruct license diff --json`` prints."""
    base, comparison = difference.base, difference.comparison
    texts = comparison.here, comparison.base
    return {
        "path": str(difference.path),
        "base": {
            "name": base.name,
            "license": base.name if base.known else None,
            "source": base.source,
            "sha256": base.known.sha256 if base.known else None,
            "at_hand": base.at_hand,
        },
        "recognized": difference.recognition is not None,
        "equal_words": comparison.equal_words,
        "changes": [_passage(each, *texts, at_hand=comparison.at_hand) for each in comparison.changes],
    }


def listed_object(account: LicenseAccount) -> Object:
    """What ``usufruct license list --json`` prints for one license."""
    return {
        "license": account.id,
        "name": account.name,
        "issuer": account.issuer or None,
        "url": account.url or None,
        "kind": account.kind,
        "terms": account.terms is not None,
        "texts": len(account.printings),
        "same": list(account.same),
    }


def shown_object(account: LicenseAccount, texts: PulledTexts, *, text: bool) -> Object:
    """What ``usufruct license show --json`` prints; ``text`` adds the texts at hand."""
    return {
        **listed_object(account),
        "titles": list(account.titles),
        "printings": [_printing(known, texts, text=text) for known in account.printings],
    }


def pull_object(pull: Pull) -> Object:
    """What ``usufruct license pull --json`` prints for one printing."""
    value: Object = {
        "license": pull.license,
        "sha256": pull.known.sha256 if pull.known else None,
        "path": str(pull.path) if pull.path else None,
        "url": pull.text.url if pull.text else None,
        "digest": pull.text.digest if pull.text else None,
        "seen": pull.text.seen if pull.text else None,
    }
    return value | {"error": "; ".join(map(str, pull.errors))} if pull.errors else value


def _recognition(found: Recognition) -> Object:
    return {
        "license": found.license,
        "exact": found.exact,
        "coverage": found.coverage,
        "changes": [
            {"op": each.op, "text": each.text, "line": each.line, "start": each.start, "end": each.end}
            for each in found.changes
        ],
        "also": list(found.also),
        "status": found.status,
        "span": list(found.span) if found.span else None,
        "titled": found.titled,
        "nearest": {"license": found.nearest.license, "distance": found.nearest.distance} if found.nearest else None,
        "deciding": [{"license": each.license, "words": each.words, "line": each.line} for each in found.deciding],
        "text": found.text,
    }


def _claim(claim: ShortForm) -> Object:
    return {
        "form": claim.form.value,
        "licenses": list(claim.ids),
        "ambiguous": claim.ambiguous,
        "expression": claim.expression,
        "words": claim.words,
        "line": claim.line,
        "start": claim.start,
        "end": claim.end,
    }


def _passage(passage: Passage, here: str, base: str, *, at_hand: bool) -> Object:
    return {
        "op": passage.op,
        **_side(passage.here, here),
        "base": _side(passage.base, base) if at_hand else {"text": base[passage.base.start : passage.base.end].strip()},
        "operative": [
            {"word": token.word, "class": kind.value, "op": op}
            for op, side in (("insert", passage.here), ("delete", passage.base))
            for token in side.operative
            if (kind := operative(token.word))
        ],
        "holder": passage.holder,
    }


def _side(side: Side, text: str) -> Object:
    words = text[side.start : side.end].rstrip()
    return {"text": words, "line": side.line, "start": side.start, "end": side.start + len(words)}


def _printing(known: KnownText, texts: PulledTexts, *, text: bool) -> Object:
    pulled = texts.find(known)
    value: Object = {
        "sha256": known.sha256,
        "words": known.size,
        "date": known.date or None,
        "source": known.source,
        "addresses": list(addresses(known)),
        "path": str(texts.place(known)) if pulled else None,
        "seen": pulled.seen if pulled else None,
    }
    return value | {"text": pulled.text if pulled else None} if text else value


def _exhibit(exhibit: Exhibit) -> Object:
    return {"where": exhibit.place, "words": exhibit.words}
