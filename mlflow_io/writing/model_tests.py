"""Tests of model files as runs: one for each, in an experiment of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow_io import experiments
from mlflow_io.errors import reaching
from mlflow_io.writing.items import File, Item, Json, Metric, Param, Tag, Text
from mlflow_io.writing.runs import recording

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "model_tests"
KIND, KIND_TEST = "batch_zero.kind", "model_test"
RESULT, ANSWERS = "test.json", "answers.json"
UPLOADS = "upload"
UPLOAD = "batch_zero.upload"
"""The key of what was uploaded."""

LONGEST = 500
"""Of a param."""


@dataclass(frozen=True)
class StoredTest:
    """name: of the run. params, tags: short texts. measures: name -> value and, where there is one, its interval.
    result: everything, as JSON. files: path -> text. uploads: what came, by what it is -> its file."""

    name: str
    params: Mapping[str, object]
    tags: Mapping[str, str]
    measures: Mapping[str, tuple[float, float | None, float | None]]
    result: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Path] = field(default_factory=dict)


def store(client: "MlflowClient", uri: str, test: StoredTest, artifact_folder: Path | None) -> str:
    """The id of its run, which is FINISHED when all is there. Raises TrackingError."""
    with reaching(uri):
        experiment_id = experiments.ensure(client, EXPERIMENT, artifact_folder)
        with recording(client, experiment_id, test.name, [Tag(KIND, KIND_TEST)]) as run:
            run.log(_items(test))
        return run.run_id


def delete(client: "MlflowClient", uri: str, run_id: str) -> None:
    """Marks a run as deleted: MLflow restores it, until its ``mlflow gc`` takes it away. Whether it is a test is known
    to whoever calls this. Raises TrackingError."""
    with reaching(uri):
        client.delete_run(run_id)


def _items(test: StoredTest) -> Iterator[Item]:
    yield from (Param(key, str(value)[:LONGEST]) for key, value in test.params.items())
    yield from (Tag(key, value) for key, value in test.tags.items())
    for name, (value, low, high) in test.measures.items():
        ends = ((f"{name}_low", low), (f"{name}_high", high))
        yield Metric(name, value)
        yield from (Metric(key, end) for key, end in ends if end is not None)
    yield Json(RESULT, test.result)
    yield from (Text(path, text) for path, text in test.files.items())
    yield from (File(f"{UPLOADS}/{part}", source) for part, source in test.uploads.items())
