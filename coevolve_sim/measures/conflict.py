"""Conflict in a network of people who weigh what they hear against what they hold dear.

In Friedkin and Johnsen's model on ties of weight w_ij, people of innate values s express
z = (I + L)^-1 s, L being the Laplacian of the network [Musco2018]_. Directed ties are symmetrised
as (A + A') / 2: a one-sided tie weighs half.

Full mixing is solved in closed form; up to 200 humans by a dense solve; above, by conjugate
gradients [Hestenes1952]_ for all dimensions at once, with I + L's diagonal as preconditioner. They
stop at a residual of 1e-10 of the right-hand side s~ for the values themselves, and of 1e-7 for the
index, whose error falls with the residual's square: it is below 1e-14 ||s~||^2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.checking import Measured, as_given, checked_ties, checked_values
from coevolve_sim.measures.tie_sums import laplacian_product, strengths

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from coevolve_sim.networks.ties import Ties

DENSE_UP_TO = 32
TOLERANCE = 1e-10
INDEX_TOLERANCE = 1e-7
MAX_ITERATIONS = 2_000


def expressed_values(innate: ArrayLike, ties: Ties) -> Floats:
    """Return what people come to express, z = (I + L)^-1 s, given innate values s.

    Cost: O(ties D) an iteration of the solver, some 10 to 60 of them; O(N^3) up to 200 humans;
    O(N D) in full mixing.

    Parameters
    ----------
    innate : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    ties : Ties
        Who hears whom.

    Returns
    -------
    float array, of the shape of innate
        In [0, 1]; of the same mean as innate, and no further spread. The isolated express what
        they hold.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], the ties are among another number of humans, or
        the solver does not converge.

    References
    ----------
    [Musco2018]_; [Friedkin1990]_

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> expressed_values([0.0, 0.75], from_edges(2, np.array([[0, 1]])))
    array([0.25, 0.5 ])
    """
    matrix = checked_values(innate, "innate values")
    middle = matrix.mean(axis=0)
    expressed = middle + _solve(checked_ties(ties, len(matrix)), matrix - middle, TOLERANCE)
    clipped: Floats = np.clip(expressed, 0.0, 1.0).reshape(np.shape(innate))
    return clipped


def polarization_disagreement_index(innate: ArrayLike, ties: Ties) -> Measured:
    """Polarization plus disagreement of the values people come to express.

    With z as in `expressed_values`: sum_i (z_i - mean z)^2 + sum over ties of w (z_i - z_j)^2,
    which is s~' (I + L)^-1 s~ for innate values s~ less their mean. High means that the network
    leaves people apart, or tied to those they differ from. It grows with the number of humans.
    Cost: as `expressed_values`.

    Parameters
    ----------
    innate : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    ties : Ties
        Who hears whom.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, humans / 4].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], the ties are among another number of humans, or
        the solver does not converge.

    References
    ----------
    [Musco2018]_, equation 3; [Chen2018]_ for its neighbours.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> round(polarization_disagreement_index([0.0, 1.0], from_edges(2, np.array([[0, 1]]))), 6)
    0.166667
    """
    matrix = checked_values(innate, "innate values")
    return as_given(index_by_dimension(matrix, checked_ties(ties, len(matrix))), innate)


def index_by_dimension(innate: Floats, ties: Ties) -> Floats:
    """`polarization_disagreement_index` of each dimension, unchecked."""
    centred = innate - innate[0]
    centred -= centred.mean(axis=0)
    return np.maximum(_dot(centred, _solve(ties, centred, INDEX_TOLERANCE)), 0.0)


def _solve(ties: Ties, right: Floats, tolerance: float) -> Floats:
    """(I + L)^-1 right, for columns which sum to 0; the tolerance is that of conjugate gradients."""
    if ties.complete:
        return right / (1.0 + ties.n_humans)
    if ties.n_ties == 0:
        return right
    if ties.n_humans <= DENSE_UP_TO:
        identity = np.eye(ties.n_humans)
        dense = np.linalg.solve(identity + laplacian_product(ties, identity), right)
        return dense.astype(np.float64, copy=False)
    return _conjugate_gradients(ties, right, tolerance)


def _conjugate_gradients(ties: Ties, right: Floats, tolerance: float) -> Floats:
    """Solve the same by conjugate gradients for all columns at once, each at its own pace."""
    diagonal = 1.0 + strengths(ties)[:, None] / 2.0
    solution = np.zeros_like(right)
    residual = right.copy()
    direction = residual / diagonal
    slope = _dot(residual, direction)
    goal = tolerance**2 * _dot(right, right)
    for _ in range(MAX_ITERATIONS):
        if (_dot(residual, residual) <= goal).all():
            return solution
        image = direction + laplacian_product(ties, direction)
        step = _ratio(slope, _dot(direction, image))
        solution += step * direction
        residual -= step * image
        scaled = residual / diagonal
        next_slope = _dot(residual, scaled)
        direction = scaled + _ratio(next_slope, slope) * direction
        slope = next_slope
    worst = float(np.sqrt(np.max(_ratio(_dot(residual, residual), _dot(right, right)))))
    raise MeasureError(
        f"conjugate gradients must reach a residual of {tolerance:g} in {MAX_ITERATIONS} iterations; "
        f"{worst:.1e} reached: rescale tie weights that span many orders of magnitude"
    )


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("nd,nd->d", a, b))


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient of each column; 0 for a column already solved."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
