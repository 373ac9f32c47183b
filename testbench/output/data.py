"""A test as plain data: what ``--json`` writes, the API answers, and a session keeps."""

from collections.abc import Mapping
from typing import Any

from sandbox.description import Description
from testbench import chosen
from testbench.checks.claims import remarks
from testbench.files.report import FileReport
from testbench.given import NOTHING, Given, rows_sha256
from testbench.output import words
from testbench.output.meanings import meaning
from testbench.policy.verdict import Judged, Verdict
from testbench.run import TestReport


def to_data(report: TestReport, verdict: Verdict | None, given: Given = NOTHING) -> dict[str, Any]:
    """JSON types only; numbers that are not finite are None. faults: what does not work and why. cautions:
    what a reader has to know before the numbers."""
    data: dict[str, Any] = finite(
        {
            "model": report.name,
            "file": seen(report.file),
            "description": described(report.model),
            "rows": report.rows,
            "synthetic": report.synthetic,
            "seed": report.settings.seed,
            "seconds": round(report.seconds, 2),
            "works": report.works,
            "faults": words.faults(report.findings),
            "assumed": list(report.assumed),
            "cautions": words.cautions(report.findings, report.assumed),
            "not_confined": list(report.unconfined),
            "measures": {one.name: {**one.as_dict(), "meaning": meaning(one)} for one in report.measures},
            "findings": [finding.as_dict() for finding in report.findings],
            "verdict": _verdict(verdict),
            "settings": chosen.to_data(report.settings),
            "data_sha256": rows_sha256(report.data),
            "given": given.as_dict(),
        }
    )
    return data


def summary(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of what ``to_data`` gives, without tables, names and columns: what came of each check, and every number."""
    kept = (
        "model", "rows", "synthetic", "seed", "seconds", "works", "measures", "verdict", "not_confined", "faults",
        "cautions",
    )  # fmt: skip
    return {
        **{name: data[name] for name in kept},
        "sha256": data["file"]["sha256"],
        "class": data["description"]["model_class"],
        "file": data["file"]["sentences"],
        "findings": [
            {name: finding[name] for name in ("check", "state", "sentence", "notes")} for finding in data["findings"]
        ],
    }


def seen(file: FileReport) -> dict[str, Any]:
    """JSON types only: what was seen before it was opened, in sentences too."""
    return {**file.as_dict(), "sentences": file.sentences()}


def described(model: Description) -> dict[str, Any]:
    """What it says of itself."""
    return {
        "model_class": model.model_class,
        "kind": model.kind,
        "task": model.task,
        "library": model.library,
        "versions": model.versions,
        "saved_with": model.saved_with,
        "features": list(model.features) if model.features is not None else None,
        "classes": list(model.classes) if model.classes is not None else None,
        "remarks": list(remarks(model)),
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "passed": verdict.passed,
        "sentence": verdict.sentence,
        "limits": [_limit(judged) for judged in verdict.judged],
    }


def _limit(judged: Judged) -> dict[str, Any]:
    return {
        "measure": judged.measure,
        "limit": judged.limit,
        "outcome": str(judged.outcome),
        "sentence": judged.sentence,
        "rows_needed": judged.rows,
    }


def finite(value: Any) -> Any:
    """JSON types only, and None for a number that is not finite."""
    match value:
        case dict():
            return {str(key): finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [finite(inner) for inner in value]
        case bool() | int() | str() | None:
            return value
        case float():
            return value if value - value == 0 else None
        case _:
            return str(value)
