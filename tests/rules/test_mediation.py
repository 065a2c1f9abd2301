"""An assistant that edits what people say to each other: what every rule then hears."""

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.errors import RuleError, ScenarioError
from coevolve_sim.networks.ties import from_edges, full_mixing
from coevolve_sim.rules import (
    RULES,
    Mediation,
    Meetings,
    Perceived,
    Susceptibility,
    mediate,
    moral_argument,
    update_pairwise,
    update_synchronously,
)
from coevolve_sim.rules.channel import NumericChannel, Scene
from coevolve_sim.rules.exchange import perceive_exactly
from coevolve_sim.rules.plain import (
    moral_argument_plainly,
    update_pairwise_plainly,
    update_synchronously_plainly,
)
from coevolve_sim.scenario import content_of, loads
from coevolve_sim.society.model import Society
from coevolve_sim.streams import stream, stream_key
from coevolve_sim.studies.worlds import remove_assistants

EDITOR = "assistants: [{name: editor, policy: {kind: frozen}, start: 0.9}]\n"
HALF = Mediation(0.5, np.array([0.9, 0.2, 0.4]))


def society_of(
    update, share=None, rounds=4, more="", network="{family: watts_strogatz, degree: 4}", dims="a, b"
):
    """Return a society of people who consult nobody; an editor edits a share of what they say."""
    mediator = "" if share is None else f", mediator: {{assistant: editor, share: {share}}}"
    return Society(
        loads(
            f"name: edited\nrounds: {rounds}\nvalue_space: {{name: v, dimensions: [{dims}]}}\n"
            f"network: {network}\nupdate: {update}\nchannel: {{kind: numeric{mediator}}}\n"
            "population: {humans: 40, groups: [{name: all, distribution: uniform, adoption: 0.0}]}\n"
            f"{EDITOR}{more}"
        ),
        with_objects=False,
    )


def run(society):
    while not society.is_finished:
        society.step()
    return society.values


def people(seed, n_dimensions=3, complete=False):
    rng = stream(seed, "people of an editor")
    edges = rng.integers(0, 30, (90, 2))
    ties = full_mixing(30) if complete else from_edges(30, edges, rng.random(90) + 0.1)
    listening = Susceptibility.of(
        30,
        confidence=rng.random(30) * 0.6,
        rate=rng.random(30),
        stubbornness=rng.random(30) * 0.3,
        repulsion=0.6 + rng.random(30) * 0.3,
    )
    return rng.random((30, n_dimensions)), ties, listening


def heard_in(x, ties, mediation):
    return NumericChannel(1).among_humans(x, ties, Scene(1, mediation=mediation))


def test_what_is_perceived_is_the_message_and_the_editors_own_by_its_share():
    heard = heard_in(np.array([[0.2], [1.0]]), full_mixing(2), Mediation(0.25, np.array([0.6])))
    np.testing.assert_allclose(heard.perceived, [[0.3], [0.9]], rtol=0, atol=1e-15)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(RuleError, match=r"share of what is edited is .*; must be in \[0, 1\]"):
        Mediation(share, np.zeros(1))


def test_an_editor_of_other_dimensions_is_refused():
    with pytest.raises(RuleError, match=r"shape \(3,\); shape \(2,\) is wanted"):
        mediate(np.zeros((4, 2)), HALF)


def test_no_edited_value_leaves_the_scale_by_rounding():
    x = stream(1, "ends").random((2000, 1))
    for share in (0.1, 0.3, 1.0):
        for end in (0.0, 1.0):
            said = mediate(x, Mediation(share, np.array([end])))
            assert said.min() >= 0.0
            assert said.max() <= 1.0


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_all_at_once_listeners_hear_what_is_edited(distance, complete, weighted):
    for seed in range(2):
        x, ties, listening = people(seed, complete=complete)
        how = {"weighted": weighted, "distance": distance, "anchors": x[::-1].copy()}
        ours = update_synchronously(x, ties, listening, heard=heard_in(x, ties, HALF), **how)
        plain = update_synchronously_plainly(x, ties, listening, mediation=HALF, **how)
        np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-13)
        assert np.abs(ours - update_synchronously(x, ties, listening, **how)).max() > 0.01


@pytest.mark.parametrize("n_dimensions", [1, 3])
def test_in_full_mixing_by_sorting_nobody_hears_itself_edited(n_dimensions):
    x, ties, _ = people(3, n_dimensions, complete=True)
    listening = Susceptibility.of(30, confidence=0.3, rate=0.7)
    edits = Mediation(0.4, HALF.values[:n_dimensions])
    how = {"distance": "per_dimension"}
    ours = update_synchronously(x, ties, listening, heard=heard_in(x, ties, edits), **how)
    plain = update_synchronously_plainly(x, ties, listening, mediation=edits, **how)
    np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-13)


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    "how", [{}, {"weighted": True}, {"exposure": 0.2}, {"bias": 1.3}, {"both_move": True}]
)
def test_in_encounters_listeners_hear_what_is_edited(distance, complete, how):
    x, ties, listening = people(4, complete=complete)
    meetings = Meetings(200, stream_key(4, "meet"))
    ours = update_pairwise(
        x, ties, listening, meetings, heard=heard_in(x, ties, HALF), distance=distance, **how
    )
    plain = update_pairwise_plainly(x, ties, listening, meetings, mediation=HALF, distance=distance, **how)
    np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-12)
    assert np.abs(ours - update_pairwise(x, ties, listening, meetings, distance=distance, **how)).max() > 0.01


@pytest.mark.parametrize("both_move", [True, False])
@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("n_dimensions", [1, 2, 6])
def test_encounters_drawn_ahead_hear_what_is_edited(n_dimensions, distance, both_move):
    x, ties, among = people(5, n_dimensions)
    listening = Susceptibility.of(30, confidence=among.confidence, rate=among.rate)
    meetings = Meetings(1030, stream_key(5, "meet"))
    edits = Mediation(0.3, np.resize(HALF.values, n_dimensions))
    how = {"both_move": both_move, "distance": distance}
    ours = update_pairwise(x, ties, listening, meetings, heard=heard_in(x, ties, edits), **how)
    plain = update_pairwise_plainly(x, ties, listening, meetings, mediation=edits, **how)
    np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-12)


@pytest.mark.parametrize("complete", [True, False])
def test_moral_arguments_are_heard_as_edited(complete):
    x, ties, _ = people(6, complete=complete)
    liberal = stream(6, "sides").random(30) < 0.5
    how = {"exposure_of_liberals": 0.7, "exposure_of_conservatives": 0.3, "following": 0.6}
    ours = moral_argument(x, ties, liberal, 0.4, 0.2, heard=heard_in(x, ties, HALF), **how)
    plain = moral_argument_plainly(x, ties, liberal, np.full(3, 0.4), np.full(3, 0.2), mediation=HALF, **how)
    np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-13)


def test_beliefs_of_peers_are_edited_and_their_precision_is_not():
    trusting = "{rule: bayesian_trust, trust: {peer: 0.5}, evidence_sd: 0.05}"
    plain, edited = (society_of(trusting, share, rounds=1) for share in (None, 0.5))
    start, ties = plain.values, plain.state.ties
    run(plain), run(edited)
    claims = [one.state.of_humans["log_precision"] for one in (plain, edited)]
    np.testing.assert_array_equal(*claims)
    # one's own evidence counts 1, each of k peers .5: the mean is moved by .5 (z - x_j) times their weight
    for human in range(40):
        peers = ties.indices[ties.indptr[human] : ties.indptr[human + 1]]
        moved = 0.5 * (0.5 * (0.9 - start[peers])).sum(axis=0) / (1.0 + 0.5 * len(peers))
        np.testing.assert_allclose(edited.values[human] - plain.values[human], moved, rtol=0, atol=1e-12)


EDITED = {
    "hegselmann_krause": "{rule: hegselmann_krause}",
    "weighted_hegselmann_krause": "{rule: weighted_hegselmann_krause}",
    "deffuant_weisbuch": "{rule: deffuant_weisbuch}",
    "algorithmic_bias": "{rule: algorithmic_bias}",
    "friedkin_johnsen": "{rule: friedkin_johnsen}",
    "degroot": "{rule: degroot}",
    "attraction_repulsion": "{rule: attraction_repulsion}",
    "moral_argument": "{rule: moral_argument, liberals: [all]}",
    "bayesian_trust": "{rule: bayesian_trust, trust: {peer: 0.5}}",
    "performative_peers": "{rule: performative_peers}",
}
REFUSED = {"performative": "{rule: performative}", "weighs_facts": "{rule: weighs_facts}"}


def test_every_rule_hears_what_is_edited_or_is_refused():
    assert EDITED.keys() | REFUSED.keys() == set(RULES.own)


@pytest.mark.parametrize("rule", EDITED)
def test_in_a_society_each_rule_hears_what_is_edited_and_a_share_of_0_is_no_editor(rule):
    plain, none, some = (run(society_of(EDITED[rule], share)) for share in (None, 0, 0.5))
    assert plain.tobytes() == none.tobytes()
    assert np.abs(some - plain).max() > 0.005


def test_where_humans_do_not_hear_each_other_an_editor_is_refused():
    for rule, keys in REFUSED.items():
        with pytest.raises(ScenarioError, match=f"under rule {rule}, humans do not hear each other"):
            society_of(keys, 0.5)
    with pytest.raises(ScenarioError, match=r"under rule bayesian_trust, with update\.trust\.peer 0"):
        society_of("{rule: bayesian_trust}", 0.5)


def test_an_editor_that_is_no_assistant_is_refused_where_it_is_named():
    with pytest.raises(ScenarioError, match=r"(?s)channel\.mediator\.assistant.*unknown assistant 'nobody'"):
        loads(
            "name: a\nrounds: 1\n"
            + EDITOR
            + "channel: {kind: numeric, mediator: {assistant: nobody, share: 0.1}}"
        )


def test_who_edits_is_heard_from_its_present_values_and_not_while_it_is_absent():
    society = society_of(
        "{rule: degroot}",
        0.5,
        rounds=3,
        more="interventions:\n"
        "  - {round: 2, action: set_values, assistant: editor, values: 0.1}\n"
        "  - {round: 3, action: withdraw, assistant: editor}\n",
    )
    for edits in (Mediation(0.5, np.full(2, 0.9)), Mediation(0.5, np.full(2, 0.1)), None):
        before, ties = society.values, society.state.ties
        society.step()
        said = before if edits is None else mediate(before, edits)
        wanted = update_synchronously(
            before, ties, Susceptibility.of(40), heard=perceive_exactly(said, ties), weighted=True
        )
        np.testing.assert_array_equal(society.values, wanted)


def test_noise_of_the_channel_comes_after_the_editor():
    x, ties = np.full((2, 1), 0.5), full_mixing(2)
    channel = NumericChannel(1, noise=0.05)
    plain = channel.among_humans(x, ties, Scene(1))
    edited = channel.among_humans(x, ties, Scene(1, mediation=Mediation(0.4, np.array([0.75]))))
    np.testing.assert_allclose(edited.perceived, plain.perceived + 0.1, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(edited.offsets, plain.offsets)
    listening, meetings = Susceptibility.of(2, rate=1.0), Meetings(1, stream_key(1, "meet"))
    one = update_pairwise(x, ties, listening, meetings, heard=edited)
    moved = int(np.flatnonzero(one[:, 0] != 0.5)[0])
    assert one[moved, 0] == pytest.approx(edited.perceived[1 - moved, 0], abs=1e-15)


def test_a_scenario_without_an_editor_has_the_content_and_so_the_digest_that_it_had():
    numeric = loads("{name: a, rounds: 1}")
    assert content_of(numeric)["channel"] == {"kind": "numeric", "noise": 0.0}
    words = loads("{name: a, rounds: 1, channel: {kind: language}, minds: [{kind: scripted}]}")
    assert "mediator" not in content_of(words)["channel"]
    assert "mediator" in content_of(society_of("{rule: degroot}", 0.5).setup.scenario)["channel"]


def test_a_world_without_assistants_has_no_editor():
    scenario = society_of("{rule: degroot}", 0.5).setup.scenario
    assert "channel.mediator" in [change.key for change in remove_assistants(scenario)]


def test_friedkin_and_johnsen_with_an_editor_end_at_the_closed_form():
    club = nx.karate_club_graph()
    averaging = nx.to_numpy_array(club, weight=None)
    averaging /= averaging.sum(axis=1, keepdims=True)
    start = stream(7, "club").random((34, 1))
    ties = from_edges(34, np.array(club.edges))
    anchored = Susceptibility.of(34, stubbornness=0.2)
    x = start
    for _ in range(400):
        said = mediate(x, Mediation(0.1, np.array([0.9])))
        x = update_synchronously(
            x,
            ties,
            anchored,
            heard=Perceived(said, ties.indices),
            anchors=start,
            include_self=False,
        )
    closed = np.linalg.solve(np.eye(34) - 0.8 * 0.9 * averaging, 0.2 * start + 0.8 * 0.1 * 0.9)
    np.testing.assert_allclose(x, closed, rtol=0, atol=1e-12)


def test_a_tenth_of_each_message_carries_people_29_per_cent_of_the_way():
    society = society_of(
        "{rule: friedkin_johnsen}",
        0.1,
        rounds=300,
        more="",
        network="{family: complete}",
        dims="a",
    )
    society.state.stubbornness = np.full(40, 0.2)
    society.state.values = society.state.last_anchors = np.full((40, 1), 0.4)
    np.testing.assert_allclose(run(society), 0.542857, rtol=0, atol=5e-7)
