"""The warm parent: a process that has its libraries already, and is forked for each model.

It opens no model, and of a child's files, rows and answers it never sees a byte: the request goes through the child's
own pipe, after the fork. It gives away for good what only a program needs: the network, other programs and processes.
What is left, a child gives away for itself, as a cold one does.
"""

import gc
import importlib
import importlib.util
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Any, NoReturn

from sandbox.child import life
from sandbox.child.explaining import library
from sandbox.confinement import confine
from sandbox.forking.lines import Lines, threads

PRELOADED = (
    "numpy", "pandas", "pyarrow", "yaml", "joblib", "cloudpickle", "threadpoolctl", "sklearn.calibration",
    "sklearn.compose", "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection", "sklearn.pipeline",
    "sklearn.preprocessing", "skops.io", "xgboost", "lightgbm", "catboost",
)  # fmt: skip
"""Those of them that are installed. None starts a thread, which would not live through a fork; ONNX Runtime does, and
shares memory with a file, so it is left to the child."""


def keep(control: int) -> NoReturn:
    """Forks a child for each request until the other side closes, and the children with it, see PR_SET_PDEATHSIG.
    control: a socket."""
    owner = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=control)
    most = int(os.environ["OMP_NUM_THREADS"])
    confine.confine_parent()
    blas = _preload()
    Lines(owner, lambda ends: _be_born(ends, lambda: _differ(blas, most))).serve()


def _preload() -> Any:
    """What rules the threads of BLAS: to look for it takes longer than the fork."""
    for name in PRELOADED:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    if importlib.util.find_spec("shap"):
        library.shap()
    importlib.import_module("sandbox.child.rehearsal").rehearse()
    if (begun := threads()) > 1:
        sys.exit(f"{begun} threads were started by libraries, and none can be forked")
    gc.collect()
    from threadpoolctl import ThreadpoolController

    blas = ThreadpoolController().select(user_api="blas")
    gc.freeze()  # children share this memory as long as nobody writes into it
    return blas


def _be_born(ends: list[int], once_confined: Callable[[], None]) -> NoReturn:
    """ends: of requests, answers and remarks. Nothing else of the parent stays open."""
    try:
        os.setsid()
        for place, end in enumerate(ends):
            os.dup2(end, place)
        os.closerange(len(ends), os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        life.live(0, 1, once_confined)
    finally:
        os._exit(1)


def _differ(blas: Any, most: int) -> None:
    """From every other child of the same parent, and from the parent, whose BLAS has one thread only."""
    import numpy as np

    np.random.seed()
    tempfile.tempdir = None  # found out by some library's import, in the parent's folder
    blas.limit(limits=most)
