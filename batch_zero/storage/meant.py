"""The file that may be meant where there is none of the name: one whose name differs in capitals or blanks only."""

from collections.abc import Iterator
from pathlib import Path

from batch_zero.text import alike


def hint(name: str | Path) -> str:
    """The end of a sentence about a path that is not there; empty where nothing like it is."""
    found = _path(Path(name))
    if found is not None:
        return f"; did you mean {str(found)!r}?"
    return "; its name begins or ends with a blank" if str(name) != str(name).strip() else ""


def _path(path: Path) -> Path | None:
    found = Path(path.anchor)
    try:
        for part in path.relative_to(path.anchor).parts:
            there = part if (found / part).exists() else alike(part, _names(found))
            if there is None:
                return None
            found /= there
    except (OSError, ValueError):  # a folder that may not be looked into; a null byte
        return None
    return found


def _names(folder: Path) -> Iterator[str]:
    yield from sorted(entry.name for entry in folder.iterdir())
