"""Every knob, read once from the environment and ``experiment.toml``. Read by doors only.

Environment: see the table in the README. An ``experiment.toml`` is documented by ``examples/crash_triage``.
"""

import difflib
import math
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from errno import ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR
from pathlib import Path
from typing import Any

from batch_zero import secrets
from batch_zero.errors import BatchZeroError
from batch_zero.storage.regular import check, open_regular
from drift.policy import DRIFT_THRESHOLD, MIN_ROWS, DriftPolicy
from lifecycle.experiment import DataSpec, Experiment, MlflowNames, UnknownExperiment
from lifecycle.gate import GatePolicy

ROOT = Path(__file__).resolve().parent
EXAMPLES = ROOT / "examples"
DEFAULT_EXPERIMENT = "crash_triage"
TOP = ("title", "description", "mlflow", "data", "features", "thresholds")
"""What an experiment.toml may have."""
ALIKE = 0.4
"""From so much likeness on, by difflib, a name may be meant by another: crahs is to crash_triage 0.47."""
TOML_NAME = "experiment.toml"
TOML_MAX_BYTES = 100_000
NOT_THERE = {ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP}
"""By these a name is no path at all, and may be meant for another; whatever else goes wrong happens to a file that is
there."""
TOKEN_LENGTH = 16
EXAMPLE_SECRET = "change-me"
METHODS = {
    "numerical_method": (
        *("anderson", "cramer_von_mises", "ed", "es", "hellinger", "jensenshannon", "kl_div", "ks", "mannw", "psi"),
        *("t_test", "wasserstein"),
    ),
    "categorical_method": ("TVD", "chisquare", "hellinger", "jensenshannon", "kl_div", "psi", "z"),
}
"""Evidently's names of the tests that fit each kind of column (of 0.7.23; the others fail on new categories)."""

LIMITS = ("numerical_threshold", "categorical_threshold")


class SettingsError(BatchZeroError):
    """A setting that cannot be used; the message says which, what came and what was wanted."""


class NoSuchExperiment(SettingsError, UnknownExperiment):
    """An experiment that is neither shipped with this installation nor a file."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        self.known, self.nearest = known, next(iter(difflib.get_close_matches(key, known, 1, ALIKE)), None)
        meant = f"; the nearest is {self.nearest}" if self.nearest else ""
        wanted = f"one of {', '.join(known)} or the path of an {TOML_NAME} was wanted"
        super().__init__(f"experiment: {key!r} came, {wanted}{meant}")


@dataclass(frozen=True)
class Oidc:
    """How visitors sign in. metadata_url: the provider's ``/.well-known/openid-configuration``; redirect_uri: this
    page's address, with ``/oauth2callback``."""

    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    cookie_secret: str = field(repr=False)

    def as_streamlit(self) -> dict[str, Any]:
        """The ``[auth]`` of its secrets."""
        given = {name: value for name, value in vars(self).items() if name != "metadata_url"}
        return {"server_metadata_url": self.metadata_url, **given}


@dataclass(frozen=True)
class Settings:
    """home: the folder of the embedded default store. The URLs are None where nothing is to be linked. token: what
    programs and the proxy in front know this page by."""

    tracking_uri: str
    home: Path
    experiment: str
    api_url: str | None
    mlflow_ui_url: str | None
    airflow_ui_url: str | None
    drift_threshold: float | None
    token: str | None = field(default=None, repr=False)
    oidc: Oidc | None = None
    log_format: str = "text"

    @property
    def embedded(self) -> bool:
        """Whether the tracking store is the default one, which the pipeline may create."""
        return self.tracking_uri == embedded_uri(self.home)

    @property
    def tracking_name(self) -> str:
        """The tracking URI as it is shown: without secrets, and below this installation without the way there."""
        return secrets.shown(self.tracking_uri).replace(f"sqlite:///{ROOT}/", "sqlite:///")

    @property
    def artifact_folder(self) -> Path | None:
        """Where the embedded store keeps artifacts; None for any other store, which decides itself."""
        return self.home / "artifacts" if self.embedded else None


def _value(env: Mapping[str, str], name: str) -> str | None:
    """Without the blanks around it, which came with copying; None where nothing else is there."""
    return env.get(name, "").strip() or None


def read(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises SettingsError where a value cannot be used. Their secrets are masked from now on,
    wherever they come up."""
    home = Path(env.get("BATCH_ZERO_HOME") or ROOT / ".batch-zero").expanduser().resolve()
    uri = _value(env, "MLFLOW_TRACKING_URI") or embedded_uri(home)
    secrets.keep(uri, env=env)
    return Settings(
        tracking_uri=uri,
        home=home,
        experiment=_value(env, "BATCH_ZERO_EXPERIMENT") or DEFAULT_EXPERIMENT,
        api_url=_shown(_value(env, "API_URL")),
        mlflow_ui_url=_shown(
            _value(env, "MLFLOW_UI_URL") or (uri if uri.startswith(("http://", "https://")) else None)
        ),
        airflow_ui_url=_shown(_value(env, "AIRFLOW_UI_URL")),
        drift_threshold=_drift_threshold(env),
        token=_token(env),
        oidc=_oidc(env),
        log_format=_log_format(env),
    )


def _shown(url: str | None) -> str | None:
    """An address for links, without the user and password that it may hold; None where these cannot be told from the
    rest."""
    return secrets.without_credentials(url) if url else None


def _token(env: Mapping[str, str]) -> str | None:
    token = env.get("BATCH_ZERO_TOKEN") or None
    if token is not None and (len(token) < TOKEN_LENGTH or not token.isascii() or token != token.strip()):
        raise SettingsError(f"BATCH_ZERO_TOKEN: at least {TOKEN_LENGTH} ASCII characters without blanks were wanted")
    return token if token is None else _own("BATCH_ZERO_TOKEN", token)


def _own(name: str, secret: str) -> str:
    """A secret that stands in an example is everybody's."""
    if EXAMPLE_SECRET in secret:
        raise SettingsError(f"{name}: an example came ({EXAMPLE_SECRET}...), a secret of your own was wanted")
    return secret


def _oidc(env: Mapping[str, str]) -> Oidc | None:
    names = {name: f"BATCH_ZERO_OIDC_{name.upper()}" for name in Oidc.__dataclass_fields__}
    given = {name: env[variable] for name, variable in names.items() if env.get(variable)}
    if not given and not allowed_visitors(env):
        return None
    if missing := sorted(names[name] for name in names.keys() - given.keys()):
        raise SettingsError(f"{', '.join(missing)}: nothing came, but other BATCH_ZERO_OIDC_* are set")
    for name in ("client_secret", "cookie_secret"):
        _own(names[name], given[name])
    assumes_verified(env)
    return Oidc(**given)


def allowed_visitors(env: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Who of those that the provider signs in may see the page: e-mail addresses, and domains as ``@example.org``.
    Nobody is named: everybody may."""
    return tuple(env.get("BATCH_ZERO_OIDC_ALLOWED", "").replace(",", " ").casefold().split())


def assumes_verified(env: Mapping[str, str] = os.environ) -> bool:
    """Whether an address counts as the visitor's own where the provider does not say ``email_verified``."""
    text = env.get("BATCH_ZERO_OIDC_EMAIL_VERIFIED") or "required"
    if text not in {"required", "assumed"}:
        raise SettingsError(f"BATCH_ZERO_OIDC_EMAIL_VERIFIED: {text!r} came, required or assumed was wanted")
    return text == "assumed"


def _log_format(env: Mapping[str, str]) -> str:
    text = env.get("BATCH_ZERO_LOG") or "text"
    if text not in {"text", "json"}:
        raise SettingsError(f"BATCH_ZERO_LOG: {text!r} came, text or json was wanted")
    return text


def embedded_uri(home: Path) -> str:
    return f"sqlite:///{home / 'mlflow.db'}"


def _drift_threshold(env: Mapping[str, str]) -> float | None:
    text = env.get("DRIFT_THRESHOLD")
    if not text:
        return None
    try:
        return DriftPolicy(threshold=float(text)).threshold
    except ValueError:
        raise SettingsError(f"DRIFT_THRESHOLD: {text!r} came, a share above 0 and up to 1 was wanted") from None


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
        with open_regular(path) as file:
            content = file.read(TOML_MAX_BYTES + 1)
    except OSError as error:
        raise _unknown(key) if error.errno in NOT_THERE else SettingsError(f"{path}: {error.strerror}") from None
    if len(content) > TOML_MAX_BYTES:
        raise SettingsError(f"{path}: larger than {TOML_MAX_BYTES:,} bytes, which no {TOML_NAME} is")
    try:
        return _experiment(key, path.parent, tomllib.loads(content.decode()), settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def _toml_path(key: str) -> Path:
    """Only files called experiment.toml are ever opened: the key may come from a URL."""
    if key in experiment_names():
        return EXAMPLES / key / TOML_NAME
    try:
        path = Path(key).expanduser()
        return (path if path.name == TOML_NAME else path / TOML_NAME).resolve()
    except (RuntimeError, ValueError):  # "~nobody"; a null byte
        raise _unknown(key) from None


def _unknown(key: str) -> SettingsError:
    return NoSuchExperiment(key, tuple(experiment_names()))


def _experiment(key: str, folder: Path, toml: Mapping[str, Any], settings: Settings) -> Experiment:
    _known(toml, "", TOP)
    mlflow, names = _table(toml, "mlflow"), tuple(MlflowNames.__dataclass_fields__)
    _known(mlflow, "mlflow", names)
    return Experiment(
        key=key,
        title=_text(toml, "title"),
        description=_text(toml, "description"),
        names=MlflowNames(**{name: _text(mlflow, name) for name in names}),
        data=_data(folder, _table(toml, "data"), _table(toml, "features")),
        drift=_drift_policy(_table(toml, "thresholds", required=False), settings),
        gate=_gate_policy(_table(toml, "thresholds", required=False)),
    )


def _data(folder: Path, data: Mapping[str, Any], features: Mapping[str, Any]) -> DataSpec:
    _known(data, "data", ("path", "target", "batch", "group", "test_share", "positive"))
    _known(features, "features", ("numerical", "categorical"))
    spec = DataSpec(
        path=_place(folder, _text(data, "path")) if "path" in data else None,
        features_file=_own_code(folder / "features.py"),
        target=_text(data, "target"),
        batch=_text(data, "batch", "batch"),
        group=_text(data, "group", "group"),
        numerical=_texts(features, "numerical"),
        categorical=_texts(features, "categorical"),
        test_share=_number(data, "test_share", 0.3),
        positive=_label(data, "positive"),
    )
    if not 0.0 < spec.test_share < 1.0:
        raise ValueError(f"test_share: {spec.test_share!r} came, a share above 0 and below 1 was wanted")
    columns = (*spec.features, spec.target)
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise ValueError(f"column {twice[0]!r} came twice; a column is one feature or the target")
    return spec


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


def _drift_policy(thresholds: Mapping[str, Any], settings: Settings) -> DriftPolicy:
    """The environment's threshold wins over the file's, the file's over the default."""
    _known(thresholds, "thresholds", ("drift_share", "min_rows", *GatePolicy.__dataclass_fields__, *METHODS, *LIMITS))
    methods = {name: _text(thresholds, name) for name in METHODS if name in thresholds}
    for name, method in methods.items():
        if method not in METHODS[name]:
            raise ValueError(f"{name}: {method!r} came, one of {', '.join(METHODS[name])} was wanted")
    limits = {name: _number(thresholds, name, 0.0) for name in LIMITS if name in thresholds}
    threshold = settings.drift_threshold
    if threshold is None:
        threshold = _number(thresholds, "drift_share", DRIFT_THRESHOLD)
    min_rows = _number(thresholds, "min_rows", MIN_ROWS)
    if min_rows % 1:
        raise ValueError(f"min_rows: {min_rows!r} came, a whole number from 1 on was wanted")
    return DriftPolicy(threshold=threshold, min_rows=int(min_rows), **methods, **limits)  # type: ignore[arg-type]


def _gate_policy(thresholds: Mapping[str, Any]) -> GatePolicy:
    default = GatePolicy()
    return GatePolicy(
        min_auc_change=_number(thresholds, "min_auc_change", default.min_auc_change),
        max_auc_regression=_number(thresholds, "max_auc_regression", default.max_auc_regression),
    )


def _known(table: Mapping[str, Any], where: str, names: Collection[str]) -> None:
    """A misspelt name would otherwise be a default in force that nobody asked for."""
    if unknown := sorted(set(table) - set(names)):
        place = f"[{where}]: " if where else ""
        raise ValueError(f"{place}{unknown[0]!r} came, one of {', '.join(names)} was wanted")


def _table(toml: Mapping[str, Any], name: str, *, required: bool = True) -> Mapping[str, Any]:
    value = toml.get(name, None if required else {})
    if not isinstance(value, dict):
        raise ValueError(f"{name}: {_came(value)}, a table [{name}] was wanted")
    return value


def _text(table: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name}: {_came(value)}, a text was wanted")
    return value


def _label(table: Mapping[str, Any], name: str) -> str | bool | int | float | None:
    value = table.get(name)
    if value is not None and (not isinstance(value, str | bool | int | float) or value != value):
        raise ValueError(f"{name}: {_came(value)}, a label of the target was wanted: a text, a number or a truth value")
    return value


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = table.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name}: {_came(values)}, a list of column names was wanted")
    return tuple(values)


def _number(table: Mapping[str, Any], name: str, default: float) -> float:
    value = table.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name}: {_came(value)}, a number was wanted")
    return float(value)


def _came(value: object) -> str:
    return "nothing came" if value is None else f"{value!r} came"
