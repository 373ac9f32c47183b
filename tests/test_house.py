"""The floors of the house: who may import whom, in one table, held against every import in the tree."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {"tests", "benchmarks", "docs", ".venv", ".batch-zero"}
"""Folders that are no rooms."""

FLOORS = {
    "process": 8,
    "api": 7,
    "door": 7,
    "pipeline": 6,
    "baseline": 5,
    "report": 4,
    "mlflow_io": 3,
    "testbench": 3,
    "lifecycle": 2,
    "storage": 2,
    "drift": 1,
    "metrics": 1,
    "batch_zero": 0,
}
SETTINGS = "settings"
"""Stands beside the floors: it makes the rooms' own policies, and only doors import it."""

ONLY_IN = {
    "mlflow": ("mlflow_io/",),
    "streamlit": ("report/sections/", "report/cache.py", "pages/", "app.py", "server.py", "api/headers.py"),
    # server.py loads it before the first visitor comes.
    "plotly": ("report/charts/", "report/html.py", "server.py"),
    "pickle": (),
    "joblib": ("testbench/worker.py",),
    "cloudpickle": (),
    "skops": ("testbench/worker.py",),
}
BANNED = (
    "unsafe_allow_html",
    "unsafe_allow_javascript",
    "st.iframe(",
    "components.v1",
    "use_container_width",
    "plotly.express",
    "set_experiment(",
)


def sources() -> list[Path]:
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    return sorted(path for path in found if path.parts[0] not in OUTSIDE and "site-packages" not in path.parts)


def imports(source: Path) -> Iterator[str]:
    """Full names of what a file imports, inside functions too."""
    for node in ast.walk(ast.parse((ROOT / source).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_door(source: Path) -> bool:
    return len(source.parts) == 1 or source.parts[0] in {"pages", "api"} or source.name == "__main__.py"


def floor_of(source: Path) -> int:
    if source.name == "server.py":
        return FLOORS["process"]  # puts the doors together
    return FLOORS["door" if is_door(source) else source.parts[0]]


def ours(source: Path) -> Iterator[str]:
    rooms = {*FLOORS, "app", "server", SETTINGS}
    yield from (name for name in imports(source) if name.split(".")[0] in rooms)


ROOMS = [path for path in sources() if path.parts[0] != "examples"]


def test_every_room_has_a_floor() -> None:
    rooms = {path.parts[0] for path in ROOMS if len(path.parts) > 1 and not is_door(path)}
    assert rooms == FLOORS.keys() - {"door", "process", "api"}


@pytest.mark.parametrize("source", ROOMS, ids=str)
def test_imports_go_down_and_doors_do_not_know_each_other(source: Path) -> None:
    if source.name == f"{SETTINGS}.py":
        assert {name.split(".")[0] for name in ours(source)} <= {"batch_zero", "drift", "lifecycle", "storage"}
        return
    for name in ours(source):
        room = name.split(".")[0]
        if room == SETTINGS:
            assert is_door(source), f"{source} reads settings, which is a door's business"
            continue
        assert room not in {"app", "server"}, f"{source} imports the door {name}"
        assert "__main__" not in name, f"{source} imports the door {name}"
        same = room == source.parts[0]
        assert same or FLOORS[room] < floor_of(source), f"{source} imports {name}, which is not below it"


@pytest.mark.parametrize("source", sources(), ids=str)
def test_a_library_is_imported_in_its_room_only(source: Path) -> None:
    for name in imports(source):
        allowed = ONLY_IN.get(name.split(".")[0])
        if allowed is not None:
            assert str(source).startswith(allowed), f"{source} imports {name}"


@pytest.mark.parametrize("source", sources(), ids=str)
def test_nothing_that_lets_foreign_text_act(source: Path) -> None:
    text = (ROOT / source).read_text("utf-8")
    assert [word for word in BANNED if word in text] == []


def test_examples_know_nothing_of_the_program() -> None:
    for source in sources():
        if source.parts[0] == "examples":
            assert list(ours(source)) == []


def test_the_rest_of_the_code_knows_no_experiment_by_name() -> None:
    names = [path.name for path in (ROOT / "examples").iterdir() if path.is_dir()]
    for source in ROOMS:
        if source.name != f"{SETTINGS}.py":  # which names the one that opens first
            text = (ROOT / source).read_text("utf-8")
            assert [name for name in names if re.search(rf"\b{name}\b", text)] == [], source


def test_every_page_begins_with_the_frame_which_lets_nobody_in_who_has_to_sign_in() -> None:
    for page in (ROOT / "app.py", *ROOT.glob("pages/*.py")):
        calls = [node for node in ast.walk(ast.parse(page.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert ast.unparse(calls[0].func) == "frame.begin", page
