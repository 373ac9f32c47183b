"""What the pickles in a model file would import, of whatever kind the file is."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile, ZipInfo

from batch_zero.formats import counted
from batch_zero.text import one_line
from sandbox.files import kinds, zips
from sandbox.files.bounds import FileBounds
from sandbox.files.recognise import HEAD, Found, is_pickle
from sandbox.files.streams import Unpacked, codec_of
from testbench.files import pickles
from testbench.files.pickles import Reading
from testbench.files.sorts import Named, Sort, sorted_out
from testbench.files.values import Import

LONGEST_NAME = 60
SCHEMA_MB = 32
"""Of a skops file's description of its objects."""


@dataclass(frozen=True)
class Seen:
    """As in FileReport. arrays: whether joblib's own stand in it."""

    names: tuple[Named, ...] = ()
    more: int = 0
    read_to: int | None = None
    read_of: int | None = None
    stopped: str | None = None
    saved_with: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    arrays: bool = False


def seen_in(path: Path, found: Found, bounds: FileBounds) -> Seen:
    """Raises BoundError, DamagedError, NoCodecError or ZipError."""
    if found.kind in (kinds.PICKLE, kinds.JOBLIB):
        with path.open("rb") as file:
            return _of_pickle(pickles.read(Unpacked(file, found.codec, bounds) if found.codec else file, bounds))
    if found.kind in (kinds.SKOPS, kinds.MLFLOW_ZIP):
        with zips.opened(path) as archive:
            members = zips.members(archive, path.stat().st_size, bounds)
            if found.kind is kinds.SKOPS:
                return _of_skops(archive, members, bounds)
            return seen_in_files([_member(archive, member) for member in members], bounds)
    return Seen()


def _of_pickle(reading: Reading, member: str = "") -> Seen:
    return Seen(
        names=tuple(sorted_out(name, member) for name in reading.imports),
        more=reading.more,
        read_to=reading.read_to,
        read_of=reading.size,
        stopped=reading.stopped,
        saved_with=(("scikit-learn", reading.saved_with),) if reading.saved_with else (),
        arrays=reading.arrays,
    )


def _of_skops(archive: ZipFile, members: list[ZipInfo], bounds: FileBounds) -> Seen:
    schema = next(member for member in members if member.filename == "schema.json")
    if schema.file_size > SCHEMA_MB << 20:
        return Seen(remarks=(f"Its schema is larger than {SCHEMA_MB} MB and was not read.",))
    try:
        described = json.loads(zips.read(archive, schema, SCHEMA_MB << 20))
        types = list(dict.fromkeys(_types(described)))
    except (ValueError, RecursionError):
        return Seen(remarks=("Its schema is no JSON that can be read here.",))
    names = by_danger(tuple(map(sorted_out, types)))
    return Seen(names=names[: bounds.names], more=max(0, len(names) - bounds.names))


def _types(described: Any) -> Iterator[Import]:
    """Every type that a part of it has, without recursion."""
    waiting = [described]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            module, name = part.get("__module__"), part.get("__class__")
            if isinstance(module, str) and isinstance(name, str) and part.get("__loader__") != "JsonNode":
                yield Import(module, name)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


@dataclass(frozen=True)
class File:
    """One of many. name: within all of them. head: gives its first bytes, open all of it."""

    name: str
    head: Callable[[], bytes]
    open: Callable[[], BinaryIO]


def _member(archive: ZipFile, member: ZipInfo) -> File:
    opening: Callable[[], Any] = partial(archive.open, member)
    return File(member.filename, partial(zips.read, archive, member, HEAD), opening)


def seen_in_files(files: Sequence[File], bounds: FileBounds) -> Seen:
    """Of an MLflow model folder, as a zip or as it is. Raises as ``seen_in``."""
    seen, deadline = Seen(), time.monotonic() + bounds.read_s
    for file in files:
        if time.monotonic() > deadline:
            seen = replace(seen, stopped=seen.stopped or f"its files take more than {bounds.read_s:g} seconds to read")
            break
        head = file.head()
        codec = codec_of(head)
        if head and (codec is not None or is_pickle(head)) and not file.name.endswith((".py", ".txt", ".md")):
            seen = _both(seen, _of_file(file, codec, bounds, deadline), bounds.names)
    if code := sum(file.name.endswith(".py") for file in files):
        remark = f"It brings code of its own, which runs when it is opened: {counted(code, 'file')} in Python."
        seen = replace(seen, remarks=(*seen.remarks, remark))
    return seen


def _of_file(file: File, codec: str | None, bounds: FileBounds, deadline: float) -> Seen:
    with file.open() as content:
        unpacked = Unpacked(content, codec, bounds) if codec else content
        seen = _of_pickle(pickles.read(unpacked, bounds, deadline), file.name)
    where = one_line(file.name, LONGEST_NAME)
    return seen if seen.stopped is None else replace(seen, stopped=f"in {where}, {seen.stopped}")


def _both(one: Seen, other: Seen, most: int) -> Seen:
    """Of two files in one zip, as of one; where one was not read to its end, that is said of it."""
    first = one.read_to is None
    unknown = other.read_of is None or (one.read_of is None and not first)
    return Seen(
        names=by_danger(one.names + other.names)[:most],
        more=one.more + other.more + max(0, len(one.names) + len(other.names) - most),
        read_to=(one.read_to or 0) + (other.read_to or 0),
        read_of=None if unknown else (one.read_of or 0) + (other.read_of or 0),
        stopped=one.stopped or other.stopped,
        saved_with=tuple(dict.fromkeys(one.saved_with + other.saved_with)),
        remarks=one.remarks,
        arrays=one.arrays or other.arrays,
    )


def by_danger(names: tuple[Named, ...]) -> tuple[Named, ...]:
    order = list(Sort)
    return tuple(sorted(names, key=lambda name: order.index(name.sort)))
