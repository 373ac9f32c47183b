"""``python -m jobs`` as a user calls it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import settings
from jobs import service
from jobs.job import State
from settings import SettingsError
from tests.conftest import ROOT
from tests.jobs.conftest import ended, until


def called(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs", *words]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_a_probe_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    put = called("--probe", "0")
    assert (put.returncode, put.stderr) == (0, "")
    config = settings.read().jobs
    queue = service.shared(config.url, config.bounds)
    worker = subprocess.Popen(
        [sys.executable, "-m", "jobs"], cwd=ROOT, env=os.environ, stderr=subprocess.PIPE, text=True
    )
    try:
        found = ended(queue, put.stdout.strip())
        assert (found.state, found.result) == (State.SUCCEEDED, {"waited_s": 0})
        taken = called()
        assert (taken.returncode, taken.stdout) == (2, "")
        assert taken.stderr == "jobs: slot 1: another worker has it; give this one another, as `--slot 2`\n"
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=120)
    finally:
        worker.kill()
    assert worker.returncode == 143
    assert "slot 1: taking jobs, 2 at a time, from sqlite:///" in said
    assert said.endswith("jobs: ended by SIGTERM\n")
    until(lambda: not queue.workers())


def test_an_address_that_is_none_is_one_sentence() -> None:
    done = called("--probe", "1", BATCH_ZERO_JOBS_URL="mysql://ada:hunter2@host/jobs")
    assert done.returncode == 2
    assert done.stderr.startswith("jobs: BATCH_ZERO_JOBS_URL: got 'mysql://ada:***@host/jobs', expected sqlite:///FILE")
    assert len(done.stderr.splitlines()) == 1


def test_settings_say_where_the_queue_is_and_how_much_it_holds(tmp_path: Path) -> None:
    plain = settings.read({"BATCH_ZERO_HOME": str(tmp_path)}).jobs
    assert plain.url == f"sqlite:///{tmp_path / 'jobs.db'}"
    assert plain.bounds == {"concurrency": 2, "most_queued": 100, "keep_days": 30}
    given = settings.read({"BATCH_ZERO_JOBS_URL": " postgresql://h/jobs ", "BATCH_ZERO_JOBS_AT_A_TIME": "4"}).jobs
    assert (given.url, given.bounds["concurrency"]) == ("postgresql://h/jobs", 4)
    for name, text in [("AT_A_TIME", "0"), ("MOST_QUEUED", "many"), ("KEEP_DAYS", "-1")]:
        with pytest.raises(SettingsError, match=f"BATCH_ZERO_JOBS_{name}: got '{text}', expected a "):
            settings.read({f"BATCH_ZERO_JOBS_{name}": text})


def test_its_password_is_masked_wherever_it_comes_up() -> None:
    from batch_zero.secrets import masked

    settings.read({"BATCH_ZERO_JOBS_URL": "postgresql://ada:hunter2x9@h/jobs"})
    assert masked("it said hunter2x9") == "it said ***"
