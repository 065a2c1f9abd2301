"""The data of a study's page: which worlds and outcomes are shown, and trajectories read once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.studies.answer import (
    Finding,
    HeadlineRows,
    choose_headline_rows,
    choose_outcome,
    find_answers,
)
from coevolve_sim.studies.designs import Design
from coevolve_sim.studies.outcome_rounds import SHARE_OF_WAY, arrange_by_replication
from coevolve_sim.studies.plain_designs import find_design
from coevolve_sim.studies.run_summary import ASSISTANT, HISTORY, PEOPLE, RunSummary
from coevolve_sim.studies.study import EffectRow, Study

MOST_WORLDS, MOST_DIMENSIONS = 8, 12
MAIN_OUTCOMES = (
    "share_of_way",
    "distance_across_way",
    "coevolve_rmse",
    "total_variance",
    "participation_ratio",
    "effective_clusters",
    "bimodality",
    "esteban_ray",
    "assortativity",
    "disagreement_of_ties",
)
"""Outcomes shown first where a study asks for none: how far people came, then how they differ."""
LEAST_SHARE_OF_FURTHEST = 0.1
"""A share of history's way is drawn once history is this share of its furthest distance from its beginning:
before, a share of hardly anything is noise."""


class StudyData:
    """A study, read once for its page; its counts are of one moment.

    Parameters
    ----------
    study : Study
    """

    def __init__(self, study: Study) -> None:
        self.study, self.plan = study, study.plan

    @cached_property
    def outcome(self) -> str:
        """Name of the outcome that the study is about; empty before a run has come to its end."""
        return choose_outcome(self.study)

    @cached_property
    def all_effect_rows(self) -> list[EffectRow]:
        """The effects at all points: those on the study's outcome, as in its answer, then all asked for."""
        if not self.outcome:
            return []
        others = [row for row in self.study.effect_rows if row.outcome != self.outcome]
        return [*self.headline.rows, *others]

    @cached_property
    def worlds(self) -> list[str]:
        """The worlds that are drawn, the reference last."""
        shown = self.plan.world_names if self.plan.kind == "lock-in" else self.plan.asked_worlds
        others = [name for name in shown if name != self.plan.reference]
        room = MOST_WORLDS - bool(self.plan.reference)
        return others[:room] + ([self.plan.reference] if self.plan.reference else [])

    @property
    def others(self) -> list[str]:
        """The worlds that are drawn, without the reference."""
        return [name for name in self.worlds if name != self.plan.reference]

    @property
    def has_points(self) -> bool:
        """Whether there is a design."""
        return len(self.plan.points) > 1

    @cached_property
    def design(self) -> Design | None:
        """The design, if it is one that is known."""
        return find_design(self.plan)

    @cached_property
    def headline(self) -> HeadlineRows:
        """The effects that the answer is about."""
        return choose_headline_rows(self.study)

    @cached_property
    def findings(self) -> list[Finding]:
        """What is found of each world."""
        return find_answers(self.study)

    @cached_property
    def rounds(self) -> NDArray[np.int64]:
        """The measured rounds; empty without trajectories."""
        return self.study.rounds

    @cached_property
    def summaries(self) -> dict[str, dict[int, RunSummary]]:
        """The runs of each world drawn at the first point, by replication; those at the same rounds."""
        return {
            world: {
                replication: kept
                for replication, kept in self.study.summaries(world).items()
                if np.array_equal(kept.rounds, self.rounds)
            }
            for world in self.worlds
        }

    @cached_property
    def outcome_by_round(self) -> dict[str, Floats]:
        """The study's outcome by world, shape (replications, measured); empty if rounds do not have it."""
        found = {}
        for world in self.worlds:
            table = arrange_by_replication(self.study, self.summaries[world], self.outcome)
            if table is not None:
                found[world] = np.where(self._is_drawn, table, np.nan)
        return found if len(self.rounds) > 1 else {}

    @cached_property
    def _is_drawn(self) -> NDArray[np.bool_]:
        """Whether the outcome is drawn at a round: a share of history's way, once there is a way."""
        everywhere = np.ones(len(self.rounds), dtype=bool)
        histories = [past for world in self.worlds if (past := self.history(world)) is not None]
        if self.outcome != SHARE_OF_WAY or not histories:
            return everywhere
        for past in histories:  # of a world in which history begins again it is another
            gone = np.sqrt(np.mean((past - past[0]) ** 2, axis=1))
            everywhere &= gone >= LEAST_SHARE_OF_FURTHEST * gone.max()
        return everywhere

    @property
    def n_rounds_left_out(self) -> int:
        """Number of rounds at which the outcome is not drawn."""
        return int((~self._is_drawn).sum())

    def people(self, world: str) -> Floats:
        """Return people's means of a world, shape (runs, measured, dimensions)."""
        return self._select(world, PEOPLE)

    def assistant_names(self, world: str) -> list[str]:
        """Return the names of a world's assistants."""
        kept = next(iter(self.summaries[world].values()), None)
        columns = () if kept is None else kept.columns
        return list(dict.fromkeys(column.name for column in columns if column.kind == ASSISTANT))

    def assistant(self, world: str, name: str) -> Floats:
        """Return an assistant's values in a world, shape (runs, measured, dimensions)."""
        return self._select(world, ASSISTANT, name)

    def history(self, world: str) -> Floats | None:
        """Return the history of a world, shape (measured, dimensions); None without one."""
        values = self._select(world, HISTORY)
        return values[0] if values.size else None

    def _select(self, world: str, kind: str, name: str = "") -> Floats:
        runs = [kept.select(kind, name) for kept in self.summaries[world].values()]
        return np.stack(runs) if runs else np.zeros((0, len(self.rounds), 0))

    @cached_property
    def chosen_dimensions(self) -> list[int]:
        """The dimensions drawn, in column order: those in which worlds, or rounds, lie furthest apart."""
        means = [people.mean(axis=0) for world in self.worlds if (people := self.people(world)).size]
        if not means:
            return []
        stacked = np.stack(means)
        apart = np.ptp(stacked, axis=0).max(axis=0) if len(means) > 1 else np.ptp(stacked[0], axis=0)
        return sorted(np.argsort(-apart, kind="stable")[:MOST_DIMENSIONS].tolist())

    @cached_property
    def effect_rows(self) -> list[EffectRow]:
        """The effects at the first point that have a number on both sides."""
        return [row for row in self.all_effect_rows if row.point == 0 and not np.isnan(row.world_mean)]

    @cached_property
    def without_number(self) -> list[str]:
        """Outcomes that have no pair with a number in any world at the first point."""
        there = {row.outcome for row in self.effect_rows}
        rows = [row for row in self.all_effect_rows if row.point == 0]
        return list(dict.fromkeys(row.outcome for row in rows if row.outcome not in there))

    @cached_property
    def main_outcomes(self) -> list[str]:
        """The outcomes shown first: those asked for, or else the main ones; the study's own is the first."""
        if self.plan.measures:
            wanted = [self.outcome, *self.plan.measures]
        else:
            people = [name for name in self.study.outcomes if name.startswith(f"{PEOPLE}.")]
            wanted = [self.outcome, *MAIN_OUTCOMES, *(people if len(people) <= 6 else ())]
        there = {row.outcome for row in self.effect_rows}
        return [name for name in dict.fromkeys(wanted) if name in there]
