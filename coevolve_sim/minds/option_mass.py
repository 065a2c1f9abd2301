"""What the log-probability of an option is: one definition for every kind of mind.

The mass of an option is the probability of *all* its spellings as the next token: bare, after a blank or a
line break, with or without white space behind it. A model that says `` B`` where another says ``B`` has said
the same. A spelling which holds less than `TRACE` of what all options hold together is left out, unless it is
the option's likeliest: servers list some twenty tokens, and where such a list ends must not change a value.

A log-probability is a number of at most 0, up to rounding (`SLACK`); minus infinity is the logarithm of 0.
Anything else (not a number, infinity, a positive number) is refused: it is no probability, and the reply that
holds it is `invalid`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from coevolve_sim.minds.protocol import Reply

SLACK = 1e-3
"""By how much a log-probability may lie above 0: rounding of half-precision arithmetic."""

INSTRUMENT = "options by the mass of all spellings"
"""What names this definition in the keys of replies and eras that are kept for other runs, so that what was
measured by another definition is not found there."""

TRACE = 1e-4
"""Share of the mass on all options below which a further spelling of an option is left out."""

LEAST_MASS = 0.5
"""Share of a reply's probability that options should hold: below it the model would rather say something else
than any of them, and what is read is what a minority of its answers would be."""

_BLANKS = "▁ĠĊĉ"
"""How tokenizers write a blank, a line break and a tab in the names of tokens."""


def spelled_option(token: str) -> str:
    r"""Return what a token spells apart from white space, however the tokenizer writes that.

    Examples
    --------
    >>> [spelled_option(token) for token in ("B", " B", "\nB", "▁B", "ĠB", "B.")]
    ['B', 'B', 'B', 'B', 'B', 'B.']
    """
    stripped = token.strip()
    while stripped and (stripped[0] in _BLANKS or stripped[-1] in _BLANKS):
        stripped = stripped.strip(_BLANKS).strip()
    return stripped


def problem_of_logprob(value: object) -> str:
    """Return why a value is no log-probability; an empty text if it is one.

    Examples
    --------
    >>> problem_of_logprob(-0.5), problem_of_logprob(float("-inf")), problem_of_logprob(0.0004)
    ('', '', '')
    >>> problem_of_logprob(float("nan"))
    'nan is no log-probability, which is a number of at most 0'
    >>> problem_of_logprob(0.7)
    '0.7 is no log-probability, which is a number of at most 0'
    """
    # Compared as it came: an integer of 400 digits has no float. Nothing is at most 0 that is not a number.
    if isinstance(value, int | float) and not isinstance(value, bool) and value <= SLACK:
        return ""
    shown = str(value) if isinstance(value, float) else repr(value)[:40]
    return f"{shown} is no log-probability, which is a number of at most 0"


def to_logprob(value: float) -> float:
    """Return a log-probability that `problem_of_logprob` finds nothing wrong with as a float of at most 0."""
    return -math.inf if value < -1e300 else min(0.0, float(value))


def sum_spellings(spellings: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Return the log-probability of each option from those of its spellings.

    Parameters
    ----------
    spellings : sequence of sequence of float
        For each option the log-probabilities of its spellings, in any order; none for an option that no token
        spells.

    Returns
    -------
    tuple of float
        At most 0; -inf where an option has no mass. All nan where a spelling's is: then nothing is known.

    Examples
    --------
    >>> [round(value, 6) for value in sum_spellings([[math.log(0.3), math.log(0.2)], [math.log(0.4)]])]
    [-0.693147, -0.916291]
    >>> sum_spellings([[-0.5, -30.0], []])  # a trace is left out, to the last bit
    (-0.5, -inf)
    """
    if any(math.isnan(value) for values in spellings for value in values):
        return (math.nan,) * len(spellings)
    tops = [max(values, default=-math.inf) for values in spellings]
    floor = _log_sum([value for values in spellings for value in values]) + math.log(TRACE)
    return tuple(
        min(0.0, _log_sum([top, *_others(values, top, floor)]))
        for values, top in zip(spellings, tops, strict=True)
    )


def sum_by_text(pairs: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return texts with their log-probabilities; tokens of one text, as SentencePiece has, count together.

    Examples
    --------
    >>> sum_by_text([("A", -1.0), ("B", -2.0)])
    {'A': -1.0, 'B': -2.0}
    >>> round(math.exp(sum_by_text([("A", math.log(0.2)), ("A", math.log(0.1))])["A"]), 6)
    0.3
    """
    found: dict[str, list[float]] = {}
    for text, value in pairs:
        found.setdefault(text, []).append(value)
    return {text: min(0.0, _log_sum(values)) for text, values in found.items()}


def _others(values: Sequence[float], top: float, floor: float) -> list[float]:
    """Return the spellings besides the likeliest that hold more than a trace, the likeliest first."""
    others = sorted(values, reverse=True)[1:]
    return [value for value in others if value >= floor and value > -math.inf] if top > -math.inf else []


def _log_sum(logprobs: Sequence[float]) -> float:
    """Return the logarithm of a sum of probabilities; a single one is returned as it is, to the last bit."""
    top = max(logprobs, default=-math.inf)
    if len(logprobs) < 2 or top == -math.inf:
        return top
    return top + math.log(math.fsum(math.exp(value - top) for value in logprobs))


def mass_on_options(logprobs: Sequence[float]) -> float:
    """Return the probability that a reply's options hold together, in [0, 1].

    Examples
    --------
    >>> round(mass_on_options([math.log(0.3), math.log(0.1), -math.inf]), 6)
    0.4
    """
    return min(1.0, math.fsum(math.exp(to_logprob(value)) for value in logprobs))


def problem_of_reply(reply: Reply) -> str:
    """Return what is wrong with the log-probabilities of a reply; an empty text if nothing is.

    Examples
    --------
    >>> problem_of_reply(Reply("answered", "A", (-0.1, float("nan"))))
    'nan is no log-probability, which is a number of at most 0'
    >>> problem_of_reply(Reply("answered", "A", (-0.1, -0.1)))
    'the probabilities of its options add up to 1.81'
    """
    if reply.logprobs is None:
        return ""
    problem = next(filter(None, map(problem_of_logprob, reply.logprobs)), "")
    if problem:
        return problem
    total = math.fsum(math.exp(to_logprob(value)) for value in reply.logprobs)
    return f"the probabilities of its options add up to {total:.3g}" if total > 1.01 else ""
