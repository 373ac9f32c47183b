"""Pages of runs, and single ones, from every store: held against all that MLflow's own client gives."""

import math
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from mlflow.entities import Run as MlflowRun
from mlflow.entities import ViewType

from mlflow_io.stores.mlflow_client import open_client
from mlflow_io.stores.open import open_store
from mlflow_io.stores.run_list import Cursor, Having, Place, Run, RunFilter, Store
from mlflow_io.stores.tuning import Paging, Tuning
from tests.conftest import worlds
from tests.world import DAWN, MINUTE, World

SMALL = Tuning(Paging(long_page=4))
STORES: dict[str, tuple[str, Callable[[str], AbstractContextManager[Store]]]] = {
    "SQLite": ("world", open_store),
    "PostgreSQL": ("postgres_world", open_store),
    "REST": ("rest_world", lambda uri: open_store(uri, tuning=SMALL)),
    "MLflow's client": ("world", lambda uri: open_client(uri, SMALL)),
    "file store": ("file_world", open_store),
}
EXPERIMENT = "Any"
DAY = DAWN + 2 * MINUTE

Check = Callable[[MlflowRun], bool]
FILTERS: dict[str, tuple[dict[str, Any], Check]] = {
    "all": ({}, lambda _: True),
    "oldest first": ({"newest_first": False}, lambda _: True),
    "of one status": ({"statuses": frozenset({"FAILED"})}, lambda run: run.info.status == "FAILED"),
    "of two": (
        {"statuses": frozenset({"FINISHED", "RUNNING"}), "newest_first": False},
        lambda run: run.info.status in {"FINISHED", "RUNNING"},
    ),
    "from then on": ({"started_from": DAY}, lambda run: run.info.start_time >= DAY),
    "before": ({"started_before": DAY}, lambda run: run.info.start_time < DAY),
    "with a param": ({"having": (Having(Place.PARAM, "a b/c.d"),)}, lambda run: "a b/c.d" in run.data.params),
    "with its value": (
        {"having": (Having(Place.PARAM, "a b/c.d", 'it\'s "so"'),)},
        lambda run: run.data.params.get("a b/c.d") == 'it\'s "so"',
    ),
    "with a plain value": (
        {"having": (Having(Place.PARAM, "a b/c.d", "50%"),)},
        lambda run: run.data.params.get("a b/c.d") == "50%",
    ),
    "with a metric": ({"having": (Having(Place.METRIC, "auc"),)}, lambda run: "auc" in run.data.metrics),
    "with that metric": (
        {"having": (Having(Place.METRIC, "auc", 0.0),)},
        lambda run: run.data.metrics.get("auc") == 0.0,
    ),
    "with a metric that equals nothing": ({"having": (Having(Place.METRIC, "auc", math.nan),)}, lambda _: False),
    "with a tag, and more": (
        {"having": (Having(Place.TAG, "kind", "Gate"), Having(Place.METRIC, "auc")), "started_from": DAY},
        lambda run: run.data.tags.get("kind") == "Gate" and "auc" in run.data.metrics and run.info.start_time >= DAY,
    ),
    "with what none has": ({"having": (Having(Place.TAG, "n'one\"", "\0"),)}, lambda _: False),
}


@pytest.fixture(params=worlds({name: world for name, (world, _) in STORES.items()}))
def world(request: pytest.FixtureRequest) -> World:
    """With an experiment, and ``opening`` to open the store as the name of the parameter says."""
    fixture, opening = STORES[request.param]
    world: World = request.getfixturevalue(fixture)
    world.opening = lambda: opening(world.uri)
    world.experiment(EXPERIMENT)
    return world


def log(world: World, dice: random.Random) -> str:
    metrics = dice.choice([{}, {"auc": 0.0}, {"auc": 0.8}, {"auc": math.nan}])
    params = dice.choice([{}, {"a b/c.d": 'it\'s "so"'}, {"a b/c.d": "50%"}, {"batch_number": 3, "a b/c.d": "50 %"}])
    tags = dice.choice([{}, {"kind": "Gate"}, {"kind": "gate"}])
    status = dice.choice(["FINISHED", "FAILED", "RUNNING", "KILLED"])
    start = dice.randint(0, 4)  # few, so that runs tie
    return world.run(EXPERIMENT, params=params, metrics=metrics, tags=tags, status=status, start=start, end=start + 1)


def wanted(world: World, name: str = "all") -> RunFilter:
    return RunFilter(world.experiment(EXPERIMENT), **FILTERS[name][0])


def brute_force(world: World, name: str) -> list[MlflowRun]:
    runs = world.client.search_runs([world.experiment(EXPERIMENT)], "", ViewType.ACTIVE_ONLY, max_results=1_000)
    newest_first = wanted(world, name).newest_first
    fits = [run for run in runs if FILTERS[name][1](run)]
    return sorted(fits, key=lambda run: (run.info.start_time, run.info.run_id), reverse=newest_first)


def pages(store: Store, wanted: RunFilter, limit: int) -> Iterator[tuple[Run, ...]]:
    after = None
    while True:
        page = store.list_runs(wanted, after=after, limit=limit).content
        assert len(page.runs) <= limit
        yield page.runs
        if page.next is None:
            return
        after = Cursor.parse(str(page.next))


def assert_same(found: Run, expected: MlflowRun) -> None:
    info, data = expected.info, expected.data
    assert found.experiment_id == info.experiment_id
    assert found.info[:4] == (info.run_id, info.status, info.start_time, info.end_time)
    assert (found.data.params, found.data.tags, found.name) == (data.params, data.tags, info.run_name)
    assert found.info.batch == data.params.get("batch_number", "")
    assert found.data.metrics == pytest.approx(data.metrics, nan_ok=True)


def test_pages_hold_what_brute_force_finds_after_every_few_edits(world: World) -> None:
    dice = random.Random(7)
    runs: list[str] = []
    with world.opening() as store:
        for limit in (2, 3, 50):
            runs += [log(world, dice) for _ in range(6)]
            gone = runs.pop(dice.randrange(len(runs)))
            world.client.delete_run(gone)
            for name in FILTERS:
                expected = brute_force(world, name)
                found = [run for page in pages(store, wanted(world, name), limit) for run in page]
                assert [run.info.run_id for run in found] == [run.info.run_id for run in expected], name
                for run, mlflows in zip(found, expected, strict=True):
                    assert_same(run, mlflows)
            assert store.get_run(gone).content is None


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_run_that_is_there_all_the_time_is_on_one_page_whatever_comes_and_goes(
    world: World, newest_first: bool
) -> None:
    """Five of them start in the same millisecond, which is more than fit on a page."""
    order = RunFilter(world.experiment(EXPERIMENT), newest_first=newest_first)
    stay = [world.run(EXPERIMENT, start=start) for start in (0, 1, 2, 2, 2, 2, 2, 3, 4)]
    going = [world.run(EXPERIMENT, start=start) for start in (0, 1, 2, 2, 3, 4)]
    seen: list[str] = []
    with world.opening() as store:
        for page in pages(store, order, 2):
            seen += [run.info.run_id for run in page]
            if going:
                world.client.delete_run(going.pop())
                world.run(EXPERIMENT, start=len(going))
    assert len(seen) == len(set(seen))
    assert [run for run in seen if run in stay] == sorted(
        stay, key=lambda run: (world.client.get_run(run).info.start_time, run), reverse=newest_first
    )


def test_a_run_is_got_by_its_id(world: World) -> None:
    run = world.run(EXPERIMENT, params={"depth": 3}, metrics={"auc": 0.8}, tags={"mlflow.runName": "first"}, start=1)
    with world.opening() as store:
        found = store.get_run(run).content
        assert found is not None
        assert_same(found, world.client.get_run(run))
        assert found.name == "first"
        world.client.delete_run(run)
        assert store.get_run(run).content is None
        assert store.list_runs(wanted(world)).content.runs == ()
        world.client.restore_run(run)
        assert store.get_run(run).content == found


def test_what_is_in_a_deleted_experiment_is_deleted(world: World) -> None:
    run = world.run(EXPERIMENT)
    world.client.delete_experiment(world.experiment(EXPERIMENT))
    with world.opening() as store:
        assert store.get_run(run).content is None
        assert store.list_runs(wanted(world)).content.runs == ()


@pytest.mark.parametrize("text", ["0" * 32, "", "..", "a\0b", "x' OR '1' = '1", "a" * 5_000, "\udcff", "Ü"])
def test_a_hostile_id_finds_nothing(world: World, text: str) -> None:
    world.run(EXPERIMENT)
    with world.opening() as store:
        assert store.get_run(text).content is None
        assert store.list_runs(RunFilter(text)).content.runs == ()


@pytest.mark.parametrize("text", ["", "3", "-", "-a", "x-a", "3-", "3-a b", "3-\0", "9" * 30 + "-a", "٣-a"])
def test_a_cursor_that_is_none_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"page: got .*, expected milliseconds, a hyphen and a run id"):
        Cursor.parse(text)


@pytest.mark.parametrize(("place", "value"), [(Place.METRIC, "high"), (Place.PARAM, 3), (Place.TAG, 0.5)])
def test_a_value_that_none_can_have_is_said(place: Place, value: Any) -> None:
    with pytest.raises(ValueError, match=r"key: got .*, expected (a number|text)"):
        Having(place, "key", value)
