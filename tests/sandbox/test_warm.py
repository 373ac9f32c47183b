"""The process from which children are forked: what a child can do to it, and to the next child."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sandbox.errors import ModelError
from sandbox.lender import Lender
from sandbox.limits import Limits
from sandbox.session import open_model
from sandbox.warm import WarmParent
from tests.sandbox.attacks import OPENED, model_that, writes
from tests.sandbox.one_question import predict_probability

pytestmark = pytest.mark.slow

ROWS = pd.DataFrame({"a": np.linspace(-1, 1, 20)})
MODEL = LogisticRegression().fit(ROWS, (ROWS["a"] > 0).astype(int))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.pkl"
    file.write_bytes(pickle.dumps(MODEL))
    return file


def seen(tmp_path: Path, code: str, warm: WarmParent) -> str:
    """What a file that runs this raises as a KeyError."""
    with pytest.raises(ModelError) as caught:
        predict_probability(model_that(tmp_path / "m", code), None, ROWS, warm=warm)
    return str(caught.value)


def until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def process_of(warm: WarmParent) -> int:
    return warm._process.pid


def test_the_parent_has_one_thread_and_shares_no_memory_that_can_be_written(warm: WarmParent) -> None:
    process = Path(f"/proc/{process_of(warm)}")
    maps = [line.split() for line in (process / "maps").read_text().splitlines()]
    assert [line for line in maps if line[1] == "rw-s"] == []
    assert len(list((process / "task").iterdir())) == 1


def test_the_parent_holds_no_secret_and_no_file_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with (tmp_path / "secret.txt").open("w+") as secret:
        os.set_inheritable(secret.fileno(), True)
        with WarmParent() as warm:
            process = Path(f"/proc/{process_of(warm)}")
            assert b"hunter2" not in (process / "environ").read_bytes()
            assert not [file for file in (process / "fd").iterdir() if "secret" in str(file.readlink())]


def test_the_parent_is_confined_itself(warm: WarmParent) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{process_of(warm)}/status").read_text().splitlines()
        if ":\t" in line
    )
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert int(status["CapEff"], 16) & ~0b110 == 0


ATTACKS = {
    "its memory": "open(f'/proc/{os.getppid()}/mem', 'r+b')",
    "what its memory is": "open(f'/proc/{os.getppid()}/maps')",
    "its open files": "os.listdir(f'/proc/{os.getppid()}/fd')",
    "its trace": "call('ptrace', 16, os.getppid(), None, None)",
    "its memory by a call": "call('process_vm_readv', os.getppid(), None, 0, None, 0, 0)",
    "its end": "os.kill(os.getppid(), 9)",
    "a handle on it": "os.pidfd_open(os.getppid())",
    "another child": "os.fork() or os._exit(0)",
    "its group": "os.setpgid(0, os.getpgid(os.getppid()))",
    "its folder": "open(tempfile.gettempdir() + '/../of-nobody', 'w')",
    "its limits": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
}


@pytest.mark.parametrize("what", ATTACKS)
def test_a_child_cannot_reach_its_parent(tmp_path: Path, warm: WarmParent, what: str) -> None:
    code = f"""
import ctypes, os, resource, tempfile
def call(name, *arguments):
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)
{ATTACKS[what]}
"""
    before = process_of(warm)
    assert seen(tmp_path, code, warm).startswith("the model could not be used: PermissionError: ")
    assert process_of(warm) == before
    assert warm._process.poll() is None


def test_a_child_has_no_way_to_the_program_but_its_own_pipes(tmp_path: Path, warm: WarmParent) -> None:
    code = """
import os, stat
open_files = {}
for number in range(1_000):
    try: open_files[number] = stat.S_IFMT(os.fstat(number).st_mode)
    except OSError: pass
kinds = list(open_files.values())
raise KeyError(kinds.count(stat.S_IFSOCK), kinds.count(stat.S_IFIFO))
"""
    assert seen(tmp_path, code, warm).endswith("KeyError: (0, 2)")


def test_nothing_of_one_child_is_seen_by_the_next(tmp_path: Path, good: Path, warm: WarmParent) -> None:
    """Neither what it changed in its memory, nor what it was asked: a parent's memory is that of all its children."""
    secret = tmp_path / "unspeakable-name.pkl"
    secret.write_bytes(good.read_bytes())
    with open_model(secret, warm=warm) as session:
        session.predict(ROWS)
    change = "import builtins, os; builtins.was_here = 1; os.environ['WAS_HERE'] = '1'; raise KeyError('changed')"
    assert "changed" in seen(tmp_path, change, warm)
    code = """
import builtins, os, re
found = hasattr(builtins, 'was_here') or 'WAS_HERE' in os.environ
for line in open('/proc/self/maps'):
    span, rights = line.split()[:2]
    if rights.startswith('rw') and '[stack]' not in line:
        begin, end = (int(n, 16) for n in span.split('-'))
        with open('/proc/self/mem', 'rb') as memory:
            memory.seek(begin)
            found = found or bool(re.search(b'unspeakable[-]name', memory.read(end - begin)))
raise KeyError(found)
"""
    assert seen(tmp_path, code, warm).endswith("KeyError: False")


def test_children_draw_different_random_numbers(tmp_path: Path, warm: WarmParent) -> None:
    code = "import random, numpy; raise KeyError(random.random(), numpy.random.random())"
    assert seen(tmp_path, code, warm) != seen(tmp_path, code, warm)


def test_a_child_has_a_folder_of_its_own_for_what_is_temporary(tmp_path: Path, warm: WarmParent) -> None:
    code = "import os, tempfile; raise KeyError({tempfile.gettempdir(), os.getcwd(), os.path.expanduser('~')})"
    assert seen(tmp_path, code, warm).count("batch-zero-") == 1


def test_one_child_that_dies_leaves_the_others_alone(tmp_path: Path, good: Path, warm: WarmParent) -> None:
    with open_model(good, warm=warm) as session:
        before = process_of(warm)
        for code in ("import os; os.kill(os.getpid(), 11)", "x = bytearray(8 << 30)", "import os; os.abort()"):
            seen(tmp_path, code, warm)
        np.testing.assert_allclose(session.predict_proba(ROWS), MODEL.predict_proba(ROWS))
        assert process_of(warm) == before


def test_a_parent_that_was_ended_is_begun_again(good: Path) -> None:
    with WarmParent() as warm:
        before = process_of(warm)
        with open_model(good, warm=warm) as session:
            os.kill(before, signal.SIGKILL)
            assert until(lambda: session._child is not None and session._child.ended(0) is not None)  # with its parent
            with pytest.raises(ModelError, match="ended by SIGKILL"):
                session.predict(ROWS)
        np.testing.assert_allclose(predict_probability(good, None, ROWS, warm=warm), MODEL.predict_proba(ROWS)[:, 1])
        assert process_of(warm) != before


PROGRAM = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
from sandbox.session import open_model
from sandbox.warm import WarmParent
with WarmParent() as warm, open_model(Path({model!r}), warm=warm) as session:
    print(warm._process.pid, session._child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_neither_parent_nor_child_outlives_the_program(tmp_path: Path, how: signal.Signals) -> None:
    program = PROGRAM.format(root=str(ROOT), model=str(model_that(tmp_path / "m", writes(OPENED))))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        begun = [Path("/proc") / number for number in process.stdout.readline().split()]
        assert all(place.exists() for place in begun)
        process.send_signal(how)
        process.wait()
    assert until(lambda: not any(place.exists() for place in begun))
    assert until(lambda: not list(temporary.iterdir()))


def test_a_warm_child_keeps_within_the_limits_of_its_own_session(tmp_path: Path, warm: WarmParent) -> None:
    code = "import resource; raise KeyError(resource.getrlimit(resource.RLIMIT_AS)[0] >> 20)"
    model_that(tmp_path / "m", code)
    for megabytes in (3_000, 4_000):
        with pytest.raises(ModelError, match=f"KeyError: {megabytes}"):
            predict_probability(tmp_path / "m", None, ROWS, Limits(memory_mb=megabytes), warm=warm)


BORROWER = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
import pandas as pd
from sandbox.session import open_model
from sandbox.warm import borrowed
with borrowed({line}) as warm:
    for _ in sys.stdin:
        with open_model(Path({model!r}), warm=warm) as session:
            print(session._child.pid, session._child.parent, flush=True)
            sys.stdin.readline()
            print(session.predict(pd.DataFrame({{"a": [-1.0, 1.0]}})).tolist(), flush=True)
"""


class Borrower:
    """A process that opens the model at each line that it is told, and asks it at the next."""

    def __init__(self, warm: WarmParent, model: Path) -> None:
        with warm.lent() as line:
            program = BORROWER.format(root=str(ROOT), model=str(model), line=line.fileno())
            self.process = subprocess.Popen(
                [sys.executable, "-c", program],
                pass_fds=[line.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

    def opens(self) -> tuple[int, int]:
        """The child, and whose it is."""
        child, parent = map(int, self.answer().split())
        return child, parent

    def answer(self) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self) -> str:
        self.process.kill()
        return self.process.communicate()[1]


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_a_parent_is_lent_to_several_processes_and_outlives_each(good: Path) -> None:
    with WarmParent() as warm:
        first, second = Borrower(warm, good), Borrower(warm, good)
        (child, parent), (other, its) = first.opens(), second.opens()
        assert parent == its == process_of(warm)
        first.end()
        assert until(lambda: not is_there(child))
        assert is_there(other)
        assert second.answer() == "[0, 1]"
        np.testing.assert_allclose(predict_probability(good, None, ROWS, warm=warm), MODEL.predict_proba(ROWS)[:, 1])
        assert until(lambda: not is_there(other))
        assert process_of(warm) == parent
        second.end()


def test_who_has_borrowed_a_parent_that_has_ended_begins_cold(good: Path) -> None:
    with WarmParent() as warm:
        borrower = Borrower(warm, good)
        assert borrower.opens()[1] == process_of(warm)
        assert borrower.answer() == "[0, 1]"
        os.kill(process_of(warm), signal.SIGKILL)
        assert borrower.opens()[1] == borrower.process.pid
        assert borrower.answer() == "[0, 1]"
        assert "begins cold: " in borrower.end()


def test_a_lender_lends_as_soon_as_its_parent_is_there_and_nothing_after_it_was_closed() -> None:
    with Lender() as lender:
        lines = []
        assert until(lambda: lines.append(lender.lent()) or lines[-1] is not None, 120)
        lines[-1].close()
    assert lender.lent() is None


def test_a_child_imports_nothing_more_for_its_first_answer(tmp_path: Path, warm: WarmParent) -> None:
    """Of a model of scikit-learn's with words and numbers, which it would do anew for each file."""

    class Counted:
        _estimator_type = "classifier"
        classes_ = [0, 1]  # noqa: RUF012 - as scikit-learn has it

        def __init__(self, model: Pipeline) -> None:
            self.model = model

        def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
            import sys

            before = set(sys.modules)
            self.model.predict_proba(X)
            if more := sorted({*sys.modules} - before):
                raise KeyError(more)
            return np.full((len(X), 2), 0.5)

        predict = predict_proba

    rows = pd.DataFrame({"number": np.linspace(0, 1, 20), "word": ["a", "b"] * 10})
    words = ColumnTransformer([("words", OneHotEncoder(), ["word"])], remainder="passthrough")
    model = make_pipeline(words, RandomForestClassifier(3)).fit(rows, [0, 1] * 10)
    file = tmp_path / "counted.pkl"
    file.write_bytes(cloudpickle.dumps(Counted(model)))
    with open_model(file, warm=warm) as session:
        assert (session.predict_proba(rows) == 0.5).all()


FORKS = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from sandbox.forking.lines import Lines
Lines(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, int(sys.argv[2])), lambda files: None).serve()
"""


def test_a_parent_ends_without_a_word_when_its_owner_ends_before_it_has_listened() -> None:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, its:
        command = [sys.executable, "-c", FORKS, str(ROOT), str(its.fileno())]
        parent = subprocess.Popen(command, pass_fds=[its.fileno()], stderr=subprocess.PIPE)
        its.close()
        assert ours.recv(10, socket.MSG_PEEK)  # it is there, and nobody takes its word
        ours.close()
        _, said = parent.communicate(timeout=120)
    assert (parent.returncode, said) == (0, b"")
