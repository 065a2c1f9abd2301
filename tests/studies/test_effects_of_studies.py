"""Planted differences between worlds are found as they are; intervals cover what they say."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.society.objects import Objects
from coevolve_sim.streams import stream
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import MOST_REPLICATIONS, Means, count_wanted, run_plan
from coevolve_sim.studies.effects import adjust_holm, paired_effect
from coevolve_sim.studies.execution import Workplace
from coevolve_sim.studies.workers import run_here
from tests.studies.tiny import WITH_AND_WITHOUT, numbers

STILL = (
    "update.rate={peer: 0, assistant: 0}",
    "population.groups=[{name: everyone, centre: {default: .5}, spread: .02}]",
    "measures.names=[variance]",
)


def shock(shift):
    return {"interventions": [{"action": "shock", "round": 3, "shift": {"care": shift, "fairness": 0.0}}]}


@pytest.fixture(scope="module")
def shifted(tmp_path_factory):
    worlds = {"up": shock(0.1), "down": shock(-0.25), "still": {}}
    plan = plan_comparison(numbers(*STILL), worlds, replications=6)
    return run_plan(plan, tmp_path_factory.mktemp("shifted"), Means(workers=1))


@pytest.mark.parametrize(("world", "shift"), [("up", 0.1), ("down", -0.25)])
def test_a_shift_of_people_is_the_effect_exactly(shifted, world, shift):
    row = shifted.effect("people.care", world)
    assert row.effect.mean == pytest.approx(shift, abs=1e-12)
    assert row.effect.low == pytest.approx(shift, abs=1e-9)
    assert row.effect.high == pytest.approx(shift, abs=1e-9)
    assert row.left_out == 0
    nothing = shifted.effect("people.fairness", world).effect
    assert (nothing.mean, nothing.low, nothing.high, nothing.p_value) == (0, 0, 0, 1)
    assert shifted.effect("variance", world).effect.mean == pytest.approx(0, abs=1e-12)


def test_an_effect_is_turned_around_with_its_worlds(shifted):
    one = shifted.effect("people.care", "up", "down").effect
    other = shifted.effect("people.care", "down", "up").effect
    assert one.mean == pytest.approx(0.35)
    assert other.mean == -one.mean


ASKED = ("total_variance", "people.care")


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    keys = ("update.noise=.05", "measures.names=[variance, spread]", "rounds=3")
    worlds = {"slow": {"update.rate.peer": 0.3}, "as": {"update.rate.peer": 0.35}}
    plan = plan_comparison(
        numbers(*keys), worlds, replications=40, measures=["total_variance", "people.care"]
    )
    return run_plan(plan, tmp_path_factory.mktemp("noisy"), Means(workers=1))


def test_common_draws_make_differences_vary_less_and_other_draws_do_not(noisy):
    for outcome in ("total_variance", "people.care"):
        here, there = (noisy.scores(outcome, world) for world in ("slow", "as"))
        paired = noisy.effect(outcome, "slow").effect
        assert paired.variance_reduction > 3
        independent = paired_effect(here, np.roll(there, 1))
        assert 0.5 < independent.variance_reduction < 2
        assert independent.high - independent.low > paired.high - paired.low
        assert paired.mean == pytest.approx(np.mean(here - there))


def test_p_values_are_adjusted_for_the_effects_that_were_asked_for(noisy):
    rows = noisy.effect_rows
    assert [row.outcome for row in rows] == ["total_variance", "people.care"]
    plain = [stats.ttest_rel(*(noisy.scores(r.outcome, w) for w in ("slow", "as"))).pvalue for r in rows]
    np.testing.assert_allclose([row.effect.p_value for row in rows], plain, rtol=1e-6)
    low, high = sorted(plain)
    holm = sorted(min(1.0, p) for p in (2 * low, max(2 * low, high)))
    np.testing.assert_allclose(sorted(row.adjusted for row in rows), holm, rtol=1e-6)
    np.testing.assert_allclose(sorted(adjust_holm(plain)), holm, rtol=1e-6)


def test_intervals_are_students(noisy):
    differences = noisy.scores("total_variance", "slow") - noisy.scores("total_variance", "as")
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    found = noisy.effect("total_variance", "slow").effect
    np.testing.assert_allclose((found.low, found.high), (expected.low, expected.high), rtol=1e-9)


def test_pairs_without_a_number_on_both_sides_are_left_out_and_counted(tmp_path):
    def sometimes(arrays):
        return float("nan") if arrays.values.mean() > 0.5 else 1.0

    objects = Objects(measures={"sometimes": sometimes})
    study = run_plan(
        plan_comparison(numbers(*STILL), {"up": shock(0.3), "still": {}}, replications=8),
        tmp_path,
        objects=objects,
    )
    here, there = (study.scores("sometimes", world) for world in ("up", "still"))
    row = study.effect("sometimes", "up")
    assert row.left_out == np.count_nonzero(~(np.isfinite(here) & np.isfinite(there)))
    assert row.left_out > 0


# --- until an interval is narrow enough ----------------------------------------------------------


def look_until(plan, differences, *, corrected=True):
    """Return the interval at which a study that adds replications stops."""
    n, width = len(plan.seeds), plan.until_width
    while True:
        taken = differences[:n]
        level = plan.stated_confidence if corrected else plan.confidence
        half = stats.t.ppf((1 + level) / 2, n - 1) * taken.std(ddof=1) / np.sqrt(n)
        more = count_wanted(n, 2 * half, width)
        if more <= n:
            return taken.mean() - half, taken.mean() + half
        n, plan = more, plan.with_replications(more)


def test_the_final_interval_covers_at_least_as_often_as_it_says():
    covered = {True: 0, False: 0}
    n_trials = 1000
    settings = {"until_width": 0.8, "looks": 1}
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=4, details=settings)
    for trial in range(n_trials):
        differences = stream(trial, "coverage").normal(0.3, 1.0, 500)
        for corrected in covered:
            low, high = look_until(plan, differences, corrected=corrected)
            assert high - low <= 0.8
            covered[corrected] += low <= 0.3 <= high
    assert covered[True] / n_trials >= 0.95
    assert covered[False] < covered[True]


def test_chances_of_error_over_all_looks_add_up_to_that_asked_for():
    plan = plan_comparison(
        numbers(), WITH_AND_WITHOUT, confidence=0.9, details={"until_width": 0.1, "looks": 1}
    )
    errors = [
        1 - replace(plan, details={"until_width": 0.1, "looks": look}).stated_confidence
        for look in range(1, 20_001)
    ]
    assert errors[0] == pytest.approx(0.1 * 6 / np.pi**2)
    assert sum(errors) == pytest.approx(0.1, rel=1e-3)
    assert sum(errors) < 0.1


def test_a_study_adds_replications_until_its_interval_is_narrow_enough(tmp_path):
    keys = ("update.noise=.05", "measures.names=[variance]", "rounds=2")
    worlds = {"slow": {"update.rate.peer": 0.2}, "as": {"update.rate.peer": 0.8}}
    wide = run_plan(plan_comparison(numbers(*keys), worlds, replications=4), tmp_path, Means(workers=1))
    first = wide.effect().effect
    width = (first.high - first.low) / 2
    plan = plan_comparison(numbers(*keys), worlds, replications=4, details={"until_width": width, "looks": 1})
    study = run_plan(plan, tmp_path, Means(workers=1))
    found = study.effect().effect
    assert found.high - found.low <= width
    assert study.plan.looks > 1
    assert 4 < len(study.plan.seeds) < MOST_REPLICATIONS
    assert found.confidence == study.plan.stated_confidence > 0.95
    assert study.counts["left"] == 0
    np.testing.assert_array_equal(study.scores("variance", "slow")[:4], wide.scores("variance", "slow"))


def test_replications_that_fail_do_not_make_a_study_add_others_for_ever(tmp_path):
    def never(arrays):
        raise ValueError("no number")

    plan = plan_comparison(
        numbers(), WITH_AND_WITHOUT, replications=3, details={"until_width": 1e-9, "looks": 1}
    )
    study = run_plan(plan, tmp_path, objects=Objects(measures={"never": never}))
    assert study.counts == {"finished": 0, "failed": 6, "left": 0}


@pytest.mark.parametrize(
    ("n", "width", "until", "wanted"), [(4, 9, 1, 12), (20, 0.2, 0.1, 60), (20, 1, 1, 0)]
)
def test_how_many_replications_are_wanted(n, width, until, wanted):
    assert count_wanted(n, width, until) == wanted
    assert count_wanted(MOST_REPLICATIONS, width, until / 100) == 0


# --- many runs -----------------------------------------------------------------------------------


@pytest.mark.long
def test_memory_does_not_grow_with_the_number_of_runs():
    keys = ("rounds=1", "population.humans=8", "measures.names=[variance]", "dimensions=[care]")
    plan = plan_comparison(numbers(*keys), WITH_AND_WITHOUT, replications=250)
    tracemalloc.start()
    try:
        sizes = []
        for number, _ in enumerate(run_here(plan, list(plan.tasks), Workplace())):
            if number in (100, 249):
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[1] - sizes[0] < 100_000
