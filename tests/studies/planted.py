"""Studies whose numbers are planted: rows are written without running anything."""

import numpy as np

from coevolve_sim.scenario import loads, read_changes
from coevolve_sim.studies.plan import base_of, build_plan
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.studies.run_summary import RunSummary
from coevolve_sim.studies.store import StudyStore, create_study
from coevolve_sim.studies.study import open_study
from coevolve_sim.studies.worlds import World

TEXT = """
{name: planted, rounds: 4, value_space: {name: v, dimensions: [thrift, mercy]}, population: {humans: 20},
 assistants: [{name: helper}]}
"""
NOTHING = RunSummary({}, np.zeros(0, np.int64), (), np.zeros((0, 0)))


def world(name, value):
    return World(name, tuple(read_changes([f"update.rate.assistant={value}"], "test")))


def plant(folder, outcomes, *, replications, failed=(), left=(), points=((),), text=TEXT, **settings):
    """Return a study of which each world has the outcomes given, an array (points, replications) a name.

    Parameters
    ----------
    outcomes : dict
        World to outcome to scores, of shape (replications,) where there is one point; the last world is the
        reference.
    failed, left : iterable of (world, replication)
        Runs that failed at a round, and runs that are still to come.
    """
    names = list(outcomes)
    worlds = [world(name, 0.1 + 0.1 * place) for place, name in enumerate(names)]
    plan = build_plan(
        base_of(loads(text)), worlds, replications=replications, points=points, record="none", **settings
    )
    study_folder = create_study(folder, plan)
    rows = []
    for point in range(len(plan.points)):
        for name in names:
            for replication, seed in enumerate(plan.seeds):
                if (name, replication) in left:
                    continue
                if (name, replication) in failed:
                    where = ("failed", "rounds", "RuleError: <b>round 3</b> & no more")
                    rows.append(RunRow(point, name, replication, seed, *where))
                    continue
                taken = {
                    outcome: float(np.atleast_2d(scores)[point, replication])
                    for outcome, scores in outcomes[name].items()
                }
                kept = RunSummary(taken, NOTHING.rounds, (), NOTHING.trajectory)
                rows.append(RunRow(point, name, replication, seed, "finished", summary=kept))
    with StudyStore(study_folder).writing() as writer:
        writer.write(rows)
    return open_study(study_folder)
