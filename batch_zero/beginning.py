"""A signal that comes while a command is still importing: one sentence and the exit code that a shell expects. Every
door imports this first; ``batch_zero.interrupts`` takes over when the command runs."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from batch_zero.installation import ROOT

SENTENCES: Mapping[int, str] = {signal.SIGINT: "interrupted", signal.SIGTERM: "ended by SIGTERM"}


def hear() -> None:
    """Nothing is under way yet that would have to end in order. Signals that are ignored, or that somebody else hears,
    stay theirs."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(number) == usual:
            signal.signal(number, end)


def end(number: int, _: Any) -> None:
    path = Path(sys.argv[0])
    name = path.parent.name if path.stem == "__main__" else path.stem
    os.write(2, f"{name}: {SENTENCES[number]}\n".encode(errors="replace"))
    os._exit(128 + number)


def _is_a_command_of_ours() -> bool:
    """Not a test or a program of somebody else's that imports a door."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    origin = Path(getattr(spec, "origin", None) or "/")
    return origin.name in {"__main__.py", "demo.py"} and ROOT in origin.resolve().parents


if _is_a_command_of_ours():
    hear()
