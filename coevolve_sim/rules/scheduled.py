"""Rules that run on two schedules: synchronous (all at once) or pairwise (one encounter after the other).

Each calls `update_synchronously` or `update_pairwise` of `coevolve_sim.rules.exchange` with its own settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.exchange import Distance, Meetings, Perceived, update_pairwise, update_synchronously
from coevolve_sim.rules.rule import Exchange, Moved, Rule
from coevolve_sim.rules.susceptibility import Susceptibility
from coevolve_sim.streams import stream_key

Schedule = Literal["synchronous", "pairwise"]
_BOTH = ("synchronous", "pairwise")
_SETTINGS = ("include_self", "distance", "exposure", "bias", "distance_floor")


class PerSource(Protocol):
    """One number for peers and one for assistants; None where none is given."""

    @property
    def peer(self) -> float | None: ...  # noqa: D102

    @property
    def assistant(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class ScheduledRule(Rule):
    """A rule that runs synchronously or pairwise.

    Parameters
    ----------
    schedule : {"synchronous", "pairwise"}
        All at once, or one encounter after the other.
    encounters_per_human : float
        For the pairwise schedule: number of encounters in a round, as a multiple of the number of humans.
    """

    keeps_consensus: ClassVar[bool] = True
    schedule: Schedule = "synchronous"
    encounters_per_human: float = 1.0

    @property
    def moves_row_by_row(self) -> bool:
        """Whether it runs synchronously: encounters are drawn from all of a society."""
        return self.schedule == "synchronous"

    def exchange(self, given: Exchange) -> Moved:
        """Move everybody by one round of the rule's schedule."""
        meetings = None
        if self.schedule == "pairwise":
            n_encounters = round(self.encounters_per_human * len(given.values))
            key = stream_key(given.context.seed, "encounters", given.context.round_index)
            meetings = Meetings(n_encounters, key)
        settings = {name: getattr(self, name) for name in _SETTINGS if hasattr(self, name)}
        return Moved(
            move(
                type(self),
                given.values,
                given.ties,
                given.susceptibility,
                heard=given.perceived,
                meetings=meetings,
                **settings,
            )
        )


@dataclass(frozen=True)
class HegselmannKrause(ScheduledRule):
    """Bounded confidence of Hegselmann and Krause: listeners move to the mean of those within confidence."""

    name: ClassVar[str] = "hegselmann_krause"
    meaning: ClassVar[str] = "Moves towards the average of those within one's confidence."
    source: ClassVar[str] = "Hegselmann2002"
    schedules: ClassVar[tuple[str, ...]] = _BOTH
    bounded: ClassVar[bool] = True
    distance: Distance = "joint"
    include_self: bool = True


@dataclass(frozen=True)
class WeightedHegselmannKrause(HegselmannKrause):
    """Bounded confidence of Hegselmann and Krause in which the weights of ties count."""

    name: ClassVar[str] = "weighted_hegselmann_krause"
    meaning: ClassVar[str] = (
        "Moves towards the average of those within one's confidence, by the weights of the ties."
    )
    weighted: ClassVar[bool] = True

    def notes(self, ties: Ties) -> tuple[str, ...]:
        """Note that the network has no weights, so that all ties count the same."""
        if ties.weights is None:
            return ("network: ties have no weights, so that each counts 1",)
        return ()


@dataclass(frozen=True)
class DeffuantWeisbuch(ScheduledRule):
    """Bounded confidence of Deffuant and Weisbuch: pairs meet and move towards each other."""

    name: ClassVar[str] = "deffuant_weisbuch"
    meaning: ClassVar[str] = "Two who meet within their confidence move towards each other."
    source: ClassVar[str] = "Deffuant2000"
    schedules: ClassVar[tuple[str, ...]] = ("pairwise",)
    bounded: ClassVar[bool] = True
    both_move: ClassVar[bool] = True
    schedule: Schedule = "pairwise"
    distance: Distance = "joint"


@dataclass(frozen=True)
class AlgorithmicBias(DeffuantWeisbuch):
    """Bounded confidence in pairs, where more similar pairs are more likely to meet."""

    name: ClassVar[str] = "algorithmic_bias"
    meaning: ClassVar[str] = "As deffuant_weisbuch, but the more alike two are, the more likely they meet."
    source: ClassVar[str] = "Sirbu2019"
    bias: float = 1.0
    distance_floor: float = 1e-5


@dataclass(frozen=True)
class FriedkinJohnsen(ScheduledRule):
    """Averaging by humans who stay attached to their anchors by their stubbornness."""

    name: ClassVar[str] = "friedkin_johnsen"
    meaning: ClassVar[str] = (
        "Averages all one hears, and keeps to one's initial values by one's stubbornness."
    )
    source: ClassVar[str] = "Friedkin1990"
    schedules: ClassVar[tuple[str, ...]] = _BOTH
    weighted: ClassVar[bool] = True
    include_self: bool = False


@dataclass(frozen=True)
class DeGroot(ScheduledRule):
    """Averaging over everybody that a human hears, without a confidence bound."""

    name: ClassVar[str] = "degroot"
    meaning: ClassVar[str] = "Averages all one hears, by the weights of the ties."
    source: ClassVar[str] = "DeGroot1974"
    schedules: ClassVar[tuple[str, ...]] = _BOTH
    weighted: ClassVar[bool] = True
    include_self: bool = True


@dataclass(frozen=True)
class AttractionRepulsion(ScheduledRule):
    """Movement towards speakers within confidence, and away from those beyond a distance of repulsion."""

    name: ClassVar[str] = "attraction_repulsion"
    meaning: ClassVar[str] = "Moves towards those within one's confidence and away from the far."
    source: ClassVar[str] = "Axelrod2021"
    schedules: ClassVar[tuple[str, ...]] = _BOTH
    bounded: ClassVar[bool] = True
    schedule: Schedule = "pairwise"
    distance: Distance = "joint"
    repulsion: PerSource | None = None
    exposure: float | None = None

    def repels_beyond(self, source: str, confidence: Floats) -> Floats:
        """Return the distance beyond which each human is repelled; its confidence where none is given."""
        beyond = None if self.repulsion is None else getattr(self.repulsion, source)
        return confidence if beyond is None else np.maximum(confidence, beyond)


def move(
    rule: type[Rule],
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
    """Move everybody by one round of one of these rules.

    Synchronous without ``meetings``, pairwise with them; parameters as in
    `coevolve_sim.rules.exchange.update_synchronously` and `coevolve_sim.rules.exchange.update_pairwise`.

    Raises
    ------
    RuleError
        If it is not one of the rules of this module.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import full_mixing
    >>> x = np.array([[0.0], [0.1], [1.0]])
    >>> near = Susceptibility.of(3, confidence=0.2)
    >>> move(HegselmannKrause, x, full_mixing(3), near).round(9).tolist()
    [[0.05], [0.05], [1.0]]
    """
    if not issubclass(rule, ScheduledRule):
        raise RuleError(
            f"{rule.name} is no rule of the two schedules; its exchange(given) moves values by it"
        )
    if meetings is None:
        return update_synchronously(
            values,
            ties,
            susceptibility,
            heard=heard,
            anchors=anchors,
            weighted=rule.weighted,
            include_self=include_self,
            distance=distance,
        )
    return update_pairwise(
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
