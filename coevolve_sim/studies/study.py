"""A study as its users see it: its runs, effects between worlds with intervals, trajectories, exports.

Everything is computed from the rows on record. An effect pairs runs of one point and one seed; a pair of
which a run failed, or has no number there, is left out, and how many were is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.notebook import build_html, join_some
from coevolve_sim.registry import nearest, pause_collection, upwards
from coevolve_sim.studies.effects import PairedEffect, adjust_holm, paired_effect
from coevolve_sim.studies.instruments.catalogue import Reading, find_instruments, read_instrument
from coevolve_sim.studies.plan import StudyPlan, Task
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.studies.run_summary import HISTORY, MEASURE, PEOPLE, TOTAL_VARIANCE, Column, RunSummary
from coevolve_sim.studies.store import StudyStore

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

HEADLINES = ("share_of_way", "total_variance")
"""Outcomes that a study is about, if it names none: the first that its runs have."""


class EffectRow(NamedTuple):
    """The effect of a world on one outcome at one point of the design.

    Attributes
    ----------
    point : int
    world : str
    outcome : str
    effect : PairedEffect or None
        None with fewer than two pairs.
    adjusted : float
        The p-value adjusted by Holm's method for all effects of the study that were asked for; nan without.
    left_out : int
        Number of pairs without a number on both sides.
    world_mean, reference_mean : float
        Over the pairs.
    """

    point: int
    world: str
    outcome: str
    effect: PairedEffect | None
    adjusted: float
    left_out: int
    world_mean: float
    reference_mean: float


def open_study(folder: Path | str) -> Study:
    """Open a study from its folder.

    Raises
    ------
    RecordError
        If there is no study there, or it was altered or damaged.
    """
    return Study(Path(folder))


class Study:
    """A study and its results, read from its folder; as far as it has come.

    Parameters
    ----------
    folder : Path
        The study's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = StudyStore(folder)
        self.plan: StudyPlan = self._store.plan

    def __repr__(self) -> str:
        counts = self.counts
        return f"Study({self.plan.name}, {counts['finished']} of {self.plan.n_runs} runs finished)"

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the study: its runs, worlds and effects."""
        plan, counts = self.plan, self.counts
        runs = f"{counts['finished']:,} of {plan.n_runs:,} finished"
        others = [f"{counts[name]:,} {name}" for name in ("failed", "left") if counts[name]]
        facts = [
            ("runs", ", ".join([runs, *others])),
            ("worlds", join_some(plan.world_names)),
            ("reference", plan.reference),
            ("replications", f"{len(plan.seeds):,}"),
            ("points", f"{len(plan.points):,}" if len(plan.points) > 1 else ""),
            ("outcome", self.outcome),
            *(self._effects_in_short() if plan.reference and self.outcome else ()),
            ("folder", str(self.folder)),
        ]
        return build_html(f"Study {plan.name}", facts, [" ".join(plan.question.split())])

    def _effects_in_short(self) -> Iterator[tuple[str, str]]:
        """Yield the effect of each world on the outcome at the first point, with its interval."""
        for world in self.plan.asked_worlds:
            row = None if world == self.plan.reference else self.effect(world=world)
            if row is not None and row.effect is not None:
                found = row.effect
                told = f"{found.mean:+.4g} [{found.low:.4g}, {found.high:.4g}], {found.n} pairs"
                yield f"{world} less {self.plan.reference}", told

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the study besides its plan: the version that made it, and when."""
        return self._store.facts

    @property
    def counts(self) -> dict[str, int]:
        """Number of runs finished, failed and left; they add up to all runs."""
        return self._store.counts()

    @property
    def status(self) -> str:
        """``finished`` once every run is finished or failed, else ``interrupted``."""
        return "interrupted" if self.counts["left"] else "finished"

    @property
    def usage(self) -> dict[str, int]:
        """What minds were asked so far: tasks, asked, tokens_in, tokens_out; empty in numbers."""
        return self._store.usage

    @property
    def tasks_done(self) -> set[Task]:
        """The points and replications of which every world has a row."""
        return self._store.done()

    def digest(self) -> str:
        """Return the SHA-256 of the plan and of all rows in order."""
        return self._store.digest()

    @cached_property
    def _outcomes(self) -> tuple[list[RunRow], list[str]]:
        """The rows without trajectories, and the names of all outcomes, in the order in which they appear."""
        rows: list[RunRow] = []
        names: dict[str, None] = {}
        for row in self._store.rows():
            if row.summary is not None:
                names |= dict.fromkeys(row.summary.outcomes)
                row = replace(row, summary=row.summary.without_trajectory())  # noqa: PLW2901
            rows.append(row)
        return rows, list(names)

    @property
    def run_rows(self) -> list[RunRow]:
        """Its runs in order, as far as there are any, without trajectories."""
        return self._outcomes[0]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of all outcomes of its runs."""
        return tuple(self._outcomes[1])

    @cached_property
    def outcome(self) -> str:
        """Name of the outcome that the answer is about.

        Raises
        ------
        StudyError
            If the plan names one that no run has.
        """
        if self.plan.outcome:
            return self._known(self.plan.outcome)
        known = [name for name in HEADLINES if np.isfinite(self._table.get(name, math.nan)).any()]
        return next(iter((*known, *self.outcomes)), "")

    def _known(self, outcome: str) -> str:
        if outcome not in self.outcomes and self.outcomes:
            raise StudyError(
                f"no run has an outcome '{outcome}'{nearest(outcome, self.outcomes) or '.'} There are: "
                + ", ".join(self.outcomes)
            )
        return outcome

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run: point, world, replication, seed, status, stage, error, design's keys, outcomes."""
        import pandas as pd

        rows, names = self._outcomes
        keys = [change.key for change in self.plan.points[0]] if self.plan.points else []
        table = []
        for row in rows:
            found = {} if row.summary is None else row.summary.outcomes
            values = self.plan.point_values(row.point)
            plain = (row.point, row.world, row.replication, row.seed, row.status, row.stage, row.error)
            table.append((*plain, *(values.get(k) for k in keys), *(found.get(n, math.nan) for n in names)))
        columns = ["point", "world", "replication", "seed", "status", "stage", "error", *keys, *names]
        return pd.DataFrame(table, columns=columns)

    def scores(self, outcome: str, world: str, point: int = 0) -> Floats:
        """Return an outcome by replication, nan where there is none, shape (replications,).

        Raises
        ------
        StudyError
            If there is no such outcome or world.
        """
        self._known(outcome)
        self._require_world(world)
        if outcome not in self._table:  # no run finished, so that no outcome is known
            return np.full(len(self.plan.seeds), np.nan)
        scores: Floats = self._table[outcome][point, self.plan.world_names.index(world)]
        return scores

    @cached_property
    def _table(self) -> dict[str, Floats]:
        """Outcomes by name, shape (points, worlds, replications)."""
        plan = self.plan
        shape = (len(plan.points), len(plan.worlds), len(plan.seeds))
        rows, names = self._outcomes
        table = {name: np.full(shape, np.nan) for name in names}
        places = {name: i for i, name in enumerate(plan.world_names)}
        for row in rows:
            if row.summary is not None:
                for name, value in row.summary.outcomes.items():
                    table[name][row.point, places[row.world], row.replication] = value
        return table

    def effect(self, outcome: str = "", world: str = "", reference: str = "", point: int = 0) -> EffectRow:
        """Return the effect of a world on an outcome, against a reference world.

        Parameters
        ----------
        outcome, world, reference : str, optional
            Those of the study's answer if not given.
        point : int
            Of the design.

        Raises
        ------
        StudyError
            If there is no such outcome or world.
        """
        name = outcome or self.outcome
        other = reference or self.plan.reference
        this = world or next((one for one in self.plan.asked_worlds if one != other), "")
        here, there = self.scores(name, this, point), self.scores(name, other, point)
        both = np.isfinite(here) & np.isfinite(there)
        effect = None
        if both.sum() >= 2:
            effect = paired_effect(here[both], there[both], confidence=self.plan.stated_confidence)
        means = [float(one[both].mean()) if both.any() else math.nan for one in (here, there)]
        return EffectRow(
            point,
            this,
            name,
            effect,
            math.nan if effect is None else effect.p_value,
            int(np.count_nonzero(~both)),
            *means,
        )

    @cached_property
    def effect_rows(self) -> list[EffectRow]:
        """The effects of every world but the reference on the outcomes asked for, p-values adjusted."""
        plan = self.plan
        if not plan.reference:
            return []
        names = [self._known(name) for name in plan.measures] or list(self.outcomes)
        rows = [
            self.effect(name, world, plan.reference, point)
            for point in range(len(plan.points))
            for world in plan.asked_worlds
            if world != plan.reference
            for name in names
        ]
        tested = [row for row in rows if row.effect is not None]
        adjusted = iter(adjust_holm([row.adjusted for row in tested]))
        return [row if row.effect is None else row._replace(adjusted=float(next(adjusted))) for row in rows]

    @cached_property
    def effects(self) -> pd.DataFrame:
        """One row for each point, world and outcome: the paired difference from the reference world.

        Columns point, the design's keys, world, outcome, mean (of the difference), low, high, standard_error,
        p_value, adjusted (Holm, over all rows), pairs, left_out, variance_reduction, smallest_effect_seen,
        world_mean, reference_mean.
        """
        import pandas as pd

        keys = [change.key for change in self.plan.points[0]]
        table = []
        for row in self.effect_rows:
            values = self.plan.point_values(row.point)
            numbers: tuple[float, ...] = (math.nan,) * 5
            extra: tuple[float, ...] = (math.nan,) * 2
            if (found := row.effect) is not None:
                numbers = (found.mean, found.low, found.high, found.standard_error, found.p_value)
                extra = (found.variance_reduction, found.smallest_effect_seen)
            pairs = len(self.plan.seeds) - row.left_out
            means = (row.world_mean, row.reference_mean)
            table.append(
                (
                    row.point,
                    *(values.get(key) for key in keys),
                    row.world,
                    row.outcome,
                    *numbers,
                    row.adjusted,
                    pairs,
                    row.left_out,
                    *extra,
                    *means,
                )
            )
        columns = ["point", *keys, "world", "outcome", "mean", "low", "high", "standard_error", "p_value"]
        columns += ["adjusted", "pairs", "left_out", "variance_reduction", "smallest_effect_seen"]
        return pd.DataFrame(table, columns=[*columns, "world_mean", "reference_mean"])

    def run_folders(self, world: str, point: int = 0) -> list[str]:
        """Return the names of the folders of a world's finished runs, in the order of seeds.

        They lie in ``runs/`` of the study's folder; none where the study does not keep them.
        """
        rows, _ = self._outcomes
        return [row.folder for row in rows if row.world == world and row.point == point and row.folder]

    def summaries(self, world: str, point: int = 0) -> dict[int, RunSummary]:
        """Return what is kept of the finished runs of a world, trajectories included, by replication."""
        rows = self._store.rows("world = ? AND point = ?", (world, point))
        return {row.replication: row.summary for row in rows if row.summary is not None}

    @cached_property
    def trajectories(self) -> pd.DataFrame:
        """Means by round in tidy form: point, world, replication, round, kind, name, dimension, value.

        Raises
        ------
        StudyError
            If the study keeps none (``record: none``).
        """
        import pandas as pd

        self._require_trajectories()
        found = [(row, row.summary) for row in self._store.rows() if row.summary is not None]
        columns = ["point", "world", "replication", "round", "kind", "name", "dimension", "value"]
        if not found:
            return pd.DataFrame(columns=columns)
        # One table of all runs, not a table each: these, laid end to end, take ten times as long.
        sizes = [kept.trajectory.size for _, kept in found]
        table: dict[str, Any] = {
            "point": np.repeat([row.point for row, _ in found], sizes),
            "world": _repeat_texts([row.world for row, _ in found], sizes),
            "replication": np.repeat([row.replication for row, _ in found], sizes),
            "round": np.concatenate([np.repeat(kept.rounds, len(kept.columns)) for _, kept in found]),
        }
        for place, name in enumerate(Column._fields):
            table[name] = _tile_texts([([c[place] for c in k.columns], k.rounds.size) for _, k in found])
        table["value"] = np.concatenate([kept.trajectory.ravel() for _, kept in found])
        return pd.DataFrame(table, columns=columns)

    def to_xarray(self) -> xr.Dataset:
        """Return outcomes with dimensions point, world and replication, and people's means with round.

        With trajectories also ``people`` (point, world, replication, round, dimension) and ``history``
        (round, dimension) where worlds share one, at the rounds that all runs have. Where worlds' histories
        differ, as history begins again in some, and points share them, there is ``history_of_world`` (world,
        round, dimension) instead.
        """
        import xarray as xr

        plan = self.plan
        data = {name: (("point", "world", "replication"), table) for name, table in self._table.items()}
        found = xr.Dataset(
            data,
            coords={
                "point": np.arange(len(plan.points)),
                "world": list(plan.world_names),
                "replication": np.arange(len(plan.seeds)),
                "seed": ("replication", list(plan.seeds)),
            },
            attrs={"name": plan.name, "question": plan.question, "reference": plan.reference},
        )
        if plan.record == "none":
            return found
        dimensions = self.dimensions
        people = [
            [[self._people(p, w, r) for r in range(len(plan.seeds))] for w in plan.world_names]
            for p in range(len(plan.points))
        ]
        rounds = self.rounds
        found["people"] = xr.DataArray(
            np.array(people),
            dims=("point", "world", "replication", "round", "dimension"),
            coords={"round": rounds, "dimension": list(dimensions)},
        )
        history = self._shared_history()
        if history is not None:
            found["history"] = (("round", "dimension"), history)
        elif (of_worlds := self._history_of_worlds()) is not None:
            found["history_of_world"] = (("world", "round", "dimension"), of_worlds)
        return found

    def _shared_history(self) -> Floats | None:
        """Return the history by round if all worlds at all points have the same; else None."""
        places = [(p, w) for p in range(len(self.plan.points)) for w in self.plan.world_names]
        found = [self.history(w, p) for p, w in places if self.cached_summaries(p, w)]
        moving = [one for one in found if one is not None]
        shared = len(moving) == len(found) and all(np.array_equal(one, moving[0]) for one in moving)
        return moving[0] if moving and shared else None

    def _history_of_worlds(self) -> Floats | None:
        """Return histories by world if each has one, over the same rounds and at all points; else None."""
        found = []
        for world in self.plan.world_names:
            points = [p for p in range(len(self.plan.points)) if self.cached_summaries(p, world)]
            own = [past for p in points if (past := self.history(world, p)) is not None]
            if not own or len(own) < len(points) or not all(np.array_equal(one, own[0]) for one in own):
                return None
            found.append(own[0])
        fitting = all(len(one) == len(self.rounds) for one in found)
        return np.array(found) if fitting else None

    @cached_property
    def _first_summary(self) -> RunSummary | None:
        return next((row.summary for row in self._store.rows() if row.summary is not None), None)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the value dimensions of its runs; empty without trajectories."""
        kept = self._first_summary
        return () if kept is None else tuple(c.dimension for c in kept.columns if c.kind == PEOPLE)

    @property
    def rounds(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The measured rounds of its runs; empty without trajectories."""
        kept = self._first_summary
        return np.zeros(0, np.int64) if kept is None else kept.rounds

    def _people(self, point: int, world: str, replication: int) -> Floats:
        shape = (self.rounds.size, len(self.dimensions))
        kept = self.cached_summaries(point, world).get(replication)
        if kept is None:
            return np.full(shape, np.nan)
        values = kept.select(PEOPLE)
        return values if values.shape == shape else np.full(shape, np.nan)

    def cached_summaries(self, point: int, world: str) -> dict[int, RunSummary]:
        """Return `summaries`, read once and kept."""
        if (point, world) not in self._kept_summaries:
            self._kept_summaries[point, world] = self.summaries(world, point)
        return self._kept_summaries[point, world]

    @cached_property
    def _kept_summaries(self) -> dict[tuple[int, str], dict[int, RunSummary]]:
        return {}

    def people(self, world: str, point: int = 0) -> Floats:
        """Return people's mean values in a world, shape (replications, rounds, dimensions).

        Raises
        ------
        StudyError
            If a run of the world has none (names the seed, and why).
        """
        return np.array([kept.select(PEOPLE) for kept in self.summaries_in_order(world, point)])

    def variety(self, world: str, point: int = 0) -> Floats:
        """Return the total variance of people's values in a world, shape (replications, rounds)."""
        kept = self.summaries_in_order(world, point)
        return np.array([one.select(MEASURE, TOTAL_VARIANCE)[:, 0] for one in kept])

    def summaries_in_order(self, world: str, point: int = 0) -> list[RunSummary]:
        """Return what is kept of every run of a world, in the order of seeds."""
        self._require_trajectories()
        self._require_world(world)
        found = self.cached_summaries(point, world)
        missing = [r for r in range(len(self.plan.seeds)) if r not in found]
        if missing:
            runs = self.runs
            failed = runs[(runs["world"] == world) & (runs["status"] == "failed")]
            why = f": {failed['error'].iloc[0]}" if len(failed) else "; resume the study"
            raise StudyError(f"world {world} has no finished run of seed {self.plan.seeds[missing[0]]}{why}")
        return [found[r] for r in range(len(self.plan.seeds))]

    @cached_property
    def readings(self) -> list[Reading]:
        """What the study's instruments read.

        Raises
        ------
        StudyError
            If runs that an instrument needs failed or are left.
        """
        found = find_instruments(self.plan.instruments)
        return [reading for name, one in found.items() for reading in read_instrument(name, one, self)]

    def history(self, world: str = "", point: int = 0) -> Floats | None:
        """Return the history of a world by round, shape (measured, dimensions); None without one."""
        kept = next(iter(self.cached_summaries(point, world or self.plan.world_names[0]).values()), None)
        values = None if kept is None else kept.select(HISTORY)
        return values if values is not None and values.shape[1] else None

    def _require_world(self, world: str) -> None:
        if world not in self.plan.world_names:
            raise StudyError(f"no world is called '{world}'; there are: {', '.join(self.plan.world_names)}")

    def _require_trajectories(self) -> None:
        if self.plan.record == "none":
            raise StudyError(
                "the study keeps no trajectories (record: none); run it anew with --record summary"
            )

    @cached_property
    def plot(self) -> Any:
        """Pictures of the study; see `coevolve_sim.report.study_plots.StudyPlots`."""
        return upwards("StudyPlots")(self)

    def export(self) -> list[Path]:
        """Write runs, effects and trajectories into its folder; see `coevolve_sim.studies.export`."""
        from coevolve_sim.studies.export import export_study

        return export_study(self)

    def report(self) -> Path:
        """Write figures and ``report.html`` into the study's folder; return the report."""
        with pause_collection():
            written: Path = upwards("write_study_report")(self)
        return written


def _repeat_texts(texts: Sequence[str], times: Sequence[int]) -> Any:
    """Return a pandas array of texts, each repeated so many times."""
    known = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return _take_texts(known, np.repeat([known[text] for text in texts], times))


def _tile_texts(tiles: Sequence[tuple[Sequence[str], int]]) -> Any:
    """Return a pandas array of sequences of texts, each laid end to end so many times."""
    known: dict[str, int] = {}
    for texts, _ in tiles:
        for text in texts:
            known.setdefault(text, len(known))
    return _take_texts(
        known, np.concatenate([np.tile([known[text] for text in texts], n) for texts, n in tiles])
    )


def _take_texts(known: Mapping[str, int], places: NDArray[np.int64]) -> Any:
    """Return a pandas array of the texts at these places: looked up, so that each is stored once."""
    import pandas as pd

    return pd.Series(list(known)).array.take(places)
