"""What a pipeline logs for the report, as data: every param, metric, tag and artifact of a drift and of a gate run."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from drift.result import TOO_FEW_ROWS
from metrics.kinds import Score
from metrics.scores import USUAL_SCORES, ScoreSet
from mlflow_io import names
from mlflow_io.values import Values

NOT_READ = "nothing: the report does not read it"
NOT_NAMED = "they are not named"


class Sort(StrEnum):
    PARAM = "param"
    METRIC = "metric"
    TAG = "tag"
    ARTIFACT = "artifact"


class When(StrEnum):
    """In which runs an entry has its place."""

    ALWAYS = "always"
    LATER = "from batch 1 on"
    FIRST = "in batch 0"
    DEPLOYED = "the new model was deployed"
    TOLD = "there were enough rows to tell"
    NOT_TOLD = "there were too few rows to tell"
    TRAINED = "a model was trained"
    NOT_TRAINED = "none was trained"


def _as_it_is(value: Any) -> str | int | float:
    stored: str | int | float = value
    return stored


def _span(last: int) -> str:
    return f"0-{last}"


@dataclass(frozen=True)
class Entry:
    """One name in a run, and all that is to be known of it: writing, reading, docs and doctor go by it.

    says: what it holds. without: what the report does where it is lacking; without_all: where others of which the same
    is to be said are, too; empty where that is no other. needed: without it, a batch cannot be
    told. read: the report reads it; else it is for people and other tools. optional: there need not be one.
    attribute: the field of the record that is stored under it, by itself. parse: how it is read into that field.
    write: how the field is written, if not as it is.
    """

    sort: Sort
    key: str
    says: str
    without: str
    when: When = When.ALWAYS
    needed: bool = False
    read: bool = True
    optional: bool = False
    attribute: str | None = None
    parse: Callable[[Values, str], Any] | None = None
    write: Callable[[Any], str | int | float] = _as_it_is
    without_all: str = ""


def fields(entries: Iterable[Entry], values: Values) -> dict[str, Any]:
    """What a record's fields are by what a run has stored."""
    return {entry.attribute: entry.parse(values, entry.key) for entry in entries if entry.attribute and entry.parse}


def unread(entries: Iterable[Entry], unreadable: Iterable[str]) -> tuple[str, ...]:
    """Of the names that cannot be read, those that the report reads."""
    read = {entry.key for entry in entries if entry.read and entry.sort is not Sort.ARTIFACT}
    return tuple(key for key in dict.fromkeys(unreadable) if key in read)


DRIFT = (
    Entry(
        Sort.PARAM,
        names.BATCH_NUMBER,
        "the batch, a whole number from 0 on; may be a tag",
        "the run is not found",
        needed=True,
    ),
    Entry(
        Sort.METRIC,
        names.DRIFT_SHARE,
        "drifted columns / columns, 0 to 1",
        "the drift is not known",
        When.TOLD,
        needed=True,
        attribute="share",
        parse=Values.share,
    ),
    Entry(
        Sort.PARAM,
        names.DRIFT_VERDICT,
        f"`{TOO_FEW_ROWS}`: neither drift nor no drift, and no `{names.DRIFT_SHARE}`",
        "the drift is not known",
        When.NOT_TOLD,
    ),
    Entry(
        Sort.METRIC,
        names.REFERENCE_ROWS,
        "rows of the reference",
        "they are not told",
        When.NOT_TOLD,
        attribute="reference_rows",
        parse=Values.count,
    ),
    Entry(
        Sort.METRIC,
        names.NEW_ROWS,
        "rows of the batch",
        "they are not told",
        When.NOT_TOLD,
        attribute="new_rows",
        parse=Values.count,
    ),
    Entry(
        Sort.PARAM,
        names.MIN_ROWS,
        "rows that each of them needs",
        "it is not told",
        When.NOT_TOLD,
        attribute="min_rows",
        parse=Values.whole,
    ),
    Entry(
        Sort.PARAM,
        names.DRIFT_THRESHOLD,
        "the share from which on it was drift",
        "today's threshold is used, and said",
        When.LATER,
        attribute="threshold",
        parse=Values.threshold,
    ),
    Entry(
        Sort.METRIC,
        names.DRIFTED_COLUMNS,
        "how many columns drifted",
        "only the share is told",
        When.LATER,
        attribute="drifted_columns",
    ),
    Entry(
        Sort.METRIC, names.TOTAL_COLUMNS, "of how many", "only the share is told", When.LATER, attribute="total_columns"
    ),
    Entry(
        Sort.PARAM,
        names.REFERENCE_DATA,
        "what the batch was compared with",
        "it is not named",
        attribute="reference_data",
        parse=Values.text,
        without_all=NOT_NAMED,
    ),
    Entry(
        Sort.PARAM,
        names.NEW_DATA,
        "what was compared",
        "it is not named",
        attribute="new_data",
        parse=Values.text,
        without_all=NOT_NAMED,
    ),
    Entry(Sort.METRIC, names.DATASET_DRIFT, "the verdict as 0 or 1", NOT_READ, read=False),
    Entry(
        Sort.ARTIFACT,
        names.DRIFT_COLUMNS,
        "test, statistic and verdict of each column, as `python -m drift` writes them with `--json`",
        "the columns are not listed",
        When.LATER,
    ),
    Entry(Sort.ARTIFACT, names.DRIFT_HTML, "Evidently's page", NOT_READ, When.LATER, read=False),
)

_GATE_HEAD = (
    Entry(
        Sort.PARAM,
        names.BATCH_NUMBER,
        "the batch, a whole number from 0 on; may be a tag",
        "the run is not found",
        needed=True,
    ),
    Entry(
        Sort.TAG,
        names.QUALITY_GATE,
        f"`{names.QUALITY_GATE_TRUE}`, which tells gate runs from training runs",
        "the run is known by its scores",
    ),
    Entry(
        Sort.TAG,
        names.DECISION,
        "`BASELINE`, `SKIP_NO_DRIFT`, `DEPLOY`, `DEPLOY_REFRESH` or `SKIP`, as a tag or a param; "
        "another word is quoted, and not known",
        "it is worked out from the scores by today's gate, and said",
    ),
)


def _scored(scores: ScoreSet) -> Iterator[Entry]:
    """What a gate run says of its two models."""
    models = (
        (names.production_score, "the production model on the test set", When.ALWAYS),
        (names.candidate_score, "the new model on the same rows", When.TRAINED),
    )
    for called, model, when in models:
        for score in scores.shown:
            says, needed = f"{score.word} of {model}", score == scores.primary
            lacking = ("the score is not known", "the scores are not known")
            yield Entry(Sort.METRIC, called(score.name), says, lacking[0], when, needed, without_all=lacking[1])
    for score in scores.compared:
        yield Entry(Sort.METRIC, names.improvement(score.name), _difference(score), NOT_READ, read=False)


def _difference(score: Score) -> str:
    sides = ("new", "production") if score.higher_is_better else ("production", "new")
    return f"{score.word} of the {' minus the '.join(sides)} model"


_GATE_REST = (
    Entry(
        Sort.METRIC,
        names.TEST_ROWS,
        "how many rows were scored",
        "it is not told",
        attribute="test_rows",
        parse=Values.count,
    ),
    Entry(
        Sort.METRIC,
        names.SEEN_ROWS,
        "how many of them are of the part that models are trained on, or belong with rows of it",
        "none is told",
        optional=True,
        attribute="seen_rows",
        parse=Values.count,
    ),
    Entry(
        Sort.METRIC,
        names.NEW_MODEL_ROWS,
        "how many rows the new model was trained on",
        "it is not told",
        When.TRAINED,
        optional=True,
        attribute="training_rows",
        parse=Values.count,
    ),
    Entry(
        Sort.PARAM,
        names.TEST_SET,
        "what they were",
        "it is not named",
        attribute="test_set",
        parse=Values.text,
        without_all=NOT_NAMED,
    ),
    Entry(
        Sort.PARAM,
        names.MODEL_TYPE,
        "what sort of model it is",
        "it is not named",
        attribute="model_type",
        parse=Values.text,
        without_all=NOT_NAMED,
    ),
    Entry(
        Sort.PARAM,
        names.TRAINING_RUN_ID,
        "the run that trained the new model",
        "a new model is known by the decision, or by scores that differ",
        When.TRAINED,
        attribute="training_run_id",
        parse=Values.text,
    ),
    Entry(
        Sort.PARAM,
        names.EVALUATION_TYPE,
        f"`{names.PRODUCTION_ONLY}`: no model was trained",
        "that is known by the decision, or by scores that do not differ",
        When.NOT_TRAINED,
    ),
    Entry(
        Sort.PARAM,
        names.PRODUCTION_VERSION,
        "the registered version that was scored",
        "it is not named",
        optional=True,
        attribute="production_version",
        parse=Values.text,
    ),
    Entry(
        Sort.PARAM,
        names.PRODUCTION_RUN_ID,
        "the run that trained it",
        "that is not told",
        optional=True,
        attribute="production_run_id",
        parse=Values.text,
    ),
    Entry(
        Sort.PARAM,
        names.PRODUCTION_TRAINED_ON,
        "the batches that it had learned from, as `0-3`",
        "whether it had seen the batch is told by when runs started",
        optional=True,
        attribute="trained_until",
        parse=Values.span_end,
        write=_span,
    ),
    Entry(
        Sort.PARAM,
        names.CANDIDATE_VERSION,
        "the version that the new model became",
        "it is not named",
        When.DEPLOYED,
        optional=True,
        attribute="candidate_version",
        parse=Values.text,
    ),
    Entry(
        Sort.PARAM,
        names.CAPTURED_AFTER,
        "the batch that had deployed the model that was scored; 0: the initial one",
        "that is told by when runs started",
        When.FIRST,
        optional=True,
        attribute="captured_after",
        parse=Values.batch,
    ),
    Entry(
        Sort.ARTIFACT,
        names.ROC_PRODUCTION,
        "`{fpr, tpr, thresholds, auc}` of the production model",
        "there is no ROC curve",
    ),
    Entry(Sort.ARTIFACT, names.ROC_CANDIDATE, "the same of the new model", "only production's is drawn", When.TRAINED),
)


@cache
def gate(scores: ScoreSet) -> tuple[Entry, ...]:
    """What a gate run of an experiment with these scores holds."""
    entries = (*_GATE_HEAD, *_scored(scores), *_GATE_REST)
    return entries if scores.has_roc else tuple(entry for entry in entries if entry.key not in names.ROC_CURVES)


GATE = gate(USUAL_SCORES)

HEAD = ("| Name | What it says | Where it is lacking |", "|---|---|---|")


def markdown() -> str:
    """The contract as the documentation shows it."""
    drift, gate = "\n".join(_table(DRIFT)), "\n".join(_table(GATE))
    return f"A drift run, one for each check of a batch:\n\n{drift}\n\nA gate run, one for each evaluation:\n\n{gate}\n"


def _table(entries: tuple[Entry, ...]) -> list[str]:
    return [*HEAD, *(_row(entry) for entry in entries)]


def _row(entry: Entry) -> str:
    where = "" if entry.when is When.ALWAYS else f" ({entry.when})"
    need = "**needed**: " if entry.needed else ""
    return f"| {entry.sort} `{entry.key}`{where} | {entry.says} | {need}{entry.without} |"
