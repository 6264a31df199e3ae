import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from usufruct.errors import Malformed, Unreadable
from usufruct.exhibit import Exhibit
from usufruct.licenses.account import Pull, Recognized, account
from usufruct.licenses.claims import Form, ShortForm
from usufruct.licenses.pulled import PulledText, PulledTexts
from usufruct.licenses.recognize import Change, Deciding, Nearest, Recognition, Status
from usufruct.reports.licenselines import pull_object, recognized_object, shown_object
from usufruct.reports.licenses import SENTENCES, account_text, pull_text, recognized_text, status_words

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
CONTRACT = {"path", "license", "exact", "coverage", "changes", "also"}


def shown(what: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=200, highlight=False, markup=False, emoji=False).print(what)
    return out.getvalue()


def found(status: Status, **facts: object) -> Recognition:
    return Recognition(**{"license": "mit", "exact": False, "coverage": 0.5, "status": status, **facts})  # type: ignore[arg-type]


def said(words: str, line: int = 3) -> Exhibit:
    return Exhibit(source="README.md", place=f"line {line}", words=words, digest="0" * 64, seen=SEEN)


@pytest.mark.parametrize(
    ("recognition", "words"),
    [
        (found("verbatim"), "mit, word for word"),
        (found("placeholders"), "mit, word for word but for the names"),
        (found("modified", changes=(Change("insert", "not", 3),)), "mit, changed in 1 passage"),
        (found("fragment"), "mit, a part of it (50% of its words)"),
        (found("contains"), "contains mit among other text"),
        (found("titled-but-not", titled="isc"), "titled isc, but the text is mit"),
        (found("titled-but-not", titled="isc", license=None), "titled isc, but the text is not that license"),
        (found("unknown", license=None), "no license known here"),
    ],
)
def test_every_status_has_its_words(recognition: Recognition, words: str) -> None:
    assert status_words(recognition).startswith(words)


def test_a_file_is_shown_with_its_changes_claims_and_sentences() -> None:
    claim = ShortForm(form=Form.NOTICE, ids=("isc",), words="Licensed under ISC", line=9, start=0, end=18)
    mention = ShortForm(form=Form.MENTION, ids=("gpl-2.0-only",), words="GPL", line=10, start=20, end=23)
    changes = (Change("insert", "You may\nnot sell it.", 4), Change("delete", "(3 words of the known text)", 8))
    recognized = Recognized(
        path=Path("README.md"),
        recognition=found("contains", changes=changes, also=("x11",), deciding=(Deciding("x11", 4, 7),)),
        claims=(claim, mention),
        sentences=tuple(said(f"No sale {at}.") for at in range(SENTENCES + 2)),
    )
    text = shown(recognized_text(recognized))
    assert "README.md: contains mit among other text" in text
    assert "line 4 added: “You may not sell it.”" in text
    assert "with the operative words may, not, sell" in text
    assert "line 8 taken away: (3 words of the known text)" in text
    assert "fits as well: x11" in text
    assert "x11 differs in 4 words that are not in this text, first after line 7" in text
    assert "line 9 says “Licensed under ISC”: isc" in text
    assert "GPL" not in text
    assert "“No sale 0.”" in text
    assert "and 2 more sentences" in text


def test_what_was_added_is_not_said_twice() -> None:
    change = Change("insert", "No sale.", 4)
    recognized = Recognized(
        path=Path("x"), recognition=found("modified", changes=(change,)), sentences=(said("No sale."),)
    )
    assert shown(recognized_text(recognized)).count("No sale.") == 1
    assert recognized_object(recognized)["sentences"]


def test_a_long_change_is_shortened_but_its_operative_words_are_all_told() -> None:
    change = Change("insert", f"{'word ' * 100} never {'word ' * 100}", 4)
    text = shown(recognized_text(Recognized(path=Path("x"), recognition=found("contains", changes=(change,)))))
    assert "[... 121 more words, which `usufruct license diff` shows ...]" in text
    assert "with the operative words never" in text


def test_several_licenses_are_each_shown() -> None:
    parts = (found("verbatim"), found("fragment", license="isc"))
    text = shown(recognized_text(Recognized(path=Path("x"), recognition=found("contains", parts=parts, also=("isc",)))))
    assert "also in it: isc, a part of it" in text
    assert "fits as well" not in text


def test_the_nearest_license_is_shown_as_another() -> None:
    near = found("unknown", license=None, nearest=Nearest("isc", 0.12))
    text = shown(recognized_text(Recognized(path=Path("x"), recognition=near)))
    assert "nearest is isc, where 12% of the words differ: its terms are not those of this text" in text
    far = found("unknown", license=None, nearest=Nearest("isc", 0.97))
    assert "isc" not in shown(recognized_text(Recognized(path=Path("x"), recognition=far)))


def test_a_claim_that_leaves_its_meaning_open_says_so() -> None:
    claim = ShortForm(form=Form.NAME, ids=("a", "b", "c", "d", "e"), ambiguous=True, words="CC", line=1, start=0, end=2)
    text = shown(recognized_text(Recognized(path=Path("x"), recognition=found("unknown"), claims=(claim,))))
    assert "leaves open which one (a, b, c, d, ...)" in text


def test_a_file_that_could_not_be_read_has_its_line_and_every_key() -> None:
    broken = Recognized(path=Path("gone"), error=Unreadable("cannot be opened"))
    assert shown(recognized_text(broken)) == "gone: cannot be opened\n"
    value = recognized_object(broken)
    assert value.keys() >= CONTRACT | {"error"}
    assert value["license"] is None


def test_the_contract_keys_are_there_with_more_beside_them() -> None:
    change = Change("insert", "not", 3, 10, 13)
    claim = ShortForm(form=Form.SPDX_TAG, ids=("mit",), words="MIT", line=1, start=0, end=3)
    recognized = Recognized(
        path=Path("x"),
        recognition=found("modified", changes=(change,), span=(0, 20), parts=(found("verbatim"),)),
        claims=(claim,),
        sentences=(said("No sale."),),
    )
    value = recognized_object(recognized)
    assert value.keys() >= CONTRACT
    assert "error" not in value
    assert value["changes"] == [{"op": "insert", "text": "not", "line": 3, "start": 10, "end": 13}]
    assert value["status"] == "modified"
    assert value["span"] == [0, 20]
    assert value["parts"][0]["license"] == "mit"
    assert value["claims"][0]["licenses"] == ["mit"]
    assert value["sentences"] == [{"where": "line 3", "words": "No sale."}]


def test_a_license_is_shown_with_its_printings_and_where_its_text_is(tmp_path: Path) -> None:
    texts, entry = PulledTexts(tmp_path), account("flux-1-dev-nc-1.1.1")
    text = shown(account_text(entry, texts))
    (known,) = entry.printings
    assert entry.name in text
    assert f"their SHA-256 {known.sha256}" in text
    assert "ask with `usufruct license terms flux-1-dev-nc-1.1.1 --use USE`" in text
    assert "`usufruct license pull flux-1-dev-nc-1.1.1` fetches it" in text
    assert shown_object(entry, texts, text=True)["printings"][0]["text"] is None


def test_a_license_known_by_name_only_says_so(tmp_path: Path) -> None:
    text = shown(account_text(account("juggernaut-rundiffusion-addendum"), PulledTexts(tmp_path)))
    assert "terms: known" in text
    assert "text: not known here" in text
    assert "terms: not read yet" in shown(account_text(account("0bsd"), PulledTexts(tmp_path)))


def test_what_was_fetched_is_shown_and_what_was_not() -> None:
    known = account("mit").printings[0]
    pulled = PulledText(license="mit", url="https://x.org/MIT", seen=SEEN, digest="0", words=known.sha256, text="")
    kept = Pull(license="mit", known=known, text=pulled, path=Path("texts/a.json"))
    text = shown(pull_text(kept))
    assert "as known, from https://x.org/MIT" in text
    assert "kept in texts/a.json" in text
    assert "error" not in pull_object(kept)
    refused = Pull(license="mit", known=known, errors=(Malformed("has other words"), Malformed("is not there")))
    assert "mit: not fetched" in shown(pull_text(refused))
    assert pull_object(refused)["error"] == "has other words; is not there"
