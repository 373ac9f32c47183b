"""Artifacts of a run, read as data and never trusted."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from drift.result import ColumnDrift, DriftResult
from metrics.roc import RocCurve
from mlflow_io.artifacts.results import MAX_BYTES, load_drift_columns, load_json, load_roc
from mlflow_io.client import sqlite_path
from mlflow_io.errors import ArtifactElsewhere, ArtifactMissing, ArtifactUnreachable, ArtifactUnreadable
from mlflow_io.stores.filestore import store_folder
from tests import s3
from tests.fake_server import as_json, serving
from tests.world import World

CURVE = RocCurve((0.0, 0.5, 1.0), (0.0, 0.9, 1.0), (1.9, 0.4, 0.1), 0.7)
COLUMN = '{"columns": [{"column": "a", "kind": %s, "method": "ks", "statistic": %s, "threshold": 0.1, "drifted": %s}]}'
PRODUCTION = "roc_curves/roc_curve_production.json"


def test_a_curve_is_read_as_it_was_written(world: World) -> None:
    run = world.gate(1)
    world.artifact(run, PRODUCTION, CURVE.to_dict())
    world.artifact(run, "roc_curves/roc_curve_new.json", {**CURVE.to_dict(), "auc": 0.9})
    assert load_roc(world.uri, run, candidate=False) == CURVE
    assert load_roc(world.uri, run, candidate=True).auc == 0.9


def test_columns_are_read_as_they_were_written(world: World) -> None:
    run = world.drift(1)
    columns = (
        ColumnDrift("age", "numerical", "K-S p_value", 0.01, 0.05, True, "note"),
        ColumnDrift("ä", "categorical", None, None, None, None),
    )
    world.artifact(run, "drift/columns.json", DriftResult(columns, 0.3, 10, 20).to_dict())
    assert load_drift_columns(world.uri, run) == columns


def test_an_artifact_that_is_not_there_is_missing(world: World) -> None:
    with pytest.raises(ArtifactMissing, match=r"This run has no roc_curves/roc_curve_production\.json"):
        load_roc(world.uri, world.gate(1), candidate=False)
    with pytest.raises(ArtifactMissing, match=r"This run has no drift/columns\.json"):
        load_drift_columns(world.uri, world.drift(1))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<html>",
        "{" * 10,
        "[" * 200_000,
        "null",
        "[1, 2]",
        "{}",
        '{"fpr": [0, 1]}',
        '{"fpr": [0, 1], "tpr": [0]}',
        '{"fpr": [0, NaN], "tpr": [0, 1]}',
        '{"fpr": [0, 2], "tpr": [0, 1]}',
        '{"fpr": "01", "tpr": "01"}',
        '{"fpr": [0, "1"], "tpr": [0, 1]}',
        '{"fpr": [0, 1], "tpr": [0, 1], "thresholds": 5}',
        f'{{"fpr": [0, 1], "tpr": [0, 1], "thresholds": [1{"0" * 400}]}}',
    ],
)
def test_what_is_no_curve_is_unreadable(world: World, content: str) -> None:
    run = world.gate(1)
    world.artifact(run, PRODUCTION, content)
    with pytest.raises(ArtifactUnreadable) as caught:
        load_roc(world.uri, run, candidate=False)
    assert str(caught.value).startswith(PRODUCTION)


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "[]",
        "{}",
        '{"columns": 5}',
        '{"columns": ["age"]}',
        '{"columns": [{}]}',
        '{"columns": null}',
        COLUMN % ('"numerical"', "0.3", '"True"'),
        COLUMN % ('"numerical"', '"0.3"', "true"),
        COLUMN % ('"numerical"', "true", "true"),
        COLUMN % ("3", "0.3", "true"),
    ],
)
def test_what_are_no_columns_is_unreadable(world: World, content: str) -> None:
    run = world.drift(1)
    world.artifact(run, "drift/columns.json", content)
    with pytest.raises(ArtifactUnreadable):
        load_drift_columns(world.uri, run)


def test_an_artifact_that_is_too_large_is_not_loaded(world: World) -> None:
    run = world.gate(1)
    world.artifact(run, PRODUCTION, " " * (MAX_BYTES + 1))
    with pytest.raises(ArtifactUnreadable, match="got 20,000,001 bytes, expected at most 20,000,000"):
        load_roc(world.uri, run, candidate=False)


def test_a_run_that_is_not_there_has_no_artifacts(world: World) -> None:
    with pytest.raises(ArtifactMissing, match="There is no run 0000"):
        load_json(world.uri, "0" * 32, PRODUCTION)


def test_a_folder_that_was_moved_away_has_no_artifacts(world: World) -> None:
    run = world.gate(1)
    world.artifact(run, PRODUCTION, CURVE.to_dict())
    shutil.rmtree(world.artifacts)
    with pytest.raises(ArtifactMissing):
        load_roc(world.uri, run, candidate=False)


RECORDED = [
    "/srv/jobs/churn/mlruns/{experiment}/{run}/artifacts",
    "file:///srv/jobs/churn/mlruns/{experiment}/{run}/artifacts",
    "C:\\Users\\ann\\mlruns\\{experiment}\\{run}\\artifacts",
    "C:/Users/ann/mlruns/{experiment}/{run}/artifacts",
    "file:///C:/Users/ann/mlruns/{experiment}/{run}/artifacts",
    "file:C:/Users/ann/mlruns/{experiment}/{run}/artifacts",
    "file://C:/Users/ann/mlruns/{experiment}/{run}/artifacts",
    "file://server/share/mlruns/{experiment}/{run}/artifacts",
    "\\\\server\\share\\mlruns\\{experiment}\\{run}\\artifacts",
    "mlruns/{experiment}/{run}/artifacts",
    "./mlruns/{experiment}/{run}/artifacts",
    "file:mlruns/{experiment}/{run}/artifacts",
    "../elsewhere/{experiment}/{run}/artifacts",
    "mlflow-artifacts:/{experiment}/{run}/artifacts",
    "mlflow-artifacts://host:5000/{experiment}/{run}/artifacts",
    "http://host:5000/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts",
    "",
]
"""As runs of other machines name their artifacts."""


def recorded(world: World, run: str, place: str | None) -> None:
    """The run says that its artifacts are at ``place``, as SQL or as YAML."""
    folder = store_folder(world.uri)
    if folder is None:
        execute(world, "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", place, run)
    else:
        (meta,) = folder.glob(f"*/{run}/meta.yaml")
        meta.write_text(yaml.safe_dump(yaml.safe_load(meta.read_text()) | {"artifact_uri": place}))


def execute(world: World, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(sqlite_path(world.uri))) as connection, connection:
        connection.execute(statement, values)


def written(folder: Path, content: object = CURVE.to_dict()) -> Path:
    file = folder / PRODUCTION
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def moved(world: World, beside: str, place: str) -> str:
    """A gate run whose curve lies in ``beside``, seen from the store's folder, and that names ``place``."""
    run = world.gate(1)
    names = {"experiment": world.experiment("Gate"), "run": run}
    database = sqlite_path(world.uri)
    written((database.parent if database else store_folder(world.uri)) / beside.format(**names))
    recorded(world, run, place.format(**names))
    return run


@pytest.mark.parametrize("place", RECORDED)
@pytest.mark.parametrize("beside", ["mlruns/", "mlartifacts/", "artifacts/", ""])
def test_artifacts_of_a_moved_database_are_found_beside_it(world: World, place: str, beside: str) -> None:
    run = moved(world, beside + "{experiment}/{run}/artifacts", place)
    assert load_roc(world.uri, run, candidate=False) == CURVE


@pytest.mark.parametrize("place", RECORDED)
@pytest.mark.parametrize("beside", ["", "../mlartifacts/"])
def test_artifacts_of_a_moved_folder_are_found_beside_the_run(file_world: World, place: str, beside: str) -> None:
    run = moved(file_world, beside + "{experiment}/{run}/artifacts", place)
    assert load_roc(file_world.uri, run, candidate=False) == CURVE


def test_artifacts_in_a_place_of_their_own_are_found_by_what_they_are_called(world: World) -> None:
    run = moved(world, "churn/curves/{run}/artifacts", "/data/churn/curves/{run}/artifacts")
    assert load_roc(world.uri, run, candidate=False) == CURVE


def test_what_is_where_it_was_recorded_counts_before_what_is_beside(world: World) -> None:
    run = world.gate(1)
    world.artifact(run, PRODUCTION, {**CURVE.to_dict(), "auc": 0.9})
    written(sqlite_path(world.uri).parent / "mlruns" / world.experiment("Gate") / run / "artifacts")
    assert load_roc(world.uri, run, candidate=False).auc == 0.9


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/srv/none/{run}/artifacts", "/srv/none"),
        ("C:\\Users\\ann\\mlruns\\7\\{run}\\artifacts", "C:/Users/ann/mlruns/7"),
        ("file:C:/Users/ann/mlruns/7/{run}/artifacts", "C:/Users/ann/mlruns/7"),
        ("mlruns/7/{run}/artifacts", "mlruns/7"),
        ("mlflow-artifacts:/7/{run}/artifacts", "mlflow-artifacts:/7"),
        ("http://u:hunter2@host/7/{run}/artifacts", "http:/7"),
        ("/srv/" + "x" * 400, "/srv/" + "x" * 194 + "…"),
    ],
)
@pytest.mark.parametrize("kind", ["world", "file_world"])
def test_artifacts_that_stayed_elsewhere_are_not_called_missing(
    request: pytest.FixtureRequest, kind: str, place: str, told: str
) -> None:
    world: World = request.getfixturevalue(kind)
    run = world.gate(1)
    recorded(world, run, place.format(run=run))
    with pytest.raises(ArtifactElsewhere) as caught:
        load_roc(world.uri, run, candidate=False)
    assert str(caught.value) == f"{PRODUCTION} is recorded under {told}, which is not here"


def test_one_that_is_not_among_the_artifacts_that_were_moved_is_missing(world: World) -> None:
    run = moved(world, "mlruns/{experiment}/{run}/artifacts", "/srv/none/{experiment}/{run}/artifacts")
    with pytest.raises(ArtifactMissing, match=r"This run has no roc_curves/roc_curve_new\.json"):
        load_roc(world.uri, run, candidate=True)


def test_a_run_may_say_nothing_of_its_artifacts(world: World) -> None:
    run = moved(world, "mlruns/{experiment}/{run}/artifacts", "x")
    recorded(world, run, None)
    assert load_roc(world.uri, run, candidate=False) == CURVE


@pytest.mark.parametrize("linked", ["file", "folder", "base"])
def test_no_link_leads_out_of_a_moved_store(
    world: World, tmp_path_factory: pytest.TempPathFactory, linked: str
) -> None:
    outside, run = tmp_path_factory.mktemp("outside"), world.gate(1)
    experiment = world.experiment("Gate")
    recorded(world, run, f"/srv/none/{experiment}/{run}/artifacts")
    file = sqlite_path(world.uri).parent / "mlruns" / experiment / run / "artifacts" / PRODUCTION
    link, target = {
        "file": (file, written(outside)),
        "folder": (file.parent, written(outside).parent),
        "base": (file.parents[4], written(outside / experiment / run / "artifacts").parents[4]),
    }[linked]
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    assert file.exists()
    with pytest.raises((ArtifactElsewhere, ArtifactMissing)):
        load_roc(world.uri, run, candidate=False)


@pytest.mark.parametrize("name", ["..", "../../secrets", "/etc", "a/b", "."])
def test_no_id_leads_out_of_a_moved_store(world: World, tmp_path: Path, name: str) -> None:
    run = world.gate(1)
    written(tmp_path.parent / "secrets" / "artifacts")
    recorded(world, run, f"../{name}/artifacts")
    execute(world, "UPDATE runs SET run_uuid = ? WHERE run_uuid = ?", name, run)
    with pytest.raises(ArtifactElsewhere):
        load_roc(world.uri, name, candidate=False)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (os.mkfifo, ArtifactUnreadable, "it is a FIFO"),
        (Path.mkdir, ArtifactUnreadable, "it is a folder"),
        (lambda path: path.symlink_to(path), ArtifactMissing, "This run has no"),
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_what_is_no_file_is_not_read_and_not_called_missing(
    world: World, make: Callable[[Path], object], error: type[Exception], said: str, beside: bool
) -> None:
    run = world.gate(1)
    folder = sqlite_path(world.uri).parent / "mlruns" / world.experiment("Gate") / run / "artifacts"
    recorded(world, run, "/srv/none" if beside else str(folder))
    (folder / PRODUCTION).parent.mkdir(parents=True)
    make(folder / PRODUCTION)
    with pytest.raises(error, match=said):
        load_roc(world.uri, run, candidate=False)


def test_artifacts_may_lie_on_s3_and_be_out_of_reach(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3.serving() as endpoint:
        lake = s3.configure(monkeypatch, endpoint)
        elsewhere = world.client.create_experiment("Elsewhere", "s3://lake/gate")
        run = world.client.create_run(elsewhere).info.run_id
        world.artifact(run, PRODUCTION, CURVE.to_dict())
        assert load_roc(world.uri, run, candidate=False) == CURVE
        lake.delete_object(Bucket="lake", Key=f"gate/{run}/artifacts/{PRODUCTION}")
        with pytest.raises(ArtifactMissing):
            load_roc(world.uri, run, candidate=False)
        lake.delete_bucket(Bucket="lake")
        with pytest.raises(ArtifactUnreachable, match="The specified bucket does not exist"):
            load_roc(world.uri, run, candidate=False)
    with pytest.raises(ArtifactUnreachable, match="cannot be reached: Could not connect to the endpoint"):
        load_roc(world.uri, run, candidate=False)


@pytest.mark.parametrize("scheme", ["mlflow-artifacts", "http"])
def test_credentials_are_not_sent_to_a_server_that_a_run_names(
    rest_world: World, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2")
    with serving(lambda _: as_json(200, {"files": []})) as other:
        place = f"{scheme}://{other.uri.partition('://')[2]}/api/2.0/mlflow-artifacts/artifacts"
        rest_world.client.create_experiment("Elsewhere", place)
        run = rest_world.run("Elsewhere", params={"batch_number": 1})
        with pytest.raises(ArtifactUnreachable, match="which is another server than"):
            load_roc(rest_world.uri, run, candidate=False)
        assert other.asked == []
