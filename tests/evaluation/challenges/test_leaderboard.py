"""Leaderboards: intervals, shared places, files; forecasts of the survey."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coevolve_sim.assistants.policies import parse_policy
from coevolve_sim.errors import HistoryError, PolicyError, RecordError
from coevolve_sim.evaluation.challenges import ORIGINS, NumericPopulation, forecast_errors, leaderboard
from coevolve_sim.evaluation.challenges.files import as_markdown, draw, write
from coevolve_sim.evaluation.challenges.forecasts import baseline, forecast, survey_figures_until
from coevolve_sim.evaluation.challenges.leaderboard import places, resampled_means
from coevolve_sim.values.histories import planted
from coevolve_sim.values.histories.gss import survey_figures

HISTORIES = [planted("linear", ["a", "b", "c"], 6, seed=2), planted("reversal", ["a", "b", "c"], 6, seed=2)]
POLICIES = ["mean", "mean,rate=0.999999", "median", "extrapolative"]


@pytest.fixture(scope="module")
def board():
    return leaderboard(POLICIES, HISTORIES, replications=5, seed=3, people=NumericPopulation(50))


def test_every_policy_and_every_reference_has_a_row_for_every_measure(board):
    players = {*POLICIES, "frozen", "perfect replay", "last value", "no assistant"}
    table = board.table
    assert set(table["player"]) == players
    assert len(table) == 2 * len(players) * (3 + 3 + 5)
    assert set(table.loc[table["reference"], "player"]) == {"perfect replay", "last value", "no assistant"}


def test_means_lie_in_their_intervals_and_what_is_the_same_in_every_replication_has_none(board):
    table = board.table.dropna(subset=["mean"])
    assert (table["low"] <= table["mean"] + 1e-12).all()
    assert (table["mean"] <= table["high"] + 1e-12).all()
    frozen = table[(table["player"] == "frozen") & (table["challenge"] != "coevolve")]
    np.testing.assert_allclose(frozen["low"], frozen["high"], atol=1e-12)


def test_a_policy_that_is_hardly_different_shares_its_place_and_one_that_is_worse_does_not(board):
    rows = board.of("planted-linear", "follow_rmse").set_index("player")
    same = rows.loc[["mean", "mean,rate=0.999999"]]
    assert (same["best"] < same["worst"]).any() or (np.ptp(same["mean"]) < 1e-5)
    assert rows.loc["frozen", "best"] == rows.loc["frozen", "worst"] == 5
    assert np.isnan(rows.loc["perfect replay", "best"])


def test_places_are_shared_where_the_interval_of_a_difference_holds_nought():
    rng = np.random.default_rng(1)
    common = rng.normal(0, 1, 400)
    clear = np.array([common + 1.0, common, common])
    assert [array.tolist() for array in places(clear)] == [[1, 2, 2], [1, 3, 3]]
    noisy = np.array([rng.normal(0.1, 1, 400), rng.normal(0, 1, 400)])
    assert [array.tolist() for array in places(noisy)] == [[1, 1], [2, 2]]


def test_pairing_tells_apart_what_intervals_alone_would_not():
    """Two policies of which one is always a little better, on people who vary much."""
    scores = np.random.default_rng(2).normal(0.5, 0.2, 20)
    one, other = (resampled_means(values, seed=1) for values in (scores + 0.01, scores))
    assert np.quantile(one, 0.025) < np.quantile(other, 0.975)
    assert [array.tolist() for array in places(np.array([one, other]))] == [[1, 2], [1, 2]]


def test_a_bootstrap_interval_covers_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    covered = 0
    for trial in range(300):
        low, high = np.quantile(resampled_means(rng.normal(0, 1, 30), trial, 400), [0.025, 0.975])
        covered += low <= 0 <= high
    assert 0.88 <= covered / 300 <= 0.98


def test_the_same_seed_gives_the_same_table_and_another_seed_another(board):
    again = leaderboard(POLICIES, HISTORIES, replications=5, seed=3, people=NumericPopulation(50))
    pd.testing.assert_frame_equal(board.table, again.table)
    other = leaderboard(POLICIES, HISTORIES, replications=5, seed=4, people=NumericPopulation(50))
    assert not board.table["mean"].equals(other.table["mean"])


@pytest.mark.parametrize(
    ("policies", "histories", "replications", "said"),
    [
        ([], HISTORIES, 5, "needs a policy; none given"),
        (["mean", "mean"], HISTORIES, 5, "policy 'mean' is there twice"),
        (["mean"], HISTORIES[:1] * 2, 5, "two histories have the same name"),
        (["mean"], HISTORIES, 1, "1 replications given; an interval needs at least 2"),
    ],
)
def test_a_leaderboard_that_cannot_be_is_refused(policies, histories, replications, said):
    with pytest.raises(PolicyError, match=said):
        leaderboard(policies, histories, replications)


def test_a_horizon_that_the_history_is_too_short_for_is_refused():
    with pytest.raises(HistoryError, match="predict can look 1 to 4 eras ahead; 5 given"):
        leaderboard(["mean"], HISTORIES, 2, horizon=5)


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.long
def test_it_is_written_as_csv_markdown_and_a_figure_to_the_same_bytes(board, tmp_path):
    written = [write(board, tmp_path / name) for name in "ab"]
    ends = (".csv", ".md", "_short.md", ".png")
    assert [path.name for path in written[0]] == [f"leaderboard{end}" for end in ends]
    for one, other in zip(*written, strict=True):
        assert one.read_bytes() == other.read_bytes()
    read = pd.read_csv(written[0][0])
    np.testing.assert_allclose(read["mean"], board.table["mean"], atol=1e-6)
    assert written[0][3].stat().st_size < 200_000


def test_the_page_shows_places_as_ranges_and_references_in_italics(board):
    page = as_markdown(board, ["follow_rmse", "predict_1_centred"])
    assert "Mean of 5 replications, seed 3, 50 people an era" in page
    assert "| *perfect replay* | 0.0000 |" in page
    assert "| *no assistant* | - | - |" in page
    assert "| `frozen` |" in page
    assert page.count("| policy | follow_rmse | predict_1_centred |") == 2


def test_the_figure_has_a_panel_a_history_and_challenge_and_every_reference_line(board):
    figure = draw(board)
    panels = figure.axes
    assert len(panels) == 2 * 3
    assert [panel.get_title() for panel in panels[:2]] == [
        "follow, planted-linear",
        "follow, planted-reversal",
    ]
    names = {text.get_text() for text in figure.legends[0].get_texts()}
    assert names == {"policy", "frozen", "perfect replay", "last value", "no assistant"}


def test_the_challenges_of_a_single_history_stand_side_by_side(board):
    of_one = board.table[board.table["history"] == "planted-linear"]
    figure = draw(replace(board, table=of_one))
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == ["follow, planted-linear", "predict 1, planted-linear", "coevolve, planted-linear"]
    left, middle, _ = (panel.get_subplotspec() for panel in figure.axes)
    assert (left.rowspan, left.colspan) != (middle.rowspan, middle.colspan)
    assert left.rowspan == middle.rowspan


def test_a_folder_that_cannot_be_written_is_named(board, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RecordError, match=r"file/board cannot be written: .*; name another with --out"):
        write(board, tmp_path / "file" / "board")


# --- forecasts of the survey ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "n_figures", "last", "linear", "logit_linear"),
    [(ORIGINS[0], 288, 0.0635, 0.0982, None), (ORIGINS[1], 104, 0.0771, 0.0588, 0.0556)],
)
def test_forecasts_without_a_policy_are_those_of_an_independent_computation(
    task, n_figures, last, linear, logit_linear
):
    """The last value to four decimals; lines to .0015, whose slopes are our own, of the last 20 years."""
    table = forecast_errors([], *task).set_index("forecaster")
    assert (table["n_figures"] == n_figures).all()
    assert table.loc["last value", "rmse"] == pytest.approx(last, abs=5e-5)
    assert table.loc["linear", "rmse"] == pytest.approx(linear, abs=0.0015)
    if logit_linear:
        assert table.loc["logit-linear", "rmse"] == pytest.approx(logit_linear, abs=0.0015)


def test_the_last_value_beats_lines_from_1996_and_lines_beat_it_from_2006():
    early, late = (forecast_errors([], *task)["forecaster"].tolist() for task in ORIGINS)
    assert early == ["last value", "logit-linear", "linear"]
    assert late == ["logit-linear", "linear", "last value"]


def test_a_damped_trend_beats_the_last_value_both_times_and_a_logit_trend_beats_plain_lines():
    for task in ORIGINS:
        rmse = forecast_errors(["damped", "logit_trend", "extrapolative", "mean"], *task).set_index(
            "forecaster"
        )["rmse"]
        assert rmse["damped"] < rmse["last value"]
        assert rmse["logit_trend"] < rmse["linear"]
        assert rmse["mean"] == pytest.approx(rmse["last value"], abs=1e-12)
        assert rmse["extrapolative"] == rmse.max()


def test_nothing_of_later_surveys_enters_a_forecast(monkeypatch):
    policies = [parse_policy("damped"), parse_policy("logit_trend")]
    before = [forecast(policy, survey_figures_until(1996, 2006, 2016), 2010) for policy in policies]
    changed = {
        issue: {year: share if year <= 1996 else 0.5 for year, share in figures.items()}
        for issue, figures in survey_figures().items()
    }
    monkeypatch.setattr("coevolve_sim.evaluation.challenges.forecasts.survey_figures", lambda: changed)
    assert [forecast(policy, survey_figures_until(1996, 2006, 2016), 2010) for policy in policies] == before


def test_a_line_goes_on_from_the_last_figure_by_the_slope_of_its_last_twenty_years():
    figures = {1960: 0.9, 1990: 0.2, 1993: 0.3, 1996: 0.4}
    assert baseline(figures, 2002, "linear") == pytest.approx(0.6)
    assert baseline(figures, 2002, "last value") == 0.4
    assert 0.5 < baseline(figures, 2002, "logit-linear") < 0.65
    assert baseline(figures, 2030, "linear") == 1.0


@pytest.mark.parametrize("years", [(1996, 1996, 2000), (1996, 2006, 2004)])
def test_forecasts_of_the_past_are_refused(years):
    with pytest.raises(HistoryError, match="a forecast is of years after its origin"):
        survey_figures_until(*years)


def test_a_forecast_of_years_without_a_survey_is_refused():
    with pytest.raises(
        HistoryError, match="no issue was asked in 5 years up to 1996 and again in 1997 to 1997"
    ):
        survey_figures_until(1996, 1997, 1997)


def test_policies_without_a_horizon_hold_what_they_hold():
    known = survey_figures_until(2006, 2016, 2018)
    held = [forecast(parse_policy("lifelong,rate=0.5"), known, year) for year in (2016, 2018)]
    assert held[0] == held[1]
    ahead = [forecast(parse_policy("damped"), known, year) for year in (2016, 2018)]
    assert any(a != b for a, b in itertools.zip_longest(ahead[0].values(), ahead[1].values()))
