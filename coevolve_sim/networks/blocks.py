"""Block models: the sizes of blocks, and the probabilities of ties within and between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.limits import check_mean_degree, check_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def block_sizes(n: int, blocks: int | Sequence[float]) -> NDArray[np.int64]:
    """Return block sizes from a number of equal blocks or from shares, rounded by largest remainder.

    Raises
    ------
    NetworkError
        If there are more blocks than humans, shares do not sum to 1, or a block would be empty.

    Examples
    --------
    >>> block_sizes(10, 3).tolist(), block_sizes(10, [0.55, 0.45]).tolist()
    ([4, 3, 3], [6, 4])
    """
    if isinstance(blocks, int | np.integer):
        most = n if n > 1 else 2**31 - 1
        check_whole("stochastic_block", "blocks", int(blocks), 1, most, "each needs a human")
        count = int(blocks) if n > 1 else 1
        return np.full(count, n // count) + (np.arange(count) < n % count)
    shares = np.asarray(blocks, dtype=np.float64)
    if shares.ndim != 1 or not (shares > 0).all() or not math.isclose(shares.sum(), 1, abs_tol=1e-6):
        raise NetworkError(
            "stochastic_block: blocks must be a number of blocks, or shares above 0 that sum to 1; "
            f"{list(blocks)} given, which sum to {shares.sum():g}"
        )
    if n == 1:
        return np.ones(1, np.int64)
    exact = shares / shares.sum() * n
    sizes: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    largest = np.argsort(sizes - exact, kind="stable")[: n - sizes.sum()]
    sizes[largest] += 1
    if not sizes.all():
        empty = int(np.flatnonzero(sizes == 0)[0])
        raise NetworkError(
            f"stochastic_block: block {empty} with share {shares[empty]:g} of {n} humans would be empty:"
            " take more humans or a larger share"
        )
    return sizes


def tie_probabilities(
    sizes: NDArray[np.int64], degree_within: float, degree_between: float
) -> tuple[NDArray[np.float64], float]:
    """Return the probability of a tie within each block, shape (blocks,), and between blocks.

    Raises
    ------
    NetworkError
        If the smallest block, or the other blocks, have too few humans for the degree.

    Examples
    --------
    >>> within, between = tie_probabilities(np.array([5, 5]), 2.0, 1.0)
    >>> within.tolist(), between
    ([0.5, 0.5], 0.2)
    """
    n = int(sizes.sum())
    for name, degree in (("degree_within", degree_within), ("degree_between", degree_between)):
        check_mean_degree("stochastic_block", n, degree, name)
    if n == 1:
        return np.zeros(1), 0.0
    smallest = int(sizes.min())
    if degree_within > smallest - 1:
        raise NetworkError(
            f"stochastic_block: degree_within must be in [0, {smallest - 1}], as the smallest block has "
            f"{smallest} human{'s' * (smallest > 1)}; {degree_within} given: lower it or take larger blocks"
        )
    across = (n * n - int((sizes * sizes).sum())) / n
    if degree_between > across:
        raise NetworkError(
            f"stochastic_block: degree_between must be in [0, {across:g}], the mean number of humans in "
            f"other blocks; {degree_between} given: lower it or take more blocks"
        )
    return degree_within / np.maximum(sizes - 1, 1), degree_between / across if across else 0.0
