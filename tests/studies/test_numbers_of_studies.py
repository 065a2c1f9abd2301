"""Intervals of means, outcomes round by round, designs as plain data, numbers in sentences."""

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads, read_changes
from coevolve_sim.studies.comparing import compare
from coevolve_sim.studies.designs import Axis, build_design
from coevolve_sim.studies.estimates import format_estimate
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.outcome_rounds import follow_outcome, follow_outcome_in_world
from coevolve_sim.studies.plain_designs import describe_plainly, find_design, read_design
from coevolve_sim.studies.plan import base_of, build_plan
from coevolve_sim.studies.worlds import World

TINY = """
name: tiny
rounds: 4
value_space: {name: v, dimensions: [thrift, mercy]}
population: {humans: 20}
history: {kind: planted, shape: logistic, eras: 5, start: {thrift: 0.2, mercy: 0.7},
          end: {thrift: 0.8, mercy: 0.3}, effect: attract, pull: 0.2}
rounds_per_era: 1
assistants: [{name: one}]
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return compare(loads(TINY), replications=3, results=tmp_path_factory.mktemp("results"))


# --- intervals -------------------------------------------------------------------------------------


def test_intervals_are_those_of_scipy_column_by_column():
    values = np.random.default_rng(1).normal(size=(7, 3))
    found = interval_of_means(values, 0.9)
    ends = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)
    np.testing.assert_allclose(found.low, ends.low, atol=1e-12)
    np.testing.assert_allclose(found.high, ends.high, atol=1e-12)


def test_values_that_do_not_vary_have_an_interval_of_no_width():
    found = interval_of_means(np.full((4, 2), 0.25))
    np.testing.assert_array_equal(found.low, found.high)


def test_what_is_missing_is_left_out_and_one_replication_has_no_interval():
    found = interval_of_means([[0.1, 0.5, np.nan], [0.3, np.nan, np.nan]])
    assert found.n.tolist() == [2, 1, 0]
    assert found.mean[:2].tolist() == [0.2, 0.5]
    assert np.isfinite(found.low).tolist() == [True, False, False]
    assert np.isnan(found.mean[2])


@pytest.mark.parametrize(("values", "confidence"), [(0.5, 0.95), ([[np.inf]], 0.95), ([[0.1]], 1.0)])
def test_intervals_refuse_what_has_none(values, confidence):
    with pytest.raises(StudyError):
        interval_of_means(values, confidence)


# --- outcomes by round -----------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["share_of_way", "total_variance", "people.mercy", "bimodality"])
def test_at_the_last_round_an_outcome_is_that_of_the_run(study, outcome):
    table = follow_outcome_in_world(study, outcome, "as_written")
    assert table.shape == (3, len(study.rounds))
    np.testing.assert_allclose(table[:, -1], study.scores(outcome, "as_written"), rtol=1e-12)


def test_a_share_of_the_way_is_1_for_people_who_are_where_history_is(study):
    kept = study.summaries("as_written")[0]
    moved = kept.trajectory.copy()
    places = {
        kind: [i for i, c in enumerate(kept.columns) if c.kind == kind] for kind in ("people", "history")
    }
    moved[:, places["people"]] = moved[:, places["history"]]
    at_history = type(kept)(kept.outcomes, kept.rounds, kept.columns, moved)
    np.testing.assert_allclose(follow_outcome(at_history, "share_of_way")[1:], 1.0, rtol=1e-12)


def test_an_outcome_of_the_whole_run_has_no_rounds(study):
    assert follow_outcome_in_world(study, "coevolve_rmse", "as_written") is None


# --- designs ---------------------------------------------------------------------------------------

AXES = [Axis("update.noise", (0.0, 0.05)), Axis("update.rate.peer", (0.1, 0.2, 0.3))]


@pytest.mark.parametrize(
    "design",
    [
        build_design(AXES),
        build_design([Axis("update.noise", low=0.001, high=0.05, log=True)], "lhs", 5, seed=3),
        build_design([Axis("population.humans", low=20, high=50, whole=True)], "lhs", 3),
    ],
)
def test_a_design_comes_back_from_plain_data_to_the_same_points(design):
    assert read_design(describe_plainly(design)).points == design.points


def plan_of(points, design=None):
    changes = [tuple(read_changes(point, "test")) for point in points]
    return build_plan(base_of(loads(TINY)), [World("only")], replications=1, points=changes, design=design)


def test_points_that_are_a_grid_are_known_as_one_though_nobody_said_so():
    points = build_design(AXES).points
    assert find_design(plan_of(points)).axes == tuple(AXES)
    assert find_design(plan_of(points[:-1])) is None
    assert find_design(plan_of(points[::-1])).points == points[::-1]


def test_a_design_that_is_not_that_of_the_points_is_not_taken():
    design = build_design(AXES)
    assert find_design(plan_of(design.points, describe_plainly(design))).kind == "grid"
    assert find_design(plan_of(design.points[1:], describe_plainly(design))) is None
    assert find_design(plan_of(design.points, {"kind": "grid"})) is None
    assert find_design(plan_of([{}])) is None


# --- numbers ---------------------------------------------------------------------------------------


def test_an_interval_that_leaves_0_out_never_reads_as_if_it_held_it():
    rng = np.random.default_rng(2)
    for low, width in zip(10.0 ** rng.uniform(-6, 1, 200), 10.0 ** rng.uniform(-4, 1, 200), strict=True):
        for mean, ends in ((low + width, (low, low + 2 * width)), (-low - width, (-low - 2 * width, -low))):
            told = format_estimate(mean, *ends)
            inner = [text.replace("−", "-") for text in told.partition("[")[2].rstrip("]").split(", ")]
            assert (float(inner[0]) > 0) == (ends[0] > 0)
            assert (float(inner[1]) < 0) == (ends[1] < 0)
