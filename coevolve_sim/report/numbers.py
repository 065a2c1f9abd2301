"""Formatting of numbers and lists for tables and sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

MINUS = "−"
ROUNDING = 1e-12
"""Differences of values up to this size are what is left of sums in float64."""


def format_number(number: float) -> str:
    """Format a number for a table or a sentence; nan and infinity become words.

    Examples
    --------
    >>> format_number(0.12344), format_number(-2.0), format_number(0.0001234)
    ('0.1234', '−2.0000', '0.00012')
    >>> format_number(float("nan")), format_number(float("inf"))
    ('undefined', 'infinite')
    >>> format_number(1.5e-9), format_number(123456.0), format_number(-9.5e-17)
    ('1.5e−09', '123,456', '0.0000')
    """
    if math.isnan(number):
        return "undefined"
    if math.isinf(number):
        return "infinite" if number > 0 else f"{MINUS}infinite"
    size = abs(number) if abs(number) > ROUNDING else 0.0
    if size >= 10_000:
        text = f"{number:,.0f}"
    elif size >= 0.0005 or size == 0.0:
        text = f"{size if size == 0.0 else number:.4f}"
    else:
        text = f"{number:.1e}" if size < 1e-5 else f"{number:.{1 - math.floor(math.log10(size))}f}"
    return text.replace("-", MINUS)


def format_parameter(number: float) -> str:
    """Format a parameter as a scenario would write it.

    Examples
    --------
    >>> format_parameter(0.30), format_parameter(5.0), format_parameter(1000000)
    ('0.3', '5', '1,000,000')
    """
    whole = float(number).is_integer() and abs(number) < 1e15
    return f"{int(number):,}".replace("-", MINUS) if whole else f"{number:g}".replace("-", MINUS)


def format_count(n: int, one: str, many: str = "") -> str:
    """Format a count with its noun, singular or plural.

    Examples
    --------
    >>> format_count(1, "human"), format_count(2000, "human"), format_count(2, "society", "societies")
    ('1 human', '2,000 humans', '2 societies')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def format_assistant(name: str) -> str:
    """Format an assistant's name; one that is called assistant, as it is by default, is the assistant.

    Examples
    --------
    >>> format_assistant("helper"), format_assistant("assistant")
    ('assistant helper', 'the assistant')
    """
    return "the assistant" if name == "assistant" else f"assistant {name}"


def format_note(text: str) -> str:
    """Format a sentence on record that names an assistant, as `format_assistant` does.

    Examples
    --------
    >>> format_note("assistant assistant withdrawn"), format_note("assistant helper withdrawn")
    ('the assistant withdrawn', 'assistant helper withdrawn')
    """
    return re.sub(r"\bassistant assistant\b", "the assistant", text)


def format_list(items: Sequence[str], most: int = 12) -> str:
    """Format items as a list in a sentence, shortened where it would be long.

    Examples
    --------
    >>> format_list(["a"]), format_list(["a", "b", "c"]), format_list(["a", "b", "c"], 2)
    ('a', 'a, b and c', 'a, b and 1 more')
    """
    kept = list(items[:most])
    if len(items) > most:
        kept.append(f"{len(items) - most:,} more")
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} and {kept[-1]}"


def format_by_dimension(given: float | Mapping[str, float]) -> str:
    """Format one number, or the range of numbers given by dimension.

    Examples
    --------
    >>> format_by_dimension(0.5), format_by_dimension({"care": 0.2, "default": 0.4})
    ('0.5', '0.2 to 0.4, by dimension')
    """
    if not isinstance(given, Mapping):
        return format_parameter(given)
    low, high = min(given.values()), max(given.values())
    return (
        format_parameter(low)
        if low == high
        else f"{format_parameter(low)} to {format_parameter(high)}, by dimension"
    )
