"""Text -> a table: which character separates its columns, and how its numbers are written."""

import csv
import io
import itertools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from drift.columns import quoted
from storage.numbers import NUMBER, meant

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
LOOKED_AT = 1000
"""Rows by which a separator is judged."""


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
    numbers = meant(frame, separator, partial(_as_text, text, separator))
    return Separated(frame.assign(**numbers.made), (*spoken, *numbers.told))


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


def _as_text(text: str, separator: str, names: Sequence[str]) -> pd.DataFrame:
    return _parsed(text, separator, usecols=list(names), dtype=str)
