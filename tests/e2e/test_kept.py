"""The page Tests of models as a reader meets it: its address as its state, a phone, paper, files to take away."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import open_page
from tests.e2e.test_model_bench import violations
from tests.e2e.test_page import EDGES, PAPER
from tests.serving import serving
from tests.testbench.kept import a_report, keep
from tests.world import World

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shown:
    url: str
    older: str
    newer: str


@pytest.fixture(scope="module")
def shown(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A server with two tests, and a run of somebody else's in their experiment."""
    home = tmp_path_factory.mktemp("kept")
    shutil.copy(migrated, home / "mlflow.db")
    world = World(f"sqlite:///{home / 'mlflow.db'}", home / "artifacts")
    world.run("model_tests", params={"model": "x" * 300})
    older, newer = keep(world, a_report(), "auc >= 0.85"), keep(world, a_report("n.joblib", 0.9), "auc >= 0.85")
    env = {**os.environ, "MLFLOW_TRACKING_URI": world.uri, "BATCH_ZERO_HOME": str(home / "home")}
    with serving(env, home / "log.txt") as url:
        yield Shown(url, older, newer)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("place", ["", "?run={older}", "?compare={older},{newer}"])
def test_every_place_has_an_address_and_fits_every_width(page: Page, shown: Shown, width: int, place: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, f"{shown.url}/tests{place.format(**vars(shown))}")
    title = {"": "Tests of models", "?run": "m.joblib"}.get(place.partition("=")[0], "Two tests compared")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    last = (
        page.locator("[class*=st-key-test-]").last
        if "compare" not in place
        else page.locator("table.foremost tbody tr").last
    )
    expect(last).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    if "compare" in place:
        page.get_by_text("All 3 measures of both").click()
        expect(page.locator(".sortable")).to_be_visible()
    parts = ".st-key-page :is(p, li, th, td, button)"
    cells = page.evaluate(EDGES, parts)
    assert [edges for edges in cells if edges[0] < 0 or edges[1] > width] == []
    assert violations(page) == []


def test_the_way_through_the_page_is_in_its_address_and_leads_back(page: Page, shown: Shown) -> None:
    open_page(page, f"{shown.url}/tests")
    page.get_by_label("Search").fill("joblib")
    page.get_by_label("Search").press("Enter")
    page.wait_for_url("**/tests?search=joblib")
    expect(page.get_by_text("Unreadable")).to_have_count(0)
    page.locator(f".st-key-open-{shown.older} button").locator("visible=true").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("m.joblib")
    page.wait_for_url(f"**/tests?search=joblib&run={shown.older}")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tests of models")
    for run_id in (shown.older, shown.newer):
        page.locator(f".st-key-choose-{run_id} label").click()
    page.get_by_role("button", name="Compare the two").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two tests compared")
    expect(page.get_by_text("Beyond chance, the second is better in AUC.")).to_be_visible()
    expect(page.locator("table.foremost tbody tr").first).to_contain_text("▲ better")
    expect(page.locator(".sortable")).to_be_hidden()
    page.get_by_text("All 3 measures of both").click()
    expect(page.locator(".sortable tbody tr")).to_have_count(3)


def test_a_test_is_taken_away(page: Page, shown: Shown) -> None:
    open_page(page, f"{shown.url}/tests?run={shown.newer}")
    found = {}
    for suffix in ("html", "csv", "json"):
        with page.expect_download() as caught:
            page.locator(f".st-key-download-{suffix} button").click()
        assert caught.value.suggested_filename == f"test-{shown.newer}.{suffix}"
        found[suffix] = caught.value.path().read_text("utf-8")
    assert "<h1>n.joblib</h1>" in found["html"]
    assert found["csv"].splitlines()[1].startswith("auc,0.9,")
    assert json.loads(found["json"])["model"] == "n.joblib"


def test_paper_is_white_and_holds_the_page_alone(page: Page, shown: Shown) -> None:
    open_page(page, f"{shown.url}/tests?compare={shown.older},{shown.newer}")
    expect(page.locator("table.foremost tbody tr").first).to_be_visible()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1_000})
    inks = "[...document.querySelectorAll('.findings li, td, dd')].map(one => getComputedStyle(one).color)"
    assert set(page.evaluate(inks)) <= {"rgb(24, 24, 27)", "rgb(82, 82, 91)"}
    parts = ".st-key-page :is(p, li, td, th, dd, .tile)"
    assert [edges for edges in page.evaluate(EDGES, parts) if edges[1] > PAPER + 1] == []
