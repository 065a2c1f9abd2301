"""The value spaces that come with the package, and those that are installed, by name."""

from __future__ import annotations

from coevolve_sim.errors import ValueSpaceError
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import Registry, plugin_name
from coevolve_sim.values.naming import describe_unknown_name
from coevolve_sim.values.space import ValueSpace

SPACES = Registry(
    "value space",
    "coevolve_sim.value_spaces",
    ValueSpaceError,
    {
        "progressgym": "coevolve_sim.values.progressgym:PROGRESSGYM",
        "schwartz-10": "coevolve_sim.values.theories:SCHWARTZ_10",
        "schwartz-19": "coevolve_sim.values.theories:SCHWARTZ_19",
        "moral-foundations": "coevolve_sim.values.theories:MORAL_FOUNDATIONS",
        "inglehart-welzel": "coevolve_sim.values.theories:INGLEHART_WELZEL",
        "gss-moral": "coevolve_sim.values.gss_moral:GSS_MORAL",
    },
    ValueSpace,
)
"""Value spaces by name: `ValueSpace` objects, or functions ``(**parameters)`` that make one."""


def get(name: str) -> ValueSpace:
    """Return a value space by its name.

    Parameters
    ----------
    name : str
        One of `SPACES`.

    Raises
    ------
    ValueSpaceError
        If there is no space of that name; the text names the nearest, and all spaces.

    Examples
    --------
    >>> get("progressgym").n_dimensions, get("schwartz-19").names[0]
    (19, 'self_direction_thought')
    """
    if name not in SPACES:
        raise ValueSpaceError(
            f"{describe_unknown_name('value space', name, SPACES)}. "
            "A space of your own has a name and dimensions: {name: ..., dimensions: [...]}"
        )
    return made_space(SPACES[name], name)


def made_space(found: object, name: str, **parameters: object) -> ValueSpace:
    """Return the value space that is found, or that a function of the user's makes.

    Raises
    ------
    ValueSpaceError
        If it is none.

    Examples
    --------
    >>> made_space(dict, "mine.py:dict")
    Traceback (most recent call last):
    coevolve_sim.errors.ValueSpaceError: 'mine.py:dict' is of type dict; a ValueSpace is wanted
    """
    made = found
    if callable(found) and not isinstance(found, ValueSpace):
        with plugin_call(f"'{plugin_name(name)}'", ValueSpaceError, "cannot be made"):
            made = found(**parameters)
    if not isinstance(made, ValueSpace):
        raise ValueSpaceError(
            f"'{plugin_name(name)}' is of type {type(made).__name__}; a ValueSpace is wanted"
        )
    return made
