import gzip
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from drift.__main__ import main, verdict
from drift.result import ColumnDrift, DriftResult, columns_from_dict

ROOT = Path(__file__).parents[2]
GOOD = "a,b\n" + "1.5,u\n2.5,v\n3.5,u\n4.5,v\n" * 10


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """main() in an empty folder -> (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text(GOOD)

    def run(*arguments):
        code = main(arguments)
        return code, *capsys.readouterr()

    return run


def save(crashes, crash_schema, write):
    for name, year in (("reference", 1997), ("batch", 2002)):
        write(crashes[year][[*crash_schema.columns, "caseid"]], name)


def columns_of(path):
    return columns_from_dict(json.loads(Path(path).read_text(encoding="utf-8")))


def test_a_table_and_a_sentence(run, crashes, crash_schema):
    save(crashes, crash_schema, lambda frame, name: frame.to_csv(f"{name}.csv", index=False))
    code, out, err = run("--reference", "reference.csv", "--current", "batch.csv")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["column", "test", "statistic", "limit", "verdict", "note"]
    assert lines[1].split() == ["ageOFocc", "Wasserstein", "distance", "(normed)", "0.0508", "0.1", "no", "drift"]
    assert lines[-2].startswith("Not compared: 'caseid' (free text or an identifier:")
    assert lines[-1] == "Drift detected: 4 of 11 columns drifted, a share of 0.36, which reaches the threshold of 0.30."


@pytest.mark.slow
def test_csv_and_parquet_give_the_same_result(run, crashes, crash_schema):
    def write(frame, name):
        frame.to_csv(f"{name}.csv.gz", index=False)
        frame.to_parquet(f"{name}.parquet")

    save(crashes, crash_schema, write)
    run("--reference", "reference.csv.gz", "--current", "batch.csv.gz", "--json", "csv.json")
    run("--reference", "reference.parquet", "--current", "batch.parquet", "--json", "parquet.json")
    for one, other in zip(columns_of("csv.json"), columns_of("parquet.json"), strict=True):
        assert one.statistic == pytest.approx(other.statistic, rel=1e-9)
        assert (one.column, one.kind, one.method, one.drifted, one.note) == (
            other.column,
            other.kind,
            other.method,
            other.drifted,
            other.note,
        )


def test_json_and_html_are_written_whole(run):
    Path("batch.csv").write_text("a,b,c\n" + ",u,1\n,w,1\n" * 20)
    code, out, _ = run("--reference", "good.csv", "--current", "batch.csv", "--json", "o.json", "--html", "o.html")
    assert code == 0
    assert "Not compared, because only the batch has them: 'c'" in out

    stored = json.loads(Path("o.json").read_text(), parse_constant=pytest.fail)
    assert stored["ignored"] == ["c"]
    assert (stored["drifted_columns"], stored["total_columns"], stored["drift_detected"]) == (2, 2, True)
    empty, new = columns_from_dict(stored)
    assert (empty.drifted, empty.note) == (True, "all values are missing in the batch")
    assert (new.drifted, new.note) == (True, "1 new category: 'w'")
    assert "<!DOCTYPE html>" in Path("o.html").read_text()[:100]
    assert sorted(path.name for path in Path().iterdir()) == ["batch.csv", "good.csv", "o.html", "o.json"]


def test_fail_on_drift_is_for_ci(run):
    Path("batch.csv").write_text("a,b\n" + "91,u\n92,v\n93,u\n94,v\n" * 10)
    pair = ("--reference", "good.csv", "--current", "batch.csv")
    assert run(*pair)[0] == 0
    assert run(*pair, "--fail-on-drift")[0] == 1
    code, out, _ = run(*pair, "--fail-on-drift", "--threshold", "0.8")
    assert (code, out.splitlines()[-1]) == (
        0,
        "No drift detected: 1 of 2 columns drifted, a share of 0.50, which is below the threshold of 0.80.",
    )


@pytest.mark.parametrize(
    ("drifted", "threshold", "sentence"),
    [
        (
            17,
            0.3,
            "No drift detected: 17 of 57 columns drifted, a share of 0.298, which is below the threshold of 0.30.",
        ),
        (
            17,
            0.298,
            "Drift detected: 17 of 57 columns drifted, a share of 0.30, which reaches the threshold of 0.298.",
        ),
    ],
)
def test_the_sentence_is_true_of_the_numbers_in_it(drifted, threshold, sentence):
    columns = tuple(ColumnDrift(f"c{place}", "numerical", "ks", 0.1, 0.05, place < drifted) for place in range(57))
    assert verdict(DriftResult(columns, threshold, 100, 100)) == sentence.format("17 of 57 columns drifted")


def test_too_few_rows_are_neither_drift_nor_no_drift(run):
    Path("batch.csv").write_text("a,b\n91,u\n92,v\n")
    pair = ("--reference", "good.csv", "--current", "batch.csv", "--json", "o.json")
    for options in ((), ("--fail-on-drift",)):
        code, out, _ = run(*pair, *options)
        assert (code, out.splitlines()[-1]) == (
            3,
            "No verdict, too few rows: the batch has 2 rows; both tables need at least 30.",
        )
    stored = json.loads(Path("o.json").read_text())
    assert (stored["drift_detected"], stored["drift_verdict"], stored["min_rows"]) == (None, "too_few_rows", 30)
    assert run(*pair, "--fail-on-drift", "--min-rows", "2")[0] == 1


def test_a_minimum_is_a_whole_number(run, capsys):
    with pytest.raises(SystemExit) as stop:
        run("--reference", "good.csv", "--current", "good.csv", "--min-rows", "0")
    assert stop.value.code == 2
    assert "got '0', expected a whole number from 1 on" in capsys.readouterr().err


def test_what_was_taken_is_said_of_each_table(run):
    Path("batch.csv").write_bytes(gzip.compress(GOOD.replace(",", ";").replace(".", ",").encode()))
    code, out, err = run("--reference", "good.csv", "--current", "batch.csv")
    assert (code, out.splitlines()[-1][:36]) == (0, "No drift detected: 0 of 2 columns dr")
    assert err == "batch.csv: read as packed with gzip, columns separated by semicolons, decimal commas in 'a'\n"


def test_codes_keep_their_leading_zeros(run):
    for name, code in (("short", "1234"), ("long", "01234")):
        Path(f"{name}.csv").write_text("zip,n\n" + "".join(f"{code},{row % 7}\n" for row in range(70)))
    for reference, current in (("short", "long"), ("long", "short")):
        _, out, err = run("--reference", f"{reference}.csv", "--current", f"{current}.csv")
        assert err == "long.csv: read as 'zip' as text, because '01234' would lose its leading zero as a number\n"
        assert out.splitlines()[-1].startswith("Drift detected: 1 of 2 columns drifted, a share of 0.50"), out


def test_truth_values_are_numbers_however_a_file_writes_them(run):
    for number, words in enumerate(("TRUE FALSE", "1 0", "True False", "1.0 0.0", "true false")):
        rows = "".join(f"{words.split()[row % 2]},{row % 7}\n" for row in range(70))
        Path(f"{number}.csv").write_text(f"active,n\n{rows}")
    for number in range(1, 5):
        _, out, _ = run("--reference", "0.csv", "--current", f"{number}.csv")
        assert out.splitlines()[-1].startswith("No drift detected: 0 of 2 columns drifted, a share of 0.00"), out
        assert "new categor" not in out


def test_a_jump_of_missing_values_counts_like_drift_of_the_values(run):
    rows = GOOD.splitlines()[1:]
    Path("batch.csv").write_text("\n".join(["a,b", *rows, *[f",{row.split(',')[1]}" for row in rows]]))
    code, out, _ = run("--reference", "good.csv", "--current", "batch.csv", "--fail-on-drift")
    assert (code, "missing values rose from 0% to 50%" in out) == (1, True)
    assert (
        out.splitlines()[-1]
        == "Drift detected: 1 of 2 columns drifted, a share of 0.50, which reaches the threshold of 0.30."
    )


def test_dates_and_identifiers_alone_leave_nothing_to_compare(run):
    rows = "".join(f"2024-01-{day + 1:02},{day + 1}.1.2024,x{day}\n" for day in range(30))
    Path("dates.csv").write_text("day,tag,id\n" + rows)
    code, out, err = run("--reference", "dates.csv", "--current", "dates.csv")
    assert (code, out) == (2, "")
    assert err == (
        "drift: no column can be compared: 'day' (it holds dates and times), "
        "'tag' (it holds dates and times), "
        "'id' (free text or an identifier: 30 different values in 30 rows)\n"
    )


def test_chosen_columns(run):
    _, out, _ = run("--reference", "good.csv", "--current", "good.csv", "--columns", "b")
    assert out.splitlines()[-1].startswith("No drift detected: 0 of 1 column drifted, a share of 0.00")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none.csv", None, "none.csv: there is no such file"),
        ("batch.csv", b"", "batch.csv: the file is empty"),
        ("batch.csv.gz", gzip.compress(b"", mtime=0), "batch.csv.gz: the file is empty"),
        (
            "batch.csv.gz",
            gzip.compress(GOOD.encode() * 99, mtime=0)[:-20],
            "batch.csv.gz: it is packed with gzip and cannot be",
        ),
        ("batch.csv", "a,b\n1,имя\n".encode("cp1251"), "batch.csv: it is not UTF-8, and what else it is cannot be"),
        ("batch.csv", b"a,b\n1,2,3\n4,5,6\n", "batch.csv: its first line has 2 columns, separated by commas"),
        ("batch.csv", b"a,b\n1,2\n4,5,6\n", "batch.csv: cannot be read as a table: line 3 has 3 columns"),
        ("batch.csv", b"a,a\n1,2\n", "batch.csv: more than one column is named 'a'"),
        ("batch.csv", b"a,b\n", "batch.csv: the table has no rows"),
        ("batch.csv", b"a\n1\n", "the batch lacks 1 of 2 columns: 'b'"),
        (
            "batch.csv",
            b"a,b\n1,u\nhigh,v\n",
            "column 'a' of the batch: got 'high', expected a number (1 such values)",
        ),
        ("batch.parquet", b"no parquet at all", "batch.parquet: it is no Parquet"),
        ("s3a://lake", None, "s3a://lake: expected s3://bucket/key"),
        (
            "https://it.example/a.csv",
            None,
            "https://it.example/a.csv: got https://, expected a path or s3://bucket/key",
        ),
        (
            " s3://lake/a.csv",
            None,
            " s3://lake/a.csv: got a blank before the address, expected a path or s3://bucket/key",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_sentence_and_exit_code_2(run, name, content, complaint):
    if content is not None:
        Path(name).write_bytes(content)
    code, out, err = run("--reference", "good.csv", "--current", name, "--json", "o.json")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(f"drift: {complaint}")
    assert not Path("o.json").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--columns", "a", "z"), "drift: the reference has no column 'z'; it has 'a', 'b'"),
        (
            ("--json", "no/o.json"),
            "drift: no/o.json: cannot be written: there is no folder no",
        ),
    ],
)
def test_options_that_do_not_fit_the_files(run, arguments, complaint):
    code, _, err = run("--reference", "good.csv", "--current", "good.csv", *arguments)
    assert (code, err) == (2, complaint + "\n")


def test_tables_come_from_a_bucket_and_results_go_there(run, lake):
    lake.put("good.csv", GOOD.encode())
    files = ("--reference", "s3://lake/good.csv", "--current", "good.csv")
    code, _, err = run(*files, "--json", "s3://lake/out/drift.json", "--html", "s3://lake/out/drift.html")
    assert (code, err) == (0, "")
    assert json.loads(lake.get("out/drift.json"))["total_columns"] == 2
    assert b"<!DOCTYPE html>" in lake.get("out/drift.html")[:100]
    assert lake.client.head_object(Bucket="lake", Key="out/drift.html")["ContentType"] == "text/html"


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (("--current", "s3://lake/none.csv"), "s3://lake/none.csv: the bucket has no such key"),
        (("--json", "s3://sea/o.json"), "s3://sea/o.json: there is no such bucket"),
        (("--html", "s3://lake"), "s3://lake: expected s3://bucket/key"),
    ],
)
@pytest.mark.usefixtures("lake")
def test_what_a_bucket_lacks_is_one_sentence(run, option, complaint):
    code, out, err = run("--reference", "good.csv", "--current", "good.csv", *option)
    assert (code, out, err) == (2, "", f"drift: {complaint}\n")


def test_a_threshold_is_a_share(run, capsys):
    with pytest.raises(SystemExit) as stop:
        run("--reference", "good.csv", "--current", "good.csv", "--threshold", "30")
    assert stop.value.code == 2
    assert "got 30.0, expected a share above 0 and up to 1" in capsys.readouterr().err


@pytest.mark.slow
def test_as_a_command(tmp_path):
    (tmp_path / "good.csv").write_text(GOOD)
    files = ["--reference", tmp_path / "good.csv", "--current", tmp_path / "good.csv"]
    done = subprocess.run(
        [sys.executable, "-m", "drift", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("which is below the threshold of 0.30.\n")


def test_names_from_a_file_cannot_steer_the_terminal(run):
    frame = pd.DataFrame({"a\x1b[31m\nx": ["u", "v"] * 19})
    frame.to_parquet("odd.parquet")
    code, out, _ = run("--reference", "odd.parquet", "--current", "odd.parquet")
    assert code == 0
    assert "\x1b" not in out
    assert len(out.splitlines()) == 4
