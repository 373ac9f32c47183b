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
from report.story.sentences import RUN_OF

Kind = Literal["drift", "gate"]
KINDS: tuple[Kind, Kind] = ("drift", "gate")
KNOWN_BY: dict[Kind, str] = {
    "drift": f"metric {names.DRIFT_SHARE}",
    "gate": f"tag {names.QUALITY_GATE}, or metrics "
    + formats.listed([called("<score>") for called in (names.production_score, names.candidate_score)]),
}
NO_WHOLE_NUMBER = "no whole number"
CONTRACT = "docs/airflow.md"
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
    """Of the kinds of runs that were found for no batch: where there are such runs, and what there is else. history:
    its surveys are of experiments that nobody else goes by."""
    sought = _sought(history, mlflow_names)
    if sought.swapped:
        drift, gate = mlflow_names.drift_experiment, mlflow_names.gate_experiment
        yield (
            f"the two names are swapped: drift_experiment is {drift}, which holds {RUN_OF['gate']}s, and "
            f"gate_experiment is {gate}, which holds {RUN_OF['drift']}s"
        )
    for survey in history.surveys:
        if _tells(survey, sought):
            yield f"experiment {survey.experiment}: {'; '.join(_parts(survey, sought))}"


def told(history: History, mlflow_names: MlflowNames) -> frozenset[str]:
    """Names of the experiments that a sentence is of."""
    sought = _sought(history, mlflow_names)
    return frozenset(survey.experiment for survey in history.surveys if _tells(survey, sought))


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


def _odd(survey: Survey, kind: Kind) -> int:
    return survey.odd_drift if kind == "drift" else survey.odd_gate


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
    if survey.finished and absent and not _all_known(survey):
        yield _logged(survey)


def _all_known(survey: Survey) -> bool:
    """Whether all its runs are of one kind: none of them can be of another that was not recognised."""
    looked_at = survey.complete and survey.numbered == survey.finished
    return looked_at and any(_number(survey, kind) + _odd(survey, kind) == survey.seen for kind in KINDS)


def _absent(survey: Survey, sought: _Sought) -> list[Kind]:
    """The kinds of which it is to be said that the experiment holds none."""
    if sought.swapped:
        return []
    there = [kind for kind in KINDS if _number(survey, kind) or _odd(survey, kind)]
    if not sought.anything and not there:
        return list(KINDS)
    return [kind for kind in _asked(survey, sought) if kind not in there]


def _numbered(survey: Survey, absent: list[Kind]) -> str:
    """Each count is said once: "all" and "it" are of the runs that were counted before."""
    if not survey.numbered:
        none = "it has no" if survey.finished == 1 and survey.complete else "none has a"
        return f"{none} param or tag {names.BATCH_NUMBER}: log what the contract in {CONTRACT} says"
    has = _of_all(survey.numbered, survey.finished if survey.complete else None, "have", "has")
    parts = [f"{has} a param or tag {names.BATCH_NUMBER}", *_of_each_kind(survey)]
    if absent:
        parts.append(_none_of(survey, absent))
    return ", ".join(parts)


def _of_each_kind(survey: Survey) -> Iterator[str]:
    newest = "" if survey.seen >= survey.numbered else f"of the newest {survey.seen:,} "
    for kind in KINDS:
        for number, whole in ((_number(survey, kind), True), (_odd(survey, kind), False)):
            if number:
                runs, their = (f"a {RUN_OF[kind]}", "its") if number == 1 else (f"{RUN_OF[kind]}s", "their")
                but = "" if whole else f", but {their} {names.BATCH_NUMBER} is {NO_WHOLE_NUMBER}"
                yield f"{newest}{_of_all(number, survey.seen, 'are', 'is')} {runs}{but}"


def _of_all(number: int, among: int | None, many: str, one: str) -> str:
    """all are, it is, 3 are: of ``among`` runs; None where that is not known."""
    if number == among:
        return f"it {one}" if number == 1 else f"all {many}"
    return f"{number:,} {one if number == 1 else many}"


def _none_of(survey: Survey, absent: list[Kind]) -> str:
    newest = "" if survey.seen >= survey.numbered else f"of the newest {survey.seen:,} "
    known = [f"a {RUN_OF[kind]}{'' if _all_known(survey) else f' ({KNOWN_BY[kind]})'}" for kind in absent]
    if survey.seen == 1:
        return f"it is {'neither ' if len(known) > 1 else 'not '}{' nor '.join(known)}"
    return f"{newest}none is {' or '.join(known)}"


def _advice(survey: Survey, sought: _Sought) -> Iterator[str]:
    """Where runs of a kind that is lacking are in an experiment that was not asked for them, or hold another score."""
    for kind in _held(survey):
        if kind in sought.lacking and sought.mlflow_names[kind] != survey.experiment:
            many = sought.holders[kind] > 1
            yield (
                f"these are {RUN_OF[kind]}s: name "
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
