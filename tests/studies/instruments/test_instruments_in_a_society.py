"""The instruments' numbers, out of societies that a scenario describes and the package's own rounds move."""

import math

import numpy as np
import pytest

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.instruments.early_warning import warn_by_replications
from coevolve_sim.studies.instruments.entrenchment import differentiate_end_state, measure_entrenchment
from coevolve_sim.studies.instruments.martingale import score_martingale
from coevolve_sim.studies.instruments.overconfidence import measure_overconfidence
from coevolve_sim.studies.instruments.tiny_worlds.naming_game import play_naming_game
from coevolve_sim.studies.instruments.tiny_worlds.precision import compute_exact_overconfidence
from coevolve_sim.studies.instruments.tiny_worlds.tipping_tanh import find_tanh_threshold
from coevolve_sim.studies.instruments.tipping import fit_tipping_share


def society_of(text, *overrides):
    return Society(build_setup(loads(text, overrides=overrides)), with_objects=False)


def path_of(society):
    path = [society.values.copy()]
    while not society.is_finished:
        society.step()
        path.append(society.values.copy())
    return np.array(path)


def space_of(n):
    """Return a value space of so many dimensions, which do not touch each other: replications."""
    return f"{{name: v, dimensions: [{', '.join(f'd{i:03d}' for i in range(n))}]}}"


COMMITTED = """
name: committed
rounds: {rounds}
seed: {seed}
value_space: {{name: v, dimensions: [a]}}
network: {{family: complete}}
population:
  humans: {humans}
  groups:
    - {{name: committed, share: {share}, centre: 1.0, spread: 0.0}}
    - {{name: others, share: {rest}, centre: 0.0, spread: 0.0}}
update:
  rule: custom
  path: "tests.studies.instruments.rules_of_tiny_worlds:{rule}"
  parameters: {{{more}}}
measures: {{names: [variance], every: {rounds}}}
"""


def end_of_committed(rule, humans, committed, rounds, seed=1, more=""):
    """Return the mean value of those who are not committed, in the last round."""
    share = committed / humans
    text = COMMITTED.format(
        rule=rule, humans=humans, share=share, rest=1 - share, rounds=rounds, seed=seed, more=more
    )
    society = society_of(text)
    assert (society.setup.group_of == 0).sum() == committed
    return path_of(society)[-1][society.setup.group_of == 1].mean()


@pytest.mark.parametrize(("beta", "share"), [(1.5, 0.0893), (2.0, 0.1591), (3.0, 0.2432)])
def test_a_mean_field_society_tips_at_its_published_share(beta, share):
    """2,000 people who are all alike: one more committed person tips them, so that the answer is exact."""
    humans = 2_000
    last = math.floor(find_tanh_threshold(beta) * humans)
    design = np.arange(last - 1, last + 3)
    tips = [end_of_committed("TanhField", humans, int(m), 600, more=f"beta: {beta}") > 0.5 for m in design]
    found = fit_tipping_share(design / humans, np.array(tips)[:, None], n_humans=humans, n_rounds=600)
    assert found.separated
    assert found.p50 == pytest.approx(share, abs=1 / humans)
    assert tips == [False, False, True, True]


def test_a_society_that_plays_the_naming_game_tips_where_the_tiny_one_does():
    """60 people for 40 rounds; the equations of infinitely many for ever say .0979."""
    humans, rounds, design = 60, 40, (2, 4, 5, 6, 7, 8, 10, 12)
    tips = [
        [end_of_committed("NamingGame", humans, m, rounds, seed) > 0.5 for seed in range(12)] for m in design
    ]
    found = fit_tipping_share(np.array(design) / humans, tips, n_humans=humans, n_rounds=rounds)
    games = [play_naming_game(humans, m, rounds, replications=300, seed=2) for m in design]
    tiny = [game[:, m:].mean(axis=1) > 0 for game, m in zip(games, design, strict=True)]
    planted = fit_tipping_share(np.array(design) / humans, tiny, n_humans=humans, n_rounds=rounds)
    assert planted.low <= found.high
    assert found.low <= planted.high
    assert found.p50 == pytest.approx(planted.p50, abs=0.02)
    assert planted.p50 == pytest.approx(0.0979, abs=0.03)


TRUST = """
name: trust
rounds: 60
value_space: {space}
network: {{family: complete}}
population: {{humans: 10, groups: [{{name: all, centre: 0.5, spread: 0.05, adoption: 1.0}}]}}
update: {{rule: bayesian_trust, truth: 0.5, evidence_sd: 0.05}}
# The assistant knows the first beliefs; it is heard from the second on, as the recursion has it.
assistants: [{{name: helper, present: false, policy: {{kind: bayesian_trust, trust: {trust}}}}}]
interventions: [{{round: 2, action: bring_in, assistant: helper}}]
measures: {{names: [variance], every: 60}}
"""


@pytest.mark.parametrize(
    ("trust", "score", "ratio"), [(0.5, 0.655, 3.332), (0.9, 1.013, 1.192), (1.0, 4.063, 1.332)]
)
def test_a_society_that_trusts_is_as_overconfident_as_published(trust, score, ratio):
    """Ten people who look for 400 numbers at once."""
    society = society_of(TRUST.format(space=space_of(400), trust=trust / 10))
    beliefs = path_of(society)[-1].T
    precision = 1.0
    for t in range(2, 61):
        precision = t + trust * precision
    claimed = society.state.of_humans["log_precision"]
    assert claimed == pytest.approx(np.log(precision), rel=1e-9)
    found = measure_overconfidence(
        np.broadcast_to(claimed, beliefs.shape), beliefs, 0.5, evidence_sd=0.05, confidence=0.99
    )
    exact = compute_exact_overconfidence(trust, 10, 60)
    assert exact == pytest.approx((score, ratio), abs=5e-4)
    assert found.low < score < found.high
    pool = 0.05**2 / 600
    assert ((beliefs - 0.5) ** 2).mean() / pool == pytest.approx(ratio, rel=0.25)


PAIR = """
name: pair
rounds: {rounds}
seed: {seed}
value_space: {space}
network: {{family: erdos_renyi, degree: 0}}
population: {{humans: 1, groups: [{{name: all, centre: 0.5, spread: 0.1, adoption: 1.0}}]}}
update: {{rule: degroot, rate: {{assistant: 0.1}}}}
assistants: [{{name: helper, start: {start}, policy: {{kind: lifelong, rate: 0.1}}}}]
measures: {{names: [variance], every: {rounds}}}
"""


@pytest.mark.parametrize(
    ("rounds", "weights", "share"),
    [(5, (0.6638, 0.3362), 0.2041), (10, (0.5537, 0.4463), 0.3938), (20, (0.5058, 0.4942), 0.4885)],
)
def test_a_society_of_one_and_its_assistant_is_entrenched_as_published(rounds, weights, share):
    """300 dimensions are 300 seeds; first values of people and assistant are drawn alike."""
    n = 300
    starts = np.clip(0.5 + 0.1 * np.random.default_rng(7).normal(size=n), 0.1, 0.8)

    def ends(kick):
        start = "{" + ", ".join(f"d{i:03d}: {z + kick:.12f}" for i, z in enumerate(starts)) + "}"
        path = path_of(society_of(PAIR.format(rounds=rounds, seed=3, space=space_of(n), start=start)))
        return path[0, 0], path[-1, 0]

    people, plain = ends(0.0)
    _, kicked = ends(0.1)
    np.testing.assert_allclose(plain, weights[0] * people + weights[1] * starts, atol=2e-4)
    assert differentiate_end_state(plain, kicked, 0.1).mean == pytest.approx(weights[1], abs=5e-5)
    found = measure_entrenchment(starts, plain, confidence=0.99)
    assert found.low < share < found.high
    assert found.share == pytest.approx(share, abs=0.09)


def test_one_truth_that_a_whole_society_hears_is_a_trap_for_the_martingale_score():
    text = PAIR.format(rounds=1, seed=2, space="{name: v, dimensions: [a]}", start=0.7)
    path = path_of(
        society_of(
            text, "population.humans=400", "update.rate.assistant=0.3", "assistants.0.policy.kind=frozen"
        )
    )
    found = score_martingale(path[0, :, 0], path[1, :, 0], reliability=1.0)
    assert found.slope == pytest.approx(-0.3, abs=1e-9)


def test_honest_evidence_in_a_society_is_a_martingale_and_beliefs_that_count_it_twice_are_not():
    """One belief a dimension about a number that is drawn with it: the null; then a plain return to .5."""
    n = 600
    numbers = 0.5 + 0.05 * np.random.default_rng(9).normal(size=n)
    truth = "{" + ", ".join(f"d{i:03d}: {z:.9f}" for i, z in enumerate(numbers)) + "}"
    text = f"""
name: honest
rounds: 3
value_space: {space_of(n)}
network: {{family: erdos_renyi, degree: 0}}
population: {{humans: 1, groups: [{{name: all, centre: {truth}, spread: 0.05}}]}}
update: {{rule: bayesian_trust, truth: {truth}, evidence_sd: 0.05}}
"""
    path = path_of(society_of(text))[:, 0]
    # The rule starts without a prior; with that of the numbers, of one piece at .5, beliefs are honest.
    posterior = [(t * path[t] + 0.5) / (t + 1) for t in (2, 3)]
    honest = score_martingale(*posterior, reliability=1.0, confidence=0.99)
    assert honest.low < 0 < honest.high
    without_prior = score_martingale(path[2], path[3], reliability=1.0, confidence=0.99)
    assert without_prior.high < 0
    # Of the mean of t pieces, 1 / t of its variance (that of one number being 1) is error: -1/9 at t = 2.
    assert without_prior.low < -1 / 9 < without_prior.high


SLOW = """
name: slow
rounds: 80
seed: 5
value_space: {space}
history: {{kind: planted, shape: linear, start: 0.5, end: 0.5, eras: 2, effect: attract, pull: 0.1}}
network: {{family: erdos_renyi, degree: 0}}
population: {{humans: 1, groups: [{{name: all, centre: 0.5, spread: 0.0, adoption: 1.0}}]}}
update: {{rule: degroot, noise: 0.01, rate: {{assistant: 0.4}}}}
assistants: [{{name: helper, start: 0.5, policy: {{kind: lifelong, rate: 0.1}}}}]
measures: {{names: [variance], every: 80}}
"""


def test_an_assistant_that_slows_people_down_is_seen_in_variance_and_memory_across_replications():
    """200 dimensions are 200 replications, each paired with itself without the assistant."""
    text = SLOW.format(space=space_of(200))
    world, without = (
        path_of(society_of(text, *more))[1:, 0].T for more in ((), ("assistants.0.present=false",))
    )
    turn, noise = np.array([[0.6 * 0.9, 0.4], [0.1 * 0.9, 0.9]]), np.array([0.6, 0.1])
    covariance = np.zeros((2, 2))
    for _ in range(80):
        covariance, before = turn @ covariance @ turn.T + np.outer(noise, noise), covariance
    memory = (turn @ before)[0, 0] / math.sqrt(before[0, 0] * covariance[0, 0])
    ratio = covariance[0, 0] * (1 - 0.81)
    found = warn_by_replications(world, without)
    assert found.autocorrelation[-20:].mean() == pytest.approx(memory, abs=0.02)
    assert found.reference_autocorrelation[-20:].mean() == pytest.approx(0.9, abs=0.02)
    assert found.variance_ratio[-20:].mean() == pytest.approx(ratio, rel=0.2)
    null = warn_by_replications(without, without)
    assert not null.warns.any()
    assert np.allclose(null.variance_ratio, 1)
