"""What gate records tell of the models that were in production."""

from collections.abc import Iterable, Iterator

from lifecycle.gate import GatePolicy, settle
from lifecycle.records import GateRecord


def deployments(gates: Iterable[GateRecord], policy: GatePolicy) -> Iterator[GateRecord]:
    """Of batches after Batch 0, those that deployed a model, or may have: what they decided is not known."""
    for gate in gates:
        decision = settle(gate, policy).decision
        if gate.batch > 0 and (decision is None or decision.deployed):
            yield gate


def captured_after(baseline: GateRecord, deployed: Iterable[GateRecord]) -> int | None:
    """The first batch that had deployed a model before the baseline's was scored; None where it is the initial one.

    What the run says counts: which batches its model had learned from, or what it was captured after. A run that says
    neither is judged by its model's run and, last, by when it started.
    """
    if baseline.captured_after is not None or baseline.trained_until is not None:
        return baseline.captured_after or baseline.trained_until or None
    model = baseline.production_run_id or baseline.training_run_id
    for gate in deployed:
        if model is not None and gate.training_run_id == model:
            return gate.batch
        if _is_older(gate, baseline):
            return None if model is not None and gate.production_run_id == model else gate.batch
    return None


def scored_late(gate: GateRecord, deployed: Iterable[GateRecord]) -> int | None:
    """A later batch that had deployed a model when this one was scored, by a run that does not say by which version."""
    if gate.production_version is not None or gate.production_run_id is not None:
        return None
    return next((later.batch for later in deployed if later.batch > gate.batch and _is_older(later, gate)), None)


def seen_by(gate: GateRecord, deployed: Iterable[GateRecord]) -> int | None:
    """The last batch that the production model had learned from, where this one is among them; else None."""
    if gate.batch == 0:
        return None
    if gate.trained_until is not None:
        return gate.trained_until if gate.trained_until >= gate.batch else None
    if gate.production_run_id is None:
        return None
    known = (one.batch for one in deployed if one.training_run_id == gate.production_run_id)
    return next((batch for batch in known if batch >= gate.batch), None)


def _is_older(one: GateRecord, other: GateRecord) -> bool:
    return one.run is not None and other.run is not None and one.run.start_time < other.run.start_time
