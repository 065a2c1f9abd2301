"""Humans hear from peers what was said in another world, and everything else is as it was."""

from dataclasses import replace

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.rules import Channel, Moved, Rule
from coevolve_sim.rules.channel import Scene
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import Objects
from coevolve_sim.society.replayed_peers import record_peers, replay_peers
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.instruments.mediation import mediate, split_effect
from coevolve_sim.studies.instruments.tiny_worlds.two_people import run_two_people
from tests.language.channel import talking

TWO_PEOPLE = """
name: two
rounds: 20
value_space: {name: v, dimensions: [a]}
network: {family: complete}
population:
  humans: 2
  groups:
    # Peers are heard before the assistant is: 2/9 of the way, then .1, are .2 and .1 of both at once.
    - {name: one, share: 0.5, centre: 0.0, spread: 0.0, adoption: 1.0, rate: {peer: 0.2222222222222222}}
    - {name: two, share: 0.5, centre: 0.0, spread: 0.0, adoption: 0.0}
update: {rule: degroot, include_self: false, rate: {peer: 0.2, assistant: 0.1}}
assistants: [{name: helper, start: 1.0, policy: {kind: frozen}}]
"""
MANY = """
name: many
seed: 3
rounds: 8
value_space: {name: v, dimensions: [a, b]}
history: {kind: planted, shape: linear, start: 0.3, end: 0.6, eras: 9}
network: {family: watts_strogatz, degree: 4}
population: {humans: 40, groups: [{name: all, stubbornness: 0.1, spread: 0.2}]}
channel: {noise: 0.05}
update: {rule: hegselmann_krause, noise: 0.01, confidence: {assistant: 1.0}}
assistants: [{name: helper, start: 0.9, policy: {kind: frozen}}]
"""


class AtOnce(Rule):
    """Moves a fifth of the way to peers and a tenth to the assistant, both from where one stood before."""

    def first_state(self, values):
        return {"before": values.copy()}

    def exchange(self, given):
        ties, heard = given.ties.to_explicit(), given.perceived.perceived
        moved = given.values.copy()
        moved[ties.listeners] += 0.2 * (heard[ties.indices] - given.values[ties.listeners])
        return Moved(moved, {"before": given.values.copy()})

    def consult(self, given):
        moved = given.values.copy()
        moved[given.humans] += 0.1 * (given.perceived - given.state["before"][given.humans])
        return Moved(moved)


def setup_of(text, *overrides, **objects):
    return build_setup(loads(text, overrides=overrides), Objects(**objects))


def run(setup):
    """Return the values after every round."""
    society = Society(setup, with_objects=False)
    path = [society.values.copy()]
    while not society.is_finished:
        society.step()
        path.append(society.values.copy())
    return np.array(path)


def recorded(setup):
    setup, record = record_peers(setup)
    return run(setup), record


def branches(text, *overrides, **objects):
    """Return x(0, M(0)), x(1, M(0)), x(0, M(1)) and x(1, M(1))."""
    world, without = (
        setup_of(text, *overrides, *more, **objects) for more in ((), ("assistants.0.present=false",))
    )
    both, with_it = recorded(world)
    neither, without_it = recorded(without)
    return neither, run(replay_peers(world, without_it)), run(replay_peers(without, with_it)), both


@pytest.mark.parametrize(
    ("t", "total", "direct"),
    [
        (3, (0.2230, 0.0500), (0.2190, 0.0)),
        (10, (0.4480, 0.2936), (0.3239, 0.0)),
        (20, (0.6476, 0.5487), (0.3331, 0.0)),
    ],
)
def test_two_people_in_a_society_are_moved_as_published(t, total, direct):
    without, alone, peers_only, both = (path[:, :, 0] for path in branches(TWO_PEOPLE))
    nde, nie, te = split_effect(without, alone, both)
    assert te[t] == pytest.approx(total, abs=5e-5)
    assert nde[t] == pytest.approx(direct, abs=5e-5)
    np.testing.assert_allclose(te, both - without, atol=1e-15)
    np.testing.assert_allclose(nie, both - alone, atol=1e-15)
    assert (peers_only - without)[t, 0] > nie[t, 0]


def test_under_a_rule_that_hears_peers_and_assistant_at_once_all_four_worlds_are_the_tiny_ones():
    found = branches(TWO_PEOPLE, rules={"degroot": AtOnce()})
    without, alone, peers_only, both = (path[:, :, 0] for path in found)
    tiny = run_two_people(20, consults=True)
    np.testing.assert_allclose(both, tiny, atol=1e-12)
    np.testing.assert_allclose(alone, run_two_people(20, consults=True, said=without), atol=1e-12)
    np.testing.assert_allclose(peers_only, run_two_people(20, consults=False, said=tiny), atol=1e-12)
    assert (alone - without + peers_only - without)[10, 0] == pytest.approx(0.4724, abs=5e-5)
    assert (both - without)[10, 0] == pytest.approx(0.4480, abs=5e-5)


def test_on_a_directed_network_what_flows_one_way_comes_back_to_nobody(tmp_path):
    """The first hears nobody: nothing of its effect is indirect, and all of the second's is."""
    (tmp_path / "one_way.txt").write_text("0 1\n")
    text = TWO_PEOPLE.replace(
        "family: complete", f"family: file, path: {tmp_path}/one_way.txt, directed: true"
    )
    without, alone, _, both = (path[-1, :, 0] for path in branches(text))
    nde, nie, te = split_effect(without, alone, both)
    assert te[0] == nde[0] == pytest.approx(1 - 0.9**20)
    assert nde[1] == nie[0] == 0
    assert te[1] == nie[1] > 0.3


@pytest.mark.parametrize(
    "change",
    [
        (),
        ("channel.noise=0.0",),
        ("network={family: complete}",),
        ("network={family: complete}", "channel.noise=0.0", "dimensions=[a]"),
        ("update={rule: friedkin_johnsen}", "history.effect=attract"),
        ("update={rule: moral_argument, liberals: [all]}",),
    ],
)
def test_recording_changes_no_bit_and_who_hears_its_own_world_has_its_own_path(change):
    setup = setup_of(MANY, *change)
    plain = run(setup)
    again, record = recorded(setup)
    assert np.array_equal(plain, again)
    assert sorted(record.rounds) == list(range(1, 9))
    replayed = run(replay_peers(setup, record))
    np.testing.assert_allclose(replayed, plain, atol=1e-14)
    assert np.abs(plain[-1] - plain[0]).max() > 0.01


def test_what_peers_say_is_of_the_other_world_and_what_the_assistant_says_of_this_one():
    without, alone, peers_only, both = branches(MANY)
    nobody = [*np.abs(alone - both).max(axis=(1, 2)), *np.abs(peers_only - without).max(axis=(1, 2))]
    assert nobody[0] == nobody[1] == nobody[9] == nobody[10] == 0  # in round 1 peers say the same in both
    assert min(nobody[3:9]) > 1e-4
    scores = [path[-1].mean(axis=1) for path in (without, alone, peers_only, both)]
    found = mediate(*scores)
    assert found.total.mean == pytest.approx(found.direct.mean + found.indirect.mean, abs=1e-15)
    assert found.direct.low > 0
    assert found.indirect.low > 0


def test_where_nobody_hears_anybody_nothing_is_indirect():
    """The null: nobody has a peer."""
    without, alone, peers_only, both = branches(MANY, "network={family: erdos_renyi, degree: 0}")
    assert np.array_equal(alone, both)
    assert np.array_equal(peers_only, without)
    assert np.abs(both - without).max() > 0.05


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_everything_but_peers_is_answered_by_the_societys_own_channel(noise):
    setup = setup_of(MANY, f"channel.noise={noise}")
    recording, record = record_peers(setup)
    run(recording)
    for made in (recording, replay_peers(setup, record)):
        assert made.channel.is_exact == setup.channel.is_exact == (noise == 0)
        assert (made.channel.minds, made.channel.mind_names) == (None, ())
        assert made.channel.manifest() == setup.channel.manifest()
        assert made.rule is setup.rule
    values, one, scene = setup.initial_values, np.array([3]), Scene(2, seed=3)
    for heard in (setup.channel, recording.channel):
        assert heard.from_humans(values, one, one, scene) == pytest.approx(values[one], abs=4 * noise)


def test_weights_of_ties_are_part_of_the_network(tmp_path):
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("0 1 1.0\n1 2 1.0\n")
    other.write_text("0 1 1.0\n1 2 2.0\n")
    weighted = ("update={rule: friedkin_johnsen}", "population.humans=3", "rounds=2", "channel.noise=0.0")
    first, second = (
        setup_of(MANY, *weighted, f"network={{family: file, path: {path}, weighted: true}}")
        for path in (one, other)
    )
    _, record = recorded(first)
    assert run(replay_peers(first, record))[-1] == pytest.approx(run(first)[-1])
    with pytest.raises(StudyError, match="recorded on other ties"):
        replay_peers(second, record)


def test_a_record_holds_what_its_docstring_says():
    _, exact = recorded(setup_of(MANY, "channel.noise=0.0"))
    _, noisy = recorded(setup_of(MANY))
    _, mixed = recorded(setup_of(MANY, "channel.noise=0.0", "network={family: complete}"))
    assert exact.n_bytes == 8 * (8 * 40 * 2)
    assert noisy.n_bytes == 2 * exact.n_bytes
    assert mixed.n_bytes == exact.n_bytes + 8 * 4 * 40


def test_in_words_nobody_is_asked_for_peers_messages_and_all_remember_what_was_said_there(minds):
    asked = minds()
    setup = build_setup(talking.scenario("assistants.0.start=0.9"))
    without = build_setup(talking.scenario("assistants.0.start=0.9", "assistants.0.present=false"))
    recording, record = record_peers(without)
    first = Society(recording, with_objects=False)
    talking.run_through(first)
    before = {kind: len(asked.of_kind(kind)) for kind in ("speak", "ask", "answer", "read")}
    hearing = Society(replay_peers(setup, record), with_objects=False)
    values, logs = talking.run_through(hearing)
    more = {kind: len(asked.of_kind(kind)) - before[kind] for kind in before}
    assert before["speak"] > 0 == before["ask"]
    assert more["speak"] == 0 < more["ask"]
    for index, log in enumerate(logs, 1):
        said = [u.text for u in log.said if u.kind == "peer"]
        assert said == [u.text for u in record.rounds[index].said]
        assert len(said) == 6
        numbers = {number for number, u in enumerate(log.said) if u.kind == "peer"}
        assert sum(h.message in numbers for h in log.heard) == len(record.rounds[index].heard) == 12
    there, here = first.state.conversation, hearing.state.conversation
    assert (here.counts >= there.counts).all()
    assert np.abs(values[-1] - first.values).max() > 0.01
    own, own_record = record_peers(setup)
    plain, _ = talking.run_through(Society(own, with_objects=False))
    again, _ = talking.run_through(Society(replay_peers(setup, own_record), with_objects=False))
    assert np.array_equal(plain, again)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("update={rule: deffuant_weisbuch}",), "rule deffuant_weisbuch: it moves both of a pair"),
        (("update={rule: algorithmic_bias}",), "it moves both of a pair"),
        (("update.schedule=pairwise",), "rule hegselmann_krause: it runs pairwise"),
        (
            ("update={rule: bayesian_trust}", "history.effect=none", "population.groups.0.stubbornness=0.0"),
            "weighs peers by the precision they claim",
        ),
        (
            ("update={rule: moral_argument, liberals: [all]}", "network={family: complete}"),
            "counts a listener among those it hears in full mixing",
        ),
    ],
)
def test_rules_that_read_more_of_a_peer_than_is_perceived_are_refused(change, said):
    setup = setup_of(MANY, *change)
    with pytest.raises(StudyError, match=said):
        record_peers(setup)
    _, record = record_peers(setup_of(MANY))
    with pytest.raises(StudyError, match=said):
        replay_peers(setup, record)


def test_a_channel_that_remembers_in_its_own_way_is_refused():
    class Remembers(Channel):
        def conversation(self):
            return ["mine"]

    setup = replace(setup_of(MANY), channel=Remembers())
    with pytest.raises(StudyError, match="remembers in a list of its own: take channel numeric or language"):
        record_peers(setup)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("population.humans=41",), "recorded of 40 humans on a, b; this society has 41 on a, b"),
        (("dimensions=[b]", "rounds=8"), "this society has 40 on b: replay a world of the same people"),
        (("network.degree=6",), "recorded on other ties"),
        (("seed=4",), "recorded on other ties"),
        (("rounds=9",), r"what peers said in round 9 is not on record \(8 rounds are\): run the recorded"),
    ],
)
def test_other_people_other_ties_and_too_few_rounds_are_refused(change, said):
    _, record = recorded(setup_of(MANY))
    with pytest.raises(StudyError, match=said):
        replay_peers(setup_of(MANY, *change), record)


def test_ties_and_topics_that_become_others_are_refused_in_their_round(minds):
    minds()
    _, record = recorded(setup_of(MANY))
    rewired = setup_of(MANY, "interventions=[{round: 3, action: rewire, fraction: 0.5}]")
    society = Society(replay_peers(rewired, record), with_objects=False)
    society.step()
    society.step()
    with pytest.raises(StudyError, match="round 3: peers were recorded with other ties"):
        society.step()
    _, with_it = recorded(rewired)
    np.testing.assert_allclose(run(replay_peers(rewired, with_it)), run(rewired), atol=1e-14)
    _, record = recorded(build_setup(talking.scenario()))
    other = build_setup(talking.scenario("channel.topics_per_round=2"))
    with pytest.raises(StudyError, match="round 1: peers were recorded with other topics"):
        run(replay_peers(other, record))


def test_a_society_continued_from_a_round_needs_the_rounds_after_it_only():
    setup = setup_of(MANY)
    path, record = recorded(setup)
    for index in (1, 2, 3):
        del record.rounds[index]
    with pytest.raises(StudyError, match="round 1 is not on record"):
        replay_peers(setup, record)
    whole = Society(setup, with_objects=False)
    for _ in range(3):
        whole.step()
    later = Society(replay_peers(setup, record, after=3), with_objects=False)
    later.restore(3, whole.state.values, whole.state.anchors, whole.state.assistant_values)
    while not later.is_finished:
        later.step()
    np.testing.assert_allclose(later.values, path[-1], atol=1e-14)
