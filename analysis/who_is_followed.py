"""Whose values an assistant holds that learns from a majority and a minority.

Of 400 people 80 % hold .2 on five moral foundations and 20 % hold .8 (spread .05). They hear nobody but the
assistant, which all of them consult in every round. Five ways to learn, each of which holds at once what it
concludes:

mean
    The mean of all whom it heard: .8 * .2 + .2 * .8 = **.32**, .12 from the majority and .48 from the
    minority.
median
    Five eighths up the majority, whose values follow a beta distribution: .213.
contract, greatest least gain (contractualist, max_min)
    What is best for the group that is worst off: the middle of both, **.5**, whatever their sizes.
contract, Nash (contractualist, nash)
    The greatest product of what groups gain, each to the power of its share: the y at which .8 ln(1 - (y -
    .2)^2) + .2 ln(1 - (y - .8)^2) is greatest, **.342**.
moral graph
    Eight people's values become cards, all vote which of two is wiser, and cards weigh by PageRank. Wiser is
    what is nearer to one's own values, so the majority's cards win; whose cards are drawn is chance.

First people do not move (``update.rate.assistant: 0``), so that the policy alone is seen. Then everybody goes
a tenth of the way to the assistant in each round, for 60 rounds: whom it follows decides where everybody ends
(in round 1 it says .5, where it begins). 20 seeds, intervals of 95 % (paired t for differences from the mean
policy, on the same people and draws).

What comes out:

1. Where people do not move, the assistant comes to stand: mean at 0.320 [0.319, 0.320] (expected 0.320);
   median at 0.213 [0.212, 0.214] (expected 0.213); contract, greatest least gain at 0.500 [0.499, 0.500]
   (expected 0.500); contract, Nash at 0.342 [0.341, 0.342] (expected 0.342).
2. The moral graph stands at 0.283 [0.252, 0.314], 0.083 from the majority and 0.517 from the minority.
3. Where people follow it, they end at 0.336 [0.336, 0.337] with the mean, and from there -0.097 [-0.097,
   -0.096] with median, +0.163 [+0.163, +0.164] with contract, greatest least gain, +0.007 [+0.007, +0.007]
   with contract, Nash, -0.035 [-0.041, -0.029] with moral graph.

Run ``python analysis/who_is_followed.py [--replications 20] [--workers N]``: prints the sentences, writes
``who_is_followed.csv`` and ``who_is_followed.png`` beside this file, in twenty seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import minimize_scalar

from coevolve_sim import compare
from coevolve_sim.scenario import loads
from coevolve_sim.studies import paired_effect
from coevolve_sim.studies.intervals import interval_of_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SOCIETY = """
name: who_is_followed
rounds: 60
value_space: moral-foundations
network: {family: ring, degree: 2}
population:
  humans: 400
  groups:
    - {name: majority, share: 0.8, centre: 0.2, spread: 0.05, adoption: 1.0}
    - {name: minority, share: 0.2, centre: 0.8, spread: 0.05, adoption: 1.0}
update:
  rule: hegselmann_krause
  confidence: {peer: 0.0, assistant: 1.0}
  rate: {peer: 0.0, assistant: 0.0}
assistants:
  - {name: assistant, start: 0.5}
measures: {every: 1, names: [total_variance]}
"""
MAJORITY, MINORITY, SHARE, SPREAD = 0.2, 0.8, 0.8, 0.05
POLICIES: dict[str, dict[str, object]] = {
    "mean": {"kind": "mean"},
    "median": {"kind": "median"},
    "contract_max_min": {"kind": "contractualist", "agreement": "max_min"},
    "contract_nash": {"kind": "contractualist", "agreement": "nash"},
    "moral_graph": {"kind": "moral_graph"},
}
LABELS = {
    "mean": "mean",
    "median": "median",
    "contract_max_min": "contract, greatest least gain",
    "contract_nash": "contract, Nash",
    "moral_graph": "moral graph",
}
COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73")
RATE = 0.1
"""How far people go to the assistant in the second part."""


def expected_stances() -> dict[str, float]:
    """Return where each policy should stand while people do not move; the moral graph has no formula."""

    def nash(y: float) -> float:
        return -(SHARE * np.log(1 - (y - MAJORITY) ** 2) + (1 - SHARE) * np.log(1 - (y - MINORITY) ** 2))

    size = MAJORITY * (1 - MAJORITY) / SPREAD**2 - 1
    return {
        "mean": SHARE * MAJORITY + (1 - SHARE) * MINORITY,
        "median": float(stats.beta(MAJORITY * size, (1 - MAJORITY) * size).ppf(0.5 / SHARE)),
        "contract_max_min": (MAJORITY + MINORITY) / 2,
        "contract_nash": float(minimize_scalar(nash, bounds=(0, 1), method="bounded").x),
    }


def find_stances(
    results: Path | str,
    rate: float,
    replications: int = 20,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> dict[str, np.ndarray]:
    """Run a world for each policy; return where the assistant and people stand, on average over dimensions.

    Returns
    -------
    dict of str to float64 array, shape (replications, rounds, 2)
        By policy: the assistant, and people's mean.
    """
    scenario = loads(SOCIETY, overrides={"update.rate.assistant": rate, **(overrides or {})})
    worlds = {name: {"assistants.0.policy": policy} for name, policy in POLICIES.items()}
    study = compare(
        scenario, worlds, replications=replications, reference="mean", results=results, workers=workers
    )
    found = {}
    for name in POLICIES:
        kept = study.summaries(name)
        stances = [
            np.stack(
                [
                    kept[r].select("assistant", "assistant").mean(axis=1),
                    kept[r].select("people").mean(axis=1),
                ],
                axis=1,
            )
            for r in sorted(kept)
        ]
        found[name] = np.array(stances)
    return found


def stance_table(alone: Mapping[str, np.ndarray], loop: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return a row for each policy.

    Columns: policy; expected; assistant (where it stands in the last round while people do not move), low,
    high; majority and minority (its distance from each); people (where they end when they follow it),
    people_low, people_high; against_mean (people's end less that with the mean policy), against_low,
    against_high.
    """
    rows, expected = [], expected_stances()
    for name in POLICIES:
        here, there = alone[name][:, -1, 0], loop[name][:, -1, 1]
        stance, ends = ([float(end) for end in interval_of_means(one)[:3]] for one in (here, there))
        other = paired_effect(there, loop["mean"][:, -1, 1])
        distances = (abs(stance[0] - MAJORITY), abs(stance[0] - MINORITY))
        against = (other.mean, other.low, other.high)
        rows.append((LABELS[name], expected.get(name, np.nan), *stance, *distances, *ends, *against))
    columns = ["policy", "expected", "assistant", "low", "high", "majority", "minority", "people"]
    more = ["people_low", "people_high", "against_mean", "against_low", "against_high"]
    return pd.DataFrame(rows, columns=columns + more)


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences whom each policy follows, and what becomes of people."""
    rows = table.set_index("policy")
    known = rows[rows["expected"].notna()]
    stands = [
        f"{name} at {_said(row, 'assistant', 'low', 'high')} (expected {row['expected']:.3f})"
        for name, row in known.iterrows()
    ]
    graph = rows.loc["moral graph"]
    first = f"Where people do not move, the assistant comes to stand: {'; '.join(stands)}."
    second = (
        f"The moral graph stands at {_said(graph, 'assistant', 'low', 'high')}, {graph['majority']:.3f} from "
        f"the majority and {graph['minority']:.3f} from the minority."
    )
    others = rows.drop(index="mean")
    ends = [
        f"{_said(row, 'against_mean', 'against_low', 'against_high', '+')} with {name}"
        for name, row in others.iterrows()
    ]
    end = _said(rows.loc["mean"], "people", "people_low", "people_high")
    third = f"Where people follow it, they end at {end} with the mean, and from there {', '.join(ends)}."
    return [first, second, third]


def _said(row: pd.Series, mean: str, low: str, high: str, sign: str = "") -> str:
    return f"{row[mean]:{sign}.3f} [{row[low]:{sign}.3f}, {row[high]:{sign}.3f}]"


# --- the figure ----------------------------------------------------------------------------------


def draw(alone: Mapping[str, np.ndarray], loop: Mapping[str, np.ndarray]) -> Figure:
    """Draw where the assistant stands by policy while people rest, and where people go that follow it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_courses(left, {name: one[:, :, 0] for name, one in alone.items()})
    for stance, colour in zip(expected_stances().values(), COLOURS, strict=False):
        left.axhline(stance, color=colour, lw=0.8, ls="--", zorder=1)
    left.set_title("The assistant, while people do not move (dashed: expected)", fontsize=8.5)
    _draw_courses(right, {name: one[:, :, 1] for name, one in loop.items()})
    right.set_title("People's mean, where they follow it", fontsize=8.5)
    left.set_ylabel("value", fontsize=8)
    right.legend(frameon=False, fontsize=7)
    return figure


def _draw_courses(panel: Axes, courses: Mapping[str, np.ndarray]) -> None:
    for (name, course), colour in zip(courses.items(), COLOURS, strict=True):
        mean, low, high, _ = interval_of_means(course)
        rounds = np.arange(course.shape[1])
        panel.fill_between(rounds, low, high, color=colour, alpha=0.2, lw=0)
        panel.plot(rounds, mean, color=colour, lw=1.3, label=LABELS[name])
    last = next(iter(courses.values())).shape[1] - 1
    for stance, who in ((MAJORITY, "majority"), (MINORITY, "minority")):
        panel.text(last, stance, who, fontsize=7, color="#555555", ha="right", va="bottom")
    panel.set(ylim=(0.1, 0.9))
    panel.set_xlabel("round", fontsize=8)
    panel.tick_params(labelsize=7)
    panel.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "who_is_followed.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=20, help="Seeds (20).")
    parser.add_argument("--workers", type=int, help="Processes; all cores if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as results:
        alone, loop = (
            find_stances(results, rate, given.replications, workers=given.workers) for rate in (0.0, RATE)
        )
    table = stance_table(alone, loop)
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "who_is_followed.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(alone, loop), HERE)
    print(f"\nWritten: who_is_followed.csv, who_is_followed.png in {HERE}")


if __name__ == "__main__":
    main()
