"""Health of the store: what the doctor says, on a page."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import settings
from report.doctor.checks import examine
from report.doctor.output import findings, verdict
from tests.conftest import ROOT
from tests.pages.test_app import HOSTILE, words
from tests.world import World

HEALTH = "pages/health.py"


def test_the_documents_show_this_page_as_it_is() -> None:
    shown = re.findall("```python\n(.*?)```", (ROOT / "docs" / "pages.md").read_text("utf-8"), re.DOTALL)
    assert shown[0] == (ROOT / HEALTH).read_text("utf-8")
    assert shown[1] in (ROOT / "app.py").read_text("utf-8").replace("        ", "")


@pytest.fixture
def health(app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Runs the page for a store and returns it."""
    return lambda uri, **env: app(uri, **env).switch_page(HEALTH).run()


def rows(page: AppTest, key: str) -> list[list[str]]:
    """The texts of a table's cells."""
    bodies = [element.proto.body for element in page.get("html")]
    table = next(body for body in bodies if f'class="{key} sortable' in body)
    lines = re.findall("<tr[^>]*>(.*?)</tr>", table)[1:]
    return [[re.sub("<[^>]*>", "", cell) for cell in re.findall("<td[^>]*>(.*?)</td>", line)] for line in lines]


def test_the_page_says_what_the_doctor_says(health, world: World) -> None:
    world.drift(0, 0.0)
    world.gate(0, decision="BASELINE")
    world.gate(1, 0.79, decision="SKIP_NO_DRIFT", trained=False)
    world.drift(2, 0.4, threshold=None)
    page = health(world.uri)
    assert not page.exception
    assert page.title[0].value == "Health of the store"
    config = settings.read()
    diagnosis = examine(world.uri, settings.load_experiment(config.experiments.first, config))
    said = [verdict(diagnosis), *(text for title, group in findings(diagnosis) for text in (title, *group))]
    assert len(said) >= 5
    assert [text for text in said if text not in words(page) + " ".join(each.value for each in page.success)] == []


def test_every_run_that_the_report_reads_is_a_row_with_a_link(health, world: World) -> None:
    drift = world.drift(0, 0.0)
    gate = world.gate(0, decision="BASELINE")
    page = health(world.uri, MLFLOW_UI_URL="http://mlflow.example:5000")
    assert [row[:3] for row in rows(page, "runs")] == [["0", "Drift", drift[:8]], ["0", "Quality gate", gate[:8]]]
    links = re.findall('href="([^"]*)"', " ".join(element.proto.body for element in page.get("html")))
    assert [link.rpartition("/")[2] for link in links] == [drift, gate]


def test_an_entry_tells_which_batches_have_it(health, world: World) -> None:
    for batch in (0, 1, 2):
        world.drift(batch, 0.0, threshold=None if batch == 1 else 0.3)
    page = health(world.uri)
    table = {row[0]: row[1:] for row in rows(page, "drift-entries")}
    assert table["metric drift_share"] == ["0–2", "—"]
    assert table["param drift_threshold"] == ["2", "1"]


def test_each_kind_of_finding_has_one_word_in_tile_section_and_table(health, world: World) -> None:
    world.gate(0, decision="BASELINE")
    world.gate("1.0", decision="MAYBE")
    page = health(world.uri)
    (tile,) = re.findall("Findings</dt>.*?note[^>]*>(.*?)</dd>", "".join(each.proto.body for each in page.get("html")))
    assert re.sub("[0-9]+", "n", tile) == "n lacking, n not understood, n non-standard"
    heads = [header.value for header in page.header]
    assert heads[:3] == ["Lacking: the report would tell more with", "Not understood", "Non-standard, but handled"]
    table = next(element.proto.body for element in page.get("html") if 'class="runs sortable' in element.proto.body)
    columns = re.findall("<button[^>]*>(.*?)</button>", table)
    assert columns == ["Batch", "Kind", "Run", "Has", "Lacks", "Not understood", "Non-standard", "Total"]
    for row in rows(page, "runs"):
        assert sum(map(int, row[3:-1])) == int(row[-1])
    asides = [caption.value for caption in page.caption if "without what is optional" in caption.value]
    assert len(asides) == 2  # beside the runs, and beside the entries of gate runs


def test_an_empty_store_says_what_was_looked_for_and_what_to_run(health, world: World) -> None:
    world.experiment("Drifft")
    page = health(world.uri)
    assert not page.exception
    assert "holds no finished batch" in words(page)
    assert "no experiment called Drift" in words(page)
    assert "python -m baseline" in page.main.code[-1].value


def test_a_store_that_is_not_there_is_no_health(health, tmp_path: Path) -> None:
    page = health(f"sqlite:///{tmp_path}/none.db")
    assert "The health of the store cannot be shown" in words(page)
    assert "there is no such file or folder" in words(page)
    assert not (tmp_path / "none.db").exists()


def test_an_outage_is_one_and_is_over_when_it_is_tried_again(health, world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    (tmp_path / "mlflow.db").rename(tmp_path / "moved.db")
    (tmp_path / "mlflow.db").write_text("this is not SQLite")
    page = health(world.uri)
    assert "The health of the store cannot be shown" in words(page)
    assert page.error[0].icon == ":material/cloud_off:"
    shutil.move(tmp_path / "moved.db", tmp_path / "mlflow.db")
    page.button(key="try-again").click().run()
    assert not page.error
    assert [row[:2] for row in rows(page, "runs")] == [["0", "Quality gate"]]


def test_a_refresh_looks_again(health, world: World) -> None:
    world.gate(0, decision="BASELINE")
    page = health(world.uri)
    world.drift(0, 0.0)
    assert len(rows(page.run(), "runs")) == 1
    assert len(rows(page.button(key="refresh").click().run(), "runs")) == 2


def test_hostile_text_is_shown_as_it_is_and_does_nothing(health, world: World) -> None:
    world.gate(0, decision=HOSTILE)
    page = health(world.uri)
    assert not page.exception
    assert HOSTILE[:30] in words(page)
    assert not any("<img" in element.proto.body for element in page.get("html"))


def test_an_experiment_that_is_none_is_said(health, world: World) -> None:
    page = health(world.uri, BATCH_ZERO_EXPERIMENT="crash_triag")
    assert "crash_triage (the nearest)" in " ".join(words(page).split())
