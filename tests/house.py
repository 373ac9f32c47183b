"""The floors of the house: who may import whom, in one table, and what the source files import."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {"tests", "benchmarks", "docs", "deploy", "example_client", ".venv", ".batch-zero"}
"""Folders that are no rooms."""

FLOORS = {
    "process": 8,
    "api": 7,
    "door": 7,
    "pipeline": 6,
    "testbench": 6,
    "baseline": 5,
    "report": 5,
    "jobs": 5,
    "ui": 4,
    "mlflow_io": 3,
    "sandbox": 2,
    "datasets": 3,
    "lifecycle": 2,
    "drift": 1,
    "metrics": 1,
    "batch_zero": 0,
}
PROGRAMS = {"app", "demo", "launch", "server"}
"""Files at the top, which are run and never imported."""

SETTINGS = "settings"
"""Stands beside the floors: it makes the rooms' own policies, and only doors import it."""

ONLY_IN = {
    "mlflow": ("mlflow_io/", "sandbox/child/libraries/pyfunc.py"),
    "streamlit": (
        "ui/",
        "report/sections/",
        "jobs/sections/",
        "testbench/sections/",
        "pages/",
        "app.py",
        "server.py",
        "api/headers.py",
    ),
    # server.py loads it before the first visitor comes.
    "plotly": ("ui/theme.py", "report/charts/", "testbench/charts/", "report/export/", "server.py"),
    "pickle": (),
    "joblib": ("sandbox/child/flavours.py",),
    "cloudpickle": (),
    "skops": ("sandbox/child/flavours.py",),
    "dbos": ("jobs/",),
}
"""Where a library may be imported."""

BANNED = (
    "unsafe_allow_html",
    "unsafe_allow_javascript",
    "st.iframe(",
    "components.v1",
    "use_container_width",
    "plotly.express",
    "set_experiment(",
)


LARGEST_SHARE = 0.30
"""Of all lines of the rooms, in one room."""

FEWEST_TOO_MANY = 15
"""Source files in one folder; an ``__init__`` is none."""


@cache
def sources() -> tuple[Path, ...]:
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    return tuple(sorted(path for path in found if path.parts[0] not in OUTSIDE and "site-packages" not in path.parts))


def rooms() -> list[Path]:
    """The source files that are no user's experiment."""
    return [path for path in sources() if path.parts[0] != "examples"]


@cache
def text(source: Path) -> str:
    return (ROOT / source).read_text("utf-8")


@cache
def parsed(source: Path) -> tuple[ast.AST, ...]:
    """Every node of its syntax tree."""
    return tuple(ast.walk(ast.parse(text(source))))


@cache
def imports(source: Path) -> tuple[str, ...]:
    """Full names of what a file imports, inside functions too."""
    found: list[str] = []
    for node in parsed(source):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: relative import"
            found += [f"{node.module}.{name.name}" for name in node.names]
    return tuple(found)


def ours(source: Path) -> list[str]:
    names = {*FLOORS, *PROGRAMS, SETTINGS}
    return [name for name in imports(source) if name.split(".")[0] in names]


def is_door(source: Path) -> bool:
    """Doors do not import each other. The one command, ``batch_zero/__main__.py``, knows the others by the names of
    their modules, as texts, and so does ``report`` its ``doctor``: what was called is imported then."""
    return len(source.parts) == 1 or source.parts[0] in {"pages", "api"} or source.name == "__main__.py"


def floor_of(source: Path) -> int:
    if source.name == "server.py":
        return FLOORS["process"]  # puts the doors together
    return FLOORS["door" if is_door(source) else source.parts[0]]
