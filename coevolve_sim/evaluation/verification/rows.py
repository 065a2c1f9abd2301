"""A row: something that theory or the literature knows, beside what was measured here.

The verdict is computed from the numbers in the row and from nothing else. A tolerance follows from a
reason that is stated: a Monte Carlo error (`monte_carlo_tolerance`, `share_tolerance`), a bound of finite
size, or arithmetic.

A row that disagrees with its source ``failed``, unless an independent implementation of the same model,
in the same setting, gives what was measured here and disagrees with the source too: then it ``differs``,
and both figures stand on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

Numbers = tuple[float, ...]
_FIELDS = ("key", "claim", "expected", "measured", "tolerance", "reason", "source", "relation")
Relation = Literal["equal", "at least", "at most"]

COVERAGE = 0.99865
"""One-sided probability of three standard errors."""


@dataclass(frozen=True)
class Independent:
    """What an independent implementation measured in the same setting.

    Attributes
    ----------
    measured : tuple of float
        As many numbers as the row has.
    tolerance : float
        By how much each may differ from what was measured here.
    doubt : float
        By how much each must at least differ from the source, to disagree with it.
    who : str
        Which implementation, how it was run, and where the tolerances come from.
    """

    measured: Numbers
    tolerance: float
    doubt: float
    who: str


@dataclass(frozen=True)
class CheckRow:
    """One thing that is checked.

    Attributes
    ----------
    key : str
        Its name, unique.
    claim : str
        What is claimed, in words, with its parameters.
    expected, measured : tuple of float
        What the source says, and what came out here; nothing measured where the check could not be made.
    tolerance : float
        By how much each may differ.
    reason : str
        Where the tolerance comes from; or why the check could not be made.
    source : str
        Key into ``docs/references.bib``.
    relation : {"equal", "at least", "at most"}
        How measured stands to expected.
    independent : Independent or None
        What somebody else's implementation gives, where the source is in doubt.
    """

    key: str
    claim: str
    expected: Numbers
    measured: Numbers
    tolerance: float
    reason: str
    source: str
    relation: Relation = "equal"
    independent: Independent | None = None

    @property
    def passed(self) -> bool | None:
        """Whether measured agrees with expected; None where nothing could be measured.

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
        away = np.subtract(self.measured, self.expected)
        if self.relation == "equal":
            away = -np.abs(away)
        elif self.relation == "at most":
            away = -away
        return bool((away >= -self.tolerance).all())

    @property
    def verdict(self) -> str:
        """Passed, failed, differs or not run.

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
        """Whether an independent implementation agrees with what was measured, not with the source."""
        other = self.independent
        if other is None or not len(other.measured) == len(self.measured) == len(self.expected):
            return False
        from_here = np.abs(np.subtract(other.measured, self.measured))
        from_source = np.abs(np.subtract(other.measured, self.expected))
        return bool((from_here <= other.tolerance).all() and (from_source > other.doubt).all())

    def as_data(self) -> dict[str, Any]:
        """Return all of it for JSON; a number that is not finite becomes text, and so still fails."""
        return {
            "key": self.key,
            "claim": self.claim,
            "relation": self.relation,
            "expected": [_to_json_number(number) for number in self.expected],
            "measured": [_to_json_number(number) for number in self.measured],
            "tolerance": self.tolerance,
            "reason": self.reason,
            "source": self.source,
            "independent": None if self.independent is None else asdict(self.independent),
            "verdict": self.verdict,
        }


def _to_json_number(number: float) -> float | str:
    return float(number) if np.isfinite(number) else str(float(number))


def build_row(data: dict[str, Any]) -> CheckRow:
    """Return the row that `CheckRow.as_data` wrote.

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


def monte_carlo_tolerance(samples: Sequence[float], n_reference: int, rounding: float) -> tuple[float, str]:
    """Return the tolerance of a mean over seeds beside a published mean over seeds, and its reason.

    Student's t at the coverage of three standard errors, times the standard error of the difference, the
    reference having the spread measured here and its own number of seeds; plus half a unit of the
    reference's last digit.

    Parameters
    ----------
    samples : sequence of float
        One number a seed, at least two.
    n_reference : int
        Seeds behind the reference.
    rounding : float
        Half a unit of its last digit.

    Examples
    --------
    >>> monte_carlo_tolerance([1.0, 1.0, 1.0], 30, 0.005)[0]
    0.005
    """
    from scipy.stats import t

    n_seeds = len(samples)
    spread = float(np.std(samples, ddof=1))
    wide = float(t.ppf(COVERAGE, n_seeds - 1))
    error = spread * float(np.sqrt(1.0 / n_seeds + 1.0 / n_reference))
    return wide * error + rounding, (
        f"Monte Carlo: sd {spread:.3g} over {n_seeds} seeds, {n_reference} behind the reference; "
        f"t = {wide:.2f} standard errors of the difference, and rounding"
    )


def share_tolerance(n_measured: int, n_seeds: int, share: float, n_reference: int) -> tuple[float, str]:
    """Return the tolerance of a share of seeds beside a published share of seeds, and its reason.

    Three standard errors of the difference of two binomial shares, pooled, one success and one failure
    added so that all and none have an error too.

    Examples
    --------
    >>> round(share_tolerance(20, 20, 1.0, 20)[0], 2)
    0.14
    """
    pooled = (n_measured + share * n_reference + 1.0) / (n_seeds + n_reference + 2.0)
    error = float(np.sqrt(pooled * (1.0 - pooled) * (1.0 / n_seeds + 1.0 / n_reference)))
    return 3.0 * error, (
        f"Monte Carlo: binomial, {n_seeds} seeds here and {n_reference} behind the reference; "
        "3 standard errors of the difference"
    )
