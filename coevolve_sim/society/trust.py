"""Trust in a society that plays games: on which networks there can be any, and how it is kept.

Trust is the weights of ties, and so part of the network that a round uses. A checkpoint holds it beside what
was counted when games were last played; the scenario says the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coevolve_sim.arrays import Kept
from coevolve_sim.errors import ScenarioError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.rules.tied_games import begin_trust
from coevolve_sim.scenario.scenario import Scenario

NOT_PLAYED = GameCounts(*[0.0] * len(GameCounts._fields))
"""What was counted before games were first played."""
TRUST, PLAYED = "games/trust", "games/played"
"""Names under which trust, and what was counted last, are kept for a checkpoint."""


def with_first_trust(scenario: Scenario, ties: Ties) -> Ties:
    """Return the ties with the weights that trust begins with, where games move it."""
    if scenario.games is None or scenario.games.trust_rate == 0.0:
        return ties
    return ties.with_weights(begin_trust(ties))


def keep_trust(ties: Ties, played: GameCounts | None) -> dict[str, Kept]:
    """Return what a society that plays keeps for a checkpoint, by name; nothing of one that does not."""
    if played is None:
        return {}
    kept: dict[str, Kept] = {PLAYED: np.array(played)}
    return kept if ties.weights is None else kept | {TRUST: ties.weights}


def restore_trust(
    ties: Ties, played: GameCounts | None, arrays: Mapping[str, Kept]
) -> tuple[Ties, GameCounts | None]:
    """Return ties and counts with what `keep_trust` returned; counts stay None where nothing is played."""
    if TRUST in arrays:
        ties = ties.with_weights(arrays[TRUST].astype(np.float64))
    if played is not None and PLAYED in arrays:
        played = GameCounts(*arrays[PLAYED].tolist())
    return ties, played


def check_players(scenario: Scenario, ties: Ties, *path: str | int) -> None:
    """Refuse games on a network on which nobody can play them, or whose weights cannot be trust.

    Raises
    ------
    ScenarioError
        At ``path``, the network's key.
    """
    if scenario.games is None:
        return
    if ties.complete:
        raise ScenarioError(
            "games are played by those who are tied, and in full mixing nobody is; leave games out", path=path
        )
    if ties.directed:
        raise ScenarioError(
            "games are played by two who hear each other, and on a directed network a speaker need not hear "
            "its listener; use an undirected network, or leave games out",
            path=path,
        )
    if ties.weights is not None and ties.weights.size and ties.weights.max() > 1.0:
        raise ScenarioError(
            f"where games are played the weight of a tie is trust, a probability; {ties.weights.max():g} is "
            "above 1: divide all weights by the greatest, or leave games out",
            path=path,
        )
