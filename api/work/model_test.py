"""A test that a worker runs: the job ``model_test``, which ``jobs.kinds`` names as a text."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import settings
from batch_zero.errors import BatchZeroError
from mlflow_io.artifacts.registered import fetched_from
from mlflow_io.client import connect
from mlflow_io.reading.model_tests import Search, list_tests, load_test
from mlflow_io.writing.model_tests import store
from sandbox.errors import ModelError
from sandbox.limits import Limits
from sandbox.warm import Forks, borrowed
from testbench import chosen, uploads
from testbench.given import Given, read_sample, sample_file
from testbench.output.data import summary
from testbench.output.stored import to_store
from testbench.policy.applied import with_verdict
from testbench.policy.policy import parsed
from testbench.run import Asked
from testbench.schema.written import from_json
from testbench.uploads import DOWNLOADED, MODEL, SAMPLE, SCHEMA, Upload, UploadGone

OF_THE_FILES = (413, 422)
"""Where what was uploaded is refused, it would be the next time too: nothing of it is kept to be retried."""

SAMPLE_NAME, AGAIN_OF, SETTINGS = "sample_name", "again_of", "settings"


def run(
    payload: Mapping[str, Any], progress: Callable[[int, int, str], None], lent: int | None = None
) -> dict[str, Any]:
    """payload: ``upload``, the key of the files. lent: of the worker's warm parent. The result is a summary; the rest
    is in the run that it names. Run again after a crash, it leaves a second run at most, and that one counts; where its
    files had gone with its end, its end is what the run says."""
    config = settings.read()
    upload = uploads.known(config.bench.uploads, str(payload["upload"]))
    try:
        with borrowed(lent) as warm:
            found = _tested(upload.restored(), config, progress, warm)
    except UploadGone:
        if (kept := _kept(config, upload)) is None:
            raise
        return kept
    except Exception as error:
        _let_go(upload, error)
        raise
    upload.remove()
    return found


def _kept(config: settings.Settings, upload: Upload) -> dict[str, Any] | None:
    """Of a test that had ended before its worker was heard of again."""
    tests = list_tests(config.tracking.uri, Search(upload=upload.key)).tests
    ended = [test.run_id for test in tests if not test.problem]
    return _told(ended[0], load_test(config.tracking.uri, ended[0])) if ended else None


def _let_go(upload: Upload, error: Exception) -> None:
    """Of the files of a test that has failed."""
    refused = isinstance(error, BatchZeroError) and error.status in OF_THE_FILES
    if refused and not isinstance(error, ModelError):  # which may have had bad luck
        upload.remove()
    elif not upload.keeps():
        upload.shed()


def _tested(
    upload: Upload, config: settings.Settings, progress: Callable[[int, int, str], None], warm: Forks | None
) -> dict[str, Any]:
    words = upload.said()
    policy = parsed(words["policy"]) if words.get("policy") else None
    file, schema = upload.given(SAMPLE), upload.given(SCHEMA)
    sample = read_sample(file, words.get(SAMPLE_NAME) or SAMPLE) if file else None
    own = {name: words[name] for name in chosen.CHOSEN if words.get(name) is not None}
    asked = Asked(
        model=upload.file(MODEL),
        name=words["name"],
        sample=sample,
        labels=words.get("labels"),
        schema=from_json(schema.read_bytes()) if schema else None,
        settings=chosen.from_data(
            {**(words.get(SETTINGS) or {}), **own},
            Limits(**config.bench.limits),
            unconfined=config.bench.allow_unconfined,
            kept_rows=config.bench.kept_rows,
        ),
    )
    report, verdict = with_verdict(
        asked,
        policy,
        lambda step: progress(step.done, step.total, step.text),
        lambda address: fetched_from(config.tracking.uri, address, upload.folder / DOWNLOADED),
        address=words.get("model_uri"),
        warm=warm,
    )
    test = to_store(report, verdict, _given(upload, words, sample))
    client = connect(config.tracking.uri, create=config.tracking.embedded)
    run_id = store(client, config.tracking.uri, test, config.tracking.artifact_folder)
    return _told(run_id, test.result)


def _told(run_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the job; ``came`` is what lists of jobs say of it."""
    found = summary(data)
    without = "no policy was given" if found["works"] else "the model does not work; no policy was given"
    came = found["verdict"]["sentence"] if found["verdict"] else without
    return {"run_id": run_id, "came": came, **found}


def _given(upload: Upload, words: Mapping[str, Any], sample: pd.DataFrame | None) -> Given:
    files: dict[str, Path] = {part: file for part in (MODEL, SAMPLE) if (file := upload.given(part))}
    return Given(
        policy=words.get("policy"),
        labels=words.get("labels"),
        sample=sample_file(files[SAMPLE], sample, words.get(SAMPLE_NAME)) if sample is not None else None,
        again_of=words.get(AGAIN_OF),
        upload=upload.key,
        keep=files if words.get("keep") else {},
    )
