"""What it costs to find the latest run per batch in long histories: ``python benchmarks/latest_per_batch.py``.

One truth, at 1,000, 10,000 and 100,000 runs: 95 % nested hyper-parameter runs, 5 % gate runs, a tenth as many drift
runs, 6 or 50 batches. Side by side, in CPU milliseconds of this process (SQLite runs inside it): our first reading;
everything by ``mlflow.search_runs`` and pandas; the newest 200 runs, with the batches that this gets wrong; plain SQL.
"""

import argparse
import os
import platform
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lifecycle.experiment import MlflowNames  # noqa: E402  the path has to be set first
from mlflow_io.batches import read_history  # noqa: E402
from mlflow_io.client import connect  # noqa: E402

NAMES = MlflowNames("Drift", "Training", "Model")
RESULT = ROOT / "benchmarks" / "results" / "latest_per_batch.md"
DAWN = 1_750_000_000_000
REPEATS = 7
FLOOR = """
WITH gate AS (
  SELECT r.run_uuid, p.value AS batch, ROW_NUMBER() OVER (
    PARTITION BY p.value ORDER BY r.start_time DESC, r.end_time DESC, r.run_uuid DESC) AS place
  FROM tags t JOIN runs r ON r.run_uuid = t.run_uuid
  JOIN params p ON p.run_uuid = r.run_uuid AND p.key = 'batch_number'
  WHERE t.key = 'quality_gate' AND t.value = 'True' AND r.experiment_id = ? AND r.status = 'FINISHED'
    AND r.lifecycle_stage = 'active')
SELECT g.batch, m.run_uuid, m.key, m.value
FROM gate g JOIN latest_metrics m ON m.run_uuid = g.run_uuid WHERE g.place = 1
"""
"""The winners' metrics and nothing else: no drift runs, no accounting, one spelling of the batch number."""


def build(folder: Path, template: Path, runs: int, batches: int) -> tuple[str, dict[int, str]]:
    """A store with that history, written straight into MLflow's tables; its URI, and the gate run of each batch."""
    database = folder / f"{runs}_{batches}.db"
    shutil.copy(template, database)
    rng = random.Random(runs + batches)
    truth: dict[int, tuple[int, str]] = {}
    with closing(sqlite3.connect(database)) as store:
        ids = {row[0]: row[1] for row in store.execute("SELECT name, experiment_id FROM experiments")}
        for place in range(runs):
            gate = place % 20 == 0
            batch = rng.randrange(batches)
            if place < batches * 20 and gate:
                batch = place // 20  # every batch has an early gate run
            elif gate and batch < batches - 1:
                batch = rng.choice([batch, batches - 1])
            finished = gate and (place < batches * 20 or rng.random() < 0.9)
            run = _run(store, ids["Training"], DAWN + place * 1_000, "FINISHED" if finished or not gate else "FAILED")
            _rows(store, "params", run, {f"p{number}": "0.1" for number in range(13 if not gate else 5)})
            _rows(store, "tags", run, {f"mlflow.t{number}": "x" for number in range(6)})
            if gate:
                _rows(store, "params", run, {"batch_number": str(batch)})
                _rows(store, "tags", run, {"quality_gate": "True", "decision": "DEPLOY"})
                scores = [
                    f"{who}_{what}_test" for who in ("prod", "new") for what in ("auc", "f1", "precision", "recall")
                ]
                _metrics(store, run, dict.fromkeys(scores, 0.8))
                if finished:
                    truth[batch] = max(truth.get(batch, (0, "")), (place, run))
            else:
                _rows(store, "tags", run, {"mlflow.parentRunId": "x"})
                _metrics(store, run, {f"m{number}": 0.5 for number in range(9)})
        for place in range(runs // 10):
            run = _run(store, ids["Drift"], DAWN + place * 1_000, "FINISHED")
            _rows(store, "params", run, {"batch_number": str(place % batches), "drift_threshold": "0.3"})
            _metrics(store, run, {"drift_share": 0.2, "n_drifted_columns": 2.0, "n_total_columns": 10.0})
        store.commit()
        store.execute("ANALYZE")
        store.commit()
    return f"sqlite:///{database}", {batch: run for batch, (_, run) in truth.items()}


def _run(store: sqlite3.Connection, experiment: int, start: int, status: str) -> str:
    run = uuid.UUID(int=random.getrandbits(128)).hex
    store.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, "
        "end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) "
        "VALUES (?, 'run', 'LOCAL', '', '', 'bench', ?, ?, ?, '', 'active', '/nowhere', ?)",
        (run, status, start, start + 500, experiment),
    )
    return run


def _rows(store: sqlite3.Connection, table: str, run: str, values: dict[str, str]) -> None:
    rows = [(key, value, run) for key, value in values.items()]
    store.executemany(f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)", rows)


def _metrics(store: sqlite3.Connection, run: str, values: dict[str, float]) -> None:
    rows = [(key, value, DAWN, 0, False, run) for key, value in values.items()]
    store.executemany("INSERT INTO latest_metrics VALUES (?, ?, ?, ?, ?, ?)", rows)


def cpu_ms(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def floor(uri: str) -> None:
    with closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as store:
        experiment = store.execute("SELECT experiment_id FROM experiments WHERE name = 'Training'").fetchone()[0]
        store.execute(FLOOR, (experiment,)).fetchall()


def everything(uri: str) -> dict[int, str]:
    """``mlflow.search_runs`` and pandas: what the dashboards before did, without the cap, with the status."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    return _dedup(mlflow.search_runs(experiment_names=["Training"]), finished=True)


def newest_200(uri: str) -> dict[int, str]:
    import mlflow

    mlflow.set_tracking_uri(uri)
    return _dedup(mlflow.search_runs(experiment_names=["Training"], max_results=200), finished=False)


def _dedup(runs, *, finished: bool) -> dict[int, str]:
    if finished:
        runs = runs[runs["status"] == "FINISHED"]
    runs = runs[runs["tags.quality_gate"] == "True"] if "tags.quality_gate" in runs else runs[:0]
    latest = runs.sort_values("start_time", ascending=False).drop_duplicates("params.batch_number")
    return {int(row["params.batch_number"]): row["run_id"] for _, row in latest.iterrows()}


def ours(uri: str) -> dict[int, str]:
    return {record.batch: record.gate.run.run_id for record in read_history(uri, NAMES).batches if record.gate}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--runs", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    arguments.add_argument("--without-everything", action="store_true", help="leave out the slow comparison")
    chosen = arguments.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch) / "template.db"
        client = connect(f"sqlite:///{template}", create=True)
        for name in (NAMES.drift_experiment, NAMES.gate_experiment):
            client.create_experiment(name, artifact_location="/nowhere")
        for runs in chosen.runs:
            for batches in (6, 50):
                uri, truth = build(Path(scratch), template, runs, batches)
                assert ours(uri) == truth, "the reading is wrong, its speed is of no interest"
                wrong = sum(newest_200(uri).get(batch) != run for batch, run in truth.items())
                slow = None
                if not chosen.without_everything:
                    assert everything(uri) == truth
                    slow = cpu_ms(lambda uri=uri: everything(uri), 1)
                rows.append(
                    (
                        runs,
                        batches,
                        cpu_ms(lambda uri=uri: ours(uri), REPEATS),
                        cpu_ms(lambda uri=uri: floor(uri), REPEATS),
                        slow,
                        cpu_ms(lambda uri=uri: newest_200(uri), 3),
                        wrong,
                    )
                )
                print(rows[-1], flush=True)
    write(rows)


def write(rows: list[tuple]) -> None:
    lines = [
        "# Latest run per batch, SQLite",
        "",
        f"`python benchmarks/latest_per_batch.py`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"{platform.machine()}; CPU milliseconds, median.",
        "",
        "| runs | batches | ours | plain SQL | ours / SQL | everything | everything / ours | newest 200 | wrong |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for runs, batches, mine, sql, slow, capped, wrong in rows:
        told = (f"{slow:,.0f}", f"{slow / mine:,.0f}×") if slow is not None else ("—", "—")
        lines.append(
            f"| {runs:,} | {batches} | {mine:.1f} | {sql:.1f} | {mine / sql:.1f}× | {told[0]} | {told[1]} "
            f"| {capped:.0f} | {wrong} of {batches} |"
        )
    RESULT.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
