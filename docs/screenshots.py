"""Photographs the default experiment's report: ``make screenshots``. docs/report-1440.png and docs/report-390.png."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import launch, open_page  # noqa: E402  the path has to be set first
from tests.serving import serving  # noqa: E402

WIDTHS = {1440: 1800, 390: 1600}
"""Width in pixels -> height of what is photographed: from the hero to the first numbers."""


def photograph(page: Page, url: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, url)
    expect(page.locator(".st-key-drift-progression .barlayer .point")).to_have_count(6)
    expect(page.locator(".st-key-score-trend .scatterlayer .trace").first).to_be_visible()
    page.mouse.move(0, 0)
    page.screenshot(path=ROOT / "docs" / f"report-{width}.png", animations="disabled")
    print(f"docs/report-{width}.png")


def main() -> None:
    env = {**os.environ, "BATCH_ZERO_HOME": os.environ.get("BATCH_ZERO_HOME", str(ROOT / ".batch-zero"))}
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(env, Path(scratch) / "log.txt") as url,
        sync_playwright() as play,
    ):
        browser = launch(play)
        for width, height in WIDTHS.items():
            context = browser.new_context(reduced_motion="reduce", device_scale_factor=1)
            photograph(context.new_page(), url, width, height)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
