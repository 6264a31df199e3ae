"""C2PA manifest stores: made by hand box by box, or signed by the C2PA project's own library where it is installed."""

import functools
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest

from tests.pictures.containers.build import box
from usufruct.pictures.layer import Layer

STANDARD = bytes.fromhex("00110010800000AA00389B71")
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "https://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
GRADIENT = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
MISSING = "needs c2pa-python (pip install usufruct[c2pa])"


def superbox(kind: bytes, label: str, *contents: bytes, toggles: int = 3) -> bytes:
    """A JUMBF superbox of one of C2PA's types."""
    return box(b"jumb", box(b"jumd", kind, STANDARD, bytes([toggles]), label.encode(), b"\0"), *contents)


def cbor(label: str, value: object) -> bytes:
    """A claim or an assertion in CBOR."""
    kind = b"c2cl" if label.startswith("c2pa.claim") else b"cbor"
    return superbox(kind, label, box(b"cbor", cbor2.dumps(value)))


def assertion(label: str, value: object) -> bytes:
    """An assertion in JSON, as vendors write their own."""
    return superbox(b"json", label, box(b"json", json.dumps(value).encode()))


def manifest(*assertions: bytes, claim: Mapping[str, object] | None = None, kind: bytes = b"c2ma") -> bytes:
    """A manifest without signature."""
    parts = superbox(b"c2as", "c2pa.assertions", *assertions)
    return superbox(kind, "urn:c2pa:1", parts, cbor("c2pa.claim.v2", claim or {}))


def store(*manifests: bytes) -> Layer:
    """The layer of a manifest store."""
    return Layer("C2PA", superbox(b"c2pa", "c2pa", *manifests))


def actions(*made: Mapping[str, object], label: str = "c2pa.actions.v2", **others: object) -> bytes:
    """The assertion of what was done."""
    return cbor(label, {"actions": list(made), **others})


@functools.cache
def credentials() -> tuple[bytes, bytes]:
    """A certificate chain of nobody known and its key, as PEM."""
    x509 = pytest.importorskip("cryptography.x509", reason=MISSING)
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    pem = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    now = datetime.now(UTC)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def certificate(name: str, key: Any, *, ca: bool) -> bytes:  # noqa: ANN401 - a library that may be missing
        names = [
            x509.Name(
                [
                    x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Nobody"),
                    x509.NameAttribute(x509.NameOID.COMMON_NAME, one),
                ]
            )
            for one in (name, "Root")
        ]
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)  # noqa: FBT003
        builder = (
            x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
            .add_extension(usage, critical=True)
        )
        if not ca:
            purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=False)
        return bytes(builder.sign(root, hashes.SHA256()).public_bytes(pem.Encoding.PEM))

    chain = certificate("Signer", leaf, ca=False) + certificate("Root", root, ca=True)
    key = leaf.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    return chain, bytes(key)


def signed(
    data: bytes,
    mime: str,
    account: Mapping[str, object],
    ingredients: Sequence[tuple[bytes, str, Mapping[str, object]]] = (),
) -> bytes:
    """``data`` with a signed manifest, skipping the test where the library is not installed.

    Args:
        data: the file.
        mime: its media type.
        account: the manifest, in the library's own terms.
        ingredients: files with their media type and what the manifest says of them.
    """
    c2pa = pytest.importorskip("c2pa", reason=MISSING)
    settings = {
        "verify": {"ocsp_fetch": False, "remote_manifest_fetch": False, "verify_after_sign": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    out = io.BytesIO()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", *credentials(), None))
    with c2pa.Context.from_dict(settings) as context, c2pa.Builder(json.dumps(account), context=context) as builder:
        for content, kind, what in ingredients:
            builder.add_ingredient(json.dumps(what), kind, io.BytesIO(content))
        builder.sign(signer, mime, io.BytesIO(data), out)
    return out.getvalue()
