"""Requests for preferences: two texts shown as two letters, and the log odds read from the choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coevolve_sim.assistants.policies.forecasting import FURTHEST, logit
from coevolve_sim.errors import PreferenceError
from coevolve_sim.language.parsing import option_masses
from coevolve_sim.minds import Message, Mind, Reply, Request
from coevolve_sim.minds.protocol import Status
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies, ask_all
from coevolve_sim.minds.usage import Usage

CHOICE_LOGIT = 3.0
"""Log odds that a bare choice counts as, where a mind gives no log-probabilities: 95 to 5."""

LETTERS = ("A", "B")
"""Labels of the two texts in a prompt."""

EVEN = 1e-9
"""Log odds of at most this size count as no preference."""


@dataclass(frozen=True)
class ToCompare:
    """A comparison to ask for: two texts on a topic, and who compares them.

    Attributes
    ----------
    who : str
        Name or number of whoever compares.
    topic : str
        What the texts are about, as prompts say it.
    first, second : str
        The texts.
    before : str or tuple of Message
        Who the mind is to be: a system message, or messages that begin with one. Empty for the mind as it is.
    voice : str
        Which of the mind's voices.
    stance : float, optional
        Where ``before`` says that they stand on the topic, in [0, 1]; None where it does not. An own answer
        can be begun for them with it.
    """

    who: str
    topic: str
    first: str
    second: str
    before: str | tuple[Message, ...] = ()
    voice: str = ""
    stance: float | None = None

    @property
    def swapped(self) -> ToCompare:
        """The same comparison with the two texts swapped."""
        return replace(self, first=self.second, second=self.first)

    def messages(self, asked: str) -> tuple[Message, ...]:
        """Return the messages of ``before``, followed by the prompt as a user's message."""
        before = self.before
        if isinstance(before, str):
            before = (Message("system", before),) if before else ()
        return (*before, Message("user", asked))


def ask_once(mind: Mind, requests: Sequence[Request]) -> list[Reply]:
    """Return the reply to each request, in their order; equal requests are sent to the mind once."""
    return ask_all(RecordedMind(mind, RememberedReplies(), Usage()), requests)


def letter_logit(reply: Reply, choice_logit: float = CHOICE_LOGIT) -> tuple[Status, float]:
    """Return the status of a choice between A and B, and the log odds of A against B, NaN unless answered.

    Log odds are cut to [-20, 20]. A bare choice counts as ``choice_logit`` for A and minus that for B.

    Examples
    --------
    >>> letter_logit(Reply("answered", "B")), letter_logit(Reply("refused"))
    (('answered', -3.0), ('refused', nan))
    """
    choice = option_masses(reply, LETTERS)
    if choice.status != "answered":
        return choice.status, math.nan
    if math.isnan(choice.mass_on_options):
        return "answered", choice_logit if choice.masses[0] == 1.0 else -choice_logit
    return "answered", float(logit(np.array(choice.masses[0])))


def preferred_side(log_odds: float) -> int:
    """Return the sign of log odds: 1 or -1, and 0 where they are even (within 1e-9) or NaN.

    Examples
    --------
    >>> preferred_side(0.3), preferred_side(-2.0), preferred_side(0.0), preferred_side(float("nan"))
    (1, -1, 0, 0)
    """
    return 0 if math.isnan(log_odds) or abs(log_odds) <= EVEN else (1 if log_odds > 0.0 else -1)


def agree(by_order: Sequence[float]) -> bool:
    """Return whether all log odds have the same sign, none of them even or NaN."""
    sides = {preferred_side(one) for one in by_order}
    return len(sides) == 1 and 0 not in sides


def check_draws(what: str, count: int, temperature: float) -> None:
    """Require at least one draw, and a temperature above 0 for several, which would all be the same.

    Raises
    ------
    PreferenceError
        If there are no draws, or several at temperature 0.
    """
    if count < 1:
        raise PreferenceError(f"there must be at least 1 of {what}; {count} given")
    if not 0.0 <= temperature < math.inf or (count > 1 and temperature == 0.0):
        raise PreferenceError(
            f"temperature is at least 0, and above 0 for more than one of {what}, which would all be the "
            f"same; {temperature} given for {count}"
        )


def check_choice_logit(choice_logit: float) -> None:
    """Require the logit of a bare choice to be in (0, 20].

    Raises
    ------
    PreferenceError
        If it is not.
    """
    if not 0.0 < choice_logit <= FURTHEST:
        raise PreferenceError(f"a choice counts for a logit in (0, {FURTHEST:g}]; {choice_logit} given")
