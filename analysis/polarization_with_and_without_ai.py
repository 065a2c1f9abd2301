"""Does an assistant bring people together or drive them apart? Over networks and confidence.

The two camps of ``scenarios/echo_chamber.yaml``, 200 people each, hold .35 and .65 on five moral foundations,
and listen to whom is within their confidence. They live 60 rounds on four networks: two blocks with nine of
ten ties inside (each camp a block), a small world, a network with hubs, and full mixing (there camps are
mixed at random). Four worlds on the same people, ties and draws:

one for all
    an assistant that everybody consults, and that learns from everybody;
one each
    an assistant for each camp, which begins where the camp does and learns from that camp alone;
mirror
    an assistant that says to each what it perceives that one to hold, the sycophant;
none
    no assistant.

Everybody consults in half of the rounds and goes a tenth of the way to an answer within .5. Asked are, at the
end, `total_variance` (how far people are from each other) and `density_modes` (how many camps there are):
paired differences from the world without an assistant, 10 pairs, intervals of 95 % (paired t; p-values by
Holm over the 24 effects on a network).

What comes out:

1. One for all: total variance is lower at 14 and higher at 0 of 16 points (p < .05, Holm), from -0.2745
   [-0.2836, -0.2653] (small world, confidence 0.1; 0.278 without) to -0.0007 [-0.0007, -0.0007] (full mixing,
   confidence 0.3; 0.00394 without); the number of camps is lower at 3 and higher at 0 of 16 points (p < .05,
   Holm), from -1.00 [-1.00, -1.00] (two blocks, confidence 0.2; 2 without) to +0.00 [+0.00, +0.00] (two
   blocks, confidence 0.3; 1 without).
2. One each: total variance is lower at 12 and higher at 0 of 16 points (p < .05, Holm), from -0.1595
   [-0.1652, -0.1538] (small world, confidence 0.1; 0.278 without) to +0.0161 [-0.0206, +0.0527] (full mixing,
   confidence 0.2; 0.0121 without); the number of camps is lower at 0 and higher at 2 of 16 points (p < .05,
   Holm), from -0.10 [-0.33, +0.13] (hubs, confidence 0.2; 1.1 without) to +1.00 [+1.00, +1.00] (small world,
   confidence 0.1; 1 without).
3. Mirror: moves nobody; all 32 effects are 0.

So it is not assistants as such that bring together or drive apart, but whom they serve: an assistant for all
leaves one camp wherever there were two; one for each camp makes two camps where confidence of .1 had left
single people (small world, hubs).

Run ``python analysis/polarization_with_and_without_ai.py [--replications 10] [--workers N]``: prints the
sentences, writes ``polarization_with_and_without_ai.csv`` and ``.png`` beside this file, in three quarters of
a minute.
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

from coevolve_sim import sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "polarization_with_and_without_ai"
HERE = Path(__file__).parent
ECHO_CHAMBER = HERE.parent / "scenarios" / "echo_chamber.yaml"
CONFIDENCES = (0.1, 0.2, 0.3, 0.6)
BLOCKS = {"family": "stochastic_block", "blocks": 2, "degree_within": 9.0, "degree_between": 1.0}
NETWORKS: dict[str, dict[str, object]] = {
    "two blocks": BLOCKS,
    "small world": {"family": "watts_strogatz", "degree": 10, "rewiring": 0.1},
    "hubs": {"family": "barabasi_albert", "attachments": 5},
    "full mixing": {"family": "complete"},
}
CAMPS = {"north": 0.35, "south": 0.65}
WORLDS: dict[str, dict[str, object]] = {
    "one for all": {"assistants": [{"name": "guide"}]},
    "one each": {
        "assistants": [{"name": one, "groups": [one], "start": start} for one, start in CAMPS.items()]
    },
    "mirror": {"assistants": [{"name": "mirror", "policy": {"kind": "mirror"}}]},
    "none": {},
}
OUTCOMES = ("total_variance", "density_modes")
COLOURS = {"one for all": "#0072B2", "one each": "#D55E00", "mirror": "#E69F00"}


def find_effects(
    results: Path | str,
    networks: Sequence[str] = tuple(NETWORKS),
    confidences: Sequence[float] = CONFIDENCES,
    replications: int = 10,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> pd.DataFrame:
    """Run all worlds on networks at confidences; return their effects against the world without assistant.

    Returns
    -------
    DataFrame
        A row for each network, confidence, world and outcome: effect, low, high, adjusted (p-value, Holm over
        the network), level (in that world), without.
    """
    tables = []
    for name in networks:
        placed = "community" if name == "two blocks" else "random"
        keys = {
            "population.groups.0.adoption": 0.5,
            "population.groups.1.adoption": 0.5,
            "population.groups.0.placement": placed,
            "population.groups.1.placement": placed,
            "network": NETWORKS[name],
            "measures.names": list(OUTCOMES),
            "measures.every": 1000,
            **(overrides or {}),
        }
        worlds = {world.replace(" ", "_"): changes for world, changes in WORLDS.items()}
        study = sweep(
            ECHO_CHAMBER,
            {"update.confidence.peer": list(confidences)},
            worlds=worlds,
            replications=replications,
            reference="none",
            outcome="total_variance",
            measures=OUTCOMES,
            overrides=keys,
            results=results,
            workers=workers,
        )
        tables.append(study.effects.assign(network=name))
    found = pd.concat(tables, ignore_index=True)
    found["world"] = found["world"].str.replace("_", " ")
    renamed = {
        "update.confidence.peer": "confidence",
        "mean": "effect",
        "world_mean": "level",
        "reference_mean": "without",
    }
    columns = ["network", "confidence", "world", "outcome", "effect", "low", "high", "adjusted"]
    return found.rename(columns=renamed)[[*columns, "level", "without"]]


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in a sentence for each world what it does to variance and to the number of camps."""
    return [f"{world[:1].upper()}{world[1:]}: {_tell(table[table['world'] == world])}" for world in COLOURS]


def _tell(rows: pd.DataFrame) -> str:
    if not rows["effect"].any():
        return f"moves nobody; all {len(rows)} effects are 0."
    told = []
    for outcome, name in (("total_variance", "total variance"), ("density_modes", "the number of camps")):
        of = rows[rows["outcome"] == outcome]
        sure = of[of["adjusted"] < 0.05]
        less, more = (sure["effect"] < 0).sum(), (sure["effect"] > 0).sum()
        ends = [of.loc[of["effect"].idxmin()], of.loc[of["effect"].idxmax()]]
        told.append(
            f"{name} is lower at {less} and higher at {more} of {len(of)} points (p < .05, Holm), from "
            f"{_effect(ends[0])} to {_effect(ends[1])}"
        )
    return f"{'; '.join(told)}."


def _effect(row: pd.Series) -> str:
    form = (
        "{:+.4f} [{:+.4f}, {:+.4f}]" if row["outcome"] == "total_variance" else "{:+.2f} [{:+.2f}, {:+.2f}]"
    )
    number = form.format(row["effect"], row["low"], row["high"])
    return f"{number} ({row['network']}, confidence {row['confidence']:g}; {row['without']:.3g} without)"


# --- the figure ----------------------------------------------------------------------------------


def draw(table: pd.DataFrame) -> Figure:
    """Draw effects with intervals, a column a network, a row an outcome."""
    from matplotlib.figure import Figure

    networks = list(dict.fromkeys(table["network"]))
    figure = Figure(figsize=(2.5 * len(networks) + 0.6, 4.6), layout="constrained")
    panels = figure.subplots(2, len(networks), sharex=True, sharey="row", squeeze=False)
    for row, outcome in enumerate(OUTCOMES):
        for column, network in enumerate(networks):
            panel = panels[row][column]
            here = table[(table["network"] == network) & (table["outcome"] == outcome)]
            for place, (world, colour) in enumerate(COLOURS.items()):
                one = here[here["world"] == world].sort_values("confidence")
                at = np.arange(len(one)) + 0.18 * (place - 1)
                ends = [one["effect"] - one["low"], one["high"] - one["effect"]]
                panel.errorbar(at, one["effect"], ends, fmt="o", ms=3.5, lw=1, color=colour, label=world)
            panel.set_xticks(
                range(here["confidence"].nunique()), [f"{c:g}" for c in sorted(set(here["confidence"]))]
            )
            panel.axhline(0.0, color="#222222", lw=0.7)
            panel.tick_params(labelsize=7)
            panel.spines[["top", "right"]].set_visible(False)
            if row == 0:
                panel.set_title(network, fontsize=9)
        panels[row][0].set_ylabel(f"effect on {outcome}", fontsize=8)
    figure.supxlabel("confidence in peers", fontsize=8.5)
    panels[0][-1].legend(frameon=False, fontsize=7)
    return figure


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / f"{NAME}.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=10, help="Seeds at every point (10).")
    parser.add_argument("--workers", type=int, help="Processes; all cores if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as results:
        table = find_effects(results, replications=given.replications, workers=given.workers)
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / f"{NAME}.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: {NAME}.csv, {NAME}.png in {HERE}")


if __name__ == "__main__":
    main()
