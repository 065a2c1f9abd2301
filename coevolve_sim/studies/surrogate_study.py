"""Are words needed? The ladder of rules without words, climbed on the runs of a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.runs.results import Run, open_run
from coevolve_sim.studies.execution import RUNS
from coevolve_sim.studies.instruments.surrogate_fits import SurrogateNetwork, Topics, check_network
from coevolve_sim.studies.instruments.surrogates import Ladder, climb_ladder_on_networks
from coevolve_sim.studies.study import Study


def climb_ladder_of(study: Study, world: str = "", *, folds: int = 5) -> Ladder:
    """Fit rules without words to people's moves in a world, and say what they leave unexplained.

    Humans are numbered by group, so that human number i is of the same group in all runs; who is tied to whom
    differs from run to run as it did there.

    Parameters
    ----------
    study : Study
        With ``record: full``, so that everybody's values in every round are on record.
    world : str, optional
        The first if not given.
    folds : int
        In how many parts runs are held out.

    Raises
    ------
    StudyError
        If the study keeps no runs, fewer than three are finished, or they keep too little.
    """
    name = world or study.plan.world_names[0]
    if name not in study.plan.world_names:
        raise StudyError(f"no world is called '{name}'; there are: {', '.join(study.plan.world_names)}")
    if study.plan.record != "full":
        raise StudyError(
            "the ladder needs everybody's values in every round; run the study with --record full"
        )
    folders = [study.folder / RUNS / folder for folder in study.run_folders(name)]
    read = [_read_run(folder) for folder in folders]
    return climb_ladder_on_networks(
        [paths for paths, _, _ in read],
        [network for _, network, _ in read],
        topics=np.array([topics for _, _, topics in read]),
        folds=folds,
    )


def _read_run(folder: Path) -> tuple[Floats, SurrogateNetwork, Topics]:
    """Return a run's values, network and topics, humans in the order of their groups."""
    run = open_run(folder)
    rounds, _, values = run.trajectory_arrays()
    if values.shape[1] != run.n_humans or not np.array_equal(rounds, np.arange(run.n_rounds + 1)):
        raise StudyError(
            f"{folder} keeps not everybody in every round; run the study with --set record.every=1 and "
            "--set record.humans=all"
        )
    order = np.argsort(run.group_of, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    ties = run.ties(0)
    if ties.complete:
        others = np.arange(order.size)
        indices = np.concatenate([np.delete(others, i) for i in others])
        counts = np.full(order.size, order.size - 1)
    else:
        indices = np.concatenate([place[ties.indices[ties.indptr[i] : ties.indptr[i + 1]]] for i in order])
        counts = np.diff(ties.indptr)[order]
    indptr = np.concatenate([[0], np.cumsum(counts)])
    network = check_network(indptr, indices, run.group_of[order], None, order.size)
    return values[:, order], network, _topics_of(run)


def _topics_of(run: Run) -> Topics:
    """Return which dimensions each round was about: those of its messages; all where nobody speaks."""
    messages = run.messages
    about = np.ones((run.n_rounds, len(run.dimensions)), dtype=bool)
    if not len(messages):
        return about
    about[:] = False
    places = {name: place for place, name in enumerate(run.dimensions)}
    for round_index, dimension in set(zip(messages["round"], messages["dimension"], strict=True)):
        about[int(round_index) - 1, places[dimension]] = True
    return about
