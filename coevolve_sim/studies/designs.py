"""Designs of sweeps: which points of some axes are run, in a fixed order, by seed.

An axis is a key of a scenario with the values it takes: listed, or a range between two numbers. A design
lays points over all axes. ``grid`` is every combination of listed values; ``lhs:N`` spreads N points evenly
over each axis [McKay1979]_; ``sobol:N`` (N a power of two; N (axes + 2) points) is what first and total Sobol
indices are estimated from [Saltelli2010]_; ``morris:N`` (N trajectories, N (axes + 1) points) is a screening
by one change at a time [Morris1991]_. The last two are drawn by SALib [Iwanaga2022]_, which the extra
``[sweep]`` brings.

Points are computed as shares of each axis, in [0, 1], and then read off the axes; a listed axis is cut into
pieces of the same length, one a value. So `coevolve_sim.studies.sensitivity` speaks of whole axes: an effect
is per full range.
"""

from __future__ import annotations

import importlib
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from scipy.stats import qmc

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import ScenarioError, StudyError
from coevolve_sim.scenario.yaml_text import read_node
from coevolve_sim.streams import stream_seed

KINDS = ("grid", "sobol", "morris", "lhs")
MORRIS_LEVELS = 4
"""Levels of each axis between which trajectories of Morris move."""
MOST_POINTS = 1_000_000
_RANGE = re.compile(r"(?P<low>[^.:,\[\]]*(?:\.[0-9]+)?)\.\.(?P<high>[^:,\[\]]+)(?P<marks>(?::[^:]*)*)")
_HALF_RANGE = re.compile(r"[0-9]\.\.|\.\.[0-9]")
_FORMS = "write KEY=V,V,V, or KEY=LO..HI, after which :log and :whole may follow"


@dataclass(frozen=True)
class Axis:
    """A key of a scenario and the values it takes: listed, or a range.

    Attributes
    ----------
    key : str
        As for ``--set``: ``update.confidence.peer``.
    values : tuple
        The listed values, at least one, none twice; empty for a range.
    low, high : float
        Ends of a range, low below high; nan where values are listed.
    log : bool
        Whether a range is even in the logarithm; low must then exceed 0.
    whole : bool
        Whether a range holds whole numbers only, both ends among them; without `log`, each as likely.

    Raises
    ------
    StudyError
        If values and a range are both given or both left out, or either is not as described.

    Examples
    --------
    >>> Axis("population.humans", low=50, high=500, log=True, whole=True).at(0.5)
    157
    >>> Axis("update.rule", ("degroot", "hegselmann_krause")).at(0.5)
    'hegselmann_krause'
    """

    key: str
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.key or self.key != self.key.strip() or not all(self.key.split(".")):
            raise StudyError(
                f"'{self.key}' is no key; give a path of names, as in update.confidence.peer ({_FORMS})"
            )
        ranged = not (math.isnan(self.low) and math.isnan(self.high))
        if ranged == bool(self.values):
            raise StudyError(f"{self.key}: give either values or both ends of a range ({_FORMS})")
        if ranged:
            self._check_range()
            return
        if self.log or self.whole:
            raise StudyError(f"{self.key}: log and whole are for ranges; its values are listed")
        for place, value in enumerate(self.values):
            if any(type(value) is type(other) and value == other for other in self.values[:place]):
                raise StudyError(f"{self.key}: {value!r} stands twice; each value may stand once")

    def _check_range(self) -> None:
        given = f"{self.low:g}..{self.high:g} given"
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise StudyError(f"{self.key}: a range goes from a number to a larger one; {given}")
        if self.log and self.low <= 0:
            raise StudyError(f"{self.key}: a range on a log scale lies above 0; {given}")
        if self.whole and not (self.low == round(self.low) and self.high == round(self.high)):
            raise StudyError(f"{self.key}: a range of whole numbers has whole ends; {given}")

    @property
    def ranged(self) -> bool:
        """Whether the axis is a range."""
        return not self.values

    def at(self, share: float) -> Any:
        """Return the value at a share of the axis, in [0, 1]."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        if self.log:
            found = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            found = low + share * (high - low)
        found = min(max(found, self.low), self.high)  # rounding, and the outer halves of the end numbers
        return math.floor(found + 0.5) if self.whole else found


@dataclass(frozen=True, eq=False)
class Design:
    """The points of a sweep.

    Attributes
    ----------
    kind : str
        ``grid``, ``sobol``, ``morris`` or ``lhs``.
    n : int
        What stands after the colon; of a grid, the number of points.
    seed : int
        Of its draws; a grid has none.
    axes : tuple of Axis
    shares : float64 array, shape (points, axes)
        Where each point lies on each axis, in [0, 1].
    points : tuple of dict
        The value of each key, in the order of the axes.
    """

    kind: str
    n: int
    seed: int
    axes: tuple[Axis, ...]
    shares: Floats
    points: tuple[dict[str, Any], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the axes."""
        return tuple(axis.key for axis in self.axes)


def build_design(axes: Iterable[Axis], kind: str = "grid", n: int | None = None, *, seed: int = 1) -> Design:
    """Lay points over axes.

    Parameters
    ----------
    axes : iterable of Axis
        At least one, no key twice nor within another's; of ``grid``, listed values only.
    kind : {"grid", "sobol", "morris", "lhs"}
        As the module describes.
    n : int, optional
        Base points (``sobol``, a power of two), trajectories (``morris``, 2 or more) or points (``lhs``);
        none for ``grid``.
    seed : int
        Of the draws.

    Returns
    -------
    Design
        The same points in the same order for the same arguments. The last axis of a grid changes fastest.

    Raises
    ------
    StudyError
        If axes or numbers are not as described, there would be over a million points, or SALib is missing.

    References
    ----------
    [Saltelli2010]_; [Morris1991]_; [McKay1979]_

    Examples
    --------
    >>> build_design([Axis("seed", (1, 2)), Axis("update.noise", (0.0, 0.1))]).points[1]
    {'seed': 1, 'update.noise': 0.1}
    >>> len(build_design([Axis("update.noise", low=0.0, high=0.1)], "lhs", 5).points)
    5
    """
    axes = tuple(axes)
    _check_axes(axes)
    if kind not in KINDS:
        raise StudyError(f"there is no design '{kind}'; there are grid, sobol:N, morris:N and lhs:N")
    if kind == "grid":
        if n is not None:
            raise StudyError(f"a grid takes no number: its points are all combinations; {n} given")
        shares = _grid_shares(axes)
        return _finish_design(kind, len(shares), seed, axes, shares)
    size = _checked_size(kind, n, len(axes))
    shares = {"sobol": _saltelli_shares, "morris": _morris_shares, "lhs": _latin_shares}[kind](
        axes, size, seed
    )
    return _finish_design(kind, size, seed, axes, np.clip(shares, 0.0, 1.0))


def parse_axis(text: str) -> Axis:
    """Return the axis that a command line names.

    Parameters
    ----------
    text : str
        ``KEY=V,V,V``, the values written as in a scenario (a list in brackets is one value); or
        ``KEY=LO..HI``, then ``:log``, ``:whole`` or both.

    Returns
    -------
    Axis

    Raises
    ------
    StudyError
        If it is neither; the text names what is allowed.

    Examples
    --------
    >>> parse_axis("update.confidence.peer=0.1,0.2").values
    (0.1, 0.2)
    >>> parse_axis("population.humans=50..500:whole").at(1.0)
    500
    """
    key, equals, given = (part.strip() for part in text.partition("="))
    if not equals or not key or not given:
        raise StudyError(f"'{text}' is no axis; {_FORMS}")
    found = _RANGE.fullmatch(given)
    if found is not None:
        return _parse_range(text, key, found)
    if _HALF_RANGE.search(given) and not set("'\"") & set(given):
        raise StudyError(f"'{text}': a range stands alone and has both ends; {_FORMS}")
    try:
        values = read_node(f"[{given}]", text).plain()
    except ScenarioError as error:
        raise StudyError(f"'{text}': the values cannot be read: {error.problem}; {_FORMS}") from None
    if any(value is None for value in values):
        raise StudyError(f"'{text}': a value is empty; {_FORMS}")
    return Axis(key, tuple(values))


def parse_design(text: str) -> tuple[str, int | None]:
    """Return the kind and the number of a design that a command line names.

    Raises
    ------
    StudyError
        If it is none of ``grid``, ``sobol:N``, ``morris:N``, ``lhs:N``.

    Examples
    --------
    >>> parse_design("sobol:256"), parse_design("grid")
    (('sobol', 256), ('grid', None))
    """
    kind, colon, number = (part.strip() for part in text.partition(":"))
    if kind not in KINDS:
        raise StudyError(f"there is no design '{text}'; there are grid, sobol:N, morris:N and lhs:N")
    if kind == "grid":
        if colon:
            raise StudyError(f"'{text}': a grid takes no number: its points are all combinations")
        return kind, None
    if not re.fullmatch(r"[0-9]{1,9}", number):
        raise StudyError(f"'{text}': {kind} takes a whole number, as in {kind}:{_EXAMPLES[kind]}")
    return kind, int(number)


_EXAMPLES = {"sobol": 256, "morris": 20, "lhs": 100}


def load_salib(module: str) -> ModuleType:
    """Return a module of SALib.

    Raises
    ------
    StudyError
        If SALib is not installed; says how to install it.
    """
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise StudyError(
            "SALib is not installed; sobol and morris need it: pip install 'coevolve-sim[sweep]'"
        ) from None
    return importlib.import_module(module)


def salib_problem(keys: Sequence[str]) -> dict[str, Any]:
    """Return axes as SALib describes them, each from 0 to 1."""
    return {"num_vars": len(keys), "names": list(keys), "bounds": [[0.0, 1.0]] * len(keys)}


# --- checks ----------------------------------------------------------------------------------------


def _check_axes(axes: tuple[Axis, ...]) -> None:
    if not axes:
        raise StudyError(f"a design needs at least one axis; {_FORMS}")
    for one, other in itertools.permutations(axes, 2):
        if one.key == other.key:
            raise StudyError(f"{one.key}: stands on two axes; each key may stand once")
        if other.key.startswith(f"{one.key}."):
            raise StudyError(f"{other.key}: lies within {one.key}, which is another axis; leave one out")


def _checked_size(kind: str, n: int | None, n_axes: int) -> int:
    least = {"sobol": 2, "morris": 2, "lhs": 1}[kind]
    if n is None or n < least:
        given = "none" if n is None else n
        raise StudyError(
            f"{kind} takes a whole number of at least {least}, as in {kind}:{_EXAMPLES[kind]}; {given} given"
        )
    if kind == "sobol" and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        nearest = below if n - below <= 2 * below - n else 2 * below
        raise StudyError(
            f"sobol takes a power of two, or its points are unbalanced; {n} given: take {nearest}"
        )
    n_points = n * {"sobol": n_axes + 2, "morris": n_axes + 1, "lhs": 1}[kind]
    if n_points > MOST_POINTS:
        raise StudyError(f"{kind}:{n} has {n_points} points; a design has at most {MOST_POINTS}")
    return n


def _parse_range(text: str, key: str, found: re.Match[str]) -> Axis:
    marks = [mark.strip() for mark in found["marks"].split(":")[1:]]
    if unknown := [mark for mark in marks if mark not in ("log", "whole")]:
        raise StudyError(f"'{text}': there is no mark '{unknown[0]}'; {_FORMS}")
    ends = []
    for end in (found["low"], found["high"]):
        try:
            ends.append(float(end))
        except ValueError:
            raise StudyError(f"'{text}': '{end.strip()}' is no number; {_FORMS}") from None
    return Axis(key, low=ends[0], high=ends[1], log="log" in marks, whole="whole" in marks)


# --- points ----------------------------------------------------------------------------------------


def _finish_design(kind: str, n: int, seed: int, axes: tuple[Axis, ...], shares: Floats) -> Design:
    points = tuple(
        {axis.key: axis.at(float(share)) for axis, share in zip(axes, row, strict=True)} for row in shares
    )
    return Design(kind, n, seed, axes, shares, points)


def _grid_shares(axes: tuple[Axis, ...]) -> Floats:
    """Return the middles of the pieces into which listed axes are cut, in every combination."""
    for axis in axes:
        if axis.ranged:
            raise StudyError(
                f"{axis.key}: a grid needs listed values, as in {axis.key}={axis.low:g},{axis.high:g}; for a "
                "range take sobol:N, morris:N or lhs:N"
            )
    n_points = math.prod(len(axis.values) for axis in axes)
    if n_points > MOST_POINTS:
        raise StudyError(f"the grid has {n_points} points; a design has at most {MOST_POINTS}")
    middles = [(np.arange(len(axis.values)) + 0.5) / len(axis.values) for axis in axes]
    return np.stack([part.ravel() for part in np.meshgrid(*middles, indexing="ij")], axis=1)


def _latin_shares(axes: tuple[Axis, ...], n: int, seed: int) -> Floats:
    found: Floats = qmc.LatinHypercube(len(axes), rng=stream_seed(seed, "design", "lhs")).random(n)
    return found


def _saltelli_shares(axes: tuple[Axis, ...], n: int, seed: int) -> Floats:
    sample = load_salib("SALib.sample.sobol").sample
    found: Floats = sample(
        salib_problem([axis.key for axis in axes]),
        n,
        calc_second_order=False,
        seed=stream_seed(seed, "design", "sobol"),
    )
    return found


def _morris_shares(axes: tuple[Axis, ...], n: int, seed: int) -> Floats:
    sample = load_salib("SALib.sample.morris").sample
    found: Floats = sample(
        salib_problem([axis.key for axis in axes]),
        n,
        num_levels=MORRIS_LEVELS,
        seed=stream_seed(seed, "design", "morris"),
    )
    return found
