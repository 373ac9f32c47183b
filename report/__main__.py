"""``python -m report``: the experiment report as a file, for people (HTML, Markdown) or programs (JSON)."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import settings
from lifecycle.experiment import Experiment
from lifecycle.records import History
from mlflow_io.errors import StoreMissing, TrackingError, masked
from mlflow_io.reader import Reader, Reading
from report import faces, formats
from report.loading import open_evidence, open_reader, tell_of

FAILED = 2
HOW_TO_BEGIN = "Run `make demo`, or `python -m pipeline run --help` for data of your own."


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        text = _written(asked.format, asked.mlflow_tracking_uri, asked.experiment)
    except StoreMissing as error:
        return _failed(f"{error}. {HOW_TO_BEGIN}")
    except (settings.SettingsError, TrackingError, EmptyHistory) as error:
        return _failed(str(error))
    # A lone surrogate from a store is written as \udXXX, which JSON reads back and HTML shows.
    content = text.encode("utf-8", "backslashreplace")
    if asked.out is None:
        sys.stdout.buffer.write(content)
        return 0
    try:
        _replace(asked.out, content)
    except OSError as error:
        return _failed(f"{asked.out} cannot be written: {error.strerror}")
    print(f"Wrote {asked.out} ({len(content):,} bytes)", file=sys.stderr)
    return 0


class EmptyHistory(Exception):
    """A store that answers and holds no finished batch of the experiment; the message says what was looked for."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m report", description="Writes the experiment report.")
    parser.add_argument("--format", choices=("json", "html", "md"), default="md", help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: print to standard output")
    parser.add_argument("--mlflow-tracking-uri", metavar="URI", help="default: MLFLOW_TRACKING_URI, or the local store")
    parser.add_argument("--experiment", metavar="NAME", help="a folder of examples/ or the path of an experiment.toml")
    return parser


def _written(suffix: str, uri: str | None, key: str | None) -> str:
    given = {"MLFLOW_TRACKING_URI": uri} if uri else {}
    config = settings.read({**os.environ, **given})
    experiment = settings.load_experiment(key or config.experiment, config)
    store = config.tracking_uri
    reading = _read(open_reader(store, experiment, config.home))
    story = tell_of(reading, experiment)
    if not story.chapters:
        raise EmptyHistory(_empty(reading.history, experiment, store))
    _, write = faces.of(story, open_evidence(store), masked(store), config.mlflow_ui_url)[suffix]
    return write()


def _read(reader: Reader) -> Reading:
    """All of it, however long it takes; what was known before an outage is no report of today."""
    reading = reader.read(thoroughly=True)
    if reading.outage is None and not reading.history.counted:
        print("Counting the older runs, which takes a while the first time", file=sys.stderr)
        reader.count()
        reading = reader.read()
    if reading.outage is not None:
        raise reading.outage
    return reading


def _empty(history: History, experiment: Experiment, store: str) -> str:
    wanted = dict.fromkeys((experiment.names.drift_experiment, experiment.names.gate_experiment))
    sentence = f"{masked(store)} holds no finished batch in {formats.listed(list(wanted))}"
    if history.missing_experiments:
        there = formats.listed(history.present_experiments) or "none"
        sentence += f"; missing: {formats.listed(history.missing_experiments)}, experiments that are there: {there}"
    return f"{sentence}. {HOW_TO_BEGIN}"


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return FAILED


def _replace(path: Path, content: bytes) -> None:
    """All of the file or none of it: whoever reads ``path`` meanwhile sees the old one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        scratch.chmod(0o644)
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    sys.exit(main())
