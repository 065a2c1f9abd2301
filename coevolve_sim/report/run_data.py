"""The data of a report: a run's arrays, read once, for all rounds finished so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import CoevolveError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.report.numbers import format_note
from coevolve_sim.report.sampling import (
    MAX_HUMANS,
    Humans,
    Spread,
    measure_spread,
    read_snapshots,
    sample_humans,
    sample_neighbourhood,
)
from coevolve_sim.runs.results import Run
from coevolve_sim.scenario import Scenario
from coevolve_sim.society.history_course import course_of
from coevolve_sim.values import histories

MAX_DRAWN_HUMANS = 600


@dataclass(frozen=True, eq=False)
class MeanValues:
    """Mean values in each round.

    Attributes
    ----------
    rounds : int array, shape (rounds,)
        Finished rounds, from 0 (the beginning) on.
    eras : float array, shape (rounds,)
        Position of history at the end of each round, in eras from 0.
    people : float array, shape (rounds, dimensions)
    groups, assistants : dict of name to float array, shape (rounds, dimensions)
        An assistant's rows are nan in rounds when it is absent.
    history : float array, shape (rounds, dimensions), or None
    """

    rounds: NDArray[np.int64]
    eras: Floats
    people: Floats
    groups: dict[str, Floats]
    assistants: dict[str, Floats]
    history: Floats | None


class RunData:
    """The data of one run, as its report needs them.

    Parameters
    ----------
    run : Run
        The run, pinned to one moment, so that all reads are consistent while it goes on.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.status = self.run.status
        self.scenario: Scenario = self.run.scenario
        self.seed = self.scenario.seed
        self.labels = self.run.labels
        self.n_humans = self.run.n_humans

    @property
    def n_dimensions(self) -> int:
        """Number of dimensions."""
        return len(self.labels)

    @cached_property
    def has_begun(self) -> bool:
        """Whether at least round 0 is on record."""
        return bool((self.run.rounds["status"] == "finished").any())

    @cached_property
    def failure(self) -> tuple[str, str] | None:
        """What failed, in words, with its error text."""
        failed = self.run.rounds[self.run.rounds["status"] == "failed"]
        if not failed.empty:
            return f"Round {failed['round'].iloc[-1]}", str(failed["message"].iloc[-1])
        return ("What follows the last round", self.run.failure) if self.run.failure else None

    @cached_property
    def era_names(self) -> tuple[str, ...] | None:
        """Names of the eras, where these say more than their numbers and rounds pass through them."""
        spec = self.scenario.history
        if spec.kind in ("none", "planted") or getattr(spec, "effect", "") == "seed":
            return None
        try:
            history = histories.build(spec, self.run.dimensions, self.seed)
        except CoevolveError:  # the file may be gone; the record stands without it
            return None
        return None if history is None else history.era_names

    @cached_property
    def history_restarts(self) -> tuple[int, ...]:
        """Rounds, of those reached, at whose beginning history began again."""
        last = int(self.means.rounds[-1]) if len(self.means.rounds) else 0
        return tuple(r for r in course_of(self.scenario).restarts if r <= last)

    @cached_property
    def means(self) -> MeanValues:
        """Mean values of people and groups, values of assistants and history."""
        table, names = self.run.means, list(self.run.dimensions)
        people = table[table["kind"] == "people"]
        rounds = people["round"].to_numpy()

        def rows(kind: str, name: str | None = None) -> Floats:
            of_kind = table[table["kind"] == kind]
            of_kind = of_kind if name is None else of_kind[of_kind["name"] == name]
            return of_kind.set_index("round")[names].reindex(rounds).to_numpy(dtype=float)

        history = rows("history")
        return MeanValues(
            rounds,
            people["era"].to_numpy(dtype=float),
            people[names].to_numpy(dtype=float),
            {name: rows("group", name) for name in self.run.groups},
            {assistant.name: rows("assistant", assistant.name) for assistant in self.scenario.assistants},
            None if not len(rounds) or np.isnan(history).all() else history,
        )

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Measures of each measured round; empty before the first."""
        return self.run.measures if self.has_begun else pd.DataFrame()

    @cached_property
    def interventions(self) -> list[tuple[int, str]]:
        """Interventions so far: round and description."""
        notes = self.run.notes
        done = notes[notes["kind"] == "intervention"]
        return [(int(r), format_note(str(text))) for r, text in zip(done["round"], done["text"], strict=True)]

    @cached_property
    def spread(self) -> Spread | None:
        """Distribution of the recorded humans' values in each round."""
        return measure_spread(self.run, self.seed)

    @cached_property
    def first_ties(self) -> Ties | None:
        """The network at the beginning."""
        return self.run.ties(0) if self.has_begun else None

    @cached_property
    def sample(self) -> Humans:
        """A sample of humans that represents all where not everybody is used, ascending."""
        return sample_humans(self.n_humans, MAX_HUMANS, self.seed, "report humans")

    @cached_property
    def drawn_humans(self) -> Humans:
        """Humans in the picture of the network, ascending; nobody with full mixing."""
        if self.first_ties is None or self.first_ties.complete:
            return np.empty(0, dtype=np.int64)
        return sample_neighbourhood(self.first_ties, MAX_DRAWN_HUMANS, self.seed)

    @cached_property
    def _kept(self) -> tuple[Humans, dict[int, Floats]]:
        kept = np.union1d(self.sample, self.drawn_humans)
        return kept, read_snapshots(self.run, kept)

    def snapshots_of(self, humans: Humans) -> dict[int, Floats]:
        """Return the values of some of the sample or of the drawn humans at start, middle and end."""
        kept, values = self._kept
        rows = np.searchsorted(kept, humans)
        return {round_index: whole[rows] for round_index, whole in values.items()}

    def values_at(self, round_index: int, humans: Humans) -> Floats | None:
        """Return the values of some humans at the end of a round; None if those of one are not on record."""
        snapshots = read_snapshots(self.run, humans)
        if round_index in snapshots:
            return snapshots[round_index]
        recorded = self.run.recorded_humans
        if not np.isin(humans, recorded).all():
            return None
        rounds, _, values = self.run.trajectory_arrays()
        found = np.flatnonzero(rounds == round_index)
        return values[found[0]][np.searchsorted(recorded, humans)] if found.size else None

    def why_no_values(self, round_index: int) -> str:
        """Return why values of everybody are not on record at a round."""
        there = ", ".join(map(str, sorted(self.run.snapshots())))
        return (
            f"values of all humans at round {round_index} are not on record, only at rounds {there}; "
            "record.humans: all and record.every: 1 record them at every round"
        )

    @cached_property
    def individual_change(self) -> Floats:
        """Mean distance that humans of the sample moved in each dimension, from first to last snapshot."""
        snapshots = list(self.snapshots_of(self.sample).values())
        return np.asarray(np.abs(snapshots[-1] - snapshots[0]).mean(axis=0))

    def most_changed(self, count: int) -> tuple[list[int], str]:
        """Return the dimensions that changed most, in column order, and whose change decided."""
        means = self.means
        moved, whose = (
            (means.people, "people's mean") if means.history is None else (means.history, "the history")
        )
        change = np.abs(moved[-1] - moved[0])
        order = np.argsort(-change, kind="stable")[:count]
        return sorted(int(i) for i in order), whose
