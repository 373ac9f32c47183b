"""Chromium for the tests: Debian's if installed, else Playwright's own. ``python -m tests.browser`` names it."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_S = 120
"""How long a state is waited for, seconds: so long that a test fails by what it sees, and not by how busy it is."""
T = TypeVar("T")
READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def installed() -> str | None:
    """The path of a Chromium that this machine has of its own."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def launch(playwright: Playwright) -> Browser:
    expect.set_options(timeout=PATIENCE_S * 1_000)  # by itself it gives up after 5 s, busy as the machine may be
    return playwright.chromium.launch(executable_path=installed(), args=ARGUMENTS)


@contextmanager
def visitor(context: BrowserContext) -> Iterator[Page]:
    """Somebody who was never there. All that the context still has of the visitors before is what Chromium has fetched
    and compiled: half of what a page takes."""
    page = context.new_page()
    forget = {"origin": "*", "storageTypes": "all"}
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", forget)
    assert context.cookies() == []
    yield page
    for opened in context.pages:
        opened.close()


def open_page(page: Page, url: str) -> None:
    """Until Streamlit has run the script to its end and the fonts are there. Before its first run it is not running,
    either, hence the heading."""
    page.goto(url)
    page.locator("h1").first.wait_for(timeout=PATIENCE_S * 1_000)
    page.wait_for_selector(READY, timeout=PATIENCE_S * 1_000)
    page.evaluate("document.fonts.ready")


def until(page: Page, look: Callable[[], T], wanted: T, within_s: float = PATIENCE_S) -> T:
    """What ``look`` sees: ``wanted`` as soon as it does, else what it still sees after ``within_s``. For what no
    locator of Playwright's can wait for."""
    end = time.monotonic() + within_s
    while (seen := look()) != wanted and time.monotonic() < end:
        page.wait_for_timeout(50)
    return seen


def main() -> int:
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    found = installed() or (own if Path(own).is_file() else None)
    print(found or "no Chromium")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
