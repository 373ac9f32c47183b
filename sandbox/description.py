"""What a model says it is: anybody's text, of bounded length."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import plain
from sandbox.labels import Label

MOST = 10_000
"""Features or classes."""


TASKS = ("classifier", "regressor")
KINDS = ("numbers", "whole numbers", "text", "truth values", "times")


@dataclass(frozen=True)
class Column:
    """A feature as the model knows it. kind: of its values, one of ``KINDS``. categories: that it has met, up to a
    thousand. None where it does not say."""

    name: str
    kind: str | None
    categories: tuple[Label, ...] | None


@dataclass(frozen=True)
class Description:
    """A model in its own words, printable and short.

    kind: the class of what a pipeline ends in, "XGBoost" for all of XGBoost's; None where it says nothing.
    model_class: with its module. library: that of ``kind``. versions: library -> the one installed here. saved_with:
    what the model folder names, or scikit-learn noticed. features: those it knows by name, in its order.
    feature_count: how many it was trained on. classes: that it tells apart. outputs: columns of ``predict_proba``.
    task: one of ``TASKS``. columns: what it knows of each of ``features``, in their order. None where it does not know.
    odd: what it says of its ``features``, ``feature_count`` or ``classes`` and cannot be, each with what is valid, as a
    part of a sentence; it is not used.
    """

    kind: str | None
    model_class: str
    library: str
    versions: dict[str, str]
    saved_with: dict[str, str]
    features: tuple[str, ...] | None
    feature_count: int | None
    classes: tuple[Label, ...] | None
    outputs: int | None
    task: str | None
    columns: tuple[Column, ...] | None
    odd: Mapping[str, str] = field(default_factory=dict)


def parsed(words: dict[str, Any]) -> Description:
    """From the words of a child that holds the model. Raises ValueError, TypeError or KeyError where they are no
    description."""
    return Description(
        kind=plain(_text(words["kind"])) or None,
        model_class=plain(_text(words["model_class"])),
        library=plain(_text(words["library"])),
        versions=_texts(words["versions"]),
        saved_with=_texts(words["saved_with"]),
        features=_several(words["features"], lambda name: plain(_text(name))),
        feature_count=_count(words["feature_count"]),
        classes=_several(words["classes"], _label),
        outputs=_count(words["outputs"]),
        task=_one_of(words["task"], TASKS),
        columns=_several(words["columns"], _column),
        odd=_texts(words["odd"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("got something else where text was expected")
    return value


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {plain(name): plain(_text(value)) for name, value in list(values.items())[:100]}


def _several(values: list[Any] | None, made: Any) -> tuple[Any, ...] | None:
    if values is None:
        return None
    if not isinstance(values, list) or len(values) > MOST:
        raise ValueError(f"got no list of at most {MOST}")
    return tuple(made(value) for value in values)


def _column(value: dict[str, Any]) -> Column:
    return Column(
        name=plain(_text(value["name"])),
        kind=_one_of(value["kind"], KINDS),
        categories=_several(value["categories"], _label),
    )


def _one_of(value: Any, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise ValueError(f"got none of {', '.join(known)}")
    return None if value is None else str(value)


def _label(value: Any) -> Label:
    if isinstance(value, bool | int | float):
        return value
    return plain(_text(value))


def _count(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or value < 0):
        raise ValueError("got no count")
    return value
