"""What to say when a name is not known: the nearest one, and all that there are."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    "no dimension is called 'gras' (nearest: 'grass'); known: grass, cappun"
    >>> not_known("dimension", "x", ("grass",))
    "no dimension is called 'x'; known: grass"
    """
    names = tuple(known)
    lowered = {name.lower(): name for name in reversed(names)}
    near = difflib.get_close_matches(str(given).lower(), lowered, n=1)
    hint = f" (nearest: {lowered[near[0]]!r})" if near else ""
    return f"no {what} is called {given!r}{hint}; known: {', '.join(names)}"
