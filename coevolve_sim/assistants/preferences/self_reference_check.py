"""Accuracy of an annotator with a position bias, shown one order or both: exact, and simulated.

In each case the first text is better by a true difference d. The log odds that it is preferred are
d + b + noise where it is shown as A and d - b + noise where it is shown as B: b is the position bias, the
noise standard normal. With d standard normal, too, one order is right in .75 of the cases at b = 0 and in
.5725 at b = 2; the mean of both orders is right in .8041 whatever b is. With d always +-.6745, the .75
quantile of the normal, one order is as good at b = 0, falls to .5444 at b = 2, and both orders are right in
.8299.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.preferences.annotation import strength
from coevolve_sim.errors import PreferenceError
from coevolve_sim.streams import stream

FURTHEST_DRAWN = 12.0
"""Where integration over the standard normal ends: 4e-33 of it lies beyond."""

NODES = 200
"""Number of nodes of the Gauss-Legendre rule."""


@dataclass(frozen=True)
class AccuracyRow:
    """Accuracy of an annotator at one position bias.

    Attributes
    ----------
    bias : float
        What being shown as A adds to a text, in log odds.
    one_order, both_orders : float
        Share of the simulated cases in which the sign of the true difference is found.
    one_order_exact, both_orders_exact : float
        The same by integration.
    """

    bias: float
    one_order: float
    one_order_exact: float
    both_orders: float
    both_orders_exact: float


def draw_logits(differences: ArrayLike, bias: float, samples: int, seed: int) -> Floats:
    """Draw the log odds that an annotator with a position bias gives for the first text.

    Parameters
    ----------
    differences : float array, shape (...)
        How much better the first text is, in log odds.
    bias : float
        What being shown as A adds.
    samples : int
        How often each case is asked in each order, at least 1.
    seed : int
        Of the noise, which is the same whatever the bias.

    Returns
    -------
    float64 array, shape (..., samples, 2)
        The first shown as A, and the second.

    Examples
    --------
    >>> fair, unfair = (draw_logits([1.0], b, 1, seed=1) for b in (0.0, 2.0))
    >>> (unfair - fair).round(6).tolist()
    [[[2.0, -2.0]]]
    """
    true = np.asarray(differences, dtype=np.float64)
    noise = stream(seed, "noise of an annotator").standard_normal((*true.shape, samples, 2))
    return np.asarray(true[..., None, None] + np.array([bias, -bias]) + noise)


def one_order_accuracy(bias: float, difference: float | None = None) -> float:
    """Return the exact accuracy of an annotator who sees one order.

    Parameters
    ----------
    bias : float
        What being shown as A adds.
    difference : float, optional
        The true difference, + or - with the same probability; standard normal if not given.

    Returns
    -------
    float
        In (0, 1).

    Examples
    --------
    >>> [round(one_order_accuracy(b), 4) for b in (0, 1, 2)]
    [0.75, 0.6823, 0.5725]
    >>> [round(one_order_accuracy(b, 0.6745), 4) for b in (0, 1, 2)]
    [0.75, 0.6627, 0.5444]
    """
    return _average_over_differences(lambda d: (ndtr(d + bias) + ndtr(d - bias)) / 2.0, difference)


def both_orders_accuracy(samples: int = 1, difference: float | None = None) -> float:
    """Return the exact accuracy of the mean over both orders and several samples, which has no position bias.

    Parameters
    ----------
    samples : int
        How often each order is asked, at least 1.
    difference : float, optional
        As for `one_order_accuracy`.

    Examples
    --------
    >>> [round(both_orders_accuracy(n), 4) for n in (1, 3)], round(both_orders_accuracy(1, 0.6745), 4)
    ([0.8041, 0.8766], 0.8299)
    """
    less_noise = (2.0 * samples) ** 0.5
    return _average_over_differences(lambda d: ndtr(d * less_noise), difference)


def check_position_bias(
    biases: Sequence[float] = (0.0, 1.0, 2.0), *, cases: int = 200_000, samples: int = 1, seed: int = 0
) -> list[AccuracyRow]:
    """Compare the accuracy of `strength`, over both orders, with that of one order alone, for each bias.

    True differences are standard normal.

    Parameters
    ----------
    biases : sequence of float
        A row each.
    cases : int
        How many pairs of texts are drawn, at least 1; the same for each bias.
    samples : int
        How often each order is asked for `strength`, at least 1.
    seed : int
        Of what is drawn.

    Raises
    ------
    PreferenceError
        If there are no cases or no samples.

    References
    ----------
    [Bao2024]_

    Examples
    --------
    >>> rows = check_position_bias(cases=20_000)
    >>> [(round(row.one_order, 1), round(row.both_orders, 1)) for row in rows]
    [(0.8, 0.8), (0.7, 0.8), (0.6, 0.8)]
    """
    if cases < 1 or samples < 1:
        raise PreferenceError(f"at least 1 case and 1 sample are drawn; {cases} and {samples} given")
    true = stream(seed, "true differences").standard_normal(cases)
    rows = []
    for bias in biases:
        logits = draw_logits(true, bias, samples, seed)
        rows.append(
            AccuracyRow(
                bias,
                _share_right(logits[:, 0, 0], true),
                one_order_accuracy(bias),
                _share_right(strength(logits), true),
                both_orders_accuracy(samples),
            )
        )
    return rows


def _average_over_differences(accuracy: Callable[[Floats], Floats], difference: float | None) -> float:
    """Return the accuracy at a true difference of either sign, or averaged over the standard normal."""
    if difference is not None:
        return float(accuracy(np.array([abs(difference)]))[0])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    d = FURTHEST_DRAWN * (nodes + 1.0) / 2.0
    density = 2.0 * np.exp(-d * d / 2.0) / np.sqrt(2.0 * np.pi)
    return float(FURTHEST_DRAWN / 2.0 * np.sum(weights * density * accuracy(d)))


def _share_right(found: Floats, true: Floats) -> float:
    return float(np.mean(np.sign(found) == np.sign(true)))
