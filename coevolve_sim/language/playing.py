"""Games between tied people who choose by what a mind says: by forced choice, in both orders of letters.

Each is told who it is and where it stands, what both win by what both choose, and what the two have played in
this meeting; nothing says what the game is called or what a move means. All who meet play at once, round by
round, so that a mind is asked in batches. Where one of two has no move (an order was not answered, or both
moves are as likely) the round is void: nobody is paid, nobody remembers it, and no trust moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.elicitation.game_decisions import Decision, ask_for_decisions
from coevolve_sim.language.elicitation.game_prompts import (
    ORDERS,
    Situation,
    request_for_move,
    request_for_prediction,
)
from coevolve_sim.language.questionnaires.administer import ReplyCounter
from coevolve_sim.language.questionnaires.option_orders import Order
from coevolve_sim.minds.protocol import Mind, Request
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.game_counts import GameCounts, count_round, finish_counts
from coevolve_sim.rules.tied_games import (
    Terms,
    begin_trust,
    draw_meetings,
    find_cooperation,
    trust_after,
    turn_round,
)

Ask = Callable[["_Seat", Order], Request]


@dataclass(frozen=True)
class Player:
    """Somebody who plays, in a prompt's words.

    Attributes
    ----------
    persona : str
        Who it is and where it stands.
    voice : str
        The voice of its mind; empty for the mind's own.
    """

    persona: str
    voice: str = ""


def play_in_words(
    mind: Mind,
    describe: Callable[[int], Player],
    ties: Ties,
    terms: Terms,
    seed: int,
    round_index: int,
) -> tuple[Floats, GameCounts]:
    """Let people play with those they are tied to as a mind chooses; return trust, and what was counted.

    Who meets is drawn as in `coevolve_sim.rules.tied_games.play_with_tied`.

    Parameters
    ----------
    mind : Mind
        That chooses for all.
    describe : callable
        Returns the player that a human is, by its number.
    ties : Ties
        An undirected network with its ties listed.
    terms : Terms
        The temperature is not used: the move that is likelier over both orders is made.
    seed, round_index : int
        Address of the draws.

    Raises
    ------
    RuleError
        If the network is directed or full mixing, or a weight is above 1.
    MindError
        If the mind cannot be asked.
    """
    meetings = _seat_all(draw_meetings(ties, terms.share, seed, round_index), ties, describe, terms)
    trust, counts = begin_trust(ties), np.zeros(len(GameCounts._fields))
    cooperation = find_cooperation(terms.game)
    for number in range(1, terms.rounds + 1):
        decided = _choose_all(mind, meetings, number, terms)
        for at, meeting in enumerate(meetings):
            first, second = decided[2 * at : 2 * at + 2]
            if first.move is None or second.move is None:
                counts[GameCounts._fields.index("void")] += 1
                continue
            moves = first.move, second.move
            kind = moves[0] == cooperation[0], moves[1] == cooperation[1]
            count_round(counts, terms.game.payoffs, moves, kind, meeting.harmed)
            meeting.note(number, moves, kind)
            for tie, other in zip(meeting.ties, reversed(kind), strict=True):
                if terms.trust_rate > 0.0:
                    trust[tie] = trust_after(trust[tie], other, terms.trust_rate)
        answered = [one.alike for one in decided if not np.isnan(one.alike)]
        counts[GameCounts._fields.index("decided")] += len(answered)
        counts[GameCounts._fields.index("consistent")] += sum(answered)
    return trust, finish_counts(counts, terms.game.payoffs)


@dataclass
class _Seat:
    """One of two who play: who it is, and how it sees what is played."""

    player: Player
    terms: Terms
    is_first: bool
    played: list[tuple[int, int, int]] = field(default_factory=list)
    expected: int | None = None

    def situation(self, number: int) -> Situation:
        game = self.terms.game if self.is_first else turn_round(self.terms.game)
        return Situation(game, self.terms.rounds if self.terms.horizon_known else None, number, self.played)


@dataclass
class _Meeting:
    """Two who play: the ties by which each hears the other, and whether the other has defected."""

    ties: tuple[int, int]
    seats: tuple[_Seat, _Seat]
    harmed: tuple[bool, bool] = (False, False)

    def note(self, number: int, moves: tuple[int, int], kind: tuple[bool, bool]) -> None:
        """Let both remember a round."""
        for seat, (own, other) in zip(self.seats, (moves, moves[::-1]), strict=True):
            seat.played.append((number, own, other))
        self.harmed = self.harmed[0] or not kind[1], self.harmed[1] or not kind[0]


def _seat_all(
    meetings: NDArray[np.int64], ties: Ties, describe: Callable[[int], Player], terms: Terms
) -> list[_Meeting]:
    seated = []
    for tie in meetings.tolist():
        two = int(ties.listeners[tie]), int(ties.indices[tie])
        first, second = (_Seat(describe(human), terms, human == two[0]) for human in two)
        seated.append(_Meeting((tie, int(ties.mirrored[tie])), (first, second)))
    return seated


def _choose_all(mind: Mind, meetings: Sequence[_Meeting], number: int, terms: Terms) -> list[Decision]:
    """Return what all decide in a round of the game, both players of a meeting beside each other."""
    seats = [seat for meeting in meetings for seat in meeting.seats]
    if not terms.predict_first:
        return _ask_all(mind, seats, lambda seat, order: _ask_move(seat, order, number))

    def predict(seat: _Seat, order: Order) -> Request:
        who = seat.player
        return request_for_prediction(seat.situation(number), order, voice=who.voice, persona=who.persona)

    for seat, decision in zip(seats, _ask_all(mind, seats, predict), strict=True):
        seat.expected = decision.move
    able = [seat for seat in seats if seat.expected is not None]
    moves = iter(_ask_all(mind, able, lambda seat, order: _ask_move(seat, order, number)))
    return [Decision() if seat.expected is None else next(moves) for seat in seats]


def _ask_move(seat: _Seat, order: Order, number: int) -> Request:
    who = seat.player
    return request_for_move(
        seat.situation(number), order, seat.expected, voice=who.voice, persona=who.persona
    )


def _ask_all(mind: Mind, seats: Sequence[_Seat], ask: Ask) -> list[Decision]:
    requests = [ask(seat, order) for seat in seats for order in ORDERS]
    return ask_for_decisions(mind, requests, ReplyCounter(None, len(requests)))
