"""Comparison of two texts by closeness to somebody's values: asked of a mind in both orders, or by distance.

A mind prefers positions as well as texts. So each comparison is asked twice, with the texts swapped, and
counts only if both were answered. The mean of the two log odds is free of the position bias, which is half
their difference. How often both orders prefer the same text is reported beside every result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.preferences.requests import (
    CHOICE_LOGIT,
    LETTERS,
    ToCompare,
    agree,
    ask_once,
    check_choice_logit,
    letter_logit,
    preferred_side,
)
from coevolve_sim.errors import PreferenceError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Mind, Request
from coevolve_sim.minds.protocol import Status


@dataclass(frozen=True)
class Comparison:
    """Somebody's preference between two texts, shown in both orders.

    Attributes
    ----------
    who, topic, first, second : str
        As in `ToCompare`.
    logit_as_shown : tuple of float, shape (2,)
        Log odds that the *first* text is preferred: where it was shown as A, and where the second was. In
        [-20, 20]; NaN where that order was not answered.
    status : tuple of str, shape (2,)
        How the two orders ended, each one of `coevolve_sim.minds.STATUSES`.
    """

    who: str
    topic: str
    first: str
    second: str
    logit_as_shown: tuple[float, float]
    status: tuple[Status, Status]

    @property
    def is_usable(self) -> bool:
        """Whether both orders were answered."""
        return self.status == ("answered", "answered")

    @property
    def logit(self) -> float:
        """Log odds that the first text is preferred, the mean of both orders; NaN unless usable."""
        return sum(self.logit_as_shown) / 2.0 if self.is_usable else math.nan

    @property
    def lean_to_a(self) -> float:
        """Log odds that being shown as A adds to a text; NaN unless usable."""
        as_a, as_b = self.logit_as_shown
        return (as_a - as_b) / 2.0 if self.is_usable else math.nan

    @property
    def is_consistent(self) -> bool:
        """Whether both orders prefer the same text; False where one prefers neither, or is not answered."""
        return agree(self.logit_as_shown)

    @property
    def preferred(self) -> int:
        """1 for the first text, -1 for the second, 0 for neither or unless usable."""
        return preferred_side(self.logit)

    @property
    def strength(self) -> float:
        """How far the log odds are from even, at least 0; NaN unless usable."""
        return abs(self.logit)


def compare(
    mind: Mind,
    asked: Sequence[ToCompare],
    templates: Templates | None = None,
    *,
    kind: str = "compare",
    choice_logit: float = CHOICE_LOGIT,
) -> list[Comparison]:
    """Ask a mind which text is closer to what it holds, in both orders, all in one batch.

    Equal requests are sent once. A letter counts by its log-probability; where the mind gives none, its
    choice counts as a fixed logit, since a bare choice does not say how strong the preference is.

    Parameters
    ----------
    mind : Mind
        Whom to ask.
    asked : sequence of ToCompare
        What to ask.
    templates : Templates, optional
        The package's own if not given; `compare` is used.
    kind : str
        Of the requests, for the usage report.
    choice_logit : float
        What a bare choice counts for, in (0, 20].

    Returns
    -------
    list of Comparison
        One for each of what was asked, in that order.

    Raises
    ------
    PreferenceError
        If the logit of a choice is out of its range.
    MindError
        If the mind cannot be asked at all.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> ada = Templates.standard().persona("Ada", [("thrift", 0.8)])
    >>> two = ToCompare("Ada", "thrift", "I stand at 70 on thrift.", "I stand at 20 on thrift.", ada)
    >>> [found] = compare(ScriptedMind(), [two])
    >>> round(found.logit, 6), found.is_consistent
    (5.0, True)
    """
    check_choice_logit(choice_logit)
    words = templates or Templates.standard()
    requests = [
        Request(
            kind=kind,
            messages=shown.messages(words.compare(shown.topic, shown.first, shown.second)),
            options=LETTERS,
            max_tokens=1,
            voice=shown.voice,
        )
        for two in asked
        for shown in (two, two.swapped)
    ]
    read = [letter_logit(reply, choice_logit) for reply in ask_once(mind, requests)]
    # Letters are A against B; where the second text was A, the sign is turned to be of the first text.
    return [
        Comparison(two.who, two.topic, two.first, two.second, (as_a[1], -as_b[1]), (as_a[0], as_b[0]))
        for two, as_a, as_b in zip(asked, read[::2], read[1::2], strict=True)
    ]


def compare_by_distance(held: ArrayLike, first: ArrayLike, second: ArrayLike, sharpness: float) -> Floats:
    """Return the log odds that the first of two profiles is preferred, by their distance to one's own.

    ``sharpness * (d(held, second) - d(held, first))``, where d is the Euclidean distance divided by the root
    of the number of dimensions: the numeric counterpart of `compare`.

    Parameters
    ----------
    held, first, second : float array, shape (..., dimensions)
        Values in [0, 1]; all but the last axis broadcast.
    sharpness : float
        Log odds for each unit by which one is nearer, at least 0.

    Returns
    -------
    float64 array, shape (...)
        In [-sharpness, sharpness].

    Raises
    ------
    PreferenceError
        If shapes do not broadcast, numbers of dimensions differ, or a number is not finite or in range.

    Examples
    --------
    >>> compare_by_distance([[0.6], [0.1]], [0.7], [0.2], sharpness=10.0).round(6).tolist()
    [3.0, -5.0]
    """
    x, a, b = (np.asarray(values, dtype=np.float64) for values in (held, first, second))
    if not (np.isfinite(sharpness) and sharpness >= 0.0):
        raise PreferenceError(f"sharpness is at least 0 and finite; {sharpness} given")
    for name, values in (("held", x), ("first", a), ("second", b)):
        if values.ndim == 0 or values.shape[-1] == 0 or values.shape[-1] != x.shape[-1]:
            raise PreferenceError(
                f"values have the same number of dimensions, 1 or more, on the last axis; held, first and "
                f"second have the shapes {x.shape}, {a.shape} and {b.shape}"
            )
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise PreferenceError(f"'{name}' has a value that is not in [0, 1]")
    try:
        apart = _distance(x, b) - _distance(x, a)
    except ValueError:
        raise PreferenceError(
            f"held, first and second of the shapes {x.shape}, {a.shape} and {b.shape} do not broadcast"
        ) from None
    return np.asarray(sharpness * apart)


def _distance(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.sqrt(np.mean(np.square(x - y), axis=-1)))
