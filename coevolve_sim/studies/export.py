"""Export a study to files that other programs read."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.output_files import refuse_links, remove_left_over, write_atomically

if TYPE_CHECKING:
    from coevolve_sim.studies.study import Study


def export_study(study: Study) -> list[Path]:
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
