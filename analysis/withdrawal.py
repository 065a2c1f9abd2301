"""How people recover when the assistant goes, and what it depends on.

Four societies, each with its assistant until a round and without it from then on, against the same people who
never had it, on the same draws. What is recovered k rounds after it left is 1 - abs(gap then) / abs(gap
when it left), the gap being between the means of both worlds (over all dimensions):

history pulls by .05, by .1
    ``scenarios/held_back.yaml``: history pulls everybody 5 % (or 10 %) of the way to where it is each round.
    A gap between two worlds then shrinks to 1 - h of itself, wherever history goes: 1 - (1 - h)^k is
    recovered, half of it after ln .5 / ln(1 - h) rounds, 13.51 and 6.58.
history that moves people by its own change
    The same with ``history.effect: shift``: nothing pulls people to where it is. Of people of one mind
    nothing is recovered (spread .02, no noise: within .01 of 0). Of people who differ something may be,
    either way: some are stopped at an end of the scale, or heard in one world and not in the other.
lock-in
    ``scenarios/lock_in.yaml``: people keep the last thing that the assistant said, with the precision that it
    claimed.

What comes out:

1. Where history pulls, people recover: half of the gap is gone after 13.51 to 13.77 rounds where history
   pulls by .05 (theory 13.51; all 4 rounds of withdrawal lie within 0.26), and half of the gap is gone after
   6.57 to 6.59 rounds where history pulls by .1 (theory 6.58; all 4 rounds of withdrawal lie within 0.01). A
   longer stay makes it no slower.
2. Where history only shifts, -0.130 [-0.392, 0.132], 0.313 [0.289, 0.337], 0.054 [0.051, 0.056], 0.014
   [0.013, 0.015] of the gap (left after round 10, 20, 40, 76) is recovered 60 rounds after it left.
3. Where people are locked in, 0.002 [-0.016, 0.020], -0.187 [-0.201, -0.174], -0.064 [-0.073, -0.055], -0.021
   [-0.027, -0.015] of the gap (left after round 10, 20, 40, 76) is recovered, and half of it in neither
   society.

Run ``python analysis/withdrawal.py [--replications 20] [--workers N]``: prints the sentences, writes
``withdrawal.csv`` and ``withdrawal.png`` beside this file, in half a minute.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coevolve_sim import compare
from coevolve_sim.arrays import Floats
from coevolve_sim.studies.instruments.recovery import Recovery, measure_recovery
from coevolve_sim.studies.run_summary import PEOPLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SCENARIOS = HERE.parent / "scenarios"
FOLLOWED = 60
"""Rounds after withdrawal."""


@dataclass(frozen=True)
class Society:
    """A society in which the assistant is withdrawn.

    Attributes
    ----------
    name : str
    scenario : str
        A shipped one.
    keys : mapping
        Set in it.
    pull : float
        Of history, which theory takes.
    colour : str
    """

    name: str
    scenario: str
    keys: Mapping[str, object]
    pull: float
    colour: str

    @property
    def half_life(self) -> float:
        """Rounds after which half is recovered, by theory; inf where nothing pulls."""
        return float(np.log(0.5) / np.log(1 - self.pull)) if self.pull else float("inf")


SOCIETIES = (
    Society("history pulls by .05", "held_back", {}, 0.05, "#0072B2"),
    Society("history pulls by .1", "held_back", {"history.pull": 0.1}, 0.1, "#009E73"),
    Society("history shifts", "held_back", {"history.effect": "shift"}, 0.0, "#E69F00"),
    Society("lock-in", "lock_in", {}, 0.0, "#D55E00"),
)
LEAVES = (10, 20, 40, 76)
"""Rounds after which the assistant leaves."""


def find_recoveries(
    society: Society,
    results: Path | str,
    leaves: Sequence[int] = LEAVES,
    replications: int = 20,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> dict[int, Recovery]:
    """Withdraw the assistant after each of some rounds; return what is recovered in the rounds that follow.

    Returns
    -------
    dict of int to Recovery
        By the round after which it leaves; `FOLLOWED` rounds of each.
    """
    keys = {
        "rounds": max(leaves) + FOLLOWED,
        "measures.every": 1,
        "measures.names": ["total_variance"],
        **society.keys,
        **(overrides or {}),
    }
    worlds: dict[str, dict[str, object]] = {
        f"left_{leave}": {"interventions": [_withdraw(leave)]} for leave in leaves
    }
    study = compare(
        SCENARIOS / f"{society.scenario}.yaml",
        worlds | {"none": {"assistants": []}},
        replications=replications,
        reference="none",
        overrides=keys,
        results=results,
        workers=workers,
    )
    people = {}
    for world in study.plan.world_names:
        kept = study.summaries(world)
        people[world] = np.array([kept[r].select(PEOPLE) for r in sorted(kept)])
    found = {}
    for leave in leaves:
        here, there = (people[world][:, leave : leave + FOLLOWED + 1] for world in (f"left_{leave}", "none"))
        found[leave] = measure_recovery(here, there)
    return found


def _withdraw(leave: int) -> dict[str, object]:
    return {"action": "withdraw", "round": leave + 1, "assistant": "assistant"}


def recovery_table(found: Mapping[str, Mapping[int, Recovery]]) -> pd.DataFrame:
    """Return a row for each society and round of withdrawal.

    Columns: society, leave, half_life and its ends, theory, recovered (after `FOLLOWED` rounds) and its ends,
    refused.
    """
    rows = []
    for society in SOCIETIES:
        for leave, one in found.get(society.name, {}).items():
            last = one.at_horizon
            ends = (np.nan,) * 3 if last is None else (last.mean, last.low, last.high)
            halves = (one.half_life, one.half_life_low, one.half_life_high)
            rows.append((society.name, leave, *halves, society.half_life, *ends, one.refused))
    columns = ["society", "leave", "half_life", "half_life_low", "half_life_high", "theory"]
    return pd.DataFrame(rows, columns=[*columns, "recovered", "recovered_low", "recovered_high", "refused"])


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences what is recovered, and how fast."""
    told = []
    for society in SOCIETIES[:2]:
        rows = table[table["society"] == society.name]
        error = (rows["half_life"] - rows["theory"]).abs().max()
        least, most = rows["half_life"].min(), rows["half_life"].max()
        told.append(
            f"half of the gap is gone after {least:.2f} to {most:.2f} rounds where {society.name} (theory "
            f"{society.half_life:.2f}; all {len(rows)} rounds of withdrawal lie within {error:.2f})"
        )
    first = f"Where history pulls, people recover: {', and '.join(told)}. A longer stay makes it no slower."
    shift, locked = (table[table["society"] == society.name] for society in SOCIETIES[2:])
    second = f"Where history only shifts, {_tell(shift)} is recovered {FOLLOWED} rounds after it left."
    third = f"Where people are locked in, {_tell(locked)} is recovered, and half of it in neither society."
    return [first, second, third]


def _tell(rows: pd.DataFrame) -> str:
    told = [
        f"{row['recovered']:.3f} [{row['recovered_low']:.3f}, {row['recovered_high']:.3f}]"
        for _, row in rows.iterrows()
    ]
    leaves = ", ".join(str(leave) for leave in rows["leave"])
    return f"{', '.join(told)} of the gap (left after round {leaves})"


# --- the figure ----------------------------------------------------------------------------------


def draw(found: Mapping[str, Mapping[int, Recovery]]) -> Figure:
    """Draw what is recovered by round, a panel a society, with theory dashed."""
    from matplotlib.figure import Figure

    shown = [society for society in SOCIETIES if society.name in found]
    figure = Figure(figsize=(2.7 * len(shown), 2.9), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(shown), sharey=True))
    for panel, society in zip(panels, shown, strict=True):
        rounds = np.arange(FOLLOWED + 1)
        for place, (leave, one) in enumerate(found[society.name].items()):
            if one.refused:
                continue
            shade = 0.35 + 0.65 * (place + 1) / len(found[society.name])
            panel.fill_between(rounds, one.low, one.high, color=society.colour, alpha=0.15, lw=0)
            style = {"color": society.colour, "alpha": shade, "lw": 1.4}
            panel.plot(rounds, one.share, label=f"left after round {leave}", **style)
        expected: Floats = 1 - (1 - society.pull) ** rounds
        panel.plot(rounds, expected, color="#222222", lw=0.9, ls="--", label="theory")
        panel.axhline(0.5, color="#999999", lw=0.6)
        panel.set_title(society.name, fontsize=9)
        panel.set_xlabel("rounds after it left", fontsize=8)
        panel.tick_params(labelsize=7)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylim(-0.35, 1.05)
    panels[0].set_ylabel("share of the gap recovered", fontsize=8)
    panels[-1].legend(frameon=False, fontsize=6.5, loc="upper left")
    return figure


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "withdrawal.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=20, help="Seeds of each society (20).")
    parser.add_argument("--workers", type=int, help="Processes; all cores if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as results:
        found = {
            one.name: find_recoveries(one, results, replications=given.replications, workers=given.workers)
            for one in SOCIETIES
        }
    table = recovery_table(found)
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "withdrawal.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(found), HERE)
    print(f"\nWritten: withdrawal.csv, withdrawal.png in {HERE}")


if __name__ == "__main__":
    main()
