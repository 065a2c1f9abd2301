"""The studies in analysis/: their computing functions, at reduced size, keep to what they state."""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest

from tests import ROOT

FOLDER = ROOT / "analysis"


def study_of(name):
    """Import a study by its file; studies are no package."""
    spec = importlib.util.spec_from_file_location(f"analysis_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gss_follow():
    return study_of("gss_follow")


@pytest.fixture(scope="module")
def studied(gss_follow, tmp_path_factory):
    small = {"population.humans": 200, "measures.names": ["variance"]}
    return gss_follow.study(2, tmp_path_factory.mktemp("results"), small)


def test_people_follow_the_survey_within_the_stated_bounds(gss_follow, studied):
    arms, history, _ = studied
    assert [arm.name for arm in arms] == list(gss_follow.BOUNDS)
    for arm in arms:
        error = gss_follow.errors(arm.people, history)
        rmse, largest = gss_follow.BOUNDS[arm.name]
        assert gss_follow.root_mean_square(error) < rmse
        assert np.nanmax(np.abs(error)) < largest


def test_with_history_alone_the_error_is_clipping(gss_follow, studied):
    arms, history, _ = studied
    alone = arms[0]
    error = gss_follow.errors(alone.people - (alone.people[0] - history.at(0)), history)
    untouched = alone.reached_end == 0
    assert untouched.any()
    assert np.nanmax(np.abs(error[:, untouched])) < 1e-12
    assert np.nanmax(np.abs(error[:, alone.reached_end > 0.1])) > 0.01
    assert arms[1].clipped_share < 0.5 * alone.clipped_share


def test_only_years_in_which_an_issue_was_asked_are_held_against_people(gss_follow, studied):
    arms, history, table = studied
    error = gss_follow.errors(arms[0].people, history)
    assert np.array_equal(~np.isnan(error), history.observed)
    assert table["surveys"].sum() == history.observed.sum() == 1196


def test_the_table_has_every_issue_the_worst_first(studied):
    _, history, table = studied
    assert set(table["issue"]) == set(history.dimension_names)
    assert table["rmse_history_alone"].is_monotonic_decreasing
    assert (table["largest_with_exchange"].abs() >= table["rmse_with_exchange"]).all()


def test_the_account_says_how_much_is_start_and_how_much_clipping(gss_follow, studied):
    arms, history, _ = studied
    said = gss_follow.account(arms[0], history)
    assert said.startswith("history alone: RMSE 0.0")
    assert "would have moved" in said.replace("\n", " ")


def test_the_figure_is_written(gss_follow, studied, tmp_path):
    arms, history, table = studied
    figure = gss_follow.draw(arms, history, table.head(10))
    assert sum(len(part.axes) for part in figure.subfigs) == 10 + 2
    gss_follow.save(figure, tmp_path)
    assert (tmp_path / "gss_follow.png").stat().st_size > 50_000
    assert (tmp_path / "gss_follow.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_committed_table_is_the_one_that_the_study_makes(gss_follow, tmp_path):
    committed = pd.read_csv(FOLDER / "gss_follow.csv")
    _, _, table = gss_follow.study(1, tmp_path, {"measures.names": ["variance"]})
    assert committed.columns.tolist() == table.columns.tolist()
    compared = [name for name in table if not name.startswith("year")]  # an error may stay at its largest
    made, kept = (one.sort_values("issue", ignore_index=True)[compared] for one in (table, committed))
    pd.testing.assert_frame_equal(made, kept, check_dtype=False, rtol=0.0, atol=2e-6)
