"""The one real history that comes with the package: US moral opinion, 1972-2018.

The figures are shares of respondents of the General Social Survey [GSS2018]_, dichotomised as in
Strimling and others [Strimling2019]_; `coevolve_sim.values.gss_moral` says what each issue's
position is. `gss_table` makes the table they are read from.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories.history import History

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_YEAR, LAST_YEAR = 1972, 2018

_SOURCE = (
    "General Social Survey marginals 1972-2018, unweighted, dichotomised as in Strimling et al. 2019 "
    "[GSS2018] [Strimling2019]"
)
_OVERSAMPLES = (
    "Shares are unweighted, and in 1982 and 1987 the survey sampled Black Americans more heavily, "
    "so issues of race may jump there."
)


def survey_figures() -> dict[str, dict[int, float]]:
    """Return the share holding the position, by issue and survey year: all 73 issues.

    Shares are in [0, 1], to 4 decimals.

    Examples
    --------
    >>> figures = survey_figures()
    >>> len(figures), figures["grass"][2018]
    (73, 0.6482)
    """
    text = (files("coevolve_sim.values.histories") / "gss_moral.csv").read_text(encoding="utf-8")
    figures: dict[str, dict[int, float]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        figures.setdefault(row["issue"], {})[int(row["year"])] = float(row["share"])
    return figures


def gss_moral(
    interval_years: int = 1,
    minimum_surveys: int = 20,
    latest_start: int = 1978,
    first_year: int = FIRST_YEAR,
    last_year: int = LAST_YEAR,
) -> History:
    """Shares of Americans holding 45 moral positions, in evenly spaced years.

    The survey was taken in 32 uneven years, and no issue was asked in all of them. Eras are evenly
    spaced all the same, because rates are per era and forecasts assume even steps: a year between
    two surveys of an issue is interpolated linearly, a year before its first survey holds its first
    share, and `History.observed` marks the years in which it was asked.

    Parameters
    ----------
    interval_years : int
        Years from era to era, at least 1.
    minimum_surveys : int
        An issue is kept when asked in at least so many survey years,
    latest_start : int
        first asked in this year or before, and asked in 2018. The defaults keep 45 of 73.
    first_year, last_year : int
        Years of the first era and of the last, within 1972-2018; the last era lies before
        `last_year` where the interval does not reach it. They do not change which issues are kept.

    Raises
    ------
    HistoryError
        If the years do not make two eras within 1972-2018, or no issue is kept.

    References
    ----------
    [GSS2018]_, [Strimling2019]_

    Examples
    --------
    >>> history = gss_moral()
    >>> history.values.shape, history.era_names[0], history.era_names[-1]
    ((47, 45), '1972', '2018')
    >>> print(history.notes[0])
    45 of 73 issues are kept: asked in at least 20 survey years, first by 1978, and in 2018.
    """
    years = _even_years(interval_years, first_year, last_year)
    figures = survey_figures()
    kept = {
        issue: shares
        for issue, shares in figures.items()
        if len(shares) >= minimum_surveys and min(shares) <= latest_start and max(shares) == LAST_YEAR
    }
    if not kept:
        raise HistoryError(
            f"gss-moral: no issue was asked in at least {minimum_surveys} survey years, "
            f"first by {latest_start}, and in {LAST_YEAR}; the defaults are 20 and 1978"
        )
    values = [np.interp(years, list(shares), list(shares.values())) for shares in kept.values()]
    observed = [np.isin(years, list(shares)) for shares in kept.values()]
    held = sum(int((years < min(shares)).sum()) for shares in kept.values())
    return History(
        "gss-moral",
        era_names=tuple(str(year) for year in years),
        times=years.astype(np.float64),
        dimension_names=tuple(kept),
        values=np.column_stack(values),
        observed=np.column_stack(observed),
        source=_SOURCE,
        notes=(
            _kept(len(kept), len(figures), minimum_surveys, latest_start),
            _spacing(years, interval_years, last_year),
            _counts(years.size * len(kept), int(np.sum(observed)), held),
            _OVERSAMPLES,
        ),
    )


def _even_years(interval_years: int, first_year: int, last_year: int) -> NDArray[np.int64]:
    if interval_years < 1:
        raise HistoryError(f"gss-moral: interval_years is at least 1; {interval_years} given")
    if not FIRST_YEAR <= first_year < last_year <= LAST_YEAR:
        raise HistoryError(
            f"gss-moral: first_year and a later last_year lie in {FIRST_YEAR}-{LAST_YEAR}; "
            f"{first_year} and {last_year} given"
        )
    years = np.arange(first_year, last_year + 1, interval_years, dtype=np.int64)
    if years.size < 2:
        raise HistoryError(
            f"gss-moral: a history needs 2 eras; "
            f"steps of {interval_years} years make 1 from {first_year} to {last_year}"
        )
    return years


def _kept(kept: int, total: int, minimum_surveys: int, latest_start: int) -> str:
    return (
        f"{kept} of {total} issues are kept: asked in at least {minimum_surveys} survey years, "
        f"first by {latest_start}, and in {LAST_YEAR}."
    )


def _spacing(years: NDArray[np.int64], interval_years: int, last_year: int) -> str:
    step = "year" if interval_years == 1 else f"{interval_years} years"
    short = "" if years[-1] == last_year else f"; steps of {interval_years} do not reach {last_year}"
    return f"Eras are every {step} from {years[0]} to {years[-1]}{short}."


def _counts(total: int, observed: int, held: int) -> str:
    return (
        f"Of {total:,} era values {observed:,} are survey figures, "
        f"{total - observed - held:,} are interpolated between surveys, and {held:,} hold an issue's "
        "first figure in the years before it was first asked."
    )
