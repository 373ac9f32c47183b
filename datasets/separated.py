"""Text -> a table: which character separates its columns, and how its numbers are written."""

import csv
import io
import itertools
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from batch_zero.text import quoted, shortened
from datasets.bounds import Most
from datasets.codes import kept
from datasets.numbers import NUMBER, meant

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
csv.field_size_limit(2**31 - 1)  # Python's own limit is 131,072 characters; a table may hold longer texts
LOOKED_AT = 1000
"""Rows by which a separator is judged."""


SEP_LINE = re.compile(r'"?sep=(?P<separator>[^\r\n])"?[ ,;\t]*(?=\r|\n)', re.IGNORECASE)
QUOTED_FIELD = re.compile(r'(?:^|[,;\t|\r\n])(?P<field>"(?:[^"]+|"")*+(?P<closed>"?))')
WANTED = "commas, semicolons, tabs or pipes"


LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
LINE_END = re.compile(r"\r\n|\r|\n")


class NoTable(Exception):
    """The rest of a sentence that begins with a file's name."""


@dataclass(frozen=True)
class Separated:
    """taken: what was taken for granted beyond commas and decimal points, in words."""

    frame: pd.DataFrame
    taken: tuple[str, ...]


def table(text: str, names: Collection[str] = (), most: Most | None = None) -> Separated:
    """names: columns that hold no numbers that are counted with. most: beyond it nothing is read. Raises NoTable where
    nothing, or more than one thing, can be meant; TooMuch; and what pandas raises."""
    if most is not None:
        most.check_lines((found[0] for found in itertools.islice(LINE.finditer(text), LOOKED_AT + 1)), SEPARATORS)
    try:
        return _table(text, names, most)
    except (NoTable, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        if line := _never_closed(text):
            raise NoTable(f"line {line:,} opens a quotation mark that is never closed") from error
        raise


def _table(text: str, names: Collection[str], most: Most | None) -> Separated:
    text, named = _without_sep_line(text)
    text = _as_wide_as_its_rows(text)
    separator = named or separator_of(text)
    _check_header(text, separator)
    header = next(_rows(text, separator))
    read = _parsed(text, separator, nrows=most.rows_of(len(header)) + 1 if most is not None else None)
    if most is not None:
        most.check(*read.shape, more=True)
    frame, unnamed = _without_empty_columns(read, header)
    spoken = () if separator == "," and not named else (f"columns separated by {SEPARATORS[separator]}",)
    as_text = partial(_as_text, text, separator)
    codes = kept(frame, text, separator, as_text, names)
    frame = frame.assign(**codes.made)
    numbers = meant(frame, separator, as_text)
    notes = (*spoken, *unnamed, *_short(text, separator), *codes.notes, *numbers.notes)
    return Separated(frame.assign(**numbers.made), notes)


def _never_closed(text: str) -> int:
    """The line of a quotation mark that opens a field and stays open to the end; 0 where there is none."""
    last = None
    for found in QUOTED_FIELD.finditer(text):
        last = found
    if last is None or last["closed"]:
        return 0
    return len(LINE_END.findall(text[: last.start("field")])) + 1


def _without_sep_line(text: str) -> tuple[str, str]:
    """Excel's own first line, as ``sep=;``, made blank, so that lines keep their numbers; and the separator it names,
    where it does."""
    found = SEP_LINE.match(text)
    if found is None:
        return text, ""
    named, rest = found["separator"], text[found.end() :]
    likely = next((each for each in SEPARATORS if _widths(rest, each)[:1] > [1]), named)
    if named not in SEPARATORS:
        raise NoTable(f"its first line says {found[0].strip()!r}, expected {WANTED}")
    if _widths(rest, named)[:1] == [1] and likely != named:
        raise NoTable(f"its first line says {found[0].strip()!r}, and {SEPARATORS[likely]} separate its columns")
    _check_rows(named, _widths(rest, named))
    return rest, named


def _as_wide_as_its_rows(text: str) -> str:
    """A separator at the end of each row and none at the end of the first line: one there as well."""
    for separator in SEPARATORS:
        header, rows = next(looked_at := itertools.islice(_rows(text, separator), LOOKED_AT + 1), []), list(looked_at)
        if len(header) > 1 and rows and all(len(row) == len(header) + 1 and not row[-1] for row in rows):
            first = next(found[0].rstrip("\r\n") for found in LINE.finditer(text) if found[0].strip())
            if first.count('"') % 2 == 0:  # else the names go on in the next line
                return text.replace(first, first + separator, 1)
    return text


def _without_empty_columns(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """A separator at the end of each line makes a column that has neither name nor values; one with values keeps the
    name that pandas gives it."""
    unnamed = [column for column, name in zip(frame, names, strict=True) if not name]
    place = {column: number for number, column in enumerate(frame, 1)}.get
    empty = [column for column in unnamed if frame[column].isna().all()]
    gone = " and ".join(f"column {place(column)}" for column in empty)
    notes = (
        [f"a table without {gone}, which {'have' if len(empty) > 1 else 'has'} neither name nor values"]
        if empty
        else []
    )
    notes += [f"{column!r} for column {place(column)}, which has no name" for column in unnamed if column not in empty]
    return frame.drop(columns=empty), notes


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    lines = (found[0] for found in LINE.finditer(text))  # as they are asked for: a copy of a long text takes its time
    rows = csv.reader(lines, delimiter=separator)
    try:
        yield from (row for row in rows if len(row) > 1 or (row and row[0].strip()))
    except csv.Error as error:
        raise NoTable(f"line {rows.line_num:,} cannot be split into columns") from error


def separator_of(text: str) -> str:
    """The one that splits the header, and the rows into as many columns; a comma where there is one column only."""
    widths = {separator: _widths(text, separator) for separator in SEPARATORS}
    if not text.strip():
        raise NoTable("the file is empty")
    splits = {separator: found for separator, found in widths.items() if found[0] > 1}
    fits = [separator for separator, found in splits.items() if set(found[1:]) == {found[0]}]
    chosen = fits or list(splits)
    if len(chosen) > 1:
        ways = " as well as by ".join(f"{SEPARATORS[each]} ({splits[each][0]} columns)" for each in chosen)
        raise NoTable(f"its columns may be separated by {ways}; quote what is text, or save it with commas")
    if not chosen:
        _check_title(text, widths)
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


def _check_title(text: str, widths: Mapping[str, list[int]]) -> None:
    """A title or a comment in the place of the names."""
    for separator, (_, *found) in widths.items():
        if len(set(found)) == 1 and found[0] > 1:
            title = shortened(next(found[0].strip() for found in LINE.finditer(text) if found[0].strip()))
            raise NoTable(
                f"its first line, {title!r}, is one column, and the next has {found[0]}, separated by "
                f"{SEPARATORS[separator]}, expected the names of the columns"
            )


def _single_column(text: str) -> str:
    lines = [line.split() for line in itertools.islice(filter(str.strip, text.splitlines()), LOOKED_AT)]
    width = len(lines[0])
    if width > 1 and lines[1:] and all(len(line) == width and all(map(_is_number, line)) for line in lines[1:]):
        raise NoTable(f"its columns seem to be separated by blanks, expected {WANTED}")
    return ","


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def _check_header(text: str, separator: str) -> None:
    names = next(_rows(text, separator))
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise NoTable(f"more than one column is named {quoted(twice)}")
    if all(map(_is_number, names)) and not all(name.isdecimal() for name in names):
        raise NoTable(f"its first line holds the numbers {quoted(names)}, expected the names of the columns")


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


def _short(text: str, separator: str) -> list[str]:
    """Rows that end early, which pandas fills up; more are not looked at than those that a separator is judged by."""
    width, *widths = _widths(text, separator)
    short = [row for row, found in enumerate(widths, 1) if found < width]
    return [f"{width} columns of which row {short[0]} has {widths[short[0] - 1]}, the others missing"] if short else []


def _as_text(text: str, separator: str, names: Sequence[str], rows: int | None) -> pd.DataFrame:
    return _parsed(text, separator, usecols=list(names), dtype=str, nrows=rows)
