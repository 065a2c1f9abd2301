"""Where standard error is no terminal, progress is a line now and then."""

from __future__ import annotations

import re

import pytest

from coevolve_sim.cli import console
from coevolve_sim.minds import Reply
from coevolve_sim.minds.usage import Usage


@pytest.fixture
def shown():
    with console.show_progress("Rounds") as display:
        yield display


def test_nothing_is_told_in_the_first_half_minute(shown, capsys):
    shown.show_rounds(1, 9)
    assert capsys.readouterr().err == ""


def test_then_a_line_says_what_was_asked_before_the_first_round_and_which_round_it_is(
    shown, capsys, monkeypatch
):
    monkeypatch.setattr(console, "TELL_EVERY", 0.0)
    usage = Usage(asked=4, seconds=1.0)
    usage.add(Reply("answered", tokens_in=9, tokens_out=1))
    usage.add(Reply("given up"))
    shown.show_usage(usage)
    shown.show_rounds(1, 9)
    before, after = capsys.readouterr().err.splitlines()
    assert before == "Rounds: none yet; 2 of 4 asked, 10 tokens/s, 1 came to no answer"
    assert re.fullmatch(
        r"Rounds 1/9; about 0:00:\d\d left; 2 of 4 asked, 10 tokens/s, 1 came to no answer", after
    )


def test_a_line_says_how_long_the_rest_takes_by_what_is_done(shown, monkeypatch):
    monkeypatch.setattr(console, "TELL_EVERY", float("inf"))
    shown._began, shown._told = 0.0, 60.0
    assert shown._time_left() == ""
    shown.show_rounds(1, 4)
    assert shown._time_left() == "about 0:03:00 left"
    shown.show_rounds(4, 4)
    assert shown._time_left() == ""


def test_a_phase_is_a_line_where_there_is_no_terminal(capsys):
    with console.show_phase("Writing the report"):
        pass
    assert capsys.readouterr().err == "Writing the report\n"
