"""What may stand in an ``experiment.toml``, and the Experiment that it makes.

``examples/`` documents it; ``examples/experiment.schema.json`` tells editors, and is made by ``schema``.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from batch_zero.errors import expected
from batch_zero.storage.regular import check
from batch_zero.text import capitalized, one_line
from batch_zero.validation import Expected
from drift.labels import label_of
from drift.policy import DRIFT_THRESHOLD, MIN_ROWS, DriftPolicy
from lifecycle.experiment import DataSpec, Experiment, MlflowNames
from lifecycle.gate import GatePolicy
from metrics.kinds import AUC, KNOWN, Score, UnknownScoreError, named
from metrics.scores import USUAL_SCORES, ScoreSet
from metrics.tasks import Task, usual_scores

SCORE_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


def _on_one_line(text: str) -> str:
    if one_line(text) != text:
        raise ValueError("it holds characters that cannot be seen")
    return text


Text = Annotated[str, Field(pattern=r"\S"), Expected("a text")]
Name = Annotated[
    str, Field(pattern=r"\S", max_length=60), AfterValidator(_on_one_line), Expected("one line of up to 60 characters")
]
Number = Annotated[float, Field(allow_inf_nan=False), Expected("a number")]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False), Expected("0 or more")]
Columns = Annotated[list[str], Expected("a list of column names")]
Label = Annotated[
    str | bool | int | Annotated[float, Field(allow_inf_nan=False)],
    Expected("a label of the target: a text, a number or a truth value"),
]
_NumericalTest = Literal[
    "anderson", "cramer_von_mises", "ed", "es", "hellinger", "jensenshannon", "kl_div", "ks", "mannw", "psi", "t_test",
    "wasserstein",
]  # fmt: skip
_CategoricalTest = Literal["TVD", "chisquare", "hellinger", "jensenshannon", "kl_div", "psi", "z"]
"""Evidently's names of the tests that fit each kind of column (of 0.7.23; the others fail on new categories)."""


class _Table(BaseModel):
    """A misspelt name would otherwise be a default in force that nobody asked for."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Mlflow(_Table):
    """Names in MLflow. The two experiments may be one."""

    drift_experiment: Text
    gate_experiment: Text
    model: Text | None = Field(
        default=None, description="The registered model; needed by pipeline and baseline, not by a report."
    )


class Data(_Table):
    """Where the rows are, and which columns play which part. Needed by pipeline and baseline, not by a report."""

    path: Text | None = Field(
        default=None,
        description="Relative to this file, or s3://bucket/key: a table, or a folder with a file a batch.",
    )
    target: Text = Field(description="The column of 0 and 1, or of two other labels, that is predicted.")
    batch: Text = Field(default="batch", description="The column with the batch number, 0, 1, 2, ...")
    group: Text = Field(default="group", description="The column of which no value stands on both sides of the split.")
    test_share: Annotated[float, Field(gt=0, lt=1), Expected("a share above 0 and below 1")] = Field(
        default=0.3, description="Of the groups, held out for testing."
    )
    positive: Label | None = Field(default=None, description="The label that means yes, where that is not 1 or True.")
    task: Annotated[Literal["binary", "multiclass", "regression"], Expected("binary, multiclass or regression")] = (
        Field(default="binary", description="What the target is: yes or no, one of several classes, or a number.")
    )
    classes: Annotated[list[Label], Field(min_length=2), Expected("a list of two labels or more")] | None = Field(
        default=None, description="Of a target of several classes, their labels."
    )

    @model_validator(mode="after")
    def _labels_of_the_task(self) -> "Data":
        if self.task == "multiclass" and self.classes is None:
            raise ValueError(expected("[data] classes", None, "the labels of a target with task = 'multiclass'"))
        if self.task != "multiclass" and self.classes is not None:
            raise ValueError(f"[data] classes: got {self.classes!r}, expected none with task = {self.task!r}")
        met: dict[str | None, object] = {}
        for label in self.classes or ():
            if (same := label_of(label)) in met:
                twice = f"{met[same]!r} and {label!r}"
                raise ValueError(f"[data] classes: got {twice}, which are one label, expected each once")
            met[same] = label
        if self.positive is not None and self.task != "binary":
            raise ValueError(f"[data] positive: got {self.positive!r}, expected none with task = {self.task!r}")
        return self


class Features(_Table):
    """The columns that a model is trained on. Needed by the pipeline alone."""

    numerical: Columns = []
    categorical: Columns = []


class OwnScore(_Table):
    """A score that this program does not know, as another pipeline logs it."""

    direction: Annotated[Literal["higher", "lower"], Expected("higher or lower")] = Field(
        description="Which of two values is better."
    )
    label: Name | None = Field(default=None, description="How it is called in the report; else its name.")
    low: Number | None = Field(default=None, description="The least value that it can have, if there is one.")
    high: Number | None = Field(default=None, description="The greatest value that it can have, if there is one.")
    decimals: Annotated[int, Field(ge=0, le=9), Expected("a whole number from 0 to 9")] | None = Field(
        default=None, description="Written with so many; without it, with four significant digits."
    )

    @model_validator(mode="after")
    def _a_range(self) -> "OwnScore":
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low: got {self.low:g}, expected less than high, which is {self.high:g}")
        return self

    def score(self, name: str) -> Score:
        label = self.label or capitalized(name.replace("_", " "))
        return Score(name, label, self.direction == "higher", self.low, self.high, self.decimals, refresh=0.0)


class ScoreTable(_Table):
    """Which scores runs hold, as ``prod_<score>_test`` and ``new_<score>_test``. Tables in it declare others."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, OwnScore] = Field(init=False)

    primary: Text | None = Field(default=None, description="The one that decides, and that the report tells of.")
    shown: Annotated[list[str], Expected("a list of names of scores")] | None = Field(
        default=None, description="In tiles and tables, in this order."
    )

    @model_validator(mode="after")
    def _known_once(self) -> "ScoreTable":
        for name in self.__pydantic_extra__:
            if name in KNOWN or not SCORE_NAME.fullmatch(name):
                valid = "small letters, digits and _, beginning with a letter, and none that is known already"
                raise ValueError(f"[scores.{name}]: {expected('name', name, valid)}")
        if twice := [name for name in self.shown or () if (self.shown or []).count(name) > 1]:
            raise ValueError(f"[scores] shown: {twice[0]!r} stands in it twice")
        self.chosen(USUAL_SCORES)
        return self

    def chosen(self, usual: ScoreSet) -> ScoreSet:
        """usual: of the experiment's task. Raises ValueError for a name that is no score's."""
        primary = usual.primary if self.primary is None else self._named(self.primary, "primary")
        if self.shown is None:
            return replace(usual, primary=primary, shown=usual.shown if primary in usual.shown else (primary,))
        return replace(usual, primary=primary, shown=tuple(self._named(name, "shown") for name in self.shown))

    def _named(self, name: str, key: str) -> Score:
        if name in self.__pydantic_extra__:
            return self.__pydantic_extra__[name].score(name)
        try:
            return named(name)
        except UnknownScoreError as error:
            raise ValueError(f"[scores] {key}: {error}") from None


class Thresholds(_Table):
    drift_share: Annotated[float, Field(gt=0, le=1), Expected("a share above 0 and up to 1")] = Field(
        default=DRIFT_THRESHOLD, description="Share of drifted columns from which on a batch is drifted."
    )
    min_rows: Annotated[float, Field(ge=1, multiple_of=1), Expected("a whole number from 1 on")] = Field(
        default=MIN_ROWS, description="Fewer, in reference or batch, are too few rows to tell."
    )
    min_gain: Number | None = Field(
        default=None, description="So much better than production has a new model to be for a DEPLOY; 0 by default."
    )
    max_loss: Positive | None = Field(
        default=None,
        description="So much worse may it be for a DEPLOY_REFRESH; by default 0.02 for AUC and scores like it, else 0.",
    )
    min_auc_change: Number | None = Field(default=None, description="min_gain, where the primary score is AUC.")
    max_auc_regression: Positive | None = Field(default=None, description="max_loss, where the primary score is AUC.")
    numerical_method: Annotated[_NumericalTest, Expected(f"one of {', '.join(get_args(_NumericalTest))}")] | None = None
    categorical_method: (
        Annotated[_CategoricalTest, Expected(f"one of {', '.join(get_args(_CategoricalTest))}")] | None
    ) = None
    numerical_threshold: Number | None = None
    categorical_threshold: Number | None = None


class ExperimentFile(_Table):
    """An experiment of Batch Zero: its words, its names in MLflow, its data and its thresholds."""

    title: Text
    description: Annotated[str, Expected("a text")] = ""
    mlflow: Mlflow
    data: Data | None = None
    features: Features = Features()
    thresholds: Thresholds = Thresholds()
    scores: ScoreTable = ScoreTable()

    @model_validator(mode="after")
    def _limits_of_the_primary_score(self) -> "ExperimentFile":
        limits, primary = self.thresholds, self.chosen_scores.primary.name
        for of_auc, of_any in (("min_auc_change", "min_gain"), ("max_auc_regression", "max_loss")):
            if getattr(limits, of_auc) is None:
                continue
            if getattr(limits, of_any) is not None:
                raise ValueError(f"[thresholds]: got {of_any} and {of_auc}, expected one of them")
            if primary != AUC.name:
                raise ValueError(f"[thresholds] {of_auc}: the primary score is {primary!r}; name it {of_any}")
        return self

    @model_validator(mode="after")
    def _each_column_once(self) -> "ExperimentFile":
        columns = [*self.features.numerical, *self.features.categorical, *([self.data.target] if self.data else [])]
        if twice := [name for name in columns if columns.count(name) > 1]:
            raise ValueError(f"column {twice[0]!r} is named twice; a column is one feature or the target")
        return self

    def experiment(self, key: str, folder: Path, drift_threshold: float | None) -> Experiment:
        """folder: where the file is. drift_threshold: the one that wins over the file's, if any."""
        limits = self.thresholds
        return Experiment(
            key=key,
            title=self.title,
            description=self.description,
            names=MlflowNames(**self.mlflow.model_dump(), scores=self.chosen_scores),
            data=None if self.data is None else self._spec(self.data, folder),
            drift=DriftPolicy(
                threshold=limits.drift_share if drift_threshold is None else drift_threshold,
                numerical_method=limits.numerical_method,
                numerical_threshold=limits.numerical_threshold,
                categorical_method=limits.categorical_method,
                categorical_threshold=limits.categorical_threshold,
                min_rows=int(limits.min_rows),
            ),
            gate=self._gate(),
        )

    @property
    def chosen_scores(self) -> ScoreSet:
        return self.scores.chosen(usual_scores(Task(self.data.task) if self.data is not None else Task.BINARY))

    def _gate(self) -> GatePolicy:
        limits, score = self.thresholds, self.chosen_scores.primary
        gains = (limits.min_gain, limits.min_auc_change, 0.0)
        losses = (limits.max_loss, limits.max_auc_regression, score.refresh)
        gain, loss = (next(limit for limit in found if limit is not None) for found in (gains, losses))
        return GatePolicy(gain, loss, score)

    def _spec(self, data: Data, folder: Path) -> DataSpec:
        return DataSpec(
            path=None if data.path is None else _place(folder, data.path),
            features_file=_own_code(folder / "features.py"),
            target=data.target,
            batch=data.batch,
            group=data.group,
            numerical=tuple(self.features.numerical),
            categorical=tuple(self.features.categorical),
            test_share=data.test_share,
            positive=data.positive,
            task=Task(data.task),
            classes=tuple(data.classes or ()),
        )


def schema() -> str:
    """The JSON schema of an experiment.toml, for editors."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ExperimentFile.model_json_schema()}
    return json.dumps(found, indent=2) + "\n"


def _own_code(file: Path) -> Path | None:
    """A features.py that is there has to be one: to go on without it would be another experiment."""
    try:
        check(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{file.name}: {error.strerror}") from None
    return file


def _place(folder: Path, text: str) -> Path | str:
    """A path is relative to its ``experiment.toml``; what has an address lies elsewhere, or nowhere that we read."""
    return text if "://" in text else folder / text
