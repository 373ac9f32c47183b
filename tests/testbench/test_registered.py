"""A model that is no file that came along: a folder, and a version of a registered model by its address."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from mlflow_io.artifacts.registered import fetched
from mlflow_io.errors import ModelMissing
from testbench.__main__ import main
from testbench.files.errors import FileRefused, NotAModel, TooLarge, UnsafeZip
from testbench.files.examine import examine
from testbench.output.markdown import to_markdown
from testbench.run import run_tests
from tests.testbench.conftest import Trained
from tests.testbench.registry import NAME, folder_of, register
from tests.testbench.test_run import QUICK, asked, heard
from tests.world import World

pytestmark = pytest.mark.usefixtures("warmed")


def test_a_folder_is_looked_at_as_its_zip_is(classifier: Trained, tmp_path: Path) -> None:
    folder = folder_of(classifier.path, tmp_path / "mine")
    (folder / "code").mkdir()
    (folder / "code" / "loader.py").write_text("x = 1\n")
    report = examine(folder)
    assert (report.name, report.kind, report.size) == (
        "mine",
        "mlflow-folder",
        sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
    )
    listed = "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("MLmodel", "code/loader.py", "model.pkl")
    )
    assert report.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    assert "sklearn.pipeline.Pipeline" in {str(name) for name in report.names}
    assert report.remarks == ("It brings code of its own, which runs when it is opened: 1 file in Python.",)
    tested = run_tests(replace(asked(classifier), model=folder, name="mine"), heard)
    assert (tested.file.kind, tested.works) == ("mlflow-folder", True)


def test_a_folder_that_is_no_models_is_refused(tmp_path: Path) -> None:
    def refused(kind: type[FileRefused]) -> str:
        with pytest.raises(kind) as caught:
            examine(tmp_path, "mine")
        return str(caught.value)

    assert refused(NotAModel).startswith("mine: got a folder without an MLmodel, expected an MLflow model folder")
    (tmp_path / "MLmodel").symlink_to("/etc/hostname")
    assert refused(UnsafeZip).startswith("mine: it has a link")
    (tmp_path / "MLmodel").unlink()
    (tmp_path / "elsewhere").symlink_to("/etc")
    assert "expected plain files and folders" in refused(UnsafeZip)
    (tmp_path / "elsewhere").unlink()
    (tmp_path / "MLmodel").write_text("flavors: {}")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(2_000 << 20)
    assert "expected at most 1,024" in refused(TooLarge)


@pytest.fixture
def registry(world: World, classifier: Trained, boosted: Trained) -> World:
    """Version 1 is in production, version 2 is a challenger, version 3 was deleted, version 4 has no alias."""
    register(world, classifier.path, "production")
    register(world, boosted.path, "challenger")
    register(world, boosted.path)
    register(world, classifier.path)
    world.client.delete_model_version(NAME, "3")
    return world


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            f"models:/{NAME}@champion",
            f"models:/{NAME}@champion: it has no alias 'champion', but versions 1–2 and 4; it has alias "
            "'challenger' on version 2, alias 'production' on version 1",
        ),
        (f"models:/{NAME}/3", "it has no version 3, but versions 1–2 and 4; "),
        (f"models:/{NAME}/99", "it has no version 99"),
        ("models:/triage@production", "there is no such model (did you mean 'Triage'?)"),
        ("models:/Other/1", "there is no such model, but 'Triage'"),
        (f"models:/{NAME}", "expected a registered model, such as models:/NAME@production or models:/NAME/3"),
        ("models:/../../etc/passwd@x", "expected a registered model"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(registry: World, address: str, said: str) -> None:
    with pytest.raises(ModelMissing) as missing, fetched(registry.client, address):
        pass
    assert said in str(missing.value)


def test_a_version_is_found_by_its_number_and_by_its_alias(registry: World) -> None:
    with fetched(registry.client, f"models:/{NAME}@challenger") as found:
        assert (found.version.version, found.version.alias, found.name) == ("2", "challenger", "Triage version 2")
        assert (found.folder / "MLmodel").is_file()
    assert not found.folder.exists()
    with fetched(registry.client, f"models:/{NAME}/04") as found:
        assert (found.version.version, found.version.alias) == ("4", None)


def test_the_command_tests_a_registered_version_and_says_which(
    registry: World, boosted: Trained, tmp_path: Path, command: Callable[..., CompletedProcess[str]]
) -> None:
    sample, written, told = tmp_path / "sample.csv", tmp_path / "out.json", tmp_path / "out.md"
    boosted.sample.to_csv(sample, index=False)
    options = ["--sample", str(sample), "--labels", "outcome", "--policy", "auc >= 0.6", "--check", "quality"]
    files = ["--json", str(written), "--md", str(told), "--log", "--mlflow-tracking-uri", registry.uri]
    registry.experiment("model_tests")

    done = command(f"models:/{NAME}@challenger", *options, *files)
    assert done.returncode == 0, done.stderr
    data = json.loads(written.read_text())
    run_id = registry.client.get_model_version(NAME, "2").run_id
    assert data["model"] == "Triage version 2"
    assert data["file"]["registered"] == {"name": NAME, "version": "2", "alias": "challenger", "run_id": run_id}
    sentence = f"It is version 2 of the registered model {NAME}, of run {run_id}."
    assert sentence in data["file"]["sentences"]
    assert f"of run {run_id}" in told.read_text()
    tests = registry.client.get_experiment_by_name("model_tests")
    (kept,) = registry.client.search_runs([tests.experiment_id])
    assert {"registered_model": NAME, "model_version": "2", "model_run_id": run_id}.items() <= kept.data.params.items()
    gone = command(f"models:/{NAME}@nobody", *options, *files)
    assert (gone.returncode, gone.stderr.count("\n")) == (2, 1)
    assert "it has no alias 'nobody', but versions 1–2 and 4; " in gone.stderr


def test_a_preprocessor_of_its_run_comes_before_the_model(world: World, tmp_path: Path) -> None:
    import joblib
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression

    from tests.testbench.conftest import patients

    rows, outcomes = patients(400, 1)
    numbers = rows[["age", "income", "bmi"]]
    before = SimpleImputer().set_output(transform="pandas").fit(numbers)
    model = LogisticRegression(max_iter=2_000).fit(before.transform(numbers), outcomes)
    files = [tmp_path / "model.joblib", tmp_path / "preprocessor.joblib"]
    joblib.dump(model, files[0])
    joblib.dump(before, files[1])
    register(world, files[0], "production", preprocessor=files[1])
    later, labels = patients(400, 2)
    with fetched(world.client, f"models:/{NAME}@production") as found:
        given = Trained(found.folder, later[["age", "income", "bmi"]], labels)
        test = replace(asked(given), preprocessor=found.preprocessor, settings=replace(QUICK, checks=("quality",)))
        report = run_tests(test, heard)
    assert "auc" in {one.name for one in report.measures}, to_markdown(report, None)


def test_without_a_store_it_says_how_to_name_the_registrys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert main([f"models:/{NAME}@production"]) == 2
    assert "set MLFLOW_TRACKING_URI to the store that has it" in capsys.readouterr().err
