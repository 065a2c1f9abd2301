"""Who of a society is asked which dilemmas, and when; drawn before the first round.

Dilemmas and humans are drawn once for a run, so that a change from one asking to the next is one of choices
and not of questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import ScenarioError
from coevolve_sim.language.questionnaires import Questionnaire
from coevolve_sim.language.questionnaires.dilemmas import (
    Dilemmas,
    dilemma_questionnaire,
    read_dilemmas,
    read_labels,
)
from coevolve_sim.measures.dilemmas import Places
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.dilemma_specs import DilemmasSpec
from coevolve_sim.society.plugins import error_at
from coevolve_sim.streams import stream


@dataclass(frozen=True, eq=False)
class DilemmaPanel:
    """Who is asked which dilemmas, and when.

    Attributes
    ----------
    spec : DilemmasSpec
        What the scenario says.
    labels : mapping of int to str
        On which side yes stands, by number of the dilemma.
    questionnaire : Questionnaire
        The dilemmas with yes and no.
    theories : mapping of str to (tuple of str, Places)
        What each theory tells apart, and where that stands.
    humans : int array, shape (asked,)
        Numbers of the humans who are asked, ascending.
    seed : int
        Of the run.
    """

    spec: DilemmasSpec
    labels: Mapping[int, str]
    questionnaire: Questionnaire
    theories: Mapping[str, tuple[tuple[str, ...], Places]]
    humans: NDArray[np.int64]
    seed: int

    def is_due(self, round_index: int, n_rounds: int) -> bool:
        """Return whether dilemmas are put at the end of a round, the beginning being round 0."""
        return round_index % self.spec.every == 0 or round_index == n_rounds


def build_panel(scenario: Scenario, n_humans: int) -> DilemmaPanel | None:
    """Return who is asked which dilemmas; None where none are asked.

    Raises
    ------
    ScenarioError
        If the data or labels cannot be read, a label is of a dilemma without values, there are fewer labels
        than dilemmas wanted, or a theory has values in fewer than 5 of them; ``path`` names the key.
    """
    spec = scenario.measures.dilemmas
    if spec is None:
        return None
    with error_at("measures", "dilemmas", "path"):
        data = read_dilemmas(spec.path)
    with error_at("measures", "dilemmas", *(("labels", "path") if spec.labels else ("path",))):
        labels = read_labels(spec.labels.path if spec.labels else None)
        data.select(tuple(labels))
    labels = _draw_labels(labels, spec, scenario.seed)
    asked = data.select(tuple(labels))
    return DilemmaPanel(
        spec,
        labels,
        dilemma_questionnaire(asked, labels),
        _theories_of(asked, spec),
        _draw_humans(spec, n_humans, scenario.seed),
        scenario.seed,
    )


def _draw_labels(labels: dict[int, str], spec: DilemmasSpec, seed: int) -> dict[int, str]:
    if spec.number > len(labels):
        raise ScenarioError(
            f"{spec.number} given; {len(labels)} dilemmas are labelled: put so many at the most",
            path=("measures", "dilemmas", "number"),
        )
    draw = stream(seed, "dilemmas put").choice(len(labels), size=spec.number, replace=False)
    numbers = list(labels)
    return {numbers[place]: labels[numbers[place]] for place in np.sort(draw)}


def _draw_humans(spec: DilemmasSpec, n_humans: int, seed: int) -> NDArray[np.int64]:
    if spec.humans >= n_humans:
        return np.arange(n_humans)
    drawn = stream(seed, "humans asked dilemmas").choice(n_humans, size=spec.humans, replace=False)
    return np.sort(drawn)


def _theories_of(asked: Dilemmas, spec: DilemmasSpec) -> dict[str, tuple[tuple[str, ...], Places]]:
    found: dict[str, tuple[tuple[str, ...], Places]] = {}
    for index, theory in enumerate(spec.theories):
        with error_at("measures", "dilemmas", "theories", index):
            found[theory] = asked.by_theory(theory)
    return found
