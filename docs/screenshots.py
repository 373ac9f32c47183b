"""Photographs the default experiment's report and the test of a model: ``make screenshots``. docs/report-1440.png,
docs/report-390.png, docs/test-model-1440.png."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def working(env: Mapping[str, str]) -> Iterator[None]:
    """A worker beside the server, which does what the page asks for."""
    worker = subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=env)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def photograph_test(page: Page, url: str) -> None:
    """Of our own model, held against a policy."""
    page.set_default_timeout(120_000)
    page.set_viewport_size({"width": 1440, "height": 1800})
    open_page(page, f"{url}/test_model")
    page.get_by_role("button", name="Try it with a model of ours").click()
    page.get_by_role("textbox", name="Requirements").fill("auc >= 0.70 AND latency/p95 <= 50")
    page.get_by_role("button", name="Run the tests").click()
    expect(page.get_by_role("heading", name="Explainability")).to_be_visible(timeout=120_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(9)
    page.mouse.move(0, 0)
    page.locator('[data-testid="stMain"]').screenshot(path=ROOT / "docs" / "test-model-1440.png", animations="disabled")
    print("docs/test-model-1440.png")


def main() -> None:
    env = {**os.environ, "BATCH_ZERO_HOME": os.environ.get("BATCH_ZERO_HOME", str(ROOT / ".batch-zero"))}
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(env, Path(scratch) / "log.txt") as url,
        working(env),
        sync_playwright() as play,
    ):
        browser = launch(play)
        for width, height in WIDTHS.items():
            context = browser.new_context(reduced_motion="reduce", device_scale_factor=1)
            photograph(context.new_page(), url, width, height)
            context.close()
        context = browser.new_context(reduced_motion="reduce", device_scale_factor=1)
        photograph_test(context.new_page(), url)
        browser.close()


if __name__ == "__main__":
    main()
