"""A listener that weighs facts: log odds move by what a fact is worth, as by Bayes' rule [Chandra2026]_."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.rules.channel import select_topics
from coevolve_sim.rules.rule import Consultation, Exchange, Moved, Rule

ROUNDING = 1e-12
"""By how much a belief may miss a bound for rounding alone."""


def weigh_facts(beliefs: Floats, heard: Floats, reliability: float, certain: float) -> Floats:
    """Move beliefs by one fact each: ``log(b / (1 - b))`` by ``log(q / (1 - q))`` towards the side heard.

    Parameters
    ----------
    beliefs : float array, shape (listeners, dimensions)
        Probability of side 1, in [0, 1].
    heard : float array, shape (listeners, dimensions)
        The fact heard: above .5 it speaks for side 1, below for side 0, at .5 for neither.
    reliability : float
        q, the probability that a fact speaks for the truth, in [.5, 1).
    certain : float
        Who believes either side with this probability or more has made up their mind, and stays; in (.5, 1].

    Returns
    -------
    float64 array, shape (listeners, dimensions)
        In [0, 1].

    Raises
    ------
    RuleError
        If a number is out of its range.

    References
    ----------
    [Chandra2026]_

    Examples
    --------
    >>> beliefs, heard = np.array([[0.5, 0.5], [0.6, 0.995]]), np.array([[1.0, 0.5], [0.0, 0.0]])
    >>> weigh_facts(beliefs, heard, 0.6, 0.99).round(9).tolist()
    [[0.6, 0.5], [0.5, 0.995]]
    """
    if not 0.5 <= reliability < 1.0:
        raise RuleError(f"reliability is {reliability}; must be in [0.5, 1)")
    if not 0.5 < certain <= 1.0:
        raise RuleError(f"certain is {certain}; must be in (0.5, 1]")
    side = np.sign(np.where(np.abs(heard - 0.5) <= ROUNDING, 0.0, heard - 0.5))
    is_sure = np.abs(beliefs - 0.5) >= certain - 0.5 - ROUNDING
    worth = reliability / (1.0 - reliability)
    # Odds, not their logarithm: the same, and no belief is at 0 or 1 that moves.
    odds = beliefs / np.where(is_sure, 1.0, 1.0 - beliefs) * worth**side
    moved: Floats = np.where(is_sure | (side == 0.0) | (worth == 1.0), beliefs, odds / (1.0 + odds))
    return moved


def sustaining_sycophancy(reliability: float) -> float:
    """Return the sycophancy from which on a false belief sustains itself: ``(2q - 1) / (2q (1 - q))``.

    Of two facts a round. There people who lean to what is false move neither way on average; above it they
    move away from the truth, though no false fact was told. Above 1 no sycophant does that.

    References
    ----------
    [Chandra2026]_

    Examples
    --------
    >>> round(sustaining_sycophancy(0.6), 5)
    0.41667
    """
    if not 0.5 <= reliability < 1.0:
        raise RuleError(f"reliability is {reliability}; must be in [0.5, 1)")
    return (2.0 * reliability - 1.0) / (2.0 * reliability * (1.0 - reliability))


def facts_to_certainty(reliability: float, certain: float) -> int:
    """Return the net facts for one side after which one who began at .5 is certain.

    Examples
    --------
    >>> facts_to_certainty(0.6, 0.99)
    12
    """
    return math.ceil(
        math.log(certain / (1.0 - certain)) / math.log(reliability / (1.0 - reliability)) - ROUNDING
    )


@dataclass(frozen=True)
class WeighsFacts(Rule):
    """Rule in which an answer is a fact, and moves a belief by what a fact is worth [Chandra2026]_.

    Parameters
    ----------
    reliability : float
        Probability, as listeners believe it, that a fact speaks for the truth; in [.5, 1).
    certain : float
        Probability from which on a belief stays; in (.5, 1].
    """

    name: ClassVar[str] = "weighs_facts"
    meaning: ClassVar[str] = (
        "Takes what the assistant says for a fact for one side, and moves log odds by what a fact is worth."
    )
    source: ClassVar[str] = "Chandra2026"
    keeps_consensus: ClassVar[bool] = True
    reliability: float = 0.6
    certain: float = 0.99

    def exchange(self, given: Exchange) -> Moved:
        """Move nobody: under this rule humans do not hear each other."""
        return Moved(given.values.copy())

    def consult(self, given: Consultation) -> Moved:
        """Move those who consulted, on the round's topics, by the fact that each heard."""
        humans, _, heard = given.reached()
        if humans.size:
            topics = given.context.topics
            held = select_topics(given.values[humans], topics)
            moved = weigh_facts(held, heard, self.reliability, self.certain)
            rows = humans if topics is None else np.ix_(humans, topics)
            given.values[rows] = moved
        return Moved(given.values)
