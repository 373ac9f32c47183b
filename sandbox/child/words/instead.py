"""What a file holds that opens and is no model: said so that its owner knows which part of it was meant. Runs in the
child."""

import inspect
from typing import Any

SHOWN = 5
LONGEST = 40


def is_model(found: Any) -> bool:
    return not inspect.isclass(found) and any(
        callable(getattr(found, name, None)) for name in ("predict", "predict_proba")
    )


def what_it_is(found: Any) -> str:
    """For a sentence: 'a dict with model (a Ridge) and scaler (a StandardScaler)'."""
    if inspect.isclass(found):
        return f"the class {_name(found)} itself, not one that was fitted"
    if isinstance(found, dict):
        return f"a dict with {_dict(found)}" if found else "an empty dict"
    if isinstance(found, list | tuple | set | frozenset):
        return _several(found)
    if (shape := getattr(found, "shape", None)) is not None and hasattr(found, "dtypes"):
        return f"a table of {shape[0]:,} rows and {shape[-1]:,} columns"
    if shape is not None and hasattr(found, "dtype"):
        return f"an array of shape {tuple(shape)}"
    if callable(getattr(found, "transform", None)):
        return f"a {_name(type(found))}, which transforms rows and predicts nothing"
    if inspect.isroutine(found):
        return f"a function, {getattr(found, '__name__', 'without a name')[:LONGEST]}"
    if found is None or isinstance(found, str | bytes | int | float):
        return f"{'nothing (None)' if found is None else f'one value ({type(found).__name__})'}"
    return f"a {_name(type(found))}"


def _dict(found: dict[Any, Any]) -> str:
    parts = [f"{str(key)[:LONGEST]!r} ({_short(value)})" for key, value in list(found.items())[:SHOWN]]
    return ", ".join(parts) + (f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else "")


def _several(found: Any) -> str:
    kind = type(found).__name__[:LONGEST]
    parts = [_short(value) for value in list(found)[:SHOWN]]
    more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
    return f"a {kind} of {len(found):,}: {', '.join(parts)}{more}" if parts else f"an empty {kind}"


def _short(value: Any) -> str:
    mark = ", which has a predict" if is_model(value) else ""
    return f"{'an' if _name(type(value))[:1] in 'aeiouAEIO' else 'a'} {_name(type(value))}{mark}"


def _name(kind: type) -> str:
    return kind.__name__[:LONGEST]
