"""Tiles as one piece of HTML: a hundred native widgets would cost the browser half a second."""

from collections.abc import Iterable
from dataclasses import dataclass

from batch_zero.text import as_html


@dataclass(frozen=True)
class Tile:
    """note: one quiet line under the value."""

    label: str
    value: str
    note: str


def large(tiles: Iterable[Tile]) -> str:
    """HTML: four tiles in a row, or two where they would be narrow."""
    cards = (
        f'<div class="tile"><dt>{as_html(tile.label)}</dt><dd class="value">{as_html(tile.value)}</dd>'
        f'<dd class="note">{as_html(tile.note)}</dd></div>'
        for tile in tiles
    )
    return f'<dl class="tiles hero">{"".join(cards)}</dl>'
