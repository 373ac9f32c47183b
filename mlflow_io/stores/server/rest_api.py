"""MLflow's REST API by plain HTTP: its own client takes a second and 150 MB to import, and twice as long to answer."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from lifecycle.records import ProductionModel
from mlflow_io import names
from mlflow_io.latest_runs import RunInfo
from mlflow_io.run_kinds import batch_of
from mlflow_io.stores.base import MODELS, RunData
from mlflow_io.stores.production import ModelVersion, choose_production
from mlflow_io.stores.run_list import Run
from mlflow_io.stores.server.http import Connection

NEWEST_FIRST = ("attributes.start_time DESC", "attributes.end_time DESC", "attributes.run_id DESC")
OLDEST_FIRST = ("attributes.start_time ASC", "attributes.end_time ASC", "attributes.run_id ASC")
LARGEST_PAGE = 50_000
"""What MLflow answers at most."""

NAN = float("nan")
"""One for all, so that two answers that say the same are equal."""

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


class Page(NamedTuple):
    """more: whether there are older runs that fit."""

    runs: list[Run]
    more: bool


@dataclass(frozen=True)
class ExperimentRef:
    """An experiment. created: its ``creation_time``, by which one of another store is told from it."""

    experiment_id: str
    created: int


class Server:
    """An MLflow tracking server. Every method raises TrackingUnreachable or TrackingRefused."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._connection = Connection(uri)

    def close(self) -> None:
        self._connection.close()

    def search(
        self, experiment_ids: Sequence[str], where: str, limit: int, order: Sequence[str] = NEWEST_FIRST
    ) -> Page:
        """The first active runs that fit, in that order."""
        body = {
            "experiment_ids": list(experiment_ids),
            "filter": where,
            "max_results": limit,
            "order_by": list(order),
            "run_view_type": "ACTIVE_ONLY",
        }
        answer = self._connection.post("/runs/search", body)
        with self._understood():
            return Page([_run(found) for found in answer.get("runs", ())], bool(answer.get("next_page_token")))

    def runs(self, experiment_ids: Sequence[str], run_ids: Sequence[str]) -> list[Run]:
        """Those of ``run_ids`` that are active."""
        quoted = ", ".join(f"'{run_id}'" for run_id in run_ids)
        return self.search(experiment_ids, f"attributes.run_id IN ({quoted})", len(run_ids)).runs

    def run(self, run_id: str) -> Run | None:
        """None where it is deleted, or there is no such run."""
        found = self._run(run_id)
        if found is None:
            return None
        with self._understood():
            return _run(found) if found["info"].get("lifecycle_stage", "active") == "active" else None

    def artifact_root(self, run_id: str) -> str | None:
        """Of a run, be it deleted; None where there is no such run."""
        found = self._run(run_id)
        if found is None:
            return None
        with self._understood():
            return str(found["info"]["artifact_uri"])

    def _run(self, run_id: str) -> Mapping[str, Any] | None:
        answer = self._connection.find("/runs/get", run_id=run_id)
        if answer is None:
            return None
        with self._understood():
            found: Mapping[str, Any] = answer["run"]
            return found

    def experiment(self, name: str) -> ExperimentRef | None:
        """The active one of that name."""
        answer = self._connection.find("/experiments/get-by-name", experiment_name=name)
        if answer is None:
            return None
        with self._understood():
            found = answer["experiment"]
            if found.get("lifecycle_stage", "active") != "active":
                return None
            return ExperimentRef(_id(found["experiment_id"]), int(found.get("creation_time") or 0))

    def experiment_names(self) -> tuple[str, ...]:
        """Of up to fifty active ones."""
        answer = self._connection.get("/experiments/search", max_results="50")
        with self._understood():
            return tuple(sorted(str(found["name"]) for found in answer.get("experiments", ())))

    def production(self, model: str) -> ProductionModel | None:
        """The version in production."""
        answer = self._connection.find("/registered-models/get", name=model)
        if answer is None:
            return None
        with self._understood():
            found = answer["registered_model"]
            aliases = {item["alias"]: str(item["version"]) for item in found.get("aliases", ())}
            newest = [_version(version) for version in found.get("latest_versions", ())]
            named = next((aliases[alias] for alias in names.ALIASES if alias in aliases), None)
            if named is not None and named not in {version.version for version in newest}:
                newest.append(self._version(model, named))
            return choose_production(model, aliases, newest)

    def model_names(self) -> tuple[str, ...]:
        """Of ``MODELS`` at most."""
        answer = self._connection.get("/registered-models/search", max_results=str(MODELS))
        with self._understood():
            return tuple(str(found["name"]) for found in answer.get("registered_models", ()))

    def _version(self, model: str, number: str) -> ModelVersion:
        answer = self._connection.get("/model-versions/get", name=model, version=number)
        return _version(answer["model_version"])

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._connection.no_answer(f"{type(error).__name__} {error}") from error


def _version(found: Any) -> ModelVersion:
    return ModelVersion(str(found["version"]), found.get("current_stage"), found.get("run_id"))


def _run(found: Any) -> Run:
    info, logged = found["info"], found.get("data", {})
    data = RunData(
        params={item["key"]: str(item["value"]) for item in logged.get("params", ())},
        metrics={item["key"]: _number(item.get("value", NAN)) for item in logged.get("metrics", ())},
        tags={item["key"]: str(item["value"]) for item in logged.get("tags", ())},
    )
    end = info.get("end_time")
    about = RunInfo(
        _id(info["run_id"]),
        str(info["status"]),
        int(info.get("start_time") or 0),
        None if end is None else int(end),
        batch_of(data) or "",
    )
    return Run(_id(info["experiment_id"]), about, data)


def _number(value: Any) -> float:
    number = float(value)
    return NAN if math.isnan(number) else number


def _id(value: Any) -> str:
    """An id that may be put into a filter or a link."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"an id that is none: {value!r:.80}")
    return value
