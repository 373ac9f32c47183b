"""A first look at an upload that a worker takes: the job ``model_look``, which ``jobs.kinds`` names as a text."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

import settings
from mlflow_io.artifacts.registered import fetched_from
from sandbox.limits import Limits
from sandbox.session import open_model
from sandbox.warm import Forks, borrowed
from testbench import uploads
from testbench.given import read_sample
from testbench.look import look
from testbench.output.data import finite
from testbench.run import check_confined
from testbench.schema.written import from_json
from testbench.synthetic.preview import preview
from testbench.uploads import DOWNLOADED, LOOK, MODEL, PREVIEW, SAMPLE, SCHEMA, Upload


def _look(config: settings.Settings, upload: Upload, sample: pd.DataFrame | None, warm: Forks | None) -> dict[str, Any]:
    """Of the file that came, or of the registered version that is named in its place."""
    words = upload.said()
    opening = partial(open_model, limits=Limits(**config.bench.limits), warm=warm)
    if not words.get("model_uri"):
        return look(upload.file(MODEL), words["name"], sample, partial(opening, upload.file(MODEL)))
    with fetched_from(config.tracking.uri, words["model_uri"], upload.folder / DOWNLOADED) as version:
        opening = partial(opening, version.folder, preprocessor=version.preprocessor)
        return look(version.folder, version.name, sample, opening)


def run(
    payload: Mapping[str, Any], progress: Callable[[int, int, str], None], lent: int | None = None
) -> dict[str, Any]:
    """payload: ``upload``, the key of the files, and for made-up rows ``rows`` and ``seed``. lent: of the worker's warm
    parent. What was seen is left beside them, and what the reader of the sample took it for."""
    config = settings.read()
    upload = uploads.known(config.bench.uploads, str(payload["upload"]))
    said: list[str] = []
    given, schema = upload.given(SAMPLE), upload.given(SCHEMA)
    sample = read_sample(given, upload.said().get("sample_name") or SAMPLE, said.append) if given else None
    if "rows" in payload:
        progress(0, 1, "making up rows")
        table = from_json(schema.read_bytes() if schema else b"")
        words = {"rows": int(payload["rows"]), "seed": int(payload["seed"])}
        made_of = {**words, "schema": hashlib.sha256(schema.read_bytes() if schema else b"").hexdigest()}
        found, name = {**preview(table, **words, sample=sample), "of": made_of}, PREVIEW
    else:
        progress(0, 1, "looking at the file")
        check_confined(unconfined=config.bench.allow_unconfined)
        with borrowed(lent) as warm:
            found, name = {**_look(config, upload, sample, warm), "taken": said}, LOOK
    upload.write(name, json.dumps(finite(found), allow_nan=False).encode())
    progress(1, 1, "done")
    return {"came": found["fault"]} if found.get("fault") else {}
