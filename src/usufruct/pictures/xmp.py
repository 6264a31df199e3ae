"""XMP: the properties in a packet of RDF/XML, as layers that dialects read like any others.

After the XMP specification, part 1 (ISO 16684-1), section 7 and annex C. A property may stand as an attribute or as an
element, its value may be a text, a URI or a list of texts (``Alt``, ``Bag``, ``Seq``). Structures are passed over: they
hold editing history. A prefix means what the packet declares it to mean; one that it forgot to declare means what it
usually does. Document types, and with them all entities, are refused.
"""

from collections.abc import Mapping, Sequence
from xml.parsers import expat

from usufruct.errors import Finding, Malformed, OverLimit, SubjectError
from usufruct.pictures.layer import Layer

PACKETS = 8
"""Most packets of one file that are read."""

ELEMENTS = 50_000
"""Most elements of one packet; Photoshop's longest histories have some thousands."""

ATTRIBUTES = 50_000
"""Most equals signs of one packet: they bound the attributes of an element, all of which are in memory at once."""

DEPTH = 100
"""Deepest nesting of elements; XMP itself needs ten."""

PREFIXES = 200
"""Most prefixes that are declared at one place."""

PROPERTIES = 1_000
"""Most properties of one packet."""

NAME = 100
"""Most characters of a property's name."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PREFIXES = {
    _RDF: "rdf",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
}
"""Namespaces and the prefixes that their own specifications use."""

_TECHNICAL = frozenset({"rdf", "xml", "tiff", "exif", "aux", "exifEX", "crs", "xmpMM"})
"""Prefixes of camera settings and editing history: hundreds of numbers, and no recipe but in two texts."""

_TEXTS = frozenset({"exif:UserComment", "tiff:ImageDescription"})

_DECLARES = "xmlns"
_LISTS = frozenset({"rdf:Alt", "rdf:Bag", "rdf:Seq"})
_NODE, _PROPERTY, _LIST, _ITEM = 1, 2, 3, 4
"""Levels of elements in ``rdf:RDF``."""


def is_packet(layer: Layer) -> bool:
    """Whether ``layer`` is XMP, under whatever key it lies."""
    text = layer.text
    return text is not None and (layer.key == "XMP" or (text.lstrip("\ufeff \t\r\n")[:1] == "<" and _RDF in text))


def unpack(packets: Sequence[Layer]) -> tuple[list[Layer], list[Finding]]:
    """The properties in ``packets`` as layers such as ``XMP:dc:description``, and what is wrong with packets.

    The items of a list are layers of their own under the same key. What stands before a fault is kept.
    """
    properties: list[Layer] = []
    findings: list[Finding] = []
    for packet in packets[:PACKETS]:
        reader = _Reader()
        try:
            reader.read((packet.text or "").strip("\ufeff\0 \t\r\n"))
        except SubjectError as fault:
            code = "xmp-over-limit" if isinstance(fault, OverLimit) else "xmp-malformed"
            findings.append(Finding(code, f"the XMP in {packet.key} {fault}"))
        properties += (Layer(key, text.encode("utf-8", "replace"), text) for key, text in reader.found)
    return properties, findings


class _Reader:
    """Reads one packet; what it has found so far is in ``found``, as keys and texts, each pair once."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], None] = {}
        self._scopes: list[Mapping[str, str]] = [{}]  # of each open element: URI by prefix
        self._path: list[str] = []  # names of the open elements
        self._root = 0  # how many elements are open with rdf:RDF; 0 outside of it
        self._whole = False
        self._elements = 0
        self._text: list[str] = []
        self._items: list[str] = []

    def read(self, packet: str) -> None:
        """Read ``packet``.

        Raises:
            Malformed: not XML, or with a document type.
            OverLimit: more than one of this module's limits.
        """
        if "<!DOCTYPE" in packet:
            message = "declares a document type, which XMP never does; it is left out"
            raise Malformed(message)
        if packet.count("=") > ATTRIBUTES:
            message = f"has more than {ATTRIBUTES:,} attributes; it is left out"
            raise OverLimit(message)
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(packet.encode("utf-8", "replace"), True)  # noqa: FBT003 - takes no keyword
        except expat.ExpatError as error:
            if not self._whole:
                message = f"is damaged ({error}); what stands before is read"
                raise Malformed(message) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        declared = {name[len(_DECLARES) + 1 :]: uri for name, uri in attributes.items() if name.startswith(_DECLARES)}
        self._elements += 1
        if self._elements > ELEMENTS or len(self._path) >= DEPTH or len(self._scopes[-1]) + len(declared) > PREFIXES:
            message = f"has more than {ELEMENTS:,} elements, {DEPTH} levels or {PREFIXES} prefixes; the rest is unread"
            raise OverLimit(message)
        self._scopes.append({**self._scopes[-1], **declared} if declared else self._scopes[-1])
        name = self._name(tag)
        level = self._level()
        self._path.append(name)
        self._text.clear()
        if name == "rdf:RDF" and not self._root:
            self._root = len(self._path)
        elif level == _NODE:
            for attribute, value in attributes.items():
                if not attribute.startswith(_DECLARES):
                    self._keep(self._name(attribute), value)
        elif level == _PROPERTY:
            resources = (value for attribute, value in attributes.items() if self._name(attribute) == "rdf:resource")
            self._items = list(resources)

    def _end(self, _tag: str) -> None:
        name = self._path.pop()
        self._scopes.pop()
        text = "".join(self._text)
        self._text.clear()
        level = self._level()
        if level == _PROPERTY:
            for item in self._items or [text]:
                self._keep(name, item)
        elif level in (_LIST, _ITEM) and (name == "rdf:value" or (name == "rdf:li" and self._path[-1] in _LISTS)):
            self._items.append(text)
        if len(self._path) < self._root:
            self._root, self._whole = 0, True

    def _level(self) -> int:
        """How deep in ``rdf:RDF`` an element is that opens or has closed here; 0 outside of it."""
        return len(self._path) - self._root + 1 if self._root else 0

    def _name(self, name: str) -> str:
        """``name`` with the usual prefix of its namespace."""
        prefix, _, local = name.rpartition(":")
        prefix = _PREFIXES.get(self._scopes[-1].get(prefix, ""), prefix)
        return f"{prefix}:{local}" if prefix else local

    def _keep(self, name: str, value: str) -> None:
        text = value.strip()
        if not text or len(name) > NAME or (name.partition(":")[0] in _TECHNICAL and name not in _TEXTS):
            return
        if len(self.found) >= PROPERTIES:
            message = f"has more than {PROPERTIES:,} properties; the rest is unread"
            raise OverLimit(message)
        self.found[f"XMP:{name}", text] = None
