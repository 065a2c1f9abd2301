"""What messages of a round appeal to, read by the lexicon as the round ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import ScenarioError
from coevolve_sim.language.appeals import Candidates, Lexicon, Thresholds, read_appeals, read_candidates
from coevolve_sim.language.conversation import BY_ASSISTANTS, TO_PEERS, Utterance
from coevolve_sim.measures import OF_APPEALS
from coevolve_sim.scenario.process_specs import MeasuresSpec


@dataclass(frozen=True)
class AppealPlan:
    """What messages may appeal to, and what of it is dropped."""

    candidates: Candidates
    thresholds: Thresholds


def plan_appeals(measures: MeasuresSpec) -> AppealPlan | None:
    """Return what a scenario's measures ask for; None where they do not.

    Raises
    ------
    QuestionnaireError
        If the file of candidates cannot be read.
    ScenarioError
        If a measure of appeals is named where they are not asked for.

    Examples
    --------
    >>> from coevolve_sim.scenario.appeal_specs import AppealsSpec
    >>> len(plan_appeals(MeasuresSpec(appeals=AppealsSpec())).candidates)
    57
    """
    asked = measures.appeals
    if asked is None:
        _refuse_without(measures)
        return None
    limits = Thresholds(asked.thresholds.relevance, asked.thresholds.overlap)
    path = None if asked.candidates is None else asked.candidates.path
    return AppealPlan(read_candidates(path), limits)


def _refuse_without(measures: MeasuresSpec) -> None:
    for index, name in enumerate(measures.names or ()):
        if name in OF_APPEALS:
            raise ScenarioError(
                f"{name} is taken where the scenario has measures.appeals; add it, as appeals: {{}}",
                path=("measures", "names", index),
            )


def sum_appeals(
    plan: AppealPlan, said: Sequence[Utterance], n_speakers: Sequence[int] | None = None
) -> Floats:
    """Return how much of what was heard appeals to each candidate, of people and of assistants.

    Where cells of humans are asked, ``n_speakers`` says how many humans say (of an answer, are told) each.

    Returns
    -------
    float array, shape (2, candidates)
        Sums of relevance over what people said to each other, and over answers and edits. Questions count
        nowhere: they are asked only where there is an assistant, and more texts appeal to more. What outlets
        say is of neither.
    """
    counts = [1] * len(said) if n_speakers is None else n_speakers
    told = [
        (one, n)
        for one, n in zip(said, counts, strict=True)
        if one.heard and one.kind in (TO_PEERS, *BY_ASSISTANTS)
    ]
    heard, times = [one for one, _ in told], np.array([n for _, n in told], dtype=np.float64)
    relevance = read_appeals(
        Lexicon(), [one.heard for one in heard], plan.candidates, plan.thresholds
    ).relevance
    by_assistant = np.array([one.kind in BY_ASSISTANTS for one in heard], dtype=bool)
    relevance = relevance * times[:, None]
    return np.stack([relevance[~by_assistant].sum(axis=0), relevance[by_assistant].sum(axis=0)])
