"""Files of a store that others may break: what cannot be read is noted, and left out."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from mlflow_io.stores.files.change_tracker import ChangeTracker
from mlflow_io.stores.files.files import META, FileBroken, Files, Meta, Stamp

T = TypeVar("T")


class CarefulFiles:
    def __init__(self, files: Files, tracker: ChangeTracker) -> None:
        self.files, self._tracker = files, tracker

    def without_broken(self, read: Callable[..., T], *arguments: str, about: str = "") -> T | None:
        """None where a file cannot be read, which is noted. about: what else is to be said of it."""
        try:
            return read(*arguments)
        except FileBroken as error:
            self.note(error, about)
            return None

    def note(self, error: FileBroken, about: str = "") -> None:
        self._tracker.note(f"{error.sentence}{about}")

    def remembered(self, name: str, paths: Iterable[str], read: Callable[[], T]) -> T:
        """``read()``, or what it gave when the files at ``paths`` were the same. Of files that may not be looked at
        nobody can tell."""
        stamps = self.without_broken(self._stamps, *paths)
        settled = stamps is not None and self.files.settled(stamps)
        return self._tracker.remembered(name, stamps, read, settled=settled)

    def _stamps(self, *paths: str) -> tuple[Stamp, ...]:
        return tuple(map(self.files.stamp, paths))

    def meta(self, folder: str) -> Meta | None:
        """None where there is no meta.yaml, and where it cannot be read."""
        path = f"{folder}/{META}"
        return self.remembered(path, (path,), partial(self.without_broken, self.files.meta, folder))

    def entry(self, meta: Meta, folder: str, *keys: str) -> str:
        """The value of the first of ``keys`` that there is. Raises FileBroken where there is none."""
        for key in keys:
            if value := meta.get(key):
                return value
        raise self.files.broken(f"{folder}/{META}", f"not what MLflow writes (no {keys[0]})")

    def folders(self, path: str) -> list[str]:
        """Names of those in the folder ``path``; none where it cannot be read."""
        folders, _ = self.without_broken(self.files.entries, path) or ([], [])
        return folders
