"""What was uploaded to be tested, until the test is through: a folder for each, with names of our own. Where it failed
or was cancelled, they stay for as long as it can be retried, unless it is the files that were refused."""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from batch_zero.errors import BatchZeroError, expected
from batch_zero.text import shortened
from jobs.queue import Queue

MODEL, SAMPLE, SCHEMA, ASKED = "model", "sample", "schema", "asked.json"
LOOK, PREVIEW = "look.json", "preview.json"
"""What a worker saw of the model, and of rows that were made up for it."""

TEST = "model_test"
"""The kind of job that tests an upload."""

DAY_S = 86_400
MOST_LYING = 20
"""Uploads of the largest size that may lie here, those of tests that were cancelled or failed among them."""


class UploadGone(BatchZeroError):
    """The files of a test that is to be run again have been removed."""

    status = 410


class NotStored(BatchZeroError):
    """The disk does not take it: it is full, or may not be written to."""

    status = 507


@contextmanager
def storing() -> Iterator[None]:
    """What the disk refuses is told in a sentence. Raises NotStored."""
    try:
        yield
    except OSError as error:
        raise NotStored(f"the upload cannot be kept here: {error.strerror or error}") from error


@dataclass(frozen=True)
class Upload:
    """folder: with the model's file, and the sample's and the schema's where they came. In a ``with`` statement it is
    removed where that ends with an error, of whatever kind."""

    folder: Path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.remove()

    @property
    def key(self) -> str:
        return self.folder.name

    def file(self, part: str) -> Path:
        return self.folder / part

    def given(self, part: str) -> Path | None:
        return self.file(part) if self.file(part).exists() else None

    def write(self, part: str, content: bytes) -> None:
        """At once: who reads it meanwhile has the one before. Raises NotStored."""
        beside = self.file(f"{part}.{secrets.token_hex(4)}")
        with storing():
            beside.write_bytes(content)
            beside.replace(self.file(part))

    def say(self, words: Mapping[str, Any]) -> None:
        """What is asked for, beside the files."""
        self.write(ASKED, json.dumps(words).encode())

    def said(self) -> dict[str, Any]:
        """Raises UploadGone."""
        try:
            words: dict[str, Any] = json.loads(self.file(ASKED).read_text("utf-8"))
        except OSError:
            raise UploadGone("the files of this test are gone: upload them again") from None
        return words

    def seen(self, part: str) -> dict[str, Any] | None:
        """``LOOK`` or ``PREVIEW``; None where no worker has left it yet."""
        found = self.given(part)
        return json.loads(found.read_bytes()) if found is not None else None

    def copied(self) -> "Upload":
        """Another folder with the same files, for one test of several: it ends with its own. Raises NotStored."""
        with storing(), Upload(self.folder.with_name(secrets.token_hex(16))) as copy:
            copy.folder.mkdir(mode=0o700)
            for part in (MODEL, SAMPLE, SCHEMA):
                if (found := self.given(part)) is not None:
                    os.link(found, copy.file(part))
        return copy

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def begin(place: Path, payloads: Iterable[Mapping[str, Any]], most_mb: int | None = None) -> Upload:
    """A new folder below ``place``, which only its owner may read. Those that nobody has come back to for a day are
    removed, save what ``payloads`` name, those of jobs that may yet want theirs. most_mb: the largest size of one;
    where ``MOST_LYING`` times as much lies there, no more is taken. Raises NotStored."""
    with storing():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = {str(payload.get("upload")) for payload in payloads}
    for old in _older(place, time.time() - DAY_S):
        if old.key not in named:
            old.remove()
    if most_mb is not None and (there := _size(place)) > most_mb * MOST_LYING << 20:
        raise NotStored(
            f"got {there >> 20:,} MB of uploads that have yet to be tested, retried or forgotten, expected at most "
            f"{most_mb * MOST_LYING:,}"
        )
    folder = place / secrets.token_hex(16)
    with storing():
        folder.mkdir(mode=0o700)
    return Upload(folder)


def queued(queue: Queue, upload: Upload) -> str:
    """The id of the job that tests it, which is called by the name of its model. Raises JobsError, and UploadGone."""
    return queue.enqueue(TEST, {"upload": upload.key}, title=upload.said()["name"])


def known(place: Path, key: str) -> Upload:
    """The upload of that key. Raises BatchZeroError for what is no key."""
    if len(key) != 32 or not key.isalnum():
        raise BatchZeroError(expected("upload", shortened(key), "a key that was given for one"))
    return Upload(place / key)


def _older(place: Path, moment: float) -> Iterator[Upload]:
    for folder in place.iterdir():
        with suppress(FileNotFoundError):  # its test has ended meanwhile
            if folder.is_dir() and folder.stat().st_mtime < moment:
                yield Upload(folder)


def _size(place: Path) -> int:
    """Bytes of all uploads; a file that several have is there once."""
    found = {}
    for file in place.glob("*/*"):
        with suppress(FileNotFoundError):
            said = file.stat()
            found[said.st_dev, said.st_ino] = said.st_size
    return sum(found.values())
