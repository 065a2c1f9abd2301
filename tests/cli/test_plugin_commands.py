"""``coevolve check-plugin`` tells what a plug-in is, runs its suite, and says in a sentence what fails."""

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app

FILE = '''
import math
from typing import Annotated

import numpy as np
from pydantic import Field

from coevolve_sim.language.readers import Reader, Reading
from coevolve_sim.minds import Reply
from coevolve_sim.rules import Moved, Rule, perceive_exactly
from coevolve_sim.rules.channel import Channel
from coevolve_sim.studies.instruments.catalogue import refuse
from coevolve_sim.values import Dimension, ValueSpace


class Still(Rule):
    """Moves nobody."""

    def __init__(self, share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0):
        self.share = share

    def exchange(self, given):
        return Moved((1.0 - self.share) * given.values)


class Fragile(Still):
    def __init__(self):
        raise OSError("no such weather")


class Clear(Channel):
    """Lets everybody be perceived as they are."""

    is_exact = True

    def among_humans(self, values, ties, scene):
        return perceive_exactly(values, ties)

    def from_humans(self, values, humans, chosen, scene):
        return values[humans]

    def from_assistants(self, spoken, humans, chosen, scene):
        return spoken


class Stubborn:
    """Keeps its values."""

    def learn(self, values, observation, memory):
        return values, memory


class Yes:
    """Says yes."""

    is_bitwise = True
    voices = ()
    identity = "yes"
    closed = False

    def count_tokens(self, messages):
        return sum(len(message.content.split()) for message in messages)

    def ask(self, requests):
        for index, request in enumerate(requests):
            yield index, Reply("answered", "Yes.", tokens_in=1, tokens_out=1, model="yes")

    def close(self):
        self.closed = True


def pairs(n, seed):
    return [(human, human + 1) for human in range(0, n - 1, 2)]


def top(arrays, least: float = 0.0):
    return float(max(arrays.values.max(), least))


class Middle(Reader):
    """Reads one value in everything."""

    def __init__(self, value: float = 0.5):
        self.value = value

    def read(self, mind, messages):
        return [Reading(self.value, "answered") for _ in messages]


class Ends:
    meaning, null = "Where people end.", "the middle"

    def worlds(self, setup, given):
        return []

    def read(self, study):
        return [refuse("ends", "end", "nobody asked")]


class Thing:
    pass


TOWN = ValueSpace("town", (Dimension("thrift", "Thrift", "Saving before spending."),), meaning="A town's.")
LEAST = 3
'''


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("mine.py:Still",), "mine.py:Still: rule"),
        (("mine.py:Clear",), "mine.py:Clear: channel"),
        (("mine.py:Stubborn",), "mine.py:Stubborn: policy"),
        (("mine.py:Middle", "-p", "value=0.25"), "mine.py:Middle: reader"),
        (("mine.py:pairs", "--as", "network"), "mine.py:pairs: network"),
        (("mine.py:top", "--as", "measure", "--parameter", "least=0.5"), "mine.py:top: measure"),
        (("rule:degroot", "-p", "schedule=pairwise"), "degroot: rule"),
        (("policy:lifelong", "-p", "rate=0.5"), "lifelong: policy"),
        (("network:ring", "-p", "degree=2"), "ring: network"),
        (("measure:variance",), "variance: measure"),
        (("instrument:entrenchment",), "entrenchment: instrument"),
        (("mine.py:Ends",), "mine.py:Ends: instrument"),
        (("coevolve_sim.rules.scheduled:DeGroot",), "coevolve_sim.rules.scheduled:DeGroot: rule"),
    ],
)
def test_a_plug_in_of_each_concept_is_told_apart_and_passes(here, arguments, first):
    result = typed("check-plugin", *arguments)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == first
    assert all(line.startswith("ok    ") for line in lines[1:])
    assert len(lines) > 5


def test_a_failed_check_is_told_and_has_an_exit_code_of_its_own(here):
    result = typed("check-plugin", "mine.py:Still", "-p", "share=0.5")
    assert result.exit_code == 8
    assert "FAILED  moves nobody who hears nobody, unless it says so" in result.stdout
    assert "moves_alone = True says that this is meant" in result.stdout
    told = json.loads(typed("check-plugin", "mine.py:Still", "-p", "share=0.5", "--json").stdout)
    assert {"check", "passed", "said"} == {*told[0]}
    assert not all(verdict["passed"] for verdict in told)


def test_a_mind_that_does_not_do_what_it_should_is_told_each_thing(here):
    result = typed("check-plugin", "mine.py:Yes")
    assert result.exit_code == 8
    assert result.stdout.startswith("mine.py:Yes: mind")
    assert "options ('A', 'B') were asked, and the reply is answered 'Yes.'" in result.stdout
    assert "it answered after it was closed; MindError is wanted" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("mine.py:Thing",),
            (
                "what 'mine.py:Thing' is cannot be told: a class tells it by deriving from Rule (rule), "
                "Channel (channel), Reader (reader), or by having all of ask, identity, count_tokens (mind), "
                "or all of learn (policy), or all of worlds, read (instrument); make it do so, or say "
                "what it is, --as rule|policy|channel|mind"
            ),
        ),
        (
            ("mine.py:pairs",),
            "'mine.py:pairs' is cannot be told of a function; say which it is, --as measure|network|policy",
        ),
        (("mine.py:TOWN",), "'mine.py:TOWN' is a value space, which has no suite: what it makes is checked"),
        (
            ("mine.py:pairs", "--as", "questionnaire"),
            "'mine.py:pairs' is a questionnaire, which has no suite",
        ),
        (("value_space:town",), "'value_space:town' is a value space, which has no suite"),
        (("mine.py:LEAST",), "'mine.py:LEAST' is of type int; a class or a function is wanted"),
        (("mine.py:LEAST", "--as", "measure"), "'mine.py:LEAST' is of type int"),
        (("mine.py:Thing", "--as", "rule"), "'mine.py:Thing' is no rule: a class that derives from"),
        (
            ("mine.py:Still", "--as", "opinion"),
            "'opinion' is no concept of a plug-in; there are: rule, policy",
        ),
        (("mine.py:Still", "-p", "share"), "'share' is no parameter; write KEY=VALUE, as in rate=0.5"),
        (
            ("mine.py:Still", "-p", "share=2"),
            "parameter 'share' of mine.py:Still: 2 given; allowed: a number in",
        ),
        (("mine.py:Still", "-p", "shrae=0.1"), "unknown key 'shrae'; did you mean 'share'?"),
        (("mine.py:Fragile",), "'mine.py:Fragile' cannot be made: OSError: no such weather"),
        (("mine.py:Nobody",), "'mine.py:Nobody': there is no 'Nobody'; there are: Still, Fragile"),
        (("gone.py:Mine",), "neither a file gone.py nor a module 'gone.py'"),
        (("rule:degrot",), "unknown rule 'degrot'; did you mean 'degroot'?"),
        (("rule:degroot", "--as", "mind"), "'rule:degroot' is a rule, and --as says mind; leave --as out"),
        (("mind:embedded",), "mind 'embedded' is the package's own and made as a scenario describes it"),
        (("mine.py",), "'mine.py' names no plug-in; write FILE.py:NAME"),
    ],
)
def test_what_cannot_be_checked_is_one_sentence(here, arguments, said):
    result = typed("check-plugin", *arguments)
    assert result.exit_code in {3, 7}, result.output
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_that_raises_when_it_is_run_is_one_sentence(here):
    (here / "mine.py").write_text("raise OSError('no such weather')\n", encoding="utf-8")
    result = typed("check-plugin", "mine.py:Still")
    assert result.exit_code == 3
    assert result.stderr.strip() == "PluginError: mine.py cannot be run: OSError: no such weather"
