"""The model registry: which version is in production, and how a candidate becomes it."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_zero.text import alike
from lifecycle.records import ProductionModel
from mlflow_io import names
from mlflow_io.errors import TrackingError, is_absent
from mlflow_io.stores.production import ModelVersion, choose_production
from mlflow_io.values import last_batch

if TYPE_CHECKING:
    from mlflow import MlflowClient

TRUSTED_TYPES = ["xgboost.core.Booster", "xgboost.sklearn.XGBClassifier", "xgboost.sklearn.XGBRegressor"]
"""What a stored pipeline of ours holds beyond scikit-learn's own types. Reviewed: all restore themselves from plain
values and XGBoost's own format, none runs code of the file. It spares us pickle."""

TRAINED_ON = "trained_on_batches"
"""Param of a training run: "0-3". A gate run of batch 0 that trained the model itself has it as well."""

BATCH_0_ONLY = "0-0"

COMPARED_WITH = "compared_with_version"
"""Tag of a version: the one that it was compared with before it was promoted."""

REQUIREMENTS = ("scikit-learn", "xgboost-cpu", "pandas", "skops")


def find_production(client: "MlflowClient", name: str) -> ProductionModel | None:
    """The version of model ``name`` in production, by the rule of ``mlflow_io.stores.production``."""
    from mlflow.exceptions import MlflowException

    try:
        # It knows the newest version of each stage; a search would fail on names that hold both kinds of quotes.
        model = client.get_registered_model(name)
    except MlflowException as error:
        if not is_absent(error):
            raise
        return None
    aliases = {alias: str(version) for alias, version in model.aliases.items()}
    versions = {str(version.version): version for version in model.latest_versions}
    for version in {aliases[alias] for alias in names.ALIASES if alias in aliases} - versions.keys():
        if (found := _version_or_none(client, name, version)) is not None:
            versions[version] = found
    there = [ModelVersion(number, found.current_stage, found.run_id) for number, found in versions.items()]
    return choose_production(name, aliases, there)


def what_is_there(client: "MlflowClient", name: str) -> str:
    """The aliases and stages of a registered model's versions, or the models that there are instead: a half sentence
    for one who looks for a version in production; empty where its versions have neither."""
    from mlflow.exceptions import MlflowException

    try:
        model = client.get_registered_model(name)
    except MlflowException as error:
        if not is_absent(error):
            raise
        others = [model.name for model in client.search_registered_models(max_results=SHOWN + 1)]
        if (meant := alike(name, others)) is not None:
            return f"there is no such model (did you mean {meant!r}?)"
        return f"there is no such model, but {_listed(others)}" if others else "there is no registered model at all"
    marks = [f"alias {alias!r} on version {version}" for alias, version in model.aliases.items()]
    newest = [version for version in model.latest_versions if version.current_stage not in ("None", None)]
    marks += [f"version {version.version} in stage {version.current_stage!r}" for version in newest]
    return f"it has {_listed(marks, str)}" if marks else ""


SHOWN = 5


def _listed(texts: Sequence[str], quote: Callable[[str], str] = repr) -> str:
    """For a sentence on a terminal: anybody's names, of any length."""
    shown = ", ".join(quote(text)[:60] for text in texts[:SHOWN])
    return shown if len(texts) <= SHOWN else f"{shown} and more"


def store_model(client: "MlflowClient", run_id: str, experiment_id: str, model: Any, example: Any) -> str:
    """Logs a fitted scikit-learn pipeline as the run's model, with signature and input example; returns its model id.

    example: the first rows of the training features, as the pipeline takes them.
    """
    import mlflow.sklearn
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus
    from mlflow.models import infer_signature

    answer = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    logged = client.create_logged_model(experiment_id, name=names.MODEL, source_run_id=run_id)
    with tempfile.TemporaryDirectory() as scratch:
        mlflow.sklearn.save_model(
            model,
            Path(scratch) / names.MODEL,
            serialization_format="skops",
            skops_trusted_types=TRUSTED_TYPES,
            signature=infer_signature(example, getattr(model, answer)(example)),
            input_example=example,
            pip_requirements=_pinned(),
            pyfunc_predict_fn=answer,
        )
        client.log_model_artifacts(logged.model_id, str(Path(scratch) / names.MODEL))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return logged.model_id


def _pinned() -> list[str]:
    from importlib.metadata import version

    return [f"{name}=={version(name)}" for name in REQUIREMENTS]


def register(
    client: "MlflowClient", name: str, model_id: str, run_id: str, *, compared_with: ProductionModel | None = None
) -> ProductionModel:
    """Makes a logged model the next version of ``name``, which is not in production yet."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    # The place, not models:/<id>: MLflow would look that up in its global tracking store, which need not be ours.
    source = client.get_logged_model(model_id).artifact_location
    tags = {COMPARED_WITH: compared_with.version} if compared_with else None
    version = client.create_model_version(name, source=source, run_id=run_id, model_id=model_id, tags=tags)
    return ProductionModel(name, str(version.version), None, None, run_id)


def promote(client: "MlflowClient", model: ProductionModel, *, replaces: ProductionModel | None) -> ProductionModel:
    """Moves the alias ``production`` to a registered version.

    replaces: what was in production when this was decided; None for nothing. Where something else is by now, the new
    version stays out: TrackingError. MLflow cannot compare and set in one step. Of several that promote within the same
    few milliseconds the last one stays, and the others find that out.
    """
    expect_in_production(client, model.name, replaces)
    _set_alias(client, model.name, model.version)
    now = find_production(client, model.name)
    if _version(now) != _version(model):
        raise TrackingError(
            f"{model.name}: {_version(now)} was promoted at the same moment as {_version(model)}, and stays; "
            f"run the batch again"
        )
    return replace(model, alias=names.ALIASES[0])


def withdraw(client: "MlflowClient", model: ProductionModel) -> bool:
    """Deletes a version that was registered and not promoted; False where somebody has given it an alias or a stage."""
    found = client.get_model_version(model.name, model.version)
    aliases = client.get_registered_model(model.name).aliases  # a version does not tell its own in every store
    if found.current_stage not in ("None", None) or model.version in map(str, aliases.values()):
        return False
    client.delete_model_version(model.name, model.version)
    return True


def expect_in_production(client: "MlflowClient", name: str, expected: ProductionModel | None) -> None:
    """Raises TrackingError where another version is in production."""
    found = find_production(client, name)
    if _version(found) != _version(expected):
        raise TrackingError(
            f"{name}: got {_version(found)} in production, expected {_version(expected)}: another one was promoted "
            f"meanwhile; nothing was promoted, run the batch again"
        )


def _version(model: ProductionModel | None) -> str:
    return f"version {model.version}" if model else "no version"


def trained_until(client: "MlflowClient", model: ProductionModel) -> int | None:
    """The last batch that ``model`` has learned from; None where its run does not say: it is another pipeline's."""
    from mlflow.exceptions import MlflowException

    if model.run_id is None:
        return None
    try:
        stored = client.get_run(model.run_id).data.params.get(TRAINED_ON, "")
    except MlflowException as error:
        if not is_absent(error):
            raise
        return None
    return last_batch(stored)


def was_compared_with(client: "MlflowClient", model: ProductionModel) -> ProductionModel | None:
    """The version that ``model`` was compared with before it was promoted; None where that was not stored, or where
    that version is gone."""
    version = client.get_model_version(model.name, model.version).tags.get(COMPARED_WITH, "")
    # Nothing was compared with what came later: a circle of tags would have no beginning.
    earlier = version.isdecimal() and int(version) < int(model.version)
    return find_version(client, model.name, version) if earlier else None


def find_version(client: "MlflowClient", name: str, version: str) -> ProductionModel | None:
    """Whatever its alias; None where there is no such version (any more)."""
    found = _version_or_none(client, name, version)
    return None if found is None else ProductionModel(name, str(found.version), None, None, found.run_id or None)


def find_trained_by(client: "MlflowClient", name: str, run_id: str) -> ProductionModel | None:
    """The newest version of model ``name`` that run ``run_id`` trained; None where there is none."""
    found = [found for found in client.search_model_versions(f"run_id = '{run_id}'") if found.name == name]
    newest = max(found, key=lambda version: int(version.version), default=None)
    return None if newest is None else ProductionModel(name, str(newest.version), None, None, run_id)


def was_newest(client: "MlflowClient", model: ProductionModel, moment: datetime) -> bool:
    """Whether ``model`` was the newest version that there was at that moment."""
    created = client.get_model_version(model.name, model.version).creation_timestamp
    newest = max(int(found.version) for found in client.get_registered_model(model.name).latest_versions)
    later = (_version_or_none(client, model.name, str(number)) for number in range(int(model.version) + 1, newest + 1))
    after = next((found.creation_timestamp for found in later if found is not None), None)
    then = moment.timestamp() * 1000
    return created <= then and (after is None or after > then)


def started(client: "MlflowClient", run_id: str) -> int | None:
    """When the run began, in milliseconds since 1970; None where there is no such run."""
    from mlflow.exceptions import MlflowException

    try:
        return int(client.get_run(run_id).info.start_time)
    except MlflowException as error:
        if not is_absent(error):
            raise
        return None


def _version_or_none(client: "MlflowClient", name: str, version: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version(name, version)
    except MlflowException as error:
        if not is_absent(error):
            raise
        return None


def _set_alias(client: "MlflowClient", name: str, version: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.set_registered_model_alias(name, names.ALIASES[0], version)
    except MlflowException as error:
        if error.error_code != "BAD_REQUEST":
            raise
        # Another process made the alias in the same moment: the store knows it now, and moves it.
        client.set_registered_model_alias(name, names.ALIASES[0], version)
