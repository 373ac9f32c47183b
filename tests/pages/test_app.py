"""The report's script on stores of every state, hostile ones included."""

import html
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from report.service import shared
from settings import experiment_names
from tests.server import Server
from tests.world import World

HOSTILE = (
    "<img src=x onerror=alert(1)>**bold** [link](http://evil.example) :red[x] `code` ![](http://evil.example/x.png)"
)


def words(page: AppTest) -> str:
    """Everything the page says, in reading order as far as AppTest keeps it, without markup."""
    drawn = [*page.title, *page.header, *page.subheader, *page.markdown, *page.caption, *page.info, *page.error]
    texts = [element.value.replace("\u2060", "").replace("\\", "").replace("`", "") for element in drawn]
    bodies = [element.proto.body.replace("<wbr>", "") for element in page.get("html")]
    texts += [html.unescape(re.sub(r"<[^>]*>", " ", body)) for body in bodies]
    return " ".join(texts)


def test_a_history_is_told(app, world: World) -> None:
    world.drift(0, 0.0)
    world.gate(0, 0.80, decision="BASELINE")
    world.drift(1, 0.1)
    world.gate(1, 0.79, decision="SKIP_NO_DRIFT", trained=False)
    world.drift(2, 0.4)
    world.gate(2, 0.78, 0.82, decision="DEPLOY")
    page = app(world.uri)
    assert not page.exception
    assert "The system detected drift in 1 of 2 batches and retrained once" in words(page)
    assert "0.800 on Batch 0's test rows at the start and 0.820 on Batch 2's test rows at the end" in words(page)
    assert "improving" not in words(page)
    assert [badge.value for badge in page.markdown if "badge" in badge.value] != []
    assert len(page.get("plotly_chart")) == 2


def test_the_default_store_that_is_not_there_says_what_to_run(app, tmp_path: Path) -> None:
    page = app("", BATCH_ZERO_HOME=str(tmp_path / "none"))
    assert not page.exception
    assert "There is no history yet" in words(page)
    assert "make demo" in words(page)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("uri", ["sqlite:///{}/none.db", "{}/none", "file://{}/none"])
def test_a_store_that_is_named_and_not_there_is_an_outage(app, tmp_path: Path, uri: str) -> None:
    page = app(uri.format(tmp_path))
    assert "The report cannot be shown" in words(page)
    assert "cannot be reached: there is no such file or folder" in words(page)
    assert "Check that the file or folder is where MLFLOW_TRACKING_URI says" in words(page)
    assert "make demo" not in words(page)
    assert page.button(key="try-again")


def test_a_command_in_a_notice_is_copied_as_it_is(app, file_world: World) -> None:
    file_world.gate(0, decision="BASELINE")
    (note,) = (caption.value for caption in app(file_world.uri).caption if "migrate-filestore" in caption.value)
    command = note.split("`")[1]
    assert shlex.split(command)[:3] == ["mlflow", "migrate-filestore", "--source"]
    assert shlex.split(command)[4:] == ["--target", "sqlite:///mlflow.db"]


def test_an_empty_store_says_what_to_run_and_what_it_looked_for(app, world: World) -> None:
    world.experiment("Drifft")
    page = app(world.uri)
    assert "holds no finished batch" in words(page)
    assert "no experiment called Drift" in words(page)
    assert "Drifft" in words(page)
    assert "python -m baseline" in page.main.code[-1].value


def test_a_store_that_is_back_is_read_by_trying_again(app, world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    shutil.move(tmp_path / "mlflow.db", tmp_path / "moved.db")
    page = app(world.uri)
    assert "there is no such file or folder" in words(page)
    shutil.move(tmp_path / "moved.db", tmp_path / "mlflow.db")
    page.button(key="try-again").click().run()
    assert "no batch has been processed after it yet" in words(page)
    assert not page.error


def test_an_experiment_that_is_none_is_no_outage(app, world: World) -> None:
    page = app(world.uri, BATCH_ZERO_EXPERIMENT="crash_triag")
    (said,) = (error.value.replace("\\", "").replace("\u2060", "") for error in page.error)
    assert said.endswith("got 'crash_triag', expected the name of one that there is or the path of an experiment.toml")
    assert "Experiments that there are: crash_triage (the nearest), crash_severity" in " ".join(words(page).split())
    links = re.findall('href="([^"]*)"', " ".join(element.proto.body for element in page.get("html")))
    assert links == [f"?experiment={name}" for name in experiment_names()]
    assert page.error[0].icon == ":material/error:"
    assert "try-again" not in [button.key for button in page.button]


def test_a_description_of_any_length_is_told_to_its_end(app, world: World, tmp_path: Path) -> None:
    toml = tmp_path / "experiment.toml"
    long = f"{'word ' * 1_000}and the end."
    toml.write_text(re.sub(r'^description = ".*"$', f'description = "{long}"', toml.read_text(), flags=re.MULTILINE))
    world.gate(0, decision="BASELINE")
    assert "and the end." in words(app(world.uri))


def test_an_unreachable_store_is_an_outage_with_its_address_and_no_password(app) -> None:
    page = app("http://user:hunter2@127.0.0.1:9")
    assert page.error[0].value.startswith("The MLflow store at `http://user:***@127.0.0.1:9` ")
    links = [element.proto.url for element in page.get("link_button")]
    assert links == ["http://127.0.0.1:9"]
    assert "hunter2" not in words(page) + page.code[0].value
    assert not page.get("plotly_chart")


def test_a_file_that_is_no_database_is_an_outage(app, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is not SQLite")
    page = app(f"sqlite:///{tmp_path}/no.db")
    assert "cannot be reached" in words(page)


def test_a_refresh_reads_again(app, world: World) -> None:
    world.drift(0, 0.0)
    world.gate(0, decision="BASELINE")
    page = app(world.uri)
    assert "no batch has been processed after it yet" in words(page)
    world.drift(1, 0.1)
    world.gate(1, decision="SKIP_NO_DRIFT")
    page.run()
    assert "no batch has been processed after it yet" in words(page)
    page.button(key="refresh").click().run()
    assert "drift in 0 of 1 batch" in words(page)


def test_a_store_that_went_away_is_an_outage_above_what_was_read_before(app, world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    page = app(world.uri)
    assert not page.error
    shutil.move(tmp_path / "mlflow.db", tmp_path / "moved.db")
    page.button(key="refresh").click().run()
    said = page.error[0].value.replace("\\", "").replace("\u2060", "")
    assert said.startswith("The MLflow store at `sqlite:///")
    assert said.endswith("cannot be reached: it was there, and is gone.")
    whole = words(page)
    assert re.search(r"The store does not answer: this is as it was read on \S+ \S+ UTC\.", whole)
    assert (whole.count("as it was read on"), whole.count(" ago")) == (1, 0)
    assert "Check that the file or folder is where" in words(page)
    assert "no batch has been processed after it yet" in words(page)
    shutil.move(tmp_path / "moved.db", tmp_path / "mlflow.db")
    page.button(key="refresh").click().run()
    assert not page.error


def test_a_store_that_was_empty_and_went_away_is_an_outage_and_not_empty(app, world: World, tmp_path: Path) -> None:
    world.experiment("Drift")
    page = app(world.uri)
    assert "holds no finished batch" in words(page)
    shutil.move(tmp_path / "mlflow.db", tmp_path / "moved.db")
    page.button(key="refresh").click().run()
    assert "holds no finished batch" not in words(page)
    assert "cannot be reached: it was there, and is gone" in words(page)
    assert "There is no history yet" not in words(page)


def test_a_report_that_is_taken_away_during_an_outage_says_so(
    app, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[str] = []
    monkeypatch.setattr(
        "report.sections.closing.downloads", lambda _name, faces: files.extend(make() for _, make in faces.values())
    )
    world.gate(0, decision="BASELINE")
    page = app(world.uri)
    assert len(files) == 3
    assert not any("the report as it was read on" in text for text in files)
    files.clear()
    shutil.move(tmp_path / "mlflow.db", tmp_path / "moved.db")
    page.button(key="refresh").click().run()
    assert len(files) == 3
    assert all("the report as it was read on" in text for text in files)
    assert any("Not loaded: the store does not answer." in text for text in files)


def test_a_server_that_is_down_shows_what_an_earlier_process_read(
    app, start: Callable[..., Server], tmp_path: Path
) -> None:
    server = start()
    world = World(f"sqlite:///{server.database}", tmp_path / "artifacts")
    world.gate(0, decision="BASELINE")
    assert not app(server.uri, BATCH_ZERO_HOME=str(tmp_path / "home")).error
    server.kill()
    shared.clear()
    page = app(server.uri, BATCH_ZERO_HOME=str(tmp_path / "home"))
    assert "cannot be reached" in page.error[0].value
    assert "no batch has been processed after it yet" in words(page)


def test_hostile_text_is_shown_as_it_is_and_does_nothing(app, world: World) -> None:
    gate = world.gate(HOSTILE)
    assert gate
    world.run(
        "Gate",
        params={"batch_number": 1, "test_set_used": HOSTILE, "model_type": HOSTILE},
        tags={"quality_gate": "True"},
    )
    world.client.create_registered_model("Model")
    page = app(world.uri)
    assert not page.exception
    assert HOSTILE[:40] in words(page)
    for element in (*page.markdown, *page.caption):
        assert "](http" not in element.value
        assert not re.search(r"(?<!\\)<img", element.value)
    for element in page.get("html"):
        assert "<img" not in element.proto.body


def test_notices_stand_in_their_batch(app, world: World) -> None:
    world.gate(0, decision="BASELINE")
    world.gate(2, 0.8, 0.85, start=10)
    world.drift(2, 0.4, threshold=None, start=20)
    world.gate(2, status="FAILED", start=30)
    text = words(app(world.uri))
    assert "batch 1 is missing from the sequence" in text.lower()
    assert "stored no decision" in text
    assert "stored no threshold; today's, 0.30, is used" in text
    assert "older than the drift run" in text
    assert "FAILED; this is the latest finished one" in text


def test_artifacts_are_loaded_only_when_they_are_opened(app, world: World) -> None:
    run = world.gate(0, decision="BASELINE")
    world.artifact(run, "roc_curves/roc_curve_production.json", {"fpr": [0, 1], "tpr": [0, 1], "auc": 0.5})
    page = app(world.uri)
    assert len(page.get("plotly_chart")) == 1
    page.session_state["roc-0"] = True
    page.run()
    assert len(page.get("plotly_chart")) == 2


def test_of_drift_checks_alone_no_score_no_baseline_and_no_rule_of_ours_is_told(app, world: World) -> None:
    for batch, share in enumerate((0.0, 0.1, 0.6875)):
        world.drift(batch, share)
    page = app(world.uri)
    text = words(page)
    assert len(page.get("plotly_chart")) == 1
    assert "AUC over the batches" not in text
    assert "To have models, scores and decisions told, log quality gate runs" in text
    assert "There is no baseline" in text
    assert "Baseline" not in text
    assert "Batch 0 comes first and is not judged for drift" in text
    assert "Drift reached 0.69" in text
    for ours in (
        "Evidently",
        "python -m baseline",
        "Deploy from an AUC",
        "a new model is trained",
        "test set of its own",
    ):
        assert ours not in text


def test_of_scores_alone_no_drift_is_drawn(app, world: World) -> None:
    world.gate(0, decision="BASELINE")
    page = app(world.uri)
    assert "There is no chart: no drift share of this history is known." in words(page)


def test_to_a_store_of_somebody_elses_runs_no_command_of_ours_is_advice(app, world: World) -> None:
    world.run("Drift", params={"week": 3}, metrics={"psi": 0.2})
    page = app(world.uri)
    assert "holds no finished batch" in words(page)
    assert [code.value for code in page.main.code] == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "has no roc_curves/roc_curve_production.json"),
        ("<html>", "not JSON"),
        ({"fpr": [0, 5], "tpr": [0, 1]}, "a rate outside 0 to 1"),
        ([1, 2], "roc_curve_production.json"),
    ],
)
def test_an_artifact_that_is_missing_or_broken_is_said_in_its_place(app, world: World, data: object, said: str) -> None:
    run = world.gate(0, decision="BASELINE")
    if data is not None:
        world.artifact(run, "roc_curves/roc_curve_production.json", data)
    page = app(world.uri)
    page.session_state["roc-0"] = True
    page.run()
    assert not page.exception
    assert said in words(page)


def test_a_setting_that_cannot_be_used_is_said(app, world: World) -> None:
    page = app(world.uri, DRIFT_THRESHOLD="plenty")
    assert "DRIFT_THRESHOLD: got 'plenty', expected a share above 0 and up to 1" in words(page)


def test_the_addresses_of_the_settings_are_in_the_sidebar(app, world: World) -> None:
    world.gate(0, decision="BASELINE")
    page = app(
        world.uri, API_URL="http://api.example", MLFLOW_UI_URL="http://ml.example", AIRFLOW_UI_URL="http://air.example"
    )
    assert [code.value for code in page.sidebar.code] == [world.uri, "http://api.example"]
    assert [button.proto.url for button in page.sidebar.get("link_button")] == [
        "http://ml.example",
        "http://air.example",
    ]


@pytest.mark.slow
def test_a_hundred_batches_are_all_told(app, world: World) -> None:
    for batch in range(100):
        world.gate(batch, decision="BASELINE" if batch == 0 else "SKIP_NO_DRIFT", trained=False)
    page = app(world.uri)
    assert not page.exception
    assert sum(element.value.startswith("Batch ") for element in page.subheader) == 100


def test_a_command_to_copy_is_one_whatever_the_address_says(app, world: World, tmp_path: Path) -> None:
    odd = tmp_path / "my own; echo"
    odd.mkdir()
    shutil.copy(tmp_path / "experiment.toml", odd)
    page = app(world.uri, BATCH_ZERO_EXPERIMENT=str(odd))
    command = page.main.code[-1].value
    assert shlex.split(command)[4] == str(odd)
