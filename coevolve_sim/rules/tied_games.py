"""Repeated games between people who are tied, and how far they trust each other after them [Akata2025]_.

In a meeting two people play a game so many times. What each gains by to cooperate, if the other does so with
probability w, is the difference of its utilities ``u = own + alpha other - beta max(own - other, 0)`` of both
moves, w of it against who cooperates and 1 - w against who does not; it cooperates with the logistic
probability of that difference over the temperature. That w is its trust in the other: the weight with which
it hears it. After each round of the game ``w <- w + trust_rate (cooperated - w)``.

To cooperate is the move that lets the other win most: to cooperate in the prisoner's dilemma, and in the
battle of the sexes to go where the other would rather be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import compiled, uniform
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.game_counts import GameCounts, count_round, finish_counts
from coevolve_sim.rules.games import Game, require_rounds
from coevolve_sim.streams import stream_key

LEAST_TRUST = 1e-12
"""What is left of trust in who never cooperates: every tie has a weight above 0."""


@dataclass(frozen=True)
class Terms:
    """How a game is played between people who are tied.

    Attributes
    ----------
    game : Game
        What they play.
    rounds : int
        How often two who meet play it, at least 1.
    temperature : float
        In points, above 0; the smaller, the surer the move of greater utility is made.
    trust_rate : float
        How far trust moves in a round of the game, in [0, 1].
    predict_first : bool
        Whether people first name the move that is likelier by their trust (to cooperate, if both are), and
        choose as if it were certain.
    share : float
        Which share of all pairs meet, each drawn, in [0, 1].
    horizon_known : bool
        Whether minds are told how often they play; it is nothing to who chooses by numbers.

    Raises
    ------
    RuleError
        If a number is outside its range.
    """

    game: Game
    rounds: int
    temperature: float
    trust_rate: float
    predict_first: bool = False
    share: float = 1.0
    horizon_known: bool = True

    def __post_init__(self) -> None:
        require_rounds(self.rounds)
        if not self.temperature > 0.0:
            raise RuleError(f"the temperature is above 0; {self.temperature:g} given")
        for name in ("trust_rate", "share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise RuleError(f"{name} is in [0, 1]; {getattr(self, name):g} given")


def find_cooperation(game: Game) -> tuple[int, int]:
    """Return the move by which each player cooperates: the one that lets the other win most.

    Where both let it win as much, move 0.

    Examples
    --------
    >>> from coevolve_sim.rules.games import find_game
    >>> find_cooperation(find_game("prisoners_dilemma")), find_cooperation(find_game("battle_of_sexes"))
    ((0, 0), (1, 0))
    """
    paid = game.payoffs
    return int(paid[:, :, 1].max(axis=1).argmax()), int(paid[:, :, 0].max(axis=0).argmax())


def turn_round(game: Game) -> Game:
    """Return a game as its second player sees it: its own move first, and what it is paid.

    Examples
    --------
    >>> from coevolve_sim.rules.games import find_game
    >>> turn_round(find_game("battle_of_sexes")).payoffs[0, 0].tolist()
    [7.0, 10.0]
    """
    return replace(game, payoffs=game.payoffs.transpose(1, 0, 2)[:, :, ::-1])


def find_gains(game: Game) -> Floats:
    """Return what a player gains by to cooperate, in parts: shape (players, other's move, 3).

    The parts are the difference of one's own points, of the other's, and of how far one's own exceed the
    other's; u is the first, plus alpha times the second, less beta times the third. The other's move is 0
    if it does not cooperate, and 1 if it does.

    Examples
    --------
    >>> from coevolve_sim.rules.games import find_game
    >>> find_gains(find_game("prisoners_dilemma"))[0].tolist()
    [[-5.0, 5.0, 0.0], [-2.0, 8.0, -10.0]]
    """
    cooperation, gains = find_cooperation(game), np.empty((2, 2, 3))
    for player, own in enumerate(cooperation):
        paid = game.payoffs if player == 0 else turn_round(game).payoffs
        parts = np.stack([*np.moveaxis(paid, 2, 0), np.maximum(paid[:, :, 0] - paid[:, :, 1], 0.0)], axis=2)
        of_other = cooperation[1 - player]
        for cooperates in (0, 1):
            move = of_other if cooperates else 1 - of_other
            gains[player, cooperates] = parts[own, move] - parts[1 - own, move]
    return gains


def play_with_tied(
    ties: Ties, alpha: Floats, beta: Floats, terms: Terms, seed: int, round_index: int
) -> tuple[Floats, GameCounts]:
    """Let people play with those they are tied to; return trust after it, and what was counted.

    Draws are those of the pair, of the round and of the run's seed, whoever else plays.

    Parameters
    ----------
    ties : Ties
        An undirected network with its ties listed; a weight is the listener's trust in the speaker, in
        [0, 1], 1 where there are none.
    alpha, beta : float arrays, shape (humans,)
        What the other's points are worth to each human, and what it costs it to have more than the other.
    terms : Terms
    seed, round_index : int
        Address of the draws.

    Returns
    -------
    float64 array, shape (n_ties,)
        Trust, in [`LEAST_TRUST`, 1] where it moved.
    GameCounts

    Raises
    ------
    RuleError
        If the network is directed or full mixing, a weight is above 1, or alpha and beta have another shape.

    References
    ----------
    [Akata2025]_; choice as in [McKelvey1995]_, envy turned to the better off as in [Fehr1999]_.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> from coevolve_sim.rules.games import find_game
    >>> selfish, terms = np.zeros(2), Terms(find_game("prisoners_dilemma"), 10, 0.01, 0.5)
    >>> trust, counts = play_with_tied(from_edges(2, np.array([[0, 1]])), selfish, selfish, terms, 1, 1)
    >>> trust.tolist(), counts.cooperated, counts.points
    ([0.0009765625, 0.0009765625], 0.0, 100.0)
    """
    meetings, trust = draw_meetings(ties, terms.share, seed, round_index), begin_trust(ties)
    if not alpha.shape == beta.shape == (ties.n_humans,):
        raise RuleError(
            f"alpha and beta are of each of {ties.n_humans} humans; shapes {alpha.shape} and {beta.shape} "
            "given"
        )
    game, counts = terms.game, np.zeros(len(GameCounts._fields))
    _play_all(
        counts,
        meetings,
        ties.listeners,
        ties.indices,
        ties.mirrored,
        trust,
        np.ascontiguousarray(alpha, dtype=np.float64),
        np.ascontiguousarray(beta, dtype=np.float64),
        find_gains(game),
        np.array(find_cooperation(game)),
        game.payoffs,
        terms.rounds,
        terms.temperature,
        terms.trust_rate,
        terms.predict_first,
        stream_key(seed, "moves in games", round_index),
    )
    return trust, finish_counts(counts, game.payoffs)


def begin_trust(ties: Ties) -> Floats:
    """Return trust as the weights of ties say, 1 where they have none; an array of its own."""
    return np.ones(ties.indices.size) if ties.weights is None else ties.weights.copy()


def draw_meetings(ties: Ties, share: float, seed: int, round_index: int) -> NDArray[np.int64]:
    """Return who meets for games in a round: of each pair the tie by which the first player hears the second.

    Who meets is drawn by the pair and the round; who of two is the first player, by the pair, once for all.

    Raises
    ------
    RuleError
        If the network is directed or full mixing, or a weight is above 1.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> draw_meetings(from_edges(2, np.array([[0, 1]])), 1.0, 1, 1).tolist()
    [0]
    """
    _check_trust(ties)
    return _draw_meetings(
        ties.indptr,
        ties.indices,
        ties.mirrored,
        share,
        stream_key(seed, "who meets for games", round_index),
        stream_key(seed, "first player of two"),
    )


@compiled
def trust_after(trust: float, cooperated: bool, trust_rate: float) -> float:
    """Return how far somebody is trusted after a round of a game.

    Examples
    --------
    >>> trust_after(0.5, True, 0.5), trust_after(0.5, False, 0.5)
    (0.75, 0.25)
    """
    return max(trust + trust_rate * (cooperated - trust), LEAST_TRUST)


def _check_trust(ties: Ties) -> None:
    if ties.complete:
        raise RuleError("in full mixing there are no ties, so that nobody is tied to play with")
    if ties.directed:
        raise RuleError("a game is played by two who hear each other: an undirected network is wanted")
    if ties.weights is not None and ties.weights.size and ties.weights.max() > 1.0:
        raise RuleError(
            f"the weight of a tie is trust here, a probability; {ties.weights.max():g} is above 1"
        )


@compiled
def _cooperates(gain: float, temperature: float, draw: float) -> bool:
    """Return whether somebody cooperates: with probability 1 / (1 + exp(-gain / temperature))."""
    scaled = gain / temperature
    if scaled >= 0.0:  # no exponent above 0: it could be infinite
        return bool(draw * (1.0 + np.exp(-scaled)) < 1.0)
    power = np.exp(scaled)
    return bool(draw * (1.0 + power) < power)


@compiled
def _draw_meetings(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    mirrored: NDArray[np.int64],
    share: float,
    meeting_key: np.uint64,
    role_key: np.uint64,
) -> NDArray[np.int64]:
    n_humans, n_meetings = indptr.size - 1, 0
    meetings = np.empty(indices.size // 2, np.int64)
    for i in range(n_humans):
        for tie in range(indptr[i], indptr[i + 1]):
            pair = i * n_humans + indices[tie]
            if indices[tie] < i or (share < 1.0 and uniform(meeting_key, pair) >= share):
                continue
            meetings[n_meetings] = tie if uniform(role_key, pair) < 0.5 else mirrored[tie]
            n_meetings += 1
    return meetings[:n_meetings]


@compiled
def _play_all(
    counts: Floats,
    meetings: NDArray[np.int64],
    listeners: NDArray[np.int32],
    indices: NDArray[np.int32],
    mirrored: NDArray[np.int64],
    trust: Floats,
    alpha: Floats,
    beta: Floats,
    gains: Floats,
    cooperation: NDArray[np.int64],
    payoffs: Floats,
    rounds: int,
    temperature: float,
    trust_rate: float,
    predict_first: bool,
    key: np.uint64,
) -> None:
    """Play all meetings, changing trust and counts in place."""
    worth = np.empty((2, 2))  # of each of the two, what to cooperate gains by the other's move
    for tie in meetings:
        first, second = listeners[tie], indices[tie]
        for other in range(2):
            part = gains[0, other]
            worth[0, other] = part[0] + alpha[first] * part[1] - beta[first] * part[2]
            part = gains[1, other]
            worth[1, other] = part[0] + alpha[second] * part[1] - beta[second] * part[2]
        in_second, in_first = trust[tie], trust[mirrored[tie]]
        harmed_first, harmed_second = False, False
        pair = np.int64(min(first, second)) * alpha.size + max(first, second)
        for played in range(rounds):
            draw = 2 * (pair * rounds + played)
            w = 1.0 * (in_second >= 0.5) if predict_first else in_second
            gain = w * worth[0, 1] + (1.0 - w) * worth[0, 0]
            kind_first = _cooperates(gain, temperature, uniform(key, draw))
            w = 1.0 * (in_first >= 0.5) if predict_first else in_first
            gain = w * worth[1, 1] + (1.0 - w) * worth[1, 0]
            kind_second = _cooperates(gain, temperature, uniform(key, draw + 1))
            own = cooperation[0] if kind_first else 1 - cooperation[0]
            of_other = cooperation[1] if kind_second else 1 - cooperation[1]
            count_round(
                counts, payoffs, (own, of_other), (kind_first, kind_second), (harmed_first, harmed_second)
            )
            harmed_first, harmed_second = harmed_first or not kind_second, harmed_second or not kind_first
            in_second = trust_after(in_second, kind_second, trust_rate)
            in_first = trust_after(in_first, kind_first, trust_rate)
        if trust_rate > 0.0:
            trust[tie], trust[mirrored[tie]] = in_second, in_first
