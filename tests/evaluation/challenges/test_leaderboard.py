"""Leaderboards: intervals, shared places, files; forecasts of the survey."""

import importlib
import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from coevolve_sim.assistants.policies import parse_policy
from coevolve_sim.errors import HistoryError, PolicyError, RecordError
from coevolve_sim.evaluation.challenges import (
    GRIDS,
    ORIGINS,
    NumericPopulation,
    Order,
    forecast_errors,
    forecast_survey,
    leaderboard,
)
from coevolve_sim.evaluation.challenges.files import forecasts_as_markdown, write
from coevolve_sim.evaluation.challenges.forecasts import baseline, forecast, survey_figures_until
from coevolve_sim.evaluation.challenges.leaderboard_figure import draw
from coevolve_sim.evaluation.challenges.leaderboard_text import as_markdown, as_short_markdown
from coevolve_sim.evaluation.challenges.ranking import rank_players
from coevolve_sim.evaluation.challenges.tuning import settings_of
from coevolve_sim.values.histories import planted
from coevolve_sim.values.histories.gss import survey_figures

MANY = NumericPopulation(2000)
HISTORIES = [planted("linear", ["a", "b", "c"], 6, seed=2), planted("reversal", ["a", "b", "c"], 6, seed=2)]
POLICIES = ["mean", "lifelong,rate=1", "median", "extrapolative"]


@pytest.fixture(scope="module")
def board():
    return leaderboard(POLICIES, HISTORIES, replications=5, seed=3, people=NumericPopulation(50))


def test_every_policy_and_every_reference_has_a_row_for_every_measure(board):
    players = {*POLICIES, "frozen", "perfect replay", "last value", "no assistant"}
    table = board.table
    assert set(table["player"]) == players
    assert len(table) == 2 * len(players) * (3 + 3 + 2 * 7)
    assert set(table["order"]) == {"", *Order}
    assert set(table.loc[table["reference"], "player"]) == {"perfect replay", "last value", "no assistant"}


def test_means_lie_in_their_intervals_and_what_is_the_same_in_every_replication_has_none(board):
    table = board.table.dropna(subset=["mean"])
    assert (table["low"] <= table["mean"] + 1e-12).all()
    assert (table["mean"] <= table["high"] + 1e-12).all()
    frozen = table[(table["player"] == "frozen") & (table["challenge"] != "coevolve")]
    np.testing.assert_allclose(frozen["low"], frozen["high"], atol=1e-12)


def test_a_policy_that_is_the_same_shares_its_place_and_one_that_is_worse_does_not(board):
    rows = board.of("planted-linear", "follow_rmse").set_index("player")
    assert rows.loc["mean", ["best", "worst"]].tolist() == [1, 2]
    assert rows.loc["lifelong,rate=1", ["best", "worst"]].tolist() == [1, 2]
    assert rows.loc["frozen", "best"] >= 3
    assert rows.loc["frozen", "worst"] == 5
    assert np.isnan(rows.loc["perfect replay", "best"])


def test_pairing_tells_apart_what_intervals_alone_would_not():
    """Two policies of which one is always a little better, on people who vary much."""
    rng = np.random.default_rng(2)
    people = rng.normal(0.5, 0.2, 20)
    told = rank_players("follow", {"one": people + 0.01 + rng.normal(0, 1e-3, 20), "other": people}, "none")
    assert told["one"]["low"] < told["other"]["high"]
    assert [(of["best"], of["worst"]) for of in told.values()] == [(1, 1), (2, 2)]


@pytest.mark.parametrize("replications", [5, 20])
def test_some_pair_of_equal_policies_is_told_apart_in_five_percent_of_leaderboards(replications):
    """Fourteen policies, 91 pairs. Without a correction it is 99 % and 90 %."""
    rng = np.random.default_rng(replications)
    apart = 0
    for _ in range(100):
        people = rng.normal(0, 1, replications)
        found = {f"policy {n}": people + rng.normal(0, 1, replications) for n in range(14)}
        told = rank_players("follow_rmse", found, "last value")
        apart += any(of["best"] > 1 for of in told.values())
    assert apart <= stats.binom.ppf(0.999, 100, 0.05)


@pytest.mark.parametrize("replications", [5, 20])
def test_a_difference_of_two_standard_errors_is_found_as_often_as_it_should_be(replications):
    rng = np.random.default_rng(replications)
    difference = 2 * np.sqrt(2 / replications)
    found = 0
    for _ in range(300):
        people = rng.normal(0, 3, replications)
        one, other = (people + rng.normal(shift, 1, replications) for shift in (0.0, difference))
        found += rank_players("follow_rmse", {"one": one, "other": other}, "last value")["other"]["best"] == 2
    bound = stats.t.isf(0.025, replications - 1)
    power = stats.nct.sf(bound, replications - 1, 2.0)
    assert abs(found / 300 - power) < 3.3 * np.sqrt(power * (1 - power) / 300)


@dataclass
class HalfHeard:
    """A player that holds the mean of half of the people whom it hears, a half of its own by its own seed."""

    own_seed: int
    people: object = None
    seed: int = 0
    held: object = None

    @property
    def name(self):
        return f"half {self.own_seed}"

    @property
    def parameters(self):
        return {}

    def with_horizon(self, horizon):
        return self

    def make_learner(self, people, seed, among):
        return HalfHeard(self.own_seed, people, seed, np.full(2, 0.5))

    def express_values(self):
        return self.held

    def learn_of_era(self, era):
        self._learn(self.people.observe_era(EQUALS, era, self.seed), era)

    def learn_around(self, centre, era):
        self._learn(self.people.observe_around(centre, self.seed, era), era)

    def _learn(self, observation, era):
        drawn = np.random.default_rng([self.own_seed, self.seed, era]).permutation(len(observation.heard))
        self.held = observation.heard[drawn[::2]].mean(axis=0)


EQUALS = planted("linear", ["a", "b"], 3, seed=2)


def test_a_leaderboard_of_really_equal_policies_shares_all_places_in_19_of_20():
    apart = {"follow_rmse": 0, "predict_1_rmse": 0, "coevolve_rmse": 0}
    n_boards, people = 12, NumericPopulation(10)
    for seed in range(n_boards):
        equals = [HalfHeard(own) for own in range(4)]
        board = leaderboard(equals, [EQUALS], 5, seed, people=people, orders=[Order.HISTORY_LAST])
        rows = board.table[~board.table["reference"] & (board.table["player"] != "frozen")]
        for measure in apart:
            of_measure = rows[rows["measure"] == measure]
            assert of_measure["mean"].nunique() == 4
            apart[measure] += (of_measure["best"] - of_measure["best"].min() > 0).any()
    assert max(apart.values()) <= stats.binom.ppf(0.999, n_boards, 0.05)


def test_one_policy_under_three_names_has_the_same_scores_and_one_place_for_all():
    names = ["mean", "lifelong,rate=1", "extrapolative,order=0"]
    board = leaderboard(names, HISTORIES[:1], 5, people=NumericPopulation(50))
    for measure, order in (("follow_rmse", ""), ("coevolve_rmse", Order.HISTORY_LAST)):
        rows = board.of("planted-linear", measure, order).set_index("player").loc[names]
        assert np.ptp(rows["mean"]) < 1e-12
        assert (rows["best"] == 1).all()
        assert np.ptp(rows["worst"]) == 0
        assert (rows["worst"] >= 3).all()


def test_each_policy_is_compared_with_the_last_value_and_in_coevolve_with_no_assistant(board):
    for measure, order, line in (
        ("predict_1_rmse", "", "last value"),
        ("coevolve_share", Order.PROGRESSGYM, "no assistant"),
        ("coevolve_rmse", Order.HISTORY_LAST, "no assistant"),
    ):
        rows = board.of("planted-linear", measure, order).set_index("player")
        policies = rows[~rows["reference"]]
        np.testing.assert_allclose(policies["difference"], policies["mean"] - rows.loc[line, "mean"])
        assert (policies["difference_low"] <= policies["difference"] + 1e-12).all()
        assert rows.loc[rows["reference"], "p_holm"].isna().all()


def test_the_share_of_the_way_has_no_place_since_more_of_it_is_not_better(board):
    assert board.of("planted-linear", "coevolve_share")["best"].isna().all()


def test_scores_of_every_replication_are_kept_and_give_the_means(board):
    means = board.scores.groupby(["history", "order", "measure", "player"])["score"].mean()
    for row in board.table.dropna(subset=["mean"]).itertuples():
        assert means[row.history, row.order, row.measure, row.player] == pytest.approx(row.mean, abs=1e-12)
    assert set(board.scores["replication"]) == set(range(5))


# --- settings chosen on other seeds --------------------------------------------------------------


@pytest.fixture(scope="module")
def tuned():
    kinds = ["lifelong", "mean", "extrapolative,order=2"]
    return leaderboard(kinds, HISTORIES[:1], replications=3, seed=3, people=MANY, tune=True)


def test_lifelong_at_its_best_is_the_mean_and_its_default_is_shown_beside_it(tuned):
    rows = tuned.of("planted-linear", "follow_rmse").set_index("player")
    assert rows.loc["lifelong", "setting"] == rows.loc["mean", "setting"] == "rate=1"
    assert rows.loc["lifelong", "mean"] == rows.loc["mean", "mean"]
    assert rows.loc["lifelong", "best"] == rows.loc["mean", "best"]
    plain = leaderboard(["lifelong"], HISTORIES[:1], 3, seed=3, people=MANY)
    default = plain.of("planted-linear", "follow_rmse").set_index("player").loc["lifelong"]
    assert rows.loc["lifelong", "default_mean"] == pytest.approx(default["mean"])
    assert default["mean"] > rows.loc["lifelong", "mean"]
    assert "one rule with another default rate" in as_markdown(tuned)


def test_a_policy_named_with_parameters_plays_as_it_is_named(tuned):
    rows = tuned.table[tuned.table["player"] == "extrapolative,order=2"]
    assert set(rows["setting"]) == {"as named"}
    assert rows["default_mean"].isna().all()


def test_settings_are_chosen_on_people_whom_no_replication_has(monkeypatch):
    seeds = {"tuning": set(), "replication": set()}
    boards = importlib.import_module("coevolve_sim.evaluation.challenges.leaderboard")
    before = boards.stream_seed

    def watched(seed, purpose, index):
        seeds[purpose].add(before(seed, purpose, index))
        return before(seed, purpose, index)

    monkeypatch.setattr(boards, "stream_seed", watched)
    leaderboard(["mean"], HISTORIES[:1], 4, people=NumericPopulation(5), tune=True)
    assert len(seeds["tuning"]) == 5
    assert len(seeds["replication"]) == 4
    assert not seeds["tuning"] & seeds["replication"]


@pytest.mark.parametrize("kind", GRIDS)
def test_every_grid_has_the_default_among_its_settings_and_every_setting_can_be_named(kind):
    found = settings_of(kind)
    assert len({tuple(sorted(one.policy.parameters.items())) for one in found}) == len(found)
    default = parse_policy(kind).parameters
    assert default in [one.policy.parameters for one in found]
    for one in found:
        assert parse_policy(f"{kind},{one.text}").parameters == one.policy.parameters
    ahead = settings_of(kind, horizon=2)
    assert all(one.policy.parameters.get("horizon", 2) == 2 for one in ahead)


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    one, again, other = (
        leaderboard(["mean"], HISTORIES[:1], 2, seed, people=NumericPopulation(50)) for seed in (3, 3, 4)
    )
    pd.testing.assert_frame_equal(one.table, again.table)
    pd.testing.assert_frame_equal(one.scores, again.scores)
    assert not one.table["mean"].equals(other.table["mean"])


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


@pytest.mark.parametrize("orders", [[], [Order.PROGRESSGYM, Order.PROGRESSGYM]])
def test_orders_of_doses_are_each_played_once(orders):
    with pytest.raises(PolicyError, match="each of progressgym, history-last at most once"):
        leaderboard(["mean"], HISTORIES, 2, orders=orders)


def test_a_horizon_that_the_history_is_too_short_for_is_refused():
    with pytest.raises(HistoryError, match="predict can look 1 to 4 eras ahead; 5 given"):
        leaderboard(["mean"], HISTORIES, 2, horizon=5)


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.long
def test_it_is_written_as_csv_markdown_and_a_figure_to_the_same_bytes(board, tmp_path):
    written = [write(board, tmp_path / name) for name in "ab"]
    names = ["leaderboard.csv", "scores.csv", "leaderboard.md", "leaderboard_short.md", "leaderboard.png"]
    assert [path.name for path in written[0]] == names
    for one, other in zip(*written, strict=True):
        assert one.read_bytes() == other.read_bytes()
    read = pd.read_csv(written[0][0])
    np.testing.assert_allclose(read["mean"], board.table["mean"], atol=1e-6)
    assert written[0][4].stat().st_size < 200_000


def test_the_page_says_how_it_is_read_and_shows_references_in_italics(board):
    page = as_markdown(board, [("follow_rmse", ""), ("predict_1_centred", "")])
    assert page.startswith(
        "5 replications, seed 3, 50 people an era of spread 0.18, dose 0.25. A place is among"
    )
    assert "The mean of those heard in an era has a sampling error of 0.0255" in page
    assert "who jumps to history's end at once scores 1 in coevolve_aligned" in page
    assert "Kinds play at the setting" not in page
    assert "| *perfect replay* | .0000 |" in page
    assert "| *no assistant* | - | - |" in page
    assert "| `frozen` |" in page
    assert page.count("| policy | follow | predict 1 centred |") == 2


def test_the_short_table_has_both_orders_marks_and_settings(board, tuned):
    short = as_short_markdown(board)
    titles = "coevolve | coevolve, history last | share of the way | share of the way, history last |"
    assert short.count(titles) == 2
    rows = {line.split(" | ")[0]: line for line in short.splitlines()}
    assert rows["| `frozen`"].count(" - ") >= 6  # behind in everything, and less far along
    assert "| `lifelong` | rate=1 |" in as_short_markdown(tuned)


def test_the_figure_has_a_panel_a_history_and_measure_and_every_player(board):
    figure = draw(board)
    panels = figure.axes
    assert len(panels) == 2 * 4
    assert [panel.get_title() for panel in panels[:2]] == [
        "follow, planted-linear",
        "follow, planted-reversal",
    ]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["policy", "coevolve with history's dose last", "reference line", "compared with"]
    shown = [text.get_text() for text in panels[0].get_yticklabels()]
    assert set(shown) == set(board.table["player"])


def test_the_panels_of_a_single_history_stand_side_by_side(tuned):
    figure = draw(tuned)
    titles = [panel.get_title().split(",")[0] for panel in figure.axes]
    assert titles == ["follow", "predict 1", "coevolve", "coevolve"]
    assert len({panel.get_subplotspec().rowspan for panel in figure.axes}) == 1
    assert "at the default" in [text.get_text() for text in figure.legends[0].get_texts()]


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


def test_who_needs_several_people_is_left_out_of_forecasts_and_that_is_said():
    found = forecast_survey(["mean", "median", "moral_graph", "damped"], ORIGINS)
    assert "moral_graph" not in set(found.table["forecaster"])
    assert "moral_graph" not in set(forecast_errors(["moral_graph"], *ORIGINS[0])["forecaster"])
    page = forecasts_as_markdown(found)
    assert "Left out: `moral_graph`. Of one figure a year, which nobody votes on, it learns nothing" in page
    assert "The same forecasts, figure by figure: last value, mean, median." in page
    assert "there is no interval" in page
    assert "frozen" in set(forecast_errors(["frozen"], *ORIGINS[0])["forecaster"])


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
