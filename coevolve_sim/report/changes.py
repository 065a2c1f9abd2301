"""Changes of measures between two rounds, in words that mean one thing each.

A measure *rose* or *fell* if it changed by at least `LEAST_SHARE` of the larger of its two values; a measure
that can be negative, for which a share says little, if it changed by at least `LEAST_STEP`. The words say
nothing of chance: a run with one seed has no interval.
"""

from __future__ import annotations

import math

from coevolve_sim.report.numbers import MINUS, ROUNDING, format_list, format_number
from coevolve_sim.studies.outcome_words import name_outcome

LEAST_SHARE, LEAST_STEP = 0.05, 0.02
MOST_DIGITS = 8
SIGNED = ("assortativity", "disagreement_of_communities")
"""Measures that can be negative."""

ROSE, FELL, LITTLE, NOT_COMPARED = "rose", "fell", "changed by less", "cannot be compared"


BOUNDS = (
    f"A change is told from a fixed bound on, {100 * LEAST_SHARE:g} % of the larger value "
    f"({LEAST_STEP:g} where a measure can be negative), not by how far other seeds lie apart."
)
"""What the words for changes mean in a run, which has no replications."""


def name_bound(name: str) -> str:
    """Return the bound below which a change of a measure counts as little.

    Examples
    --------
    >>> name_bound("variance"), name_bound("assortativity")
    ('5 %', '0.02')
    """
    return f"{LEAST_STEP:g}" if name in SIGNED else f"{100 * LEAST_SHARE:g} %"


def name_change(name: str, before: float, after: float) -> str:
    """Return the word for a change of a measure.

    Examples
    --------
    >>> name_change("variance", 1.0, 1.01), name_change("variance", 0.0050, 0.0055)
    ('changed by less', 'rose')
    >>> name_change("assortativity", -0.01, 0.005), name_change("variance", 0.1, float("inf"))
    ('changed by less', 'cannot be compared')
    """
    if not (math.isfinite(before) and math.isfinite(after)):
        return NOT_COMPARED
    least = LEAST_STEP if name in SIGNED else LEAST_SHARE * max(abs(before), abs(after))
    if abs(after - before) < max(least, ROUNDING):
        return LITTLE
    return ROSE if after > before else FELL


def format_change(name: str, before: float, after: float) -> str:
    """Return a measure with both of its values, and its change in per cent where it has one.

    Examples
    --------
    >>> format_change("variance", 0.005, 0.00546), format_change("variance", 0.0, 0.2)
    ('variance (0.0050 to 0.0055, +9 %)', 'variance (0.0000 to 0.2000)')
    >>> format_change("variance", 0.14, 0.0006)
    'variance (0.1400 to 0.0006, −99.6 %)'
    """
    told = f"{name_outcome(name)} ({format_number(before)} to {format_number(after)}"
    if name in SIGNED or not (math.isfinite(before) and math.isfinite(after)) or before <= ROUNDING:
        return told + ")"
    return f"{told}, {_format_percent(100.0 * (after / before - 1.0), gone=after == 0.0)} %)"


def _format_percent(percent: float, *, gone: bool) -> str:
    """Format a change in per cent, with more digits where a whole number would say that nothing is left."""
    digits = 0 if abs(percent) >= 1.0 else 1
    shown = f"{percent:+,.{digits}f}"
    while not gone and shown.startswith("-100") and digits < MOST_DIGITS:
        digits += 1
        shown = f"{percent:+,.{digits}f}"
    return shown.replace("-", MINUS) if shown[1:].strip("0.") else "±0"


def describe_changes(values: dict[str, tuple[float, float]]) -> str:
    """Return a sentence on the changes of several measures, each with its numbers.

    Examples
    --------
    >>> describe_changes({"variance": (0.2, 0.1)})
    'these fell: variance (0.2000 to 0.1000, −50 %).'
    """
    moves: dict[str, list[str]] = {}
    for word in (FELL, ROSE, LITTLE, NOT_COMPARED):
        names = [name for name, (before, after) in values.items() if name_change(name, before, after) == word]
        for signed in (False, True) if word == LITTLE else (None,):
            told = [name for name in names if signed is None or (name in SIGNED) == signed]
            limit = "" if signed is None else f" than {name_bound(SIGNED[0] if signed else '')}"
            moves[word + limit] = [format_change(name, *values[name]) for name in told]
    return "; ".join(f"these {how}: {format_list(which)}" for how, which in moves.items() if which) + "."
