"""What was uploaded to be tested, until the test has ended: a folder for each, with names of our own.

The files of a test go at once when it has ended, however that was. What was asked for stays for a day, so that it can
be asked again of the upload that it was a copy of; where the files were to be kept with the test, they do as well. An
upload of the page stays until nobody has looked at it for a day. What a worker has left that was killed, or told to
stop, goes within a minute of a worker's time, or when the next upload comes.
"""

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
ORIGINAL, TESTED = "original", "tested.job"
"""The upload that this one is a copy of, and the job that tests it."""

DOWNLOADED = "downloaded-"
"""How a folder begins that holds a registered model's files, while it is looked at or tested."""

LOOK, PREVIEW = "look.json", "preview.json"
"""What a worker saw of the model, and of rows that were made up for it."""

TEST = "model_test"
"""The kind of job that tests an upload."""

DAY_S = 86_400
GRACE_S = 60
"""From the moment at which a job is asked for to the one at which whoever sweeps has heard of it."""

MOST_LYING = 20
"""Uploads of the largest size that may lie here."""


GONE = "the files of this test are gone: upload them again"


class UploadGone(BatchZeroError):
    """The files of a test that is to be run again have been removed."""

    status = 410
    in_vain = True


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
        """Whoever asks is looking at it: its day begins again. Raises UploadGone."""
        try:
            words: dict[str, Any] = json.loads(self.file(ASKED).read_text("utf-8"))
        except OSError:
            raise UploadGone(GONE) from None
        with suppress(OSError):
            os.utime(self.folder)
        return words

    def keeps(self) -> bool:
        """Whether its files were to be kept with the test."""
        try:
            return bool(json.loads(self.file(ASKED).read_bytes()).get("keep"))
        except (OSError, ValueError):
            return False

    def seen(self, part: str) -> dict[str, Any] | None:
        """``LOOK`` or ``PREVIEW``; None where no worker has left it yet."""
        found = self.given(part)
        return json.loads(found.read_bytes()) if found is not None else None

    def copied(self) -> "Upload":
        """Another folder with the same files, for one test of several: it ends with its own. Raises NotStored."""
        with storing(), Upload(self.folder.with_name(secrets.token_hex(16))) as copy:
            copy.folder.mkdir(mode=0o700)
            copy.file(ORIGINAL).write_text(self.key)
            for part in (MODEL, SAMPLE, SCHEMA):
                if (found := self.given(part)) is not None:
                    os.link(found, copy.file(part))
        return copy

    def restored(self) -> Self:
        """With the files that it had, where it was shed and the upload is there that it was a copy of. Raises
        UploadGone."""
        words = self.said()
        came = {MODEL: not words.get("model_uri"), SAMPLE: words.get("sample_name") is not None}
        for part in (part for part, has_come in came.items() if has_come and self.given(part) is None):
            try:
                os.link(self.folder.with_name(self.file(ORIGINAL).read_text()) / part, self.file(part))
            except OSError:
                raise UploadGone(GONE) from None
        return self

    def shed(self) -> None:
        """Its test has ended: what is large goes."""
        for part in (MODEL, SAMPLE):
            self.file(part).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Nobody is at work on it: what was fetched for that goes."""
        for left in self.folder.glob(f"{DOWNLOADED}*"):
            shutil.rmtree(left, ignore_errors=True)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def begin(place: Path, payloads: Iterable[Mapping[str, Any]], most_mb: int | None = None) -> Upload:
    """A new folder below ``place``, which only its owner may read, once what nobody wants any more is gone. payloads:
    of the jobs that wait or run, which want theirs. most_mb: the largest size of one; where ``MOST_LYING`` times as
    much lies there, no more is taken. Raises NotStored."""
    with storing():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(place, payloads)
    if most_mb is not None and (there := _size(place)) > most_mb * MOST_LYING << 20:
        raise NotStored(
            f"got {there >> 20:,} MB of uploads that are being looked at or wait for their test, expected at most "
            f"{most_mb * MOST_LYING:,}"
        )
    folder = place / secrets.token_hex(16)
    with storing():
        folder.mkdir(mode=0o700)
    return Upload(folder)


def sweep(place: Path, payloads: Iterable[Mapping[str, Any]]) -> None:
    """What nobody wants any more goes. payloads: of the jobs that wait or run, as they were a moment ago."""
    wanted, now = {str(payload.get("upload")) for payload in payloads}, time.time()
    there = place.iterdir() if place.is_dir() else ()
    for upload in (Upload(folder) for folder in there if folder.is_dir() and folder.name not in wanted):
        with suppress(FileNotFoundError):  # its test has ended meanwhile
            touched = upload.folder.stat().st_mtime
            if touched < now - DAY_S:
                upload.remove()
            elif touched < now - GRACE_S:
                if upload.given(TESTED) is not None and not upload.keeps():
                    upload.shed()
                upload.tidy()


def queued(queue: Queue, upload: Upload) -> str:
    """The id of the job that tests it, which is called by the name of its model. Raises JobsError, and UploadGone."""
    job_id = queue.enqueue(TEST, {"upload": upload.key}, title=upload.said()["name"])
    with suppress(NotStored):  # it has ended already, and its folder went with it
        upload.write(TESTED, job_id.encode())
    return job_id


def known(place: Path, key: str) -> Upload:
    """The upload of that key. Raises BatchZeroError for what is no key."""
    if len(key) != 32 or not key.isalnum():
        raise BatchZeroError(expected("upload", shortened(key), "a key that was given for one"))
    return Upload(place / key)


def _size(place: Path) -> int:
    """Bytes of all uploads; a file that several have is there once."""
    found = {}
    for folder, _, names in os.walk(place):  # which passes over what is removed meanwhile
        for name in names:
            with suppress(FileNotFoundError):
                said = os.lstat(f"{folder}/{name}")
                found[said.st_dev, said.st_ino] = said.st_size
    return sum(found.values())
