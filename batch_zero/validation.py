"""What a pydantic model refuses, as one sentence: ``name: got 3, expected a text``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from batch_zero.errors import expected


@dataclass(frozen=True)
class Expected:
    """Annotates a type with what is valid, in words."""

    words: str


def sentence(error: ValidationError, model: type[BaseModel], content: Mapping[str, Any]) -> str:
    """The first thing that is wrong with ``content``; before a value that is missing, the name that may have been meant
    for it. What is in a table that the user named is told with that table."""
    found = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    table, where, inside = model, "", ""
    value: Any = content
    for part in found["loc"]:
        if part not in _fields(table):
            if (own := _extra(table)) and isinstance(value.get(part), Mapping):
                table, where, value = own, f"{where}.{part}", value[part]
                inside = f"[{where}] "
                continue
            return f"{where and f'[{where}]: '}got {part!r}, expected one of {', '.join(_fields(table))}"
        field, where = _fields(table)[str(part)], str(part)
        value = value.get(where)
        inner = _table_of(field)
        if inner is None:
            return inside + _of_field(where, value, field)
        if not isinstance(value, Mapping):
            return expected(where, value, f"a table [{where}]")
        table = inner
    return f"{inside}{found['ctx']['error']}"  # of the content as a whole, which says it in its own words


def _table_of(field: FieldInfo) -> type[BaseModel] | None:
    """Of a field that is a table, or one that may be left out."""
    types = (field.annotation, *get_args(field.annotation))
    return next((each for each in types if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _of_field(name: str, value: object, field: FieldInfo) -> str:
    valid = next(item for item in _annotations(field) if isinstance(item, Expected))
    return expected(name, value, valid.words)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """By the names that a user writes."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _extra(model: type[BaseModel]) -> type[BaseModel] | None:
    """What the tables are that a user may name freely."""
    if model.model_config.get("extra") != "allow":
        return None
    found = get_args(get_type_hints(model)["__pydantic_extra__"])[1]
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found


def _annotations(field: FieldInfo) -> list[object]:
    """Those of the field itself, and of the types that it is made of."""
    found: list[object] = [*field.metadata]
    waiting: list[Any] = [field.annotation]
    while waiting:
        parts = get_args(waiting.pop())
        found += parts
        waiting += parts
    return found
