"""How much people truly change in two years, and what that says of rates.

Three panels of the General Social Survey asked the same Americans in three waves, two years apart (2006-10,
2008-12, 2010-14) [GSS2018]_; 34 moral and social items in each make 102 of item and panel. Who answers
otherwise than two years before has changed, or one of the two answers was off. Three waves tell both apart
[Heise1969]_: error makes near waves agree no better than far ones, change does. So they say how much people
truly change, and it is little. Medians over the 102, with intervals of 95 % over persons:

1. Of the variance of what looks like change over two years, .938 [.901, .947] is measurement error; answers
   correlate by .510 [.503, .535] from a wave to the next, true positions by .925 [.905, .941].
2. A person's true position moves by a standard deviation of .088 [.074, .104] of the scale in two years,
   where answers move by .356 [.344, .364].
3. Answers seem to come back towards the middle by .490 [.468, .501] of the way in two years, true positions
   by .041 [.019, .062].

What it says of rates. In the product, people go ``update.rate.peer`` of the way to those they hear in every
round, so that extremes come in. The people of ``scenarios/quickstart_numeric.yaml``, without its assistant
but with its noise and history, are run at several rates, and the slope of their change over two years (four
rounds) on where they stood is held against the third sentence. At the quickstart's rate of .1 it is -.050, at
.05 it is -.028, both within the interval; at the default of ``update.rate.peer``, .5, it is -.21, five times
what people do. A rate is a share a round: it means something only beside ``rounds_per_era`` and the years of
an era. A rate fitted to two waves of answers, without regard to error, would be twelve times too high. And
exchange at such a rate hardly changes who stands where: people of the quickstart keep their places by a
correlation of .99, Americans by .925. What else moves single people is left to ``update.noise``.

What it does not say: that people move by exchange at all. What friends hold is not asked in these panels; the
slope bounds what exchange does in two years only if nothing drives people apart at the same time. Reliability
is taken to be the same in all waves, and true change to be without memory. To an item with two answers, one
errs by the whole scale or not at all, and how often depends on where one truly stands.

Run ``python analysis/people_change_slowly.py [--panels FILE] [--seed 1]``: prints medians, rates and the
three sentences, writes ``people_change_slowly.csv`` and ``people_change_slowly.png`` beside this file, in a
quarter of a minute.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import coevolve_sim
from coevolve_sim.arrays import Floats
from coevolve_sim.studies.calibration import PanelResult, calibrate_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
QUICKSTART = HERE.parent / "scenarios" / "quickstart_numeric.yaml"
PANELS = HERE.parent.parent / "shared" / "data" / "gss_panels.csv.gz"
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
YEARS = 2
"""Between two waves; an era of the quickstart's history is a year."""

COLUMNS = (
    "r12",
    "r23",
    "r13",
    "reliability",
    "stability12",
    "stability23",
    "noise",
    "change",
    "true_change",
    "error_share",
    "slope12",
    "slope23",
    "instrumented",
)
NAIVE, TRUE, GREY = "#E69F00", "#0072B2", "#555555"


def item_table(found: PanelResult) -> pd.DataFrame:
    """Return a row for every item of every panel: persons, and the fields of its reliability."""
    return pd.DataFrame(
        [
            {"panel": one.panel, "item": one.item, "persons": one.n_persons}
            | {name: getattr(one.found, name) for name in COLUMNS}
            for one in found.items
        ]
    )


def run_rates(
    rates: Sequence[float], seed: int, results: Path | str, humans: int | None = None
) -> pd.DataFrame:
    """Run the quickstart without its assistant at several rates; return how people changed in two years.

    Parameters
    ----------
    rates : sequence of float
        Of ``update.rate.peer``.
    seed : int
        Of all runs.
    results : path
        Folder for their records.
    humans : int, optional
        Instead of the quickstart's number.

    Returns
    -------
    DataFrame
        Columns rate; slope (of change on the value before) and correlation (of values before and after),
        medians over issues.
    """
    rows = []
    for rate in rates:
        keys: dict[str, object] = {"assistants": [], "mesa.collect": "none", "measures.names": ["variance"]}
        keys |= {"update.rate.peer": rate} | ({} if humans is None else {"population.humans": humans})
        run = coevolve_sim.run(QUICKSTART, seed=seed, overrides=keys, results=results)
        rounds, _, values = run.trajectory_arrays()
        after = list(rounds).index(YEARS * run.scenario.rounds_per_era)
        slopes, correlations = change_of(values[0], values[after])
        rows.append({"rate": rate, "slope": np.median(slopes), "correlation": np.median(correlations)})
    return pd.DataFrame(rows)


def change_of(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Return, of each dimension, the slope of change on the value before, and the correlation of both.

    Parameters
    ----------
    before, after : float arrays, shape (humans, dimensions)

    Returns
    -------
    slopes, correlations : float arrays, shape (dimensions,)
    """
    x, y = before - before.mean(axis=0), after - after.mean(axis=0)
    slopes = (x * (y - x)).sum(axis=0) / (x * x).sum(axis=0)
    correlations = (x * y).sum(axis=0) / np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))
    return slopes, correlations


def sentences(found: PanelResult) -> list[str]:
    """Return in three sentences how much people truly change."""

    def told(name: str, sign: int = 1) -> str:
        ends = sorted(sign * end for end in found.intervals[name])
        numbers = [f"{one:.3f}".replace("0.", ".", 1) for one in (sign * found.medians[name], *ends)]
        return f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"

    first = (
        f"Of the variance of what looks like change over two years, {told('error_share')} is measurement "
        f"error; answers correlate by {told('r12')} from a wave to the next, true positions by "
        f"{told('stability12')}."
    )
    second = (
        f"A person's true position moves by a standard deviation of {told('true_change')} of the scale in "
        f"two years, where answers move by {told('change')}."
    )
    third = (
        f"Answers seem to come back towards the middle by {told('slope12', -1)} of the way in two years, "
        f"true positions by {told('instrumented', -1)}."
    )
    return [first, second, third]


def account(found: PanelResult, rates: pd.DataFrame) -> str:
    """Return what the panels say of the rates that were run."""
    low, high = found.intervals["instrumented"]
    fitting = rates[(rates["slope"] >= low) & (rates["slope"] <= high)]["rate"]
    said = (
        f"True positions come back by {-high:.3f} to {-low:.3f} of the way in two years. Of the rates that "
        f"were run, {', '.join(f'{rate:g}' for rate in fitting) or 'none'} "
        f"{'does' if len(fitting) == 1 else 'do'} the same at two rounds a year."
    )
    return textwrap.fill(said, 110)


# --- the figure ----------------------------------------------------------------------------------


def draw(found: PanelResult, table: pd.DataFrame, rates: pd.DataFrame) -> Figure:
    """Draw slopes with and without error, change as answered and true, and what the product does at rates."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    slopes, changes, product = figure.subplots(1, 3)
    _draw_slopes(slopes, table)
    _draw_changes(changes, table)
    _draw_rates(product, found, rates)
    for panel in (slopes, changes, product):
        panel.tick_params(labelsize=7, length=2, width=0.6)
        panel.grid(color="#E4E4E4", lw=0.5)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_slopes(panel: Axes, table: pd.DataFrame) -> None:
    bins = np.arange(-0.75, 0.46, 0.05)
    for name, colour, told in (("slope12", NAIVE, "answers"), ("instrumented", TRUE, "true positions")):
        panel.hist(table[name], bins=bins, color=colour, alpha=0.75, label=told)
        panel.axvline(table[name].median(), color=colour, lw=1.5)
    panel.axvline(0, color="#222222", lw=0.7)
    panel.set_title("Coming back towards the middle in two years", fontsize=8.5)
    panel.set_xlabel("slope of change on the value before", fontsize=8)
    panel.set_ylabel("items", fontsize=8)
    panel.legend(frameon=False, fontsize=7.5)


def _draw_changes(panel: Axes, table: pd.DataFrame) -> None:
    panel.plot(table["change"], table["true_change"], "o", ms=3, mew=0, color=TRUE, alpha=0.7)
    panel.plot([0, 0.6], [0, 0.6], color=GREY, lw=0.8, ls="--")
    panel.text(0.34, 0.375, "no error", fontsize=7.5, color=GREY, rotation=38)
    panel.text(0.11, 0.006, "all error", fontsize=7.5, color=GREY)
    panel.set(xlim=(0.1, 0.6), ylim=(-0.01, 0.45))
    panel.set_title("How far people move in two years (an item a dot)", fontsize=8.5)
    panel.set_xlabel("standard deviation of change as answered", fontsize=8)
    panel.set_ylabel("of true change", fontsize=8)


def _draw_rates(panel: Axes, found: PanelResult, rates: pd.DataFrame) -> None:
    panel.axhspan(
        *found.intervals["instrumented"], color=TRUE, alpha=0.25, lw=0, label="true positions, 95 %"
    )
    panel.axhline(found.medians["instrumented"], color=TRUE, lw=1.2)
    panel.axhline(found.medians["slope12"], color=NAIVE, lw=1.2, label="answers")
    panel.plot(
        rates["rate"], rates["slope"], "o-", ms=4, lw=1.2, color="#222222", label="people of the quickstart"
    )
    panel.set_xscale("log")
    panel.set_xticks(list(RATES), [f"{rate:g}" for rate in RATES])
    panel.minorticks_off()
    panel.set_title("The same, of the quickstart's people, by rate", fontsize=8.5)
    panel.set_xlabel("update.rate.peer, at two rounds a year", fontsize=8)
    panel.set_ylabel("slope over two years", fontsize=8)
    panel.legend(frameon=False, fontsize=7.5, loc="center left")


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "people_change_slowly.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--panels", type=Path, default=PANELS, help="The panels, in long form.")
    parser.add_argument("--seed", type=int, default=1, help="Of resamples and runs (1).")
    given = parser.parse_args()
    found = calibrate_panel(given.panels, seed=given.seed)
    table = item_table(found)
    with tempfile.TemporaryDirectory() as temporary:
        rates = run_rates(RATES, given.seed, temporary)
    print(found.as_text().split("\n\n", 1)[1])
    print("\n" + rates.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(found), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    print("\n" + account(found, rates))
    table.to_csv(HERE / "people_change_slowly.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(found, table, rates), HERE)
    print(f"\nWritten: people_change_slowly.csv, people_change_slowly.png in {HERE}")


if __name__ == "__main__":
    main()
