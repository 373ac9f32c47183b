"""The layer against a brute-force reading after every step of random histories: on SQLite, and on a real server."""

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from mlflow.entities import ViewType

from lifecycle.experiment import MlflowNames
from lifecycle.records import History
from mlflow_io.history import history
from mlflow_io.stores.mlflow_client import open_client
from mlflow_io.stores.server.rest import RestStore, open_rest
from mlflow_io.stores.server.rest_api import Server as Rest
from mlflow_io.stores.sqlite import open_sqlite
from mlflow_io.stores.tuning import Freshness, Paging, Tuning
from tests.server import Server, empty
from tests.world import DAWN, MINUTE, NAMES, World

BATCHES = st.sampled_from(["0", "1", "2", "2.0", " 1", "02", "x", "-1", "1.5"])
STATUSES = st.sampled_from(["FINISHED", "FAILED", "RUNNING", "KILLED"])
MINUTES = st.integers(0, 3)  # few, so that runs tie
TAGS = st.sampled_from(["True", "true", "False", None])


Told = dict[tuple[str, int], tuple[str, int, list[str]]]


SMALL_PAGES = Tuning(
    Paging(page=1, few=1, long_page=3, excludable=2, ended=2, ids=3), Freshness(recount_s=-1, overlap_ms=0)
)
"""So that a history of a few runs is a long one."""


SHARED = MlflowNames(NAMES.gate_experiment, NAMES.gate_experiment, NAMES.model)
"""Where drift and gate runs are looked for in one experiment."""


def brute_force(world: World, names: MlflowNames = NAMES) -> Told:
    """(kind, batch) -> winner, how many finished, newer unfinished; by the words of the rules."""
    found: Told = {}
    of_both: dict[str, bool] = {}
    pending: dict[tuple[str, int], list] = {}
    for kind, name in (("drift", names.drift_experiment), ("gate", names.gate_experiment)):
        runs = world.client.search_runs([world.experiment(name)], run_view_type=ViewType.ACTIVE_ONLY, max_results=5_000)
        by_batch: dict[int, list] = {}
        for run in runs:
            tag = run.data.tags.get("quality_gate")
            scored = "prod_auc_test" in run.data.metrics or "new_auc_test" in run.data.metrics
            is_gate = scored if tag is None else tag.lower() == "true"
            text = run.data.params.get("batch_number", run.data.tags.get("batch_number"))
            number = {"0": 0, "1": 1, "2": 2, "2.0": 2, " 1": 1, "02": 2}.get(text)
            has_share = "drift_share" in run.data.metrics
            of_both[run.info.run_id] = is_gate and has_share
            is_drift = has_share or (not is_gate and names is NAMES)
            if number is not None and (is_gate if kind == "gate" else is_drift):
                by_batch.setdefault(number, []).append(run.info)
        for number, infos in by_batch.items():
            finished = [info for info in infos if info.status == "FINISHED"]
            if finished:
                order = sorted(finished, key=lambda info: (info.start_time, info.end_time or -1, info.run_id))
                newer = {
                    info.run_id
                    for info in infos
                    if info.status != "FINISHED" and info.start_time > order[-1].start_time
                }
                found[kind, number] = (order[-1].run_id, len(finished), sorted(newer))
            pending[kind, number] = [info for info in infos if info.status != "FINISHED"]
    return filled(world, found, of_both, pending)


def filled(world: World, found: Told, of_both: dict[str, bool], pending: dict[tuple[str, int], list]) -> Told:
    """Where a batch has no run of one kind, that of the other kind may be of both."""
    told = dict(found)
    for (kind, number), (winner, finished, newer) in found.items():
        other = ("gate" if kind == "drift" else "drift", number)
        if other not in found and of_both[winner]:
            since = world.client.get_run(winner).info.start_time
            later = {info.run_id for info in pending.get(other, ()) if info.start_time > since}
            told[other] = (winner, finished, sorted({*newer, *later}))
    return told


def as_read(told: History) -> Told:
    found: Told = {}
    for record in told.batches:
        for kind, part, attempts in (
            ("drift", record.drift, record.drift_attempts),
            ("gate", record.gate, record.gate_attempts),
        ):
            if part is not None:
                newer = sorted(run.run_id for run in attempts.newer_unfinished)
                found[kind, record.batch] = (part.run.run_id, attempts.finished, newer)
    return found


class Histories(RuleBasedStateMachine):
    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "mlflow.db")
        self.world = World(f"sqlite:///{self.folder / 'mlflow.db'}", self.folder / "artifacts")
        for name in (NAMES.drift_experiment, NAMES.gate_experiment):
            self.world.experiment(name)
        self.runs: list[str] = []

    @rule(batch=BATCHES, status=STATUSES, start=MINUTES, took=st.integers(0, 2), tag=TAGS)
    def log_gate(self, batch: str, status: str, start: int, took: int, tag: str | None) -> None:
        self.runs.append(self.world.gate(batch, tag=tag, status=status, start=start, end=start + took))

    @rule(batch=BATCHES, status=STATUSES, start=MINUTES)
    def log_drift(self, batch: str, status: str, start: int) -> None:
        self.runs.append(self.world.drift(batch, status=status, start=start, end=start + 1))

    @rule(batch=BATCHES, start=MINUTES)
    def log_with_the_number_in_a_tag(self, batch: str, start: int) -> None:
        tags = {"quality_gate": "True", "batch_number": batch}
        self.runs.append(self.world.run(NAMES.gate_experiment, tags=tags, start=start))

    @rule(batch=BATCHES, status=STATUSES, start=MINUTES, name=st.sampled_from(["Drift", "Gate"]), tag=TAGS)
    def log_both(self, batch: str, status: str, start: int, name: str, tag: str | None) -> None:
        tags = {} if tag is None else {"quality_gate": tag}
        metrics = {"drift_share": 0.4, "prod_auc_test": 0.8}
        params = {"batch_number": batch}
        self.runs.append(
            self.world.run(name, params=params, metrics=metrics, tags=tags, status=status, start=start, end=start + 1)
        )

    @rule(which=st.integers(0, 50), status=STATUSES.filter(lambda status: status != "RUNNING"))
    def end(self, which: int, status: str) -> None:
        if active := [run for run in self.runs if self.is_active(run)]:
            self.world.client.set_terminated(active[which % len(active)], status=status)

    def is_active(self, run: str) -> bool:
        return self.world.client.get_run(run).info.lifecycle_stage == "active"

    @rule(which=st.integers(0, 50))
    def delete_or_restore(self, which: int) -> None:
        if self.runs:
            run = self.runs[which % len(self.runs)]
            (self.world.client.delete_run if self.is_active(run) else self.world.client.restore_run)(run)

    @rule(which=st.integers(0, 50), tag=TAGS.filter(lambda tag: tag is not None))
    def tag_again(self, which: int, tag: str) -> None:
        if self.runs:
            run = self.runs[which % len(self.runs)]
            if self.is_active(run):
                self.world.client.set_tag(run, "quality_gate", tag)

    @invariant()
    def every_source_reads_what_is_there(self) -> None:
        if hasattr(self, "world"):
            self.check(brute_force(self.world))

    def check(self, expected: Told) -> None:
        for opened in (open_sqlite, open_client):
            with opened(self.world.uri) as source:
                assert as_read(history(source, NAMES)) == expected
                assert as_read(history(source, SHARED)) == brute_force(self.world, SHARED)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


class OverHttp(Histories):
    """Of a source that has just come, in pages of one run, and of one that was there all the time."""

    server: Server

    @initialize()
    def begin(self) -> None:
        empty(self.server.database)
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(f"sqlite:///{self.server.database}", self.folder)
        for name in (NAMES.drift_experiment, NAMES.gate_experiment):
            self.world.experiment(name)
        self.runs = []
        self.kept = RestStore(Rest(self.server.uri), tuning=SMALL_PAGES)

    def check(self, expected: Told) -> None:
        with open_rest(self.server.uri, tuning=SMALL_PAGES) as source:
            assert uncounted(as_read(history(source, NAMES))) == uncounted(expected)
        with open_rest(self.server.uri, tuning=SMALL_PAGES) as source:
            assert uncounted(as_read(history(source, SHARED))) == uncounted(brute_force(self.world, SHARED))
        assert self.kept.has_changed_at_all()
        history(self.kept, NAMES)
        self.kept.count_runs()
        assert as_read(history(self.kept, NAMES)) == expected


class LiveOverHttp(OverHttp):
    """As long as runs start and end now, or are deleted, a quick look is as good as a thorough one."""

    log_gate = log_drift = log_both = log_with_the_number_in_a_tag = end = delete_or_restore = tag_again = None

    @rule(batch=BATCHES, tag=TAGS)
    def start_gate(self, batch: str, tag: str | None) -> None:
        self.runs.append(self.world.gate(batch, tag=tag, status="RUNNING", start=now()))

    @rule(batch=BATCHES)
    def log_drift_now(self, batch: str) -> None:
        self.runs.append(self.world.drift(batch, start=now(), end=now()))

    @rule(batch=BATCHES)
    def log_gate_now(self, batch: str) -> None:
        self.runs.append(self.world.gate(batch, start=now(), end=now()))

    @rule()
    def log_something_else(self) -> None:
        for _ in range(3):
            self.world.run(NAMES.gate_experiment, start=now(), end=now())

    @rule(which=st.integers(0, 50), status=STATUSES.filter(lambda status: status != "RUNNING"))
    def end_now(self, which: int, status: str) -> None:
        running = [run for run in self.runs if self.world.client.get_run(run).info.status == "RUNNING"]
        if running:
            self.world.client.set_terminated(running[which % len(running)], status=status)

    @rule(which=st.integers(0, 50))
    def delete(self, which: int) -> None:
        if self.runs:
            self.world.client.delete_run(self.runs.pop(which % len(self.runs)))

    def check(self, expected: Told) -> None:
        self.kept.has_changed()
        read = as_read(history(self.kept, NAMES))
        assert {key: winner for key, (winner, *_) in read.items()} == {
            key: winner for key, (winner, *_) in expected.items()
        }


def now() -> float:
    """In minutes since the world's dawn."""
    return (time.time() * 1000 - DAWN) / MINUTE


def uncounted(told: Told) -> dict[tuple[str, int], tuple[str, list[str]]]:
    return {key: (winner, newer) for key, (winner, _, newer) in told.items()}


def run(machine: type[Histories], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_source_agrees_with_brute_force_after_every_step(migrated: Path) -> None:
    Histories.template = migrated
    run(Histories, 8)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("machine", [OverHttp, LiveOverHttp])
def test_a_server_agrees_with_brute_force_after_every_step(machine: type[OverHttp], tracking_server: Server) -> None:
    OverHttp.server = tracking_server
    run(machine, 4)
