"""python -m testbench: test a model file, and hold it against a policy; for a terminal and for CI."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from click.core import ParameterSource

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from batch_zero import commands
from batch_zero.progress import printed
from batch_zero.secrets import masked
from batch_zero.storage import files
from batch_zero.text import as_json, one_line
from mlflow_io.artifacts.registered import SCHEME, fetched_from
from mlflow_io.client import connect
from mlflow_io.writing.model_tests import EXPERIMENT, store
from sandbox.limits import Limits
from testbench import rerun
from testbench.given import MODEL, SAMPLE, Given, read_sample, sample_file
from testbench.output import words
from testbench.output.data import to_data
from testbench.output.html import to_html
from testbench.output.junit import to_junit
from testbench.output.markdown import to_markdown
from testbench.output.stored import to_store
from testbench.policy.applied import with_verdict
from testbench.policy.policy import PolicyRefused, parsed
from testbench.policy.references import Fetch
from testbench.policy.verdict import Verdict
from testbench.result import from_data
from testbench.run import CHECKS, Asked, Settings, TestReport
from testbench.schema.written import from_json

PASSED, FAILED = 0, 1
_ALIKE = ("labels", "positive", "schema", "policy", "rows", "seed")
KNOWN = {"checks": "--check", **{name: f"--{name}" for name in _ALIKE}}
"""Of a test that is run again."""


@click.command(
    "testbench",
    epilog="Exit code: 0 passed, 1 not passed, 2 could not run, 130 and 143 ended from outside.",
)
@click.argument("model", metavar="[MODEL]", required=False)
@click.option("--again", metavar="RUN_ID", help="Run a kept test again; MODEL and --sample where they were not kept.")
@click.option("--sample", metavar="FILE", help="Rows as the model takes them: CSV, Parquet.")
@click.option("--labels", metavar="COLUMN", help="The column of the sample with what is true of each row.")
@click.option("--positive", metavar="CLASS", help="Of two classes, the one that recall, precision and F1 are of.")
@click.option("--schema", metavar="FILE", help="The model's columns, as JSON; default: from the sample or the model.")
@click.option("--policy", metavar="POLICY", help="What the model has to keep to: 'auc >= 0.75', or a file of YAML.")
@click.option(
    "--rows",
    type=click.IntRange(1, 100_000),
    default=1_000,
    show_default=True,
    help="How many to make up, without a sample.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Of all that is drawn.")
@click.option("--check", "checks", multiple=True, type=commands.OneOf(*CHECKS), help="Only this one; may be repeated.")
@click.option("--json", "json_file", metavar="FILE", help="Write every number, table and note as JSON.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write JUnit XML, for CI.")
@click.option("--html", "html_file", metavar="FILE", help="Write one page that needs nothing else.")
@click.option("--log", is_flag=True, help="Keep the test as a run of MLflow, in the experiment model_tests.")
@click.option("--keep", is_flag=True, help="Keep it with its model and sample, to run it again without them.")
@commands.tracking_uri
@click.option("--md", "markdown_file", metavar="FILE", help="Write a table for a pull request.")
@click.pass_context
def command(
    context: click.Context,
    model: str | None,
    again: str | None,
    sample: str | None,
    labels: str | None,
    positive: str | None,
    schema: str | None,
    policy: str | None,
    rows: int,
    seed: int,
    checks: Sequence[str],
    json_file: str | None,
    junit_file: str | None,
    html_file: str | None,
    log: bool,
    keep: bool,
    mlflow_tracking_uri: str | None,
    markdown_file: str | None,
) -> int:
    """Test a model in the sandbox: whether it works, how fast, how robust and how good it is, what drift would do to
    it, and which columns move its answers. MODEL is a file, an MLflow model folder, models:/NAME@alias or
    models:/NAME/3."""
    config = settings.with_store(mlflow_tracking_uri)
    wanted_files = {"json": json_file, "junit": junit_file, "md": markdown_file, "html": html_file}
    for name in filter(None, wanted_files.values()):
        files.check_folder_of(name)
    with ExitStack() as stack:
        if again is not None:
            _refuse_what_is_known(context)
            asked, given, address = _again(again, model, sample, config, stack)
        elif model is None:
            raise click.UsageError("give MODEL, or --again", context)
        else:
            address = model if model.startswith(SCHEME) else None
            if address is None:
                files.check_there(model)
            tests = tuple(checks) or CHECKS
            chosen = Settings(rows=rows, seed=seed, checks=tests, positive=positive, **_bench(config))
            asked, given = _asked(Path(model), sample, labels, schema, _text(policy), chosen)
        if keep and not all(file.is_file() for file in given.keep.values()):
            raise click.UsageError("--keep: got a folder or an address, expected files of this machine", context)
        wanted = parsed(given.policy) if given.policy is not None else None
        with printed("testbench") as progress:
            report, verdict = with_verdict(asked, wanted, progress, _fetching(config.tracking), address=address)
        given = given if keep else replace(given, keep={})
        _write(report, verdict, given, wanted_files)
        if log or keep:
            _log(report, verdict, given, config.tracking)
    print(_said(report, verdict))
    return PASSED if (verdict.passed if verdict is not None else report.works) else FAILED


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m testbench", arguments)


def _fetching(tracking: settings.Tracking) -> Fetch:
    """From the store of the settings, which is not asked unless a model is named that it has."""
    return lambda address: fetched_from(tracking.uri, address)


def _asked(
    model: Path, sample: str | None, labels: str | None, schema: str | None, policy: str | None, chosen: Settings
) -> tuple[Asked, Given]:
    rows = read_sample(sample, say=_say) if sample is not None else None
    came = sample_file(sample, rows) if sample is not None and rows is not None else None
    known = from_json(files.read(schema)) if schema is not None else None
    there = {MODEL: model} | ({SAMPLE: Path(sample)} if sample is not None else {})
    return Asked(model, model.name, rows, labels, known, chosen), Given(policy, labels, came, keep=there)


def _bench(config: settings.Settings) -> dict[str, Any]:
    bench = config.bench
    return {"limits": Limits(**bench.limits), "unconfined": bench.allow_unconfined, "kept_rows": bench.kept_rows}


def _refuse_what_is_known(context: click.Context) -> None:
    """With ``--again``: whatever else made the test what it was."""
    for name, option in KNOWN.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option}: not allowed with --again, which does what was done", context)


def _again(
    run_id: str, model: str | None, sample: str | None, config: settings.Settings, stack: ExitStack
) -> tuple[Asked, Given, str | None]:
    """And the address of the version that was tested. The files that were kept are copied until ``stack`` ends; those
    that were not have to be given, and to be the very same."""
    found = rerun.again(config.tracking.uri, run_id)
    if model is not None and found.address is not None:
        raise click.UsageError(f"got MODEL, expected none: the test is of {found.address}")
    came = {part: file for part, file in ((MODEL, model), (SAMPLE, sample)) if file is not None}
    if any(one.part not in came for one in found.lacking):
        raise rerun.NotKept(found.sentence)
    for one in found.needed:
        if one.part in came:
            one.check(came[one.part])
    folder = Path(stack.enter_context(TemporaryDirectory()))
    there = {**found.into(folder, config.bench.upload_mb), **{part: Path(file) for part, file in came.items()}}
    given, kept = found.result.given, there.get(SAMPLE)
    own = given.sample.name if given.sample is not None else None
    rows = read_sample(kept, own if SAMPLE not in came else None, _say) if kept is not None else None
    file = sample_file(kept, rows, own) if kept is not None and rows is not None else None
    own_settings = found.settings(**_bench(config))
    file_of_model = there.get(MODEL, folder)  # which is nobody's: a version's is fetched in its place
    asked = Asked(file_of_model, found.result.file.name, rows, given.labels, found.schema(), own_settings)
    return asked, Given(given.policy, given.labels, file, run_id, keep=there), found.address


def _text(policy: str | None) -> str | None:
    """Of a policy: a file's, or the line itself."""
    if policy is None or any(mark in policy for mark in "<>={"):
        return policy
    if not policy.strip():
        raise PolicyRefused("--policy: got an empty text, expected a file of YAML, or a line such as 'auc >= 0.75'")
    try:
        return files.read(policy).decode()
    except UnicodeDecodeError:
        raise PolicyRefused(f"{policy}: no text in UTF-8, expected a policy") from None


def _write(report: TestReport, verdict: Verdict | None, given: Given, wanted: Mapping[str, str | None]) -> None:
    """wanted: kind -> the name of the file, None for one that is not."""
    made: dict[str, tuple[str, Callable[[], str | bytes]]] = {
        "json": ("application/json", lambda: as_json(to_data(report, verdict, given)) + "\n"),
        "junit": ("application/xml", lambda: to_junit(report, verdict)),
        "md": ("text/markdown; charset=utf-8", lambda: to_markdown(report, verdict)),
        "html": ("text/html; charset=utf-8", lambda: to_html(from_data(to_data(report, verdict, given)))),
    }
    for kind, name in wanted.items():
        if name is not None:
            media_type, make = made[kind]
            content = make()
            files.write(name, content if isinstance(content, bytes) else content.encode(), media_type)


def _log(report: TestReport, verdict: Verdict | None, given: Given, tracking: settings.Tracking) -> None:
    client = connect(tracking.uri, create=tracking.embedded)
    run_id = store(client, tracking.uri, to_store(report, verdict, given), tracking.artifact_folder)
    print(f"testbench: kept as run {run_id} of {EXPERIMENT} in {masked(tracking.shown)}")


def _said(report: TestReport, verdict: Verdict | None) -> str:
    lines = [f"  {judged.sentence}" for judged in verdict.judged] if verdict is not None else []
    faults = [f"  {fault}" for fault in words.faults(report.findings)]
    faults += [f"  {caution}" for caution in words.cautions(report.findings, report.assumed)]
    end = [] if verdict is None else [verdict.sentence]
    if verdict is None:
        end.insert(0, f"Tested: it {'works' if report.works else 'does not work'}.")
    return "\n".join(one_line(line) for line in [*faults, *lines, *end])


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
