"""A history: where a population's values were, era by era.

It is the reference that people move along without any AI, and that follow, predict and coevolve
are measured against. Rates are per era, and forecasts assume eras to be evenly spaced.
"""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.delimited import parse_number
from coevolve_sim.errors import HistoryError
from coevolve_sim.values.naming import describe_unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

MOST_SPREAD = 0.5
"""The largest standard deviation of values in [0, 1]: half of them at 0, half at 1."""


@dataclass(frozen=True, eq=False)
class History:
    """Values of a population by era; checked when made, read-only ever after.

    Attributes
    ----------
    name : str
        ``"gss-moral"``, ``"planted-linear"``, a file's stem.
    era_names : tuple of str
        At least two, each once.
    times : float64 array, shape (eras,)
        When each era is (a year, a century, or simply 0, 1, ...); finite, increasing.
    dimension_names : tuple of str
        What the columns are, each once.
    values : float64 array, shape (eras, dimensions)
        Mean values, in [0, 1].
    observed : bool array, shape (eras, dimensions)
        False where a value was interpolated or held.
    source : str
        Where the figures are from.
    notes : tuple of str
        Plain sentences on what was kept, interpolated, held or cut.
    spreads : float64 array, shape (eras, dimensions), optional
        Standard deviations of values over people, in [0, 0.5]; None where they are not known.

    Raises
    ------
    HistoryError
        If shapes disagree, a name repeats, times do not increase, there are fewer than two eras, or
        a value is not a number in [0, 1], or a spread in [0, 0.5] (names the era and the dimension of the
        first such).

    Examples
    --------
    >>> history = History(
    ...     "mine", ("1990", "2000"), [1990, 2000], ("thrift",), [[0.2], [0.6]], [[True], [True]], "invented"
    ... )
    >>> history.at(0.5)
    array([0.4])
    """

    name: str
    era_names: tuple[str, ...]
    times: NDArray[np.float64]
    dimension_names: tuple[str, ...]
    values: NDArray[np.float64]
    observed: NDArray[np.bool_]
    source: str
    notes: tuple[str, ...] = ()
    spreads: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "era_names", tuple(self.era_names))
        object.__setattr__(self, "dimension_names", tuple(self.dimension_names))
        object.__setattr__(self, "notes", tuple(self.notes))
        object.__setattr__(self, "times", _own(self.times, np.float64))
        object.__setattr__(self, "values", _own(self.values, np.float64))
        object.__setattr__(self, "observed", _own(self.observed, np.bool_))
        if self.spreads is not None:
            object.__setattr__(self, "spreads", _own(self.spreads, np.float64))
        self._check_names()
        self._check_shapes()
        self._check_numbers()

    @property
    def n_eras(self) -> int:
        """How many eras."""
        return len(self.era_names)

    @property
    def n_dimensions(self) -> int:
        """How many dimensions."""
        return len(self.dimension_names)

    def at(self, position: float) -> NDArray[np.float64]:
        """Return the values at a position between eras, shape (dimensions,).

        Parameters
        ----------
        position : float
            In eras, from 0: 3.5 is halfway between era 3 and era 4. Before the first and after the
            last era their values hold.

        Raises
        ------
        HistoryError
            If the position is not a number.
        """
        if np.isnan(position):
            raise HistoryError(f"history '{self.name}': a position is a number of eras from 0; nan given")
        held = min(max(float(position), 0.0), self.n_eras - 1.0)
        before = min(int(held), self.n_eras - 2)
        start, end = self.values[before], self.values[before + 1]
        share = held - before
        values: NDArray[np.float64] = np.clip(start + share * (end - start), 0.0, 1.0)
        return end.copy() if share == 1.0 else values

    def era_index(self, era: str | int) -> int:
        """Return the row of an era, given by its name, or by its number where all names are numbers.

        Raises
        ------
        HistoryError
            If there is no such era, or a number is given and names are none: it could be a name or a row.
        """
        if isinstance(era, str):
            if era not in self.era_names:
                raise HistoryError(
                    f"history '{self.name}': {describe_unknown_name('era', era, self.era_names)}"
                )
            return self.era_names.index(era)
        number = operator.index(era)
        numbers = [parse_number(name) for name in self.era_names]
        if None in numbers:
            first, last = self.era_names[0], self.era_names[-1]
            raise HistoryError(
                f"history '{self.name}': {number} given, but eras are not numbers here; write a name, from "
                f"'{first}' to '{last}'"
            )
        if number not in numbers:
            unknown = describe_unknown_name("era", str(number), self.era_names)
            raise HistoryError(f"history '{self.name}': {unknown}. A number is a name, not a position")
        return numbers.index(number)

    def select(self, dimension_names: Iterable[str]) -> History:
        """Return the history of some of the dimensions, in the order asked for.

        Raises
        ------
        HistoryError
            If a name is not known or asked for twice, or none is asked for.
        """
        names = tuple(dimension_names)
        for name in names:
            if name not in self.dimension_names:
                unknown = describe_unknown_name("dimension", name, self.dimension_names)
                raise HistoryError(f"history '{self.name}': {unknown}")
        columns = [self.dimension_names.index(name) for name in names]
        cut = f"Cut to {len(names)} of {self.n_dimensions} dimensions."
        return replace(
            self,
            dimension_names=names,
            values=self.values[:, columns],
            observed=self.observed[:, columns],
            spreads=None if self.spreads is None else self.spreads[:, columns],
            notes=self.notes if len(names) == self.n_dimensions else (*self.notes, cut),
        )

    def span(self, first: str | int, last: str | int) -> History:
        """Return the history from one era to another, both included.

        Raises
        ------
        HistoryError
            If an era is not known, or fewer than two are left.
        """
        start, end = self.era_index(first), self.era_index(last)
        if end <= start:
            raise HistoryError(
                f"history '{self.name}': a span runs from an era to a later one; "
                f"'{self.era_names[start]}' to '{self.era_names[end]}' asked for"
            )
        rows = slice(start, end + 1)
        cut = f"Cut to eras {self.era_names[start]} to {self.era_names[end]}."
        return replace(
            self,
            era_names=self.era_names[rows],
            times=self.times[rows],
            values=self.values[rows],
            observed=self.observed[rows],
            spreads=None if self.spreads is None else self.spreads[rows],
            notes=self.notes if end - start + 1 == self.n_eras else (*self.notes, cut),
        )

    def _check_names(self) -> None:
        if self.n_eras < 2:
            raise HistoryError(f"history '{self.name}': needs at least 2 eras; {self.n_eras} given")
        if not self.dimension_names:
            raise HistoryError(f"history '{self.name}': needs at least 1 dimension; none given")
        for what, names in (("era", self.era_names), ("dimension", self.dimension_names)):
            repeated = [name for name, count in Counter(names).items() if count > 1]
            if repeated:
                raise HistoryError(
                    f"history '{self.name}': {what} {repeated[0]!r} is named twice; each may stand once"
                )

    def _check_shapes(self) -> None:
        shape = (self.n_eras, self.n_dimensions)
        for what, given, wanted in (
            ("times", self.times.shape, shape[:1]),
            ("values", self.values.shape, shape),
            ("observed", self.observed.shape, shape),
            ("spreads", shape if self.spreads is None else self.spreads.shape, shape),
        ):
            if given != wanted:
                raise HistoryError(
                    f"history '{self.name}': {what} must have shape {wanted} "
                    f"({shape[0]} eras, {shape[1]} dimensions); {given} given"
                )

    def _check_numbers(self) -> None:
        if not (np.isfinite(self.times).all() and (np.diff(self.times) > 0).all()):
            raise HistoryError(
                f"history '{self.name}': times must be finite and increase; {self.times.tolist()} given"
            )
        self._check_range(self.values, "a value", 1.0)
        if self.spreads is not None:
            self._check_range(self.spreads, "a spread", MOST_SPREAD)

    def _check_range(self, numbers: NDArray[np.float64], what: str, most: float) -> None:
        wrong = ~((numbers >= 0) & (numbers <= most))
        if wrong.any():
            era, dimension = np.argwhere(wrong)[0]
            raise HistoryError(
                f"history '{self.name}', era '{self.era_names[era]}', dimension "
                f"'{self.dimension_names[dimension]}': {what} is a number in [0, {most:g}]; "
                f"{numbers[era, dimension]} given"
            )


def _own(array: ArrayLike, kind: type[np.generic]) -> NDArray[np.generic]:
    try:
        own = np.array(array, dtype=kind)
    except (TypeError, ValueError) as error:
        raise HistoryError(f"a history is made of arrays of numbers: {error}") from error
    own.setflags(write=False)
    return own
