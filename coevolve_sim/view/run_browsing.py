"""A run as one browses it: values and network at a round, and measures; plain arrays and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.network_picture import select_pairs
from coevolve_sim.report.numbers import format_count
from coevolve_sim.report.page import describe_status
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.sampling import choose_evenly, sample_humans
from coevolve_sim.report.style import shorten
from coevolve_sim.runs.cells import asks_cells
from coevolve_sim.runs.results import open_run
from coevolve_sim.view.drawn_network import MOST_TIES, DrawnNetwork, draw_network, lay_out

MOST_POINTS = 500
"""Rounds of a line, at most."""


@dataclass(frozen=True, eq=False)
class RoundValues:
    """Values of all humans, as far as the record has them.

    Attributes
    ----------
    round_index : int
        At the end of which round they were recorded.
    values : float array, shape (humans, dimensions)
        nan where they are not on record.
    """

    round_index: int
    values: Floats


class BrowsedRun:
    """A run, browsed round by round, as far as it had come when it was opened.

    Parameters
    ----------
    folder : path
        The run's folder.

    Raises
    ------
    RecordError
        If there is no run, or its record was altered or damaged.
    """

    def __init__(self, folder: Path | str) -> None:
        self.run = open_run(folder)
        self.data = RunData(self.run)
        self.last = self.run.n_rounds_finished
        self._kept_values: dict[int, RoundValues] = {}

    @property
    def title(self) -> str:
        """The scenario's name and the seed."""
        return f"{self.data.scenario.name}, seed {self.data.seed}"

    @property
    def has_rounds(self) -> bool:
        """Whether at least the beginning is on record."""
        return self.data.has_begun

    @property
    def status(self) -> str:
        """Running, finished, interrupted, failed or killed, as when it was opened."""
        return self.data.status

    def describe_status(self) -> list[str]:
        """Return how far the run has come, what failed, and what to do about it."""
        told = [describe_status(self.data, "when this page was opened")]
        if not self.has_rounds:
            told.append("No round is on record yet, not even the beginning, so there is nothing to browse.")
        if self.data.failure is not None:
            told.append(f"{self.data.failure[0]} failed: {self.data.failure[1]}")
        return told

    @cached_property
    def is_in_words(self) -> bool:
        """Whether messages are on record."""
        return len(self.run.messages) > 0

    @property
    def is_by_cells(self) -> bool:
        """Whether cells of humans were asked: then a message is that of all who say it, not of one human."""
        return asks_cells(self.data.scenario)

    @cached_property
    def talk(self) -> LanguageData:
        """The messages and how they were read."""
        return LanguageData(self.run)

    # --- who -------------------------------------------------------------------------------------

    def name_human(self, human: int) -> str:
        """Return what a human is called: its name, or its number; and its group where there are several."""
        return self.talk.human(human)

    @cached_property
    def drawn_names(self) -> list[str]:
        """What the humans in the picture are called."""
        return [self.name_human(int(human)) for human in self.chosen_network.humans]

    # --- values ----------------------------------------------------------------------------------

    def values_at(self, round_index: int) -> RoundValues:
        """Return the values at a round, or those recorded last before it."""
        found = self._find_values_round(round_index)
        if found not in self._kept_values:
            self._kept_values.clear()  # of a large run one round is as much as one wants in memory
            self._kept_values[found] = RoundValues(found, self._read_values(found))
        return self._kept_values[found]

    def _find_values_round(self, round_index: int) -> int:
        recorded = self.run.recorded_rounds if self.run.recorded_humans.size else ()
        return max(r for r in (*recorded, *self._snapshot_rounds) if r <= round_index)

    @cached_property
    def _snapshot_rounds(self) -> tuple[int, ...]:
        with self.run.open_database("snapshots") as connection:
            rows = connection.execute("SELECT round_index FROM snapshots ORDER BY 1").fetchall()
        return tuple(row[0] for row in rows)

    def _read_values(self, round_index: int) -> Floats:
        if round_index in self._snapshot_rounds:
            return self.run.snapshots()[round_index]
        values = np.full((self.run.n_humans, len(self.run.dimensions)), np.nan)
        recorded = self.run.recorded_values(round_index)
        if recorded is not None:
            values[self.run.recorded_humans] = recorded
        return values

    def describe_values(self, round_index: int) -> str:
        """Return which values are shown at a round where they are not those of everybody at it; else empty.

        It names the key that records what is missing.
        """
        shown = self.values_at(round_index)
        told = []
        if shown.round_index != round_index:
            told.append(
                f"Values at round {round_index} are not on record; shown are those of round "
                f"{shown.round_index}. record.every: 1 records every round."
            )
        unknown = int(np.isnan(shown.values[:, 0]).sum())
        if unknown:
            told.append(
                f"Grey: {format_count(unknown, 'human')} of {self.run.n_humans:,} whose values are not on "
                "record. record.humans: all records everybody's."
            )
        return " ".join(told)

    # --- the network -----------------------------------------------------------------------------

    @cached_property
    def chosen_network(self) -> DrawnNetwork:
        """The network at the beginning: who is drawn, the same at every round; not laid out yet."""
        return draw_network(self.run.ties(0), self.data.seed)

    @cached_property
    def laid_out_network(self) -> DrawnNetwork:
        """The same with tied humans near each other, which takes seconds for a thousand of them."""
        return lay_out(self.chosen_network, self.data.seed)

    def read_ties(self, round_index: int) -> tuple[NDArray[np.int64], str]:
        """Return the ties at a round among those who are drawn, as pairs of places, and what is drawn."""
        chosen, ties = self.chosen_network, self.run.ties(round_index)
        pairs = select_pairs(ties, chosen.humans)
        kept = pairs[sample_humans(len(pairs), MOST_TIES, self.data.seed, "report ties")]
        became_full = ties.complete and len(chosen.pairs)
        told = " At this round everybody hears everybody." if became_full else ""
        return kept, f"{chosen.told}{told}"

    # --- measures --------------------------------------------------------------------------------

    @cached_property
    def measures(self) -> dict[str, tuple[NDArray[np.int64], Floats]]:
        """Rounds and numbers of each measure, at most `MOST_POINTS` of them; nan where it is undefined."""
        table = self.data.measures
        rows = choose_evenly(len(table), MOST_POINTS)
        rounds = table.index.to_numpy(dtype=np.int64)[rows]
        return {
            str(name): (rounds, np.where(np.isfinite(column), column, np.nan)[rows])
            for name in table.columns
            for column in (table[name].to_numpy(dtype=float),)
        }

    @property
    def labels(self) -> dict[str, str]:
        """What each dimension is called in figures, shortened."""
        return {
            name: shorten(label, 60) for name, label in zip(self.run.dimensions, self.run.labels, strict=True)
        }
