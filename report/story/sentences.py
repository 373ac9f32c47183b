"""What the report says about a batch, in words. Plain text: every face escapes it in its own way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from batch_zero import formats
from batch_zero.text import capitalized, shortened
from lifecycle.gate import Decision, GatePolicy, Verdict, scored_anew, was_trained
from lifecycle.records import DriftRecord, GateRecord, Impossible, RunRef, UnreadableRun, Valid
from metrics.kinds import Score
from metrics.scores import Scores

DRIFT_RUN, GATE_RUN, BOTH = "drift run", "quality gate run", "drift and quality gate run"
RUN_OF: Mapping[str, str] = {"drift": DRIFT_RUN, "gate": GATE_RUN}
"""The one name of each kind of runs, and of a run of both."""

ROUNDED = 0.005 + 1e-9
IMPOSSIBLE = {
    Valid.SHARE: ("no share from 0 to 1", "no shares from 0 to 1"),
    Valid.THRESHOLD: ("no share above 0 and up to 1", "no shares above 0 and up to 1"),
    Valid.SCORE: ("no score", "no scores"),
    Valid.COUNT: ("no whole number from 0 on", "no whole numbers from 0 on"),
    Valid.PART: ("no part of a whole", "no parts of a whole"),
    Valid.SPAN: ("no span of batches, such as 0-3", "no spans of batches, such as 0-3"),
}
"""What one value is that had to be of the sort, and what several are."""

FIRST = "Batch 0 comes first and is not judged for drift"
NO_DRIFT_RUN = "No drift run has finished for this batch"
NO_GATE = "No quality gate run has finished for this batch."
UNREADABLE_GATE = "The quality gate run of this batch cannot be read."
UNREADABLE_DRIFT = "The drift run of this batch cannot be read"


def baseline(gate: GateRecord | None, late: bool, score: Score, *, unreadable: bool = False) -> str:
    """What Batch 0 is. late: a later batch had deployed a model before this one was scored. unreadable: it has a run
    that cannot be read."""
    if gate is None and unreadable:
        return f"{UNREADABLE_GATE[:-1]}, so the baseline is not known."
    if gate is None:
        return f"{NO_GATE[:-1]}, so there is no baseline."
    if late:
        model = "the model in production at that time"
        return f"{_reached(gate, score, model, f'on {_rows(gate)}')}; it need not be the initial one."
    if gate.held_out and not gate.seen_rows:
        trained = "The initial model was trained on the initial dataset. "
        return f"{trained}{_reached(gate, score, 'it', f'on {_rows(gate)} it had never seen')}{_start(gate, score)}"
    model = "the initial model" if scored_the_initial(gate) else "the model in production"
    return f"{_reached(gate, score, model, f'on {_rows(gate)}')}{_start(gate, score)}"


def scored_the_initial(gate: GateRecord | None) -> bool:
    """The run of batch 0 says so."""
    return gate is not None and (gate.held_out or gate.captured_after == 0)


def sentence(
    verdict: Verdict,
    drift: DriftRecord | None,
    gate: GateRecord | None,
    policy: GatePolicy,
    *,
    unreadable: bool = False,
) -> str:
    """What happened in a later batch and, where it was this gate that decided and its ``policy`` still says the same,
    why. unreadable: there is a gate run, which cannot be read."""
    gated = UNREADABLE_GATE if gate is None and unreadable else _gate_part(verdict, gate, policy)
    return " ".join(part for part in (_drift_part(drift), gated) if part)


def drift_besides(batch: int, drift: DriftRecord | None, *, unreadable: bool = False) -> str:
    """What the sentence of a batch leaves to be said of its drift; empty where it says all. unreadable: there is a
    drift run, which cannot be read."""
    if drift is not None:
        return "" if batch > 0 and _drift_part(drift) else drift_line(drift)
    if unreadable:
        return UNREADABLE_DRIFT
    return NO_DRIFT_RUN if batch > 0 else FIRST


def drift_line(drift: DriftRecord) -> str:
    """The drift in numbers, or why there are none."""
    if drift.batch == 0:
        return f"{_share_of_the_first(drift)}{FIRST}"
    if drift.too_few_rows:
        return too_few_rows(drift).capitalize()
    share, columns = formats.share(drift.share, drift.threshold), _columns(drift, " · ")
    if drift.threshold is None:
        return f"Drift share {share}{columns} · the threshold is not known"
    side = {True: "reached", False: "stayed below", None: "cannot be compared with"}[drift.detected]
    return f"Drift share {share}{columns} · {side} the threshold {formats.threshold(drift.threshold)}"


def _share_of_the_first(drift: DriftRecord) -> str:
    """Empty where it is 0, as by definition."""
    return f"Drift share {formats.share(drift.share)}{_columns(drift, ' · ')} · " if drift.share else ""


def _columns(drift: DriftRecord, before: str) -> str:
    if drift.drifted_columns is None or drift.total_columns is None:
        return ""
    return f"{before}{drift.drifted_columns} of {formats.counted(drift.total_columns, 'column')}"


def too_few_rows(drift: DriftRecord) -> str:
    return f"too few rows to tell drift by: {_rows_there(drift)}"


def _rows_there(drift: DriftRecord) -> str:
    """12 in the batch, at least 30 were wanted"""
    sides = ((drift.reference_rows, "reference"), (drift.new_rows, "batch"))
    valid = drift.min_rows
    few = [f"{rows:,} in the {side}" for rows, side in sides if rows is not None and (not valid or rows < valid)]
    words = [formats.listed(few)] if few else ["how many is not known"]
    return ", ".join([*words, *([f"at least {valid:,} were wanted"] if valid else [])])


def _drift_part(drift: DriftRecord | None) -> str:
    if drift is not None and drift.too_few_rows:
        return f"There were too few rows to tell drift by ({_rows_there(drift)})."
    if drift is None or drift.detected is None:
        return ""
    words = f"{formats.share(drift.share, drift.threshold)}{_columns(drift, ': ')}"
    reached, side = ("reached", "with a") if drift.detected else ("stayed at", "below the")
    return f"Drift {reached} {words}, {side} threshold of {formats.threshold(drift.threshold)}."


def _gate_part(verdict: Verdict, gate: GateRecord | None, policy: GatePolicy) -> str:
    if gate is None:
        return NO_GATE
    decision = verdict.decision
    if decision is None:
        return _undecided(gate, policy.score)
    if not decision.trained and not scored_all_the_same(decision, gate):
        return f"No model was trained; the production model {_quietly(gate, policy.score)}."
    if _gain(gate, policy.score) is None:
        how = f"How its {policy.score.word} compares with production's on the same rows is not known."
        return f"A new model was trained and {_deployed(decision)}. {how}"
    because = decision.trained and verdict.explained and (verdict.inferred or gate.is_ours)
    return f"A new model was trained; on the same {_rows(gate)} {_compared(decision, gate, policy, because=because)}."


def _rows(gate: GateRecord) -> str:
    rows = f"{gate.test_rows:,} test rows" if gate.test_rows is not None else "test rows"
    return f"{rows} ({gate.seen_rows:,} of them seen in training)" if gate.seen_rows else rows


def _reached(gate: GateRecord, score: Score, model: str, where: str) -> str:
    """On 900 test rows, the production model reached an AUC of 0.7"""
    value = gate.production.get(score.name)
    if value is None:
        return capitalized(f"{model} was scored {where}; its {score.word} is not known")
    return capitalized(f"{where}, {model} reached {score.with_article} of {score.text(value)}")


def _quietly(gate: GateRecord, score: Score) -> str:
    value, rows = gate.production.get(score.name), f"on this batch's {_rows(gate)}"
    if value is None:
        return f"was scored {rows}, and its {score.word} is not known"
    return f"reached {score.with_article} of {score.text(value)} {rows}"


def _start(gate: GateRecord, score: Score) -> str:
    return "." if gate.production.get(score.name) is None else ": this is where the experiment starts."


def _undecided(gate: GateRecord, score: Score) -> str:
    if gate.odd_decision is None and gate.unread:
        return "Whether a model was deployed cannot be told: something that the run stored cannot be read."
    if gate.odd_decision is None:
        return f"Whether a model was deployed cannot be told: the run stored no decision and {_lacking(gate, score)}."
    known, score = _gain(gate, score) if was_trained(gate) else None, _beside(gate, score)
    begun = (
        f"A new model was trained; on the same {_rows(gate)} its {score.word} is {_difference(known, score)}. "
        if known is not None
        else ""
    )
    lacking = "" if known is not None or not was_trained(gate) else f" and {_lacking(gate, score)}"
    stored = "a decision in other words than ours" if gate.odd_decision else "a decision that is blank"
    return f"{begun}Whether a model was deployed cannot be told: the run stored {stored}{lacking}."


def _lacking(gate: GateRecord, score: Score) -> str:
    production, candidate = gate.production, gate.candidate or Scores()
    if gate.impossible_scores:
        return "scores that are none"
    if not production.known and not candidate.known:
        return "no scores"
    neither = score.name not in production and score.name not in candidate
    return f"{'neither' if neither else 'only one'} of the two models' {score.word}"


def _gain(gate: GateRecord, score: Score) -> float | None:
    return score.gain((gate.candidate or Scores()).get(score.name), gate.production.get(score.name))


def _beside(gate: GateRecord, score: Score) -> Score:
    return score.beside(gate.production.get(score.name))


def _difference(gain: float, score: Score, limits: Iterable[float] = ()) -> str:
    """0.009 higher: of an error, a gain is lower."""
    if gain == 0:
        return "the same"
    size = formats.distance(gain, limits, score.decimals)
    return f"{size} {'higher' if (gain > 0) == score.higher_is_better else 'lower'}"


def _compared(decision: Decision, gate: GateRecord, policy: GatePolicy, *, because: bool) -> str:
    """because: the difference is the reason for the decision. Both models' score is known."""
    score, gain = _beside(gate, policy.score), _gain(gate, policy.score)
    assert gain is not None
    if not because:
        return f"its {score.word} is {_difference(gain, score)}, and it was {_deployed(decision)}"
    words = _difference(gain, score, policy.limits)
    return f"its {score.word} is {words}, {_reason(decision, gain)}so it was {_deployed(decision)}"


def _deployed(decision: Decision) -> str:
    return "deployed" if decision.deployed else "not deployed"


def _reason(decision: Decision, gain: float) -> str:
    """Why the gate decided so, where the difference alone does not say it."""
    if decision is Decision.SKIP:
        return "more than the gate allows, "
    if decision is Decision.DEPLOY:
        return "little enough for the gate, " if gain < 0 else ""
    if gain < 0:
        return "little enough for a refresh, "
    return f"{'too little for an improvement but ' if gain > 0 else ''}enough for a refresh, "


def unfinished(kind: str, run: RunRef, newer: bool) -> str:
    """newer: than a finished run of its kind; else there is none."""
    verb = {"RUNNING": "is still RUNNING", "SCHEDULED": "is SCHEDULED", "KILLED": "was KILLED"}.get(
        run.status, run.status
    )
    words = f"{kind} (started {formats.moment(run.start_time)}) {verb}"
    return f"a newer {words}; this is the latest finished one" if newer else f"a {words}"


def unreadable(kind: str, run: UnreadableRun, *, in_place: bool) -> str:
    """in_place: there is none of its kind that can be read."""
    words = f"run {shortened(run.run_id)} cannot be read ({shortened(run.problem, 200)})"
    if in_place:
        return f"the {kind} of this batch is not known: {words}"
    return f"{words}; it may be a newer {kind} than the one that is shown"


def unread(kind: str, keys: Sequence[str]) -> str:
    return f"of the {kind}, {formats.sample([shortened(key) for key in keys])} cannot be read"


def late_baseline(batch: int) -> str:
    return f"the baseline was captured after batch {batch} had deployed a model: it tells of the model at that time"


def late_gate(batch: int) -> str:
    return (
        f"this batch was scored after batch {batch} had deployed a model, and the run does not say by which version: "
        f"it may be one that has learned from this batch"
    )


def seen(gate: GateRecord | None, until: int) -> str:
    version = f" (version {gate.production_version})" if gate is not None and gate.production_version else ""
    name = shortened(version)
    return f"the production model that was scored{name} had learned from batches 0 to {until}, this one among them"


def seen_rows(gate: GateRecord) -> str:
    return (
        f"{gate.seen_rows:,} of {_all(gate)} test rows are of the part that models are trained on, or belong with rows "
        f"of it: no test of the model, which scores too well on them"
    )


def _all(gate: GateRecord) -> str:
    return f"the {gate.test_rows:,}" if gate.test_rows is not None else "the"


INFERRED = "the run stored no decision; this one is worked out by today's gate"


def todays_threshold(threshold: float) -> str:
    """Of a drift run that stored none."""
    return f"the drift run stored no threshold; today's, {formats.threshold(threshold)}, is used"


def decision_notice(gate: GateRecord, decision: Decision | None) -> str:
    """Of a run whose decision is worked out, or is stored in words that are none of ours."""
    if gate.odd_decision is None:
        return INFERRED
    stored = f"the run stored {_other_words(gate.odd_decision)}"
    return stored if decision is Decision.BASELINE else f"{stored}: what was decided is not known"


def _other_words(odd: str) -> str:
    return f"the decision “{shortened(odd)}”, which is none of ours" if odd else "a decision that is blank"


def quoted_decision(gate: GateRecord | None) -> str:
    """As the run stored it, where it is none of ours; else empty."""
    return f"“{shortened(gate.odd_decision)}”" if gate is not None and gate.odd_decision is not None else ""


def miscounted(drift: DriftRecord) -> Iterator[str]:
    """Where the stored share is not that of the stored counts. It may have been rounded to two decimals; that of batch
    0, which drift is measured against, is 0 by definition."""
    share, drifted, total = drift.share, drift.drifted_columns, drift.total_columns
    if share is None or drifted is None or total is None or (drift.batch == 0 and share == 0):
        return
    if total < 1 or abs(share - drifted / total) > ROUNDED:
        yield (
            f"the run stored the drift share {formats.share(share, drift.threshold)}, but its counts say "
            f"{drifted:,} of {formats.counted(total, 'column')}; the share decides"
        )


def impossible(values: Iterable[Impossible], run: str, aside: str = "") -> Iterator[str]:
    """What a run stored and cannot be, quoted: one sentence for all values that had to be the same. run: what sort of
    run it is. aside: what else may be known in the place of a share."""
    groups: dict[tuple[Valid, str], list[str]] = {}
    for value in values:
        groups.setdefault((value.valid, value.span), []).append(f"{value.key} “{shortened(value.stored)}”")
    for (valid, span), words in groups.items():
        one, many = (f"{what} {span}".rstrip() for what in IMPOSSIBLE[valid])
        be = f"which is {one}: it is" if len(words) == 1 else f"which are {many}: they are"
        hint = aside if valid is Valid.SHARE else ""
        yield f"the {run} stored {formats.listed(words)}, {be} not known{hint}"


def by_counts(drift: DriftRecord) -> str:
    """What the stored counts would make of the share: " (its counts, 2 of 10 columns, would make it 0.20)"."""
    if drift.drifted_columns is None or not drift.total_columns:
        return ""
    share = formats.share(drift.drifted_columns / drift.total_columns, drift.threshold)
    return f" (its counts, {drift.drifted_columns} of {formats.counted(drift.total_columns, 'column')}, give {share})"


def scored_all_the_same(decision: Decision, gate: GateRecord) -> bool:
    """A new model was trained and scored in a later batch, although the stored decision knows of none."""
    return decision is Decision.SKIP_NO_DRIFT and not gate.production_only and scored_anew(gate)


def contradictions(verdict: Verdict, gate: GateRecord) -> Iterator[str]:
    """What does not fit with a decision that is stored, which stands, or with the run's word that none was trained."""
    decision = verdict.decision
    if decision is None:
        return
    if decision.trained and gate.production_only:
        yield f"the run stored {decision}, but says as well that no model was trained"
    elif not decision.trained and was_trained(gate):
        does = "scores" if scored_all_the_same(decision, gate) else "names"
        yield f"the run stored {decision}, but it {does} a new model as well"
    elif not decision.trained and scored_anew(gate):
        yield "the run says that no model was trained, but it stored scores of a new model as well; they are not shown"
    if verdict.reversed_today:
        outcome = "not have deployed" if decision.deployed else "have deployed"
        yield f"the run stored {decision}; today's gate would {outcome} a model with these scores"


def drift_run(drift: DriftRecord | None) -> str:
    """Drift run (batch_3 against initial_train); of batch 0: Drift run (the reference is initial_train)"""
    return _with_details(DRIFT_RUN, _compared_data(drift))


def gate_run(gate: GateRecord | None) -> str:
    """Quality gate run (XGBoost on batch_3_test; production was version 1, the new model became version 2; the new
    model was trained on 8,345 rows)"""
    return _with_details(GATE_RUN, _scored_data(gate))


def run_of_both(drift: DriftRecord | None, gate: GateRecord | None) -> str:
    """Drift and quality gate run (batch_3 against initial_train; XGBoost on batch_3_test)"""
    return _with_details(BOTH, [*_compared_data(drift), *_scored_data(gate)])


def _with_details(kind: str, details: Iterable[str]) -> str:
    words = "; ".join(details)
    return f"{capitalized(kind)} ({words})" if words else capitalized(kind)


def _compared_data(drift: DriftRecord | None) -> Iterator[str]:
    if drift is None or drift.reference_data is None:
        return
    reference = shortened(drift.reference_data)
    if drift.batch == 0:
        yield f"the reference is {reference}"
    elif drift.new_data is not None:
        yield f"{shortened(drift.new_data)} against {reference}"


def _scored_data(gate: GateRecord | None) -> Iterator[str]:
    if gate is None or gate.test_set is None:
        return
    model = f"{shortened(gate.model_type)} on " if gate.model_type is not None else ""
    yield f"{model}{shortened(gate.test_set)}"
    known = {"production was": gate.production_version, "the new model became": gate.candidate_version}
    versions = [f"{who} version {shortened(one)}" for who, one in known.items() if one is not None]
    if versions:
        yield ", ".join(versions)
    if gate.training_rows is not None:
        yield f"the new model was trained on {gate.training_rows:,} rows"
