"""Games in a society: who plays whom, and by which values."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.channel import Scene
from coevolve_sim.rules.games import Game, as_payoffs, find_game
from coevolve_sim.rules.tied_games import Terms, draw_meetings
from coevolve_sim.scenario.games_specs import AffineSpec, GamesSpec
from coevolve_sim.scenario.scenario import Scenario
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
        games.horizon_known,
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


def play_games(state: State, setup: Setup, scene: Scene) -> None:
    """Let people play with those they are tied to if it is a round of games; trust changes with it."""
    games = setup.scenario.games
    if games is None or scene.round_index % games.every:
        return
    names = setup.space.names
    weights = weigh_values(games.alpha, state.values, names), weigh_values(games.beta, state.values, names)
    trust, state.played = setup.channel.play_games(
        state.values, state.ties, weights, find_told(games, names), terms_of(games), scene
    )
    if games.trust_rate > 0.0:
        state.ties = state.ties.with_weights(trust)


def count_decisions(scenario: Scenario, ties: Ties, round_index: int) -> int:
    """Return how many moves are chosen in a round's games: by both, in each round of each meeting.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> from coevolve_sim.scenario import loads
    >>> pair = from_edges(2, np.array([[0, 1]]))
    >>> scenario = loads("{name: two, rounds: 4, games: {every: 2, rounds: 6}}")
    >>> count_decisions(scenario, pair, 1), count_decisions(scenario, pair, 2)
    (0, 12)
    """
    games = scenario.games
    if games is None or round_index % games.every:
        return 0
    terms = terms_of(games)
    return 2 * terms.rounds * len(draw_meetings(ties, terms.share, scenario.seed, round_index))


def find_told(games: GamesSpec, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the dimensions of which a mind is told where somebody stands: those named, all if none is.

    Examples
    --------
    >>> given = GamesSpec(alpha=AffineSpec(slopes={"power": -0.5}))
    >>> find_told(given, ("benevolence", "power")), find_told(GamesSpec(), ("benevolence", "power"))
    ((1,), (0, 1))
    """
    named = {*games.alpha.slopes, *games.beta.slopes}
    return tuple(place for place, name in enumerate(names) if name in named or not named)
