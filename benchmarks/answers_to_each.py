"""A section of the results: rounds in which an assistant answers each human otherwise, beside a plain one."""

from __future__ import annotations

from measuring import side_by_side, table

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

HUMANS = 200_000
TEXT = """\
A round of {humans:,} people on a ring, all of whom consult, without its record: one assistant answers each
human by what it knows of it. *Facts that please*: policy `selects_facts` beside `mirror`, both under rule
`weighs_facts`. *Continuity*: `continuity: {{share: 0.3}}` beside none, policy `lifelong` under rule
`hegselmann_krause`; without it a round is one pass over values, or, of one dimension, nearly so. In turns in
one process, in processor time; medians.

{table}"""
SCENARIO = """
name: bench
rounds: 1000000
value_space: {{name: axes, dimensions: [{dimensions}]}}
network: {{family: ring, degree: 2}}
population: {{humans: {humans}, groups: [{{name: all, adoption: 1.0}}]}}
update: {update}
assistants: [{{name: assistant, {assistant}}}]
measures: {{every: 1000000, names: [variance]}}
mesa: {{agents: never}}
"""
FACTS, PLAIN = "{rule: weighs_facts, certain: 1.0}", "{rule: hegselmann_krause}"
PAIRS = {
    "facts that please": (
        (FACTS, "policy: {kind: mirror}"),
        (FACTS, "policy: {kind: selects_facts, sycophancy: 0.5}"),
    ),
    "continuity": (
        (PLAIN, "policy: {kind: lifelong}"),
        (PLAIN, "policy: {kind: lifelong}, continuity: {share: 0.3}"),
    ),
}


def answers_to_each_section(humans: int = HUMANS) -> str:
    """Return the section on assistants that answer each human otherwise."""
    rows = []
    for name, (plain, other) in PAIRS.items():
        for dimensions in (1, 5):
            worlds = [_society(humans, dimensions, *given) for given in (plain, other)]
            times = side_by_side({"plain": worlds[0].step, "other": worlds[1].step}, 3)
            own, its = times["plain"].median, times["other"].median
            ratio = f"{its / own:.2f}"
            rows.append([name, str(dimensions), f"{1000 * own:.3g} ms", f"{1000 * its:.3g} ms", ratio])
    columns = ["mechanism", "dimensions", "plain", "with it", "ratio"]
    return TEXT.format(humans=humans, table=table(columns, rows))


def _society(humans: int, dimensions: int, update: str, assistant: str) -> Society:
    names = ", ".join(f"axis_{i}" for i in range(dimensions))
    text = SCENARIO.format(humans=humans, dimensions=names, update=update, assistant=assistant)
    return Society(loads(text), with_objects=False)
