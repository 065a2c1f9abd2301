"""The studies in analysis/: their computing functions, at reduced size, keep to what they state."""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest

from coevolve_sim.studies.calibration import calibrate_panel
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


# --- people_change_slowly ------------------------------------------------------------------------

PANELS = ROOT.parent / "shared" / "data" / "gss_panels.csv.gz"
needs_panels = pytest.mark.skipif(not PANELS.is_file(), reason="the GSS panels are not at hand")


@pytest.fixture(scope="module")
def people_change_slowly():
    return study_of("people_change_slowly")


@pytest.fixture(scope="module")
def panels():
    return calibrate_panel(PANELS)


@needs_panels
@pytest.mark.long
def test_the_sentences_of_the_study_are_those_it_states(people_change_slowly, panels):
    """Of its docstring, word by word and number by number."""
    stated = " ".join(people_change_slowly.__doc__.split())
    for number, sentence in enumerate(people_change_slowly.sentences(panels), 1):
        assert f"{number}. {sentence}" in stated


@needs_panels
@pytest.mark.long
def test_the_committed_table_of_items_is_the_one_that_the_study_makes(people_change_slowly, panels):
    committed = pd.read_csv(FOLDER / "people_change_slowly.csv")
    table = people_change_slowly.item_table(panels)
    assert len(committed) == 102
    pd.testing.assert_frame_equal(table, committed, check_dtype=False, rtol=0.0, atol=2e-6)


def test_a_higher_rate_brings_people_in_further_and_none_brings_them_in_not_at_all(
    people_change_slowly, tmp_path
):
    rates = people_change_slowly.run_rates((0.0, 0.1, 0.5), 1, tmp_path, humans=150)
    none, tenth, half = rates["slope"]
    assert abs(none) < 0.015  # noise and clipped moves of history
    assert half < tenth < none
    assert rates["correlation"].is_monotonic_decreasing


def test_change_is_told_from_values_of_two_times(people_change_slowly):
    before = np.random.default_rng(1).random((500, 2))
    slopes, correlations = people_change_slowly.change_of(before, before + 0.1 * (0.5 - before))
    assert slopes == pytest.approx([-0.1, -0.1])
    assert correlations == pytest.approx([1, 1])


@needs_panels
@pytest.mark.long
def test_the_rates_that_fit_are_named_and_the_figure_is_drawn(people_change_slowly, panels, tmp_path):
    rates = pd.DataFrame({"rate": [0.01, 0.1, 0.5], "slope": [-0.01, -0.05, -0.2], "correlation": 1.0})
    said = people_change_slowly.account(panels, rates).replace("\n", " ")
    assert said.endswith("Of the rates that were run, 0.1 does the same at two rounds a year.")
    figure = people_change_slowly.draw(panels, people_change_slowly.item_table(panels), rates)
    people_change_slowly.save(figure, tmp_path)
    assert (tmp_path / "people_change_slowly.png").stat().st_size > 30_000
