"""A mind in a file of the user's speaks and reads in a society, or is refused in a sentence."""

import pytest

import coevolve_sim
from coevolve_sim.cli.mind_names import parse_mind
from coevolve_sim.errors import CoevolveError, MindError, ScenarioError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.protocol import require_mind
from coevolve_sim.minds.registry import MINDS, libraries_of, open_mind
from coevolve_sim.plugin_calls import watch_ambient_draws
from coevolve_sim.scenario import dump, load, loads
from coevolve_sim.scenario.mind_specs import CustomMindSpec

MIND = '''
import math
import random
from typing import Annotated

import numpy as np
from pydantic import Field

from coevolve_sim.minds import Reply


class Sure:
    """Says one thing, and takes the first option with a given probability."""

    is_bitwise = True
    voices = ("old",)
    libraries = ("numpy",)

    def __init__(self, first: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5, words: str = "So be it."):
        self.first, self.words = first, words
        self.identity = f"sure {first} {words}"

    def count_tokens(self, messages):
        return sum(len(message.content.split()) for message in messages)

    def ask(self, requests):
        for index, request in reversed(list(enumerate(requests))):
            if not request.options:
                yield index, Reply("answered", self.words, model=self.identity)
                continue
            rest = (1.0 - self.first) / (len(request.options) - 1)
            chances = [self.first] + [rest] * (len(request.options) - 1)
            scores = tuple(math.log(chance) if chance else -math.inf for chance in chances)
            yield index, Reply("answered", request.options[0], scores, model=self.identity)

    def close(self):
        pass


class Mute:
    def ask(self, requests):
        return iter(())

    def count_tokens(self, messages):
        return 0


class Nameless(Sure):
    def __init__(self):
        self.identity = ""


class Broken(Sure):
    def __init__(self):
        raise OSError("no such weather")


class Idle(Sure):
    def ask(self, requests):
        return iter(())


class Ender(Sure):
    """Ends the program where it is told to."""

    def __init__(self, at: str = ""):
        super().__init__()
        self.at = at

    @property
    def voices(self):
        return self.end("voices") or ("old",)

    def end(self, here):
        if here == self.at:
            raise SystemExit(0)

    def ask(self, requests):
        for number, pair in enumerate(super().ask(requests)):
            if number == 1:
                self.end("ask")
            yield pair

    def count_tokens(self, messages):
        return self.end("count_tokens") or super().count_tokens(messages)

    def close(self):
        self.end("close")


class Drawing(Sure):
    """Draws its scores from a global generator, and says that they are always the same, or not."""

    def __init__(self, library: str = "numpy", always: bool = True):
        super().__init__()
        self.library, self.is_bitwise = library, always

    def ask(self, requests):
        for pair in super().ask(requests):
            np.random.random() if self.library == "numpy" else random.random()
            yield pair


def sure():
    return Sure()
'''
TEXT = """\
name: own
rounds: 2
value_space: moral-foundations
dimensions: [care, fairness]
population: {humans: 4, groups: [{name: all, voice: old}]}
network: {family: ring, degree: 2}
minds:
  - {kind: custom, path: "mine.py:Sure", parameters: {words: "I hold."}}
channel: {kind: language, unfit: unmeasured, bias_map: false}
assistants: [{name: helper}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MIND)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_a_mind_in_a_file_speaks_and_reads_and_stands_on_record(folder):
    path = written(folder, TEXT)
    run = coevolve_sim.run(path, results=folder / "results")
    assert "sure 0.5 I hold." in run.manifest["minds"]
    assert "minds.0.path" in run.manifest["inputs"]
    assert '"numpy"' in run.manifest["versions"]
    assert run.manifest["reproducible"] == "bitwise"
    assert coevolve_sim.run(path, results=folder / "again").digest() == run.digest()
    other = written(folder, TEXT.replace("I hold.", "I do."))
    assert coevolve_sim.run(other, results=folder / "other").digest() != run.digest()


def test_a_scenario_with_a_mind_of_ones_own_is_written_and_read_back(folder):
    scenario = load(written(folder, TEXT))
    assert loads(dump(scenario)) == scenario
    assert libraries_of(scenario.minds[0]) == ("numpy",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (':Sure", parameters: {words: "I hold."}', ':Mute"', "'mine.py:Mute' is no mind: it lacks close()"),
        (':Sure", parameters: {words: "I hold."}', ':sure"', "'mine.py:sure' is no mind: a class is wanted"),
        ("mine.py:Sure", "gone.py:Sure", "8:26: neither a file"),
        ("mine.py:Sure", "mine.py:Sore", "there is no 'Sore'; there are: Sure, Mute"),
        ('{words: "I hold."}', "{first: 2}", "8:62: parameter 'first' of mine.py:Sure: 2.0 given; allowed"),
        ('{words: "I hold."}', "{word: a}", "unknown key 'word'; did you mean 'words'?"),
        ("voice: old", "voice: new", "which mind 'people' does not have; its voices are: old"),
    ],
)
def test_a_mind_that_cannot_be_is_refused_at_its_key(folder, old, new, said):
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(written(folder, TEXT.replace(old, new)), results=folder / "results")
    assert said in str(caught.value)
    assert "s.yaml:" in str(caught.value)
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Nameless", "'mine.py:Nameless' has identity ''; a text that is not empty is wanted"),
        ("Broken", "mind 'people', mine.py:Broken, cannot be made: OSError: no such weather"),
        ("Idle", "left 4 of 4 requests without a reply"),
    ],
)
def test_what_is_no_mind_once_it_is_made_is_told_so(folder, name, said):
    text = TEXT.replace(':Sure", parameters: {words: "I hold."}', f':{name}"')
    with pytest.raises(CoevolveError) as caught:
        coevolve_sim.run(written(folder, text), results=folder / "results")
    assert said in str(caught.value)


def ended(folder, at):
    return written(
        folder, TEXT.replace(':Sure", parameters: {words: "I hold."}', f':Ender", parameters: {at}')
    )


@pytest.mark.parametrize(
    ("at", "said"), [("ask", "failed: SystemExit: 0"), ("voices", "cannot be made: SystemExit: 0")]
)
def test_a_mind_that_ends_the_program_is_told_as_a_minds_failure(folder, at, said):
    with pytest.raises(MindError, match=rf"mind 'people', mine.py:Ender, {said}"):
        coevolve_sim.run(ended(folder, f"{{at: {at}}}"), results=folder / "results")


def test_a_mind_that_ends_the_program_as_it_counts_tokens_is_told_so(folder):
    mind = open_mind(CustomMindSpec(path="mine.py:Ender", parameters={"at": "count_tokens"}))
    with pytest.raises(MindError, match=r"mine.py:Ender, failed: SystemExit: 0"):
        mind.count_tokens([Message("user", "?")])


def test_a_run_whose_mind_cannot_be_closed_is_finished_and_the_failure_is_told(folder, caplog):
    run = coevolve_sim.run(ended(folder, "{at: close}"), results=folder / "results")
    assert run.status == "finished"
    assert [record.message for record in caplog.records] == [
        "mind 'people', mine.py:Ender, could not be closed: SystemExit: 0"
    ]


def test_a_mind_that_cannot_be_closed_hides_no_error_of_the_run(folder):
    text = ended(folder, "{at: close}").read_text().replace("voice: old", "voice: new")
    with pytest.raises(ScenarioError, match="which mind 'people' does not have"):
        coevolve_sim.run(written(folder, text), results=folder / "results")


@pytest.mark.parametrize(("library", "whose"), [("numpy", "NumPy's"), ("random", "Python's")])
def test_a_mind_that_says_it_repeats_may_not_draw_from_a_global_generator(folder, library, whose):
    given = {"path": "mine.py:Drawing", "parameters": {"library": library}}
    request = Request("item", (Message("user", "?"),), options=("A", "B"))
    with pytest.raises(MindError, match=f"mine.py:Drawing, drew from {whose} global generator"):
        list(open_mind(CustomMindSpec(**given)).ask([request]))
    given["parameters"]["always"] = False
    replies, drawn = watch_ambient_draws(lambda: list(open_mind(CustomMindSpec(**given)).ask([request])))
    assert (len(replies), drawn) == (1, f"it drew from {whose} global generator")  # and goes on drawing


def test_a_mind_asked_no_further_ends_what_it_does(folder):
    mind = open_mind(CustomMindSpec(path="mine.py:Sure"))
    inner, ends = mind.mind.ask, []

    def watched(requests):
        try:
            yield from inner(requests)
        finally:
            ends.append(len(requests))

    mind.mind.ask = watched
    replies = mind.ask([Request("speak", (Message("user", "?"),))] * 2)
    next(replies)
    replies.close()
    assert ends == [2]


def test_a_file_that_raises_when_it_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    with pytest.raises(ScenarioError, match=r"s.yaml:8:26: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(written(folder, TEXT))


def test_a_command_names_a_mind_of_ones_own(folder):
    mind = open_mind(parse_mind("mine.py:Sure", {}))
    request = Request("item", (Message("user", "?"),), options=("A", "B"))
    assert [reply.text for _, reply in mind.ask([request])] == ["A"]
    with pytest.raises(MindError, match="leave --voice out"):
        parse_mind("mine.py:Sure", {"old": "there"})


def test_every_mind_of_ours_has_an_opener_and_what_it_opens_is_a_mind():
    assert set(MINDS.own) == {"embedded", "local", "server", "vllm", "scripted", "replay"}
    assert all(callable(MINDS[kind]) for kind in MINDS.own)
    made = require_mind(MINDS["scripted"](None, {}), "scripted")
    assert made.voices == ()


def test_replies_of_a_mind_of_ones_own_are_kept_only_where_that_is_asked_for():
    assert not CustomMindSpec(path="mine.py:Sure").cache
