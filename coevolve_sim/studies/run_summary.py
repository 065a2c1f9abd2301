"""One run of a study, kept as numbers: outcomes at its end and a trajectory of means, without a folder.

A society of a study runs through the same rounds as a recorded run and has the same values bit for bit; what
it leaves out is the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import (
    measure_errors,
    measure_people,
    measure_progress,
    measure_way,
    total_variance,
)
from coevolve_sim.runs.progress import first_stretch
from coevolve_sim.scenario.process_specs import BayesianTrustSpec
from coevolve_sim.society.ensemble import Member
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import Setup
from coevolve_sim.values.naming import spell_out

PEOPLE, ASSISTANT, HISTORY, MEASURE = "people", "assistant", "history", "measure"
TOTAL_VARIANCE = "total_variance"


class Column(NamedTuple):
    """What a column of a trajectory holds.

    Attributes
    ----------
    kind : str
        ``people``, ``assistant``, ``history`` (mean values of a dimension), or ``measure`` (of the round).
    name : str
        Of the assistant; of the measure; else empty.
    dimension : str
        Empty for a measure.
    """

    kind: str
    name: str
    dimension: str


@dataclass(frozen=True, eq=False)
class RunSummary:
    """What a study keeps of a run.

    Attributes
    ----------
    outcomes : dict of str to float
        By name: the measures of the last round, the progress measures of the run (``follow.NAME`` of an
        assistant of that name), and ``people.DIMENSION``, people's mean at the end. nan where undefined.
    rounds : int64 array, shape (measured,)
        Rounds at whose end values were looked at, 0 (the beginning) included.
    columns : tuple of Column
    trajectory : float64 array, shape (measured, columns)
        nan where an assistant is not there.
    """

    outcomes: dict[str, float]
    rounds: NDArray[np.int64]
    columns: tuple[Column, ...]
    trajectory: Floats

    def select(self, kind: str, name: str = "") -> Floats:
        """Return the columns of a kind and a name, shape (measured, dimensions or 1)."""
        chosen = [i for i, column in enumerate(self.columns) if column[:2] == (kind, name)]
        return np.ascontiguousarray(self.trajectory[:, chosen])

    def without_trajectory(self) -> RunSummary:
        """Return the outcomes alone."""
        return RunSummary(self.outcomes, self.rounds[:0], (), self.trajectory[:0, :0])


class SummaryBuilder:
    """Builds the summary of a run, round by round.

    Parameters
    ----------
    society : Society or Member
        Before its first round, or at the state from which a branch goes on.
    past : RunSummary, optional
        Of a branch: what is kept of the rounds so far, the last finished one included.
    """

    def __init__(self, society: Society | Member, past: RunSummary | None = None) -> None:
        self._setup = society.setup
        self._columns = _columns_of(self._setup, tuple(society.measures.overall))
        self._rows = [_read_row(society, self._columns)]
        self._rounds = [society.round_index]
        if past is not None:
            earlier = past.rounds < society.round_index
            self._rows = [*_arrange(past, self._columns)[earlier].tolist(), *self._rows]
            self._rounds = [*past.rounds[earlier].tolist(), *self._rounds]
        self._overconfidence = _overconfidence_of(society)
        self._eras = frozenset(self._setup.era_rounds)

    def note(self, society: Society | Member) -> None:
        """Note the round that was finished last, if it is measured or an era ends with it."""
        if society.is_measured(society.round_index) or society.round_index in self._eras:
            self._rows.append(_read_row(society, self._columns))
            self._rounds.append(society.round_index)
        if society.is_finished:
            self._overconfidence = _overconfidence_of(society)

    def finish(self) -> RunSummary:
        """Return the summary."""
        found = RunSummary({}, np.array(self._rounds, np.int64), self._columns, np.array(self._rows))
        found.outcomes.update(_outcomes_of(self._setup, found))
        found.outcomes.update(self._overconfidence)
        return found


def summarise_run(setup: Setup) -> RunSummary:
    """Run a society that is numeric to its end, and return what a study keeps of it.

    Parameters
    ----------
    setup : Setup

    Raises
    ------
    CoevolveError
        As a run does.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society.setup import build_setup
    >>> tiny = loads("{name: tiny, rounds: 3, population: {humans: 20}, dimensions: [harm]}")
    >>> kept = summarise_run(build_setup(tiny))
    >>> kept.rounds.tolist(), kept.select("people").shape
    ([0, 1, 2, 3], (4, 1))
    """
    society = Society(setup, with_objects=False)
    society.prepare()
    builder = SummaryBuilder(society)
    while not society.is_finished:
        society.step()
        builder.note(society)
    return builder.finish()


OVERCONFIDENCE = "log_overconfidence"


def _overconfidence_of(society: Society | Member) -> dict[str, float]:
    """Return ln of claimed precision times squared error, averaged over people; of rules that claim one.

    Above 0 where people are surer than right [Qiu2025]_. In logarithms, as claims that are locked in go
    beyond float64; so means over seeds lie below 0 where claims are borne out, and are for comparison only.
    """
    update, rule = society.setup.scenario.update, society.setup.rule
    claimed = rule.claims(society.state.of_humans)
    if claimed is None or not isinstance(update, BayesianTrustSpec):
        return {}
    truth = np.array(spell_out(update.truth, society.setup.space.names))
    error = np.mean(((society.values - truth) / update.evidence_sd) ** 2, axis=1)
    right = error > 0
    if not right.any():
        return {OVERCONFIDENCE: float("-inf")}
    found = special.logsumexp(claimed[right] + np.log(error[right])) - np.log(error.size)
    return {OVERCONFIDENCE: float(found)}


def _arrange(kept: RunSummary, columns: tuple[Column, ...]) -> Floats:
    """Return a trajectory with other columns, nan where it has none."""
    places = {column: place for place, column in enumerate(kept.columns)}
    arranged = np.full((kept.rounds.size, len(columns)), np.nan)
    for place, column in enumerate(columns):
        if column in places:
            arranged[:, place] = kept.trajectory[:, places[column]]
    return arranged


def name_outcomes(setup: Setup) -> frozenset[str]:
    """Return the names of the outcomes that runs of a setup can have, before any is run.

    Parameters
    ----------
    setup : Setup

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society.setup import build_setup
    >>> tiny = loads("{name: tiny, rounds: 3, population: {humans: 20}, dimensions: [harm]}")
    >>> found = name_outcomes(build_setup(tiny))
    >>> "people.harm" in found, "share_of_way" in found
    (True, False)
    """
    society = Society(setup, with_objects=False)
    columns = _columns_of(setup, tuple(society.measures.overall))
    rounds = np.array(setup.era_rounds, np.int64)
    ramp = np.linspace(0.1, 0.9, rounds.size * len(columns)).reshape(rounds.size, len(columns))
    words = ("requests", "share_without_answer") if setup.channel.minds is not None else ()
    claimed = _overconfidence_of(society)
    return frozenset([*dict(_outcomes_of(setup, RunSummary({}, rounds, columns, ramp))), *words, *claimed])


def _columns_of(setup: Setup, measures: tuple[str, ...]) -> tuple[Column, ...]:
    names = setup.space.names
    kinds = [(PEOPLE, ""), *((ASSISTANT, name) for name in setup.assistant_names)]
    kinds += [(HISTORY, "")] if setup.history is not None else []
    means = [Column(kind, name, dimension) for kind, name in kinds for dimension in names]
    taken = dict.fromkeys((TOTAL_VARIANCE, *measures))
    return (*means, *(Column(MEASURE, measure, "") for measure in taken))


def _read_row(society: Society | Member, columns: tuple[Column, ...]) -> list[float]:
    """Return the numbers of the last finished round, in the order of the columns."""
    setup, state = society.setup, society.state
    row = [*_mean_of_people(society)]
    for which in range(len(setup.assistant_names)):
        there = state.present[which]
        row += [*(state.assistant_values[which] if there else np.full(setup.space.n_dimensions, np.nan))]
    history = setup.history_at(society.round_index)
    row += [] if history is None else [*history]
    measured = society.measures.overall if society.is_measured(society.round_index) else {}
    if TOTAL_VARIANCE not in measured:
        measured = {**measured, TOTAL_VARIANCE: total_variance(society.values)}
    return [*row, *(measured.get(name, np.nan) for kind, name, _ in columns if kind == MEASURE)]


def _mean_of_people(society: Society | Member) -> Floats:
    """Return the mean values of all people, from those of the groups."""
    means = society.group_means()
    sizes = np.bincount(society.setup.group_of, minlength=len(means))
    mean: Floats = sizes @ means / sizes.sum()
    return mean


def _outcomes_of(setup: Setup, found: RunSummary) -> Iterator[tuple[str, float]]:
    """Yield the outcomes of a run: measures of the last round, progress, people's means at the end."""
    last = found.trajectory[-1]
    for column, value in zip(found.columns, last, strict=True):
        if column.kind == MEASURE:
            yield column.name, float(value)
    yield from _progress_of(setup, found)
    for column, value in zip(found.columns, last, strict=True):
        if column.kind == PEOPLE:
            yield f"{PEOPLE}.{column.dimension}", float(value)


def _progress_of(setup: Setup, found: RunSummary) -> Iterator[tuple[str, float]]:
    """Yield the progress measures of the eras reached; none of fewer than two, or without their past."""
    first, last = found.rounds[0], found.rounds[-1]
    eras = [round_index for round_index in setup.era_rounds if first <= round_index <= last]
    at = np.searchsorted(found.rounds, eras)
    if found.rounds[0] > 0 or len(eras) < 2:
        return
    people, centre = found.select(PEOPLE)[at], setup.scenario.measures.centre
    history = found.select(HISTORY)[at] if setup.history is not None else None
    if history is not None:
        yield from _defined(measure_people(people, history, centre)).items()
        yield from measure_way(people, history).items()
    for name in setup.assistant_names:
        values = found.select(ASSISTANT, name)[at]
        stretch = first_stretch(~np.isnan(values[:, 0]))
        n_eras = stretch.stop - stretch.start
        if n_eras < 2:
            continue
        horizons = [k for k in setup.horizons if n_eras >= k + 2]
        past = None if history is None else history[stretch]
        ours, theirs = values[stretch], people[stretch]
        taken = measure_progress(ours, theirs, past, horizons, centre)
        own = {key: value for key, value in taken.items() if not key.startswith("coevolve")}
        for measure, value in (_defined(own) | measure_errors(ours, theirs, past, horizons)).items():
            yield f"{measure}.{name}", value


def _defined(taken: Mapping[str, float]) -> dict[str, float]:
    """Return measures without those that are undefined: cosines in one dimension, for one."""
    return {name: value for name, value in taken.items() if not np.isnan(value)}
