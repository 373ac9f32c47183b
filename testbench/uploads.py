"""What was uploaded to be tested, until the test is through: a folder for each, with names of our own. Where it failed
or was cancelled, they stay for as long as it can be retried, unless it is the files that were refused."""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from batch_zero.errors import BatchZeroError, expected
from batch_zero.storage.files import FileError
from batch_zero.text import shortened
from datasets.tables import Say, read_table, unheard

MODEL, SAMPLE, SCHEMA, ASKED = "model", "sample", "schema", "asked.json"
LOOK, PREVIEW = "look.json", "preview.json"
"""What a worker saw of the model, and of rows that were made up for it."""

DAY_S = 86_400


class UploadGone(BatchZeroError):
    """The files of a test that is to be run again have been removed."""

    status = 410


@dataclass(frozen=True)
class Upload:
    """folder: with the model's file, and the sample's and the schema's where they came."""

    folder: Path

    @property
    def key(self) -> str:
        return self.folder.name

    def file(self, part: str) -> Path:
        return self.folder / part

    def given(self, part: str) -> Path | None:
        return self.file(part) if self.file(part).exists() else None

    def write(self, part: str, content: bytes) -> None:
        """At once: who reads it meanwhile has the one before. Raises OSError."""
        beside = self.file(f"{part}.{secrets.token_hex(4)}")
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
        """Another folder with the same files, for one test of several: it ends with its own."""
        copy = Upload(self.folder.with_name(secrets.token_hex(16)))
        copy.folder.mkdir(mode=0o700)
        for part in (MODEL, SAMPLE, SCHEMA):
            if (found := self.given(part)) is not None:
                os.link(found, copy.file(part))
        return copy

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def begin(place: Path, payloads: Iterable[Mapping[str, Any]]) -> Upload:
    """A new folder below ``place``, which only its owner may read. Those that nobody has come back to for a day are
    removed, save what ``payloads`` name, those of jobs that may yet want theirs. Raises OSError."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = {str(payload.get("upload")) for payload in payloads}
    for old in _older(place, time.time() - DAY_S):
        if old.key not in named:
            old.remove()
    folder = place / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    return Upload(folder)


def known(place: Path, key: str) -> Upload:
    """The upload of that key. Raises BatchZeroError for what is no key."""
    if len(key) != 32 or not key.isalnum():
        raise BatchZeroError(expected("upload", shortened(key), "a key that was given for one"))
    return Upload(place / key)


def table(upload: Upload, most_mb: int, say: Say = unheard) -> pd.DataFrame | None:
    """The sample, of so many megabytes at most, unpacked too; None where none came. Its sentences and what is raised,
    FileError, do not tell where it lies."""
    if (file := upload.given(SAMPLE)) is None:
        return None

    def called(text: str) -> str:
        return text.replace(str(file), "the sample")

    try:
        return read_table(str(file), lambda text: say(called(text)), most_mb << 20)
    except FileError as error:
        raise FileError(called(str(error))) from error


def _older(place: Path, moment: float) -> Iterator[Upload]:
    for folder in place.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < moment:
            yield Upload(folder)
