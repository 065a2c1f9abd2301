"""Assistants with minds and voices of their own, mirrors, withdrawn ones, and runs that are replayed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import MindError
from coevolve_sim.language import channel_setup
from coevolve_sim.language.questionnaires.shipped_items import topic_of
from coevolve_sim.language.readers.known_stances import clear_patterns, fill
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import ended, scenario, society, stated_in

TWO = (
    "minds=[{kind: scripted, name: people}, {kind: scripted, name: machine, }]",
    "population.groups=[{name: old, share: 0.5, voice: C013}, {name: new, share: 0.5}]",
    "assistants=[{name: first_one, mind: machine, voice: calm}, {name: second, start: 0.9}]",
)


@pytest.mark.long
def test_each_mind_is_asked_with_its_own_voices_and_for_its_own_alone(monkeypatch, tmp_path):
    by_mind = {}

    class Noting(ScriptedMind):
        def ask(self, requests):
            for request in requests:
                by_mind.setdefault(self.part_name, []).append(request)
            return super().ask(requests)

    def opener(part, known=None):
        mind = Noting(known=known, voices=("C013", "calm"))
        mind.part_name = part.name
        return mind

    monkeypatch.setattr(channel_setup, "open_mind", opener)
    found = coevolve_sim.run(scenario(*TWO, "population.humans=8"), results=tmp_path)
    of_people = {(r.kind, r.voice) for r in by_mind["people"]}
    of_machine = {(r.kind, r.voice) for r in by_mind["machine"]}
    assert of_machine == {("answer", "calm"), ("read", "calm")}
    assert of_people == {(kind, voice) for kind in ("speak", "ask", "read") for voice in ("C013", "")} | {
        ("answer", "")
    }
    assert found.minds[["name", "kind"]].to_numpy().tolist() == [
        ["machine", "scripted"],
        ["people", "scripted"],
    ]
    assert set(found.usage["mind"]) == {"people", "machine"}
    assert json.loads(found.manifest["minds"]) == {"people": "scripted", "machine": "scripted"}
    introduced = {r.messages[0].content.split(",")[0] for r in by_mind["machine"] if r.kind == "answer"}
    assert introduced == {"You are first one"}


def test_a_message_is_read_once_by_each_voice_that_hears_it(minds):
    asked = minds(voices=("C013", "calm"))
    talking = society(*TWO, "network.family=complete", "seed=3")
    talking.state.adoption[:] = 0.0
    talking.step()
    texts = {u.text for u in talking.log.said}
    assert len(asked.of_kind("read")) == len(texts) * 2 * 4
    assert {r.voice for r in asked.of_kind("read")} == {"", "C013"}


def test_a_mirror_says_what_it_read_in_the_question(minds, tmp_path):
    minds()
    found = coevolve_sim.run(scenario("assistants.0.policy.kind=mirror"), results=tmp_path)
    questions = found.messages.query("kind == 'question'").set_index(["round", "speaker"])["text"]
    answers = found.messages.query("kind == 'answer'").set_index(["round", "listener"])
    assert len(answers) == len(questions) > 5
    for place, text in questions.items():
        assert answers.loc[place, "latent"] == pytest.approx(stated_in(text), abs=1e-12)
        assert stated_in(answers.loc[place, "text"]) == stated_in(text)


def test_facts_are_shown_as_statements_of_their_side_and_no_mind_writes_them(minds, tmp_path):
    asked = minds()
    policy = "assistants.0.policy={kind: selects_facts, sycophancy: 0.5, words: statements}"
    reads_none = "minds.0.at_most_unanswered=1.0"  # a scripted mind reads its own sentences alone
    facts = scenario(policy, reads_none, "update={rule: weighs_facts}", "population.groups.0.adoption=1.0")
    found = coevolve_sim.run(facts, results=tmp_path)
    answers = found.messages.query("kind == 'answer'")
    assert len(answers) == 24
    assert not asked.of_kind("answer")
    topic = {d: topic_of(build_setup(facts).space, d) for d in found.dimensions}
    for side in (0, 1):
        shown = answers[answers["latent"] == side]
        texts = {d: {fill(pattern, topic[d]) for pattern in clear_patterns(side)} for d in topic}
        assert len(shown) > 3
        assert all(row.text in texts[row.dimension] for row in shown.itertuples())
    assert not set(clear_patterns(0)) & set(clear_patterns(1))


def test_a_mirror_that_could_not_read_a_question_says_where_it_stands_itself(minds):
    minds()
    plain = society("assistants.0.policy.kind=mirror", "assistants.0.start=0.8")
    voices = ("assistants.0.policy.kind=mirror", "assistants.0.start=0.8", "assistants.0.voice=calm")
    minds(
        lambda request: ended("refused") if (request.kind, request.voice) == ("read", "calm") else None,
        voices=("calm",),
    )
    talking = society(*voices)
    for each in (plain, talking):
        each.state.adoption[:] = 1.0
    talking.step()
    answers = [u for u in talking.log.said if u.kind == "answer"]
    assert [u.latent for u in answers] == [0.8] * 6
    assert talking.state.assistant_values[0, 0] == 0.8


def test_an_assistant_that_was_withdrawn_is_neither_asked_nor_heard(minds, tmp_path):
    minds()
    act = "interventions=[{round: 3, action: withdraw, assistant: helper}]"
    found = coevolve_sim.run(scenario(act, "population.groups.0.adoption=1.0"), results=tmp_path)
    said = found.messages.groupby(["round", "kind"]).size().unstack(fill_value=0)
    assert said["question"].tolist() == said["answer"].tolist() == [6, 6, 0, 0]
    assert said["peer"].tolist() == [6] * 4
    assert found.consultations["helper"].tolist()[-4:] == [6, 6, 0, 0]


def test_an_assistant_learns_of_the_topic_alone(minds):
    minds()
    policy = "assistants.0.policy={kind: lifelong, rate: 1.0}"
    talking = society(policy, "assistants.0.start=0.9", "update.confidence.peer=0.0")
    talking.state.adoption[:] = 1.0
    held = talking.values.copy()
    talking.step()
    learnt = talking.state.assistant_values[0]
    assert learnt[0] == pytest.approx((np.floor(held[:, 0] * 100 + 0.5) / 100).mean(), abs=1e-12)
    np.testing.assert_allclose(learnt[1:], 0.9, atol=1e-12)


# --- replay --------------------------------------------------------------------------------------

RECORDED = ("channel.bias_map=true", "dimensions=[care, fairness]", "rounds=2")


@pytest.fixture
def recorded(tmp_path):
    return coevolve_sim.run(scenario(*RECORDED), results=tmp_path / "first")


def replaying(found, *overrides):
    return scenario(*RECORDED, f"minds=[{{kind: replay, path: {found.folder}}}]", *overrides)


def test_a_replay_gives_the_same_trajectories_and_asks_nobody(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(ScriptedMind, "ask", None)
    again = coevolve_sim.run(replaying(recorded), results=tmp_path / "again")
    np.testing.assert_array_equal(again.trajectory_arrays()[2], recorded.trajectory_arrays()[2])
    assert again.messages.equals(recorded.messages)
    assert again.hearings.equals(recorded.hearings)
    assert again.bias.equals(recorded.bias)
    assert again.minds[["kind", "identity"]].to_numpy().tolist() == [["replay", "scripted"]]
    third = coevolve_sim.run(replaying(again), results=tmp_path / "third")
    assert third.messages.equals(recorded.messages)


def test_a_replay_with_voices_is_not_asked_for_their_names(minds, monkeypatch, tmp_path):
    as_ever = channel_setup.open_mind
    minds(voices=("C013",))
    voice = "population.groups.0.voice=C013"
    first = coevolve_sim.run(scenario(*RECORDED, voice), results=tmp_path / "first")
    monkeypatch.setattr(channel_setup, "open_mind", as_ever)
    again = coevolve_sim.run(replaying(first, voice), results=tmp_path / "again")
    assert again.hearings.equals(first.hearings)


def test_a_replay_of_another_seed_is_refused(recorded, tmp_path):
    with pytest.raises(MindError, match="a replay needs the very scenario and seed of the run") as caught:
        coevolve_sim.run(replaying(recorded, "seed=77"), results=tmp_path / "again")
    assert str(recorded.folder) in str(caught.value)


@pytest.mark.parametrize(
    ("mind", "text"),
    [
        ("{kind: replay, path: nowhere}", r"nowhere holds no run to replay: there is no run\.sqlite in it"),
        ("{kind: replay, name: other, path: RUN}", "has no mind 'other' on record; it has 'people'"),
    ],
)
def test_what_cannot_be_replayed_is_refused_before_anything_is_written(mind, text, recorded, tmp_path):
    given = f"minds=[{mind.replace('RUN', str(recorded.folder))}]"
    with pytest.raises(MindError, match=text):
        coevolve_sim.run(scenario(*RECORDED, given), results=tmp_path / "again")
    assert not (tmp_path / "again").exists()


# --- bias ----------------------------------------------------------------------------------------


class ReadsTooHigh(ScriptedMind):
    """Takes writers to stand ten higher than they say."""

    def ask(self, requests):
        return super().ask([_raised(request) for request in requests])


def _raised(request):
    system, user = request.messages
    if request.kind != "read" or "I stand at" not in user.content:
        return request
    number = round(100 * stated_in(user.content))
    raised = user.content.replace(f"I stand at {number} on", f"I stand at {min(number + 10, 100)} on")
    return replace(request, messages=(system, replace(user, content=raised)))


def people_read_too_high(part, known=None):
    """Open minds of which the humans' own reads too high."""
    kind = ReadsTooHigh if part.name == "people" else ScriptedMind
    return kind(known=known, name=part.name)


MIDDLING = (
    "population.groups=[{name: everyone, centre: 0.5, spread: 0.1, adoption: 1.0}]",
    "dimensions=[care, fairness]",
)


def perceived_less_stated(found):
    both = found.messages.merge(found.hearings, on=["round", "message"], suffixes=("", "_heard"))
    return both.assign(over=both["perceived"] - both["text"].map(stated_in))


@pytest.mark.parametrize("subtracted", [False, True])
def test_a_planted_bias_is_on_record_and_taken_off_if_asked(subtracted, monkeypatch, tmp_path):
    monkeypatch.setattr(channel_setup, "open_mind", people_read_too_high)
    settings = ("channel.bias_map=true", f"channel.subtract_bias={str(subtracted).lower()}")
    found = coevolve_sim.run(scenario(*MIDDLING, *settings), results=tmp_path)
    over = perceived_less_stated(found)["over"]
    np.testing.assert_allclose(over, 0.0 if subtracted else 0.1, atol=1e-9)
    bias = found.bias
    first = bias[bias["arm"] == "written"]
    assert len(first) == 2 * 5
    np.testing.assert_allclose(first["perceived"] - first["stance"], 0.1, atol=1e-9)
    alone = (
        bias.query("arm == 'alone'").set_index(["passes", "stance"])["perceived"].groupby(level=[0, 1]).mean()
    )
    assert alone[1, 0.3] == pytest.approx(0.4)
    assert alone[3, 0.3] == pytest.approx(0.6)
    assert set(bias["arm"]) == {"written", "alone", "claim", "negation"}
    assert bias[bias["arm"].isin(["claim", "negation"])]["perceived"].isna().all()
    assert (bias[bias["arm"] == "written"]["readings"] == 3).all()


def test_the_bias_of_one_mind_is_not_taken_off_what_another_reads(monkeypatch, tmp_path):
    monkeypatch.setattr(channel_setup, "open_mind", people_read_too_high)
    two = (
        "minds=[{kind: scripted, name: people}, {kind: scripted, name: machine}]",
        "assistants=[{name: helper, mind: machine}]",
        "channel.subtract_bias=true",
    )
    found = coevolve_sim.run(scenario(*MIDDLING, *two), results=tmp_path)
    over = perceived_less_stated(found)
    assert set(over["kind"]) == {"peer", "question", "answer"}
    np.testing.assert_allclose(over["over"], 0.0, atol=1e-9)


def test_without_a_bias_map_nobody_is_asked_before_the_first_round(minds, tmp_path):
    asked = minds()
    found = coevolve_sim.run(scenario("rounds=1"), results=tmp_path)
    assert found.bias.empty
    assert asked.requests[0].kind == "speak"
    assert len(asked.of_kind("speak")) == 6
