"""Games in a society: who plays whom, by which values, and what is kept of it.

Trust is the weights of ties, and so part of the network that a round uses. It is kept for a checkpoint beside
what was counted when games were last played; a scenario says the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.errors import ScenarioError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.games import Game, as_payoffs, find_game
from coevolve_sim.rules.tied_games import GameCounts, Terms, play_with_tied
from coevolve_sim.scenario.games_specs import AffineSpec, GamesSpec
from coevolve_sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from coevolve_sim.society.setup import Setup
    from coevolve_sim.society.state import State

OWN_GAME = "a game of its own"
NOT_PLAYED = GameCounts(*[0.0] * len(GameCounts._fields))
"""What was counted before games were first played."""
TRUST, PLAYED = "games/trust", "games/played"
"""Names under which trust, and what was counted last, are kept for a checkpoint."""


def terms_of(games: GamesSpec) -> Terms:
    """Return how a scenario's games are played."""
    named = isinstance(games.matrix, str)
    return Terms(
        find_game(games.matrix) if named else Game(OWN_GAME, as_payoffs(games.matrix)),  # type: ignore[arg-type]
        games.rounds,
        games.temperature,
        games.trust_rate,
        games.predict_first,
        1.0 if games.ties == "all" else games.ties,
    )


def weigh_values(given: AffineSpec, values: Floats, names: tuple[str, ...]) -> Floats:
    """Return a number of each human by its values, shape (humans,).

    Examples
    --------
    >>> given = AffineSpec(base=0.25, slopes={"benevolence": 0.5})
    >>> weigh_values(given, np.array([[0.0, 0.5], [1.0, 1.0]]), ("power", "benevolence")).tolist()
    [0.5, 0.75]
    """
    weighed = np.full(len(values), given.base)
    for name, slope in given.slopes.items():
        weighed += slope * values[:, names.index(name)]
    return weighed


def play_games(state: State, setup: Setup, round_index: int) -> None:
    """Let people play with those they are tied to if it is a round of games; trust changes with it."""
    games = setup.scenario.games
    if games is None or round_index % games.every:
        return
    alpha, beta = (
        weigh_values(given, state.values, setup.space.names) for given in (games.alpha, games.beta)
    )
    trust, state.played = play_with_tied(
        state.ties, alpha, beta, terms_of(games), setup.scenario.seed, round_index
    )
    if games.trust_rate > 0.0:
        state.ties = state.ties.with_weights(trust)


def kept_of_games(state: State) -> dict[str, Kept]:
    """Return what a society that plays keeps for a checkpoint, by name; nothing of one that does not."""
    if state.played is None:
        return {}
    kept: dict[str, Kept] = {PLAYED: np.array(state.played)}
    return kept if state.ties.weights is None else kept | {TRUST: state.ties.weights}


def restore_games(state: State, arrays: Mapping[str, Kept]) -> None:
    """Restore what `kept_of_games` returned."""
    if TRUST in arrays:
        state.ties = state.ties.with_weights(arrays[TRUST].astype(np.float64))
    if state.played is not None and PLAYED in arrays:
        state.played = GameCounts(*arrays[PLAYED].tolist())


def check_players(scenario: Scenario, ties: Ties, *path: str | int) -> None:
    """Refuse games on a network on which nobody can play them, or whose weights cannot be trust.

    Raises
    ------
    ScenarioError
        At ``path``, the network's key.
    """
    if scenario.games is None:
        return
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
