"""What a study asks of its minds: a bound before its first run, an expectation from the runs that are done.

The bound counts what every run would ask alone; worlds of a study are asked together, and what they ask alike
is asked once, so that a study uses less. Once tasks are done, what is left is what these used, times the
tasks that are left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coevolve_sim.errors import StudyError
from coevolve_sim.runs.estimate import estimate_requests
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.execution import Workplace, prepare_scenario
from coevolve_sim.studies.joint_runs import count_together, describe_way
from coevolve_sim.studies.plan import StudyPlan, Task
from coevolve_sim.studies.study import Study


@dataclass(frozen=True)
class StudyEstimate:
    """Requests and tokens of a study.

    Attributes
    ----------
    basis : str
        ``bound``: at most, before any run; ``runs done``: expected, from what finished tasks used.
    requests, tokens_in, tokens_out : int
        Of all runs that are left.
    used_requests, used_tokens : int
        So far.
    tasks_left : int
        Number of tasks (points times seeds) that are left.
    """

    basis: str
    requests: int
    tokens_in: int
    tokens_out: int
    used_requests: int
    used_tokens: int
    tasks_left: int


def estimate_plan(plan: StudyPlan, progress: Callable[[int, int], None] | None = None) -> StudyEstimate:
    """Return a bound on what a study will ask, without asking: what its runs would ask one by one.

    Runs of the first point and seed are counted, and taken for all.

    Parameters
    ----------
    plan : StudyPlan
    progress : callable, optional
        Called with rounds counted and rounds in all, world by world.

    Raises
    ------
    StudyError
        If nothing is asked of any mind.
    """
    n_tasks = len(plan.points) * len(plan.seeds)
    requests = tokens_in = tokens_out = 0
    for world in plan.worlds:
        setup = build_setup(prepare_scenario(plan, Task(0, 0), world))
        if setup.channel.minds is None:
            way = describe_way(plan, count_together(plan, setup, Workplace()))
            raise StudyError(f"nothing is asked of any mind: the channel is numeric; runs are computed {way}")
        for row in estimate_requests(setup, progress):
            requests += row.requests
            tokens_in += row.tokens_in
            tokens_out += row.tokens_out
    return StudyEstimate(
        "bound", requests * n_tasks, tokens_in * n_tasks, tokens_out * n_tasks, 0, 0, n_tasks
    )


def estimate_left(study: Study) -> StudyEstimate:
    """Return what the runs that are left of a study will ask; a bound if none is done.

    Raises
    ------
    StudyError
        If nothing is asked of any mind.
    """
    usage, n_tasks = study.usage, len(study.plan.points) * len(study.plan.seeds)
    done = int(usage.get("tasks", 0))
    if not done:
        return estimate_plan(study.plan)
    left = n_tasks - len(study.tasks_done)
    requests, tokens_in, tokens_out = (
        round(usage[key] / done * left) for key in ("asked", "tokens_in", "tokens_out")
    )
    used = usage["tokens_in"] + usage["tokens_out"]
    return StudyEstimate("runs done", requests, tokens_in, tokens_out, usage["asked"], used, left)
