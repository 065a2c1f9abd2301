"""A round in which adversaries try to pass the guards of an assistant, beside one in which nobody does."""

from __future__ import annotations

from measuring import FAMILIES, side_by_side, table

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

TARGET = 1.5
"""Most that a round with adversaries and guards may take, over the same without."""
HUMANS = 1_000_000
CASES = [(rule, dimensions) for rule in ("hegselmann_krause", "deffuant_weisbuch") for dimensions in (1, 5)]
SCENARIO = """
name: bench
rounds: 100000
value_space: {{name: axes, dimensions: [{dimensions}]}}
network: {network}
population: {{humans: {humans}, groups: [{{name: all, adoption: 0.5}}]}}
update: {{rule: {rule}}}
assistants: [{{name: guide, policy: {{kind: role, standard: 0.5, tolerance: 0.1}}{guards}}}]
{adversaries}
measures: {{every: 100000, names: [variance]}}
mesa: {{agents: never}}
"""
GUARDS = """, guards: [{name: critic, pass_attack: 0.166, pass_benign: 0.987},
  {name: smoothing, pass_attack: 0.646, pass_benign: 0.942}]"""
ADVERSARIES = "adversaries: {share: 0.1, operators: {templates: 0.216, pair: 0.02}, target: 0.95}"
TEXT = """\
A whole round of {humans:,} humans on WS without its record, half of whom consult an assistant of policy
`role`; *attacked*: one in ten of them is an adversary with up to 75 tries, past two guards. In turns in one
process, in processor time.

{table}

Target: at most {target:g}; the most is {most:.2f}: {verdict}."""


def society(rule: str, dimensions: int, humans: int, *, attacked: bool) -> Society:
    """Return people who consult an assistant, with adversaries and guards or without."""
    text = SCENARIO.format(
        rule=rule,
        humans=humans,
        network=FAMILIES["WS"],
        dimensions=", ".join(f"axis_{i}" for i in range(dimensions)),
        guards=GUARDS if attacked else "",
        adversaries=ADVERSARIES if attacked else "",
    )
    return Society(loads(text), with_objects=False)


def adversaries_section(humans: int = HUMANS) -> str:
    """Return the table of what adversaries and guards cost, and the verdict."""
    rows, most = [], 0.0
    for rule, dimensions in CASES:
        plain, attacked = (society(rule, dimensions, humans, attacked=given) for given in (False, True))
        times = side_by_side({"plain": plain.step, "attacked": attacked.step})
        ratio = times["attacked"].median / times["plain"].median
        most = max(most, ratio)
        seconds = [f"{1000 * one.median:.1f} ms ±{100 * one.spread:.0f}" for one in times.values()]
        rows.append([rule, str(dimensions), *seconds, f"{ratio:.2f}"])
    return TEXT.format(
        humans=humans,
        table=table(["rule", "dimensions", "plain", "attacked", "ratio"], rows),
        target=TARGET,
        most=most,
        verdict="met" if most <= TARGET else "missed",
    )
