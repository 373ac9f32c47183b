"""A handful of files through the command and the API of one live server; ``python -m tests.testbench.corpus.doors``
puts all of them through, and through the page."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sandbox.confinement import confine
from tests.testbench.corpus.doors import api, command
from tests.testbench.corpus.doors.answers import Door, chosen, faults, made

FEW = {"hostile": ("a file outside", "the secret as an answer"), "malformed": ("noise",), "benign": ("joblib, zlib",)}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(confine.missing()), reason=f"open on this system: {confine.missing()}"),
]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Door]]:
    with ExitStack() as held:
        yield {
            way.__name__: held.enter_context(way.opened(tmp_path_factory.mktemp("door"), {})) for way in (command, api)
        }


def test_every_door_holds_and_nothing_is_left(doors: dict[str, Door]) -> None:
    for group, names in FEW.items():
        for case in [case for case in chosen(group) if case.name in names]:
            with made(group, case) as file:
                for door in doors.values():
                    answer = door.tried(file)
                    assert faults(file, answer) == [], answer
    assert [fault for door in doors.values() for fault in door.afterwards()] == []
