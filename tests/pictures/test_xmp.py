from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.containers.build import jpeg, segment
from tests.pictures.packets import NAMESPACES, RDF, alternative, packet
from tests.shared import SHARED, needs_shared
from usufruct.pictures import xmp
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import read
from usufruct.pictures.reconcile import says_nothing


def layer(text: str, key: str = "XMP") -> Layer:
    return Layer(key, text.encode("utf-8", "replace"), text)


def properties(text: str) -> list[tuple[str, str | None]]:
    found, findings = xmp.unpack([layer(text)])
    assert findings == []
    return [(one.key, one.text) for one in found]


def damage(text: str) -> tuple[list[str | None], list[str]]:
    """What is kept of a broken packet, and the codes of what is told."""
    found, findings = xmp.unpack([layer(text)])
    assert all(finding.message.startswith("the XMP in XMP ") for finding in findings)
    return [one.text for one in found], [finding.code for finding in findings]


@pytest.mark.parametrize(
    "text",
    [
        packet(attributes='dc:title="a &lt;b&gt;&#xA;c"'),
        packet("<dc:title>a &lt;b&gt;\nc</dc:title>"),
        packet("<dc:title><![CDATA[a <b>\nc]]></dc:title>"),
        packet("<dc:title>\n  a &lt;b>\nc\n</dc:title>"),
        packet(alternative("dc:title", "a &lt;b&gt;&#10;c")),
        packet("<dc:title><rdf:Seq><rdf:li>a &lt;b&gt;&#10;c</rdf:li></rdf:Seq></dc:title>"),
        packet("<dc:title><rdf:Bag><rdf:li/><rdf:li>a &lt;b&gt;\nc</rdf:li></rdf:Bag></dc:title>"),
        packet("<dc:title rdf:parseType='Resource'><rdf:value>a &lt;b>\nc</rdf:value><dc:x>y</dc:x></dc:title>"),
        packet("<dc:title><rdf:Description><rdf:value>a &lt;b>\nc</rdf:value></rdf:Description></dc:title>"),
        packet("<any:title>a &lt;b>\nc</any:title>", any=NAMESPACES["dc"]),
        packet("<!-- a comment --><dc:title>a &lt;b><?and so?>\nc</dc:title>"),
        packet("<dc:title>a &lt;b>\nc</dc:title>").partition("?>")[2],
        '<?xml version="1.0" encoding="UTF-8"?>' + packet("<dc:title>a &lt;b>\nc</dc:title>").partition("?>")[2],
        f"<r:RDF xmlns:r='{RDF}'><r:Description dc:title='a &lt;b>&#10;c'/></r:RDF>",
        f"<r:RDF xmlns:r='{RDF}' xmlns='{NAMESPACES['dc']}'><r:D><title>a &lt;b>\nc</title></r:D></r:RDF>",
    ],
    ids=range(15),
)
def test_one_property_in_all_its_forms(text: str) -> None:
    assert properties(text) == [("XMP:dc:title", "a <b>\nc")]


def test_lists_give_a_layer_for_each_item_and_links_are_texts() -> None:
    text = packet(
        "<dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li><rdf:li>one</rdf:li></rdf:Bag></dc:subject>"
        '<Iptc4xmpExt:DigitalSourceType rdf:resource="http://cv.iptc.org/x"/>'
    )
    assert properties(text) == [
        ("XMP:dc:subject", "one"),
        ("XMP:dc:subject", "two"),
        ("XMP:Iptc4xmpExt:DigitalSourceType", "http://cv.iptc.org/x"),
    ]


def test_a_namespace_nobody_knows_keeps_its_prefix() -> None:
    text = packet("<comfy:prompt>{&quot;1&quot;: 2}</comfy:prompt>", comfy="https://github.com/Comfy-Org/ComfyUI")
    assert properties(text) == [("XMP:comfy:prompt", '{"1": 2}')]


@pytest.mark.parametrize(
    "inside",
    [
        "<dc:title><dc:inner>a structure</dc:inner></dc:title>",
        '<dc:title dc:inner="a structure"/>',
        '<dc:title rdf:parseType="Resource"><dc:inner>x</dc:inner></dc:title>',
        "<dc:title><rdf:Seq><rdf:li rdf:parseType='Resource'><dc:x>y</dc:x></rdf:li></rdf:Seq></dc:title>",
        "<dc:title><dc:Seq><rdf:li>in no list</rdf:li></dc:Seq></dc:title>",
        "<dc:title>  \n</dc:title>",
        '<dc:title/><xmpMM:History>edited</xmpMM:History><crs:Exposure2012 rdf:about="x">1</crs:Exposure2012>',
        f"<dc:{'x' * 200}>long name</dc:{'x' * 200}>",
    ],
)
def test_what_is_passed_over(inside: str) -> None:
    assert properties(packet(inside, 'crs:Version="15.0" xmpMM:DocumentID="x" tiff:Make="Nikon"')) == []


def test_camera_fields_in_which_tools_hide_texts() -> None:
    text = packet(alternative("exif:UserComment", "a"), 'tiff:ImageDescription="b" exif:Flash="0"')
    assert properties(text) == [("XMP:tiff:ImageDescription", "b"), ("XMP:exif:UserComment", "a")]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (packet(), True),
        ("\ufeff " + packet().partition("?>")[2], True),
        ("<lora:ink:1> a cat", False),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", False),
        (f"a text about {RDF}", False),
        ("", False),
    ],
)
def test_a_packet_is_told_by_what_it_holds(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert xmp.is_packet(layer(text, "iTXt:XML:com.adobe.xmp")) is is_one
    assert xmp.is_packet(layer(text))
    assert not xmp.is_packet(Layer("XMP", b"\0"))


def test_what_stands_before_a_fault_is_kept() -> None:
    text = packet("<dc:title>a</dc:title><dc:creator>b</dc:creator>")
    assert damage(text[: text.index("</dc:creator>")]) == (["a"], ["xmp-malformed"])
    assert damage(text.replace("</dc:creator>", "&undefined;</dc:creator>")) == (["a"], ["xmp-malformed"])
    assert damage("no XML at all") == ([], ["xmp-malformed"])


@pytest.mark.parametrize("rest", ["</more>", "\0\0", "<second/>", "junk", "</x:xmpmeta>"])
def test_what_follows_the_description_does_not_matter(rest: str) -> None:
    text = packet("<dc:title>a</dc:title>").replace("</x:xmpmeta>", rest)
    assert damage(text) == (["a"], [])


def test_document_types_and_their_entities_are_refused() -> None:
    bomb = "".join(f'<!ENTITY e{at} "&e{at - 1};&e{at - 1};">' for at in range(1, 40))
    text = f'<!DOCTYPE x [<!ENTITY e0 "lol">{bomb}]>' + packet("<dc:title>&e39;</dc:title>")
    assert damage(text) == ([], ["xmp-malformed"])
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + packet("<dc:title>a</dc:title>")
    assert damage(outside) == ([], ["xmp-malformed"])


@pytest.mark.parametrize(
    "inside",
    [
        "<dc:x/>" * (xmp.ELEMENTS + 1),
        "<dc:x>" * (xmp.DEPTH + 1),
        "".join(f"<dc:p{at}>v</dc:p{at}>" for at in range(xmp.PROPERTIES + 1)),
        "<dc:x " + " ".join(f"xmlns:p{at}='u'" for at in range(xmp.PREFIXES)) + "/>",
    ],
    ids=["elements", "depth", "properties", "prefixes"],
)
def test_limits(inside: str) -> None:
    found, codes = damage(packet("<dc:title>a</dc:title>" + inside))
    assert found[0] == "a"
    assert len(found) <= xmp.PROPERTIES
    assert codes == ["xmp-over-limit"]


def test_the_attributes_of_an_element_are_limited() -> None:
    attributes = " ".join(f"dc:a{at}='1'" for at in range(xmp.ATTRIBUTES + 1))
    assert damage(packet(attributes=attributes)) == ([], ["xmp-over-limit"])


def test_number_of_packets_is_limited() -> None:
    packets = [layer(packet(f"<dc:title>{at}</dc:title>")) for at in range(xmp.PACKETS + 1)]
    assert len(xmp.unpack(packets)[0]) == xmp.PACKETS


PIECES = [
    "<",
    ">",
    "</",
    "/>",
    "rdf:RDF",
    "rdf:li",
    "rdf:Bag",
    "dc:x",
    ' xmlns:rdf="',
    RDF,
    '"',
    "&lt;",
    "&#0;",
    "a",
    ":",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=40).map("".join))
@settings(max_examples=300)
def test_any_text_gives_a_value(text: str) -> None:
    for packed in (text, packet(text), packet(attributes=text)):
        found, findings = xmp.unpack([layer(packed)])
        assert all(one.text and one.key.startswith("XMP:") for one in found)
        assert len(findings) <= 1


def jpeg_with(path: Path, text: str) -> Path:
    path.write_bytes(jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + text.encode())))
    return path


def test_a_recipe_inside_a_packet(tmp_path: Path) -> None:
    infotext = "a &lt;b&gt;&#xA;Steps: 20, Sampler: Euler a, Seed: 1, Model: m"
    reading = read(jpeg_with(tmp_path / "a.jpg", packet(alternative("dc:description", infotext))))
    assert [layer.key for layer in reading.layers] == ["XMP", "XMP:dc:description"]
    assert [model.where for model in reading.recipe.models] == ["XMP:dc:description Model"]
    assert (reading.recipe.findings, reading.error) == ((), None)


def test_a_broken_packet_is_a_finding(tmp_path: Path) -> None:
    text = packet("<dc:title>a</dc:title><dc:creator>")
    reading = read(jpeg_with(tmp_path / "a.jpg", text))
    assert reading.error is None
    assert [finding.code for finding in reading.recipe.findings] == ["xmp-malformed"]


def test_a_sidecar_of_a_picture_manager(tmp_path: Path) -> None:
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    sidecar = tmp_path / "a.xmp"
    sidecar.write_text(packet(attributes=f'Iptc4xmpExt:DigitalSourceType="{term}"'), encoding="utf-8")
    alone = read(sidecar)
    assert (alone.kind, alone.recipe.ai_declared) == ("sidecar", True)
    reading = read(jpeg_with(tmp_path / "a.jpg", packet("<xmp:Rating>5</xmp:Rating>")))
    assert reading.recipe.ai_declared
    assert reading.layers[-1].key == "XMP:Iptc4xmpExt:DigitalSourceType"
    sidecar.write_text(packet("<xmp:Rating>5</xmp:Rating>"), encoding="utf-8")
    assert read(sidecar).kind == "other"


EDITED = packet(
    "<photoshop:Credit>Ada Example</photoshop:Credit>"
    "<photoshop:History>Open model.safetensors, Steps: 5, --v 6</photoshop:History>"
    "<xmpMM:History><rdf:Seq><rdf:li xmpMM:action='saved'/></rdf:Seq></xmpMM:History>"
    + alternative("dc:description", "A lighthouse --v 6 at dawn. Model: Ada. Seed Mode: none.")
    + alternative("exif:UserComment", '{"Label": "1", "model": "Nikon Z 8"}'),
    'crs:Version="17.0" crs:HasSettings="True" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/'
    'digitalsourcetype/digitalCapture" tiff:Make="NIKON CORPORATION"',
)


@pytest.mark.parametrize(
    "tool",
    [
        "Adobe Photoshop 26.1 (Macintosh)",
        "Adobe Photoshop Lightroom Classic 14.0",
        "GIMP 2.10",
        "paint.net 5.1",
        "Canva",
    ],
)
def test_editors_are_no_generators(tmp_path: Path, tool: str) -> None:
    text = EDITED.replace("<photoshop:Credit>", f"<xmp:CreatorTool>{tool}</xmp:CreatorTool><photoshop:Credit>")
    reading = read(jpeg_with(tmp_path / "a.jpg", text))
    assert says_nothing(reading.recipe)
    assert (reading.recipe.findings, reading.error) == ((), None)
    assert len(reading.layers) > 5


@needs_shared
def test_a_picture_saved_by_an_editor() -> None:
    path = SHARED / "samples/pictures/mashb1t+Fooocus/sdxl_styles__samples__Abstract_Expressionism.jpg"
    keys = {one.key for one in read(path).layers}
    assert {"XMP:xmp:CreatorTool", "XMP:dc:format"} <= keys
    assert not any(key.startswith("XMP:xmpMM:") for key in keys)
