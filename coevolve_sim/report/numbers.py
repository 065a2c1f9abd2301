"""Numbers and lists as a reader meets them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

MINUS = "−"


def shown(number: float) -> str:
    """Return a number for a table or a sentence; what is no number is said in words.

    Examples
    --------
    >>> shown(0.12344), shown(-2.0), shown(0.0001234), shown(float("nan")), shown(float("inf"))
    ('0.1234', '−2.0000', '0.00012', 'undefined', 'infinite')
    >>> shown(1.5e-9), shown(123456.0)
    ('1.5e−09', '123,456')
    """
    if math.isnan(number):
        return "undefined"
    if math.isinf(number):
        return "infinite" if number > 0 else f"{MINUS}infinite"
    size = abs(number)
    if size >= 10_000:
        text = f"{number:,.0f}"
    elif size >= 0.0005 or size == 0.0:
        text = f"{size if size == 0.0 else number:.4f}"
    else:
        text = f"{number:.1e}" if size < 1e-5 else f"{number:.{1 - math.floor(math.log10(size))}f}"
    return text.replace("-", MINUS)


def plain(number: float) -> str:
    """Return a parameter as its scenario would write it.

    Examples
    --------
    >>> plain(0.30), plain(5.0), plain(1000000)
    ('0.3', '5', '1,000,000')
    """
    whole = float(number).is_integer() and abs(number) < 1e15
    return f"{int(number):,}".replace("-", MINUS) if whole else f"{number:g}".replace("-", MINUS)


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number and its noun.

    Examples
    --------
    >>> counted(1, "human"), counted(2000, "human"), counted(2, "society", "societies")
    ('1 human', '2,000 humans', '2 societies')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(items: Sequence[str], most: int = 12) -> str:
    """Return items as a list in a sentence, cut where it would be long.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b", "c"], 2)
    ('a', 'a, b and c', 'a, b and 1 more')
    """
    kept = list(items[:most])
    if len(items) > most:
        kept.append(f"{len(items) - most:,} more")
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} and {kept[-1]}"


def by_dimension(given: float | Mapping[str, float]) -> str:
    """Return one number, or from where to where numbers go.

    Examples
    --------
    >>> by_dimension(0.5), by_dimension({"care": 0.2, "default": 0.4})
    ('0.5', '0.2 to 0.4, by dimension')
    """
    if not isinstance(given, Mapping):
        return plain(given)
    low, high = min(given.values()), max(given.values())
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}, by dimension"
