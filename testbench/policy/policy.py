"""What a model has to keep to, as a person writes it down: YAML, or a line in the grammar of MLflow's criteria.

auc: {min: 0.75, no_worse_than: models:/Triage@production}
latency_p95_ms: {max: 50}
error_rate: {max: 0.01}

auc >= 0.75 AND latency/p95 <= 50
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

import yaml

from batch_zero.errors import BatchZeroError, expected
from batch_zero.text import shortened
from metrics.kinds import KNOWN, Score
from mlflow_io.artifacts.registered import VALID, is_address
from testbench.output.meanings import NAMES, is_measured

MOST_BYTES = 64_000
MOST_LIMITS = 200
MOST_BRACKETS = 2 * MOST_LIMITS
"""Opening ones. Each may lie in the one before, and YAML's parser takes seconds for thousands of those."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_/@.-]{0,99}")
COMPARISON = re.compile(r"\s*(\S+?)\s*(>=|<=|>|<)\s*(\S+)\s*")
QUANTILE = re.compile(r"latency/p(\d+)(?:/(\d+))?")
MEASURED = re.compile(r"latency_p(\d{1,2})_ms(?:_batch_(\d{1,6}))?")
EXPONENT = re.compile(r"[-+]?\d{1,30}(\.\d{0,30})?[eE][-+]?\d{1,3}")
LONGEST_NUMBER = 250
"""Characters, of which a hexadecimal one makes a number that a float can hold still."""
JOINER = "\u2060"
"""Nobody sees it, and it comes along with what is copied off a page."""
KEYS = ("min", "max", "no_worse_than")


class PolicyRefused(BatchZeroError):
    """A policy that cannot be read; the message says where, what came, and what is valid."""

    status = 422


class Undecided(StrEnum):
    """What becomes of a limit that the interval reaches over."""

    FAIL = "fail"
    PASS = "pass"


@dataclass(frozen=True)
class Limit:
    """Of one measure. low, high: it has to be at least, at most so much; None where there is no such limit.
    no_worse_than: a registered model, ``models:/NAME@alias``, that is tested on the same rows."""

    measure: str
    low: float | None = None
    high: float | None = None
    no_worse_than: str | None = None


@dataclass(frozen=True)
class Policy:
    """undecided: what counts where a number may lie on either side."""

    limits: tuple[Limit, ...]
    undecided: Undecided = Undecided.FAIL

    @property
    def references(self) -> tuple[str, ...]:
        """The models that it compares with, each once."""
        return tuple(dict.fromkeys(limit.no_worse_than for limit in self.limits if limit.no_worse_than))

    @property
    def percentiles(self) -> tuple[tuple[int, float], ...]:
        """Of the latency that it has limits for: rows at once and share."""
        found = (percentile_of(limit.measure) for limit in self.limits)
        return tuple(one for one in found if one is not None)


def parsed(text: str | bytes) -> Policy:
    """Raises PolicyRefused.

    >>> parsed("auc >= 0.75 AND latency/p95 <= 50").limits
    (Limit(measure='auc', low=0.75, high=None, no_worse_than=None), \
Limit(measure='latency_p95_ms', low=None, high=50.0, no_worse_than=None))
    """
    content = _content(text)
    if isinstance(content, str):
        return Policy(tuple(_criteria(content)))
    if not isinstance(content, dict) or not content:
        raise PolicyRefused(expected("policy", _short(content), "measures with limits, such as `auc: {min: 0.75}`"))
    undecided = content.pop("undecided", Undecided.FAIL)
    if undecided not in list(Undecided):
        raise PolicyRefused(expected("undecided", _short(undecided), "fail or pass"))
    if not content:
        raise PolicyRefused(
            "policy: got undecided and no measure, expected measures with limits, such as `auc: {min: 0.75}`"
        )
    if len(content) > MOST_LIMITS:
        raise PolicyRefused(f"policy: got {len(content)} measures, expected at most {MOST_LIMITS}")
    return Policy(tuple(_limit(name, values) for name, values in content.items()), Undecided(undecided))


class _AsWritten(yaml.SafeLoader):  # type: ignore[misc] # there are no types of yaml's
    """Of a key that stands twice, YAML takes the last without a word; aliases of aliases grow without bound; a number
    may be as long as it likes, and 1:30 is ninety."""

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        known = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in known:
                raise yaml.composer.ComposerError(None, None, f"{_short(key.value)!r} stands twice", key.start_mark)
            known.add(key.value)
        return node

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "got an alias, expected what it stands for", mark)
        return super().compose_node(parent, index)

    def plain_number(self, node: yaml.ScalarNode) -> int | float:
        if len(node.value) > LONGEST_NUMBER or ":" in node.value:
            problem = f"got {shortened(node.value, 40)!r}, expected a number such as 50 or 0.75"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        is_whole = node.tag.endswith(":int")
        found: int | float = (self.construct_yaml_int if is_whole else self.construct_yaml_float)(node)
        return found


for _tag in ("int", "float"):
    _AsWritten.add_constructor(f"tag:yaml.org,2002:{_tag}", _AsWritten.plain_number)


def _content(text: str | bytes) -> Any:
    if len(text) > MOST_BYTES:
        raise PolicyRefused(f"policy: got {len(text):,} bytes, expected at most {MOST_BYTES:,}")
    try:
        written = (text if isinstance(text, str) else text.decode()).replace(JOINER, "")
        if (brackets := written.count("[") + written.count("{")) > MOST_BRACKETS:
            raise PolicyRefused(f"policy: got {brackets:,} opening brackets, expected at most {MOST_BRACKETS}")
        return yaml.load(written, _AsWritten)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PolicyRefused(f"policy: got no YAML: {_fault(error)}") from None
    except (AttributeError, LookupError, TypeError, ArithmeticError):  # as !!bool x has PyYAML raise
        raise PolicyRefused("policy: got a tag that its value does not fit, expected no tags") from None


def _fault(error: Exception) -> str:
    """Of what a parser says, the problem and its line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem is not None:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        return shortened(error.problem, 100) + line
    return shortened(str(error).splitlines()[0], 100)


def _limit(name: Any, values: Any) -> Limit:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise PolicyRefused(expected("policy", _short(name), "the name of a measure, such as auc or latency_p95_ms"))
    if not isinstance(values, dict) or not values:
        raise PolicyRefused(expected(name, _short(values), "limits, such as {min: 0.75}"))
    for key in values:
        if key not in KEYS:
            raise PolicyRefused(f"{name}: got {_short(key)!r}, expected one of {', '.join(KEYS)}")
    low, high = (_number(f"{name}: {key}", values[key], name) if key in values else None for key in KEYS[:2])
    if low is not None and high is not None and low > high:
        raise PolicyRefused(f"{name}: got min {low:g} and max {high:g}, expected a min that is not above the max")
    return Limit(_measure(name), low, high, _reference(name, values.get("no_worse_than")))


def _measure(written: str) -> str:
    """Its name; one that nothing has would not be kept whatever came."""
    if is_measured(name := measure_called(written)):
        return name
    near = get_close_matches(name, NAMES, n=1)
    valid = f"one of the measures; did you mean {near[0]}?" if near else f"one of {', '.join(NAMES)}"
    raise PolicyRefused(expected("policy", shortened(written, 80), valid))


def _number(where: str, value: Any, name: str) -> float:
    """A limit of that measure: one beyond what a score can be would pass, or fail, whatever came."""
    if isinstance(value, str) and EXPONENT.fullmatch(value):  # which YAML takes for a text without a dot
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PolicyRefused(expected(where, _short(value), "a number"))
    score = KNOWN.get(name)
    if score is not None and not _is_within(score, value):
        raise PolicyRefused(expected(where, _short(value), f"a number {score.span}, as {score.with_article} is"))
    return float(value)


def _is_within(score: Score, value: float) -> bool:
    return (score.low is None or value >= score.low) and (score.high is None or value <= score.high)


def _reference(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not is_address(value):
        raise PolicyRefused(expected(f"{name}: no_worse_than", _short(value), VALID))
    return value


def _criteria(text: str) -> Iterator[Limit]:
    """MLflow's: comparisons that are joined by AND."""
    for part in re.split(r"\s+AND\s+", text.strip(), flags=re.IGNORECASE):
        found = COMPARISON.fullmatch(part)
        if found is None or not NAME.fullmatch(found[1]):
            raise PolicyRefused(
                expected("policy", _short(part), "comparisons such as `auc >= 0.75 AND latency/p95 <= 50`")
            )
        try:
            limit = _number(found[1], float(found[3]), found[1])
        except ValueError:
            raise PolicyRefused(expected(found[1], _short(found[3]), "a number")) from None
        least = found[2].startswith(">")
        yield Limit(_measure(found[1]), limit if least else None, None if least else limit)


def measure_called(name: str) -> str:
    """The name that the tests have for it.

    >>> measure_called("latency/p95"), measure_called("latency/p99/100"), measure_called("auc")
    ('latency_p95_ms', 'latency_p99_ms_batch_100', 'auc')
    """
    if found := QUANTILE.fullmatch(name):
        return f"latency_p{found[1]}_ms{f'_batch_{found[2]}' if found[2] else ''}"
    return name


def percentile_of(measure: str) -> tuple[int, float] | None:
    """Rows at once and share of a latency; None of another measure.

    >>> percentile_of("latency_p95_ms"), percentile_of("latency_p99_ms_batch_100"), percentile_of("auc")
    ((1, 0.95), (100, 0.99), None)
    """
    found = MEASURED.fullmatch(measure)
    return (int(found[2] or 1), int(found[1]) / 100) if found is not None and int(found[1]) else None


def _short(value: Any) -> str:
    return shortened(str(value), 80)
