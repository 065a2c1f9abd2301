"""The part of a report on media: where outlets stand, who follows them, and how far from people they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.report.numbers import format_list, format_number, format_parameter
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario.media_specs import OutletSpec
from coevolve_sim.society.media import draw_able, find_followers, place_outlets

MOST_OUTLETS = 20
MOST_GROUPS = 5


@dataclass(frozen=True)
class OutletRow:
    """What is said of one outlet in one round: where it stands, who follows it, and distances to it."""

    outlet: str
    who: str
    round_index: int
    stands: str
    n_followers: int
    of_followers: str
    of_others: str


@dataclass(frozen=True)
class MediaSection:
    """The part of a report on media."""

    rows: tuple[OutletRow, ...]
    left_out: int


def build_media_section(data: RunData) -> MediaSection | None:
    """Return the part on media; None where the scenario has no outlets."""
    scenario = data.scenario
    if not scenario.media or not data.has_begun:
        return None
    able = draw_able(scenario, tuple(data.run.groups), data.run.group_of)
    assert able is not None  # noqa: S101 - there are outlets
    rows: list[list[OutletRow]] = [[] for _ in scenario.media]
    for round_index, values in sorted(data.run.snapshots().items()):
        outlets = place_outlets(scenario, tuple(data.run.dimensions), round_index)
        followed = find_followers(scenario, able, values, outlets)
        for k, outlet in enumerate(scenario.media):
            rows[k].append(_describe(outlet, round_index, values, outlets[k], followed[:, k]))
    shown = tuple(row for of_outlet in rows[:MOST_OUTLETS] for row in of_outlet)
    return MediaSection(shown, max(len(rows) - MOST_OUTLETS, 0))


def _describe(
    outlet: OutletSpec, round_index: int, values: Floats, stands: Floats, follows: NDArray[np.bool_]
) -> OutletRow:
    away = np.sqrt(((values - stands) ** 2).mean(axis=1))
    return OutletRow(
        outlet.name,
        _who(outlet),
        round_index,
        format_number(float(stands.mean())),
        int(follows.sum()),
        _mean(away[follows]),
        _mean(away[~follows]),
    )


def _mean(away: Floats) -> str:
    return format_number(float(away.mean())) if away.size else "–"


def _who(outlet: OutletSpec) -> str:
    """Say who can follow an outlet, and how far they go.

    Examples
    --------
    >>> _who(OutletSpec(name="daily", values=0.5, followers=("young",), share=0.5))
    '0.5 of young, rate 0.1'
    """
    if isinstance(outlet.followers, tuple):
        who = format_list(outlet.followers, MOST_GROUPS)
    elif outlet.followers == "homophily":
        who = f"whom it is nearest to, within {format_parameter(outlet.within)}"
    else:
        who = "all"
    share = "" if outlet.share == 1.0 else f"{format_parameter(outlet.share)} of "
    return f"{share}{who}, rate {format_parameter(outlet.rate)}"
