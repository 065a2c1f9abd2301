"""Rules: against their plain twins, against published and hand-computed cases, and one suite for all."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import NetworkError, RuleError
from coevolve_sim.networks.ties import from_edges, full_mixing
from coevolve_sim.rules import (
    RULES,
    Meetings,
    Perceived,
    Susceptibility,
    moral_argument,
    move,
    move_by_speaker,
    passes,
    update_pairwise,
    update_synchronously,
)
from coevolve_sim.rules.plain import (
    moral_argument_plainly,
    update_pairwise_plainly,
    update_synchronously_plainly,
)
from coevolve_sim.streams import stream, stream_key

SCHEDULED = [
    (name, schedule)
    for name, rule in RULES.items()
    if name not in {"moral_argument", "weighs_facts"} and not rule.answers
    for schedule in rule.schedules
]


def society(seed, n_humans=30, n_dimensions=3, complete=False, directed=False):
    rng = stream(seed, "test society")
    if complete:
        ties = full_mixing(n_humans)
    else:
        edges = rng.integers(0, n_humans, (3 * n_humans, 2))
        ties = from_edges(n_humans, edges, rng.random(3 * n_humans) + 0.1, directed=directed)
    listening = Susceptibility.of(
        n_humans,
        confidence=rng.random(n_humans) * 0.6,
        rate=rng.random(n_humans),
        stubbornness=rng.random(n_humans) * 0.3,
        repulsion=0.6 + rng.random(n_humans) * 0.3,
    )
    return rng.random((n_humans, n_dimensions)), ties, listening, rng.random((n_humans, n_dimensions))


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("include_self", [True, False])
def test_the_compiled_average_equals_its_plain_twin(distance, complete, weighted, include_self):
    for seed in range(5):
        x, ties, listening, anchors = society(seed, complete=complete, directed=seed % 2 == 1)
        kwargs = {
            "anchors": anchors,
            "weighted": weighted,
            "include_self": include_self,
            "distance": distance,
        }
        ours, plain = (
            update_synchronously(x, ties, listening, **kwargs),
            update_synchronously_plainly(x, ties, listening, **kwargs),
        )
        np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-13)


@pytest.mark.parametrize("n_dimensions", [1, 2, 4, 5, 9])
@pytest.mark.parametrize("complete", [True, False])
def test_every_number_of_dimensions_equals_its_plain_twin(n_dimensions, complete):
    for seed in range(5):
        x, ties, _, anchors = society(seed, n_dimensions=n_dimensions, complete=complete)
        for confidence in (0.3, stream(seed, "c").random(30) * 0.6):
            listening = Susceptibility.of(30, confidence=confidence, rate=0.7)
            for how in ({"distance": "joint"}, {"distance": "per_dimension", "include_self": False}):
                ours = update_synchronously(x, ties, listening, anchors=anchors, **how)
                plain = update_synchronously_plainly(x, ties, listening, anchors=anchors, **how)
                np.testing.assert_allclose(ours, plain, atol=1e-13)
                assert n_dimensions > 5 or not np.array_equal(ours, x)


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    "how", [{}, {"weighted": True}, {"exposure": 0.2}, {"bias": 1.3}, {"both_move": True}]
)
def test_the_compiled_encounters_equal_their_plain_twin(distance, complete, how):
    for seed in range(3):
        x, ties, listening, anchors = society(seed, complete=complete)
        meetings = Meetings(200, stream_key(seed, "meet"))
        ours = update_pairwise(x, ties, listening, meetings, anchors=anchors, distance=distance, **how)
        plain = update_pairwise_plainly(
            x, ties, listening, meetings, anchors=anchors, distance=distance, **how
        )
        np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-12)
        assert not np.array_equal(ours, x)


@pytest.mark.long
@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("both_move", [True, False])
@pytest.mark.parametrize("n_dimensions", [1, 2, 4, 7])
def test_encounters_drawn_ahead_equal_the_plain_twin_over_several_blocks(n_dimensions, both_move, distance):
    for seed, n_humans in enumerate((1, 2, 30, 30, 30)):
        for complete in (True, False):
            x, ties, among, _ = society(seed, n_humans, n_dimensions, complete=complete)
            x[0], x[-1] = 0.0, 1.0
            rate = among.rate if seed % 2 else 1.0
            confidence = among.confidence if seed < 4 else 0.5
            listening = Susceptibility.of(n_humans, confidence=confidence, rate=rate)
            meetings = Meetings(1030, stream_key(seed, "meet"))
            how = {"both_move": both_move, "distance": distance}
            ours = update_pairwise(x, ties, listening, meetings, **how)
            plain = update_pairwise_plainly(x, ties, listening, meetings, **how)
            np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-12)


def test_encounters_drawn_ahead_are_to_the_bit_those_drawn_one_by_one():
    x, ties, among, _ = society(4, 200, 3)
    listening = Susceptibility.of(200, confidence=among.confidence, rate=among.rate)
    meetings = Meetings(3000, stream_key(4, "meet"))
    one_by_one = update_pairwise(
        x, ties, listening, meetings, heard=Perceived(x, ties.indices, np.zeros_like(x))
    )
    assert update_pairwise(x, ties, listening, meetings).tobytes() == one_by_one.tobytes()


def test_a_listener_moves_towards_the_mean_of_the_near_and_ignores_the_far():
    x = np.array([[0.0], [0.2], [0.4], [1.0]])
    moved = update_synchronously(
        x, full_mixing(4), Susceptibility.of(4, confidence=0.4, rate=0.5), include_self=True
    )
    np.testing.assert_allclose(moved[:, 0], [0.1, 0.2, 0.3, 1.0])


def test_deffuant_pairs_meet_halfway_and_keep_their_mean():
    x = stream(1, "x").random((50, 2))
    moved = update_pairwise(
        x, full_mixing(50), Susceptibility.of(50, rate=0.5), Meetings(1, np.uint64(3)), both_move=True
    )
    changed = np.flatnonzero((moved != x).any(axis=1))
    assert changed.size == 2
    np.testing.assert_allclose(moved[changed], np.broadcast_to(x[changed].mean(axis=0), (2, 2)))


@given(st.integers(0, 10_000))
def test_deffuant_conserves_the_mean(seed):
    x = stream(seed, "x").random((20, 2))
    moved = update_pairwise(
        x,
        full_mixing(20),
        Susceptibility.of(20, confidence=0.4, rate=0.5),
        Meetings(100, stream_key(seed, "k")),
        both_move=True,
    )
    np.testing.assert_allclose(moved.mean(axis=0), x.mean(axis=0), atol=1e-12)


def test_degroot_converges_to_the_left_eigenvector_times_the_start():
    x, ties, _, _ = society(4, n_humans=12)
    from coevolve_sim.rules.plain import weight_matrix

    w = weight_matrix(ties) + np.eye(12)
    w /= w.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(w.T)
    left = np.real(vectors[:, np.argmax(np.real(values))])
    left /= left.sum()
    y = x
    for _ in range(3000):
        y = move(RULES["degroot"], y, ties, Susceptibility.of(12))
    np.testing.assert_allclose(y, np.broadcast_to(left @ x, x.shape), atol=1e-10)


def test_friedkin_johnsen_reaches_its_closed_form():
    x, ties, _, _ = society(5, n_humans=15)
    from coevolve_sim.rules.plain import weight_matrix

    s = np.full(15, 0.3)
    w = weight_matrix(ties)
    w /= w.sum(axis=1, keepdims=True)
    expected = np.linalg.solve(np.eye(15) - (1 - s)[:, None] * w, s[:, None] * x)
    y = x
    for _ in range(400):
        y = move(
            RULES["friedkin_johnsen"],
            y,
            ties,
            Susceptibility.of(15, stubbornness=s),
            anchors=x,
            include_self=False,
        )
    np.testing.assert_allclose(y, expected, atol=1e-12)


@pytest.mark.parametrize(("against", "half_time", "final"), [(0.1, 18, None), (0.35, 55, (0.9732, 0.9622))])
def test_moral_argument_follows_the_published_recursion(against, half_time, final):
    liberal = np.array([True] * 4 + [False] * 4)
    x = np.full((8, 1), 0.01)
    lib = con = 0.01
    trajectory = []
    for _ in range(200):
        holds = 0.5 * lib + 0.5 * con
        lib, con = (
            lib + (1 - lib) * holds * 0.5 - lib * (1 - holds) * against,
            con + 0.5 * 0.5 * (lib - con),
        )
        x = moral_argument(x, full_mixing(8), liberal, 0.5, against)
        np.testing.assert_allclose(x[:, 0], [lib] * 4 + [con] * 4, atol=1e-12)
        trajectory.append((x[0, 0], x[4, 0]))
    assert next(t + 1 for t, (v, _) in enumerate(trajectory) if v >= 0.5) == half_time
    if final is not None:
        assert trajectory[98] == pytest.approx(final, abs=5e-5)


@pytest.mark.parametrize("complete", [True, False])
def test_moral_argument_equals_its_plain_twin(complete):
    for seed in range(6):
        x, ties, _, _ = society(seed, complete=complete, directed=seed % 2 == 1)
        liberal = stream(seed, "liberal").random(30) < (0.1, 0.5, 0.9)[seed % 3]
        arguments = stream(seed, "arguments").random((2, 3))
        how = {"exposure_of_liberals": 0.7, "exposure_of_conservatives": 0.4, "following": 0.6}
        ours = moral_argument(x, ties, liberal, *arguments, **how)
        np.testing.assert_allclose(
            ours, moral_argument_plainly(x, ties, liberal, *arguments, **how), rtol=0, atol=1e-13
        )
        assert not np.array_equal(ours, x)


def test_moral_argument_on_a_network_hears_only_its_neighbours():
    ties = from_edges(4, np.array([[0, 1], [1, 2]]))
    liberal = np.array([True, True, False, True])
    x = np.array([[0.2], [0.6], [0.4], [0.9]])
    moved = moral_argument(x, ties, liberal, 0.5, 0.1)
    holds_1 = 0.5 * 0.2 + 0.5 * 0.4
    expected = [
        0.2 + 0.8 * 0.6 * 0.5 - 0.2 * 0.4 * 0.1,
        0.6 + 0.4 * holds_1 * 0.5 - 0.6 * (1 - holds_1) * 0.1,
        0.4 + 0.25 * (0.6 - 0.4),
        0.9,
    ]
    np.testing.assert_allclose(moved[:, 0], expected, atol=1e-15)


def test_attraction_repulsion_pushes_the_far_apart():
    x = np.array([[0.3], [0.7]])
    listening = Susceptibility.of(2, confidence=0.1, repulsion=0.3, rate=0.5)
    moved = move(RULES["attraction_repulsion"], x, full_mixing(2), listening, include_self=False)
    np.testing.assert_allclose(moved, [[0.1], [0.9]])


@pytest.mark.parametrize(("name", "schedule"), SCHEDULED)
class TestEveryRule:
    def moved(self, name, schedule, x, ties, listening, **kwargs):
        if not RULES[name].bounded:
            listening = Susceptibility.of(
                ties.n_humans, rate=listening.rate, stubbornness=listening.stubbornness
            )
        meetings = Meetings(500, np.uint64(11)) if schedule == "pairwise" else None
        bias = 1.0 if name == "algorithmic_bias" else None
        return move(RULES[name], x, ties, listening, meetings=meetings, bias=bias, **kwargs)

    def test_stays_in_the_unit_interval(self, name, schedule):
        x, ties, listening, anchors = society(1)
        moved = self.moved(name, schedule, x, ties, listening, anchors=anchors)
        assert moved.shape == x.shape
        assert moved.min() >= 0.0
        assert moved.max() <= 1.0

    def test_gives_the_same_bytes_again_and_leaves_its_arguments_alone(self, name, schedule):
        x, ties, listening, _ = society(2)
        before = x.tobytes()
        first = self.moved(name, schedule, x, ties, listening).tobytes()
        assert self.moved(name, schedule, x, ties, listening).tobytes() == first
        assert x.tobytes() == before

    def test_keeps_a_consensus(self, name, schedule):
        _, ties, listening, _ = society(3)
        x = np.full((30, 3), 0.4)
        np.testing.assert_allclose(self.moved(name, schedule, x, ties, listening), x, atol=1e-15)

    def test_leaves_the_isolated_alone(self, name, schedule):
        ties = from_edges(4, np.array([[0, 1]]))
        x = stream(4, "x").random((4, 2))
        moved = self.moved(name, schedule, x, ties, Susceptibility.of(4, rate=0.5))
        np.testing.assert_array_equal(moved[2:], x[2:])

    def test_never_moves_the_wholly_stubborn(self, name, schedule):
        x, ties, listening, _ = society(5)
        stubborn = listening.replace(np.arange(5), stubbornness=1.0)
        moved = self.moved(name, schedule, x, ties, stubborn, anchors=x)
        np.testing.assert_allclose(moved[:5], x[:5], atol=1e-15)

    def test_moves_nobody_at_rate_zero(self, name, schedule):
        x, ties, _, _ = society(6)
        np.testing.assert_array_equal(self.moved(name, schedule, x, ties, Susceptibility.of(30, rate=0.0)), x)

    def test_one_human_alone_stays(self, name, schedule):
        x = np.array([[0.3, 0.6]])
        moved = self.moved(name, schedule, x, full_mixing(1), Susceptibility.of(1))
        np.testing.assert_allclose(moved, x, atol=1e-15)

    def test_refuses_what_is_not_values(self, name, schedule):
        x, ties, listening, _ = society(7)
        x[3, 1] = np.nan
        with pytest.raises(RuleError, match="values of human 3, dimension 1, are nan"):
            self.moved(name, schedule, x, ties, listening)


@pytest.mark.parametrize("bias", [61, 62, 100])
def test_the_most_alike_meet_however_strong_the_bias(bias):
    x = np.array([[0.5], [0.5], [0.52], [0.53], [0.9]])
    for seed in range(20):
        key = stream_key(seed, "b")
        moved = update_pairwise(
            x, full_mixing(5), Susceptibility.of(5, rate=0.5), Meetings(1, key), bias=bias, both_move=True
        )
        assert moved[4, 0] == 0.9 or moved[3, 0] != 0.53
        assert np.flatnonzero((moved != x).any(axis=1)).tolist() in ([], [2, 3], [3, 4])


def test_listening_says_who_is_out_of_range():
    with pytest.raises(RuleError, match=r"rate of human 1 is 1.5; must be in \[0, 1\]"):
        Susceptibility.of(2, rate=np.array([0.5, 1.5]))
    with pytest.raises(RuleError, match=r"confidence has shape \(3,\)"):
        Susceptibility.of(2, confidence=np.zeros(3))


def test_both_of_a_pair_cannot_move_on_a_directed_network():
    ties = from_edges(3, np.array([[0, 1]]), directed=True)
    with pytest.raises(RuleError, match="undirected"):
        update_pairwise(
            np.zeros((3, 1)), ties, Susceptibility.of(3), Meetings(1, np.uint64(1)), both_move=True
        )


def test_messages_of_their_own_for_every_tie_give_the_same_as_speakers_heard_by_all():
    x, ties, listening, _ = society(8)
    messages = Perceived(np.ascontiguousarray(x[ties.indices]), np.arange(ties.n_ties, dtype=np.int32))
    np.testing.assert_array_equal(
        update_synchronously(x, ties, listening, heard=messages), update_synchronously(x, ties, listening)
    )


def test_who_consults_beyond_repulsion_goes_away():
    x = np.array([[0.5], [0.5]])
    listening = Susceptibility.of(2, confidence=0.1, repulsion=0.2, rate=0.5)
    np.testing.assert_allclose(move_by_speaker(x, np.array([[0.9], [0.65]]), listening, x), [[0.3], [0.5]])


def test_speakers_are_met_in_proportion_to_the_weight_of_the_tie():
    ties = from_edges(3, np.array([[0, 2], [1, 2]]), np.array([1.0, 3.0]))
    x = np.array([[0.0], [1.0], [0.5]])
    went = [
        update_pairwise(
            x, ties, Susceptibility.of(3, rate=1.0), Meetings(1, stream_key(s, "w")), weighted=True
        )[2, 0]
        for s in range(3000)
    ]
    to_0, to_1 = went.count(0.0), went.count(1.0)
    assert to_1 / (to_0 + to_1) == pytest.approx(0.75, abs=0.05)


def test_one_heavy_tie_leaves_the_draws_of_other_listeners_alone():
    """The sums of a row begin at 0, so that no weight elsewhere takes the digits that tell its ties apart."""
    edges = np.array([[0, 1], [2, 4], [3, 4]])
    ties = from_edges(5, edges, np.array([1e17, 1.0, 3.0]), directed=True)
    x = np.array([[0.5], [0.5], [0.0], [1.0], [0.5]])
    went = [
        update_pairwise(
            x, ties, Susceptibility.of(5, rate=1.0), Meetings(1, stream_key(s, "w")), weighted=True
        )[4, 0]
        for s in range(3000)
    ]
    to_2, to_3 = went.count(0.0), went.count(1.0)
    assert to_3 / (to_2 + to_3) == pytest.approx(0.75, abs=0.06)


def test_sums_of_rows_are_those_of_each_row_alone():
    rng = np.random.default_rng(3)
    indptr = np.array([0, 3, 3, 7, 12])
    weights = rng.random(12) * 10.0 ** rng.integers(-9, 17, 12)
    alone = [np.cumsum(weights[a:b]) for a, b in itertools.pairwise(indptr)]
    assert passes.sums_along_rows(indptr, weights).tolist() == np.concatenate(alone).tolist()


def test_weights_so_large_that_their_sums_would_be_infinite_are_refused():
    with pytest.raises(NetworkError, match=r"at most 1e\+100; 1e\+308 given; scale all down"):
        from_edges(2, np.array([[0, 1]]), np.array([1e308]))
