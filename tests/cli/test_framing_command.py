"""``coevolve framings``, as its user types it."""

import json
import math

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli import mind_names
from coevolve_sim.cli.main import app
from coevolve_sim.minds import Reply
from tests.language.elicitation.test_framings_of_minds import REFUSES, SAYS, mind_of, open_minded
from tests.language.questionnaires.scripted_minds import ScriptedMind


def say(_statement, language, _request):
    return REFUSES[language] if language == "fr" else SAYS[language][0]


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: mind_of(open_minded, say))

    def type_(*arguments):
        return CliRunner().invoke(app, ["framings", "--mind", "mine", *arguments])

    return type_


def test_what_is_uneven_is_told_after_how_far_answers_are_stances(typed):
    result = typed("--by", "language")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("30 statements in 4 framings.\nBy probability 100% of 120 were answered")
    assert "In words 0% of 120 replies tell no stance." in result.stdout
    assert "Both readings of 90 answers are the same in 50%, where 50% would be by chance" in result.stdout
    in_words = [line.split() for line in result.stdout.splitlines() if "lower" in line or "higher" in line]
    assert [(line[0], line[-1]) for line in in_words] == [
        ("en", "lower"),
        ("de", "lower"),
        ("fr", "higher"),
        ("es", "lower"),
    ]
    assert "1.00 [0.89, 1.00] higher" in result.stdout
    assert "p<.001" in result.stdout
    assert "Not told: how far it agrees, in words: all are alike (1)." in result.stdout


def test_json_has_rows_cells_splits_and_every_answer(typed):
    found = json.loads(typed("--by", "language,template", "--items", "2", "--json").stdout)
    assert set(found) == {"about", "by", "cells", "splits", "not_told", "answers"}
    assert [*found["by"]] == ["language", "template", "topic"]
    assert [*found["cells"]] == ["language", "template", "all framings"]
    assert len(found["cells"]["all framings"]) == 12 * 6
    assert len(found["answers"]) == 12 * 12
    german = next(row for row in found["by"]["language"] if row["level"] == "de")
    assert german["side"]["mean"] == pytest.approx(0.4)
    assert {one["axis"] for one in found["splits"]} == {"language", "template", "all framings"}
    assert all({"topic", "framing", "p_framing", "left_out"} <= {*one} for one in found["splits"])


def test_words_that_a_mind_never_scores_are_named(typed, monkeypatch):
    def without_neutral(request):
        masses = [0.0 if word == "Neutre" else 0.3 for word in request.options]
        return Reply("answered", "", logprobs=tuple(math.log(m) if m else -math.inf for m in masses))

    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: ScriptedMind(without_neutral))
    told = typed("--by", "language", "--read", "logprob").stdout
    assert "the mind never scores a word of theirs: Neutre (agree, fr)." in told
    assert "By probability 75% of 120 were answered" in told


def test_only_what_is_read_is_told(typed):
    assert "in words" not in typed("--by", "template", "--read", "logprob").stdout
    told = typed("--by", "template", "--read", "words", "--languages", "de").stdout
    assert "By probability" not in told
    assert "agrees  " not in told


def test_groups_and_voices_can_be_compared(typed):
    told = json.loads(typed("--by", "group,voice", "--voice", "after=there", "--items", "2", "--json").stdout)
    assert [row["level"] for row in told["by"]["voice"]] == ["", "after"]
    assert [row["level"] for row in told["by"]["group"]] == ["", "newcomer", "settled", "young", "old"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--by", "voice"), "there is one voice only ('')"),
        (("--by", "mood"), "framings differ in language, template, group, voice"),
        (("--by", "language", "--languages", "en"), "there is one language only ('en')"),
        (("--by", "language", "--read", "signs"), "framings are read by logprob and words; 'signs' given"),
        (("--voice", "a=x", "--voice", "b=y"), "2 voices given, which are compared by voice: --by language"),
        (("--templates", "nosuch.csv"), "nosuch.csv"),
    ],
)
def test_what_cannot_be_told_is_said(typed, arguments, told):
    result = typed(*arguments)
    assert result.exit_code == 3
    assert told in result.stderr


def test_what_is_wrong_is_found_before_a_mind_is_opened(typed, monkeypatch):
    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: pytest.fail("opened"))
    for wrong in (("--by", "mood"), ("--templates", "nosuch.csv"), ("--read", "signs")):
        assert typed(*wrong).exit_code == 3
