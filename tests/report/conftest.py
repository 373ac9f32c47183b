"""The six-batch story as each face tells it, and a look at a page in Chromium."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Page

from report.export.html import render_html
from report.export.markdown import render_markdown
from report.story.story import Story
from tests.stories import six_batch_evidence, six_batch_story

Found = TypeVar("Found")


@pytest.fixture(scope="session")
def story() -> Story:
    return six_batch_story()


@pytest.fixture(scope="session")
def html(story: Story) -> str:
    return render_html(story, six_batch_evidence(), None, "sqlite:////srv/mlflow.db")


@pytest.fixture(scope="session")
def markdown(story: Story) -> str:
    return render_markdown(story)


Look = Callable[[Path, Callable[[Page], Found]], Found]


@pytest.fixture
def look(browser: Browser) -> Look:
    """Opens a file in Chromium and returns what the function finds there. Any request or error fails the test."""

    def looked(file: Path, find: Callable[[Page], Found]) -> Found:
        errors: list[str] = []
        requests: list[str] = []
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on(
            "console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        page.locator("#score-chart .main-svg").first.wait_for()
        found = find(page)
        page.close()
        assert errors == []
        assert [url for url in requests if url != file.as_uri() and not url.startswith("data:")] == []
        return found

    return looked
