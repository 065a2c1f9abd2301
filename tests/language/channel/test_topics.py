"""A round is about a topic or a few: nothing else is said, seen by the rule, or moved."""

from __future__ import annotations

import numpy as np
import pytest

import coevolve_sim
from tests.language.channel.talking import ended, scenario, society, stated_in


def topics_of(talking, n_rounds):
    return [talking.setup.channel.topics(r).tolist() for r in range(1, n_rounds + 1)]


def test_topics_go_round_in_the_order_of_the_dimensions():
    assert topics_of(society(), 5) == [[0], [1], [2], [0], [1]]
    assert topics_of(society("channel.topics_per_round=2"), 4) == [[0, 1], [0, 2], [1, 2], [0, 1]]
    assert topics_of(society("channel.topics_per_round=3"), 2) == [[0, 1, 2], [0, 1, 2]]


def test_drawn_topics_are_of_the_run_s_seed_differ_from_round_to_round_and_come_once_a_round():
    drawn = topics_of(society("channel.topics=random", "channel.topics_per_round=2"), 30)
    again = topics_of(society("channel.topics=random", "channel.topics_per_round=2"), 30)
    other = topics_of(society("channel.topics=random", "channel.topics_per_round=2", "seed=5"), 30)
    assert drawn == again != other
    assert {tuple(topics) for topics in drawn} == {(0, 1), (0, 2), (1, 2)}


@pytest.mark.parametrize("n_topics", [1, 2])
def test_values_of_other_dimensions_do_not_move(n_topics):
    talking = society(f"channel.topics_per_round={n_topics}", "update.confidence={peer: 1.0, assistant: 1.0}")
    for _ in range(3):
        topics = talking.setup.channel.topics(talking.round_index + 1)
        before, learnt = talking.values.copy(), talking.state.assistant_values.copy()
        talking.step()
        others = np.setdiff1d(np.arange(3), topics)
        np.testing.assert_array_equal(talking.values[:, others], before[:, others])
        np.testing.assert_array_equal(talking.state.assistant_values[:, others], learnt[:, others])
        assert (np.abs(talking.values[:, topics] - before[:, topics]).max(axis=0) > 0.0).all()


def test_the_rule_sees_only_the_topic():
    """Two who are near on the topic and far on all else hear each other; in numbers they would not."""
    settings = ("population.humans=2", "network.family=complete", "update.confidence.peer=0.2")
    values = np.array([[0.4, 0.0, 0.0], [0.5, 1.0, 1.0]])
    talking, counting = society(*settings), society(*settings, "channel={kind: numeric}")
    for each in (talking, counting):
        each.state.adoption[:] = 0.0
        each.state.values = values.copy()
        each.step()
    assert talking.values[0, 0] > 0.4
    np.testing.assert_array_equal(talking.values[:, 1:], values[:, 1:])
    np.testing.assert_array_equal(counting.values, values)


def test_who_speaks_of_two_topics_says_one_message_on_each_and_holds_both_in_mind(minds, tmp_path):
    asked = minds()
    found = coevolve_sim.run(scenario("rounds=2", "channel.topics_per_round=2"), results=tmp_path)
    said = found.messages.query("kind == 'peer'")
    assert said.groupby(["round", "dimension"]).size().to_dict() == {
        (1, "care"): 6,
        (1, "fairness"): 6,
        (2, "care"): 6,
        (2, "loyalty"): 6,
    }
    prompts = [request.messages[0].content for request in asked.of_kind("speak")]
    assert {prompt.count("\n- ") for prompt in prompts} == {2}


def test_a_listener_to_whom_one_of_two_topics_did_not_get_through_does_not_hear_that_speaker(minds):
    talking = society("channel.topics_per_round=2", "update.confidence.peer=1.0")
    topic = talking.setup.channel.writing.topics[1]

    def refuse(request):
        on_it = request.kind == "speak" and topic in request.messages[-1].content
        return ended("refused") if on_it else None

    minds(refuse)
    talking = society("channel.topics_per_round=2", "update.confidence.peer=1.0")
    talking.state.adoption[:] = 0.0
    before = talking.values.copy()
    talking.step()
    np.testing.assert_array_equal(talking.values, before)
    perceived = [h.perceived for h in talking.log.heard]
    assert len(perceived) == 12
    assert sorted(perceived) == sorted(
        stated_in(u.text) for u in talking.log.said if u.status == "answered" for _ in range(2)
    )
