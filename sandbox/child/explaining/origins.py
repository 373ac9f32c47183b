"""From the columns that a transformer makes back to those that it was given: one-hot parts belong to their source."""

import copy
from collections.abc import Sequence
from typing import Any

from sandbox.child import evidence

MISSING = "missingindicator_"
"""What an imputer puts before the name of a column whose gaps it marks."""


class UntraceableError(Exception):
    """A column was made of several; the message says by what."""


def origins(step: Any, count: int) -> list[int]:
    """For each column that a fitted transformer makes, the place of the one that it comes from among the ``count`` that
    it is given. Raises UntraceableError where one comes of several."""
    if step is None or step == "passthrough":
        return list(range(count))
    if hasattr(step, "steps"):
        return through([part for _, part in step.steps], count)
    if hasattr(step, "transformers_"):
        return _of_columns(step, count)
    if hasattr(step, "categories_") and hasattr(step, "feature_name_combiner"):
        step = _naming_sources(step)
    return _by_names(step, count)


def through(steps: Sequence[Any], count: int) -> list[int]:
    """Of several transformers, one after the other."""
    found = list(range(count))
    for step in steps:
        made = origins(step, len(found))
        found = [found[place] for place in made]
    return found


def _of_columns(step: Any, count: int) -> list[int]:
    """Of a ColumnTransformer, which writes down where it puts what."""
    names = list(map(str, getattr(step, "feature_names_in_", [f"x{place}" for place in range(count)])))
    places = {name: place for place, name in enumerate(names)}
    found: dict[int, int] = {}
    for name, part, columns in step.transformers_:
        put = range(*step.output_indices_[name].indices(10**9))
        if part == "drop" or not len(put):
            continue
        given = [places[column] for column in evidence.picked(names, columns)]
        made = origins(part, len(given))
        if len(made) != len(put):
            raise UntraceableError(_words(part))
        found |= {target: given[source] for target, source in zip(put, made, strict=True)}
    return [found[place] for place in range(len(found))]


def _naming_sources(encoder: Any) -> Any:
    """The same OneHotEncoder, which calls each column that it makes by the name of its source alone."""
    named = copy.copy(encoder)
    named.feature_name_combiner = lambda feature, _: str(feature)
    return named


def _by_names(step: Any, count: int) -> list[int]:
    names = list(map(str, getattr(step, "feature_names_in_", [f"x{place}" for place in range(count)])))
    places = {name: place for place, name in enumerate(names)}
    try:
        made = map(str, step.get_feature_names_out(names))
        return [places[name if name in places else name.removeprefix(MISSING)] for name in made]
    except (AttributeError, ValueError, TypeError, KeyError) as error:
        raise UntraceableError(_words(step)) from error


def _words(step: Any) -> str:
    return f"what {type(step).__name__} makes is not of one column each"
