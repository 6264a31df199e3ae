"""One JSON object per file, as the public contract names the keys (``docs/json.md``)."""

from typing import Any

import msgspec

from usufruct.errors import Finding
from usufruct.models.index import LocalModel
from usufruct.pictures.recipe import Ingredient
from usufruct.reports.account import Clearance, ComponentAnswer, Inspection
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
    if inspection.model:
        value["identity"] = _identity(inspection.model)
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
    }
    value["findings"] = _findings(clearance.inspection.findings) + value["findings"]
    if clearance.inspection.error:
        value["error"] = str(clearance.inspection.error)
    return value


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
        "hashes": [{"scheme": each.scheme.value, "value": each.value} for each in model.hashes],
        "used": model.used.value,
        "where": model.where,
    }
    if model.weight is not None:
        value["weight"] = model.weight
    return value


def _identity(model: LocalModel) -> Object:
    return {
        "kind": model.kind.value,
        "format": model.format,
        "title": model.facts.title,
        "size": model.identity.size,
        "sha256": model.identity.sha256,
        "sha256_body": model.identity.sha256_body,
        "hashes": [{"scheme": each.scheme.value, "value": each.value} for each in model.identity.hashes()],
        "family": model.facts.architecture,
        "lineage": [
            {
                "name": parent.name,
                "relation": parent.relation.value,
                "certainty": parent.certainty.value,
                "where": parent.exhibit.place,
            }
            for parent in model.facts.parents
        ],
        "licenses": [{"license": claim.license, "where": claim.exhibit.place} for claim in model.facts.licenses],
    }


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
