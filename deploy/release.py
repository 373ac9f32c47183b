"""Cuts a release: version, CHANGELOG, commit, tag. ``make release VERSION=0.2.0`` calls it when all tests passed."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r"\d+\.\d+\.\d+")
WRITTEN_IN = {
    "pyproject.toml": re.compile(r'^version = "(.+)"$', re.MULTILINE),
    "batch_zero/__init__.py": re.compile(r'^__version__ = "(.+)"$', re.MULTILINE),
}
UNRELEASED = "## Unreleased\n"


def main(arguments: list[str], root: Path = ROOT) -> int:
    try:
        (version,) = arguments
        _release(version, root)
    except ValueError as error:
        print(f"release: {error}" if arguments else "release: expected a version, as 0.2.0", file=sys.stderr)
        return 2
    print(f"Released {version} as tag v{version}. To publish it: git push origin HEAD v{version}")
    return 0


def _release(version: str, root: Path) -> None:
    """Raises ValueError, before anything is written, where there is nothing to release or no way to."""
    if not VERSION.fullmatch(version):
        raise ValueError(f"got version {version!r}, expected three numbers, as 0.2.0")
    if changed := _git(root, "status", "--porcelain"):
        raise ValueError(f"these changes are not committed: {changed.split()[1]}")
    if _git(root, "tag", "--list", f"v{version}"):
        raise ValueError(f"there is a tag v{version} already")
    files = {name: _with_version(root / name, pattern, version) for name, pattern in WRITTEN_IN.items()}
    files["CHANGELOG.md"] = _cut((root / "CHANGELOG.md").read_text("utf-8"), version)
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    _git(root, "commit", "--quiet", "--message", f"Release {version}", *files)
    _git(root, "tag", "--annotate", f"v{version}", "--message", f"Batch Zero {version}")


def _with_version(file: Path, pattern: re.Pattern[str], version: str) -> str:
    text = file.read_text("utf-8")
    found = pattern.search(text)
    assert found is not None
    if _numbers(version) <= _numbers(found[1]):
        raise ValueError(f"got version {version}, expected a later one than {found[1]}")
    start, end = found.span(1)
    return text[:start] + version + text[end:]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _cut(text: str, version: str) -> str:
    """The CHANGELOG with what is unreleased as this version's."""
    before, heading, after = text.partition(UNRELEASED)
    if not heading or not after.partition("\n## ")[0].strip():
        raise ValueError("CHANGELOG.md: nothing stands under Unreleased")
    return f"{before}{heading}\n## {version} ({date.today():%Y-%m-%d})\n{after}"


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
