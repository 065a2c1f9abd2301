"""Sentences say no more than intervals do: directions, powers and pairs, on planted numbers."""

import re

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import read_changes
from coevolve_sim.studies.answer import (
    choose_headline_rows,
    describe_answer,
    describe_question,
    describe_state,
    find_answers,
    judge_effect,
)
from coevolve_sim.studies.designs import Axis, build_design
from coevolve_sim.studies.plain_designs import describe_plainly
from tests.studies.planted import plant

COMMON = np.array([0.02, -0.03, 0.05, 0.01, -0.04, 0.00])
OWN = np.array([0.004, -0.001, -0.005, 0.002, 0.003, -0.003])
DIRECTIONS = re.compile(r"\b(short of|beyond|higher|lower|more|less|fewer)\b")


def share(scores):
    return {"share_of_way": np.asarray(scores)}


def test_a_planted_effect_has_its_sign_number_interval_and_pairs(tmp_path):
    """The interval is scipy's of a paired t test."""
    here, there = 0.3 + COMMON + OWN, 0.8 + COMMON
    study = plant(tmp_path, {"taught": share(here), "alone": share(there)}, replications=6)
    [found] = find_answers(study)
    ends = stats.ttest_rel(there, here).confidence_interval(0.95)
    assert found.verdict == "below"
    assert found.claim == (
        f"With taught people end .500 [{ends.low:.3f}, {ends.high:.3f}] of history's way short of where they "
        "end with alone".replace("[0.", "[.").replace(" 0.", " .")
    )
    assert found.basis == "6 pairs, seeds 1 to 6; p < .001"
    ratio = (here.var(ddof=1) + there.var(ddof=1)) / (here - there).var(ddof=1)
    told = f"On average {here.mean():.3f} with taught and {there.mean():.3f} with alone.".replace("0.", ".")
    assert found.details == (told, f"Pairing reduced the variance {ratio:.0f} times.")


def test_the_other_way_round_the_sign_is_the_other_and_nothing_else(tmp_path):
    here, there = 0.3 + COMMON + OWN, 0.8 + COMMON
    study = plant(tmp_path, {"alone": share(there), "taught": share(here)}, replications=6)
    [found] = find_answers(study)
    assert found.verdict == "above"
    assert re.search(r"people end \.500 \[\.49\d, \.50\d\] of history's way beyond where", found.claim)


def test_no_effect_is_told_from_nothing_and_says_what_would_have_been_seen(tmp_path):
    """Differences are symmetric about 0; the smallest effect seen is that of the noncentral t."""
    each = np.array([0.01, -0.01, 0.02, -0.02, 0.03, -0.03])
    study = plant(tmp_path, {"a": share(0.5 + each), "b": share(np.full(6, 0.5))}, replications=6)
    [found] = find_answers(study)
    assert found.verdict == "open"
    half = f"{stats.t.isf(0.025, 5) * each.std(ddof=1) / np.sqrt(6):.2f}".removeprefix("0")
    assert f"is not told from where they end with b: a difference of .00 [−{half}, {half}]" in found.claim
    assert not DIRECTIONS.search(found.sentence)
    error, bound = each.std(ddof=1) / np.sqrt(6), stats.t.isf(0.025, 5)
    seen = float(re.search(r"a true one of (\.\d+)", " ".join(found.details))[1])
    power = stats.nct.sf(bound, 5, seen / error) + stats.nct.cdf(-bound, 5, seen / error)
    assert power == pytest.approx(0.8, abs=0.005)
    assert any(told.startswith("Pairing gained nothing") for told in found.details)


def test_worlds_that_are_the_same_in_every_pair_are_said_to_be(tmp_path):
    study = plant(tmp_path, {"a": share(0.5 + COMMON), "b": share(0.5 + COMMON)}, replications=6)
    [found] = find_answers(study)
    assert found.verdict == "same"
    assert found.claim == "With a people end exactly where they end with b, in every pair"
    assert not any("would have been seen" in told for told in found.details)


def test_one_pair_has_no_interval_and_no_direction(tmp_path):
    study = plant(tmp_path, {"a": share([0.3]), "b": share([0.8])}, replications=1)
    told = describe_answer(study)
    assert "In the one pair of runs that there is, share of history's way is .300 with a and .800" in told
    assert "no interval" in told
    assert "[" not in told
    assert not DIRECTIONS.search(told)


def test_what_is_told_by_itself_only_has_no_direction_once_adjusted(tmp_path):
    """An effect with p of about .03 among many: its interval leaves 0 out, Holm's p does not."""
    weak = np.array([0.01, 0.05, 0.03, -0.01, 0.06, 0.03])
    rng = np.random.default_rng(3)
    others = {f"m{i}": rng.normal(size=6) for i in range(20)}
    same = {name: rng.normal(size=6) for name in others}
    study = plant(
        tmp_path,
        {"a": {"share_of_way": 0.5 + weak, **others}, "b": {"share_of_way": np.full(6, 0.5), **same}},
        replications=6,
        measures=["share_of_way", *others],
    )
    [found] = find_answers(study)
    p_value = stats.ttest_1samp(weak, 0).pvalue
    assert 0.01 < p_value < 0.05
    assert found.verdict == "alone"
    assert "Holm-adjusted for 21 effects" in found.basis
    assert "is not told from" in found.claim
    assert not DIRECTIONS.search(found.claim)


def test_the_outcome_of_a_study_is_not_paid_for_by_others_that_nobody_asked_for(tmp_path):
    weak = np.array([0.01, 0.05, 0.03, -0.01, 0.06, 0.03])
    others = {f"m{i}": np.random.default_rng(i).normal(size=6) for i in range(20)}
    worlds = {"a": {"share_of_way": 0.5 + weak, **others}, "b": {"share_of_way": np.full(6, 0.5), **others}}
    [found] = find_answers(plant(tmp_path, worlds, replications=6))
    assert found.verdict == "above"
    assert found.basis.endswith(f"p = {stats.ttest_1samp(weak, 0).pvalue:.3f}".replace("0.", "."))


def test_an_outcome_that_was_not_asked_for_is_adjusted_for_its_own_effects(tmp_path):
    scores = {"share_of_way": 0.5 + COMMON, "variance": 0.1 + OWN}
    study = plant(
        tmp_path,
        {"a": scores, "b": {name: values + 0.1 + OWN[::-1] for name, values in scores.items()}, "c": scores},
        replications=6,
        measures=["variance"],
        outcome="share_of_way",
    )
    headline = choose_headline_rows(study)
    assert [row.outcome for row in headline.rows] == ["share_of_way"] * 2
    assert headline.n_tests == 2


def test_what_failed_comes_first_and_leaves_its_pairs_out(tmp_path):
    study = plant(
        tmp_path,
        {"a": share(0.3 + COMMON + OWN), "b": share(0.8 + COMMON)},
        replications=6,
        failed=[("a", 1), ("a", 4), ("b", 5)],
    )
    first, *others = describe_answer(study).splitlines()
    assert first.startswith("3 of 12 runs failed, at rounds: 2 of a and 1 of b.")
    assert "3 of 6 pairs, seeds 1 to 6" in others[0]


def test_runs_still_to_come_say_how_to_go_on(tmp_path):
    study = plant(
        tmp_path,
        {"a": share(COMMON), "b": share(COMMON + 0.1 + OWN)},
        replications=6,
        left=[("a", 5), ("b", 5)],
    )
    resume = f"coevolve resume {study.folder.name}"
    assert describe_state(study) == [
        f"2 of 12 runs are still to come, and what is said here is of the others. To go on: {resume}"
    ]


def test_a_study_of_which_all_runs_failed_has_no_answer(tmp_path):
    study = plant(
        tmp_path,
        {"a": {}, "b": {}},
        replications=1,
        failed=[("a", 0), ("b", 0)],
        outcome="share_of_way",
        measures=["share_of_way"],
    )
    assert find_answers(study) == []
    assert describe_answer(study).startswith("2 of 2 runs failed, at rounds: 1 of a and 1 of b.")


def test_requests_without_an_answer_are_counted_by_world(tmp_path):
    asked = {"requests": [100, 100], "total_variance": [0.1, 0.1]}
    study = plant(
        tmp_path,
        {
            "a": {**asked, "share_without_answer": [0.1, 0.3]},
            "b": {**asked, "share_without_answer": [0.0, 0.0]},
        },
        replications=2,
    )
    assert describe_state(study) == [
        "40 of 400 requests came to no answer (share by world: .200 in a and 0 in b)."
    ]


def test_other_outcomes_are_named_with_their_scale(tmp_path):
    study = plant(
        tmp_path,
        {"a": {"esteban_ray": 0.1 + COMMON + OWN}, "b": {"esteban_ray": 0.05 + COMMON}},
        replications=6,
    )
    [found] = find_answers(study)
    assert re.match(
        r"With a, polarization after Esteban and Ray ends \.050 \[\.04\d, \.05\d\] higher than with b$",
        found.claim,
    )
    assert "on a scale of [0, 0.165]" in found.details[0]


def test_the_question_is_the_studys_own_or_composed(tmp_path):
    worlds = {"a": share([0.1, 0.2]), "c": share([0.1, 0.2]), "b": share([0.2, 0.4])}
    own = plant(tmp_path, worlds, replications=2, question="  Does it\n matter? ")
    assert describe_question(own) == "Does it matter?"
    composed = plant(tmp_path / "other", worlds, replications=2)
    assert describe_question(composed) == "What do a and c change in the share of history's way, against b?"


def test_over_points_it_says_at_how_many_worlds_are_told_apart(tmp_path):
    points = [tuple(read_changes([f"update.noise={value}"], "test")) for value in (0.0, 0.05, 0.1)]
    there = np.tile(0.5 + COMMON, (3, 1))
    here = there + OWN + np.array([[0.2], [0.0], [-0.2]])
    study = plant(tmp_path, {"a": share(here), "b": share(there)}, replications=6, points=points)
    [found] = find_answers(study)
    assert found.claim == (
        "With a against b, share of history's way is higher at 1, lower at 1, and not told apart at 1 of 3 "
        "points"
    )
    assert "(update.noise 0.1) to .200" in found.details[0]
    rows = choose_headline_rows(study).rows
    assert [judge_effect(row) for row in rows] == ["above", "open", "below"]


def test_one_world_has_a_level_and_no_effect(tmp_path):
    study = plant(tmp_path, {"only": share(0.5 + COMMON)}, replications=6)
    [found] = find_answers(study)
    ends = stats.ttest_1samp(0.5 + COMMON, 0).confidence_interval(0.95)
    assert (
        found.claim
        == f"With only, share of history's way is .50 [{ends.low:.2f}, {ends.high:.2f}]".replace("0.", ".")
    )
    assert describe_question(study) == "What is the share of history's way in world only?"


def test_a_design_for_sensitivity_says_what_axes_explain(tmp_path):
    """Of an additive function with slopes 2 and 1 the first indices are 4/5 and 1/5."""
    pytest.importorskip("SALib")
    axes = [Axis("update.noise", low=0.0, high=0.1), Axis("update.rate.peer", low=0.1, high=0.3)]
    design = build_design(axes, "sobol", 64)
    points = [tuple(read_changes(point, "test")) for point in design.points]
    study = plant(
        tmp_path,
        {"only": share((design.shares @ [2.0, 1.0])[:, None])},
        replications=1,
        points=points,
        design=describe_plainly(design),
    )
    [found] = find_answers(study)
    alone = re.findall(r"(\.\d+) \[", found.details[0])
    assert [float(number) for number in alone] == pytest.approx([0.8, 0.2], abs=0.03)


def test_an_outcome_that_no_run_has_is_refused(tmp_path):
    study = plant(tmp_path, {"a": share([0.1, 0.2]), "b": share([0.2, 0.4])}, replications=2, outcome="shar")
    with pytest.raises(StudyError, match="no run has an outcome 'shar'"):
        describe_answer(study)


# --- outcomes asked for that have no number --------------------------------------------------------


def of_roles(*, of_one=np.nan, of_other=0.2, alone=np.nan):
    """Return three worlds with a share of history's way, and a breach of roles in some of them."""
    shares = {"one": 0.3 + COMMON + OWN, "other": 0.5 + OWN, "alone": 0.8 + COMMON}
    given = {"one": of_one, "other": of_other, "alone": alone}
    return {name: {**share(shares[name]), "role_breach": given[name] + 0.0 * COMMON} for name in shares}


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"of_one": 0.1}, "role_breach has no number in alone, so that nothing is compared."),
        ({}, "role_breach has no number in one and alone, so that nothing is compared."),
        ({"alone": 0.1}, "role_breach has no number in one, so that it is not compared there."),
        (
            {"of_other": np.nan, "alone": 0.1},
            "role_breach has no number in one and other, so that nothing is compared.",
        ),
        ({"of_one": 0.1, "alone": 0.1}, ""),
    ],
)
@pytest.mark.parametrize("asked", [{"measures": ("role_breach",)}, {"outcome": "role_breach"}])
def test_an_outcome_asked_for_is_said_to_have_no_number_where_it_has_none(numbers, told, asked, tmp_path):
    study = plant(tmp_path, of_roles(**numbers), replications=6, reference="alone", **asked)
    assert describe_state(study) == [told] * bool(told)
    if told:
        assert told in describe_answer(study).splitlines()
        page = study.report().read_text(encoding="utf-8")
        assert told.replace("role_breach", "<code>role_breach</code>") in page


def test_an_outcome_that_nobody_asked_for_may_have_no_number(tmp_path):
    study = plant(tmp_path, of_roles(), replications=6, reference="alone")
    assert describe_state(study) == []
