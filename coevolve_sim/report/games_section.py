"""The part of a report on games: what tied people did in them, and which group trusts which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.language.elicitation.elicit import LEAST_CONSISTENCY
from coevolve_sim.measures import OF_GAMES, trust_in_groups
from coevolve_sim.report.numbers import format_number
from coevolve_sim.report.run_data import RunData

MOST_GROUPS = 8
HEADINGS = {
    "games_cooperation": "Cooperated",
    "games_coordination": "Moved alike",
    "games_unforgivingness": "Unforgivingness",
    "games_share_of_maximum": "Share of the maximum",
    "games_void": "Void rounds",
    "games_order_consistency": "Alike in both orders",
    "trust": "Trust",
}
"""Columns of what was done, of the measures that were taken."""


@dataclass(frozen=True)
class TrustTable:
    """How far members of each group trust those of each at the end of a round; a cell is text."""

    round_index: int
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class GamesSection:
    """The part of a report on games.

    Attributes
    ----------
    headings : tuple of str
        Columns of what was done.
    done : tuple of (int, tuple of str)
        What was done when games were last played, by round: start, middle and end.
    groups : tuple of str
        Groups that tables of trust show.
    trust : tuple of TrustTable
        At start, middle and end.
    left_out : int
        Number of groups that are not shown.
    caution : str
        That what minds answered is not to be read as choices; empty where it is.
    """

    headings: tuple[str, ...]
    done: tuple[tuple[int, tuple[str, ...]], ...]
    groups: tuple[str, ...]
    trust: tuple[TrustTable, ...]
    left_out: int
    caution: str


def build_games_section(data: RunData) -> GamesSection | None:
    """Return the part on games; None where the scenario has none."""
    if data.scenario.games is None or not data.has_begun:
        return None
    taken = [name for name in OF_GAMES if name in HEADINGS and name in data.measures.columns]
    rounds = sorted(data.run.snapshots())
    return GamesSection(
        tuple(HEADINGS[name] for name in taken),
        tuple(
            (r, tuple(_write(float(data.measures[name].get(r, np.nan))) for name in taken))
            for r in rounds
            if taken
        ),
        tuple(data.run.groups[:MOST_GROUPS]),
        tuple(_tabulate(data, r) for r in rounds if not data.run.ties(r).complete),
        max(len(data.run.groups) - MOST_GROUPS, 0),
        _caution(data),
    )


def _caution(data: RunData) -> str:
    """Return what stands in the way of reading moves as choices; empty if nothing does."""
    alike = data.measures.get("games_order_consistency")
    if alike is None or alike.dropna().empty or (least := float(alike.min())) >= LEAST_CONSISTENCY:
        return ""
    return (
        f"Not to be read as choices: in some round {least:.0%} of the decisions were alike in both orders of "
        f"letters, less than {LEAST_CONSISTENCY:.0%}; most answers tell a letter or its place, not a move."
    )


def _tabulate(data: RunData, round_index: int) -> TrustTable:
    groups = data.run.groups
    trust = trust_in_groups(data.run.ties(round_index), data.run.group_of, len(groups))
    shown = range(min(len(groups), MOST_GROUPS))
    rows = tuple((groups[i], tuple(_write(float(trust[i, j])) for j in shown)) for i in shown)
    return TrustTable(round_index, rows)


def _write(number: float) -> str:
    return "–" if np.isnan(number) else format_number(number)
