"""How the values of a column are spread: each shape with its parameters, and the value at each share of the rows."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from batch_zero.errors import expected
from batch_zero.text import shortened
from batch_zero.validation import Expected
from testbench.schema.errors import SchemaError

Number = Annotated[float, Field(allow_inf_nan=False), Expected("a number")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), Expected("a number above 0")]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
EDGE = 1e-12
"""Shares nearer to 0 or 1 are taken as this: an unbounded shape is infinite there."""


def seconds(date: str) -> float:
    """Since 1970, in UTC, which is also what a date without a zone is in. Raises ValueError for what is no date.

    >>> seconds("1970-01-02"), seconds("1970-01-01T01:00:00+01:00")
    (86400.0, 0.0)
    """
    read = datetime.fromisoformat(date)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _checked(date: str) -> str:
    seconds(date)
    return date


Date = Annotated[str, AfterValidator(_checked), Expected("a date such as 2024-01-31 or 2024-01-31T12:00:00")]


class Shape(BaseModel):
    """Each has ``shape``, its name in JSON, and is written as "normal (mean 0.0, sd 1.0)"."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def __str__(self) -> str:
        name, *parameters = self.model_dump().items()
        return f"{name[1]} ({', '.join(f'{each} {shortened(str(value))}' for each, value in parameters)})"


class Amounts(Shape, ABC):
    """Of values that lie in a range."""

    @abstractmethod
    def at(self, shares: np.ndarray, low: float, high: float) -> np.ndarray:
        """The values below which these shares (0..1) lie, of the part from ``low`` to ``high``: what is outside is not
        drawn, rather than moved to the edge. Raises SchemaError where there is no such part."""


class _Law(Amounts):
    """A shape that scipy knows."""

    @abstractmethod
    def law(self) -> Any:
        """scipy's distribution with these parameters."""

    def at(self, shares: np.ndarray, low: float, high: float) -> np.ndarray:
        with np.errstate(all="ignore"):  # what is too large for a number comes out as none, and is refused as such
            law = self.law()
            below, up_to = law.cdf(np.nextafter(low, -np.inf)), law.cdf(high)
            if below >= up_to:
                raise SchemaError(f"nothing of its distribution, {self}, lies from {low:g} to {high:g}")
            within = np.clip(below + shares * (up_to - below), EDGE, 1 - EDGE)
            return np.clip(np.asarray(law.ppf(within), dtype=float), low, high)


class Normal(_Law):
    shape: Literal["normal"] = "normal"
    mean: Number
    sd: Positive

    def law(self) -> Any:
        from scipy import stats

        return stats.norm(self.mean, self.sd)


class LogNormal(_Law):
    """mean, sd: of the logarithms."""

    shape: Literal["log-normal"] = "log-normal"
    mean: Number
    sd: Positive

    def law(self) -> Any:
        from scipy import stats

        return stats.lognorm(s=self.sd, scale=np.exp(self.mean))


class Exponential(_Law):
    shape: Literal["exponential"] = "exponential"
    mean: Positive

    def law(self) -> Any:
        from scipy import stats

        return stats.expon(scale=self.mean)


class Poisson(_Law):
    shape: Literal["poisson"] = "poisson"
    mean: Annotated[float, Field(gt=0, le=1e15), Expected("a number above 0 and up to 1e15")]

    def law(self) -> Any:
        from scipy import stats

        return stats.poisson(self.mean)


class Uniform(Amounts):
    shape: Literal["uniform"] = "uniform"
    low: Number
    high: Number

    @model_validator(mode="after")
    def _low_first(self) -> "Uniform":
        if self.low > self.high:
            raise ValueError(expected("low", self.low, f"no more than high, which is {self.high:g}"))
        return self

    def at(self, shares: np.ndarray, low: float, high: float) -> np.ndarray:
        least, most = max(low, self.low), min(high, self.high)
        if least > most:
            raise SchemaError(f"nothing of its distribution, {self}, lies from {low:g} to {high:g}")
        return least * (1 - shares) + most * shares  # a difference of the two may be no float any more


class Dates(Amounts):
    """Between two dates, both inclusive; every moment as likely as any other."""

    shape: Literal["dates"] = "dates"
    first: Date
    last: Date

    @model_validator(mode="after")
    def _first_first(self) -> "Dates":
        if seconds(self.first) > seconds(self.last):
            raise ValueError(expected("first", self.first, f"no later than last, which is {self.last}"))
        return self

    def at(self, shares: np.ndarray, low: float, high: float) -> np.ndarray:
        return Uniform(low=seconds(self.first), high=seconds(self.last)).at(shares, low, high)


class Quantiles(Amounts):
    """values: at equal steps of the share of rows, the least first and the greatest last; straight lines between."""

    shape: Literal["quantiles"] = "quantiles"
    values: Annotated[tuple[Number, ...], Field(min_length=2, strict=False), Expected("a list of two numbers or more")]

    @model_validator(mode="after")
    def _ascending(self) -> "Quantiles":
        if list(self.values) != sorted(self.values):
            raise ValueError(expected("values", "numbers that fall", "numbers in ascending order"))
        return self

    def at(self, shares: np.ndarray, low: float, high: float) -> np.ndarray:
        found = np.interp(shares, np.linspace(0, 1, len(self.values)), self.values)
        return np.asarray(np.clip(found, low, high))


class Weights(Shape):
    """weights: how often each of the column's classes occurs, in their order; of any sum."""

    shape: Literal["weights"] = "weights"
    weights: Annotated[
        tuple[Weight, ...], Field(min_length=1, strict=False), Expected("a list of numbers from 0 on, one a class")
    ]

    @model_validator(mode="after")
    def _some(self) -> "Weights":
        if not 0 < sum(self.weights) < np.inf:
            raise ValueError(expected("weights", sum(self.weights), "numbers whose sum is above 0"))
        return self

    def places(self, shares: np.ndarray) -> np.ndarray:
        """Of the class at each share of the rows."""
        up_to = np.cumsum(self.weights) / sum(self.weights)
        last = int(np.flatnonzero(self.weights)[-1])
        return np.minimum(np.searchsorted(up_to, shares, side="right"), last)


Distribution = Normal | LogNormal | Uniform | Exponential | Poisson | Quantiles | Weights | Dates
