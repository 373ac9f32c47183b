"""A model that is open for questions."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from sandbox.limits import Limits
from sandbox.session import open_model
from sandbox.warm import WarmParent
from testbench.subject import Subject

Opened = Callable[[Path, pd.DataFrame], Subject]


@pytest.fixture
def opened(warm: WarmParent) -> Iterator[Opened]:
    """Of a file, and rows that its model takes."""
    with ExitStack() as held:

        def subject(path: Path, rows: pd.DataFrame) -> Subject:
            limits = Limits(wall_s=120, call_s=20)
            return held.enter_context(Subject(partial(open_model, path, limits, warm=warm), rows.iloc[:5]))

        yield subject


@pytest.fixture
def odd(tmp_path: Path, opened: Opened) -> Callable[[object, pd.DataFrame], Subject]:
    """A model of a class of this repository's tests, stored by value as cloudpickle does."""
    import cloudpickle

    def subject(model: object, rows: pd.DataFrame) -> Subject:
        path = tmp_path / "odd.pkl"
        path.write_bytes(cloudpickle.dumps(model))
        return opened(path, rows)

    return subject
