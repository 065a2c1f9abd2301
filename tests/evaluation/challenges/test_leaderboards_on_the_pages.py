"""The tables on the pages are those that the commands wrote."""

import pandas as pd
import pytest

from coevolve_sim.cli.challenge_commands import ALL_POLICIES
from coevolve_sim.evaluation.challenges import GRIDS, Leaderboard, NumericPopulation, forecast_survey
from coevolve_sim.evaluation.challenges.files import forecasts_as_markdown
from coevolve_sim.evaluation.challenges.leaderboard_text import (
    history_rows,
    history_table,
    settings_table,
    short_columns_of,
)
from coevolve_sim.evaluation.challenges.ranking import rank_players
from tests import ROOT

PAGE = (ROOT / "docs" / "challenges.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def stored(name, replications):
    table = pd.read_csv(ROOT / "docs" / "leaderboards" / f"{name}.csv").fillna({"order": "", "setting": ""})
    return Leaderboard(table, pd.DataFrame(), replications, 1, 1, NumericPopulation())


def table_of(board, history):
    return "\n".join(history_table(board, history, short_columns_of(board), digits=3))


@pytest.mark.parametrize("history", ["planted-linear", "planted-reversal", "gss-moral"])
def test_the_leaderboard_in_numbers_is_on_the_page_with_its_settings(history):
    board = stored("in_numbers", 20)
    assert table_of(board, history) in PAGE
    assert "\n".join(settings_table(board, history)) in PAGE


def test_readme_has_the_table_of_the_survey():
    assert table_of(stored("in_numbers", 20), "gss-moral") in README


def test_the_leaderboard_in_words_is_on_the_page_and_follows_from_its_replications():
    board = stored("in_words", 5)
    assert table_of(board, "moral-foundations in words") in PAGE
    scores = pd.read_csv(ROOT / "docs" / "leaderboards" / "in_words_scores.csv")
    of_share = scores[scores["measure"] == "coevolve_share"].groupby("player")["score"].apply(list)
    told = rank_players(
        "coevolve_share",
        {name: pd.array(found, float).to_numpy() for name, found in of_share.items()},
        "no assistant",
    )
    rows = board.of("moral-foundations in words", "coevolve_share").set_index("player")
    for name, statistics in told.items():
        for key in ("mean", "low", "high", "difference_high", "p_holm", "smallest_seen"):
            assert statistics[key] == pytest.approx(rows.loc[name, key], abs=2e-6, nan_ok=True)


@pytest.mark.parametrize("order", ["progressgym", "history-last"])
def test_the_shares_on_all_seven_histories_are_on_the_page(order):
    board = stored("seven_histories", 20)
    histories = list(dict.fromkeys(board.table["history"]))
    assert len(histories) == 7
    by_history = [dict(history_rows(board, of, [("coevolve_share", order)], 3)) for of in histories]
    for name in ("extrapolative,order=2", "extrapolative,order=1", "mean,rate=1", "median,rate=1"):
        assert f"| `{name}` | " + " | ".join(of[name][0] for of in by_history) + " |" in PAGE


def test_every_grid_is_on_the_page():
    for kind, grid in GRIDS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` | "))
        for key, values in grid.items():
            shown = ", ".join(f"{value:g}".removeprefix("0") or "0" for value in values)
            assert f"{key} {shown}" in row


def test_forecasts_are_on_the_page_with_what_there_is_to_know_of_them():
    kinds = [kind for kind in ALL_POLICIES if "," not in kind]
    assert forecasts_as_markdown(forecast_survey(kinds)).strip() in PAGE
