"""What it costs to find the latest run per batch in long histories: ``python benchmarks/latest_per_batch.py``.

The same history on SQLite, on PostgreSQL and on ``mlflow server`` over both, all started here; side by side, in CPU of
client and server: ours, everything by ``mlflow.search_runs``, the newest 200 runs, plain SQL. An answer that is not the
truth ends the script; only the newest 200 may be wrong, and are counted.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

from benchmarks import contenders, fresh  # noqa: E402  the path has to be set first
from benchmarks.histories import Answers, Shape, truth_of  # noqa: E402
from benchmarks.result import Costs, Fresh, written  # noqa: E402
from benchmarks.stores import SQLITE, Store, say, workshop  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "latest_per_batch.md"
RUNS = (1_000, 10_000, 100_000)
BATCHES = (6, 50)
TOO_MANY = 100_000
"""Runs from which on everything takes minutes: it is then measured once, on SQLite with the fewest batches."""


def main() -> None:
    asked = _asked()
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "BATCH_ZERO_")) or name == "API_URL"]:
        del os.environ[name]  # a developer's own
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "600"  # everything, over HTTP, takes its time
    costs: list[Costs] = []
    of_fresh: dict[str, Fresh] = {}
    with tempfile.TemporaryDirectory() as scratch, workshop(Path(scratch)) as shop:
        for shape in [Shape(runs, batches) for runs in sorted(asked.runs) for batches in BATCHES]:
            truth = truth_of(shape)
            with shop.stores(shape) as stores:
                for store in stores:
                    costs.append(measure(store, shape, truth, everything=not asked.without_everything))
                    if shape == Shape(max(asked.runs), min(BATCHES)):
                        of_fresh[store.name] = measure_fresh(store, truth)
        versions = shop.versions()
    command = " ".join(["python benchmarks/latest_per_batch.py", *sys.argv[1:]])
    text = written(command, versions, costs, of_fresh)
    asked.out.write_text(text)
    print(text)


def _asked() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--runs", type=int, nargs="+", default=RUNS, metavar="N", help="sizes of the history")
    arguments.add_argument("--without-everything", action="store_true", help="leave out the slow comparison")
    arguments.add_argument("--out", type=Path, default=RESULT, metavar="FILE", help="default: below benchmarks/results")
    return arguments.parse_args()


def measure(store: Store, shape: Shape, truth: Answers, *, everything: bool) -> Costs:
    uri, meter = store.uri, store.meter
    say(f"{shape}, {store.name}: first fill")
    same("first fill", store, contenders.answers(contenders.first_fill(uri)), truth)
    first = meter.often(lambda: contenders.first_fill(uri))
    with contenders.refreshing(uri) as refresh:
        say(f"{shape}, {store.name}: counting")
        counting = None if refresh.read().counted else meter.once(refresh.count)[0]
        say(f"{shape}, {store.name}: refresh")
        same("refresh", store, contenders.answers(refresh.read()), truth)
        again = meter.often(refresh.read)
    floor = None
    if store.sql:
        say(f"{shape}, {store.name}: plain SQL")
        same("plain SQL", store, contenders.sql_floor(uri), truth)
        floor = meter.often(lambda: contenders.sql_floor(uri))
    say(f"{shape}, {store.name}: the newest {contenders.NEWEST}")
    newest = contenders.newest(uri)
    wrong = sum(newest.get(batch) != answer for batch, answer in truth.items())
    capped = meter.often(lambda: contenders.newest(uri))
    whole = None
    if everything and (shape.runs < TOO_MANY or (store.name == SQLITE and shape.batches == min(BATCHES))):
        say(f"{shape}, {store.name}: everything")
        whole, found = meter.once(lambda: contenders.everything(uri))
        same("everything", store, found, truth)
    gates = (
        gates_alone(store, shape, truth) if whole and store.name == SQLITE and shape.batches == min(BATCHES) else None
    )
    return Costs(shape, store.name, first, again, counting, floor, capped, wrong, whole, gates)


def gates_alone(store: Store, shape: Shape, truth: Answers) -> tuple[float, float]:
    say(f"{shape}, {store.name}: gate runs alone")
    wanted = {batch: answer.gate_run for batch, answer in truth.items()}
    whole, found = store.meter.once(lambda: contenders.every_gate(store.uri))
    for what, gates in (
        ("every gate run", found),
        ("first fill of gate runs", contenders.gates_of(contenders.first_fill(store.uri, contenders.GATES))),
    ):
        if gates != wanted:
            raise SystemExit(f"{what} on {store.name} is wrong; its speed is of no interest")
    return store.meter.often(lambda: contenders.first_fill(store.uri, contenders.GATES)), whole


def measure_fresh(store: Store, truth: Answers) -> Fresh:
    say(f"{store.name}: memory")
    memory = fresh.memory_mb(store.uri)
    if store.name != SQLITE:
        return Fresh(memory, None)
    say(f"{store.name}: python -m report")
    cpu, found = fresh.report_cpu_ms(store.uri)
    same("python -m report", store, found, truth)
    return Fresh(memory, cpu)


def same(what: str, store: Store, found: Answers, truth: Answers) -> None:
    differs = [batch for batch in sorted({*found, *truth}) if found.get(batch) != truth.get(batch)]
    if differs:
        lines = [f"batch {batch}: found {found.get(batch)}, true is {truth.get(batch)}" for batch in differs]
        raise SystemExit("\n".join([f"{what} on {store.name} is wrong; its speed is of no interest", *lines]))


if __name__ == "__main__":
    main()
