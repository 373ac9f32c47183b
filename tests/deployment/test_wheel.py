"""The wheel: built, installed into an empty environment, and called in a folder that means no good.

Nothing is downloaded: the new environment borrows the libraries of the one that these tests run in.
"""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from batch_zero import __version__
from tests import small
from tests.api.test_serve import hears_sigint
from tests.deployment.test_images import pins
from tests.house import ROOT, rooms
from tests.server import free_port
from tests.serving import wait_until_healthy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

STREAMLIT = {
    "config.toml": """
[server]
baseUrlPath = "elsewhere"
address = "0.0.0.0"
""",
    "secrets.toml": """
[auth]
redirect_uri = "http://localhost/oauth2callback"
cookie_secret = "theirs"
client_id = "x"
client_secret = "y"
server_metadata_url = "http://127.0.0.1:9/.well-known"
""",
}
"""Of another Streamlit program that lies in the folder: another address, and nobody comes in."""

HOUSE = "batch_zero_house"
UV = Path(sys.executable).with_name("uv")
BESIDE = {".css", ".csv.gz", ".html.j2", ".js", ".png", ".toml", ".woff2"}
"""Endings of the files that come along and are no Python."""

TRAP = """
from pathlib import Path
Path(__file__).with_name("sprung").touch()
raise SystemExit("a stranger has been run")
"""
TRAPS = ("batch_zero", "datasets", "drift", "launch", "mlflow", "pages", "report", "settings", "streamlit", "uvicorn")


def built(kind: str, source: Path, out: Path) -> Path:
    """By the backend that lies in this environment."""
    command = [UV, "build", f"--{kind}", "--offline", "--no-build-isolation", "--python", sys.executable, "-o", out]
    done = subprocess.run([*command, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = out.glob("batch_zero-*")
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@dataclass(frozen=True)
class Installed:
    """environment: the virtual one. folder: where commands are called. data: what is the user's data folder."""

    environment: Path
    folder: Path
    data: Path

    @property
    def packages(self) -> Path:
        return next(self.environment.glob("lib/*/site-packages"))

    @property
    def env(self) -> Mapping[str, str]:
        return {**os.environ, "XDG_DATA_HOME": str(self.data)}

    def command(self, *words: str) -> list[str]:
        return [str(self.environment / "bin" / "batch-zero"), *words]

    def called(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([UV, "venv", "--quiet", "--offline", "--python", sys.executable, made], check=True)
    install = [UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", made / "bin" / "python", wheel]
    subprocess.run(install, check=True)
    borrowed = [place for place in sys.path if place.endswith("site-packages")]
    (next(made.glob("lib/*/site-packages")) / "borrowed.pth").write_text("\n".join(borrowed))
    return made


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Installed:
    folder = tmp_path / "a folder"
    for name in TRAPS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(TRAP)
        (folder / name / "__main__.py").write_text(TRAP)
    (folder / "click.py").write_text(TRAP)
    (folder / ".streamlit").mkdir()
    for name, text in STREAMLIT.items():
        (folder / ".streamlit" / name).write_text(text)
    return Installed(environment, folder, tmp_path / "data")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_all_of_it_lies_below_one_folder_of_our_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert {name.partition("/")[0] for name in names} == {HOUSE}
    inside = {name.partition("/")[2] for name in names}
    assert {str(source) for source in rooms()} <= inside
    kept = {source.parts[0] for source in rooms()} | {"examples", "static", ".streamlit"}
    tracked = {path for path in ROOT.rglob("*") if path.relative_to(ROOT).parts[0] in kept and path.is_file()}
    beside = {str(path.relative_to(ROOT)) for path in tracked if path.name.endswith(tuple(BESIDE))}
    assert beside
    assert beside <= inside
    assert not [name for name in inside if "__pycache__" in name or name.startswith(("tests", "docs", "benchmarks"))]


def test_the_source_archive_holds_what_the_wheel_is_made_of_and_nothing_that_was_left_in_the_folder(
    wheel: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", ".batch-zero", "tests", ".*_cache"))
    planted = {".batch-zero/mlflow.db", ".env", ".venv/pyvenv.cfg", "mlruns/0/meta.yaml", "api/mlflow.db", "notes.txt"}
    for left in planted:
        (tree / left).parent.mkdir(parents=True, exist_ok=True)
        (tree / left).write_text("secret")
    archive = built("sdist", tree, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
        tar.extractall(tmp_path / "unpacked", filter="data")
    assert not names & planted
    (source,) = (tmp_path / "unpacked").iterdir()
    again = built("wheel", source, tmp_path / "again")
    with zipfile.ZipFile(again) as one, zipfile.ZipFile(wheel) as other:
        assert one.namelist() == other.namelist()


def test_it_wants_what_requirements_in_lists_and_is_built_by_what_is_locked(wheel: Path) -> None:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text("utf-8").splitlines())
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"batch_zero-{__version__}.dist-info/METADATA").decode()
    wanted = [
        line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if line.startswith("Requires-Dist")
    ]
    assert sorted(map(same, wanted)) == sorted(same(line) for line in lines if line)
    system = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]
    assert {tuple(each.split("==")) for each in system["requires"]} <= pins(ROOT / "requirements-dev.txt")


def same(requirement: str) -> tuple[str, ...]:
    """However its bounds are ordered."""
    return tuple(sorted(requirement.replace("<", ",<").replace(">", ",>").split(",")))


def test_nothing_of_it_is_in_the_way_of_other_packages(installed: Installed) -> None:
    ours = {path.name for path in installed.packages.iterdir() if not path.name.startswith("_")}
    assert ours - {"borrowed.pth"} == {HOUSE, f"batch_zero-{__version__}.dist-info"}


def test_it_answers_from_a_folder_with_modules_of_the_same_names(installed: Installed) -> None:
    told = installed.called("--version")
    assert (told.returncode, told.stdout) == (0, f"batch-zero {__version__}\n")
    told = installed.called("report", "--help")
    assert (told.returncode, told.stdout.splitlines()[0]) == (
        0,
        "Usage: batch-zero report [OPTIONS] [COMMAND] [ARGS]...",
    )
    assert "sprung" not in {Path(name).name for name in files(installed.folder)}


def test_its_data_goes_to_the_user(installed: Installed) -> None:
    told = installed.called("report")
    assert told.returncode == 2
    assert f"There is no MLflow store at sqlite:///{installed.data}/batch-zero/mlflow.db" in told.stderr
    assert "Run `batch-zero demo`, or `batch-zero pipeline run --help`" in told.stderr


def test_it_writes_the_report_of_a_store(installed: Installed, history: small.SmallHistory) -> None:
    words = ("report", "--experiment", str(history.folder), "--format", "html", "--out", "report.html")
    told = installed.called(*words)
    assert told.returncode == 0, told.stderr
    page = (installed.folder / "report.html").read_text("utf-8")
    assert "<code>batch-zero report</code>" in page
    assert "font/woff2;base64" in page


def test_the_demo_runs_until_ctrl_c_and_leaves_nothing_elsewhere(
    installed: Installed, tmp_path: Path, browser: Browser
) -> None:
    experiment = small.make(tmp_path / "experiment")
    before, packages = files(installed.folder), files(installed.packages)
    log, port, mlflow_port = tmp_path / "log.txt", free_port(), free_port()
    words = ["--batches", "0-1", "--port", str(port), "--mlflow-port", str(mlflow_port)]
    with log.open("wb") as out:
        demo = subprocess.Popen(
            installed.command("demo", "--experiment", str(experiment), *words),
            cwd=installed.folder,
            env={**installed.env, "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"},
            stdout=out,
            stderr=out,
            preexec_fn=hears_sigint,
        )
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/readyz", demo, log)
            wait_until_healthy(f"http://127.0.0.1:{mlflow_port}/health", demo, log)
            told = requests.get(f"http://127.0.0.1:{port}/api/report", timeout=60).json()
            assert [batch["batch"] for batch in told["batches"]] == [0, 1]
            font = "app/static/fonts/inter-latin-wght-normal.woff2"
            assert requests.get(f"http://127.0.0.1:{port}/{font}", timeout=60).content.startswith(b"wOF2")
            with browser.new_context() as context:
                page = context.new_page()
                page.goto(f"http://127.0.0.1:{port}/")
                expect(page.get_by_role("heading", name=told["title"])).to_be_visible(timeout=120_000)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(120) == 130
        finally:
            demo.kill()
    said = log.read_text()
    assert f"report http://127.0.0.1:{port}   MLflow http://127.0.0.1:{mlflow_port}" in said
    assert "demo: interrupted" in said
    for left in (port, mlflow_port):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{left}/", timeout=10)
    assert files(installed.folder) == before
    assert {name for name in files(installed.packages) - packages if not name.endswith(".pyc")} == set()
    assert (installed.data / "batch-zero" / "mlflow.db").is_file()
