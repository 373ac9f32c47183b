"""What ``latest_per_batch.py`` measured, as a page that a stranger can read, and whether it reaches the targets."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.contenders import NEWEST
from benchmarks.histories import Shape
from benchmarks.stores import HTTP_POSTGRES, HTTP_SQLITE, POSTGRES, SQLITE

HTTP = (HTTP_SQLITE, HTTP_POSTGRES)
SOURCES = (SQLITE, POSTGRES, *HTTP)
MANY, TENTH = 100_000, 10_000
FEW_BATCHES, MANY_BATCHES = 6, 50


@dataclass(frozen=True)
class Costs:
    """CPU milliseconds of client and server for one call; None where it was not measured.

    refresh: nothing has changed. counting: None where the first fill has counted the attempts as well.
    wrong: batches that the newest runs get wrong or miss. gates: first fill and everything, for the gate runs alone.
    """

    shape: Shape
    source: str
    first: float
    refresh: float
    counting: float | None
    floor: float | None
    newest: float
    wrong: int
    everything: float | None
    gates: tuple[float, float] | None


@dataclass(frozen=True)
class Fresh:
    """Of a fresh process at the largest size, with few batches. report_ms: CPU of ``python -m report``."""

    memory_mb: float
    report_ms: float | None


@dataclass(frozen=True)
class Target:
    """value: None where it was not measured."""

    wanted: str
    value: float | None
    limit: float
    form: str
    at_least: bool = False

    @property
    def line(self) -> str:
        if self.value is None:
            return f"| {self.wanted} | not measured | |"
        reached = self.value >= self.limit if self.at_least else self.value < self.limit
        return f"| {self.wanted} | {self.form.format(self.value)} | {'✓' if reached else '✗'} |"


def written(command: str, versions: Mapping[str, str], costs: Sequence[Costs], fresh: Mapping[str, Fresh]) -> str:
    largest = max(cost.shape.runs for cost in costs)
    parts = [
        "# The latest run per batch in long histories",
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        "Milliseconds of CPU per call, client and server together, in a warm process: the median of three series, 20 "
        "ms of rest after each call of a server. 95 % of the runs are trials of a hyper-parameter search, 5 % are "
        "gate runs; a tenth as many drift runs on top. All sources hold the same runs "
        "and every answer below was the true one, except that of the newest "
        f"{NEWEST} runs. HTTP is `mlflow server`, one worker.",
        "## Ours",
        "\n".join(_ours(costs)),
        "Refresh: the same again, when nothing has happened. Counting: how many attempts each batch had; over HTTP it "
        "goes on beside everything else after the first fill, elsewhere it is part of it. Plain SQL is what one would "
        "write for this history by hand, without that count.",
        "## Others",
        "\n".join(_others(costs)),
        f"Everything: `mlflow.search_runs` of all runs and pandas. Newest {NEWEST}: the same with "
        f"`max_results={NEWEST}`.",
        *_gates(costs),
        f"## Memory and growth, {FEW_BATCHES} batches",
        "\n".join(_fresh(costs, fresh, largest)),
        "Memory: the peak of one reading by a fresh process above its imports.",
        "## Targets",
        "\n".join(_targets(costs, fresh)),
    ]
    return "\n\n".join(parts) + "\n"


def _ours(costs: Iterable[Costs]) -> Iterable[str]:
    yield "| source | runs | batches | first fill | refresh | counting | plain SQL | first fill / SQL |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for cost in sorted(costs, key=lambda cost: SOURCES.index(cost.source)):
        ratio = _times(cost.first / cost.floor) if cost.floor else "—"
        cells = (cost.source, f"{cost.shape.runs:,}", cost.shape.batches, _ms(cost.first), _ms(cost.refresh))
        yield _row(*cells, _ms(cost.counting), _ms(cost.floor), ratio)


def _others(costs: Iterable[Costs]) -> Iterable[str]:
    yield f"| source | runs | batches | everything | everything / ours | newest {NEWEST} | of its batches wrong |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for cost in sorted(costs, key=lambda cost: SOURCES.index(cost.source)):
        ratio = _times(cost.everything / cost.first) if cost.everything else "—"
        cells = (cost.source, f"{cost.shape.runs:,}", cost.shape.batches, _ms(cost.everything), ratio)
        yield _row(*cells, _ms(cost.newest), f"{cost.wrong} of {cost.shape.batches}")


def _gates(costs: Iterable[Costs]) -> Iterable[str]:
    for cost in costs:
        if cost.gates:
            first, whole = cost.gates
            yield (
                f"The gate runs alone, whose experiment holds the {cost.shape.runs:,}, {cost.source}: "
                f"{_ms(first)} against {_ms(whole)}, {_times(whole / first)}."
            )


def _fresh(costs: Sequence[Costs], fresh: Mapping[str, Fresh], largest: int) -> Iterable[str]:
    yield _row("source", f"memory, {largest:,} runs", "refresh, 10,000 → 100,000 runs", "cold `python -m report`")
    yield "|---|---:|---:|---:|"
    for source, found in fresh.items():
        growth, report = _growth(costs, source), found.report_ms
        report_s = "—" if report is None else f"{report / 1_000:.2f} s"
        yield _row(source, f"{found.memory_mb:.1f} MB", "—" if growth is None else _times(growth), report_s)


def _targets(costs: Sequence[Costs], fresh: Mapping[str, Fresh]) -> Iterable[str]:
    yield f"| at {MANY:,} runs, {FEW_BATCHES} batches where not told otherwise | measured | |"
    yield "|---|---:|---|"
    yield from (target.line for target in targets(costs, fresh))


def targets(costs: Sequence[Costs], fresh: Mapping[str, Fresh]) -> Iterable[Target]:
    few = {cost.source: cost for cost in costs if cost.shape == Shape(MANY, FEW_BATCHES)}
    many = {cost.source: cost for cost in costs if cost.shape == Shape(MANY, MANY_BATCHES)}
    yield from _of_sqlite(few.get(SQLITE), fresh.get(SQLITE) if few else None)
    yield Target("PostgreSQL: first fill within 3× of plain SQL", _over_floor(few.get(POSTGRES)), 3, "{:.1f}×")
    for source in HTTP:
        cost = few.get(source)
        yield Target(f"{source}: first fill under 0.7 s", cost and cost.first / 1_000, 0.7, "{:.2f} s")
        yield Target(f"{source}: refresh under 100 ms", cost and cost.refresh, 100, "{:,.0f} ms")
    for source in SOURCES:
        wanted = f"{source}: refresh costs less than 1.5× of what it does at {TENTH:,} runs"
        yield Target(wanted, _growth(costs, source), 1.5, "{:.2f}×")
    for source in SOURCES:
        cost = many.get(source)
        wanted = f"{source}, {MANY_BATCHES} batches: right, first fill under 3 s"
        yield Target(wanted, cost and cost.first / 1_000, 3, "{:.2f} s")


def _of_sqlite(cost: Costs | None, fresh: Fresh | None) -> Iterable[Target]:
    saved = cost.gates[1] / cost.gates[0] if cost and cost.gates else None
    report = fresh.report_ms / 1_000 if fresh and fresh.report_ms else None
    yield Target("SQLite: first fill within 3× of plain SQL", _over_floor(cost), 3, "{:.1f}×")
    wanted = f"SQLite, gate runs among the {MANY:,}: first fill at least 1,000× cheaper than everything"
    yield Target(wanted, saved, 1_000, "{:,.0f}×", at_least=True)
    yield Target("SQLite: unchanged refresh under 1 ms", cost and cost.refresh, 1, "{:.3f} ms")
    yield Target("SQLite: memory above imports under 30 MB", fresh and fresh.memory_mb, 30, "{:.1f} MB")
    yield Target("SQLite: cold `python -m report --format json` under 2 s", report, 2, "{:.2f} s")


def _over_floor(cost: Costs | None) -> float | None:
    return cost.first / cost.floor if cost and cost.floor else None


def _growth(costs: Iterable[Costs], source: str) -> float | None:
    refresh = {cost.shape: cost.refresh for cost in costs if cost.source == source}
    small, large = Shape(TENTH, FEW_BATCHES), Shape(MANY, FEW_BATCHES)
    return refresh[large] / refresh[small] if small in refresh and large in refresh else None


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _ms(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def _times(value: float) -> str:
    return f"{value:,.0f}×" if value >= 100 else f"{value:.1f}×"
