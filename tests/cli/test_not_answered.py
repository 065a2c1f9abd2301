"""Commands that ask minds end with a code of their own where too little was answered, and show no numbers."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.testing.fake_server import Answer, FakeServer
from tests.language.channel.talking import TEXT, ended
from tests.minds.openai.opening import is_at_opening

DOWN = Answer(500, {"error": {"message": "out of memory"}})
MEASURE = ("--space", "moral-foundations", "--items", "1", "--personas", "1")


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("COEVOLVE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "talk.yaml").write_text(TEXT)

    def type_(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return type_


def after_opening(answer):
    """Return a script that answers what a server is asked at opening, and then so."""
    return lambda body: None if is_at_opening(body) else answer


# --- preflight -----------------------------------------------------------------------------------


def test_preflight_shows_no_bias_of_a_mind_that_does_not_answer(typed, minds):
    minds(lambda _request: ended("given up"))
    for as_json in ((), ("--json",)):
        result = typed("preflight", "talk.yaml", *as_json)
        assert result.exit_code == 10
        assert result.stdout == ""
        assert "requests were not answered (" in result.stderr
        assert "most often 'as planned'" in result.stderr
        assert "no bias is shown; mend what answers" in result.stderr
        assert "minds.0.at_most_unanswered" in result.stderr


def test_preflight_shows_what_it_has_where_the_limit_allows_it_and_says_what_is_missing(typed, minds):
    minds(lambda request: ended("given up") if request.kind == "read" else None)
    result = typed("preflight", "talk.yaml", "--json", "--set", "minds.0.at_most_unanswered=1")
    assert result.exit_code == 12  # of what it could not be shown fit by, nothing was read
    assert "requests were not answered (" in result.stderr
    assert {row["perceived"] for row in json.loads(result.stdout)["bias"]} == {None}


# --- elicit --------------------------------------------------------------------------------------


def test_elicit_writes_no_values_of_a_server_that_does_not_answer(typed, tmp_path):
    server = FakeServer(script=after_opening(Answer(400, {"error": {"message": "temperature must be 1"}})))
    with server.listening() as url:
        mind = ("elicit", "--mind", f"{url}/v1#small", *MEASURE)
        result = typed(*mind)
        assert result.exit_code == 10
        assert "nothing of era 'own' is written" in result.stderr
        assert "most often 'the server says 400: temperature must be 1'" in result.stderr
        assert not list((tmp_path / "results").rglob("*.csv"))
        allowed = typed(*mind, "--at-most-unanswered", "1")
    assert allowed.exit_code == 0
    assert "requests were not answered (100 %)" in allowed.stderr


def test_a_share_is_between_none_and_all(typed):
    assert typed("elicit", "--at-most-unanswered", "1.5").exit_code == 2


@pytest.mark.parametrize("command", ["run", "resume", "preflight", "elicit"])
def test_the_help_of_a_command_names_the_code(command, typed):
    shown = " ".join(typed(command, "--help").stdout.split())
    assert "Exit code 10:" in shown or "Exit codes are as for run" in shown
