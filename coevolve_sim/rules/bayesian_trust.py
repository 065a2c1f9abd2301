"""Bayesian trust: humans combine their own evidence with what peers and assistants claim to know.

A belief about an unknown number is a mean, which is a human's value, and a precision, which says how sure the
human is. Precision is counted in pieces of evidence: one piece has precision 1, so the variance that a human
claims is the variance of one piece divided by the precision. The logarithm of the precision is kept: it does
not overflow when beliefs lock in. A belief is not carried over to the next round: it is computed anew from
all evidence so far and from what is heard, so that a human's own influence on others comes back to it as if
it were independent evidence. `coevolve_sim.rules.trust_theory.update_beliefs` is the reference version, with
a matrix of trust.

References
----------
[Qiu2025]_
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import kernels
from coevolve_sim.rules.exchange import Perceived
from coevolve_sim.rules.rule import Consultation, Exchange, HumanState, Moved, Rule
from coevolve_sim.rules.susceptibility import checked_values
from coevolve_sim.threads import run_in_blocks

ARRAYS = 5
"""How many arrays of the shape of values the rule needs in a round, old and new state included."""


def pool_beliefs(
    log_precision: Floats, means: Floats, other_log_precision: Floats, other_means: Floats
) -> tuple[Floats, Floats]:
    """Combine beliefs pairwise: means are weighted by precision, and precisions add up.

    Parameters
    ----------
    log_precision, other_log_precision : float arrays, shape (humans,)
        Natural logarithm of precision; ``-inf`` where nothing is known.
    means, other_means : float arrays, shape (humans, dimensions)

    Returns
    -------
    log_precision : float64 array, shape (humans,)
    means : float64 array, shape (humans, dimensions)
        The first mean where neither knows anything.

    Examples
    --------
    >>> log_precision, means = pool_beliefs(np.zeros(1), np.array([[0.2]]), np.log([3.0]), np.array([[0.6]]))
    >>> np.exp(log_precision).round(9).tolist(), means.round(9).tolist()
    ([4.0], [[0.5]])
    """
    # logaddexp factors out the larger of the two, so that precisions beyond float64 (exp(710)) can be added.
    total = np.logaddexp(log_precision, other_log_precision)
    known = np.where(np.isneginf(total), 0.0, total)
    share = np.exp(other_log_precision - known)[:, None]
    return total, means + share * (other_means - means)


def pool_with_peers(
    log_precision: Floats,
    means: Floats,
    peers_log_precision: Floats,
    heard: Perceived,
    ties: Ties,
    trust: float,
) -> tuple[Floats, Floats]:
    """Combine own evidence with the beliefs of peers, each trusted ``trust`` times the weight of its tie.

    ``q_i' = q_i + trust * sum_j w_ij Q_j``, and means are averaged with the same weights.

    Parameters
    ----------
    log_precision : float array, shape (humans,)
        Natural logarithm of q, the precision of each human's own evidence.
    means : float array, shape (humans, dimensions)
        Mean of that evidence.
    peers_log_precision : float array, shape (humans,)
        Natural logarithm of Q, the precision that each human claimed the round before.
    heard : Perceived
        What is perceived of the means of those beliefs.
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
    >>> from coevolve_sim.rules.exchange import perceive_exactly
    >>> x, ties = np.array([[0.2], [0.6]]), full_mixing(2)
    >>> after, means = pool_with_peers(np.zeros(2), x, np.zeros(2), perceive_exactly(x, ties), ties, 1.0)
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
            run_in_blocks(
                kernels.pool_over_ties,
                ties.n_humans,
                ties.count_read(means.shape[1]),
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


@dataclass(frozen=True)
class Trust:
    """How much others' beliefs count as evidence, as a share of the precision that they claim."""

    peer: float = 0.0
    assistant: float = 1.0


@dataclass(frozen=True)
class BayesianTrust(Rule):
    """Rule in which humans combine evidence and others' claims by precision [Qiu2025]_.

    Its state is ``log_precision``, of each human's belief; ``evidence``, the mean of all pieces of evidence
    so far; and ``told_log_precision`` and ``told``, the belief that an assistant last stated to the human.

    Parameters
    ----------
    trust : Trust
        Trust in peers, times the weight of the tie, and in the assistant last consulted.
    truth : float or mapping of dimension to float
        The number around which evidence is drawn.
    evidence_sd : float
        Standard deviation of a piece of evidence, above 0.
    """

    name: ClassVar[str] = "bayesian_trust"
    meaning: ClassVar[str] = (
        "Weighs own evidence with what peers and assistants claim to know, each by its precision."
    )
    source: ClassVar[str] = "Qiu2025"
    weighted: ClassVar[bool] = True
    answers: ClassVar[bool] = True
    moves_alone: ClassVar[bool] = True
    trust: Trust = field(default_factory=Trust)
    truth: float | Mapping[str, float] = 0.5
    evidence_sd: float = 0.1

    def first_state(self, values: Floats) -> dict[str, Kept]:
        """Return the state before the first round: initial values are the first piece of evidence."""
        n_humans = len(values)
        return {
            "log_precision": np.zeros(n_humans),
            "evidence": values.copy(),
            "told_log_precision": np.full(n_humans, -np.inf),
            "told": np.zeros_like(values),
        }

    def memory_per_human(self, n_dimensions: int) -> int:
        """Return how many numbers the rule needs for a human."""
        return ARRAYS * n_dimensions

    def claims(self, state: HumanState) -> Floats:
        """Return the logarithm of the precision of each human's belief."""
        return np.asarray(state["log_precision"], dtype=np.float64)

    def exchange(self, given: Exchange) -> Moved:
        """Combine all evidence so far with what peers believed the round before; then draw one more piece.

        In round r a human has r pieces of evidence: its initial values, and one from each round before.
        """
        context, kept = given.context, given.state
        evidence = np.asarray(kept["evidence"], dtype=np.float64)
        log_precision, means = pool_with_peers(
            np.full(len(given.values), np.log(context.round_index)),
            evidence,
            np.asarray(kept["log_precision"], dtype=np.float64),
            given.perceived,
            given.ties,
            self.trust.peer,
        )
        truth = context.per_dimension(self.truth)
        # A running mean, which counts from the next round on.
        piece = context.stream("evidence").normal(truth, self.evidence_sd, evidence.shape)
        seen = evidence + (piece - evidence) / (context.round_index + 1.0)
        return Moved(means, {**kept, "log_precision": log_precision, "evidence": seen})

    def consult(self, given: Consultation) -> Moved:
        """Store what assistants said; combine everybody's belief with what an assistant last told them."""
        kept = {name: np.asarray(array, dtype=np.float64) for name, array in given.state.items()}
        if given.humans.size:
            kept["told_log_precision"], kept["told"] = kept["told_log_precision"].copy(), kept["told"].copy()
            humans, chosen, told = given.reached()
            kept["told_log_precision"][humans] = given.read_claims()[chosen]
            kept["told"][humans] = told
        with np.errstate(divide="ignore"):
            trusted = kept["told_log_precision"] + np.log(self.trust.assistant)
        log_precision, means = pool_beliefs(kept["log_precision"], given.values, trusted, kept["told"])
        # Only the value is clipped: evidence may lie outside [0, 1], or its mean would be biased.
        return Moved(np.clip(means, 0.0, 1.0), {**kept, "log_precision": log_precision})
