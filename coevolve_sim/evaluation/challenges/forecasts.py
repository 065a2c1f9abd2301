"""Forecasts of real history by policies: US moral opinion after an origin year, scored on later surveys.

A forecast uses only what the survey had found up to its origin. Series are yearly, as policies need them: a
year between two surveys is interpolated, and after an issue's last survey before the origin its figure is
held constant; nothing of later surveys is used. Only years in which an issue was asked are scored.

A policy hears one figure a year, as if from a single human. One that needs several (`moral_graph`, in which
people vote on each other's values) never moves, and would stand here under another name for `frozen`: it is
left out, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
class Forecasts:
    """Errors of forecasts, and what to know of them.

    Attributes
    ----------
    table : DataFrame
        As `forecast_errors` returns it, for each task.
    notes : tuple of str
        Sentences: who was left out, whose forecasts are the same, and that there is no interval.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]


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

    A policy that never moves from the first figures it heard, though it is not `frozen`, is left out.

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
    >>> table = forecast_errors(["moral_graph"], 1996, 2006, 2016)
    >>> table["forecaster"].tolist(), round(float(table["rmse"][0]), 4)
    (['last value', 'logit-linear', 'linear'], 0.0635)
    """
    return _errors_table(_errors_of(policies, origin, first, last), origin, first, last)


def forecast_survey(
    policies: Sequence[NamedPolicy | str], tasks: Sequence[tuple[int, int, int]] = ORIGINS
) -> Forecasts:
    """Forecast the survey from several origins, and say what there is to know of it.

    Parameters
    ----------
    policies : sequence of NamedPolicy or str
    tasks : sequence of (origin, first, last)
        As for `survey_figures_until`.

    Returns
    -------
    Forecasts

    Raises
    ------
    HistoryError
        If there is nothing to forecast.

    Examples
    --------
    >>> print(forecast_survey(["mean", "moral_graph"]).notes[0])
    Left out: `moral_graph`. Of one figure a year, which nobody votes on, it learns nothing: it is `frozen`.
    """
    errors = [_errors_of(policies, *task) for task in tasks]
    tables = [_errors_table(of, *task) for of, task in zip(errors, tasks, strict=True)]
    names = [policy if isinstance(policy, str) else policy.name for policy in policies]
    left_out = [name for name in names if all(name not in of for of in errors)]
    whole = {name: np.concatenate([of[name] for of in errors]) for name in errors[0]}
    return Forecasts(pd.concat(tables, ignore_index=True), tuple(_notes(left_out, whole)))


def _notes(left_out: list[str], errors: Mapping[str, Floats]) -> Iterator[str]:
    """Yield what to know of forecasts, given those left out and the errors of all others."""
    if left_out:
        names = ", ".join(f"`{name}`" for name in left_out)
        whom = "it learns nothing: it is" if len(left_out) == 1 else "they learn nothing: they are"
        yield f"Left out: {names}. Of one figure a year, which nobody votes on, {whom} `frozen`."
    rest = list(errors)
    while rest:
        same = [name for name in rest if np.allclose(errors[name], errors[rest[0]], rtol=0.0, atol=1e-9)]
        if len(same) > 1:
            yield f"The same forecasts, figure by figure: {', '.join(same)}."
        rest = [name for name in rest if name not in same]
    yield (
        "Policies are at the settings by which they are named, else at their defaults. This is one history, "
        "forecast once from each origin: there is no interval, and what is better here need not be elsewhere."
    )


def _errors_of(
    policies: Sequence[NamedPolicy | str], origin: int, first: int, last: int
) -> dict[str, Floats]:
    """Return the error of every figure by forecaster; policies that learn nothing are left out."""
    known = survey_figures_until(origin, first, last)
    errors = {}
    for kind in (LAST, LINEAR, LOGIT_LINEAR):
        errors[kind] = np.array(
            [
                baseline(known.past[issue], year, kind) - share
                for issue, figures in known.coming.items()
                for year, share in figures.items()
            ]
        )
    never_learnt = _policy_errors(parse_policy("frozen"), known)
    for policy in policies:
        use = parse_policy(policy) if isinstance(policy, str) else policy
        found = _policy_errors(use, known)
        if use.kind == "frozen" or not np.array_equal(found, never_learnt):
            errors[use.name] = found
    return errors


def _errors_table(errors: Mapping[str, Floats], origin: int, first: int, last: int) -> pd.DataFrame:
    rows = [
        {
            "origin": origin,
            "years": f"{first}-{last}",
            "forecaster": name,
            "policy": name not in (LAST, LINEAR, LOGIT_LINEAR),
            "rmse": float(np.sqrt(np.mean(found**2))),
            "n_figures": len(found),
        }
        for name, found in errors.items()
    ]
    return pd.DataFrame(rows).sort_values("rmse", kind="stable", ignore_index=True)


def _policy_errors(policy: NamedPolicy, known: SurveyFigures) -> Floats:
    years = sorted({year for figures in known.coming.values() for year in figures})
    if "horizon" not in policy.parameters:
        once = forecast(policy, known, years[0])
        said = dict.fromkeys(years, once)
    else:
        said = {year: forecast(policy, known, year) for year in years}
    return np.array(
        [
            said[year][issue] - share
            for issue, figures in known.coming.items()
            for year, share in figures.items()
        ]
    )
