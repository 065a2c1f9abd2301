"""Follow and predict where the assistant touches the people it is scored on: against people nobody moved.

An assistant that moves people seems to follow and to anticipate them. So in a study it is scored, too,
against people's mean values in the world of the same seed that has no assistant: ``follow_unmoved.NAME`` and
``predict_K_unmoved.NAME``, with their centred forms and errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from coevolve_sim.measures import measure_errors, measure_progress
from coevolve_sim.runs.progress import first_stretch
from coevolve_sim.scenario import Scenario
from coevolve_sim.society.setup import Setup
from coevolve_sim.studies.run_summary import ASSISTANT, PEOPLE, RunSummary


def score_against(kept: RunSummary, reference: RunSummary, setup: Setup) -> dict[str, float]:
    """Return how well assistants follow and anticipate the people of a world in which there is none.

    Parameters
    ----------
    kept : RunSummary
        Of the run with the assistants, trajectory included.
    reference : RunSummary
        Of the run of the same seed without assistants.
    setup : Setup
        Of the run with the assistants.

    Returns
    -------
    dict of str to float
        By name; without what is undefined, and empty where there are fewer than two eras.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society.setup import build_setup
    >>> from coevolve_sim.studies.run_summary import summarise_run
    >>> text = "{name: a, rounds: 3, dimensions: [harm, fairness], assistants: [{}]}"
    >>> with_it, alone = (build_setup(loads(text, overrides=one)) for one in ([], ["assistants=[]"]))
    >>> kept, reference = summarise_run(with_it), summarise_run(alone)
    >>> sorted(score_against(kept, reference, with_it))[:2]
    ['follow_unmoved.assistant', 'follow_unmoved_centred.assistant']
    """
    eras = np.intersect1d(setup.era_rounds, np.intersect1d(kept.rounds, reference.rounds))
    people = reference.select(PEOPLE)[np.searchsorted(reference.rounds, eras)]
    found: dict[str, float] = {}
    measures = setup.scenario.measures
    for name in setup.assistant_names:
        values = kept.select(ASSISTANT, name)[np.searchsorted(kept.rounds, eras)]
        if values.shape != people.shape:
            continue
        stretch = first_stretch(~np.isnan(values[:, 0]))
        n_eras = stretch.stop - stretch.start
        if n_eras < 2:
            continue
        horizons = [k for k in measures.horizons if n_eras >= k + 2]
        ours, theirs = values[stretch], people[stretch]
        taken = measure_progress(ours, theirs, None, horizons, measures.centre)
        taken |= measure_errors(ours, theirs, None, horizons)
        found |= {
            f"{name_unmoved(measure)}.{name}": value
            for measure, value in taken.items()
            if not np.isnan(value)
        }
    return found


def name_unmoved(measure: str) -> str:
    """Return the name of a measure as one of people whom nobody moved.

    Examples
    --------
    >>> name_unmoved("predict_1_rmse")
    'predict_1_unmoved_rmse'
    """
    for ending in ("_centred", "_rmse"):
        if measure.endswith(ending):
            return f"{measure.removesuffix(ending)}_unmoved{ending}"
    return f"{measure}_unmoved"


def name_scores(outcomes: Iterable[str], scenarios: Mapping[str, Scenario]) -> set[str]:
    """Return the names that `score_against` may give, by those of the outcomes of runs alone.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> name_scores(["follow.a", "variance"], {"none": loads("{name: a, rounds: 2}")})
    {'follow_unmoved.a'}
    """
    if not find_reference(scenarios, ""):
        return set()
    pairs = (
        name.split(".", 1) for name in outcomes if name.startswith(("follow", "predict")) and "." in name
    )
    return {
        f"{name_unmoved(measure)}.{who}" for measure, who in pairs if not measure.startswith("follow_history")
    }


def find_reference(scenarios: Mapping[str, Scenario], reference: str) -> str:
    """Return the world without assistants that others are scored against: the reference, else the first such.

    Empty if every world has an assistant.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> worlds = {"a": loads("{name: a, rounds: 2, assistants: [{}]}"), "b": loads("{name: a, rounds: 2}")}
    >>> find_reference(worlds, "a")
    'b'
    """
    return next(_without_assistants(scenarios, reference), "")


def _without_assistants(scenarios: Mapping[str, Scenario], reference: str) -> Iterator[str]:
    names = [reference, *scenarios] if reference in scenarios else [*scenarios]
    return (name for name in names if not scenarios[name].assistants)
