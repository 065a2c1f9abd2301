"""Games in a society: who plays whom, and by which values."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.rules.games import Game, as_payoffs, find_game
from coevolve_sim.rules.tied_games import Terms, play_with_tied
from coevolve_sim.scenario.games_specs import AffineSpec, GamesSpec
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State

OWN_GAME = "a game of its own"


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
