"""Performative prediction: people react to what an assistant predicts about them [Perdomo2020]_.

Under `Performative` they do not hear each other. Under `PerformativePeers` they do, between the retrainings
of what predicts them [Wu2026]_; `find_predicted_equilibrium` is where they end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.errors import RuleError
from coevolve_sim.rules.channel import select_topics
from coevolve_sim.rules.exchange import update_synchronously
from coevolve_sim.rules.rule import Consultation, Exchange, Moved, Rule


@dataclass(frozen=True)
class Performative(Rule):
    """Rule in which people react to what an assistant predicts about them [Perdomo2020]_.

    Parameters
    ----------
    sensitivity : float
        Change of a human's value for each unit of the prediction, at least 0.
    """

    name: ClassVar[str] = "performative"
    meaning: ClassVar[str] = (
        "Reacts to the assistant's values as to a prediction: the anchor plus the sensitivity times it."
    )
    source: ClassVar[str] = "Perdomo2020"
    answers: ClassVar[bool] = True
    moves_alone: ClassVar[bool] = True
    sensitivity: float = 0.5

    def exchange(self, given: Exchange) -> Moved:
        """Return everybody to their anchors: under this rule humans do not hear each other."""
        return Moved(select_topics(given.read_anchors().copy(), given.context.topics))

    def consult(self, given: Consultation) -> Moved:
        """Add the prediction, times the sensitivity, to the values of those who consulted."""
        humans, _, perceived = given.reached()
        if humans.size:
            moved = given.values[humans] + self.sensitivity * perceived
            given.values[humans] = np.clip(moved, 0.0, 1.0)
        return Moved(given.values)


@dataclass(frozen=True)
class PerformativePeers(Rule):
    """Rule in which people react to predictions of them and average what their peers say [Wu2026]_.

    ``x' = p x0 + (1 - p) W x`` with ``x0 = (1 - s) x* + s f``, where x* are anchors, W averages peers by the
    weights of ties, and f is what was last predicted of a human; x0 is x* as long as nothing was. A human who
    hears nobody hears itself.

    Its state is ``predicted``, what was last predicted of each human, and ``is_predicted``, whether anything
    was: 0 or 1.

    Parameters
    ----------
    anchor_weight : float
        p, in (0, 1].
    sensitivity : float
        s, how far a prediction moves those of whom it is made, in [0, 1].
    every : int
        Predictions are renewed every so many rounds. Where people and predictions come to rest does not
        depend on it.
    """

    name: ClassVar[str] = "performative_peers"
    meaning: ClassVar[str] = (
        "Averages one's peers, and keeps to a start between one's anchor and what the assistant predicts."
    )
    source: ClassVar[str] = "Wu2026"
    weighted: ClassVar[bool] = True
    moves_alone: ClassVar[bool] = True
    anchor_weight: float = 0.5
    sensitivity: float = 0.5
    every: int = 1

    def exchange(self, given: Exchange) -> Moved:
        """Move everybody to an average of its own start and of what its peers say."""
        anchors = given.read_anchors()
        is_predicted = np.asarray(given.state["is_predicted"], dtype=bool)[:, None]
        away = np.asarray(given.state["predicted"], dtype=np.float64) - anchors
        start = anchors + np.where(is_predicted, self.sensitivity, 0.0) * away
        heard = update_synchronously(
            given.values,
            given.ties,
            given.susceptibility,
            heard=given.perceived,
            weighted=True,
            include_self=False,
        )
        return Moved(heard + self.anchor_weight * (start - heard))

    def consult(self, given: Consultation) -> Moved:
        """Keep what is predicted of those who consulted, in rounds of a retraining; nobody moves at once."""
        humans, _, perceived = given.reached()
        if given.context.round_index % self.every or not humans.size:
            return Moved(given.values)
        predicted, is_predicted = (given.state[name].copy() for name in ("predicted", "is_predicted"))
        predicted[humans], is_predicted[humans] = perceived, 1
        return Moved(given.values, {**given.state, "predicted": predicted, "is_predicted": is_predicted})

    def first_state(self, values: Floats) -> dict[str, Kept]:
        """Return the state before the first round: nothing has been predicted of anybody."""
        return {"predicted": np.zeros_like(values), "is_predicted": np.zeros(len(values), dtype=np.int64)}

    def memory_per_human(self, n_dimensions: int) -> int:
        """Return how many numbers the rule needs for a human."""
        return n_dimensions + 1


def find_predicted_equilibrium(
    anchors: Floats,
    averaging: Floats,
    anchor_weight: float,
    sensitivity: float,
    predictor: Floats | None = None,
) -> Floats:
    """Return where people end who hear their peers and are predicted: ``(I - s M P)^-1 (1 - s) M x*``.

    ``M = p (I - (1 - p) W)^-1`` is what peers make of a start. With a sensitivity of 1 nothing holds people,
    and where they end depends on where they began.

    Parameters
    ----------
    anchors : float array, shape (humans, dimensions)
        x*, in [0, 1].
    averaging : float array, shape (humans, humans)
        W: each row is what a listener gives to each of its peers, and sums to 1.
    anchor_weight : float
        p, in (0, 1].
    sensitivity : float
        s, in [0, 1).
    predictor : float array, shape (humans, humans), optional
        P: predictions are P times present values. If not given, of each human its own value is predicted.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1].

    Raises
    ------
    RuleError
        If a number is outside its range.

    References
    ----------
    [Wu2026]_

    Examples
    --------
    >>> two, hear_each_other = np.array([[0.2], [0.8]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> find_predicted_equilibrium(two, hear_each_other, 0.5, 0.0).round(9).tolist()
    [[0.4], [0.6]]
    >>> find_predicted_equilibrium(two, hear_each_other, 0.5, 0.9).round(3).tolist()
    [[0.486], [0.514]]
    """
    if not 0.0 < anchor_weight <= 1.0:
        raise RuleError(f"the anchor's weight is {anchor_weight}; must be above 0 and at most 1")
    if not 0.0 <= sensitivity < 1.0:
        raise RuleError(f"the sensitivity is {sensitivity}; must be at least 0 and below 1")
    unit = np.eye(len(anchors))
    by_peers = np.linalg.solve(unit - (1.0 - anchor_weight) * averaging, anchor_weight * unit)
    predicted = unit if predictor is None else predictor
    held = (1.0 - sensitivity) * by_peers @ anchors
    return np.asarray(np.linalg.solve(unit - sensitivity * by_peers @ predicted, held), dtype=np.float64)
