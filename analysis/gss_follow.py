"""How closely a society without an assistant follows fifty years of US moral opinion.

The people of ``scenarios/quickstart_numeric.yaml``, without its assistant, live through 45 moral issues of
the General Social Survey, 1972-2018 [GSS2018]_ [Strimling2019]_. History moves everybody by its own change
(effect shift). People's mean value on an issue is held against the share that the survey found, in the years
in which the issue was asked and in no other: years between two surveys are interpolated, and to match an
interpolation proves nothing. Three arms: *history alone* (nobody hears anybody, nothing changes of itself),
*exchange without noise* (the quickstart's rule), *with exchange* (the quickstart's rule and noise).

Where the error comes from. History adds the same number to everybody, so the mean would keep to the survey
exactly, but for four things:

start
    People are drawn, so their mean of 1972 is not quite the survey's. Draws are stratified: RMSE 0.0002.
    It stays, neither growing nor shrinking.
clipping
    Who would be moved below 0 or above 1 stays there, and so the mean moves less than history. When
    history comes back, who was clipped comes back with it, having missed part of the way out: the error
    stays. It is all of the error of *history alone* beyond the start, and is largest where history goes far
    towards an end of the scale (police striking over insults: .10 of people hold it in 2018).
exchange
    Bounded confidence does not keep the mean: the well tied pull more than they are pulled, and who is far
    from all others is not heard. But it draws people together, so that fewer reach an end of the scale and
    are clipped: on balance the error shrinks to a third.
noise
    Changes that come of themselves add up to a random walk of the mean, of standard deviation
    noise * sqrt(rounds / humans) if all weigh alike: 0.005 at the end of the quickstart. They also carry
    people to the ends of the scale.

Over seeds 1-5 the RMSE over all issues and survey points is .0074 for history alone, .0023-.0024 for exchange
without noise and .0047-.0055 with exchange; the largest error of any issue in any survey is .041, .010 and
.033. `BOUNDS` states what each arm keeps below, and a test holds it to that with 200 humans.

Run ``python analysis/gss_follow.py [--seed 1] [--results DIR]``: prints the table and the account, writes
``gss_follow.csv``, ``gss_follow.png`` and ``gss_follow.svg`` beside this file, in some fifteen seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import coevolve_sim
from coevolve_sim import values
from coevolve_sim.arrays import Floats
from coevolve_sim.values.histories import History, gss_moral

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


HERE = Path(__file__).parent
QUICKSTART = HERE.parent / "scenarios" / "quickstart_numeric.yaml"
NO_ASSISTANT = {"assistants": [], "mesa.collect": "none"}
ARMS: dict[str, dict[str, object]] = {
    "history alone": {"update.rate.peer": 0.0, "update.noise": 0.0},
    "exchange without noise": {"update.noise": 0.0},
    "with exchange": {},
}
BOUNDS = {
    "history alone": (0.010, 0.05),
    "exchange without noise": (0.005, 0.02),
    "with exchange": (0.010, 0.05),
}
"""Of each arm, what its root mean square error over all issues and its largest error stay below."""

COLOURS = {"history alone": "#E69F00", "with exchange": "#0072B2"}
"""Of the arms that the figure shows."""

SURVEY, GREY = "#222222", "#555555"


@dataclass(frozen=True, eq=False)
class Arm:
    """What a run says of how people followed.

    Attributes
    ----------
    name : str
        A key of `ARMS`.
    people : float array, shape (eras, issues)
        People's mean values at the end of each era, in [0, 1].
    reached_end : float array, shape (issues,)
        Share of people who stood at 0 or 1 in any recorded round; nobody begins there.
    clipped_share : float
        Of all moves that history asked for, how many would have left [0, 1].
    """

    name: str
    people: Floats
    reached_end: Floats
    clipped_share: float


def run_arm(name: str, seed: int, results: Path | str, overrides: Mapping[str, object] | None = None) -> Arm:
    """Run the quickstart without its assistant, in one arm.

    Parameters
    ----------
    name : str
        A key of `ARMS`.
    seed : int
        Of the run.
    results : path
        Folder for the run's record.
    overrides : mapping, optional
        Further keys of the scenario to set, as for `coevolve_sim.run`.

    Returns
    -------
    Arm
    """
    keys = {**NO_ASSISTANT, **ARMS[name], **(overrides or {})}
    run = coevolve_sim.run(QUICKSTART, seed=seed, overrides=keys, results=results)
    means, issues = run.means, list(run.dimensions)
    eras = means[(means["kind"] == "people") & (means["era"] % 1 == 0)].sort_values("era")
    trajectories = run.trajectory_arrays()[2]
    n_moves = run.n_rounds * run.n_humans * len(issues)
    return Arm(
        name,
        eras[issues].to_numpy(),
        ((trajectories == 0.0) | (trajectories == 1.0)).any(axis=0).mean(axis=0),
        float(run.rounds["n_clipped"].sum()) / n_moves,
    )


def _figures(history: History) -> Floats:
    return history.values  # noqa: PD011 - not a pandas object


def errors(people: Floats, history: History) -> Floats:
    """Return people's mean less the survey's figure, nan where the issue was not asked.

    Parameters
    ----------
    people : float array, shape (eras, issues)
        People's mean values.
    history : History
        The survey's.

    Returns
    -------
    float array, shape (eras, issues)
        In [-1, 1] or nan.
    """
    return np.where(history.observed, people - _figures(history), np.nan)


def root_mean_square(error: Floats, axis: int | None = None) -> Floats:
    """Return the root mean square of what is not nan, in [0, 1]."""
    return np.asarray(np.sqrt(np.nanmean(error**2, axis=axis)))


def error_table(arms: list[Arm], history: History, labels: tuple[str, ...]) -> pd.DataFrame:
    """Return the error of every issue in every arm, the worst of the first arm first.

    Columns: issue, label, surveys; then of each arm the RMSE, the largest error (signed: above 0, people
    hold the position more than the survey found), its year, and the share of people who reached 0 or 1.
    """
    table = pd.DataFrame(
        {"issue": history.dimension_names, "label": labels, "surveys": history.observed.sum(axis=0)}
    )
    for arm in arms:
        error, key = errors(arm.people, history), _key(arm)
        worst = np.nanargmax(np.abs(error), axis=0)
        table[f"rmse_{key}"] = root_mean_square(error, axis=0)
        table[f"largest_{key}"] = error[worst, np.arange(worst.size)]
        table[f"year_of_largest_{key}"] = history.times[worst].astype(int)
        table[f"reached_end_{key}"] = arm.reached_end
    return table.sort_values(f"rmse_{_key(arms[0])}", ascending=False, ignore_index=True)


def _key(arm: Arm) -> str:
    return arm.name.replace(" ", "_")


def account(arm: Arm, history: History) -> str:
    """Return in words how large an arm's error is and where it comes from."""
    error = errors(arm.people, history)
    start = arm.people[0] - _figures(history)[0]
    rest = np.where(history.observed, error - start, np.nan)
    towards_middle = error * np.sign(0.5 - _figures(history))
    held_back = arm.reached_end > 0.01
    said = (
        f"{arm.name}: RMSE {root_mean_square(error):.4f} over {np.count_nonzero(history.observed)} survey "
        f"points, largest error {np.nanmax(np.abs(error)):.4f}. The start accounts for an RMSE of "
        f"{root_mean_square(start):.4f}, what happens on the way for {root_mean_square(rest):.4f}. History "
        f"would have moved {arm.clipped_share:.2%} of values out of [0, 1]. On {np.count_nonzero(held_back)} "
        f"of {held_back.size} issues more than 1 % of people ever reached an end of the scale: RMSE there "
        f"{_rmse_of(error, held_back)}, elsewhere {_rmse_of(error, ~held_back)}. People are "
        f"{'nearer the middle' if np.nanmean(towards_middle) > 0 else 'further out'} than the survey by "
        f"{abs(np.nanmean(towards_middle)):.4f} on average."
    )
    return textwrap.fill(said, 110)


def _rmse_of(error: Floats, chosen: NDArray[np.bool_]) -> str:
    return f"{root_mean_square(error[:, chosen]):.4f}" if chosen.any() else "none"


# --- the figure ----------------------------------------------------------------------------------


def draw(arms: list[Arm], history: History, table: pd.DataFrame) -> Figure:
    """Draw people's mean values against the survey's figures, and below the error of every issue.

    One panel an issue, the worst of the first arm first.
    """
    from matplotlib.figure import Figure

    shown = [arm for arm in arms if arm.name in COLOURS]
    figure = Figure(figsize=(9.0, 14.8), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(12.2, 2.6))
    panels = upper.subplots(-(-len(table) // 5), 5, sharex=True, sharey=True).ravel()
    for panel, row in zip(panels, table.to_dict("records"), strict=False):
        _draw_issue(panel, shown, history, {str(key): value for key, value in row.items()})
    handles, names = panels[0].get_legend_handles_labels()
    names[-1] += "   (in grey: RMSE of history alone / with exchange)"
    upper.legend(handles, names, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    upper.supylabel("share of people holding the position", fontsize=9)
    for panel, arm in zip(lower.subplots(1, len(shown), sharey=True), shown, strict=True):
        _draw_errors(panel, arm, history, table)
    lower.supylabel("people less survey", fontsize=9)
    return figure


def _draw_issue(panel: Axes, arms: list[Arm], history: History, row: dict[str, object]) -> None:
    column = history.dimension_names.index(str(row["issue"]))
    asked = history.observed[:, column]
    for arm in arms:
        panel.plot(history.times, arm.people[:, column], color=COLOURS[arm.name], lw=1.3, label=arm.name)
    dots = {"ls": "none", "marker": "o", "ms": 2.1, "mew": 0, "color": SURVEY, "label": "survey"}
    panel.plot(history.times[asked], _figures(history)[asked, column], **dots)
    panel.set_title(textwrap.fill(str(row["label"]), 26), fontsize=7.2, pad=3)
    rmse = " / ".join(f"{row[f'rmse_{_key(arm)}']:.3f}".removeprefix("0") for arm in arms)
    below = _figures(history)[:, column].mean() > 0.5
    height, side = (0.06, "bottom") if below else (0.94, "top")
    panel.text(0.97, height, rmse, transform=panel.transAxes, fontsize=6.5, color=GREY, ha="right", va=side)
    panel.set(xlim=(1970, 2020), ylim=(-0.02, 1.02), xticks=[1975, 1995, 2015], yticks=[0, 0.5, 1])
    _tidy(panel)


def _draw_errors(panel: Axes, arm: Arm, history: History, table: pd.DataFrame, n_named: int = 3) -> None:
    error = errors(arm.people, history)
    worst = table.sort_values(f"rmse_{_key(arm)}", ascending=False)["issue"][:n_named].tolist()
    for column, issue in enumerate(history.dimension_names):
        asked = history.observed[:, column]
        style = {"color": COLOURS[arm.name], "lw": 1.5} if issue in worst else {"color": "#BBBBBB", "lw": 0.6}
        panel.plot(history.times[asked], error[asked, column], zorder=3 if issue in worst else 2, **style)
    ends = {issue: error[-1, history.dimension_names.index(issue)] for issue in worst}
    for issue, height in _apart(ends, 0.004).items():
        panel.text(2018.6, height, issue, fontsize=7, va="center")
    panel.axhline(0.0, color=SURVEY, lw=0.7)
    panel.set_title(f"{arm.name}: error of each issue, the {n_named} worst named", fontsize=8, pad=3)
    panel.set(xlim=(1970, 2026), ylim=(-0.045, 0.045), xticks=[1975, 1995, 2015])
    _tidy(panel)


def _apart(heights: Mapping[str, float], gap: float) -> dict[str, float]:
    """Return the heights, the upper ones raised so that none is nearer to the next than the gap."""
    placed: dict[str, float] = {}
    for name in sorted(heights, key=lambda name: heights[name]):
        placed[name] = max([heights[name], *(height + gap for height in placed.values())])
    return placed


def _tidy(panel: Axes) -> None:
    panel.tick_params(labelsize=7, length=2, width=0.6)
    panel.grid(color="#E4E4E4", lw=0.5)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, folder: Path) -> None:
    """Write the figure as PNG and SVG, the same bytes for the same figure."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "gss_follow", "svg.fonttype": "path"}):
        figure.savefig(folder / "gss_follow.png", dpi=160, metadata={"Software": None})
        figure.savefig(folder / "gss_follow.svg", metadata={"Date": None})


# --- the whole -----------------------------------------------------------------------------------


def study(
    seed: int, results: Path | str, overrides: Mapping[str, object] | None = None
) -> tuple[list[Arm], History, pd.DataFrame]:
    """Run all arms; return them, the history, and the table of errors."""
    arms = [run_arm(name, seed, results, overrides) for name in ARMS]
    history = gss_moral()
    return arms, history, error_table(arms, history, values.get("gss-moral").labels)


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="Seed of all arms (1).")
    parser.add_argument("--results", type=Path, help="Folder for the runs; temporary if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        arms, history, table = study(given.seed, given.results or temporary)
    shown = table.drop(columns=[name for name in table if name.startswith(("label", "reached_end", "year"))])
    print(shown.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for arm in arms:
        print("\n" + account(arm, history))
    table.to_csv(HERE / "gss_follow.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(arms, history, table), HERE)
    print(f"\nWritten: gss_follow.csv, gss_follow.png, gss_follow.svg in {HERE}")


if __name__ == "__main__":
    main()
