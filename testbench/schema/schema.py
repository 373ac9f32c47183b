"""What the rows of a model look like: its columns, their types, and which values they take.

The words for a column are those of ``Said``, on the page, in the JSON and in every sentence: a name and a type; a range
from low to high, or classes; missing and a distribution. A type is said by its own word, as in "expected an int".
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from batch_zero.errors import expected
from batch_zero.text import quoted, shortened
from sandbox.labels import Label
from testbench.schema.distributions import Dates, Distribution, Weights
from testbench.schema.errors import SchemaError

MOST_COLUMNS = 10_000
MOST_CLASSES = 1_000
"""What has more different values is text."""

LONGEST_NAME = 300
LEAST_INT, MOST_INT = -(2**63), 2**64
"""Beyond, no table has whole numbers."""


class Said(StrEnum):
    """What is said of a column: the keys of the JSON, the headings of the table and the words of the sentences."""

    NAME = "name"
    TYPE = "type"
    LOW = "low"
    HIGH = "high"
    CLASSES = "classes"
    MISSING = "missing"
    DISTRIBUTION = "distribution"


class Kind(StrEnum):
    """The types. In code they are kinds, since Python has types of its own."""

    FLOAT = "float"
    INT = "int"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    TEXT = "text"
    DATETIME = "datetime"

    @property
    def counts(self) -> bool:
        """Whether its values lie in a range."""
        return self in (Kind.FLOAT, Kind.INT, Kind.DATETIME)

    @property
    def one(self) -> str:
        """A value of the type, in a sentence.

        >>> Kind.INT.one, Kind.TEXT.one, Kind.CATEGORICAL.one
        ('an int', 'a text', 'a categorical value')
        """
        return f"{'an' if self is Kind.INT else 'a'} {self}{' value' if self is Kind.CATEGORICAL else ''}"


@dataclass(frozen=True)
class Column:
    """low, high: both inclusive, None where there is no bound; of dates, seconds since 1970 in UTC. classes: of a
    categorical one, every value it takes, in their order; empty where they are not known. missing: the share of rows
    without a value, 0..1. distribution: None where it is not known. Raises SchemaError for what does not fit together.
    """

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    classes: tuple[Label, ...] = ()
    missing: float = 0.0
    distribution: Distribution | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= LONGEST_NAME or not _is_unicode(self.name):
            valid = f"a text of 1 to {LONGEST_NAME} characters"
            raise SchemaError(expected("the name of a column", shortened(self.name), valid))
        if fault := next(self._faults(), None):
            raise SchemaError(f"column {shortened(self.name)!r}: {fault}")

    def _faults(self) -> Iterator[str]:
        shape = self.distribution
        if not 0 <= self.missing <= 1:
            yield expected("missing", self.missing, "a share from 0 to 1")
        if (self.low, self.high) != (None, None) and not self.kind.counts:
            yield f"got low or high, which no {self.kind} column has"
        if self.low is not None and self.high is not None and self.low > self.high:
            yield expected("low", self.low, f"no more than high, which is {self.high:g}")
        if self.classes and self.kind is not Kind.CATEGORICAL:
            yield f"got classes, which no {self.kind} column has"
        if len(self.classes) > MOST_CLASSES:
            yield expected("classes", f"{len(self.classes):,}", f"up to {MOST_CLASSES:,}")
        numbers = [value for value in (self.low, self.high, *self.classes) if isinstance(value, float)]
        if odd := [value for value in numbers if not math.isfinite(value)]:
            yield f"got {odd[0]}, expected finite numbers"
        for value in self.classes:
            if isinstance(value, int) and not LEAST_INT <= value < MOST_INT:
                yield f"got a class of {value.bit_length():,} bits, expected whole numbers that 64 bits hold"
            if isinstance(value, str) and not _is_unicode(value):
                yield expected("classes", shortened(value), "texts of whole characters")
        if len(set(self.classes)) < len(self.classes):
            yield f"got classes that are equal, expected each once: {quoted(self.classes)}"
        if shape is not None and not self._takes(shape):
            yield f"got a distribution {shape.shape!r}, which no {self.kind} column has"
        if isinstance(shape, Weights) and len(shape.weights) != len(self.labels):
            yield expected("weights", len(shape.weights), f"one for each of its classes, which are {len(self.labels)}")

    def _takes(self, shape: Distribution) -> bool:
        if isinstance(shape, Weights):
            return self.kind in (Kind.BOOLEAN, Kind.CATEGORICAL)
        return self.kind.counts and isinstance(shape, Dates) == (self.kind is Kind.DATETIME)

    @property
    def labels(self) -> tuple[Label, ...]:
        """What a weight belongs to."""
        return (False, True) if self.kind is Kind.BOOLEAN else self.classes


def _is_unicode(text: str) -> bool:
    """Half of a surrogate pair is a character of Python's and of JSON's, and of no table's."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class Schema:
    """The columns, in the order in which the model is shown them; each name once. Raises SchemaError."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.columns) <= MOST_COLUMNS:
            raise SchemaError(expected("columns", f"{len(self.columns):,}", f"1 to {MOST_COLUMNS:,} of them"))
        if len(set(self.names)) < len(self.names):
            twice = [name for name, times in Counter(self.names).items() if times > 1]
            raise SchemaError(f"got more than one column named {quoted(twice)}, expected each name once")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Raises SchemaError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(expected("column", shortened(name), f"one of {quoted(self.names)}"))
