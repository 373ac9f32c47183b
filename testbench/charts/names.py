"""Names on an axis: short, without effect, and each its own."""

from collections.abc import Sequence

from batch_zero.text import as_html, shortened

LONGEST = 28
"""Characters."""


def name_of(text: object) -> str:
    """Plotly reads tags in any text."""
    return as_html(shortened(str(text), LONGEST))


def names_of(features: Sequence[object]) -> list[str]:
    return distinct([name_of(feature) for feature in features])


def distinct(labels: Sequence[str]) -> list[str]:
    """Two features that are shortened to one name are two rows all the same."""
    found: list[str] = []
    for label in labels:
        again = sum(one == label or one.startswith(f"{label} (") for one in found)
        found.append(f"{label} ({again + 1})" if label in found else label)
    return found
