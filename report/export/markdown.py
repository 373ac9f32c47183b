"""The story as GitHub-flavoured Markdown: the same words and numbers, tables instead of charts."""

from collections.abc import Iterator, Sequence

from batch_zero import formats
from batch_zero.text import as_markdown
from mlflow_io import links
from report.story import methodology, scores, tiles
from report.story.chapter import Chapter
from report.story.story import Story
from ui.tiles import Tile


def render_markdown(story: Story, ui: str | None = None) -> str:
    """ui: the address of MLflow's own pages, None for run ids without links."""
    parts = [
        *_hero(story, ui),
        *_summary(story),
        "## The journey",
        *(line for chapter in story.chapters for line in _batch(chapter, ui)),
        *_closing(story),
        *_method(story),
    ]
    return "\n\n".join(parts) + "\n"


def _hero(story: Story, ui: str | None) -> Iterator[str]:
    yield f"# {as_markdown(story.title)}"
    if story.description:
        yield as_markdown(story.description)
    yield _tiles(tiles.hero_tiles(story), links.model_url(ui, story.model))
    if story.chapters:
        yield " · ".join(_chip(chapter) for chapter in story.chapters)
        yield _legend(story)
    yield from map(_notice, story.notices)


def _chip(chapter: Chapter) -> str:
    gate = f" {chapter.gate_mark.symbol}" if chapter.gate_mark is not None else ""
    return f"**{chapter.batch}** {chapter.drift_mark.symbol} {chapter.drift_text}{gate}"


def _legend(story: Story) -> str:
    return "  \n".join(f"{name}: {' · '.join(mark.explained for mark in shown)}" for name, shown in story.legend)


def _summary(story: Story) -> Iterator[str]:
    heads = [as_markdown(head) for head in scores.full_columns(story.table_scores)]
    yield "## Experiment summary"
    yield _table(
        heads,
        [_row(chapter, story.table_scores) for chapter in story.chapters],
        ":--",
        "--:",
        "--:",
        ":--",
        *["--:"] * (len(heads) - 4),
    )
    if story.has_scores:
        yield as_markdown(scores.ROUNDING)


def _row(chapter: Chapter, shown: scores.Shown) -> Sequence[str]:
    """Of its cells, a decision that is none of ours may hold anybody's text."""
    batch, share, retrained, decision, *values = chapter.marked_row(shown)
    return batch, share, retrained, decision if chapter.decision else as_markdown(decision), *values


def _batch(chapter: Chapter, ui: str | None) -> Iterator[str]:
    yield f"### Batch {chapter.batch}"
    yield " · ".join(f"**{mark.badge}**" for mark in chapter.outcome)
    yield as_markdown(chapter.sentence)
    if chapter.drift_line:
        yield as_markdown(chapter.drift_line)
    shown = tiles.score_tiles(chapter)
    if shown:
        rows = [["Production model", *(tile.production for tile in shown)]]
        if chapter.candidate is not None:
            rows.append(["New model", *(tile.candidate or formats.UNKNOWN for tile in shown)])
            rows.append(["Change", *(f"{tile.arrow} {tile.change}".strip() for tile in shown)])
        yield _table(["", *(as_markdown(tile.label) for tile in shown)], rows, ":--", *["--:"] * len(shown))
    yield from map(_notice, chapter.notices)
    runs = [f"{as_markdown(name)} {_link(run.run_id, links.run_url(ui, run))}" for name, run in chapter.behind]
    yield " · ".join([chapter.runs.summary_text, *runs])


def _closing(story: Story) -> Iterator[str]:
    yield "## Final summary"
    yield _tiles(tiles.closing_tiles(story))
    yield f"**{as_markdown(story.summary.takeaway)}**"
    yield from map(as_markdown, filter(None, (story.summary.gains, story.summary.endpoints)))
    if story.has_scores:
        yield as_markdown(scores.caveat(story.experiment.scores.primary))


def _method(story: Story) -> Iterator[str]:
    yield "## How this works"
    for heading, text in methodology.paragraphs(story):
        yield f"### {heading}"
        yield as_markdown(text)
    yield "### Settings in force"
    yield _table(
        ["Setting", "Value"], [[name, as_markdown(value)] for name, value in methodology.in_force(story)], ":--", ":--"
    )


def _tiles(shown: Sequence[Tile], first_url: str | None = None) -> str:
    values = [_link(tile.value, first_url if place == 0 else None) for place, tile in enumerate(shown)]
    rows = [[f"**{value}**" for value in values], [as_markdown(tile.note) for tile in shown]]
    return _table([as_markdown(tile.label) for tile in shown], rows, *[":--"] * len(shown))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *alignment: str) -> str:
    """Cells as Markdown: what is not ours comes escaped, pipes included."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, alignment, *rows))


def _link(text: str, url: str | None) -> str:
    """The address in angle brackets; ``mlflow_io.links`` quotes what comes from the store."""
    return f"[{as_markdown(text)}](<{_address(url)}>)" if url else as_markdown(text)


def _address(url: str) -> str:
    return "".join(f"%{ord(char):02X}" if char in "<>\\|" or char.isspace() else char for char in url)


def _notice(text: str) -> str:
    return f"> ⓘ {as_markdown(text[:1].upper() + text[1:])}"
