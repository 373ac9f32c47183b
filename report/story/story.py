"""Records -> the story that every face of the report tells. No queries, no thresholds, no drawing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lifecycle.beginning import captured_after, deployments, scored_late, seen_by
from lifecycle.experiment import Experiment
from lifecycle.gate import settle
from lifecycle.records import BatchRecord, GateRecord, History, ProductionModel
from metrics.kinds import Score
from report.story import chapter, findings, marks
from report.story.chapter import Chapter
from report.story.findings import Finding, Weight
from report.story.marks import Mark
from report.story.summary import Summary, gated, summarized


@dataclass(frozen=True)
class Story:
    """drift_threshold: the one in force today; each chapter carries the one it was judged by. findings: what is said of
    the history as a whole; notices: the same as sentences, and what a page adds. holds_other_runs: as in
    the history."""

    title: str
    description: str
    drift_threshold: float
    model: ProductionModel | None
    chapters: tuple[Chapter, ...]
    summary: Summary
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    experiment: Experiment
    holds_other_runs: bool = False

    @property
    def legend(self) -> tuple[tuple[str, tuple[Mark, ...]], ...]:
        """Of the marks that this history has: (heading, its marks)."""
        return marks.legend(mark for chapter in self.chapters for mark in chapter.outcome)

    @property
    def is_ours(self) -> bool:
        """Whether our own pipeline has a part in it."""
        return any(found.gate is not None and found.gate.is_ours for found in self.chapters)

    @property
    def uses_own_threshold(self) -> bool:
        """Whether today's drift threshold is that of this history, or stands in for one that a run did not store."""
        checks = [found for found in self.chapters if found.batch > 0 and found.drift is not None]
        lent = (found.stored_threshold is None and found.drift and found.drift.threshold for found in checks)
        return self.is_ours or any(lent)

    @property
    def uses_own_rule(self) -> bool:
        """Whether today's gate is that of this history, works out what a run did not store, or is held against it."""
        later = [found.verdict for found in self.chapters if found.batch > 0 and found.decision is not None]
        return self.is_ours or any(verdict.inferred or verdict.reversed_today for verdict in later)

    @property
    def has_shares(self) -> bool:
        return any(found.drift_share is not None for found in self.chapters)

    @property
    def has_scores(self) -> bool:
        """Of the sort that the chart shows."""
        return any(found.production_score is not None or found.candidate_score is not None for found in self.chapters)

    @property
    def table_scores(self) -> tuple[Score, ...]:
        """Those with a column in the table of all numbers: none where no batch has a quality gate run."""
        return self.experiment.scores.shown if gated(self.chapters) else ()

    @property
    def model_is_known(self) -> bool | None:
        """Whether the model in production is the one of the last batch that deployed one, else the baseline's. None
        where the runs or the registry do not say which it is."""
        return _is_known(self.model, self.chapters)


def tell(history: History, model: ProductionModel | None, experiment: Experiment) -> Story:
    chapters = tuple(_chapters(history, experiment))
    found = tuple(_findings(history, chapters, model, experiment))
    return Story(
        title=experiment.title,
        description=experiment.description,
        drift_threshold=experiment.drift.threshold,
        model=model,
        chapters=chapters,
        summary=summarized(chapters),
        findings=found,
        notices=tuple(finding.sentence for finding in found),
        experiment=experiment,
        holds_other_runs=history.holds_other_runs,
    )


def _chapters(history: History, experiment: Experiment) -> Iterator[Chapter]:
    gates = [record.gate for record in history.batches if record.gate is not None]
    deployed = [gate for gate in deployments(gates, experiment.gate) if settle(gate, experiment.gate).decision]
    for record in history.batches:
        yield chapter.chapter_of(record, experiment, *_late(record, deployed))


def _late(record: BatchRecord, deployed: Sequence[GateRecord]) -> tuple[int | None, int | None]:
    if record.gate is None:
        return None, None
    if record.batch == 0:
        return captured_after(record.gate, deployed), None
    return scored_late(record.gate, deployed), seen_by(record.gate, deployed)


def _is_known(model: ProductionModel | None, chapters: Sequence[Chapter]) -> bool | None:
    last = _last_deployed(chapters)
    if model is None or model.run_id is None or last is None or last.training_run_id is None:
        return None
    if model.run_id == last.training_run_id:
        return True
    return None if any(found.undecided for found in chapters if found.batch > last.batch) else False


def _last_deployed(chapters: Sequence[Chapter]) -> Chapter | None:
    """The chapter whose model went into production last; the baseline's is there from the start."""
    return next((found for found in reversed(chapters) if found.deployed or found.is_baseline), None)


def _findings(
    history: History, chapters: Sequence[Chapter], model: ProductionModel | None, experiment: Experiment
) -> Iterator[Finding]:
    yield from findings.of_history(history, chapters, experiment)
    if chapters:
        yield from findings.of_model(model, history, experiment)
    last = _last_deployed(chapters)
    if last is not None and _is_known(model, chapters) is False:
        yield Finding(
            Weight.BENT,
            f"the model in production now is not the one of batch {last.batch}, and no later batch deployed one",
        )
