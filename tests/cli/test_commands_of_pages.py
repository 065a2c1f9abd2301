"""Every command that a page on studies shows is one that the command line takes, options and all."""

import re
import shlex

import pytest
import typer

from coevolve_sim.cli.main import app
from tests import ROOT

PAGES = ("docs/studies.md", "docs/instruments.md", "docs/commands.md")
LINES = sorted(
    {
        line.partition("#")[0].strip()
        for page in PAGES
        for block in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
        if line.startswith("coevolve ")
    }
    | {*re.findall(r"`(coevolve [a-z-]+ [^`]+)`", (ROOT / "docs/studies.md").read_text("utf-8"))}
)


def parse(line):
    """Parse a command as the command line would, without running it."""
    _, name, *arguments = shlex.split(line)
    commands = typer.main.get_command(app).commands
    assert name in commands, line
    commands[name].make_context(name, arguments)


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_a_page_is_taken(line):
    parse(line)


def test_a_command_with_an_option_that_is_not_there_is_not_taken():
    with pytest.raises(Exception, match="No such option"):
        parse("coevolve compare held_back --replicatons 3")
