"""``python -m report doctor``: what a store has, lacks and bends."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlflow_io import names
from mlflow_io.stores.filestore import store_folder
from report.__main__ import main
from report.doctor.checks import examine
from settings import load_experiment, read
from tests.stories import column_drifts, roc_curve
from tests.world import DAWN, EXPERIMENT_TOML, MINUTE, NAMES, World

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Doctor:
    """The command on the world's store -> (exit code, what it said)."""
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)

    def doctor(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main(["--mlflow-tracking-uri", world.uri, "--experiment", str(tmp_path), "doctor", *arguments])
        out, err = capfd.readouterr()
        assert (out == "") == (code == 2)
        return code, out + err

    return doctor


def healthy(world: World) -> dict[str, str]:
    """A history that follows the contract in everything; run ids by name."""
    made = {"drift 0": world.drift(0, 0.0), "gate 0": world.gate(0, decision="BASELINE")}
    made["drift 1"] = world.drift(1, 0.1)
    made["gate 1"] = world.gate(1, 0.8, 0.82, decision="DEPLOY")
    world.client.set_tag(made["gate 1"], "note", "of somebody else")
    world.client.log_param(made["gate 1"], names.TRAINING_RUN_ID, made["gate 0"])
    for gate in (made["gate 0"], made["gate 1"]):
        world.client.log_metric(gate, names.TEST_ROWS, 300)
        world.client.log_metric(gate, "auc_improvement", 0.02 if gate == made["gate 1"] else 0.0)
        world.client.log_metric(gate, "f1_improvement", 0.02 if gate == made["gate 1"] else 0.0)
        world.artifact(gate, names.ROC_PRODUCTION, roc_curve(0.8).to_dict())
    world.artifact(made["gate 1"], names.ROC_CANDIDATE, roc_curve(0.82).to_dict())
    world.artifact(made["drift 1"], names.DRIFT_COLUMNS, {"columns": [vars(column) for column in column_drifts()]})
    world.client.create_registered_model(NAMES.model)
    world.client.create_model_version(NAMES.model, "somewhere", made["gate 0"])
    world.client.set_registered_model_alias(NAMES.model, "production", "1")
    return made


def test_a_history_that_follows_the_contract_has_nothing_to_be_said(world: World, doctor: Doctor) -> None:
    healthy(world)
    code, said = doctor()
    assert code == 0
    assert said.startswith(
        f"Test experiment, in {world.uri}\nA report can be told.\n\nExperiment Drift: drift runs of "
    )
    assert "Registered model Model: version 1 is in production, by its alias production\n" in said
    for word in ("Needed", "would tell more", "Not understood", "Non-standard", "lacks", "non-standard"):
        assert word not in said


@pytest.mark.parametrize("store", ["postgres_world", "file_world", "rest_world"])
def test_it_says_the_same_of_every_kind_of_store(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    there: World = request.getfixturevalue(store)
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    healthy(there)
    there.gate("2.0", 0.8, 0.81)
    diagnosis = examine(there.uri, load_experiment(str(tmp_path), read({})))
    assert (diagnosis.needed, diagnosis.numbers("gate"), diagnosis.numbers("drift")) == ((), [0, 1, 2], [0, 1])
    assert set(diagnosis.bent) >= {
        "Batch 2, quality gate run, batch_number: written '2.0'",
        "Batch 2, quality gate run, decision: lacking; inferred: DEPLOY",
    }


def sentences(doctor: Doctor) -> list[str]:
    code, said = doctor("--format", "json")
    found = json.loads(said)
    assert code == (0 if found["healthy"] else 1)
    return [*found["needed"], *found["missing"], *found["not_understood"], *found["bent"], *found["unseen"]]


SPOILT: dict[str, tuple[Callable[[World, dict[str, str]], object], str]] = {
    "no decision": (
        lambda world, made: world.client.delete_tag(made["gate 1"], "decision"),
        "Batch 1, quality gate run, decision: lacking; inferred: DEPLOY",
    ),
    "an unknown decision": (
        lambda world, made: world.client.set_tag(made["gate 1"], "decision", "MAYBE"),
        "Batch 1: the run stored the decision “MAYBE”, which is none of ours: what was decided is not known",
    ),
    "a decision that today's gate would not make": (
        lambda world, made: world.client.set_tag(made["gate 1"], "decision", "SKIP"),
        "Batch 1, quality gate run, decision: SKIP, which is not what today's gate makes of the scores",
    ),
    "a baseline by another name": (
        lambda world, made: world.client.set_tag(made["gate 0"], "decision", "DEPLOY"),
        "Batch 0, quality gate run, decision: 'DEPLOY'; batch 0 is the baseline",
    ),
    "no tag on a quality gate run": (
        lambda world, made: world.client.delete_tag(made["gate 1"], "quality_gate"),
        "Batch 1, quality gate run, quality_gate: lacking; the run is known by its scores",
    ),
    "another difference than the scores have": (
        lambda world, made: world.client.log_metric(made["gate 1"], "auc_improvement", 0.5, DAWN + MINUTE, 1),
        "Batch 1, quality gate run, auc_improvement: another difference than the scores have; the report goes by those",
    ),
    "another verdict on the drift": (
        lambda world, made: world.client.log_metric(made["drift 1"], "dataset_drift", 1, DAWN + 9 * MINUTE, 1),
        "Batch 1, drift run, dataset_drift: another verdict than share and threshold give; the report goes by those",
    ),
    "a share in percent": (
        lambda world, made: world.client.log_metric(made["drift 1"], "drift_share", 30, DAWN + 9 * MINUTE, 1),
        "Batch 1: the drift run stored drift_share “30”, which is no share from 0 to 1: it is not known (its counts, "
        "1 of 10 columns, give 0.10)",
    ),
    "a curve that is none": (
        lambda world, made: world.artifact(made["gate 1"], names.ROC_CANDIDATE, "none"),
        "Batch 1, quality gate run, roc_curves/roc_curve_new.json: cannot be used: not JSON: Expecting value: line 1 ",
    ),
    "artifacts that were moved away": (
        lambda world, _: shutil.rmtree(world.artifacts / "Gate"),
        "Batches 0–1, quality gate run, roc_curves/roc_curve_production.json: lacking; there is no ROC curve",
    ),
    "a stage instead of an alias": (
        lambda world, _: (
            world.client.delete_registered_model_alias(NAMES.model, "production")
            or world.client.transition_model_version_stage(NAMES.model, "1", "Production")
        ),
        "Version 1 of Model is in production by its stage, not by an alias",
    ),
    "nothing in production": (
        lambda world, _: world.client.delete_registered_model_alias(NAMES.model, "production"),
        "No version of the registered model Model is in production",
    ),
    "a number in another spelling": (
        lambda world, _: world.drift("2.0", 0.1),
        "Batch 2, drift run, batch_number: written '2.0'",
    ),
    "a threshold that is none": (
        lambda world, _: world.drift(2, threshold="much"),
        "Batch 2: the drift run stored drift_threshold “much”, which is no share above 0 and up to 1: it is not known",
    ),
    "a later batch that is none": (
        lambda world, made: (
            world.client.log_param(made["gate 0"], names.CAPTURED_AFTER, "two"),
            world.client.log_param(made["gate 1"], "trained_on_batches", "all"),
        ),
        "Batch 0: the quality gate run stored captured_after_batch “two”, which is no whole number from 0 on: it",
    ),
    "no threshold": (
        lambda world, _: world.drift(2, threshold=None),
        "Batch 2, drift run, drift_threshold: lacking; today's threshold is used, and said",
    ),
    "a batch without its gate": (
        lambda world, _: world.drift(2),
        "Batch 2: there is a drift run but no finished quality gate run for this batch",
    ),
    "a batch without its drift check": (
        lambda world, _: world.gate(2, 0.8, trained=False, decision="SKIP_NO_DRIFT"),
        "Batch 2: there is a quality gate run but no finished drift run for this batch",
    ),
    "a newer attempt": (
        lambda world, _: world.gate(1, status="FAILED"),
        "Batch 1: a newer quality gate run (started ",
    ),
    "unfinished attempts only": (
        lambda world, _: world.gate(7, status="RUNNING"),
        "Batch 7 has no finished run yet (1 attempt: RUNNING)",
    ),
    "a number that is none": (
        lambda world, _: world.gate("three"),
        "Runs with a batch number that is no whole number were left out (“three”): log a whole number as batch_number",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", SPOILT)
def test_what_is_lacking_or_bent_is_a_sentence_and_does_not_keep_a_report_from_being_told(
    world: World, doctor: Doctor, case: str
) -> None:
    spoil, sentence = SPOILT[case]
    spoil(world, healthy(world))
    found = sentences(doctor)
    assert any(said.startswith(sentence) for said in found), found
    assert doctor()[0] == 0


def test_what_is_not_understood_is_said_once_and_under_a_heading_of_its_own(world: World, doctor: Doctor) -> None:
    made = healthy(world)
    world.client.set_tag(made["gate 1"], "decision", "MAYBE")
    world.gate("three")
    world.drift(2, threshold="x")
    world.gate(2, 0.8, 0.81, decision=" ")
    _, said = doctor()
    odd = said.partition("Not understood:\n")[2].partition("\n\n")[0].splitlines()
    assert odd == [
        "- Runs with a batch number that is no whole number were left out (“three”): log a whole number as "
        "batch_number",
        "- Batch 1: the run stored the decision “MAYBE”, which is none of ours: what was decided is not known",
        "- Batch 2: the drift run stored drift_threshold “x”, which is no share above 0 and up to 1: it is not known",
        "- Batch 2: the run stored a decision that is blank: what was decided is not known",
    ]
    prose = said.partition("What the latest drift run")[0]
    assert [prose.count(word) for word in ("MAYBE", "“x”", "three", "blank")] == [1, 1, 1, 1]
    assert "  tag decision" in said  # the table says which batches bend it


def test_of_several_entries_it_is_said_in_the_plural(world: World, doctor: Doctor) -> None:
    world.run("Drift", params={"batch_number": 1, "reference_data": "r"}, metrics={"drift_share": 0.1})
    world.run("Drift", params={"batch_number": 2}, metrics={"drift_share": 0.1})
    world.run("Gate", params={"batch_number": 1}, metrics={"prod_auc_test": 0.7}, tags={"quality_gate": "True"})
    found = sentences(doctor)
    assert "Batch 1, drift run, new_data: lacking; it is not named" in found
    assert "Batch 2, drift run, reference_data and new_data: lacking; they are not named" in found
    assert any("prod_precision_test and prod_recall_test: lacking; the scores are not known" in said for said in found)


def test_what_a_run_lacks_is_said_once(world: World, doctor: Doctor) -> None:
    made = healthy(world)
    world.client.delete_tag(made["gate 1"], "decision")
    world.drift(2, threshold=None)
    prose = doctor()[1].partition("What the latest drift run")[0].splitlines()
    assert [line for line in prose if "decision" in line] == [
        "- Batch 1, quality gate run, decision: lacking; inferred: DEPLOY"
    ]
    assert len([line for line in prose if "threshold" in line]) == 1


def test_a_batch_number_that_is_a_tag_is_said(world: World, doctor: Doctor) -> None:
    healthy(world)
    world.run("Gate", tags={"quality_gate": "True", "batch_number": "2"}, metrics={"prod_auc_test": 0.8})
    assert "Batch 2, quality gate run, batch_number: given as a tag" in sentences(doctor)


def test_a_store_in_percent_is_told_once_and_the_same_by_doctor_and_report(
    world: World, doctor: Doctor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    metrics = {"drift_share": 20.0, "n_drifted_columns": 2, "n_total_columns": 10}
    world.run("Drift", params={"batch_number": 1, "drift_threshold": "30"}, metrics=metrics)
    world.gate(1, 72.0, 75.0)
    found = json.loads(doctor("--format", "json")[1])
    said = [*found["missing"], *found["not_understood"], *found["bent"]]
    about = [sentence for sentence in said if "drift_share" in sentence or "drift_threshold" in sentence]
    assert about == [
        "Batch 1: the drift run stored drift_share “20”, which is no share from 0 to 1: it is not known (its counts, "
        "2 of 10 columns, give 0.20)",
        "Batch 1: the drift run stored drift_threshold “30”, which is no share above 0 and up to 1: it is not known",
    ]
    assert {"metric drift_share", "param drift_threshold"} <= found["runs"][0]["bends"].keys()
    assert main(["--mlflow-tracking-uri", world.uri, "--experiment", str(tmp_path), "--format", "json"]) == 0
    (batch,) = json.loads(capfd.readouterr().out)["batches"]
    assert set(batch["notices"]) >= {sentence.removeprefix("Batch 1: ") for sentence in about}
    assert (batch["drift"]["share"], batch["drift"]["threshold"], batch["drift"]["detected"]) == (None, None, None)
    assert (batch["decision"], batch["gate"]["production"]["auc"], batch["gate"]["candidate"]) == (None, None, None)


def test_nothing_in_its_json_is_invisible(world: World, doctor: Doctor) -> None:
    world.gate(1, decision="on \u202ehold\x7f")
    world.run("Gate", params={"batch_number": "\u2066two"}, tags={"quality_gate": "True"})
    _, written = doctor("--format", "json")
    assert not {"\u202e", "\x7f", "\u2066"} & set(written + " ".join(json.loads(written)["not_understood"]))


def test_productions_scores_in_the_place_of_a_new_models_are_the_contracts_and_others_are_told(
    world: World, doctor: Doctor
) -> None:
    world.gate(1, 0.8, trained=False, decision="SKIP_NO_DRIFT")
    world.gate(2, 0.8, 0.78, trained=False)
    found = " ".join(sentences(doctor))
    named = "new_auc_test, new_f1_test, new_precision_test and new_recall_test"
    assert f"Batch 2, quality gate run, {named}: not shown; " in found
    assert "Batch 1, quality gate run, new_auc_test" not in found


def test_a_clock_that_is_ahead_is_said(world: World, doctor: Doctor) -> None:
    healthy(world)
    tomorrow = (time.time() * 1000 + 86_400_000 - DAWN) / MINUTE
    run = world.gate(1, 0.8, 0.82, decision="DEPLOY", start=tomorrow, end=tomorrow)
    assert any(said.startswith(f"The clock of run {run} was ahead: ") for said in sentences(doctor))


NEEDED: dict[str, tuple[Callable[[World], object], str]] = {
    "an empty store": (
        lambda world: world.experiment("Drifft"),
        "Its experiments are Default (0 finished runs) and Drifft (0 finished runs)",
    ),
    "an experiment in other capitals": (
        lambda world: world.experiment("d rift"),
        "The store has no experiment called Drift; did you mean “d rift”?",
    ),
    "no experiment of the name": (
        lambda world: world.experiment("Drifft"),
        "The store has no experiment called Drift",
    ),
    "runs of another contract": (
        lambda world: [
            world.run("Gate", params={"depth": 3, "lr": 0.1}, metrics={"val_auc": 0.8}, tags={"team": "x"})
            for _ in range(24)
        ],
        "Experiment Gate: 24 finished runs; none has a param or tag batch_number: log what the contract in "
        "docs/airflow.md says; they log params depth and lr, metrics val_auc, tags team",
    ),
    "the names of others": (
        lambda world: world.run("Churn", params={f"param_{number}": 1 for number in range(20)}),
        "Experiment Churn: 1 finished run; it has no param or tag batch_number: log what the contract in "
        "docs/airflow.md says; they log params "
        "param_0, param_1, param_10, param_11, param_12, param_13, param_14, param_15 and 12 more",
    ),
    "numbered runs of neither kind": (
        lambda world: world.run("Gate", params={"batch_number": 1}, metrics={"accuracy": 0.9}),
        "Experiment Gate: 1 finished run; it has a param or tag batch_number, it is neither a drift run (metric "
        "drift_share) nor a quality gate run (tag quality_gate, or metrics prod_<score>_test and new_<score>_test); "
        "they log params batch_number, metrics accuracy",
    ),
    "runs whose number is a word": (
        lambda world: [
            (
                world.run("Drift", params={"batch_number": f"batch_{n}"}, metrics={"drift_share": 0.1}),
                world.run("Gate", params={"batch_number": n}, metrics={"accuracy": 0.9}),
            )
            for n in (9, 10)
        ],
        "Experiment Drift: 2 finished runs; all have a param or tag batch_number, all are drift runs, but their "
        "batch_number is no whole number",
    ),
    "the two names swapped": (
        lambda world: (
            [world.run("Drift", params={"batch_number": n}, metrics={"prod_auc_test": 0.7}) for n in range(3)],
            [world.run("Gate", params={"batch_number": n}, metrics={"drift_share": 0.1}) for n in range(2)],
        ),
        "The two names are swapped: drift_experiment is Drift, which holds quality gate runs, and gate_experiment is "
        "Gate, which holds drift runs",
    ),
    "drift runs under another name": (
        lambda world: world.run("Monitoring", params={"batch_number": 1}, metrics={"drift_share": 0.1}),
        "Experiment Monitoring: 1 finished run; it has a param or tag batch_number, it is a drift run; these are "
        "drift runs: name this experiment as drift_experiment in experiment.toml",
    ),
    "runs of both kinds under another name": (
        lambda world: [
            world.run("All", params={"batch_number": n}, metrics={"drift_share": 0.1, "prod_auc_test": 0.7})
            for n in range(2)
        ],
        "Experiment All: 2 finished runs; all have a param or tag batch_number, all are drift runs, all are quality "
        "gate runs; these are drift runs: name this experiment as drift_experiment in experiment.toml; these are "
        "quality gate runs: name this experiment as gate_experiment in experiment.toml",
    ),
    "drift runs under two other names": (
        lambda world: [
            world.run(name, params={"batch_number": 1}, metrics={"drift_share": 0.1}) for name in ("East", "West")
        ],
        "Experiment West: 1 finished run; it has a param or tag batch_number, it is a drift run; these are drift "
        "runs: name this experiment, if it is the one that is meant, as drift_experiment in experiment.toml",
    ),
    "no finished run": (
        lambda world: (world.drift(1, status="FAILED"), world.gate(1, status="RUNNING")),
        "No batch has a finished run",
    ),
}


@pytest.mark.parametrize("case", NEEDED)
def test_that_no_report_can_be_told_is_exit_code_1(
    world: World, doctor: Doctor, case: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    spoil, sentence = NEEDED[case]
    spoil(world)
    code, said = doctor()
    assert code == 1
    assert "\nNo report can be told: something that it needs is lacking.\n" in said
    assert "make demo" not in said
    needed = said.partition("Needed:\n")[2].partition("\n\n")[0].splitlines()
    assert f"- {sentence}" in needed
    assert main(["--mlflow-tracking-uri", world.uri, "--experiment", str(tmp_path)]) == 2
    report = capfd.readouterr().err
    assert sentence in report
    assert ("make demo" in report) == case.startswith(("an empty", "an experiment", "no experiment"))


TOLD: dict[str, tuple[Callable[[World], object], str]] = {
    "no gate experiment": (
        lambda world: world.drift(1),
        "The store has no experiment called Gate",
    ),
    "gate runs of another contract": (
        lambda world: (
            world.drift(1),
            [
                world.run("Gate", params={"batch_number": n}, metrics={"prod_auc": 0.7}, tags={"decision": "DEPLOY"})
                for n in range(5)
            ],
        ),
        "Experiment Gate: 5 finished runs; all have a param or tag batch_number, none is a quality gate run (tag "
        "quality_gate, or metrics prod_<score>_test and new_<score>_test); they log params batch_number, "
        "metrics prod_auc, tags decision",
    ),
    "gate runs in another experiment": (
        lambda world: (
            world.drift(1),
            world.experiment("Gate"),
            world.run("Training", params={"batch_number": 1}, metrics={"prod_auc_test": 0.7}),
        ),
        "Experiment Training: 1 finished run; it has a param or tag batch_number, it is a quality gate run; these are "
        "quality gate runs: name this experiment as gate_experiment in experiment.toml",
    ),
    "drift runs alone, where quality gate runs were looked for as well": (
        lambda world: [
            world.run("Gate", params={"batch_number": n}, metrics={"drift_share": 0.1, "psi": 0.2}) for n in range(3)
        ],
        "Experiment Gate: 3 finished runs; all have a param or tag batch_number, all are drift runs, none is a quality "
        "gate run\n",
    ),
    "drift runs and one that may be a quality gate run": (
        lambda world: (
            [world.run("Gate", params={"batch_number": n}, metrics={"drift_share": 0.1}) for n in range(3)],
            world.run("Gate", metrics={"prod_auc": 0.7}),
        ),
        "Experiment Gate: 4 finished runs; 3 have a param or tag batch_number, all are drift runs, none is a quality "
        "gate run (tag quality_gate, or metrics prod_<score>_test and new_<score>_test); they log ",
    ),
    "an empty gate experiment": (
        lambda world: (world.drift(1), world.experiment("Gate")),
        "Experiment Gate: 0 finished runs",
    ),
    "gate runs of another score": (
        lambda world: (
            world.drift(1),
            world.run("Gate", params={"batch_number": 1}, metrics={"prod_accuracy_test": 0.7}),
        ),
        "Experiment Gate: 1 finished run; it has a param or tag batch_number, it is a quality gate run; they hold "
        'another score than the primary one: name it in [scores], as primary = "accuracy"',
    ),
    "no drift share": (
        lambda world: (world.drift(1, None), world.gate(1)),
        "Batch 1, drift run, drift_share: lacking; the drift is not known",
    ),
    "a drift share that is a param": (
        lambda world: (world.run("Drift", params={"batch_number": 1, "drift_share": 0.2}), world.gate(1)),
        "Batch 1, drift run, drift_share: lacking; there is a param of that name; the drift is not known",
    ),
    "a drift share that is no number": (
        lambda world: (world.drift(1, float("nan")), world.gate(1)),
        "Batch 1, drift run, drift_share: lacking; the drift is not known",
    ),
    "no score of production": (
        lambda world: (world.drift(1), world.gate(1, None, 0.8)),
        "Batch 1, quality gate run, prod_auc_test, prod_f1_test",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_as_long_as_a_report_can_be_told_it_is_exit_code_0(world: World, doctor: Doctor, case: str) -> None:
    spoil, sentence = TOLD[case]
    spoil(world)
    code, said = doctor()
    assert code == 0
    assert "\nA report can be told.\n" in said
    more = said.partition("would tell more with:\n")[2].partition("\n\n")[0].splitlines()
    assert any(f"{line}\n".startswith(f"- {sentence}") for line in more)


@pytest.mark.parametrize("store", ["postgres_world", "file_world", "rest_world"])
def test_what_is_there_instead_is_said_of_every_kind_of_store(
    store: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    there: World = request.getfixturevalue(store)
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    for status in ("FINISHED", "FINISHED", "FAILED"):
        there.run("Gate", params={"depth": 3}, metrics={"val_auc": 0.8}, tags={"team": "x"}, status=status)
    there.run("Monitoring", params={"batch_number": 1}, metrics={"drift_share": 0.1})
    needed = examine(there.uri, load_experiment(str(tmp_path), read({}))).needed
    assert (
        "Experiment Gate: 2 finished runs; none has a param or tag batch_number: log what the contract in "
        "docs/airflow.md says; they log params depth, metrics val_auc, tags team"
    ) in needed
    assert (
        "Experiment Monitoring: 1 finished run; it has a param or tag batch_number, it is a drift run; these are "
        "drift runs: name this experiment as drift_experiment in experiment.toml"
    ) in needed
    assert [said for said in needed if "experiments are" in said and "Gate" in said] == []  # they are told already


@pytest.mark.parametrize("store", ["world", "postgres_world", "file_world", "rest_world"])
def test_a_registered_model_of_a_like_name_is_offered_by_doctor_and_report(
    store: str, request: pytest.FixtureRequest, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    there: World = request.getfixturevalue(store)
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    there.gate(0, decision="BASELINE")
    none = "No version of the registered model Model is in production"
    for registered, said in (("Other", none), ("mo del", f"{none}; did you mean “mo del”?"), ("Model", none)):
        there.client.create_registered_model(registered)
        assert said in examine(there.uri, load_experiment(str(tmp_path), read({}))).missing
    there.client.delete_registered_model("Model")
    assert main(["--mlflow-tracking-uri", there.uri, "--experiment", str(tmp_path), "--format", "json"]) == 0
    notices = json.loads(capfd.readouterr().out)["notices"]
    assert "no version of the registered model Model is in production; did you mean “mo del”?" in notices


def test_experiments_that_another_known_one_goes_by_are_not_offered(world: World) -> None:
    names = load_experiment("crash_severity", read({})).names
    world.run(names.drift_experiment, params={"batch_number": 1}, metrics={"drift_share": 0.1})
    world.run(names.gate_experiment, params={"batch_number": 1}, metrics={"prod_f1_macro_test": 0.7})
    hie = load_experiment("rand_hie", read({}))
    assert examine(world.uri, hie).needed == (
        f"The store has no experiment called {hie.names.drift_experiment}",
        f"The store has no experiment called {hie.names.gate_experiment}",
        f"Its experiments are {names.drift_experiment} (1 finished run; another experiment.toml names it), "
        f"{names.gate_experiment} (1 finished run; another experiment.toml names it) and Default (0 finished runs)",
    )


def test_what_cannot_be_read_is_named_by_doctor_and_report(
    file_world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    healthy(file_world)
    runs = [file_world.gate(1) for _ in range(7)]
    for run in runs:
        (meta,) = store_folder(file_world.uri).glob(f"*/{run}/meta.yaml")
        meta.write_text("")
    diagnosis = examine(file_world.uri, load_experiment(str(tmp_path), read({})))
    (said,) = diagnosis.unseen
    assert said.startswith("Left out, because it cannot be read: ")
    assert (said.count("meta.yaml"), said.endswith(" and 2 more")) == (5, True)
    assert diagnosis.healthy
    assert main(["--mlflow-tracking-uri", file_world.uri, "--experiment", str(tmp_path), "--format", "json"]) == 0
    notices = json.loads(capfd.readouterr().out)["notices"]
    assert said in [notice[:1].upper() + notice[1:] for notice in notices]


@pytest.mark.parametrize("others", [True, False])
def test_an_experiment_that_may_be_the_one_that_cannot_be_read_is_not_called_missing(
    file_world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str], others: bool
) -> None:
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    file_world.drift(1)
    file_world.experiment("Gate")
    if others:
        file_world.gate(1)
    meta = store_folder(file_world.uri) / file_world.experiment("Drift") / "meta.yaml"
    meta.write_text(meta.read_text()[:20])
    diagnosis = examine(file_world.uri, load_experiment(str(tmp_path), read({})))
    found = diagnosis.missing if others else diagnosis.needed
    assert "Of what can be read, no experiment is called Drift" in found
    assert main(["--mlflow-tracking-uri", file_world.uri, "--experiment", str(tmp_path), "--format", "json"]) == (
        0 if others else 2
    )
    said, error = capfd.readouterr()
    if others:
        assert "meta.yaml" in json.loads(said)["notices"][0]
    told = said if others else error
    assert "has no experiment" not in told
    assert told.lower().index("left out, because it cannot be read") < told.lower().index("of what can be read")


def test_artifacts_out_of_reach_are_not_bent(world: World, doctor: Doctor) -> None:
    world.client.create_experiment("Gate", "mlflow-artifacts:/elsewhere")
    world.gate(0, decision="BASELINE")
    world.drift(0, 0.0)
    code, said = doctor()
    assert code == 0
    assert "\nA report can be told, but not everything could be looked at.\n" in said
    unseen = said.partition("Out of reach:\n")[2].splitlines()[0]
    assert unseen == (
        "- Batch 0, quality gate run, roc_curves/roc_curve_production.json: is recorded under "
        "mlflow-artifacts:/elsewhere, which is not here"
    )
    assert "Non-standard" not in said


def test_every_run_is_told_as_data(world: World, doctor: Doctor) -> None:
    made = healthy(world)
    found = json.loads(doctor("--format", "json")[1])
    assert found["batches"] == {"drift": [0, 1], "gate": [0, 1]}
    assert [run["run_id"] for run in found["runs"]] == [
        made[name] for name in ("drift 0", "gate 0", "drift 1", "gate 1")
    ]
    gate = found["runs"][3]
    assert (gate["kind"], gate["batch"], gate["lacks"], gate["bends"]) == ("gate", 1, {}, {})
    assert {"tag decision", "metric new_auc_test", f"artifact {names.ROC_CANDIDATE}"} <= set(gate["has"])
    assert found["model"] == {"name": "Model", "version": "1", "alias": "production", "stage": None}


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("http://u:hunter2@127.0.0.1:9", "The MLflow store at http://u:***@127.0.0.1:9 cannot be reached: "),
        ("sqlite:////no/such.db", "There is no MLflow store at sqlite:////no/such.db; is this the address"),
    ],
)
def test_a_store_that_cannot_be_read_is_one_sentence_and_exit_code_2(doctor: Doctor, uri: str, sentence: str) -> None:
    code, said = doctor("--mlflow-tracking-uri", uri)
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith(f"doctor: {sentence}")


def test_an_unknown_experiment_is_exit_code_2(doctor: Doctor) -> None:
    code, said = doctor("--experiment", "nowhere")
    assert (code, said.count("\n")) == (2, 1)


def test_an_option_of_reports_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--out", "x.md", "doctor"])
    assert stop.value.code == 2
    assert "--out is for reports" in capfd.readouterr().err


def test_names_from_a_store_cannot_steer_the_terminal(world: World, doctor: Doctor) -> None:
    healthy(world)
    world.gate("\x1b[31mthree\nfour")
    assert "\x1b" not in doctor()[1]
