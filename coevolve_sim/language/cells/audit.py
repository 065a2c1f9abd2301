"""The audit of cells: some humans are asked in full, and what is perceived of them is compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.streams import stream

KINDS = ("peer", "question", "answer")
"""Kinds of messages that are audited."""

CONFIDENCE = 0.95
"""Of all intervals of an audit together."""

LEAST = 8
"""Messages read both ways of which an interval is told, at least."""

SURELY = 3.5
"""Standard deviations that are not put down to chance, of several topics and voices."""

MOST_LOST = 0.05
"""Share of messages read one way and not the other, above chance, that is accepted."""


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
        Mean residual (in full minus by cell), and the ends of its interval, by Student's t; all intervals of
        an audit hold together with `CONFIDENCE`. The ends are nan with fewer than `LEAST` messages.
    rms : float
        Root mean square of the residuals.
    only_in_full, only_by_cell : int
        Number of messages that were read in one way alone.
    """

    kind: str
    voice: str
    dimension: int
    n: int
    mean: float
    low: float
    high: float
    rms: float
    only_in_full: int = 0
    only_by_cell: int = 0

    @property
    def lost(self) -> float:
        """Share of messages that are read in one way and not in the other, more than chance explains."""
        apart, total = abs(self.only_in_full - self.only_by_cell), self.only_in_full + self.only_by_cell
        return max(0.0, apart - SURELY * math.sqrt(total)) / max(1, self.n + total)


def summarize(audited: Iterable[Audited]) -> list[AuditRow]:
    """Return what an audit found by kind, voice and topic, sorted.

    Examples
    --------
    >>> pairs = [(0.52, 0.5), (0.49, 0.5), (0.5, 0.5)]
    >>> (row,) = summarize([Audited(0, "peer", "", 0, full, cell) for full, cell in pairs])
    >>> row.n, round(row.mean, 4), round(row.rms, 4)
    (3, 0.0033, 0.0129)
    """
    found: dict[tuple[str, str, int], list[Audited]] = {}
    for one in audited:
        found.setdefault((one.kind, one.voice, one.dimension), []).append(one)
    # Each interval is wider the more there are, so that all hold together (Bonferroni).
    return [_row(key, of_key, len(found)) for key, of_key in sorted(found.items())]


def _row(key: tuple[str, str, int], audited: Sequence[Audited], n_rows: int) -> AuditRow:
    in_full, by_cell = (np.array([getattr(one, side) for one in audited]) for side in ("in_full", "by_cell"))
    has_full, has_cell = np.isfinite(in_full), np.isfinite(by_cell)
    residuals = (in_full - by_cell)[has_full & has_cell]
    alone = int((has_full & ~has_cell).sum()), int((has_cell & ~has_full).sum())
    if not residuals.size:
        return AuditRow(*key, 0, math.nan, math.nan, math.nan, math.nan, *alone)
    mean, half = float(residuals.mean()), _half_width(residuals, n_rows)
    rms = float(np.sqrt((residuals**2).mean()))
    return AuditRow(*key, residuals.size, mean, mean - half, mean + half, rms, *alone)


def _half_width(residuals: Floats, n_rows: int) -> float:
    """Return half the width of a mean's interval, one of so many that hold together; nan for too few."""
    if residuals.size < LEAST:
        return math.nan
    from scipy.special import stdtrit  # late: it takes a while

    reach = float(stdtrit(residuals.size - 1, 1.0 - (1.0 - CONFIDENCE) / (2.0 * n_rows)))
    return reach * float(residuals.std(ddof=1)) / math.sqrt(residuals.size)


class Drift(NamedTuple):
    """About how far the error of cells can have moved people in a run.

    Attributes
    ----------
    bound : float
        The sum over rounds of the mean residual's size times the rate with which people move, for the topic
        and voice where it is furthest above chance; the kinds of messages that people hear added up. nan
        where nothing was read both ways.
    by_chance : float
        What the same sum is expected to be if no residual has a mean: there is noise in it.
    beyond_chance : float
        By how much the bound is above what chance gives in all but a case of a thousand or so.
    """

    bound: float
    by_chance: float
    beyond_chance: float


UNKNOWN = Drift(math.nan, math.nan, math.nan)
"""The drift where nobody was read both ways."""


def bound_drift(rounds: Sequence[Sequence[Audited]], rates: Mapping[str, float]) -> Drift:
    """Return about how far people can have drifted by cells' error.

    What chance gives goes by the spread of residuals over all rounds, so that a round with a single one
    counts for what it is.

    Parameters
    ----------
    rounds : sequence of sequences of Audited
        The audit of each round.
    rates : mapping of str to float
        By which share of the way people move at most, by the kind of the message that they hear.
    """
    parts: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for (kind, voice, topic), means in _mean_residuals(rounds).items():
        rate, spread = rates.get(kind, 0.0), _pooled_spread(means)
        if rate and len(means) > 1 and not math.isnan(spread):
            terms = [(rate * abs(one.mean()), rate * spread / math.sqrt(one.size)) for one in means]
            parts.setdefault((voice, topic), []).extend(terms)
    found = [_add_up(terms) for terms in parts.values()]
    return max(found, key=lambda drift: drift.beyond_chance) if found else UNKNOWN


def _add_up(terms: Sequence[tuple[float, float]]) -> Drift:
    """Add up what each round has and what chance gives it: the size of a normal number, and its spread."""
    sizes, errors = (np.array(column) for column in zip(*terms, strict=True))
    chance = float(errors.sum()) * math.sqrt(2.0 / math.pi)
    spread = math.sqrt(float((errors**2).sum()) * (1.0 - 2.0 / math.pi))
    return Drift(float(sizes.sum()), chance, float(sizes.sum()) - chance - SURELY * spread)


def _mean_residuals(rounds: Sequence[Sequence[Audited]]) -> dict[tuple[str, str, int], list[Floats]]:
    """Return the residuals of each round by kind, voice and topic."""
    found: dict[tuple[str, str, int], list[Floats]] = {}
    for audited in rounds:
        of_round: dict[tuple[str, str, int], list[float]] = {}
        for one in audited:
            if not math.isnan(one.residual):
                of_round.setdefault((one.kind, one.voice, one.dimension), []).append(one.residual)
        for key, residuals in of_round.items():
            found.setdefault(key, []).append(np.array(residuals))
    return found


def _pooled_spread(rounds: Sequence[Floats]) -> float:
    """Return the spread of residuals about the mean of their round; about nothing where each is alone."""
    free = sum(one.size - 1 for one in rounds)
    if free:
        return math.sqrt(sum(float(((one - one.mean()) ** 2).sum()) for one in rounds) / free)
    return float(np.concatenate(rounds).std(ddof=1)) if len(rounds) > 1 else math.nan


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
    so it is beyond the tolerance, too, where the drift is further than that above chance, and where more
    messages are read one way than the other.

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
    lost = max(rows, key=lambda row: row.lost, default=None)
    if lost is not None and lost.lost > MOST_LOST:
        return Verdict("beyond", _tell_lost(lost))
    if not told:
        return Verdict("undecided", f"Fewer than {LEAST} messages were read both ways: nothing is known.")
    far = max(told, key=lambda row: max(abs(row.low), abs(row.high)))
    off = max(told, key=lambda row: max(row.low, -row.high))
    n = f"({sum(row.n for row in told):,} read both ways)"
    if max(off.low, -off.high) > tolerance:
        return Verdict("beyond", f"{_tell(off)}: beyond the tolerance of {tolerance:g} {n}.")
    if drift.beyond_chance > tolerance:
        return Verdict(
            "beyond",
            f"{_tell(far)}, but off up in some rounds and down in others by more than chance: the tolerance "
            f"is {tolerance:g} {n}.",
        )
    if max(abs(far.low), abs(far.high)) > tolerance:
        return Verdict(
            "undecided",
            f"{_tell(far)}: not shown to be within the tolerance of {tolerance:g}; audit more humans a round "
            f"to decide it {n}.",
        )
    few = [row for row in rows if math.isnan(row.low)]
    if few:
        kind = _SHOWN[few[0].kind]
        return Verdict(
            "undecided",
            f"{_tell(far)}: within the tolerance of {tolerance:g} {n}, but of {kind} fewer than {LEAST} were "
            "read both ways; audit more humans a round to decide it.",
        )
    return Verdict("within", f"{_tell(far)}: within the tolerance of {tolerance:g} {n}.")


_SHOWN = {"peer": "messages to peers", "question": "questions", "answer": "answers"}


def _tell(row: AuditRow) -> str:
    voice = f" as voice '{row.voice}' reads them" if row.voice else ""
    interval = f"{row.mean:+.4f} [{row.low:+.4f}, {row.high:+.4f}]"
    return f"Of {_SHOWN[row.kind]}{voice}, cells are off by {interval} on average"


def _tell_lost(row: AuditRow) -> str:
    total = row.n + row.only_in_full + row.only_by_cell
    return (
        f"Of {total:,} {_SHOWN[row.kind]} that were read, {row.only_in_full:,} were read in full alone and "
        f"{row.only_by_cell:,} by cell alone."
    )
