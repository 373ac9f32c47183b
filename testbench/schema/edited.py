"""A schema as a table of texts that a person edits, one row for each column, and back."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from batch_zero.errors import expected
from batch_zero.text import shortened
from testbench.schema.distributions import Distribution, Quantiles, Weights
from testbench.schema.errors import SchemaError
from testbench.schema.schema import Column, Kind, Said, Schema
from testbench.schema.written import SHAPES, bound, from_json

HEADINGS = tuple(word.capitalize() for word in Said)
NAME, TYPE, LOW, HIGH, CLASSES, MISSING, SPREAD = HEADINGS
EMPTY: dict[str, Any] = {**dict.fromkeys(HEADINGS, ""), TYPE: Kind.FLOAT.value, MISSING: 0.0}
"""A row that nobody has filled in yet."""

AS_FOUND = "as found"
"""Stands for a distribution of many numbers, which is kept as it is."""

SHOWN_WEIGHTS = 6
WRITTEN = re.compile(r"\s*([a-z-]+)\s*\(?([^()]*)\)?\s*")
PAIR = re.compile(r"\s*([a-z]+)[ =]+(\S+)\s*")


def to_rows(schema: Schema) -> list[dict[str, Any]]:
    """By ``HEADINGS``; texts, and a number for the share of missing values."""
    return [
        {
            NAME: column.name,
            TYPE: column.kind.value,
            LOW: "" if column.low is None else str(bound(column.kind, column.low)),
            HIGH: "" if column.high is None else str(bound(column.kind, column.high)),
            CLASSES: _classes(column),
            MISSING: column.missing,
            SPREAD: _spread(column.distribution),
        }
        for column in schema.columns
    ]


def from_rows(rows: Sequence[Mapping[str, Any]], before: Schema | None = None) -> Schema:
    """before: of which ``AS_FOUND`` speaks. A row that says nothing but a type is left out. Raises SchemaError."""
    known = {column.name: column.distribution for column in before.columns} if before else {}
    for number, row in enumerate(rows, 1):
        if not _text(row, NAME) and any(_text(row, heading) for heading in (LOW, HIGH, CLASSES, SPREAD)):
            raise SchemaError(f"row {number:,}: {expected('name', '', 'a text')}")
    columns = [_column(row, known.get(_text(row, NAME))) for row in rows if _text(row, NAME)]
    if not columns:
        raise SchemaError("got no column, expected one at least: give each a name and a type")
    return from_json(json.dumps({"columns": columns}))


def _column(row: Mapping[str, Any], found: Distribution | None) -> dict[str, Any]:
    values = {
        Said.NAME: _text(row, NAME),
        Said.TYPE: _text(row, TYPE) or Kind.FLOAT.value,
        Said.LOW: _bound(_text(row, LOW)),
        Said.HIGH: _bound(_text(row, HIGH)),
        Said.CLASSES: _labels(_text(row, CLASSES)),
        Said.MISSING: _share(row),
        Said.DISTRIBUTION: _distribution(_text(row, NAME), _text(row, SPREAD), found),
    }
    return {name.value: value for name, value in values.items() if value not in (None, [])}


def _text(row: Mapping[str, Any], heading: str) -> str:
    value = row.get(heading)
    return "" if value is None or value != value else str(value).strip()


def _share(row: Mapping[str, Any]) -> Any:
    text = _text(row, MISSING)
    try:
        return float(text or 0)
    except ValueError:
        return text  # refused with the others, by name


def _bound(text: str) -> float | str | None:
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _classes(column: Column) -> str:
    """Words as they are where that can be read again, else as JSON."""
    words = [label for label in column.classes if isinstance(label, str)]
    if len(words) == len(column.classes) and all(_is_plain(word) for word in words):
        return ", ".join(words)
    return json.dumps(list(column.classes), ensure_ascii=False)[1:-1]


def _is_plain(word: str) -> bool:
    return bool(word) and word == word.strip() and "," not in word and not _is_json(word)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return text.startswith('"')
    return True


def _labels(text: str) -> list[Any]:
    """
    >>> _labels("north, south"), _labels("1, 2"), _labels('"1", true')
    (['north', 'south'], [1, 2], ['1', True])
    """
    if not text:
        return []
    try:
        return list(json.loads(f"[{text}]"))
    except ValueError:
        return [word.strip() for word in text.split(",")]


def _spread(distribution: Distribution | None) -> str:
    if distribution is None:
        return ""
    if isinstance(distribution, Weights) and len(distribution.weights) <= SHOWN_WEIGHTS:
        return f"weights {', '.join(f'{weight:g}' for weight in distribution.weights)}"
    if isinstance(distribution, Quantiles | Weights):
        return AS_FOUND
    return str(distribution)


def _distribution(column: str, text: str, found: Distribution | None) -> Mapping[str, Any] | None:
    if not text:
        return None
    if text == AS_FOUND or (found is not None and text == _spread(found)):
        return found.model_dump(mode="json") if found is not None else None
    written = WRITTEN.fullmatch(text)
    if written is None or written[1] not in SHAPES:
        shapes = ", ".join(SHAPES)
        valid = f"a distribution such as normal (mean 0, sd 1) or weights 1, 2; there are {shapes}"
        raise SchemaError(f"column {shortened(column)!r}: {expected('distribution', shortened(text), valid)}")
    shape, rest = written[1], written[2]
    if shape in ("weights", "quantiles"):
        name = "weights" if shape == "weights" else "values"
        return {"shape": shape, name: [_bound(part.strip()) for part in rest.split(",") if part.strip()]}
    pairs = [PAIR.fullmatch(part) for part in rest.split(",") if part.strip()]
    return {"shape": shape, **{pair[1]: _bound(pair[2]) for pair in pairs if pair is not None}}
