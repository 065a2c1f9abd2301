"""Value spaces: what each column of a values array means.

A `ValueSpace` names and describes the dimensions; it holds no values. Every dimension runs from 0 to 1, and
its `Dimension.meaning` says in one sentence what 1 means; 0 is the opposite or the absence of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coevolve_sim.errors import ValueSpaceError
from coevolve_sim.values.naming import describe_unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Dimension:
    """One axis of a value space.

    Attributes
    ----------
    name : str
        Its name in files, columns and scenarios: lowercase words joined by underscores.
    label : str
        Its name on figures.
    meaning : str
        One sentence that says what 1 means, in contrast to 0.
    group : str
        The part of the space it belongs to, such as ``"basic morality"``; empty where the space has no parts.
    angle : float or None
        Degrees on Schwartz's circle, 0 to 360; None for an axis that does not lie on it.

    Raises
    ------
    ValueSpaceError
        If the name is not lowercase words joined by underscores, or the angle not in [0, 360).
    """

    name: str
    label: str
    meaning: str
    group: str = ""
    angle: float | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(str(self.name)):
            raise ValueSpaceError(
                "dimension names are lowercase words joined by underscores, like 'free_speech'; "
                f"{self.name!r} given"
            )
        if self.angle is not None and not 0 <= self.angle < 360:
            raise ValueSpaceError(
                f"dimension '{self.name}': an angle lies in [0, 360) degrees; {self.angle} given"
            )


@dataclass(frozen=True)
class ValueSpace:
    """Named dimensions in a fixed order: the columns of every values array.

    Attributes
    ----------
    name : str
        ``"progressgym"``, ``"schwartz-10"``, or the name that a scenario gives to a custom space.
    dimensions : tuple of Dimension
        At least one; each name occurs once.
    source : str
        Key of the reference in ``docs/references.bib``; empty for a custom space.
    meaning : str
        What the dimensions describe and what the space is used for.

    Raises
    ------
    ValueSpaceError
        If there is no dimension, or two have one name.

    Examples
    --------
    >>> space = ValueSpace("mine", (Dimension("thrift", "Thrift", "Saving before spending."),))
    >>> space.names, space.n_dimensions, space.index("thrift")
    (('thrift',), 1, 0)
    """

    name: str
    dimensions: tuple[Dimension, ...]
    source: str = ""
    meaning: str = ""

    def __post_init__(self) -> None:
        if not self.dimensions:
            raise ValueSpaceError(f"value space '{self.name}' needs at least 1 dimension; none given")
        self._refuse_repeats(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names for files and scenarios, in column order."""
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names for figures, in column order."""
        return tuple(dimension.label for dimension in self.dimensions)

    @property
    def n_dimensions(self) -> int:
        """Number of dimensions."""
        return len(self.dimensions)

    def groups(self) -> dict[str, tuple[int, ...]]:
        """Return the column numbers of each group of dimensions, in order of first appearance.

        Examples
        --------
        >>> from coevolve_sim.values import get
        >>> get("progressgym").groups()["worldviews"]
        (15, 16, 17, 18)
        """
        columns: dict[str, list[int]] = {}
        for i, dimension in enumerate(self.dimensions):
            columns.setdefault(dimension.group, []).append(i)
        return {group: tuple(members) for group, members in columns.items()}

    def index(self, name: str) -> int:
        """Return the column number of a dimension.

        Raises
        ------
        ValueSpaceError
            If there is no such dimension; names the nearest, and all that there are.
        """
        if name not in self.names:
            raise ValueSpaceError(
                f"value space '{self.name}': {describe_unknown_name('dimension', name, self.names)}"
            )
        return self.names.index(name)

    def select(self, names: Iterable[str]) -> ValueSpace:
        """Return a space with only some of the dimensions, in the order given, under the same name.

        Raises
        ------
        ValueSpaceError
            If a name is unknown or given twice, or no name is given.

        Examples
        --------
        >>> from coevolve_sim.values import get
        >>> get("moral-foundations").select(["fairness", "care"]).names
        ('fairness', 'care')
        """
        if isinstance(names, str):
            raise ValueSpaceError(
                f"value space '{self.name}': select takes a list of names; the text {names!r} given"
            )
        asked = tuple(names)
        chosen = tuple(self.dimensions[self.index(name)] for name in asked)
        self._refuse_repeats(asked)
        return replace(self, dimensions=chosen)

    def _refuse_repeats(self, names: tuple[str, ...]) -> None:
        repeated = [name for i, name in enumerate(names) if name in names[:i]]
        if repeated:
            raise ValueSpaceError(
                f"value space '{self.name}': dimension {repeated[0]!r} is named twice; each may stand once"
            )


def custom(name: str, dimension_names: Iterable[str]) -> ValueSpace:
    """Build a value space from names of dimensions; labels are derived from the names.

    Parameters
    ----------
    name : str
        Name of the space.
    dimension_names : iterable of str
        Lowercase words joined by underscores, each once.

    Raises
    ------
    ValueSpaceError
        If no name is given, one is given twice, or one is not well formed.

    Examples
    --------
    >>> custom("town", ["free_speech", "thrift"]).labels
    ('Free speech', 'Thrift')
    """
    if isinstance(dimension_names, str):
        raise ValueSpaceError(
            f"value space '{name}': dimension names come as a list; the text {dimension_names!r} given"
        )
    dimensions = tuple(_build_dimension(dimension_name) for dimension_name in dimension_names)
    return ValueSpace(name, dimensions, meaning="Dimensions named by the scenario.")


def _build_dimension(name: str) -> Dimension:
    words = str(name).replace("_", " ")
    return Dimension(name, words.capitalize(), f"Being wholly for {words}, as against not at all.")
