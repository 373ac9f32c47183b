"""A release is cut in a clone, with git itself."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from deploy.release import main

CHANGELOG = "# Changes\n\n## Unreleased\n\n- A change.\n\n## 0.1.0 (2026-01-01)\n\n- The first.\n"


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "somebody@example.org")
    (tmp_path / "batch_zero").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "batch-zero"\nversion = "0.1.0"\n', "utf-8")
    (tmp_path / "batch_zero" / "__init__.py").write_text('__version__ = "0.1.0"\n', "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


def test_a_release_writes_the_version_cuts_the_changelog_and_tags_the_commit(clone: Path) -> None:
    assert main(["0.2.0"], clone) == 0
    assert 'version = "0.2.0"' in (clone / "pyproject.toml").read_text("utf-8")
    assert (clone / "batch_zero" / "__init__.py").read_text("utf-8") == '__version__ = "0.2.0"\n'
    cut = (clone / "CHANGELOG.md").read_text("utf-8")
    assert cut.startswith(f"# Changes\n\n## Unreleased\n\n## 0.2.0 ({date.today():%Y-%m-%d})\n\n- A change.\n")
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "rev-parse", "v0.2.0^{commit}") == git(clone, "rev-parse", "HEAD")
    assert git(clone, "log", "-1", "--format=%s") == "Release 0.2.0\n"


def leave_open(clone: Path) -> None:
    (clone / "CHANGELOG.md").write_text(CHANGELOG + "\n", "utf-8")


def empty(clone: Path) -> None:
    (clone / "CHANGELOG.md").write_text(CHANGELOG.replace("- A change.\n\n", ""), "utf-8")
    git(clone, "commit", "--quiet", "--all", "--message", "Nothing")


@pytest.mark.parametrize(
    ("version", "spoil", "said"),
    [
        ("0.1.0", None, "expected a later one than 0.1.0"),
        ("0.0.9", None, "expected a later one than 0.1.0"),
        ("v0.2.0", None, "expected three numbers"),
        ("0.2.0", leave_open, "not committed: CHANGELOG.md"),
        ("0.2.0", empty, "nothing stands under Unreleased"),
        ("0.2.0", lambda clone: git(clone, "tag", "v0.2.0"), "there is a tag v0.2.0 already"),
    ],
)
def test_what_cannot_be_released_leaves_everything_as_it_is(
    clone: Path, version: str, spoil, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if spoil is not None:
        spoil(clone)
    before = git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain")
    assert main([version], clone) == 2
    assert said in capsys.readouterr().err
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain")) == before


def test_the_version_is_the_same_wherever_it_stands() -> None:
    from deploy.release import ROOT, WRITTEN_IN

    found = {pattern.search((ROOT / name).read_text("utf-8"))[1] for name, pattern in WRITTEN_IN.items()}
    assert len(found) == 1
