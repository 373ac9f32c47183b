"""A first look at an upload that a worker takes: the job ``model_look``, which ``jobs.kinds`` names as a text."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import settings
from datasets.tables import read_table
from sandbox.limits import Limits
from sandbox.session import open_model
from testbench import uploads
from testbench.look import look
from testbench.run import check_confined
from testbench.schema.written import from_json
from testbench.synthetic.preview import preview
from testbench.uploads import LOOK, MODEL, PREVIEW, SAMPLE, SCHEMA


def run(payload: Mapping[str, Any], progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """payload: ``upload``, the key of the files, and for made-up rows ``rows`` and ``seed``. What was seen is left
    beside them. The result is what the reader of the sample took it for."""
    config = settings.read()
    upload = uploads.known(config.bench.uploads, str(payload["upload"]))
    said: list[str] = []
    given, schema = upload.given(SAMPLE), upload.given(SCHEMA)
    sample = read_table(str(given), said.append) if given else None
    if "rows" in payload:
        progress(0, 1, "making up rows")
        table = from_json(schema.read_bytes() if schema else b"")
        found, name = preview(table, int(payload["rows"]), int(payload["seed"]), sample), PREVIEW
    else:
        progress(0, 1, "looking at the file")
        check_confined(unconfined=config.bench.allow_unconfined)
        opening = partial(open_model, upload.file(MODEL), Limits(**config.bench.limits))
        found, name = look(upload.file(MODEL), upload.said()["name"], sample, opening), LOOK
    upload.write(name, json.dumps(found, allow_nan=False).encode())
    progress(1, 1, "done")
    return {"taken": [sentence.replace(str(given), "the sample") for sentence in said]}
