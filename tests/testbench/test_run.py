"""A whole test: what is made of a file and a sample, as JSON, JUnit and Markdown, and by the command."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import joblib
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser

from batch_zero.progress import Step
from sandbox.confinement import confine
from sandbox.session import open_model
from sandbox.warm import WarmParent
from testbench.charts import figures
from testbench.checks.latency import LatencySettings
from testbench.checks.simulation import SimulationSettings
from testbench.errors import BadSample, NoSchema, NotConfined
from testbench.files.errors import NotAModel
from testbench.output.data import to_data
from testbench.output.html import to_html
from testbench.output.junit import to_junit
from testbench.output.markdown import to_markdown
from testbench.policy.policy import parsed
from testbench.policy.verdict import judge
from testbench.result import ResultUnreadable, from_data
from testbench.run import CHECKS, Asked, Settings, TestReport, run_tests
from testbench.schema.detect import from_sample
from testbench.schema.schema import Schema
from tests.testbench.conftest import Trained

pytestmark = pytest.mark.usefixtures("warmed")

Command = Callable[..., CompletedProcess[str]]
QUICK = Settings(
    rows=200,
    latency=LatencySettings(sizes=(1, 10), calls=30, warm_up=5, budget_s=0.5),
    simulation=SimulationSettings(strengths=(0.5,), rows=200),
)
ROOT = Path(__file__).parents[2]


def asked(model: Trained, **more: object) -> Asked:
    return Asked(model.path, model.path.name, model.sample, "outcome", settings=QUICK, **more)  # type: ignore[arg-type]


def heard(_: Step) -> None:
    pass


@pytest.fixture(scope="module")
def report(classifier: Trained, warm: WarmParent) -> TestReport:
    return run_tests(asked(classifier), heard, warm)


def test_every_check_is_done_on_the_rows_of_the_sample(report: TestReport) -> None:
    assert [finding.check for finding in report.findings] == list(CHECKS)
    assert (report.rows, report.synthetic, report.works) == (600, False, True)
    assert report.model.model_class.endswith("LogisticRegression")
    assert report.schema.names == ("age", "income", "region", "bmi")
    assert {"auc", "error_rate", "latency_p95_ms", "simulation_max_psi"} <= {one.name for one in report.measures}


def test_what_is_kept_is_read_again(report: TestReport) -> None:
    verdict = judge(parsed("auc >= 0.5"), report.measures, {})
    kept = from_data(json.loads(json.dumps(to_data(report, verdict))))
    for found, again in zip(report.findings, kept.findings, strict=True):
        assert again == found.timed(round(found.seconds, 3))
    assert (kept.file.sha256, kept.description.model_class) == (report.file.sha256, report.model.model_class)
    assert kept.verdict is not None
    assert (kept.verdict.passed, kept.measures["auc"].rows) == (True, 600)


@pytest.mark.parametrize("data", [None, [], {"model": "m"}, "text"])
def test_what_is_no_result_of_a_test_is_told_from_one(data: object) -> None:
    with pytest.raises(ResultUnreadable, match="in the result of a test"):
        from_data(data)


def test_progress_counts_every_step(classifier: Trained) -> None:
    steps: list[Step] = []
    run_tests(replace(asked(classifier), settings=replace(QUICK, checks=("works", "robustness"))), steps.append)
    assert [(step.done, step.total) for step in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert steps[2].text.startswith("works: The model answers 600 rows")


def test_without_a_sample_rows_are_made_up_from_what_the_model_says(classifier: Trained) -> None:
    report = run_tests(Asked(classifier.path, "model.joblib", settings=replace(QUICK, checks=("works",))), heard)
    assert (report.rows, report.synthetic) == (200, True)
    assert set(report.schema.column("region").classes) == {"north", "south", "east"}
    assert report.works


def test_rows_of_assumed_ranges_are_cautioned_against_in_every_file(classifier: Trained) -> None:
    works = replace(QUICK, checks=("works", "quality"))
    report = run_tests(Asked(classifier.path, "model.joblib", settings=works), heard)
    assert report.assumed == ("age", "income", "bmi")
    data = to_data(report, None)
    assert data["cautions"] == [
        "Nobody has said which values 'age', 'income', 'bmi' take, so that they were made up of floats from 0 to 1, "
        "ints from 0 to 100, dates of 2020 to 2024, the categories a, b and c, and numbered texts: what follows is of "
        "such rows. Write their ranges and classes, or bring a sample.",
        "Quality was not done: The data has no labels, so the quality of the model is not known.",
    ]
    page = to_html(from_data(json.loads(json.dumps(data))))
    for text in (page, to_markdown(report, None)):
        assert "Nobody has said which values" in text
        assert "Quality was not done" in text
    assert "every check was done" not in page
    known = run_tests(Asked(classifier.path, "m", schema=from_sample(classifier.rows), settings=works), heard)
    assert known.assumed == ()


@pytest.mark.parametrize(
    ("gone", "said"), [(["region"], "the column 'region',"), (["age", "bmi"], "the columns 'age', 'bmi',")]
)
def test_a_sample_without_a_column_is_what_is_at_fault(classifier: Trained, gone: list[str], said: str) -> None:
    lacking = replace(asked(classifier), sample=classifier.sample.drop(columns=gone))
    with pytest.raises(BadSample, match=f"the sample lacks {said} on which the model was trained; it has "):
        run_tests(lacking, heard)


def test_the_rows_of_a_report_are_those_that_the_model_was_shown(classifier: Trained, report: TestReport) -> None:
    assert report.data.equals(classifier.sample)
    made = run_tests(replace(asked(classifier), settings=replace(QUICK, checks=("works",), synthetic=True)), heard)
    assert (len(made.data), list(made.data.columns)) == (200, ["age", "income", "region", "bmi"])


def test_rows_that_are_not_what_their_schema_says_are_named(classifier: Trained) -> None:
    works = replace(QUICK, checks=("works",))
    own = from_sample(classifier.rows)
    assert run_tests(replace(asked(classifier), settings=works, schema=own), heard).findings[0].check == "works"
    wider = Schema(tuple(replace(column, high=100) if column.name == "age" else column for column in own.columns))
    right = run_tests(replace(asked(classifier), settings=works, schema=wider), heard).findings[0]
    assert (right.check, right.sentence) == ("schema", "The sample is what its schema says: 600 rows and 4 columns.")
    bent = classifier.sample.assign(age=classifier.rows["age"].where(classifier.rows.index != 6, 200))
    wrong = run_tests(replace(asked(classifier), settings=works, schema=own, sample=bent), heard).findings[0]
    assert wrong.tables[0].rows[0][:2] == (7, "age")
    assert "first row 7, column 'age': got 200, expected an int from 18 to 89" in wrong.sentence
    assert [measure.value for measure in wrong.measures] == [1]


@pytest.mark.parametrize("with_sample", [True, False])
def test_the_model_is_opened_once(classifier: Trained, monkeypatch: pytest.MonkeyPatch, *, with_sample: bool) -> None:
    opened: list[Path] = []

    def counted(path: Path, *arguments: object, **more: object) -> object:
        opened.append(path)
        return open_model(path, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("testbench.run.open_model", counted)
    test = replace(asked(classifier), settings=replace(QUICK, checks=("works",)))
    report = run_tests(test if with_sample else replace(test, sample=None, labels=None), heard)
    assert (report.works, report.synthetic) == (True, not with_sample)
    assert opened == [classifier.path]


def test_a_model_that_knows_no_columns_wants_a_sample(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    path = tmp_path / "nameless.pkl"
    joblib.dump(LogisticRegression().fit(np.eye(4), [0, 1, 0, 1]), path)
    with pytest.raises(NoSchema, match="expected a sample"):
        run_tests(Asked(path, path.name, settings=QUICK), heard)


def test_what_is_no_model_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(NotAModel):
        run_tests(Asked(path, path.name, settings=QUICK), heard)


def test_where_the_kernel_cannot_confine_nothing_is_opened(
    classifier: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "missing", lambda: ["the network"])
    with pytest.raises(NotConfined, match="cannot keep a model file from the network") as refused:
        run_tests(asked(classifier), heard)
    assert "BATCH_ZERO_BENCH_ALLOW_UNCONFINED=true" in str(refused.value)
    allowed = replace(asked(classifier), settings=replace(QUICK, checks=("works",), unconfined=True))
    assert run_tests(allowed, heard).unconfined == ("the network",)


def test_the_same_seed_gives_the_same_numbers(classifier: Trained, report: TestReport) -> None:
    again = run_tests(asked(classifier), heard)
    timed = ("latency", "throughput", "start", "peak")
    numbers = [[one for one in each.measures if not one.name.startswith(timed)] for each in (report, again)]
    assert numbers[0] == numbers[1]


def test_json_holds_everything_and_no_number_that_is_none(report: TestReport) -> None:
    verdict = judge(parsed("auc >= 0.7 AND f1 >= 0.999"), report.measures, {})
    data = json.loads(json.dumps(to_data(report, verdict), allow_nan=False))
    assert data["measures"]["auc"]["value"] == next(one.value for one in report.measures if one.name == "auc")
    assert data["file"]["sha256"] == report.file.sha256
    assert [limit["outcome"] for limit in data["verdict"]["limits"]] == ["passed", "failed"]
    assert data["verdict"]["passed"] is False
    assert len(data["findings"]) == len(CHECKS)


def test_junit_counts_what_it_holds(report: TestReport) -> None:
    verdict = judge(parsed("auc >= 0.7 AND f1 >= 0.999 AND rmse <= 3"), report.measures, {})
    (suite,) = ElementTree.fromstring(to_junit(report, verdict))
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests", 0)) == len(CHECKS) + 3
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(suite.findall(f"testcase/{kind}")) == int(suite.get(attribute, -1))
    assert [case.get("name") for case in cases if case.find("failure") is not None] == ["f1 at least 0.999"]
    assert [case.get("name") for case in cases if case.find("error") is not None] == ["rmse at most 3"]


def test_markdown_is_a_table_that_foreign_text_cannot_leave(report: TestReport) -> None:
    hostile = replace(report, name="<b>|x|</b>\n# head")
    told = to_markdown(hostile, judge(parsed("auc >= 0.7"), report.measures, {}))
    assert "<b>" not in told
    assert "\n# head" not in told
    assert "| ✓ passed | auc | at least 0.7 |" in told


def test_one_html_file_draws_everything_and_asks_nobody(report: TestReport, browser: Browser, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    verdict = judge(parsed("auc >= 0.7 AND f1 >= 0.999"), report.measures, {})
    found = replace(from_data(to_data(report, verdict)), model=hostile)
    (tmp_path / "test.html").write_text(to_html(found, run_id=hostile), "utf-8")
    page, said, asked = browser.new_page(), [], []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "test.html").as_uri())
    drawn = [table for finding in found.findings for table in finding.tables if figures.of(table) is not None]
    page.locator(".chart .main-svg").nth(len(drawn) - 1).wait_for(state="attached")
    assert page.locator(".chart").count() == len(drawn) >= 6
    assert page.locator("h1").inner_text() == hostile
    assert page.locator("img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


FEW = ("--rows", "200", "--check", "works", "--check", "quality")


def process(*arguments: str) -> CompletedProcess[str]:
    call = [sys.executable, "-m", "testbench", *arguments, *FEW]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("policy", "code", "last"),
    [
        ("auc >= 0.6", 0, "Passed: of 1 limit, 1 passed."),
        ("auc >= 0.99", 1, "Not passed: of 1 limit, 1 failed."),
        ("auc >>> 1", 2, None),
    ],
)
def test_the_command_ends_by_the_verdict(
    boosted: Trained, tmp_path: Path, policy: str, code: int, last: str | None
) -> None:
    sample, written = tmp_path / "sample.csv", {kind: tmp_path / f"out.{kind}" for kind in ("json", "junit", "md")}
    boosted.sample.to_csv(sample, index=False)
    files = [part for kind, file in written.items() for part in (f"--{kind}", str(file))]
    done = process(str(boosted.path), "--sample", str(sample), "--labels", "outcome", "--policy", policy, *files)
    assert done.returncode == code, done.stderr
    if last is None:
        assert done.stderr.startswith("testbench: policy: got")
        return
    assert done.stdout.splitlines()[-1] == last
    assert json.loads(written["json"].read_text())["verdict"]["passed"] is (code == 0)
    assert ElementTree.parse(written["junit"]).getroot().tag == "testsuites"
    assert written["md"].read_text().startswith("### Model test: model.joblib\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("table.csv", b"a,b\n1,2\n", "got a table (CSV)"),
        ("empty.pkl", b"", "empty"),
        ("gone.pkl", None, "there is no such file"),
    ],
)
def test_what_cannot_be_tested_is_one_sentence_and_exit_code_2(
    tmp_path: Path, name: str, content: bytes | None, said: str, command: Command
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = command(str(path), *FEW)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("testbench: ")
    assert said.lower() in done.stderr.lower()


def test_columns_that_the_sample_lacks_are_named(classifier: Trained, tmp_path: Path, command: Command) -> None:
    sample = tmp_path / "sample.csv"
    pd.DataFrame({"age": [1, 2], "region": ["north", "south"]}).to_csv(sample, index=False)
    done = command(str(classifier.path), "--sample", str(sample), *FEW)
    assert done.returncode == 2
    assert "'income', 'bmi'" in done.stderr
    lacking = command(str(classifier.path), "--sample", str(sample), "--labels", "outcome", *FEW)
    assert (lacking.returncode, lacking.stderr.count("\n")) == (2, 1)
    assert "outcome" in lacking.stderr


def test_a_test_is_kept_as_a_run_of_mlflow(boosted: Trained, tmp_path: Path, command: Command) -> None:
    from mlflow import MlflowClient

    sample, uri = tmp_path / "sample.csv", f"sqlite:///{tmp_path / 'kept.db'}"
    boosted.sample.to_csv(sample, index=False)
    MlflowClient(uri).create_experiment("model_tests", artifact_location=(tmp_path / "artifacts").as_uri())
    options = ("--sample", str(sample), "--labels", "outcome", "--policy", "auc >= 0.6")
    done = command(str(boosted.path), *options, *FEW, "--log", "--mlflow-tracking-uri", uri)
    assert done.returncode == 0, done.stderr
    client = MlflowClient(uri)
    (run,) = client.search_runs([client.get_experiment_by_name("model_tests").experiment_id])
    assert run.info.run_id in done.stdout
    assert run.info.status == "FINISHED"
    assert (run.data.tags["verdict"], run.data.params["model"]) == ("passed", "model.joblib")
    assert run.data.metrics["auc_low"] <= run.data.metrics["auc"] <= run.data.metrics["auc_high"]
    assert {file.path for file in client.list_artifacts(run.info.run_id)} == {
        "answers.json",
        "junit.xml",
        "measures.csv",
        "schema.json",
        "settings.json",
        "tables",
        "test.html",
        "test.json",
        "test.md",
    }
    assert (run.data.tags["kept"], run.data.params["labels"]) == ("no file", "outcome")
    assert run.data.params["sample_sha256"] == hashlib.sha256(sample.read_bytes()).hexdigest()
    kept = json.loads(Path(client.download_artifacts(run.info.run_id, "test.json", str(tmp_path))).read_text())
    assert kept["measures"]["auc"]["value"] == run.data.metrics["auc"]
