"""Repeated games of two, two moves each, and scripted partners whose play is known [Akata2025]_.

A game is a matrix of payoffs and the names of its moves, 0 and 1. A player is a function of what has been
played, its own moves first and the other's second, that returns its next move, or None if it has none: then
the round is void. Nobody is paid in a void round, and nobody remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats, as_floats
from coevolve_sim.errors import RuleError

Player = Callable[[Sequence[int], Sequence[int]], int | None]
"""Returns the next move of a player from its own moves so far and the other's, void rounds left out."""

VOID = -1
"""What stands for both moves of a void round."""

COOPERATION = ("cooperate", "defect")
"""The moves of a game in which one can cooperate."""


@dataclass(frozen=True, eq=False)
class Game:
    """A game of two players with two moves each.

    Attributes
    ----------
    name : str
        How it is called.
    payoffs : float array, shape (2, 2, 2)
        By the first player's move, the second's, and who is paid.
    moves : tuple of str
        Names of moves 0 and 1; `COOPERATION` where one can cooperate.

    Raises
    ------
    RuleError
        If payoffs have another shape or are not finite, or moves are not two different names.
    """

    name: str
    payoffs: Floats
    moves: tuple[str, str] = ("j", "f")

    def __post_init__(self) -> None:
        object.__setattr__(self, "payoffs", as_payoffs(self.payoffs))
        if len({*self.moves}) != 2:
            raise RuleError(
                f"game '{self.name}': two moves of different names are wanted; {self.moves} given"
            )

    @property
    def has_cooperation(self) -> bool:
        """Whether move 0 is to cooperate and move 1 to defect."""
        return self.moves == COOPERATION

    @property
    def partners(self) -> Mapping[str, Player]:
        """The scripted partners of this game, by name."""
        if self.has_cooperation:
            return COOPERATING_PARTNERS
        return {f"always_{name}": _Always(move) for move, name in enumerate(self.moves)} | {
            "alternator": alternate
        }

    def find_partner(self, name: str) -> Player:
        """Return a scripted partner.

        Raises
        ------
        RuleError
            If this game has none of that name.

        Examples
        --------
        >>> GAMES["battle_of_sexes"].find_partner("grim")
        Traceback (most recent call last):
        coevolve_sim.errors.RuleError: battle_of_sexes has no partner 'grim'; it has always_j, always_f, ...
        """
        if name not in self.partners:
            raise RuleError(f"{self.name} has no partner '{name}'; it has {', '.join(self.partners)}")
        return self.partners[name]


@dataclass(frozen=True, eq=False)
class Match:
    """What two players played.

    Attributes
    ----------
    game : Game
        What they played.
    moves : int array, shape (rounds, 2)
        The first player's moves and the second's; `VOID` for both where a round is void.
    """

    game: Game
    moves: NDArray[np.int64]

    @property
    def counted(self) -> NDArray[np.int64]:
        """The moves of the rounds that are not void, shape (counted rounds, 2)."""
        return leave_out_void(self.moves)

    @property
    def void(self) -> int:
        """Number of void rounds."""
        return len(self.moves) - len(self.counted)

    @property
    def points(self) -> tuple[float, float]:
        """What each player was paid in all; nan where no round counts.

        Examples
        --------
        >>> Match(GAMES["prisoners_dilemma"], np.array([[0, 1], [0, 0], [-1, -1]])).points
        (8.0, 18.0)
        """
        if not len(self.counted):
            return float("nan"), float("nan")
        first, second = self.game.payoffs[self.counted[:, 0], self.counted[:, 1]].sum(axis=0).tolist()
        return first, second


def leave_out_void(moves: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the moves of the rounds that are not void, shape (counted rounds, 2).

    Examples
    --------
    >>> leave_out_void(np.array([[0, 1], [VOID, VOID]])).tolist()
    [[0, 1]]
    """
    counted: NDArray[np.int64] = moves[(moves >= 0).all(axis=1)]
    return counted


def as_payoffs(given: ArrayLike) -> Floats:
    """Return payoffs as an array that cannot be written, shape (2, 2, 2).

    Raises
    ------
    RuleError
        If they have another shape, or are not finite numbers.

    Examples
    --------
    >>> as_payoffs([[8, 0], [10, 5]])
    Traceback (most recent call last):
    coevolve_sim.errors.RuleError: payoffs have shape (2, 2, 2): first move, second move, who is paid; ...
    """
    wanted = "payoffs have shape (2, 2, 2): first move, second move, who is paid"
    try:
        payoffs = as_floats(given).copy()
    except (TypeError, ValueError) as error:
        raise RuleError(f"{wanted}; {error} given") from None
    if payoffs.shape != (2, 2, 2):
        raise RuleError(f"{wanted}; {payoffs.shape} given")
    if not np.isfinite(payoffs).all():
        raise RuleError(f"payoffs are finite numbers; {payoffs[~np.isfinite(payoffs)][0]} given")
    payoffs.setflags(write=False)
    return payoffs


def play(game: Game, first: Player, second: Player, rounds: int) -> Match:
    """Let two players play a game so many times.

    Parameters
    ----------
    game : Game
        What they play.
    first, second : Player
        Who play; neither sees the other's move before both are made.
    rounds : int
        How often, at least 1.

    Raises
    ------
    RuleError
        If there is no round, or a player returns something other than 0, 1 or None.

    References
    ----------
    [Akata2025]_

    Examples
    --------
    >>> dilemma = GAMES["prisoners_dilemma"]
    >>> play(dilemma, dilemma.find_partner("grim"), dilemma.find_partner("defect_once"), 10).points
    (90.0, 10.0)
    """
    require_rounds(rounds)
    own: tuple[list[int], list[int]] = ([], [])
    played: list[tuple[int, int]] = []
    for _ in range(rounds):
        moves = _as_move(first(own[0], own[1])), _as_move(second(own[1], own[0]))
        played.append((VOID, VOID) if VOID in moves else moves)
        if VOID not in moves:
            own[0].append(moves[0])
            own[1].append(moves[1])
    return Match(game, np.array(played, dtype=np.int64))


def require_rounds(rounds: int) -> None:
    """Require that a game is played at least once.

    Raises
    ------
    RuleError
        If it is not.
    """
    if rounds < 1:
        raise RuleError(f"a game is played at least 1 round; {rounds} given")


def find_like_players(match: Match) -> tuple[str, ...]:
    """Return the scripted players that would have moved as the first player did in every counted round.

    Each is shown what was played before. Against a partner that never defects many move alike.

    Examples
    --------
    >>> dilemma = GAMES["prisoners_dilemma"]
    >>> grim, other = dilemma.find_partner("grim"), dilemma.find_partner("defect_once")
    >>> find_like_players(play(dilemma, grim, other, 10))
    ('grim',)
    """
    first, second = match.counted.T.tolist() if len(match.counted) else ([], [])
    return tuple(
        name
        for name, player in match.game.partners.items()
        if first and all(player(first[:at], second[:at]) == move for at, move in enumerate(first))
    )


# --- scripted partners ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Always:
    """A player of one move."""

    move: int

    def __call__(self, own: Sequence[int], other: Sequence[int]) -> int:
        del own, other
        return self.move


def play_grim(own: Sequence[int], other: Sequence[int]) -> int:
    """Cooperate until the other has defected once, and never again."""
    del own
    return int(1 in other)


def return_last(own: Sequence[int], other: Sequence[int]) -> int:
    """Cooperate first, and then do what the other did last (tit for tat)."""
    del own
    return other[-1] if other else 0


def return_last_suspiciously(own: Sequence[int], other: Sequence[int]) -> int:
    """Defect first, and then do what the other did last."""
    del own
    return other[-1] if other else 1


def defect_once(own: Sequence[int], other: Sequence[int]) -> int:
    """Defect in the first round, and never again."""
    del other
    return int(not own)


def alternate(own: Sequence[int], other: Sequence[int]) -> int:
    """Play move 0 first, and then the two in turns."""
    del other
    return len(own) % 2


COOPERATING_PARTNERS: Mapping[str, Player] = {
    "always_cooperate": _Always(0),
    "always_defect": _Always(1),
    "grim": play_grim,
    "tit_for_tat": return_last,
    "suspicious_tit_for_tat": return_last_suspiciously,
    "defect_once": defect_once,
    "alternator": alternate,
}
"""The scripted partners of a game in which one can cooperate."""


def _as_move(given: int | None) -> int:
    if given is None:
        return VOID
    if given not in (0, 1):
        raise RuleError(f"a player moves 0 or 1, or has no move (None); {given!r} given")
    return int(given)


def _index_games(games: Iterable[Game]) -> dict[str, Game]:
    return {game.name: game for game in games}


GAMES: Mapping[str, Game] = _index_games(
    (
        Game("prisoners_dilemma", as_payoffs([[[8, 8], [0, 10]], [[10, 0], [5, 5]]]), COOPERATION),
        Game("battle_of_sexes", as_payoffs([[[10, 7], [0, 0]], [[0, 0], [7, 10]]])),
    )
)
"""The games at hand; the first player of `battle_of_sexes` would rather meet at j, the second at f."""


def find_game(name: str) -> Game:
    """Return the game of a name.

    Raises
    ------
    RuleError
        If there is none.

    Examples
    --------
    >>> find_game("chicken")
    Traceback (most recent call last):
    coevolve_sim.errors.RuleError: there is no game 'chicken'; there are prisoners_dilemma, battle_of_sexes
    """
    if name not in GAMES:
        raise RuleError(f"there is no game '{name}'; there are {', '.join(GAMES)}")
    return GAMES[name]
