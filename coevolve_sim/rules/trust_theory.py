"""The theory of Bayesian trust: agents who treat each other's beliefs as evidence, and so can lock in.

Agents estimate an unknown number. Each gathers evidence of its own, of precision ``p`` that grows from round
to round, and treats what others believed the round before as if it were evidence too, with trust
``W[i, j]``::

    q'    = p + W q
    nu' q' = estimate p + W (nu q)

``q`` is the precision that an agent claims and ``nu`` the mean of its belief. Beliefs come back to those who
held them first, so the same evidence is counted again and again: if the spectral radius of W is above 1,
precision grows geometrically, later evidence has no effect, and the group is locked in to what it happened to
believe first. For one assistant that trusts each of n humans by ``lambda_1``, and that each human trusts by
``lambda_2``, the radius is ``c = n lambda_1 lambda_2``.

The logarithm of the precision is kept: the precision itself overflows float64 near 7,400 rounds at c = 1.1.

Scenarios use this model as rule and policy ``bayesian_trust``. This module has the reference recursion with
which the simulation is compared, and the closed forms that theory gives.

References
----------
[Qiu2025]_
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.streams import stream


@dataclass(frozen=True, eq=False)
class Beliefs:
    """The beliefs of all agents.

    Attributes
    ----------
    log_precision : float64 array, shape (agents,)
        Natural logarithm of the precision that each claims.
    means : float64 array, shape (..., agents)
        Mean of each agent's belief; leading axes are replications, which share precisions.
    """

    log_precision: Floats
    means: Floats


def spectral_radius(trust: Floats) -> float:
    """Return the spectral radius of a trust matrix (largest absolute eigenvalue); above 1, beliefs lock in.

    Examples
    --------
    >>> round(spectral_radius(trust_through_assistant(10, 0.11, 1.0)), 12)
    1.1
    """
    return float(np.abs(np.linalg.eigvals(_checked_trust(trust))).max())


def trust_through_assistant(n_humans: int, assistants_trust: float, humans_trust: float) -> Floats:
    """Return humans' trust in each other that runs through one assistant: ``lambda_1 lambda_2`` for all.

    Parameters
    ----------
    n_humans : int
        At least 1.
    assistants_trust, humans_trust : float
        lambda_1, the assistant's trust in each human, and lambda_2, each human's trust in it; at least 0.

    Returns
    -------
    float64 array, shape (n_humans, n_humans)

    Examples
    --------
    >>> trust_through_assistant(2, 0.5, 0.5).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    return np.full((n_humans, n_humans), assistants_trust * humans_trust)


def update_beliefs(beliefs: Beliefs, trust: Floats, log_evidence: Floats, estimates: Floats) -> Beliefs:
    """Compute beliefs after one round: own evidence and others' beliefs, weighted by precision.

    Parameters
    ----------
    beliefs : Beliefs
        Beliefs of the round before.
    trust : float array, shape (agents, agents)
        Trust of the row's agent in the column's agent, at least 0.
    log_evidence : float array, shape (agents,)
        Natural logarithm of the precision of each agent's own evidence so far.
    estimates : float array, shape (..., agents)
        Mean of that evidence.

    Returns
    -------
    Beliefs

    Raises
    ------
    RuleError
        If trust is not a square matrix of numbers that are at least 0.

    Examples
    --------
    >>> before = Beliefs(np.zeros(1), np.array([0.0]))
    >>> after = update_beliefs(before, np.array([[1.0]]), np.zeros(1), np.array([1.0]))
    >>> np.exp(after.log_precision).round(9).tolist(), after.means.round(9).tolist()
    ([2.0], [0.5])
    """
    with np.errstate(divide="ignore"):
        log_trust = np.log(_checked_trust(trust))
    log_parts = np.concatenate([log_evidence[:, None], log_trust + beliefs.log_precision], axis=1)
    greatest = log_parts.max(axis=1, keepdims=True)
    parts = np.exp(log_parts - greatest)
    total = parts.sum(axis=1, keepdims=True)
    shares = parts / total
    means = estimates * shares[:, 0] + beliefs.means @ shares[:, 1:].T
    return Beliefs((greatest + np.log(total))[:, 0], means)


def assistant_log_precision(beliefs: Beliefs, assistants_trust: float) -> float:
    """Return the log precision of an assistant that adds up all humans' beliefs.

    Examples
    --------
    >>> round(assistant_log_precision(Beliefs(np.zeros(10), np.zeros(10)), 0.1), 12)
    0.0
    """
    greatest = beliefs.log_precision.max()
    summed = np.log(np.exp(beliefs.log_precision - greatest).sum())
    return float(greatest + summed + np.log(assistants_trust))


@dataclass(frozen=True, eq=False)
class LockIn:
    """Trajectories of humans who trust one assistant, round by round.

    Attributes
    ----------
    assistant : float64 array, shape (rounds,)
        Natural logarithm of the assistant's precision.
    humans : float64 array, shape (rounds,)
        Natural logarithm of the precision that each human claims, in the same round.
    actual_sd : float64 array, shape (rounds,)
        Standard deviation over replications of the humans' mean belief; the truth is 0.
    means : float64 array, shape (replications,)
        The humans' mean belief after the last round.
    """

    assistant: Floats
    humans: Floats
    actual_sd: Floats
    means: Floats

    @property
    def overconfidence(self) -> Floats:
        """Actual over claimed standard deviation; the sharpest sign of lock-in."""
        ratio: Floats = self.actual_sd * np.exp(self.humans / 2.0)
        return ratio


def lock_in(
    n_rounds: int,
    *,
    n_humans: int = 10,
    assistants_trust: float = 0.11,
    humans_trust: float = 1.0,
    n_replications: int = 1,
    seed: int = 0,
) -> LockIn:
    """Simulate humans who see one draw of N(0, 1) a round and trust an assistant that learns from them.

    At first each human has one draw, and believes it with precision 1. In every round the assistant adds up
    what humans believe; then each human combines all its draws up to the round before with what the assistant
    says.

    Parameters
    ----------
    n_rounds : int
        At least 1.
    n_humans : int
        At least 1.
    assistants_trust, humans_trust : float
        lambda_1 and lambda_2; lock-in if ``n_humans`` times both is above 1.
    n_replications : int
        Independent repetitions, each with its own draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    LockIn

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> lock_in(500, assistants_trust=0.1).assistant[-1].round(4)
    np.float64(11.7341)
    """
    rng = stream(seed, "lock-in evidence")
    trust = trust_through_assistant(n_humans, assistants_trust, humans_trust)
    shape = (n_replications, n_humans)
    seen = rng.standard_normal(shape)
    beliefs = Beliefs(np.zeros(n_humans), seen)
    course = np.empty((3, n_rounds))
    for index in range(n_rounds):
        course[0, index] = assistant_log_precision(beliefs, assistants_trust)
        course[1, index] = beliefs.log_precision[0]
        course[2, index] = beliefs.means.mean(axis=1).std()
        if index == n_rounds - 1:
            break
        if index > 0:
            seen = seen + rng.standard_normal(shape)
        log_evidence = np.full(n_humans, np.log(index + 1.0))
        beliefs = update_beliefs(beliefs, trust, log_evidence, seen / (index + 1.0))
    return LockIn(course[0], course[1], course[2], beliefs.means.mean(axis=1))


def locked_in_sd(c: float, n_humans: int) -> float:
    """Return the standard deviation of the mean belief in which people lock in, for c above 1.

    ``Var = [(c/(c-1))^2 + 1/((c-1)^2 (c^2-1))] / (n K^2)``, ``K = 1 + c/(c-1)^2``.

    Raises
    ------
    RuleError
        If c is not above 1, where beliefs do not lock in.

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> [round(locked_in_sd(c, 10), 4) for c in (1.1, 1.2, 1.5)]
    [0.0696, 0.0983, 0.1578]
    """
    if not c > 1.0:
        raise RuleError(f"c is {c}; beliefs lock in only where it is above 1")
    k = 1.0 + c / (c - 1.0) ** 2
    variance = (c / (c - 1.0)) ** 2 + 1.0 / ((c - 1.0) ** 2 * (c**2 - 1.0))
    return float(np.sqrt(variance / n_humans) / k)


def _checked_trust(trust: Floats) -> Floats:
    matrix = np.asarray(trust, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise RuleError(f"trust has shape {matrix.shape}; a square matrix is wanted")
    if not (np.isfinite(matrix) & (matrix >= 0.0)).all():
        raise RuleError(f"trust must be finite and at least 0; least given is {matrix.min()}")
    return matrix
