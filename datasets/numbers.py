"""How a table's numbers are written: with decimal commas or points, their thousands grouped, and what may be either."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from batch_zero.text import quoted

EXPONENT = r"(?:[eE][+-]?\d+)?"
NUMBER = re.compile(rf"[+-]?\d+(?:[.,]\d+)*{EXPONENT}")
DECIMAL_COMMA = re.compile(
    r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})|[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?0,\d+|[+-]?\d{4,},\d+"
    r"|[+-]?\d+,\d+[eE][+-]?\d+"
)
"""50,12 and 1.234,56: what no number with a decimal point looks like."""

COMMA_NUMBER = re.compile(rf"[+-]?(?:\d{{1,3}}(?:\.\d{{3}})+|\d+)(?:,\d+)?{EXPONENT}")
THOUSANDS_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}")
POINT_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
THOUSANDS_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+|[+-]?\d{1,3}")
MILLIONS_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3}){2,}")

BLANKS = " \u00a0\u2009\u202f'’"  # those that Swiss and French tables have
THOUSANDS_BLANK = re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:[{BLANKS}]\d{{3}})+(?:[.,]\d+)?")
BLANK_NUMBER = re.compile(rf"{THOUSANDS_BLANK.pattern}|[+-]?\d{{1,3}}(?:[.,]\d+)?")

MINUS = "\u2212"
"""As word processors and R's tables write it."""


AsText = Callable[[Sequence[str], int | None], pd.DataFrame]
"""Columns as they are written; of so many rows, or of all."""

LIKE_A_NUMBER = re.compile(rf"[+-]?\d[\d.,eE+{BLANKS}-]*")
FIRST = 100
"""Values of a column by which it is told that it is none of numbers."""


class Ambiguous(Exception):
    """Numbers that may be two; the rest of a sentence that begins with a file's name."""


@dataclass(frozen=True)
class Numbers:
    """made: columns that were read in another way than pandas reads them. notes: how, in words."""

    made: dict[str, pd.Series]
    notes: tuple[str, ...]


def meant(frame: pd.DataFrame, separator: str, as_text: AsText) -> Numbers:
    """Numbers with decimal commas or grouped thousands as numbers, where that is plain; else they stay text, and are
    named. Where commas separate the columns, a comma inside one groups thousands or is no number's. Raises Ambiguous
    for points that are decimal by pandas alone."""
    texts = {name: values for name in map(str, frame) if (values := _texts(frame[name])) is not None}
    spaced = {name: values for name, values in texts.items() if _grouped_by_blanks(values)}
    millions = [name for name, values in texts.items() if _plainly(values, MILLIONS_POINT, THOUSANDS_POINT)]
    german, english, unclear = _by_commas(texts, separator)
    commas = bool(german or millions or any(_has(values, ",") for values in spaced.values()))
    points = bool(english or any(_has(values, ".") for values in spaced.values()))
    grouped, decimal = _grouped_by_points(frame, separator, as_text, commas=commas, points=points)
    grouped |= {name: texts[name] for name in millions}
    plain = {name: _without(values, ".").str.replace(",", ".") for name, values in german.items()}
    plain |= {name: _without(values, ",") for name, values in english.items()}
    plain |= {name: _without(values, ".") for name, values in grouped.items()}
    plain |= {name: _without(values, BLANKS).str.replace(",", ".") for name, values in spaced.items()}
    notes = [
        *_words("decimal commas", list(german)),
        *_words("points that group thousands", list(grouped)),
        *_words("decimal points", decimal),
        *_words("commas that group thousands", list(english)),
        *_words("blanks or apostrophes that group thousands", list(spaced)),
        *(
            f"{quoted([name])} as text, because {values.iloc[0]!r} may be one of two numbers"
            for name, values in unclear.items()
        ),
    ]
    return Numbers({name: pd.to_numeric(column).reindex(frame.index) for name, column in plain.items()}, tuple(notes))


Texts = dict[str, pd.Series]


def _by_commas(texts: Texts, separator: str) -> tuple[Texts, Texts, Texts]:
    """Columns of numbers with commas: decimal ones, those that group thousands, and what may be either."""
    words = {name: v for name, v in texts.items() if v.str.fullmatch(NUMBER).all() and _has(v, ",")}
    german = [n for n, values in words.items() if separator != "," and _plainly(values, DECIMAL_COMMA, COMMA_NUMBER)]
    english = [name for name, values in words.items() if _plainly(values, THOUSANDS_COMMA, POINT_NUMBER)]
    unclear = [name for name in words if name not in (*german, *english)]
    if unclear and german and not english:
        german, unclear = [*german, *(n for n in unclear if words[n].str.fullmatch(COMMA_NUMBER).all())], []
    return tuple({name: words[name] for name in names} for names in (german, english, unclear))  # type: ignore[return-value]


def _words(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what} in {quoted(names)}"] if names else []


def _texts(column: pd.Series) -> pd.Series | None:
    """The values that are there, where all of them are text that may be numbers."""
    if not (pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)):
        return None
    values = column.dropna()
    first = values.head(FIRST)
    if values.empty or not (_are_text(first) and _cleaned(first).str.fullmatch(LIKE_A_NUMBER).all()):
        return None  # most text columns are none of numbers, and need not be looked through
    return _cleaned(values) if _are_text(values) else None


def _are_text(values: pd.Series) -> bool:
    return all(isinstance(value, str) for value in values)


def _cleaned(values: pd.Series) -> pd.Series:
    return values.str.strip().str.replace(MINUS, "-")


def _plainly(values: pd.Series, evidence: re.Pattern[str], every: re.Pattern[str]) -> bool:
    return bool(values.str.fullmatch(every).all() and values.str.fullmatch(evidence).any())


def _grouped_by_blanks(values: pd.Series) -> bool:
    one_sign = not (_has(values, ",") and _has(values, "."))
    return one_sign and _plainly(values, THOUSANDS_BLANK, BLANK_NUMBER)


def _has(values: pd.Series, sign: str) -> bool:
    return bool(values.str.contains(sign, regex=False).any())


def _without(values: pd.Series, signs: str) -> pd.Series:
    return values.str.replace(f"[{re.escape(signs)}]", "", regex=True)


def _grouped_by_points(
    frame: pd.DataFrame, separator: str, as_text: AsText, *, commas: bool, points: bool
) -> tuple[dict[str, pd.Series], list[str]]:
    """1.234, which pandas reads as a little more than one: the columns where its point groups thousands, and those
    where it is taken for a decimal one. commas, points: whether either is decimal elsewhere in the table."""
    floats = [name for name in map(str, frame) if pd.api.types.is_float_dtype(frame[name])]
    if separator == "," or not floats:
        return {}, []
    first = as_text(floats, FIRST)
    like = [name for name in floats if first[name].dropna().str.strip().str.fullmatch(THOUSANDS_POINT).all()]
    points = points or any(_has(first[name].dropna(), ".") for name in floats if name not in like)
    if points and not commas:
        return {}, []
    written = as_text(like, None)
    dotted = {name: values for name in like if _has(values := written[name].dropna().str.strip(), ".")}
    doubtful = {name: values for name, values in dotted.items() if values.str.fullmatch(THOUSANDS_POINT).all()}
    points = points or len(doubtful) < len(dotted)
    if commas and not points:
        return doubtful, []
    if doubtful and (commas or (separator == ";" and not points)):
        raise Ambiguous(_which(*next(iter(doubtful.items())), both=commas))
    return {}, [] if points else list(doubtful)


def _which(name: str, values: pd.Series, *, both: bool) -> str:
    """Semicolons are what those write whose decimals are commas."""
    shown = values[values.str.contains(".", regex=False)]
    first = shown.iloc[0]
    whole = _without(shown, ".").iloc[0]
    why = "other columns have both decimal points and decimal commas" if both else "nothing else in the table tells"
    return (
        f"column {quoted([name])}: got {quoted(list(shown.unique()))}, which may be decimals ({first}) or have points "
        f"that group thousands ({whole}), and {why}; write {whole}, or {first}0 where it is a decimal, or save it with "
        f"commas between the columns, where points are decimal"
    )
