"""What a test of a model costs, and whether its times are the model's: ``python benchmarks/testbench.py``.

One classifier (gradient boosting behind a preprocessor, 1,000 rows of ten columns), in one run: how long it takes until
the model answers, from a warm parent and cold; the same calls timed in this process and in the sandbox, in turns; and
the default test as a whole. ``--deepchecks PYTHON`` and ``--explainerdashboard PYTHON``, each of an environment that
has that library, put what it does with the same model beside it.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

import joblib  # noqa: E402  the path has to be set first
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402

from batch_zero.progress import Step  # noqa: E402
from benchmarks.other_suites import LABEL, trained  # noqa: E402
from sandbox.limits import Limits  # noqa: E402
from sandbox.session import open_model  # noqa: E402
from sandbox.warm import WarmParent  # noqa: E402
from testbench.run import Asked, run_tests  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "testbench.md"
OTHERS = ("deepchecks", "explainerdashboard")
ROWS, ROUNDS, CALLS = 1_000, 7, 60
SIZES = (1, 100, 1_000)
TARGET_S, TARGET_RATIO, TARGET_START_MS, TARGET_FASTER = 15.0, 1.05, 300.0, 20.0


def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    rows = pd.DataFrame({f"number_{place}": generator.normal(size=ROWS) for place in range(8)})
    rows["region"], rows["kind"] = generator.choice(["a", "b", "c"], ROWS), generator.choice(["u", "v"], ROWS)
    chance = 1 / (1 + np.exp(-rows["number_0"] - (rows["region"] == "a")))
    return rows.assign(**{LABEL: (generator.random(ROWS) < chance).astype(int)})


def started(path: Path, rows: pd.DataFrame, warm: WarmParent | None) -> float:
    """Milliseconds until the model has answered one row."""
    begun = time.perf_counter()
    with open_model(path, warm=warm) as session:
        session.times(rows.iloc[:1], ask="predict_proba", size=1, calls=1, budget_s=60)
        return (time.perf_counter() - begun) * 1_000


def starts(path: Path, rows: pd.DataFrame, warm: WarmParent) -> tuple[float, float]:
    """(warm, cold), each the median of the rounds, in turns."""
    started(path, rows, warm)
    pairs = [(started(path, rows, warm), started(path, rows, None)) for _ in range(ROUNDS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def in_process(model: Pipeline, rows: pd.DataFrame, size: int) -> float:
    """Milliseconds of one call, at the median."""
    parts = [rows.iloc[start : start + size] for start in range(0, len(rows) - size + 1, size)][:64]
    found = []
    for number in range(CALLS):
        begun = time.perf_counter_ns()
        model.predict_proba(parts[number % len(parts)])
        found.append(time.perf_counter_ns() - begun)
    return statistics.median(found[10:]) / 1e6


def measured(path: Path, model: Pipeline, rows: pd.DataFrame, warm: WarmParent) -> list[tuple[int, float, float]]:
    """(rows at once, ms in the sandbox, ms in this process), each the median of the rounds' medians."""
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    with open_model(path, Limits(wall_s=600), warm=warm) as session:
        ask = partial(session.times, rows, ask="predict_proba", calls=CALLS, budget_s=60)
        for _ in range(ROUNDS):
            for size in SIZES:
                found[size].append((statistics.median(ask(size=size)[10:]) / 1e6, in_process(model, rows, size)))
    return [(size, *(statistics.median(side) for side in zip(*pairs, strict=True))) for size, pairs in found.items()]


def whole(asked: Asked, warm: WarmParent | None) -> tuple[float, dict[str, float]]:
    begun = time.perf_counter()
    report = run_tests(asked, _unheard, warm)
    return time.perf_counter() - begun, {finding.check: finding.seconds for finding in report.findings}


def _unheard(_: Step) -> None:
    pass


def other(name: str, python: str, rows: Path) -> str:
    """A row of the table: what another library's suite takes."""
    command = [python, str(ROOT / "benchmarks" / "other_suites.py"), name, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, version = done.stdout.split()[-2:]
    return f"| {name} {version}, in its own environment | {float(seconds):.1f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in OTHERS:
        parser.add_argument(f"--{name}", metavar="PYTHON", help=f"of an environment that has {name}")
    pythons = vars(parser.parse_args())
    rows = table()
    model, features = trained(rows), rows.drop(columns=LABEL)
    with tempfile.TemporaryDirectory() as folder, WarmParent() as warm:
        path, sample = Path(folder) / "model.joblib", Path(folder) / "rows.csv"
        joblib.dump(model, path)
        rows.to_csv(sample, index=False)
        begun = starts(path, features, warm)
        times = measured(path, model, features, warm)
        asked = Asked(path, path.name, rows, LABEL)
        tests = [whole(asked, warm), whole(asked, warm), whole(asked, None)]
        others = [other(name, python, sample) for name, python in pythons.items() if python]
    lines = _lines(begun, times, tests, others)
    print("\n".join(lines))
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ratios = [sandbox / here for _, sandbox, here in times]
    is_true = max(max(ratios), 1 / min(ratios)) <= TARGET_RATIO
    is_fast = begun[0] <= TARGET_START_MS and begun[1] / begun[0] >= TARGET_FASTER and tests[2][0] <= TARGET_S
    return int(not (is_true and is_fast))


def _lines(
    begun: tuple[float, float],
    times: list[tuple[int, float, float]],
    tests: list[tuple[float, dict[str, float]]],
    others: list[str],
) -> list[str]:
    (first, checks), (again, _), (cold, _) = tests
    return [
        "# What a test of a model costs",
        "",
        f"`python benchmarks/testbench.py`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. Gradient boosting behind a one-hot encoder, {ROWS:,} rows of ten columns.",
        "",
        "| Until the model has answered one row | ms |",
        "|---|---:|",
        f"| from a warm parent | {begun[0]:.0f} |",
        f"| cold: a new Python that imports its libraries | {begun[1]:.0f} ({begun[1] / begun[0]:.0f} times) |",
        "",
        "| Rows at once | ms in the sandbox, by its own clock | ms in this process | ratio |",
        "|---:|---:|---:|---:|",
        *(f"| {size:,} | {there:.2f} | {here:.2f} | {there / here:.2f} |" for size, there, here in times),
        "",
        "| The default test | seconds |",
        "|---|---:|",
        f"| as page, API and command do it: its model's process begins cold | {cold:.1f} |",
        f"| from a warm parent, the first one | {first:.1f} |",
        f"| the next one | {again:.1f} |",
        *(f"| of the first, {check} | {seconds:.1f} |" for check, seconds in checks.items()),
        *others,
        "",
        "The others do fewer things, and none of them in a sandbox: Deepchecks' suite computes scores and weak",
        "segments, explainerdashboard SHAP values and scores.",
    ]


if __name__ == "__main__":
    sys.exit(main())
