"""What a model card says: what its front matter declares, and the sentences below that grant or restrict a use.

The keys are those of the Hugging Face Hub's model cards (``hub-docs``, ``docs/hub/model-cards.md`` and
``repositories-licenses.md``). Every name of a license stays a claim of its own, also where two contradict each other;
an address is one only where nothing is named.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from usufruct.errors import Finding, SubjectError
from usufruct.exhibit import Exhibit
from usufruct.models.frontmatter import Entry, split_card
from usufruct.models.lineage import Certainty, Parent, Relation
from usufruct.models.prose import links
from usufruct.models.record import LicenseClaim, ModelFacts, Origin
from usufruct.models.repository import hub_id
from usufruct.models.sentences import READ_CHARACTERS, Sentence, permission_sentences
from usufruct.models.sidefile import line

Exhibitor = Callable[[str, str], Exhibit]
"""Makes the exhibit of words at a place of the card."""

_ENTRIES = 200
"""Most keys that are read."""
_EACH = 100
"""Most values taken of one key."""


_RELATIONS = {
    "adapter": Relation.ADAPTER_OF,
    "merge": Relation.MERGE,
    "quantized": Relation.QUANTIZE,
    "finetune": Relation.FINETUNE,
}
_ADAPTER_SIGNS = frozenset({"lora", "peft", "adapter", "textual_inversion", "controlnet", "ip-adapter", "dora"})
_QUANTIZED_SIGNS = frozenset({"gguf", "gptq", "awq", "exl2", "quantized", "ggml", "nf4", "bitsandbytes", "fp8"})
_MERGE_SIGNS = frozenset({"merge", "mergekit", "merged"})

_LICENSE_KEYS = ("license", "licence", "license_name", "license_link")
_AUTHOR_KEYS = ("author", "authors", "model_creator", "creator")
_PROMPTS = ("extra_gated_prompt", "extra_gated_description", "extra_gated_heading", "extra_gated_fields")
"""What the hub shows, and has people agree to, before it hands out a gated model."""

_READ = frozenset(
    {
        *_LICENSE_KEYS, *_AUTHOR_KEYS, *_PROMPTS, "base_model", "base_model_relation", "datasets", "tags",
        "library_name", "new_version", "model_name",
    }
)  # fmt: skip

_NAMES_NONE = frozenset({"other", "unknown"})
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_LABEL = re.compile(r"\W*licen[cs]e(?:\(s\))?(?: type| name)?\s*(?:[:\uff1a|]\s*)+(?P<named>.{0,200})", re.IGNORECASE)
_LABELED = re.compile(r"\W*licen[cs]e(?:\(s\)|s)?\s*[:\uff1a|]?\W*", re.IGNORECASE)
_NAME_WORDS = 8
"""More words after a label are a sentence, not a name."""
_LICENSE_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses|publicdomain)/|opensource\.org/licenses?/.|apache\.org/licenses/.|gnu\.org/licenses/."
    r"|freedevproject\.org/faipl|civitai\.com/models/license/|^(?!.*/blog/)https?://[^?#]*/[\w.%-]*licen[cs]e[\w.%-]*/?(?:[?#]|$)",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"(?:\W|\b(?:the|this|that|our|a|an|full|model|read|see|view|here|link|file|text|terms?|agreement|details?|of|for|under"
    r"|original|open|source|license|licence|licen[cs]e\.(?:md|txt)|official|page|click|more|info)\b)*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Card:
    """The front matter of a card as far as it is read.

    Attributes:
        values: the keys asked for with their values, in their order.
        exhibit: makes exhibits of it.
        findings: what could not be read of it.
    """

    values: tuple[tuple[Entry, Any], ...]
    exhibit: Exhibitor
    findings: tuple[Finding, ...]

    @classmethod
    def read(cls, entries: Sequence[Entry], exhibit: Exhibitor) -> Self:
        """Parse those of ``entries`` that are asked for, each on its own."""
        asked = [entry for entry in entries if entry.key in _READ]
        values, findings = [], []
        for entry in asked[:_ENTRIES]:
            try:
                values.append((entry, entry.value()))
            except SubjectError as error:
                words = f"the key {entry.key} on line {entry.line} of the model card was not read: it {error}"
                findings.append(Finding("card-key-not-read", words))
        if len(asked) > _ENTRIES:
            words = f"the front matter of the model card has {len(asked):,} keys, of which {_ENTRIES} were read"
            findings.append(Finding("card-key-not-read", words))
        return cls(tuple(values), exhibit, tuple(findings))

    def texts(self, *keys: str) -> Iterator[tuple[Entry, str]]:
        """The values of ``keys`` that are text, one by one where they are lists."""
        for entry, value in self.values:
            for each in (value if isinstance(value, list) else [value])[:_EACH] if entry.key in keys else ():
                if words := line(each):
                    yield entry, words

    def at(self, entry: Entry) -> Exhibit:
        """The exhibit of an entry: its very lines."""
        return self.exhibit(entry.key, entry.words)


def card_facts(text: str, exhibit: Exhibitor, *, adapter: bool = False, quantized: bool = False) -> ModelFacts:
    """Read a model card.

    Args:
        text: the whole card, Markdown with YAML at its head.
        exhibit: makes the exhibit of words at a place of it.
        adapter: the card is known to be that of an adapter.
        quantized: the card is known to be that of quantized weights.
    """
    head = split_card(text)
    body = head.body[:READ_CHARACTERS]
    card = _Card.read(head.entries, exhibit)
    signs = {sign.lower() for _, sign in card.texts("tags", "library_name")}
    sentences = permission_sentences(body, head.body_line)
    licenses = (*_declared(card), *_linked(body, head.body_line, exhibit), *_labeled(sentences, exhibit))
    named = tuple(claim for claim in licenses if not _ADDRESS.match(claim.license))
    told = (words for _, words in card.texts(*_AUTHOR_KEYS))
    titles = (words for _, words in card.texts("model_name"))
    return ModelFacts(
        origin=Origin.CARD,
        title=next(titles, None),
        author=next(told, None),
        licenses=tuple({claim.license.casefold(): claim for claim in reversed(named or licenses)}.values())[::-1],
        sentences=(
            *_prompted(card),
            *(exhibit(f"line {sentence.line}", sentence.words) for sentence in sentences),
        ),
        parents=tuple(_parents(card, signs, adapter=adapter, quantized=quantized)),
        findings=(*card.findings, *_oddities(card), *_cut_off(head.body)),
    )


def _declared(card: _Card) -> Iterator[LicenseClaim]:
    """The licenses of the front matter. ``other`` names none, and a file beside the card speaks for itself."""
    tagged = ((entry, tag.partition(":")) for entry, tag in card.texts("tags"))
    named = ((entry, name) for entry, (kind, _, name) in tagged if kind.lower() == "license")
    for entry, words in (*card.texts(*_LICENSE_KEYS), *named):
        beside = entry.key == "license_link" and not _ADDRESS.match(words)
        if words and words.lower() not in _NAMES_NONE and not beside:
            yield LicenseClaim(license=words, exhibit=card.at(entry))


def _linked(body: str, first_line: int, exhibit: Exhibitor) -> Iterator[LicenseClaim]:
    """The licenses that the body links to, by the words of the link or, where those say nothing, by its address."""
    for link in links(body, first_line):
        says = not _SAYS_NOTHING.fullmatch(link.words) and not _ADDRESS.match(link.words)
        if _LICENSE_ADDRESS.search(link.target) or (_LABELED.fullmatch(link.before) and says):
            named = link.words if says else link.target
            yield LicenseClaim(license=named, exhibit=exhibit(f"line {link.line}", f"[{link.words}]({link.target})"))


def _labeled(sentences: Sequence[Sentence], exhibit: Exhibitor) -> Iterator[LicenseClaim]:
    """The licenses that stand after a label, as in ``License: MIT``."""
    for sentence in sentences:
        found = _LABEL.fullmatch(sentence.words)
        named = found["named"].strip(" .*|") if found else ""
        if named and named.lower() not in _NAMES_NONE and len(named.split()) <= _NAME_WORDS:
            yield LicenseClaim(license=named, exhibit=exhibit(f"line {sentence.line}", sentence.words))


def _prompted(card: _Card) -> Iterator[Exhibit]:
    for entry, value in card.values:
        for words in _strings(value) if entry.key in _PROMPTS else ():
            for sentence in permission_sentences(words):
                yield card.exhibit(entry.key, sentence.words)


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML is any value
    """The texts in a value, keys included: the boxes to tick before a download are keys."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value


def _parents(card: _Card, signs: set[str], *, adapter: bool, quantized: bool) -> Iterator[Parent]:
    declared = next((words.lower() for _, words in card.texts("base_model_relation")), "")
    bases = list(card.texts("base_model"))
    relation = _RELATIONS.get(declared) or _inferred(signs, len(bases), adapter=adapter, quantized=quantized)
    seen = set()
    tagged = (
        (entry, name, _RELATIONS.get(stated.lower(), relation))
        for entry, tag in card.texts("tags")
        if tag.lower().startswith("base_model:")
        for _, stated, name in [("", *tag[len("base_model:") :].rpartition(":")[::2])]
    )
    for entry, name, how in (*((entry, name, relation) for entry, name in bases), *tagged):
        if name not in seen:
            seen.add(name)
            yield _parent(card, entry, name, how)
    for entry, name in card.texts("datasets"):
        yield _parent(card, entry, name, Relation.TRAINED_ON)


def _inferred(signs: set[str], bases: int, *, adapter: bool, quantized: bool) -> Relation:
    """What a card that does not say so most likely took from its base, as the hub infers it."""
    if adapter or signs & _ADAPTER_SIGNS:
        return Relation.ADAPTER_OF
    if bases > 1 or signs & _MERGE_SIGNS:
        return Relation.MERGE
    return Relation.QUANTIZE if quantized or signs & _QUANTIZED_SIGNS else Relation.FINETUNE


def _parent(card: _Card, entry: Entry, name: str, relation: Relation) -> Parent:
    return Parent(
        id=None, name=hub_id(name) or name, relation=relation, certainty=Certainty.CLAIMED, exhibit=card.at(entry)
    )


def _oddities(card: _Card) -> Iterator[Finding]:
    for key, times in Counter(entry.key for entry, _ in card.values).items():
        if times > 1:
            words = f"the front matter of the model card has the key {key} {times} times: programs may read any of them"
            yield Finding("card-key-repeated", words)
    if not tuple(_declared(card)) and any(words.lower() in _NAMES_NONE for _, words in card.texts(*_LICENSE_KEYS)):
        words = "the model card says that the license is another than the usual ones, but not which"
        yield Finding("license-not-named", words)
    for _, name in card.texts("new_version"):
        yield Finding("newer-version", f"the model card names {name} as a newer version of the model")


def _cut_off(body: str) -> Iterator[Finding]:
    if len(body) > READ_CHARACTERS:
        words = f"the model card goes on after the {READ_CHARACTERS:,} characters that were read; read the rest"
        yield Finding("card-not-read-whole", words)
