"""Whatever keeps a store from being opened is a sentence, for every program and for the server."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from mlflow_io.client import connect
from mlflow_io.errors import TrackingUnreachable
from mlflow_io.history import read_history
from mlflow_io.stores.open import open_store
from tests.api.test_server import environment
from tests.modes import OBEYING, closed
from tests.serving import ROOT, serving
from tests.world import EXPERIMENT_TOML, NAMES, World

NO_UTF8 = "postgresql://ada:Zq7v%c4Wx9k@127.0.0.1:9/db"


@pytest.fixture
def database(world: World, tmp_path: Path) -> Path:
    """In a folder of its own, beside the experiment.toml."""
    world.gate(0, decision="BASELINE")
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    (tmp_path / "store").mkdir()
    return (tmp_path / "mlflow.db").rename(tmp_path / "store" / "mlflow.db")


def said(tmp_path: Path, uri: str, *arguments: str) -> tuple[int, str]:
    command = [*OBEYING, sys.executable, "-m", "report", *arguments]
    command += ["--experiment", str(tmp_path), "--mlflow-tracking-uri", uri]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [(), ("doctor",)], ids=["report", "doctor"])
@pytest.mark.parametrize("what", ["mlflow.db", ""], ids=["file", "folder"])
def test_a_database_that_may_not_be_read_is_said(
    database: Path, tmp_path: Path, what: str, arguments: tuple[str, ...]
) -> None:
    with closed(database.parent / what):
        code, told = said(tmp_path, f"sqlite:///{database}", *arguments)
    assert code == 2
    name = arguments[0] if arguments else "report"
    assert told.startswith(f"{name}: The MLflow store at sqlite:///{database} cannot be reached: ")
    assert "Permission denied" in told
    assert len(told.splitlines()) == 1


def test_who_writes_is_told_as_well(database: Path) -> None:
    script = (
        "import sys; from mlflow_io.client import connect; from mlflow_io.errors import TrackingUnreachable\n"
        "try: connect(sys.argv[1])\n"
        "except TrackingUnreachable as error: print(error)"
    )
    with closed(database.parent):
        command = [*OBEYING, sys.executable, "-c", script, f"sqlite:///{database}"]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "cannot be reached: [Errno 13] Permission denied" in told


@pytest.mark.parametrize(
    "address",
    [
        NO_UTF8,
        "postgresql://h/db?connect_timeout=%ff",
        "mysql://a:%ff@[h/db",
        "postgresql://ada:Zq7v\udcff@127.0.0.1:9/db",
    ],
)
def test_an_address_that_no_driver_can_decode_is_said(address: str) -> None:
    with pytest.raises(TrackingUnreachable, match="cannot be reached: "):
        read_history(address, NAMES)
    with pytest.raises(TrackingUnreachable, match="cannot be reached: "):
        connect(address)


@pytest.mark.parametrize("host", ["elsewhere", "ada:Zq7vWx9k@elsewhere", "127.0.0.1:9"])
def test_a_folder_on_another_machine_is_said_and_not_made_on_this(tmp_path: Path, host: str) -> None:
    with pytest.raises(TrackingUnreachable, match="a folder on another machine"):
        read_history(f"file://{host}{tmp_path}/mlruns", NAMES)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_while_a_store_is_read_is_an_outage(database: Path) -> None:
    uri = f"sqlite:///{database}"
    with pytest.raises(TrackingUnreachable, match="Input/output error"), open_store(uri):
        raise OSError(5, "Input/output error")


@pytest.mark.slow
def test_a_server_starts_whatever_its_store_does(database: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    for uri in (NO_UTF8, f"sqlite:///{database}"):
        with closed(database), serving(environment(uri, tmp_path / "experiment.toml"), log, within=OBEYING) as url:
            assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
            assert requests.get(f"{url}/readyz", timeout=60).status_code == 503
            answer = requests.get(f"{url}/api/report", timeout=60)
            assert answer.status_code == 503
            assert "cannot be reached" in answer.json()["detail"]
        assert "started without a history: The MLflow store at " in log.read_text()
        assert "Traceback" not in log.read_text()


@pytest.mark.slow
def test_a_server_says_when_its_store_is_closed_to_it_and_open_again(database: Path, tmp_path: Path) -> None:
    env = environment(f"sqlite:///{database}", tmp_path / "experiment.toml")
    with serving(env, tmp_path / "log.txt", within=OBEYING) as url:

        def until(wanted: int) -> None:
            for _ in range(120):
                status = requests.get(f"{url}/readyz", timeout=60).status_code
                assert status in {200, 503}
                if status == wanted:
                    return
                time.sleep(0.5)
            pytest.fail(f"never {wanted}")

        until(200)
        for path in (database.parent, database):
            with closed(path):
                until(503)
                answer = requests.get(f"{url}/api/report?refresh=true", timeout=60)
                assert answer.status_code in {200, 503}  # a file that is open already may be read on
            until(200)
