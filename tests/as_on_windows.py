"""``python -m tests.as_on_windows``: imports every module of the house as Windows would, and says what a model meets.

Libraries are imported before, as they are here. Then all of ours is forgotten and imported again, without the modules
and names that only POSIX has.
"""

import builtins
import ctypes
import importlib
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

from tests.house import ROOT, rooms

MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
NAMES = {
    os: "fork killpg setsid getuid geteuid getpgid wait4 sysconf uname O_NOFOLLOW O_NONBLOCK O_DIRECTORY O_PATH "
    "pidfd_open setresuid",
    signal: "SIGALRM SIGKILL SIGHUP SIGCHLD ITIMER_REAL setitimer alarm pidfd_send_signal pthread_sigmask",
}
LIKE_PAGES = {"app", "server"}
"""What Streamlit runs, and no module imports; so are the files in ``pages/``."""


def modules() -> list[str]:
    found = [path for path in rooms() if path.parts[0] != "pages" and path.stem not in LIKE_PAGES]
    return sorted(".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in found)


def without_posix() -> None:
    """From here on, for our own files."""
    ours, imported = f"{ROOT}{os.sep}", builtins.__import__

    def imports(name: str, globals: dict[str, object] | None = None, *more: object) -> ModuleType:
        asks = str((globals or {}).get("__file__", ""))
        if name in MODULES and asks.startswith(ours) and ".venv" not in asks:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return imported(name, globals, *more)  # type: ignore[arg-type]

    def opened(self: ctypes.CDLL, name: str | None, *more: object, **options: object) -> None:
        if name is None:
            raise TypeError("LoadLibrary() argument 1 must be str, not None")
        library(self, name, *more, **options)

    library = ctypes.CDLL.__init__
    builtins.__import__ = imports  # type: ignore[assignment]
    ctypes.CDLL.__init__ = opened  # type: ignore[assignment, method-assign]
    for module, names in NAMES.items():
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    sys.modules["resource"] = None  # type: ignore[assignment]
    sys.platform = "win32"


def main() -> None:
    names = modules()
    for name in names:
        importlib.import_module(name)
    for name in names:
        del sys.modules[name]
    without_posix()
    for name in names:
        importlib.import_module(name)
    print(f"{len(names)} modules")

    from batch_zero.__main__ import main as batch_zero
    from sandbox.errors import ModelError
    from sandbox.session import open_model

    try:
        open_model(Path("model.pkl")).__enter__()
    except ModelError as error:
        print(error)
    print(batch_zero(["drift", "--reference", "none.csv", "--current", "none.csv"]))


if __name__ == "__main__":
    main()
