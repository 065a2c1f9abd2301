"""A row of a verification: a known result, next to what was measured here.

The verdict is computed from the numbers in the row and from nothing else. A tolerance follows from a
reason that is stated: a Monte Carlo error (`monte_carlo_tolerance`, `share_tolerance`), a bound of finite
size, or arithmetic. With it goes the least difference that the row would see: a tolerance so wide that no
result could fail checks nothing.

A row that disagrees with its source ``failed``, unless an independent implementation of the same model in the
same setting agrees with what was measured here and also disagrees with the source: then it ``differs``, and
the page shows both figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

Numbers = tuple[float, ...]
_FIELDS = ("key", "claim", "expected", "measured", "tolerance", "reason", "source", "chance")

COVERAGE = 0.99865
"""One-sided probability of three standard errors."""
POWER = 0.8
"""Share of runs in which the least difference that a row would see fails it."""


class Tolerance(NamedTuple):
    """How far a row may be off.

    Attributes
    ----------
    size : float
        Largest difference allowed.
    chance : float
        What a true difference must exceed `size` by to be seen in four of five runs.
    reason : str
        Where both come from.
    """

    size: float
    chance: float
    reason: str


@dataclass(frozen=True)
class Independent:
    """The result of an independent implementation in the same setting.

    Attributes
    ----------
    measured : tuple of float
        As many numbers as the row has.
    tolerance : float
        Largest difference of each number from the one measured here.
    doubt : float
        Smallest difference of each number from the source that counts as disagreement.
    who : str
        Which implementation it is, how it was run, and where the tolerances come from.
    """

    measured: Numbers
    tolerance: float
    doubt: float
    who: str


@dataclass(frozen=True)
class CheckRow:
    """One known result, checked.

    Attributes
    ----------
    key : str
        Unique name of the row.
    claim : str
        The claim in words, with its parameters.
    expected, measured : tuple of float
        Numbers from the source, and those measured here; nothing measured where the check could not be run.
    tolerance : float
        Largest difference allowed for each number.
    reason : str
        Where the tolerance comes from, or why the check could not be run.
    source : str
        Key into ``docs/references.bib``.
    independent : Independent or None
        Result of an independent implementation, where the source is in doubt.
    chance : float
        What a true difference must exceed the tolerance by to be seen in four of five runs; 0 where nothing
        is left to chance.
    """

    key: str
    claim: str
    expected: Numbers
    measured: Numbers
    tolerance: float
    reason: str
    source: str
    independent: Independent | None = None
    chance: float = 0.0

    @property
    def smallest_seen(self) -> float:
        """The least true difference from what is expected that the row sees in four of five runs.

        Examples
        --------
        >>> CheckRow("k", "c", (1.0,), (1.1,), 0.25, "r", "s", chance=0.125).smallest_seen
        0.375
        """
        return self.tolerance + self.chance

    @property
    def passed(self) -> bool | None:
        """Whether measured agrees with expected; None where the check could not be run.

        Examples
        --------
        >>> CheckRow("k", "c", (1.0,), (1.1,), 0.2, "r", "s").passed
        True
        >>> CheckRow("k", "c", (1.0,), (), 0.2, "r", "s").passed is None
        True
        """
        if not self.measured:
            return None
        if len(self.measured) != len(self.expected):
            return False
        return bool((np.abs(np.subtract(self.measured, self.expected)) <= self.tolerance).all())

    @property
    def verdict(self) -> str:
        """The verdict: passed, failed, differs or not run.

        Examples
        --------
        >>> other = Independent((1.5,), 0.1, 0.2, "somebody else")
        >>> CheckRow("k", "c", (1.0,), (1.55,), 0.2, "r", "s", independent=other).verdict
        'differs'
        >>> CheckRow("k", "c", (1.0,), (1.65,), 0.2, "r", "s", independent=other).verdict
        'failed'
        """
        if self.passed is False and self._is_confirmed():
            return "differs"
        return {True: "passed", False: "failed", None: "not run"}[self.passed]

    def _is_confirmed(self) -> bool:
        """Whether an independent implementation agrees with the measured numbers and not with the source."""
        other = self.independent
        if other is None or not len(other.measured) == len(self.measured) == len(self.expected):
            return False
        from_here = np.abs(np.subtract(other.measured, self.measured))
        from_source = np.abs(np.subtract(other.measured, self.expected))
        return bool((from_here <= other.tolerance).all() and (from_source > other.doubt).all())

    def as_data(self) -> dict[str, Any]:
        """Return the row as data for JSON; a number that is not finite becomes text, and so still fails."""
        return {
            "key": self.key,
            "claim": self.claim,
            "expected": [_to_json_number(number) for number in self.expected],
            "measured": [_to_json_number(number) for number in self.measured],
            "tolerance": self.tolerance,
            "chance": self.chance,
            "smallest_seen": self.smallest_seen,
            "reason": self.reason,
            "source": self.source,
            "independent": None if self.independent is None else asdict(self.independent),
            "verdict": self.verdict,
        }


def _to_json_number(number: float) -> float | str:
    return float(number) if np.isfinite(number) else str(float(number))


def build_row(data: dict[str, Any]) -> CheckRow:
    """Build the row that `CheckRow.as_data` wrote.

    Examples
    --------
    >>> row = CheckRow("k", "c", (1.0,), (float("inf"),), 0.2, "r", "s")
    >>> build_row(row.as_data()) == row
    True
    """
    known: dict[str, Any] = {name: data[name] for name in _FIELDS}
    for name in ("expected", "measured"):
        known[name] = tuple(float(number) for number in known[name])
    if (other := data["independent"]) is not None:
        known["independent"] = Independent(**{**other, "measured": tuple(other["measured"])})
    return CheckRow(**known)


def monte_carlo_tolerance(samples: Sequence[float], n_reference: int, rounding: float) -> Tolerance:
    """Return the tolerance between a mean over seeds and a reference's mean over seeds.

    It is Student's t at the coverage of three standard errors, times the standard error of the difference,
    plus half a unit of the reference's last digit. The reference is assumed to have the spread measured here,
    with its own number of seeds.

    Parameters
    ----------
    samples : sequence of float
        One number for each seed, at least two.
    n_reference : int
        Number of seeds of the reference.
    rounding : float
        Half a unit of the reference's last digit.

    Examples
    --------
    >>> monte_carlo_tolerance([1.0, 1.0, 1.0], 30, 0.005).size
    0.005
    """
    from scipy.stats import norm, t

    n_seeds = len(samples)
    spread = float(np.std(samples, ddof=1))
    wide = float(t.ppf(COVERAGE, n_seeds - 1))
    error = spread * float(np.sqrt(1.0 / n_seeds + 1.0 / n_reference))
    return Tolerance(
        wide * error + rounding,
        float(norm.ppf(POWER)) * spread / float(np.sqrt(n_seeds)),
        f"Monte Carlo: sd {spread:.3g} over {n_seeds} seeds, {n_reference} behind the reference; "
        f"t = {wide:.2f} standard errors of the difference, and rounding",
    )


def share_tolerance(n_seeds: int, n_agreed: int, n_reference: int) -> Tolerance:
    """Return the tolerance between a share of seeds and a reference's share of seeds.

    It holds whatever share the reference makes likely here: the beta-binomial predictive distribution, from
    Jeffreys' prior, at the coverage of three standard errors. It does not depend on what is measured here,
    so that a share which is off does not widen it.

    Parameters
    ----------
    n_seeds : int
        Number of seeds here.
    n_agreed, n_reference : int
        Number of the reference's seeds that agreed, and of its seeds.

    Examples
    --------
    >>> found = share_tolerance(100, 200, 200)
    >>> round(found.size, 3), round(found.size + found.chance, 3)
    (0.04, 0.067)
    """
    from scipy.stats import betabinom, binom

    share = n_agreed / n_reference
    likely = betabinom(n_seeds, n_agreed + 0.5, n_reference - n_agreed + 0.5)
    ends = likely.ppf([1.0 - COVERAGE, COVERAGE]) / n_seeds
    size = float(max(share - ends[0], ends[1] - share)) + 1e-9
    true = np.linspace(0.0, 1.0, 1001)
    least, most = np.ceil(n_seeds * (share - size)), np.floor(n_seeds * (share + size))
    is_seen = binom.cdf(least - 1, n_seeds, true) + binom.sf(most, n_seeds, true) >= POWER
    away = np.abs(true - share)
    sides = [away[is_seen & side].min(initial=np.inf) for side in (true < share, true > share)]
    seen = float(max((side for side in sides if np.isfinite(side)), default=np.inf))
    return Tolerance(
        size,
        max(seen - size, 0.0),
        f"Monte Carlo: binomial, {n_seeds} seeds here, {n_agreed} of {n_reference} agreed behind the "
        "reference; what that makes likely here but for 1 case in 370",
    )
