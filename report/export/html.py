"""The story as one HTML file."""

from dataclasses import dataclass
from datetime import UTC, datetime

import plotly.graph_objects as go
from markupsafe import Markup

from batch_zero import formats
from batch_zero.installation import called
from mlflow_io import links
from report.charts import drift as drift_chart
from report.charts import roc as roc_chart
from report.charts import trend as trend_chart
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.export import offline
from report.story import methodology, scores, tiles
from report.story.chapter import Chapter
from report.story.columns import COLUMN_HEADINGS, column_row
from report.story.story import Story
from ui.tables import stacking, table

ROC_POINTS = 12_000
"""Drawn over all batches together: what keeps a long history's file below 6 MB."""


@dataclass(frozen=True)
class Section:
    """A chapter with everything that is drawn beside it. roc, columns: None where there is no run to ask."""

    chapter: Chapter
    scores: tuple[tiles.ScoreTile, ...]
    roc: RocEvidence | None
    columns: ColumnEvidence | None
    runs: tuple[tuple[str, str, str | None], ...]

    @property
    def roc_drawn(self) -> bool:
        return self.roc is not None and (self.roc.production is not None or self.roc.candidate is not None)


def render_html(
    story: Story, evidence: Evidence, ui: str | None = None, store: str = "", written: datetime | None = None
) -> str:
    """ui: the address of MLflow's own pages, None for run ids without links. store: the tracking URI to name, masked.

    Loads the evidence of every batch. written: the time to name in the footer, now where none is given.
    """
    sections = tuple(_section(chapter, evidence, ui) for chapter in story.chapters)
    return offline.render(
        "report.html.j2",
        _figures(story, sections),
        formats=formats,
        words=scores,
        roc_said=_roc_said,
        numbers_table=_numbers_table,
        columns_table=_columns_table,
        story=story,
        primary=story.experiment.scores.primary,
        sections=sections,
        hero_tiles=tiles.hero_tiles(story),
        closing_tiles=tiles.closing_tiles(story),
        model_url=links.model_url(ui, story.model),
        paragraphs=methodology.paragraphs(
            story, [section.columns for section in sections if section.columns is not None]
        ),
        settings=methodology.in_force(story),
        drift_said=_drift_said(story),
        trend_said=_trend_said(story),
        store=store,
        command=called("report"),
        written=formats.moment(written or datetime.now(UTC)),
    )


def _section(chapter: Chapter, evidence: Evidence, ui: str | None) -> Section:
    drift_run, gate_run = chapter.drift_run, chapter.gate_run
    return Section(
        chapter=chapter,
        scores=tiles.score_tiles(chapter),
        roc=evidence.roc(gate_run.run_id, chapter.candidate is not None)
        if gate_run and chapter.scores.has_roc
        else None,
        columns=evidence.columns(drift_run.run_id) if drift_run is not None and chapter.batch > 0 else None,
        runs=tuple((name, run.run_id, links.run_url(ui, run)) for name, run in chapter.behind),
    )


def _numbers_table(story: Story) -> Markup:
    shown = story.table_scores
    rows = [chapter.marked_row(shown) for chapter in story.chapters]
    return Markup(stacking("numbers", scores.CAPTION, scores.groups(shown), scores.columns(shown), rows))


def _columns_table(section: Section) -> Markup:
    caption = f"Drift of every column in Batch {section.chapter.batch}"
    found = section.columns.columns if section.columns is not None else ()
    return Markup(table("columns", caption, COLUMN_HEADINGS, [column_row(column) for column in found]))


def _figures(story: Story, sections: tuple[Section, ...]) -> dict[str, go.Figure]:
    """By the id of the element that each is drawn in."""
    points = max(40, min(roc_chart.POINTS, ROC_POINTS // max(len(sections), 1)))
    figures = {}
    if story.has_shares:
        figures["drift-chart"] = drift_chart.drift_progression(story)
    if story.has_scores:
        figures["score-chart"] = trend_chart.score_trend(story)
    for section in sections:
        if section.roc is not None and section.roc_drawn:
            figure = roc_chart.roc(section.roc.production, section.roc.candidate, points)
            figures[f"roc-{section.chapter.batch}"] = figure
    return figures


def _drift_said(story: Story) -> str:
    """The chart in words, for who cannot see it."""
    bars = [f"Batch {chapter.batch} {chapter.drift_text}" for chapter in story.chapters]
    return f"Bar chart of the drift share of every batch against the drift threshold: {', '.join(bars)}"


def _trend_said(story: Story) -> str:
    points, score = [], story.experiment.scores.primary
    for chapter in story.chapters:
        production = score.text(chapter.production_score)
        new = f", new model {score.text(chapter.candidate_score)}" if chapter.candidate else ""
        points.append(f"Batch {chapter.batch} production {production}{new}")
    return f"Line chart of the {score.word} over the batches: {'; '.join(points)}"


def _roc_said(section: Section) -> str:
    curves = {"production": section.roc.production, "new model": section.roc.candidate} if section.roc else {}
    areas = [f"{name} AUC {formats.score(curve.auc)}" for name, curve in curves.items() if curve is not None]
    return f"ROC curves of Batch {section.chapter.batch}: {', '.join(areas)}"
