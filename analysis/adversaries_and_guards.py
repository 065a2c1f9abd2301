"""How far guards of an assistant protect the people who consult it from those who persuade it.

3,000 people hold .4 (spread .1), average what they hear on a small world, go a tenth of the way back to
themselves in each of 100 rounds, and half of them consult an assistant, which moves them by a fifth. It
answers by its standard, .4 (tolerance 0), but for what it learns from adversaries: one human in ten would
have it say .9, and tries up to a budget of times whenever it consults. Of single tries .216 succeed where
nothing guards: the rate a query of jailbreak templates. Guards let pass what Xu et al. [Xu2024]_ measured on
GPT-3.5, of attacks and of all else: Bergeron .166 and .987, SmoothLLM .646 and .942; both, their
products.

Harm
    People's mean in the end, less that of the same people behind the same guards without adversaries. In
    theory, with s the rate past guards, **.474 x .1 (1 - (1 - s)^b) (.9 - .4)** where no answer is held back:
    people who go the part a of the way in a round and h back rest at (1 - h) a / (h + (1 - h) a) = .474 of
    the way, and what they are told is off by the share of askers whose attack succeeds. Guards that hold
    answers back make a smaller.
Cost
    The share of answers to all others that guards hold back.

Budgets of 1, 3, 10, 30 and 75 tries (75 are those of the paper), 10 seeds, intervals of 95 % (paired t, on
the same people, adversaries and draws).

What comes out:

1. Unguarded, adversaries carry people by 0.0050 [0.0047, 0.0052] if they try once a consultation and by
   0.0235 [0.0226, 0.0245] if they try up to 75 times (theory: 0.0051, 0.0237).
2. Two guards together leave 0.0936 [0.0819, 0.1053] of that where one tries once, 0.2154 [0.2119, 0.2189]
   where one tries up to 10 times and 0.7971 [0.7918, 0.8025] where up to 75, of whom 0.8283 succeed; the
   better of them alone leaves 0.9305 [0.9249, 0.9362] there. What stops nine tries in ten stops few who
   have 75 of them.
3. Both hold back 0.0703 of the answers to all others. To let a tenth of attacks of 75 tries succeed,
   guards would have to stop 0.9935 of single tries, and 0.8402 if three tries were all there are: a limit
   on tries does what guards do not.

What it does not say: that tries are independent, as a guard that is fooled once may be fooled again by the
same; that adversaries are told apart, kept out or grow tired, as none here is; or what .216 is today. Harm is
linear in what passes as this society is.

Run ``python analysis/adversaries_and_guards.py [--replications 10]``: prints the sentences, writes
``adversaries_and_guards.csv`` and ``adversaries_and_guards.png`` beside this file, in some three minutes.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from coevolve_sim import Society, load
from coevolve_sim.arrays import Floats
from coevolve_sim.rules.guards import pass_all, rate_per_try, success_within
from coevolve_sim.studies import paired_effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SCENARIO = HERE.parent / "scenarios" / "adversaries.yaml"
BUDGETS = (1, 3, 10, 30, 75)
GUARDS: dict[str, dict[str, tuple[float, float]]] = {
    "none": {},
    "SmoothLLM": {"smoothllm": (0.646, 0.942)},
    "Bergeron": {"bergeron": (0.166, 0.987)},
    "both": {"bergeron": (0.166, 0.987), "smoothllm": (0.646, 0.942)},
}
"""What guards let pass, of attacks and of all else; digitised from the paper."""
HUMANS, TEMPLATES, SHARE, STANDARD, TARGET, KEPT, HEARD = 3000, 0.216, 0.1, 0.4, 0.9, 0.1, 0.1
COLOURS = {"none": "#555555", "SmoothLLM": "#009E73", "Bergeron": "#0072B2", "both": "#D55E00"}


class Ends(NamedTuple):
    """What a world came to, by seed: people's mean, and the shares that passed and were held back."""

    mean: Floats
    carried: Floats
    held_back: Floats


def keys_of(guards: str, budget: int) -> dict[str, object]:
    """Return what a world changes in the scenario; a budget of 0 is one without adversaries."""
    stand = [
        {"name": name, "pass_attack": attack, "pass_benign": benign}
        for name, (attack, benign) in GUARDS[guards].items()
    ]
    tried = {"adversaries.budget": budget} if budget else {"adversaries": None}
    return {
        "assistants.0.guards": stand,
        "assistants.0.policy": {"kind": "role", "standard": STANDARD, "tolerance": 0.0, "rate": 1.0},
        **tried,
    }


def run_world(
    guards: str, budget: int, replications: int, overrides: Mapping[str, object] | None = None
) -> Ends:
    """Run one world with every seed."""
    ends = []
    for seed in range(1, replications + 1):
        plain = {"population.humans": HUMANS, "seed": seed, "measures.every": 1000}
        keys = {**plain, **(overrides or {}), **keys_of(guards, budget)}
        society = Society(load(SCENARIO, overrides=keys), with_objects=False)
        society.run_model()
        shares = [_share(society, *pair) for pair in (("carried", "attacks"), ("held_back", "answers"))]
        ends.append((float(society.state.values.mean()), *shares))  # noqa: PD011 - no pandas
    return Ends(*np.array(ends).T)


def _share(society: Society, part: str, whole: str) -> float:
    """Return the share that one count has of another; 0 where nothing was counted."""
    sums = [int(society.state.counts[name].sum()) if society.state.counts else 0 for name in (part, whole)]
    return sums[0] / sums[1] if sums[1] else 0.0


def expected_harm(guards: str, budget: int, share: float = SHARE) -> float:
    """Return how far people are carried by theory.

    Examples
    --------
    >>> round(expected_harm("none", 75), 4), round(expected_harm("both", 1), 5)
    (0.0237, 0.00053)
    """
    told = share * expected_success(guards, budget)
    passes = pass_all([benign for _, benign in GUARDS[guards].values()])
    pull = (1.0 - KEPT) * HEARD * (told + (1.0 - told) * passes)  # who succeeds is answered
    return pull / (KEPT + pull) * told * (TARGET - STANDARD)


def expected_success(guards: str, budget: int) -> float:
    """Return the share of attacks that succeed within a budget past guards."""
    past = pass_all([attack for attack, _ in GUARDS[guards].values()])
    return float(success_within(TEMPLATES * past, budget))


def find_harm(
    replications: int = 10,
    budgets: tuple[int, ...] = BUDGETS,
    overrides: Mapping[str, object] | None = None,
) -> pd.DataFrame:
    """Measure what adversaries do to people behind each guard, at each budget.

    Returns
    -------
    DataFrame
        A row each. Columns: guards, budget; harm, harm_low, harm_high, expected_harm; left, left_low,
        left_high (the harm over that without guards at the same budget, seed by seed); carried and
        expected_carried (share of attacks that succeeded); held_back (share of other answers).
    """
    rows: list[dict[str, object]] = []
    bare: dict[int, Floats] = {}
    for guards in GUARDS:
        without = run_world(guards, 0, replications, overrides)
        for budget in budgets:
            found = run_world(guards, budget, replications, overrides)
            harm = found.mean - without.mean
            bare.setdefault(budget, harm)
            row: dict[str, object] = {"guards": guards, "budget": budget}
            for name, numbers in (("harm", harm), ("left", harm / bare[budget])):
                effect = paired_effect(numbers, np.zeros(numbers.size))
                row |= {name: effect.mean, f"{name}_low": effect.low, f"{name}_high": effect.high}
            row |= {"expected_harm": expected_harm(guards, budget), "carried": float(found.carried.mean())}
            row |= {"expected_carried": expected_success(guards, budget)}
            rows.append(row | {"held_back": float(found.held_back.mean())})
    return pd.DataFrame(rows)


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences what guards leave of harm, by budget, and what they cost."""
    rows = table.set_index(["guards", "budget"])
    first = (
        f"Unguarded, adversaries carry people by {_said(rows.loc[('none', 1)], 'harm')} if they try once a "
        f"consultation and by {_said(rows.loc[('none', 75)], 'harm')} if they try up to 75 times (theory: "
        f"{expected_harm('none', 1):.4f}, {expected_harm('none', 75):.4f})."
    )
    second = (
        f"Two guards together leave {_said(rows.loc[('both', 1)], 'left')} of that where one tries once, "
        f"{_said(rows.loc[('both', 10)], 'left')} where one tries up to 10 times and "
        f"{_said(rows.loc[('both', 75)], 'left')} where up to 75, of whom "
        f"{rows.loc[('both', 75), 'carried']:.4f} succeed; the better of them alone leaves "
        f"{_said(rows.loc[('Bergeron', 75)], 'left')} there. What stops nine tries in ten stops few who have "
        "75 of them."
    )
    held = rows.loc[("both", 75), "held_back"]
    many, few = (1.0 - rate_per_try(0.1, budget) / TEMPLATES for budget in (75, 3))
    third = (
        f"Both hold back {held:.4f} of the answers to all others. To let a tenth of attacks of 75 tries "
        f"succeed, guards would have to stop {many:.4f} of single tries, and {few:.4f} if three tries were "
        "all there are: a limit on tries does what guards do not."
    )
    return [first, second, third]


def _said(row: pd.Series, what: str) -> str:
    return f"{row[what]:.4f} [{row[f'{what}_low']:.4f}, {row[f'{what}_high']:.4f}]"


# --- the figure ----------------------------------------------------------------------------------


def draw(table: pd.DataFrame) -> Figure:
    """Draw harm over the budget behind each guard, with theory, and harm left over answers held back."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for guards, colour in COLOURS.items():
        _draw_guards(left, table[table["guards"] == guards], guards, colour)
    left.set_xscale("log")
    left.set_xticks(BUDGETS, [str(one) for one in BUDGETS])
    left.minorticks_off()
    left.set_xlabel("tries at the most, each time one consults", fontsize=8)
    left.set_ylabel("how far people are carried", fontsize=8)
    left.legend(title="guards", title_fontsize=7, fontsize=7, frameon=False, loc="upper left")
    for budget, marker in ((1, "o"), (10, "s"), (75, "^")):
        rows = table[table["budget"] == budget]
        colours = [COLOURS[name] for name in rows["guards"]]
        right.scatter(rows["held_back"], rows["left"], c=colours, marker=marker, s=28)
        label = "1 try" if budget == 1 else f"{budget} tries"
        right.plot([], [], ls="", marker=marker, color="#555555", ms=5, label=label)
    right.set_xlabel("share of others' answers held back", fontsize=8)
    right.set_ylabel("part of the unguarded harm that is left", fontsize=8)
    right.legend(fontsize=7, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 0.3))
    right.set_ylim(-0.03, 1.05)
    for panel in (left, right):
        panel.tick_params(labelsize=7)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_guards(panel: Axes, rows: pd.DataFrame, guards: str, colour: str) -> None:
    budgets = range(1, BUDGETS[-1] + 1)
    panel.plot(budgets, [expected_harm(guards, budget) for budget in budgets], color=colour, lw=0.9)
    away = [rows["harm"] - rows["harm_low"], rows["harm_high"] - rows["harm"]]
    panel.errorbar(rows["budget"], rows["harm"], away, fmt="o", ms=3.5, capsize=2, color=colour, label=guards)


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "adversaries_and_guards.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=10, help="Seeds (10).")
    table = find_harm(parser.parse_args().replications).round(6)  # as the file has it
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "adversaries_and_guards.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: adversaries_and_guards.csv, adversaries_and_guards.png in {HERE}")


if __name__ == "__main__":
    main()
