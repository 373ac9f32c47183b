"""`python -m drift`: is this batch different from its reference?"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from batch_zero import formats
from batch_zero.storage import files
from batch_zero.storage.files import FileError
from batch_zero.text import one_line, quoted
from datasets.tables import read_table
from drift.detect import check
from drift.errors import DriftError
from drift.policy import DRIFT_THRESHOLD, MIN_ROWS, DriftPolicy
from drift.result import ColumnDrift, DriftResult, too_few
from drift.schema import Schema, infer_schema

DONE, DRIFTED, UNUSABLE, TOO_FEW = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except (DriftError, FileError) as error:
        print(f"drift: {one_line(error)}", file=sys.stderr)
        return UNUSABLE


def _run(options: argparse.Namespace) -> int:
    reference, current = read_table(options.reference, _say), read_table(options.current, _say)
    inferred = infer_schema(reference)
    schema = inferred.only(options.columns) if options.columns else inferred
    done = check(reference, current, schema, replace(options.policy, min_rows=options.min_rows))
    if options.json:
        text = json.dumps(done.result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        files.write(options.json, text.encode(), "application/json")
    if options.html:
        files.write(options.html, done.html().encode(), "text/html")
    print(report(done.result, schema))
    if done.result.too_few_rows:
        return TOO_FEW
    return DRIFTED if options.fail_on_drift and done.result.detected else DONE


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drift",
        description="Compare a batch with its reference, column by column (Evidently's tests), and give one verdict.",
        epilog="Exit code: 0 compared, 1 drift detected (only with --fail-on-drift), 2 could not be "
        "compared, 3 too few rows to tell.",
    )
    tables = "CSV, TSV or Parquet, packed or not, a path or s3://bucket/key"
    parser.add_argument("--reference", required=True, metavar="FILE", help=f"what is normal: {tables}")
    parser.add_argument("--current", required=True, metavar="FILE", help=f"the batch: {tables}")
    parser.add_argument(
        "--columns", nargs="+", metavar="NAME", help="compare only these (default: every column of the reference)"
    )
    parser.add_argument(
        "--threshold",
        dest="policy",
        type=_policy,
        default=DriftPolicy(),
        metavar="SHARE",
        help="share of drifted columns, above 0 up to 1, from which on it is drift "
        f"(default: {formats.threshold(DRIFT_THRESHOLD)})",
    )
    parser.add_argument(
        "--min-rows",
        type=_rows_wanted,
        default=MIN_ROWS,
        metavar="N",
        help=f"rows that both tables need; below, there is no verdict (default: {MIN_ROWS})",
    )
    parser.add_argument("--json", metavar="FILE", help="write the result, column by column")
    parser.add_argument("--html", metavar="FILE", help="write Evidently's page with charts (about 4 MB)")
    parser.add_argument("--fail-on-drift", action="store_true", help="exit with 1 when drift is detected, for CI")
    return parser


def _policy(threshold: str) -> DriftPolicy:
    try:
        return DriftPolicy(threshold=float(threshold))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _rows_wanted(text: str) -> int:
    try:
        return DriftPolicy(min_rows=int(text)).min_rows
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} came, a whole number from 1 on was wanted") from None


def report(result: DriftResult, schema: Schema) -> str:
    """The table and the verdict, for a terminal."""
    left_out = [f"not compared: {name} ({reason})" for name, reason in schema.untested]
    extra = [f"only in the batch, not looked at: {quoted(result.ignored)}"] if result.ignored else []
    return "\n".join(map(one_line, [*_table(result), "", *left_out, *extra, verdict(result)]))


def _table(result: DriftResult) -> list[str]:
    header = ("column", "method", "statistic", "threshold", "verdict", "note")
    told = [replace(column, drifted=None) if result.too_few_rows else column for column in result.columns]
    rows = [header, *map(_row, told)]
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
    counted = f"{result.drifted_columns} of {result.total_columns} columns"
    share, threshold = formats.share(result.share, result.threshold), formats.threshold(result.threshold)
    if result.too_few_rows:
        return f"{_few(result)}: too few rows to tell; neither drift nor no drift"
    compared = "reaches" if result.detected else "stays below"
    conclusion = "drift detected" if result.detected else "no drift detected"
    return f"drift share {share} ({counted}) {compared} the threshold {threshold}: {conclusion}"


def _few(result: DriftResult) -> str:
    sides = (("reference", result.reference_rows), ("batch", result.current_rows))
    few = [f"the {side} has {formats.counted(rows, 'row')}" for side, rows in sides if too_few(rows, result.min_rows)]
    return f"{' and '.join(few)}, at least {result.min_rows} were wanted"


if __name__ == "__main__":
    sys.exit(main())
