"""Conflict in a network: polarization and disagreement of the values that people come to express.

In Friedkin and Johnsen's model on ties of weight w_ij, people with innate values s express
z = (I + L)^-1 s, where L is the Laplacian of the network [Musco2018]_. Directed ties are symmetrised as
(A + A') / 2: a one-sided tie counts half.

Full mixing is solved in closed form, and up to 32 humans by a dense solve. Larger networks are solved by
conjugate gradients [Hestenes1952]_ for all dimensions at once, with the diagonal of I + L as preconditioner.
They stop at a residual of 1e-10 of the right-hand side s~ for the values themselves, and of 1e-7 for the
index, whose error falls with the square of the residual: it is below 1e-14 ||s~||^2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.checking import Measured, checked_ties, checked_values, match_input_shape
from coevolve_sim.measures.measure import Measure
from coevolve_sim.measures.tie_sums import laplacian_product, strengths

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from coevolve_sim.networks.ties import Ties

DENSE_UP_TO = 32
TOLERANCE = 1e-10
INDEX_TOLERANCE = 1e-7
MAX_ITERATIONS = 2_000


def expressed_values(innate: ArrayLike, ties: Ties) -> Floats:
    """Return the values that people come to express, z = (I + L)^-1 s, given innate values s.

    Cost: O(ties D) for each of some 10 to 60 iterations of the solver; O(N^3) up to 32 humans; O(N D) in full
    mixing.

    Parameters
    ----------
    innate : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    ties : Ties
        Who hears whom.

    Returns
    -------
    float array, of the shape of innate
        In [0, 1], with the same mean as innate values and no larger spread. Isolated humans express their
        innate values.

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
    # The mean solves the system as it is (L times a constant is 0). Without it the residual is relative to
    # differences, so that a society in near agreement is solved as exactly as any other.
    middle = matrix.mean(axis=0)
    expressed = middle + _solve(checked_ties(ties, len(matrix)), matrix - middle, TOLERANCE)
    # Exact solutions lie in [0, 1]; this takes away what the solver's residual leaves beyond.
    clipped: Floats = np.clip(expressed, 0.0, 1.0).reshape(np.shape(innate))
    return clipped


def polarization_disagreement_index(innate: ArrayLike, ties: Ties) -> Measured:
    """Polarization-disagreement index: the sum of both for the values that people come to express.

    With z as in `expressed_values`: sum_i (z_i - mean z)^2 + sum over ties of w (z_i - z_j)^2,
    which is s~' (I + L)^-1 s~ for innate values s~ minus their mean. High means that the network leaves
    people apart, or tied to those from whom they differ. It grows with the number of humans.
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
    return match_input_shape(index_by_dimension(matrix, checked_ties(ties, len(matrix))), innate)


def polarization_disagreement_per_head(innate: ArrayLike, ties: Ties) -> Measured:
    """Polarization-disagreement index over the number of humans, for societies of different sizes.

    Where networks have the same ties a head, it does not depend on the number of humans. In full mixing
    everybody is tied to everybody, and it falls as 1 / N. Cost: as `expressed_values`.

    Parameters
    ----------
    innate : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    ties : Ties
        Who hears whom.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 0.25].

    Raises
    ------
    MeasureError
        As `polarization_disagreement_index`.

    References
    ----------
    [Musco2018]_, equation 3, over the number of humans.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> round(polarization_disagreement_per_head([0.0, 1.0], from_edges(2, np.array([[0, 1]]))), 6)
    0.083333
    """
    return polarization_disagreement_index(innate, ties) / len(np.asarray(innate))


def index_by_dimension(innate: Floats, ties: Ties) -> Floats:
    """Return `polarization_disagreement_index` of each dimension, unchecked."""
    centred = innate - innate[0]  # first from one human: exactly 0 where all agree, and no digits are lost
    centred -= centred.mean(axis=0)
    return np.maximum(_dot(centred, _solve(ties, centred, INDEX_TOLERANCE)), 0.0)


def _solve(ties: Ties, right: Floats, tolerance: float) -> Floats:
    """Return (I + L)^-1 right for columns that sum to 0; the tolerance is that of conjugate gradients."""
    if ties.complete:
        # L = n I - 1 1', and 1 1' takes columns that sum to 0 to 0: what is left is (1 + n) I.
        return right / (1.0 + ties.n_humans)
    if ties.n_ties == 0:
        return right
    if ties.n_humans <= DENSE_UP_TO:
        identity = np.eye(ties.n_humans)
        dense = np.linalg.solve(identity + laplacian_product(ties, identity), right)
        return dense.astype(np.float64, copy=False)
    return _conjugate_gradients(ties, right, tolerance)


def _conjugate_gradients(ties: Ties, right: Floats, tolerance: float) -> Floats:
    """Solve the same system by conjugate gradients, for all columns at once with step sizes of their own."""
    # `strengths` counts an undirected tie twice, and a directed one, once: half of it is L's diagonal.
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
    # einsum on one thread: BLAS would sum in an order that depends on the number of its threads.
    return np.asarray(np.einsum("nd,nd->d", a, b))


def _ratio(above: Floats, below: Floats) -> Floats:
    """Return the quotient of each column; 0 for a column that is solved already."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


POLARIZATION_DISAGREEMENT_INDEX = Measure(
    "polarization_disagreement_index",
    "Polarization plus disagreement of what people would come to express on this network, had they "
    "the values of the start as innate ones; it changes only if the network does.",
    "the network leaves people apart, or tied to those they differ from",
    "[0, humans / 4]",
    "Musco2018",
    "O(N^3) to 32 humans, then O(E D) an iteration, 10 to 60 of them",
    True,
    lambda a: index_by_dimension(a.initial_values, a.ties),
    "Grows in proportion to N: a sum over people; `polarization_disagreement_per_head` is the mean.",
)
