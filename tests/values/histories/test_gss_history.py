"""The figures that the package carries are the survey's, and every era value says where it is from."""

import csv
import re

import pytest

from coevolve_sim.errors import HistoryError
from coevolve_sim.values import get
from coevolve_sim.values.histories import gss_moral, survey_figures
from coevolve_sim.values.histories.gss_table import TABLE, table_of
from tests import ROOT

SERIES = ROOT.parent / "shared" / "data" / "gss_moral_series_to_2018.csv"


@pytest.fixture
def series():
    if not SERIES.exists():
        pytest.skip(f"the full series is not here: {SERIES}")
    return SERIES


def test_the_table_is_the_one_made_from_the_full_series(series):
    assert table_of(series) == TABLE.read_text(encoding="utf-8")


def test_the_figures_are_the_full_series_to_four_decimals(series):
    with series.open(newline="", encoding="utf-8") as file:
        rows = [(row["issue"], int(row["year"]), float(row["share"])) for row in csv.DictReader(file)]
    figures = survey_figures()
    assert sum(len(shares) for shares in figures.values()) == len(rows) == 1592
    assert max(abs(figures[issue][year] - share) for issue, year, share in rows) <= 0.5e-4 + 1e-12


def test_the_table_is_small_and_says_where_it_is_from():
    text = TABLE.read_text(encoding="utf-8")
    assert len(text) < 60_000
    assert text.startswith(
        "# General Social Survey marginals 1972-2018, unweighted, dichotomised as in Strimling"
    )


def test_the_default_keeps_45_issues_in_47_years():
    history = gss_moral()
    assert history.values.shape == (47, 45)
    assert history.era_names == tuple(str(year) for year in range(1972, 2019))
    assert history.times.tolist() == list(range(1972, 2019))
    assert len(survey_figures()) == 73


def test_the_dimensions_are_those_of_the_value_space():
    assert gss_moral().dimension_names == get("gss-moral").names


def test_survey_years_have_the_survey_figure():
    history, figures = gss_moral(), survey_figures()
    for column, issue in enumerate(history.dimension_names):
        for row, year in enumerate(range(1972, 2019)):
            assert history.observed[row, column] == (year in figures[issue])
            if history.observed[row, column]:
                assert history.values[row, column] == pytest.approx(figures[issue][year], abs=1e-15)


def test_years_between_surveys_are_interpolated_by_hand():
    figures = survey_figures()["grass"]
    assert (figures[1980], figures[1983], figures[2016], figures[2018]) == (0.2563, 0.2096, 0.611, 0.6482)
    column = gss_moral().select(["grass"])
    assert column.at(1981 - 1972) == pytest.approx([0.2563 - (0.2563 - 0.2096) / 3])
    assert column.at(2017 - 1972) == pytest.approx([(0.611 + 0.6482) / 2])
    assert not column.observed[1981 - 1972, 0]


def test_years_before_the_first_survey_hold_its_figure():
    history = gss_moral().select(["abany"])
    assert history.values[:6, 0].tolist() == [0.3773] * 6
    assert history.observed[:6, 0].tolist() == [False] * 5 + [True]


def test_the_notes_count_what_was_kept_interpolated_and_held():
    history = gss_moral()
    held = sum(min(survey_figures()[issue]) - 1972 for issue in history.dimension_names)
    observed = int(history.observed.sum())
    assert (observed, held, history.values.size) == (1196, 90, 2115)
    assert history.notes[0].startswith(
        "45 of 73 issues are kept: asked in at least 20 survey years, first by 1978"
    )
    assert history.notes[1] == "Eras are every year from 1972 to 2018."
    assert history.notes[2].startswith("Of 2,115 era values 1,196 are survey figures, 829 are interpolated")
    assert "and 90 hold an issue's first figure" in history.notes[2]


def test_a_longer_interval_takes_every_so_many_years():
    yearly, sparse = gss_moral(), gss_moral(interval_years=5)
    assert sparse.era_names[:2] + sparse.era_names[-1:] == ("1972", "1977", "2017")
    assert sparse.values.tolist() == yearly.values[::5].tolist()
    assert sparse.notes[1] == "Eras are every 5 years from 1972 to 2017; steps of 5 do not reach 2018."


def test_years_can_be_cut_without_changing_the_issues():
    yearly, late = gss_moral(), gss_moral(first_year=1990, last_year=2000)
    assert late.dimension_names == yearly.dimension_names
    assert late.values.tolist() == yearly.span("1990", "2000").values.tolist()


def test_fewer_surveys_asked_for_keep_more_issues():
    assert gss_moral(minimum_surveys=2, latest_start=2018).n_dimensions > 45
    assert set(gss_moral(minimum_surveys=2, latest_start=2018).dimension_names) > set(
        gss_moral().dimension_names
    )


@pytest.mark.parametrize(
    ("issue", "start", "end"),
    [("fefam", 0.658, 0.258), ("grass", 0.187, 0.648), ("homosex", 0.810, 0.371), ("libath", 0.372, 0.213)],
)
def test_the_position_is_agreement_with_what_the_label_says(issue, start, end):
    """In 1977 two thirds wanted the wife at home, in 1973 four fifths held same-sex relations wrong."""
    shares = list(survey_figures()[issue].values())
    assert [shares[0], shares[-1]] == pytest.approx([start, end], abs=0.0006)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"interval_years": 0}, "interval_years is at least 1; 0 given"),
        ({"interval_years": 60}, "steps of 60 years make 1 from 1972 to 2018"),
        ({"first_year": 1960}, "lie in 1972-2018; 1960 and 2018 given"),
        ({"first_year": 2000, "last_year": 2000}, "2000 and 2000 given"),
        ({"last_year": 2021}, "1972 and 2021 given"),
        (
            {"minimum_surveys": 40},
            "no issue was asked in at least 40 survey years, first by 1978, and in 2018",
        ),
    ],
)
def test_what_the_survey_does_not_hold_is_refused(changes, said):
    with pytest.raises(HistoryError, match=re.escape(said)):
        gss_moral(**changes)
