"""What a person can choose of a test's settings, as plain data: kept with it, and read again from anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from batch_zero.errors import BatchZeroError
from batch_zero.text import shortened
from sandbox.limits import Limits
from testbench.checks.classes import plain
from testbench.checks.explain import ExplainSettings
from testbench.checks.latency import LatencySettings
from testbench.checks.simulation import SimulationSettings
from testbench.run import CHECKS, Settings

CHOSEN = ("rows", "synthetic", "seed", "checks", "latency", "simulation", "explain", "positive")
"""The others are those of whoever runs the bench: what a model may use, whether it has to be confined, and
what is kept."""

Seconds = Annotated[float, Field(gt=0, le=600)]
Share = Annotated[float, Field(ge=0, le=1)]
Rows = Annotated[int, Field(ge=1, le=100_000)]
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
Positive = Text | bool | int | Annotated[float, Field(allow_inf_nan=False)]
"""A class, as it stands in JSON."""


class SettingsRefused(BatchZeroError):
    """Settings of a test that are none; the message says which."""

    status = 422


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Latency(_Group):
    sizes: Annotated[tuple[Rows, ...], Field(min_length=1, max_length=20)] = LatencySettings.sizes
    calls: Annotated[int, Field(ge=1, le=100_000)] = LatencySettings.calls
    warm_up: Annotated[int, Field(ge=0, le=10_000)] = LatencySettings.warm_up
    budget_s: Seconds = LatencySettings.budget_s


class _Simulation(_Group):
    strengths: Annotated[tuple[Share, ...], Field(min_length=1, max_length=20)] = SimulationSettings.strengths
    each_feature_at: Share = SimulationSettings.each_feature_at
    rows: Rows = SimulationSettings.rows


class _Explain(_Group):
    rows: Rows = ExplainSettings.rows
    budget_s: Seconds = ExplainSettings.budget_s
    background: Rows = ExplainSettings.background
    row: Annotated[int, Field(ge=0, le=2_000_000_000)] = ExplainSettings.row


class _Chosen(_Group):
    rows: Rows = Settings.rows
    synthetic: bool = Settings.synthetic
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Settings.seed
    checks: Annotated[tuple[Literal[CHECKS], ...], Field(min_length=1, max_length=len(CHECKS))] = CHECKS  # type: ignore[valid-type]
    latency: _Latency = _Latency()
    simulation: _Simulation = _Simulation()
    explain: _Explain = _Explain()
    positive: Positive | None = None


def to_data(settings: Settings) -> dict[str, Any]:
    """As they are, within the bounds of what is read again or not."""
    return {name: value for name, value in asdict(settings).items() if name in CHOSEN}


def _names(path: Sequence[Any]) -> list[str]:
    """That a person may choose, at that place."""
    model: type[BaseModel] = _Chosen
    for name in path:
        model = model.model_fields[name].annotation  # type: ignore[assignment]
    return list(model.model_fields)


def from_data(
    data: Mapping[str, Any],
    limits: Limits | None = None,
    *,
    unconfined: bool = False,
    kept_rows: int = Settings.kept_rows,
) -> Settings:
    """data: any of ``CHOSEN``, None for what is not chosen. The others are of whoever runs the bench. Raises
    SettingsRefused."""
    try:
        chosen = _Chosen.model_validate({name: value for name, value in data.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            known = ", ".join(_names(first["loc"][:-1]))
            raise SettingsRefused(f"settings: got {shortened(where)!r}, expected one of {known}") from None
        raise SettingsRefused(f"settings: {where}: {first['msg'].lower()}") from None
    return Settings(
        rows=chosen.rows,
        synthetic=chosen.synthetic,
        seed=chosen.seed,
        checks=tuple(dict.fromkeys(chosen.checks)),
        latency=LatencySettings(**chosen.latency.model_dump()),
        simulation=SimulationSettings(**chosen.simulation.model_dump()),
        explain=ExplainSettings(**chosen.explain.model_dump()),
        limits=limits or Settings().limits,
        unconfined=unconfined,
        kept_rows=kept_rows,
        positive=None if chosen.positive is None else plain(chosen.positive),
    )
