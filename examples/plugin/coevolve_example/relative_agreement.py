"""A rule that keeps state: relative agreement, in which everybody is more or less sure of what they hold.

A human holds a segment on each dimension: its value, and its uncertainty to either side. Whoever hears
somebody more than half of whose segment lies within its own is moved towards it, the more of it does, and
becomes as sure or as unsure by as much. So the sure persuade the unsure, and hardly the other way round.

References
----------
Deffuant, G., Amblard, F., Weisbuch, G. and Faure, T. (2002). How can extremism prevail? A study based on the
relative agreement interaction model. Journal of Artificial Societies and Social Simulation, 5(4), 1.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from coevolve_sim.networks import Ties
from coevolve_sim.rules import Exchange, Moved, Rule

Floats = NDArray[np.float64]


def agree(
    values: Floats, uncertainty: Floats, heard: Floats, heard_uncertainty: Floats, pace: float
) -> tuple[Floats, Floats]:
    """Return where listeners stand, and how sure they are, after each has heard one speaker.

    With ``h = min(x_i + u_i, x_j + u_j) - max(x_i - u_i, x_j - u_j)``, the overlap of the segments of speaker
    i and listener j: if ``h > u_i``, then ``x_j' = x_j + pace (h / u_i - 1) (x_i - x_j)`` and
    ``u_j' = u_j + pace (h / u_i - 1) (u_i - u_j)``; else nothing happens.

    Parameters
    ----------
    values, uncertainty : float arrays of one shape
        Of the listeners: in [0, 1], and above 0.
    heard, heard_uncertainty : float arrays of the same shape
        Of the speakers.
    pace : float
        In [0, 0.5].

    Returns
    -------
    values, uncertainty : float64 arrays of the same shape

    Examples
    --------
    A sure speaker at 0.5 (u = 0.1) is heard by an unsure listener at 0.4 (u = 0.4): all of the speaker's
    segment is covered, h = 0.2, so h / u - 1 = 1, and with pace 0.5 the listener goes half the way in both:

    >>> agree(np.array([0.4]), np.array([0.4]), np.array([0.5]), np.array([0.1]), 0.5)
    (array([0.45]), array([0.25]))
    """
    overlap = np.minimum(heard + heard_uncertainty, values + uncertainty) - np.maximum(
        heard - heard_uncertainty, values - uncertainty
    )
    share = pace * np.where(overlap > heard_uncertainty, overlap / heard_uncertainty - 1.0, 0.0)
    return values + share * (heard - values), uncertainty + share * (heard_uncertainty - uncertainty)


class RelativeAgreement(Rule):
    """Hears one speaker a round, and is moved by how far the two agree and how sure the speaker is.

    It keeps ``uncertainty``, shape (humans, dimensions). The paper lets one pair meet after the other;
    here all hear at once, each of them one of those it is tied to.

    Parameters
    ----------
    pace : float
        How far a listener goes at most, in [0, 0.5].
    uncertainty : float
        Of everybody at first, on a scale of length 1: half of the paper's, whose scale has length 2.
    sure_within : float
        Whoever begins so near to an end of the scale is sure from the start, as the paper's extremists are;
        0 for nobody.
    sure : float
        Their uncertainty.
    """

    name: ClassVar[str] = "relative_agreement"
    meaning: ClassVar[str] = "Is moved by one speaker a round, the more the two agree and the surer it is."
    source: ClassVar[str] = "Deffuant2002"
    keeps_consensus: ClassVar[bool] = True

    def __init__(
        self,
        pace: Annotated[float, Field(ge=0.0, le=0.5)] = 0.1,
        uncertainty: Annotated[float, Field(gt=0.0, le=1.0)] = 0.4,
        sure_within: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0,
        sure: Annotated[float, Field(gt=0.0, le=1.0)] = 0.05,
    ) -> None:
        self.pace, self.uncertainty, self.sure_within, self.sure = pace, uncertainty, sure_within, sure

    def first_state(self, values: Floats) -> dict[str, Floats]:
        """Return everybody's uncertainty, less for who begins near an end of the scale."""
        near_an_end = np.minimum(values, 1.0 - values) < self.sure_within
        return {"uncertainty": np.where(near_an_end, self.sure, self.uncertainty)}

    def memory_per_human(self, n_dimensions: int) -> int:
        """Return how many numbers it needs for a human: uncertainty, what is heard, and each anew."""
        return 4 * n_dimensions

    def exchange(self, given: Exchange) -> Moved:
        """Let every human hear one of those it is tied to."""
        topics = slice(None) if given.context.topics is None else given.context.topics
        kept = np.array(given.state["uncertainty"], dtype=np.float64)
        hears, speakers, messages = _one_each(given)
        moved, own = given.values.copy(), kept[:, topics]
        moved[hears], own[hears] = agree(
            moved[hears], own[hears], given.perceived.perceived[messages], own[speakers], self.pace
        )
        kept[:, topics] = own
        return Moved(moved, {"uncertainty": kept})


def _one_each(given: Exchange) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return who hears anybody, whom each of them hears in this round, and which message that is."""
    ties: Ties = given.ties
    draw = given.context.stream("relative agreement").random(ties.n_humans)
    hears = np.flatnonzero(ties.degrees)
    place = (draw[hears] * ties.degrees[hears]).astype(np.intp)
    if ties.complete:  # no ties are spelled out: everybody but oneself, in the order of humans
        speakers = place + (place >= hears)
        return hears, speakers, given.perceived.rows[speakers].astype(np.intp)
    chosen = ties.indptr[hears] + place
    return hears, ties.indices[chosen].astype(np.intp), given.perceived.rows[chosen].astype(np.intp)
