"""Files of MLflow's file store, which others may be writing right now: read with bounds, and never through a link."""

import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from errno import ENAMETOOLONG, ENOENT, ENOTDIR
from stat import S_ISDIR, S_ISREG
from typing import Any

import yaml

from mlflow_io.errors import TrackingUnreachable
from mlflow_io.stores.tuning import USUAL, FileLimits

META = "meta.yaml"

_NAN = math.nan  # one and the same object, so that data with it equal themselves

Meta = Mapping[str, str | None]
Stamp = tuple[int, int, int, int] | None
"""What tells one state of a file from another: inode, size, and the times of its last changes."""


class FileBroken(TrackingUnreachable):
    """One file or folder that cannot be read. sentence: its path in the store, and why."""

    def __init__(self, uri: str, path: str, reason: str) -> None:
        shown = path.encode("utf-8", "backslashreplace").decode()
        self.sentence = f"{shown}: {reason}" if shown else reason
        super().__init__(uri, self.sentence)


class Files:
    """The files below ``root``, by paths relative to it. Every method raises FileBroken."""

    def __init__(self, uri: str, root: str, limits: FileLimits = USUAL.files) -> None:
        self.uri, self.root, self._limits = uri, root, limits

    def broken(self, path: str, cause: BaseException | str) -> "FileBroken":
        return FileBroken(self.uri, path, f"{cause.strerror if isinstance(cause, OSError) else cause}")

    def stat(self, path: str) -> os.stat_result | None:
        """Of the path itself, be it a link; None where there is nothing."""
        try:
            return os.lstat(f"{self.root}/{path}")
        except OSError as error:
            if error.errno in {ENOENT, ENOTDIR, ENAMETOOLONG}:
                return None
            raise self.broken(path, error) from error

    def is_folder(self, path: str) -> bool:
        found = self.stat(path)
        return found is not None and S_ISDIR(found.st_mode)

    def stamp(self, path: str) -> Stamp:
        """None where there is no regular file."""
        found = self.stat(path)
        if found is None or not S_ISREG(found.st_mode):
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def entries(self, path: str) -> tuple[list[str], list[str]]:
        """Names of the folders and of all else in the folder ``path``; none of one that is gone."""
        folders: list[str] = []
        others: list[str] = []
        try:
            with os.scandir(f"{self.root}/{path}") as found:
                for entry in found:
                    (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            raise self.broken(path, error) from error
        return folders, others

    def keys(self, path: str) -> Iterator[str]:
        """Of params, tags or metrics: a slash in a key makes folders. Also of what is no regular file, and is found so
        when it is read."""
        if not self.is_folder(path):
            return
        below = [""]
        while below:
            prefix = below.pop()
            folders, others = self.entries(f"{path}/{prefix}")
            below += [f"{prefix}{name}/" for name in folders]
            yield from (prefix + name for name in others)

    def read(self, path: str, longest: int, *, end: bool = False) -> bytes | None:
        """At most ``longest`` bytes from the start, or of whole lines from the ``end``; None where there is nothing, or
        its folder is a link."""
        if not self.is_folder(path.rpartition("/")[0]):
            return None
        data = b""
        for _ in range(self._limits.tries):
            stamp = self.stamp(path)
            if stamp is None:
                if self.stat(path) is not None:
                    raise self.broken(path, "it is not a regular file")
                return None
            data = self._bytes(path, longest, stamp[1] if end else 0)
            if data or self.settled([stamp]):
                break
            self.wait()
        return data

    def wait(self) -> None:
        """For whoever is writing a file that was found empty."""
        time.sleep(self._limits.pause_s)

    def settled(self, stamps: Iterable[Stamp]) -> bool:
        """Whether all of them were last changed long enough ago to tell the next change from this one."""
        latest = time.time_ns() - self._limits.settled_ns
        return all(stamp is None or max(stamp[2:]) < latest for stamp in stamps)

    def _bytes(self, path: str, longest: int, size: int) -> bytes:
        try:
            with open(f"{self.root}/{path}", "rb", opener=_without_links) as file:
                if size > longest:
                    file.seek(size - longest)
                    file.readline(longest)
                return file.read(longest)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self.broken(path, error) from error

    def text(self, path: str) -> str | None:
        data = self.read(path, self._limits.longest_value)
        return None if data is None else data.decode("utf-8", "replace")

    def meta(self, folder: str) -> Meta | None:
        """What the folder's meta.yaml says; None where there is none."""
        path = f"{folder}/{META}"
        data = self.read(path, self._limits.longest_meta + 1)
        if data is None:
            return None
        if len(data) > self._limits.longest_meta:
            raise self.broken(path, f"longer than {self._limits.longest_meta:,} bytes")
        try:
            return scalars(data, self._limits.deepest)
        except (ValueError, yaml.YAMLError) as error:
            raise self.broken(path, f"not what MLflow writes ({' '.join(str(error).split())[:100]})") from error

    def last_value(self, path: str) -> float | None:
        """Of a metric: that of the greatest step, then of the latest time, then the greatest; None where it is gone."""
        data = self.read(path, self._limits.longest_history, end=True)
        if data is None:
            return None
        if data and not data.endswith(b"\n"):  # the number at its end may have gone on
            raise self.broken(path, "its last line is cut off")
        try:
            value = max(map(_point, data.splitlines() or [b""]))[2]
        except ValueError as error:
            raise self.broken(path, f"not a metric as MLflow writes it ({error})") from error
        return _NAN if math.isnan(value) else value


_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Windows has neither: there it takes privileges to make a link, and no folder holds a FIFO."""


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_LINKS)


def _point(line: bytes) -> tuple[int, int, float]:
    """Step, time and value; as in MLflow, a line that names a data set counts as step 0."""
    parts = line.strip().split(b" ")
    if len(parts) not in {2, 3, 5}:
        raise ValueError(f"a line of {len(parts)} fields")
    return int(parts[2]) if len(parts) == 3 else 0, int(parts[0]), float(parts[1])


def scalars(data: bytes, deepest: int) -> Meta:
    """A YAML mapping, with its values as text; None for null and for collections. Raises ValueError or YAMLError, for
    more than ``deepest`` collections in one another as well.

    From the events, because ``load`` recurses: 32 kB of opening brackets crash the whole process.
    """
    found: dict[str, str | None] = {}
    key: str | None = None
    depth = 0
    for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif depth == 1 and key is None:
            key = _scalar(event)
        elif depth == 1 and key is not None:
            found[key], key = _scalar(event), None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1 if depth or isinstance(event, yaml.MappingStartEvent) else 2
            if depth > deepest:
                raise ValueError("too deep")
    if not found:
        raise ValueError("no mapping")
    return found


def _scalar(event: Any) -> str | None:
    if not isinstance(event, yaml.ScalarEvent) or (event.implicit[0] and event.value in {"", "~", "null"}):
        return None
    return str(event.value)
