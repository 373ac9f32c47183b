"""What is no regular file is neither waited for nor read without end, nor replaced."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from batch_zero.storage import files
from batch_zero.storage.files import FileError
from batch_zero.storage.regular import NotRegular, open_regular
from datasets.tables import read_table
from mlflow_io.artifacts.results import load_json
from mlflow_io.errors import ArtifactUnreadable, TrackingUnreachable
from mlflow_io.history import read_history
from tests.world import NAMES, World


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(("make", "kind"), [(os.mkfifo, "a FIFO"), (a_socket, "a socket"), (Path.mkdir, "a folder")])
def test_what_it_is_and_what_was_wanted_is_said(
    make: Callable[[Path], None], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    make(Path("t.csv"))
    said = f"it is {kind}, expected a regular file"
    with pytest.raises(NotRegular, match=said):
        open_regular(Path("t.csv"))
    for read in (files.read, read_table):
        with pytest.raises(FileError) as caught:
            read("t.csv")
        assert str(caught.value).startswith("t.csv: ")
        assert said in str(caught.value)
    with pytest.raises(FileError, match=f"t.csv: cannot be written: {said}"):
        files.write("t.csv", b"x")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_file(device: str) -> None:
    with pytest.raises(FileError, match="it is a device, expected a regular file"):
        files.read(device)


def test_a_link_to_a_device_is_one_and_stays_where_it_is(tmp_path: Path) -> None:
    link = tmp_path / "out.json"
    link.symlink_to("/dev/full")
    with pytest.raises(FileError, match="cannot be written: it is a device"):
        files.write(link, b"x")
    assert link.is_symlink()


def test_what_takes_the_place_of_a_file_while_it_is_opened_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = tmp_path / "experiment.toml", os.open
    file.write_text("x")

    def swapped(path: Path, flags: int) -> int:
        file.unlink()
        os.mkfifo(file)
        return real(path, flags)

    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(NotRegular, match="it is a FIFO"):
        open_regular(file)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_store_or_an_artifact_that_is_none_does_not_keep_a_reader(world: World, tmp_path: Path) -> None:
    run = world.gate(0, decision="BASELINE")
    world.artifact(run, "roc_curves/there.json", {})
    (there,) = world.artifacts.rglob("there.json")
    os.mkfifo(there.with_name("waits.json"))
    with pytest.raises(ArtifactUnreadable, match="it is a FIFO"):
        load_json(world.uri, run, "roc_curves/waits.json")
    os.mkfifo(tmp_path / "waits.db")
    with pytest.raises(TrackingUnreachable, match="cannot be reached: it is a FIFO, expected a regular file"):
        read_history(f"sqlite:///{tmp_path / 'waits.db'}", NAMES)
