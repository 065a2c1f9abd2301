"""Prompts that are left to the mind that is asked, and examples of messages before what is asked."""

from types import SimpleNamespace

import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.language.examples import choose_examples, shipped_examples
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.templates import stance_in_words
from coevolve_sim.language.room import require_room_for_examples
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.dumper import content_of
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import society

SERVER = "kind: server, url: 'http://127.0.0.1:9/v1', model: m"
TEXT = """
name: town
rounds: 2
value_space: {name: town, dimensions: [thrift]}
network: {family: complete}
population: {humans: 4, groups: [{name: all}]}
minds: [{name: people, MIND}]
channel: {kind: language, CHANNEL}
"""
OWN = """
class Mine:
    made_for_prompts = "v1"
    identity, is_bitwise, notes, voices = "mine", True, (), ()
    def ask(self, requests): return iter(())
    def count_tokens(self, messages): return 0
    def close(self): pass
"""


def channel_of(channel, mind=SERVER, folder=None):
    text = TEXT.replace("CHANNEL", channel).replace("MIND", mind)
    if folder is None:
        return build_setup(loads(text)).channel
    (folder / "mine.py").write_text(OWN)
    return build_setup(loads(text.replace("mine.py", str(folder / "mine.py")))).channel


def first_request(channel, round_index=1, human=0):
    setup = channel.writing
    return setup.speak(channel.people[human], human, [0.2], [0], 0, round_index, channel.conversation())


# --- which prompts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mind", "version"),
    [
        (SERVER, "v2"),
        ("kind: local, model: ./somewhere", "v2"),
        ("kind: scripted", "v1"),
        (f"kind: scripted}}, {{name: other, {SERVER}", "v1"),
        (f"{SERVER}}}, {{name: not_asked, kind: scripted", "v2"),
        ("kind: custom, path: 'mine.py:Mine'", "v1"),
    ],
)
def test_prompts_are_those_that_a_mind_that_is_asked_was_made_for(tmp_path, mind, version):
    channel = channel_of("prompts: auto", mind, tmp_path)
    assert channel.writing.templates.fingerprint == Templates.standard(version=version).fingerprint


def test_a_scenario_without_the_key_has_the_first_version():
    assert channel_of("memory: 1").writing.templates.version == "v1"


def test_a_run_with_auto_is_that_with_the_version_that_it_stands_for():
    alike = [society(f"channel.prompts={version}") for version in ("v1", "auto")]
    for one in alike:
        while not one.is_finished:
            one.step()
    assert alike[0].values.tobytes() == alike[1].values.tobytes()


def test_a_record_has_to_be_met_by_the_version_that_it_had(tmp_path):
    with pytest.raises(ScenarioError, match=r"auto given, and mind 'people' answers from a record, .*; give"):
        channel_of("prompts: auto", f"kind: replay, path: '{tmp_path}'")


# --- examples ------------------------------------------------------------------------------------


def test_examples_stand_between_the_persona_and_what_is_asked():
    plain, shown = (first_request(channel_of(f"prompts: v2, examples: {n}")) for n in (0, 2))
    assert [message.role for message in shown.messages] == [
        *("system", "user", "assistant", "user", "assistant", "user")
    ]
    assert (shown.messages[0], shown.messages[-1]) == plain.messages
    assert (shown.seed, shown.max_tokens) == (plain.seed, plain.max_tokens)
    by_message = {example.message: example for example in shipped_examples()}
    examples = [by_message[shown.messages[at].content] for at in (2, 4)]
    for asked, example in zip(shown.messages[1::2], examples, strict=False):
        assert f"you are {stance_in_words(example.stance)} {example.topic}." in asked.content
    assert sum(example.stance > 0.5 for example in examples) == 1


def test_without_examples_prompts_and_what_a_record_has_of_the_scenario_are_as_they_were():
    assert len(first_request(channel_of("prompts: v2")).messages) == 2
    scenario = loads(TEXT.replace("CHANNEL", "prompts: v2").replace("MIND", SERVER))
    assert "examples" not in content_of(scenario)["channel"]


def test_every_example_is_drawn_as_often_and_none_is_on_the_topic():
    drawn = [choose_examples(1, "night trains", 3, number)[0] for number in range(600)]
    assert {example.topic for example in drawn} == {"street markets on Sundays", "school uniforms"}
    counts = [sum(example == one for example in drawn) for one in set(drawn)]
    assert len(counts) == 4
    assert 110 < min(counts) <= max(counts) < 190  # 150 each, 4 sd


def test_examples_state_the_stance_that_is_told():
    said = [stance_in_words(example.stance) in example.message for example in shipped_examples()]
    assert all(said)
    assert sum(example.stance for example in shipped_examples()) / len(said) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("channel", "mind", "said"),
    [
        (
            "prompts: v1, examples: 1",
            SERVER,
            "1 given; examples state stances in words, so set channel.prompts",
        ),
        (
            "examples: 2",
            "kind: scripted",
            r"2 given, and mind 'people' \(kind scripted\) was made for prompts w",
        ),
        (
            "prompts: auto, examples: 1",
            "kind: embedded",
            r"mind 'people' \(kind embedded\) was made for prompts",
        ),
        (
            "prompts: auto, examples: 1",
            "kind: custom, path: 'mine.py:Mine'",
            "'people' was made for prompts v1",
        ),
    ],
)
def test_examples_are_refused_where_prompts_have_none(tmp_path, channel, mind, said):
    with pytest.raises(ScenarioError, match=said) as error:
        channel_of(channel, mind, tmp_path)
    assert error.value.path == ("channel", "examples")


def test_a_context_too_small_for_them_is_an_error_that_says_so():
    channel = channel_of("prompts: v2, examples: 2, max_tokens: 40")

    def mind_of(most):
        return SimpleNamespace(
            max_length=most,
            count_tokens=lambda messages: sum(len(message.content.split()) for message in messages),
        )

    require_room_for_examples("people", mind_of(400), channel.writing, channel.people)
    with pytest.raises(
        ScenarioError, match=r"2 given; with them a prompt has \d+ tokens and a message up to 40, "
    ):
        require_room_for_examples("people", mind_of(100), channel.writing, channel.people)
