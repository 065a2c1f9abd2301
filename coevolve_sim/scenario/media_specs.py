"""Outlets, which people follow and nobody moves: the keys of a scenario's media."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from coevolve_sim.scenario.society_specs import NAME_PATTERN
from coevolve_sim.scenario.spec import PerDimension, Spec, field


class OutletRampSpec(Spec):
    """A course of an outlet's values."""

    start: PerDimension = field(..., "Where it stands before round 1.", "value")
    end: PerDimension = field(..., "Where it goes.", "value")
    over: int = field(
        ...,
        "In how many rounds it gets there, by the same amount in each; people hear the new value in each "
        "round.",
        "rounds",
        ge=1,
        le=10_000_000,
    )
    shape: Literal["ramp", "triangle"] = field(
        "ramp",
        "ramp: there, then it stays. triangle: there and back in as many rounds, again and again, then it "
        "stays at its start.",
    )
    cycles: int = field(1, "How often a triangle goes there and back.", "cycles", ge=1, le=1_000_000)


class OutletSpec(Spec):
    """One outlet: a voice that people follow and that does not learn."""

    name: str = field(..., "What it is called.", pattern=NAME_PATTERN)
    values: PerDimension | None = field(None, "Where it stands in every round, if it has no ramp.", "value")
    ramp: OutletRampSpec | None = field(None, "A course that its values follow instead.")
    followers: Literal["all", "homophily"] | tuple[str, ...] = field(
        "all",
        "Who can follow it: all, the members of some groups, or by homophily those to whom it is the nearest "
        "of the outlets that are followed so, in each round anew.",
        min_length=1,
    )
    within: float = field(
        0.3,
        "With homophily: it is followed by nobody who is further away than this.",
        "value distance",
        ge=0.0,
        le=1.0,
    )
    share: float = field(
        1.0, "Which share of these follows it, drawn once, before round 1.", "share", ge=0.0, le=1.0
    )
    partisan_rate: float = field(
        1.0,
        "In which share of what it says it takes its side, drawn by round and dimension; the rest stands in "
        "the middle, at 0.5, neither for nor against.",
        "share",
        ge=0.0,
        le=1.0,
    )
    mind: str | None = field(
        None, "With a channel of language: the mind that writes for it; the humans' if not given."
    )
    voice: str = field("", "The voice of that mind it writes with; its own if not given.")
    rate: float = field(
        0.1,
        "Which part of the way to it who follows it goes in a round, if it is within one's confidence "
        "towards other humans, where the rule has one.",
        "share of the way",
        ge=0.0,
        le=1.0,
    )


MediaSpec = Annotated[tuple[OutletSpec, ...], Field(max_length=100)]
"""The outlets of a scenario."""
