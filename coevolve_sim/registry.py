"""What is found by its name when it is first used: the names of a room, and whatever users bring.

A target is a text ``package.module:Name``. Naming it loads nothing; `resolve` imports the module. So a room
can announce names whose modules are heavy, and a lower room can offer users a shortcut to a higher one
(`UPWARDS`) without importing it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

UPWARDS: dict[str, str] = {
    "write_report": "coevolve_sim.report:write_report",
}
"""Shortcuts for users from a lower room to a higher one, by name; a test permits exactly these."""


def resolve(target: str) -> Any:
    """Return what a target ``package.module:Name`` names, importing the module.

    Raises
    ------
    ImportError
        If the module cannot be imported.
    AttributeError
        If it has no such name.

    Examples
    --------
    >>> resolve("math:floor")(2.5)
    2
    """
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def upwards(name: str) -> Any:
    """Return what one of `UPWARDS` names."""
    return resolve(UPWARDS[name])


def front_door(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package whose public names are imported when first used.

    Parameters
    ----------
    package : str
        Name of the package.
    homes : mapping of str to str
        The module in which each public name is defined.

    Examples
    --------
    >>> attribute, names = front_door("some_package", {"floor": "math"})
    >>> names(), attribute("floor")(1.5)
    (['floor'], 1)
    >>> attribute("ceil")
    Traceback (most recent call last):
    AttributeError: module 'some_package' has no attribute 'ceil'
    """

    def attribute(name: str) -> Any:
        if name in homes:
            return getattr(importlib.import_module(homes[name]), name)
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return attribute, lambda: sorted(homes)
