"""A session with a model: many questions to one child, and children that answer as they like."""

import os
import pickle
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler

from sandbox.errors import ModelError
from sandbox.limits import Limits
from sandbox.session import Session, open_model
from sandbox.warm import WarmParent
from sandbox.wire import frames, tables
from tests.sandbox.attacks import ANSWERS_ITSELF, DESCRIBED, OPENED, answer, frame, model_that, writes

ROWS = pd.DataFrame({"a": np.linspace(-1, 1, 20), "b": np.tile([0.0, 1.0], 10)})
TARGET = (ROWS["a"] > 0).astype(int)


class Model:
    """Answers as it is told; pickled by value, so that the child needs no module of ours."""

    def __init__(self, predict: Callable[[pd.DataFrame], Any]) -> None:
        self.predict = predict


def stored(folder: Path, model: Any) -> Path:
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    file = folder / "model.pkl"
    file.write_bytes(cloudpickle.dumps(model))
    return file


def refusal(attempt: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(ModelError) as caught:
        attempt(*arguments)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    return str(caught.value)


def opened(path: Path, warm: WarmParent | None, limits: Limits | None = None) -> Session:
    """For refusals at the beginning; whatever begins is closed again."""
    with open_model(path, limits, warm=warm) as session:
        return session


def test_one_child_answers_many_questions(tmp_path: Path, begun: WarmParent | None) -> None:
    model = RandomForestClassifier(5, random_state=0).fit(ROWS, TARGET)
    with open_model(stored(tmp_path, model), warm=begun) as session:
        for rows in (ROWS, ROWS[:1], ROWS[::-1]):
            assert session.predict(rows).tolist() == model.predict(rows).tolist()
            assert session.predict_proba(rows).tolist() == model.predict_proba(rows).tolist()
            assert session.probability(rows).tolist() == model.predict_proba(rows)[:, 1].tolist()


def test_a_model_keeps_what_it_learned_in_its_memory_from_one_call_to_the_next(
    tmp_path: Path, warm: WarmParent
) -> None:
    def counting(rows: pd.DataFrame, seen: list[int] = []) -> np.ndarray:  # noqa: B006 - that is the point
        seen.append(len(rows))
        return np.full(len(rows), sum(seen))

    path = stored(tmp_path, Model(counting))
    with open_model(path, warm=warm) as one, open_model(path, warm=warm) as other:
        assert [session.predict(ROWS[:2]).tolist() for session in (one, other, one)] == [[2, 2], [2, 2], [4, 4]]


def test_a_preprocessor_comes_first(tmp_path: Path, warm: WarmParent) -> None:
    scaler = StandardScaler().fit(ROWS)
    model = LogisticRegression().fit(scaler.transform(ROWS), TARGET)
    (tmp_path / "scaler.pkl").write_bytes(pickle.dumps(scaler))
    with open_model(stored(tmp_path, model), preprocessor=tmp_path / "scaler.pkl", warm=warm) as session:
        expected = model.predict_proba(scaler.transform(ROWS))
        np.testing.assert_allclose(session.predict_proba(ROWS), expected)
        assert session.describe().features == ("a", "b")


def test_a_model_says_what_it_is(tmp_path: Path, begun: WarmParent | None) -> None:
    model = LogisticRegression().fit(ROWS, TARGET.map({0: "none", 1: "doctor"}))
    with open_model(stored(tmp_path, model), warm=begun) as session:
        said = session.describe()
        assert session.predict(ROWS).tolist() == model.predict(ROWS).tolist()
    assert (said.kind, said.library, said.features) == ("LogisticRegression", "scikit-learn", ("a", "b"))
    assert said.model_class == "sklearn.linear_model.LogisticRegression"
    assert (said.classes, said.outputs, said.feature_count) == (("doctor", "none"), 2, 2)
    assert said.versions == {"scikit-learn": __import__("sklearn").__version__}


def test_a_regression_predicts_numbers_and_refuses_probabilities(tmp_path: Path, warm: WarmParent) -> None:
    model = LinearRegression().fit(ROWS, ROWS[["a", "b"]] * 3)
    with open_model(stored(tmp_path, model), warm=warm) as session:
        np.testing.assert_allclose(session.predict(ROWS), model.predict(ROWS))
        assert "predicts numbers and no probabilities" in refusal(session.predict_proba, ROWS)
        assert session.predict(ROWS).shape == (20, 2)
        assert session.describe().classes is None


def test_a_refused_question_is_not_the_end(tmp_path: Path, begun: WarmParent | None) -> None:
    model = LogisticRegression().fit(ROWS, TARGET)
    with open_model(stored(tmp_path, model), warm=begun) as session:
        assert "it wants the column 'b', which is missing" in refusal(session.predict, ROWS[["a"]])
        assert "cannot be handed to the model" in refusal(session.predict, pd.DataFrame({"a": [1, "x", object()]}))
        assert session.predict(ROWS).tolist() == model.predict(ROWS).tolist()


def test_a_closed_session_answers_nothing(tmp_path: Path, warm: WarmParent) -> None:
    with open_model(stored(tmp_path, LogisticRegression().fit(ROWS, TARGET)), warm=warm) as session:
        session.predict(ROWS)
    assert refusal(session.predict, ROWS) == "the model was closed"


def test_rows_beyond_their_limit_are_not_sent(tmp_path: Path, warm: WarmParent) -> None:
    model = LogisticRegression().fit(ROWS, TARGET)
    many = pd.concat([ROWS] * 10_000)
    with open_model(stored(tmp_path, model), Limits(rows_mb=1), warm=warm) as session:
        assert refusal(session.predict, many).endswith("got 3 MB at once, expected at most 1")
        assert len(session.predict(ROWS)) == 20


def test_threads_that_share_a_session_get_their_own_answers(tmp_path: Path, warm: WarmParent) -> None:
    answers: dict[int, list[float]] = {}

    def ask(number: int) -> None:
        answers[number] = session.predict(pd.DataFrame({"a": [float(number)] * 50})).tolist()

    with open_model(stored(tmp_path, Model(lambda rows: rows["a"].to_numpy())), warm=warm) as session:
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: [float(number)] * 50 for number in range(8)}


# What a child may write instead of an answer


def table(*columns: pa.Array, **options: Any) -> bytes:
    made = pa.table(list(columns), names=[str(place) for place in range(len(columns))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, made.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(made)
    return sink.getvalue().to_pybytes()


def replied(stream: bytes) -> bytes:
    return frame({"call": 1}, stream)


def claiming(words: int, rows: int) -> bytes:
    return struct.pack("<4sIQ", frames.MARK, words, rows)


HALVES = pa.array([0.5] * 20)
FORGED = {
    "garbage": (b"<html>not found</html>", "broke off: got bytes that are no answer"),
    "a frame that begins like one": (frames.MARK + b"\xff" * 40, "broke off: got 4294967295 bytes of words"),
    "words without end": (claiming(2**32 - 1, 0) + b"[" * 50_000, "broke off: got 4294967295 bytes of words"),
    "a table without end": (claiming(2, 2**63), "got an answer of 9,223,372,036,854,775,808 bytes"),
    "a table larger than any answer": (claiming(2, 2 << 20) + b"{}", "2,097,152 bytes, expected at most 225,536"),
    "words that are no JSON": (claiming(4, 0) + b"{{{{", "broke off: got words that are no JSON"),
    "words deep in one another": (claiming(60_000, 0) + b"[" * 60_000, "broke off: got words that are no JSON"),
    "a list of words": (claiming(2, 0) + b"[]", "broke off: got words that are no JSON object"),
    "no number": (claiming(12, 0) + b'{"call": NaN', "broke off: got words that are no JSON"),
    "words that are no text": (claiming(4, 0) + b"\xff\xfe\xff\xfe", "broke off: got words that are no JSON"),
    "an answer to another question": (answer(np.full(20, 0.5), call=7), "answered what nobody had asked"),
    "no table": (frame({"call": 1}), "got a table without rows"),
    "a table that is none": (replied(b"\xff" * 500), "got bytes that are no table"),
    "a table that breaks off": (replied(table(HALVES)[:300]), "got bytes that are no table"),
    "too few rows": (answer(np.full(19, 0.5)), "got 19 predictions"),
    "too many rows": (answer(np.full(21, 0.5)), "got 21 predictions"),
    "gaps": (replied(table(pa.array([None, 0.5] * 10))), "or gaps among them"),
    "compressed columns": (replied(table(HALVES, compression="zstd")), "compressed or in several parts"),
    "a dictionary": (replied(table(HALVES.dictionary_encode())), "compressed or in several parts"),
    "nested columns": (replied(table(pa.array([[0.5]] * 20))), "expected 1 to 1000 of numbers or text"),
    "a column of nothing": (replied(table(pa.nulls(20))), "expected 1 to 1000 of numbers or text"),
    "a type of pandas'": (
        replied(table(pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}"] * 20)))),
        "expected 1 to 1000 of numbers or text",
    ),
    "text that is none": (
        replied(table(pa.Array.from_buffers(pa.string(), 20, pa.array([b"\xff"] * 20).buffers()))), "that are no table",
    ),
    "text where numbers belong": (answer(["0.5"] * 20), "numbers outside 0..1"),
    "no probabilities": (answer(np.full(20, np.nan)), "numbers outside 0..1"),
    "two columns": (answer(np.full((20, 2), 0.5)), "has 2 numbers for each row"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_what_is_no_answer_is_refused_and_ends_the_child(tmp_path: Path, warm: WarmParent, what: str) -> None:
    forged, expected = FORGED[what]
    path = model_that(tmp_path / "m", writes(OPENED + forged))
    with open_model(path, warm=warm) as session:
        tracemalloc.start()
        try:
            said = refusal(session.probability, ROWS)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert expected in said
    assert peak < 2_000_000


def test_an_answer_in_two_batches_is_read_as_far_as_the_first(tmp_path: Path, warm: WarmParent) -> None:
    halves = pa.table([HALVES], names=["0"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, halves.schema) as writer:
        writer.write_table(halves, max_chunksize=10)
    path = model_that(tmp_path / "m", writes(OPENED + replied(sink.getvalue().to_pybytes())))
    with open_model(path, warm=warm) as session:
        assert "got 10 predictions" in refusal(session.predict, ROWS)


DESCRIPTIONS = {
    "nothing": {},
    "a number for a name": {**DESCRIBED, "kind": 7},
    "too many classes": {**DESCRIBED, "classes": list(range(20_000))},
    "text for the features": {**DESCRIBED, "features": "abc"},
    "a list for the versions": {**DESCRIBED, "versions": ["a"]},
    "half an output": {**DESCRIBED, "outputs": 0.5},
    "fewer than none": {**DESCRIBED, "outputs": -1},
    "a task that nobody knows": {**DESCRIBED, "task": "oracle"},
    "columns that are none": {**DESCRIBED, "columns": [7]},
    "a kind of column that nobody knows": {**DESCRIBED, "columns": [{"name": "a", "kind": "x", "categories": None}]},
    "a category that is none": {**DESCRIBED, "columns": [{"name": "a", "kind": None, "categories": [[1]]}]},
    "too many categories": {**DESCRIBED, "columns": [{"name": "a", "kind": None, "categories": [0] * 20_000}]},
}


@pytest.mark.parametrize("what", DESCRIPTIONS)
def test_a_description_that_is_none_is_refused(tmp_path: Path, warm: WarmParent, what: str) -> None:
    path = model_that(tmp_path / "m", writes(frame({"call": 0, **DESCRIPTIONS[what]})))
    assert refusal(opened, path, warm) == "the model's process answered with no description of its model"


def test_what_a_model_says_of_itself_is_printable(tmp_path: Path, warm: WarmParent) -> None:
    hostile = {**DESCRIBED, "kind": "\x1b[31mred\u202e", "features": ["a\nb"], "classes": ["\x00"]}
    with open_model(model_that(tmp_path / "m", writes(frame({"call": 0, **hostile}))), warm=warm) as session:
        said = session.describe()
    assert (said.kind, said.features, said.classes) == ("\\x1b[31mred\\u202e", ("a b",), ("\\x00",))


def test_of_an_endless_stream_one_answer_is_read_and_the_next_is_none(tmp_path: Path, warm: WarmParent) -> None:
    same = answer(np.full(20, 0.5))
    code = f"{ANSWERS_ITSELF}os.write(fd, {OPENED!r})\nwhile True: os.write(fd, {same!r})"
    with open_model(model_that(tmp_path / "m", code), warm=warm) as session:
        assert session.predict(ROWS).tolist() == [0.5] * 20
        assert "answered what nobody had asked" in refusal(session.predict, ROWS)


LATE = {
    "an answer that comes too late": ANSWERS_ITSELF
    + f"os.write(fd, {OPENED!r}); time.sleep(2); os.write(fd, {answer(np.full(20, 0.5))!r}); time.sleep(600)",
    "an answer that drips": ANSWERS_ITSELF
    + f"os.write(fd, {OPENED!r})\nfor n in {list(answer(np.full(20, 0.5)))}: os.write(fd, bytes([n])); time.sleep(0.1)",
    "rows that nobody takes": ANSWERS_ITSELF + f"os.write(fd, {OPENED!r}); time.sleep(600)",
}


@pytest.mark.parametrize("what", LATE)
def test_one_deadline_holds_for_each_answer(tmp_path: Path, warm: WarmParent, what: str) -> None:
    many = pd.DataFrame({"a": np.zeros(200_000)}) if what == "rows that nobody takes" else ROWS
    with open_model(model_that(tmp_path / "m", LATE[what]), Limits(call_s=1), warm=warm) as session:
        for _ in range(2):  # whatever comes after the deadline is not taken for the answer of another question
            assert refusal(session.predict, many) == "the model gave no answer within 1 seconds"


def test_a_model_may_take_longer_to_open_than_to_answer(tmp_path: Path, warm: WarmParent) -> None:
    code = f"import time; time.sleep(2)\n{writes(OPENED)}"
    with open_model(model_that(tmp_path / "m", code), Limits(call_s=1), warm=warm) as session:
        assert refusal(session.predict, ROWS) == "the model gave no answer within 1 seconds"


def test_another_deadline_holds_for_the_session(tmp_path: Path, warm: WarmParent) -> None:
    path = model_that(tmp_path / "m", writes(OPENED))
    with open_model(path, Limits(wall_s=3, call_s=60), warm=warm) as session:
        assert refusal(session.predict, ROWS) == "the model gave no answer within 3 seconds"


def until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_a_child_is_watched_between_two_questions_as_well(tmp_path: Path, warm: WarmParent) -> None:
    code = "\n".join(f"open({str(n)!r}, 'wb').write(bytes(1 << 20))" for n in range(12))
    path = model_that(tmp_path / "m", f"{ANSWERS_ITSELF}os.write(fd, {OPENED!r})\n{code}\ntime.sleep(600)")
    with open_model(path, Limits(folder_mb=8), warm=warm) as session:
        assert until(lambda: session._overseer.found is not None)
        assert refusal(session.predict, ROWS) == "the model was stopped: it made more than 8 MB in its folder"


def test_a_session_whose_time_is_over_ends_although_nobody_asks(tmp_path: Path, warm: WarmParent) -> None:
    with open_model(model_that(tmp_path / "m", writes(OPENED)), Limits(wall_s=3), warm=warm) as session:
        assert session._child is not None
        assert until(lambda: session._child.ended(0) is not None)


ENDS = {
    "killed": ("os.kill(os.getpid(), 9)", "the model's process was ended by SIGKILL"),
    "an exit": ("os._exit(0)", "the model's process ended without an answer"),
    "an exit with a word": ("os.write(2, b'the cause'); os._exit(3)", "the model could not be used: the cause"),
    "half an answer": (
        "fd=4; os.write(fd, b'BZ1'); os.kill(os.getpid(), 11)", "the model's process was ended by SIGSEGV",
    ),
    "an exit by Python": ("raise SystemExit('enough')", "the model could not be used: enough"),
    "an interrupt": ("raise KeyboardInterrupt", "the model could not be used: KeyboardInterrupt"),
    "closed pipes": ("os.closerange(3, 50); time.sleep(600)", "the model's process ended without an answer"),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDS)
def test_a_child_that_ends_in_the_middle_of_a_call_is_told_by_how_it_ended(
    tmp_path: Path, begun: WarmParent | None, what: str
) -> None:
    code, expected = ENDS[what]

    def ends(_: pd.DataFrame) -> None:
        exec(f"import os, time\n{code}")

    with open_model(stored(tmp_path, Model(ends)), warm=begun) as session:
        assert refusal(session.predict, ROWS) == expected
        assert refusal(session.predict, ROWS) == expected


def test_a_session_that_is_closed_in_the_middle_of_a_call_lets_go_of_it(tmp_path: Path, warm: WarmParent) -> None:
    said: list[str] = []
    with open_model(model_that(tmp_path / "m", writes(OPENED)), warm=warm) as session:
        asking = threading.Thread(target=lambda: said.append(refusal(session.predict, ROWS)))
        asking.start()
        assert until(session._lock.locked)
        session.close()
        asking.join()
    assert said == ["the model was closed"]


def children() -> set[str]:
    """Of this process and of what it has begun, zombies included."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[status.parent.name] = fields[1]
    found, before = {str(os.getpid())}, set[str]()
    while found != before:
        before, found = found, found | {child for child, parent in parents.items() if parent in found}
    return found


def test_a_hundred_sessions_leave_nothing_behind(
    tmp_path: Path, warm: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    path = stored(tmp_path, LogisticRegression().fit(ROWS, TARGET))
    bad = model_that(tmp_path / "bad", writes(b"garbage" * 10))

    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    opened_once(path, warm)
    processes, open_files, threads = children(), files(), threading.active_count()
    for number in range(100):
        if number % 10 == 9:
            refusal(opened, bad, warm)
        else:
            opened_once(path, warm)
    assert until(lambda: children() <= processes)
    assert until(lambda: not list(temporary.iterdir()))
    assert files() <= open_files
    assert threading.active_count() <= threads


def opened_once(path: Path, warm: WarmParent) -> None:
    with open_model(path, warm=warm) as session:
        session.predict(ROWS)


def test_what_the_tables_hold_comes_back_as_it_was() -> None:
    for values in (np.arange(3), np.array([True, False]), np.eye(3), np.array(["a", "b"]), np.float32([0.5, 2])):
        found = tables.answer_in(bytes(tables.of_answer(values)), range(len(values), len(values) + 1))
        assert found.tolist() == values.reshape(len(values), -1).tolist()
