"""Confidence and rate are found where they were planted, and what cannot be fitted is refused."""

import importlib.util
import json
import sys

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.networks import from_edges, full_mixing, read_network
from coevolve_sim.rules.plain import update_synchronously_plainly
from coevolve_sim.rules.susceptibility import Susceptibility
from coevolve_sim.streams import stream
from coevolve_sim.studies.calibration import (
    FullSteps,
    Transition,
    calibrate_network,
    choose_egos,
    compare_regressors,
    minimise_by_swarm,
    plant_transition,
    profile_confidence,
    resample_egos,
    search_by_swarm,
)
from tests import ROOT

FACEBOOK = ROOT.parent / "shared" / "data" / "ego_facebook_edges.txt.gz"
NEAR = np.arange(12, 29) / 100
needs_facebook = pytest.mark.skipif(not FACEBOOK.is_file(), reason="ego-Facebook is not at hand")
needs_sklearn = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn is not installed (extra [calibration])"
)


@pytest.fixture(scope="module")
def friends():
    """A random network in which everybody has some 40 friends."""
    rng = stream(1, "test network")
    return from_edges(300, rng.integers(0, 300, (6_000, 2)))


@pytest.fixture(scope="module")
def facebook():
    return read_network(FACEBOOK)


def fitted(transition, grid=NEAR, *, include_self=False, **settings):
    profile = profile_confidence(FullSteps([transition], include_self=include_self, **settings), grid)
    best = profile.best
    return profile.confidence[best], profile.rate[best], profile.error[best], profile.persistence


# --- planted on ego-Facebook -------------------------------------------------------------------------


@needs_facebook
@pytest.mark.long
def test_confidence_and_rate_are_found_on_ego_facebook(facebook):
    """In each of ten data sets within .01 and .04; errors as published for the outcome's noise of .0589."""
    found = np.array([fitted(plant_transition(facebook, seed=seed)) for seed in range(1, 11)])
    assert (np.abs(found[:, 0] - 0.20) <= 0.01 + 1e-9).all()
    assert (np.abs(found[:, 1] - 0.30) <= 0.04).all()
    assert found[:, 1].mean() == pytest.approx(0.303, abs=0.01)
    assert found[:, 2].mean() == pytest.approx(0.00330, abs=5e-5)
    assert found[:, 3].mean() == pytest.approx(0.00437, abs=5e-5)


@needs_facebook
@pytest.mark.long
def test_300_egos_suffice_and_resampling_says_how_exactly(facebook):
    """The rate's standard deviation over data sets of so many egos is .013; resamples of one set tell it."""
    errors = []
    for seed in range(1, 9):
        whole = plant_transition(facebook, seed=seed)
        egos = np.sort(stream(seed, "test egos").choice(whole.egos, 300, replace=False))
        drawn = Transition(facebook, whole.before, whole.after, egos, whole.heard)
        steps = FullSteps([drawn], include_self=False)
        profile = profile_confidence(steps, NEAR)
        assert profile.confidence[profile.best] == pytest.approx(0.20, abs=0.0101)
        assert profile.rate[profile.best] == pytest.approx(0.30, abs=0.04)
        errors.append(resample_egos(steps, profile).rate_error)
    assert np.mean(errors) == pytest.approx(0.013, abs=0.002)


@needs_facebook
def test_the_egos_of_ego_facebook_are_those_of_10_to_200_ties(facebook):
    egos = choose_egos(facebook, 10, 200)
    assert egos.size == np.count_nonzero((facebook.degrees >= 10) & (facebook.degrees <= 200)) == 3_134


@needs_facebook
@pytest.mark.parametrize(
    ("place", "confidence", "n_dimensions", "low", "high"),
    [
        (("friends",), 0.2, 5, 0.19, 0.23),
        (("friends",), 0.3, 5, 0.25, 0.29),
        (("own",), 0.2, 5, 0.21, 0.28),  # wrong friends are counted: this outweighs the pull back
        (("own",), 0.5, 5, 0.305, 0.33),
        (("own",), 0.2, 1, 0.34, 0.42),
    ],
)
def test_noise_elsewhere_biases_the_rate(facebook, place, confidence, n_dimensions, low, high):
    planted = [
        plant_transition(
            facebook, confidence=confidence, n_dimensions=n_dimensions, noise_in=place, seed=seed
        )
        for seed in (1, 2)
    ]
    rates = [fitted(one, np.round(NEAR + confidence - 0.2, 2))[1] for one in planted]
    assert low < np.mean(rates) < high


# --- the profile -------------------------------------------------------------------------------------


@pytest.mark.parametrize("include_self", [False, True])
@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
def test_without_noise_what_was_planted_is_found_exactly(friends, include_self, distance):
    planted = plant_transition(friends, noise=0.0, include_self=include_self, most_ties=None, n_dimensions=2)
    near = Susceptibility.of(friends.n_humans, confidence=0.2, rate=0.3)
    after = update_synchronously_plainly(
        planted.before, friends, near, include_self=include_self, distance=distance
    )
    transition = Transition(friends, planted.before, after, planted.egos)
    confidence, rate, error, persistence = fitted(transition, include_self=include_self, distance=distance)
    assert (confidence, rate) == pytest.approx((0.20, 0.30), abs=1e-3)
    assert error < 1e-6 < persistence


def test_the_error_is_that_of_the_rule_at_that_rate(friends):
    """Against the rule in plain Python at the rate itself, not at full rate."""
    planted = plant_transition(friends, most_ties=None, seed=4)
    steps = FullSteps([planted], include_self=False)
    near = Susceptibility.of(friends.n_humans, confidence=0.25, rate=0.4)
    moved = update_synchronously_plainly(planted.before, friends, near, include_self=False)
    said = ((planted.after - moved)[planted.egos] ** 2).mean()
    assert steps.mean_square_error(0.25, 0.4) == pytest.approx(said)


def test_the_rate_of_a_profile_has_the_least_error(friends):
    steps = FullSteps([plant_transition(friends, most_ties=None)], include_self=False)
    profile = profile_confidence(steps, NEAR)
    best = profile.best
    confidence, rate = profile.confidence[best], profile.rate[best]
    for other in (rate - 0.02, rate + 0.02):
        assert steps.mean_square_error(confidence, other) > profile.error[best]


def test_where_nobody_listens_no_rate_is_found_beyond_chance(friends):
    """Null: values that stay, measured anew with noise in the outcome."""
    planted = plant_transition(friends, rate=0.0, most_ties=None)
    steps = FullSteps([planted], include_self=False)
    profile = profile_confidence(steps, NEAR)
    found = resample_egos(steps, profile)
    assert found.rate[0] < 0.02
    assert profile.error[profile.best] > 0.99 * profile.persistence


def test_intervals_hold_what_was_planted_and_narrow_with_more_egos(friends):
    narrow = []
    for n_egos in (60, 290):
        whole = plant_transition(friends, most_ties=None, noise=0.03, seed=2)
        planted = Transition(friends, whole.before, whole.after, whole.egos[:n_egos], whole.heard)
        steps = FullSteps([planted], include_self=False)
        found = resample_egos(steps, profile_confidence(steps, NEAR))
        assert found.confidence[0] <= 0.20 <= found.confidence[1]
        assert found.rate[0] <= 0.30 <= found.rate[1]
        narrow.append(found.rate_error)
    assert narrow[1] < narrow[0]


def test_intervals_are_the_same_for_the_same_seed(friends):
    steps = FullSteps([plant_transition(friends, most_ties=None)], include_self=False)
    profile = profile_confidence(steps, NEAR)
    one, same, other = (resample_egos(steps, profile, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.rate != other.rate


def test_two_transitions_are_fitted_together(friends):
    one, other = (plant_transition(friends, most_ties=None, seed=seed) for seed in (1, 2))
    steps = FullSteps([one, other], include_self=False)
    alone = [FullSteps([each], include_self=False).mean_square_error(0.2, 0.3) for each in (one, other)]
    assert steps.mean_square_error(0.2, 0.3) == pytest.approx(np.mean(alone))


def test_weights_count_where_the_rule_says_so(friends):
    rng = np.random.default_rng(3)
    edges = rng.integers(0, 100, (2_000, 2))
    ties = from_edges(100, edges, rng.uniform(0.1, 5, 2_000))
    planted = plant_transition(
        ties, rule="weighted_hegselmann_krause", noise=0.0, most_ties=None, n_dimensions=2
    )
    errors = [fitted(planted, rule=rule)[2] for rule in ("weighted_hegselmann_krause", "hegselmann_krause")]
    assert errors[0] < 1e-6 < errors[1]


# --- the swarm ---------------------------------------------------------------------------------------


def test_the_swarm_finds_what_the_profile_finds(friends):
    steps = FullSteps([plant_transition(friends, most_ties=None)], include_self=False)
    profile = profile_confidence(steps, NEAR)
    found = search_by_swarm(steps, profile, particles=24, iterations=40)
    assert found.errors.shape == (8,)
    assert found.errors.min() <= 1.02 * profile.error[profile.best]
    assert found.best[1] == pytest.approx(profile.rate[profile.best], abs=0.02)


def test_a_swarm_on_a_bowl_never_sticks():
    found = minimise_by_swarm(lambda x: 1 + ((x - [0.2, 0.7]) ** 2).sum(axis=1), [0, 0], [1, 1])
    assert found.n_stuck == 0
    assert found.best == pytest.approx([0.2, 0.7], abs=1e-3)
    assert found.spread.max() < 1e-3


def test_a_stuck_swarm_is_visible_in_the_spread():
    """A wide hollow of depth .6 and a narrow one of depth 1, of a quarter of the width."""

    def hollows(x):
        wide = 0.6 * np.exp(-(((x - 0.7) / 0.3) ** 2).sum(axis=1))
        return 1.1 - wide - np.exp(-(((x - 0.15) / 0.08) ** 2).sum(axis=1))

    found = minimise_by_swarm(hollows, [0, 0], [1, 1], particles=16, restarts=40, seed=2)
    assert 0 < found.n_stuck < 40
    assert found.spread.min() > 0.05
    assert found.best == pytest.approx([0.15, 0.15], abs=0.01)


def test_a_swarm_is_the_same_for_the_same_seed_and_its_restarts_are_not():
    one, same, other = (
        minimise_by_swarm(lambda x: (x**2).sum(axis=1), [-1], [1], iterations=3, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one.positions.tolist() == same.positions.tolist()
    assert one.positions.tolist() != other.positions.tolist()
    assert len({*one.errors}) == 8


@pytest.mark.parametrize(
    ("objective", "low", "high", "settings", "said"),
    [
        (np.ravel, [1], [0], {}, "each low end below its high end"),
        (np.ravel, [0], [1], {"restarts": 1}, "2 restarts"),
        (np.ravel, [0], [1], {"particles": 1}, "at least 2 particles"),
        (lambda x: x[:, 0] * np.nan, [0], [1], {}, "not all finite"),
        (lambda x: x[:3, 0], [0], [1], {}, r"28 finite numbers; shape \(3,\) returned"),
    ],
)
def test_what_a_swarm_cannot_minimise_is_refused(objective, low, high, settings, said):
    with pytest.raises(StudyError, match=said):
        minimise_by_swarm(objective, low, high, **settings)


# --- regressors --------------------------------------------------------------------------------------


@needs_sklearn
@pytest.mark.long
def test_the_rules_column_gains_where_the_rule_acts_and_nothing_where_it_does_not(friends):
    found = {}
    for rate in (0.3, 0.0):
        steps = FullSteps([plant_transition(friends, rate=rate, most_ties=None)], include_self=False)
        profile = profile_confidence(steps, NEAR)
        found[rate] = {one.name: one for one in compare_regressors(steps, profile, folds=3, most_egos=150)}
    assert [*found[0.3]] == ["no change", "rule alone", "linear", "ridge", "forest", "svr"]
    for name in ("linear", "ridge", "forest", "svr"):
        acting, still = found[0.3][name], found[0.0][name]
        assert acting.gain > 3 * acting.gain_error
        assert abs(still.gain) < 3 * still.gain_error + 2e-4
    assert found[0.3]["rule alone"].without < found[0.3]["no change"].without
    assert found[0.0]["rule alone"].without == pytest.approx(found[0.0]["no change"].without, rel=0.02)


@needs_sklearn
def test_regressors_need_egos_for_their_folds(friends):
    whole = plant_transition(friends, most_ties=None)
    few = Transition(friends, whole.before, whole.after, whole.egos[:40])
    steps = FullSteps([few])
    with pytest.raises(StudyError, match=r"5 folds need at least 50 egos.*40 egos"):
        compare_regressors(steps, profile_confidence(steps, NEAR))


def test_without_scikit_learn_one_error_says_what_to_install(friends, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    steps = FullSteps([plant_transition(friends, most_ties=None)])
    with pytest.raises(StudyError, match=r"pip install 'coevolve-sim\[calibration\]'"):
        compare_regressors(steps, profile_confidence(steps, NEAR))


# --- what is refused ---------------------------------------------------------------------------------


def transition_of(ties, **changes):
    rng = np.random.default_rng(1)
    given = {
        "before": rng.random((ties.n_humans, 2)),
        "after": rng.random((ties.n_humans, 2)),
        "egos": choose_egos(ties),
    }
    return Transition(ties, **(given | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"egos": np.array([3])}, "there is 1 ego; rate and confidence need at least 10"),
        ({"egos": np.arange(9)}, "there are 9 egos"),
        (
            {"before": np.full((300, 2), 0.3), "after": np.full((300, 2), 0.3)},
            "both waves hold the same values",
        ),
        ({"before": np.full((300, 2), 1.5)}, r"before must lie in \[0, 1\]; human 0 has 1.5 in dimension 0"),
        ({"after": np.full((300, 2), np.nan)}, r"after must lie in \[0, 1\]; human 0 has nan"),
        ({"after": np.zeros((300, 3))}, r"after must be an array \(300, 2\).*\(300, 3\) given"),
        ({"heard": np.zeros((299, 2))}, r"heard must be an array \(300, 2\)"),
    ],
)
def test_waves_that_cannot_be_fitted_are_refused(friends, changes, said):
    with pytest.raises(StudyError, match=said):
        transition_of(friends, **changes)


def test_a_network_without_ties_is_refused():
    with pytest.raises(StudyError, match="the network has no ties"):
        Transition(from_edges(20, np.empty((0, 2), int)), np.zeros((20, 1)), np.ones((20, 1)), np.arange(20))


def test_an_ego_without_ties_is_refused():
    ties = from_edges(21, np.array([[i, i + 1] for i in range(19)]))
    with pytest.raises(StudyError, match="human 20 is an ego without ties"):
        transition_of(ties, egos=np.arange(21))


def test_egos_of_no_such_number_of_ties_are_refused(friends):
    with pytest.raises(StudyError, match=r"nobody has 1000 ties or more; people have \d+ to \d+ ties"):
        choose_egos(friends, 1_000)
    with pytest.raises(StudyError, match="5 to 4 given"):
        choose_egos(friends, 5, 4)


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ([0.0, 1e-6, 2e-6], "nobody hears anybody at any of them"),
        ([0.98, 0.99, 1.0], "everybody hears all friends"),
        ([0.1, 0.2], "three numbers"),
        ([0.3, 0.2, 0.1], "ascending"),
        ([0.5, 1.0, 1.5], r"in \[0, 1\]"),
        ([0.1, np.nan, 0.3], r"in \[0, 1\]"),
    ],
)
def test_a_grid_outside_the_data_is_refused(friends, grid, said):
    with pytest.raises(StudyError, match=said):
        profile_confidence(FullSteps([transition_of(friends)]), grid)


def test_people_who_are_all_as_far_apart_tell_no_confidence():
    ties = full_mixing(12)
    before = np.tile([[0.2], [0.2]], (6, 1))
    after = before + 0.1
    steps = FullSteps([Transition(ties, before, after, np.arange(12))])
    with pytest.raises(StudyError, match="confidence cannot be told"):
        profile_confidence(steps)


@pytest.mark.parametrize("rule", ["degroot", "deffuant_weisbuch", "attraction_repulsion", "nosuch"])
def test_rules_that_have_no_full_step_are_refused(friends, rule):
    with pytest.raises(StudyError, match="can: hegselmann_krause, weighted_hegselmann_krause"):
        FullSteps([transition_of(friends)], rule)


def test_noise_and_intervals_that_are_none_are_refused(friends):
    with pytest.raises(
        StudyError, match="there is no place 'ears' for noise; there are outcome, friends, own"
    ):
        plant_transition(friends, noise_in=("ears",), most_ties=None)
    with pytest.raises(StudyError, match="noise of at least 0; 5 and -1 given"):
        plant_transition(friends, noise=-1, most_ties=None)
    steps = FullSteps([transition_of(friends)])
    with pytest.raises(StudyError, match="95 and 400 given"):
        resample_egos(steps, profile_confidence(steps), level=95)


# --- from files --------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path, friends):
    planted = plant_transition(friends, most_ties=None, include_self=True, noise=0.02)
    names = [f"p{human}" for human in range(friends.n_humans)]
    pairs = zip(friends.listeners, friends.indices, strict=True)
    (tmp_path / "ties.csv").write_text(
        "source,target\n" + "".join(f"{names[a]},{names[b]}\n" for a, b in pairs if a < b)
    )
    for name, values in (("t0", planted.before), ("t1", planted.after)):
        lines = [f"{who},{','.join(f'{x:.6f}' for x in row)}" for who, row in zip(names, values, strict=True)]
        (tmp_path / f"{name}.csv").write_text("person,a,b,c,d,e\n" + "\n".join(lines) + "\n")
    return tmp_path


def calibrated(files, waves=("t0.csv", "t1.csv"), **settings):
    return calibrate_network(files / "ties.csv", [files / wave for wave in waves], **settings)


def test_what_was_planted_is_found_from_files(files):
    found = calibrated(files, swarm=True, n_resamples=50)
    assert found.confidence == pytest.approx(0.20, abs=0.01)
    assert found.rate == pytest.approx(0.30, abs=0.04)
    assert found.intervals.rate[0] < 0.30 < found.intervals.rate[1]
    assert found.n_humans == 300
    said = found.as_text()
    assert "hegselmann_krause on 2 waves of 5 dimensions" in said
    assert "measurement error cannot be told from change" in said
    assert "0 ended more than 2 % above the best" in said
    told = json.loads(json.dumps(found.as_json()))
    assert told["rate"] == found.rate
    assert len(told["swarm"]["restarts"]) == 8


def test_columns_and_rows_may_come_in_any_order_and_who_is_not_in_all_waves_is_left_out(files):
    before = calibrated(files, n_resamples=20)
    head, *rows = (files / "t1.csv").read_text().splitlines()
    turned = [
        ",".join([cells[2], cells[0], cells[1], *cells[3:]])
        for cells in (r.split(",") for r in [head, *rows])
    ]
    (files / "t1.csv").write_text("\n".join([turned[0], *turned[:0:-1]]) + "\n")
    assert calibrated(files, n_resamples=20).as_json() == before.as_json()
    (files / "t1.csv").write_text(
        "\n".join([head, rows[0].rsplit(",", 1)[0] + ",", *rows[2:], "x,0,0,0,0,0"])
    )
    found = calibrated(files, n_resamples=20)
    assert found.n_humans == 298
    assert any("2 people of 300 in the network without values" in note for note in found.notes)
    assert any("1 person with values not in the network" in note for note in found.notes)
    assert any("1 person with an empty cell" in note for note in found.notes)


def test_three_waves_tell_what_error_could_feign(files):
    """Nobody moves; answers err anew each time. The rate found is what error feigns."""
    rng = stream(5, "test waves")
    true = rng.uniform(0.3, 0.7, (300, 5))
    for name in ("t0", "t1", "t2"):
        values = np.clip(true + rng.normal(0, 0.1, true.shape), 0, 1)
        lines = [f"p{i},{','.join(f'{x:.6f}' for x in row)}" for i, row in enumerate(values)]
        (files / f"{name}.csv").write_text("person,a,b,c,d,e\n" + "\n".join(lines) + "\n")
    found = calibrated(files, ("t0.csv", "t1.csv", "t2.csv"), n_resamples=40)
    assert found.n_waves == 3
    assert found.reliability["a"].noise == pytest.approx(0.1, abs=0.02)
    assert 0.3 < found.rate <= found.rate_of_error * 1.15
    assert "could feign a rate of up to" in found.as_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who,a\np1,0.5\n", "t1.csv: there is no column 'person'; the columns are who, a"),
        ("person\np1\n", "every column but 'person' is a dimension"),
        ("person,a,b,c,d,e\np1,0.5,50,0,0,0\n", "t1.csv:2, column 'b': a value is a number in .*'50' given"),
        ("person,a,b,c,d,e\np1,0,0,0,0,0\np1,0,0,0,0,0\n", "t1.csv:3: person 'p1' stands twice"),
        ("person,a,b\np1,0,0\n", "the dimensions are a, b; those of .* are a, b, c, d, e"),
        ("person,a,b,c,d,e\nx1,0,0,0,0,0\n", "nobody of .* has values in all waves"),
        ("person,a,b,c,d,e\np1,0,0,0,0,0\n", "nobody who has values in all waves is tied"),
    ],
)
def test_waves_in_files_that_cannot_be_read_are_refused(files, text, said):
    (files / "t1.csv").write_text(text)
    with pytest.raises(StudyError, match=said):
        calibrated(files)


def test_one_wave_or_the_same_twice_is_refused(files):
    with pytest.raises(StudyError, match="two waves or more are needed, one file each; 1 given"):
        calibrated(files, ("t0.csv",))
    with pytest.raises(StudyError, match="both waves hold the same values"):
        calibrated(files, ("t0.csv", "t0.csv"))
