"""A store that vanishes under a reader."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import open_page
from tests.serving import serving

LINE = ".st-key-outage-line p"
POSITIONS = """[...document.querySelectorAll('.st-key-outage-bar, :has(> .st-key-outage-bar)')]
  .map(one => getComputedStyle(one).position)"""


@pytest.fixture
def database(finished: dict[str, str], tmp_path: Path) -> Path:
    """A copy of the default experiment's store."""
    copied = tmp_path / "mlflow.db"
    source = sqlite3.connect(finished["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///"))
    with sqlite3.connect(copied) as target:
        source.backup(target)
    source.close()
    target.close()
    return copied


@pytest.fixture
def own(finished: dict[str, str], database: Path, tmp_path: Path) -> Iterator[str]:
    """A server that reads the copy. It comes before the page, which is closed first: an open one sees its server go."""
    env = {**finished, "MLFLOW_TRACKING_URI": f"sqlite:///{database}", "BATCH_ZERO_HOME": str(tmp_path)}
    with serving(env, tmp_path / "log.txt") as url:
        yield url


@pytest.mark.parametrize("width", [390, 1440])
def test_an_outage_is_noticed_however_far_down_a_reader_is(own: str, page: Page, database: Path, width: int) -> None:
    open_page(page, own)
    expect(page.locator(LINE)).to_have_count(0)
    shutil.move(database, database.with_name("moved.db"))
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator(LINE)).to_contain_text("The store does not answer: this is as it was read on")
    page.set_viewport_size({"width": width, "height": 900})
    for batch in (2, 5):
        heading = page.get_by_role("heading", name=f"Batch {batch}", exact=True)
        page.evaluate(f"document.getElementById('batch-{batch}').scrollIntoView({{behavior: 'instant'}})")
        expect(page.locator(LINE)).to_be_in_viewport(ratio=1)
        line, below = page.locator(LINE).bounding_box(), heading.bounding_box()
        assert line is not None
        assert below is not None
        assert line["y"] + line["height"] <= below["y"]
    page.emulate_media(media="print")
    expect(page.get_by_text("it was there, and is gone")).to_be_visible()
    expect(page.locator(LINE)).to_be_visible()  # the one place that says of when this is
    assert "sticky" not in page.evaluate(POSITIONS)
    expect(page.locator(".st-key-outage-bar button")).to_be_hidden()


def test_a_store_that_vanished_is_an_outage_for_every_experiment_and_is_tried_again(
    own: str, page: Page, database: Path
) -> None:
    open_page(page, own)
    moved = shutil.move(database, database.with_name("moved.db"))
    for address in (f"{own}/?experiment=rand_hie", f"{own}/health?experiment=rand_hie"):
        open_page(page, address)
        expect(page.get_by_text("cannot be reached: it was there, and is gone")).to_be_visible()
        expect(page.get_by_text("Check that the file or folder is where")).to_be_visible()
        expect(page.get_by_text("There is no history yet")).to_have_count(0)
    shutil.move(moved, database)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("but it holds no finished batch of this experiment yet")).to_be_visible()
