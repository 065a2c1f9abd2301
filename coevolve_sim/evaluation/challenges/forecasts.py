"""Forecasts of real history by policies: US moral opinion after an origin year, scored on later surveys.

A forecast uses only what the survey had found up to its origin. Series are yearly, as policies need them: a
year between two surveys is interpolated, and after an issue's last survey before the origin its figure is
held constant; nothing of later surveys is used. Only years in which an issue was asked are scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import (
    NamedPolicy,
    Observation,
    apply_policy,
    drift,
    inverse_logit,
    logit,
    parse_policy,
)
from coevolve_sim.assistants.policies.observation import Memory
from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories.gss import survey_figures

MINIMUM_SURVEYS, TREND_YEARS = 5, 20
ORIGINS = ((1996, 2006, 2016), (2006, 2016, 2018))
"""Origin, first and last forecast year of each task."""

LAST, LINEAR, LOGIT_LINEAR = "last value", "linear", "logit-linear"


@dataclass(frozen=True, eq=False)
class SurveyFigures:
    """Survey figures of issues up to an origin, and those to forecast.

    Attributes
    ----------
    past, coming : mapping of issue to (mapping of year to share)
        Shares in [0, 1], up to the origin and after it.
    origin : int
        Last year that a forecast may use.
    """

    past: Mapping[str, Mapping[int, float]]
    coming: Mapping[str, Mapping[int, float]]
    origin: int

    @property
    def n_figures(self) -> int:
        """Number of figures to forecast."""
        return sum(len(of_issue) for of_issue in self.coming.values())


def survey_figures_until(
    origin: int, first: int, last: int, minimum_surveys: int = MINIMUM_SURVEYS
) -> SurveyFigures:
    """Return the survey's figures up to an origin, and those from a first to a last year after it.

    Parameters
    ----------
    origin, first, last : int
        Years.
    minimum_surveys : int
        An issue is forecast only if it was asked in at least this number of years up to the origin.

    Raises
    ------
    HistoryError
        If the years are not in order, or there is nothing to forecast.

    Examples
    --------
    >>> survey_figures_until(1996, 2006, 2016).n_figures
    288
    """
    if not origin < first <= last:
        raise HistoryError(f"a forecast is of years after its origin; {origin}, {first} to {last} given")
    past, coming = {}, {}
    for issue, figures in survey_figures().items():
        before = {year: share for year, share in figures.items() if year <= origin}
        after = {year: share for year, share in figures.items() if first <= year <= last}
        if len(before) >= minimum_surveys and after:
            past[issue], coming[issue] = before, after
    if not coming:
        raise HistoryError(
            f"no issue was asked in {minimum_surveys} years up to {origin} and again in {first} to {last}"
        )
    return SurveyFigures(past, coming, origin)


def baseline(figures: Mapping[int, float], year: int, kind: str) -> float:
    """Return a forecast of one issue without a policy: its last figure, or a straight line from it.

    Parameters
    ----------
    figures : mapping of year to share
        The issue's figures up to the origin.
    year : int
        Year to forecast.
    kind : {"last value", "linear", "logit-linear"}
        The last figure; or a line from the last figure with the slope of the least-squares line through the
        figures of the last 20 years, in shares or in log odds.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> kinds = ("last value", "linear", "logit-linear")
    >>> [round(baseline({1990: 0.2, 1996: 0.5}, 2002, kind), 3) for kind in kinds]
    [0.5, 0.8, 0.8]
    """
    years = np.array(sorted(figures), dtype=np.float64)
    shares = np.array([figures[int(when)] for when in years])
    recent = years >= years[-1] - TREND_YEARS
    ahead = year - years[-1]
    if kind == LAST:
        return float(shares[-1])
    if kind == LINEAR:
        return float(np.clip(shares[-1] + ahead * drift(shares[recent, None], years[recent])[0], 0.0, 1.0))
    odds = logit(shares)
    return float(inverse_logit(odds[-1] + ahead * drift(odds[recent, None], years[recent])[0]))


def forecast(policy: NamedPolicy, known: SurveyFigures, year: int) -> dict[str, float]:
    """Return a policy's forecast of every issue, after it has learnt from each year up to the origin.

    A policy with a horizon looks ahead from the origin to the year; a policy without one forecasts the values
    it holds at the origin.

    Parameters
    ----------
    policy : NamedPolicy
    known : SurveyFigures
    year : int
        Year to forecast.

    Returns
    -------
    dict of str to float

    Examples
    --------
    >>> known = survey_figures_until(1996, 2006, 2016)
    >>> forecast(parse_policy("mean"), known, 2006)["grass"] == known.past["grass"][1996]
    True
    """
    series = _yearly(known)
    ahead = policy.with_horizon(year - known.origin)
    values = series[0]
    memory: Memory = {}
    for index, row in enumerate(series[1:], start=1):
        heard = Observation(row[None], np.zeros(1, dtype=np.intp), index)
        values, memory = apply_policy(ahead.kind, values, heard, memory, **ahead.parameters)
    return dict(zip(known.past, values.tolist(), strict=True))


def _yearly(known: SurveyFigures) -> Floats:
    """Return interpolated yearly series up to the origin, shape (years, issues)."""
    first = min(min(figures) for figures in known.past.values())
    years = np.arange(first, known.origin + 1, dtype=np.float64)
    columns = []
    for figures in known.past.values():
        when = sorted(figures)
        columns.append(np.interp(years, when, [figures[year] for year in when]))
    return np.column_stack(columns)


def forecast_errors(
    policies: Sequence[NamedPolicy | str], origin: int, first: int, last: int
) -> pd.DataFrame:
    """Return the root mean square error of each policy's forecasts, and of forecasts without a policy.

    Parameters
    ----------
    policies : sequence of NamedPolicy or str
    origin, first, last : int
        As for `survey_figures_until`.

    Returns
    -------
    DataFrame
        Columns origin, years, forecaster, policy (whether the forecaster is one), rmse (in shares),
        n_figures; sorted, the smallest error first.

    Raises
    ------
    HistoryError
        If there is nothing to forecast.

    Examples
    --------
    >>> table = forecast_errors([], 1996, 2006, 2016)
    >>> table["forecaster"][0], round(float(table["rmse"][0]), 4)
    ('last value', 0.0635)
    """
    known = survey_figures_until(origin, first, last)
    errors: dict[str, list[float]] = {}
    for kind in (LAST, LINEAR, LOGIT_LINEAR):
        errors[kind] = [
            baseline(known.past[issue], year, kind) - share
            for issue, figures in known.coming.items()
            for year, share in figures.items()
        ]
    uses = [parse_policy(policy) if isinstance(policy, str) else policy for policy in policies]
    for use in uses:
        errors[use.name] = _policy_errors(use, known)
    rows = [
        {
            "origin": origin,
            "years": f"{first}-{last}",
            "forecaster": name,
            "policy": name not in (LAST, LINEAR, LOGIT_LINEAR),
            "rmse": float(np.sqrt(np.mean(np.square(found)))),
            "n_figures": len(found),
        }
        for name, found in errors.items()
    ]
    return pd.DataFrame(rows).sort_values("rmse", kind="stable", ignore_index=True)


def _policy_errors(policy: NamedPolicy, known: SurveyFigures) -> list[float]:
    years = sorted({year for figures in known.coming.values() for year in figures})
    if "horizon" not in policy.parameters:
        once = forecast(policy, known, years[0])
        said = dict.fromkeys(years, once)
    else:
        said = {year: forecast(policy, known, year) for year in years}
    return [
        said[year][issue] - share
        for issue, figures in known.coming.items()
        for year, share in figures.items()
    ]
