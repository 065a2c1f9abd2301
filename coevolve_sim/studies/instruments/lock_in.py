"""The verdict on lock-in: three clauses and a placebo, as a function of intervals.

(i) variety, or movement, falls and stays low; (ii) it does not without the loop, which is a paired effect
against the world without an assistant and one against the world with a frozen assistant; (iii) it does not
come back when the cause goes. The *placebo* is a kick of the same size in the world without an assistant,
which must come back within the horizon: a society that forgets nothing keeps everything, and shows nothing.

==========  ==================================================================================================
lock_in     (i), (ii), less than half is recovered when the assistant goes, and the placebo comes back
influence   (ii), more than half is recovered when it goes, and the gap does not close while it stays
drag        (ii), and the gap closes while it stays
no_effect   an effect of (ii) cannot be told from zero
undecided   else: an interval is too wide, or the placebo does not come back
==========  ==================================================================================================

A gap that closes while the assistant stays is drag whatever is recovered without it: nothing stayed low.
Clauses are not corrected for how many they are: all must hold at once, which chance alone brings about less
often than any one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import PairedEffect

THRESHOLD = 0.5
"""The share recovered, or closed, that decides."""
LITTLE_GAINED = 1.5
"""Below this variance reduction pairing is said to have gained nothing."""


class HasEnds(Protocol):
    """Anything with the two ends of an interval, such as a `PairedEffect`."""

    @property
    def low(self) -> float:
        """Lower end."""

    @property
    def high(self) -> float:
        """Upper end."""


@dataclass(frozen=True)
class IntervalEnds:
    """The two ends of an interval that was computed elsewhere.

    Attributes
    ----------
    low, high : float
    """

    low: float
    high: float


@dataclass(frozen=True)
class LockInVerdict:
    """What a study shows of an assistant's effect.

    Attributes
    ----------
    verdict : {"lock_in", "influence", "drag", "no_effect", "undecided"}
    reason : str
        Why, in a sentence with the intervals that decided.
    """

    verdict: Literal["lock_in", "influence", "drag", "no_effect", "undecided"]
    reason: str


def judge_lock_in(
    *,
    against_none: PairedEffect,
    against_frozen: PairedEffect,
    loss: HasEnds,
    recovered: HasEnds | None,
    placebo: HasEnds,
    closed: HasEnds | None,
    threshold: float = THRESHOLD,
    horizon: int | None = None,
) -> LockInVerdict:
    """Return the verdict on an assistant's effect, from intervals over replications.

    Parameters
    ----------
    against_none, against_frozen : PairedEffect
        Clause (ii): the effect against the world without an assistant, and against that with a frozen one.
    loss : HasEnds
        Clause (i): how much variety or movement is lower at the horizon; it has fallen and stays low where
        its lower end is above 0.
    recovered : HasEnds or None
        Clause (iii): the share of the gap recovered at the horizon after the assistant went; None if that was
        refused or not run.
    placebo : HasEnds
        The share of a kick of the same size that the world without an assistant recovered in the same time.
    closed : HasEnds or None
        The share of the gap that closed in the same time while the assistant stayed; None if not run.
    threshold : float
        In (0, 1).
    horizon : int, optional
        Rounds after which shares were read, for the sentence.

    Returns
    -------
    LockInVerdict

    Raises
    ------
    StudyError
        If an interval's ends are not finite or in the wrong order (names it), or the threshold is not in
        (0, 1).

    References
    ----------
    [Qiu2025]_, for lock-in.

    Examples
    --------
    >>> from coevolve_sim.studies import paired_effect
    >>> effect = paired_effect([0.3, 0.31, 0.32], [0.1, 0.11, 0.12])
    >>> judge_lock_in(
    ...     against_none=effect, against_frozen=effect, loss=effect, recovered=IntervalEnds(0.0, 0.1),
    ...     placebo=IntervalEnds(0.9, 1.0), closed=IntervalEnds(0.0, 0.1), horizon=50,
    ... )
    LockInVerdict(verdict='lock_in', reason='after 50 rounds without the assistant 0 to 0.1 of the gap is \
recovered, of a placebo 0.9 to 1')
    """
    if not 0 < threshold < 1:
        raise StudyError(f"the threshold is a share, between 0 and 1; {threshold} given")
    named: dict[str, HasEnds | None] = {
        "against_none": against_none,
        "against_frozen": against_frozen,
        "loss": loss,
        "recovered": recovered,
        "placebo": placebo,
        "closed": closed,
    }
    for name, ends in named.items():
        _check_ends(name, ends)
    unseen = _no_effect(against_none, against_frozen)
    if unseen:
        return LockInVerdict("no_effect", unseen)
    after = "at the horizon" if horizon is None else f"after {horizon} rounds"
    if placebo.high <= threshold:
        reason = (
            f"this society forgets nothing: without an assistant {_said(placebo)} of a kick is recovered "
            f"{after}; it needs anchors, or a history that attracts"
        )
        return LockInVerdict("undecided", reason)
    if placebo.low <= threshold:
        return LockInVerdict("undecided", _too_wide("the placebo's recovered share", placebo, threshold))
    if closed is not None and closed.low > threshold:
        return LockInVerdict("drag", f"while the assistant stays {_said(closed)} of the gap closes {after}")
    return _judge_recovery(loss, recovered, placebo, closed, threshold, after)


def _judge_recovery(
    loss: HasEnds,
    recovered: HasEnds | None,
    placebo: HasEnds,
    closed: HasEnds | None,
    threshold: float,
    after: str,
) -> LockInVerdict:
    """Return the verdict where there is an effect, the placebo came back, and no drag is told."""
    if recovered is None:
        return LockInVerdict("undecided", "what is recovered without the assistant was refused, or not run")
    share = f"{after} without the assistant {_said(recovered)} of the gap is recovered"
    if recovered.high < threshold:
        if loss.low > 0:
            return LockInVerdict("lock_in", f"{share}, of a placebo {_said(placebo)}")
        if loss.high < 0:
            return LockInVerdict(
                "undecided", f"{share}, but variety or movement did not fall: {_said(loss)} lower"
            )
        return LockInVerdict("undecided", _too_wide("the loss of variety or movement", loss, 0.0))
    if recovered.low > threshold:
        if closed is None:
            reason = f"{share}; whether the gap closes while it stays was not run: drag or influence"
            return LockInVerdict("undecided", reason)
        if closed.high < threshold:
            return LockInVerdict("influence", f"{share}; while it stays {_said(closed)} of it closes")
        reason = _too_wide("the share of the gap that closes while the assistant stays", closed, threshold)
        return LockInVerdict("undecided", reason)
    return LockInVerdict("undecided", _too_wide("the recovered share", recovered, threshold))


def _no_effect(against_none: PairedEffect, against_frozen: PairedEffect) -> str:
    """Return which effects cannot be told from zero, or nothing."""
    worlds = (("without an assistant", against_none), ("with a frozen assistant", against_frozen))
    unseen = [
        f"against the world {name} {_describe_nothing(effect)}"
        for name, effect in worlds
        if effect.low <= 0 <= effect.high
    ]
    return "; ".join(unseen)


def _pairing(effect: PairedEffect) -> str:
    """Return the remark that pairing did not help, if so."""
    if not effect.variance_reduction < LITTLE_GAINED:
        return ""
    return (
        f", and pairing gained nothing (variance reduction {effect.variance_reduction:.2g}): do the worlds "
        "share people, ties and draws?"
    )


def _describe_nothing(effect: PairedEffect) -> str:
    if effect.low == effect.high == 0:
        return f"there is no difference in any of {effect.n} pairs"
    return (
        f"the effect, {_said(effect)}, cannot be told from zero; one of {effect.smallest_effect_seen:.2g} "
        f"would have been seen{_pairing(effect)}"
    )


def _check_ends(name: str, ends: HasEnds | None) -> None:
    if ends is not None and not (np.isfinite(ends.low) and np.isfinite(ends.high) and ends.low <= ends.high):
        raise StudyError(
            f"{name} must be an interval of finite ends, the lower first; {ends.low} to {ends.high} given"
        )


def _too_wide(what: str, ends: HasEnds, at: float) -> str:
    return f"the interval of {what}, {_said(ends)}, holds {at:g}: give more replications"


def _said(ends: HasEnds) -> str:
    return f"{ends.low:.3g} to {ends.high:.3g}"
