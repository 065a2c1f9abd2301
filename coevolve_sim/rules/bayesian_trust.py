"""Beliefs with a precision: own evidence, weighed with what others claim to know.

A belief about an unknown number is a mean, which is a value, and a precision, which says how sure one is.
Precision is counted in pieces of evidence: 1 is what one piece is worth, so that the variance a human claims
is the evidence's over the precision. It is kept as its logarithm, which neither overflows where beliefs lock
in nor is rounded away. Nothing of one's own belief is carried over: each round it is made anew of all
evidence so far and of what is heard, so that what one's own belief brought about comes back from others as if
it were theirs. `coevolve_sim.rules.trust_theory.updated_beliefs` is the plain twin, with a matrix of trust.

References
----------
[Qiu2025]_
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import kernels
from coevolve_sim.rules.exchange import Perceived
from coevolve_sim.rules.susceptibility import checked_values


def pooled(
    log_precision: Floats, means: Floats, other_log_precision: Floats, other_means: Floats
) -> tuple[Floats, Floats]:
    """Return beliefs of which each is two taken together, weighed by their precisions.

    Parameters
    ----------
    log_precision, other_log_precision : float arrays, shape (humans,)
        Natural logarithm of precision; ``-inf`` where nothing is known.
    means, other_means : float arrays, shape (humans, dimensions)

    Returns
    -------
    log_precision : float64 array, shape (humans,)
    means : float64 array, shape (humans, dimensions)
        As the first where neither knows anything.

    Examples
    --------
    >>> log_precision, means = pooled(np.zeros(1), np.array([[0.2]]), np.log([3.0]), np.array([[0.6]]))
    >>> np.exp(log_precision).round(9).tolist(), means.round(9).tolist()
    ([4.0], [[0.5]])
    """
    total = np.logaddexp(log_precision, other_log_precision)
    known = np.where(np.isneginf(total), 0.0, total)
    share = np.exp(other_log_precision - known)[:, None]
    return total, means + share * (other_means - means)


def weighed_with_peers(
    log_precision: Floats,
    means: Floats,
    peers_log_precision: Floats,
    heard: Perceived,
    ties: Ties,
    trust: float,
) -> tuple[Floats, Floats]:
    """Return beliefs weighed with those of the peers one hears, ``trust`` times the weight of the tie each.

    ``q_i' = q_i + trust * sum_j w_ij Q_j``, and means likewise by precision.

    Parameters
    ----------
    log_precision : float array, shape (humans,)
        Of one's own evidence, q.
    means : float array, shape (humans, dimensions)
        What it says.
    peers_log_precision : float array, shape (humans,)
        Q, that everybody claimed the round before.
    heard : Perceived
        What is perceived of the mean of that.
    ties : Ties
        Who hears whom; weights count.
    trust : float
        At least 0.

    Returns
    -------
    log_precision : float64 array, shape (humans,)
    means : float64 array, shape (humans, dimensions)

    Raises
    ------
    RuleError
        If trust is not a number that is at least 0, or shapes disagree.

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> from coevolve_sim.networks.ties import full_mixing
    >>> from coevolve_sim.rules.exchange import heard_exactly
    >>> x, ties = np.array([[0.2], [0.6]]), full_mixing(2)
    >>> after, means = weighed_with_peers(np.zeros(2), x, np.zeros(2), heard_exactly(x, ties), ties, 1.0)
    >>> np.exp(after).round(9).tolist(), means.round(9).ravel().tolist()
    ([2.0, 2.0], [0.4, 0.4])
    """
    if not (np.isfinite(trust) and trust >= 0.0):
        raise RuleError(f"trust is {trust}; a number that is at least 0 is wanted")
    means = checked_values(means, ties.n_humans, "means").copy()
    for name, array in (("log_precision", log_precision), ("peers_log_precision", peers_log_precision)):
        if array.shape != (ties.n_humans,):
            raise RuleError(f"{name} has shape {array.shape}; shape ({ties.n_humans},) is wanted")
    total = log_precision.copy()
    if trust > 0.0:
        log_trusted = peers_log_precision + np.log(trust)
        if ties.complete:
            kernels.pool_in_full_mixing(total, means, log_trusted, heard.perceived)
        else:
            kernels.pool_over_ties(
                total,
                means,
                log_trusted,
                heard.perceived,
                ties.indptr,
                ties.indices,
                heard.rows,
                ties.weights,
            )
    return total, means
