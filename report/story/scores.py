"""The scores of a batch as the table of all numbers shows them, and what is to be said beside them."""

from metrics.kinds import Score
from metrics.scores import Scores

Shown = tuple[Score, ...]
"""The scores in the table: none where no batch was gated."""

CAPTION = "Drift, decision and scores of every batch"
TREND_NOTE = "Each batch has test rows of its own; only the two models of one batch are scored on the same ones."
ROUNDING = "Differences are taken before rounding."
NO_DRIFT_CHART = "There is no chart: no drift share of this history is known."
_FIRST = ("Batch", "Drift share", "Retrained?", "Decision")


def groups(shown: Shown) -> tuple[tuple[str, int], ...]:
    """(heading over some columns, how many they are)"""
    models = ("Production model", "New model") if shown else ()
    return ((" ", len(_FIRST)), *((model, len(shown)) for model in models))


def columns(shown: Shown) -> tuple[str, ...]:
    labels = tuple(score.label for score in shown)
    return (*_FIRST, *labels, *labels)


def full_columns(shown: Shown) -> tuple[str, ...]:
    """With the heading over each: "Production model AUC"."""
    over = [name for name, width in groups(shown) for _ in range(width)]
    return tuple(f"{group} {name}".strip() for group, name in zip(over, columns(shown), strict=True))


def cells(values: Scores, shown: Shown) -> tuple[str, ...]:
    return tuple(score.text(values.get(score.name)) for score in shown)


def trend_heading(score: Score) -> str:
    return f"{score.label} over the batches{_aside(score)}"


def with_direction(score: Score) -> str:
    """As an axis says it, where a reader would take a rise for a gain."""
    return f"{score.label}{_aside(score)}"


def _aside(score: Score) -> str:
    return "" if score.higher_is_better else " (lower is better)"


def no_trend(score: Score) -> str:
    return f"There is no chart: no {score.word} of this history is known."


def lower_is_better(score: Score) -> str:
    """Said where a reader would take a rise for a gain."""
    return "" if score.higher_is_better else ", where lower is better"


def caveat(score: Score) -> str:
    return (
        f"Every batch has a test set of its own, so the difference in {score.word} between two batches mixes how the "
        "model changed with how hard the batch is. What retraining brought is the comparison on the same rows, batch "
        "by batch."
    )
