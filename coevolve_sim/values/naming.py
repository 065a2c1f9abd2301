"""Names of dimensions: error texts for unknown names, and numbers given by dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MOST_LISTED = 100
"""Names that an error lists."""

DEFAULT_KEY = "default"
"""Key, in a mapping of dimension to number, whose number applies to all dimensions not named."""


def describe_unknown_name(what: str, given: object, known: Iterable[str]) -> str:
    """Return the error text for a name that is not known, with the nearest known name.

    Parameters
    ----------
    what : str
        The kind of thing the name should refer to, in the singular: ``"dimension"``, ``"era"``.
    given : object
        The name that was given.
    known : iterable of str
        The names that are allowed.

    Examples
    --------
    >>> describe_unknown_name("dimension", "gras", ("grass", "cappun"))
    "no dimension is called 'gras'; did you mean 'grass'? There are: grass, cappun"
    >>> describe_unknown_name("dimension", "x", ("grass",))
    "no dimension is called 'x'. There are: grass"
    """
    names = tuple(known)
    more = f", ... and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    listed = ", ".join(names[:MOST_LISTED]) + more
    return f"no {what} is called {given!r}{nearest(str(given), names) or '.'} There are: {listed}"


def spell_out(given: float | Mapping[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    """Return one number for each dimension, from a single number or a mapping with a ``default``.

    Examples
    --------
    >>> spell_out({"default": 0.5, "harm": 0.2}, ("harm", "purity"))
    (0.2, 0.5)
    """
    if not isinstance(given, (int, float)):
        return tuple(given[name] if name in given else given[DEFAULT_KEY] for name in names)
    return (given,) * len(names)
