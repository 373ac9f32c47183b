"""A table as HTML, on a page and in a file: it scrolls sideways, or stacks where the screen is narrow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from batch_zero.text import as_html
from ui.markup import link


@dataclass(frozen=True)
class Link:
    """url: None where the text has no address."""

    text: str
    url: str | None


Cell: TypeAlias = str | Link

FEW = 3
"""Columns that a phone has room for; of more, a sortable table is shown there as cards, below its headings."""


_UNDERSCORE = re.compile(r"(?<=[^\W_])_(?=[^\W_])")


def _text(cell: str) -> str:
    """A name of several words may go on in the next line after each of them; a copy of it is the same."""
    return _UNDERSCORE.sub("_<wbr>", as_html(cell))


def cards(kind: str, caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that a narrow screen shows as cards, one for each row: every cell under its own heading. The roles keep
    it a table for who hears it."""
    heads = "".join(_head(name, begins=False) for name in columns)
    body = "".join(f'<tr role="row">{_named_cells(row, columns, {})}</tr>' for row in rows)
    return _scrolling(
        f"{kind} cards",
        caption,
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{body}</tbody>',
    )


def table(kind: str, caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that scrolls sideways within the page. kind: a word for class names."""
    heads = "".join(f'<th scope="col">{as_html(name)}</th>' for name in columns)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return _scrolling(kind, caption, f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>")


def _cells(row: Sequence[str]) -> str:
    first, *rest = row
    return f'<th scope="row">{_text(first)}</th>' + "".join(f"<td>{_text(cell)}</td>" for cell in rest)


def _scrolling(kind: str, caption: str, content: str) -> str:
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{as_html(caption)}">'
        f'<table class="{kind}" role="table"><caption>{as_html(caption)}</caption>{content}</table></div>'
    )


def sortable(kind: str, caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table whose headings are buttons that sort it: numbers as numbers, what is not known last. The sorting itself
    is done by the script that ``server.py`` adds to the page."""
    heads = "".join(
        f'<th scope="col" role="columnheader" aria-sort="none"><button type="button">{as_html(name)}</button></th>'
        for name in columns
    )
    body = "".join(f'<tr role="row">{"".join(map(_linked, row, columns))}</tr>' for row in rows)
    return _scrolling(
        f"{kind} sortable{' cards' if len(columns) > FEW else ''}",
        caption,
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{body}</tbody>',
    )


def _linked(cell: Cell, column: str) -> str:
    text = _text(cell) if isinstance(cell, str) else link(cell.url, cell.text)
    return f'<td role="cell" data-label="{as_html(column)}">{text}</td>'


def stacking(
    kind: str,
    caption: str,
    groups: Sequence[tuple[str, int]],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> str:
    """A table that a narrow screen shows as blocks, one for each row: every group of columns begins a line of its own,
    and every cell stands under its own heading. The roles keep it a table for who hears it. groups: (heading, number
    of columns)."""
    firsts = _firsts(groups)
    top = "".join(map(_span, groups))
    heads = "".join(_head(name, begins=place in firsts) for place, name in enumerate(columns))
    body = "".join(f'<tr role="row">{_named_cells(row, columns, firsts)}</tr>' for row in rows)
    return _scrolling(
        f"{kind} stacks",
        caption,
        f'<thead role="rowgroup"><tr class="groups" role="row">{top}</tr><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody>',
    )


def _span(group: tuple[str, int]) -> str:
    name, width = group
    if not name.strip():
        return f'<td colspan="{width}" role="cell"></td>'
    return f'<th scope="colgroup" role="columnheader" colspan="{width}">{as_html(name)}</th>'


def _head(name: str, *, begins: bool) -> str:
    """begins: a group that has a heading."""
    marked = ' class="begins"' if begins else ""
    return f'<th{marked} scope="col" role="columnheader">{as_html(name)}</th>'


def _firsts(groups: Sequence[tuple[str, int]]) -> dict[int, str]:
    """Number of a group's first column -> its heading."""
    starts = accumulate((width for _, width in groups), initial=0)
    return {start: name for start, (name, _) in zip(starts, groups, strict=False) if name.strip()}


def _named_cells(row: Sequence[str], columns: Sequence[str], firsts: Mapping[int, str]) -> str:
    return "".join(
        _named_cell(place, text, name, firsts.get(place))
        for place, (text, name) in enumerate(zip(row, columns, strict=True))
    )


def _named_cell(place: int, text: str, column: str, group: str | None) -> str:
    named = f'data-label="{as_html(column)}"' + (f' class="begins" data-group="{as_html(group)}"' if group else "")
    if place == 0:
        return f'<th scope="row" role="rowheader" {named}>{_text(text)}</th>'
    return f'<td role="cell" {named}>{_text(text)}</td>'
