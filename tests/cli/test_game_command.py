"""``coevolve games``, as its user types it."""

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli import mind_names
from coevolve_sim.cli.main import app
from coevolve_sim.minds import Reply
from tests.language.elicitation.test_games_of_minds import DILEMMA, by_strategy, says
from tests.language.questionnaires.scripted_minds import ScriptedMind


@pytest.fixture
def typed(monkeypatch):
    minds = {
        "grim": by_strategy(DILEMMA, DILEMMA.find_partner("grim")),
        "place": ScriptedMind(lambda _: says("A", 0.8)),
        "silent": ScriptedMind(lambda _: Reply("answered", "I cannot say")),
    }
    monkeypatch.setattr(mind_names, "open_one_mind", lambda name, *_, **__: minds[name])

    def type_(*arguments):
        return CliRunner().invoke(app, ["games", *arguments])

    return type_


def test_the_unforgiving_are_shown_as_such(typed):
    result = typed("--mind", "grim", "--partner", "defect_once,tit_for_tat")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "prisoners_dilemma, 10 rounds with each partner."
    assert lines[1] == "100% of 20 decisions were answered in both orders of letters, 100% of them alike."
    assert lines[2].split() == ["partner", "points", "max", "coop.", "coord.", "unforg.", "orders", "void"]
    assert lines[3].split() == ["defect_once", "90/10", "0.90", "0.10", "0.00", "+1.00", "1.00", "0"]
    assert lines[4].split() == ["tit_for_tat", "80/80", "0.80", "1.00", "1.00", "-", "1.00", "0"]
    assert "defect_once: grim; tit_for_tat: always_cooperate, grim, tit_for_tat." in lines[5]


def test_a_mind_that_goes_by_place_is_said_to(typed):
    result = typed("--mind", "place", "--game", "battle_of_sexes", "--predict-first")
    assert result.exit_code == 0, result.output
    assert "Not to be read as choices: 0% of the decisions were alike" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith("always_j ")]
    assert rows == [["always_j", "-/-", "-", "-", "-", "0.00", "10"]]


def test_json_has_every_round(typed):
    arguments = ("--mind", "grim", "--partner", "defect_once", "--rounds", "4", "--predict-first", "--json")
    found = json.loads(typed(*arguments).stdout)
    (match,) = found["matches"]
    assert found["game"] == "prisoners_dilemma"
    assert match["moves"] == ["cooperate", "defect", "defect", "defect"]
    assert match["partner_moves"] == ["defect", "cooperate", "cooperate", "cooperate"]
    assert (match["points"], match["unforgivingness"], match["moves_like"]) == (30, 1, ["grim"])
    assert match["own"]["probability_of_cooperate"] == pytest.approx([0.9, 0.1, 0.1, 0.1])
    assert match["predicted"]["likelier"] == match["moves"]
    assert match["predicted_right"] == 0.0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("--mind", "grim", "--partner", "nobody"),
            3,
            "prisoners_dilemma has no partner 'nobody'; it has alw",
        ),
        (("--mind", "grim", "--game", "chess"), 3, "there is no game 'chess'"),
        (("--mind", "grim", "--partner", "grim,grim"), 3, "each named once"),
        (("--mind", "silent", "--partner", "grim"), 10, "20 of 20 requests were not answered"),
        (("--mind", "grim", "--rounds", "0"), 2, "--rounds"),
    ],
)
def test_what_cannot_be_played_is_said(typed, arguments, code, said):
    result = typed(*arguments)
    assert result.exit_code == code
    assert said in result.stderr
