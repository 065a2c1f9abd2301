"""Measures that do not depend on the number of people, computed from the people on record when a run is read.

They are no part of the record unless the scenario names them, and so of no digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.measures import (
    SIZE_FREE,
    density_modes,
    density_modes_on_first_axis,
)

if TYPE_CHECKING:
    import pandas as pd

    from coevolve_sim.runs.reader import RecordReader


def read_size_free(run: RecordReader) -> pd.DataFrame:
    """Return the measures of `SIZE_FREE` at the rounds of the snapshots: one row a round, one column each.

    ``polarization_disagreement_per_head`` is the recorded index over the number of humans, nan where the
    index was not taken. Measures that the scenario names are on record, and left out here.
    """
    import pandas as pd

    index = run.measures.get("polarization_disagreement_index", pd.Series(dtype=float))
    rows = {}
    for round_index, values in run.snapshots().items():
        rows[round_index] = {
            "density_modes": float(density_modes(values).mean()),  # type: ignore[union-attr]
            "density_modes_on_first_axis": density_modes_on_first_axis(values),
            "polarization_disagreement_per_head": index.get(round_index, float("nan")) / run.n_humans,
        }
    names = [name for name in SIZE_FREE if name not in run.measures.columns]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(SIZE_FREE))[names]
