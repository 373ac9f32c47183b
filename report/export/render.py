"""The story as files: what the download buttons offer."""

from collections.abc import Callable

from batch_zero.text import as_json
from report.evidence import Evidence
from report.export.story_json import to_data
from report.story.story import Story

Face = tuple[str, Callable[[], str]]


def of(story: Story, evidence: Evidence, store: str, ui: str | None) -> dict[str, Face]:
    """Suffix -> (media type, what makes the text when it is asked for). store: the tracking URI to name in it."""

    def html() -> str:
        from report.export.html import render_html

        return render_html(story, evidence, ui, store)

    def markdown() -> str:
        from report.export.markdown import render_markdown

        return render_markdown(story, ui)

    return {
        "html": ("text/html", html),
        "md": ("text/markdown", markdown),
        "json": ("application/json", lambda: text(story)),
    }


def text(story: Story) -> str:
    """The story's JSON, in which nothing is NaN or infinite, or cannot be seen."""
    return as_json(to_data(story)) + "\n"
