"""Export a study to files that other programs read."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.output_files import refuse_links, remove_left_over, write_atomically

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from coevolve_sim.studies.plan import StudyPlan


class HasTables(Protocol):
    """What of a study is exported; a `coevolve_sim.Study` has it."""

    folder: Path
    plan: StudyPlan

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run."""

    @property
    def effects(self) -> pd.DataFrame:
        """One row an effect."""

    @property
    def trajectories(self) -> pd.DataFrame:
        """Means by round."""

    def to_xarray(self) -> xr.Dataset:
        """Return all as one data set."""


def export_study(study: HasTables) -> list[Path]:
    """Write ``runs.csv``, ``effects.csv``, ``study.nc``, and trajectories as Parquet where they are kept.

    Returns
    -------
    list of Path
        The files written, each whole or not at all.

    Raises
    ------
    RecordError
        If the folder cannot be written.
    """
    folder = study.folder
    refuse_links(folder)
    remove_left_over(folder)
    written = [
        write_atomically(folder / f"{name}.csv", partial(escape_texts(table).to_csv, index=False))
        for name, table in (("runs", study.runs), ("effects", study.effects))
        if len(table)
    ]
    if study.plan.record != "none":
        table = study.trajectories
        write = partial(table.to_parquet, index=False)
        written.append(write_atomically(folder / "trajectories.parquet", write))
    data = study.to_xarray()
    written.append(
        write_atomically(folder / "study.nc", lambda path: data.to_netcdf(path, engine="h5netcdf"))
    )
    return written
