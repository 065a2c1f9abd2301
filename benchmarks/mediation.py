"""A round in which an assistant edits what people say to each other, beside one in which nobody does."""

from __future__ import annotations

from measuring import FAMILIES, side_by_side, table

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

TARGET = 1.5
"""Most that a round with a mediator may take, over the same without."""
HUMANS = 1_000_000
CASES = [
    (rule, dimensions)
    for rule in ("hegselmann_krause", "friedkin_johnsen", "deffuant_weisbuch")
    for dimensions in (1, 5)
]
SCENARIO = """
name: bench
rounds: 100000
value_space: {{name: axes, dimensions: [{dimensions}]}}
network: {network}
population: {{humans: {humans}, groups: [{{name: all, adoption: 0.0}}]}}
update: {{rule: {rule}}}
channel: {{kind: numeric{mediator}}}
assistants: [{{name: editor, policy: {{kind: frozen}}, start: 0.9}}]
measures: {{every: 100000, names: [variance]}}
mesa: {{agents: never}}
"""
TEXT = """\
A whole round of {humans:,} humans on WS without its record, nobody consulting; *edited*: with
`channel.mediator` of share .1. In turns in one process, in processor time.

{table}

Target: at most {target:g}; the most is {most:.2f}: {verdict}."""


def society(rule: str, dimensions: int, humans: int, *, edited: bool) -> Society:
    """Return people who hear each other, edited or not."""
    text = SCENARIO.format(
        rule=rule,
        humans=humans,
        network=FAMILIES["WS"],
        dimensions=", ".join(f"axis_{i}" for i in range(dimensions)),
        mediator=", mediator: {assistant: editor, share: 0.1}" if edited else "",
    )
    return Society(loads(text), with_objects=False)


def mediation_section(humans: int = HUMANS) -> str:
    """Return the table of what an editor costs, and the verdict."""
    rows, most = [], 0.0
    for rule, dimensions in CASES:
        plain, edited = (society(rule, dimensions, humans, edited=is_edited) for is_edited in (False, True))
        times = side_by_side({"plain": plain.step, "edited": edited.step})
        ratio = times["edited"].median / times["plain"].median
        most = max(most, ratio)
        seconds = [f"{1000 * one.median:.0f} ms ±{100 * one.spread:.0f}" for one in times.values()]
        rows.append([rule, str(dimensions), *seconds, f"{ratio:.2f}"])
    return TEXT.format(
        humans=humans,
        table=table(["rule", "dimensions", "plain", "edited", "ratio"], rows),
        target=TARGET,
        most=most,
        verdict="met" if most <= TARGET else "missed",
    )
