"""A reader and a questionnaire in files of the user's are used as ours, or refused in a sentence."""

import re

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.cli.mind_commands import _questionnaire
from coevolve_sim.errors import ChannelError, QuestionnaireError, ScenarioError
from coevolve_sim.language.questionnaires import QUESTIONNAIRES, make_questionnaire
from coevolve_sim.language.readers import READERS, CorrectedReader, Reader, Reading, ToRead
from coevolve_sim.scenario import content_of, dump, load, loads
from coevolve_sim.values import custom, get

READER = '''
import math
import re
from typing import Annotated

from pydantic import Field

from coevolve_sim.language.readers import Reader, Reading


class Stated(Reader):
    """Takes the number that stands in the text."""

    def __init__(self, share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0):
        self.share = share

    def prepare(self, context):
        assert len(context.topics) == 2
        assert context.questionnaire.items
        return super().prepare(context)

    def read(self, mind, messages):
        return [self.one(message.text) for message in messages]

    def one(self, text):
        found = re.search(r"at (\\d+) on", text)
        if found is None:
            return Reading(math.nan, "invalid")
        return Reading(0.5 + self.share * (int(found[1]) / 100.0 - 0.5), "answered")


class Few(Stated):
    def read(self, mind, messages):
        return super().read(mind, messages)[1:]


class High(Stated):
    def one(self, text):
        return Reading(2.0, "answered")


class Failing(Stated):
    def read(self, mind, messages):
        raise OSError("no such weather")


class Unready(Stated):
    def prepare(self, context):
        raise OSError("no such weather")


class Unread(Reader):
    pass
'''
ITEMS = """
from coevolve_sim.language.questionnaires import Item, Questionnaire
from coevolve_sim.values import custom


def plain(space, options: int = 3):
    labels = tuple(f"choice {i}" for i in range(options))
    values = tuple((1.0 - i / (options - 1),) for i in range(options))
    items = (Item(f"{name}/1", "likert", f"Is {name} good?", labels, (name,), values) for name in space.names)
    return Questionnaire("plain", space, tuple(items))


def short(space):
    whole = plain(space)
    return Questionnaire("short", space, whole.items[:1])


def elsewhere(space):
    return plain(custom("there", ["x", "y"]))


def text(space):
    return "Is it good?"


def failing(space):
    raise OSError("no such weather")


def nothing():
    return None
"""
TEXT = """\
name: own
rounds: 2
value_space: moral-foundations
dimensions: [care, fairness]
population: {humans: 4}
network: {family: ring, degree: 2}
minds: [{kind: scripted}]
channel:
  kind: language
  bias_map: false
  reader:
    kind: custom
    path: mine.py:Stated
    parameters: {share: 0.5}
  questionnaire:
    kind: custom
    path: items.py:plain
    parameters: {options: 3}
assistants: [{name: helper}]
"""
WITHOUT_READER = re.sub(r"  reader:\n(    .*\n)+", "", TEXT)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(READER)
    (tmp_path / "items.py").write_text(ITEMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_a_reader_in_a_file_says_what_is_perceived_and_stands_on_record(folder):
    run = coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    said = run.messages.query("status == 'answered'")
    assert len(said)
    np.testing.assert_allclose(said["expressed"], 0.5 + 0.5 * (said["latent"] - 0.5), atol=0.006)
    assert {"channel.reader.path", "channel.questionnaire.path"} <= set(run.manifest["inputs"].split('"'))
    assert coevolve_sim.run(folder / "s.yaml", results=folder / "again").digest() == run.digest()


def test_a_questionnaire_in_a_file_is_what_messages_are_read_by(folder, minds):
    asked = minds()
    coevolve_sim.run(written(folder, WITHOUT_READER), results=folder / "results")
    prompts = [request.messages[-1].content for request in asked.requests if request.options]
    assert prompts
    assert all("choice 2" in prompt for prompt in prompts)
    assert any("Is care good?" in prompt for prompt in prompts)


def test_its_bias_is_taken_off_what_a_reader_of_ones_own_reads(folder):
    text = TEXT.replace("bias_map: false", "subtract_bias: true")
    run = coevolve_sim.run(written(folder, text), results=folder / "results")
    said = run.messages.query("status == 'answered'")
    np.testing.assert_allclose(said["expressed"], said["latent"], atol=0.02)


def test_a_scenario_with_a_reader_of_ones_own_is_written_and_read_back(folder):
    scenario = load(written(folder, TEXT))
    assert loads(dump(scenario)) == scenario
    plain = content_of(loads("{name: a, rounds: 1, minds: [{kind: scripted}], channel: {kind: language}}"))
    assert not {"reader", "questionnaire"} & set(plain["channel"])
    named = (
        "{name: a, rounds: 1, minds: [{kind: scripted}], channel: {kind: language, reader: {kind: letters}}}"
    )
    assert content_of(loads(named)) == plain


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share: 0.5", "share: 2", "14:25: parameter 'share' of mine.py:Stated: 2.0 given; allowed"),
        ("mine.py:Stated", "mine.py:math", "13:11: 'mine.py:math' is a module"),
        ("mine.py:Stated", "items.py:plain", "'items.py:plain' is no reader: a class that derives from"),
        (
            "mine.py:Stated",
            "mine.py:Unread",
            "parameter 'share' of mine.py:Unread: it takes no parameters; leave it out",
        ),
        (
            "mine.py:Stated",
            "mine.py:Unready",
            "'mine.py:Unready' cannot be prepared: OSError: no such weather",
        ),
        ("options: 3", "options: 2.5", "18:27: parameter 'options' of items.py:plain: 2.5 given; allowed"),
        (
            "items.py:plain",
            "items.py:plane",
            "17:11: 'items.py:plane': there is no 'plane'; there are: plain",
        ),
        (":plain\n    parameters: {options: 3}", ":short", "without an item on 'fairness'"),
        (
            ":plain\n    parameters: {options: 3}",
            ":elsewhere",
            "over x, y; one over care, fairness is wanted",
        ),
        (":plain\n    parameters: {options: 3}", ":text", "made a value of type str; a Questionnaire"),
        (":plain\n    parameters: {options: 3}", ":failing", "cannot be made: OSError: no such weather"),
        (":plain\n    parameters: {options: 3}", ":nothing", "is no questionnaire: it takes ()"),
    ],
)
def test_a_reader_or_questionnaire_that_cannot_be_is_refused_at_its_key(folder, old, new, said):
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(written(folder, TEXT.replace(old, new)), results=folder / "results")
    assert said in str(caught.value)
    assert "s.yaml:" in str(caught.value)
    assert not (folder / "results").exists()


def test_a_file_that_raises_when_it_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    with pytest.raises(ScenarioError, match=r"s.yaml:13:11: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(written(folder, TEXT))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Few", r"reader Few returned \d+ readings of \d+ messages"),
        ("High", "reader High read 2.0 with status 'answered'; an answered one is in"),
        ("Failing", "reader Failing failed: OSError: no such weather"),
    ],
)
def test_what_a_reader_returns_is_held_to_what_readings_are(folder, name, said):
    with pytest.raises(ChannelError, match=said):
        coevolve_sim.run(written(folder, TEXT.replace(":Stated", f":{name}")), results=folder / "results")


def test_readings_are_checked_and_corrected_whoever_reads():
    class Fixed(Reader):
        def read(self, mind, messages):
            return [Reading(0.25, "answered") for _ in messages]

    reader = CorrectedReader(Fixed())
    assert reader.read(None, [ToRead("So be it.", 0, "")]) == [Reading(0.25, "answered")]
    assert issubclass(READERS["letters"], Reader)


def test_a_command_names_a_questionnaire(folder):
    space = get("moral-foundations")
    assert {name: make_questionnaire(name, space).name for name in QUESTIONNAIRES.own} == {
        "likert": "moral-foundations-likert",
        "pair": "moral-foundations-pair",
        "four": "moral-foundations-four",
    }
    assert _questionnaire("items.py:plain", "moral-foundations").name == "plain"
    with pytest.raises(QuestionnaireError, match="there is no 'plane'"):
        make_questionnaire("items.py:plane", custom("town", ["thrift"]))
