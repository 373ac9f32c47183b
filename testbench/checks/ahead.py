"""What checks import, imported while the model's process begins: that takes as long, and leaves this one idle."""

from collections.abc import Sequence
from importlib import import_module
from threading import Thread

LIBRARIES = {
    "latency": ("scipy.stats",),
    "quality": ("scipy.stats", "sklearn.metrics"),
    "drift simulation": ("evidently",),
}
"""By check; those that take a moment."""


class Ahead:
    """checks: that will be done. One that lacks its library says so itself."""

    def __init__(self, checks: Sequence[str]) -> None:
        names = dict.fromkeys(name for check in checks for name in LIBRARIES.get(check, ()))
        self._thread = Thread(target=_import, args=(names,), name="imports", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until nothing is imported any more, which would disturb what is timed."""
        self._thread.join()


def _import(names: Sequence[str]) -> None:
    for name in names:
        import_module(name)
