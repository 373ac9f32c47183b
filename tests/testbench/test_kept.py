"""Kept tests: what a run keeps, how it is found, opened, run again and marked as deleted, on every kind of store."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from batch_zero.storage.files import write
from mlflow_io.errors import StoreGone, TrackingError
from mlflow_io.reading.model_tests import LOOKED_AT, NoPage, NoSuchTest, Search
from testbench import kept, rerun
from testbench.findings import Finding, State, Table
from testbench.given import MODEL, Given, SampleFile
from testbench.result import ResultUnreadable
from tests.conftest import ROOT
from tests.testbench.conftest import Trained
from tests.testbench.kept import a_report, files_of, keep
from tests.testbench.registry import NAME, folder_of, register
from tests.world import World

STORES = ("world", "file_world", "postgres_world", "rest_world")


@pytest.fixture(params=STORES)
def any_world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found


def names(uri: str, search: Search, most: int = 20) -> list[str]:
    """Of all tests, page by page."""
    found, cursor = [], None
    while True:
        page = kept.listed(uri, search, cursor, most)
        found += [test.name for test in page.tests]
        if (cursor := page.next) is None:
            return found


def test_what_was_kept_is_opened_from_every_kind_of_store(any_world: World) -> None:
    run_id = keep(any_world, a_report(), "auc >= 0.75")
    (found,) = kept.listed(any_world.uri).tests
    assert (found.run_id, found.name, found.verdict, found.works) == (run_id, "test of m.joblib", "passed", True)
    result = kept.opened(any_world.uri, run_id)
    assert result.measures["auc"].value == 0.8
    assert (result.given.policy, result.settings["seed"]) == ("auc >= 0.75", 7)
    said = kept.remove(any_world.uri, run_id)
    assert kept.listed(any_world.uri).tests == ()
    with pytest.raises(NoSuchTest):
        kept.opened(any_world.uri, run_id)
    assert f"restore_run('{run_id}')" in said
    any_world.client.restore_run(run_id)
    assert kept.opened(any_world.uri, run_id) == result


def test_an_experiment_that_is_not_there_holds_no_test(any_world: World) -> None:
    assert kept.listed(any_world.uri).tests == ()
    with pytest.raises(NoSuchTest, match="there is no test 'abc'"):
        kept.opened(any_world.uri, "abc")


def test_a_run_keeps_what_was_chosen_found_and_made_up(world: World) -> None:
    run_id = keep(world, a_report(), "auc >= 0.75")
    folder, run = files_of(world, run_id), world.client.get_run(run_id).data
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        *("data.csv", "junit.xml", "measures.csv", "schema.json", "settings.json", "test.html", "test.json", "test.md"),
        *("tables/quality-1-odd-cells.csv", "tables/works-1-latency.csv"),
    }
    settings = json.loads((folder / "settings.json").read_text())
    assert set(settings) == {"rows", "synthetic", "seed", "checks", "latency", "simulation", "explain", "positive"}
    assert settings["latency"]["sizes"] == [1, 10, 100, 1_000, 10_000]
    assert (run.params["version_scikit-learn"], run.params["policy"]) == ("1.7.2", "auc >= 0.75")
    assert (run.metrics["auc_low"], run.tags["kept"]) == (0.78, "no file")


def test_no_cell_of_a_kept_table_is_a_formula(world: World) -> None:
    folder = files_of(world, keep(world, a_report()))
    cells = [
        cell for path in folder.rglob("*.csv") for row in csv.reader(path.read_text().splitlines()) for cell in row
    ]
    assert {"'=1+1", "'=cmd()", "0.78"} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_of_a_sample_only_hash_shape_and_columns_are_kept(world: World, tmp_path: Path) -> None:
    came = SampleFile("rows.csv", "cd" * 32, 4, ("age", "region"))
    folder = files_of(world, keep(world, a_report(synthetic=False), given=Given(sample=came)))
    assert not (folder / "data.csv").exists()
    assert not (folder / "upload").exists()
    assert json.loads((folder / "test.json").read_text())["given"]["sample"] == came.as_dict()
    fitted = files_of(world, keep(world, a_report(), given=Given(sample=came)))
    assert not (fitted / "data.csv").exists()  # its values are the sample's
    model = tmp_path / "any name.pkl"
    model.write_bytes(b"model")
    folder = files_of(world, keep(world, a_report(), given=Given(keep={MODEL: model})))
    assert (folder / "upload" / "model").read_bytes() == b"model"


def test_a_table_that_is_too_long_to_be_read_again_is_kept_whole_in_its_csv_only(world: World) -> None:
    long = Table("SHAP values", ("Row", "Value"), tuple((row, 0.5) for row in range(30_000)))
    run_id = keep(world, a_report(findings=(Finding("explainability", State.DONE, "Done.", tables=(long,)),)))
    (finding,) = kept.opened(world.uri, run_id).findings
    assert len(finding.tables[0].rows) == 20_000
    assert "with the first 20,000 of 30,000 rows, its CSV file with all" in finding.notes[0]
    (csv_file,) = (files_of(world, run_id) / "tables").iterdir()
    assert len(csv_file.read_text().splitlines()) == 30_001


def test_tests_are_searched_and_filtered_page_by_page(world: World) -> None:
    for number in range(5):
        keep(world, a_report(f"model {number}.joblib", 0.7 + number / 20), "auc >= 0.8")
    newest_first = [f"test of model {number}.joblib" for number in (4, 3, 2, 1, 0)]
    assert names(world.uri, Search(), 2) == newest_first
    assert names(world.uri, Search("MODEL 3"), 2) == ["test of model 3.joblib"]
    assert names(world.uri, Search("logistic"), 5) == newest_first
    assert names(world.uri, Search(verdict="passed"), 1) == newest_first[:2]
    assert names(world.uri, Search("3", verdict="passed")) == newest_first[1:2]
    assert names(world.uri, Search(works=False)) == []
    assert (
        names(world.uri, Search(kind="joblib", model_class="sklearn.linear_model.LogisticRegression")) == newest_first
    )
    assert names(world.uri, Search(kind="onnx")) == []
    with pytest.raises(NoPage, match="page: got 'x'"):
        kept.listed(world.uri, cursor="x")
    assert LOOKED_AT > 1_000


def test_what_others_put_there_is_listed_and_cannot_be_opened_or_deleted(world: World) -> None:
    foreign = world.run("model_tests", params={"model": "<img src=x>", "rows": "x" * 400}, tags={"works": "maybe"})
    half = world.run("model_tests", tags={"batch_zero.kind": "model_test"}, status="RUNNING")
    other = world.run("Drift", tags={"batch_zero.kind": "model_test"})
    found = {test.run_id: test for test in kept.listed(world.uri).tests}
    assert set(found) == {foreign, half}
    assert found[foreign].problem.startswith("no test of this program")
    assert (found[foreign].works, found[foreign].synthetic, len(found[foreign].rows or "")) == (None, None, 200)
    assert found[half].problem == "its test was not written to its end: the run is RUNNING"
    for run_id in (foreign, half, other, "../x", "a" * 300):
        with pytest.raises(NoSuchTest):
            kept.opened(world.uri, run_id)
    for run_id in (foreign, other):
        with pytest.raises(NoSuchTest):
            kept.remove(world.uri, run_id)
        assert world.client.get_run(run_id).info.lifecycle_stage == "active"
    kept.remove(world.uri, half)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "has no test.json"),
        ("[", "not JSON"),
        ("[" * 100_000, "recursion"),
        ("{}", "in the result of a test"),
        ('{"model": NaN}', "in the result of a test"),
        ("x" * 21_000_000, "expected at most"),
    ],
)
def test_a_result_that_is_none_is_said_to_be_unreadable(world: World, content: str | None, said: str) -> None:
    run_id = world.run("model_tests", tags={"batch_zero.kind": "model_test"})
    if content is not None:
        world.artifact(run_id, "test.json", content)
    with pytest.raises(ResultUnreadable, match=said):
        kept.opened(world.uri, run_id)


def test_a_store_that_is_not_there_is_new_or_an_outage(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'none.db'}"
    assert kept.listed(uri, may_be_new=True).tests == ()
    with pytest.raises(StoreGone):
        kept.listed(uri)
    with pytest.raises(TrackingError):
        kept.listed("http://127.0.0.1:9")


def test_what_a_test_needs_to_be_run_again_is_said(world: World) -> None:
    came = SampleFile("rows.csv", "cd" * 32, 4, ("age",))
    again = rerun.again(world.uri, keep(world, a_report(synthetic=False), given=Given(sample=came)))
    assert again.sentence == (
        f"Its files were not kept with it: upload the model m.joblib (SHA-256 {'ab' * 32}) and the sample rows.csv "
        f"(SHA-256 {'cd' * 32}); settings, seed 7, schema and policy will be the same."
    )
    with pytest.raises(rerun.NotKept, match="upload the model"):
        rerun.upload(again, Path("nowhere"), [], 10)


def test_a_kept_file_that_is_another_by_now_is_not_run(world: World, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"model")
    again = rerun.again(world.uri, keep(world, a_report(), given=Given(keep={MODEL: tmp_path / "m"})))
    assert again.lacking == ()
    with pytest.raises(rerun.AnotherFile, match="got a file with SHA-256"):
        rerun.upload(again, tmp_path / "uploads", [], 10)
    assert list((tmp_path / "uploads").iterdir()) == []


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "testbench", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_test_is_kept_and_run_again_by_the_command(boosted: Trained, world: World, tmp_path: Path) -> None:
    world.experiment("model_tests")
    sample, html = tmp_path / "rows.csv", tmp_path / "test.html"
    boosted.sample.to_csv(sample, index=False)
    checks = ("--check", "works", "--check", "quality", "--seed", "3")
    given = ("--sample", str(sample), "--labels", "outcome", "--policy", "auc >= 0.6", "--html", str(html))
    store = ("--mlflow-tracking-uri", world.uri)
    first = command(str(boosted.path), *given, *checks, "--log", *store)
    assert first.returncode == 0, first.stderr
    assert "<h1>model.joblib</h1>" in html.read_text()
    (run_id,) = (test.run_id for test in kept.listed(world.uri).tests)

    lacking = command("--again", run_id, *store)
    assert lacking.returncode == 2
    assert "upload the model model.joblib (SHA-256 " in lacking.stderr
    other = tmp_path / "other.joblib"
    write(other, b"another")
    wrong = command("--again", run_id, str(other), "--sample", str(sample), *store)
    assert (wrong.returncode, "other.joblib: got a file with SHA-256" in wrong.stderr) == (2, True)
    known = command("--again", run_id, "--seed", "1", *store)
    assert (known.returncode, "--seed: not allowed with --again" in known.stderr) == (2, True)

    second = command("--again", run_id, str(boosted.path), "--sample", str(sample), "--keep", *store)
    assert second.returncode == 0, second.stderr
    third = command("--again", kept.listed(world.uri).tests[0].run_id, "--keep", *store)
    assert third.returncode == 0, third.stderr
    tests = kept.listed(world.uri).tests
    assert [test.kept for test in tests] == [("model", "sample"), ("model", "sample"), ()]
    assert tests[1].again_of == run_id
    newest, oldest = (kept.opened(world.uri, test.run_id) for test in (tests[0], tests[2]))
    assert newest.measures == oldest.measures
    assert replace(newest.given, again_of=None, kept=()) == replace(oldest.given, again_of=None, kept=())
    comparison = kept.compared(world.uri, tests[2].run_id, tests[0].run_id)
    assert comparison.other_data == ""
    assert {one.word for one in comparison.measures} == {"not distinguishable"}


def test_neither_a_model_nor_a_test_is_a_sentence() -> None:
    done = command()
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "give MODEL, or --again" in done.stderr


def test_what_is_no_file_cannot_be_kept(tmp_path: Path) -> None:
    done = command(str(tmp_path), "--keep")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--keep: got a folder or an address, expected files of this machine" in done.stderr


@pytest.mark.slow
def test_a_registered_version_and_a_folder_are_run_again(boosted: Trained, world: World, tmp_path: Path) -> None:
    register(world, boosted.path, "production")
    world.experiment("model_tests")
    store, works = ("--mlflow-tracking-uri", world.uri), ("--check", "works", "--rows", "50", "--log")
    first = command(f"models:/{NAME}@production", *works, *store)
    assert first.returncode == 0, first.stderr
    (run_id,) = (test.run_id for test in kept.listed(world.uri).tests)
    again = rerun.again(world.uri, run_id)
    assert again.sentence.startswith(f"The model is fetched from models:/{NAME}/1, and settings, seed 0,")
    assert again.words()["model_uri"] == f"models:/{NAME}/1"
    other = command("--again", run_id, str(boosted.path), *store)
    assert (other.returncode, f"expected none: the test is of models:/{NAME}/1" in other.stderr) == (2, True)
    second = command("--again", run_id, "--log", *store)
    assert second.returncode == 0, second.stderr
    newest = kept.listed(world.uri).tests[0]
    assert newest.again_of == run_id
    assert kept.compared(world.uri, run_id, newest.run_id).other_data == ""

    folder = folder_of(boosted.path, tmp_path / "a folder")
    assert command(str(folder), *works, *store).returncode == 0
    third = kept.listed(world.uri).tests[0].run_id
    assert command("--again", third, str(folder), "--log", *store).returncode == 0
    (folder / "MLmodel").write_text("{}")
    changed = command("--again", third, str(folder), *store)
    assert (changed.returncode, "a folder: got a file with SHA-256" in changed.stderr) == (2, True)
