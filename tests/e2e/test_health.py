"""The second page as a reader meets it: its address, the way between the pages, sorting, a phone, paper."""

import json
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import READY, open_page
from tests.e2e.conftest import LOOKING_GLASS
from tests.e2e.test_page import AXE, EDGES, PAPER
from tests.serving import ROOT, serving

TITLE = "Health of the store"


@pytest.mark.parametrize("width", [390, 1440])
def test_it_has_an_address_of_its_own_and_fits_every_width(page: Page, served: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, f"{served}/health")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page).to_have_title(f"{TITLE} · Batch Zero")
    expect(page.locator(".st-key-table-runs tbody tr")).to_have_count(12)
    assert page.url == f"{served}/health"
    assert page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    cells = page.evaluate(EDGES, ".sortable :is(th, td)")
    assert [edges for edges in cells if edges[0] < 0 or edges[1] > width] == []
    assert page.evaluate(f"{AXE}; axe.run()")["violations"] == []


def test_it_is_another_address_than_that_of_the_watcher(served: str) -> None:
    assert requests.get(f"{served}/healthz", timeout=30).json() == {"status": "alive"}
    assert "<html" in requests.get(f"{served}/health", timeout=30).text


def test_the_way_between_the_pages_keeps_the_experiment_and_leads_back(page: Page, served: str) -> None:
    open_page(page, f"{served}/?experiment=rand_hie")
    expect(page.get_by_role("heading", level=1)).to_contain_text("RAND health insurance")
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_text("python -m pipeline run --experiment rand_hie")).to_be_visible()
    page.wait_for_url("**/health?experiment=rand_hie")
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="crash_triage").click()
    expect(page.locator(".st-key-table-runs tbody tr")).to_have_count(12)
    page.get_by_role("link", name="Experiment report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crash triage")
    page.wait_for_url(f"{served}/?experiment=crash_triage")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.locator(".st-key-table-runs tbody tr")).to_have_count(12)


def test_only_groups_with_pages_are_in_the_list(page: Page, served: str) -> None:
    open_page(page, served)
    expect(page.locator(".st-key-navigation [data-testid=stCaptionContainer]")).to_have_text(
        ["Report", "Models", "System"]
    )
    expect(page.locator(".st-key-navigation a")).to_contain_text(["Experiment report", TITLE])


def test_a_heading_sorts_the_table_by_mouse_and_by_key(page: Page, served: str) -> None:
    open_page(page, f"{served}/health")
    table = page.locator(".st-key-table-runs table")
    counts = table.locator("tbody td:nth-child(4)")
    expect(counts).to_have_count(12)
    heading = table.get_by_role("columnheader", name="Has")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    rising = [int(text) for text in counts.all_inner_texts()]
    assert rising == sorted(rising)
    assert len(set(map(len, map(str, rising)))) == 2  # as numbers: 9 comes before 13
    heading.get_by_role("button").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert [int(text) for text in counts.all_inner_texts()] == rising[::-1]


def test_runs_are_links_and_what_is_said_can_be_taken_away(page: Page, served: str) -> None:
    open_page(page, f"{served}/health")
    first = page.locator(".st-key-table-runs a").first
    assert (first.get_attribute("href") or "").startswith(f"{LOOKING_GLASS}/#/experiments/")
    with page.expect_download() as caught:
        page.locator(".st-key-download-json button").click()
    said = json.loads(caught.value.path().read_text("utf-8"))
    assert (said["healthy"], len(said["runs"])) == (True, 12)
    with page.expect_download() as caught:
        page.locator(".st-key-csv-runs button").click()
    assert caught.value.suggested_filename == "runs.csv"
    assert len(caught.value.path().read_text("utf-8").splitlines()) == 13


def test_paper_is_white_and_holds_the_page_alone(page: Page, served: str) -> None:
    open_page(page, f"{served}/health")
    expect(page.locator(".st-key-table-gate-entries tbody tr").first).to_be_visible()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1_000})
    for hidden in (".stSidebar", ".stAppHeader", ".stDownloadButton"):
        expect(page.locator(hidden).first).to_be_hidden()
    inks = "[...document.querySelectorAll('.findings li, td, dd')].map(one => getComputedStyle(one).color)"
    assert set(page.evaluate(inks)) <= {"rgb(24, 24, 27)", "rgb(82, 82, 91)"}
    parts = ".st-key-page :is(p, li, td, th, dd, .tile)"
    assert [edges for edges in page.evaluate(EDGES, parts) if edges[1] > PAPER + 1] == []


def test_a_page_asked_for_first_is_shown_without_our_server_too(
    page: Page, finished: dict[str, str], tmp_path: Path
) -> None:
    """Streamlit alone runs the file itself, for as long as ``app.py`` has not run in the process."""
    with serving(finished, tmp_path / "log.txt", ROOT / "app.py") as url:
        open_page(page, f"{url}/health")
        expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
        page.get_by_role("link", name="Experiment report").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Crash triage")
        page.locator(READY).wait_for()
        page.goto("about:blank")  # which does not miss the server
