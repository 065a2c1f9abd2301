"""The prompts by which a mind plays a repeated game: the game, what was played, what is asked.

Moves are called by letters, and which letter a move has is an order, as of the options of an item: in
order ``(0, 1)`` A is move 0, in ``(1, 0)`` it is move 1, and lines change places with it. No prompt says what
a game is called, what its moves mean, or what is good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.language.prompts import LETTERS
from coevolve_sim.language.questionnaires.option_orders import Order
from coevolve_sim.minds.protocol import Message, Request
from coevolve_sim.rules.games import Game

ORDERS: tuple[Order, ...] = ((0, 1), (1, 0))
"""Both orders of letters."""

OPENING = (
    "You and somebody else play {rounds} of a game. In each round you choose {a} or {b}, and so does the "
    "other, at the same time. By what both choose you win points:"
)
OPENING_WITHOUT_END = (
    "You and somebody else play a game again and again. In each round you choose {a} or {b}, and so does the "
    "other, at the same time. By what both choose you win points:"
)
PAYOFF = "- You {own}, the other {other}: you win {paid}, the other wins {others}."
NOTHING_YET = "Nothing has been played yet."
SO_FAR = "What has been played so far:"
PLAYED = "- Round {number}: you {own}, the other {other}. You won {paid}, the other won {others}."
EXPECTED = "You expect the other to choose {other} in round {number}."
PREDICT = "Which will the other choose in round {number}? Answer with one letter, {a} or {b}."
CHOOSE = "Which do you choose in round {number}? Answer with one letter, {a} or {b}."
"""The parts of a prompt."""


@dataclass(frozen=True)
class Situation:
    """What a player is told before it moves.

    Attributes
    ----------
    game : Game
        The game; the mind is its first player.
    rounds : int or None
        How many rounds are played in all; None where it is not told.
    number : int
        Which of them comes now, from 1.
    played : sequence of (int, int, int)
        Number of each round that was played and counts, the mind's move in it and the other's.
    """

    game: Game
    rounds: int | None
    number: int
    played: Sequence[tuple[int, int, int]] = ()


def request_for_move(
    situation: Situation, order: Order, expected: int | None = None, *, voice: str = "", persona: str = ""
) -> Request:
    """Return the request that asks a mind for its move.

    Parameters
    ----------
    situation : Situation
        What it is told.
    order : tuple of int
        The move at each letter, one of `ORDERS`.
    expected : int, optional
        The move that it expects of the other, if it was asked.
    voice : str
        As for `Request`.
    persona : str
        Who chooses, and where it stands; empty for the mind itself.

    Examples
    --------
    >>> from coevolve_sim.rules.games import find_game
    >>> situation = Situation(find_game("battle_of_sexes"), 10, 2, [(1, 0, 1)])
    >>> print(request_for_move(situation, (1, 0), expected=0).messages[0].content)
    You and somebody else play 10 rounds of a game. In each round you choose A or B, and so does the ...
    - You A, the other A: you win 7, the other wins 10.
    - You A, the other B: you win 0, the other wins 0.
    - You B, the other A: you win 0, the other wins 0.
    - You B, the other B: you win 10, the other wins 7.
    What has been played so far:
    - Round 1: you B, the other A. You won 0, the other won 0.
    You expect the other to choose B in round 2.
    Which do you choose in round 2? Answer with one letter, A or B.
    """
    if expected is None:
        return _request("game", situation, order, (CHOOSE,), voice, persona)
    reminded = EXPECTED.format(other=LETTERS[order.index(expected)], number=situation.number)
    return _request("game", situation, order, (reminded, CHOOSE), voice, persona)


def request_for_prediction(
    situation: Situation, order: Order, *, voice: str = "", persona: str = ""
) -> Request:
    """Return the request that asks a mind for the move that it expects of the other.

    Parameters
    ----------
    situation, order, voice, persona
        As for `request_for_move`.

    Examples
    --------
    >>> from coevolve_sim.rules.games import find_game
    >>> situation = Situation(find_game("prisoners_dilemma"), 10, 1)
    >>> request_for_prediction(situation, (0, 1)).messages[0].content.splitlines()[-1]
    'Which will the other choose in round 1? Answer with one letter, A or B.'
    """
    return _request("predict", situation, order, (PREDICT,), voice, persona)


def _request(
    kind: str, situation: Situation, order: Order, asked: Sequence[str], voice: str, persona: str
) -> Request:
    letters = a, b = LETTERS[0], LETTERS[1]
    rounds = f"{situation.rounds} round{'s' * (situation.rounds != 1)}"
    opening = OPENING_WITHOUT_END if situation.rounds is None else OPENING
    lines = [opening.format(rounds=rounds, a=a, b=b)]
    lines += [_fill(PAYOFF, situation.game, order, own, other) for own in order for other in order]
    lines += [SO_FAR if situation.played else NOTHING_YET]
    lines += [
        _fill(PLAYED, situation.game, order, own, other, number) for number, own, other in situation.played
    ]
    lines += [line.format(number=situation.number, a=a, b=b) for line in asked]
    messages = (*([Message("system", persona)] if persona else []), Message("user", "\n".join(lines)))
    return Request(kind, messages, options=letters, max_tokens=1, voice=voice)


def _fill(text: str, game: Game, order: Order, own: int, other: int, number: int = 0) -> str:
    """Return a line on a pair of moves."""
    paid, others = game.payoffs[own, other].tolist()
    return text.format(
        own=LETTERS[order.index(own)],
        other=LETTERS[order.index(other)],
        paid=f"{paid:g}",
        others=f"{others:g}",
        number=number,
    )
