"""Modes of the density of people: a number of camps that does not depend on the number of people.

Clusters cut by gaps (`coevolve_sim.measures.clusters`) do depend on it: in a large society somebody stands in
every gap. A density has the same peaks in a thousand people as in a million.

People are counted on a grid of 1,024 cells a unit of value and smoothed with a Gaussian kernel, at three
bandwidths h (.01, .02, .04): narrow ones tell camps that stand close to each other apart, the wide one finds
camps that are spread out. In the square root of the density, sampling noise is the same at all heights, about
sqrt(.28 / (N h)) / 2. A peak counts as a mode if this root falls by more than a limit on both sides of it
before it rises to the next mode; the limit of a bandwidth is such that one in a hundred samples of 100 people
drawn evenly over [0, 1] passes it. The number of modes is the largest that a bandwidth finds, and at least 1.

Bandwidths and limits are constants from 100 people on, so that the number belongs to the distribution
[Silverman1981]_. Of fewer people, limits are multiplied by sqrt(100 / N), as the noise is: what they are too
few to show is not counted, and up to 7 people it is always 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import compiled
from coevolve_sim.measures.checking import Measured, checked_values, match_input_shape
from coevolve_sim.measures.diversity import covariance
from coevolve_sim.threads import run_in_blocks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CELLS = 1024
SCALES = np.array([[0.01, 1.55], [0.02, 1.02], [0.04, 0.57]])
"""Bandwidths, in units of value, and the limit of each: what the root of the density must fall by."""

REACH = 4.0
"""Half the width of a kernel, in bandwidths."""

ENOUGH = 100
"""The number of people from which on limits are constant."""


def density_modes(values: ArrayLike) -> Measured:
    """Count the modes of the density of people: 1 for one heap, k for k camps, whatever their number.

    Camps of standard deviation .05 are told apart from .3 on, and sharp ones (.005) from .1 on. A camp of
    fewer than 3 to 6 people in 100 is not counted. Answers on a scale of a few points have a mode at each
    point that is in use. Of 1,000 samples with camps .3 apart and equally large, of standard deviation .05,
    the count was right in all for two camps and in 996 for three at 100 people, and in all from 300 on; one
    heap counted 1 in all; people spread evenly over [0, 1] counted 1 in 973 at 100 people and in all from
    300 on. At 30 people two camps counted 2 in 704 (1 in the others), three camps 3 in 176, and people
    spread evenly 1 in 971. Cost: O(N D), and about 0.5 ms a dimension.

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float or float array, shape (dimensions,)
        Whole numbers from 1, at most 30.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Silverman1981]_

    Examples
    --------
    >>> camps = np.repeat([0.2, 0.5, 0.8], 40)
    >>> density_modes(camps), density_modes(np.linspace(0.0, 1.0, 120))
    (3.0, 1.0)
    """
    return match_input_shape(modes_by_dimension(checked_values(values)), values)


def density_modes_on_first_axis(values: ArrayLike) -> float:
    """Count the modes of people along the direction in which they differ most, over all dimensions at once.

    The direction is the first principal axis, and distances along it are those of the value space (not
    divided by the root of the number of dimensions). Camps that differ a little in each of many dimensions
    show here and not in `density_modes`; camps that do not lie on one line may hide each other, and where two
    axes carry the same variance, which of them it is hangs on the last bit. Right as often as `density_modes`
    for two and three camps on a line in 10 dimensions. Cost: O(N D^2).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float
        A whole number from 1.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Silverman1981]_

    Examples
    --------
    >>> density_modes_on_first_axis(np.repeat([[0.3, 0.4], [0.5, 0.6]], 60, axis=0))
    2.0
    """
    matrix = checked_values(values)
    return modes_on_axis(matrix, covariance(matrix))


def modes_by_dimension(values: Floats) -> Floats:
    """Return `density_modes` of each dimension, unchecked."""
    counts = run_in_blocks(_count_people, *values.shape, values, CELLS + 1)
    return _count_modes(np.sum(counts, axis=0), len(values), SCALES)


def modes_on_axis(values: Floats, spread: Floats) -> float:
    """Return `density_modes_on_first_axis` of values and their covariance, unchecked."""
    if not spread.any():
        return 1.0
    axis = np.linalg.eigh(spread)[1][:, -1]
    places = np.einsum("nd,d->n", values, axis)  # on one thread, in one order: BLAS has neither
    places -= places.min()
    counts = _count_people(0, len(places), places[:, None], int(places.max() * CELLS) + 2)
    return float(_count_modes(counts, len(values), SCALES)[0])


@compiled
def _count_people(first: int, last: int, values: Floats, n_cells: int) -> NDArray[np.int64]:
    """Count people at the nearest of the grid's points, in each dimension, shape (dimensions, cells)."""
    out = np.zeros((values.shape[1], n_cells), np.int64)
    for i in range(first, last):
        for d in range(values.shape[1]):
            out[d, int(values[i, d] * CELLS + 0.5)] += 1
    return out


@compiled
def _count_modes(counts: NDArray[np.int64], n: int, scales: Floats) -> Floats:
    """Return the largest number of modes that a bandwidth finds in each row of counts of n people."""
    out = np.ones(counts.shape[0])
    for s in range(scales.shape[0]):
        bandwidth = scales[s, 0] * CELLS
        limit = scales[s, 1] * max(1.0, np.sqrt(ENOUGH / n))
        reach = int(np.ceil(REACH * bandwidth))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / bandwidth) ** 2)
        kernel *= CELLS / (np.sum(kernel) * n)
        for d in range(counts.shape[0]):
            density = np.zeros(counts.shape[1] + 2 * reach)
            for k in range(counts.shape[1]):
                if counts[d, k] > 0:
                    for j in range(kernel.size):
                        density[k + j] += counts[d, k] * kernel[j]
            out[d] = max(out[d], _count_peaks(np.sqrt(density), limit))
    return out


@compiled
def _count_peaks(heights: Floats, limit: float) -> float:
    """Count peaks from which a line falls by more than a limit on both sides; it begins and ends at 0."""
    n_peaks, rising = 0.0, False
    low, high = 0.0, 0.0
    for height in heights:
        if rising:
            high = max(high, height)
            if height < high - limit:
                rising, low = False, height
                n_peaks += 1.0
        else:
            low = min(low, height)
            if height > low + limit:
                rising, high = True, height
    return n_peaks + 1.0 if rising and high > limit else n_peaks
