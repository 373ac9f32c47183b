"""A six-batch experiment made from records, as a store would give them: every outcome the report knows, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from drift.policy import DriftPolicy
from drift.result import ColumnDrift
from lifecycle.experiment import DataSpec, Experiment, MlflowNames
from lifecycle.gate import GatePolicy
from lifecycle.records import Attempts, BatchRecord, DriftRecord, GateRecord, History, ProductionModel, RunRef
from metrics.roc import RocCurve
from metrics.scores import Scores
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.story.story import Story, tell
from tests.scored import four

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COLUMNS = 11

EXPERIMENT = Experiment(
    key="crash_triage",
    title="Crash triage: does a model of 1997 still hold in 2002?",
    description="A model tells whether a front-seat occupant is severely hurt. Every later year arrives as one batch.",
    names=MlflowNames(drift_experiment="Crash_Drift", gate_experiment="Crash_Training", model="CrashTriage"),
    data=DataSpec(
        path=None,
        features_file=None,
        target="severe",
        batch="batch",
        group="vehicle",
        numerical=("ageOFocc", "yearVeh", "vehage"),
        categorical=("dvcat", "airbag", "seatbelt", "frontal", "sex", "abcat", "occRole", "deploy"),
    ),
    drift=DriftPolicy(),
    gate=GatePolicy(),
)


def run(name: str, *, status: str = "FINISHED", minutes: int = 0, experiment_id: str = "1") -> RunRef:
    """A run with a readable id; ``minutes`` after the experiment's start."""
    start = START + timedelta(minutes=minutes)
    return RunRef(name, experiment_id, status, start, start + timedelta(seconds=40) if status == "FINISHED" else None)


def drift(batch: int, drifted: int = 0, *, threshold: float | None = 0.3, total: int = COLUMNS) -> DriftRecord:
    return DriftRecord(
        batch=batch,
        share=drifted / total,
        threshold=threshold,
        drifted_columns=drifted,
        total_columns=total,
        reference_data="initial_train",
        new_data=f"batch_{batch}",
        run=run(f"drift{batch}", minutes=10 * batch),
    )


def gate(
    batch: int, production: Scores, candidate: Scores | None = None, *, decision: str | None, rows: int | None = 1_235
) -> GateRecord:
    """As stored: without a candidate of its own, the run repeats production's scores in its place."""
    return GateRecord(
        batch=batch,
        production=production,
        candidate=candidate or production,
        decision=decision,
        test_set=f"batch_{batch}_test",
        test_rows=rows,
        model_type="XGBoost",
        training_run_id=f"train{batch}" if candidate is not None else None,
        production_only=candidate is None and batch > 0,
        run=run(f"gate{batch}", minutes=10 * batch + 5, experiment_id="2"),
    )


def record(found: DriftRecord | None, judged: GateRecord | None) -> BatchRecord:
    """A batch whose runs all finished at the first attempt."""
    batch = found.batch if found is not None else judged.batch if judged is not None else 0
    return BatchRecord(batch, found, judged, Attempts(int(found is not None)), Attempts(int(judged is not None)))


def six_batches() -> History:
    """Baseline, two quiet batches, one deployed, one refreshed (decision inferred, newer attempt failed), one held."""
    refreshed = record(
        drift(4, 5), gate(4, four(0.736, 0.481, 0.468, 0.495), four(0.729, 0.476, 0.452, 0.503), decision=None)
    )
    retried = Attempts(3, (run("gate4retry", status="FAILED", minutes=60, experiment_id="2"),))
    return History(
        batches=(
            record(drift(0), gate(0, four(0.779, 0.535, 0.512, 0.560), decision="BASELINE", rows=1_540)),
            record(drift(1, 1), gate(1, four(0.768, 0.522, 0.503, 0.543), decision="SKIP_NO_DRIFT", rows=1_312)),
            record(drift(2, 2), gate(2, four(0.751, 0.507, 0.489, 0.526), decision="SKIP_NO_DRIFT", rows=1_288)),
            record(
                drift(3, 4),
                gate(3, four(0.729, 0.466, 0.471, 0.461), four(0.742, 0.487, 0.466, 0.510), decision="DEPLOY"),
            ),
            replace(refreshed, gate_attempts=retried),
            record(
                drift(5, 6),
                gate(5, four(0.744, 0.490, 0.463, 0.520), four(0.716, 0.459, 0.441, 0.479), decision="SKIP"),
            ),
        )
    )


MODEL = ProductionModel("CrashTriage", "3", "production", None, "train4")


def six_batch_story() -> Story:
    return tell(six_batches(), MODEL, EXPERIMENT)


def roc_curve(auc: float, points: int = 60) -> RocCurve:
    """A smooth curve with about that area: tpr = fpr ** (1/auc - 1)."""
    fpr = tuple(place / (points - 1) for place in range(points))
    return RocCurve(fpr, tuple(rate ** (1 / auc - 1) for rate in fpr), (), auc)


def column_drifts(drifted: int = 4) -> tuple[ColumnDrift, ...]:
    names = (*EXPERIMENT.data.numerical, *EXPERIMENT.data.categorical)
    return tuple(
        ColumnDrift(
            column=name,
            kind="numerical" if name in EXPERIMENT.data.numerical else "categorical",
            method="Wasserstein distance (normed)" if name in EXPERIMENT.data.numerical else "Jensen-Shannon distance",
            statistic=round((0.31 if place < drifted else 0.08) - 0.007 * place, 4),
            threshold=0.1,
            drifted=place < drifted,
            note="2 new categories: 'unknown', 'other'" if name == "dvcat" else "",
        )
        for place, name in enumerate(names)
    )


def six_batch_evidence() -> Evidence:
    """Everything stored and in accord with the records, except batch 2's column tests."""
    gates = {f"gate{record.batch}": record.gate for record in six_batches().batches if record.gate is not None}
    drifts = {f"drift{record.batch}": record.drift for record in six_batches().batches if record.drift is not None}

    def roc(run_id: str, candidate: bool) -> RocEvidence:
        judged = gates[run_id]
        new = judged.candidate if candidate else None
        return RocEvidence(
            roc_curve(judged.production.get("auc") or 0.5), roc_curve(new.get("auc") or 0.5) if new else None
        )

    def columns(run_id: str) -> ColumnEvidence:
        if run_id == "drift2":
            return ColumnEvidence((), ("This run has no drift/columns.json",))
        return ColumnEvidence(column_drifts(drifts[run_id].drifted_columns or 0))

    return Evidence(roc=roc, columns=columns)
