"""Names of dimensions: what to say when one is not known, and numbers given for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


DEFAULT_KEY = "default"
"""In a mapping of dimension to number: for those it does not name."""


def not_known(what: str, given: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not among the known ones.

    Parameters
    ----------
    what : str
        What the name was to name, in the singular: ``"dimension"``, ``"era"``.
    given : object
        What was given.
    known : iterable of str
        What is allowed.

    Examples
    --------
    >>> not_known("dimension", "gras", ("grass", "cappun"))
    "no dimension is called 'gras'; did you mean 'grass'? There are: grass, cappun"
    >>> not_known("dimension", "x", ("grass",))
    "no dimension is called 'x'. There are: grass"
    """
    names = tuple(known)
    return f"no {what} is called {given!r}{nearest(str(given), names) or '.'} There are: {', '.join(names)}"


def spell_out(given: float | Mapping[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    """Return a number for every dimension from one number or a mapping with a ``default``.

    Examples
    --------
    >>> spell_out({"default": 0.5, "harm": 0.2}, ("harm", "purity"))
    (0.2, 0.5)
    """
    if not isinstance(given, (int, float)):
        return tuple(given[name] if name in given else given[DEFAULT_KEY] for name in names)
    return (given,) * len(names)
