"""How far people asked by cells end from where they end if everybody is asked, with the embedded mind.

People on a small world hear ten others (bounded confidence .3, a rate of .3), and half of them consult, in
every round, an assistant that stands at .9. All are introduced alike, so that a cell is a stance, and there
are as few cells as there can be. Everybody is asked twice, with other replies the second time: how far these
two lie apart is the floor. Then cells are asked, with one draw that is kept, four that are drawn anew each
round, sixteen that are kept. Each is run with and without the assistant; people, ties and who consults are
the same in all.

*mean* is the greatest difference, over rounds and without the assistant, of people's mean to that of
everybody asked; *variance* and *clusters* (effective, a gap of .02) are differences in the end, and *effect*
is that of what the assistant does to people's mean in the end (with it less without it).

What comes out:

1. The assistant moves people's mean by +0.0563 if everybody is asked; with other replies 0.0016 (0.0002
   to 0.0034) of it are otherwise, and 0.0021 (0.0005 to 0.0043) of the mean.
2. Cells of 1 draw, kept: the mean is off by 0.0031 (0.0018 to 0.0047) and the effect by 0.0014 (0.0010 to
   0.0019), with 169 messages in place of 360.
3. Cells of 4 draws, redrawn: the mean is off by 0.0014 (0.0009 to 0.0016) and the effect by 0.0011
   (0.0005 to 0.0017), with 287 messages in place of 360.
4. Cells of 16 draws, kept: the mean is off by 0.0025 (0.0010 to 0.0037) and the effect by 0.0022 (0.0014
   to 0.0027), with 339 messages in place of 360.

Run ``python analysis/cells_and_everybody.py [--humans 120] [--rounds 3] [--seeds 3] [--mind embedded]``:
prints the table, and writes ``cells_and_everybody.csv`` and ``cells_and_everybody.png`` beside this file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coevolve_sim.language.people import People
from coevolve_sim.measures import effective_clusters
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SOCIETY = """
name: cells_and_everybody
value_space: moral-foundations
dimensions: [care]
population: {groups: [{name: everyone, centre: 0.5, spread: 0.2, adoption: 0.5}]}
network: {family: watts_strogatz, degree: 10, rewiring: 0.1}
channel: {kind: language, unfit: unmeasured, bias_map: false, memory: 0, temperature: 1}
update: {rule: hegselmann_krause, confidence: {peer: 0.3, assistant: 1}, rate: {peer: 0.3, assistant: 0.1}}
measures: {every: 1000, names: [variance]}
mesa: {agents: never}
"""
ASSISTANT = "assistants=[{name: helper, policy: {kind: frozen}, start: 0.9}]"
EVERYBODY, AGAIN = "everybody", "everybody, other replies"
WAYS = {
    EVERYBODY: "",
    AGAIN: "",
    "1 draw, kept": "replies: 1, redraw: false",
    "4 draws, redrawn": "replies: 4",
    "16 draws, kept": "replies: 16, redraw: false",
}
OTHER_REPLIES = 1000
"""Added to the seed by which replies are drawn, in all ways but the first."""
OUTCOMES = ("mean", "variance", "clusters", "effect")


def follow(
    way: str, seed: int, humans: int, rounds: int, mind: str, *, advised: bool
) -> tuple[np.ndarray, int]:
    """Run a society; return people's values after each round, and how many messages were asked for."""
    keys = [f"population.humans={humans}", f"rounds={rounds}", f"seed={seed}", f"minds=[{{kind: {mind}}}]"]
    keys.append(ASSISTANT if advised else "assistants=[]")
    if WAYS[way]:
        keys.append(f"channel.population={{by: cells, audit: 1, {WAYS[way]}}}")
    setup = build_setup(loads(SOCIETY, overrides=keys))
    known = setup.channel.people
    people = People(known.kinds[:1], np.zeros_like(known.kind_of))
    writing = replace(setup.channel.writing, seed=seed + OTHER_REPLIES * (way != EVERYBODY))
    society = Society(
        replace(setup, channel=replace(setup.channel, people=people, writing=writing)), with_objects=False
    )
    values, n_asked = [society.state.values[:, 0].copy()], 0  # noqa: PD011 - a society's
    while not society.is_finished:
        society.step()
        values.append(society.state.values[:, 0].copy())  # noqa: PD011 - a society's
        n_asked += len(society.log.said)
    setup.channel.minds.close()
    return np.array(values), n_asked


def compare_ways(seed: int, humans: int, rounds: int, mind: str) -> Iterator[dict[str, object]]:
    """Yield, for each way of asking, how far its outcomes lie from those of everybody asked."""
    whole: tuple[np.ndarray, float] | None = None
    for way in WAYS:
        (alone, n_asked), (advised, _) = (
            follow(way, seed, humans, rounds, mind, advised=is_advised) for is_advised in (False, True)
        )
        effect = float(advised[-1].mean() - alone[-1].mean())
        whole = whole or (alone, effect)
        yield {
            "way": way,
            "seed": seed,
            "messages": n_asked,
            "mean": float(np.abs(alone.mean(axis=1) - whole[0].mean(axis=1)).max()),
            "variance": float(alone[-1].var() - whole[0][-1].var()),
            "clusters": _count_clusters(alone[-1]) - _count_clusters(whole[0][-1]),
            "effect": effect - whole[1],
            "effect_in_full": whole[1],
        }


def _count_clusters(values: np.ndarray) -> float:
    return float(effective_clusters(values, gap=0.02))


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean size of each difference by way, with the range over seeds."""
    rows = []
    for way, part in table[table["way"] != EVERYBODY].groupby("way", sort=False):
        sizes = part[list(OUTCOMES)].abs()
        row: dict[str, object] = {"way": way, "seeds": len(part), "messages": float(part["messages"].mean())}
        for name in OUTCOMES:
            row |= {
                name: sizes[name].mean(),
                f"{name}_low": sizes[name].min(),
                f"{name}_high": sizes[name].max(),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def sentences(table: pd.DataFrame) -> list[str]:
    """Return a sentence for the floor and one for each way of asking cells."""
    found, whole = summarize(table), table[table["way"] == EVERYBODY]
    floor, *cells = (row for _, row in found.iterrows())
    effect = f"{whole['effect_in_full'].mean():+.4f}"
    again = f"{_tell(floor, 'effect')} of it are otherwise, and {_tell(floor, 'mean')} of the mean"
    first = (
        f"The assistant moves people's mean by {effect} if everybody is asked; with other replies {again}."
    )
    return [
        first,
        *(
            f"Cells of {row['way']}: the mean is off by {_tell(row, 'mean')} and the effect by "
            f"{_tell(row, 'effect')}, with {row['messages']:,.0f} messages in place of "
            f"{whole['messages'].mean():,.0f}."
            for row in cells
        ),
    ]


def _tell(row: pd.Series, name: str) -> str:
    return f"{row[name]:.4f} ({row[f'{name}_low']:.4f} to {row[f'{name}_high']:.4f})"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the errors of each way of asking beside the floor."""
    from matplotlib import pyplot as plt

    found = summarize(table)
    figure, axes = plt.subplots(1, len(OUTCOMES), figsize=(12, 3.2), layout="constrained", sharey=True)
    places = np.arange(len(found))[::-1]
    for axis, name in zip(axes, OUTCOMES, strict=True):
        low, middle, high = (found[f"{name}{end}"].to_numpy(float) for end in ("_low", "", "_high"))
        axis.errorbar(middle, places, xerr=[middle - low, high - middle], fmt="o", color="#0072B2", capsize=3)
        axis.set(title=f"error of {name}", xlim=(0, None))
        axis.grid(axis="x", alpha=0.3)
    axes[0].set_yticks(places, [str(way) for way in found["way"]])
    return figure


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in (("humans", 120), ("rounds", 3), ("seeds", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--mind", default="embedded")
    given = parser.parse_args()
    rows = list[dict[str, object]]()
    for seed in range(1, given.seeds + 1):
        rows += compare_ways(seed, given.humans, given.rounds, given.mind)
        table = pd.DataFrame(rows)
        table.round(6).to_csv(HERE / "cells_and_everybody.csv", index=False)
        print(summarize(table).to_string(index=False, float_format=lambda value: f"{value:.4f}"), flush=True)
    print("\n".join(sentences(table)))
    draw(table).savefig(HERE / "cells_and_everybody.png", dpi=120)


if __name__ == "__main__":
    main()
