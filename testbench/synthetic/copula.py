"""How the columns of a sample hang together, apart from their values: Gaussian copulas of its ranks.

Rows that are alike are grouped first, by a regression tree that tells all columns from all columns, and each group has
a copula of its own. One copula for all rows keeps the rank correlations, too, but not what never occurs together: an
airbag that deployed in a car that has none.
"""

from collections.abc import Iterator

import numpy as np

MOST_ROWS = 5_000
"""Of a sample that are looked at."""

SMALLEST_GROUP = 50
"""Smaller ones come nearer to the sample, and to copies of its rows."""

MOST_GROUPS = 100
WIDEST = 100
"""Columns up to which there are groups: the tree takes as long as their square."""


def shares(ranks: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """New rows, (rows, columns): where in the sorted values of each column theirs stand, as a share from 0 to 1.

    ranks: of the sample's values in their column, (rows, columns); from 0 on, −1 where there is none.
    """
    seen = ranks if len(ranks) <= MOST_ROWS else ranks[rng.choice(len(ranks), MOST_ROWS, replace=False)]
    whole = _filled(seen, np.zeros_like(seen), rng)
    drawn = np.empty((rows, ranks.shape[1]), dtype=np.int64)
    for group, among in _groups(whole, rows, rng):
        drawn[among] = _like(_filled(seen[group], whole[group], rng), len(among), rng)
    return _spread(drawn, ranks, rng)


def _filled(ranks: np.ndarray, otherwise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With the rank of another row where there is none; with ``otherwise`` where no row has one."""
    filled = ranks.copy()
    for column in np.flatnonzero((ranks < 0).any(axis=0)):
        gaps = ranks[:, column] < 0
        there = ranks[~gaps, column]
        filled[gaps, column] = rng.choice(there, gaps.sum()) if len(there) else otherwise[gaps, column]
    return filled


def _groups(ranks: np.ndarray, rows: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of the sample that are alike, and which of the new rows are to be like them: as many in proportion."""
    from sklearn.tree import DecisionTreeRegressor

    many, columns = ranks.shape
    smallest = max(SMALLEST_GROUP, many // MOST_GROUPS)
    scores = _scores(ranks)
    of = np.zeros(many, dtype=np.int64)
    if columns <= WIDEST and many >= 2 * smallest:
        tree = DecisionTreeRegressor(min_samples_leaf=smallest, random_state=int(rng.integers(2**31)))
        of = tree.fit(scores, scores).apply(scores)
    wanted = of[rng.integers(0, many, rows)]
    for group in np.unique(wanted):
        yield np.flatnonzero(of == group), np.flatnonzero(wanted == group)


def _like(ranks: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Ranks of new rows, by one Gaussian copula: the normal scores of these have the same correlations."""
    from scipy.special import ndtr

    many = len(ranks)
    root = np.linalg.qr(_scores(ranks), mode="r") / np.sqrt(many)  # its square is the correlation matrix
    normal = rng.standard_normal((rows, len(root))) @ root
    places = np.minimum((ndtr(normal) * many).astype(np.int64), many - 1)
    return np.take_along_axis(np.sort(ranks, axis=0), places, axis=0)


def _scores(ranks: np.ndarray) -> np.ndarray:
    """Normal scores of each column, of mean 0 and deviation 1; 0 where all are equal."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    scores = ndtri((rankdata(ranks, axis=0) - 0.5) / len(ranks))
    scores -= scores.mean(axis=0)
    spread = scores.std(axis=0)
    return np.asarray(np.divide(scores, spread, out=np.zeros_like(scores), where=spread > 1e-9))


def _spread(drawn: np.ndarray, ranks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ranks as shares: anywhere within the part of the sample that has this very rank."""
    found = rng.random(drawn.shape)
    for column in range(ranks.shape[1]):
        counts = np.bincount(ranks[ranks[:, column] >= 0, column])
        if len(counts):
            up_to = np.cumsum(counts)
            there = drawn[:, column]
            found[:, column] = (up_to[there] - found[:, column] * counts[there]) / up_to[-1]
    return found
