"""The value spaces that come with the package, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.errors import ValueSpaceError
from coevolve_sim.values.gss_moral import GSS_MORAL
from coevolve_sim.values.naming import describe_unknown_name
from coevolve_sim.values.progressgym import PROGRESSGYM
from coevolve_sim.values.theories import INGLEHART_WELZEL, MORAL_FOUNDATIONS, SCHWARTZ_10, SCHWARTZ_19

if TYPE_CHECKING:
    from coevolve_sim.values.space import ValueSpace

_BUILT_IN = {
    space.name: space
    for space in (PROGRESSGYM, SCHWARTZ_10, SCHWARTZ_19, MORAL_FOUNDATIONS, INGLEHART_WELZEL, GSS_MORAL)
}

SPACES: tuple[str, ...] = tuple(_BUILT_IN)
"""Names of the built-in value spaces."""


def get(name: str) -> ValueSpace:
    """Return a built-in value space.

    Parameters
    ----------
    name : str
        One of `SPACES`.

    Raises
    ------
    ValueSpaceError
        If there is none of that name; names the nearest, and all that there are.

    Examples
    --------
    >>> get("progressgym").n_dimensions, get("schwartz-19").names[0]
    (19, 'self_direction_thought')
    """
    if name not in _BUILT_IN:
        raise ValueSpaceError(
            f"{describe_unknown_name('value space', name, SPACES)}. "
            "A space of your own has a name and dimensions: {name: ..., dimensions: [...]}"
        )
    return _BUILT_IN[name]
