"""What is to be said of a history as a whole: one list, from which the report takes its notices and the doctor its
diagnosis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from batch_zero import formats
from batch_zero.installation import called
from batch_zero.text import alike, by_numbers, shortened
from lifecycle.experiment import Experiment
from lifecycle.records import History, ProductionModel, Survey
from mlflow_io import names
from report.story import surveys
from report.story.chapter import Chapter


class Weight(StrEnum):
    """NEEDED: no report can be told. MISSING: it would tell more with it. ODD: it is not understood. BENT: it copes.
    UNSEEN: it goes without."""

    NEEDED = "needed"
    MISSING = "missing"
    ODD = "odd"
    BENT = "bent"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Finding:
    weight: Weight
    sentence: str


def of_history(history: History, chapters: Sequence[Chapter], experiment: Experiment) -> Iterator[Finding]:
    """All but the registered model."""
    if history.unreadable:  # before all that may come of it
        what = formats.sample([shortened(text, 200) for text in history.unreadable])
        weight = Weight.UNSEEN if chapters else Weight.NEEDED
        yield Finding(weight, f"left out, because it cannot be read: {what}")
    if history.note:
        yield Finding(Weight.BENT, history.note)
    lacking = Weight.MISSING if chapters else Weight.NEEDED
    offered = replace(
        history, surveys=tuple(one for one in history.surveys if one.experiment not in experiment.of_others)
    )
    yield from (Finding(lacking, sentence) for sentence in _missing(history))
    if not chapters and (history.unfinished or not any(survey.finished for survey in history.surveys)):
        yield Finding(Weight.NEEDED, "no batch has a finished run")
    yield from (Finding(lacking, sentence) for sentence in surveys.sentences(offered, experiment.names))
    yield from (Finding(lacking, sentence) for sentence in _present(history, experiment, offered))
    if chapters:
        yield from _about_the_scores(chapters, experiment)
        yield from _about_the_sequence(chapters, experiment)
    for batch, runs in history.unfinished:
        states = formats.listed(sorted({run.status for run in runs}))
        attempts = formats.counted(len(runs), "attempt")
        yield Finding(Weight.BENT, f"batch {batch} has no finished run yet ({attempts}: {states})")
    if history.odd_batch_numbers:
        odd = formats.sample([f"“{text}”" for text in sorted(history.odd_batch_numbers, key=by_numbers)])
        yield Finding(
            Weight.ODD,
            f"runs with a batch number that is {surveys.NO_WHOLE_NUMBER} were left out ({odd}): log a whole number as "
            f"{names.BATCH_NUMBER}",
        )
    for run in history.ahead:
        yield Finding(
            Weight.BENT,
            f"the clock of run {run.run_id} was ahead: it claims to start on {formats.moment(run.start_time)}, and "
            "counts as the latest of its batch until then",
        )


def of_model(model: ProductionModel | None, history: History, experiment: Experiment) -> Iterator[Finding]:
    name = experiment.names.model
    if model is None and name is not None:
        meant = None if name in history.present_models else alike(name, history.present_models)
        sentence = f"no version of the registered model {name} is in production{_or_is_it(meant)}"
        yield Finding(Weight.MISSING, sentence)


def _missing(history: History) -> Iterator[str]:
    """What cannot be read may be the one that is missing."""
    none = "of what can be read, no experiment is" if history.unreadable else "the store has no experiment"
    for name in history.missing_experiments:
        meant = alike(name, history.present_experiments)
        yield f"{none} called {name}{_or_is_it(meant)}"


def _or_is_it(meant: str | None) -> str:
    return f"; did you mean “{shortened(meant, 200)}”?" if meant else ""


def _present(history: History, experiment: Experiment, offered: History) -> Iterator[str]:
    """The experiments that there are, but for those that a sentence is of. offered: with the surveys of those alone
    that may be meant."""
    told = surveys.told(offered, experiment.names)
    found = {survey.experiment: survey for survey in history.surveys}
    there = [_counted(name, found.get(name), experiment) for name in history.present_experiments if name not in told]
    if there:
        yield f"its {'other ' if told else ''}experiments are {formats.sample(there, 8)}"


def _counted(name: str, survey: Survey | None, experiment: Experiment) -> str:
    words = [surveys.counted(survey)] if survey else []
    aside = "; ".join([*words, *(["another experiment.toml names it"] if name in experiment.of_others else [])])
    return f"{name} ({aside})" if aside else name


def _about_the_scores(chapters: Sequence[Chapter], experiment: Experiment) -> Iterator[Finding]:
    """Where no run has the primary score, and some have others: they are there under a name nobody asked for."""
    gates = [found.gate for found in chapters if found.gate is not None]
    others = dict.fromkeys(name for gate in gates for name in gate.other_scores)
    primary = experiment.scores.primary
    known = {name for gate in gates for name in (*gate.production, *(gate.candidate or ()))}
    if others and primary.name not in known:
        named = formats.sample([f'"{shortened(name)}"' for name in others])
        yield Finding(
            Weight.MISSING,
            f"no run stores {primary.word}, the primary score; they store another one: name it in [scores] of the "
            f"experiment.toml, as primary = {named}",
        )


def _about_the_sequence(chapters: Sequence[Chapter], experiment: Experiment) -> Iterator[Finding]:
    """A command is no advice where the experiment is only read, and says of no column that a model is shown."""
    advice = (
        f": run {called('baseline')} to capture Batch 0"
        if experiment.data is not None and experiment.data.features
        else ""
    )
    numbers = [found.batch for found in chapters]
    present, last = set(numbers), numbers[-1]
    absent = [number for number in range(1, last) if number not in present] if last < 100_000 else []
    if chapters[0].batch == 0 and chapters[0].gate_is_unreadable:
        yield Finding(Weight.UNSEEN, "the baseline is not known: the quality gate run of batch 0 cannot be read")
    elif not chapters[0].is_baseline:
        yield Finding(Weight.MISSING, f"there is no baseline{advice}")
    if absent:
        word, verb = ("batch", "is") if len(absent) == 1 else ("batches", "are")
        yield Finding(Weight.MISSING, f"{word} {formats.ranges(absent)} {verb} missing from the sequence")
    elif last >= 100_000:
        yield Finding(Weight.BENT, f"the batch numbers leave gaps; the last one is {last}")
