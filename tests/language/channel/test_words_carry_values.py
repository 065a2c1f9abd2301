"""Persona to words to reading: what is perceived is what was held, as a whole number says it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.language import LanguageChannel
from coevolve_sim.rules import perceive_exactly
from coevolve_sim.rules.channel import Channel, select_topics
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import as_said, run_through, scenario, society, stated_in


@dataclass(frozen=True)
class NumbersOnTopics(Channel):
    """Values as numbers, on the topics of a channel of language; said in whole numbers or exactly."""

    channel: LanguageChannel
    rounds: bool

    def topics(self, round_index):
        return self.channel.topics(round_index)

    def _said(self, values, scene):
        held = select_topics(values, scene.topics)
        return as_said(held) if self.rounds else held

    def among_humans(self, values, ties, scene):
        return perceive_exactly(self._said(values, scene), ties)

    def from_humans(self, values, humans, chosen, scene):
        return self._said(values[humans], scene)

    def from_assistants(self, spoken, humans, chosen, scene):
        return self._said(spoken, scene)


def twin_of(talking, *, rounds):
    setup = talking.setup
    numbers = NumbersOnTopics(setup.channel, rounds)
    return Society(replace(setup, channel=numbers), with_objects=False)


@pytest.mark.parametrize("items", ["likert", "pair"])
def test_every_message_is_perceived_as_the_whole_number_it_states(items, tmp_path):
    found = coevolve_sim.run(scenario(f"channel.items={items}"), results=tmp_path)
    both = found.messages.merge(found.hearings, on=["round", "message"], suffixes=("", "_heard"))
    assert set(both["kind"]) == {"peer", "question", "answer"}
    assert set(both["status"]) == set(both["status_heard"]) == {"answered"}
    stated = both["text"].map(stated_in).to_numpy()
    np.testing.assert_allclose(both["perceived"], stated, atol=1e-12)
    np.testing.assert_allclose(both["expressed"], stated, atol=1e-12)
    np.testing.assert_allclose(stated, both["latent"], atol=0.005 + 1e-12)


def test_peers_are_heard_along_ties_and_nobody_else_is(tmp_path):
    found = coevolve_sim.run(scenario("rounds=1", "population.groups.0.adoption=0"), results=tmp_path)
    heard = found.hearings.merge(found.messages, on=["round", "message"])
    pairs = set(zip(heard["speaker"], heard["listener_x"], strict=True))
    assert pairs == {(i, j % 6) for i in range(6) for j in (i - 1, i + 1)}
    assert len(heard) == len(pairs)


SOCIETIES = {
    "hegselmann_krause": ("update.rule=hegselmann_krause", "update.confidence.peer=0.3"),
    "include_self": ("update.rule=hegselmann_krause", "update.include_self=true"),
    "stubborn": ("update.rule=friedkin_johnsen", "population.groups.0.stubbornness=0.3"),
    "moral_argument": ("update={rule: moral_argument, liberals: [everyone]}",),
    "repulsion": (
        "update={rule: attraction_repulsion, schedule: synchronous}",
        "update.repulsion={peer: 0.4, assistant: 0.4}",
    ),
    "drawn topics, two a round": ("channel.topics=random", "channel.topics_per_round=2"),
    "mirror": ("assistants.0.policy.kind=mirror",),
    "continuity": (
        "assistants.0.continuity={share: 0.5, window: 2, self: 0.2}",
        "channel.topics_per_round=2",
    ),
    "noise": ("update.noise=0.02",),
    "facts": ("assistants.0.policy={kind: selects_facts, sycophancy: 0.5}", "update={rule: weighs_facts}"),
    "full mixing": ("network.family=complete",),
}


@pytest.mark.parametrize("overrides", SOCIETIES.values(), ids=SOCIETIES)
def test_a_society_that_talks_follows_its_numeric_twin_within_rounding(overrides):
    settings = ("population.humans=8", "rounds=6", "population.groups.0.adoption=0.7", *overrides)
    values, _ = run_through(society(*settings))
    in_whole_numbers, _ = run_through(twin_of(society(*settings), rounds=True))
    np.testing.assert_allclose(values, in_whole_numbers, atol=1e-9)
    assert np.abs(values[-1] - values[0]).max() > 0.02


def test_rounding_is_all_that_words_lose():
    settings = ("population.humans=8", "update.confidence={peer: 1.0, assistant: 1.0}")
    values, _ = run_through(society(*settings))
    exact, _ = run_through(twin_of(society(*settings), rounds=False))
    assert 0.0 < np.abs(values - exact).max() <= 0.02


def test_a_society_in_python_leaves_no_record_and_may_be_gone_through_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    setup = build_setup(scenario())
    first, logs = run_through(Society(setup, with_objects=False))
    again, _ = run_through(Society(setup, with_objects=True))
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(first, again)
    assert all(log.said and log.heard for log in logs)


def test_a_society_closes_no_mind_that_was_opened_for_it(minds):
    asked = minds()
    talking = society()
    run_through(talking)
    assert len(asked.opened) == 1
    (_, mind), *_ = asked.opened
    assert list(mind.ask([])) == []
    talking.setup.channel.minds.close()
    with pytest.raises(coevolve_sim.CoevolveError, match="closed"):
        list(mind.ask([]))


def test_a_run_closes_its_minds_however_it_ends(minds, tmp_path):
    asked = minds()
    coevolve_sim.run(scenario("rounds=1"), results=tmp_path)
    with pytest.raises(coevolve_sim.CoevolveError, match="closed"):
        list(asked.opened[0][1].ask([]))
