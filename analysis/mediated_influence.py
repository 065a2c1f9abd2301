"""How much of an assistant's influence comes from itself, and how much by way of friends whom it moved.

400 people on a small world hold .4 (spread .1). Some of them consult, in every round, an assistant that
stands at .9 and never learns, and go a tenth of the way to it; everybody goes three tenths of the way to what
ten peers hold on average, and history pulls everybody 5 % of the way back to .4, for 60 rounds. How many
consult differs.

Let x(u, M(v)) be people's mean in world u (1 with the assistant, 0 without) if peers say what they say in
world v: what was perceived of peers in one world is heard in the other. The direct effect is x(1, M(0)) -
x(0, M(0)), the effect by way of friends x(1, M(1)) - x(1, M(0)), and both add up to the total [Pearl2001]_
(instrument ``mediation``). 20 pairs, intervals of 95 % (paired t). Here people say what they hold, to friends
and to the assistant; `mediated_people.py` is about an assistant that nobody consults, and that edits what
people say to each other.

Theory (`expected_effects`) follows the mean of those who consult and of those who do not, round by round, as
if among everybody's peers as many consulted as among all.

What comes out:

1. Where 5% of people consult, the assistant moves the mean of all by 0.0363 [0.0359, 0.0366], 0.0062 [0.0062,
   0.0062] itself and 0.0300 [0.0297, 0.0304] by way of friends; where 100% do, by 0.3447 [0.3446, 0.3449],
   0.1245 [0.1245, 0.1245] and 0.2202 [0.2201, 0.2203].
2. By way of friends come 0.8282 [0.8264, 0.8300] of the effect where 5% consult, and 0.6388 [0.6388, 0.6388]
   where 100% do.
3. Theory, which knows no network, agrees to within 0.0001 in the direct effect and to within 0.0026 in the
   total.

Run ``python analysis/mediated_influence.py [--replications 20] [--workers N]``: prints the sentences, writes
``mediated_influence.csv`` and ``mediated_influence.png`` beside this file, in three quarters of a minute.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coevolve_sim import compare
from coevolve_sim.scenario import loads
from coevolve_sim.studies import paired_effect
from coevolve_sim.studies.instruments.over_worlds import MediationThroughPeers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
ROUNDS, START, STANCE = 60, 0.4, 0.9
PULL, PEER, INFLUENCE = 0.05, 0.3, 0.1
SOCIETY = f"""
name: mediated_influence
rounds: {ROUNDS}
value_space: {{name: numbers, dimensions: [one]}}
history: {{kind: planted, eras: 2, start: {START}, end: {START}, effect: attract, pull: {PULL}}}
network: {{family: watts_strogatz, degree: 10, rewiring: 0.1}}
population:
  humans: 400
  groups: [{{name: all, centre: {START}, spread: 0.1}}]
update: {{rule: degroot, include_self: false, rate: {{peer: {PEER}, assistant: {INFLUENCE}}}}}
assistants: [{{name: assistant, start: {STANCE}, policy: {{kind: frozen}}}}]
"""
DIRECT, FRIENDS = "#0072B2", "#E69F00"


def groups_of(share: float) -> list[dict[str, object]]:
    """Return the groups of those who consult in every round and of those who never do."""
    one = {"centre": START, "spread": 0.1}
    groups: list[dict[str, object]] = [{"name": "consulting", "share": share, "adoption": 1.0, **one}]
    if share < 1:
        groups.append({"name": "others", "share": 1 - share, "adoption": 0.0, **one})
    return groups


def find_effects(
    results: Path | str,
    shares: Sequence[float] = SHARES,
    replications: int = 20,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> pd.DataFrame:
    """Split the assistant's effect on people's mean, at each share of people who consult it.

    Returns
    -------
    DataFrame
        A row a share: total, direct, friends and through (the part of the total that comes by way of
        friends), each with _low and _high; expected_direct, expected_total.
    """
    rows = []
    for share in shares:
        keys = {"population.groups": groups_of(share), **(overrides or {})}
        study = compare(
            loads(SOCIETY, overrides=keys),
            {"with": {}, "without": {"assistants": []}},
            replications=replications,
            instruments=["mediation"],
            results=results,
            workers=workers,
        )
        row: dict[str, float] = {"share": share}
        names = {"total": "total", "direct": "direct", "through friends": "friends"}
        for one in study.readings:
            name = names[one.quantity]
            row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
        ends = {
            world: study.people(world)[:, -1, 0] for world in ("with", "without", MediationThroughPeers.alone)
        }
        friends, total = ends["with"] - ends[MediationThroughPeers.alone], ends["with"] - ends["without"]
        through = paired_effect(friends / total, np.zeros(total.size))
        row |= {"through": through.mean, "through_low": through.low, "through_high": through.high}
        direct, both = expected_effects(share)
        rows.append(row | {"expected_direct": direct, "expected_total": both})
    return pd.DataFrame(rows)


def expected_effects(share: float, rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the direct and the total effect on people's mean, if all hear a fair sample of everybody.

    A round: history pulls, peers are heard, the assistant is consulted.
    """
    ends = []
    for peers_are_moved in (False, True):
        consulting = others = START
        for _ in range(rounds):
            consulting, others = (one + PULL * (START - one) for one in (consulting, others))
            heard = share * consulting + (1 - share) * others if peers_are_moved else START
            consulting, others = (one + PEER * (heard - one) for one in (consulting, others))
            consulting += INFLUENCE * (STANCE - consulting)
        ends.append(share * consulting + (1 - share) * others - START)
    return ends[0], ends[1]


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences how the effect splits."""
    few, all_ = table.loc[table["share"].idxmin()], table.loc[table["share"].idxmax()]
    first = (
        f"Where {few['share']:.0%} of people consult, the assistant moves the mean of all by "
        f"{_said(few, 'total')}, {_said(few, 'direct')} itself and {_said(few, 'friends')} by way of "
        f"friends; where {all_['share']:.0%} do, by {_said(all_, 'total')}, {_said(all_, 'direct')} and "
        f"{_said(all_, 'friends')}."
    )
    second = (
        f"By way of friends come {_said(few, 'through')} of the effect where {few['share']:.0%} consult, and "
        f"{_said(all_, 'through')} where {all_['share']:.0%} do."
    )
    errors = [(table[name] - table[f"expected_{name}"]).abs().max() for name in ("direct", "total")]
    third = (
        f"Theory, which knows no network, agrees to within {max(errors[0], 1e-4):.4f} in the direct effect "
        f"and to within {errors[1]:.4f} in the total."
    )
    return [first, second, third]


def _said(row: pd.Series, name: str) -> str:
    return f"{row[name]:.4f} [{row[f'{name}_low']:.4f}, {row[f'{name}_high']:.4f}]"


# --- the figure ----------------------------------------------------------------------------------


def draw(table: pd.DataFrame) -> Figure:
    """Draw the direct effect and that by way of friends, stacked, and the part that friends carry."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    places, names = np.arange(len(table)), [f"{share:.0%}" for share in table["share"]]
    left.bar(places, table["direct"], width=0.6, color=DIRECT, label="the assistant itself")
    style = {"width": 0.6, "color": FRIENDS, "label": "by way of friends"}
    left.bar(places, table["friends"], bottom=table["direct"], **style)
    ends = [table["total"] - table["total_low"], table["total_high"] - table["total"]]
    left.errorbar(places, table["total"], ends, fmt="none", ecolor="#222222", capsize=3, lw=1)
    left.plot(places, table["expected_total"], "x", color="#222222", ms=5, label="theory, total")
    left.plot(places, table["expected_direct"], "+", color="white", ms=7, label="theory, direct")
    left.set_title("Effect on people's mean", fontsize=9)
    left.legend(fontsize=7, facecolor="#DDDDDD", frameon=True)
    ends = [table["through"] - table["through_low"], table["through_high"] - table["through"]]
    right.errorbar(places, table["through"], ends, fmt="o", color=FRIENDS, ms=5, capsize=3)
    right.set(ylim=(0, 1))
    right.set_title("Part that comes by way of friends", fontsize=9)
    for panel in (left, right):
        panel.set_xticks(places, names)
        panel.set_xlabel("share of people who consult", fontsize=8)
        panel.tick_params(labelsize=7)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "mediated_influence.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=20, help="Seeds at every share (20).")
    parser.add_argument("--workers", type=int, help="Processes; all cores if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as results:
        table = find_effects(results, replications=given.replications, workers=given.workers)
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "mediated_influence.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: mediated_influence.csv, mediated_influence.png in {HERE}")


if __name__ == "__main__":
    main()
