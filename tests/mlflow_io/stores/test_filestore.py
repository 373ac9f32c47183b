"""What is particular to MLflow's file store; test_history.py asks it what it asks every store."""

import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import yaml
from mlflow.entities import Metric

from lifecycle.records import ProductionModel
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.latest_runs import Kind, RunInfo
from mlflow_io.stores.base import RunQuery, RunStore
from mlflow_io.stores.files.files import Files, Stamp
from mlflow_io.stores.filestore import FileStore, advice, open_filestore, store_folder
from mlflow_io.stores.run_list import RunFilter
from mlflow_io.stores.tuning import USUAL, FileLimits
from tests.conftest import ROOT
from tests.modes import OBEYING
from tests.world import NAMES, World


@pytest.fixture
def root(file_world: World) -> Path:
    return store_folder(file_world.uri)


@pytest.fixture
def source(file_world: World) -> Iterator[RunStore]:
    with open_filestore(file_world.uri) as opened:
        yield opened


def asked(source: RunStore) -> tuple:
    """As the report asks."""
    names = (NAMES.gate_experiment, NAMES.drift_experiment)
    ids = source.experiment_ids(names)
    queries = [RunQuery(found, kind) for found in ids.content.values() for kind in (Kind.GATE, Kind.DRIFT)]
    return ids, source.read(queries), source.production(NAMES.model)


def unreadable(source: RunStore) -> tuple[str, ...]:
    """What all that the report asks goes without."""
    return tuple(dict.fromkeys(problem for answer in asked(source) for problem in answer.unreadable))


def folder_of(root: Path, run_id: str) -> Path:
    (found,) = root.glob(f"*/{run_id}")
    return found


def infos(source: RunStore, experiment_id: str) -> list[RunInfo]:
    query = RunQuery(experiment_id, Kind.GATE)
    return list(source.read([query]).content[query].runs)


def gates(world: World, source: RunStore) -> list[str]:
    return [run.run_id for run in infos(source, world.experiment(NAMES.gate_experiment))]


def experiment_id(source: RunStore, name: str) -> str | None:
    return source.experiment_ids([name]).content.get(name)


def root_of(source: RunStore, run_id: str) -> str | None:
    return source.artifact_place(run_id).content.root


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("mlruns", "mlruns"),
        ("./mlruns", "mlruns"),
        ("/data/mlruns", "/data/mlruns"),
        ("file:///data/mlruns", "/data/mlruns"),
        ("file:/data/mlruns", "/data/mlruns"),
        ("file://localhost/data/mlruns", "/data/mlruns"),
        ("file:mlruns", "mlruns"),
        ("file:///data/an%20experiment%20%231", "/data/an experiment #1"),
        ("file://elsewhere/data/mlruns", None),
        ("sqlite:///mlflow.db", None),
        ("postgresql+psycopg://user:word@host/db", None),
        ("http://localhost:5000", None),
        ("databricks", None),
        ("databricks://profile", None),
        ("databricks-uc", None),
        ("uc:http://localhost", None),
        ("s3://bucket/mlruns", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_a_path_and_a_file_uri_mean_a_folder_and_nothing_else_does(uri: str, folder: str | None) -> None:
    assert store_folder(uri) == (folder and Path(folder))


def test_the_advice_is_a_command_that_can_be_copied() -> None:
    assert "`mlflow migrate-filestore --source '/data/my runs' --target sqlite:///" in advice("/data/my runs")


def test_a_folder_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing), open_filestore(str(tmp_path / "none")):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("made", "opened", "said"),
    [
        ("notes/1", "notes", "no experiment is in it; are its runs in a database?"),
        ("project/mlruns/0", "project", "no experiment is in it; is the one in its folder mlruns meant?"),
        ("mlruns/2/0123456789abcdef/artifacts", "mlruns", "no experiment is in it; are its runs in a database?"),
    ],
)
def test_a_folder_that_is_no_store_is_said_to_be_none(tmp_path: Path, made: str, opened: str, said: str) -> None:
    (tmp_path / made).mkdir(parents=True)
    with pytest.raises(TrackingUnreachable) as caught, open_filestore(str(tmp_path / opened)):
        pass
    assert said in str(caught.value)


def test_a_database_given_as_a_path_is_said_to_need_a_uri(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").touch()
    with (
        pytest.raises(TrackingUnreachable, match="begins with sqlite:///"),
        open_filestore(str(tmp_path / "mlflow.db")),
    ):
        pass


def test_a_store_that_goes_away_while_it_is_open_is_an_error_and_not_empty(root: Path, source: RunStore) -> None:
    asked(source)
    shutil.rmtree(root)
    with pytest.raises(StoreMissing):
        source.has_changed()
    root.mkdir()
    with pytest.raises(TrackingUnreachable, match="no experiment is in it"):
        source.experiment_names()


def test_reading_changes_nothing_in_the_folder(file_world: World, root: Path) -> None:
    file_world.gate(0)
    file_world.drift(0)
    registered(file_world, stage="Production")

    def state() -> dict[str, tuple]:
        found = {}
        for path in (root, *sorted(root.rglob("*"))):
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
            status = path.stat()
            found[str(path)] = status.st_ino, status.st_mode, status.st_mtime_ns, status.st_ctime_ns, content
        return found

    before = state()
    with open_filestore(file_world.uri) as source:
        _, runs, model = asked(source)
        (gate,) = (found.runs[0] for query, found in runs.content.items() if query.kind is Kind.GATE and found.runs)
        assert root_of(source, gate.run_id)
        assert model.content
        source.has_changed_at_all()
    assert state() == before


def test_mlflow_is_not_imported(file_world: World) -> None:
    file_world.gate(0)
    code = (
        "import sys; from mlflow_io.latest_runs import Kind; from mlflow_io.stores.filestore import *\n"
        f"with open_filestore({file_world.uri!r}) as source:\n"
        f"    assert source.experiment_ids([{NAMES.gate_experiment!r}]).content\n"
        f"    query = RunQuery({file_world.experiment(NAMES.gate_experiment)!r}, Kind.GATE)\n"
        "    assert source.read([query]).content[query].runs\n"
        "assert 'mlflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


# What changed


def test_what_was_never_read_may_have_changed_and_what_was_read_has_not(file_world: World, source: RunStore) -> None:
    file_world.gate(0, math.nan)
    file_world.drift(0)
    file_world.client.create_run(file_world.experiment(NAMES.gate_experiment))
    assert source.has_changed()
    assert source.has_changed()
    asked(source)
    assert [source.has_changed(), source.has_changed(), source.has_changed_at_all(), source.has_changed()] == [
        False
    ] * 4


CHANGES: dict[str, Callable[[World, str], object]] = {
    "a tag is overwritten in place": lambda world, run: world.client.set_tag(run, "decision", "REFUSE"),
    "a metric goes on": lambda world, run: world.client.log_metric(run, "prod_auc_test", 0.9, step=1),
    "a metric is new": lambda world, run: world.client.log_metric(run, "a/b", 1.0),
    "a param is new": lambda world, run: world.client.log_param(run, "drift_threshold", 0.4),
    "a tag is gone": lambda world, run: world.client.delete_tag(run, "decision"),
    "the run is deleted": lambda world, run: world.client.delete_run(run),
    "the run failed after all": lambda world, run: world.client.update_run(run, status="FAILED"),
    "it is no gate run": lambda world, run: world.client.set_tag(run, "quality_gate", "False"),
    "a new run": lambda world, _: world.gate(2),
    "a new experiment": lambda world, _: world.experiment("Other"),
    "the experiment is deleted": lambda world, _: world.client.delete_experiment(world.experiment("Gate")),
    "the experiment is renamed": lambda world, _: world.client.rename_experiment(world.experiment("Gate"), "Gates"),
    "a run is numbered late": lambda world, _: world.client.log_param(plain(world), "batch_number", "7"),
    "a model": lambda world, _: registered(world, alias="production"),
}


def plain(world: World) -> str:
    (found,) = world.client.search_runs([world.experiment("Gate")], "tags.plain = 'yes'")
    return found.info.run_id


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("thoroughly", [False, True])
def test_a_change_is_noticed_once(file_world: World, source: RunStore, change: str, thoroughly: bool) -> None:
    run = file_world.gate(1, decision="DEPLOY")
    file_world.drift(1)
    file_world.run(NAMES.gate_experiment, tags={"quality_gate": "True", "plain": "yes"})
    before = asked(source)
    CHANGES[change](file_world, run)
    has_changed = source.has_changed_at_all if thoroughly else source.has_changed
    assert has_changed()
    with open_filestore(file_world.uri) as fresh:
        assert asked(source) == asked(fresh)
    assert change == "a new experiment" or asked(source) != before
    assert not has_changed()


def test_a_change_that_was_read_before_it_was_asked_for_is_not_lost(file_world: World, source: RunStore) -> None:
    file_world.gate(1)
    asked(source)
    file_world.gate(2)
    asked(source)
    assert source.has_changed()


class WithinOneTick(Files):
    """A file system's clock ticks: two writes within one tick cannot be told apart by time."""

    def stamp(self, path: str) -> Stamp:
        found = super().stamp(path)
        return found and (*found[:2], *[time.time_ns()] * 2)


def test_a_change_under_the_same_size_and_time_is_noticed(file_world: World, root: Path) -> None:
    tag = folder_of(root, file_world.gate(1, decision="DEPLOY")) / "tags" / "decision"
    source = FileStore(WithinOneTick(file_world.uri, str(root)))
    asked(source)
    tag.write_text("REFUSE")
    assert source.has_changed()


class Watched(Files):
    """Remembers what is read and listed."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.seen: list[str] = []

    def read(self, path: str, longest: int, *, end: bool = False) -> bytes | None:
        self.seen.append(path)
        return super().read(path, longest, end=end)

    def entries(self, path: str) -> tuple[list[str], list[str]]:
        self.seen.append(path)
        return super().entries(path)


def test_what_has_settled_is_not_read_again(file_world: World, root: Path) -> None:
    run = file_world.gate(1)
    files = Watched(file_world.uri, str(root), FileLimits(settled_ns=0))
    source = FileStore(files)

    def read() -> list[str]:
        return [path for path in files.seen if Path(root, path).is_file()]

    asked(source)
    files.seen.clear()
    assert not source.has_changed()
    assert read() == []
    file_world.client.set_tag(run, "decision", "SKIP")
    assert source.has_changed()
    assert any(path.endswith("tags/decision") for path in read())
    asked(source)
    files.seen.clear()
    assert not source.has_changed_at_all()
    assert any(path.endswith("meta.yaml") for path in read())


def test_of_runs_without_a_number_nothing_is_read(file_world: World, root: Path) -> None:
    hpo = file_world.run(NAMES.gate_experiment, params={"depth": 3}, metrics={"val_auc": 0.8})
    gate = file_world.gate(1)
    files = Watched(file_world.uri, str(root))
    assert gates(file_world, FileStore(files)) == [gate]
    assert any(gate in path for path in files.seen)
    assert not any(hpo in path for path in files.seen)


# Deleted and restored


def test_a_deleted_experiment_comes_back_with_its_runs(file_world: World, source: RunStore) -> None:
    run = file_world.gate(1)
    experiment = file_world.experiment(NAMES.gate_experiment)
    file_world.client.delete_experiment(experiment)
    assert experiment_id(source, NAMES.gate_experiment) is None
    assert NAMES.gate_experiment not in source.experiment_names().content
    assert gates(file_world, source) == []
    assert root_of(source, run) == file_world.client.get_run(run).info.artifact_uri
    file_world.client.restore_experiment(experiment)
    assert experiment_id(source, NAMES.gate_experiment) == experiment
    assert gates(file_world, source) == [run]


def test_a_run_that_is_removed_for_good_says_nothing(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    asked(source)
    shutil.rmtree(folder_of(root, run))
    assert source.has_changed()
    assert gates(file_world, source) == []
    assert source.get_run(run).content is None
    assert root_of(source, run) is None


# What a run says


def test_facts_are_those_of_mlflow(file_world: World, source: RunStore) -> None:
    run = file_world.gate(1, 0.8, 0.9, decision="DEPLOY", end=7)
    client = file_world.client
    for step, stamp, value in [(0, 5, 0.1), (2, 1, 0.2), (2, 3, 0.3), (2, 3, -0.3), (1, 9, 0.4), (-1, 99, 0.5)]:
        client.log_metric(run, "history/of steps", value, timestamp=stamp, step=step)
    client.log_batch(run, metrics=[Metric("inf", math.inf, 1, 0), Metric("-inf", -math.inf, 1, 0)])
    client.log_batch(run, metrics=[Metric("set", 0.5, 1, 7, dataset_name="d", dataset_digest="x")])
    client.log_metric(run, "set", 0.6, timestamp=0, step=1)
    client.log_param(run, "deep/er.key -", "zwölf\n'null': [")
    client.set_tag(run, "empty", "")
    said, facts = client.get_run(run), source.get_run(run).content.data
    assert (facts.params, facts.metrics, facts.tags) == (said.data.params, said.data.metrics, said.data.tags)
    assert (facts.metrics["history/of steps"], facts.metrics["inf"]) == (0.3, math.inf)
    (candidate,) = infos(source, file_world.experiment(NAMES.gate_experiment))
    info = said.info
    assert candidate == (run, info.status, info.start_time, info.end_time, "1")
    assert root_of(source, run) == info.artifact_uri


def test_nan_is_nan(file_world: World, source: RunStore) -> None:
    run = file_world.gate(1, math.nan)
    assert math.isnan(source.get_run(run).content.data.metrics["prod_auc_test"])


@pytest.mark.parametrize(
    ("written", "status"), [(1, "RUNNING"), (2, "SCHEDULED"), (5, "KILLED"), ("FAILED", "FAILED"), (None, "RUNNING")]
)
def test_a_status_is_a_number_or_a_word(
    file_world: World, root: Path, source: RunStore, written: object, status: str
) -> None:
    rewrite(folder_of(root, file_world.gate(1)), status=written, start_time=None, end_time=None)
    (candidate,) = infos(source, file_world.experiment(NAMES.gate_experiment))
    assert (candidate.status, candidate.start, candidate.end) == (status, 0, None)


def rewrite(folder: Path, **meta: object) -> None:
    said = yaml.safe_load((folder / "meta.yaml").read_text())
    (folder / "meta.yaml").write_text(yaml.safe_dump(said | meta))


def test_a_run_of_an_old_mlflow_is_read(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    folder = folder_of(root, run)
    said = yaml.safe_load((folder / "meta.yaml").read_text())
    del said["lifecycle_stage"]
    old = {"run_uuid": said.pop("run_id"), "experiment_id": int(said["experiment_id"])}
    (folder / "meta.yaml").write_text(yaml.safe_dump(said | old))
    (folder / "metrics" / "prod_auc_test").write_text("1750000000 0.75\n")
    assert gates(file_world, source) == [run]
    assert source.get_run(run).content.data.metrics["prod_auc_test"] == 0.75


def test_a_copy_of_a_run_or_an_experiment_does_not_count(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    folder = folder_of(root, run)
    shutil.copytree(folder, folder.with_name("copy"))
    shutil.copytree(folder.parent, root / "77")
    assert gates(file_world, source) == [run]
    assert experiment_id(source, NAMES.gate_experiment) == folder.parent.name
    assert infos(source, "77") == []


# Files that are not what MLflow writes


BROKEN = {
    "no YAML": b"a: [1, 2",
    "no mapping": b"- 1\n- 2\n",
    "no text": b"\xff\xfe\x00",
    "binary": bytes(range(256)),
    "empty": b"",
    "a mapping without ids": b"name: x\n",
    "very deep": b"[" * 100_000,
    "very long": b"a: " + b"x" * 1_100_000,
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_malformed_run_is_left_out_and_named(file_world: World, root: Path, source: RunStore, data: bytes) -> None:
    kept, meta = file_world.gate(1), folder_of(root, file_world.gate(2)) / "meta.yaml"
    meta.write_bytes(data)
    assert gates(file_world, source) == [kept]
    (said,) = unreadable(source)
    assert said.startswith(f"{meta.relative_to(root)}: ")
    assert said.endswith(" (a run with the batch_number '2')")
    assert len(said) < 500


def cut_off(folder: Path, after: str) -> None:
    meta = folder / "meta.yaml"
    meta.write_text(meta.read_text().partition(after)[0] + after)


@pytest.mark.parametrize(
    "after",
    ["artifact", "experiment_id:", "lifecycle_stage: act", "lifecycle_stage: a", "run_id: ", "start_time:"],
)
def test_a_run_that_was_cut_off_is_named_and_never_taken_for_a_deleted_one(
    file_world: World, root: Path, source: RunStore, after: str
) -> None:
    run = file_world.gate(1)
    cut_off(folder_of(root, run), after)
    assert gates(file_world, source) == []
    assert [run in said for said in unreadable(source)] == [True]


@pytest.mark.parametrize(("stage", "there"), [("act", True), ("", True), ("Deleted", True), ("deleted", False)])
def test_only_deleted_is_deleted(file_world: World, root: Path, source: RunStore, stage: str, there: bool) -> None:
    run, other = file_world.gate(1), root / file_world.experiment("Other")
    rewrite(folder_of(root, run), lifecycle_stage=stage)
    rewrite(other, lifecycle_stage=stage)
    assert gates(file_world, source) == ([run] if there else [])
    assert ("Other" in source.experiment_names().content) is there
    assert unreadable(source) == ()


def test_what_is_mended_or_gone_is_news_and_not_named_any_more(file_world: World, root: Path, source: RunStore) -> None:
    file_world.gate(1)
    meta = root / file_world.experiment("Other") / "meta.yaml"
    data = meta.read_bytes()
    for broken in (b"", b"[", data):
        meta.write_bytes(broken)
        os.utime(meta, (1, 1))
        assert source.has_changed()
        asked(source)
        assert len(unreadable(source)) == (broken != data)
        assert not source.has_changed()
        assert len(unreadable(source)) == (broken != data)
    run = folder_of(root, file_world.gate(2))
    (run / "meta.yaml").unlink()
    assert source.has_changed()
    asked(source)
    assert unreadable(source) == (
        f"{run.relative_to(root)}/meta.yaml: there is none (a run with the batch_number '2')",
    )
    shutil.rmtree(run)
    assert source.has_changed()
    asked(source)
    assert unreadable(source) == ()


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_malformed_experiment_is_named_and_stands_in_nobodys_way(file_world: World, root: Path, data: bytes) -> None:
    gate, other = file_world.gate(1), file_world.experiment("Other")
    (root / other / "meta.yaml").write_bytes(data)
    with open_filestore(file_world.uri) as source:
        assert gates(file_world, source) == [gate]
        assert experiment_id(source, NAMES.gate_experiment) == file_world.experiment(NAMES.gate_experiment)
        (said,) = unreadable(source)
    assert said.startswith(f"{other}/meta.yaml: ")


CLOSED = {
    "an experiment": ("{other}", 0, "{other}/meta.yaml: Permission denied"),
    "an experiment that may be listed": ("{other}", 0o444, "{other}/meta.yaml: Permission denied"),
    "an experiment's description": ("{other}/meta.yaml", 0, "{other}/meta.yaml: Permission denied"),
    "a run": ("{gate}/{run}", 0, "{gate}/{run}/params/batch_number: Permission denied"),
    "a run that may be listed": ("{gate}/{run}", 0o444, "{gate}/{run}/params/batch_number: Permission denied"),
    "a run's params": ("{gate}/{run}/params", 0, "{gate}/{run}/params/batch_number: Permission denied"),
    "a run's metrics": ("{gate}/{run}/metrics", 0, "{gate}/{run}/metrics/prod_auc_test: Permission denied"),
    "metrics that may be listed": (
        "{gate}/{run}/metrics",
        0o444,
        "{gate}/{run}/metrics/prod_auc_test: Permission denied",
    ),
    "a run's tags": ("{gate}/{run}/tags", 0o444, "{gate}/{run}/tags/quality_gate: Permission denied"),
    "a param": ("{gate}/{run}/params/model_type", 0, "{gate}/{run}/params/model_type: Permission denied"),
    "the registry": ("models", 0, "models/Model: Permission denied"),
    "a model": ("models/Model", 0, "models/Model/aliases: Permission denied"),
    "what was deleted": (".trash", 0, ".trash: Permission denied"),
}
ASK = """
import json, sys
from mlflow_io.stores.filestore import open_filestore
from tests.mlflow_io.stores.test_filestore import asked, unreadable

def told(uri):
    with open_filestore(uri) as source:
        before = asked(source), set(unreadable(source))
        source.has_changed()
        assert before == (asked(source), set(unreadable(source))), (before, unreadable(source))
        runs = [run.run_id for found in before[0][1].content.values() for run in found.runs]
        return [*runs, *unreadable(source), *source.artifact_place("0" * 32).unreadable]

for line in sys.stdin:
    print(json.dumps(told(json.loads(line))), flush=True)
"""


@pytest.fixture(scope="module")
def obeying() -> Iterator[Callable[[str], list[str]]]:
    """What a process for which modes count is told of a store: one for all stores, which are opened anew."""
    command = [*OBEYING, sys.executable, "-c", ASK]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:

        def ask(uri: str) -> list[str]:
            process.stdin.write(json.dumps(uri) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, "it has ended"
            return json.loads(answer)

        yield ask
        process.stdin.close()


@pytest.mark.parametrize(("where", "mode", "said"), CLOSED.values(), ids=CLOSED)
def test_what_may_not_be_read_is_named_and_stands_in_nobodys_way(
    file_world: World, root: Path, where: str, mode: int, said: str, obeying: Callable[[str], list[str]]
) -> None:
    kept, other = file_world.gate(1), file_world.gate(2)
    registered(file_world, alias="production")
    names = {"gate": file_world.experiment("Gate"), "other": file_world.experiment("Other"), "run": other}
    path = root / where.format(**names)
    usual = path.stat().st_mode
    path.chmod(mode)
    told = obeying(file_world.uri)
    path.chmod(usual)
    assert kept in told
    assert any(said.format(**names) in line for line in told), told


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(path), Path.mkdir])
def test_what_stands_in_a_files_place_is_named(
    file_world: World, root: Path, source: RunStore, make: Callable[[Path], object]
) -> None:
    kept, other, unknown = file_world.gate(1), file_world.gate(2), file_world.gate(3)
    for path in (folder_of(root, other) / "meta.yaml", folder_of(root, unknown) / "params" / "batch_number"):
        path.unlink()
        make(path)
    assert gates(file_world, source) == [kept]
    assert len(unreadable(source)) == 2
    assert all("it is not a regular file" in said for said in unreadable(source))


def test_a_registry_that_cannot_be_read_tells_of_no_model(file_world: World, root: Path, source: RunStore) -> None:
    registered(file_world, versions=2, alias="production")
    (root / "models" / NAMES.model / "version-2" / "meta.yaml").write_text("[")
    assert source.production(NAMES.model).content is None
    assert [said.partition(":")[0] for said in source.production(NAMES.model).unreadable] == [
        f"models/{NAMES.model}/version-2/meta.yaml"
    ]


@pytest.mark.parametrize("wrong", [{"status": 9}, {"status": "DONE"}, {"start_time": "dawn"}, {"end_time": [1]}])
def test_a_run_with_impossible_values_is_left_out_and_named(
    file_world: World, root: Path, source: RunStore, wrong: dict[str, object]
) -> None:
    rewrite(folder_of(root, file_world.gate(1)), **wrong)
    if wrong == {"end_time": [1]}:
        assert gates(file_world, source)  # as if there were none
    else:
        assert gates(file_world, source) == []
        assert re.search(r"meta\.yaml: an? ", "".join(unreadable(source)))


@pytest.mark.parametrize("lines", ["", "\n", "1 2 3 4\n", "now 0.5 0\n", "1 high 0\n", "1 0.5 0\n\n"])
def test_a_malformed_metric_is_left_out_and_named(file_world: World, root: Path, source: RunStore, lines: str) -> None:
    run = file_world.gate(1)
    (folder_of(root, run) / "metrics" / "prod_auc_test").write_text(lines)
    metrics = source.get_run(run).content.data.metrics
    assert "prod_auc_test" not in metrics
    assert metrics["prod_f1_test"] == pytest.approx(0.7)
    assert re.search("/metrics/prod_auc_test: not a metric", "".join(unreadable(source)))


@pytest.mark.parametrize("cut", ["1 0.8 0\n2 0.", "1 0.8 0\n2 0.85 0", "1 0.8 1"])
def test_a_metric_that_was_cut_off_is_left_out_and_named(
    file_world: World, root: Path, source: RunStore, cut: str
) -> None:
    run = file_world.gate(1)
    (folder_of(root, run) / "metrics" / "prod_auc_test").write_text(cut)
    assert "prod_auc_test" not in source.get_run(run).content.data.metrics
    assert re.search("/metrics/prod_auc_test: its last line is cut off", "".join(unreadable(source)))


@pytest.mark.parametrize("kind", ["metrics/drift_share", "params/drift_threshold", "tags/below"])
def test_what_is_no_regular_file_is_left_out_and_named(
    file_world: World, root: Path, source: RunStore, kind: str
) -> None:
    run = file_world.drift(1)
    path = folder_of(root, run) / kind
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    found = source.get_run(run).content.data
    assert path.name not in {**found.metrics, **found.params, **found.tags}
    problems = source.get_run(run).unreadable
    assert [said for said in problems if said.endswith(f"{run}/{kind}: it is not a regular file")]


def test_a_drift_run_whose_share_is_no_regular_file_stays_one(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.drift(1)
    path = folder_of(root, run) / "metrics" / "drift_share"
    path.unlink()
    os.mkfifo(path)
    query = RunQuery(experiment_id(source, NAMES.drift_experiment), Kind.DRIFT_AMONG_OTHERS)
    assert [found.run_id for found in source.read([query]).content[query].runs] == [run]


def test_a_broken_run_without_a_number_stands_in_nobodys_way(file_world: World, root: Path, source: RunStore) -> None:
    gate = file_world.gate(1)
    (folder_of(root, file_world.run(NAMES.gate_experiment)) / "meta.yaml").write_text("[")
    (folder_of(root, gate).parent / ".ipynb_checkpoints").mkdir()
    (root / ".ipynb_checkpoints").mkdir()
    assert gates(file_world, source) == [gate]


@pytest.mark.parametrize("name", ["lstat", "open", "scandir"])
def test_what_the_disk_refuses_is_left_out_and_named(
    file_world: World, source: RunStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run, other = file_world.gate(1), file_world.gate(2)
    usual = getattr(os, name)

    def refuse(path: str, *of: object, **how: object) -> object:
        if f"/{run}/tags" in path:
            raise PermissionError(13, "Permission denied", path)
        return usual(path, *of, **how)

    monkeypatch.setattr(os, name, refuse)
    assert other in gates(file_world, source)
    asked(source)
    assert re.search(f"[0-9]+/{run}/tags[/a-z_.N]*: Permission denied", "".join(unreadable(source)))


class BeingWritten(Files):
    """Who waits finds a file written."""

    content: dict[Path, bytes]

    def wait(self) -> None:
        for path, data in self.content.items():
            path.write_bytes(data)


def test_a_meta_file_that_is_being_rewritten_is_waited_for(file_world: World, root: Path) -> None:
    run = file_world.gate(1)
    meta = folder_of(root, run) / "meta.yaml"
    files = BeingWritten(file_world.uri, str(root))
    files.content = {meta: meta.read_bytes()}
    meta.write_bytes(b"")
    assert gates(file_world, FileStore(files)) == [run]


# Files that nobody should read


def test_only_the_beginning_of_a_huge_param_is_read(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    for path in ("params/new_data", "tags/decision"):
        with (folder_of(root, run) / path).open("wb") as file:
            file.truncate(5_000_000_000)
    facts = source.get_run(run).content.data
    assert len(facts.params["new_data"]) == len(facts.tags["decision"]) == USUAL.files.longest_value


def test_a_huge_batch_number_is_an_odd_one(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    (folder_of(root, run) / "params" / "batch_number").write_text("1" * 1_000_000)
    (candidate,) = infos(source, file_world.experiment(NAMES.gate_experiment))
    assert len(candidate.batch) == USUAL.files.longest_value


def test_of_a_huge_metric_the_end_is_read(file_world: World, root: Path) -> None:
    run = file_world.gate(1)
    source = FileStore(Files(file_world.uri, str(root), FileLimits(longest_history=100)))
    lines = "".join(f"{1750000000000 + step} 0.{step} {step}\n" for step in range(1_000))
    (folder_of(root, run) / "metrics" / "prod_auc_test").write_text(lines)
    assert source.get_run(run).content.data.metrics["prod_auc_test"] == 0.999


def test_no_link_is_followed(file_world: World, root: Path, source: RunStore, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "batch_number").write_text("1")
    (secrets / "decision").write_text("hunter2")
    kept, *moved = (file_world.gate(1) for _ in range(4))
    (folder_of(root, kept) / "tags" / "decision").symlink_to(secrets / "decision")
    (folder_of(root, kept) / "tags" / "below").symlink_to(secrets)
    for run, part in zip(moved, ("params/batch_number", "params", ""), strict=True):
        path = folder_of(root, run) / part
        path.rename(secrets / f"{run}-{path.name}")
        path.symlink_to(secrets / f"{run}-{path.name}")
    experiment = root / file_world.experiment("Linked")
    experiment.rename(secrets / "experiment")
    experiment.symlink_to(secrets / "experiment")
    assert gates(file_world, source) == [kept]
    assert "Linked" not in source.experiment_names().content
    said = {run: source.get_run(run).content for run in (kept, *moved)}
    assert "hunter2" not in str(said)
    assert [bool(said[run] and said[run].data.params) for run in moved] == [True, False, False]
    assert "batch_number" not in said[moved[0]].data.params
    assert root_of(source, moved[2]) is None


def test_a_pipe_or_a_device_is_not_read(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    os.mkfifo(folder_of(root, run) / "tags" / "decision")
    (folder_of(root, run) / "params" / "batch_number").unlink()
    os.mkfifo(folder_of(root, run) / "params" / "batch_number")
    assert "decision" not in source.get_run(run).content.data.tags
    assert gates(file_world, source) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../..", "/etc", "a/../..", "a\0b", "a" * 5_000, "%2e%2e", "*", "Ü"])
def test_a_hostile_name_finds_nothing(file_world: World, source: RunStore, name: str) -> None:
    file_world.gate(1)
    assert experiment_id(source, name) is None
    assert source.production(name).content is None
    assert root_of(source, name) is None
    assert infos(source, name) == []
    assert source.get_run(name).content is None
    assert source.list_runs(RunFilter(name)).content.runs == ()


@pytest.mark.parametrize("name", ['so "called"', "a: b # [c]", "null", "3", "zwölf — §", "line\nbreak", "x" * 400])
def test_an_experiment_may_have_any_name(file_world: World, source: RunStore, name: str) -> None:
    experiment = file_world.client.create_experiment(name)
    assert experiment_id(source, name) == experiment
    assert name in source.experiment_names().content


def test_a_file_name_that_is_no_text_can_be_said(file_world: World, root: Path, source: RunStore) -> None:
    run = file_world.gate(1)
    (folder_of(root, run) / "metrics" / os.fsdecode(b"\xff")).write_text("no metric")
    assert "prod_auc_test" in source.get_run(run).content.data.metrics
    (said,) = unreadable(source)
    said.encode()


# The registry


def registered(world: World, *, versions: int = 1, alias: str | None = None, stage: str | None = None) -> list[str]:
    """Versions of the model, each of a run of its own; the alias and the stage go to the last one."""
    world.client.create_registered_model(NAMES.model)
    runs = []
    for _ in range(versions):
        runs.append(world.run("Training"))
        world.client.create_model_version(NAMES.model, "s3://somewhere/model", run_id=runs[-1])
    if alias:
        world.client.set_registered_model_alias(NAMES.model, alias, str(versions))
    if stage:
        world.client.transition_model_version_stage(NAMES.model, str(versions), stage)
    return runs


@pytest.mark.parametrize("alias", ["production", "champion"])
def test_the_model_in_production_is_known_by_its_alias(file_world: World, source: RunStore, alias: str) -> None:
    runs = registered(file_world, versions=11, alias=alias)
    file_world.client.transition_model_version_stage(NAMES.model, "2", "Production")
    assert source.production(NAMES.model).content == ProductionModel(NAMES.model, "11", alias, None, runs[-1])
    assert source.production("Other").content is None


def test_the_first_alias_wins(file_world: World, source: RunStore) -> None:
    registered(file_world, versions=2, alias="champion")
    file_world.client.set_registered_model_alias(NAMES.model, "production", "1")
    assert source.production(NAMES.model).content.version == "1"


def test_else_it_is_the_newest_version_in_the_stage(file_world: World, source: RunStore) -> None:
    runs = registered(file_world, versions=11)
    for version in ("2", "9", "10"):
        file_world.client.transition_model_version_stage(NAMES.model, version, "Production")
    assert source.production(NAMES.model).content == ProductionModel(NAMES.model, "10", None, "Production", runs[9])


def test_a_deleted_version_is_not_in_production(file_world: World, source: RunStore) -> None:
    registered(file_world, versions=2, alias="production", stage="Production")
    file_world.client.delete_model_version(NAMES.model, "2")
    assert source.production(NAMES.model).content is None


@pytest.mark.parametrize("alias", ["9", "../../1", "", "v1", "1\n/etc"])
def test_an_alias_of_no_version_is_none(file_world: World, root: Path, source: RunStore, alias: str) -> None:
    registered(file_world, alias="production")
    (root / "models" / NAMES.model / "aliases" / "production").write_text(alias)
    assert source.production(NAMES.model).content is None
