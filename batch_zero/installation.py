"""Where this program lies, what came with it, where its data goes, and how its commands are called.

In a checkout and in an image the rooms are folders at the top. A wheel puts them below a folder of its own, because in
``site-packages`` names like ``settings`` and ``datasets`` are other people's (docs/decisions/4-a-wheel.md).
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = "batch_zero_house"
"""Into which folder ``pyproject.toml`` has a wheel put the rooms."""

IS_WHEEL = ROOT.name == HOUSE


def shipped(*names: str) -> Path:
    """A file or folder that comes with the program and is only read, such as ``shipped("static", "fonts")``."""
    return ROOT.joinpath(*names)


def data_folder() -> Path:
    """Where the embedded store is made, unless somebody names another place: beside the rooms of a checkout, in the
    user's data folder where a package manager looks after the rooms and may remove them."""
    if not IS_WHEEL:
        return ROOT / ".batch-zero"
    from platformdirs import user_data_path

    return user_data_path("batch-zero", appauthor=False)


def called(room: str) -> str:
    """A room's command, as a shell takes it."""
    return f"batch-zero {room}" if IS_WHEEL else f"python -m {room}"


DEMO = called("demo") if IS_WHEEL else "make demo"
