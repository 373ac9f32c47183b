"""Which of two labels means yes: one rule for the target of the data and for the classes of a model.

It knows no library: the child that opens a model file goes by it as well.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

Label = str | bool | int | float

CONVENTIONS = ({0, 1}, {-1, 1})
"""In Python, False and True are equal to 0 and 1. In both, 1 means yes."""


class LabelError(ValueError):
    """It cannot be known which label means yes; the message says why, and names the labels."""


@dataclass(frozen=True)
class Labels:
    """What the experiment says of its target. seen: the labels that the rows hold. positive: the one that means yes."""

    seen: tuple[Label, ...]
    positive: Label


def positive_of(labels: Sequence[Label], named: Label | None) -> Label:
    """The one of at most two ``labels`` that means yes: the one that is ``named``, else 1 where they are 0 and 1, False
    and True, or -1 and 1. Raises LabelError."""
    if len(set(labels)) > 2:
        raise LabelError(f"got {listed(labels)}, expected two labels")
    if named is not None:
        if named not in labels:
            raise LabelError(_none_of(labels, named))
        return named
    if not any(set(labels) <= convention for convention in CONVENTIONS):
        raise LabelError(f"got {listed(labels)}, and nothing says which of them means yes")
    return 1


def _none_of(labels: Sequence[Label], named: Label) -> str:
    """Text and numbers look alike in a table: says of what type each is, and what to write instead."""
    meant = [label for label in labels if _read(label) == _read(named)] or labels
    kinds = " and ".join(dict.fromkeys(f"{_kind(label)}s" for label in labels))
    return (
        f"got {listed(labels)} ({kinds}), and the positive label {listed([named])}, a {_kind(named)}, is none of "
        f"them: write {' or '.join(f'positive = {_in_toml(label)}' for label in meant)}"
    )


def _read(label: Label) -> float | str:
    """What somebody reads who does not see the type."""
    try:
        return float(label)
    except (TypeError, ValueError):
        text = str(label).strip().casefold()
        return {"false": 0.0, "true": 1.0}.get(text, text)


def _kind(label: Label) -> str:
    if isinstance(label, bool):
        return "truth value"
    return "text" if isinstance(label, str) else "number"


def _in_toml(label: Label) -> str:
    return json.dumps(label, ensure_ascii=False, default=str)[:60]


def column_of(classes: Sequence[Label], labels: Labels | None) -> int:
    """Of a classifier with these classes, the column of probabilities that is wanted. labels: None where the rows'
    target is a conventional one. Raises LabelError."""
    if len(classes) != 2:
        raise LabelError(f"its classes are {listed(classes)}, expected two")
    if labels is None:
        return _conventional(classes)
    if not {*labels.seen, labels.positive} <= set(classes):
        raise LabelError(
            f"its classes are {listed(classes)}, and those of the rows {listed(labels.seen)}: "
            "have features.py give the target the model's labels, and name the positive one in [data]"
        )
    return list(classes).index(labels.positive)


def _conventional(classes: Sequence[Label]) -> int:
    try:
        return list(classes).index(positive_of(classes, None))
    except LabelError:
        raise LabelError(
            f"its classes are {listed(classes)}, and nothing says which of them is the target's 1: "
            "give the target these labels, and name the positive one as positive = ... in [data]"
        ) from None


def listed(labels: Sequence[Label]) -> str:
    """For a sentence: 'doctor', 'none'."""
    shown = ", ".join(repr(label)[:40] for label in labels[:5])
    return shown if len(labels) <= 5 else f"{shown} and {len(labels) - 5} more"
