"""`python -m drift`: is this batch different from its reference?"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
from batch_zero import commands, formats
from batch_zero.storage import files
from batch_zero.text import one_line, quoted
from datasets.tables import read_table
from drift.detect import check
from drift.policy import DRIFT_THRESHOLD, MIN_ROWS, DriftPolicy
from drift.result import ColumnDrift, DriftResult, too_few
from drift.schema import Schema, infer_schema

DONE, DRIFTED, TOO_FEW = 0, 1, 3
TABLES = "CSV, TSV or Parquet, packed or not, a path or s3://bucket/key"


class _Share(click.ParamType[float]):
    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return DriftPolicy(threshold=float(value)).threshold
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Rows(click.ParamType[int]):
    name = "rows"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return DriftPolicy(min_rows=int(value)).min_rows
        except ValueError:
            self.fail(f"got {value!r}, expected a whole number from 1 on", param, ctx)


class _SeveralColumns(click.Command):
    """``--columns a b`` is ``--columns a --columns b``: click itself knows options with a fixed number of values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_spread(args)))


def _spread(args: Sequence[str]) -> Iterator[str]:
    inside = False
    for place, word in enumerate(args):
        inside = word == "--columns" or (inside and not word.startswith("--"))
        if inside and word != "--columns" and args[place - 1] != "--columns":
            yield "--columns"
        yield word


@click.command(
    "drift",
    cls=_SeveralColumns,
    epilog="Exit code: 0 compared, 1 drift detected (only with --fail-on-drift), 2 could not be compared, "
    "3 too few rows to tell.",
)
@click.option("--reference", required=True, metavar="FILE", help=f"What is normal: {TABLES}.")
@click.option("--current", required=True, metavar="FILE", help=f"The batch: {TABLES}.")
@click.option(
    "--columns",
    multiple=True,
    metavar="NAME...",
    help="Compare only these, one or several; default: every column of the reference.",
)
@click.option(
    "--threshold",
    type=_Share(),
    default=DRIFT_THRESHOLD,
    metavar="SHARE",
    help="Share of drifted columns, above 0 up to 1, from which on it is drift; "
    f"default: {formats.threshold(DRIFT_THRESHOLD)}.",
)
@click.option(
    "--min-rows",
    type=_Rows(),
    default=MIN_ROWS,
    metavar="N",
    help=f"Rows that both tables need; below, there is no verdict; default: {MIN_ROWS}.",
)
@click.option("--json", "json_file", metavar="FILE", help="Write the result, column by column.")
@click.option("--html", "html_file", metavar="FILE", help="Write Evidently's page with charts (about 4 MB).")
@click.option("--fail-on-drift", is_flag=True, help="Exit with 1 when drift is detected, for CI.")
def command(
    reference: str,
    current: str,
    columns: Sequence[str],
    threshold: float,
    min_rows: int,
    json_file: str | None,
    html_file: str | None,
    fail_on_drift: bool,
) -> int:
    """Compare a batch with its reference, column by column (Evidently's tests), and give one verdict."""
    normal, batch = read_table(reference, _say), read_table(current, _say)
    inferred = infer_schema(normal)
    schema = inferred.only(columns) if columns else inferred
    done = check(normal, batch, schema, DriftPolicy(threshold=threshold, min_rows=min_rows))
    if json_file:
        text = json.dumps(done.result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        files.write(json_file, text.encode(), "application/json")
    if html_file:
        files.write(html_file, done.html().encode(), "text/html")
    print(report(done.result, schema))
    if done.result.too_few_rows:
        return TOO_FEW
    return DRIFTED if fail_on_drift and done.result.detected else DONE


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m drift", arguments)


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr)


def report(result: DriftResult, schema: Schema) -> str:
    """The table and the verdict, for a terminal."""
    left_out = [f"Not compared: {name!r} ({reason})" for name, reason in schema.untested]
    extra = [f"Not compared, because only the batch has them: {quoted(result.ignored)}"] if result.ignored else []
    return "\n".join(map(one_line, [*_table(result), "", *left_out, *extra, verdict(result)]))


def _table(result: DriftResult) -> list[str]:
    header = ("column", "test", "statistic", "limit", "verdict", "note")
    shown = [replace(column, drifted=None) if result.too_few_rows else column for column in result.columns]
    rows = [header, *map(_row, shown)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(column: ColumnDrift) -> tuple[str, ...]:
    return (
        column.column,
        column.method or "-",
        "-" if column.statistic is None else f"{column.statistic:.4g}",
        "-" if column.threshold is None else f"{column.threshold:g}",
        {True: "drift", False: "no drift", None: "-"}[column.drifted],
        column.note,
    )


def verdict(result: DriftResult) -> str:
    counted = f"{result.drifted_columns} of {formats.counted(result.total_columns, 'column')}"
    share, threshold = formats.share(result.share, result.threshold), formats.threshold(result.threshold)
    if result.too_few_rows:
        return f"No verdict, too few rows: {_few(result)}; both tables need at least {result.min_rows}."
    compared = "reaches" if result.detected else "is below"
    conclusion = "Drift detected" if result.detected else "No drift detected"
    return f"{conclusion}: {counted} drifted, a share of {share}, which {compared} the threshold of {threshold}."


def _few(result: DriftResult) -> str:
    sides = (("reference", result.reference_rows), ("batch", result.current_rows))
    few = [f"the {side} has {formats.counted(rows, 'row')}" for side, rows in sides if too_few(rows, result.min_rows)]
    return " and ".join(few)


if __name__ == "__main__":
    sys.exit(main())
