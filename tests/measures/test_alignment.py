"""Alignment after KorNAT: known answers, the inflated upper bound, intervals over people, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import measure_round
from coevolve_sim.measures.alignment import (
    a_sva,
    align,
    answers_of_values,
    n_sva,
    shares_of_counts,
    shares_of_values,
    sva,
)
from coevolve_sim.measures.alignment_intervals import align_people
from coevolve_sim.networks.ties import full_mixing
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

PEOPLE = [[0.10, 0.15, 0.15, 0.35, 0.25]]
MOVED = [[0.30, 0.35, 0.15, 0.12, 0.08]]
EQUAL = [[0.2] * 5]


def test_an_answer_is_scored_by_those_who_give_it_too():
    single = align(PEOPLE, [4])
    assert (single.score, single.upper) == pytest.approx((0.35, 0.35))
    merged = align(PEOPLE, [4], "a_sva")
    assert (merged.score, merged.upper, merged.random) == pytest.approx((0.60, 0.60, 0.37))
    assert (merged.neutral, merged.share_of_way) == pytest.approx((0.15, 1.0))
    assert align(PEOPLE, [3], "a_sva").share_of_way == pytest.approx((0.15 - 0.37) / (0.60 - 0.37))


def test_where_people_differ_evenly_every_answer_scores_a_fifth_and_none_is_on_the_way():
    for answer in range(1, 6):
        found = align(EQUAL, [answer])
        assert found.score == pytest.approx(0.2)
        assert np.isnan(found.share_of_way)


def test_people_move_and_who_follows_them_is_told_from_who_does_not():
    assert a_sva(MOVED, [2]) == pytest.approx(0.65)
    assert a_sva(MOVED, [4]) == pytest.approx(0.20)
    assert a_sva(PEOPLE, [2]) == pytest.approx(0.25)


def test_neutral_counts_where_no_side_has_a_majority():
    assert n_sva(EQUAL, [3]) == 1
    assert n_sva(PEOPLE, [3]) == 0
    assert n_sva(PEOPLE, [3], majority=0.6) == 1
    assert n_sva(PEOPLE, [4]) == pytest.approx(0.6)


@given(st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any), st.integers(1, 5))
def test_merging_options_never_lowers_a_score_and_the_best_is_never_beaten(counts, answer):
    shares = shares_of_counts([counts])
    assert sva(shares, [answer]) <= a_sva(shares, [answer]) + 1e-12
    for score in ("sva", "a_sva", "n_sva"):
        found = align(shares, [answer], score)
        assert found.score <= found.upper + 1e-12
        assert found.random <= found.upper + 1e-12


def test_the_upper_bound_is_inflated_by_219_answers_a_question_and_resampling_people_takes_that_off():
    draw = np.random.default_rng(1)
    true = draw.dirichlet([2.0] * 5, 100_000)
    seen = draw.multinomial(219, true)
    assert true.max(axis=1).mean() == pytest.approx(0.3809, abs=0.001)
    shown = align(shares_of_counts(seen), np.ones(100_000, dtype=int))
    assert shown.upper == pytest.approx(0.3849, abs=0.001)
    few = 400
    people = np.stack([draw.permutation(np.repeat(np.arange(1, 6), row)) for row in seen[:few]], axis=1)
    found = align_people(people, np.ones(few, dtype=int), resamples=100)
    apart = found.found.upper - true[:few].max(axis=1).mean()
    assert apart > 0.002
    assert abs(found.upper - true[:few].max(axis=1).mean()) < apart / 2


def test_an_interval_over_people_covers_the_share_that_is_planted():
    """Ten questions alike for each person, so that questions are no observations: only people are."""
    covered = 0
    for seed in range(100):
        draw = np.random.default_rng(seed)
        people = np.repeat(draw.choice(5, size=(60, 1), p=PEOPLE[0]) + 1, 10, axis=1)
        found = align_people(people, np.full(10, 4), resamples=200)
        covered += found.low.score <= 0.35 <= found.high.score
    assert 0.88 <= covered / 100 <= 0.99


def test_options_are_fifths_of_the_scale():
    assert answers_of_values([0.0, 0.1999, 0.2, 0.4, 0.5999, 0.8, 1.0]).tolist() == [1, 1, 2, 3, 3, 5, 5]
    values = np.random.default_rng(3).random((400, 3))
    by_hand = [np.histogram(column, bins=[0, 0.2, 0.4, 0.6, 0.8, 1.0])[0] / 400 for column in values.T]
    np.testing.assert_allclose(shares_of_values(values), by_hand)


def test_a_round_is_measured_for_all_assistants_and_notes_what_it_is_held_against():
    values = np.repeat([[0.1], [0.3], [0.9]], [50, 30, 20], axis=0)
    start = np.repeat([[0.5], [0.3]], [90, 10], axis=0)
    taken = measure_round(
        values,
        full_mixing(100),
        None,
        initial_values=start,
        seed=1,
        round_index=1,
        names=["alignment", "alignment_start"],
        assistant_values=[[0.05], [0.5]],
    )
    assert taken.overall == pytest.approx({"alignment": 0.25, "alignment_start": 0.45})
    assert taken.notes == {
        "alignment": "with people of round 1 always the commonest fifth scores 0.500, always the middle "
        "0.000, chance .2",
        "alignment_start": "always the commonest fifth scores 0.900, always the middle 0.900, chance .2",
    }


def test_without_an_assistant_there_is_none():
    values = np.array([[0.1], [0.3]])
    asked = {"initial_values": values, "seed": 1, "round_index": 0, "names": ["alignment", "variance"]}
    assert list(measure_round(values, full_mixing(2), None, **asked).overall) == ["variance"]
    with pytest.raises(MeasureError, match=r"must be an array \(assistants, 1\)"):
        measure_round(values, full_mixing(2), None, **asked, assistant_values=[[0.1, 0.2]])


def test_a_run_takes_it_where_it_is_named():
    """A frozen assistant at .9 among people at .5 who come to it: nobody at first, everybody at the end."""
    society = Society(
        build_setup(
            loads(
                """
name: pulled
rounds: 30
value_space: moral-foundations
dimensions: [care]
population: {humans: 40, groups: [{name: all, centre: 0.5, spread: 0.02, adoption: 1.0}]}
network: {family: ring, degree: 2}
update: {rule: hegselmann_krause, confidence: {peer: 0.0, assistant: 1.0}, rate: {peer: 0.0, assistant: 0.2}}
assistants: [{name: assistant, start: 0.9, policy: {kind: frozen}}]
measures: {every: 1, names: [alignment, alignment_start]}
"""
            )
        )
    )
    first = society.measures.overall
    society.run_model()
    assert (first["alignment"], first["alignment_start"]) == (0, 0)
    assert society.measures.overall == {"alignment": 1.0, "alignment_start": 0.0}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: align([[0.1, 0.2, 0.2, 0.2, 0.2]], [1]), "sum to 1; those of question 0 sum to 0.9"),
        (lambda: align([[0.5, 0.2, 0.3]], [1]), r"five options, from .* shape \(1, 3\) given"),
        (lambda: align([[1.2, -0.2, 0, 0, 0]], [1]), "at least 0 and sum to 1"),
        (lambda: align(PEOPLE, [6]), r"options 1 to 5, one for each of 1 questions; \[6\] given"),
        (lambda: align(PEOPLE, [1, 2]), "one for each of 1 questions"),
        (lambda: align(PEOPLE, [1], "b_sva"), "a score is sva, a_sva, n_sva; 'b_sva' given"),
        (lambda: shares_of_counts([[1, 1, 1, 1, 1], [0] * 5]), "question 1 has no answers; leave it out"),
        (lambda: shares_of_counts([[3, -1, 0, 0, 0]]), "question 0 has -1 of option 2"),
        (lambda: align_people([[7]], [1]), "options 1 to 5, or 0 for not asked"),
        (lambda: align_people([[0], [0]], [1]), "question 0 has no answers"),
        (lambda: answers_of_values([1.2]), r"lie in \[0, 1\]"),
    ],
)
def test_what_is_wrong_is_said(call, said):
    with pytest.raises(MeasureError, match=said):
        call()


def test_an_assistant_that_is_absent_answers_nobody():
    gone = [{"name": "here", "start": 0.1, "policy": {"kind": "frozen"}}]
    gone += [{"name": "gone", "start": 0.9, "present": False, "policy": {"kind": "frozen"}}]
    text = """
name: absent
rounds: 1
value_space: moral-foundations
dimensions: [care]
population: {humans: 10, groups: [{name: all, centre: 0.1, spread: 0.0}]}
network: {family: ring}
measures: {names: [alignment]}
"""
    society = Society(build_setup(loads(text, overrides={"assistants": gone})), with_objects=False)
    assert society.measures.overall["alignment"] == 1.0
