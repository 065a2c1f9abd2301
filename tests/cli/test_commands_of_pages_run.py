"""The commands of every page are run at reduced size, in the order of their page, in the page's folder.

`page_commands.py` says how each is made small, and which are not run here. `make test-pages` runs these.
"""

from importlib.util import find_spec

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from tests.cli.page_commands import (
    COMMANDS,
    EXIT_CODES,
    PAGES,
    TUTORIAL,
    commands_of,
    lay_out,
    reason_not_run,
    reduce_command,
)

pytestmark = [
    pytest.mark.pages,
    pytest.mark.slow,
    pytest.mark.skipif(
        any(find_spec(module) is None for module in ("torch", "ray", "SALib")),
        reason="pages show commands that need the extras [lm] and [sweep]",
    ),
]

TOGETHER = [TUTORIAL] + [
    (page,) for page in PAGES if page not in TUTORIAL and any(command.page == page for command in COMMANDS)
]


def run_command(command):
    """Run a command; return what was wrong, empty if nothing."""
    done = CliRunner().invoke(app, reduce_command(command))
    wanted = EXIT_CODES.get(command.line, 0)
    if done.exit_code == wanted:
        return ""
    return f"{command.page}: {command.line}\n  exit code {done.exit_code}, not {wanted}: {done.output[-800:]}"


@pytest.mark.parametrize("pages", TOGETHER, ids=lambda pages: pages[0])
def test_the_commands_of_a_page_do_what_they_say(pages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wrong = []
    for page in pages:
        lay_out(page, tmp_path)
        wrong += [run_command(command) for command in commands_of(page) if not reason_not_run(command)]
    assert not [text for text in wrong if text], "\n".join(text for text in wrong if text)
