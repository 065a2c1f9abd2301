"""Polarization of a distribution: how the values of a dimension are spread, regardless of groups.

Four of the nine senses of [Bramson2016]_ (spread, dispersion, coverage, regionalization), with variance,
Sarle's bimodality coefficient and Esteban-Ray polarization. The other five senses are about groups: see
`group_polarization`.

Values of shape (humans,) give a float; values of shape (humans, dimensions) give an array (dimensions,). No
measure here depends on the order of the humans, not even in the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.measures.checking import (
    Measured,
    checked_count,
    checked_number,
    checked_values,
    match_input_shape,
)
from coevolve_sim.measures.sorted_columns import (
    BIMODALITY,
    DISPERSION,
    EMPTY_STRETCHES,
    OCCUPIED,
    VARIANCE,
    bin_occupancy,
    esteban_ray_of_columns,
    moments,
    sort_columns,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MAX_BINS = 10_000


def spread(values: ArrayLike) -> Measured:
    """Distance between the two most extreme people, 0 when all agree.

    High means that two people are far apart; a single pair decides it. Cost: O(D N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 1].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Bramson2016]_, the first sense.

    Examples
    --------
    >>> spread([0.25, 0.5, 0.75])
    0.5
    """
    matrix = checked_values(values)
    return match_input_shape(matrix.max(axis=0) - matrix.min(axis=0), values)


def dispersion(values: ArrayLike) -> Measured:
    """Mean absolute deviation from the mean, 0 when all agree, 0.5 for two equal camps at 0 and 1.

    High means that people are on average far from society's mean. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 0.5].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Bramson2016]_, the second sense (which names several such statistics; this is one, `variance`
    another).

    Examples
    --------
    >>> dispersion([0.0, 0.0, 1.0, 1.0])
    0.5
    """
    return match_input_shape(moments(sort_columns(checked_values(values)))[:, DISPERSION], values)


def variance(values: ArrayLike) -> Measured:
    """Return the population variance (divided by N), 0 when all agree, 0.25 for two equal camps at 0 and 1.

    High means that people differ; extremes weigh more than in `dispersion`. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 0.25].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Bramson2016]_, the second sense.

    Examples
    --------
    >>> variance([0.0, 1.0])
    0.25
    """
    return match_input_shape(moments(sort_columns(checked_values(values)))[:, VARIANCE], values)


def bimodality(values: ArrayLike) -> Measured:
    """Sarle's bimodality coefficient (skewness^2 + 1) / kurtosis, in its population form.

    High means two separate modes, or one mode with a long tail: it cannot tell the two apart. A uniform
    distribution has 5/9, a normal one 1/3, two points 1. Where all agree it is 0 by definition. Cost: O(D N
    log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 1].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Pfister2013]_, without the small-sample corrections.

    Examples
    --------
    >>> bimodality([0.2, 0.2, 0.7, 0.7])
    1.0
    """
    return match_input_shape(moments(sort_columns(checked_values(values)))[:, BIMODALITY], values)


def coverage(values: ArrayLike, bins: int = 20) -> Measured:
    """Share of equal bins of [0, 1] that are occupied by at least one human.

    **Low** coverage means more polarized: values crowd into few places. It depends on the bins and, in small
    societies, on the number of humans. A bin holds its lower edge; the last one holds 1 too.
    Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    bins : int, optional
        Number of bins, 1 to 10,000.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [1 / bins, 1].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or bins is out of its range.

    References
    ----------
    [Bramson2016]_, the third sense.

    Examples
    --------
    >>> coverage([0.05, 0.15, 0.95], bins=10)
    0.3
    """
    n_bins = checked_count("bins", bins, 1, MAX_BINS)
    occupied = bin_occupancy(sort_columns(checked_values(values)), n_bins)[:, OCCUPIED]
    return match_input_shape(occupied / n_bins, values)


def regionalization(values: ArrayLike, bins: int = 20) -> Measured:
    """Count the empty regions between occupied ones: stretches of empty bins.

    `coverage` measures how much is empty; this counts into how many parts the empty regions divide society.
    Empty regions at the ends do not count. 0 when all agree. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    bins : int, optional
        Number of equal bins of [0, 1], 1 to 10,000.

    Returns
    -------
    float or float array, shape (dimensions,)
        Whole numbers in [0, (bins - 1) / 2].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or bins is out of its range.

    References
    ----------
    [Bramson2016]_, the fourth sense.

    Examples
    --------
    >>> regionalization([0.05, 0.15, 0.45, 0.95], bins=10)
    2.0
    """
    n_bins = checked_count("bins", bins, 1, MAX_BINS)
    return match_input_shape(
        bin_occupancy(sort_columns(checked_values(values)), n_bins)[:, EMPTY_STRETCHES], values
    )


def esteban_ray(values: ArrayLike, alpha: float = 1.6, bins: int | None = 20) -> Measured:
    """Esteban-Ray polarization: sum over camps i, j of p_i^(1 + alpha) p_j abs(y_i - y_j).

    Identification within camps times alienation between them. Highest, 0.5^(1 + alpha), for two
    equal camps at 0 and 1; at alpha 0 it is the mean distance of a pair. Camps are the members of
    a bin, standing at their mean, so that two points are exact; `bins=None` makes a camp of each
    distinct value instead (of continuous values: nobody shares a camp, and it falls towards 0 as
    humans are added). Shares sum to 1 and the constant K is 1. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    alpha : float, optional
        Weight of identification, in [0, 1.6].
    bins : int, optional
        Number of equal bins of [0, 1], 1 to 10,000, or None.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 0.5 ** (1 + alpha)].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or alpha or bins is out of its range.

    References
    ----------
    [EstebanRay1994]_, theorem 1.

    Examples
    --------
    >>> round(esteban_ray([0.0, 0.0, 1.0, 1.0]), 3)
    0.165
    """
    exponent = checked_number("alpha", alpha, 0.0, 1.6)
    n_bins = 0 if bins is None else checked_count("bins", bins, 1, MAX_BINS)
    return match_input_shape(
        esteban_ray_of_columns(sort_columns(checked_values(values)), exponent, n_bins), values
    )
