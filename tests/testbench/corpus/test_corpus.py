"""Each file of the corpus as the bench takes it. ``python -m tests.testbench.corpus`` prints the same as a table."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.confinement import confine
from sandbox.warm import WarmParent
from tests.testbench.corpus import benign, hostile, malformed, run
from tests.testbench.corpus.__main__ import same
from tests.testbench.corpus.world import SECRET, Case, World, made_in

CONFINED = pytest.mark.skipif(bool(confine.missing()), reason=f"open on this system: {confine.missing()}")
HOSTILE, MALFORMED, BENIGN = list(hostile.cases()), list(malformed.cases()), list(benign.cases())
EVERY = 3
"""Of the hostile ones this many-th is opened here; the command opens them all."""

pytestmark = [pytest.mark.slow, CONFINED]


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmParent]:
    with WarmParent() as parent:
        yield parent


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with made_in(tmp_path) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.mkdir()
    return made


def test_there_are_as_many_as_were_asked_for() -> None:
    assert len(HOSTILE) >= 131
    assert len(MALFORMED) >= 28
    assert len(BENIGN) >= 61


@pytest.mark.parametrize("case", HOSTILE[::EVERY], ids=lambda case: case.name)
def test_a_hostile_file_harms_nobody(
    case: Case, folder: Path, world: World, warm: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORPUS_SECRET", SECRET)
    found = run.outcome(case.make(folder, world), benign.ROWS, run.HOSTILE, warm)
    assert world.harm() == []
    assert not found.leaks()
    assert os.environ["CORPUS_SECRET"] == SECRET  # and the program is still there to say so


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_a_file_that_is_no_model_is_refused_with_a_sentence(
    case: Case, folder: Path, world: World, warm: WarmParent
) -> None:
    found = run.outcome(case.make(folder, world), benign.ROWS, run.LIMITS, warm)
    assert found.said is not None
    assert found.answers is None
    assert "\n" not in found.said
    assert str(folder) not in found.said


@pytest.mark.parametrize("case", BENIGN, ids=lambda case: case.name)
def test_a_model_answers_as_it_does_outside(case: benign.Benign, folder: Path, warm: WarmParent) -> None:
    found = run.outcome(case.make(folder), case.rows, run.LIMITS, warm)
    assert (found.seen, found.said) == (None, None)
    assert found.task == case.task
    assert same(found, case)
    assert found.report is not None
    assert found.report.suffix_fits in (True, None)
    assert found.report.stopped is None
