"""How a mind plays repeated games with scripted partners: by forced choice, in both orders of letters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.elicitation.elicit import LEAST_CONSISTENCY
from coevolve_sim.language.elicitation.game_decisions import Decision, ask_for_decisions
from coevolve_sim.language.elicitation.game_prompts import (
    ORDERS,
    Situation,
    request_for_move,
    request_for_prediction,
)
from coevolve_sim.language.endings import CountedMind, require_answers
from coevolve_sim.language.questionnaires.administer import Progress, ReplyCounter
from coevolve_sim.language.questionnaires.option_orders import Order
from coevolve_sim.language.questionnaires.scoring import mean_of_known
from coevolve_sim.minds.answers import DEFAULT_LIMIT, AnswerLimits, Answers
from coevolve_sim.minds.protocol import Mind, Request
from coevolve_sim.rules.games import VOID, Game, Match, Player, require_rounds


@dataclass(frozen=True, eq=False)
class Decisions:
    """What a mind decided, round by round.

    Attributes
    ----------
    moves : float array, shape (rounds,)
        The move that is likelier over both orders; nan where there is none: an order was not answered, both
        are as likely, or nothing was asked.
    shares : float array, shape (rounds,)
        Probability of move 0, over both orders; nan where one was not answered.
    alike : float array, shape (rounds,)
        1 where the same move was likelier in both orders, 0 where not; nan where one was not answered.
    masses : float array, shape (rounds,)
        What both letters hold of the probability of an answer; nan where the mind does not tell.
    """

    moves: Floats
    shares: Floats
    alike: Floats
    masses: Floats


@dataclass(frozen=True, eq=False)
class PlayedGame:
    """A mind's match with one partner.

    Attributes
    ----------
    partner : str
        Name of the partner.
    match : Match
        What was played, the mind as the first player.
    own : Decisions
        Its moves.
    predicted : Decisions or None
        The moves that it expected of its partner; None where it was not asked.
    """

    partner: str
    match: Match
    own: Decisions
    predicted: Decisions | None = None

    @property
    def decisions(self) -> tuple[Decisions, ...]:
        """Its moves, and what it predicted if it was asked."""
        return (self.own,) if self.predicted is None else (self.own, self.predicted)

    @property
    def n_asked(self) -> int:
        """How many decisions were asked for; none for a move where nothing was predicted that was to be."""
        rounds = len(self.match.moves)
        return rounds if self.predicted is None else rounds + int((~np.isnan(self.predicted.moves)).sum())

    @property
    def consistency(self) -> float:
        """Share of its answered decisions that were alike in both orders; nan without any."""
        return float(mean_of_known(np.concatenate([one.alike for one in self.decisions])))

    @property
    def predicted_right(self) -> float:
        """Share of the counted rounds in which the partner did what was expected; nan without any."""
        counts = self.match.moves[:, 1] != VOID
        if self.predicted is None:
            return math.nan
        return float(
            mean_of_known((self.predicted.moves == self.match.moves[:, 1])[counts].astype(np.float64))
        )


@dataclass(frozen=True, eq=False)
class GameAnswers:
    """What a mind played with all its partners.

    Attributes
    ----------
    games : tuple of PlayedGame
        One for each partner.
    """

    games: tuple[PlayedGame, ...]

    @property
    def answered(self) -> float:
        """Share of the decisions asked for that were answered in both orders."""
        return float((~np.isnan(self._decided("shares"))).sum() / sum(game.n_asked for game in self.games))

    @property
    def consistency(self) -> float:
        """Share of its answered decisions that were alike in both orders; nan without any."""
        return float(mean_of_known(self._decided("alike")))

    @property
    def mass_on_letters(self) -> float:
        """What the letters hold of the probability of its answers, on average; nan where it does not tell."""
        return float(mean_of_known(self._decided("masses")))

    @property
    def verdict(self) -> str:
        """Say what stands in the way of reading moves as choices; empty if nothing does."""
        if not self.answered:
            return "nothing was answered in both orders of letters"
        if self.consistency < LEAST_CONSISTENCY:
            return (
                f"{self.consistency:.0%} of the decisions were alike in both orders of letters, less than "
                f"{LEAST_CONSISTENCY:.0%}: most answers tell a letter or its place, not a move"
            )
        return ""

    def _decided(self, name: str) -> Floats:
        return np.concatenate([getattr(one, name) for game in self.games for one in game.decisions])


def play_games(
    mind: Mind,
    game: Game,
    partners: Sequence[str],
    rounds: int,
    *,
    predict_first: bool = False,
    voice: str = "",
    progress: Progress | None = None,
    at_most_unanswered: float = DEFAULT_LIMIT,
) -> GameAnswers:
    """Let a mind play a game with scripted partners, a match with each.

    It makes the move that is likelier over both orders of letters. A round is void where it has none: an
    order came to no answer, or both moves are as likely, as of a mind that answers by place. All matches are
    played at once, round by round, so that a mind is asked in batches.

    Parameters
    ----------
    mind : Mind
        The mind, who is the first player.
    game : Game
        What is played.
    partners : sequence of str
        Names of scripted partners of the game.
    rounds : int
        Rounds of each match, at least 1.
    predict_first : bool
        Ask first what the partner will do, and remind it of that when it is asked for its own move.
    voice : str
        The voice of the mind to ask; empty for its own.
    progress : callable, optional
        Called after each reply with the number of replies so far and the most that there will be.
    at_most_unanswered : float
        Largest share of requests that may be given up or invalid, in [0, 1].

    Raises
    ------
    QuestionnaireError
        If no partner is named, or one twice.
    RuleError
        If the game has no such partner, or there is no round.
    UnansweredError
        If more was not answered than is allowed.
    MindError
        If the mind cannot be asked.
    """
    if not partners or len({*partners}) < len(partners):
        raise QuestionnaireError(f"a mind plays with 1 partner or more, each named once; {partners} given")
    require_rounds(rounds)
    ended = Answers()
    counter = ReplyCounter(progress, len(partners) * rounds * len(ORDERS) * (1 + predict_first))
    asking = _Asking(CountedMind(mind, ended), counter, voice)
    matches = [_RunningMatch(game, rounds, name, game.find_partner(name)) for name in partners]
    for number in range(1, rounds + 1):
        if predict_first:
            asking.ask_for_predictions(matches, number)
        asking.ask_for_moves(matches, number)
        for match in matches:
            match.finish_round(number)
    require_answers(ended, AnswerLimits(at_most_unanswered), "no score is shown", "--at-most-unanswered")
    return GameAnswers(tuple(match.as_played() for match in matches))


@dataclass
class _RunningMatch:
    """A match that is being played."""

    game: Game
    rounds: int
    name: str
    partner: Player
    played: list[tuple[int, int, int]] = field(default_factory=list)
    own: list[Decision] = field(default_factory=list)
    predicted: list[Decision] = field(default_factory=list)

    @property
    def expected(self) -> int | None:
        """What the mind expects of the partner in this round, if it was asked."""
        return self.predicted[-1].move if self.predicted else None

    @property
    def can_move(self) -> bool:
        """Whether nothing was to be predicted in this round, or something was."""
        return not self.predicted or self.expected is not None

    def situation(self, number: int) -> Situation:
        return Situation(self.game, self.rounds, number, tuple(self.played))

    def finish_round(self, number: int) -> None:
        """Let the partner move where the mind did; else the round is void."""
        move = self.own[-1].move
        if move is None:
            return
        own, other = [m for _, m, _ in self.played], [m for _, _, m in self.played]
        answer = self.partner(other, own)
        if answer is not None:
            self.played.append((number, move, answer))

    def as_played(self) -> PlayedGame:
        moves = np.full((self.rounds, 2), VOID, dtype=np.int64)
        for number, own, other in self.played:
            moves[number - 1] = own, other
        predicted = _as_columns(self.predicted) if self.predicted else None
        return PlayedGame(self.name, Match(self.game, moves), _as_columns(self.own), predicted)


@dataclass(frozen=True)
class _Asking:
    """Asks a mind for its decisions in all matches at once."""

    mind: Mind
    counter: ReplyCounter
    voice: str

    def ask_for_predictions(self, matches: Sequence[_RunningMatch], number: int) -> None:
        decided = self._decide_all(
            matches,
            lambda match, order: request_for_prediction(match.situation(number), order, voice=self.voice),
        )
        for match, decision in zip(matches, decided, strict=True):
            match.predicted.append(decision)

    def ask_for_moves(self, matches: Sequence[_RunningMatch], number: int) -> None:
        """Ask for moves where nothing was to be predicted, or something was."""

        def request(match: _RunningMatch, order: Order) -> Request:
            return request_for_move(match.situation(number), order, match.expected, voice=self.voice)

        asked = [match for match in matches if match.can_move]
        decided = iter(self._decide_all(asked, request))
        for match in matches:
            match.own.append(next(decided) if match.can_move else Decision())

    def _decide_all(
        self, matches: Sequence[_RunningMatch], request: Callable[[_RunningMatch, Order], Request]
    ) -> list[Decision]:
        requests = [request(match, order) for match in matches for order in ORDERS]
        return ask_for_decisions(self.mind, requests, self.counter)


def _as_columns(decisions: Sequence[Decision]) -> Decisions:
    rows = [
        (math.nan if one.move is None else float(one.move), one.share, one.alike, one.mass)
        for one in decisions
    ]
    return Decisions(*np.array(rows, dtype=np.float64).reshape(-1, 4).T)
