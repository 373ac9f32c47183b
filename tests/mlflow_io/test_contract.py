"""The contract as data: in step with the names, with what our own pipeline writes, and with the documentation."""

from dataclasses import replace

import pytest

from lifecycle.gate import Decision
from lifecycle.records import DriftRecord, GateRecord
from metrics.roc import RocCurve
from metrics.scores import USUAL_SCORES
from mlflow_io import contract, names
from mlflow_io.contract import Sort
from mlflow_io.writing.items import (
    Item,
    Json,
    Metric,
    Param,
    Tag,
    Text,
    drift_items,
    gate_items,
    opening_items,
)
from tests.conftest import ROOT
from tests.scored import four

ROC = RocCurve((0.0, 1.0), (0.0, 1.0), (1.0, 0.0), 0.5)
ELSEWHERE = {
    "FAILURE": "of failed runs",
    "MODEL": "of training runs",
    "PREPROCESSOR": "of training runs",
    "STAGE": "of the registry",
    "QUALITY_GATE_TRUE": "a value",
    "PRODUCTION_ONLY": "a value",
}
"""Names that are no part of a drift or gate run, and what they are."""


def keys(entries: tuple[contract.Entry, ...]) -> set[tuple[str, str]]:
    return {(entry.sort, entry.key) for entry in entries}


def of(item: Item) -> tuple[str, str]:
    match item:
        case Param(key) | Metric(key) | Tag(key):
            return Sort(type(item).__name__.lower()), key
        case Json(path) | Text(path):
            return Sort.ARTIFACT, path


def test_every_name_has_its_entry() -> None:
    texts = {
        value
        for name, value in vars(names).items()
        if name.isupper() and isinstance(value, str) and name not in ELSEWHERE
    }
    for score in USUAL_SCORES.shown:
        texts |= {names.production_score(score.name), names.candidate_score(score.name)}
    texts |= {"auc_improvement", "f1_improvement"}
    assert {entry.key for entry in (*contract.DRIFT, *contract.GATE)} == texts


def test_our_own_runs_write_just_that() -> None:
    scores = four(0.8, 0.7, 0.6, 0.5)
    drift = DriftRecord(1, 0.4, 0.3, 4, 10, "initial_train", "batch_1")
    few = replace(drift, share=None, too_few_rows=True, reference_rows=400, new_rows=12, min_rows=30)
    written = {of(item) for item in (*opening_items(1, gate=False), *drift_items(drift), *drift_items(few))}
    assert written | {(Sort.ARTIFACT, names.DRIFT_COLUMNS), (Sort.ARTIFACT, names.DRIFT_HTML)} == keys(contract.DRIFT)
    trained = GateRecord(1, scores, scores, Decision.DEPLOY, "batch_1_test", 300, "XGBoost", "0" * 32)
    trained = replace(
        trained, production_version="1", production_run_id="1" * 32, trained_until=0, candidate_version="2"
    )
    trained = replace(trained, candidate_version="2")
    first = replace(trained, batch=0, captured_after=0, seen_rows=200, training_rows=800)
    only = replace(trained, candidate=None, decision=Decision.SKIP_NO_DRIFT, training_run_id=None)
    items = (*opening_items(1, gate=True), *gate_items(trained, ROC, ROC), *gate_items(only, ROC), *gate_items(first))
    assert {of(item) for item in items} == keys(contract.GATE)


@pytest.mark.parametrize("entries", [contract.DRIFT, contract.GATE])
def test_no_entry_comes_twice(entries: tuple[contract.Entry, ...]) -> None:
    assert len(keys(entries)) == len(entries)


def test_the_documentation_shows_the_contract_as_it_is() -> None:
    """Where they differ: python -c 'from mlflow_io.contract import markdown; print(markdown())'"""
    document = (ROOT / "docs" / "airflow.md").read_text("utf-8")
    shown = document.partition("<!-- contract -->\n")[2].partition("<!-- /contract -->")[0]
    assert shown == f"\n{contract.markdown()}\n"
