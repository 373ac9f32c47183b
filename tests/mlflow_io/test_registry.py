"""Which version is in production, and its files."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from lifecycle.records import ProductionModel
from mlflow_io.artifacts.model_files import downloaded
from mlflow_io.errors import ModelMissing, TrackingError
from mlflow_io.registry import (
    COMPARED_WITH,
    TRAINED_ON,
    find_production,
    find_trained_by,
    find_version,
    promote,
    register,
    store_model,
    trained_until,
    was_compared_with,
    was_newest,
)
from tests.world import World, read_production

NAME = "Model"
ROWS = pd.DataFrame({"a": np.linspace(-1, 1, 20)})


@pytest.fixture
def world(world: World) -> World:
    """With two registered models that have no version yet."""
    for name in (NAME, "Another"):
        world.client.create_registered_model(name)
    return world


def version(world: World, stage: str | None = None, name: str = NAME, run_id: str | None = None) -> str:
    """A registered version, as any tool would make one."""
    made = world.client.create_model_version(name, source="s3://nowhere/model", run_id=run_id)
    if stage:
        world.client.transition_model_version_stage(name, made.version, stage)
    return str(made.version)


def alias(world: World, name: str, to: str) -> None:
    world.client.set_registered_model_alias(NAME, name, to)


def production(world: World, name: str = NAME) -> ProductionModel | None:
    """What the report reads, which is what the pipeline finds."""
    read = read_production(world.uri, name)
    assert read == find_production(world.client, name)
    return read


def found(world: World) -> tuple[str, str | None, str | None] | None:
    model = production(world)
    return (model.version, model.alias, model.stage) if model else None


def test_without_a_model_there_is_none_in_production(world: World) -> None:
    assert found(world) is None


def test_a_version_without_alias_and_stage_is_not_in_production(world: World) -> None:
    version(world)
    version(world, "Staging")
    assert found(world) is None


def test_production_beats_champion_beats_the_stage(world: World) -> None:
    first, second, third = (version(world) for _ in range(3))
    world.client.transition_model_version_stage(NAME, third, "Production")
    assert found(world) == (third, None, "Production")
    alias(world, "champion", second)
    assert found(world) == (second, "champion", None)
    alias(world, "production", first)
    assert found(world) == (first, "production", None)


def test_the_newest_version_of_the_stage_counts(world: World) -> None:
    for _ in range(11):
        newest = version(world, "Production")
    version(world, "Archived")
    assert found(world) == (newest, None, "Production") == ("11", None, "Production")


def test_the_run_behind_a_version_is_told(world: World) -> None:
    run = world.gate(0)
    version(world, "Production", run_id=run)
    assert production(world).run_id == run


@pytest.mark.parametrize("name", ["it's", 'say "hi"', "both ' and \"", "x' OR name LIKE '%", "Ünï %_ `;", "a b"])
def test_a_name_may_hold_quotes(world: World, name: str) -> None:
    version(world, "Production", name="Another")
    assert production(world, name) is None
    world.client.create_registered_model(name)
    assert production(world, name) is None
    version(world, "Production", name=name)
    assert production(world, name) == ProductionModel(name, "1", None, "Production", None)


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b"])
def test_a_name_that_no_model_can_have_is_not_in_production(world: World, name: str) -> None:
    assert production(world, name) is None


def stored(world: World) -> tuple[str, str]:
    """(model id, run id) of a small model, logged by us."""
    experiment = world.experiment("Gate")
    run_id = world.client.create_run(experiment).info.run_id
    model = LogisticRegression().fit(ROWS, ROWS["a"] > 0)
    return store_model(world.client, run_id, experiment, model, ROWS.head()), run_id


def put(world: World, model_id: str, run_id: str, replaces: ProductionModel | None) -> ProductionModel:
    """Into production."""
    return promote(world.client, register(world.client, NAME, model_id, run_id), replaces=replaces)


def test_a_promoted_model_is_in_production_with_its_files(world: World) -> None:
    model_id, run_id = stored(world)
    promoted = put(world, model_id, run_id, None)
    assert promoted == find_production(world.client, NAME) == ProductionModel(NAME, "1", "production", None, run_id)
    with downloaded(world.client, promoted) as (folder, preprocessor):
        assert (folder / "MLmodel").is_file()
        assert preprocessor is None
    assert not folder.exists()
    again = put(world, model_id, run_id, promoted)
    assert (again.version, find_production(world.client, NAME)) == ("2", again)


def test_a_promoted_model_says_what_it_was_compared_with_and_learned_from(world: World) -> None:
    model_id, run_id = stored(world)
    first = put(world, model_id, run_id, None)
    assert (trained_until(world.client, first), was_compared_with(world.client, first)) == (None, None)
    world.client.log_param(run_id, TRAINED_ON, "0-13")
    candidate = register(world.client, NAME, model_id, run_id, compared_with=first)
    assert find_production(world.client, NAME) == first
    second = promote(world.client, candidate, replaces=first)
    assert trained_until(world.client, second) == 13
    assert was_compared_with(world.client, second) == ProductionModel(NAME, "1", None, None, run_id)


def test_a_version_is_found_by_number_and_by_run_until_it_is_gone(world: World) -> None:
    model_id, run_id = stored(world)
    first, second = put(world, model_id, run_id, None), register(world.client, NAME, model_id, run_id)
    assert find_version(world.client, NAME, "1") == replace(first, alias=None)
    assert find_trained_by(world.client, NAME, run_id) == second
    assert find_trained_by(world.client, "Another", run_id) is None
    world.client.set_model_version_tag(NAME, "2", COMPARED_WITH, "1")
    world.client.delete_registered_model_alias(NAME, "production")
    world.client.delete_model_version(NAME, "1")
    assert (find_version(world.client, NAME, "1"), was_compared_with(world.client, second)) == (None, None)


def test_which_version_was_the_newest_at_a_moment(world: World) -> None:
    before = datetime.now(UTC)
    first = find_version(world.client, NAME, version(world))
    between = datetime.now(UTC) + timedelta(milliseconds=2)
    sleep_past(between + timedelta(milliseconds=1))  # the store knows whole milliseconds only
    version(world)
    assert [was_newest(world.client, first, when) for when in (before - timedelta(seconds=1), between)] == [False, True]
    assert not was_newest(world.client, first, datetime.now(UTC) + timedelta(seconds=1))


def sleep_past(moment: datetime) -> None:
    while datetime.now(UTC) <= moment:
        pass


@pytest.mark.parametrize("run_id", [None, "0" * 32])
def test_what_a_model_without_a_run_has_learned_from_is_not_known(world: World, run_id: str | None) -> None:
    assert trained_until(world.client, ProductionModel(NAME, "1", "production", None, run_id)) is None


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        (
            "1",
            "Model: got version 2 in production, expected version 1: another one was promoted meanwhile",
        ),
        (
            None,
            "Model: got version 2 in production, expected no version: another one was promoted meanwhile",
        ),
    ],
)
def test_nothing_is_promoted_over_a_version_that_it_was_not_compared_with(
    world: World, replaced: str | None, sentence: str
) -> None:
    model_id, run_id = stored(world)
    for _ in range(2):
        put(world, model_id, run_id, find_production(world.client, NAME))
    compared = ProductionModel(NAME, replaced, "production", None, run_id) if replaced else None
    with pytest.raises(TrackingError) as caught:
        put(world, model_id, run_id, compared)
    assert str(caught.value).startswith(sentence)
    assert found(world) == ("2", "production", None)


def test_versions_that_are_registered_at_the_same_time_are_all_kept(world: World) -> None:
    """Whoever comes too late is refused, and not even then is a version lost."""
    model_id, run_id = stored(world)

    def promoted(_: int) -> ProductionModel | None:
        try:
            return put(world, model_id, run_id, None)
        except TrackingError:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = [model for model in pool.map(promoted, range(4)) if model]
    registered = world.client.search_model_versions(f"name = '{NAME}'")
    assert sorted(str(version.version) for version in registered) == ["1", "2", "3", "4"]
    assert production(world) in made


def in_production(world: World, *preprocessors: str) -> ProductionModel:
    model_id, run_id = stored(world)
    for path in preprocessors:
        world.artifact(run_id, path, "content of " + path)
    return put(world, model_id, run_id, None)


@pytest.mark.parametrize("path", ["preprocessor/preprocessor.joblib", "Preprocessor.pkl", "my_preprocessor/model.pkl"])
def test_a_preprocessor_that_its_run_keeps_comes_along(world: World, path: str) -> None:
    model = in_production(world, path, "preprocessor/MLmodel", "other/model.pkl")
    with downloaded(world.client, model) as (_, preprocessor):
        assert preprocessor.read_text() == "content of " + path


def test_several_preprocessors_are_not_chosen_from(world: World) -> None:
    model = in_production(world, "preprocessor/a.pkl", "preprocessor/b.pkl")
    with pytest.raises(ModelMissing, match="keeps several preprocessors"), downloaded(world.client, model):
        raise AssertionError("not reached")


def test_files_that_are_gone_are_said(world: World) -> None:
    model = in_production(world)
    shutil.rmtree(world.artifacts)
    with pytest.raises(ModelMissing) as caught, downloaded(world.client, model):
        raise AssertionError("not reached")
    assert str(caught.value).startswith("The files of Model version 1 cannot be read: ")
    assert "\n" not in str(caught.value)


def test_a_run_that_is_gone_for_good_is_said(world: World, tmp_path: Path) -> None:
    model = in_production(world)
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        database.execute("DELETE FROM runs")
    with pytest.raises(ModelMissing, match=r"cannot be read: .*not found"), downloaded(world.client, model):
        raise AssertionError("not reached")


def test_an_error_of_the_reader_stays_its_own(world: World) -> None:
    with pytest.raises(ZeroDivisionError), downloaded(world.client, in_production(world)):
        raise ZeroDivisionError
