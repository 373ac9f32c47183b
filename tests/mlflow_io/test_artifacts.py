"""Artifacts of a run, read as data and never trusted."""

import shutil

import pytest

from drift.result import ColumnDrift, DriftResult
from metrics.roc import RocCurve
from mlflow_io.artifacts import MAX_BYTES, load_drift_columns, load_json, load_roc
from mlflow_io.errors import ArtifactMissing, ArtifactUnreachable, ArtifactUnreadable
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
    with pytest.raises(ArtifactUnreadable, match="20,000,001 bytes came, at most 20,000,000 are read"):
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
