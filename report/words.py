"""What the report says about a batch, in words. Plain text: every face escapes it in its own way."""

from dataclasses import dataclass

from lifecycle.gate import Decision, Verdict
from lifecycle.records import DriftRecord, GateRecord, RunRef
from metrics.scores import Scores, change
from report import formats


@dataclass(frozen=True)
class Mark:
    """How an outcome is drawn. kind: a word for class names; tone: blue, green, red, orange or gray."""

    kind: str
    symbol: str
    tone: str
    badge: str


def mark(decision: Decision | None, drift: DriftRecord | None) -> Mark:
    because = "Drift → retrained" if drift is None or drift.detected is not False else "Retrained without drift"
    match decision:
        case Decision.BASELINE:
            return Mark("baseline", "●", "blue", "Baseline")
        case Decision.SKIP_NO_DRIFT if drift is None or not drift.detected:
            return Mark("quiet", "○", "green", "No drift")
        case Decision.SKIP_NO_DRIFT:
            return Mark("untrained", "◇", "gray", "Drift, not retrained")
        case Decision.DEPLOY:
            return Mark("deployed", "▲", "red", f"{because} → deployed")
        case Decision.DEPLOY_REFRESH:
            return Mark("refreshed", "△", "orange", f"{because} → refreshed")
        case Decision.SKIP:
            return Mark("held", "■", "orange", f"{because} → not deployed")
    if drift is None or drift.detected is None:
        return Mark("open", "◇", "gray", "No decision")
    return Mark("open", "◇", "gray", "Drift, no decision" if drift.detected else "No drift, no decision")


def sentence(batch: int, verdict: Verdict, drift: DriftRecord | None, gate: GateRecord | None) -> str:
    """What happened in this batch and, where today's gate would have decided the same, why."""
    return " ".join(part for part in (_drift_part(batch, drift), _gate_part(verdict, gate)) if part)


def drift_line(drift: DriftRecord | None) -> str:
    """The drift in numbers, or why there are none."""
    if drift is None:
        return "No drift check"
    if drift.batch == 0:
        return "The reference: drift is measured against the training data of this batch"
    columns = (
        f" · {drift.drifted_columns} of {formats.counted(drift.total_columns, 'column')}"
        if drift.drifted_columns is not None and drift.total_columns is not None
        else ""
    )
    side = {True: "reaches", False: "stays below", None: "cannot be compared with"}[drift.detected]
    return (
        f"Drift share {formats.share(drift.share)}{columns} · {side} the threshold {formats.threshold(drift.threshold)}"
    )


def _drift_part(batch: int, drift: DriftRecord | None) -> str:
    if batch == 0:
        return "The initial model was trained on the initial dataset."
    if drift is None or drift.share is None:
        return ""
    columns = ""
    if drift.drifted_columns is not None and drift.total_columns is not None:
        columns = f": {drift.drifted_columns} of {formats.counted(drift.total_columns, 'column')}"
    if drift.detected:
        return f"Drift reached {formats.share(drift.share)}{columns}."
    limit = formats.threshold(drift.threshold)
    return f"Drift stayed at {formats.share(drift.share)}{columns}, below the threshold of {limit}."


def _gate_part(verdict: Verdict, gate: GateRecord | None) -> str:
    if gate is None:
        return "No quality gate has finished for this batch."
    rows = f"{gate.test_rows:,} test rows" if gate.test_rows is not None else "test rows"
    auc = formats.score(gate.production.auc)
    decision = verdict.decision
    match decision:
        case Decision.BASELINE:
            return f"On {rows} it had never seen, it reaches an AUC of {auc}: this is where the experiment starts."
        case Decision.SKIP_NO_DRIFT:
            return f"No model was trained; the production model reaches an AUC of {auc} on this batch's {rows}."
        case None:
            return "Whether a model was deployed cannot be told: the run stored neither a decision nor scores."
    return f"A new model was trained; on the same {rows} {_compared(decision, gate, verdict.explained)}"


def _compared(decision: Decision, gate: GateRecord, explained: bool) -> str:
    gain = change(gate.candidate.auc if gate.candidate else None, gate.production.auc)
    outcome = {
        Decision.DEPLOY: "so it was deployed",
        Decision.DEPLOY_REFRESH: "little enough for a refresh on newer data, so it was deployed",
        Decision.SKIP: "more than the gate allows, so it was not deployed",
    }
    if gain is None:
        return {True: "it was compared and deployed.", False: "it was compared and not deployed."}[decision.deployed]
    if formats.change(gain) == "0":
        return f"its AUC is the same, {'so it was deployed' if decision.deployed else 'and it was not deployed'}."
    tail = (
        outcome[decision] if explained else ("and it was deployed" if decision.deployed else "and it was not deployed")
    )
    return f"its AUC is {formats.distance(gain)} {'higher' if gain > 0 else 'lower'}, {tail}."


def newer_attempt(run: RunRef) -> str:
    """As the JSON has it."""
    verb = {"RUNNING": "is still RUNNING", "SCHEDULED": "is SCHEDULED", "KILLED": "was KILLED"}.get(
        run.status, run.status
    )
    return f"a newer run (started {formats.moment(run.start_time)}) {verb}; this is the latest finished one"


def metric_label(name: str) -> str:
    return {"auc": "AUC", "f1": "F1", "precision": "Precision", "recall": "Recall"}[name]


def scores(values: Scores) -> tuple[str, ...]:
    return tuple(formats.score(value) for value in values.values())


TABLE_GROUPS = ((" ", 4), ("Production model", 4), ("New model", 4))
TABLE_COLUMNS = (
    *("Batch", "Drift share", "Retrained?", "Decision"),
    *("AUC", "F1", "Precision", "Recall"),
    *("AUC", "F1", "Precision", "Recall"),
)

CAVEAT = (
    "The two AUCs are measured on different test sets, each batch's own, so their difference mixes how the model "
    "changed with how hard the batch is. What retraining brought is the comparison on the same rows, batch by batch."
)
