"""Decisions of minds in games: a move by forced choice, asked in both orders of letters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.language.elicitation.game_prompts import ORDERS
from coevolve_sim.language.parsing import Choice
from coevolve_sim.language.questionnaires.administer import ReplyCounter, ask_choices
from coevolve_sim.language.questionnaires.scoring import combine_orders
from coevolve_sim.minds.protocol import Mind, Request

SAME = 1e-9
"""Difference of probabilities up to which neither move is likelier."""


@dataclass(frozen=True)
class Decision:
    """One decision, over both orders.

    Attributes
    ----------
    move : int or None
        The move that is likelier over both orders; None where there is none: an order was not answered, both
        are as likely, or nothing was asked.
    share : float
        Probability of move 0, over both orders; nan where one was not answered.
    alike : float
        1 where the same move was likelier in both orders, 0 where not; nan where one was not answered.
    mass : float
        What both letters hold of the probability of an answer; nan where the mind does not tell.
    """

    move: int | None = None
    share: float = math.nan
    alike: float = math.nan
    mass: float = math.nan


def decide(choices: Sequence[Choice]) -> Decision:
    """Return the move that is likelier over both orders, if there is one.

    Examples
    --------
    >>> decide([Choice("answered", (0.9, 0.1)), Choice("answered", (0.4, 0.6))]).move
    0
    >>> decide([Choice("answered", (0.9, 0.1)), Choice("answered", (0.9, 0.1))]).move is None
    True
    """
    answer = combine_orders(ORDERS, choices)
    if not answer.masses:
        return Decision()
    first, second = answer.masses
    move = None if abs(first - second) <= SAME else int(second > first)
    mass = sum(choice.mass_on_options for choice in choices) / len(choices)
    return Decision(move, first, float(answer.is_consistent), mass)


def ask_for_decisions(mind: Mind, requests: Sequence[Request], counter: ReplyCounter) -> list[Decision]:
    """Let a mind decide; requests come by decision, those of both orders beside each other.

    Raises
    ------
    MindError
        If the mind cannot be asked, or does not answer each request exactly once.
    """
    choices = list(ask_choices(mind, iter(requests), max(1, len(requests)), counter))
    n = len(ORDERS)
    return [decide(choices[at : at + n]) for at in range(0, len(choices), n)]
