"""The rules by name: what each means, where it comes from, and how it is put together.

Every rule is one of the two schedules of `coevolve_sim.rules.exchange` with particular settings, or
has a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.exchange import Distance, Meetings, Perceived, averaged, met
from coevolve_sim.rules.susceptibility import Susceptibility


@dataclass(frozen=True)
class Rule:
    """A rule by name.

    Attributes
    ----------
    name, meaning, source : str
        Its name in a scenario, what it does, the key of its source.
    schedules : tuple of str
        ``synchronous``, ``pairwise``, or both.
    bounded : bool
        Whether confidence bounds whom one listens to.
    weighted : bool
        Whether the weights of ties count.
    both_move : bool
        Whether in an encounter the speaker listens too.
    answers : bool
        Whether an assistant hears what a human made of its words, not what the human held before.
    """

    name: str
    meaning: str
    source: str
    schedules: tuple[str, ...]
    bounded: bool = True
    weighted: bool = False
    both_move: bool = False
    answers: bool = False


_BOTH = ("synchronous", "pairwise")
RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "hegselmann_krause",
            "Moves towards the average of those within one's confidence.",
            "Hegselmann2002",
            _BOTH,
        ),
        Rule(
            "weighted_hegselmann_krause",
            "Moves towards the average of those within one's confidence, by the weights of the ties.",
            "Hegselmann2002",
            _BOTH,
            weighted=True,
        ),
        Rule(
            "deffuant_weisbuch",
            "Two who meet within their confidence move towards each other.",
            "Deffuant2000",
            ("pairwise",),
            both_move=True,
        ),
        Rule(
            "algorithmic_bias",
            "As deffuant_weisbuch, but the more alike two are, the more likely they meet.",
            "Sirbu2019",
            ("pairwise",),
            both_move=True,
        ),
        Rule(
            "friedkin_johnsen",
            "Averages all one hears, and keeps to one's initial values by one's stubbornness.",
            "Friedkin1990",
            _BOTH,
            bounded=False,
            weighted=True,
        ),
        Rule(
            "degroot",
            "Averages all one hears, by the weights of the ties.",
            "DeGroot1974",
            _BOTH,
            bounded=False,
            weighted=True,
        ),
        Rule(
            "attraction_repulsion",
            "Moves towards those within one's confidence and away from the far.",
            "Axelrod2021",
            _BOTH,
        ),
        Rule(
            "moral_argument",
            "Arguments persuade liberals for or against; conservatives follow the liberals they hear.",
            "Strimling2019",
            ("synchronous",),
            bounded=False,
            weighted=True,
        ),
        Rule(
            "bayesian_trust",
            "Weighs own evidence with what peers and assistants claim to know, each by its precision.",
            "Qiu2025",
            ("synchronous",),
            bounded=False,
            weighted=True,
            answers=True,
        ),
        Rule(
            "performative",
            "Reacts to the assistant's values as to a prediction: the anchor plus the sensitivity times it.",
            "Perdomo2020",
            ("synchronous",),
            bounded=False,
            answers=True,
        ),
    )
}


def move(
    rule: Rule,
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    *,
    heard: Perceived | None = None,
    anchors: Floats | None = None,
    meetings: Meetings | None = None,
    include_self: bool = True,
    distance: Distance = "joint",
    exposure: float | None = None,
    bias: float | None = None,
    distance_floor: float = 1e-5,
) -> Floats:
    """Move everybody by one round of a rule of the two schedules.

    Synchronous without ``meetings``, pairwise with them; parameters as in
    `coevolve_sim.rules.exchange.averaged` and `coevolve_sim.rules.exchange.met`.

    Raises
    ------
    RuleError
        If the rule is none of them: beliefs and reactions to predictions are moved in rounds.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import full_mixing
    >>> x = np.array([[0.0], [0.1], [1.0]])
    >>> near = Susceptibility.of(3, confidence=0.2)
    >>> move(RULES["hegselmann_krause"], x, full_mixing(3), near).round(9).tolist()
    [[0.05], [0.05], [1.0]]
    """
    if rule.answers:
        raise RuleError(
            f"{rule.name} is no rule of the two schedules; `coevolve_sim.society.round` moves values by it"
        )
    if meetings is None:
        return averaged(
            values,
            ties,
            susceptibility,
            heard=heard,
            anchors=anchors,
            weighted=rule.weighted,
            include_self=include_self,
            distance=distance,
        )
    return met(
        values,
        ties,
        susceptibility,
        meetings,
        heard=heard,
        anchors=anchors,
        weighted=rule.weighted,
        both_move=rule.both_move,
        distance=distance,
        exposure=exposure,
        bias=bias,
        distance_floor=distance_floor,
    )


def with_noise(values: Floats, noise: Floats | NDArray[np.float64]) -> Floats:
    """Add what comes of itself, within [0, 1].

    Examples
    --------
    >>> with_noise(np.array([[0.95]]), np.array([[0.1]])).tolist()
    [[1.0]]
    """
    return np.clip(values + noise, 0.0, 1.0)
