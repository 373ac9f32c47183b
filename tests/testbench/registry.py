"""A store in which models are registered, as another tool would have done it."""

import shutil
from pathlib import Path

from tests.world import World

NAME = "Triage"
MLMODEL = "flavors: {sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle}}\n"


def folder_of(model: Path, folder: Path) -> Path:
    """An MLflow model folder with that file in it."""
    folder.mkdir(parents=True)
    shutil.copy(model, folder / "model.pkl")
    (folder / "MLmodel").write_text(MLMODEL)
    return folder


def register(world: World, model: Path, *aliases: str, preprocessor: Path | None = None) -> str:
    """The number of a new version. model: a pickle's or joblib's file."""
    client, run = world.client, world.run("Training")
    client.log_artifacts(run, str(folder_of(model, world.artifacts.parent / f"logged-{run}")), "model")
    if preprocessor is not None:
        client.log_artifact(run, str(preprocessor), "preprocessor")
    if not client.search_registered_models(f"name='{NAME}'"):
        client.create_registered_model(NAME)
    source = f"{client.get_run(run).info.artifact_uri}/model"
    version = str(client.create_model_version(NAME, source, run).version)
    for alias in aliases:
        client.set_registered_model_alias(NAME, alias, version)
    return version
