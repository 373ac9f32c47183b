"""A kept test run again: the same settings and seed, policy, schema and labels, on the same files."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.text import one_line, shortened
from mlflow_io.artifacts.registered import SCHEME
from mlflow_io.artifacts.results import fetch, load_text
from mlflow_io.writing.model_tests import UPLOADS
from sandbox.limits import Limits
from testbench import chosen, kept, uploads
from testbench.files.examine import examine
from testbench.given import MODEL, SAMPLE, sha256_of
from testbench.result import TestResult
from testbench.run import Settings
from testbench.schema.schema import Schema
from testbench.schema.written import from_json
from testbench.uploads import SCHEMA, Upload

SCHEMA_FILE = "schema.json"
NOTHING: Mapping[str, "Came"] = {}


class NotKept(BatchZeroError):
    """A file that the test needs did not stay with it; the message says which."""

    status = 409


class AnotherFile(BatchZeroError):
    """A file that is not the one that was tested."""

    status = 422


@dataclass(frozen=True)
class Needed:
    """A file that a test needs. part: what it is. name: its owner's for it. kept: it stayed with the test."""

    part: str
    name: str
    sha256: str
    kept: bool

    @property
    def words(self) -> str:
        return f"the {self.part} {shortened(one_line(self.name), 100)} (SHA-256 {one_line(self.sha256, 64)})"

    def check(self, file: str | Path) -> None:
        """Raises AnotherFile where it is not the very file."""
        found = examine(Path(file)).sha256 if Path(file).is_dir() else sha256_of(file)
        if found != self.sha256:
            raise AnotherFile(f"{Path(file).name}: got a file with SHA-256 {found}, expected {self.words}")


@dataclass(frozen=True)
class Came:
    """A file that is given again. name: its owner's for it. content: bytes, or a buffer of them."""

    name: str
    content: Any

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Again:
    """What it takes to run one again."""

    uri: str
    run_id: str
    result: TestResult

    @property
    def address(self) -> str | None:
        """Of the registered version that was tested, where it was one: the store has its files."""
        version = self.result.file.registered
        return None if version is None else f"{SCHEME}{version.name}/{version.version}"

    @property
    def needed(self) -> tuple[Needed, ...]:
        return tuple(self._needed())

    def _needed(self) -> Iterator[Needed]:
        file, given = self.result.file, self.result.given
        if self.address is None:
            yield Needed(MODEL, file.name, file.sha256, MODEL in given.kept)
        if given.sample is not None:
            yield Needed(SAMPLE, given.sample.name, given.sample.sha256, SAMPLE in given.kept)

    @property
    def lacking(self) -> tuple[Needed, ...]:
        return tuple(one for one in self.needed if not one.kept)

    @property
    def sentence(self) -> str:
        """What will be done, or what has to be given first."""
        same = f"settings, seed {self.result.seed}, schema and policy will be the same"
        if not self.needed:
            return f"The model is fetched from {one_line(self.address)}, and {same}."
        if not self.lacking:
            return f"Its files were kept with it, and {same}."
        files = " and ".join(one.words for one in self.lacking)
        return f"{self._gone} not kept with it: give {files} again; {same}."

    @property
    def _gone(self) -> str:
        parts = [one.part for one in self.lacking]
        return "Its files were" if len(parts) == len(self.needed) else f"Its {formats.listed(parts)} was"

    def settings(self, limits: Limits, *, unconfined: bool, kept_rows: int) -> Settings:
        """As they were; what a model may use is for whoever runs the bench to say. Raises SettingsRefused."""
        return chosen.from_data(self.result.settings, limits, unconfined=unconfined, kept_rows=kept_rows)

    def schema(self) -> Schema:
        return from_json(load_text(self.uri, self.run_id, SCHEMA_FILE))

    def into(self, folder: Path, most_mb: int) -> dict[str, Path]:
        """Copies the files that were kept; by what they are. Raises TrackingError or AnotherFile."""
        found = {}
        for one in self.needed:
            if one.kept:
                found[one.part] = folder / one.part
                fetch(self.uri, self.run_id, f"{UPLOADS}/{one.part}", found[one.part], most_mb << 20)
                one.check(found[one.part])
        return found

    def others(self, came: Mapping[str, Came]) -> tuple[Needed, ...]:
        """Of the files that are given again, those that are not the ones that were tested."""
        return tuple(one for one in self.needed if one.part in came and came[one.part].sha256 != one.sha256)

    def words(self, came: Mapping[str, Came] = NOTHING) -> dict[str, Any]:
        """What the job ``model_test`` is asked for beside the files. With another file it is another test, by the same
        settings."""
        given, is_same = self.result.given, not self.others(came)
        sample = given.sample.name if given.sample is not None else None
        return {
            "name": came[MODEL].name if MODEL in came else self.result.file.name,
            "model_uri": self.address,
            "labels": given.labels,
            "policy": given.policy,
            "settings": dict(self.result.settings),
            "keep": True,
            "sample_name": came[SAMPLE].name if SAMPLE in came else sample,
            "again_of": self.run_id if is_same else None,
        }


def again(uri: str, run_id: str) -> Again:
    """Raises NoSuchTest, ResultUnreadable or TrackingError."""
    return Again(uri, run_id, kept.opened(uri, run_id))


def upload(
    found: Again,
    place: Path,
    payloads: Iterable[Mapping[str, Any]],
    most_mb: int,
    came: Mapping[str, Came] = NOTHING,
) -> Upload:
    """The files as a new upload, for the job. payloads: of the queue, as ``uploads.begin`` wants them. came: in the
    place of those that did not stay, by what they are. Raises NotKept where some are not there, and NotStored."""
    if any(one.part not in came for one in found.lacking):
        raise NotKept(found.sentence)
    chosen.from_data(found.result.settings)  # what cannot be used is said before anything is queued
    with uploads.begin(place, payloads, most_mb) as begun, uploads.storing():
        found.into(begun.folder, most_mb)
        for part, file in came.items():
            begun.write(part, file.content)
        begun.file(SCHEMA).write_text(load_text(found.uri, found.run_id, SCHEMA_FILE), "utf-8")
        begun.say(found.words(came))
    return begun
