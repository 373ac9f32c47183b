"""A test as it was kept: what page, comparison and files are made of, whoever ran it and when."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from batch_zero.errors import BatchZeroError
from testbench.findings import Finding, Measure
from testbench.policy.verdict import Outcome

KEPT = ConfigDict(extra="ignore")


class ResultUnreadable(BatchZeroError):
    """What is kept is no test, or one of another version; the message says where it stops to be one."""

    status = 422


@dataclass(frozen=True, config=KEPT)
class KeptVersion:
    """Of a registered model."""

    name: str
    version: str


@dataclass(frozen=True, config=KEPT)
class KeptFile:
    """What was seen of the file before it was opened. size: in bytes. registered: the version that it is of."""

    name: str
    kind: str
    size: int
    sha256: str
    sentences: tuple[str, ...] = ()
    registered: KeptVersion | None = None


@dataclass(frozen=True, config=KEPT)
class KeptModel:
    """What the model said of itself. versions: library -> that which opened it. saved_with: that which wrote it."""

    model_class: str
    task: str | None = None
    library: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    saved_with: Mapping[str, str] = field(default_factory=dict)
    features: tuple[str, ...] | None = None
    classes: tuple[Any, ...] | None = None


@dataclass(frozen=True, config=KEPT)
class KeptLimit:
    measure: str
    limit: str
    outcome: Outcome
    sentence: str
    rows_needed: int | None = None


@dataclass(frozen=True, config=KEPT)
class KeptVerdict:
    passed: bool
    sentence: str
    limits: tuple[KeptLimit, ...] = ()

    @property
    def word(self) -> str:
        return "passed" if self.passed else "not passed"


@dataclass(frozen=True, config=KEPT)
class KeptSample:
    """The file that the rows came from. columns: the first of them, its labels among them."""

    name: str
    sha256: str
    rows: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, config=KEPT)
class KeptGiven:
    """What came with the model. kept: which of its files stayed with the test, ``model`` and ``sample``."""

    policy: str | None = None
    labels: str | None = None
    sample: KeptSample | None = None
    again_of: str | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, config=KEPT)
class TestResult:
    """The keys of ``test.json`` that are read again; others are left alone. settings: those that a person chose.
    data_sha256: of the rows, whatever file they came from; empty where it is not known. assumed: columns that were made
    up although nobody had said which values they take."""

    __test__ = False

    model: str
    file: KeptFile
    description: KeptModel
    rows: int
    synthetic: bool
    seed: int
    seconds: float
    works: bool
    findings: tuple[Finding, ...]
    verdict: KeptVerdict | None = None
    not_confined: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    data_sha256: str = ""
    given: KeptGiven = field(default_factory=KeptGiven)

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Of all checks, by their names."""
        return {measure.name: measure for finding in self.findings for measure in finding.measures}


_RESULT = TypeAdapter(TestResult)


def from_data(data: Any) -> TestResult:
    """data: what ``output.data.to_data`` gave, through JSON. Raises ResultUnreadable."""
    try:
        return _RESULT.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ResultUnreadable(f"{where}: {first['msg'].lower()}, in the result of a test") from None
