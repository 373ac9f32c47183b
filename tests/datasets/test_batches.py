"""An experiment's rows, batch by batch, split by group."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from batch_zero.storage.files import FileError
from datasets import layout
from datasets.batches import Batches, load
from datasets.frames import DataError
from datasets.layout import held_out
from lifecycle.experiment import DataSpec
from tests import s3, small

ROWS = pd.DataFrame(
    {
        "x": range(12),
        "y": [0, 1] * 6,
        "batch": [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
        "group": list("aabbccddeeff"),
    }
)


def spec(folder: Path, rows: pd.DataFrame = ROWS) -> DataSpec:
    rows.to_csv(folder / "rows.csv", index=False)
    return DataSpec(folder / "rows.csv", None, "y", "batch", "group", ("x",), (), test_share=0.5)


@pytest.fixture(scope="module")
def crashes() -> Batches:
    return load(small.loaded(small.CRASHES).data)


def test_a_batch_is_its_training_and_its_test_part(crashes: Batches) -> None:
    assert crashes.numbers == [0, 1, 2, 3, 4, 5]
    for batch in crashes.numbers:
        train, test = crashes.train(batch, batch), crashes.test(batch)
        assert sorted([*train.index, *test.index]) == list(crashes.rows(batch).index)
        assert 0.25 < len(test) / len(crashes.rows(batch)) < 0.35


def test_training_parts_add_up_over_the_batches(crashes: Batches) -> None:
    assert len(crashes.train(0, 3)) == sum(len(crashes.train(batch, batch)) for batch in range(4))


def test_no_group_stands_on_both_sides(crashes: Batches) -> None:
    tested = {vehicle for batch in crashes.numbers for vehicle in crashes.test(batch)["vehicle"]}
    assert tested.isdisjoint(crashes.train(0, 5)["vehicle"])
    assert crashes.test(0)["vehicle"].duplicated().any()  # there are occupants who share a car


def test_the_split_depends_on_the_groups_name_alone(tmp_path: Path) -> None:
    shuffled = load(spec(tmp_path, ROWS.sample(frac=1, random_state=1)))
    assert set(shuffled.test(1)["x"]) == set(load(spec(tmp_path)).test(1)["x"])
    # Written down, so that no later change moves a row of an existing history to the other side.
    assert [group for group in "abcdefghij" if held_out(group, 0.3)] == list("acefhj")


@pytest.mark.parametrize("batch", ["first", None, 1.5, -1, float("inf")])
def test_a_batch_number_that_is_none_is_said(tmp_path: Path, batch: object) -> None:
    rows = ROWS.assign(batch=[batch, *ROWS["batch"].astype(object)[1:]])
    with pytest.raises(DataError, match=r"column 'batch': got '.*', expected a batch number \(0, 1, 2, ...\)"):
        load(spec(tmp_path, rows))


def test_a_batch_number_may_be_written_as_a_float(tmp_path: Path) -> None:
    assert load(spec(tmp_path, ROWS.assign(batch=ROWS["batch"] + 0.0))).numbers == [0, 1, 2]


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="columns 'batch', 'group' are missing after preparing it"):
        load(spec(tmp_path, ROWS[["x", "y"]]))


@pytest.mark.parametrize("column", ["x", "y"])
def test_a_feature_or_the_target_that_is_missing_is_named_with_its_file(tmp_path: Path, column: str) -> None:
    with pytest.raises(DataError, match=rf"rows\.csv: columns '{column}' are missing after preparing it"):
        load(spec(tmp_path, ROWS.drop(columns=column)))
    with pytest.raises(DataError, match=rf"batch_3\.csv: columns '{column}' are missing after preparing it"):
        load(BARE, folder(tmp_path, **INITIAL, batch_2=ROWS[8:], batch_3=ROWS[8:].drop(columns=column)))


def test_a_raw_column_that_is_missing_is_named_with_its_file(tmp_path: Path) -> None:
    code = "def prepare(raw):\n    return raw.assign(x=2 * raw['half'])\n"
    (tmp_path / "features.py").write_text(code)
    made = replace(BARE, features_file=tmp_path / "features.py")
    halves = {name: rows.rename(columns={"x": "half"}) for name, rows in INITIAL.items()}
    assert load(made, folder(tmp_path, **halves)).numbers == [0]
    with pytest.raises(DataError, match=r"batch_1\.csv: columns are missing: 'half'; the data has"):
        load(made, folder(tmp_path, **halves, batch_1=ROWS[8:]))


def test_a_column_that_some_files_lack_is_not_made_up(tmp_path: Path) -> None:
    """Not even one that is no feature: a separate preprocessor may want it."""
    lacking = r"batch_1\.csv: columns 'note' are missing, which .*initial_train\.csv has"
    wider = {name: rows.assign(note="n") for name, rows in INITIAL.items()}
    with pytest.raises(DataError, match=lacking):
        load(BARE, folder(tmp_path, **wider, batch_1=ROWS[8:]))


def test_an_experiment_that_is_only_read_has_nothing_to_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data of its own to run"):
        load(replace(spec(tmp_path), path=None))


def folder(path: Path, **parts: pd.DataFrame) -> Path:
    """Laid out as a bucket is; parts: name of the file without .csv -> rows."""
    for name, rows in parts.items():
        below = path / (layout.BATCH_FOLDER if name.startswith("batch") else "processed_data")
        below.mkdir(parents=True, exist_ok=True)
        rows.to_csv(below / f"{name}.csv", index=False)
    return path


INITIAL = {"initial_train": ROWS[:4], "initial_test": ROWS[4:8]}
BARE = DataSpec(None, None, "y", "batch", "group", ("x",), (), test_share=0.5)


def test_a_folder_says_itself_what_batch_0_is_trained_and_tested_on(tmp_path: Path) -> None:
    batches = load(BARE, folder(tmp_path, **INITIAL, initial_validation=ROWS[8:]))
    assert (list(batches.train(0, 0)["x"]), list(batches.test(0)["x"])) == ([0, 1, 2, 3], [4, 5, 6, 7])
    assert batches.numbers == [0]


def test_a_folder_whose_initial_test_rows_belong_with_training_rows_counts_them(tmp_path: Path) -> None:
    assert load(BARE, folder(tmp_path / "apart", **INITIAL)).seen == 0
    both = ROWS[3:8].assign(group=["a", "c", "a", "d", "d"])
    assert load(BARE, folder(tmp_path / "mixed", initial_train=ROWS[:4], initial_test=both)).seen == 2


def test_in_later_batches_a_group_stays_on_its_side_and_new_ones_are_split(tmp_path: Path) -> None:
    late = pd.DataFrame({"x": range(50, 56), "y": [0, 1] * 3, "group": list("abcdef")})
    batches = load(BARE, folder(tmp_path, **INITIAL, batch_1=late, batch_10=late, batch_x=late))
    assert batches.numbers == [0, 1, 10]
    # a, b were trained on, c, d were tested on; e, f are new, and both belong to the test part by their hash.
    assert held_out("e", 0.5)
    assert list(batches.train(1, 1)["group"]) == ["a", "b", *[name for name in "ef" if not held_out(name, 0.5)]]
    assert set(batches.test(10)["group"]) >= {"c", "d", "e"}


NUMBERED = pd.DataFrame({"x": range(8), "y": [0, 1] * 4, "batch": 1, "group": range(100, 108)})


@pytest.mark.parametrize("gap", [float("nan"), "odd one"])
def test_a_group_is_on_the_same_side_however_its_column_is_typed(tmp_path: Path, gap: object) -> None:
    """One id that is missing turns a column of whole numbers to floats, and one of words to text."""
    as_numbers = set(load(spec(tmp_path, NUMBERED)).test(1)["x"])
    gapped = NUMBERED.astype({"group": float if gap != gap else object})
    gapped.loc[8] = [8, 0, 1, gap]
    read = load(spec(tmp_path, gapped))
    assert str(read.frame["group"].iloc[0]) == ("100.0" if gap != gap else "100")
    assert set(read.test(1)["x"]) - {8} == as_numbers
    assert 0 < len(as_numbers) < 8


def test_a_group_stays_on_its_side_however_its_file_types_it(tmp_path: Path) -> None:
    initial = {"initial_train": NUMBERED[:4], "initial_test": NUMBERED[4:]}
    late = NUMBERED.astype({"group": float})
    late.loc[8] = [8, 0, 1, float("nan")]
    batches = load(BARE, folder(tmp_path, **initial, batch_1=late))
    assert set(batches.train(1, 1)["x"]) - {8} == {0, 1, 2, 3}
    (tmp_path / "features.py").write_text("def prepare(raw):\n    return raw.assign(group=raw['group'].astype(str))\n")
    as_text = load(replace(BARE, features_file=tmp_path / "features.py"), tmp_path)
    assert set(as_text.train(1, 1)["x"]) - {8} == {0, 1, 2, 3}


def test_what_a_folder_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none: there is no such file or folder$"):
        load(BARE, tmp_path / "none")
    with pytest.raises(FileError, match=r"processed_data/initial_test.csv: there is no such file"):
        load(BARE, folder(tmp_path, initial_train=ROWS))
    with pytest.raises(DataError, match=r"batch_2.csv: columns 'group' are missing after preparing it"):
        load(BARE, folder(tmp_path, **INITIAL, batch_2=ROWS[["x", "y"]]))


def test_another_table_may_be_given_than_the_experiments_own(tmp_path: Path) -> None:
    ROWS.assign(batch=7).to_parquet(tmp_path / "other.parquet")
    assert load(spec(tmp_path), tmp_path / "other.parquet").numbers == [7]


def test_a_table_and_a_folder_may_lie_in_a_bucket(lake: s3.Lake) -> None:
    lake.put("all.csv", ROWS.to_csv(index=False).encode())
    lake.put("here/processed_data/initial_train.csv", ROWS[:4].to_csv(index=False).encode())
    lake.put("here/processed_data/initial_test.csv", ROWS[4:8].to_csv(index=False).encode())
    lake.put("here/drift_monitoring/batch_data/batch_3.csv", ROWS[8:].to_csv(index=False).encode())
    assert load(BARE, "s3://lake/all.csv").numbers == [0, 1, 2]
    assert load(BARE, "s3://lake/here").numbers == [0, 3]
