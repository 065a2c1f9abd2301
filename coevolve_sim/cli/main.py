"""The command line: ``coevolve``, put together from the modules of its commands.

Exit codes, and what all commands share, are in `coevolve_sim.cli.console`.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from coevolve_sim import __version__
from coevolve_sim.cli import (
    appeal_command,
    calibrate_command,
    challenge_commands,
    dilemma_command,
    framing_command,
    game_command,
    list_command,
    mind_commands,
    plugin_commands,
    record_commands,
    run_commands,
    scenario_commands,
    study_commands,
    training_commands,
    verify_command,
    view_command,
    words_command,
)
from coevolve_sim.cli.console import said

app = typer.Typer(
    name="coevolve",
    help="Societies of humans and AI assistants who shape each other's values: run them, read what came out.",
    epilog="Begin with: coevolve new my_scenario && coevolve run my_scenario.yaml",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        said.print(f"coevolve-sim {__version__}")
        raise typer.Exit


for commands in (  # in the order in which --help lists them
    run_commands,
    scenario_commands,
    list_command,
    record_commands,
    verify_command,
    view_command,
    mind_commands,
    challenge_commands,
    study_commands,
    training_commands,
    plugin_commands,
    calibrate_command,
    dilemma_command,
    framing_command,
    game_command,
    words_command,
    appeal_command,
):
    commands.register(app)


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        app(prog_name="coevolve")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
