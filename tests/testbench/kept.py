"""Kept tests for the tests of pages, API and store: written as the bench writes them, of findings made up here."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from mlflow_io.writing.model_tests import store
from sandbox.description import Description
from testbench.charts.figures import FIGURES
from testbench.files.report import FileReport
from testbench.findings import Finding, Measure, State, Table
from testbench.given import NOTHING, Given
from testbench.output.stored import to_store
from testbench.policy.policy import parsed
from testbench.policy.verdict import judge
from testbench.run import Settings, TestReport
from testbench.schema.detect import from_sample
from tests.world import World

ROWS = pd.DataFrame({"age": [31.0, 45.5, None, 60.0], "region": ["=1+1", "south", "south", "north"]})
LATENCY = Table("Latency", ("Rows at once", "p50 (ms)"), ((1, 0.5), (10, 0.7)))


def a_report(name: str = "m.joblib", auc: float = 0.8, spread: float = 0.02, **more: object) -> TestReport:
    measures = (
        Measure("auc", auc, auc - spread, auc + spread, rows=400),
        Measure("latency_p95_ms", 2.0, 1.9, 2.1, "ms", 500),
        Measure("breaks", 3.0),
    )
    odd = Table("Odd cells", ("Feature", "Case"), (("=cmd()", "a|b<script>"),))
    plain = TestReport(
        name=name,
        file=FileReport(name, "joblib", "a model saved by joblib", None, True, 1_000, "ab" * 32),
        model=Description(
            "LogisticRegression", "sklearn.linear_model.LogisticRegression", "scikit-learn", {"scikit-learn": "1.7.2"},
            {}, ("age", "region"), 2, (0, 1), 2, "classifier", None,
        ),
        schema=from_sample(ROWS),
        settings=Settings(rows=4, seed=7),
        rows=len(ROWS),
        synthetic=True,
        findings=(
            Finding("works", State.DONE, "The model answers 4 rows.", tables=(LATENCY,)),
            Finding("quality", State.DONE, "It is good.", measures, (odd,), ("A note.",), 0.5),
        ),
        seconds=1.5,
        data=ROWS,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def keep(world: World, report: TestReport, policy: str | None = None, given: Given = NOTHING) -> str:
    """The id of its run."""
    world.experiment("model_tests")  # beside the world, and not wherever this process runs
    verdict = judge(parsed(policy), report.measures, {}) if policy is not None else None
    return store(world.client, world.uri, to_store(report, verdict, replace(given, policy=policy)), None)


def files_of(world: World, run_id: str) -> Path:
    """Where its artifacts lie."""
    return world.artifacts / "model_tests" / run_id / "artifacts"


__all__ = ["FIGURES", "ROWS", "a_report", "files_of", "keep"]
