"""The state in which a run was at the end of a round, from which branches go on.

The past is computed anew from the run's scenario, with the replies on its record, and compared with what is
on record of it: group means of every round, and people's values where they were kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.errors import StudyError
from coevolve_sim.runs.results import Run, open_run
from coevolve_sim.runs.runner import open_minds
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import ReplayMindSpec
from coevolve_sim.society.adversaries import COUNTS, carry_counts
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.society.state import kept_arrays
from coevolve_sim.society.trust import TRUST
from coevolve_sim.studies.run_summary import PEOPLE, RunSummary, SummaryBuilder


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """A state of a society, bit for bit, and the way there.

    Attributes
    ----------
    round_index : int
        Number of rounds finished.
    scenario : Scenario
        Of the run.
    values, anchors : float64 arrays, shape (humans, dimensions)
    assistant_values : dict of str to float64 array, shape (dimensions,)
    kept : dict of str to array
        The other arrays of the state, as `coevolve_sim.society.state.kept_arrays` returns them.
    past : RunSummary
        Means of the rounds so far.
    """

    round_index: int
    scenario: Scenario
    values: Floats
    anchors: Floats
    assistant_values: dict[str, Floats]
    kept: dict[str, Kept]
    past: RunSummary


def reach_round(folder: Path, at: int, objects: Objects = NO_OBJECTS) -> BranchPoint:
    """Return the state of a run at the end of a round.

    Parameters
    ----------
    folder : Path
        The run's folder.
    at : int
        The round, at least 0 (the beginning).
    objects : Objects, optional
        The objects with which the run was begun.

    Raises
    ------
    StudyError
        If the run has no such round, or what is computed is not what is on record.
    RecordError
        If there is no run, or its record is damaged.
    """
    found = open_run(folder)
    found.verify()
    if not 0 <= at <= found.n_rounds_finished:
        raise StudyError(
            f"{at} given; {folder} has {found.n_rounds_finished} finished rounds: branch at one of 0 to "
            f"{found.n_rounds_finished}"
        )
    scenario = found.scenario
    setup = build_setup(_with_replies_on_record(scenario, folder), objects)
    with open_minds(setup):
        setup.channel.measure_fitness()
        setup.channel.prepare()
        society = Society(setup, with_objects=False)
        society.prepare()
        builder = SummaryBuilder(society)
        while society.round_index < at:
            society.step()
            builder.note(society)
    past = builder.finish()
    _compare_with_record(found, society, past)
    state = society.state
    return BranchPoint(
        at,
        scenario,
        state.values.copy(),
        state.anchors.copy(),
        {name: state.assistant_values[i].copy() for i, name in enumerate(setup.assistant_names)},
        {name: array.copy() for name, array in kept_arrays(state, setup).items()},
        past,
    )


def _with_replies_on_record(scenario: Scenario, folder: Path) -> Scenario:
    """Return the scenario with minds that answer from the run's record, and ask nobody."""
    if not scenario.minds:
        return scenario
    minds = tuple(
        ReplayMindSpec(kind="replay", name=mind.name, path=str(folder.resolve())) for mind in scenario.minds
    )
    return scenario.model_copy(update={"minds": minds})


def _compare_with_record(found: Run, society: Society, past: RunSummary) -> None:
    """Refuse a past that is not the one on record."""
    at = society.round_index
    snapshots = found.snapshots()
    if at in snapshots and not np.array_equal(snapshots[at], society.values):
        raise _other_past(found, at)
    means = found.means
    people = means[(means["kind"] == PEOPLE) & means["round"].isin(past.rounds)].sort_values("round")
    recorded = people[list(found.dimensions)].to_numpy(float)
    if not np.allclose(recorded, past.select(PEOPLE), rtol=0.0, atol=1e-12):
        raise _other_past(found, at)


def _other_past(found: Run, at: int) -> StudyError:
    return StudyError(
        f"what is computed up to round {at} is not what is on record in {found.folder}: the package is of "
        "another version, or a file that the scenario reads has changed; run it anew, and branch from that"
    )


def continue_from(point: BranchPoint, setup: Setup) -> Society:
    """Return a society that goes on from a branch point with a setup of its own.

    What the setup changes is in force from the next round on. An assistant whose policy is another has no
    memory, as after an intervention that changes it; one that was not there begins with its first values.

    Raises
    ------
    StudyError
        If the setup has other humans or dimensions, or something is done to the society before the branch
        that was not done in the run.
    """
    _refuse_another_past(point, setup)
    society = Society(setup, with_objects=False)
    assistants = society.state.assistant_values.copy()
    for which, name in enumerate(setup.assistant_names):
        if name in point.assistant_values:
            assistants[which] = point.assistant_values[name]
    society.restore(
        point.round_index,
        point.values.copy(),
        point.anchors,
        assistants,
        _kept_of(point, setup, society),
    )
    return society


def _refuse_another_past(point: BranchPoint, setup: Setup) -> None:
    if point.values.shape != (setup.n_humans, setup.space.n_dimensions):
        raise StudyError(
            f"the run has {point.values.shape[0]} humans and {point.values.shape[1]} dimensions, and so have "
            f"its branches; {setup.n_humans} and {setup.space.n_dimensions} are given"
        )
    before = [act for act in point.scenario.interventions if act.round <= point.round_index]
    here = [act for act in setup.scenario.interventions if act.round <= point.round_index]
    kept = [act for act in before if act in here or hasattr(act, "assistant")]
    if [act for act in here if act not in before] or [act for act in before if act not in kept]:
        raise StudyError(
            f"interventions up to round {point.round_index}, where the branch begins, are the run's past; "
            f"those of a branch come in round {point.round_index + 1} or later"
        )


def _kept_of(point: BranchPoint, setup: Setup, society: Society) -> Mapping[str, Kept]:
    """Return the arrays that a branch goes on with: no memory of a policy or rule that it changes."""
    before = {one.name: one.policy for one in point.scenario.assistants}
    others = {one.name for one in setup.scenario.assistants if before.get(one.name) != one.policy}
    kept = {
        name: array
        for name, array in point.kept.items()
        if not any(name.startswith((f"assistant/{one}/", f"waiting/{one}/")) for one in others)
    }
    windows = {one.name: one.continuity for one in point.scenario.assistants}
    for one in setup.scenario.assistants:
        was = windows.get(one.name)
        if was is None or one.continuity is None or was.window != one.continuity.window:
            kept = {
                name: array for name, array in kept.items() if not name.startswith(f"continued/{one.name}/")
            }
    counted = {name: kept.pop(name) for name in [*kept] if name.startswith(COUNTS)}
    kept |= _carry_counts(counted, point.scenario, setup.scenario)
    if setup.scenario.network != point.scenario.network:
        kept.pop(TRUST, None)  # it is of ties that are others now
    if setup.scenario.update.rule != point.scenario.update.rule:
        kept = {name: array for name, array in kept.items() if not name.startswith("humans/")}
        kept |= {f"humans/{name}": array for name, array in society.state.of_humans.items()}
    return kept


def _carry_counts(counted: Mapping[str, Kept], before: Scenario, now: Scenario) -> dict[str, Kept]:
    """Return what was counted of attacks and answers, for a branch of other assistants or operators."""
    counts = {name.removeprefix(COUNTS): array for name, array in counted.items()}
    return {f"{COUNTS}{name}": array for name, array in carry_counts(counts, before, now).items()}
