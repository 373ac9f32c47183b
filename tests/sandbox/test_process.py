"""Models that mean well, and models that do not, in the real child process."""

import fcntl
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from sandbox import memory, session
from sandbox.confinement import confine, landlock, seccomp
from sandbox.warm import WarmParent
from tests.sandbox.attacks import ANSWERS_ITSELF, OPENED, PICKLED, Opens, answer
from tests.sandbox.one_question import Limits, ModelError, predict_probability

pytestmark = pytest.mark.slow

ROWS = pd.DataFrame({"a": np.linspace(-1, 1, 20), "b": np.tile([0.0, 1.0], 10)})
TARGET = (ROWS["a"] > 0).astype(int)
ROOT = Path(__file__).parents[2]
CONFINED = pytest.mark.skipif(bool(confine.missing()), reason=f"open on this system: {confine.missing()}")


class Model:
    """Whatever ``predict_proba`` is given; pickled by value, so that the child needs no module of ours."""

    def __init__(self, predict_proba: Callable[[pd.DataFrame], Any]) -> None:
        self.predict_proba = predict_proba


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with everything but the model."""
    made = tmp_path / "model"
    made.mkdir()
    (made / "MLmodel").write_text(PICKLED)
    return made


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sandbox makes its folders in this test; nobody else does."""
    made = tmp_path / "tmp"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def alive(temporary: Path) -> set[int]:
    """Processes that began with their home below this folder, as the worker does and whatever it starts."""
    return {int(process.name) for process in Path("/proc").glob("[0-9]*") if at_home(process, temporary)}


def at_home(process: Path, temporary: Path) -> bool:
    try:
        return f"HOME={temporary}".encode() in (process / "environ").read_bytes()
    except OSError:
        return False  # it has just ended, or belongs to somebody else


def until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def answering(folder: Path, predict_proba: Callable[[pd.DataFrame], Any], warm: WarmParent | None = None) -> np.ndarray:
    """What the sandbox makes of a model that answers like this."""
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(Model(predict_proba)))
    return predict_probability(folder, None, ROWS, warm=warm)


def opening(folder: Path, code: str, limits: Limits | None = None, warm: WarmParent | None = None) -> np.ndarray:
    """What the sandbox makes of a file that runs this as soon as it is opened."""
    (folder / "model.pkl").write_bytes(pickle.dumps(Opens(code)))
    return predict_probability(folder, None, ROWS, limits, warm=warm)


def refusal(attempt: Callable[..., np.ndarray], *arguments: Any) -> str:
    with pytest.raises(ModelError) as caught:
        attempt(*arguments)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize("serialization", ["skops", "cloudpickle"])
def test_a_scikit_learn_model_gives_its_own_probabilities(tmp_path: Path, serialization: str) -> None:
    model = LogisticRegression().fit(ROWS, TARGET)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format=serialization, pip_requirements=[])
    expected = model.predict_proba(ROWS)[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", None, ROWS), expected)


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize("booster", [False, True])
def test_an_xgboost_model_gives_its_own_probabilities(tmp_path: Path, booster: bool) -> None:
    model = xgboost.XGBClassifier(n_estimators=3).fit(ROWS, TARGET)
    stored = model.get_booster() if booster else model
    mlflow.xgboost.save_model(stored, tmp_path / "m", pip_requirements=[])
    expected = model.predict_proba(ROWS)[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", None, ROWS), expected, rtol=1e-6)


@pytest.mark.usefixtures("warmed")
def test_a_separate_preprocessor_comes_first(tmp_path: Path) -> None:
    scaler = StandardScaler().fit(ROWS)
    model = LogisticRegression().fit(scaler.transform(ROWS), TARGET)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="skops", pip_requirements=[])
    (tmp_path / "scaler.pkl").write_bytes(pickle.dumps(scaler))
    expected = model.predict_proba(scaler.transform(ROWS))[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", tmp_path / "scaler.pkl", ROWS), expected)


SKOPS = {
    "a forest": RandomForestClassifier(5),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=5),
    "boosting": GradientBoostingClassifier(n_estimators=5),
    "neighbours": KNeighborsClassifier(),
    "calibration": CalibratedClassifierCV(LogisticRegression()),
    "a network": MLPClassifier((4,), max_iter=20),
    "a pipeline": make_pipeline(StandardScaler(), RandomForestClassifier(5)),
    "XGBoost": XGBClassifier(n_estimators=5),
}


@pytest.mark.parametrize("kind", SKOPS)
def test_a_skops_file_opens_like_a_pickle_of_the_same(folder: Path, kind: str, warm: WarmParent) -> None:
    model = SKOPS[kind].fit(ROWS, TARGET)
    (folder / "MLmodel").write_text(PICKLED.replace("format: pickle", "format: skops"))
    skops.io.dump(model, folder / "model.pkl")
    np.testing.assert_allclose(predict_probability(folder, None, ROWS, warm=warm), model.predict_proba(ROWS)[:, 1])


@pytest.mark.usefixtures("warmed")
def test_a_type_that_nobody_reviewed_is_refused_although_the_file_trusts_it(tmp_path: Path) -> None:
    trusted = ["tests.sandbox.test_process.Untrusted"]
    model = Untrusted().fit(ROWS, TARGET)
    mlflow.sklearn.save_model(
        model, tmp_path / "m", serialization_format="skops", skops_trusted_types=trusted, pip_requirements=[]
    )
    said = refusal(predict_probability, tmp_path / "m", None, ROWS)
    assert "UntrustedTypesFoundException" in said
    assert trusted[0] in said


class Untrusted(LogisticRegression):
    """A class that only this test knows."""


PARALLEL = {
    "processes": BaggingClassifier(LogisticRegression(), n_estimators=4, n_jobs=2),
    "threads": RandomForestClassifier(n_estimators=5, n_jobs=-1),
    "native threads": HistGradientBoostingClassifier(max_iter=5),
    "threads under control": KNeighborsClassifier(n_jobs=2),
    "native threads under control": make_pipeline(KMeans(2), LogisticRegression()),
}


@pytest.mark.parametrize("kind", PARALLEL)
def test_a_model_that_shares_out_its_work_gives_the_same_probabilities(
    tmp_path: Path, kind: str, warm: WarmParent
) -> None:
    model = PARALLEL[kind].fit(ROWS, TARGET)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="cloudpickle", pip_requirements=[])
    expected = model.predict_proba(ROWS)[:, 1]
    np.testing.assert_allclose(predict_probability(tmp_path / "m", None, ROWS, warm=warm), expected)


def test_the_child_has_an_environment_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, begun: WarmParent | None
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "API_TOKEN"):
        monkeypatch.setenv(name, "hunter2")
    said = refusal(opening, folder, "import os; raise KeyError(sorted(os.environ))", None, begun)
    names = eval(said.partition("KeyError: ")[2])
    assert "HOME" in names
    assert not [name for name in names if name.startswith(("AWS_", "MLFLOW_", "API_", "VIRTUAL_ENV"))]


PARENT = """
import sys; sys.path.insert(0, {root!r})
import pandas as pd
from pathlib import Path
from tests.sandbox.one_question import Limits, predict_probability
predict_probability(Path({folder!r}), None, pd.DataFrame({{"a": [0.0, 1.0]}}), Limits(wall_s=120))
"""


def parent(folder: Path, code: str, **environment: str) -> subprocess.Popen[str]:
    """Another process that has the sandbox open a file that runs this."""
    (folder / "model.pkl").write_bytes(pickle.dumps(Opens(code)))
    return subprocess.Popen(
        [sys.executable, "-c", PARENT.format(root=str(ROOT), folder=str(folder))],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


@CONFINED
def test_the_credentials_of_the_parent_cannot_be_read_from_its_process(folder: Path) -> None:
    code = "import os; raise KeyError(open(f'/proc/{os.getppid()}/environ').read().partition('AWS_SECRET')[2])"
    with parent(folder, code, AWS_SECRET_ACCESS_KEY="hunter2") as process:
        said = process.communicate()[1]
    assert "PermissionError" in said
    assert "hunter2" not in said


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


PRELUDE = """
import ctypes, fcntl, os, resource, socket, struct, subprocess, sys

NAME = b"/batch-zero-%d" % os.getpid()
# Read and write for everybody: version 2, then tag, permissions and id of owner, group and others.
ACL = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, 6, 0xFFFFFFFF) for tag in (1, 4, 32))

def call(name, *arguments):
    answer = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if answer == -1:
        raise OSError(ctypes.get_errno(), name)
    return answer
"""
CLOSED = {
    "a file of the user": "open({file!r}).read()",
    "the files in a folder of the user": "os.listdir({home!r})",
    "a link to a file of the user": "os.symlink({file!r}, 'link'); open('link').read()",
    "a file of the user by another way": "open('/proc/self/root' + {file!r}).read()",
    "a new file elsewhere": "open({file!r} + '.new', 'w')",
    "the model": "open({model!r}, 'a')",
    "the parent's environment": "open(f'/proc/{{os.getppid()}}/environ').read()",
    "the parent's memory": "open(f'/proc/{{os.getppid()}}/mem', 'rb')",
    "a connection": "socket.create_connection(('127.0.0.1', {port}))",
    "a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "a local socket": "socket.socket(socket.AF_UNIX)",
    "a second process": "os.fork() or os._exit(0)",
    "a program": "os.execv(sys.executable, [sys.executable, '-c', 'pass'])",
    "a program beside itself": "subprocess.run([sys.executable, '-c', 'pass'])",
    "a spawned program": "os.posix_spawn(sys.executable, [sys.executable, '-c', 'pass'], dict(os.environ))",
    "a signal to the parent": "os.kill(os.getppid(), 0)",
    "the parent's limits": "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    "who may read a file": "os.chmod({file!r}, 0o777)",
    "the length of a file": "os.truncate({file!r}, 0)",
    "who may read a file, by an attribute": "os.setxattr({file!r}, 'system.posix_acl_access', ACL)",
    "the times of a file": "os.utime({file!r})",
    "a lock on a file that others use": "fcntl.flock(open({model!r}), fcntl.LOCK_EX)",
    "shared memory": "call('shmctl', call('shmget', 0, 4096, 0o1600), 0, None)",
    "a semaphore": "call('semctl', call('semget', 0, 1, 0o1600), 0, 0)",
    "a queue of messages": "call('msgctl', call('msgget', 0, 0o1600), 0, None)",
    "a named queue of messages": "call('mq_open', NAME, os.O_CREAT | os.O_RDWR, 0o600, None); call('mq_unlink', NAME)",
    "a pair of sockets, by which any local socket is reached": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "memory that no limit counts": "os.memfd_create('x')",
    "signals to the parent, by way of a file": "fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())",
    "names in closed folders": "call('inotify_init')",
    "the priority of another process": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 0)",
    "the processors of another process": "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))",
    "to live on without the parent": "call('prctl', 1, 0, 0, 0, 0)",
    "a system call of another machine": "call('personality', 8)",
}


@CONFINED
@pytest.mark.parametrize("what", CLOSED)
def test_what_an_ordinary_process_can_do_is_closed_to_a_model(
    folder: Path, listening: int, what: str, begun: WarmParent | None
) -> None:
    file = folder.parent / "secret.txt"
    file.write_text("hunter2")
    model = folder / "model.pkl"
    model.touch()
    action = CLOSED[what].format(file=str(file), home=str(Path.home()), model=str(model), port=listening)
    code = f"{PRELUDE}\n{action}"
    subprocess.run([sys.executable, "-c", code], cwd=folder.parent, check=True)
    assert refusal(opening, folder, code, None, begun).startswith("the model could not be used: PermissionError: ")


@CONFINED
def test_root_is_no_root_in_there(folder: Path, begun: WarmParent | None) -> None:
    code = "raise KeyError([line for line in open('/proc/self/status') if line.startswith('CapEff')])"
    effective = int(refusal(opening, folder, code, None, begun).partition("CapEff:")[2].strip("\\t n']\""), 16)
    assert effective & ~confine.READS_ALL_FILES == 0


def test_a_second_thread_is_allowed(folder: Path, warm: WarmParent) -> None:
    def threaded(rows: pd.DataFrame) -> np.ndarray:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor() as pool:
            return next(pool.map(lambda _: np.tile([0.75, 0.25], (len(rows), 1)), [0]))

    assert answering(folder, threaded, warm).tolist() == [0.25] * 20


def test_the_working_folder_is_empty_and_gone_afterwards(
    folder: Path, temporary: Path, begun: WarmParent | None
) -> None:
    said = refusal(opening, folder, "import os; raise KeyError(os.getcwd(), os.listdir())", None, begun)
    place, entries = eval(said.partition("KeyError: ")[2])
    assert entries == []
    assert Path(place).parent == temporary
    assert list(temporary.iterdir()) == []


def test_a_model_that_leaves_a_mess_is_cleaned_up_after(folder: Path, temporary: Path, warm: WarmParent) -> None:
    mess = "import os; os.makedirs('a/b'); os.mkdir('a/c', 0); open('a/b/x', 'w'); os.symlink('/', 'l'); os._exit(3)"
    assert refusal(opening, folder, mess, None, warm) == "the model could not be used: exit code 3"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "mess",
    [
        pytest.param("for _ in range(3_000): os.mkdir('d'); os.chdir('d')", id="3,000 folders, one in another"),
        pytest.param("for number in range(100_000): os.close(os.open(str(number), 64))", id="100,000 files"),
    ],
)
def test_what_a_model_leaves_behind_is_removed_whatever_its_depth_and_number(
    folder: Path, temporary: Path, mess: str, warm: WarmParent
) -> None:
    refusal(opening, folder, f"import os\n{mess}\nos._exit(3)", Limits(files=1_000_000), warm)
    assert until(lambda: list(temporary.iterdir()) == [])


def test_an_answer_does_not_wait_for_the_folder_beyond_its_deadline(folder: Path, temporary: Path) -> None:
    code = "import os, time\nfor number in range(100_000): os.close(os.open(str(number), 64))\ntime.sleep(600)"
    said = refusal(opening, folder, code, Limits(wall_s=6, files=1_000_000))
    assert said == "the model gave no answer within 6 seconds"
    assert until(lambda: list(temporary.iterdir()) == [])


@CONFINED
def test_where_memory_ends_the_kernel_ends_the_model_first(folder: Path, begun: WarmParent | None) -> None:
    assert "'1000\\n'" in refusal(
        opening, folder, "raise KeyError(open('/proc/self/oom_score_adj').read())", None, begun
    )


@pytest.mark.parametrize(("limit", "megabytes"), [("4294967296", 2_457), ("max", None), ("99999999999999", None)])
def test_a_model_may_have_less_memory_than_its_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, megabytes: int | None
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    monkeypatch.setattr(memory, "CGROUPS", (tmp_path / "memory.max",))
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 0.6 / 2**20
    assert memory.allowed_mb() == min(int(machine), megabytes or 8_192)


def test_open_files_of_the_parent_are_not_inherited(folder: Path, begun: WarmParent | None) -> None:
    with (folder / "secret.txt").open("w+") as secret:
        number = fcntl.fcntl(secret, fcntl.F_DUPFD, 500)  # one that neither this process nor the child's uses
        said = refusal(opening, folder, f"import os; os.fstat({number})", None, begun)
        assert os.get_inheritable(number)
        os.close(number)
    assert "Bad file descriptor" in said


def test_a_model_that_never_ends_is_killed(folder: Path, temporary: Path) -> None:
    said = refusal(opening, folder, "import time; time.sleep(600)", Limits(wall_s=4))
    assert said == "the model gave no answer within 4 seconds"
    assert alive(temporary) == set()


@CONFINED
def test_nothing_of_a_model_lives_on(folder: Path, temporary: Path) -> None:
    code = "import os, time; os.fork() or os.setsid() or time.sleep(600)"
    refusal(opening, folder, code, Limits(wall_s=4))
    assert alive(temporary) == set()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_model_does_not_outlive_the_process_that_asked(folder: Path, temporary: Path, how: signal.Signals) -> None:
    with parent(folder, "import time; open('model was here', 'w'); time.sleep(600)", TMPDIR=str(temporary)) as process:
        assert until(lambda: bool(list(temporary.glob("*/model was here"))))
        assert alive(temporary)
        process.send_signal(how)
        process.wait()
    assert until(lambda: not alive(temporary), 5)
    assert until(lambda: not list(temporary.iterdir()), 5)


def test_a_model_that_only_computes_is_ended_by_its_share_of_cpu(folder: Path, begun: WarmParent | None) -> None:
    said = refusal(opening, folder, "while True: pass", Limits(cpu_s=2), begun)
    assert said == f"the model's process was ended by {signal.SIGKILL.name}"


def test_a_model_that_eats_memory_is_stopped(folder: Path, begun: WarmParent | None) -> None:
    said = refusal(opening, folder, "x = bytearray(3 << 30)", Limits(memory_mb=2048), begun)
    assert said == "the model could not be used: MemoryError"


def test_a_model_that_fills_the_disk_is_stopped(folder: Path, begun: WarmParent | None) -> None:
    said = refusal(opening, folder, "open('big', 'wb').write(bytes(3 << 20))", Limits(file_mb=1), begun)
    assert "File too large" in said


FILLS = {
    "files": "for n in range(20): open(str(n), 'wb').write(bytes(1 << 20))",
    "removed files that are open": """
for n in range(20):
    kept.append(open('x', 'wb', 0)); kept[-1].write(bytes(1 << 20)); os.unlink('x')
""",
    "removed files that are in memory": """
for n in range(20):
    with open('x', 'w+b') as file:
        file.write(bytes(1 << 20)); file.flush()
        assert ctypes.CDLL(None).mmap(None, 4096, 3, 1, file.fileno(), None) != -1
    os.unlink('x')
""",
    "file after file without content": "for n in range(2_000): os.close(os.open(str(n), os.O_CREAT))",
    "links": "for n in range(2_000): os.symlink('/', str(n))",
    "folders": "for n in range(2_000): os.mkdir(str(n))",
}
NARROW, WIDE = Limits(file_mb=1, folder_mb=8, files=1_000), Limits(file_mb=1, folder_mb=1_000, files=100_000)


@CONFINED
@pytest.mark.parametrize("what", FILLS)
def test_a_model_that_fills_its_folder_is_stopped(folder: Path, temporary: Path, what: str, warm: WarmParent) -> None:
    code = f"import ctypes, os, time\nkept = []\n{FILLS[what]}\n"
    assert "KeyError: 'had its way'" in refusal(opening, folder, code + "raise KeyError('had its way')", WIDE, warm)
    said = refusal(opening, folder, code + "time.sleep(600)", NARROW, warm)
    assert said in (
        "the model was stopped: it made more than 8 MB in its folder",
        "the model was stopped: it made more than 1000 files in its folder",
    )
    assert until(lambda: list(temporary.iterdir()) == [])


def test_a_model_that_hides_files_too_deep_to_be_counted_is_stopped(folder: Path, warm: WarmParent) -> None:
    code = "import os, time\nfor _ in range(3_000): os.mkdir('d'); os.chdir('d')\ntime.sleep(600)"
    said = refusal(opening, folder, code, None, warm)
    assert said == "the model was stopped: it made a folder that cannot be looked into (File name too long)"


def test_what_a_model_prints_does_not_matter(folder: Path, begun: WarmParent | None) -> None:
    def noisy(rows: pd.DataFrame) -> np.ndarray:
        import sys

        print("\x00\xff" * 100_000)
        print("garbage \x1b[31m", file=sys.stderr)
        return np.full((len(rows), 2), 0.5)

    assert answering(folder, noisy, begun).tolist() == [0.5] * 20


FORGED = {
    "too few": (lambda _: np.full((3, 2), 0.5), "got probabilities of shape (3,) for 20 rows"),
    "not a number": (lambda _: np.full((20, 2), np.nan), "numbers outside 0..1"),
    "above one": (lambda _: np.full((20, 2), 1.5), "numbers outside 0..1"),
    "three classes": (lambda _: np.tile([0.3, 0.3, 0.4], (20, 1)), "shape (20, 3), expected two classes"),
    "an error": (lambda _: 1 / 0, "the model could not be used: ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize("case", FORGED)
def test_what_are_no_probabilities_is_refused(folder: Path, case: str, warm: WarmParent) -> None:
    predict_proba, wanted = FORGED[case]
    assert wanted in refusal(answering, folder, predict_proba, warm)


def forging(folder: Path, written: str) -> str:
    """What is said of a model that writes this as the answer itself, and ends."""
    return refusal(opening, folder, f"{ANSWERS_ITSELF}{written}\nos._exit(0)")


def test_an_answer_that_a_model_writes_itself_is_checked(folder: Path) -> None:
    assert "is not one number for each of 20 rows" in forging(folder, "os.write(fd, b'<html>')")
    forged = OPENED + answer(np.full(20, np.nan))
    assert "numbers outside 0..1" in forging(folder, f"os.write(fd, {forged!r}); time.sleep(600)")


def test_no_answer_is_none(folder: Path, begun: WarmParent | None) -> None:
    said = refusal(opening, folder, "import os; os._exit(0)", None, begun)
    assert said == "the model's answer is not one number for each of 20 rows"


def test_of_an_endless_answer_the_parent_reads_no_more_than_it_asked_for(folder: Path) -> None:
    tracemalloc.start()
    try:
        said = forging(folder, "os.write(fd, b'[' + b'[],' * 30_000_000 + b'[]]')")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "is not one number for each of 20 rows" in said
    assert peak < 2_000_000


@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (35, "signal 35")])
def test_a_model_that_is_ended_by_a_signal_is_an_error_of_the_model(
    folder: Path, number: int, name: str, begun: WarmParent | None
) -> None:
    said = refusal(opening, folder, f"import os; os.kill(os.getpid(), {number})", None, begun)
    assert said == f"the model's process was ended by {name}"


def test_a_folder_that_cannot_be_had_is_an_error_of_the_model(folder: Path, temporary: Path) -> None:
    temporary.rmdir()
    said = refusal(opening, folder, "pass")
    assert said.startswith("the model's process could not be run: [Errno 2] No such file or directory")


@pytest.mark.usefixtures("warmed")
def test_rows_need_no_room_on_the_disk(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps(LogisticRegression().fit(ROWS, TARGET)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        assert len(predict_probability(folder, None, ROWS)) == len(ROWS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_last_line_is_the_one_that_is_shown(folder: Path, begun: WarmParent | None) -> None:
    code = "import os; os.write(2, b'remark\\n' * 40_000 + b'the cause\\n'); os._exit(3)"
    assert refusal(opening, folder, code, None, begun) == "the model could not be used: the cause"


OLD_KERNEL = """
import sys; sys.path.insert(0, {root!r})
from sandbox.confinement import confine, landlock, seccomp
import ctypes
ctypes.CDLL(None).prctl(confine.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
seccomp.load([
    (seccomp.LOAD, 0, 0, seccomp.NUMBER),
    *seccomp._if_called(landlock.CREATE_RULESET, (seccomp.RETURN, 0, 0, seccomp.UNKNOWN_CALL)),
    (seccomp.RETURN, 0, 0, seccomp.ALLOW),
])
from pathlib import Path
import pandas as pd
from tests.sandbox.one_question import predict_probability
for _ in range(2):
    print(len(predict_probability(Path({folder!r}), None, pd.DataFrame({{"a": [0.0, 1.0]}}))))
"""


@CONFINED
def test_a_kernel_without_landlock_is_said_once_and_the_model_still_answers(tmp_path: Path) -> None:
    model = LogisticRegression().fit(ROWS[["a"]], TARGET)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="skops", pip_requirements=[])
    program = OLD_KERNEL.format(root=str(ROOT), folder=str(tmp_path / "m"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "2\n2\n", done.stderr
    assert done.stderr.count("a model file is not kept from files of this user") == 1


def test_a_system_that_has_neither_says_both(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(landlock, "LINUX", False)
    monkeypatch.setattr(seccomp, "LINUX", False)
    session.warn_once.cache_clear()
    session.warn_once()
    monkeypatch.undo()
    session.warn_once.cache_clear()
    assert ["Landlock" in record.message for record in caplog.records] == [True, False]


FINE = "flavors: {sklearn: {pickled_model: fine.pkl}}\n"
EXAMPLE = "{type: dataframe, pandas_orient: split, artifact_path: fine.pkl}"


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize(
    ("mlmodel", "wanted"),
    [
        ("", "its MLmodel names no flavors"),
        ("{{{", "while parsing a flow"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor for the tag"),
        (
            "flavors: {pytorch: {}}",
            "got flavours ['pytorch'], expected one of sklearn, xgboost, lightgbm, catboost, onnx, python_function",
        ),
        ("flavors: {sklearn: {}}", "names no file under flavors.sklearn.pickled_model, expected that of the model"),
        ("flavors: {sklearn: {pickled_model: [a]}}", "names no file under flavors.sklearn.pickled_model"),
        ("flavors: {sklearn: [a]}", "has a list under flavors.sklearn, expected names and values"),
        ("- flavors", "has a list at its top, expected names and values"),
        pytest.param("[" * 100_000, "is no YAML in UTF-8, as MLflow writes it (it is nested too deeply)", id="deep"),
        pytest.param("#" * (5 << 20), "takes 5,242,880 bytes, expected at most 4,194,304", id="long"),
        (f"{FINE}signature: [a]", "has a list under signature"),
        (f"{FINE}signature: {{inputs: '[}}'}}", "the inputs of the signature in its MLmodel are no JSON"),
        (f"{FINE}signature: {{inputs: '[1]'}}", "the inputs of the signature in its MLmodel are no list of columns"),
        (f"{FINE}saved_input_example_info: {EXAMPLE}", "its input example cannot be read as MLflow writes it"),
        ("flavors: {xgboost: {data: MLmodel}}", "XGBoostError"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(tmp_path: Path, mlmodel: str | None, wanted: str) -> None:
    if mlmodel is not None:
        (tmp_path / "MLmodel").write_text(mlmodel)
        (tmp_path / "fine.pkl").write_bytes(
            cloudpickle.dumps(LogisticRegression().fit(ROWS, [0, 1] * (len(ROWS) // 2)))
        )
    assert wanted in refusal(predict_probability, tmp_path, None, ROWS)


def test_a_pickle_that_is_none_is_refused(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(b"<html>not found</html>")
    assert refusal(predict_probability, folder, None, ROWS).startswith("the model could not be used: ")


def test_rows_that_no_file_can_hold_are_refused(folder: Path) -> None:
    mixed = pd.DataFrame({"a": [1, "one", object()]})
    assert "the rows cannot be handed to the model" in refusal(predict_probability, folder, None, mixed)


def test_the_rows_do_not_count_as_what_the_model_made(folder: Path) -> None:
    many = pd.DataFrame({"a": np.random.default_rng(0).normal(size=400_000), "b": 0.5})
    answer = "lambda rows: (__import__('time').sleep(0.5), __import__('numpy').tile([0.75, 0.25], (len(rows), 1)))[1]"
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(Model(eval(answer))))
    assert len(predict_probability(folder, None, many, Limits(folder_mb=2))) == len(many)
