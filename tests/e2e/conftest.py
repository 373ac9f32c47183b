"""A real server on a real history, and a real browser."""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser import visitor
from tests.serving import serving

LOOKING_GLASS = "http://mlflow.example:5000"
"""Where links to runs point in these tests; nothing is ever fetched from it."""

SOUGHT = re.compile(r"/(health|jobs|test_model|tests)/_stcore/(health|host-config)$")
"""Below the address of a page Streamlit's own script looks for its server first, and then at the root."""


@pytest.fixture(scope="session")
def served(finished: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    env = {**os.environ, **finished, "MLFLOW_UI_URL": LOOKING_GLASS}
    with serving(env, tmp_path_factory.mktemp("served") / "log.txt") as url:
        yield url


def is_error(message: ConsoleMessage) -> bool:
    return message.type == "error" and not SOUGHT.search(message.location["url"])


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="en-GB"
    ) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A fresh visitor at 1440 px who asks for no motion. Any error in the console fails the test."""
    errors: list[str] = []
    with visitor(context) as opened:
        opened.set_default_timeout(120_000)
        opened.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
    assert errors == []
