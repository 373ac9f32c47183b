"""The layer against a brute-force reading, after every step of random histories, on a real SQLite store."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from mlflow.entities import ViewType

from mlflow_io.batches import history
from mlflow_io.sqlite import open_sqlite
from mlflow_io.through_client import open_client
from tests.world import NAMES, World

BATCHES = st.sampled_from(["0", "1", "2", "2.0", " 1", "02", "x", "-1", "1.5"])
STATUSES = st.sampled_from(["FINISHED", "FAILED", "RUNNING", "KILLED"])
MINUTES = st.integers(0, 3)  # few, so that runs tie
TAGS = st.sampled_from(["True", "true", "False", None])


def brute_force(world: World) -> dict[tuple[str, int], tuple[str, int, list[str]]]:
    """(kind, batch) -> winner, how many finished, newer unfinished; by the words of the rules."""
    found: dict[tuple[str, int], tuple[str, int, list[str]]] = {}
    for kind, name in (("drift", NAMES.drift_experiment), ("gate", NAMES.gate_experiment)):
        runs = world.client.search_runs([world.experiment(name)], run_view_type=ViewType.ACTIVE_ONLY, max_results=5_000)
        by_batch: dict[int, list] = {}
        for run in runs:
            tag = run.data.tags.get("quality_gate")
            scored = "prod_auc_test" in run.data.metrics or "new_auc_test" in run.data.metrics
            is_gate = scored if tag is None else tag.lower() == "true"
            text = run.data.params.get("batch_number", run.data.tags.get("batch_number"))
            number = {"0": 0, "1": 1, "2": 2, "2.0": 2, " 1": 1, "02": 2}.get(text)
            if number is not None and is_gate == (kind == "gate"):
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
    return found


def as_read(told) -> dict[tuple[str, int], tuple[str, int, list[str]]]:
    found = {}
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

    @rule(which=st.integers(0, 50), status=STATUSES.filter(lambda status: status != "RUNNING"))
    def end(self, which: int, status: str) -> None:
        if self.runs:
            self.world.client.set_terminated(self.runs[which % len(self.runs)], status=status)

    @rule(which=st.integers(0, 50))
    def delete_or_restore(self, which: int) -> None:
        if self.runs:
            run = self.runs[which % len(self.runs)]
            deleted = self.world.client.get_run(run).info.lifecycle_stage == "deleted"
            (self.world.client.restore_run if deleted else self.world.client.delete_run)(run)

    @rule(which=st.integers(0, 50), tag=TAGS.filter(lambda tag: tag is not None))
    def tag_again(self, which: int, tag: str) -> None:
        if self.runs:
            run = self.runs[which % len(self.runs)]
            if self.world.client.get_run(run).info.lifecycle_stage == "active":
                self.world.client.set_tag(run, "quality_gate", tag)

    @invariant()
    def every_source_reads_what_is_there(self) -> None:
        if not hasattr(self, "world"):
            return
        expected = brute_force(self.world)
        for opened in (open_sqlite, open_client):
            with opened(self.world.uri) as source:
                assert as_read(history(source, NAMES)) == expected

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


@pytest.mark.timeout(600)
def test_every_source_agrees_with_brute_force_after_every_step(migrated: Path) -> None:
    Histories.template = migrated
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
