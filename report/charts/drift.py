"""Drift over the batches, against the threshold that each of them was judged by."""

from collections.abc import Iterator
from itertools import groupby, pairwise

import plotly.graph_objects as go

from batch_zero import formats
from report.story.chapter import Chapter
from report.story.story import Story
from ui import theme

LABEL_ROOM = 20
"""Pixels between the axis and the threshold's name, which is larger on paper and grows to both sides."""

VALUED, MARKED = 12, 40
"""Up to so many bars carry their value, and their mark; beyond, pointing at a bar tells both."""


def drift_progression(story: Story) -> go.Figure:
    """One bar per batch. Colour and mark both say what the drift check said."""
    chapters = story.chapters
    names = theme.batch_names([chapter.batch for chapter in chapters])
    bars = go.Bar(
        x=names,
        y=[chapter.drift_share for chapter in chapters],
        customdata=[_verdict(chapter) for chapter in chapters],
        hovertemplate="%{customdata}<extra></extra>",
        marker={
            "color": [theme.TONES[chapter.drift_mark.tone] for chapter in chapters],
            "opacity": 0.85,
            "line": {"width": 0},
            "cornerradius": 4,
        },
        width=0.62,
        showlegend=False,
    )
    missing = _missing(chapters, names)
    top = _top(story)
    figure = go.Figure(
        [bars, *missing],
        theme.layout(
            height=320,
            xaxis=theme.batch_axis([chapter.batch for chapter in chapters]),
            yaxis={"range": [0, top], "tickvals": _ticks(top), "tickformat": ".1f", "title": {"text": "Drift share"}},
            showlegend=False,
        ),
    )
    _draw_threshold(figure, story)
    for place, chapter in enumerate(chapters):
        if text := _label(chapter, len(chapters)):
            _label_bar(figure, place, chapter.drift_share, text)
    return figure


def _label(chapter: Chapter, count: int) -> str:
    mark, share = chapter.drift_mark.symbol, chapter.drift_text
    if count > MARKED or chapter.drift_share is None:
        return ""
    if count > VALUED:
        return mark
    return f"{mark} {share}" if count <= theme.ROOMY else f"{mark}<br>{share}"


def _label_bar(figure: go.Figure, place: int, share: float | None, text: str) -> None:
    """On ground of its own, so that a threshold just above the bar does not strike its value through."""
    figure.add_annotation(
        text=text,
        x=place,
        y=share,
        yanchor="bottom",
        yshift=2,
        showarrow=False,
        borderpad=1,
        bgcolor=theme.BACKGROUND,
        font={"family": theme.MONO, "size": 11, "color": theme.TEXT},
    )


def _verdict(chapter: Chapter) -> str:
    """What pointing at a bar shows."""
    drift = chapter.drift
    if drift is None:
        return f"Batch {chapter.batch}<br>no drift run"
    if drift.too_few_rows:
        return f"Batch {chapter.batch}<br>too few rows to tell"
    lines = [f"Batch {chapter.batch}", f"drift share {chapter.drift_text}"]
    if drift.drifted_columns is not None and drift.total_columns is not None:
        lines.append(f"{formats.whole(drift.drifted_columns)} of {formats.counted(drift.total_columns, 'column')}")
    if chapter.batch > 0:
        lines.append(f"threshold {formats.threshold(drift.threshold)}")
    return "<br>".join(lines)


def _missing(chapters: tuple[Chapter, ...], names: list[str]) -> Iterator[go.Scatter]:
    """A dash on the ground where a batch has no drift share: an absence, not a zero."""
    absent = [(name, chapter) for name, chapter in zip(names, chapters, strict=True) if chapter.drift_share is None]
    if absent:
        yield go.Scatter(
            x=[name for name, _ in absent],
            y=[0.0] * len(absent),
            text=[formats.UNKNOWN] * len(absent),
            customdata=[_verdict(chapter) for _, chapter in absent],
            hovertemplate="%{customdata}<extra></extra>",
            mode="text",
            textposition="top center",
            textfont={"family": theme.MONO, "size": 13, "color": theme.GRAY},
            showlegend=False,
        )


def _thresholds(story: Story) -> list[float | None]:
    """By bar: the threshold that its batch was judged by. Batch 0 is the reference and was judged by none."""
    return [
        chapter.drift.threshold if chapter.batch > 0 and chapter.drift is not None else None
        for chapter in story.chapters
    ]


def _top(story: Story) -> float:
    limits = [limit for limit in _thresholds(story) if limit is not None] or [story.drift_threshold]
    shares = [share for chapter in story.chapters if (share := chapter.drift_share) is not None]
    return max(1.3 * max(limits), 1.2 * max(shares, default=0.0))


def _ticks(top: float) -> list[float]:
    step = 0.1 if top <= 0.6 else 0.2
    return [round(step * tick, 1) for tick in range(int(1 / step) + 1) if step * tick <= top]


def _draw_threshold(figure: go.Figure, story: Story) -> None:
    by_bar = _thresholds(story)
    used = {limit for limit in by_bar if limit is not None} or {story.drift_threshold}
    if len(used) == 1:
        limit = used.pop()
        _line(figure, limit, 0, 1, xref="paper")
        _name(figure, limit, f"drift threshold {formats.threshold(limit)}", 0, xref="paper")
        return
    runs = list(_runs(by_bar))
    for number, (limit, first, last) in enumerate(runs):
        _line(figure, limit, first - 0.5, last + 0.5, xref="x")
        _name(
            figure,
            limit,
            f"{'drift threshold ' if number == 0 else ''}{formats.threshold(limit)}",
            first - 0.5,
            xref="x",
        )
    for (before, _, last), (after, first, _) in pairwise(runs):
        if first == last + 1:
            _riser(figure, last + 0.5, before, after)


def _runs(by_bar: list[float | None]) -> Iterator[tuple[float, int, int]]:
    """Neighbours with one threshold: (threshold, first bar, last bar)."""
    for limit, group in groupby(enumerate(by_bar), key=lambda bar: bar[1]):
        places = [place for place, _ in group]
        if limit is not None:
            yield limit, places[0], places[-1]


_DASHED = {"color": theme.TEXT, "width": 1, "dash": "dash"}


def _line(figure: go.Figure, limit: float, start: float, end: float, xref: str) -> None:
    figure.add_shape(type="line", xref=xref, x0=start, x1=end, y0=limit, y1=limit, line=_DASHED, opacity=0.7)


def _riser(figure: go.Figure, x: float, low: float, high: float) -> None:
    figure.add_shape(type="line", xref="x", x0=x, x1=x, y0=low, y1=high, line=_DASHED, opacity=0.35)


def _name(figure: go.Figure, limit: float, text: str, x: float, xref: str) -> None:
    figure.add_annotation(
        text=text,
        xref=xref,
        x=x,
        y=limit,
        xanchor="left",
        xshift=LABEL_ROOM,
        yanchor="bottom",
        showarrow=False,
        bgcolor=theme.CLEAR,
        font={"size": 11, "color": theme.TEXT},
    )
