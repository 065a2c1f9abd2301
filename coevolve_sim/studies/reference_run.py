"""A run and, beside it, the same people without assistants: what one seed says of who moved whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from coevolve_sim.errors import StudyError
from coevolve_sim.runs.results import Run
from coevolve_sim.runs.runner import load_setup, run_setup
from coevolve_sim.scenario import read_changes
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.plan import base_of
from coevolve_sim.studies.reference_scores import score_against
from coevolve_sim.studies.run_summary import SummaryBuilder
from coevolve_sim.studies.worlds import remove_assistants


def run_with_reference(
    scenario: Path | str,
    *,
    seed: int | None = None,
    overrides: Mapping[str, object] | Iterable[str] = (),
    results: Path | str = "results",
    started: Callable[[Path], None] | None = None,
    **settings: Any,
) -> tuple[Run, Run, dict[str, float]]:
    """Run a scenario, then the same people without assistants, and score assistants against these.

    Parameters
    ----------
    scenario : path
    seed, overrides, results
        As for `coevolve_sim.run`.
    started : callable, optional
        Called with the folder of the first run.
    **settings
        ``progress``, ``asking``, ``budget``, as for `coevolve_sim.run`; they hold for each run.

    Returns
    -------
    run, reference : Run
    scores : dict of str to float
        As `coevolve_sim.studies.reference_scores.score_against` gives them.

    Raises
    ------
    StudyError
        If the scenario has no assistant.
    CoevolveError
        As `coevolve_sim.run`.
    """
    changes = list(read_changes(overrides))
    _, setup = load_setup(scenario, seed=seed, overrides=overrides)
    if not setup.scenario.assistants:
        raise StudyError(f"scenario '{setup.scenario.name}' has no assistant to leave out for a reference")
    base = base_of(scenario)
    without = base.change((*changes, *remove_assistants(setup.scenario))).scenario
    alone = build_setup(without.model_copy(update={"seed": setup.scenario.seed}), like=setup)
    settings["changed"] = {change.key: change.value.plain() for change in changes}
    done, kept = _run(setup, Path(results), started=started, **settings)
    reference, there = _run(alone, Path(results), name=f"{without.name}-no_assistant", **settings)
    return done, reference, score_against(kept.finish(), there.finish(), setup)


def _run(setup: Setup, results: Path, **settings: Any) -> tuple[Run, SummaryBuilder]:
    building: list[SummaryBuilder] = []
    done = run_setup(setup, results, watch=partial(_note, building), **settings)
    return done, building[0]


def _note(building: list[SummaryBuilder], society: Society) -> None:
    if building:
        building[0].note(society)
    else:
        building.append(SummaryBuilder(society))
