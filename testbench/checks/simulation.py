"""What a model would do if the data drifted: its answers on rows that were moved, step by step, beside the alarm that
the drift check of the pipeline would give for the same rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from batch_zero import formats
from drift.policy import DriftPolicy
from metrics.classifier import ScoreError
from metrics.kinds import KNOWN
from metrics.tasks import score, usual_scores
from sandbox.errors import ModelError
from testbench.checks.alarms import NUMBERS, WORDS, Alarm, alarms
from testbench.checks.distances import jensen_shannon, psi
from testbench.checks.quality import truth_and_answers
from testbench.findings import Finding, Measure, State, Table
from testbench.schema.schema import Kind, Schema
from testbench.subject import Answers, Gives, Subject

NAME = "drift simulation"
MAJOR = 0.25
"""A population stability index from which on a distribution is commonly called another one."""

WORSE = 0.05
"""By such a share of what it was before the drift has the quality of a model changed much."""


@dataclass(frozen=True)
class SimulationSettings:
    """strengths: of each kind of drift, 0 to 1: a mean is moved by twice the standard deviation times the strength, a
    spread multiplied by 1 + 2 times the strength, and of categories and gaps that share of the rows is changed."""

    strengths: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
    each_feature_at: float = 0.5
    rows: int = 1_000


Move = Callable[[pd.Series, float, np.random.Generator], pd.Series]


def _mean(column: pd.Series, strength: float, _: np.random.Generator) -> pd.Series:
    numbers = column.astype(float)
    spread = float(_finite(numbers).std(ddof=0))
    moved: pd.Series = numbers + 2 * strength * (spread if spread > 0 else 1.0)
    return moved


def _spread(column: pd.Series, strength: float, _: np.random.Generator) -> pd.Series:
    numbers = column.astype(float)
    mean = float(np.nan_to_num(_finite(numbers).mean()))
    moved: pd.Series = mean + (numbers - mean) * (1 + 2 * strength)
    return moved


def _finite(numbers: pd.Series) -> pd.Series:
    """Infinite cells stay as they are, and have no part in mean and spread."""
    finite: pd.Series = numbers[np.isfinite(numbers)]
    return finite


def _swapped(column: pd.Series, strength: float, generator: np.random.Generator) -> pd.Series:
    """That share of the rows has its category changed for the one that follows by frequency."""
    order = column.value_counts().index
    if len(order) < 2:
        return column
    following = dict(zip(order, [*order[1:], order[0]], strict=True))
    chosen = (generator.random(len(column)) < strength) & column.notna().to_numpy()
    return column.where(~chosen, column.map(following).astype(column.dtype))


def _new(column: pd.Series, strength: float, generator: np.random.Generator) -> pd.Series:
    return column.astype(object).where(generator.random(len(column)) >= strength, "a new category")


def _missing(column: pd.Series, strength: float, generator: np.random.Generator) -> pd.Series:
    kept = generator.random(len(column)) >= strength
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype(object).where(kept, None)
    return column.astype(float).where(kept) if pd.api.types.is_integer_dtype(column.dtype) else column.where(kept)


MEANINGS: dict[str, Callable[[float], str]] = {
    "mean shift": lambda strength: f"every number up by {2 * strength:g} standard deviations of its column",
    "variance change": lambda strength: f"the spread of every number times {1 + 2 * strength:g}",
    "category swap": lambda strength: f"{strength:.0%} of the rows with another known category",
    "new category": lambda strength: f"{strength:.0%} of the rows with a category that the model never saw",
    "missing values": lambda strength: f"{strength:.0%} of the values gone",
}
"""What a strength is, by the kind of drift."""

REPLACED = {"new category", "missing values"}
"""At full strength nothing of a column is left: what a model answers then says nothing of a drift that may come."""

MOVES: dict[str, tuple[set[Kind], Move]] = {
    "mean shift": (NUMBERS, _mean),
    "variance change": (NUMBERS, _spread),
    "category swap": (WORDS, _swapped),
    "new category": ({Kind.CATEGORICAL}, _new),
    "missing values": ({*NUMBERS, *WORDS, Kind.TEXT, Kind.DATETIME}, _missing),
}


@dataclass(frozen=True)
class _Step:
    """alarm: the drift share that the detector gives; None where it was not asked, or had nothing to compare. broken:
    why there is no answer."""

    move: str
    strength: float
    psi: float | None
    js: float | None
    classes: float | None
    quality: float | None
    alarm: float | None
    rings: bool | None
    broken: str
    worse: bool = False
    """The quality fell by ``WORSE`` or more."""

    @property
    def moved_much(self) -> bool:
        return self.worse or (self.psi or 0.0) >= MAJOR

    @property
    def is_drift(self) -> bool:
        """Something of the columns is left."""
        return not leaves_nothing(self.move, self.strength)

    @property
    def row(self) -> tuple[Any, ...]:
        """Of the table."""
        told = (value for name, value in vars(self).items() if name != "worse")
        return (*told, MEANINGS[self.move](self.strength))


def leaves_nothing(move: str, strength: float) -> bool:
    return move in REPLACED and strength >= 1


def simulation(
    subject: Subject,
    rows: pd.DataFrame,
    labels: pd.Series | None,
    schema: Schema,
    settings: SimulationSettings,
    policy: DriftPolicy,
    seed: int,
) -> Finding:
    """labels: None where quality is not known."""
    rows, labels = rows.iloc[: settings.rows], labels.iloc[: settings.rows] if labels is not None else None
    try:
        before = subject.answers(rows)
    except ModelError as error:
        return Finding(NAME, State.FAILED, f"The model gives no predictions on the data: {error}")
    bench = _Bench(subject, rows, labels, schema, before, policy, np.random.default_rng(seed))
    drifts = [(move, strength) for move in bench.moves() for strength in settings.strengths]
    moved = [bench.moved(*drift) for drift in drifts]
    rung = alarms(rows, moved, schema, policy)
    steps = [bench.step(*drift, frame, alarm) for drift, frame, alarm in zip(drifts, moved, rung, strict=True)]
    each = list(bench.each_feature(settings.each_feature_at))
    score_name = usual_scores(subject.task).primary.name if labels is not None else None
    quality = f"{KNOWN[score_name].label} change" if score_name else "Quality change"
    return Finding(
        NAME,
        State.DONE,
        _sentence(steps, score_name),
        measures=tuple(_measures(steps, len(rows))),
        tables=(
            Table(
                "Effect of drift",
                (
                    "Drift", "Strength", "PSI of the answers", "Jensen-Shannon distance", "Change of class shares",
                    quality, "Drift share of the detector", "Alarm", "What came instead", "What was changed",
                ),
                tuple(step.row for step in steps),
                chart="simulation",
            ),
            Table(
                f"One feature alone, at strength {settings.each_feature_at:g}",
                ("Feature", "Drift", "PSI of the answers", "What came instead"),
                tuple(each),
            ),
        ),
        notes=tuple(_notes(score_name, policy, steps)),
    )  # fmt: skip


@dataclass(frozen=True)
class _Bench:
    subject: Subject
    rows: pd.DataFrame
    labels: pd.Series | None
    schema: Schema
    before: Answers
    policy: DriftPolicy
    generator: np.random.Generator

    def moves(self) -> list[str]:
        """Those for which there is a column."""
        return [move for move in MOVES if self._columns(move)]

    def step(self, move: str, strength: float, moved: pd.DataFrame, alarm: Alarm) -> _Step:
        """moved: the rows after it. alarm: what the detector says of them."""
        try:
            after = self.subject.answers(moved)
        except ModelError as error:
            return _Step(move, strength, None, None, None, None, alarm.share, alarm.rings, str(error))
        scores = (self.before.scores, after.scores)
        distances = psi(*scores), jensen_shannon(*scores), self._class_change(after)
        change, worse = self._quality(after)
        return _Step(move, strength, *distances, change, alarm.share, alarm.rings, "", worse)

    def each_feature(self, strength: float) -> Iterator[tuple[str, str, float | None, str]]:
        """One way of drift for each, that of its kind."""
        for column in self.schema.columns:
            move = next((move for move, (kinds, _) in MOVES.items() if column.kind in kinds), None)
            if move is None or column.name not in self.rows:
                continue
            try:
                after = self.subject.answers(self.moved(move, strength, [column.name]))
            except ModelError as error:
                yield column.name, move, None, str(error)
            else:
                yield column.name, move, psi(self.before.scores, after.scores), ""

    def _columns(self, move: str) -> list[str]:
        kinds = MOVES[move][0]
        return [column.name for column in self.schema.columns if column.kind in kinds and column.name in self.rows]

    def moved(self, move: str, strength: float, columns: list[str] | None = None) -> pd.DataFrame:
        """columns: by default all of which there is such a drift."""
        change, columns = MOVES[move][1], self._columns(move) if columns is None else columns
        return self.rows.assign(**{name: change(self.rows[name], strength, self.generator) for name in columns})

    def _class_change(self, after: Answers) -> float | None:
        """Half the sum of what the shares of the predicted classes changed by: 0 for none, 1 for all."""
        if self.subject.gives is Gives.NUMBERS:
            return None
        shares = [
            pd.Series(answers.labels).astype(str).value_counts(normalize=True) for answers in (self.before, after)
        ]
        return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)

    def _quality(self, after: Answers) -> tuple[float | None, bool]:
        """By how much it changed, and whether that is much worse; None where it is not known."""
        if self.labels is None:
            return None, False
        name = usual_scores(self.subject.task).primary.name
        try:
            values = [
                score(self.subject.task, *truth_and_answers(self.subject, answers, self.labels)).get(name)
                for answers in (self.before, after)
            ]
        except ScoreError:
            return None, False
        before, then = values
        if before is None or then is None:
            return None, False
        lost = before - then if KNOWN[name].higher_is_better else then - before
        return then - before, lost >= WORSE * abs(before) and lost > 0


def _measures(steps: list[_Step], rows: int) -> Iterator[Measure]:
    drifts = [step for step in steps if step.psi is not None and step.is_drift]
    most = max(drifts, key=lambda step: step.psi or 0.0, default=None)
    if most is not None and most.psi is not None:
        yield Measure("simulation_max_psi", most.psi, rows=rows, about=f"{most.move}, strength {most.strength:g}")


def _sentence(steps: list[_Step], score_name: str | None) -> str:
    """Both ways in which the alarm and the answers may not go together, with how often."""
    broken = sum(bool(step.broken) for step in steps)
    answered = f"the model stopped answering {formats.times(broken)}" if broken else "the model always answered"
    known = [step for step in steps if step.psi is not None and step.rings is not None]
    much = [step for step in known if step.moved_much]
    parts = [
        f"Under {formats.counted(len(steps), 'simulated drift')} {answered}.",
        _of_much(much, len(known), score_name) if known else "",
        _of_little([step for step in known if step not in much]),
        _of_unasked([step for step in steps if step.psi is not None and step.rings is None]),
    ]
    return " ".join(filter(None, parts))


def _of_much(much: list[_Step], known: int, score_name: str | None) -> str:
    """score_name: of the quality; None where that is not known."""
    quality = f" or its {KNOWN[score_name].word}" if score_name else ""
    worse = f", or {WORSE:.0%} worse" if score_name else ""
    measure = f"(PSI {MAJOR:g} or more{worse})"
    if not much:
        return f"Its answers{quality} never changed much {measure}."
    changed = f"Its answers{quality} changed much {measure} in {len(much)} of {known}"
    missed = [step for step in much if not step.rings]
    if not missed:
        return f"{changed}, and the drift alarm rang in {'that one' if len(much) == 1 else 'each of them'}."
    first = f"the weakest of them {_called(min(missed, key=lambda step: step.strength))}"
    named = f"under {_called(missed[0])}" if len(missed) == 1 else first
    return f"{changed}; the drift alarm missed {len(missed)} of these, {named}."


def _of_little(little: list[_Step]) -> str:
    """Where the model stayed as it was."""
    if not little:
        return ""
    rang = sum(bool(step.rings) for step in little)
    return f"The alarm also rang in {rang} of the {len(little)} where nothing changed much." if rang else ""


def _of_unasked(steps: list[_Step]) -> str:
    if not steps:
        return ""
    much = sum(step.moved_much for step in steps)
    changed = f", though the answers changed much in {much} of them" if much else ""
    return (
        f"Of {formats.counted(len(steps), 'drift')} it is not known whether the drift alarm would ring, because there "
        f"was nothing that it could compare{changed}."
    )


def _called(step: _Step) -> str:
    return f"{step.move} of strength {step.strength:g}"


def _notes(score_name: str | None, policy: DriftPolicy, steps: list[_Step]) -> Iterator[str]:
    yield f"the alarm rings where the drift share reaches {formats.threshold(policy.threshold)}, as in the pipeline"
    moves = dict.fromkeys(step.move for step in steps)
    yield f"what strength 1 is: {'; '.join(f'{move}, {MEANINGS[move](1.0)}' for move in moves)}"
    if any(not step.is_drift for step in steps):
        yield "where every value of a column is replaced or gone, the answers do not count for the largest effect"
    if score_name is None:
        yield "without labels, what drift does to the quality is not known"
    else:
        yield f"the change of {KNOWN[score_name].word} comes without an interval: each drift was drawn once"
