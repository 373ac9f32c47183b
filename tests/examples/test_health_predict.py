"""The Health Predict example: its features, its layout, and six batches run from a bucket."""

import json
from pathlib import Path

import pandas as pd
import pytest

from datasets import layout as places
from datasets.frames import features_and_target
from pipeline.__main__ import main as pipeline
from report.__main__ import main as report
from settings import load_experiment, read
from tests import patients, s3
from tests.examples.health_predict import features, laid_out, layout, raw

pytestmark = pytest.mark.usefixtures("warmed")

BATCHES = {number: f"drift_monitoring/batch_data/batch_{number}.csv" for number in range(1, 6)}


@pytest.fixture(scope="module")
def prepared() -> pd.DataFrame:
    return features.prepare(raw())


def test_only_what_a_model_may_know_is_left(prepared: pd.DataFrame) -> None:
    gone = {"weight", "payer_code", "medical_specialty", "encounter_id", "patient_nbr", "readmitted", "age"}
    assert gone.isdisjoint(prepared.columns)
    assert set(patients.rows().columns) - gone < set(prepared.columns)


def test_who_died_or_went_to_a_hospice_cannot_be_readmitted(prepared: pd.DataFrame) -> None:
    kept = raw()[~raw()["discharge_disposition_id"].isin([11, 13, 14, 19, 20, 21])]
    assert 0 < len(kept) < len(raw())
    assert list(prepared.index) == list(kept.index)


@pytest.mark.parametrize(("readmitted", "expected"), [("NO", 0), (">30", 1), ("<30", 1)])
def test_any_readmission_is_one(readmitted: str, expected: int) -> None:
    rows = features.prepare(raw().head(5).assign(readmitted=readmitted))
    assert set(rows["readmitted_binary"]) == {expected}


def test_age_brackets_are_ordinal(prepared: pd.DataFrame) -> None:
    brackets = raw().loc[prepared.index, "age"]
    assert dict(zip(brackets, prepared["age_ordinal"], strict=True)) == {
        f"[{10 * number}-{10 * number + 10})": number for number in range(10)
    }


def test_a_question_mark_is_a_missing_value(prepared: pd.DataFrame) -> None:
    assert not prepared.isin(["?"]).any().any()
    unknown = raw().loc[prepared.index, "race"] == "?"
    assert set(prepared.loc[unknown, "race"]) == {"Unknown"}


def test_drift_is_measured_on_41_features_without_the_diagnoses(prepared: pd.DataFrame) -> None:
    spec = load_experiment("health_predict", read({})).data
    shown, target = features_and_target(spec, prepared)
    assert shown.shape[1] == 41
    assert not any(name.startswith("diag_") for name in shown.columns)
    assert {"readmitted_binary", "patient"}.isdisjoint(shown.columns)
    assert shown["admission_type_id"].isin(["1", "2", "6"]).all()
    assert 0.3 < target.mean() < 0.7


def test_the_layout_is_where_the_program_looks() -> None:
    names = [name for name, _ in layout.lay_out(raw())]
    assert names == [places.INITIAL_TRAIN, places.INITIAL_VALIDATION, places.INITIAL_TEST, *BATCHES.values()]


def test_a_fifth_of_the_rows_is_initial_in_the_order_of_time() -> None:
    initial = pd.concat(laid_out(f"processed_data/initial_{part}.csv") for part in ("train", "validation", "test"))
    pd.testing.assert_frame_equal(initial.sort_index(), raw().iloc[: len(raw()) // 5])
    for part, share in (("train", 0.70), ("validation", 0.15), ("test", 0.15)):
        rows = laid_out(f"processed_data/initial_{part}.csv")
        assert rows.index.is_monotonic_increasing
        assert len(rows) == pytest.approx(share * 4000, rel=0.01)


def test_no_patient_stands_in_two_of_the_initial_parts() -> None:
    train, validation, test = (
        set(laid_out(f"processed_data/initial_{part}.csv")["patient_nbr"]) for part in ("train", "validation", "test")
    )
    assert train.isdisjoint(validation | test)
    assert validation.isdisjoint(test)
    assert raw().iloc[: len(raw()) // 5]["patient_nbr"].duplicated().sum() > 500  # there are some who came back


def test_too_few_rows_are_said() -> None:
    with pytest.raises(ValueError, match="got 50 rows, expected at least 250"):
        list(layout.lay_out(raw().head(50)))


def test_batches_are_drawn_from_the_later_rows_and_are_the_same_each_time() -> None:
    later = set(raw()["encounter_id"].iloc[len(raw()) // 5 :])
    again = dict(layout.lay_out(raw()))
    for name in BATCHES.values():
        batch = laid_out(name)
        assert (len(batch), batch["encounter_id"].nunique()) == (1600, 1600)
        assert set(batch["encounter_id"]) <= later
        pd.testing.assert_frame_equal(batch, again[name])


def test_the_first_two_batches_are_patients_as_they_come_and_later_ones_are_older_and_sicker() -> None:
    old = {number: (laid_out(name)["age"] >= "[70-80)").mean() for number, name in BATCHES.items()}
    stay = {number: laid_out(name)["time_in_hospital"].mean() for number, name in BATCHES.items()}
    assert abs(old[1] - old[2]) < 0.05 < old[3] - old[2]
    assert abs(stay[1] - stay[3]) < 0.2 < stay[4] - stay[3]


def test_only_in_the_last_batch_outcomes_are_turned_round() -> None:
    truth = raw().set_index("encounter_id")["readmitted"] != "NO"
    turned = {}
    for number, name in BATCHES.items():
        batch = laid_out(name).set_index("encounter_id")
        turned[number] = ((batch["readmitted"] != "NO") != truth[batch.index]).mean()
    assert [number for number, share in turned.items() if share > 0] == [5]


def test_it_runs_from_a_bucket_and_its_report_goes_to_a_bucket(
    lake: s3.Lake, migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``diabetic_data.csv`` in, a report out: nothing but MLflow's own store is on this machine."""
    (tmp_path / "mlflow.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    monkeypatch.setenv("BATCH_ZERO_EXPERIMENT", "health_predict")
    lake.put("raw_data/diabetic_data.csv", raw().to_csv(index=False).encode())
    asked = ["prepare", "--data", "s3://lake/raw_data/diabetic_data.csv", "--out", "s3://lake"]
    assert pipeline(asked) == 0
    assert pipeline(["run", "--data", "s3://lake", "--batches", "0-5"]) == 0, capsys.readouterr().err
    assert report(["--format", "json", "--out", "s3://lake/reports/story.json"]) == 0
    story = json.loads(lake.get("reports/story.json"))
    shares = [batch["drift"]["share"] for batch in story["batches"]]
    assert shares == pytest.approx([0, 0.27, 0.27, 0.32, 0.34, 0.35], abs=0.02)
    decisions = [batch["decision"] for batch in story["batches"]]
    assert decisions[:3] == ["BASELINE", "SKIP_NO_DRIFT", "SKIP_NO_DRIFT"]
    assert set(decisions[3:]) <= {"DEPLOY", "DEPLOY_REFRESH", "SKIP"}
    assert story["batches"][0]["gate"]["test_set"] == "initial_test"
    capsys.readouterr()
    assert report(["doctor"]) == 0
