"""What kind a text is, by how it begins."""

import re

from sandbox.files import kinds
from sandbox.files.kinds import Kind

CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")

BEGINS: tuple[tuple[str, Kind], ...] = (
    (r"version https://git-lfs", kinds.LFS),
    (r"tree\s*\n(version|num_class)=", kinds.LIGHTGBM),
    (r'\{\s*"(version"\s*:\s*\[[\d,\s]*\]\s*,\s*")?learner"\s*:', kinds.XGBOOST_JSON),
    (r"(?i)<!doctype html|<html|<head|<body", kinds.HTML),
    (r"(?s)<(\?xml|PMML).{0,2000}<?PMML", kinds.PMML),
    (r"(?is)<\?xml.{0,2000}<html", kinds.HTML),
    (r"<", kinds.XML),
    (r'(?s)\{.{0,65536}"(nbformat|cell_type)"', kinds.NOTEBOOK),
    (r'(?s)\{.{0,65536}"(oblivious_trees|features_info)"', kinds.CATBOOST_JSON),
    (r'\{\s*("|\})|\[\s*([\[\]{"\d-]|true|false|null)', kinds.JSON),
    (r"(?s)(artifact_path|flavors|model_id|model_uuid|run_id|mlflow_version)\s*:.{0,65536}", kinds.MLMODEL),
    (r"#!.*python|import \w|from [\w.]+ import |def \w+\(|class \w+[(:]|\"\"\"", kinds.PYTHON),
)
"""Pattern at the beginning -> kind; the first that fits."""


WIDE = (b"\xff\xfe", b"\xfe\xff")
MARKS = (*WIDE, b"\xef\xbb\xbf")


def read(head: bytes) -> str | None:
    """The beginning of a file as text; None where it is none."""
    if head.startswith(WIDE):
        return head.decode("utf-16", "replace").lstrip("\ufeff")
    for cut in range(min(4, len(head))):  # within a character
        try:
            found = head[: len(head) - cut].decode("utf-8-sig")
            break
        except UnicodeDecodeError:
            continue
    else:
        found = head.decode("latin-1")
        if sum(char > "\x7e" for char in found) > 0.3 * len(found):
            return None
    return None if CONTROL.search(found) else found


def kind_of(head: bytes) -> Kind | None:
    """None where it is no text."""
    found = read(head)
    if found is None:
        return None
    found = found.lstrip()
    for pattern, kind in BEGINS:
        if re.match(pattern, found) and not (kind is kinds.MLMODEL and "flavors:" not in found):
            return kinds.MARKED if kind.model and head.startswith(MARKS) else kind
    return kinds.CSV if _is_table(found) else kinds.TEXT


def _is_table(found: str) -> bool:
    """Whether its first lines have the same number of columns."""
    lines = [line for line in found.split("\n")[:6] if line.strip()][: 5 if found.count("\n") > 5 else None]
    return len(lines) > 1 and any(
        lines[0].count(mark) > 0 and len({line.count(mark) for line in lines}) == 1 for mark in (",", ";", "\t", "|")
    )
