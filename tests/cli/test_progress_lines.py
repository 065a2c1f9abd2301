"""Where standard error is no terminal, progress is a line now and then."""

from __future__ import annotations

import pytest

from coevolve_sim.cli import console
from coevolve_sim.minds import Reply
from coevolve_sim.minds.usage import Usage


@pytest.fixture
def shown():
    with console.show_progress("Rounds") as display:
        yield display


def test_nothing_is_told_in_the_first_minute(shown, capsys):
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
    assert capsys.readouterr().err.splitlines() == [
        "Rounds: none yet; 2 of 4 asked, 10 tokens/s, 1 came to no answer",
        "Rounds 1/9; 2 of 4 asked, 10 tokens/s, 1 came to no answer",
    ]
