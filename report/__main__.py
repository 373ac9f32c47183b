"""``python -m report``: the experiment report as a file, for people (HTML, Markdown) or programs (JSON)."""

import argparse
import os
import sys
from collections.abc import Sequence

import settings
from batch_zero import formats
from batch_zero.secrets import shown
from batch_zero.storage import files
from batch_zero.storage.files import FileError
from batch_zero.text import one_line
from lifecycle.experiment import Experiment
from lifecycle.records import History
from mlflow_io.cached_history import CachedHistory, HistoryRead
from mlflow_io.errors import StoreMissing, TrackingError
from report.doctor.checks import capitalized, examine
from report.doctor.output import to_json, to_text
from report.export import render
from report.loading import open_evidence, open_reader, tell_of
from report.story.findings import Weight
from report.story.story import Story

LACKING, FAILED = 1, 2
MEDIA_TYPES = {"json": "application/json", "html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8"}
HOW_TO_BEGIN = "Run `make demo`, or `python -m pipeline run --help` for data of your own."


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.command == "doctor":
        if asked.out is not None:
            _parser().error("doctor prints to standard output; --out is for reports")
        return _doctor(asked)
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
        files.write(asked.out, content, MEDIA_TYPES[asked.format])
    except FileError as error:
        return _failed(str(error))
    print(f"Wrote {asked.out} ({len(content):,} bytes)", file=sys.stderr)
    return 0


class EmptyHistory(Exception):
    """A store that answers and holds no finished batch of the experiment; the message says what was looked for."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m report", description="Writes the experiment report.")
    parser.add_argument(
        "--format",
        type=_short,
        choices=("json", "html", "md"),
        default="md",
        help="md is Markdown; default: %(default)s",
    )
    parser.add_argument("--out", metavar="FILE", help="a path or s3://bucket/key (default: print to standard output)")
    _where_options(parser, None)
    doctor = parser.add_subparsers(dest="command", metavar="[doctor]").add_parser(
        "doctor",
        help="say what a store has, lacks and bends of what the report needs",
        description="Says what a store has, lacks and bends of what the report needs. It only reads.",
        epilog="Exit code: 0 a report can be told, 1 none can be told from it, 2 the store cannot be read.",
    )
    doctor.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    _where_options(doctor, argparse.SUPPRESS)  # what stands before the word counts as well
    return parser


def _short(name: str) -> str:
    """A format as it is called, or as its files end."""
    return {"markdown": "md"}.get(name.lower(), name.lower())


def _where_options(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--mlflow-tracking-uri", metavar="URI", default=default, help="default: MLFLOW_TRACKING_URI, or the local store"
    )
    parser.add_argument(
        "--experiment", metavar="NAME", default=default, help="a folder of examples/ or the path of an experiment.toml"
    )


def _doctor(asked: argparse.Namespace) -> int:
    try:
        config, experiment = _settled(asked.mlflow_tracking_uri, asked.experiment)
        diagnosis = examine(config.tracking_uri, experiment)
    except StoreMissing as error:
        return _failed(f"{error}. {HOW_TO_BEGIN}")
    except (settings.SettingsError, TrackingError) as error:
        return _failed(str(error))
    told = {"text": to_text, "json": to_json}[asked.format](diagnosis, shown(config.tracking_uri))
    sys.stdout.buffer.write(told.encode("utf-8", "backslashreplace"))
    return 0 if diagnosis.healthy else LACKING


def _settled(uri: str | None, key: str | None) -> tuple[settings.Settings, Experiment]:
    given = {"MLFLOW_TRACKING_URI": uri} if uri else {}
    config = settings.read({**os.environ, **given})
    return config, settings.load_experiment(key or config.experiment, config)


def _written(suffix: str, uri: str | None, key: str | None) -> str:
    config, experiment = _settled(uri, key)
    store = config.tracking_uri
    reading = _read(open_reader(store, experiment, config.home))
    story = tell_of(reading, experiment)
    if not story.chapters:
        raise EmptyHistory(_empty(story, reading.history, store))
    _, write = render.of(story, open_evidence(store), shown(store), config.mlflow_ui_url)[suffix]
    return write()


def _read(reader: CachedHistory) -> HistoryRead:
    """All of it, however long it takes; what was known before an outage is no report of today."""
    reading = reader.read(thoroughly=True)
    if reading.outage is None and not reading.history.counted:
        print("Counting the older runs, which takes a while the first time", file=sys.stderr)
        reader.count()
        reading = reader.read()
    if reading.outage is not None:
        raise reading.outage
    return reading


def _empty(story: Story, history: History, store: str) -> str:
    """What the doctor says of it. Where others have logged something, our demo is no advice."""
    names = story.experiment.names
    wanted = formats.listed(list(dict.fromkeys((names.drift_experiment, names.gate_experiment))))
    needed = [finding.sentence for finding in story.findings if finding.weight is not Weight.BENT]
    sentence = f"{shown(store)} holds no finished batch in {wanted}. {'. '.join(map(capitalized, needed))}"
    strange = any(survey.finished or survey.others for survey in history.surveys)
    return one_line(f"{sentence}." if strange else f"{sentence}. {HOW_TO_BEGIN}")


def _failed(sentence: str) -> int:
    print(one_line(sentence), file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
