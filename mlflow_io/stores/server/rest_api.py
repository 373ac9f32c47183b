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
from mlflow_io.stores.base import RunData
from mlflow_io.stores.server.http import Connection

NEWEST_FIRST = ("attributes.start_time DESC", "attributes.end_time DESC", "attributes.run_id DESC")
LARGEST_PAGE = 50_000
"""What MLflow answers at most."""

NAN = float("nan")
"""One for all, so that two answers that say the same are equal."""

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Run:
    """What one run says. ``candidate.batch`` is empty where it has no batch number."""

    experiment_id: str
    candidate: RunInfo
    facts: RunData


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

    def search(self, experiment_ids: Sequence[str], where: str, limit: int) -> Page:
        """The newest active runs, newest first."""
        body = {
            "experiment_ids": list(experiment_ids),
            "filter": where,
            "max_results": limit,
            "order_by": NEWEST_FIRST,
            "run_view_type": "ACTIVE_ONLY",
        }
        answer = self._connection.post("/runs/search", body)
        with self._understood():
            return Page([_run(found) for found in answer.get("runs", ())], bool(answer.get("next_page_token")))

    def runs(self, experiment_ids: Sequence[str], run_ids: Sequence[str]) -> list[Run]:
        """Those of ``run_ids`` that are active."""
        quoted = ", ".join(f"'{run_id}'" for run_id in run_ids)
        return self.search(experiment_ids, f"attributes.run_id IN ({quoted})", len(run_ids)).runs

    def artifact_root(self, run_id: str) -> str | None:
        answer = self._connection.find("/runs/get", run_id=run_id)
        if answer is None:
            return None
        with self._understood():
            return str(answer["run"]["info"]["artifact_uri"])

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
        """The version in production: by alias, else the newest one in the stage."""
        answer = self._connection.find("/registered-models/get", name=model)
        if answer is None:
            return None
        with self._understood():
            found = answer["registered_model"]
            newest = {str(version["version"]): version for version in found.get("latest_versions", ())}
            aliases = {item["alias"]: str(item["version"]) for item in found.get("aliases", ())}
            for alias in names.ALIASES:
                if alias in aliases:
                    version = aliases[alias]
                    said = newest.get(version) or self._version(model, version)
                    return ProductionModel(model, version, alias, None, said.get("run_id") or None)
            for version, said in newest.items():
                if said.get("current_stage") == names.STAGE:
                    return ProductionModel(model, version, None, names.STAGE, said.get("run_id") or None)
        return None

    def _version(self, model: str, version: str) -> Mapping[str, Any]:
        said: Mapping[str, Any] = self._connection.get("/model-versions/get", name=model, version=version)[
            "model_version"
        ]
        return said

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._connection.no_answer(f"{type(error).__name__} {error}") from error


def _run(found: Any) -> Run:
    info, data = found["info"], found.get("data", {})
    facts = RunData(
        params={item["key"]: str(item["value"]) for item in data.get("params", ())},
        metrics={item["key"]: _number(item.get("value", NAN)) for item in data.get("metrics", ())},
        tags={item["key"]: str(item["value"]) for item in data.get("tags", ())},
    )
    end = info.get("end_time")
    candidate = RunInfo(
        _id(info["run_id"]),
        str(info["status"]),
        int(info.get("start_time") or 0),
        None if end is None else int(end),
        batch_of(facts) or "",
    )
    return Run(_id(info["experiment_id"]), candidate, facts)


def _number(value: Any) -> float:
    number = float(value)
    return NAN if math.isnan(number) else number


def _id(value: Any) -> str:
    """An id that may be put into a filter or a link."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"an id that is none: {value!r:.80}")
    return value
