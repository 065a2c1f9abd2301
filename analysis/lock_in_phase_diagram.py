"""Where an assistant that learns from those it teaches holds them back: over adoption and learning rate.

The society of ``scenarios/held_back.yaml``: history carries 400 people from loyalty, authority and sanctity
to care and fairness, and pulls each 5 % of the way each round. A share of them, ``adoption``, consults each
round an assistant and goes 20 % of the way to it; it goes ``learning rate`` of the way to whom it heard. Each
point of a grid of both is run with and without the assistant, on the same people and draws. Two things are
asked:

the way
    How much less of history's way people have come after its 76 rounds than without the assistant (paired
    difference, 10 pairs, interval of 95 %, paired t).
the slow-down
    How much longer a small kick lasts, with history at rest: people are moved by .02 up, and down, and half
    the difference of the two is followed for 200 rounds, with the assistant and without. Theory, for people
    of one mind with pull h = .05, influence a = .2 * adoption and learning rate r: the greatest eigenvalue of
    [[1-a-h, a], [r, 1-r]] against 1-h (`coevolve_sim.studies.instruments.slow_down.slow_down`).

What comes out:

1. Without the assistant people come 0.83 of history's way; with it less, at 30 of 30 points: from -0.011
   [-0.012, -0.011] at adoption 0.1, learning rate 0.5 to -0.591 [-0.593, -0.588] at adoption 0.9, learning
   rate 0.01.
2. At adoption 0.9 learning 50 times faster brings the loss from -0.591 [-0.593, -0.588] to -0.094 [-0.095,
   -0.093].
3. A kick lasts up to 22.9 [22.8, 23.0] times as long with the assistant (adoption 0.9, learning rate 0.01;
   theory 23.8); at the 30 of 30 points where it can be told the slow-down lies within 4% of theory, half of
   them within 2.4%.

Two paces decide: how fast people come to the assistant, and how fast it comes to them. No point of the grid
locks in: a slow-down is finite wherever history pulls.

Run ``python analysis/lock_in_phase_diagram.py [--replications 10] [--workers N]``: prints the sentences,
writes ``lock_in_phase_diagram.csv`` and ``lock_in_phase_diagram.png`` beside this file, in some three minutes
of processor time.
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

from coevolve_sim import Study, compare, sweep
from coevolve_sim.arrays import Floats
from coevolve_sim.studies.designs import Axis, build_design
from coevolve_sim.studies.instruments.loop_gain import kick_response
from coevolve_sim.studies.instruments.slow_down import measure_slow_down, slow_down
from coevolve_sim.studies.phase_diagram import PhaseDiagram, build_phase_diagram, trace_contour
from coevolve_sim.studies.run_summary import PEOPLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
HELD_BACK = HERE.parent / "scenarios" / "held_back.yaml"
ADOPTION, LEARNING = "population.groups.0.adoption", "assistants.0.policy.rate"
ADOPTIONS = (0.1, 0.3, 0.5, 0.7, 0.9)
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
PULL, INFLUENCE = 0.05, 0.2
"""Of history, and of the assistant on those who consult it, in a round: as the scenario has them."""

KICK, ROUNDS = 0.02, 200
KICKS = {"up": KICK, "down": -KICK, "far_up": 2 * KICK, "far_down": -2 * KICK}
AT_REST: dict[str, object] = {
    "rounds": ROUNDS,
    "history.start": 0.5,
    "history.end": 0.5,
    "measures.every": 1,
    "measures.names": ["total_variance"],
}
HALF = -0.4
"""The effect of the line that is drawn: half of the way that people come without an assistant, .8."""


def find_way_lost(
    adoptions: Sequence[float],
    rates: Sequence[float],
    results: Path | str,
    replications: int = 10,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> pd.DataFrame:
    """Run the grid with and without the assistant; return the effect on the share of history's way.

    Returns
    -------
    DataFrame
        A row a point: adoption, rate, way (with the assistant), without, effect, low, high,
        variance_reduction.
    """
    study = sweep(
        HELD_BACK,
        {ADOPTION: list(adoptions), LEARNING: list(rates)},
        worlds={"with": {}, "without": {"assistants": []}},
        replications=replications,
        reference="without",
        outcome="share_of_way",
        measures=["share_of_way"],
        overrides={"measures.names": ["total_variance"], **(overrides or {})},
        results=results,
        workers=workers,
    )
    found = study.effects.rename(
        columns={
            ADOPTION: "adoption",
            LEARNING: "rate",
            "world_mean": "way",
            "reference_mean": "without",
            "mean": "effect",
        }
    )
    return found[["adoption", "rate", "way", "without", "effect", "low", "high", "variance_reduction"]]


def find_slow_downs(
    adoptions: Sequence[float],
    rates: Sequence[float],
    results: Path | str,
    replications: int = 10,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> pd.DataFrame:
    """Kick people at rest, at every point; return by how much longer the kick lasts than without assistant.

    Returns
    -------
    DataFrame
        A row a point: adoption, rate, slow_down, slow_down_low, slow_down_high, theory, refused (why there is
        no number, else empty).
    """
    keys = {**AT_REST, **(overrides or {})}
    worlds = {name: {"interventions": [_kick(size)]} for name, size in KICKS.items()}
    alone = {name: {"assistants": [], **worlds[name]} for name in ("up", "down")}
    without = compare(
        HELD_BACK, alone, replications=replications, overrides=keys, results=results, workers=workers
    )
    forgot = _response(without, "up", "down", KICK)
    study = sweep(
        HELD_BACK,
        {ADOPTION: list(adoptions), LEARNING: list(rates)},
        worlds=worlds,
        replications=replications,
        record="summary",
        overrides=keys,
        results=results,
        workers=workers,
    )
    rows = []
    for point in range(len(study.plan.points)):
        values = study.plan.point_values(point)
        adoption, rate = float(values[ADOPTION]), float(values[LEARNING])
        small = _response(study, "up", "down", KICK, point)
        large = _response(study, "far_up", "far_down", 2 * KICK, point)
        found = measure_slow_down(small, large, forgot)
        theory = slow_down(PULL, INFLUENCE * adoption, rate)
        rows.append((adoption, rate, found.slow_down, found.low, found.high, theory, found.refused))
    return pd.DataFrame(
        rows,
        columns=["adoption", "rate", "slow_down", "slow_down_low", "slow_down_high", "theory", "refused"],
    )


def _kick(size: float) -> dict[str, object]:
    return {"action": "shock", "round": 1, "shift": size}


def _response(study: Study, up: str, down: str, size: float, point: int = 0) -> Floats:
    """Return the response of people's mean to a kick, over dimensions, shape (replications, rounds)."""
    means = []
    for world in (up, down):
        kept = study.summaries(world, point)
        means.append([kept[r].select(PEOPLE)[1:].mean(axis=1) for r in sorted(kept)])
    return kick_response(means[0], means[1], size)


def diagram_of(table: pd.DataFrame, column: str) -> PhaseDiagram:
    """Return a column of a table of points as a phase diagram, adoption across and learning rate up."""
    grid = table.sort_values(["adoption", "rate"])
    axes = [Axis(key, tuple(sorted(set(grid[key])))) for key in ("adoption", "rate")]
    return build_phase_diagram(build_design(axes), grid[column].to_numpy())


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences what the grid says."""
    most, least = table.loc[table["effect"].idxmin()], table.loc[table["effect"].idxmax()]
    n_lower = int((table["high"] < 0).sum())
    first = (
        f"Without the assistant people come {table['without'].mean():.2f} of history's way; with it less, at "
        f"{n_lower} of {len(table)} points: from {_effect(least)} at {_point(least)} to "
        f"{_effect(most)} at {_point(most)}."
    )
    shared = table[table["adoption"] == table["adoption"].max()]
    slow, fast = shared.loc[shared["rate"].idxmin()], shared.loc[shared["rate"].idxmax()]
    second = (
        f"At adoption {slow['adoption']:g} learning {fast['rate'] / slow['rate']:.0f} times faster brings "
        f"the loss from {_effect(slow)} to {_effect(fast)}."
    )
    known = table[table["refused"] == ""]
    error = (known["slow_down"] / known["theory"] - 1).abs()
    most = known.loc[known["slow_down"].idxmax()]
    third = (
        f"A kick lasts up to {most['slow_down']:.1f} [{most['slow_down_low']:.1f}, "
        f"{most['slow_down_high']:.1f}] times as long with the assistant ({_point(most)}; theory "
        f"{most['theory']:.1f}); at the {len(known)} of {len(table)} points where it can be told the "
        f"slow-down lies within {error.max():.0%} of theory, half of them within {error.median():.1%}."
    )
    return [first, second, third]


def _effect(row: pd.Series) -> str:
    return f"{row['effect']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def _point(row: pd.Series) -> str:
    return f"adoption {row['adoption']:g}, learning rate {row['rate']:g}"


# --- the figure ----------------------------------------------------------------------------------


def draw(table: pd.DataFrame) -> Figure:
    """Draw the effect on the way, and the slow-down against theory, over adoption and learning rate."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_map(figure, left, diagram_of(table, "effect"), "cividis", "{:.2f}")
    for line in trace_contour(_on_even_axes(diagram_of(table, "effect")), HALF):
        left.plot(line[:, 0], line[:, 1], color="white", lw=1.6)
    left.set_title(f"Share of history's way lost to the assistant (line: {-HALF:g})", fontsize=9)
    _draw_map(figure, right, diagram_of(table, "slow_down"), "magma", "{:.1f}")
    _write_theory(right, diagram_of(table, "theory"))
    right.set_title("Slow-down of a kick (below, in italics: theory)", fontsize=9)
    return figure


def _on_even_axes(diagram: PhaseDiagram) -> PhaseDiagram:
    """Return the diagram with axes counted in cells, as it is drawn."""
    places = (np.arange(diagram.x.size, dtype=float), np.arange(diagram.y.size, dtype=float))
    return PhaseDiagram(
        diagram.keys,
        *places,
        diagram.means,
        diagram.standard_errors,
        diagram.n_runs,
        diagram.n_failed,
    )


def _draw_map(figure: Figure, panel: Axes, diagram: PhaseDiagram, colours: str, form: str) -> None:
    shown = panel.imshow(diagram.means, origin="lower", aspect="auto", cmap=colours)
    figure.colorbar(shown, ax=panel)
    middle = np.nanmean([np.nanmin(diagram.means), np.nanmax(diagram.means)])
    for (row, column), value in np.ndenumerate(diagram.means):
        colour = "black" if value > middle else "white"
        told = "-" if np.isnan(value) else form.format(value)
        panel.text(column, row + 0.12, told, ha="center", va="center", fontsize=8, color=colour)
    panel.set_xticks(range(diagram.x.size), [f"{x:g}" for x in diagram.x])
    panel.set_yticks(range(diagram.y.size), [f"{y:g}" for y in diagram.y])
    panel.set_xlabel("adoption", fontsize=8.5)
    panel.set_ylabel("learning rate of the assistant", fontsize=8.5)
    panel.tick_params(labelsize=8)


def _write_theory(panel: Axes, theory: PhaseDiagram) -> None:
    middle = (theory.means.min() + theory.means.max()) / 2
    for (row, column), value in np.ndenumerate(theory.means):
        colour = "black" if value > middle else "white"
        where = {"ha": "center", "va": "center", "fontsize": 7, "style": "italic", "color": colour}
        panel.text(column, row - 0.25, f"{value:.1f}", **where)


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "lock_in_phase_diagram.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def study_grid(
    adoptions: Sequence[float] = ADOPTIONS,
    rates: Sequence[float] = RATES,
    results: Path | str = "results",
    replications: int = 10,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> pd.DataFrame:
    """Return the way lost and the slow-down of every point, in one table."""
    given = (adoptions, rates, results, replications, overrides, workers)
    return find_way_lost(*given).merge(find_slow_downs(*given), on=["adoption", "rate"])


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=10, help="Seeds at every point (10).")
    parser.add_argument("--workers", type=int, help="Processes; all cores if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as results:
        table = study_grid(results=results, replications=given.replications, workers=given.workers)
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "lock_in_phase_diagram.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: lock_in_phase_diagram.csv, lock_in_phase_diagram.png in {HERE}")


if __name__ == "__main__":
    main()
