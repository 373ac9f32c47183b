"""A store that is read again and again: nothing twice, nothing missed, and what was known when it goes away."""

import json
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from lifecycle.experiment import MlflowNames
from mlflow_io.cached_history import CachedHistory, HistoryRead
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.stores.tuning import Freshness, Paging, Tuning
from tests.fake_server import Answer, serving
from tests.server import Server, empty
from tests.world import NAMES, World

AT_ONCE = Freshness(recent_s=-1)
"""A test does not wait until it may ask again."""


def cached(world: World | str, folder: Path | None = None, **tuning: Any) -> CachedHistory:
    uri = world if isinstance(world, str) else world.uri
    return CachedHistory(uri, NAMES, folder, Tuning(**{"freshness": AT_ONCE, **tuning}))


def winners(reading: HistoryRead) -> dict[int, str]:
    return {record.batch: record.gate.run.run_id for record in reading.history.batches if record.gate}


@pytest.mark.parametrize("kind", ["world", "postgres_world", "file_world", "rest_world"])
def test_an_unchanged_store_is_not_read_again(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    first = world.gate(1)
    kept = cached(world)
    before = kept.read()
    assert kept.read().history is before.history
    assert kept.read().at > before.at
    second = world.gate(1, end=60 * 24 * 365)
    assert winners(before) == {1: first}
    after = kept.read()
    assert winners(after) == {1: second}
    assert kept.read().history is after.history


@pytest.mark.parametrize("kind", ["world", "postgres_world", "file_world", "rest_world"])
def test_a_promotion_is_noticed(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    run = world.gate(0)
    world.client.create_registered_model("Model")
    world.client.create_model_version("Model", "file:///nowhere", run)
    kept = cached(world)
    assert kept.read().production is None
    world.client.set_registered_model_alias("Model", "production", "1")
    assert kept.read().production.version == "1"


def test_many_readers_at_once_ask_once(world: World) -> None:
    world.gate(1)
    kept = cached(world, freshness=Freshness(recent_s=60))
    found: list[HistoryRead] = []
    threads = [threading.Thread(target=lambda: found.append(kept.read())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(reading) for reading in found}) == 1  # every time that it is asked, another one comes
    assert len(found) == 10


def test_what_did_not_answer_is_not_asked_by_every_visitor() -> None:
    kept = cached("http://127.0.0.1:9", freshness=Freshness(recent_s=60))
    with pytest.raises(TrackingUnreachable) as first:
        kept.read()
    with pytest.raises(TrackingUnreachable) as second:
        kept.read()
    assert first.value is second.value
    with pytest.raises(TrackingUnreachable) as third:
        kept.read(thoroughly=True)
    assert third.value is not first.value


def test_a_database_that_moved_is_an_outage_with_what_was_known_and_heals(world: World, tmp_path: Path) -> None:
    run = world.gate(1)
    kept = cached(world)
    before = kept.read()
    shutil.move(tmp_path / "mlflow.db", tmp_path / "moved.db")
    during = kept.read()
    assert isinstance(during.outage, StoreMissing)
    assert (during.history, during.at) == (before.history, before.at)
    shutil.move(tmp_path / "moved.db", tmp_path / "mlflow.db")
    after = kept.read()
    assert after.outage is None
    assert winners(after) == {1: run}


def test_another_file_in_its_place_is_read_as_another_store(world: World, migrated: Path, tmp_path: Path) -> None:
    world.gate(1)
    kept = cached(world)
    assert len(kept.read().history.batches) == 1
    for beside in tmp_path.glob("mlflow.db-*"):
        beside.unlink()
    shutil.copy(migrated, tmp_path / "new.db")
    (tmp_path / "new.db").replace(tmp_path / "mlflow.db")
    after = kept.read()
    assert after.outage is None
    assert after.history.missing_experiments == ("Drift", "Gate")


def test_a_database_that_was_restarted_is_connected_to_again(postgres_world: World) -> None:
    run = postgres_world.gate(1)
    kept = cached(postgres_world)
    kept.read()
    with psycopg.connect(postgres_world.uri, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
    reading = kept.read()
    assert reading.outage is None
    assert winners(reading) == {1: run}


def test_a_restored_run_comes_with_a_thorough_look(rest_world: World) -> None:
    older, newer = rest_world.gate(1), rest_world.gate(1)
    rest_world.client.delete_run(newer)
    kept = cached(rest_world)
    assert winners(kept.read()) == {1: older}
    rest_world.client.restore_run(newer)
    assert winners(kept.read(thoroughly=True)) == {1: newer}


def test_a_thorough_look_is_due_every_few_minutes(rest_world: World) -> None:
    older, newer = rest_world.gate(1), rest_world.gate(1, end=10)
    rest_world.gate(2, end=60 * 24)
    rest_world.client.delete_run(newer)
    kept = {due: cached(rest_world, freshness=Freshness(recent_s=-1, thorough_s=due)) for due in (0, 60)}
    for each in kept.values():
        each.read()
    rest_world.client.restore_run(newer)
    assert winners(kept[60].read())[1] == older  # what a quick look cannot see
    assert winners(kept[0].read())[1] == newer


# The snapshot


def test_a_snapshot_is_read_when_the_server_is_down(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    world = World(f"sqlite:///{server.database}", tmp_path / "artifacts")
    world.drift(1, 0.4)
    run = world.gate(1, 0.8, float("nan"))
    world.client.create_registered_model("Model")
    world.client.create_model_version("Model", "file:///nowhere", run)
    world.client.set_registered_model_alias("Model", "champion", "1")
    before = cached(server.uri, tmp_path / "snapshots").read()
    server.kill()
    reading = cached(server.uri, tmp_path / "snapshots").read()
    assert (reading.history, reading.production) == (before.history, before.production)
    assert reading.outage is not None
    assert str(reading.outage).endswith(("cannot be reached: Connection reset by peer", "Connection refused"))
    assert datetime.now(UTC) - reading.at < timedelta(minutes=5)
    with pytest.raises(TrackingUnreachable):
        cached(server.uri, tmp_path / "others").read()


def test_a_new_process_begins_with_a_quick_look(rest_world: World, tmp_path: Path) -> None:
    rest_world.drift(1)
    rest_world.gate(1)
    with passing_on(rest_world.uri) as server:
        cached(server.uri, tmp_path).read()
        newer = rest_world.gate(1, end=60 * 24)
        server.searches.clear()
        assert winners(cached(server.uri, tmp_path).read()) == {1: newer}
    by_id, ended = server.searches
    assert by_id.startswith("attributes.run_id IN (")
    assert ended.startswith("attributes.end_time >= ")


@dataclass
class PassingOn:
    """A server that passes on what it is asked, unless it is down, and remembers the filters of searches."""

    uri: str = ""
    searches: list[str] = field(default_factory=list)
    down: bool = False


@contextmanager
def passing_on(uri: str) -> Iterator[PassingOn]:
    server = PassingOn()

    def answer(method: str, path: str, body: bytes) -> Answer:
        if server.down:
            return 500, "text/plain", b"down"
        if path.endswith("/runs/search"):
            server.searches.append(json.loads(body)["filter"])
        kind = {"Content-Type": "application/json"}
        given = requests.request(method, uri + path, data=body, headers=kind, timeout=60)
        return given.status_code, "application/json", given.content

    with serving(answer) as fake:
        server.uri = fake.uri
        yield server


@pytest.mark.parametrize("same_process", [True, False])
def test_what_is_known_of_another_store_is_dropped(
    rest_world: World, tracking_server: Server, tmp_path: Path, same_process: bool
) -> None:
    """Under the same address, with the same experiment ids."""
    for batch in range(3):
        rest_world.gate(batch)
    kept = cached(rest_world, tmp_path)
    assert len(winners(kept.read())) == 3
    empty(tracking_server.database)
    other = World(f"sqlite:///{tracking_server.database}", tmp_path / "artifacts")
    other.drift(7)
    run = other.gate(7)
    reading = kept.read() if same_process else cached(rest_world, tmp_path).read()
    assert winners(reading) == {7: run}
    assert [record.batch for record in reading.history.batches] == [7]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"experiments": {"Gate": 3}}', '{"shelves": [[1]]}'])
def test_a_damaged_snapshot_is_no_obstacle(rest_world: World, tmp_path: Path, content: str) -> None:
    run = rest_world.gate(1)
    cached(rest_world, tmp_path / "kept").read()
    (file,) = (tmp_path / "kept").iterdir()
    file.write_text(content)
    assert winners(cached(rest_world, tmp_path / "kept").read()) == {1: run}
    assert len(file.read_text()) > 100


def test_a_snapshot_is_for_its_owner_and_names_no_password(rest_world: World, tmp_path: Path) -> None:
    rest_world.gate(1)
    uri = rest_world.uri.replace("://", "://ada:hunter2@")
    cached(uri, tmp_path / "kept").read()
    (file,) = (tmp_path / "kept").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) & 0o077 == 0
    assert "hunter2" not in file.read_text() + file.name


def test_a_snapshot_that_cannot_be_kept_is_only_a_pity(
    rest_world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = rest_world.gate(1)
    (tmp_path / "file").write_text("")
    assert winners(cached(rest_world, tmp_path / "file" / "kept").read()) == {1: run}
    assert "cannot be kept" in caplog.text


# Counting


def counted() -> None:
    """Waits for those who count."""
    for thread in threading.enumerate():
        if thread.name == "count":
            thread.join(120)


def test_a_long_history_is_counted_beside_everything_else(rest_world: World, tmp_path: Path) -> None:
    runs = [rest_world.gate(batch) for batch in (0, 0, 0, 1, 1)]
    kept = cached(rest_world, tmp_path, paging=Paging(page=2))
    first = kept.read()
    assert winners(first) == {0: runs[2], 1: runs[4]}
    assert [record.gate_attempts.finished for record in first.history.batches] == [None, None]
    kept.count_beside()
    counted()
    then = kept.read()
    assert then.history.counted
    assert [record.gate_attempts.finished for record in then.history.batches] == [3, 2]
    # The count outlives a thorough look and the process.
    assert kept.read(thoroughly=True).history.counted
    assert cached(rest_world, tmp_path, paging=Paging(page=2)).read().history.counted


def test_a_count_that_fails_is_said_and_tried_again(rest_world: World, caplog: pytest.LogCaptureFixture) -> None:
    rest_world.gate(0)
    rest_world.gate(0)
    with passing_on(rest_world.uri) as server:
        kept = cached(server.uri, paging=Paging(page=1))
        assert not kept.read().history.counted
        server.down = True
        kept.count_beside()
        counted()
        assert f"were not counted: The MLflow store at {server.uri}" in caplog.text
        server.down = False
        kept.count()
        assert kept.read().history.counted


def test_a_model_may_be_called_as_an_experiment(rest_world: World) -> None:
    names = MlflowNames("Drift", "Gate", "Gate")
    run = rest_world.gate(0)
    rest_world.client.create_registered_model("Gate")
    rest_world.client.create_model_version("Gate", "file:///nowhere", run)
    rest_world.client.set_registered_model_alias("Gate", "production", "1")
    kept = CachedHistory(rest_world.uri, names, tuning=Tuning(freshness=AT_ONCE))
    assert [kept.read().production.version for _ in range(2)] == ["1", "1"]
