"""One test of a model file: what page, API and command all call."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter

import pandas as pd

from batch_zero.progress import Progress, Steps
from batch_zero.text import shortened
from drift.policy import DriftPolicy
from lifecycle.records import ProductionModel
from metrics.classifier import NotTheRows, ScoreError
from sandbox.confinement import confine
from sandbox.description import Description
from sandbox.errors import ModelError
from sandbox.limits import Limits
from sandbox.session import Session, open_model
from sandbox.warm import Forks
from testbench.checks.ahead import Ahead
from testbench.checks.explain import ExplainSettings, explain
from testbench.checks.fits import fits
from testbench.checks.latency import LatencySettings, latency
from testbench.checks.quality import quality
from testbench.checks.robustness import robustness
from testbench.checks.simulation import SimulationSettings, simulation
from testbench.checks.works import works
from testbench.errors import BadSample, NoSchema, NotConfined
from testbench.files.examine import examine
from testbench.files.report import FileReport
from testbench.findings import Finding, Measure, State
from testbench.paired.told import Told, told
from testbench.paired.written import most_rows
from testbench.schema.conform import lacking, lacks
from testbench.schema.detect import from_model, from_sample
from testbench.schema.schema import Schema
from testbench.subject import Subject
from testbench.synthetic.generate import generate
from testbench.synthetic.marginals import is_assumed

CHECKS = ("works", "latency", "robustness", "quality", "drift simulation", "explainability")


@dataclass(frozen=True)
class Settings:
    """rows: of synthetic data. synthetic: it is made up even where there is a sample, after which it is fitted then.
    checks: names among ``CHECKS``. unconfined: a model is opened even where the kernel cannot confine it.
    kept_rows: those with an outcome of which the answers stay with the test, to be compared in pairs; 0 for none.
    percentiles: of the latency, by rows at once, that a policy has a limit for. positive: of two classes, that which
    scores such as recall are of; None for the 1 of 0 and 1, else the second."""

    rows: int = 1_000
    synthetic: bool = False
    seed: int = 0
    checks: tuple[str, ...] = CHECKS
    latency: LatencySettings = field(default_factory=LatencySettings)
    simulation: SimulationSettings = field(default_factory=SimulationSettings)
    explain: ExplainSettings = field(default_factory=ExplainSettings)
    limits: Limits = field(default_factory=lambda: Limits(wall_s=300, call_s=30))
    unconfined: bool = False
    kept_rows: int = 20_000
    percentiles: tuple[tuple[int, float], ...] = ()
    positive: str | None = None


@dataclass(frozen=True)
class Asked:
    """A model file, and what came with it. name: that its owner calls it by. sample: rows as the model takes them;
    labels: the name of the column in it that holds the labels, which the model is not shown. preprocessor: a file
    whose ``transform`` comes before the model. registered: the version that the model is of, where it was named so."""

    model: Path
    name: str
    sample: pd.DataFrame | None = None
    labels: str | None = None
    schema: Schema | None = None
    settings: Settings = field(default_factory=Settings)
    preprocessor: Path | None = None
    registered: ProductionModel | None = None


@dataclass(frozen=True)
class TestReport:
    """file: what was seen before it was opened. synthetic: the data was made up. seconds: all of it took. unconfined:
    what the kernel could not keep the model from. data: the rows, with their outcomes where they have them. assumed:
    columns that were made up although nobody has said which values they take.
    told: the answers row by row, where they were scored."""

    __test__ = False

    name: str
    file: FileReport
    model: Description
    schema: Schema
    settings: Settings
    rows: int
    synthetic: bool
    findings: tuple[Finding, ...]
    seconds: float
    data: pd.DataFrame = field(repr=False, compare=False)
    assumed: tuple[str, ...] = ()
    unconfined: tuple[str, ...] = ()
    told: Told | None = field(default=None, repr=False, compare=False)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Of all checks."""
        return tuple(measure for finding in self.findings for measure in finding.measures)

    @property
    def works(self) -> bool:
        """It answered what it was asked, with what can be an answer."""
        return all(finding.state is not State.FAILED for finding in self.findings)


@dataclass(frozen=True)
class _Data:
    rows: pd.DataFrame
    labels: pd.Series | None
    schema: Schema
    synthetic: bool


def run_tests(asked: Asked, progress: Progress, warm: Forks | None = None) -> TestReport:
    """Raises BatchZeroError: FileRefused or ModelError where it is no model that can be opened, NoSchema where nobody
    knows its columns, NotConfined where it could not be kept in."""
    begun, steps = perf_counter(), Steps(len(asked.settings.checks) + 2, progress)
    unconfined = check_confined(unconfined=asked.settings.unconfined)
    file = replace(examine(asked.model, asked.name), registered=asked.registered)
    steps.done(f"{file.name}: {file.kind}")
    ahead, given = Ahead(asked.settings.checks), _given(asked)
    some = partial(_some, asked, given)
    alone = opens(asked, None) if warm else None
    with Subject(opens(asked, warm), some, alone, asked.settings.positive) as subject:
        data = given or _as_described(asked, subject.description)
        steps.done(f"opened: {subject.description.model_class}, {len(data.rows):,} rows")
        ahead.wait()
        findings = (*_fitting(asked, data), *_checked(asked, subject, data, steps))
        return TestReport(
            name=asked.name,
            file=file,
            model=subject.description,
            schema=data.schema,
            settings=asked.settings,
            rows=len(data.rows),
            synthetic=data.synthetic,
            findings=findings,
            seconds=perf_counter() - begun,
            data=data.rows if asked.sample is None or data.synthetic else asked.sample,
            assumed=_assumed(asked, data),
            unconfined=unconfined,
            told=_told(asked.settings, subject, data, findings),
        )


def opens(asked: Asked, warm: Forks | None) -> Callable[[], Session]:
    """Begins a session with the model, as often as it is called."""
    return partial(open_model, asked.model, asked.settings.limits, preprocessor=asked.preprocessor, warm=warm)


def check_confined(*, unconfined: bool) -> tuple[str, ...]:
    """What the kernel cannot keep a model from; raises NotConfined for any of it that is not allowed."""
    missing = tuple(confine.missing())
    if missing and not unconfined:
        raise NotConfined(missing)
    return missing


def _given(asked: Asked) -> _Data | None:
    """The sample as it came; where there is none, or it is asked for, rows that the schema makes up; None where it is
    the model that has to say what they look like."""
    chosen = asked.settings
    if asked.sample is not None:
        rows, labels = parted(asked.sample, asked.labels)
        known = asked.schema or from_sample(rows)
        if chosen.synthetic:
            return _Data(generate(known, chosen.rows, chosen.seed, rows), None, known, synthetic=True)
        return _Data(rows, labels, known, synthetic=False)
    if asked.labels is not None:
        raise BadSample(f"labels: got {shortened(asked.labels)!r} and no sample that would have such a column")
    return _made_up(asked, asked.schema) if asked.schema is not None else None


def _as_described(asked: Asked, description: Description) -> _Data:
    """Made up of what the model says of its columns."""
    schema = from_model(description)
    if schema is None:
        raise NoSchema(asked.name, description.odd.get("features") or description.odd.get("feature_count", ""))
    return _made_up(asked, schema)


def _made_up(asked: Asked, schema: Schema) -> _Data:
    return _Data(generate(schema, asked.settings.rows, asked.settings.seed), None, schema, synthetic=True)


def _assumed(asked: Asked, data: _Data) -> tuple[str, ...]:
    known = set() if asked.sample is None else {*map(str, asked.sample.columns)}
    columns = data.schema.columns if data.synthetic else ()
    return tuple(column.name for column in columns if is_assumed(column) and column.name not in known)


def _some(asked: Asked, given: _Data | None, description: Description) -> pd.DataFrame:
    """Of the rows, or of those that will be made up, as the model itself describes them. Raises BadSample where they
    cannot be the model's."""
    if given is not None:
        if missing := lacking(description.features or (), given.rows.columns):
            has = ", ".join(shortened(str(name)) for name in given.rows.columns[:20])
            raise BadSample(f"the {'schema' if given.synthetic else 'sample'} {lacks(missing)}; it has {has}")
        return given.rows.iloc[:5]
    few = replace(asked, settings=replace(asked.settings, rows=5))
    return _as_described(few, description).rows


def parted(sample: pd.DataFrame, labels: str | None) -> tuple[pd.DataFrame, pd.Series | None]:
    """The rows as the model takes them, and their outcomes. Raises BadSample."""
    if not len(sample):
        raise BadSample("sample: got no row, expected one at least")
    if labels is None:
        return sample, None
    if labels not in sample.columns:
        columns = ", ".join(shortened(str(name)) for name in sample.columns[:20])
        raise BadSample(f"labels: got {shortened(labels)!r}, expected a column of the sample: {columns}")
    if len(sample.columns) == 1:
        raise BadSample("sample: got the labels alone, expected the columns that the model takes as well")
    return sample.drop(columns=labels), sample[labels]


def _fitting(asked: Asked, data: _Data) -> Iterator[Finding]:
    """Where both came: a schema that was read off the sample says nothing of it, and fits in any case."""
    if asked.schema is not None and not data.synthetic and asked.schema != from_sample(data.rows):
        yield fits(data.rows, asked.schema)


def _checked(asked: Asked, subject: Subject, data: _Data, steps: Steps) -> Iterator[Finding]:
    for name in asked.settings.checks:
        begun = perf_counter()
        try:
            finding = _CHECKS[name](asked.settings, subject, data)
        except ModelError as error:
            finding = Finding(name, State.FAILED, f"The model gave up: {error}")
        yield finding.timed(perf_counter() - begun)
        steps.done(f"{name}: {finding.sentence}")


def _told(settings: Settings, subject: Subject, data: _Data, findings: Sequence[Finding]) -> Told | None:
    """Only where the model was scored: without outcomes there is nothing to be compared row by row."""
    scored = any(one.check == "quality" and one.state is State.DONE for one in findings)
    if data.labels is None or not scored or not settings.kept_rows:
        return None
    try:
        return told(subject, data.rows, data.labels, most_rows(settings.kept_rows, len(subject.classes)))
    except (ModelError, ScoreError, NotTheRows):
        return None


def _simulated(settings: Settings, subject: Subject, data: _Data) -> Finding:
    """With the threshold that it was done with, which the figure draws."""
    policy = DriftPolicy()
    found = simulation(subject, data.rows, data.labels, data.schema, settings.simulation, policy, settings.seed)
    drawn = (replace(each, limit=policy.threshold) if each.chart else each for each in found.tables)
    return replace(found, tables=tuple(drawn))


_CHECKS: dict[str, Callable[[Settings, Subject, _Data], Finding]] = {
    "works": lambda _, subject, data: works(subject, data.rows),
    "latency": lambda settings, subject, data: latency(subject, data.rows, settings.latency, settings.percentiles),
    "robustness": lambda _, subject, data: robustness(subject, data.rows, data.schema),
    "quality": lambda settings, subject, data: quality(subject, data.rows, data.labels, settings.seed),
    "drift simulation": _simulated,
    "explainability": lambda settings, subject, data: explain(subject, data.rows, settings.explain, settings.seed),
}
