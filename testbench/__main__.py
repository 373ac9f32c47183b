"""python -m testbench: test a model file, and hold it against a policy; for a terminal and for CI."""

import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from batch_zero import commands
from batch_zero.progress import printed
from batch_zero.secrets import masked
from batch_zero.storage import files
from batch_zero.text import one_line
from datasets.tables import read_table
from mlflow_io.artifacts.registered import SCHEME, fetched
from mlflow_io.client import connect
from mlflow_io.writing.model_tests import EXPERIMENT, store
from sandbox.limits import Limits
from testbench.output.data import to_data
from testbench.output.junit import to_junit
from testbench.output.markdown import to_markdown
from testbench.output.stored import to_store
from testbench.policy.applied import with_verdict
from testbench.policy.policy import Policy, parsed
from testbench.policy.references import Fetch
from testbench.policy.verdict import Verdict
from testbench.run import CHECKS, Asked, Settings, TestReport
from testbench.schema.written import from_json

PASSED, FAILED = 0, 1


@click.command(
    "testbench",
    epilog="Exit code: 0 passed, 1 not passed, 2 could not run, 130 and 143 ended from outside.",
)
@click.argument("model", metavar="MODEL")
@click.option("--sample", metavar="FILE", help="Rows as the model takes them: CSV, Parquet.")
@click.option("--labels", metavar="COLUMN", help="The column of the sample that holds the outcomes.")
@click.option("--schema", metavar="FILE", help="The model's columns, as JSON; default: from the sample or the model.")
@click.option("--policy", metavar="FILE", help="What the model has to keep to: YAML, or a line like 'auc >= 0.75'.")
@click.option("--rows", type=click.IntRange(1, 100_000), default=1_000, show_default=True, help="Of made-up data.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--check", "checks", multiple=True, type=commands.OneOf(*CHECKS), help="Only these; may be repeated.")
@click.option("--json", "json_file", metavar="FILE", help="Write everything that came.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write JUnit XML, for CI.")
@click.option("--log", is_flag=True, help="Keep the test as a run of MLflow, in the experiment model_tests.")
@commands.tracking_uri
@click.option("--md", "markdown_file", metavar="FILE", help="Write a table for a pull request.")
def command(
    model: str,
    sample: str | None,
    labels: str | None,
    schema: str | None,
    policy: str | None,
    rows: int,
    seed: int,
    checks: Sequence[str],
    json_file: str | None,
    junit_file: str | None,
    log: bool,
    mlflow_tracking_uri: str | None,
    markdown_file: str | None,
) -> int:
    """Test a model in the sandbox: whether it works, how fast, how robust and how good it is, and what drift would do
    to it. MODEL is a file, an MLflow model folder, models:/NAME@alias or models:/NAME/3."""
    registered = model.startswith(SCHEME)
    if not registered:
        files.check_there(model)
    wanted = _policy(policy)
    config = settings.with_store(mlflow_tracking_uri)
    bench = config.bench
    asked = Asked(
        model=Path(model),
        name=Path(model).name,
        sample=read_table(sample, _say) if sample is not None else None,
        labels=labels,
        schema=from_json(files.read(schema)) if schema is not None else None,
        settings=Settings(
            rows=rows,
            seed=seed,
            checks=tuple(checks) or CHECKS,
            limits=Limits(**bench.limits),
            unconfined=bench.allow_unconfined,
        ),
    )
    with printed("testbench") as progress:
        fetch = _fetching(config.tracking)
        report, verdict = with_verdict(asked, wanted, progress, fetch, address=model if registered else None)
    _write(report, verdict, json_file, junit_file, markdown_file)
    if log:
        _log(report, verdict, config.tracking)
    print(_said(report, verdict))
    return PASSED if (verdict.passed if verdict is not None else report.works) else FAILED


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m testbench", arguments)


def _fetching(tracking: settings.Tracking) -> Fetch:
    """From the store of the settings, which is not asked unless a model is named that it has."""
    return lambda address: fetched(connect(tracking.uri), address)


def _policy(policy: str | None) -> Policy | None:
    """A file, or the line itself."""
    if policy is None:
        return None
    return parsed(policy if any(mark in policy for mark in "<>") else files.read(policy))


def _write(
    report: TestReport, verdict: Verdict | None, json: str | None, junit: str | None, markdown: str | None
) -> None:
    if json is not None:
        text = dumps(to_data(report, verdict), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        files.write(json, text.encode(), "application/json")
    if junit is not None:
        files.write(junit, to_junit(report, verdict), "application/xml")
    if markdown is not None:
        files.write(markdown, to_markdown(report, verdict).encode(), "text/markdown; charset=utf-8")


def _log(report: TestReport, verdict: Verdict | None, tracking: settings.Tracking) -> None:
    client = connect(tracking.uri, create=tracking.embedded)
    run_id = store(client, tracking.uri, to_store(report, verdict), tracking.artifact_folder)
    print(f"testbench: kept as run {run_id} of {EXPERIMENT} in {masked(tracking.shown)}")


def _said(report: TestReport, verdict: Verdict | None) -> str:
    lines = [f"  {judged.sentence}" for judged in verdict.judged] if verdict is not None else []
    end = (
        verdict.sentence
        if verdict is not None
        else ("Tested: it works." if report.works else "Tested: it does not work.")
    )
    return "\n".join(one_line(line) for line in [*lines, end])


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
