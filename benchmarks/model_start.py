"""How long it takes until a model answers: ``python benchmarks/model_start.py``.

The same small models, opened cold (a new Python that imports its libraries, confined) and warm (a fork of a parent that
has them), one after the other in each round of one run, so that both meet the same machine. Measured from
``open_model`` to the first answer, and to the end of a session that was asked once. Every answer is held against the
library's own.
"""

import argparse
import os
import pickle
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402  the path has to be set first
import pandas as pd  # noqa: E402
import psutil  # noqa: E402
import sklearn  # noqa: E402
import xgboost  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from sandbox.session import open_model  # noqa: E402
from sandbox.warm import WarmParent  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "model_start.md"
TARGET_MS = 300
ROWS = pd.DataFrame({"a": np.linspace(-1, 1, 200), "b": np.tile([0.0, 1.0], 100)})
Y = (ROWS["a"] > 0).astype(int)
MODELS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest of 100 trees": RandomForestClassifier(100, random_state=0),
    "XGBoost, 100 trees": xgboost.XGBClassifier(n_estimators=100),
}


@dataclass(frozen=True)
class Times:
    """Milliseconds. cpu: of the child until its first answer, in the kernel's ticks. again: of one more question
    to a child that has answered."""

    answer: float
    cpu: float
    again: float
    closed: float


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory() as folder, WarmParent() as warm:
        files = {
            name: _stored(model.fit(ROWS, Y), Path(folder) / f"{n}.pkl")
            for n, (name, model) in enumerate(MODELS.items())
        }
        found: dict[tuple[str, bool], list[Times]] = {(name, way): [] for name in files for way in (False, True)}
        for _ in range(asked.rounds):
            for (name, is_warm), times in found.items():
                times.append(_timed(files[name], MODELS[name], warm if is_warm else None))
    text = "\n".join(_written(found, asked.rounds)) + "\n"
    asked.out.write_text(text)
    print(text)


def _asked() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=10, metavar="N", help="of each model, cold and warm")
    arguments.add_argument("--out", type=Path, default=RESULT, metavar="FILE", help="default: below benchmarks/results")
    return arguments.parse_args()


def _stored(model: Any, file: Path) -> Path:
    file.write_bytes(pickle.dumps(model))
    return file


def _timed(file: Path, model: Any, warm: WarmParent | None) -> Times:
    begin = time.perf_counter()
    with open_model(file, warm=warm) as session:
        answer = session.predict_proba(ROWS)
        answered = time.perf_counter()
        cpu = _cpu_of(session._child.pid)
        begin_again = time.perf_counter()
        session.predict_proba(ROWS)
        again = time.perf_counter()
    closed = time.perf_counter()
    if not np.allclose(answer, model.predict_proba(ROWS)):
        sys.exit(f"{file}: another answer than the library's own")
    return Times((answered - begin) * 1_000, cpu, (again - begin_again) * 1_000, (closed - begin) * 1_000)


def _cpu_of(process: int) -> float:
    spent = psutil.Process(process).cpu_times()
    return (spent.user + spent.system) * 1_000


def _written(found: dict[tuple[str, bool], list[Times]], rounds: int) -> Iterable[str]:
    yield "# From a model file to its first answer\n"
    yield (
        f"`{' '.join(['python benchmarks/model_start.py', *sys.argv[1:]])}`, {datetime.now(UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.0f}; Python "
        f"{platform.python_version()}, scikit-learn {sklearn.__version__}, xgboost {xgboost.__version__}.\n"
    )
    yield (
        f"Milliseconds by the clock, {rounds} rounds, cold and warm in turn: the median, and in brackets the shortest "
        "and the longest. CPU: of the child until its first answer, the median. Cold: a new Python, confined, that "
        "imports its libraries. Warm: a fork of a parent that has them. 200 rows and 2 columns; every answer is the "
        "library's own.\n"
    )
    yield (
        "| model | cold, first answer | warm, first answer | cold / warm | cold, CPU | warm, CPU | "
        "warm, until nothing is left | one more question |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name in MODELS:
        cold, warm = found[name, False], found[name, True]
        ratio = _median(t.answer for t in cold) / _median(t.answer for t in warm)
        cells = (_span(t.answer for t in cold), _span(t.answer for t in warm), f"{ratio:.0f}×")
        cpu = (f"{_median(t.cpu for t in times):,.0f}" for times in (cold, warm))
        later = (_span(t.closed for t in warm), _span(t.again for t in warm))
        yield f"| {name} | {' | '.join((*cells, *cpu, *later))} |"
    slowest = max(_median(t.answer for t in found[name, True]) for name in MODELS)
    yield f"\nA warm start under {TARGET_MS} ms: {slowest:.0f} ms {'✓' if slowest < TARGET_MS else '✗'}"


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _span(values: Iterable[float]) -> str:
    found = sorted(values)
    return f"{statistics.median(found):,.0f} ({found[0]:,.0f}–{found[-1]:,.0f})"


if __name__ == "__main__":
    main()
