"""A run as its users see it: its record, the gaps between held and perceived values, exports, the report."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coevolve_sim.notebook import build_html
from coevolve_sim.registry import pause_collection, upwards
from coevolve_sim.runs import export
from coevolve_sim.runs.dataset import to_xarray
from coevolve_sim.runs.gaps import gaps_by, hearings_beside_messages, messages_with_voices
from coevolve_sim.runs.people import add_names, read_people
from coevolve_sim.runs.progress import read_progress
from coevolve_sim.runs.reader import RecordReader
from coevolve_sim.runs.size_free import read_size_free

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import xarray as xr


def open_run(folder: Path | str) -> Run:
    """Open a run from its folder.

    Raises
    ------
    RecordError
        If there is no run there, or it has another format.
    """
    run = Run(Path(folder))
    _ = run.manifest
    return run


def verify_run(folder: Path | str) -> None:
    """Verify the whole record of a run: everything in it is read once.

    Raises
    ------
    RecordError
        If there is no run, or something in it was altered or damaged: it names the table and the round.
    """
    open_run(folder).verify()


class Run(RecordReader):
    """A run and its results, read from its folder.

    Parameters
    ----------
    folder : Path
        The run's folder. If the run is still going on, the rounds finished so far are read.
    """

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the run."""
        if not self.has_rounds:
            return build_html(self.folder.name, [("status", self.status), ("folder", self.folder)])
        scenario = self.scenario
        finished = f"{self.n_rounds_finished:,} of {self.n_rounds:,}"
        facts = [
            ("status", self.status),
            ("rounds", finished),
            ("seed", scenario.seed),
            *scenario.describe_society(self.n_humans, self.dimensions),
            *self._first_and_last(),
            ("folder", self.folder),
        ]
        notes = self.notes
        told = notes[notes["kind"].isin(("answers", "messages"))]["text"]
        return build_html(f"Run of {scenario.name}", facts, [*map(str, told)])

    def _first_and_last(self) -> list[tuple[str, str]]:
        """Return a few measures at the first and at the last measured round."""
        table = self.measures
        chosen = [str(name) for name in table.columns[:4]]
        return [(name, f"{table[name].iloc[0]:.4g} → {table[name].iloc[-1]:.4g}") for name in chosen]

    @cached_property
    def people(self) -> pd.DataFrame:
        """Who the humans are: columns human, name (if they have one), group, and attributes from their file.

        See `coevolve_sim.runs.people.read_people`.
        """
        return read_people(self)

    def with_names(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return `messages` or `hearings` with names; see `coevolve_sim.runs.people.add_names`."""
        return add_names(self, table)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Gaps between held, expressed and perceived values, by topic and kind of message.

        Columns dimension, kind, then those of `coevolve_sim.runs.gaps.gaps_by`; empty where nobody speaks.
        """
        return gaps_by(messages_with_voices(self), hearings_beside_messages(self), ("dimension", "kind"))

    @cached_property
    def progress(self) -> pd.DataFrame:
        """Cosines on record with what they rest on, errors, and the share of history's way.

        Columns assistant, measure, dimension, value, scored, eras, note; see
        `coevolve_sim.runs.progress.read_progress`.
        """
        return read_progress(self)

    @cached_property
    def size_free(self) -> pd.DataFrame:
        """Measures of people at start, middle and end that do not depend on how many they are.

        One row a round, one column a measure; see `coevolve_sim.runs.size_free.read_size_free`.
        """
        return read_size_free(self)

    def to_xarray(self) -> xr.Dataset:
        """Return the run as a labelled dataset; see `coevolve_sim.runs.dataset.to_xarray`."""
        return to_xarray(self)

    def to_networkx(self, round_index: int | None = None) -> nx.Graph[int]:
        """Return the network at the end of a round; see `coevolve_sim.runs.export.to_networkx`."""
        return export.to_networkx(self, round_index)

    @cached_property
    def plot(self) -> Any:
        """Pictures of the run, as ``run.plot.values()``; see `coevolve_sim.report.plots.RunPlots`."""
        return upwards("RunPlots")(self)

    def export(self, formats: tuple[str, ...] | None = None) -> list[Path]:
        """Write tables and networks into the run's folder; see `coevolve_sim.runs.export.export`."""
        return export.export(self, formats)

    def report(self, beside: Run | None = None) -> Path:
        """Write figures and ``report.html`` into the run's folder, beside another run; return the report."""
        with pause_collection():
            written: Path = upwards("write_report")(self, beside)
        return written
