"""Outlets in a society: who can follow them, who does, and where they stand in a round.

Who can follow an outlet is drawn once; whom it is nearest to, by homophily, is found in each round. Nothing
of it is kept from round to round, so that a resumed run needs nothing but the scenario.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.drive_shapes import count_drive_rounds, ramp, triangle
from coevolve_sim.rules.media import follow_nearest, take_sides
from coevolve_sim.scenario.media_specs import OutletRampSpec, OutletSpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.streams import stream
from coevolve_sim.values.naming import spell_out

Following = NDArray[np.bool_]
"""Who follows which outlet: shape (humans, outlets)."""


def draw_able(
    scenario: Scenario, group_names: tuple[str, ...], group_of: NDArray[np.int32]
) -> Following | None:
    """Draw who can follow which outlet, once for the whole run; None where there are no outlets.

    By homophily these are who would follow it if it were the nearest. Drawn by the outlet's name for all
    humans, so that neither other outlets nor a group that cannot follow it change who does, and a larger
    share adds to the followers of a smaller one.
    """
    if not scenario.media:
        return None
    able = np.empty((group_of.size, len(scenario.media)), dtype=bool, order="F")  # as rounds want it
    for column, outlet in enumerate(scenario.media):
        draws = stream(scenario.seed, "followers of an outlet", outlet.name).random(group_of.size)
        able[:, column] = draws < outlet.share
        if isinstance(outlet.followers, tuple):
            members = [group_names.index(name) for name in outlet.followers]
            able[:, column] &= np.isin(group_of, members)
    return able


def place_outlets(scenario: Scenario, dimensions: tuple[str, ...], round_index: int) -> Floats:
    """Return where outlets stand in a round, shape (outlets, dimensions); in round 0, before the first."""
    rows = [_place(outlet, dimensions, round_index) for outlet in scenario.media]
    return np.array(rows).reshape(len(rows), len(dimensions))


def express_outlets(scenario: Scenario, standing: Floats, round_index: int) -> Floats:
    """Return where what outlets say in a round stands, shape (outlets, dimensions).

    Of what an outlet says a share, its partisan rate, stands where it does, and the rest in the middle; drawn
    for each round and dimension by the outlet's name, so that no other outlet changes it.

    Parameters
    ----------
    scenario : Scenario
    standing : float64 array, shape (outlets, dimensions)
        Where they stand in the round, of `place_outlets`.
    round_index : int
    """
    rates = np.array([outlet.partisan_rate for outlet in scenario.media])
    draws = np.zeros(standing.shape)  # below every rate but 0
    for k in np.flatnonzero(rates < 1.0):
        address = ("side of an outlet", round_index, scenario.media[k].name)
        draws[k] = stream(scenario.seed, *address).random(standing.shape[1])
    return standing if (rates == 1.0).all() else take_sides(standing, draws, rates)


def _place(outlet: OutletSpec, dimensions: tuple[str, ...], round_index: int) -> Floats:
    course = outlet.ramp
    if course is None:
        return np.array(spell_out(outlet.values, dimensions))  # type: ignore[arg-type]
    start, end = (np.array(spell_out(given, dimensions)) for given in (course.start, course.end))
    gone = _part_of_way(course, round_index)
    return np.clip((1.0 - gone) * start + gone * end, 0.0, 1.0)


def _part_of_way(course: OutletRampSpec, round_index: int) -> float:
    """Return which part of the way from its start to its end an outlet has gone.

    Examples
    --------
    >>> course = OutletRampSpec(start=0.2, end=0.8, over=4, shape="triangle")
    >>> [_part_of_way(course, number) for number in range(9)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    speed = 1.0 / course.over
    if course.shape == "ramp":
        return float(ramp(round_index, speed=speed))
    return float(triangle(round_index, speed=speed, cycles=course.cycles))


def find_followers(scenario: Scenario, able: Following, values: Floats, outlets: Floats) -> Following:
    """Return who follows which outlet, given where people and outlets stand.

    Parameters
    ----------
    scenario : Scenario
    able : bool array, shape (humans, outlets)
        Who can follow which, of `draw_able`.
    values : float64 array, shape (humans, dimensions)
    outlets : float64 array, shape (outlets, dimensions)
    """
    alike = [k for k, outlet in enumerate(scenario.media) if outlet.followers == "homophily"]
    if not alike:
        return able
    within = np.array([scenario.media[k].within for k in alike])
    if len(alike) == len(scenario.media):
        return follow_nearest(values, outlets, within, able)
    followed = able.copy(order="F")
    followed[:, alike] = follow_nearest(values, outlets[alike], within, able[:, alike])
    return followed


def outlet_notes(scenario: Scenario, able: Following | None, n_rounds: int) -> Iterator[str]:
    """Yield how many can follow each outlet, and that a run ends before a course does."""
    if able is None:
        return
    for outlet, count in zip(scenario.media, able.sum(axis=0).tolist(), strict=True):
        how = "can follow it, by homophily" if outlet.followers == "homophily" else "follow it"
        yield f"media: of outlet {outlet.name}, {count} of {len(able)} humans {how}"
        if (course := outlet.ramp) is not None:
            last = count_drive_rounds(
                course.shape, low=0.0, high=1.0, speed=1.0 / course.over, cycles=course.cycles
            )
            if last > n_rounds:
                yield (
                    f"media: the course of outlet {outlet.name} ends in round {last}; the run ends before "
                    f"that, in round {n_rounds}"
                )
