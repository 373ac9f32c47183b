"""Files that wait for their test: how long they stay, and what goes when a process was killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import settings
from api.work import left
from testbench.uploads import DAY_S, DOWNLOADED, UploadGone, begin
from tests.conftest import ROOT
from tests.testbench.conftest import Trained
from tests.testbench.registry import NAME, register
from tests.world import World


def age(folder: Path, *, days: float) -> None:
    os.utime(folder, (time.time() - days * DAY_S,) * 2)


def test_a_test_that_is_asked_again_has_the_files_of_the_page_that_it_came_from(tmp_path: Path) -> None:
    page = begin(tmp_path, [])
    page.write("model", b"a model")
    page.say({"name": "m.pkl"})
    test = page.copied()
    test.say({"name": "m.pkl"})
    test.write("tested.job", b"model_test-1")
    age(test.folder, days=0.5)
    begin(tmp_path, [{"upload": "another"}])
    assert test.given("model") is None
    assert page.file("model").read_bytes() == test.restored().file("model").read_bytes() == b"a model"
    page.remove()
    test.shed()
    with pytest.raises(UploadGone):
        test.restored()


def test_an_upload_stays_for_a_day_from_when_it_was_looked_at_last(tmp_path: Path) -> None:
    first, second = begin(tmp_path, []), begin(tmp_path, [])
    for upload in (first, second):
        upload.say({"name": "m.pkl"})
        age(upload.folder, days=0.99)
    first.said()
    age(second.folder, days=1.01)
    begin(tmp_path, [])
    assert (first.folder.exists(), second.folder.exists()) == (True, False)


def test_what_a_cancelled_test_leaves_goes_by_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    left.sweep([])  # nobody has uploaded anything yet
    cancelled, waits, just_now = (begin(settings.read().bench.uploads, []) for _ in range(3))
    for upload in (cancelled, waits, just_now):
        upload.write("model", b"a model")
        upload.write("tested.job", b"model_test-1")
    for upload in (cancelled, waits):
        age(upload.folder, days=0.01)
    left.sweep([{"upload": waits.key}])
    assert [upload.given("model") is None for upload in (cancelled, waits, just_now)] == [True, False, False]


FETCHES = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mlflow_io.artifacts.registered import fetched
from mlflow_io.client import connect
with fetched(connect(sys.argv[2]), sys.argv[3], Path(sys.argv[4])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_a_download_whose_process_was_killed_goes_with_the_next_upload(
    tmp_path: Path, world: World, classifier: Trained
) -> None:
    register(world, classifier.path, "challenger")
    upload = begin(tmp_path / "uploads", [])
    upload.say({"name": "a model"})
    address, into = f"models:/{NAME}@challenger", upload.folder / DOWNLOADED
    killed = subprocess.run(
        [sys.executable, "-c", FETCHES, str(ROOT), world.client.tracking_uri, address, str(into)],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [*upload.folder.glob(f"{DOWNLOADED}*/**/MLmodel")] != []
    age(upload.folder, days=0.01)
    begin(tmp_path / "uploads", [{"upload": upload.key}])  # its job is begun again
    assert [*upload.folder.glob(f"{DOWNLOADED}*")] != []
    begin(tmp_path / "uploads", [])
    assert [path.name for path in upload.folder.iterdir()] == ["asked.json"]
