"""How far two samples of a number lie apart, by their shares in ten bins of the first."""

import numpy as np

BINS = 10
LEAST = 1e-4
"""An empty bin counts as so small a share."""


def psi(before: np.ndarray, after: np.ndarray) -> float | None:
    """Population stability index: the sum of (b - a) ln(b / a) over the bins. None where a side has no number.

    >>> numbers = np.arange(1000.0)
    >>> psi(numbers, numbers), round(psi(numbers, numbers + 100), 2)
    (0.0, 0.76)
    """
    shares = _shares(before, after)
    if shares is None:
        return None
    first, second = (np.maximum(share, LEAST) for share in shares)
    return float(((first - second) * np.log(first / second)).sum())


def jensen_shannon(before: np.ndarray, after: np.ndarray) -> float | None:
    """Jensen-Shannon distance to base 2: 0 for equal shares, 1 for none in common.

    >>> numbers = np.arange(1000.0)
    >>> jensen_shannon(numbers, numbers), jensen_shannon(numbers, numbers + 5000)
    (0.0, 1.0)
    """
    from scipy.spatial.distance import jensenshannon

    shares = _shares(before, after, outside=True)
    return None if shares is None else float(np.nan_to_num(jensenshannon(*shares, base=2)))


def _shares(before: np.ndarray, after: np.ndarray, *, outside: bool = False) -> tuple[np.ndarray, np.ndarray] | None:
    """outside: what lies beyond the first sample has bins of its own."""
    first, second = (side[np.isfinite(side)] for side in (before, after))
    if not len(first) or not len(second):
        return None
    inner = np.unique(np.quantile(first, np.linspace(0, 1, BINS + 1)))
    if outside:
        edges = (
            np.r_[-np.inf, inner[0], np.nextafter(inner[1:], np.inf), np.inf] if len(inner) > 1 else _around(inner[0])
        )
    else:
        edges = np.r_[-np.inf, inner[1:-1], np.inf] if len(inner) > 2 else _around(inner[0])
    counts = [np.histogram(side, bins=edges)[0] / len(side) for side in (first, second)]
    return counts[0], counts[1]


def _around(value: float) -> np.ndarray:
    """Of a sample that is one number."""
    return np.array([-np.inf, value, np.nextafter(value, np.inf), np.inf])
