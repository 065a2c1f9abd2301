"""A round in which people hear outlets, beside one in which there are none."""

from __future__ import annotations

from measuring import FAMILIES, side_by_side, table

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

TARGET = 1.5
"""Most that a round with three outlets may take, over the same without."""
HUMANS = 200_000
CASES = [
    (rule, dimensions, followers)
    for rule in ("hegselmann_krause", "deffuant_weisbuch")
    for dimensions in (1, 5)
    for followers in ("all", "homophily")
]
SCENARIO = """
name: bench
rounds: 100000
value_space: {{name: axes, dimensions: [{dimensions}]}}
network: {network}
population: {{humans: {humans}, groups: [{{name: all}}]}}
update: {{rule: {rule}}}
measures: {{every: 100000, names: [variance]}}
mesa: {{agents: never}}
media: [{outlets}]
"""
TEXT = """\
A whole round of {humans:,} humans on WS without its record, nobody consulting; *heard*: with three outlets of
`media`, each followed by half of the people, or by homophily. In turns in one process, in processor time.

{table}

Target: at most {target:g}; the most is {most:.2f}: {verdict}."""


def society(rule: str, dimensions: int, humans: int, followers: str) -> Society:
    """Return people who hear each other, and outlets if ``followers`` is not empty."""
    outlets = [
        f"{{name: outlet_{k}, values: {0.2 + 0.3 * k:g}, followers: {followers}, share: 0.5}}"
        for k in range(3)
    ]
    text = SCENARIO.format(
        rule=rule,
        humans=humans,
        network=FAMILIES["WS"],
        dimensions=", ".join(f"axis_{i}" for i in range(dimensions)),
        outlets=", ".join(outlets) if followers else "",
    )
    return Society(loads(text), with_objects=False)


def media_section(humans: int = HUMANS) -> str:
    """Return the table of what outlets cost, and the verdict."""
    rows, most = [], 0.0
    for rule, dimensions, followers in CASES:
        plain, heard = (society(rule, dimensions, humans, given) for given in ("", followers))
        times = side_by_side({"plain": plain.step, "heard": heard.step})
        ratio = times["heard"].median / times["plain"].median
        most = max(most, ratio)
        seconds = [f"{1000 * one.median:.1f} ms ±{100 * one.spread:.0f}" for one in times.values()]
        rows.append([rule, str(dimensions), followers, *seconds, f"{ratio:.2f}"])
    return TEXT.format(
        humans=humans,
        table=table(["rule", "dimensions", "followers", "plain", "heard", "ratio"], rows),
        target=TARGET,
        most=most,
        verdict="met" if most <= TARGET else "missed",
    )
