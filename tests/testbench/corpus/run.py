"""A file of the corpus as the bench takes it: looked at first, then opened in the sandbox and asked."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sandbox.errors import ModelError
from sandbox.limits import Limits
from sandbox.session import open_model
from sandbox.warm import WarmParent
from testbench.files.errors import FileRefused
from testbench.files.examine import examine
from testbench.files.report import FileReport
from tests.testbench.corpus.world import SECRET, told

LIMITS = Limits(wall_s=20, call_s=4, cpu_s=10, memory_mb=3_000, folder_mb=64, files=1_000)
HOSTILE = Limits(wall_s=4, call_s=3, cpu_s=4, memory_mb=2_000, folder_mb=16, file_mb=16, files=500)
"""What hangs is to hang briefly; a second at most is for its beginning."""


@dataclass(frozen=True)
class Outcome:
    """What came of one file. report: None where it was refused before it was opened. seen: the refusal then. said: that
    of the sandbox; None where it opened and answered. answers: what it gave."""

    report: FileReport | None
    seen: str | None
    said: str | None
    task: str | None
    answers: Any

    @property
    def texts(self) -> str:
        """All that anybody is told of it."""
        told = self.report.sentences() if self.report else []
        return " ".join([*told, str(self.seen), str(self.said), str(self.answers)])

    def leaks(self) -> bool:
        return bool(told(self.texts)) or os.environ.get("CORPUS_SECRET", SECRET) in self.texts


def outcome(path: Path, rows: pd.DataFrame, limits: Limits, warm: WarmParent | None = None) -> Outcome:
    """It is opened whatever the first look says, which is never what keeps anybody safe."""
    report, seen = _looked_at(lambda: examine(path))
    try:
        with open_model(path, limits, warm=warm) as session:
            answers: np.ndarray = session.predict(rows, in_order=True)
            return Outcome(report, seen, None, session.describe().task, answers)
    except ModelError as error:
        return Outcome(report, seen, str(error), None, None)


def _looked_at(look: Callable[[], FileReport]) -> tuple[FileReport | None, str | None]:
    try:
        return look(), None
    except FileRefused as error:
        return None, error.advised
