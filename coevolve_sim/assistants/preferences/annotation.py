"""An annotator's preference between two texts: its samples, its direction and its strength."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.preferences.comparison import Comparison
from coevolve_sim.assistants.preferences.requests import agree, preferred_side
from coevolve_sim.errors import PreferenceError
from coevolve_sim.language.parsing import ParsedMessage
from coevolve_sim.minds.protocol import Status

MARGIN = 5.0
"""The strongest that a preference can be."""


@dataclass(frozen=True)
class Sample:
    """One sample: the annotator's own answer, two critiques, and a choice in both orders.

    Attributes
    ----------
    own : ParsedMessage
        What the annotator answered itself.
    critiques : tuple of ParsedMessage, shape (2,)
        What it said of the first and of the second text; empty where its own answer failed.
    status : tuple of str, shape (2,)
        How its choices ended, with the first text as A and with the second; empty where an earlier stage
        failed and it was not asked.
    logits : tuple of float, shape (2,)
        Log odds that the first text is preferred, in these orders; NaN where there is none.
    """

    own: ParsedMessage
    critiques: tuple[ParsedMessage, ...] = ()
    status: tuple[Status, ...] = ()
    logits: tuple[float, float] = (math.nan, math.nan)

    @property
    def ends(self) -> tuple[Status, ...]:
        """Status of every request of the sample, stage by stage."""
        return (self.own.status, *(said.status for said in self.critiques), *self.status)

    @property
    def is_counted(self) -> bool:
        """Whether all its stages were answered; of a truncated text, what was heard counts as an answer."""
        return len(self.ends) == 5 and self.is_heard_so_far and set(self.status) == {"answered"}

    @property
    def is_heard_so_far(self) -> bool:
        """Whether the texts written so far are heard."""
        return all(said.is_heard for said in (self.own, *self.critiques))


@dataclass(frozen=True)
class Annotation:
    """An annotator's preference between two texts, over all samples.

    Attributes
    ----------
    who, topic, first, second : str
        As in `ToCompare`.
    samples : tuple of Sample
        All of them; those that do not count are here, too.
    margin : float
        The strongest that its preference can be.
    """

    who: str
    topic: str
    first: str
    second: str
    samples: tuple[Sample, ...]
    margin: float

    @property
    def n_counted(self) -> int:
        """How many samples count."""
        return sum(sample.is_counted for sample in self.samples)

    @property
    def is_usable(self) -> bool:
        """Whether any sample counts."""
        return self.n_counted > 0

    @property
    def logits(self) -> Floats:
        """Log odds that the first is preferred, shape (samples, orders); NaN in samples that do not count."""
        nothing = (math.nan, math.nan)
        return np.array([sample.logits if sample.is_counted else nothing for sample in self.samples])

    @property
    def logit(self) -> float:
        """The mean of `logits` over samples that count, in [-margin, margin]; NaN without any."""
        return float(strength(self.logits, self.margin))

    @property
    def is_consistent(self) -> bool:
        """Whether both orders, each averaged over samples, prefer the same text."""
        return agree(self.comparison.logit_as_shown)

    @property
    def comparison(self) -> Comparison:
        """The annotation as one comparison: the log odds of each order, averaged over samples that count.

        They are not cut to the margin. Without a sample that counts, both orders end as the first of the
        samples did, at the first of its stages that was not answered.
        """
        counted = [sample.logits for sample in self.samples if sample.is_counted]
        ends: tuple[Status, Status] = ("answered", "answered")
        by_order = (math.nan, math.nan)
        if counted:
            as_a, as_b = np.mean(counted, axis=0).tolist()
            by_order = (as_a, as_b)
        else:
            failed = next(end for end in self.samples[0].ends if end != "answered")
            ends = (failed, failed)
        return Comparison(self.who, self.topic, self.first, self.second, by_order, ends)

    @property
    def preferred(self) -> int:
        """1 for the first text, -1 for the second, 0 for neither or unless usable."""
        return preferred_side(self.logit)

    @property
    def strength(self) -> float:
        """How strong the preference is, in [0, margin]; NaN unless usable."""
        return abs(self.logit)


def strength(logits: ArrayLike, margin: float = MARGIN) -> Floats:
    """Return the mean of log odds over samples and orders, cut to a margin.

    A sample that lacks an order does not count, because the position bias would not cancel.

    Parameters
    ----------
    logits : float array, shape (..., samples, orders)
        Log odds that the first text is preferred: the difference of the log perplexities of the verdicts for
        the second and for the first. NaN where there is none.
    margin : float
        Above 0.

    Returns
    -------
    float64 array, shape (...)
        In [-margin, margin]; NaN where no sample counts.

    Raises
    ------
    PreferenceError
        If there are no two axes, or nothing on them, a number is infinite, or the margin is not above 0.

    References
    ----------
    [Bao2024]_

    Examples
    --------
    >>> strength([[3.0, -1.0], [2.0, 0.0]]), strength([[9.0, 9.0], [9.0, float("nan")]], margin=2.0)
    (array(1.), array(2.))
    """
    found = np.asarray(logits, dtype=np.float64)
    if found.ndim < 2 or 0 in found.shape[-2:]:
        raise PreferenceError(
            f"log odds have the shape (..., samples, orders), at least one of each; {found.shape} given"
        )
    if np.isinf(found).any():
        raise PreferenceError("log odds are finite, or NaN where there are none; an infinite one is given")
    check_margin(margin)
    by_sample = found.mean(axis=-1)
    counted = ~np.isnan(by_sample)
    n = counted.sum(axis=-1)
    total = np.where(counted, by_sample, 0.0).sum(axis=-1)
    return np.asarray(np.clip(np.where(n > 0, total / np.maximum(n, 1), np.nan), -margin, margin))


def check_margin(margin: float) -> None:
    """Require a margin above 0.

    Raises
    ------
    PreferenceError
        If it is not.
    """
    if not margin > 0.0:
        raise PreferenceError(f"a margin is above 0; {margin} given")
