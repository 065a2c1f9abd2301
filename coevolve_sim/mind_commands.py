"""Commands that speak with language models, or say what speaking with them would take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from coevolve_sim.errors import ScenarioError
from coevolve_sim.terminal import AsJson, Settings, interruptible, plain, said, shown_progress, told

if TYPE_CHECKING:
    from coevolve_sim.estimating import Asked
    from coevolve_sim.foundation import Foundation
    from coevolve_sim.talk.bias import BiasRow

ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (estimate, preflight):
        app.command()(command)


@told
def estimate(
    scenario: ScenarioFile,
    settings: Settings = None,
    rate: Annotated[
        float | None, typer.Option(help="Tokens a second, as measured on your machine.", min=0.001)
    ] = None,
    price_in: Annotated[float, typer.Option(help="Price of a million tokens of prompt.", min=0.0)] = 0.0,
    price_out: Annotated[float, typer.Option(help="Price of a million tokens written.", min=0.0)] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Say what a scenario will ask of its minds: requests, tokens, time and price. Nothing is asked yet."""
    from coevolve_sim import estimating

    foundation = _laid(scenario, settings)
    with shown_progress("Rounds counted") as shown:
        asked = estimating.estimated(foundation, shown.rounds)
    tokens_in, tokens_out = (sum(getattr(row, way) for row in asked) for way in ("tokens_in", "tokens_out"))
    totals = {
        "requests": sum(row.requests for row in asked),
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "seconds": None if rate is None else (tokens_in + tokens_out) / rate,
        "price": (tokens_in * price_in + tokens_out * price_out) / 1e6,
    }
    if as_json:
        said.print_json(json.dumps({"kinds": [vars(row) for row in asked], "total": totals}))
        return
    _print_asked(asked)
    said.print(
        f"\nAt most {totals['requests']:,} requests, about {tokens_in:,} tokens in and {tokens_out:,} out; "
        "the same deterministic prompt is asked once."
    )
    if rate is not None:
        said.print(f"At {rate:,g} tokens/s: {(tokens_in + tokens_out) / rate / 60:,.1f} minutes.")
    if totals["price"]:
        said.print(f"At these prices: {totals['price']:,.2f}.")


def _print_asked(asked: list[Asked]) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("mind", "kind"):
        table.add_column(column)
    for column in ("requests", "tokens in", "tokens out"):
        table.add_column(column, justify="right")
    for row in asked:
        numbers = (f"{number:,}" for number in (row.requests, row.tokens_in, row.tokens_out))
        table.add_row(row.mind, row.kind, *numbers)
    said.print(table)


@told
def preflight(
    scenario: ScenarioFile,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Measure a mind's own bias by topic and stance, before anybody influences anybody."""
    from coevolve_sim import runs
    from coevolve_sim.talk import LanguageChannel

    foundation = _laid(scenario, [*(settings or ()), "channel.bias_map=true"])
    channel = foundation.channel
    if not isinstance(channel, LanguageChannel):
        raise ScenarioError("there is no mind to measure: the channel is numeric", path=("channel", "kind"))
    with interruptible(), shown_progress("Preflight") as shown, runs.open_minds(foundation, shown.asking):
        rows = channel.prepare()
    if as_json:
        named = [vars(row) | {"dimension": foundation.space.names[row.dimension]} for row in rows]
        said.print_json(json.dumps(plain(named)))
        return
    _print_bias(rows, foundation)


def _print_bias(rows: list[BiasRow], foundation: Foundation) -> None:
    """Print, for each voice and topic, what was read less what was held, and how fair a reader it is."""
    table = Table(box=None, header_style="bold")
    table.add_column("voice")
    table.add_column("topic")
    stances = sorted({row.stance for row in rows if row.arm == "written"})
    for stance in stances:
        table.add_column(f"{stance:g}", justify="right")
    for column in ("alone", "claim", "negation"):
        table.add_column(column, justify="right")
    found = {(row.arm, row.voice, row.dimension, row.stance, row.passes): row.perceived for row in rows}
    last = max((row.passes for row in rows if row.arm == "alone"), default=1)
    for voice in sorted({row.voice for row in rows}):
        for d, label in enumerate(foundation.space.labels):
            biases = [found["written", voice, d, stance, 1] - stance for stance in stances]
            drift = max(abs(found["alone", voice, d, stance, last] - stance) for stance in stances)
            fair = (found["claim", voice, d, 1.0, 1], found["negation", voice, d, 0.0, 1])
            cells = [
                *(f"{bias:+.2f}" for bias in biases),
                f"{drift:.2f}",
                *(f"{value:.2f}" for value in fair),
            ]
            table.add_row(voice or "(its own)", label, *cells)
    said.print(table)
    said.print(
        "\nColumns of numbers: what was read less the stance (head of the column) that the writer held; the "
        f"furthest a stance walked when a persona read only its own words, {last} times; what was read in a "
        "claim (1 would be fair) and in its negation (0)."
    )


def _laid(scenario: Path, settings: list[str] | None) -> Foundation:
    from coevolve_sim import runs

    return runs.lay_out(scenario, overrides=settings or ())[1]
