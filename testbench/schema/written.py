"""A schema as JSON: a file that is kept, edited by hand and handed back. ``json_schema`` tells editors of it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from batch_zero.errors import expected
from batch_zero.text import as_json, shortened
from batch_zero.validation import Expected, sentence
from testbench.schema import distributions
from testbench.schema.distributions import Date, Distribution, Number, Quantiles, Shape
from testbench.schema.errors import SchemaError
from testbench.schema.schema import LEAST_INT, MOST_CLASSES, MOST_COLUMNS, MOST_INT, Column, Kind, Said, Schema

LARGEST = 20_000_000
"""Characters."""

EARLIER = "kind"
"""What the type of a column was called before; kept tests, and scripts of others, have it so."""

SHAPES: dict[str, type[Shape]] = {
    str(shape.model_fields["shape"].default): shape for shape in distributions.Distribution.__args__
}

_Type = Literal["float", "int", "boolean", "categorical", "text", "datetime"]
Bound = Annotated[Number | Date, Expected("a number, or of a datetime column a datetime such as 2024-01-31")]
Label = str | bool | int | Annotated[float, Field(allow_inf_nan=False)]


_DATES = "; of a datetime column, a date such as 2024-01-31"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ColumnTable(_Table):
    """One column."""

    name: Annotated[str, Expected("a text")]
    type: Annotated[_Type, Expected(f"one of {', '.join(Kind)}")]
    low: Bound | None = Field(default=None, description=f"Where its range begins, inclusive{_DATES}.")
    high: Bound | None = Field(default=None, description=f"Where its range ends, inclusive{_DATES}.")
    classes: Annotated[
        list[Label], Field(max_length=MOST_CLASSES), Expected("a list of texts, numbers or booleans")
    ] = Field(default=[], description="Of a categorical column, every value that it takes, in their order.")
    missing: Annotated[float, Field(ge=0, le=1), Expected("a share from 0 to 1")] = Field(
        default=0.0, description="The share of rows without a value."
    )
    distribution: Annotated[Distribution, Field(discriminator="shape")] | None = Field(
        default=None, description="How its values are spread; without one, as the sample has them, or evenly."
    )


class SchemaTable(_Table):
    """The columns that a model is shown, in its order."""

    columns: Annotated[
        list[ColumnTable], Field(min_length=1, max_length=MOST_COLUMNS), Expected("a list of 1 to 10,000 columns")
    ]


def json_schema() -> str:
    """The JSON schema of the JSON."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SchemaTable.model_json_schema()}
    for shape in SHAPES.values():  # without its name a shape is none, though in Python each knows its own
        found["$defs"][shape.__name__].setdefault("required", []).insert(0, "shape")
    return json.dumps(found, indent=2) + "\n"


def to_json(schema: Schema) -> str:
    return as_json({"columns": [_table(column) for column in schema.columns]})


def _table(column: Column) -> dict[str, Any]:
    """Only what is known of it."""
    known = {
        Said.LOW: None if column.low is None else bound(column.kind, column.low),
        Said.HIGH: None if column.high is None else bound(column.kind, column.high),
        Said.CLASSES: list(column.classes) or None,
        Said.MISSING: column.missing or None,
        Said.DISTRIBUTION: None if column.distribution is None else column.distribution.model_dump(mode="json"),
    }
    return {
        Said.NAME.value: column.name,
        Said.TYPE.value: column.kind.value,
        **{name.value: value for name, value in known.items() if value is not None},
    }


def bound(kind: Kind, value: float) -> float | int | str:
    """As people write it: 3 for 3.0, and of dates a date, where Python's calendar goes so far."""
    if kind is not Kind.DATETIME:
        return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
    try:
        return datetime.fromtimestamp(value, UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError, OSError):
        return value


def from_json(text: str | bytes) -> Schema:
    """Raises SchemaError: where, what came, what is valid."""
    content = _content(text)
    try:
        table = SchemaTable.model_validate(content)
    except ValidationError as error:
        raise SchemaError(_refusal(error, content)) from None
    return Schema(tuple(_column(column) for column in table.columns))


def _content(text: str | bytes) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise SchemaError(f"the schema: got {len(text):,} characters, expected up to {LARGEST:,}")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"the schema: no JSON that can be read: {shortened(str(error), 100)}") from None
    if not isinstance(content, dict):
        raise SchemaError(expected("the schema", shortened(repr(content)), 'an object {"columns": [...]}'))
    _check_unicode(content)
    columns = content.get("columns")
    return {**content, "columns": [*map(_today, columns)]} if isinstance(columns, list) else content


def _check_unicode(content: Mapping[str, Any]) -> None:
    """Names, classes and whatever else is written: JSON can say half of a surrogate pair, and no table can hold it."""
    columns = content.get("columns")
    parts = (
        [(_named(number, each), each) for number, each in enumerate(columns, 1)] if isinstance(columns, list) else []
    )
    for where, part in (*parts, ("the schema", content)):
        try:
            json.dumps(part, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            raise SchemaError(f"{where}: got {half!r}, which is half a character, expected whole ones") from None


def _named(number: int, column: Any) -> str:
    name = column.get("name") if isinstance(column, Mapping) else None
    return f"column {number} ({shortened(repr(name))})"


def _today(column: Any) -> Any:
    """In today's words."""
    if not isinstance(column, dict) or EARLIER not in column or Said.TYPE in column:
        return column
    return {Said.TYPE.value if name == EARLIER else name: value for name, value in column.items()}


def _refusal(error: ValidationError, content: Mapping[str, Any]) -> str:
    """What is wrong is told of the innermost table that it is in."""
    where = error.errors(include_url=False)[0]["loc"]
    if where == ("columns",):
        return f"the schema: {expected('columns', content.get('columns'), f'a list of 1 to {MOST_COLUMNS:,} columns')}"
    if len(where) < 2:
        return f"the schema: {sentence(error, SchemaTable, content)}"
    number = int(where[1])
    column = content["columns"][number]
    if not isinstance(column, Mapping):
        return expected(f"column {number + 1}", column, "an object with name and type")
    return f"{_named(number + 1, column)}: {_of_column(column, in_distribution='distribution' in where)}"


def _of_column(column: Mapping[str, Any], *, in_distribution: bool) -> str:
    if not in_distribution:
        return _told(ColumnTable, column)
    content = column["distribution"]
    if not isinstance(content, Mapping):
        return expected("distribution", content, "an object with a shape")
    shape = content.get("shape")
    if not isinstance(shape, str) or shape not in SHAPES:
        return f"distribution: {expected('shape', shape, 'one of ' + ', '.join(SHAPES))}"
    return f"distribution: {_told(SHAPES[shape], content)}"


def _told(model: type[BaseModel], content: Mapping[str, Any]) -> str:
    try:
        model.model_validate(content)
    except ValidationError as error:
        return sentence(error, model, content)
    raise AssertionError("it was refused before")


def _column(table: ColumnTable) -> Column:
    kind = Kind(table.type)
    low, high = (_bound(table, value) for value in (table.low, table.high))
    if kind is Kind.INT and not isinstance(table.distribution, Quantiles):  # which were read off a sample that has them
        _check_held(table.name, {Said.LOW: low, Said.HIGH: high})
    return Column(table.name, kind, low, high, tuple(table.classes), table.missing, table.distribution)


def _check_held(name: str, bounds: Mapping[str, float | None]) -> None:
    for where, value in bounds.items():
        if value is not None and not LEAST_INT <= value <= MOST_INT:
            valid = expected(where, value, "a whole number that 64 bits hold")
            raise SchemaError(f"column {shortened(name)!r}: {valid}")


def _bound(table: ColumnTable, value: float | str | None) -> float | None:
    if not isinstance(value, str):
        return value
    if Kind(table.type) is not Kind.DATETIME:
        raise SchemaError(f"column {shortened(table.name)!r}: {expected('low or high', value, 'a number')}")
    return distributions.seconds(value)
