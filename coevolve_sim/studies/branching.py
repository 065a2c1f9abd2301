"""Branches: worlds that share a run's past up to a round, and differ from then on.

The past is computed once. From there each world goes on with its own scenario, on the same named streams, so
that a world which changes nothing is the run, bit for bit. A run has one seed, so that its branches are one
pair each and have no interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coevolve_sim.errors import StudyError
from coevolve_sim.runs.results import open_run
from coevolve_sim.scenario import ChangeableScenario
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.studies.comparing import Worlds, worlds_of
from coevolve_sim.studies.driver import DEFAULT_MEANS, Means, run_plan
from coevolve_sim.studies.plan import StudyPlan, base_of, build_plan
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import AS_WRITTEN, World


def branch(
    run: Path | str,
    at: int,
    worlds: Worlds,
    *,
    overrides: Mapping[str, object] | Sequence[str] = (),
    reference: str = AS_WRITTEN,
    outcome: str = "",
    results: Path | str = "results",
    means: Means = DEFAULT_MEANS,
    objects: Objects = NO_OBJECTS,
    **settings: Any,
) -> Study:
    """Continue a run in several worlds from the end of a round, and return the study.

    Parameters
    ----------
    run : path
        The run's folder.
    at : int
        The round at whose end worlds part; 0 is the beginning.
    worlds : mapping
        As for `coevolve_sim.compare`; a world ``as_written``, which is the run itself, is added.
    overrides : mapping or sequence of str
        Keys set in all worlds, as in ``rounds=200`` to go on for longer.
    reference, outcome, results
        As for `coevolve_sim.compare`.
    means, objects
        As for `coevolve_sim.studies.driver.run_plan`.
    **settings
        ``measures``, ``record``, ``confidence``, as for `coevolve_sim.compare`.

    Raises
    ------
    StudyError
        If the run has no such round, or a world would have another past.
    """
    plan = plan_branch(
        run, at, worlds_of(worlds), overrides=overrides, reference=reference, outcome=outcome, **settings
    )
    return run_plan(plan, results, means, objects)


def plan_branch(
    run: Path | str,
    at: int,
    worlds: Sequence[World],
    *,
    overrides: Mapping[str, object] | Sequence[str] = (),
    reference: str = AS_WRITTEN,
    **settings: Any,
) -> StudyPlan:
    """Return the plan of branches of a run; see `branch`."""
    folder = Path(run)
    found = open_run(folder)
    if not 0 <= at <= found.n_rounds_finished:
        raise StudyError(
            f"--at {at}: {folder} has {found.n_rounds_finished} finished rounds; branch at one of 0 to "
            f"{found.n_rounds_finished}"
        )
    base = base_of(ChangeableScenario.read_dump(found.manifest["scenario"], folder), overrides)
    scenario = base.change(()).scenario
    if scenario.rounds is not None and scenario.rounds <= at:
        raise StudyError(
            f"--at {at}: the worlds end with round {scenario.rounds}; set more, as in --set rounds={2 * at}"
        )
    given = list(worlds)
    if not any(world.name == AS_WRITTEN for world in given):
        given = [World(AS_WRITTEN), *given]
    return build_plan(
        base,
        given,
        kind="branch",
        reference=reference,
        replications=1,
        details={"run": str(folder.resolve()), "at": at, "sha256": found.digest()},
        **settings,
    )
