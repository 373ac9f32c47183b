"""A batch's scores as tiles."""

from collections.abc import Sequence

from batch_zero.text import as_html
from report.story.tiles import ScoreTile


def scores(tiles: Sequence[ScoreTile], run: str = "", *, candidate: bool) -> str:
    """One row for a model; the candidate's with its change against production. run: a link to where they are from."""
    heading = "New model" if candidate else "Production model"
    cards = "".join(
        f'<div class="tile"><dt>{as_html(tile.label)}</dt>'
        f'<dd class="value">{as_html((tile.candidate or "") if candidate else tile.production)}</dd>'
        f"{_delta(tile) if candidate else ''}</div>"
        for tile in tiles
    )
    return f'<p class="who">{heading}{run}</p><dl class="tiles">{cards}</dl>'


def _delta(tile: ScoreTile) -> str:
    tone, title = {
        True: ("better", "better than production on the same rows"),
        False: ("worse", "worse than production on the same rows"),
        None: ("same", "no difference, or not known"),
    }[tile.better]
    return f'<dd class="delta {tone}" title="{title}">{tile.arrow} {as_html(tile.change or "")}</dd>'
