"""A test as a run of MLflow."""

from lifecycle.records import ProductionModel
from mlflow_io.writing.model_tests import StoredTest
from testbench.output.data import to_data
from testbench.output.junit import to_junit
from testbench.output.markdown import to_markdown
from testbench.policy.verdict import Verdict
from testbench.run import TestReport
from testbench.schema.written import to_json


def to_store(report: TestReport, verdict: Verdict | None) -> StoredTest:
    """Everything but the model and the rows, which are kept only where somebody asks for it."""
    file, model = report.file, report.model
    outcome = "not judged" if verdict is None else "passed" if verdict.passed else "not passed"
    return StoredTest(
        name=f"test of {file.name}",
        params={
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
        },
        tags={"works": str(report.works), "verdict": outcome},
        measures={one.name: (one.value, one.low, one.high) for one in report.measures},
        result=to_data(report, verdict),
        files={
            "schema.json": to_json(report.schema),
            "test.md": to_markdown(report, verdict),
            "junit.xml": to_junit(report, verdict).decode(),
        },
    )


def _of_version(registered: ProductionModel | None) -> dict[str, str]:
    """Which version of a registered model was tested, where it was one."""
    if registered is None:
        return {}
    named = {"registered_model": registered.name, "model_version": registered.version}
    return named | ({"model_run_id": registered.run_id} if registered.run_id else {})
