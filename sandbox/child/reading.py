"""A model's file that ends too early is told as such, whatever its library makes of it. Runs in the child."""

import io
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sandbox.child.align import Refused
from sandbox.files import whole
from sandbox.files.bounds import BoundError
from sandbox.files.recognise import recognised

LIBRARIES_SAY = re.compile(r'got: "EOF"|Failed to read required number of bytes')
"""XGBoost and CatBoost, of bytes that are due and not there."""

READER = "pickle"
"""Python's own reader of pickles, which joblib's goes on from. It is not imported here: only joblib opens one."""

OF_THE_BYTES = {"UnpicklingError", "IndexError", "KeyError", "UnicodeDecodeError", "error"}
"""What it makes of bytes that are none; the last is struct's."""


class _File(io.FileIO):
    """asked_beyond: somebody wanted bytes behind its last one."""

    asked_beyond = False

    def readinto(self, into: Any, /) -> int | None:
        found = super().readinto(into)
        self.asked_beyond = self.asked_beyond or found == 0
        return found


@contextmanager
def pickled(file: Path, codec: str | None) -> Iterator[BinaryIO]:
    """Its bytes, for who unpickles them: only there it is seen whether they are all. Raises Refused where they are not.
    codec: by which all of it is compressed."""
    with _File(file) as raw:
        try:
            yield io.BufferedReader(raw)
        except Exception as error:  # whatever a pickle that is not all there raises
            if whole.is_cut_within(file, codec) if codec else raw.asked_beyond:
                raise _cut(file) from error
            if _is_damaged(error):
                what = f"{type(error).__name__}: {error}"
                raise Refused(f"its pickle is damaged ({what}): it was changed after it was written") from error
            raise


def _is_damaged(error: Exception) -> bool:
    """Whether it is what unpickles that found no sense in the bytes, and not what they call."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return type(error).__name__ in OF_THE_BYTES and frame.f_globals.get("__name__") == READER


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """The same of a file in the format of its own library."""
    try:
        if recognised(file).cut:
            raise _cut(file)
        yield file
    except BoundError as error:
        raise Refused(f"the file is refused: {error}") from error
    except Refused:
        raise
    except Exception as error:
        if LIBRARIES_SAY.search(str(error)):
            raise _cut(file) from error
        raise


def _cut(file: Path) -> Refused:
    is_one_of_several = (file.parent / "MLmodel").exists()
    return Refused(whole.ends_early(file.stat().st_size, f"its file {file.name}" if is_one_of_several else "the file"))
