"""What is to be said of a history as a whole: one list, from which the report takes its notices and the doctor its
diagnosis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from batch_zero import formats
from batch_zero.text import shortened
from lifecycle.experiment import Experiment
from lifecycle.records import History, ProductionModel, Survey
from mlflow_io import names
from report.story.chapter import Chapter


class Weight(StrEnum):
    """NEEDED: no report can be told. MISSING: it would tell more with it. BENT: it copes. UNSEEN: it goes without."""

    NEEDED = "needed"
    MISSING = "missing"
    BENT = "bent"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Finding:
    weight: Weight
    sentence: str


def of_history(history: History, chapters: Sequence[Chapter]) -> Iterator[Finding]:
    """All but the registered model."""
    if history.note:
        yield Finding(Weight.BENT, history.note)
    lacking = Weight.MISSING if chapters else Weight.NEEDED
    yield from (Finding(lacking, sentence) for sentence in _experiments(history))
    if chapters:
        yield from _about_the_sequence(chapters)
    else:
        yield from (Finding(Weight.NEEDED, sentence) for sentence in _no_batch(history))
    for batch, runs in history.unfinished:
        states = formats.listed(sorted({run.status for run in runs}))
        attempts = formats.counted(len(runs), "attempt")
        yield Finding(Weight.BENT, f"batch {batch} has no finished run yet ({attempts}: {states})")
    if history.odd_batch_numbers:
        odd = formats.sample([f"“{text}”" for text in history.odd_batch_numbers])
        yield Finding(Weight.BENT, f"runs with a batch number that is no whole number were left out: {odd}")
    for run in history.ahead:
        yield Finding(
            Weight.BENT,
            f"the clock of run {run.run_id} was ahead: it claims to start on {formats.moment(run.start_time)}, and "
            "counts as the latest of its batch until then",
        )
    if history.unreadable:
        what = formats.sample([shortened(text, 200) for text in history.unreadable])
        yield Finding(Weight.UNSEEN, f"left out, because it cannot be read: {what}")


def of_model(model: ProductionModel | None, experiment: Experiment) -> Iterator[Finding]:
    if model is None:
        sentence = f"no version of the registered model {experiment.names.model} is in production"
        yield Finding(Weight.MISSING, sentence)


def _experiments(history: History) -> Iterator[str]:
    yield from (f"the store has no experiment called {name}" for name in history.missing_experiments)
    if history.present_experiments:
        surveys = {survey.experiment: survey for survey in history.surveys}
        there = [_counted(name, surveys.get(name)) for name in history.present_experiments]
        yield f"its experiments are {formats.sample(there, 8)}"


def _counted(name: str, survey: Survey | None) -> str:
    return f"{name} ({_runs(survey)})" if survey else name


def _runs(survey: Survey) -> str:
    more = "" if survey.complete else "more than "
    if survey.finished or not survey.others:
        return f"{more}{formats.counted(survey.finished, 'finished run')}"
    return f"{more}{formats.counted(survey.others, 'run')}, none finished"


def _no_batch(history: History) -> Iterator[str]:
    """Why there is none: what the runs that are there do not say, and what they say instead."""
    found = [survey for survey in history.surveys if survey.finished]
    if history.unfinished or not found:
        yield "no batch has a finished run"
    for survey in found:
        yield f"experiment {survey.experiment}: {_runs(survey)}; {_numbered(survey)}; {_logged(survey)}"


def _numbered(survey: Survey) -> str:
    if not survey.numbered:
        return f"none has a param or tag {names.BATCH_NUMBER}"
    scores = formats.listed([names.PRODUCTION_SCORES["auc"], names.CANDIDATE_SCORES["auc"]])
    return (
        f"{survey.numbered:,} with a param or tag {names.BATCH_NUMBER}, but none that holds a whole number is a drift "
        f"run (metric {names.DRIFT_SHARE}) or a gate run (tag {names.QUALITY_GATE}, or metrics {scores})"
    )


def _logged(survey: Survey) -> str:
    parts = [
        f"{what} {formats.sample([shortened(key) for key in keys], 8)}"
        for what, keys in (("params", survey.params), ("metrics", survey.metrics), ("tags", survey.tags))
        if keys
    ]
    return f"they log {', '.join(parts)}" if parts else "they log no params and no metrics"


def _about_the_sequence(chapters: Sequence[Chapter]) -> Iterator[Finding]:
    numbers = [found.batch for found in chapters]
    present, last = set(numbers), numbers[-1]
    absent = [number for number in range(1, last) if number not in present] if last < 100_000 else []
    if not chapters[0].is_baseline:
        yield Finding(Weight.MISSING, "there is no baseline: run python -m baseline to capture Batch 0")
    if absent:
        word, verb = ("batch", "is") if len(absent) == 1 else ("batches", "are")
        yield Finding(Weight.MISSING, f"{word} {formats.ranges(absent)} {verb} missing from the sequence")
    elif last >= 100_000:
        yield Finding(Weight.BENT, f"the batch numbers leave gaps; the last one is {last}")
