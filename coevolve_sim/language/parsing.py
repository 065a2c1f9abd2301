"""The strict parser of model text: a reply becomes an answer or a status, never a guess or a default.

No other module reads what a mind wrote. Parsing raises no error and makes nothing up, whatever the reply
holds. An option counts by its log-probability, or by being the whole text; a message counts as it was
written, on one line. Everything else is one of the statuses of `coevolve_sim.minds.STATUSES`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from coevolve_sim.language.prompts import LETTERS
from coevolve_sim.minds.option_mass import problem_of_reply
from coevolve_sim.minds.protocol import Reply, Status

LONGEST = 1_000
"""Most characters of a message that are read; a longer one is cut at the end of a word."""

_VERBS = (
    "answer|assist|comply|continue|create|discuss|engage|fulfill?|generate|help (?:you|with)|produce|provide|"
    "respond|role-?play|write"
)
_CANNOT = "(?:can't|cannot|can not|won't|will not|am unable to|'m unable to|am not able to|'m not able to)"
_SORRY = "(?:(?:i'm|i am) (?:very )?sorry|sorry|i apologi[sz]e|my apologies|unfortunately)"
_AN_AI = "as an? (?:ai|artificial intelligence|(?:large )?language model)"
REFUSALS: tuple[str, ...] = (
    rf"{_SORRY}[,.;]?(?: but)? i ?{_CANNOT} (?:do (?:that|this)|{_VERBS})\b",
    rf"{_SORRY}[,.;]?(?: but)? i ?{_CANNOT}[.!]*$",
    rf"i ?{_CANNOT} (?:assist|help (?:you )?with|provide)\b",
    rf"i ?{_CANNOT} (?:answer|comply with|discuss|engage in|engage with|respond to) (?:this|that|your)\b",
    rf"{_AN_AI}[^.]*? i ?{_CANNOT} (?:have|hold|form|express|{_VERBS})\b",
    rf"{_AN_AI}[^.]*? i (?:do not|don't) (?:have|hold|form)\b",
)
"""Regular expressions for how a refusal begins, in lower case.

Verbs are listed because *I cannot agree* is an answer, not a refusal."""

_REFUSAL = re.compile("|".join(f"(?:{opening})" for opening in REFUSALS))
_JOINERS = "\u200c\u200d"

Letter = Literal["A", "B"]
Verdict = Letter | Status
"""A letter, or the status that says why there is none."""

_VERDICT = re.compile(r"Verdict: ([AB])\.?")
_LIKE_A_VERDICT = re.compile(r"[\W_]*verdict[\W_]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """The answer to a request with options.

    Attributes
    ----------
    status : str
        ``answered``, or why there is no answer.
    masses : tuple of float
        Probability of each option in the order shown, summing to 1; empty unless answered.
    mass_on_options : float
        Total probability of the options before normalising, in (0, 1]; NaN where only the choice is known.
    """

    status: Status
    masses: tuple[float, ...] = ()
    mass_on_options: float = math.nan


@dataclass(frozen=True)
class ParsedMessage:
    """The message of a reply in words.

    Attributes
    ----------
    status : str
        ``answered``, or why there is no message.
    text : str
        One line of at most `LONGEST` characters; the part that was written if ``truncated``; empty with any
        other status.
    """

    status: Status
    text: str = ""


def option_masses(reply: Reply, n_options: int) -> Choice:
    """Return the probability of each option, in the order shown, or why there is none.

    Log-probabilities are normalised over the options. Where the mind gives none, its text must be exactly one
    of the letters; white space around it is ignored.

    Parameters
    ----------
    reply : Reply
        Reply to a request with options.
    n_options : int
        Number of options.

    Examples
    --------
    >>> option_masses(Reply("answered", "A", logprobs=(-0.5, -float("inf"))), 2).masses
    (1.0, 0.0)
    >>> option_masses(Reply("answered", "B"), 2).masses
    (0.0, 1.0)
    >>> option_masses(Reply("answered", "B, I think"), 2).status
    'invalid'
    """
    if reply.status != "answered":
        return Choice(reply.status)
    if reply.logprobs is not None:
        return _normalise_logprobs(reply.logprobs, n_options)
    letter = reply.text.strip()
    if len(letter) == 1 and letter in LETTERS[:n_options]:
        return Choice("answered", tuple(float(other == letter) for other in LETTERS[:n_options]))
    return Choice("refused" if is_refusal(_cut(_join_lines(reply.text))) else "invalid")


def parse_message(reply: Reply) -> ParsedMessage:
    r"""Return the message of a reply, or why there is none.

    White space becomes single spaces, control characters are removed, and a text longer than `LONGEST` is
    cut. An empty rest is ``invalid``; a message that begins like one of `REFUSALS` is ``refused``.

    Examples
    --------
    >>> parse_message(Reply("answered", "  I hold it\n dear. "))
    ParsedMessage(status='answered', text='I hold it dear.')
    >>> parse_message(Reply("answered", "I'm sorry, but I can't help with that."))
    ParsedMessage(status='refused', text='')
    """
    if reply.status not in {"answered", "truncated"}:
        return ParsedMessage(reply.status)
    line = _join_lines(reply.text)
    if not line:
        return ParsedMessage("invalid")
    line = _cut(line)
    return ParsedMessage("refused") if is_refusal(line) else ParsedMessage(reply.status, line)


def verdict_in(text: str) -> Verdict:
    r"""Return the verdict that a text ends with, or why there is none.

    The last line must be exactly ``Verdict: A`` or ``Verdict: B``; a full stop, white space and empty lines
    may follow. It must be the only line that begins with *verdict* and a colon, in upper or lower case and
    after any punctuation: a text with two such lines may have quoted one of them and is ``invalid``, whether
    they agree or not. Any other text is ``invalid``, except one that begins like one of `REFUSALS`, which is
    ``refused``.

    Parameters
    ----------
    text : str
        What a judge wrote; check first that its reply was answered.

    Returns
    -------
    str
        ``A``, ``B``, ``invalid`` or ``refused``.

    Examples
    --------
    >>> verdict_in("The first keeps to the rubric.\nVerdict: A.\n")
    'A'
    >>> verdict_in("Verdict: A\nOn second thoughts:\nVerdict: B")
    'invalid'
    >>> verdict_in("The verdict is A"), verdict_in("I'm sorry, but I can't answer that.")
    ('invalid', 'refused')
    """
    lines = text.rstrip().splitlines()
    found = _VERDICT.fullmatch(lines[-1]) if lines else None
    if found and sum(_LIKE_A_VERDICT.match(line) is not None for line in lines) == 1:
        return cast("Letter", found[1])
    return "refused" if is_refusal(_cut(_join_lines(text))) else "invalid"


def is_refusal(line: str) -> bool:
    """Return whether a line begins like one of `REFUSALS`.

    Examples
    --------
    >>> is_refusal("As an AI, I don't have personal views."), is_refusal("I cannot agree with killing.")
    (True, False)
    """
    return _REFUSAL.match(line.lower().replace("\u2019", "'")) is not None


def _normalise_logprobs(logprobs: Sequence[float], n_options: int) -> Choice:
    """Return probabilities normalised over the options; ``invalid`` if they cannot be probabilities."""
    if len(logprobs) != n_options or problem_of_reply(Reply("answered", logprobs=tuple(logprobs))):
        return Choice("invalid")
    masses = [math.exp(value) for value in logprobs]
    total = sum(masses)
    if total == 0.0:
        return Choice("invalid")
    return Choice("answered", tuple(mass / total for mass in masses), min(total, 1.0))


def _join_lines(text: str) -> str:
    return " ".join("".join(_clean_character(character) for character in text).split())


def _clean_character(character: str) -> str:
    """Return a character, a space for white space, "" for control characters and lone surrogates."""
    if character.isspace():
        return " "
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS
    return "" if hidden else character


def _cut(line: str) -> str:
    if len(line) <= LONGEST:
        return line
    return line[: LONGEST + 1].rsplit(" ", 1)[0][:LONGEST]
