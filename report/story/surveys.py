"""What experiments hold instead of the runs that were looked for: for the owner of a store whose names, or whose
contract, are others."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from batch_zero import formats
from batch_zero.text import shortened
from lifecycle.experiment import MlflowNames
from lifecycle.records import History, Survey
from mlflow_io import names
from mlflow_io.run_kinds import scores_in

Kind = Literal["drift", "gate"]
KINDS: tuple[Kind, Kind] = ("drift", "gate")
KNOWN_BY: dict[Kind, str] = {
    "drift": f"metric {names.DRIFT_SHARE}",
    "gate": f"tag {names.QUALITY_GATE}, or metrics "
    + formats.listed([called("<score>") for called in (names.production_score, names.candidate_score)]),
}
SETTING: dict[Kind, str] = {"drift": "drift_experiment", "gate": "gate_experiment"}


@dataclass(frozen=True)
class _Sought:
    """wanted: the experiment's name that each kind of runs was looked for under. lacking: kinds that were found for no
    batch. holders: in how many experiments there are runs of each kind. swapped: each of the two names is that
    of the other kind's experiment. anything: some batch was found."""

    mlflow_names: dict[Kind, str]
    lacking: tuple[Kind, ...]
    holders: Counter[Kind]
    swapped: bool
    anything: bool


def counted(survey: Survey) -> str:
    """5 finished runs"""
    more = "" if survey.complete else "more than "
    if survey.finished or not survey.others:
        return f"{more}{formats.counted(survey.finished, 'finished run')}"
    return f"{more}{formats.counted(survey.others, 'run')}, none finished"


def sentences(history: History, mlflow_names: MlflowNames) -> Iterator[str]:
    """Of the kinds of runs that were found for no batch: where there are such runs, and what there is else."""
    sought = _sought(history, mlflow_names)
    if sought.swapped:
        yield (
            f"the two names are swapped: drift_experiment is {mlflow_names.drift_experiment}, which holds gate runs, "
            f"and gate_experiment is {mlflow_names.gate_experiment}, which holds drift runs"
        )
    for survey in history.surveys:
        if _tells(survey, sought):
            yield f"experiment {survey.experiment}: {'; '.join(_parts(survey, sought))}"


def _sought(history: History, mlflow_names: MlflowNames) -> _Sought:
    found: dict[str, list[object]] = {
        "drift": [batch.drift or batch.unreadable_drift for batch in history.batches],
        "gate": [batch.gate or batch.unreadable_gate for batch in history.batches],
    }
    later = not history.batches or any(batch.batch > 0 for batch in history.batches)
    lacking = tuple(kind for kind in KINDS if not any(found[kind]) and (kind == "gate" or later))
    holders: Counter[Kind] = Counter(kind for survey in history.surveys for kind in _held(survey))
    names_of: dict[Kind, str] = {"drift": mlflow_names.drift_experiment, "gate": mlflow_names.gate_experiment}
    held = {survey.experiment: _held(survey) for survey in history.surveys}
    swapped = lacking == KINDS and (held.get(names_of["drift"]), held.get(names_of["gate"])) == (["gate"], ["drift"])
    return _Sought(names_of, lacking, holders, swapped, bool(history.batches))


def _number(survey: Survey, kind: Kind) -> int:
    return survey.drift if kind == "drift" else survey.gate


def _held(survey: Survey) -> list[Kind]:
    return [kind for kind in KINDS if _number(survey, kind)]


def _asked(survey: Survey, sought: _Sought) -> list[Kind]:
    return [kind for kind in sought.lacking if sought.mlflow_names[kind] == survey.experiment]


def _tells(survey: Survey, sought: _Sought) -> bool:
    if not sought.anything:
        return survey.finished > 0
    return bool(_asked(survey, sought)) or any(kind in sought.lacking for kind in _held(survey))


def _parts(survey: Survey, sought: _Sought) -> Iterator[str]:
    absent = _absent(survey, sought)
    yield counted(survey)
    if survey.finished:
        yield _numbered(survey, absent)
    if not sought.swapped:
        yield from _advice(survey, sought)
    if survey.finished and absent:
        yield _logged(survey)


def _absent(survey: Survey, sought: _Sought) -> list[Kind]:
    """The kinds of which it is to be said that the experiment holds none."""
    if sought.swapped:
        return []
    if not sought.anything and not _held(survey):
        return list(KINDS)
    return [kind for kind in _asked(survey, sought) if not _number(survey, kind)]


def _numbered(survey: Survey, absent: list[Kind]) -> str:
    if not survey.numbered:
        return f"none has a param or tag {names.BATCH_NUMBER}"
    held = [formats.counted(_number(survey, kind), f"{kind} run") for kind in _held(survey)]
    part = "" if survey.seen >= survey.numbered else f" of the newest {survey.seen:,}"
    among = f", among them{part and f' ({part.strip()})'} {formats.listed(held)}" if held else ""
    kinds = " or ".join(f"a {kind} run ({KNOWN_BY[kind]})" for kind in absent)
    none = f", but none{part or ' of them'} is {kinds} with a whole batch number" if absent else ""
    return f"{survey.numbered:,} with a param or tag {names.BATCH_NUMBER}{among}{none}"


def _advice(survey: Survey, sought: _Sought) -> Iterator[str]:
    """Where runs of a kind that is lacking are in an experiment that was not asked for them, or hold another score."""
    for kind in _held(survey):
        if kind in sought.lacking and sought.mlflow_names[kind] != survey.experiment:
            many = sought.holders[kind] > 1
            yield (
                f"these are {kind} runs: name "
                f"{'this experiment, if it is the one that is meant,' if many else 'this experiment'} as "
                f"{SETTING[kind]} in experiment.toml"
            )
        elif kind == "gate" and kind in sought.lacking:
            found = formats.sample([f'"{shortened(name)}"' for name in scores_in(survey.metrics)])
            yield f"they hold another score than the primary one: name it in [scores], as primary = {found}"


def _logged(survey: Survey) -> str:
    parts = [
        f"{what} {formats.sample([shortened(key) for key in keys], 8)}"
        for what, keys in (("params", survey.params), ("metrics", survey.metrics), ("tags", survey.tags))
        if keys
    ]
    return f"they log {', '.join(parts)}" if parts else "they log no params and no metrics"
