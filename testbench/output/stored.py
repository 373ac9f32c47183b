"""A test as a run of MLflow."""

from collections.abc import Iterator
from typing import Any

from batch_zero.text import as_json
from lifecycle.records import ProductionModel
from mlflow_io.writing.model_tests import ANSWERS, UPLOAD, StoredTest
from testbench.given import NOTHING, SAMPLE, Given
from testbench.output.data import to_data
from testbench.output.html import to_html
from testbench.output.junit import to_junit
from testbench.output.markdown import to_markdown
from testbench.output.tables import measures_csv, rows_csv, tables_csv
from testbench.paired import written as answers
from testbench.policy.verdict import Verdict
from testbench.result import from_data
from testbench.run import TestReport
from testbench.schema.written import to_json

MOST_VALUES = 5_000_000
"""Of made-up rows that are kept; seed and schema give those of a larger table as well."""

MOST_ROWS = 20_000
"""Of a table in ``test.json``, which has to stay small enough to be read again; its CSV file has all of them."""


def to_store(report: TestReport, verdict: Verdict | None, given: Given = NOTHING) -> StoredTest:
    """Everything that came of it. The rows of a sample and the model's file stay only where ``given`` keeps them."""
    file, model = report.file, report.model
    outcome = "not judged" if verdict is None else "passed" if verdict.passed else "not passed"
    result = _short(to_data(report, verdict, given))
    params = {
        "model": file.name,
        "model_sha256": file.sha256,
        "model_kind": file.kind,
        **_of_version(file.registered),
        "model_class": model.model_class,
        "task": model.task or "not known",
        **{f"version_{library}": version for library, version in model.versions.items()},
        "rows": report.rows,
        "synthetic": report.synthetic,
        "seed": report.settings.seed,
        "checks": ",".join(report.settings.checks),
        "data_sha256": result["data_sha256"],
        "sample_sha256": given.sample.sha256 if given.sample is not None else None,
        "labels": given.labels,
        "policy": given.policy,
    }
    tags = {"works": str(report.works), "verdict": outcome, "kept": ",".join(sorted(given.keep)) or "no file"}
    return StoredTest(
        name=f"test of {file.name}",
        params={name: value for name, value in params.items() if value is not None},
        tags=tags
        | ({"again_of": given.again_of} if given.again_of else {})
        | ({UPLOAD: given.upload} if given.upload else {}),
        measures={one.name: (one.value, one.low, one.high) for one in report.measures},
        result=result,
        files=dict(_files(report, verdict, result)) | _rows(report, given),
        uploads=given.keep,
    )


def _of_version(registered: ProductionModel | None) -> dict[str, str]:
    """Which version of a registered model was tested, where it was one."""
    if registered is None:
        return {}
    named = {"registered_model": registered.name, "model_version": registered.version}
    return named | ({"model_run_id": registered.run_id} if registered.run_id else {})


def _files(report: TestReport, verdict: Verdict | None, result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "schema.json", to_json(report.schema)
    yield "settings.json", as_json(result["settings"])
    if report.told is not None:
        yield ANSWERS, answers.to_json(report.told)
    yield "test.md", to_markdown(report, verdict)
    yield "junit.xml", to_junit(report, verdict).decode()
    yield "test.html", to_html(from_data(result))
    yield "measures.csv", measures_csv(report.measures)
    yield from ((f"tables/{name}", text) for name, text in tables_csv(report.findings).items())


def _rows(report: TestReport, given: Given) -> dict[str, str]:
    """Made-up ones. Those that are fitted to a sample have its values, and stay only where it does."""
    ours = report.synthetic and (given.sample is None or SAMPLE in given.keep)
    return {"data.csv": rows_csv(report.data)} if ours and report.data.size <= MOST_VALUES else {}


def _short(result: dict[str, Any]) -> dict[str, Any]:
    for finding in result["findings"]:
        for table in finding["tables"]:
            if (rows := len(table["rows"])) > MOST_ROWS:
                table["rows"] = table["rows"][:MOST_ROWS]
                kept = f"the first {MOST_ROWS:,} of {rows:,} rows, its CSV file with all"
                finding["notes"] = [*finding["notes"], f"The table {table['name']} is kept with {kept}"]
    return result
