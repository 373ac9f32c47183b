"""One value of a category as text. Needs no pandas: the file of an experiment is read without it."""

import math
import numbers
import re
from decimal import Decimal
from typing import Any

WHOLE_AS_TEXT = re.compile(r"[+-]?\d+\.0+")
"""How a whole number looks as text once it has been through a float: "3.0"."""

FRACTION_AS_TEXT = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d+")

TRUTH_AS_TEXT = dict.fromkeys(("True", "true", "TRUE"), "1") | dict.fromkeys(("False", "false", "FALSE"), "0")
"""A truth value is its number, as in Python, however it is written."""


def label_of(value: Any) -> str | None:
    """One value as text by the rule of ``drift.columns.to_labels``; None for an infinite one."""
    if isinstance(value, str):
        return _text_label(value)
    if isinstance(value, bool) or getattr(value, "dtype", None) == "bool":  # numpy.bool_
        return str(int(value))
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real | Decimal):
        return _number_label(value)
    return str(value)


def _text_label(text: str) -> str | None:
    if WHOLE_AS_TEXT.fullmatch(text):
        return text.split(".")[0]
    return _number_label(float(text)) if FRACTION_AS_TEXT.fullmatch(text) else TRUTH_AS_TEXT.get(text, text)


def _number_label(value: Any) -> str | None:
    if math.isinf(value):
        return None
    if value == int(value):
        return str(int(value))
    return str(float(value)) if isinstance(value, Decimal) else str(value)
