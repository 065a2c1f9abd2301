"""Outcomes round by round: what a study's answer is about, followed through the runs of a world."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import share_of_way
from coevolve_sim.studies.run_summary import HISTORY, MEASURE, PEOPLE, RunSummary
from coevolve_sim.studies.study import Study

SHARE_OF_WAY = "share_of_way"


def follow_outcome(summary: RunSummary, outcome: str) -> Floats | None:
    """Return an outcome at each measured round of a run.

    Parameters
    ----------
    summary : RunSummary
        With its trajectory.
    outcome : str
        ``share_of_way``, a measure of a round, or ``people.DIMENSION``.

    Returns
    -------
    float64 array, shape (measured,), or None
        nan where it is undefined or was not measured; None of an outcome that a whole run has, not a round.

    Examples
    --------
    >>> from coevolve_sim.studies.run_summary import Column
    >>> columns = (Column("people", "", "care"), Column("history", "", "care"))
    >>> values = np.array([[0.2, 0.2], [0.3, 0.4]])
    >>> follow_outcome(RunSummary({}, np.arange(2), columns, values), "share_of_way").round(3)
    array([nan, 0.5])
    """
    if outcome == SHARE_OF_WAY:
        people, history = summary.select(PEOPLE), summary.select(HISTORY)
        return share_of_way(people, history) if people.shape[1] and people.shape == history.shape else None
    kind, _, dimension = outcome.partition(".")
    wanted = (PEOPLE, "", dimension) if kind == PEOPLE and dimension else (MEASURE, outcome, "")
    places = [place for place, column in enumerate(summary.columns) if tuple(column) == wanted]
    found: Floats | None = summary.trajectory[:, places[0]] if places else None
    return found


def follow_outcome_in_world(study: Study, outcome: str, world: str, point: int = 0) -> Floats | None:
    """Return an outcome of all runs of a world at each measured round of the study.

    Returns
    -------
    float64 array, shape (replications, measured), or None
        A row of nan where a run failed or is still to come; None of an outcome that no round has.
    """
    return arrange_by_replication(study, study.summaries(world, point), outcome)


def arrange_by_replication(study: Study, summaries: Mapping[int, RunSummary], outcome: str) -> Floats | None:
    """Return an outcome at each measured round of runs that were read already, by replication."""
    table = np.full((len(study.plan.seeds), study.rounds.size), np.nan)
    is_there = False
    for replication, summary in summaries.items():
        values = follow_outcome(summary, outcome)
        if values is not None and np.array_equal(summary.rounds, study.rounds):
            table[replication], is_there = np.where(np.isfinite(values), values, np.nan), True
    return table if is_there else None
