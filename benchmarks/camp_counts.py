"""A section of the results: the counts of camps that do not depend on size, beside the measure `variance`."""

from __future__ import annotations

import numpy as np
from measuring import side_by_side, table

from coevolve_sim.measures import density_modes, density_modes_on_first_axis, variance

TARGET = 5.0
"""How many times as long as `variance` a count is to take, at the most."""

TEXT = """\
`density_modes` and `density_modes_on_first_axis` of two camps .3 apart, beside the measure `variance` of the
same people, which sorts every dimension. In turns in one process, in processor time; medians.

{table}

Target: at most {target:g} times as long at a million people; the largest ratio is {most:.2f}: {verdict}."""

SIZES = ((10_000, 1), (10_000, 10), (1_000_000, 1), (1_000_000, 10))


def camp_counts_section() -> str:
    """Return the section on counts of camps."""
    rows, most = [], 0.0
    for humans, dimensions in SIZES:
        places = np.where(np.arange(humans) % 2, 0.35, 0.65)[:, None]
        values = np.clip(places + np.random.default_rng(1).normal(0, 0.05, (humans, dimensions)), 0, 1)
        times = side_by_side(
            {
                "variance": lambda x=values: variance(x),
                "each": lambda x=values: density_modes(x),
                "axis": lambda x=values: density_modes_on_first_axis(x),
            }
        )
        own = times["variance"].median
        ratios = [times[name].median / own for name in ("each", "axis")]
        most = max(most, *ratios) if humans == 1_000_000 else most
        counts = f"{density_modes(values).mean():g}, {density_modes_on_first_axis(values):g}"
        rows.append(
            [f"{humans:,}", str(dimensions), f"{1000 * own:.3g} ms", *(f"{r:.2f}" for r in ratios), counts]
        )
    columns = ["humans", "dimensions", "variance", "density_modes", "on_first_axis", "counted"]
    verdict = "met" if most <= TARGET else "missed"
    return TEXT.format(table=table(columns, rows), target=TARGET, most=most, verdict=verdict)
