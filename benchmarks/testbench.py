"""What a test of a model costs, and whether its times are the model's: ``python benchmarks/testbench.py``.

One classifier (gradient boosting behind a preprocessor, 1,000 rows of ten columns), in one run: how long it takes until
it is open and has answered, from a warm parent and cold, and a small model beside it; the same calls timed in the
sandbox and outside, in turns; and the default test as a whole. ``--deepchecks PYTHON`` and ``--explainerdashboard
PYTHON``, each of an environment that has that library, put what it does with the same model beside it.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

import joblib  # noqa: E402  the path has to be set first
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402

from batch_zero.progress import Step  # noqa: E402
from benchmarks.other_suites import LABEL, trained  # noqa: E402
from metrics.intervals import Interval, of_quantiles  # noqa: E402
from sandbox.child.timing import times  # noqa: E402
from sandbox.limits import Limits  # noqa: E402
from sandbox.session import open_model  # noqa: E402
from sandbox.warm import WarmParent  # noqa: E402
from testbench.run import Asked, run_tests  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "testbench.md"
OTHERS = ("deepchecks", "explainerdashboard")
ROWS, STARTS, ROUNDS, CALLS, WARM_UP = 1_000, 7, 21, 60, 10
SIZES = (1, 100, 1_000)
TARGET_S, TARGET_RATIO, TARGET_START_MS, TARGET_FASTER = 15.0, 1.05, 300.0, 20.0


def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    rows = pd.DataFrame({f"number_{place}": generator.normal(size=ROWS) for place in range(8)})
    rows["region"], rows["kind"] = generator.choice(["a", "b", "c"], ROWS), generator.choice(["u", "v"], ROWS)
    chance = 1 / (1 + np.exp(-rows["number_0"] - (rows["region"] == "a")))
    return rows.assign(**{LABEL: (generator.random(ROWS) < chance).astype(int)})


def started(path: Path, rows: pd.DataFrame, warm: WarmParent | None) -> tuple[float, float]:
    """Milliseconds until the model is open, and until it has answered one row."""
    begun = time.perf_counter()
    with open_model(path, warm=warm) as session:
        opened = time.perf_counter()
        session.times(rows.iloc[:1], ask="predict_proba", size=1, calls=1, budget_s=60)
        return (opened - begun) * 1_000, (time.perf_counter() - begun) * 1_000


def starts(path: Path, rows: pd.DataFrame, warm: WarmParent) -> np.ndarray:
    """Medians of the rounds, in turns: shape (2, 2), open and answered by warm and cold."""
    started(path, rows, warm)
    rounds = [[started(path, rows, each) for each in (warm, None)] for _ in range(STARTS)]
    return np.median(rounds, axis=0).T


def outside(path: str, rows: pd.DataFrame, size: int) -> float:
    """As ``Session.times`` has it, in a process that nothing confines."""
    return _median(times(_opened(path).predict_proba, rows, size, CALLS, 60))


@cache
def _opened(path: str) -> Pipeline:
    return joblib.load(path)


def _median(nanoseconds: np.ndarray) -> float:
    """Milliseconds, warm-up apart."""
    return float(np.median(nanoseconds[WARM_UP:]) / 1e6)


def measured(path: Path, rows: pd.DataFrame) -> dict[int, np.ndarray]:
    """Milliseconds by rows at once, shape (rounds, 3): in the sandbox, outside, and outside again, which says what the
    machine alone makes of it. In turns, each begun by another one."""
    found: dict[int, list[list[float]]] = {size: [] for size in SIZES}
    with open_model(path, Limits(wall_s=600)) as session, get_context("spawn").Pool(1) as other:

        def ask(turn: int, size: int) -> float:
            if turn == 0:
                return _median(session.times(rows, ask="predict_proba", size=size, calls=CALLS, budget_s=60))
            return other.apply(outside, (str(path), rows, size))

        for size in SIZES:
            for turn in range(2):
                ask(turn, size)
        for number in range(ROUNDS):
            for size in SIZES:
                turns = [(number + place) % 3 for place in range(3)]
                took = {turn: ask(turn, size) for turn in turns}
                found[size].append([took[turn] for turn in range(3)])
    return {size: np.array(rounds) for size, rounds in found.items()}


def ratios(rounds: np.ndarray) -> tuple[Interval, Interval]:
    """Of the sandbox to outside, and of outside to itself: medians over the rounds, with their intervals."""
    sandbox, here, again = rounds.T
    return _of_median(sandbox / np.sqrt(here * again)), _of_median(here / again)


def _of_median(values: np.ndarray) -> Interval:
    (found,) = of_quantiles(values, [0.5])
    return found


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
    features = rows.drop(columns=LABEL)
    with tempfile.TemporaryDirectory() as folder, WarmParent() as warm:
        path, sample = Path(folder) / "model.joblib", Path(folder) / "rows.csv"
        joblib.dump(trained(rows), path)
        rows.to_csv(sample, index=False)
        small = Path(folder) / "small.joblib"
        numbers = features.select_dtypes("number")
        joblib.dump(LogisticRegression().fit(numbers, rows[LABEL]), small)
        begun = {
            "a logistic regression": starts(small, numbers, warm),
            "gradient boosting": starts(path, features, warm),
        }
        timed = measured(path, features)
        asked = Asked(path, path.name, rows, LABEL)
        tests = whole(asked, None), whole(asked, warm)
        others = [other(name, python, sample) for name, python in pythons.items() if python]
    lines = _lines(begun, timed, tests, others)
    print("\n".join(lines))
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    is_true = all(1 / TARGET_RATIO <= ratios(rounds)[0].value <= TARGET_RATIO for rounds in timed.values())
    opened = begun["a logistic regression"][0]  # whose own loading takes next to nothing
    starts_fast = begun["gradient boosting"][1, 0] <= TARGET_START_MS and opened[1] / opened[0] >= TARGET_FASTER
    is_fast = starts_fast and tests[0][0] <= TARGET_S
    return int(not (is_true and is_fast))


def _lines(
    begun: dict[str, np.ndarray],
    timed: dict[int, np.ndarray],
    tests: tuple[tuple[float, dict[str, float]], tuple[float, dict[str, float]]],
    others: list[str],
) -> list[str]:
    (cold, _), (forked, checks) = tests
    return [
        "# What a test of a model costs",
        "",
        f"`python benchmarks/testbench.py`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. Gradient boosting behind a one-hot encoder, {ROWS:,} rows of ten columns.",
        "",
        "| Milliseconds until | from a warm parent | cold: a new Python that imports its libraries | times |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} {what} | {took[0]:.0f} | {took[1]:,.0f} | {took[1] / took[0]:.0f} |"
            for name, both in begun.items()
            for what, took in zip(("is open", "has answered one row"), both, strict=True)
        ),
        "",
        "To load the trees of gradient boosting takes as long in any process; the first answer of a fork copies memory",
        "that it shares.",
        "",
        f"The median of {CALLS - WARM_UP} calls, {ROUNDS} times in turns: in the sandbox by the model's own clock,",
        "in a process without one, and in that again. A ratio is the median over the turns, with its 95 % interval.",
        "",
        "| Rows at once | ms in the sandbox | ms outside | sandbox / outside | outside / outside |",
        "|---:|---:|---:|---:|---:|",
        *(_row(size, rounds) for size, rounds in timed.items()),
        "",
        "| The default test | seconds |",
        "|---|---:|",
        f"| as the command does it, which imports its libraries first | {cold:.1f} |",
        f"| as page and API do it, whose worker has them | {forked:.1f} |",
        *(f"| of that, {check} | {seconds:.1f} |" for check, seconds in checks.items()),
        *others,
        "",
        "The others do fewer things, and none of them in a sandbox: Deepchecks' suite computes scores and weak",
        "segments, explainerdashboard SHAP values and scores.",
    ]


def _row(size: int, rounds: np.ndarray) -> str:
    there, here, _ = np.median(rounds, axis=0)
    told = (f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" for ratio in ratios(rounds))
    return f"| {size:,} | {there:.2f} | {here:.2f} | {' | '.join(told)} |"


if __name__ == "__main__":
    sys.exit(main())
