"""Test a model in a real browser: the five steps of a person, and a test of a program that appears beside them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, TimeoutError, expect
from sklearn.linear_model import LogisticRegression

from tests.browser import open_page, until
from tests.e2e.test_page import AXE
from tests.serving import ROOT, serving
from tests.testbench.conftest import Trained, trained

ROW_PX = 35
ACROSS = {"Name": 75, "Low": 260, "High": 420}
"""Where a cell lies in the table of columns, in pixels: it is drawn, and has no elements."""

WIDE = "document.scrollingElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("model"), LogisticRegression(max_iter=2_000), {0: 0, 1: 1})


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server, and a worker beside it, as ``make demo`` starts them."""
    home = tmp_path_factory.mktemp("bench")
    env = {**os.environ, "BATCH_ZERO_HOME": str(home)}
    env.pop("MLFLOW_TRACKING_URI", None)
    worker = subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=env)
    try:
        with serving(env, home / "log.txt") as url:
            yield url
    finally:
        worker.terminate()
        worker.wait(120)


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds: the rule, and the elements. Streamlit's own field for files has a name and the role of none."""
    found = page.evaluate(f"{AXE}; axe.run({{exclude: ['[data-testid=stFileUploaderDropzone]']}})")["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def upload(page: Page, *files: Path) -> None:
    """One after the other, each when the one before has arrived, as a person does."""
    for place, file in enumerate(files):
        page.locator('input[type="file"]').nth(place).set_input_files(file)
        expect(page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_five_steps_from_a_file_to_its_results(
    page: Page, bench: str, model: Trained, tmp_path: Path, width: int
) -> None:
    sample = tmp_path / "rows.csv"
    model.sample.to_csv(sample, index=False)
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, f"{bench}/test_model")
    upload(page, model.path, sample)
    page.get_by_role("button", name="Use this model").click()

    expect(page.get_by_text("2 · Columns: 4")).to_be_visible()
    page.get_by_text("2 · Columns: 4").click()
    expect(page.get_by_role("combobox", name="Column of the labels")).to_have_value("outcome")
    page.get_by_text("3 · Rows").click()
    expect(page.get_by_text("600 rows of the sample, as they are.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("textbox", name="Policy").fill("auc >= 0.6 AND error_rate <= 1")
    page.get_by_role("button", name="Run the tests").click()

    expect(page.get_by_role("heading", name="Explainability")).to_be_visible()
    expect(page.get_by_text("Passed: of 2 limits, 2 passed.")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(9)
    assert page.evaluate(WIDE) <= 0
    assert violations(page) == []
    shown = page.url
    page.reload()
    expect(page.get_by_text("Passed: of 2 limits, 2 passed.")).to_be_visible()
    assert page.url == shown


def test_a_test_of_a_program_appears_on_the_page(page: Page, bench: str, model: Trained) -> None:
    open_page(page, f"{bench}/test_model")
    answer = requests.post(
        f"{bench}/api/run_tests",
        files={"model": model.path.open("rb"), "sample": model.sample.to_csv(index=False).encode()},
        data={"labels": "outcome", "checks": "works"},
        headers={"Prefer": "respond-async"},
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    link = page.locator(f'a[href*="{answer.json()["id"]}"]')
    expect(link).to_have_text("model.joblib")
    expect(page.get_by_role("listitem").filter(has=link)).to_contain_text("done")
    link.click()
    expect(page.get_by_text("The model answers 600 rows")).to_be_visible()


def edit(page: Page, row: int, heading: str, text: str) -> None:
    """A cell of the table of columns, as one types into it: a table that has just come does not open its field at the
    first click and may close it once more as it is drawn, and a person looks for what was typed before going on, though
    not for the page to have taken it in."""
    table = page.get_by_test_id("stDataFrame").locator("canvas").first
    field = page.locator("#portal textarea, #portal input")

    def typed() -> bool:
        if not field.count():
            box = table.bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + ACROSS[heading], box["y"] + ROW_PX * (row + 1.5))
            page.keyboard.press("Enter")
            page.wait_for_timeout(250)
        try:
            field.fill(text, timeout=2_000)
            field.press("Enter", timeout=2_000)
        except TimeoutError:
            return False
        return True

    assert until(page, typed, True), f"no field opens for {heading} of row {row}"
    expect(field).to_have_count(0)
    assert until(page, lambda: any(text in shown for shown in cells(page)), True)


def cells(page: Page) -> list[list[str]]:
    """What the table shows: its first five columns."""
    rows = "[...document.querySelectorAll('[data-testid=stDataFrame] canvas table tbody tr')]"
    found: list[list[str]] = page.evaluate(
        f"{rows}.map(row => [...row.querySelectorAll('td')].map(c => c.textContent))"
    )
    return [row[:5] for row in found]


def test_edits_one_after_the_other_are_all_kept(page: Page, bench: str, model: Trained, tmp_path: Path) -> None:
    """While the page is still busy with the one before, in a row that is new, and where they make no schema yet."""
    sample = tmp_path / "rows.csv"
    model.sample.to_csv(sample, index=False)
    open_page(page, f"{bench}/test_model")
    upload(page, model.path, sample)
    page.get_by_role("button", name="Use this model").click()
    page.get_by_text("2 · Columns: 4").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    edit(page, 0, "Low", "17")
    edit(page, 1, "High", "200000")
    edit(page, 4, "Name", "extra")
    edit(page, 4, "Low", "3")
    expect(page.get_by_text("2 · Columns: 5")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    edit(page, 4, "High", "2")
    refused = page.get_by_text("low: got 3.0, expected no more than high, which is 2")
    expect(refused).to_be_visible()
    page.reload()  # the step is open by itself then: nobody has said which values the new column takes
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(refused).to_be_visible()
    wanted = [["age", "17"], ["income", "200000"], ["extra", "3", "2"]]
    until(page, lambda: len(cells(page)), 5)
    shown = {row[0]: row for row in cells(page)}
    assert [[name, *(value for value in values if value in shown[name])] for name, *values in wanted] == wanted
    edit(page, 4, "High", "20")
    expect(refused).to_have_count(0)
