"""Models that mean well, and models that do not, in the real child process."""

import os
import pickle
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from testbench.sandbox import Limits, ModelError, predict_probability

ROWS = pd.DataFrame({"a": np.linspace(-1, 1, 20), "b": np.tile([0.0, 1.0], 10)})
TARGET = (ROWS["a"] > 0).astype(int)
PICKLED = "flavors:\n  sklearn:\n    pickled_model: model.pkl\n    serialization_format: pickle\n"


class Model:
    """Whatever ``predict_proba`` is given; pickled by value, so that the child needs no module of ours."""

    def __init__(self, predict_proba: Callable[[pd.DataFrame], Any]) -> None:
        self.predict_proba = predict_proba


class Opens:
    """Runs ``code`` when it is unpickled."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self.code,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with everything but the model."""
    (tmp_path / "MLmodel").write_text(PICKLED)
    return tmp_path


def answering(folder: Path, predict_proba: Callable[[pd.DataFrame], Any], limits: Limits | None = None) -> np.ndarray:
    """What the sandbox makes of a model that answers like this."""
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(Model(predict_proba)))
    return predict_probability(folder, None, ROWS, limits)


def opening(folder: Path, code: str, limits: Limits | None = None) -> np.ndarray:
    """What the sandbox makes of a file that runs this as soon as it is opened."""
    (folder / "model.pkl").write_bytes(pickle.dumps(Opens(code)))
    return predict_probability(folder, None, ROWS, limits)


def refusal(attempt: Callable[..., np.ndarray], *arguments: Any) -> str:
    with pytest.raises(ModelError) as caught:
        attempt(*arguments)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize("serialization", ["skops", "cloudpickle"])
def test_a_scikit_learn_model_gives_its_own_probabilities(tmp_path: Path, serialization: str) -> None:
    model = LogisticRegression().fit(ROWS, TARGET)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format=serialization, pip_requirements=[])
    expected = model.predict_proba(ROWS)[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", None, ROWS), expected)


@pytest.mark.parametrize("booster", [False, True])
def test_an_xgboost_model_gives_its_own_probabilities(tmp_path: Path, booster: bool) -> None:
    model = xgboost.XGBClassifier(n_estimators=3).fit(ROWS, TARGET)
    stored = model.get_booster() if booster else model
    mlflow.xgboost.save_model(stored, tmp_path / "m", pip_requirements=[])
    expected = model.predict_proba(ROWS)[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", None, ROWS), expected, rtol=1e-6)


def test_a_separate_preprocessor_comes_first(tmp_path: Path) -> None:
    scaler = StandardScaler().fit(ROWS)
    model = LogisticRegression().fit(scaler.transform(ROWS), TARGET)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="skops", pip_requirements=[])
    (tmp_path / "scaler.pkl").write_bytes(pickle.dumps(scaler))
    expected = model.predict_proba(scaler.transform(ROWS))[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", tmp_path / "scaler.pkl", ROWS), expected)


def test_a_type_that_nobody_reviewed_is_refused_although_the_file_trusts_it(tmp_path: Path) -> None:
    trusted = ["tests.testbench.test_sandbox.Untrusted"]
    model = Untrusted().fit(ROWS, TARGET)
    mlflow.sklearn.save_model(
        model, tmp_path / "m", serialization_format="skops", skops_trusted_types=trusted, pip_requirements=[]
    )
    said = refusal(predict_probability, tmp_path / "m", None, ROWS)
    assert "UntrustedTypesFoundException" in said
    assert trusted[0] in said


class Untrusted(LogisticRegression):
    """A class that only this test knows."""


def test_the_child_sees_no_secret_of_its_parent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "API_TOKEN"):
        monkeypatch.setenv(name, "hunter2")
    seen = folder / "seen.txt"
    said = refusal(opening, folder, f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))")
    assert "a NoneType came, a classifier with predict_proba was wanted" in said
    assert "hunter2" not in seen.read_text()
    assert not [name for name in eval(seen.read_text()) if name.startswith(("AWS_", "MLFLOW_", "API_", "VIRTUAL_ENV"))]


def test_a_file_that_runs_a_command_runs_it_in_a_folder_that_is_gone_afterwards(folder: Path) -> None:
    place = folder / "place.txt"
    refusal(opening, folder, f"import os; os.system('touch pwned; pwd > {place}')")
    assert place.read_text().startswith("/")
    assert not Path(place.read_text().strip()).exists()
    assert Path(place.read_text().strip()) != Path.cwd()


def test_open_files_of_the_parent_are_not_inherited(folder: Path) -> None:
    with (folder / "secret.txt").open("w+") as secret:
        os.set_inheritable(secret.fileno(), True)
        said = refusal(opening, folder, f"import os; os.fstat({secret.fileno()})")
    assert "Bad file descriptor" in said


def test_a_model_that_never_ends_is_killed_with_its_children(folder: Path) -> None:
    pids = folder / "pids.txt"
    code = f"import os, time; os.fork(); open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(600)"
    said = refusal(opening, folder, code, Limits(wall_s=6))
    assert said == "the model gave no answer within 6 seconds"
    written = pids.read_text().split()
    assert len(written) == 2
    assert all(ends(int(pid)) for pid in written)


def ends(pid: int) -> bool:
    """Whether the process ends; SIGKILL was sent, and takes its time on a busy machine."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)


def test_a_model_that_only_computes_is_ended_by_its_share_of_cpu(folder: Path) -> None:
    said = refusal(opening, folder, "while True: pass", Limits(cpu_s=2))
    assert said == f"the model's process was ended by {signal.SIGKILL.name}"


def test_a_model_that_eats_memory_is_stopped(folder: Path) -> None:
    said = refusal(opening, folder, "x = bytearray(3 << 30)", Limits(memory_mb=2048))
    assert said == "the model could not be used: MemoryError"


def test_a_model_that_fills_the_disk_is_stopped(folder: Path) -> None:
    said = refusal(opening, folder, "open('big', 'wb').write(bytes(3 << 20))", Limits(file_mb=1))
    assert "File too large" in said


def test_what_a_model_prints_does_not_matter(folder: Path) -> None:
    def noisy(rows: pd.DataFrame) -> np.ndarray:
        import sys

        print("\x00\xff" * 100_000)
        print("garbage \x1b[31m", file=sys.stderr)
        return np.full((len(rows), 2), 0.5)

    assert answering(folder, noisy).tolist() == [0.5] * 20


FORGED = {
    "too few": (lambda _: np.full((3, 2), 0.5), "the model answered 3 probabilities for 20 rows"),
    "not a number": (lambda _: np.full((20, 2), np.nan), "numbers outside 0..1"),
    "above one": (lambda _: np.full((20, 2), 1.5), "numbers outside 0..1"),
    "three classes": (lambda _: np.full((20, 3), 0.3), "shape (20, 3) came, two classes were wanted"),
    "an error": (lambda _: 1 / 0, "the model could not be used: ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize("case", FORGED)
def test_what_are_no_probabilities_is_refused(folder: Path, case: str) -> None:
    predict_proba, wanted = FORGED[case]
    assert wanted in refusal(answering, folder, predict_proba)


WRITTEN = {
    "no JSON": ("'<html>'", "the model's answer is not JSON"),
    "nested without end": ("'[' * 100000", "the model's answer is not JSON"),
    "text": ('\'{"probability": "0.5"}\'', "the model's answer holds no probabilities"),
    "a number too long for a float": ("'{\"probability\": [' + '9' * 400 + ']}'", "holds no probabilities"),
    "an escape sequence": ('\'{"error": "\\\\u001b[31m\\\\nred"}\'', "could not be used: [31m red"),
    "a device": (None, "the model could not be used: exit code 0"),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_an_answer_written_by_the_model_itself_is_checked(folder: Path, case: str) -> None:
    text, wanted = WRITTEN[case]
    write = f"open('answer.json', 'w').write({text})" if text else "os.symlink('/dev/zero', 'answer.json')"
    assert wanted in refusal(opening, folder, f"import os; {write}; os._exit(0)")


def test_a_model_that_leaves_a_mess_is_cleaned_up_after(folder: Path) -> None:
    mess = "import os; os.makedirs('a/b'); os.chmod('a', 0); os._exit(3)"
    assert refusal(opening, folder, mess) == "the model could not be used: exit code 3"


@pytest.mark.parametrize(
    ("mlmodel", "wanted"),
    [
        ("", "AttributeError: 'NoneType' object has no attribute 'get'"),
        ("{{{", "while parsing a flow"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor for the tag"),
        ("flavors: {pytorch: {}}", "flavours ['pytorch'] came, sklearn or xgboost was wanted"),
        ("flavors: {sklearn: {}}", "KeyError: 'pickled_model'"),
        ("flavors: {xgboost: {data: MLmodel}}", "XGBoostError"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(tmp_path: Path, mlmodel: str | None, wanted: str) -> None:
    if mlmodel is not None:
        (tmp_path / "MLmodel").write_text(mlmodel)
    assert wanted in refusal(predict_probability, tmp_path, None, ROWS)


def test_a_pickle_that_is_none_is_refused(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(b"<html>not found</html>")
    assert refusal(predict_probability, folder, None, ROWS).startswith("the model could not be used: ")


def test_rows_that_no_file_can_hold_are_refused(folder: Path) -> None:
    mixed = pd.DataFrame({"a": [1, "one", object()]})
    assert "the rows cannot be handed to the model" in refusal(predict_probability, folder, None, mixed)
