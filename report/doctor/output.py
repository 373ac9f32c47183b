"""A diagnosis in words, for a terminal, and as data."""

from collections.abc import Iterator
from typing import Any

from batch_zero import formats
from batch_zero.text import as_json, one_line
from lifecycle.records import ProductionModel
from mlflow_io import contract
from mlflow_io.contract import Entry
from report.doctor.checks import Diagnosis, Point, Status
from report.story.sentences import RUN_OF

KINDS = ("drift", "gate")
OPTIONAL = "without what is optional"
"""Said beside every list of entries."""


def to_text(diagnosis: Diagnosis, store: str) -> str:
    return "\n".join(map(one_line, _lines(diagnosis, store))) + "\n"


def _lines(diagnosis: Diagnosis, store: str) -> Iterator[str]:
    yield f"{diagnosis.experiment.title}, in {store}"
    yield verdict(diagnosis)
    yield ""
    yield from there(diagnosis)
    for title, sentences in findings(diagnosis):
        yield from ("", f"{title}:", *(f"- {sentence}" for sentence in sentences))
    for kind in KINDS:
        if diagnosis.numbers(kind):
            yield from ("", f"What the latest {RUN_OF[kind]} of each batch has, {OPTIONAL}:", *_table(diagnosis, kind))


def findings(diagnosis: Diagnosis) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(heading, sentences), the gravest first; without headings of which nothing is found."""
    for title, sentences in (
        ("Needed", diagnosis.needed),
        ("Lacking: the report would tell more with", diagnosis.missing),
        ("Not understood", diagnosis.odd),
        ("Non-standard, but handled", diagnosis.bent),
        ("Out of reach", diagnosis.unseen),
    ):
        if sentences:
            yield title, sentences


def verdict(diagnosis: Diagnosis) -> str:
    """Whether a report can be told, in a sentence."""
    if diagnosis.needed:
        return "No report can be told: something that it needs is lacking."
    if diagnosis.unseen:
        return "A report can be told, but not everything could be looked at."
    return "A report can be told."


def there(diagnosis: Diagnosis) -> Iterator[str]:
    """A sentence for each experiment, and for the model in production, that the store has."""
    names = diagnosis.experiment.names
    for kind, name in (("drift", names.drift_experiment), ("gate", names.gate_experiment)):
        if name not in diagnosis.history.missing_experiments:
            numbers = diagnosis.numbers(kind)
            batches = formats.counted(len(numbers), "batch", "batches")
            which = f" ({formats.ranges(numbers)})" if numbers else ""
            yield f"Experiment {name}: {RUN_OF[kind]}s of {batches}{which}"
    if (model := diagnosis.model) is not None:
        yield f"Registered model {model.name}: version {model.version} is in production, by its {by(model)}"


def by(model: ProductionModel) -> str:
    """By what a model is known to be in production: "alias champion"."""
    return f"alias {model.alias}" if model.alias is not None else f"stage {model.stage}"


def _table(diagnosis: Diagnosis, kind: str) -> Iterator[str]:
    """One line an entry: which batches have it, lack it, bend it."""
    width = max(len(_name(entry)) for entry in _entries(diagnosis, kind))
    for name, batches in entries(diagnosis, kind):
        shares = "; ".join(f"{status} {numbers}" for status, numbers in batches.items())
        yield f"  {name.ljust(width)}  {shares}"


def entries(diagnosis: Diagnosis, kind: str) -> Iterator[tuple[str, dict[Status, str]]]:
    """(name of an entry of the contract, its batches by how they stand to it), for all that was looked at."""
    for entry in _entries(diagnosis, kind):
        if batches := dict(_shares(diagnosis, kind, entry)):
            yield _name(entry), batches


def _entries(diagnosis: Diagnosis, kind: str) -> tuple[Entry, ...]:
    return contract.DRIFT if kind == "drift" else contract.gate(diagnosis.experiment.scores)


def _name(entry: Entry) -> str:
    return f"{entry.sort} {entry.key}"


def _shares(diagnosis: Diagnosis, kind: str, entry: Entry) -> Iterator[tuple[Status, str]]:
    for status in Status:
        numbers = [
            check.batch
            for check in diagnosis.runs
            for point in check.points
            if check.kind == kind and point.entry is entry and point.status is status
        ]
        if numbers:
            yield status, formats.ranges(numbers)


def to_json(diagnosis: Diagnosis, store: str) -> str:
    return as_json(_data(diagnosis, store)) + "\n"


def _data(diagnosis: Diagnosis, store: str) -> dict[str, Any]:
    model = diagnosis.model
    return {
        "title": diagnosis.experiment.title,
        "store": store,
        "healthy": diagnosis.healthy,
        "missing_experiments": list(diagnosis.history.missing_experiments),
        "model": None
        if model is None
        else {"name": model.name, "version": model.version, "alias": model.alias, "stage": model.stage},
        "batches": {kind: diagnosis.numbers(kind) for kind in KINDS},
        "runs": [
            {
                "kind": check.kind,
                "batch": check.batch,
                "run_id": check.run_id,
                "has": [_name(point.entry) for point in _of(check.points, Status.HAS)],
                "lacks": _notes(check.points, Status.LACKS),
                "bends": _notes(check.points, Status.BENDS, Status.ODD),
                "unseen": _notes(check.points, Status.UNSEEN),
            }
            for check in diagnosis.runs
        ],
        "needed": [one_line(sentence) for sentence in diagnosis.needed],
        "missing": [one_line(sentence) for sentence in diagnosis.missing],
        "not_understood": [one_line(sentence) for sentence in diagnosis.odd],
        "bent": [one_line(sentence) for sentence in diagnosis.bent],
        "unseen": [one_line(sentence) for sentence in diagnosis.unseen],
    }


def _notes(points: tuple[Point, ...], *statuses: Status) -> dict[str, str]:
    return {_name(point.entry): one_line(point.note) for point in _of(points, *statuses)}


def _of(points: tuple[Point, ...], *statuses: Status) -> list[Point]:
    return [point for point in points if point.status in statuses]
