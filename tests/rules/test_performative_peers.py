"""People who hear their peers and are predicted by an assistant that is retrained on them."""

import numpy as np
import pytest

from coevolve_sim.errors import RuleError, ScenarioError
from coevolve_sim.evaluation.verification import mechanisms
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end, settle
from coevolve_sim.rules.performative import find_predicted_equilibrium
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

CLUB = mechanisms.find_karate_club()
UNIT = np.eye(34)
BY_PEERS = np.linalg.solve(UNIT - 0.5 * CLUB.averaging, 0.5 * UNIT)


def ended(*arguments, **how):
    return settle(mechanisms.build_predicted(CLUB, *arguments, **how), 0.0)


def test_between_retrainings_peers_come_to_rest_and_each_retraining_goes_a_known_way():
    society = mechanisms.build_predicted(CLUB, 0.8, every=100)
    expected = BY_PEERS @ CLUB.anchors
    for _ in range(3):
        for _ in range(100):
            society.step()
        np.testing.assert_allclose(society.values, expected, rtol=0, atol=1e-12)
        expected = BY_PEERS @ (0.2 * CLUB.anchors + 0.8 * expected)


@pytest.mark.parametrize("every", [1, 7])
def test_where_all_comes_to_rest_does_not_depend_on_how_often_predictions_are_renewed(every):
    closed = find_predicted_equilibrium(CLUB.anchors, CLUB.averaging, 0.5, 0.5)
    np.testing.assert_allclose(ended(0.5, every=every), closed, rtol=0, atol=1e-12)


def test_one_prediction_for_all_is_the_mean_of_all():
    closed = find_predicted_equilibrium(CLUB.anchors, CLUB.averaging, 0.5, 0.6, np.full((34, 34), 1 / 34))
    found = ended(0.6, policy="mean")
    np.testing.assert_allclose(found, closed, rtol=0, atol=1e-12)
    alone = find_predicted_equilibrium(CLUB.anchors, CLUB.averaging, 0.5, 0.0)
    np.testing.assert_allclose(found.std(), 0.4 * alone.std(), rtol=0.01)


def test_predictions_spill_over_onto_people_who_are_never_seen_even_without_peers():
    unseen = CLUB.anchors[:, 0] < 0.5
    start = BY_PEERS @ CLUB.anchors
    predictor = np.where(unseen[:, None], ~unseen / (~unseen).sum(), UNIT)
    closed = np.linalg.solve(UNIT - 0.5 * BY_PEERS @ predictor, 0.5 * BY_PEERS @ CLUB.anchors)
    with_peers = ended(0.5, sees="{groups: [officer]}")
    np.testing.assert_allclose(with_peers, closed, rtol=0, atol=1e-12)
    assert with_peers[unseen].mean() - start[unseen].mean() == pytest.approx(0.2510, abs=5e-5)
    alone = build_society(
        "{rule: performative_peers, anchor_weight: 1.0, sensitivity: 0.5}",
        humans=34,
        rounds=100,
        groups="[{name: hi, share: 0.5, adoption: 1.0}, {name: officer, share: 0.5, adoption: 1.0}]",
        more="assistants: [{name: predictor, policy: {kind: mirror}, sees: {groups: [officer]}}]",
        values=CLUB.anchors,
    )
    alone.setup.group_of[:] = ~unseen
    np.testing.assert_allclose(run_to_end(alone), np.where(unseen, 0.5, 0.8)[:, None], rtol=0, atol=1e-12)


def test_of_whom_nothing_is_predicted_peers_and_anchors_make_what_they_make_anyhow():
    society = mechanisms.build_predicted(CLUB, 0.9)
    society.state.adoption[:] = 0.0
    np.testing.assert_allclose(settle(society, 0.0), BY_PEERS @ CLUB.anchors, rtol=0, atol=1e-12)


def test_who_does_not_consult_at_a_retraining_keeps_what_was_last_predicted():
    society = mechanisms.build_predicted(CLUB, 0.5)
    society.step()
    kept = society.state.of_humans["predicted"].copy()
    society.state.adoption[:20] = 0.0
    society.step()
    now = society.state.of_humans["predicted"]
    np.testing.assert_array_equal(now[:20], kept[:20])
    assert (now[20:] != kept[20:]).all()


PEERS = """
name: predicted
rounds: 5
value_space: {name: v, dimensions: [a, b]}
network: {family: watts_strogatz, degree: 4}
population: {humans: 40, groups: [{name: near, share: 0.5}, {name: far, share: 0.5}]}
update: {rule: performative_peers}
assistants: [{name: predictor, policy: {kind: mirror}}]
"""


LEADING = {"rounds": 1, "assistants.0": {"name": "predictor", "policy": {"kind": "frozen"}, "start": 0.9}}


def test_an_editor_between_peers_is_heard():
    plain, edited = (
        Society(loads(PEERS, overrides=overrides), with_objects=False)
        for overrides in (
            LEADING,
            {
                **LEADING,
                "channel.mediator": {"assistant": "predictor", "share": 0.5},
            },
        )
    )
    moved = 0.5 * 0.5 * (0.9 - _heard_by(plain))
    plain.step(), edited.step()
    np.testing.assert_allclose(edited.values - plain.values, moved, rtol=0, atol=1e-12)


def _heard_by(society):
    """Return what each human's peers hold on average."""
    ties, x = society.state.ties, society.values
    sums = np.zeros_like(x)
    np.add.at(sums, ties.listeners, x[ties.indices])
    return sums / ties.degrees[:, None]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"population.groups.0.stubbornness": 0.2}, "update.anchor_weight says how far people keep"),
        ({"update.anchor_weight": 0.0}, "anchor_weight"),
        ({"update.sensitivity": 1.1}, "sensitivity"),
        (
            {"channel": {"kind": "language"}, "minds": [{"kind": "scripted"}]},
            "performative_peers is about numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused(overrides, said):
    with pytest.raises(ScenarioError, match=said):
        loads(PEERS, overrides=overrides)


@pytest.mark.parametrize(("weight", "sensitivity"), [(0.0, 0.5), (1.1, 0.5), (0.5, 1.0), (0.5, -0.1)])
def test_an_equilibrium_outside_its_ranges_is_refused(weight, sensitivity):
    with pytest.raises(RuleError, match="must be"):
        find_predicted_equilibrium(CLUB.anchors, CLUB.averaging, weight, sensitivity)


def test_a_mirror_says_its_own_values_to_those_whom_it_does_not_see():
    keys = {
        "update": {"rule": "degroot", "rate": {"peer": 0.0, "assistant": 1.0}},
        "assistants.0.start": 0.75,
        "assistants.0.sees": {"groups": ["near"]},
        "population.groups.0.adoption": 1.0,
        "population.groups.1.adoption": 1.0,
        "rounds": 1,
    }
    society = Society(loads(PEERS, overrides=keys), with_objects=False)
    start = society.values
    society.step()
    far = society.setup.group_of == 1
    np.testing.assert_array_equal(society.values[far], 0.75)
    np.testing.assert_array_equal(society.values[~far], start[~far])
