"""Records -> the story that every face of the report tells. No queries, no thresholds, no drawing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lifecycle.experiment import Experiment
from lifecycle.gate import Decision, Verdict, settle
from lifecycle.records import BatchRecord, DriftRecord, GateRecord, History, ProductionModel, RunRef
from metrics.scores import Scores, change
from report import formats, words


@dataclass(frozen=True)
class Runs:
    """finished, superseded: of the quality gate, or of the drift check where no gate has finished; None where they are
    not counted yet.
    newer_unfinished: attempts of either kind that are newer than the run that counts."""

    finished: int | None
    superseded: int | None
    newer_unfinished: tuple[RunRef, ...]


@dataclass(frozen=True)
class Chapter:
    """One batch as it is told. ``candidate`` is None where no model was trained, whatever the run stored."""

    batch: int
    verdict: Verdict
    drift: DriftRecord | None
    gate: GateRecord | None
    candidate: Scores | None
    runs: Runs
    notices: tuple[str, ...]
    mark: words.Mark
    sentence: str
    drift_line: str

    @property
    def decision(self) -> Decision | None:
        return self.verdict.decision

    @property
    def retrained(self) -> bool:
        return self.decision is not None and self.decision.trained

    @property
    def deployed(self) -> bool:
        return self.decision is not None and self.decision.deployed

    def gain(self, name: str) -> float | None:
        """Candidate minus production, of one score."""
        if self.gate is None or self.candidate is None:
            return None
        return change(getattr(self.candidate, name), getattr(self.gate.production, name))

    @property
    def behind(self) -> tuple[tuple[str, RunRef], ...]:
        """The runs that the chapter is told from, and those left out though they are newer, each with a name."""
        counted = (
            ("Drift check", self.drift.run if self.drift is not None else None),
            ("Quality gate", self.gate.run if self.gate is not None else None),
        )
        newer = [(f"Newer attempt, {run.status}", run) for run in self.runs.newer_unfinished]
        return (*((name, run) for name, run in counted if run is not None), *newer)

    @property
    def accounting(self) -> str:
        """Run 18 of 18 · 1 newer attempt did not finish"""
        newer = len(self.runs.newer_unfinished)
        finished = self.runs.finished
        told = "The latest run" if finished is None else f"Run {finished:,} of {finished:,}"
        return told + (f" · {formats.counted(newer, 'newer attempt')} did not finish" if newer else "")

    @property
    def superseded(self) -> str:
        """17 older finished runs superseded by the latest"""
        if self.runs.superseded is None:
            return "The older runs are being counted"
        return f"{formats.counted(self.runs.superseded, 'older finished run')} superseded by the latest"

    @property
    def row(self) -> tuple[str, ...]:
        """Its line in the metrics table, in the order of ``words.TABLE_COLUMNS``."""
        retrained = formats.UNKNOWN if self.batch == 0 or self.decision is None else "Yes" if self.retrained else "No"
        share = formats.share(self.drift.share) if self.drift is not None else formats.UNKNOWN
        production = self.gate.production if self.gate is not None else Scores()
        return (
            str(self.batch),
            share,
            retrained,
            self.decision or formats.UNKNOWN,
            *words.scores(production),
            *words.scores(self.candidate or Scores()),
        )


@dataclass(frozen=True)
class Summary:
    """Counts as the design defines them; the AUCs are None where they are not known."""

    batches_processed: int
    drift_detected: int
    retraining_events: int
    deployed: int
    models_trained: int
    starting_auc: float | None
    ending_auc: float | None
    in_production_since: int | None
    takeaway: str
    gains: str


@dataclass(frozen=True)
class Story:
    """drift_threshold: the one in force today; each chapter carries the one it was judged by."""

    title: str
    description: str
    drift_threshold: float
    model: ProductionModel | None
    chapters: tuple[Chapter, ...]
    summary: Summary
    notices: tuple[str, ...]
    experiment: Experiment


def tell(history: History, model: ProductionModel | None, experiment: Experiment) -> Story:
    chapters = tuple(_chapter(record, experiment) for record in history.batches)
    return Story(
        title=experiment.title,
        description=experiment.description,
        drift_threshold=experiment.drift.threshold,
        model=model,
        chapters=chapters,
        summary=_summary(chapters),
        notices=tuple(_story_notices(history, chapters, model, experiment)),
        experiment=experiment,
    )


def _chapter(record: BatchRecord, experiment: Experiment) -> Chapter:
    drift = record.drift.judged_by(experiment.drift.threshold) if record.drift is not None else None
    verdict = settle(record.gate, experiment.gate) if record.gate is not None else Verdict(None, inferred=False)
    decision = verdict.decision
    candidate = record.gate.candidate if record.gate is not None and decision is not None and decision.trained else None
    gate = replace(record.gate, candidate=candidate) if record.gate is not None else None
    return Chapter(
        batch=record.batch,
        verdict=verdict,
        drift=drift,
        gate=gate,
        candidate=candidate,
        runs=_runs(record),
        notices=tuple(_notices(record, drift, verdict, candidate)),
        mark=words.mark(decision, drift),
        sentence=words.sentence(record.batch, verdict, drift, gate),
        drift_line=words.drift_line(drift),
    )


def _runs(record: BatchRecord) -> Runs:
    counted = record.gate_attempts if record.gate is not None else record.drift_attempts
    newer = {
        run.run_id: run for run in (*record.gate_attempts.newer_unfinished, *record.drift_attempts.newer_unfinished)
    }
    return Runs(counted.finished, counted.superseded, tuple(newer.values()))


def _notices(
    record: BatchRecord, drift: DriftRecord | None, verdict: Verdict, candidate: Scores | None
) -> Sequence[str]:
    """What a careful reader should know about this batch's runs."""
    found = [words.newer_attempt(run) for run in _runs(record).newer_unfinished]
    gate, decision = record.gate, verdict.decision
    if gate is not None and verdict.inferred and decision not in {None, Decision.BASELINE}:
        found.append("the run stored no decision; this one is worked out by today's gate")
    if record.drift is not None and record.drift.threshold is None and record.batch > 0:
        found.append(f"the drift run stored no threshold; today's, {_threshold(drift)}, is used")
    if gate is None:
        found.append("there is a drift run but no finished quality gate run for this batch")
    elif record.drift is None and record.batch > 0:
        found.append("there is a quality gate run but no finished drift run for this batch")
    elif record.batch > 0 and _older(gate, record.drift):
        found.append(
            "the quality gate run is older than the drift run: the decision was made on an earlier drift check"
        )
    if decision is not None and decision.trained and candidate is None:
        found.append("the run stored no scores of the new model")
    if decision is Decision.SKIP_NO_DRIFT and drift is not None and drift.detected:
        found.append("the drift check found drift, but the quality gate run says that there was none")
    return found


def _threshold(drift: DriftRecord | None) -> str:
    return formats.threshold(drift.threshold if drift is not None else None)


def _older(gate: GateRecord, drift: DriftRecord | None) -> bool:
    if drift is None or gate.run is None or drift.run is None:
        return False
    return gate.run.start_time < drift.run.start_time


def _summary(chapters: Sequence[Chapter]) -> Summary:
    drifted = sum(chapter.drift is not None and chapter.drift.detected is True for chapter in chapters)
    retrained = sum(chapter.retrained for chapter in chapters)
    deployed = [chapter.batch for chapter in chapters if chapter.deployed]
    baseline = next((chapter for chapter in chapters if chapter.batch == 0), None)
    starting = baseline.gate.production.auc if baseline is not None and baseline.gate is not None else None
    ending = _ending_auc(chapters)
    return Summary(
        batches_processed=len(chapters),
        drift_detected=drifted,
        retraining_events=retrained,
        deployed=len(deployed),
        models_trained=retrained + (baseline is not None),
        starting_auc=starting,
        ending_auc=ending,
        in_production_since=deployed[-1] if deployed else (0 if baseline is not None else None),
        takeaway=_takeaway(chapters, drifted, retrained, len(deployed), starting, ending),
        gains=_gains(chapters),
    )


def _ending_auc(chapters: Sequence[Chapter]) -> float | None:
    """Of the model in production after the last batch that was gated."""
    gated = [chapter for chapter in chapters if chapter.gate is not None]
    if not gated or gated[-1].gate is None:
        return None
    last = gated[-1]
    if last.deployed:
        return last.candidate.auc if last.candidate is not None else None
    return gated[-1].gate.production.auc


def _takeaway(
    chapters: Sequence[Chapter],
    drifted: int,
    retrained: int,
    deployed: int,
    starting: float | None,
    ending: float | None,
) -> str:
    after = sum(chapter.batch > 0 for chapter in chapters)
    if after == 0:
        return "The baseline is set; no batch has been processed after it yet."
    told = f"The system detected drift in {drifted} of {formats.counted(after, 'batch', 'batches')}"
    told += f" and retrained {formats.times(retrained)}" if retrained else " and never retrained"
    if starting is not None and ending is not None:
        first, last = formats.score(starting), formats.score(ending)
        moved = "improving AUC" if ending > starting else "with AUC going"
        told += f", {moved} from {first} to {last}" if first != last else f", with AUC at {first} before and after"
    return f"{told}. {_deployments(retrained, deployed)}".rstrip()


def _deployments(retrained: int, deployed: int) -> str:
    if retrained == 0:
        return ""
    if retrained == 1:
        return f"The new model was {'' if deployed else 'not '}deployed."
    if deployed in {0, retrained}:
        return f"{'Every' if deployed else 'No'} new model was deployed."
    return f"{deployed} of the {retrained} new models {'was' if deployed == 1 else 'were'} deployed."


def _gains(chapters: Sequence[Chapter]) -> str:
    """What retraining brought on the same rows, where it is known; empty where nothing was retrained."""
    gains = [gain for chapter in chapters if (gain := chapter.gain("auc")) is not None]
    if not gains:
        return ""
    mean = formats.change(sum(gains) / len(gains))
    if len(gains) == 1:
        return f"On the same test rows the new model's AUC differed from production's by {mean}."
    spread = f"from {formats.change(min(gains))} to {formats.change(max(gains))}"
    models = f"the {len(gains)} new models' AUC"
    return f"On the same test rows {models} differed from production's by {mean} on average ({spread})."


def _story_notices(
    history: History, chapters: Sequence[Chapter], model: ProductionModel | None, experiment: Experiment
) -> Sequence[str]:
    found = [history.note] if history.note else []
    found += [f"the store has no experiment called {name}" for name in history.missing_experiments]
    if history.present_experiments:
        found.append(f"its experiments are {formats.listed(history.present_experiments)}")
    if chapters:
        found += _sequence_notices([chapter.batch for chapter in chapters])
    for batch, runs in history.unfinished:
        states = formats.listed(sorted({run.status for run in runs}))
        found.append(f"batch {batch} has no finished run yet ({formats.counted(len(runs), 'attempt')}: {states})")
    if history.odd_batch_numbers:
        found.append(
            f"runs with a batch number that is no whole number were left out: {_sample(history.odd_batch_numbers)}"
        )
    for run in history.ahead:
        found.append(
            f"the clock of run {run.run_id} was ahead: it claims to start on {formats.moment(run.start_time)}, and "
            "counts as the latest of its batch until then"
        )
    if chapters and model is None:
        found.append(f"no version of the registered model {experiment.names.model} is in production")
    if model is not None:
        found += _model_notices(chapters, model)
    return found


def _sequence_notices(numbers: Sequence[int]) -> Sequence[str]:
    present = set(numbers)
    absent = [number for number in range(1, numbers[-1]) if number not in present] if numbers[-1] < 100_000 else []
    found = []
    if 0 not in present:
        found.append("there is no baseline: run python -m baseline to capture Batch 0")
    if absent:
        word, verb = ("batch", "is") if len(absent) == 1 else ("batches", "are")
        found.append(f"{word} {formats.ranges(absent)} {verb} missing from the sequence")
    elif numbers[-1] >= 100_000:
        found.append(f"the batch numbers leave gaps; the last one is {numbers[-1]}")
    return found


def _model_notices(chapters: Sequence[Chapter], model: ProductionModel) -> Sequence[str]:
    trained = [chapter.gate.training_run_id for chapter in chapters if chapter.deployed and chapter.gate is not None]
    if trained and trained[-1] and model.run_id and model.run_id != trained[-1]:
        return ["the model in production now is not the one that this history deployed last"]
    return []


def _sample(texts: Sequence[str], limit: int = 5) -> str:
    shown = formats.listed([f"“{text}”" for text in texts[:limit]])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit} more"
