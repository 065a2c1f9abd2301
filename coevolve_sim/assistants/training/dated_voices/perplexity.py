"""Whether a voice tells its own century: its perplexity on authors whom no compared voice learnt from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coevolve_sim.arrays import Floats

BASE = "(base)"
"""How a table calls the model without a voice."""


@dataclass(frozen=True)
class TextSet:
    """Authors of a century who are held out together.

    Attributes
    ----------
    name : str
        Of the voice that they are held out of.
    century : str
    learnt_by : frozenset of str
        Voices that learnt from them, and are not compared on them.
    """

    name: str
    century: str
    learnt_by: frozenset[str]


@dataclass(frozen=True)
class Diagonal:
    """Which voice tells a set of held-out texts best.

    Attributes
    ----------
    texts : TextSet
    best : str
        The voice of least perplexity; of the base too, `BASE`.
    own : str
        The best voice of the texts' own century.
    margin, low, high : float
        By how many nats a token the best voice of another century is worse than it, with a 95 % interval by
        Student's t over blocks; above 0 the own century wins.
    """

    texts: TextSet
    best: str
    own: str
    margin: float
    low: float
    high: float

    @property
    def wins(self) -> bool:
        """Whether a voice of the own century is the best."""
        return self.margin > 0.0


def diagonals(
    nats: Mapping[tuple[str, str], Floats], century_of: Mapping[str, str], sets: Sequence[TextSet]
) -> list[Diagonal]:
    """Return for each set of held-out texts which voice tells it best.

    Parameters
    ----------
    nats : mapping of (str, str) to float array, shape (blocks,)
        By voice and set: nats a token of each block; the blocks of a set are the same for all voices.
    century_of : mapping of str to str
        Of each voice.
    sets : sequence of TextSet

    Examples
    --------
    >>> import numpy as np
    >>> nats = {("old", "x"): np.array([1.0, 1.1]), ("new", "x"): np.array([2.0, 2.2])}
    >>> [found] = diagonals(nats, {"old": "C016", "new": "C020"}, [TextSet("x", "C016", frozenset())])
    >>> found.wins, round(found.margin, 3)
    (True, 1.05)
    """
    return [_diagonal(nats, century_of, texts) for texts in sets]


def _diagonal(
    nats: Mapping[tuple[str, str], Floats], century_of: Mapping[str, str], texts: TextSet
) -> Diagonal:
    told = {
        voice: nats[voice, texts.name]
        for voice in (*century_of, BASE)
        if (voice, texts.name) in nats and voice not in texts.learnt_by
    }
    means = {voice: float(of.mean()) for voice, of in told.items()}
    own = _least(means, [v for v in means if century_of.get(v) == texts.century])
    other = _least(means, [v for v in means if v != BASE and century_of[v] != texts.century])
    best = _least(means, list(means))
    if not own or not other:
        return Diagonal(texts, best, own, math.nan, math.nan, math.nan)
    lead = told[other] - told[own]
    return Diagonal(texts, best, own, float(lead.mean()), *_interval(lead))


def _least(means: Mapping[str, float], voices: Sequence[str]) -> str:
    return min(voices, key=lambda voice: means[voice], default="")


def _interval(lead: Floats) -> tuple[float, float]:
    """Return the 95 % interval of a mean by Student's t."""
    if lead.size < 2:
        return math.nan, math.nan
    from scipy.stats import t

    half = float(t.ppf(0.975, lead.size - 1)) * float(lead.std(ddof=1)) / math.sqrt(lead.size)
    return float(lead.mean()) - half, float(lead.mean()) + half


def verdict(found: Sequence[Diagonal], n_centuries: int) -> str:
    """Return in a sentence whether voices tell their own centuries' held-out authors best.

    With the probability of as many wins if each voice of so many centuries were as likely to be best.

    Examples
    --------
    >>> won = Diagonal(TextSet("x", "C016", frozenset()), "C016", "C016", 0.2, 0.1, 0.3)
    >>> print(verdict([won, won], 4))
    the diagonal wins: in 2 of 2 sets of held-out authors a voice of their own century has the least
    perplexity (by chance p = 0.062)
    """
    from scipy.stats import binomtest

    known = [one for one in found if one.margin == one.margin]
    if not known or n_centuries < 2:
        return "one century alone: there is no other voice to compare with"
    n_won = sum(one.wins for one in known)
    p = float(binomtest(n_won, len(known), 1.0 / n_centuries, alternative="greater").pvalue)
    how = "wins" if n_won == len(known) else "does not win everywhere" if n_won else "does not win"
    return (
        f"the diagonal {how}: in {n_won} of {len(known)} sets of held-out authors a voice of their own "
        f"century has the least perplexity (by chance p = {p:.2g})"
    )


def table(
    nats: Mapping[tuple[str, str], Floats],
    tokens: Mapping[str, int],
    century_of: Mapping[str, str],
    sets: Sequence[TextSet],
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table with a header: perplexity of each voice on each set, and what it rests on."""
    yield ("voice", "texts", "century", "learnt", "perplexity", "nats", "standard_error", "tokens", "blocks")
    for voice in (BASE, *century_of):
        for texts in sets:
            of = nats[voice, texts.name]
            error = float(of.std(ddof=1)) / math.sqrt(of.size) if of.size > 1 else math.nan
            mean = float(of.mean())
            yield (
                voice,
                texts.name,
                texts.century,
                "yes" if voice in texts.learnt_by else "no",
                f"{math.exp(mean):.3f}",
                f"{mean:.5f}",
                "" if math.isnan(error) else f"{error:.5f}",
                str(tokens[texts.name]),
                str(of.size),
            )
