"""Assortativity: whether people are tied to others with similar values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures.checking import Measured, checked_ties, checked_values, match_input_shape
from coevolve_sim.measures.tie_sums import squared_differences, strengths

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from coevolve_sim.networks.ties import Ties


def assortativity(values: ArrayLike, ties: Ties) -> Measured:
    """Newman's numeric assortativity: correlation of the values at the two ends of a tie.

    1 when everybody hears only humans with the same value, 0 when ties are independent of values, below 0
    when humans hear those unlike themselves. Weights count; directed ties are symmetrised (each counts in
    both directions). In full mixing it is -1 / (N - 1). Cost: O(ties D), without a temporary of that size.

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    ties : Ties
        Who hears whom.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [-1, 1]; nan without ties, or where all tied people hold the same value.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or the ties are among another number of humans.

    References
    ----------
    [Newman2003]_, equation 21.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> assortativity([0.0, 0.0, 1.0, 1.0], from_edges(4, np.array([[0, 1], [2, 3]])))
    1.0
    """
    matrix = checked_values(values)
    return match_input_shape(assortativity_by_dimension(matrix, checked_ties(ties, len(matrix))), values)


def assortativity_by_dimension(values: Floats, ties: Ties, across: Floats | None = None) -> Floats:
    """Return assortativity of each dimension; `across` is `squared_differences(ties, values)` if known.

    With s_i the weight at human i and m the mean over ends of ties, it is
    1 - sum over ties of w (x_i - x_j)^2 / sum_i s_i (x_i - m)^2.
    """
    out = np.full(values.shape[1], np.nan)
    if ties.n_ties == 0:
        return out
    if ties.complete:
        out[np.ptp(values, axis=0) > 0] = -1.0 / (len(values) - 1)
        return out
    weight = strengths(ties)
    reference = values[np.argmax(weight > 0)]
    deviations = values - reference
    deviations -= np.einsum("n,nd->d", weight, deviations) / weight.sum()
    apart = np.einsum("n,nd,nd->d", weight, deviations, deviations)
    across = squared_differences(ties, values) if across is None else across
    np.divide(across, apart, out=out, where=apart > 0)
    return np.clip(1.0 - out, -1.0, 1.0)
