"""The report as a reader meets it."""

import json
import re
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import open_page, until
from tests.e2e.conftest import LOOKING_GLASS


def card(page: Page, batch: int) -> Locator:
    return page.locator("[class*='st-key-chapter-']").nth(batch)


AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def test_the_sections_stand_in_the_order_of_the_story(page: Page, served: str) -> None:
    open_page(page, served)
    expect(page.get_by_role("heading", name="What this can and cannot show")).to_be_attached()
    found = page.evaluate("[...document.querySelectorAll('h1, h2')].map(heading => heading.innerText.trim())")
    assert found[1:] == ["Experiment summary", "The journey", "Final summary", "How this works"]
    assert found[0].replace("\n", " ").startswith("Crash triage")
    batches = page.evaluate(
        "[...document.querySelectorAll('.st-key-journey h3')].map(heading => heading.innerText.trim())"
    )
    assert batches == [f"Batch {number}" for number in range(6)]


def test_hero_tiles_chips_and_charts_are_there(page: Page, served: str) -> None:
    open_page(page, served)
    labels = ["Production model", "Batches processed", "Models trained", "Retraining events"]
    expect(page.locator("[class*='st-key-hero-tile-']")).to_contain_text(labels)
    expect(page.locator(".st-key-ribbon a")).to_have_count(6)
    expect(page.locator(".st-key-drift-progression .barlayer .point")).to_have_count(6)
    expect(page.locator(".st-key-score-trend .scatterlayer .trace").first).to_be_visible()


def test_the_table_has_its_twelve_columns_and_a_row_per_batch(page: Page, served: str) -> None:
    open_page(page, served)
    table = page.locator(".st-key-metrics-table table")
    expect(table.locator("thead tr").last.locator("th")).to_have_count(12)
    expect(table.locator("tbody tr")).to_have_count(6)
    assert table.locator("tbody tr").first.inner_text().split()[:4] == ["0", "●", "0.00", "—"]


def test_a_chip_jumps_to_its_batch(page: Page, served: str) -> None:
    open_page(page, served)
    page.locator(".st-key-ribbon a").nth(4).click()
    expect(page.get_by_role("heading", name="Batch 4", exact=True)).to_be_in_viewport()
    assert page.url.endswith("#batch-4")


@pytest.mark.parametrize("width", [390, 1440])
def test_back_leads_from_a_batch_to_where_the_reader_was(page: Page, served: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, served)
    page.locator(CHARTS_ARE_THERE).first.wait_for(state="attached")
    top = "Math.round(document.querySelector('[data-testid=stMain]').scrollTop)"
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo({top: 60, behavior: 'instant'})")
    for batch in (4, 5):
        page.locator(".st-key-ribbon a").nth(batch).click()
        expect(page.get_by_role("heading", name=f"Batch {batch}", exact=True)).to_be_in_viewport()
        page.go_back()
        expect(page.locator(".st-key-ribbon a").first).to_be_in_viewport()
        assert until(page, lambda: page.evaluate(top), 60) == 60
    page.go_forward()
    expect(page.get_by_role("heading", name="Batch 5", exact=True)).to_be_in_viewport()


CHARTS_ARE_THERE = ".st-key-score-trend .scatterlayer .trace"


@pytest.mark.parametrize("query", ["?experiment=crash_triage", ""])
def test_an_address_of_a_batch_is_kept_and_leads_there(page: Page, served: str, query: str) -> None:
    address = f"{served}/{query}#batch-5"
    open_page(page, address)
    page.locator(CHARTS_ARE_THERE).first.wait_for(state="attached")
    expect(page.get_by_role("heading", name="Batch 5", exact=True)).to_be_in_viewport(ratio=1)
    top = "Math.round(document.getElementById('batch-5').getBoundingClientRect().top)"
    assert until(page, lambda: page.evaluate(top), 64) == 64
    assert page.url == address


def test_back_leads_to_the_experiment_before(page: Page, served: str) -> None:
    open_page(page, served)
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="rand_hie").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("RAND health insurance")
    page.wait_for_url("**/?experiment=rand_hie")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crash triage")
    expect(page.locator(".st-key-ribbon a")).to_have_count(6)
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_contain_text("RAND health insurance")


def test_every_link_to_a_run_has_a_name_of_its_own(page: Page, served: str) -> None:
    open_page(page, served)
    links = page.locator(".st-key-journey .stHtml a")
    expect(links).to_have_text(
        [f"{kind} of Batch {number}, in MLflow" for number in range(6) for kind in ("Drift run", "Quality gate run")]
    )
    run = re.compile(rf"{LOOKING_GLASS}/#/experiments/\d+/runs/[0-9a-f]{{32}}")
    assert all(run.fullmatch(link.get_attribute("href") or "") for link in links.all())


EDGES = """selector => [...document.querySelectorAll(selector)].map(one => one.getBoundingClientRect())
  .map(box => [box.left, box.right])"""


def test_a_phone_shows_scores_and_verdicts(page: Page, served: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    open_page(page, served)
    card(page, 5).get_by_text("Columns and their drift").click()
    expect(page.locator(".st-key-columns-table-5 tbody tr")).to_have_count(11)
    scores = page.evaluate(EDGES, ".st-key-metrics-table tbody td")
    verdicts = page.evaluate(EDGES, ".st-key-columns-table-5 tbody :is(td:nth-child(2), td:nth-child(3))")
    assert (len(scores), len(verdicts)) == (6 * 11, 22)
    assert [edges for edges in (*scores, *verdicts) if edges[0] < 0 or edges[1] > 390] == []


def test_a_phone_breaks_no_setting_in_the_middle_of_a_word(page: Page, served: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    open_page(page, served)
    lines = """[...document.querySelectorAll('.st-key-settings-table td')].map(cell => {
      const range = document.createRange(); range.selectNodeContents(cell);
      return new Set([...range.getClientRects()].map(part => Math.round(part.top))).size })"""
    expect(page.locator(".st-key-settings-table td")).to_have_count(6)
    assert page.evaluate(lines) == [1] * 6


@pytest.mark.parametrize(("width", "rows"), [(390, 2), (768, 1), (900, 2), (1440, 1)])
def test_the_first_tiles_are_of_one_size_and_none_is_alone(page: Page, served: str, width: int, rows: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, served)

    def sizes_and_rows() -> tuple[int, int]:
        boxes = page.evaluate(
            "[...document.querySelectorAll('[class*=st-key-hero-tile-]')].map(tile => tile.getBoundingClientRect())"
            ".map(box => [Math.round(box.width), Math.round(box.height), Math.round(box.top)])"
        )
        return len({(wide, high) for wide, high, _ in boxes}), len({top for _, _, top in boxes})

    expect(page.locator("[class*=st-key-hero-tile-]")).to_have_count(4)
    assert until(page, sizes_and_rows, (1, rows)) == (1, rows)


PAPER = 718
"""Pixels across A4, at 96 to the inch, between margins of 10 mm."""


def test_paper_is_white_and_holds_all_of_the_report_and_nothing_else(page: Page, served: str, tmp_path: Path) -> None:
    open_page(page, served)
    page.locator(CHARTS_ARE_THERE).first.wait_for()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1_000})
    for hidden in (".stSidebar", ".stAppHeader", ".stDownloadButton", ".st-key-journey .stExpander details"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.st-key-hero p')).color") == "rgb(24, 24, 27)"
    tiles = page.evaluate(
        "[...document.querySelectorAll('[class*=st-key-hero-tile-]')].map(tile => tile.getBoundingClientRect().height)"
    )
    assert len({round(height) for height in tiles}) == 1
    inks = page.evaluate("[...document.querySelectorAll('.stMarkdownBadge')].map(one => getComputedStyle(one).color)")
    assert len(set(inks)) >= 3
    assert "rgb(24, 24, 27)" not in inks
    ticks = page.evaluate("getComputedStyle(document.querySelector('.xtick text')).fontSize")
    assert ticks == "15px"
    inside = "selector => getComputedStyle(document.querySelector(selector)).breakInside"
    wholes = (".st-key-page tr", ".st-key-journey .tiles")
    assert [page.evaluate(inside, whole) for whole in wholes] == ["avoid", "avoid"]
    for broken in ("[class*=st-key-chapter-]", ".st-key-page .scroll", ".st-key-journey .stMarkdown"):
        assert page.evaluate(inside, broken) == "auto"
    parts = ".st-key-page :is(p, td, th, dd, .main-svg, .tile)"
    assert [edges for edges in page.evaluate(EDGES, parts) if edges[1] > PAPER + 1] == []
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "report.pdf").read_bytes())) <= 7


def test_a_roc_curve_is_loaded_when_its_expander_is_opened(page: Page, served: str) -> None:
    open_page(page, served)
    fifth = card(page, 5)
    assert page.locator(".st-key-roc-chart-5").count() == 0
    fifth.get_by_text("ROC curves").click()
    expect(page.locator(".st-key-roc-chart-5 .scatterlayer .trace")).to_have_count(3)


def test_the_drifted_columns_can_be_opened(page: Page, served: str) -> None:
    open_page(page, served)
    card(page, 5).get_by_text("Columns and their drift").click()
    rows = page.locator(".st-key-columns-table-5 tbody tr")
    expect(rows).to_have_count(11)
    expect(rows.filter(has_text="drifted")).to_have_count(4)


def test_the_runs_behind_a_batch_are_links(page: Page, served: str) -> None:
    open_page(page, served)
    card(page, 5).get_by_text("Quality gate run 1 of 1").click()
    expect(page.locator("ul.runs a")).to_have_count(2)


def test_an_experiment_is_chosen_in_the_url_and_in_the_sidebar(page: Page, served: str) -> None:
    open_page(page, f"{served}/?experiment=rand_hie")
    expect(page.get_by_role("heading", level=1)).to_contain_text("RAND health insurance")
    expect(page.get_by_text("python -m pipeline run --experiment rand_hie")).to_be_visible()
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="crash_triage").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crash triage")


def test_an_experiment_that_is_none_is_said(page: Page, served: str) -> None:
    open_page(page, f"{served}/?experiment=../../etc/passwd")
    expect(page.get_by_text("expected the name of one that there is or the path of an experiment.toml")).to_be_visible()
    expect(page.get_by_role("link", name="crash_triage")).to_be_visible()


def test_a_users_own_experiment_is_reached_by_its_path(page: Page, served: str, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "examples" / "crash_triage" / "experiment.toml"
    own = tmp_path / "experiment.toml"
    own.write_text(re.sub(r'^title = ".*"$', 'title = "My own"', shipped.read_text("utf-8"), flags=re.MULTILINE))
    open_page(page, f"{served}/?experiment={own}")
    expect(page.get_by_role("heading", level=1)).to_have_text("My own")
    expect(page.locator(".st-key-ribbon a")).to_have_count(6)


@pytest.mark.parametrize("kind", ["json", "html", "md"])
def test_the_report_is_downloaded_as_a_file(page: Page, served: str, kind: str, tmp_path: Path) -> None:
    open_page(page, served)
    with page.expect_download() as caught:
        page.locator(f".st-key-download-{kind} button").click()
    file = tmp_path / caught.value.suggested_filename
    caught.value.save_as(file)
    assert file.name == f"experiment-report.{kind}"
    text = file.read_text("utf-8")
    assert "The system detected drift in" in text
    if kind == "json":
        assert json.loads(text)["summary"]["batches_processed"] == 6


def test_the_table_is_downloaded_as_csv(page: Page, served: str) -> None:
    open_page(page, served)
    with page.expect_download() as caught:
        page.locator(".st-key-metrics-csv button").click()
    lines = caught.value.path().read_text("utf-8").splitlines()
    assert lines[0].startswith("Batch,Drift share,Retrained?,Decision,Production model AUC")
    assert len(lines) == 7


@pytest.mark.parametrize("width", [390, 768, 1440, 1920])
def test_nothing_is_cut_off_at_any_width(page: Page, served: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, served)
    expect(page.locator(".st-key-drift-progression .barlayer .point")).to_have_count(6)
    overflow = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    column = page.locator(".st-key-page").bounding_box()
    assert overflow <= 0
    assert column is not None
    assert column["width"] <= 1100
    assert column["x"] + column["width"] <= width


def test_axe_finds_nothing_serious(page: Page, served: str) -> None:
    open_page(page, served)
    fifth = card(page, 5)
    # One after the other, as a person would: what opens above moves what is pressed next.
    fifth.get_by_text("ROC curves").click()
    expect(page.locator(".st-key-roc-chart-5 .scatterlayer .trace")).to_have_count(3)
    fifth.get_by_text("Columns and their drift").click()
    expect(page.locator(".st-key-columns-table-5 tbody tr")).to_have_count(11)
    fifth.get_by_text("Quality gate run 1 of 1").click()
    expect(page.locator("ul.runs a").first).to_be_visible()
    page.evaluate(AXE)
    experimental = "{rules: {'label-content-name-mismatch': {enabled: true}}}"
    found = page.evaluate(f"axe.run({experimental}).then(result => result.violations)")
    serious = [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found
        if rule["impact"] in {"serious", "critical"} or rule["id"] == "label-content-name-mismatch"
    ]
    assert serious == []


def test_the_page_can_be_used_with_the_keyboard_alone(page: Page, served: str) -> None:
    open_page(page, served)
    expander = card(page, 0).get_by_text("ROC curves")
    expander.focus() if expander.evaluate("node => node.tabIndex") >= 0 else expander.locator(
        "xpath=ancestor::summary | ancestor::button"
    ).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-roc-chart-0 .scatterlayer .trace").first).to_be_attached()


def test_no_request_leaves_this_machine(page: Page, served: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, served)
    expect(page.locator(".st-key-drift-progression .barlayer .point")).to_have_count(6)
    outside = [url for url in asked if not url.startswith((served, served.replace("http", "ws"), "data:", "blob:"))]
    assert outside == []
    assert sum("/static/fonts/" in url for url in asked) >= 3


def test_the_headers_forbid_foreign_script(page: Page, served: str) -> None:
    answer = page.request.get(served)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval'" not in policy.replace("wasm-unsafe-eval'", "")
    assert answer.headers["x-content-type-options"] == "nosniff"
