"""Why a model's process ended, in a sentence."""

import os
import signal
from typing import IO

from sandbox.errors import ModelError, NoAnswerError, plain

MOST_REMARKS = 100_000


def how_it_ended(code: int | None, remarks: IO[bytes]) -> ModelError:
    """code: as of a subprocess; None where it runs on, and has only closed its pipe. remarks: its standard error."""
    if code is not None and code < 0:
        return ModelError(f"the model's process was ended by {_signal_name(-code)}")
    if code:
        return ModelError(f"the model could not be used: {_last_line(remarks) or f'exit code {code}'}")
    return NoAnswerError("the model's process ended without an answer")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # the real-time signals have no names
        return f"signal {number}"


def _last_line(remarks: IO[bytes]) -> str:
    end = remarks.seek(0, os.SEEK_END)
    remarks.seek(max(0, end - MOST_REMARKS))
    lines = remarks.read(MOST_REMARKS).decode("utf-8", "replace").strip().splitlines()
    return plain(lines[-1]) if lines else ""
