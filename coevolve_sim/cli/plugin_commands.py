"""The commands of those who write plug-ins: ``coevolve check-plugin``, and ``check-policy`` for policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coevolve_sim.cli.console import EXIT_PLUGIN, AsJson, said, with_errors_in_words
from coevolve_sim.errors import PluginError, ScenarioError
from coevolve_sim.scenario.yaml_text import read_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coevolve_sim.testing import Verdict


def check_plugin(
    plugin: Annotated[
        str,
        typer.Argument(
            metavar="PLUGIN",
            help="FILE.py:NAME (the file is run), package.module:NAME, or rule:NAME of an installed one.",
        ),
    ],
    concept: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="CONCEPT",
            help="What it is, where no class tells: measure, network or policy, of a function.",
        ),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="KEY=VALUE", help="What it is made with; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that a plug-in does what every one of its concept must: the suite that ours pass too."""
    from coevolve_sim.testing.plugins import check_plugin as checked

    found = checked(plugin, concept or "", dict(map(_parameter, parameters or ())))
    if not as_json:
        said.print(f"{found.name}: {found.concept}", soft_wrap=True)
    _print_verdicts(found.verdicts, as_json=as_json)


def check_policy(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY", help="FILE.py:NAME of your own (the file is run), or one of ours; ,KEY=VALUE."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Check that a policy does what every policy must: check-plugin for policies."""
    from coevolve_sim.testing import check_policy as checked

    _print_verdicts(checked(policy), as_json=as_json)


def _parameter(text: str) -> tuple[str, Any]:
    try:
        return read_parameter(text)
    except ScenarioError as error:
        raise PluginError(error.problem) from None


def _print_verdicts(verdicts: Iterable[Verdict], *, as_json: bool) -> None:
    """Print verdicts; exit with the code of a failed check if one failed."""
    told = list(verdicts)
    if as_json:
        said.print_json(json.dumps([vars(verdict) for verdict in told]))
    for verdict in [] if as_json else told:
        said.print(f"{'ok    ' if verdict.passed else 'FAILED'}  {verdict.check}", soft_wrap=True)
        if verdict.said:
            said.print(f"        {verdict.said}", soft_wrap=True)
    if not all(verdict.passed for verdict in told):
        raise typer.Exit(EXIT_PLUGIN)


COMMANDS: dict[str, Callable[..., None]] = {
    "check-plugin": check_plugin,
    "check-policy": check_policy,
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for name, command in COMMANDS.items():
        app.command(name)(with_errors_in_words(command))
