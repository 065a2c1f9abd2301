"""Compare worlds: the same people, network and draws, with and without what a study asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from coevolve_sim.notebook import Progress, show_progress
from coevolve_sim.scenario import Scenario, read_changes
from coevolve_sim.society.objects import Objects
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.plan import Record, StudyPlan, base_of, build_plan
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import NO_ASSISTANT, World, build_default_worlds

Worlds = Mapping[str, Mapping[str, object] | Iterable[str]]


def compare(
    scenario: Scenario | Path | str,
    worlds: Worlds | None = None,
    *,
    replications: int = 20,
    reference: str = "",
    outcome: str = "",
    measures: Sequence[str] | Mapping[str, Any] = (),
    record: Record = "summary",
    confidence: float = 0.95,
    instruments: Sequence[str] = (),
    overrides: Mapping[str, object] | Iterable[str] = (),
    results: Path | str = "results",
    workers: int | None = 1,
    progress: Progress | bool | None = None,
    **objects: Any,
) -> Study:
    """Run a scenario in several worlds, with the same seeds in each, and return the study.

    Parameters
    ----------
    scenario : Scenario or path
        The base of all worlds.
    worlds : mapping, optional
        Name of each world to the keys in which it differs from the base: ``{"slow":
        {"update.rate.assistant": 0.05}, "as_written": {}}``. As written, with frozen assistants, and without
        assistants, if not given.
    replications : int
        How many seeds: that of the scenario and those after it.
    reference : str, optional
        The world that others are compared with; the last if not given.
    outcome : str, optional
        What the answer is about; the share of history's way, else the total variance, if not given.
    measures : sequence of str or mapping, optional
        Outcomes of which effects are computed, and for whose number p-values are adjusted; all if not given.
        A mapping of names to measures from Python adds these, as for `coevolve_sim.run`; then effects are
        computed of all outcomes.
    record : {"none", "summary", "full"}
        What is kept of each run: outcomes, means by round besides, or a folder of its own.
    confidence : float
        Of intervals.
    instruments : sequence of str
        Instruments to read, by name; the worlds they need are added (``coevolve list instruments``).
    overrides : mapping or iterable of str
        Keys set in the base, for a file only.
    results : path
        Folder in which the study's folder is made.
    workers : int or None
        Processes; None for all cores where that pays. Results do not depend on it.
    progress : callable or bool, optional
        Called with runs finished and runs in all; True shows them on one line, in a notebook or terminal.
    **objects
        ``minds``, ``rules``, ``policies``, ``network`` from Python, as for `coevolve_sim.run`.

    Returns
    -------
    Study

    Raises
    ------
    ScenarioError, StudyError
        If a world cannot be, or worlds cannot be compared.
    """
    if isinstance(measures, Mapping):
        objects = {**objects, "measures": measures}
        measures = ()
    plan = plan_comparison(
        scenario,
        worlds,
        replications=replications,
        reference=reference,
        outcome=outcome,
        measures=measures,
        record=record,
        confidence=confidence,
        instruments=instruments,
        overrides=overrides,
    )
    return run_plan(
        plan, results, Means(workers=workers, progress=show_progress(progress, "runs")), Objects(**objects)
    )


def plan_comparison(
    scenario: Scenario | Path | str,
    worlds: Worlds | Sequence[World] | None = None,
    *,
    overrides: Mapping[str, object] | Iterable[str] = (),
    reference: str = "",
    **settings: Any,
) -> StudyPlan:
    """Return the plan of a comparison; see `compare`.

    Raises
    ------
    ScenarioError, StudyError
        As `compare`.
    """
    base = base_of(scenario, overrides)
    given = worlds_of(worlds) if worlds else build_default_worlds(base.change(()).scenario)
    if not reference and any(world.name == NO_ASSISTANT for world in given):
        reference = NO_ASSISTANT
    return build_plan(base, given, reference=reference, **settings)


def worlds_of(worlds: Worlds | Sequence[World]) -> list[World]:
    """Return worlds given as a mapping of name to changes, or as they are."""
    if not isinstance(worlds, Mapping):
        return list(worlds)
    return [World(name, tuple(read_changes(changes, f"world {name}"))) for name, changes in worlds.items()]
