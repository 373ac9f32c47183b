"""From settings and what a command was told to the experiment in question: what every door begins with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from batch_zero.installation import shipped
from datasets import catalogue
from lifecycle.experiment import Experiment
from settings.environment import DEFAULT_EXPERIMENT, Settings, read

EXAMPLES = shipped("examples")


@dataclass(frozen=True)
class Context:
    settings: Settings
    experiment: Experiment


def experiment_names() -> list[str]:
    """The experiments that ship with this installation, the default one first."""
    return sorted(catalogue.shipped(EXAMPLES), key=lambda name: name != DEFAULT_EXPERIMENT)


def load_experiment(key: str, settings: Settings) -> Experiment:
    """The experiment called ``key``: a folder name below ``examples/``, or the path of an ``experiment.toml``.

    Raises SettingsError where there is none or it cannot be used.
    """
    known, first = experiment_names(), settings.experiments.first
    found = catalogue.load(key, EXAMPLES, known, settings.experiments.drift_threshold)
    others = catalogue.names_in_mlflow(EXAMPLES, known, first)
    return replace(found, of_others=others - found.names.experiments)


def with_store(tracking_uri: str | None, env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force, with the store that was asked for. Raises SettingsError."""
    return read({**env, **({"MLFLOW_TRACKING_URI": tracking_uri} if tracking_uri else {})})


def open_context(
    tracking_uri: str | None = None, experiment: str | None = None, env: Mapping[str, str] = os.environ
) -> Context:
    """tracking_uri, experiment: what was asked for; by default what the environment says. Raises SettingsError."""
    settings = with_store(tracking_uri, env)
    if not experiment:
        return Context(settings, load_experiment(settings.experiments.first, settings))
    try:
        return Context(settings, load_experiment(experiment, settings))
    except catalogue.NoSuchExperiment as error:
        raise catalogue.NoSuchExperiment(error.key, error.known, "--experiment") from None
