"""From what a scenario says about its history to the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories.files import read_history
from coevolve_sim.values.histories.gss import FIRST_YEAR, LAST_YEAR, gss_moral
from coevolve_sim.values.histories.planted import planted
from coevolve_sim.values.naming import describe_unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from coevolve_sim.values.histories.history import History
    from coevolve_sim.values.histories.planted import Ends

KINDS = ("none", "gss-moral", "planted", "file")


class HistoryDescription(Protocol):
    """What every description of a history has; its kind is one of `KINDS`."""

    @property
    def kind(self) -> str: ...  # noqa: D102


class _Gss(HistoryDescription, Protocol):
    interval_years: int
    minimum_surveys: int
    first_year: int | None
    last_year: int | None


class _Planted(HistoryDescription, Protocol):
    shape: str
    eras: int
    start: Ends
    end: Ends
    turning_point: float
    period: float
    steepness: float
    step_sd: float


class _Table(Protocol):
    path: Path


class _File(HistoryDescription, Protocol):
    path: Path
    spread: _Table | None
    scale: str | Sequence[str]
    encoding: str | None


def build(spec: HistoryDescription, dimension_names: Iterable[str], seed: int) -> History | None:
    """Return the history a scenario describes, its columns in the order of the value space.

    Parameters
    ----------
    spec : object with the attributes of its kind
        ``none``; ``gss-moral``: interval_years, minimum_surveys, first_year, last_year (None: all);
        ``planted``: shape, eras, start, end, turning_point, period, steepness, step_sd;
        ``file``: path, spread (None, or what has a path), scale, encoding (None: UTF-8).
    dimension_names : iterable of str
        The value space's dimensions; the history must have them all.
    seed : int
        The run's seed.

    Returns
    -------
    History or None
        None for the kind ``none``.

    Raises
    ------
    HistoryError
        If the history cannot be made or read, or lacks a dimension.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> build(SimpleNamespace(kind="none"), ["thrift"], seed=1) is None
    True
    """
    names = tuple(dimension_names)
    match spec.kind:
        case "none":
            return None
        case "gss-moral":
            return _gss(cast("_Gss", spec)).select(names)
        case "planted":
            return _planted(cast("_Planted", spec), names, seed)
        case "file":
            return _file(cast("_File", spec)).select(names)
    raise HistoryError(describe_unknown_name("kind of history", spec.kind, KINDS))


def _gss(spec: _Gss) -> History:
    return gss_moral(
        spec.interval_years,
        spec.minimum_surveys,
        first_year=FIRST_YEAR if spec.first_year is None else spec.first_year,
        last_year=LAST_YEAR if spec.last_year is None else spec.last_year,
    )


def _file(spec: _File) -> History:
    spread = None if spec.spread is None else spec.spread.path
    return read_history(spec.path, spread, scale=spec.scale, encoding=spec.encoding)


def _planted(spec: _Planted, names: tuple[str, ...], seed: int) -> History:
    return planted(
        spec.shape,
        names,
        spec.eras,
        seed,
        start=spec.start,
        end=spec.end,
        turning_point=spec.turning_point,
        period=spec.period,
        steepness=spec.steepness,
        step_sd=spec.step_sd,
    )
