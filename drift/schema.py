"""Which columns are compared, and as what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from batch_zero.codes import lost
from batch_zero.text import quoted
from drift.columns import is_category, parse_numbers
from drift.errors import DriftError

FEW_VALUES = 10
"""Up to this many different whole numbers are codes, not amounts (Evidently draws the line here, too)."""

DATE_TYPES = {"datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period"}
MONTH = (
    r"(?:Jan(?:uary|uar|vier)?|Ene(?:ro)?|F[eé][bv](?:ruary|ruar|rero|rier|r)?|M[aä]r(?:ch|zo|z|s)?|A[pbv]r(?:il)?|Ma[yi]o?"
    r"|Juni?o?e?|Juin|Juli?o?y?|Juillet|Aug(?:ust)?|Ago(?:sto)?|Ao[uû]t|Sept?(?:ember|embre|iembre)?"
    r"|O[ck]t(?:ober|obre|ubre)?|Nov(?:ember|embre|iembre)?|D[eéi][cz](?:ember|embre|iembre)?)\b\.?"
)
YEAR = r"(?:1[89]|20)\d\d\b"
DATES_AS_TEXT = (
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?!\d)",  # 2024-01-31, 2024/1/31
    r"\d{1,2}([-/.])\d{1,2}\1\d{4}(?!\d)",  # 31.1.2024, 1/31/2024
    r"\d{1,2}/\d{1,2}/\d\d(?!\d)",  # 1/31/24
    r"\d\d([-.])\d\d\1\d\d(?!\d)",  # 31.01.24
    rf"(?:[^\W\d]{{2,10}}\.?,?\s+)?{MONTH}\s+(?:\d{{1,2}}(?:st|nd|rd|th)?\b|{YEAR})",  # Wed, Jan 31, 2024; January 2024
    rf"(?:[^\W\d]{{2,10}}\.?,?\s+)?\d{{1,2}}(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?{MONTH}",  # 31 Jan 2024, 31. Januar
    r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?$",  # 12:30, 12:30:05 PM
)
"""How dates and times begin that came as text."""

WITH_UNIT = r"^([€$£¥]?)\s?[+-]?\d+(?:[.,]\d+)*(\s?[^\W\d]{0,5}|\s?[%€$£¥°‰])$"
ID_NAME = re.compile(
    r"(?i:(?:^|[^a-z])(?:id|key|index)(?:$|[^a-z]))|[a-z]I[dD]$|^Unnamed: \d+$"
    r"|(?i:^(?:account|case|client|customer|member|order|patient|person|record|row|subject|user)id$)"
)
CHANCE_PAIRS = 10
"""So many equal pairs are to be expected of numbers drawn from as wide a span: none at all is no chance (p 5e-5)."""


@dataclass(frozen=True)
class Schema:
    """The columns of a drift check.

    untested: (column, reason) of the columns that were looked at and left out; empty where a person wrote the schema.
    """

    numerical: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    untested: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.columns)) < len(self.columns):
            twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
            raise DriftError(f"schema: got {quoted(twice)} twice, expected each column once")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.numerical + self.categorical

    def only(self, columns: Sequence[str]) -> "Schema":
        """The schema of these columns alone; raises DriftError for one that it does not compare."""
        reasons = dict(self.untested)
        for name in columns:
            if name in reasons:
                raise DriftError(f"column {name!r} cannot be compared: {reasons[name]}")
        if unknown := [name for name in columns if name not in self.columns]:
            raise DriftError(f"the reference has no column {quoted(unknown)}; it has {quoted(self.columns)}")
        return Schema(
            numerical=tuple(name for name in self.numerical if name in columns),
            categorical=tuple(name for name in self.categorical if name in columns),
        )


def with_plain_names(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """The frame with text for column names (3 becomes "3"); raises DriftError where it is empty or a name comes twice.

    side: "reference" or "batch", for the message.
    """
    if frame.empty:
        raise DriftError(f"the {side} is empty: {len(frame)} rows, {len(frame.columns)} columns")
    named = frame.set_axis(frame.columns.map(str), axis="columns")
    if twice := list(named.columns[named.columns.duplicated()].unique()):
        raise DriftError(f"the {side} has more than one column named {quoted(twice)}")
    return named


def infer_schema(reference: pd.DataFrame) -> Schema:
    """A schema guessed from the reference alone; for people at a terminal. The first rule that fits counts:

    - dates, times, text that starts like one (2024-01-31, 1/31/2024, Jan 31, 2024), and lists are not compared;
    - truth values, pandas categories and columns without any value are categorical;
    - text with leading zeros is a code, which is text, and no number;
    - numbers, also written as text, are numerical, unless they are at most FEW_VALUES different whole ones, or an
      identifier: different whole numbers that stand in order, or that have no gaps to speak of, or are named like one;
    - text is categorical, unless more than half of the rows (and more than FEW_VALUES) differ: an identifier.
    """
    frame = with_plain_names(reference, "reference")
    kinds = {str(name): _kind(frame[name]) for name in frame.columns}
    return Schema(
        numerical=tuple(name for name, kind in kinds.items() if kind == "numerical"),
        categorical=tuple(name for name, kind in kinds.items() if kind == "categorical"),
        untested=tuple((name, kind) for name, kind in kinds.items() if kind not in ("numerical", "categorical")),
    )


def _kind(column: pd.Series) -> str:
    """ "numerical", "categorical", or the reason why it is neither."""
    values = column.astype(object).dropna()
    if values.empty or isinstance(column.dtype, pd.CategoricalDtype):
        return "categorical"
    type_name = pd.api.types.infer_dtype(values)
    if type_name in DATE_TYPES or (type_name == "string" and _are_dates(values)):
        return "it holds dates and times"
    if not all(is_category(value) for value in values):
        return "it holds lists or other nested values"
    if type_name == "boolean":
        return "categorical"
    parsed, strays = parse_numbers(values)
    if not len(strays):
        if any(isinstance(value, str) and lost(value.strip()) for value in values.unique()) and not (parsed < 0).any():
            return kind_of_text(values)
        return _kind_of_numbers(parsed, str(column.name))
    kind = kind_of_text(values)
    return kind if kind == "categorical" else _almost_numbers(values, strays) or kind


def _almost_numbers(values: pd.Series, strays: pd.Series) -> str:
    """Why text is no numbers where nearly all of it is; empty where it is something else."""
    example = quoted([strays.iloc[0]])
    if len(strays) < len(values) / 2:
        are = "is no number" if len(strays) == 1 else "are no numbers"
        return f"it holds numbers and text: {len(strays):,} of {len(values):,} values {are}, such as {example}"
    units = strays.astype(str).str.strip().str.extract(WITH_UNIT)
    same = units.notna().all(axis=None) and (units.nunique() == 1).all()
    return f"it holds numbers with a unit, such as {example}" if same else ""


def _are_dates(texts: pd.Series) -> bool:
    """Each by the same way to write them."""
    texts = texts.str.strip()
    return any(
        re.match(way, texts.iloc[0], re.IGNORECASE) and texts.str.match(way, case=False).all() for way in DATES_AS_TEXT
    )


def _kind_of_numbers(numbers: pd.Series, name: str) -> str:
    finite = numbers[np.isfinite(numbers)]
    if not (finite % 1 == 0).all():
        return "numerical"
    if finite.nunique() <= FEW_VALUES:
        return "categorical"
    if len(finite) == len(numbers) == finite.nunique() and _identify(finite, name):
        return f"an identifier: {len(finite):,} different whole numbers in {len(finite):,} rows"
    return "numerical"


def _identify(different: pd.Series, name: str) -> bool:
    """Whether whole numbers that all differ are names of the rows, and no amounts."""
    rows, span = len(different), different.max() - different.min() + 1
    in_order = different.is_monotonic_increasing or different.is_monotonic_decreasing
    return bool(in_order or rows * (rows - 1) / (2 * span) > CHANCE_PAIRS or ID_NAME.search(name))


def kind_of_text(values: pd.Series) -> str:
    """ "categorical", or why values without a missing one are no categories."""
    different = values.nunique()
    if different > max(FEW_VALUES, len(values) / 2):
        return f"free text or an identifier: {different:,} different values in {len(values):,} rows"
    return "categorical"
