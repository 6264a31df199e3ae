"""One JSON object per file, as the public contract names the keys (``docs/json.md``)."""

from typing import Any

import msgspec

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.models.account import Ancestor, ModelAccount, origin_of
from usufruct.models.identity import Hash
from usufruct.models.record import Permissions
from usufruct.pictures.recipe import Ingredient
from usufruct.reports.account import Clearance, ComponentAnswer, Inspection
from usufruct.reports.change import facts_words
from usufruct.reports.law import notes_on
from usufruct.verdicts.change import Change, Contact
from usufruct.verdicts.verdict import ConductLimit, DueDuty, OpenCondition, Reason, Verdict

Object = dict[str, Any]


def line(value: Object) -> str:
    """``value`` as one line of JSON; bytes of a file name that are no text become question marks."""
    return msgspec.json.encode(_clean(value)).decode()


def inspection_object(inspection: Inspection) -> Object:
    """What ``usufruct inspect --json`` prints for one file."""
    recipe = inspection.reading.recipe if inspection.reading else None
    value: Object = {
        "path": str(inspection.path),
        "kind": inspection.kind,
        "tool": {"name": recipe.tool.name, "version": recipe.tool.version} if recipe and recipe.tool else None,
        "models": [_ingredient(model) for model in recipe.models] if recipe else [],
        "not_used": [
            {"kind": each.kind.value, "name": each.name, "reason": each.reason}
            for each in (recipe.not_used if recipe else ())
        ],
        "ai_declared": bool(recipe and recipe.ai_declared),
        "depends_on": list(recipe.depends_on) if recipe else [],
        "findings": _findings(inspection.findings),
    }
    if inspection.account:
        value["identity"] = _identity(inspection.account)
    if inspection.error:
        value["error"] = str(inspection.error)
    return value


def clearance_object(clearance: Clearance) -> Object:
    """What ``usufruct check --json`` prints for one file."""
    value: Object = {
        "path": str(clearance.inspection.path),
        "use": clearance.question.use.value,
        "verdict": clearance.answer.value,
        "certainty": clearance.certainty.value if clearance.certainty else None,
        **verdict_object(clearance.verdict),
        "claims": [],
        "components": [_component(each) for each in clearance.components],
        "changes": [change_object(each) for each in clearance.changes],
        "contacts": [_contact(each) for each in clearance.contacts],
        "notes": _notes(clearance),
    }
    value["findings"] = _findings(clearance.inspection.findings) + value["findings"]
    if clearance.inspection.error:
        value["error"] = str(clearance.inspection.error)
    return value


def change_object(change: Change) -> Object:
    """What would change an answer: facts given or a model left out, and the answer that was found with it."""
    if change.facts:
        return {"with": dict(change.facts), "verdict": change.answer.value, "words": facts_words(change)}
    names = list(change.without)
    return {"without": names[0] if len(names) == 1 else names, "verdict": change.answer.value}


def verdict_object(verdict: Verdict | None) -> Object:
    """Reasons, duties, conditions, restrictions and findings of an answer."""
    return {
        "reasons": [_reason(each) for each in (verdict.reasons if verdict else ())],
        "duties": [_duty(each) for each in (verdict.duties if verdict else ())],
        "conditions": [_condition(each) for each in (verdict.conditions if verdict else ())],
        "restrictions": [_restriction(each) for each in (verdict.restrictions if verdict else ())],
        "findings": _findings(verdict.findings if verdict else ()),
    }


def _ingredient(model: Ingredient) -> Object:
    value: Object = {
        "kind": model.kind.value,
        "name": model.name,
        "hashes": [_hash(each) for each in model.hashes],
        "used": model.used.value,
        "where": model.where,
    }
    if model.weight is not None:
        value["weight"] = model.weight
    return value


def told_object(asked: str, account: ModelAccount | None, error: str) -> Object:
    """What ``usufruct models index|list|show|fetch --json`` prints for one model.

    Args:
        asked: a name as the person put it, or the path of a file that was found.
        account: what is known of it; None gives null for all but its name.
        error: why that is nothing, or not all.
    """
    value: Object = {
        "asked": asked,
        "path": str(account.file.path) if account and account.file else None,
        "name": account.name if account else asked,
        "kind": account.kind.value if account else None,
        "identity": _identity(account) if account else None,
        "findings": _findings(account.findings if account else ()),
    }
    return value | {"error": error} if error else value


def descent_object(asked: str, root: Ancestor | None, error: str) -> Object:
    """What ``usufruct models tree --json`` prints for one model; ``root`` None: nothing is known of it."""
    value = {"asked": asked, **ancestor_object(root or Ancestor(name=asked))}
    return value | {"error": error} if error else value


def ancestor_object(ancestor: Ancestor) -> Object:
    """A model with its ancestors inside; ``parents`` null: not known."""
    return {
        "name": ancestor.name,
        "id": ancestor.id,
        "relation": ancestor.relation.value if ancestor.relation else None,
        "certainty": ancestor.certainty.value if ancestor.certainty else None,
        "exhibit": _exhibit(ancestor.exhibit) if ancestor.exhibit else None,
        "licenses": [{"license": claim.license, **_exhibit(claim.exhibit)} for claim in ancestor.licenses],
        "parents": None if ancestor.parents is None else [ancestor_object(parent) for parent in ancestor.parents],
        "again": ancestor.again,
    }


def _identity(account: ModelAccount) -> Object:
    """What the model is and what is said of it; hashes are those computed here, if it lies here."""
    file = account.file
    said = [(origin_of(source).value, source) for source in account.sources]
    return {
        "kind": account.kind.value,
        "format": file.format if file else None,
        "title": next((source.title for source in account.facts if source.title), None),
        "size": file.identity.size if file else None,
        "sha256": file.identity.sha256 if file else None,
        "sha256_body": file.identity.sha256_body if file else None,
        "hashes": [_hash(each) for each in file.identity.hashes()] if file else [],
        "family": file.family if file else None,
        "architecture": next((source.architecture for source in account.sources if source.architecture), None),
        "identified": {
            "certainty": account.known.certainty.value,
            "models": [
                {"id": record.id, "name": record.name, "repository": record.repository, **_exhibit(record.exhibit)}
                for record in account.records
            ],
        }
        if account.records and account.known.certainty
        else None,
        "claimed": [
            {
                "origin": source.origin.value,
                "hashes": [_hash(each) for each in source.claimed],
                "repository": source.repository,
                "revision": source.revision,
            }
            for source in account.facts
            if source.claimed or source.repository
        ],
        "lineage": [
            {
                "name": parent.name,
                "relation": parent.relation.value,
                "certainty": parent.certainty.value,
                "origin": origin,
            }
            | {"where": parent.exhibit.place, "source": parent.exhibit.source}
            for origin, source in said
            for parent in source.parents or ()
        ],
        "licenses": [
            {"license": claim.license, "origin": origin, **_exhibit(claim.exhibit), "where": claim.exhibit.place}
            for origin, source in said
            for claim in source.licenses
        ],
        "sentences": [_exhibit(sentence) for sentence in account.sentences],
        "permissions": [_permissions(each) for each in account.permissions],
    }


def _permissions(flags: Permissions) -> Object:
    """Named as Civitai names them; null: the source has no such flag, which permits nothing."""
    return {
        "allowCommercialUse": None if flags.commercial is None else sorted(flags.commercial),
        "allowNoCredit": flags.no_credit,
        "allowDerivatives": flags.derivatives,
        "allowDifferentLicense": flags.different_license,
        **_exhibit(flags.exhibit),
    }


def _exhibit(exhibit: Exhibit) -> Object:
    return {
        "source": exhibit.source,
        "place": exhibit.place,
        "words": exhibit.words,
        "digest": exhibit.digest,
        "seen": exhibit.seen.isoformat(),
    }


def _hash(known: Hash) -> Object:
    return {"scheme": known.scheme.value, "value": known.value}


def _component(component: ComponentAnswer) -> Object:
    known = component.identified
    return {
        "kind": component.kind.value,
        "name": component.name,
        "used": component.used.value if component.used else None,
        "identified": {"model": known.model, "certainty": known.certainty.value} if known else None,
        "licenses": list(component.licenses),
        "verdict": component.verdict.answer.value,
    }


def _notes(clearance: Clearance) -> list[Object]:
    """Facts of law, and what the file shows of a human's part; never part of the answer."""
    notes = notes_on(clearance)
    value: list[Object] = [
        {
            "about": fact.about,
            "place": place,
            "text": fact.text,
            "source": fact.source,
            "date": fact.date,
            "since": fact.since,
            "read": fact.read,
            "as_of": fact.as_of,
        }
        for place, fact in notes.facts
    ]
    if notes.contribution:
        path = str(clearance.inspection.path)
        value.append({"about": "contribution", "place": None, "text": notes.contribution, "source": path})
    return value


def _contact(contact: Contact) -> Object:
    return {"address": contact.address, "model": contact.model, **_exhibit(contact.exhibit)}


def _reason(reason: Reason) -> Object:
    return {
        "model": reason.model,
        "path": list(reason.path),
        "license": reason.license or None,
        "section": reason.exhibit.place,
        "quote": reason.exhibit.words,
        "verbatim": reason.verbatim,
        "effect": reason.effect,
        "source": reason.exhibit.source,
        "digest": reason.exhibit.digest,
    }


def _duty(duty: DueDuty) -> Object:
    return {
        "duty": duty.duty.value,
        "text": duty.text,
        "string": duty.string,
        "trigger": duty.trigger.value,
        "strength": duty.strength.value,
        "because": {
            "model": duty.model,
            "license": duty.license,
            "section": duty.exhibit.place,
            "quote": duty.exhibit.words,
        },
    }


def _condition(condition: OpenCondition) -> Object:
    because = {
        "model": condition.model,
        "license": condition.license,
        "section": condition.exhibit.place,
        "quote": condition.exhibit.words,
    }
    return {"fact": condition.fact, "question": condition.question, "because": because}


def _restriction(limit: ConductLimit) -> Object:
    return {
        "restriction": limit.restriction.value,
        "text": limit.text,
        "license": limit.license,
        "section": limit.exhibit.place,
        "quote": limit.exhibit.words,
    }


def _findings(findings: tuple[Finding, ...]) -> list[Object]:
    return [{"code": each.code, "message": each.message} for each in findings]


def _clean(value: Any) -> Any:  # noqa: ANN401 - JSON is any value
    """``value`` with lone surrogates (undecodable bytes of file names) replaced, so that it is valid UTF-8."""
    match value:
        case str():
            return value.encode(errors="replace").decode() if not value.isascii() else value
        case dict():
            return {key: _clean(each) for key, each in value.items()}
        case list():
            return [_clean(each) for each in value]
        case _:
            return value
