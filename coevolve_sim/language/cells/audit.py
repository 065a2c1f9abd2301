"""The audit of cells: some humans are asked in full, and what is perceived of them is compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.streams import stream

KINDS = ("peer", "question", "answer")
"""Kinds of messages that are audited."""

CONFIDENCE = 0.95
"""Of all intervals of an audit together."""


class Audited(NamedTuple):
    """What is perceived of one message of a human who was asked in full.

    Attributes
    ----------
    human : int
        Who was asked; of an ``answer``, who is answered.
    kind : str
        One of `KINDS`.
    voice : str
        The voice that reads.
    dimension : int
        Index of the topic.
    in_full, by_cell : float
        Value perceived, in [0, 1], of what this human was asked, and of what its cell says for it; nan where
        nothing was read.
    """

    human: int
    kind: str
    voice: str
    dimension: int
    in_full: float
    by_cell: float

    @property
    def residual(self) -> float:
        """In full minus by cell; nan where either was not read."""
        return self.in_full - self.by_cell


def draw_audited(n_humans: int, number: int, seed: int, round_index: int) -> Indices:
    """Return the humans who are asked in full in a round, ascending.

    Examples
    --------
    >>> draw_audited(5, 2, seed=1, round_index=3).size
    2
    """
    drawn = stream(seed, "audit", round_index).choice(n_humans, size=min(number, n_humans), replace=False)
    return np.sort(drawn)


class AuditRow(NamedTuple):
    """What an audit found of one kind of message, as one voice reads it, on one topic.

    Attributes
    ----------
    kind, voice, dimension
        Of which messages.
    n : int
        Number of messages that were read both ways.
    mean, low, high : float
        Mean residual (in full minus by cell), and the ends of its interval; all intervals of an audit hold
        together with `CONFIDENCE`. nan with fewer than two messages.
    rms : float
        Root mean square of the residuals.
    """

    kind: str
    voice: str
    dimension: int
    n: int
    mean: float
    low: float
    high: float
    rms: float


def summarize(audited: Iterable[Audited]) -> list[AuditRow]:
    """Return what an audit found by kind, voice and topic, sorted.

    Examples
    --------
    >>> pairs = [(0.52, 0.5), (0.49, 0.5), (0.5, 0.5)]
    >>> (row,) = summarize([Audited(0, "peer", "", 0, full, cell) for full, cell in pairs])
    >>> row.n, round(row.mean, 4), round(row.rms, 4)
    (3, 0.0033, 0.0129)
    """
    found: dict[tuple[str, str, int], list[float]] = {}
    for one in audited:
        if not math.isnan(one.residual):
            found.setdefault((one.kind, one.voice, one.dimension), []).append(one.residual)
    # Each interval is wider the more there are, so that all hold together (Bonferroni).
    reach = NormalDist().inv_cdf(1.0 - (1.0 - CONFIDENCE) / (2.0 * max(1, len(found))))
    return [_row(key, np.array(residuals), reach) for key, residuals in sorted(found.items())]


def _row(key: tuple[str, str, int], residuals: Floats, reach: float) -> AuditRow:
    mean, rms = float(residuals.mean()), float(np.sqrt((residuals**2).mean()))
    half = (
        reach * float(residuals.std(ddof=1)) / math.sqrt(residuals.size) if residuals.size > 1 else math.nan
    )
    return AuditRow(*key, residuals.size, mean, mean - half, mean + half, rms)


class Drift(NamedTuple):
    """How far the error of cells can have moved people in a run, at most.

    Attributes
    ----------
    bound : float
        The sum over rounds of the mean residual's size times the rate with which people move, for the topic
        where it is greatest; the kinds of messages that people hear added up.
    by_chance : float
        What the same sum is expected to be if no residual has a mean: there is noise in it.
    """

    bound: float
    by_chance: float

    @property
    def beyond_chance(self) -> float:
        """What of the bound noise does not explain: less twice what it gives; nan where that is unknown."""
        return self.bound - 2.0 * self.by_chance


UNKNOWN = Drift(math.nan, math.nan)
"""The drift where nobody was read both ways."""


def bound_drift(rounds: Sequence[Sequence[Audited]], rates: Mapping[str, float]) -> Drift:
    """Return a bound on the drift by cells' error.

    Parameters
    ----------
    rounds : sequence of sequences of Audited
        The audit of each round.
    rates : mapping of str to float
        By which share of the way people move, by the kind of the message that they hear.
    """
    bounds: dict[int, float] = {}
    chance: dict[int, float] = {}
    for audited in rounds:
        for (kind, d), residuals in _by_kind_and_topic(audited).items():
            rate = rates.get(kind, 0.0)
            bounds[d] = bounds.get(d, 0.0) + rate * abs(float(residuals.mean()))
            if residuals.size > 1:
                error = float(residuals.std(ddof=1)) / math.sqrt(residuals.size)
                chance[d] = chance.get(d, 0.0) + rate * error * math.sqrt(2.0 / math.pi)
    if not bounds:
        return UNKNOWN
    worst = max(bounds, key=lambda d: bounds[d])
    return Drift(bounds[worst], chance.get(worst, math.nan))


def _by_kind_and_topic(audited: Iterable[Audited]) -> dict[tuple[str, int], Floats]:
    found: dict[tuple[str, int], list[float]] = {}
    for one in audited:
        if not math.isnan(one.residual):
            found.setdefault((one.kind, one.dimension), []).append(one.residual)
    return {key: np.array(residuals) for key, residuals in found.items()}


class Verdict(NamedTuple):
    """Whether cells stand for the humans in them.

    Attributes
    ----------
    verdict : str
        ``within`` the tolerance, ``beyond`` it, or ``undecided``.
    sentence : str
        Why, in a sentence with its numbers.
    """

    verdict: str
    sentence: str


def judge_audit(rows: Sequence[AuditRow], tolerance: float, drift: Drift = UNKNOWN) -> Verdict:
    """Return whether mean residuals are within a tolerance, by their intervals and by the drift.

    Errors that are up in one round and down in another have a mean of nothing and move people all the same:
    so it is beyond the tolerance, too, where the bound on the drift is more than twice what chance gives,
    and more than the tolerance above that.

    Parameters
    ----------
    rows : sequence of AuditRow
        What `summarize` returned.
    tolerance : float
        Greatest mean residual that is accepted.
    drift : Drift, optional
        What `bound_drift` returned.

    Examples
    --------
    >>> judge_audit([AuditRow("peer", "", 0, 400, 0.001, -0.002, 0.004, 0.03)], 0.01).verdict
    'within'
    >>> judge_audit([AuditRow("peer", "", 0, 9, 0.001, -0.02, 0.022, 0.03)], 0.01).verdict
    'undecided'
    """
    told = [row for row in rows if not math.isnan(row.low)]
    if not told:
        return Verdict("undecided", "Nobody who was asked in full was read both ways: nothing is known.")
    far = max(told, key=lambda row: max(abs(row.low), abs(row.high)))
    off = max(told, key=lambda row: max(row.low, -row.high))
    n = sum(row.n for row in told)
    if max(off.low, -off.high) > tolerance:
        return Verdict(
            "beyond", f"{_tell(off)}: beyond the tolerance of {tolerance:g} ({n:,} read both ways)."
        )
    if drift.beyond_chance > tolerance:
        return Verdict(
            "beyond",
            f"{_tell(far)}, but off up in some rounds and down in others by more than chance: the tolerance "
            f"is {tolerance:g} ({n:,} read both ways).",
        )
    within = max(abs(far.low), abs(far.high)) <= tolerance
    place = "within" if within else "not shown to be within"
    more = "" if within else "; audit more humans a round to decide it"
    return Verdict(
        "within" if within else "undecided",
        f"{_tell(far)}: {place} the tolerance of {tolerance:g}{more} ({n:,} read both ways).",
    )


def _tell(row: AuditRow) -> str:
    what = {"peer": "messages to peers", "question": "questions", "answer": "answers"}[row.kind]
    voice = f" as voice '{row.voice}' reads them" if row.voice else ""
    return f"Of {what}{voice}, cells are off by {row.mean:+.4f} [{row.low:+.4f}, {row.high:+.4f}] on average"
