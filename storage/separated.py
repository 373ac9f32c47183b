"""Text -> a table: which character separates its columns, and how its numbers are written."""

import csv
import io
import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from drift.columns import quoted

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
LOOKED_AT = 1000
"""Rows by which a separator is judged."""

NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
DECIMAL_COMMA = re.compile(
    r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})|[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?0,\d+|[+-]?\d{4,},\d+"
)
"""50,12 and 1.234,56: what no number with a decimal point looks like."""

COMMA_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
THOUSANDS_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}")
POINT_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
THOUSANDS_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")


class NoTable(Exception):
    """The rest of a sentence that begins with a file's name."""


@dataclass(frozen=True)
class Separated:
    """taken: what was taken for granted beyond commas and decimal points, in words."""

    frame: pd.DataFrame
    taken: tuple[str, ...]


def table(text: str) -> Separated:
    """Raises NoTable where nothing, or more than one thing, can be meant; and what pandas raises."""
    separator = separator_of(text)
    _check_header(text, separator)
    frame = _parsed(text, separator)
    spoken = () if separator == "," else (f"columns separated by {SEPARATORS[separator]}",)
    numbers, told = _with_numbers(frame, text, separator)
    return Separated(numbers, (*spoken, *told))


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from (row for row in rows if row)
    except csv.Error as error:
        raise NoTable(f"line {rows.line_num:,} cannot be split into columns") from error


def separator_of(text: str) -> str:
    """The one that splits the header, and the rows into as many columns; a comma where there is one column only."""
    widths = {separator: _widths(text, separator) for separator in SEPARATORS}
    if not widths[","]:
        raise NoTable("the file is empty")
    splits = {separator: found for separator, found in widths.items() if found[0] > 1}
    fits = [separator for separator, found in splits.items() if set(found[1:]) == {found[0]}]
    chosen = fits or list(splits)
    if len(chosen) > 1:
        ways = " as well as by ".join(f"{SEPARATORS[each]} ({splits[each][0]} columns)" for each in chosen)
        raise NoTable(f"its columns may be separated by {ways}; quote what is text, or save it with commas")
    if not chosen:
        return _single_column(text)
    _check_rows(chosen[0], splits[chosen[0]])
    return chosen[0]


def _widths(text: str, separator: str) -> list[int]:
    return [len(row) for row in itertools.islice(_rows(text, separator), LOOKED_AT + 1)]


def _check_rows(separator: str, widths: list[int]) -> None:
    if len(widths) > 1 and widths[0] not in widths[1:]:
        raise NoTable(
            f"its first line has {widths[0]} columns, separated by {SEPARATORS[separator]}, the next has {widths[1]}"
        )


def _single_column(text: str) -> str:
    lines = [line.split() for line in itertools.islice(filter(str.strip, text.splitlines()), LOOKED_AT)]
    width = len(lines[0])
    if width > 1 and lines[1:] and all(len(line) == width and all(map(_is_number, line)) for line in lines[1:]):
        raise NoTable("its columns seem to be separated by blanks; commas, semicolons, tabs or pipes were wanted")
    return ","


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def _check_header(text: str, separator: str) -> None:
    names = next(_rows(text, separator))
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise NoTable(f"more than one column is named {quoted(twice)}")
    if all(map(_is_number, names)) and not all(name.isdecimal() for name in names):
        raise NoTable(f"its first line holds the numbers {quoted(names)}; the names of the columns were wanted there")


def _parsed(text: str, separator: str, **options: object) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Rows with more fields than the first line has names: pandas would shift or drop some without a word.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        # One type per column, not one per chunk.
        read: pd.DataFrame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            index_col=False,
            low_memory=False,
            **options,  # type: ignore[call-overload]
        )
    return read


def _with_numbers(frame: pd.DataFrame, text: str, separator: str) -> tuple[pd.DataFrame, list[str]]:
    """Numbers with decimal commas or grouped thousands as numbers, where that is plain; else they stay text, and are
    named. Where commas separate the columns, a comma inside one groups thousands or is no number's."""
    words = {name: values for name in map(str, frame) if (values := _comma_numbers(frame[name])) is not None}
    german = [n for n, values in words.items() if separator != "," and _plainly(values, DECIMAL_COMMA, COMMA_NUMBER)]
    english = [name for name, values in words.items() if _plainly(values, THOUSANDS_COMMA, POINT_NUMBER)]
    unclear = [name for name in words if name not in (*german, *english)]
    if unclear and german and not english:
        german, unclear = [*german, *(n for n in unclear if words[n].str.fullmatch(COMMA_NUMBER).all())], []
    grouped = _grouped_by_points(frame, text, separator) if german else {}
    made = {name: pd.to_numeric(_decimal_comma(words[name])) for name in german}
    made |= {name: pd.to_numeric(words[name].str.replace(",", "")) for name in english}
    made |= {name: pd.to_numeric(values.str.replace(".", "")) for name, values in grouped.items()}
    told = [f"decimal commas in {quoted(german)}"] if german else []
    told += [f"points that group thousands in {quoted(list(grouped))}"] if grouped else []
    told += [f"commas that group thousands in {quoted(english)}"] if english else []
    told += [f"{quoted([name])} as text, because {words[name].iloc[0]!r} may be one of two numbers" for name in unclear]
    return frame.assign(**{str(name): column.reindex(frame.index) for name, column in made.items()}), told


def _comma_numbers(column: pd.Series) -> pd.Series | None:
    """The values that are there, where all of them are numbers and some hold a comma."""
    if not (pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)):
        return None
    values = column.dropna()
    if values.empty or not all(isinstance(value, str) for value in values):
        return None
    values = values.str.strip()
    return values if values.str.fullmatch(NUMBER).all() and values.str.contains(",").any() else None


def _plainly(values: pd.Series, evidence: re.Pattern[str], every: re.Pattern[str]) -> bool:
    return bool(values.str.fullmatch(every).all() and values.str.fullmatch(evidence).any())


def _decimal_comma(values: pd.Series) -> pd.Series:
    return values.str.replace(".", "").str.replace(",", ".")


def _grouped_by_points(frame: pd.DataFrame, text: str, separator: str) -> dict[str, pd.Series]:
    """1.234 in a file whose decimals are commas: pandas has read it as a little more than one."""
    floats = [name for name in map(str, frame) if pd.api.types.is_float_dtype(frame[name])]
    if not floats:
        return {}
    written = _parsed(text, separator, usecols=floats, dtype=str)
    dotted = {
        name: values for name in floats if (values := written[name].dropna()).str.contains(".", regex=False).any()
    }
    return {n: v for n, v in dotted.items() if v.str.fullmatch(rf"{THOUSANDS_POINT.pattern}|[+-]?\d{{1,3}}").all()}
