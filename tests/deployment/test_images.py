"""What goes into the images: the Dockerfile, the files that it may see, and one lock per image."""

import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.house import FLOORS, ROOT, is_door, sources

UV = ROOT / "requirements" / "uv.txt"
BENCH = ROOT / "requirements" / "bench.txt"
LOCKS = sorted({*(ROOT / "requirements").glob("*.txt")} - {UV, BENCH})
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
TARGETS = {"dashboard", "worker", "mlflow"}


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.-]+)==([^ ;]+)", lock.read_text("utf-8"), re.MULTILINE))


def hashes(lock: Path) -> set[str]:
    return set(re.findall(r"--hash=(sha256:\w+)", lock.read_text("utf-8")))


def let_in(path: str) -> bool:
    """As Docker reads .dockerignore: the last pattern that fits the path, or a folder above it, decides."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    above = [path, *map(str, Path(path).parents)]
    verdict = True
    for line in (line for line in lines if line and not line.startswith("#")):
        pattern = line.removeprefix("!")
        # "**/x" is x at any depth; elsewhere an asterisk stays within one name.
        names = [Path(each).name for each in above] if pattern.startswith("**/") else above
        if any(
            fnmatchcase(name, pattern.removeprefix("**/")) and name.count("/") == pattern.removeprefix("**/").count("/")
            for name in names
            if name != "."
        ):
            verdict = line.startswith("!")
    return verdict


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_image_has_its_stage_and_its_lock() -> None:
    assert {lock.stem for lock in LOCKS} == TARGETS
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    assert stages >= TARGETS | {f"{name}-packages" for name in TARGETS}
    assert DOCKERFILE.count("--require-hashes") == len(TARGETS) + 1  # and uv


def test_the_dockerfile_needs_no_buildkit_and_no_shell_at_run_time() -> None:
    assert not re.search(r"^# *syntax|RUN --mount|COPY --chmod|COPY --link", DOCKERFILE, re.MULTILINE)
    commands = re.findall(r"^(?:HEALTHCHECK.*)?CMD (.)", DOCKERFILE, re.MULTILINE)
    assert commands
    assert set(commands) == {"["}


def test_only_stages_without_a_build_tool_become_images() -> None:
    bases = {name: base for base, name in re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)}
    assert {bases[name] for name in TARGETS} == {"base"}
    assert bases["base"] == "${PYTHON_IMAGE}"
    base = DOCKERFILE.split(" AS base\n")[1].split("\nFROM ")[0]
    assert "USER 10001:10001" in base
    assert "uv" not in base.split()


def test_the_libraries_of_further_models_lie_beside_the_others_as_they_are() -> None:
    ours = dict(pins(ROOT / "requirements.txt"))
    assert {name: version for name, version in pins(BENCH) if ours.get(name, version) != version} == {}
    assert hashes(BENCH)


def test_the_same_uv_locks_and_builds() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert {name for name, _ in pins(UV)} == {"uv"}
    assert hashes(UV)
    assert "pip install --no-cache-dir --require-hashes -r /uv.txt" in DOCKERFILE
    assert "pip install --quiet --require-hashes -r requirements/uv.txt" in makefile
    assert not re.search(r"pip install (?!.*--require-hashes)", DOCKERFILE + makefile)


def test_what_comes_from_elsewhere_is_named_by_what_is_in_it() -> None:
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", base)
    for file in ("docker-compose.yml", ".env.example"):
        assert base in (ROOT / file).read_text("utf-8")
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        for action in re.findall(r"uses: (.*)", workflow.read_text("utf-8")):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v[\d.]+", action), workflow


def test_renovate_finds_the_base_image_wherever_it_stands() -> None:
    renovate = json.loads((ROOT / "renovate.json").read_text("utf-8"))
    (manager,) = renovate["customManagers"]
    (pattern,) = manager["matchStrings"]
    for file in ("docker-compose.yml", ".env.example"):
        assert any(re.search(name.strip("/"), file) for name in manager["managerFilePatterns"])
        found = re.search(pattern.replace("(?<", "(?P<"), (ROOT / file).read_text("utf-8"))
        assert found is not None
        assert (found["depName"], found["currentValue"]) == ("python", "3.12-slim-bookworm")


def test_bytecode_is_there_before_the_file_system_is_read_only() -> None:
    assert "UV_COMPILE_BYTECODE=1" in DOCKERFILE
    assert "python -m compileall" in DOCKERFILE
    assert not re.search(r"^\s*(ENV )?PYTHONDONTWRITEBYTECODE", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_versions_and_hashes_of_requirements_txt(lock: Path) -> None:
    everything = ROOT / "requirements.txt"
    assert pins(lock)
    assert pins(lock) <= pins(everything), "run `make lock`"
    assert hashes(lock) <= hashes(everything)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_is_of_its_own_wishes(lock: Path) -> None:
    wishes = re.findall(r"^([\w-]+)", lock.with_suffix(".in").read_text("utf-8"), re.MULTILINE)
    assert set(wishes) - {"-c"} <= {name for name, _ in pins(lock)}


def test_make_lock_locks_every_image() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlock:")[2].partition("\n\n")[0]
    for lock in LOCKS:
        assert f"requirements/{lock.stem}." in recipe or "requirements/$$image." in recipe


def test_whatever_the_program_consists_of_is_let_in() -> None:
    code = [str(path) for path in sources()]
    data = [
        str(path.relative_to(ROOT))
        for room in [*FLOORS, "examples", "static"]
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]
    assert [path for path in [*code, *data, ".streamlit/config.toml"] if not let_in(path)] == []
    assert any(is_door(Path(path)) for path in code)


def test_what_the_dockerfile_copies_is_let_in() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    assert copied
    assert [path for path in copied if path != "." and not (let_in(path) and (ROOT / path).exists())] == []


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.example",
        ".git/config",
        ".streamlit/secrets.toml",
        ".batch-zero/mlflow.db",
        ".venv/bin/python",
        "mlflow.db",
        "mlruns/0/meta.yaml",
        "examples/crash_triage/.env",
        "report/__pycache__/story.cpython-312.pyc",
        "tests/conftest.py",
        "docker-compose.yml",
        "id_rsa",
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert not let_in(path)


class Answers(http.server.BaseHTTPRequestHandler):
    """200 where an image's health is asked for and what ``status`` says is well."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path in {"/healthz", "/health"} else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not into the tests' output."""


@pytest.fixture
def answering() -> Iterator[type[Answers]]:
    class Here(Answers):
        port: int

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        Here.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Here
        server.shutdown()


@pytest.mark.parametrize("command", re.findall(r"^HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE, re.MULTILINE | re.DOTALL))
def test_health_is_whether_the_server_answers(command: str, answering: type[Answers]) -> None:
    _, *arguments = json.loads(command.replace("\\\n", ""))

    def healthy(port: int) -> bool:
        asked = [re.sub(r"8501|5000", str(port), argument) for argument in arguments]
        # A proxy that the environment names is not asked.
        env = {"http_proxy": "http://127.0.0.1:9"}
        return subprocess.run([sys.executable, *asked], env=env, capture_output=True, timeout=120).returncode == 0

    assert healthy(answering.port)
    answering.status = 503
    assert not healthy(answering.port)
    assert not healthy(9)
