"""Every knob, from the environment and ``experiment.toml``. Imported by doors only."""

from batch_zero.errors import SettingsError
from settings.access import Oidc, allowed_visitors, assumes_verified
from settings.context import Context, experiment_names, load_experiment, open_context, with_store
from settings.environment import DEFAULT_EXPERIMENT, GROUPS, Settings, Tracking, read

__all__ = [
    "DEFAULT_EXPERIMENT",
    "GROUPS",
    "Context",
    "Oidc",
    "Settings",
    "SettingsError",
    "Tracking",
    "allowed_visitors",
    "assumes_verified",
    "experiment_names",
    "load_experiment",
    "open_context",
    "read",
    "with_store",
]
