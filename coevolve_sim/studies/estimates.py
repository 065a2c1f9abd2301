"""Numbers in sentences: estimates with their intervals, p-values, seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "−"
MOST_DECIMALS = 8


def format_decimals(number: float, decimals: int) -> str:
    """Format a number to some decimals, without a zero before the point.

    Examples
    --------
    >>> format_decimals(0.5449, 2), format_decimals(-0.004, 2), format_decimals(-12.25, 1)
    ('.54', '.00', '−12.2')
    >>> format_decimals(math.nan, 2)
    'undefined'
    """
    if math.isnan(number):
        return "undefined"
    size = f"{abs(number):,.{decimals}f}"
    is_zero = not size.strip("0.,")
    shown = size[1:] if size.startswith("0.") else size
    return shown if number >= 0 or is_zero else MINUS + shown


def format_alone(number: float) -> str:
    """Format a number that has no interval, to three digits that count.

    Examples
    --------
    >>> format_alone(0.28361), format_alone(1234.5), format_alone(0.0), format_alone(1.5e-9)
    ('.284', '1,234', '0', '1.5e−09')
    """
    if number == 0:
        return "0"
    if math.isfinite(number) and abs(number) < 10.0**-MOST_DECIMALS:
        return f"{number:.1e}".replace("-", MINUS)
    if not math.isfinite(number):
        return "undefined" if math.isnan(number) else "infinite"
    decimals = min(max(2 - math.floor(math.log10(abs(number))), 0), MOST_DECIMALS)
    return format_decimals(number, decimals)


def format_estimate(mean: float, low: float, high: float) -> str:
    """Format an estimate with its interval in brackets, to the digits that the interval supports.

    An end that is not 0 is not rounded to 0, so that one sees whether the interval leaves 0 out.

    Examples
    --------
    >>> format_estimate(0.5449, 0.5426, 0.5472), format_estimate(0.1, 0.0004, 0.2)
    ('.545 [.543, .547]', '.1000 [.0004, .2000]')
    >>> format_estimate(12.34, 11.9, 12.8), format_estimate(0.28361, math.nan, math.nan)
    ('12.3 [11.9, 12.8]', '.284')
    >>> format_estimate(0.25, 0.25, 0.25), format_estimate(0.0, 0.0, 0.0)
    ('.250 [.250, .250]', '0 [0, 0]')
    """
    if math.isnan(low) or math.isnan(high):
        return format_alone(mean)
    half, largest = (high - low) / 2, max(abs(low), abs(high))
    if largest == 0 or largest < 10.0**-MOST_DECIMALS:
        return f"{format_alone(mean)} [{format_alone(low)}, {format_alone(high)}]"
    least = 2 if largest < 10 else 1 if largest < 100 else 0
    width = half if half > 1e-12 * largest else largest / 100
    decimals = min(max(math.ceil(-math.log10(width)), least), MOST_DECIMALS)
    while decimals < MOST_DECIMALS and any(
        end != 0 and not format_decimals(end, decimals).strip(f"0.,{MINUS}") for end in (low, high)
    ):
        decimals += 1
    mean_text, low_text, high_text = (format_decimals(number, decimals) for number in (mean, low, high))
    return f"{mean_text} [{low_text}, {high_text}]"


def format_p(p_value: float) -> str:
    """Format a p-value.

    Examples
    --------
    >>> format_p(0.0004), format_p(0.0421), format_p(1.0)
    ('p < .001', 'p = .042', 'p = 1')
    """
    if math.isnan(p_value):
        return "no p-value"
    if p_value < 0.001:
        return "p < .001"
    return "p = 1" if p_value >= 0.9995 else f"p = {format_decimals(p_value, 3)}"


def format_seeds(seeds: Sequence[int]) -> str:
    """Format the seeds of a study, which follow each other.

    Examples
    --------
    >>> format_seeds([1, 2, 3]), format_seeds([7])
    ('seeds 1 to 3', 'seed 7')
    """
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"


def format_names(names: Sequence[str], most: int = 6) -> str:
    """Format names as a list in a sentence, shortened where it would be long.

    Examples
    --------
    >>> format_names(["a"]), format_names(["a", "b", "c"]), format_names(["a", "b", "c"], 2)
    ('a', 'a, b and c', 'a, b and 1 more')
    """
    kept = [*names[:most], *([f"{len(names) - most:,} more"] if len(names) > most else [])]
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} and {kept[-1]}"
