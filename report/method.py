"""How the experiment works, in words, with the numbers that were in force. Plain text, the same on every face."""

from drift.policy import DriftPolicy
from lifecycle.gate import GatePolicy
from report import formats
from report.story import Story


def paragraphs(story: Story) -> tuple[tuple[str, str], ...]:
    """(heading, text)"""
    return (
        ("Drift share", _drift_share(story.experiment.drift)),
        ("Drift threshold", _threshold(story)),
        ("Quality gate", _gate(story.experiment.gate)),
        ("Which runs are shown", _runs(story)),
        ("What this can and cannot show", _limits()),
    )


def in_force(story: Story) -> tuple[tuple[str, str], ...]:
    """The settings of today: (name, value)."""
    gate, names = story.experiment.gate, story.experiment.names
    return (
        ("Drift threshold", formats.threshold(story.drift_threshold)),
        ("Deploy from an AUC change of", formats.change(gate.min_auc_change)),
        ("Refresh down to an AUC change of", formats.change(-gate.max_auc_regression)),
        ("Registered model", names.model),
        ("Drift runs in", names.drift_experiment),
        ("Quality gate runs in", names.gate_experiment),
    )


def _drift_share(policy: DriftPolicy) -> str:
    return (
        "Each batch is the current data; the reference is the initial training set. Evidently compares the two "
        f"column by column: {_test('numerical', policy.numerical_method, policy.numerical_threshold)} and "
        f"{_test('categorical', policy.categorical_method, policy.categorical_threshold)}. A column whose test "
        "passes its limit has drifted. The drift share is the number of drifted columns divided by the number of "
        "columns that could be tested; each column's test, value and limit are kept with the run."
    )


def _test(kind: str, method: str | None, limit: float | None) -> str:
    if method is None:
        small, large = {
            "numerical": ("Kolmogorov-Smirnov test", "Wasserstein distance"),
            "categorical": ("chi-squared or z-test", "Jensen-Shannon distance"),
        }[kind]
        stated = f"the limit is {limit:g}" if limit is not None else "limits 0.05 and 0.1"
        return f"{kind} columns by {small} up to 1,000 reference rows and by {large} beyond ({stated})"
    return f"{kind} columns by {method}" + (f" (the limit is {limit:g})" if limit is not None else "")


def _threshold(story: Story) -> str:
    stored = {chapter.drift.threshold for chapter in story.chapters if chapter.batch > 0 and chapter.drift is not None}
    used = sorted(limit for limit in stored if limit is not None) or [story.drift_threshold]
    here = formats.listed([formats.threshold(limit) for limit in used])
    plural = "thresholds were" if len(used) > 1 else "threshold was"
    return (
        "A batch counts as drifted when its drift share reaches the drift threshold; the threshold itself "
        "counts. Every run stores the threshold that was in force, and its batch is always told by that one: "
        f"here the {plural} {here}. Today's is {formats.threshold(story.drift_threshold)}."
    )


def _gate(policy: GatePolicy) -> str:
    return (
        "Where there is drift, a new model is trained and scored against the production model on the same test "
        f"rows of the batch. It is deployed when its AUC is {_wanted(policy.min_auc_change)}. If it is lower than "
        f"that, but by no more than {formats.distance(policy.max_auc_regression)} below production's, it still "
        "replaces the older model as a refresh on newer data; below that it is not deployed. F1, precision and "
        "recall are shown and decide nothing."
    )


def _wanted(min_auc_change: float) -> str:
    if formats.change(min_auc_change) == "0":
        return "at least as high as production's"
    if min_auc_change > 0:
        return f"at least {formats.distance(min_auc_change)} higher than production's"
    return f"at most {formats.distance(min_auc_change)} lower than production's"


def _runs(story: Story) -> str:
    counts = [chapter.runs.superseded for chapter in story.chapters]
    superseded = None if None in counts else sum(filter(None, counts))
    older = (
        "the older finished runs are not counted yet"
        if superseded is None
        else f"{formats.counted(superseded, 'older finished run')} {'was' if superseded == 1 else 'were'} superseded"
    )
    unfinished = sum(len(chapter.runs.newer_unfinished) for chapter in story.chapters)
    return (
        "A batch may have been run many times. Its card shows the latest finished drift check and the latest "
        "finished quality gate; failed, running and deleted runs never count, and one that is newer than the run "
        f"shown is named in the card. Here {older} and "
        f"{formats.counted(unfinished, 'newer unfinished run')} {'was' if unfinished == 1 else 'were'} left out."
    )


def _limits() -> str:
    return (
        "It can show that the data changed, and which of two models does better on the same rows. It cannot show "
        "why the data changed: drift counts columns, it does not weigh how much a column matters to the model, "
        "and it does not see a changed relation between the columns and the outcome. Each AUC comes from one "
        "test set, so small differences may be chance."
    )
