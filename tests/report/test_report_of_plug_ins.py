"""The report of a run whose scenario names plug-ins: by their names, and in words where they spoke."""

import html
import re

import pytest

import coevolve_sim
from coevolve_sim.report import write_report

FILE = '''
from coevolve_sim.language.conversation import Conversation, Utterance
from coevolve_sim.language.questionnaires import Item, Questionnaire
from coevolve_sim.language.readers import Reader, Reading
from coevolve_sim.rules import Moved, Rule, perceive_exactly
from coevolve_sim.rules.channel import Channel
from coevolve_sim.values import Dimension, ValueSpace

TOWN = ValueSpace("town", (Dimension("thrift", "Thrift", "Saving first."),), meaning="A town's.")


class Still(Rule):
    def exchange(self, given):
        return Moved(given.values)


class Plain(Reader):
    def read(self, mind, messages):
        return [Reading(0.5, "answered") for _ in messages]


class Called(Channel):
    """Everybody is perceived as they are, and calls out words that nobody reads."""

    def conversation(self):
        return Conversation.empty(12, 1, 0)

    def among_humans(self, values, ties, scene):
        for human, value in enumerate(values[:, 0]):
            scene.conversation.say(Utterance("peer", human, -1, 0, "answered", "Hear me!", "", float(value)))
        return perceive_exactly(values, ties)

    def from_humans(self, values, humans, chosen, scene):
        return values[humans]

    def from_assistants(self, spoken, humans, chosen, scene):
        return spoken


class Keeping:
    def learn(self, values, observation, memory):
        return values, memory


def pairs(n, seed):
    return [(human, human + 1) for human in range(0, n - 1, 2)]


def top(arrays):
    return arrays.values.max(axis=0)


def questions(space):
    item = Item("thrift/good", "pair", "Is thrift good?", ("Yes.", "No."), ("thrift",), ((1.0,), (0.0,)))
    return Questionnaire("own", space, (item,))
'''
SCENARIO = """
name: own
rounds: 2
value_space: {kind: custom, path: "mine.py:TOWN"}
population: {humans: 12}
network: {family: custom, path: "mine.py:pairs"}
update: {rule: custom, path: "mine.py:Still"}
measures: {custom: [{name: top, path: "mine.py:top"}]}
assistants: [{name: helper, policy: {kind: custom, path: "mine.py:Keeping"}}]
interventions:
  - {round: 1, action: rewire, network: {family: custom, path: "mine.py:pairs"}}
  - {round: 1, action: change_policy, assistant: helper, policy: {kind: custom, path: "mine.py:Keeping"}}
"""
CHANNELS = {
    "numbers": "channel: {kind: numeric}",
    "calls": 'channel: {kind: custom, path: "mine.py:Called"}',
    "words": """
minds: [{kind: scripted}]
channel:
  kind: language
  bias_map: false
  reader: {kind: custom, path: "mine.py:Plain"}
  questionnaire: {kind: custom, path: "mine.py:questions"}
""",
}
NAMED = {"numbers": (), "calls": ("Called",), "words": ("Plain", "questions")}


@pytest.fixture(scope="module", params=[*CHANNELS])
def reported(request, tmp_path_factory):
    """Return the folder of the plug-ins, what the channel is, and the page of a run that uses them."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "mine.py").write_text(FILE, encoding="utf-8")
    (folder / "s.yaml").write_text(SCENARIO + CHANNELS[request.param], encoding="utf-8")
    run = coevolve_sim.run(folder / "s.yaml", results=folder / "results")
    assert run.status == "finished"
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("coevolve_sim.report.page._save_pictures", lambda *_: [])
        return folder, request.param, write_report(run).read_text("utf-8")


def test_the_prose_names_plug_ins_without_their_folders_and_only_the_record_has_them(reported):
    folder, channel, page = reported
    text = html.unescape(re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))
    prose, dump = text.split("As it is on record, with the full paths of files where it ran.")
    assert str(folder) in dump
    assert str(folder) not in prose
    for name in ("TOWN", "pairs", "Still", "Keeping", *NAMED[channel]):
        assert f"mine.py:{name}" in prose


def test_a_channel_of_ones_own_with_messages_on_record_has_its_section(reported):
    _, channel, page = reported
    assert ("Hear me!" in page) == (channel == "calls")
    assert ('id="conversations"' in page) == (channel != "numbers")
