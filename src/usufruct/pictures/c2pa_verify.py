"""Whether C2PA manifests are whole, who signed them, whether that is confirmed, and whether it was in time.

These are four questions with four findings: a picture may be altered under a good signature, and a signature of
nobody known may be whole. They are put to the C2PA project's own library, ``c2pa-python``, which is optional
(``pip install usufruct[c2pa]``). It is told to stay off the network: no manifest, certificate status or identity is
fetched. No list of trusted signers is at hand either, so that no signer is confirmed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from usufruct.bounds import open_regular, parse_json
from usufruct.errors import Finding, SubjectError
from usufruct.pictures.dialects.c2pa import NOT_VERIFIED
from usufruct.pictures.recipe import Recipe

TEXT = 200
"""Most characters shown of a name in a certificate, and of what the library says."""

_OFFLINE = {
    "verify": {"ocsp_fetch": False, "remote_manifest_fetch": False},
    "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
}
_CONTENT = re.compile(r"assertion\.(?:data|bmff|boxes)Hash\.match")
_LATE = "claimSignature.outsideValidity"


def verified(recipe: Recipe, path: Path) -> Recipe:
    """The recipe of the file at ``path`` with what ``verify`` finds, if manifests were read for it."""
    if NOT_VERIFIED not in recipe.findings:
        return recipe
    others = (finding for finding in recipe.findings if finding != NOT_VERIFIED)
    return replace(recipe, findings=(*others, *verify(path)))


def verify(path: Path) -> tuple[Finding, ...]:
    """Verify the manifests of the file at ``path``.

    Returns:
        ``c2pa-intact``, ``c2pa-altered`` or ``c2pa-integrity-unknown``; ``c2pa-invalid``, if so; ``c2pa-signer``;
        ``c2pa-trusted`` or ``c2pa-untrusted``; ``c2pa-in-time`` or ``c2pa-expired``. Or ``c2pa-not-verified`` alone,
        with the reason.
    """
    if find_spec("c2pa") is None:
        return (_not_verified("install usufruct[c2pa] to find out"),)
    library = import_module("c2pa")  # here, since it is optional and takes long to load
    try:
        with (
            open_regular(path) as file,
            library.Context.from_dict(_OFFLINE) as context,
            library.Reader(file, context=context) as reader,
        ):
            report = parse_json(reader.json(), "what c2pa-python says of it")
    except (library.C2paError, SubjectError) as error:
        return (_not_verified(f"c2pa-python could not: {str(error)[:TEXT]}"),)
    return tuple(findings(report))


def _not_verified(reason: str) -> Finding:
    return replace(NOT_VERIFIED, message=f"{NOT_VERIFIED.message}; {reason}")


def findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what a report of the library says of the manifest that is the file's own, as ``verify`` returns it."""
    results = report.get("validation_results", {}).get("activeManifest", {})
    passed, failed = ([entry["code"] for entry in results.get(key, ())] for key in ("success", "failure"))
    signer = [code for code in failed if code.startswith("signingCredential.")]
    altered = [code for code in failed if code.endswith((".mismatch", ".missing"))]
    if altered:
        yield Finding("c2pa-altered", f"was altered after it was signed ({', '.join(altered)})")
    elif "claimSignature.validated" in passed and any(map(_CONTENT.fullmatch, passed)):
        yield Finding("c2pa-intact", "is as it was signed, and so are its C2PA manifests")
    else:
        yield Finding("c2pa-integrity-unknown", "nothing shows whether it was altered after it was signed")
    if broken := [code for code in failed if code not in (*signer, *altered, _LATE)]:
        yield Finding("c2pa-invalid", f"its C2PA manifests break the rules of C2PA ({', '.join(broken)})")
    signature = report.get("manifests", {}).get(report.get("active_manifest"), {}).get("signature_info") or {}
    if names := [str(signature[key])[:TEXT] for key in ("issuer", "common_name") if signature.get(key)]:
        on = f" on {signature['time']}" if signature.get("time") else ""
        yield Finding("c2pa-signer", f"says that it was signed by {', '.join(names)}{on}")
    if "signingCredential.trusted" in passed:
        yield Finding("c2pa-trusted", "its signer is on a list of trusted signers")
    else:
        yield Finding("c2pa-untrusted", f"nobody confirms who signed it ({', '.join(signer) or 'no trusted signer'})")
    if {"signingCredential.expired", _LATE}.isdisjoint(failed):
        yield Finding("c2pa-in-time", "nothing shows that it was signed after the signer's certificate had expired")
    else:
        message = "the signer's certificate has expired, and no trusted time stamp shows that it was used before"
        yield Finding("c2pa-expired", message)
