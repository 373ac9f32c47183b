"""Every knob, read once from the environment and ``experiment.toml``. Read by doors only.

Environment: see the table in the README. An ``experiment.toml`` is documented by ``examples/crash_triage``.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drift.policy import DRIFT_THRESHOLD, DriftPolicy
from lifecycle.experiment import DataSpec, Experiment, MlflowNames
from lifecycle.gate import GatePolicy

ROOT = Path(__file__).resolve().parent
EXAMPLES = ROOT / "examples"
DEFAULT_EXPERIMENT = "crash_triage"
TOML_NAME = "experiment.toml"
TOML_MAX_BYTES = 100_000


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which, what came and what was wanted."""


@dataclass(frozen=True)
class Settings:
    """home: the folder of the embedded default store. The URLs are None where nothing is to be linked."""

    tracking_uri: str
    home: Path
    experiment: str
    api_url: str | None
    mlflow_ui_url: str | None
    airflow_ui_url: str | None
    drift_threshold: float | None

    @property
    def embedded(self) -> bool:
        """Whether the tracking store is the default one, which the pipeline may create."""
        return self.tracking_uri == embedded_uri(self.home)

    @property
    def artifact_folder(self) -> Path | None:
        """Where the embedded store keeps artifacts; None for any other store, which decides itself."""
        return self.home / "artifacts" if self.embedded else None


def read(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises SettingsError where a value cannot be used."""
    home = Path(env.get("BATCH_ZERO_HOME") or ROOT / ".batch-zero").expanduser().resolve()
    uri = env.get("MLFLOW_TRACKING_URI") or embedded_uri(home)
    return Settings(
        tracking_uri=uri,
        home=home,
        experiment=env.get("BATCH_ZERO_EXPERIMENT") or DEFAULT_EXPERIMENT,
        api_url=env.get("API_URL") or None,
        mlflow_ui_url=env.get("MLFLOW_UI_URL") or (uri if uri.startswith(("http://", "https://")) else None),
        airflow_ui_url=env.get("AIRFLOW_UI_URL") or None,
        drift_threshold=_number(env, "DRIFT_THRESHOLD"),
    )


def embedded_uri(home: Path) -> str:
    return f"sqlite:///{home / 'mlflow.db'}"


def _number(env: Mapping[str, str], name: str) -> float | None:
    text = env.get(name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{name}: {text!r} came, a number was wanted") from None


def experiment_names() -> list[str]:
    """The experiments that ship with this installation, the default one first."""
    names = sorted(path.parent.name for path in EXAMPLES.glob(f"*/{TOML_NAME}"))
    return sorted(names, key=lambda name: name != DEFAULT_EXPERIMENT)


def load_experiment(key: str, settings: Settings) -> Experiment:
    """The experiment called ``key``: a folder name below ``examples/``, or the path of an ``experiment.toml``.

    Raises SettingsError where there is none or it cannot be used.
    """
    path = _toml_path(key)
    try:
        if path.stat().st_size > TOML_MAX_BYTES:
            raise SettingsError(f"{path}: larger than {TOML_MAX_BYTES:,} bytes, which no {TOML_NAME} is")
        toml = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        known = ", ".join(experiment_names())
        raise SettingsError(
            f"experiment: {key!r} came, one of {known} or the path of an {TOML_NAME} was wanted"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from None
    try:
        return _experiment(key, path.parent, toml, settings)
    except KeyError as error:
        raise SettingsError(f"{path}: {error.args[0]!r} is missing") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None


def _toml_path(key: str) -> Path:
    """Only files called experiment.toml are ever opened: the key may come from a URL."""
    if key in experiment_names():
        return EXAMPLES / key / TOML_NAME
    path = Path(key).expanduser()
    path = path / TOML_NAME if path.name != TOML_NAME else path
    return path.resolve()


def _experiment(key: str, folder: Path, toml: Mapping[str, Any], settings: Settings) -> Experiment:
    mlflow, data, features = toml["mlflow"], toml["data"], toml["features"]
    thresholds = toml.get("thresholds", {})
    features_file = folder / "features.py"
    return Experiment(
        key=key,
        title=_text(toml, "title"),
        description=_text(toml, "description"),
        names=MlflowNames(
            drift_experiment=_text(mlflow, "drift_experiment"),
            gate_experiment=_text(mlflow, "gate_experiment"),
            model=_text(mlflow, "model"),
        ),
        data=DataSpec(
            path=folder / _text(data, "path") if "path" in data else None,
            features_file=features_file if features_file.is_file() else None,
            target=_text(data, "target"),
            batch=data.get("batch", "batch"),
            group=data.get("group", "group"),
            numerical=tuple(features.get("numerical", ())),
            categorical=tuple(features.get("categorical", ())),
            test_share=float(data.get("test_share", 0.3)),
        ),
        drift=_drift_policy(thresholds, settings),
        gate=GatePolicy(
            min_auc_change=float(thresholds.get("min_auc_change", 0.0)),
            max_auc_regression=float(thresholds.get("max_auc_regression", 0.02)),
        ),
    )


def _drift_policy(thresholds: Mapping[str, Any], settings: Settings) -> DriftPolicy:
    """The environment's threshold wins over the file's, the file's over the default."""
    overrides = {name: thresholds[name] for name in DriftPolicy.__dataclass_fields__ if name in thresholds}
    threshold = settings.drift_threshold
    if threshold is None:
        threshold = float(thresholds.get("drift_share", DRIFT_THRESHOLD))
    return DriftPolicy(**{**overrides, "threshold": threshold})


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{name}: {value!r} came, a text was wanted")
    return value
