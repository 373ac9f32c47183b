"""Records -> the story that every face of the report tells. No queries, no thresholds, no drawing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lifecycle.beginning import captured_after, deployments, scored_late, seen_by
from lifecycle.experiment import Experiment
from lifecycle.gate import settle
from lifecycle.records import BatchRecord, GateRecord, History, ProductionModel
from report import chapter, formats
from report.chapter import Chapter
from report.summary import Summary, summarized


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

    @property
    def model_is_known(self) -> bool | None:
        """Whether the model in production is the one of the last batch that deployed one, else the baseline's. None
        where the runs or the registry do not say which it is."""
        return _is_known(self.model, self.chapters)


def tell(history: History, model: ProductionModel | None, experiment: Experiment) -> Story:
    chapters = tuple(_chapters(history, experiment))
    return Story(
        title=experiment.title,
        description=experiment.description,
        drift_threshold=experiment.drift.threshold,
        model=model,
        chapters=chapters,
        summary=summarized(chapters),
        notices=tuple(_notices(history, chapters, model, experiment)),
        experiment=experiment,
    )


def _chapters(history: History, experiment: Experiment) -> Iterator[Chapter]:
    gates = [record.gate for record in history.batches if record.gate is not None]
    deployed = [gate for gate in deployments(gates, experiment.gate) if settle(gate, experiment.gate).decision]
    for record in history.batches:
        yield chapter.told(record, experiment, *_late(record, deployed))


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


def _notices(
    history: History, chapters: Sequence[Chapter], model: ProductionModel | None, experiment: Experiment
) -> Iterator[str]:
    if history.note:
        yield history.note
    yield from (f"the store has no experiment called {name}" for name in history.missing_experiments)
    if history.present_experiments:
        yield f"its experiments are {formats.listed(history.present_experiments)}"
    if chapters:
        yield from _about_the_sequence(chapters)
    for batch, runs in history.unfinished:
        states = formats.listed(sorted({run.status for run in runs}))
        yield f"batch {batch} has no finished run yet ({formats.counted(len(runs), 'attempt')}: {states})"
    if history.odd_batch_numbers:
        odd = _sample(history.odd_batch_numbers)
        yield f"runs with a batch number that is no whole number were left out: {odd}"
    for run in history.ahead:
        yield (
            f"the clock of run {run.run_id} was ahead: it claims to start on {formats.moment(run.start_time)}, and "
            "counts as the latest of its batch until then"
        )
    if chapters and model is None:
        yield f"no version of the registered model {experiment.names.model} is in production"
    last = _last_deployed(chapters)
    if last is not None and _is_known(model, chapters) is False:
        yield f"the model in production now is not the one of batch {last.batch}, and no later batch deployed one"


def _about_the_sequence(chapters: Sequence[Chapter]) -> Iterator[str]:
    numbers = [found.batch for found in chapters]
    present, last = set(numbers), numbers[-1]
    absent = [number for number in range(1, last) if number not in present] if last < 100_000 else []
    if not chapters[0].is_baseline:
        yield "there is no baseline: run python -m baseline to capture Batch 0"
    if absent:
        word, verb = ("batch", "is") if len(absent) == 1 else ("batches", "are")
        yield f"{word} {formats.ranges(absent)} {verb} missing from the sequence"
    elif last >= 100_000:
        yield f"the batch numbers leave gaps; the last one is {last}"


def _sample(texts: Sequence[str], limit: int = 5) -> str:
    shown = formats.listed([f"“{text}”" for text in texts[:limit]])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit} more"
