"""How many are made certain of what is false by an assistant that tells nothing false.

Each round brings everybody two facts, each of which speaks for the truth with a probability of q = .6. An
impartial assistant shows any of them; a sycophant, with the probability of its sycophancy, one for the side
to which the asker leans, if there is one. People weigh the fact as Bayes' rule has it, taking the assistant
for impartial, and have made up their minds at .99: 12 net facts. After Chandra et al. [Chandra2026]_, with
numbers of ours. What to expect is exact: net facts are a Markov chain.

One assistant
    Share certain of what is false after 100 rounds, by sycophancy: .0068, .0136, .0344, .1073, .2004, .2642
    at 0, .1, .25, .5, .75, 1. Above **(2q - 1) / (2q (1 - q)) = .41667** those who lean to what is false
    drift no more towards the truth.
Two assistants
    One impartial, one always pleasing, of some share of the market. Asked anew each time, it is as one
    assistant whose sycophancy is that share; where people keep to the one they first chose, as many are in
    the hands of the sycophant as its share.

2,000 people who begin at .5, all of whom consult in each round, 20 seeds, intervals of 95 % (paired t for
differences, on the same facts and people).

What comes out:

1. With one assistant 0.0064 [0.0055, 0.0073] are certain of what is false after 100 rounds if it is
   impartial, 0.1087 [0.1051, 0.1122] if it pleases half of the time and 0.2640 [0.2600, 0.2680] if it
   always does, though every fact that it showed was there.
2. From a sycophancy of 0 to .25 that is +0.0292 [+0.0275, +0.0309] more, from .25 to .5 +0.0731 [+0.0698,
   +0.0763] more. Nothing jumps at the 0.41667 at which a false lean sustains itself: by the exact chain
   0.0716, 0.0780, 0.0847 are certain of what is false at .02 below it, at it, and .02 above.
3. Beside an impartial assistant of the same share, one that always pleases leaves 0.1077 [0.1050, 0.1104]
   certain of what is false where people ask anew each time, and 0.1393 [0.1350, 0.1436] where they keep to
   the one they chose: +0.0316 [+0.0263, +0.0369] more.

What it does not say: that people update so, or that facts are worth what they think. People here hear nobody
but assistants, begin without a lean, and never learn that one of them pleases.

Run ``python analysis/pleasing_with_facts.py [--replications 20]``: prints the sentences, writes
``pleasing_with_facts.csv`` and ``pleasing_with_facts.png`` beside this file, in two minutes.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coevolve_sim import Society, load
from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.facts import FALSE, absorbed_in_false
from coevolve_sim.rules.facts import sustaining_sycophancy
from coevolve_sim.studies import paired_effect
from coevolve_sim.studies.intervals import interval_of_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SCENARIO = HERE.parent / "scenarios" / "pleasing_with_facts.yaml"
SHARES = (0.25, 0.5, 0.75)
"""Shares of the sycophant in the market of two."""
ONE, ANEW, LOYAL = "one assistant", "two, asked anew", "two, kept to"
AGAINST = {(ONE, 0.25): (ONE, 0.0), (ONE, 0.5): (ONE, 0.25)} | {(LOYAL, s): (ANEW, s) for s in SHARES}
"""The world against which each of these is held, seed by seed."""
CERTAIN_OF_THE_FALSE = 0.01
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#555555"


def worlds() -> dict[tuple[str, float], dict[str, object]]:
    """Return what each world changes in the scenario, by the kind of market and the sycophancy or share."""
    alone: dict[tuple[str, float], dict[str, object]] = {}
    for sycophancy in FALSE:
        policy = {"kind": "selects_facts", "sycophancy": sycophancy}
        alone[ONE, sycophancy] = {"assistants": [{"name": "one", "policy": policy, "start": 0.5}]}
    for choice, kind in (("anew", ANEW), ("loyal", LOYAL)):
        for share in SHARES:
            alone[kind, share] = {
                "assistants.0.share": 1.0 - share,
                "assistants.1.share": share,
                "consulting.choice": choice,
            }
    return alone


def expected_share(kind: str, number: float) -> float:
    """Return the share certain of what is false by the chain, for a sycophancy or a share of the market."""
    if kind == LOYAL:
        return number * absorbed_in_false(1.0) + (1.0 - number) * absorbed_in_false(0.0)
    return absorbed_in_false(number)


def run_worlds(
    replications: int, overrides: Mapping[str, object] | None = None
) -> dict[tuple[str, float], Floats]:
    """Run every world with every seed; return the shares certain of what is false, shape (replications,)."""
    found = {}
    for world, changes in worlds().items():
        shares = []
        for seed in range(1, replications + 1):
            keys = {**changes, **(overrides or {}), "seed": seed, "measures.every": 1000}
            society = Society(load(SCENARIO, overrides=keys), with_objects=False)
            society.run_model()
            shares.append(float((society.state.values <= CERTAIN_OF_THE_FALSE).mean()))  # noqa: PD011 - no pandas
        found[world] = np.array(shares)
    return found


def share_table(found: Mapping[tuple[str, float], Floats]) -> pd.DataFrame:
    """Return a row for each world.

    Columns: market; number (the sycophancy of one assistant, the share of the sycophant among two); expected
    (by the chain); measured, low, high; change, change_low, change_high (against the world in `AGAINST`).
    """
    rows = []
    for world, shares in found.items():
        measured = [float(end) for end in interval_of_means(shares)[:3]]
        change = [np.nan] * 3
        if world in AGAINST:
            effect = paired_effect(shares, found[AGAINST[world]])
            change = [effect.mean, effect.low, effect.high]
        rows.append((*world, expected_share(*world), *measured, *change))
    columns = ["market", "number", "expected", "measured", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "change", "change_low", "change_high"])


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences what sycophancy, its point of no drift, and a choice of assistants do."""
    rows = table.set_index(["market", "number"])
    impartial, half, whole = (_said(rows.loc[(ONE, pi)]) for pi in (0.0, 0.5, 1.0))
    first = (
        f"With one assistant {impartial} are certain of what is false after 100 rounds if it is impartial, "
        f"{half} if it pleases half of the time and {whole} if it always does, though every fact that it "
        "showed was there."
    )
    line = sustaining_sycophancy(0.6)
    around = ", ".join(f"{absorbed_in_false(line + off):.4f}" for off in (-0.02, 0.0, 0.02))
    second = (
        f"From a sycophancy of 0 to .25 that is {_change(rows.loc[(ONE, 0.25)])} more, from .25 to .5 "
        f"{_change(rows.loc[(ONE, 0.5)])} more. Nothing jumps at the {line:.5f} at which a false lean "
        f"sustains itself: by the exact chain {around} are certain of what is false at .02 below it, at it, "
        "and .02 above."
    )
    anew, loyal = (rows.loc[(kind, 0.5)] for kind in (ANEW, LOYAL))
    third = (
        f"Beside an impartial assistant of the same share, one that always pleases leaves {_said(anew)} "
        f"certain of what is false where people ask anew each time, and {_said(loyal)} where they keep to "
        f"the one they chose: {_change(loyal)} more."
    )
    return [first, second, third]


def _said(row: pd.Series) -> str:
    return f"{row['measured']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"


def _change(row: pd.Series) -> str:
    return f"{row['change']:+.4f} [{row['change_low']:+.4f}, {row['change_high']:+.4f}]"


# --- the figure ----------------------------------------------------------------------------------


def draw(table: pd.DataFrame) -> Figure:
    """Draw false certainty over sycophancy, and over the share of the sycophant where there are two."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_market(left, table, ONE, BLUE)
    left.axvline(sustaining_sycophancy(0.6), color=GREY, lw=0.8, ls="--")
    left.text(0.43, 0.25, "no drift on the\nfalse side: .417", fontsize=7, color=GREY, va="top")
    left.set_xlabel("sycophancy of the one assistant", fontsize=8)
    left.set_ylabel("share certain of what is false", fontsize=8)
    for kind, colour in ((ANEW, GREEN), (LOYAL, ORANGE)):
        _draw_market(right, table, kind, colour)
    right.set_xlabel("share of the sycophant, beside an impartial one", fontsize=8)
    for panel in (left, right):
        panel.legend(frameon=False, fontsize=7, loc="upper left")
        panel.tick_params(labelsize=7)
        panel.set(xlim=(-0.02, 1.02), ylim=(0.0, 0.3))
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_market(panel: Axes, table: pd.DataFrame, kind: str, colour: str) -> None:
    at = np.linspace(0.0, 1.0, 41)
    panel.plot(at, [expected_share(kind, x) for x in at], color=colour, lw=1.0, label=f"{kind}: the chain")
    rows = table[table["market"] == kind]
    away = np.array([rows["measured"] - rows["low"], rows["high"] - rows["measured"]])
    panel.errorbar(
        rows["number"],
        rows["measured"],
        yerr=away,
        fmt="o",
        ms=3.5,
        color=colour,
        label=f"{kind}: the society",
    )


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "pleasing_with_facts.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=20, help="Seeds (20).")
    found = run_worlds(parser.parse_args().replications)
    table = share_table(found).round(6)  # as the file has it, so that sentences are those of the file
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "pleasing_with_facts.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: pleasing_with_facts.csv, pleasing_with_facts.png in {HERE}")


if __name__ == "__main__":
    main()
