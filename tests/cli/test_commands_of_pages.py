"""Every command that a page shows is one that the command line takes, and is run or says why not."""

import re
import shlex

import pytest
import typer

from coevolve_sim.cli.main import app
from tests import ROOT
from tests.cli.page_commands import COMMANDS, EXIT_CODES, NOT_RUN, REDUCED_LINES, commands_of, reason_not_run

INLINE = re.findall(r"`(coevolve [a-z-]+ [^`]+)`", (ROOT / "docs/studies.md").read_text("utf-8"))
LINES = sorted({*(command.line for command in COMMANDS), *INLINE})


def parse(line):
    """Parse a command as the command line would, without running it."""
    _, name, *arguments = shlex.split(line)
    commands = typer.main.get_command(app).commands
    assert name in commands, line
    found = commands[name]
    if hasattr(found, "commands"):  # as of `voices train`
        name, *arguments = arguments
        found = found.commands[name]
    found.make_context(name, arguments)


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_a_page_is_taken(line):
    parse(line)


def test_a_command_with_an_option_that_is_not_there_is_not_taken():
    with pytest.raises(Exception, match="No such option"):
        parse("coevolve compare held_back --replicatons 3")


def test_what_is_said_of_a_line_is_said_of_one_that_a_page_has():
    there = {command.line for command in COMMANDS}
    assert {*NOT_RUN, *REDUCED_LINES, *EXIT_CODES} - there == set()


def test_most_commands_are_run():
    run = [command for command in COMMANDS if not reason_not_run(command)]
    assert len(run) > 0.6 * len(COMMANDS) > 50


def test_a_page_without_commands_has_none_and_one_over_two_lines_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.cli.page_commands.ROOT", tmp_path)
    (tmp_path / "a.md").write_text(
        "```sh\nmake x\n```\n\n```bash\ncoevolve run a \\\n  --seed 2   # so\n```\n"
    )
    assert [line for _, line in commands_of("a.md")] == ["coevolve run a --seed 2"]
