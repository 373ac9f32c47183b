"""The ``MLmodel`` of a model folder, which says how its model was stored and what it takes: read and checked before
anything that it says is followed."""

import json
from pathlib import Path
from typing import Any

import yaml

NAME = "MLmodel"
MOST_BYTES = 4 << 20
SHOWN = 200
"""Characters of what a parser says."""


class MlmodelError(Exception):
    """It cannot be what MLflow wrote; the message is a sentence about it."""


def read(folder: Path) -> dict[str, Any]:
    """``flavors`` are names and plain values by name, ``signature`` has its ``inputs`` as a list of mappings that name
    a type, ``saved_input_example_info`` is a mapping; empty where it says nothing of them. Raises MlmodelError, and
    OSError."""
    file = folder / NAME
    if (size := file.stat().st_size) > MOST_BYTES:
        raise MlmodelError(f"its MLmodel takes {size:,} bytes, expected at most {MOST_BYTES:,}")
    said = _parsed(file.read_bytes())
    flavours = said.get("flavors")
    if not isinstance(flavours, dict) or not flavours:
        raise MlmodelError("its MLmodel names no flavors, expected those under which it was logged")
    said["flavors"] = {str(name): _plain(_mapping(of_one, f"flavors.{name}")) for name, of_one in flavours.items()}
    said["signature"] = {"inputs": _inputs(_mapping(said.get("signature"), "signature").get("inputs"))}
    said["saved_input_example_info"] = _mapping(said.get("saved_input_example_info"), "saved_input_example_info")
    return said


def file_of(folder: Path, said: dict[str, Any], flavour: str, key: str) -> Path:
    """That the model of a flavour is in. Raises MlmodelError."""
    name = said["flavors"][flavour].get(key)
    if not isinstance(name, str) or not name:
        raise MlmodelError(f"its MLmodel names no file under flavors.{flavour}.{key}, expected that of the model")
    return folder / name


def _parsed(written: bytes) -> dict[str, Any]:
    try:
        said = yaml.safe_load(written.decode("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise MlmodelError(f"its MLmodel is no YAML in UTF-8, as MLflow writes it ({problem[:SHOWN]})") from error
    return _mapping(said, "")


def _mapping(said: Any, place: str) -> dict[str, Any]:
    if said is not None and not isinstance(said, dict):
        at = f"under {place}" if place else "at its top"
        raise MlmodelError(f"its MLmodel has a {type(said).__name__} {at}, expected names and values")
    return said or {}


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    """Without what is nested, which YAML's aliases can make grow beyond all bounds once it is written out."""
    return {str(name): value for name, value in said.items() if isinstance(value, str | int | float)}


def _inputs(written: Any) -> list[dict[str, Any]]:
    """Of a signature, which holds them as JSON."""
    try:
        inputs = json.loads(written or "[]")
    except (ValueError, TypeError, RecursionError) as error:
        raise MlmodelError("the inputs of the signature in its MLmodel are no JSON, as MLflow writes it") from error
    if not isinstance(inputs, list) or not all(map(_is_column, inputs)):
        raise MlmodelError("the inputs of the signature in its MLmodel are no list of columns with their types")
    return inputs


def _is_column(said: Any) -> bool:
    """One of a tensor has no name, and neither has one of an array's columns."""
    return isinstance(said, dict) and isinstance(said.get("type"), str) and isinstance(said.get("name", ""), str)
