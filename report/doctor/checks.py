"""What a store has of the contract, what it lacks, and what it bends: read only, and told run by run.

A batch is judged by the runs that the report would tell it from: the latest finished ones.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from batch_zero import formats
from batch_zero.text import capitalized, shortened
from lifecycle.experiment import Experiment
from lifecycle.gate import Decision, settle
from lifecycle.records import BatchRecord, DriftRecord, GateRecord, History, ProductionModel
from metrics.scores import Scores
from mlflow_io import contract, names
from mlflow_io.artifacts.results import load_drift_columns, load_roc
from mlflow_io.contract import Entry, Sort, When
from mlflow_io.errors import ArtifactMissing, ArtifactUnreadable, TrackingError
from mlflow_io.history import decision_of, history_and_production
from mlflow_io.run_kinds import batch_of
from mlflow_io.stores.base import NO_DATA, RunData
from mlflow_io.stores.open import open_store
from report.story import sentences
from report.story.chapter import Chapter, has_other_words, whether_trained
from report.story.findings import Weight
from report.story.story import Story, tell

CLOSE = 1e-6
"""What two ways of rounding a score may differ by."""


class Status(StrEnum):
    """How a run stands to an entry; one word for each, wherever it is told."""

    HAS = "has"
    LACKS = "lacks"
    ODD = "not understood"
    BENDS = "non-standard"
    UNSEEN = "out of reach"


@dataclass(frozen=True)
class Point:
    """An entry of the contract in one run. note: why it bends or is out of reach, or what comes of its lack; of_many:
    the same where it is said of several entries. What is not understood is told by a notice of its batch.
    """

    entry: Entry
    status: Status
    note: str = ""
    of_many: str = ""

    @property
    def lacks(self) -> bool:
        """What a report would be told better with."""
        return self.status is Status.LACKS and (self.entry.needed or self.entry.read)


@dataclass(frozen=True)
class RunCheck:
    """kind: "drift" or "gate"."""

    kind: str
    batch: int
    run_id: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Diagnosis:
    """needed: what keeps a report from being told. missing: what it would be told better with. odd: what is not
    understood. bent: what differs from the contract, and is handled. unseen: what could not be looked at. Each is a
    sentence.
    """

    experiment: Experiment
    history: History
    model: ProductionModel | None
    runs: tuple[RunCheck, ...]
    needed: tuple[str, ...]
    missing: tuple[str, ...]
    odd: tuple[str, ...]
    bent: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether a report can be told."""
        return not self.needed

    def numbers(self, kind: str) -> list[int]:
        """Of the batches that have a finished run of the kind."""
        return [check.batch for check in self.runs if check.kind == kind]


def examine(uri: str, experiment: Experiment) -> Diagnosis:
    """Raises TrackingError where the store cannot be read."""
    with open_store(uri) as source:
        found, model, facts = history_and_production(source, experiment.names)
    runs = tuple(check for record in found.batches for check in _checks(record, facts, uri, experiment))
    return diagnose(found, model, runs, experiment)


def _checks(record: BatchRecord, facts: Mapping[str, RunData], uri: str, experiment: Experiment) -> Iterator[RunCheck]:
    if record.drift is not None and record.drift.run is not None:
        run_id = record.drift.run.run_id
        yield _check_drift(record.drift, run_id, facts.get(run_id, NO_DATA), uri, experiment)
    if record.gate is not None and record.gate.run is not None:
        run_id = record.gate.run.run_id
        yield _check_gate(record.gate, run_id, facts.get(run_id, NO_DATA), uri, experiment)


def _check_drift(drift: DriftRecord, run_id: str, facts: RunData, uri: str, experiment: Experiment) -> RunCheck:
    bends = _bends_of_drift(drift, facts, experiment) | _batch_number(drift.batch, facts)
    places = {When.ALWAYS, When.NOT_TOLD if drift.too_few_rows else When.TOLD}
    if drift.batch > 0:
        places.add(When.LATER)
    impossible = _impossible(drift)
    points = _points(contract.DRIFT, places, facts, bends | impossible, uri, run_id)
    return RunCheck("drift", drift.batch, run_id, _told_apart(impossible, points))


def _check_gate(gate: GateRecord, run_id: str, facts: RunData, uri: str, experiment: Experiment) -> RunCheck:
    trained = whether_trained(settle(gate, experiment.gate).decision, gate)
    bends = _bends_of_gate(gate, facts, experiment, trained) | _batch_number(gate.batch, facts)
    places = {When.ALWAYS}
    if gate.batch > 0 and trained is not None:
        places.add(When.TRAINED if trained else When.NOT_TRAINED)
    impossible = _impossible(gate)
    odd = {*impossible, *([names.DECISION] if has_other_words(gate) else [])}
    points = _points(contract.gate(experiment.scores), places, facts, bends | impossible, uri, run_id)
    return RunCheck("gate", gate.batch, run_id, _told_apart(odd, points))


def _told_apart(odd: Collection[str], points: Iterable[Point]) -> tuple[Point, ...]:
    """odd: keys of the entries that are not understood; what else bends is handled."""
    return tuple(
        replace(point, status=Status.ODD) if point.status is Status.BENDS and point.entry.key in odd else point
        for point in points
    )


def _points(
    entries: Collection[Entry],
    places: Collection[When],
    facts: RunData,
    bends: Mapping[str, str],
    uri: str,
    run_id: str,
) -> tuple[Point, ...]:
    """What is neither read nor a plain value, such as Evidently's page, is not looked at."""
    looked_at = (entry for entry in entries if entry.sort is not Sort.ARTIFACT or entry.key in LOADERS)
    wanted = (entry for entry in looked_at if (entry.when in places and not entry.optional) or entry.key in bends)
    return tuple(_point(entry, facts, bends, uri, run_id) for entry in wanted)


def _point(entry: Entry, facts: RunData, bends: Mapping[str, str], uri: str, run_id: str) -> Point:
    if entry.key in facts.unread:
        return Point(entry, Status.UNSEEN, "cannot be read")
    if entry.key in bends:
        return Point(entry, Status.BENDS, bends[entry.key])
    if entry.sort is Sort.ARTIFACT:
        return _artifact(entry, uri, run_id)
    if entry.sort is Sort.METRIC:
        value = facts.metrics.get(entry.key, math.nan)
        there = math.isfinite(value)
    else:
        there = bool((facts.params if entry.sort is Sort.PARAM else facts.tags).get(entry.key, "").strip())
    if there:
        return Point(entry, Status.HAS)
    before = _elsewhere(entry, facts)
    return Point(entry, Status.LACKS, *(f"{before}{text}" for text in (entry.without, entry.without_all) if text))


def _elsewhere(entry: Entry, facts: RunData) -> str:
    """What is there under the name instead."""
    places = {Sort.PARAM: facts.params, Sort.METRIC: facts.metrics, Sort.TAG: facts.tags}
    found = [sort for sort, there in places.items() if sort is not entry.sort and entry.key in there]
    return f"there is a {found[0]} of that name; " if found else ""


LOADERS: Mapping[str, Callable[[str, str], object]] = {
    names.DRIFT_COLUMNS: load_drift_columns,
    names.ROC_PRODUCTION: lambda uri, run_id: load_roc(uri, run_id, candidate=False),
    names.ROC_CANDIDATE: lambda uri, run_id: load_roc(uri, run_id, candidate=True),
}


def _artifact(entry: Entry, uri: str, run_id: str) -> Point:
    """By reading it, as the report will."""
    try:
        LOADERS[entry.key](uri, run_id)
    except ArtifactMissing:
        return Point(entry, Status.LACKS, entry.without)
    except ArtifactUnreadable as error:
        return Point(entry, Status.BENDS, f"cannot be used: {str(error).removeprefix(f'{entry.key}: ')}")
    except TrackingError as error:
        return Point(entry, Status.UNSEEN, str(error).removeprefix(f"{entry.key} "))
    return Point(entry, Status.HAS)


def _batch_number(batch: int, facts: RunData) -> dict[str, str]:
    written = batch_of(facts)
    if names.BATCH_NUMBER not in facts.params:
        return {names.BATCH_NUMBER: "given as a tag"}
    return {} if written == str(batch) else {names.BATCH_NUMBER: f"written {written!r}"}


def _impossible(half: DriftRecord | GateRecord) -> dict[str, str]:
    """What the notices tell of; for the table, by entry."""
    return {
        key: f"{shortened(value.stored)!r} is {sentences.IMPOSSIBLE[value.valid][0]} {value.span}".rstrip()
        for value in half.impossible
        for key in value.key.split(" of ")
    }


def _bends_of_drift(drift: DriftRecord, facts: RunData, experiment: Experiment) -> dict[str, str]:
    judged, verdict = drift.judged_by(experiment.drift.threshold), facts.metrics.get(names.DATASET_DRIFT)
    if judged.detected is not None and verdict in {0.0, 1.0} and judged.detected != bool(verdict):
        return {names.DATASET_DRIFT: "another verdict than share and threshold give; the report goes by those"}
    return {}


def _bends_of_gate(gate: GateRecord, facts: RunData, experiment: Experiment, trained: bool | None) -> dict[str, str]:
    bends = {}
    if facts.tags.get(names.QUALITY_GATE) is None:
        bends[names.QUALITY_GATE] = "lacking; the run is known by its scores"
    bends |= _decision(gate, facts, experiment)
    if gate.batch > 0 and not trained:
        bends |= _not_shown(gate)
    for score in experiment.scores.compared:
        gain = score.gain((gate.candidate or Scores()).get(score.name), gate.production.get(score.name))
        note_of = facts.metrics.get(key := names.improvement(score.name))
        if note_of is not None and gain is not None and not abs(note_of - gain) < CLOSE:
            bends[key] = "another difference than the scores have; the report goes by those"
    return bends


def _not_shown(gate: GateRecord) -> dict[str, str]:
    """Scores in the place of a new model's, where no new model is told. Production's own, copied there, are the
    contract's way to say that there is none."""
    others = (name for name, new in (gate.candidate or Scores()).items() if new != gate.production.get(name))
    return {names.candidate_score(name): "not shown; no new model is told" for name in others}


def _decision(gate: GateRecord, facts: RunData, experiment: Experiment) -> dict[str, str]:
    verdict, stored = settle(gate, experiment.gate), decision_of(facts)
    if verdict.inferred and verdict.decision is not Decision.BASELINE:
        return {names.DECISION: f"lacking; inferred: {verdict.decision or 'it cannot be told'}"}
    if verdict.decision is None and gate.odd_decision is None:
        return {}  # something of the run cannot be read, which is said of it
    if gate.odd_decision is not None and verdict.decision is None:
        return {
            names.DECISION: f"{shortened(gate.odd_decision)!r}, which is none of ours; what was decided is not known"
        }
    if gate.batch == 0 and (stored is None or stored.upper() != Decision.BASELINE):
        got = repr(shortened(stored)) if stored is not None else "lacking"
        return {names.DECISION: f"{got}; batch 0 is the baseline"}
    if not facts.tags.get(names.DECISION, "").strip():
        return {names.DECISION: "given as a param"}
    if verdict.today is not None and not verdict.explained:
        return {names.DECISION: f"{verdict.decision}, which is not what today's gate makes of the scores"}
    return {}


def diagnose(
    found: History, model: ProductionModel | None, runs: tuple[RunCheck, ...], experiment: Experiment
) -> Diagnosis:
    """By the findings of the very story that the report would tell."""
    story = tell(found, model, experiment)

    def note_of(weight: Weight) -> Iterator[str]:
        return (capitalized(finding.sentence) for finding in story.findings if finding.weight is weight)

    return Diagnosis(
        experiment,
        found,
        model,
        runs,
        needed=tuple(note_of(Weight.NEEDED)),
        missing=(*note_of(Weight.MISSING), *_grouped(runs, lambda point: point.lacks)),
        odd=(*note_of(Weight.ODD), *_noticed(story, odd=True)),
        bent=(
            *note_of(Weight.BENT),
            *_bent(model),
            *_noticed(story, odd=False),
            *_grouped(runs, lambda point: point.status is Status.BENDS),
        ),
        unseen=(*note_of(Weight.UNSEEN), *_grouped(runs, lambda point: point.status is Status.UNSEEN)),
    )


def _bent(model: ProductionModel | None) -> Iterator[str]:
    if model is not None and model.alias is None:
        yield f"Version {model.version} of {model.name} is in production by its stage, not by an alias"


def _noticed(story: Story, *, odd: bool) -> Iterator[str]:
    """The notices of single batches, those of what is not understood or the others; one sentence for all batches of
    which the same is said."""
    groups: dict[str, list[int]] = {}
    for chapter in story.chapters:
        for notice in (*chapter.notices, *chapter.told):
            if (notice in chapter.not_understood) is not odd or notice in _said_by_entries(chapter):
                continue
            groups.setdefault(notice, []).append(chapter.batch)
    yield from (f"{_batches(numbers)}: {notice}" for notice, numbers in groups.items())


def _said_by_entries(chapter: Chapter) -> Iterator[str]:
    """Notices of what is lacking, which the entries of the contract tell more of."""
    yield sentences.INFERRED
    if chapter.drift is not None and chapter.drift.threshold is not None:
        yield sentences.todays_threshold(chapter.drift.threshold)


def _grouped(runs: tuple[RunCheck, ...], wanted: Callable[[Point], bool]) -> Iterator[str]:
    """One sentence for all batches of which the same is to be said."""
    groups: dict[tuple[str, str], list[int]] = {}
    for check in runs:
        for note_of in _notes_of(point for point in check.points if wanted(point)):
            groups.setdefault((check.kind, note_of), []).append(check.batch)
    for (kind, note_of), numbers in groups.items():
        yield f"{_batches(numbers)}, {sentences.RUN_OF[kind]}, {note_of}"


def _notes_of(points: Iterable[Point]) -> list[str]:
    """One for all entries of which the same is to be said."""
    groups: dict[tuple[Status, str], list[Point]] = {}
    for point in points:
        groups.setdefault((point.status, point.note), []).append(point)
    return [_note_of(group) for group in groups.values()]


def _note_of(points: Sequence[Point]) -> str:
    first = points[0]
    note = (first.of_many if len(points) > 1 else "") or first.note
    lacking = "lacking; " if first.status is Status.LACKS else ""
    return f"{formats.listed([point.entry.key for point in points])}: {lacking}{note}"


def _batches(numbers: list[int]) -> str:
    return f"{'Batch' if len(numbers) == 1 else 'Batches'} {formats.ranges(numbers)}"
