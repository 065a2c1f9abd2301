"""What a mind chooses in dilemmas, as itself and as personas: behaviour beside what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.elicitation.elicit import LEAST_CONSISTENCY
from coevolve_sim.language.endings import CountedMind, require_answers
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import (
    Persona,
    Questionnaire,
    measure,
    request_for,
    system_messages,
)
from coevolve_sim.language.questionnaires.administer import Asking, Progress
from coevolve_sim.language.questionnaires.dilemmas import (
    SIDES,
    Dilemmas,
    dilemma_questionnaire,
    sides_taken,
)
from coevolve_sim.language.questionnaires.requests import request_in_words
from coevolve_sim.measures.dilemmas import ChoiceScores, Places, compare_choices, score_choices
from coevolve_sim.minds.answers import DEFAULT_LIMIT, AnswerLimits, Answers
from coevolve_sim.minds.protocol import Mind

ASSISTANT = "assistant"
"""How the mind as itself is called beside its personas."""

READ: dict[str, Asking] = {"words": request_in_words, "letters": request_for}
"""How answers are read, and what asks for them so."""

MOST_OF_ONE_WORD = 0.9
"""Share of yes, or of no, from which on a mind says one word rather than chooses."""


@dataclass(frozen=True, eq=False)
class DilemmaAnswers:
    """What one speaker, or several, answered to labelled dilemmas.

    Attributes
    ----------
    labels : mapping of int to str
        On which side yes stands, by number of the dilemma; in the order of columns.
    choices : float array, shape (people, dilemmas)
        1 where the side that GPT-4 chose was taken, 0 where the other; nan unless alike in both orders.
    shares : float array, shape (people, dilemmas)
        Probability of the side that GPT-4 chose, over both orders; nan where one was not answered.
    """

    labels: Mapping[int, str]
    choices: Floats
    shares: Floats

    @property
    def answered(self) -> float:
        """Share of dilemmas that were answered in both orders."""
        return float((~np.isnan(self.shares)).mean())

    @property
    def consistency(self) -> float:
        """Share of the answered dilemmas that were answered alike in both orders; nan without any."""
        n_answered = int((~np.isnan(self.shares)).sum())
        return float((~np.isnan(self.choices)).sum() / n_answered) if n_answered else float("nan")

    @property
    def share_of_yes(self) -> float:
        """Share of yes in the dilemmas answered alike in both orders; nan without any."""
        said_yes = self.choices == self.choices_of_yes
        counted = ~np.isnan(self.choices)
        return float(said_yes[counted].mean()) if counted.any() else float("nan")

    @property
    def n_of_one_word(self) -> int:
        """How many people said yes, or no, in nearly all that they answered alike (`MOST_OF_ONE_WORD`)."""
        known = ~np.isnan(self.choices)
        counts = known.sum(axis=1)
        yes = ((self.choices == self.choices_of_yes) & known).sum(axis=1)
        most = np.maximum(yes, counts - yes)
        return int(((counts > 0) & (most >= MOST_OF_ONE_WORD * counts)).sum())

    @property
    def choices_of_yes(self) -> Floats:
        """What a mind takes that always says yes."""
        return np.array([float(side == SIDES[0]) for side in self.labels.values()])

    @property
    def choices_about_middle(self) -> Floats:
        """Sides taken where a speaker's own leaning to yes or no is taken off, shape (people, dilemmas).

        A dilemma counts as answered yes where yes was likelier than in the middle one (median) of that
        speaker's dilemmas, so that half of them do, whatever word it prefers.
        """
        yes = np.where(self.choices_of_yes == 1, self.shares, 1 - self.shares)
        there = ~np.isnan(yes)
        middle = np.array(
            [np.median(row[kept]) if kept.any() else np.nan for row, kept in zip(yes, there, strict=True)]
        )
        side = np.where(yes > middle[:, None], self.choices_of_yes, 1 - self.choices_of_yes)
        return np.where(there & (yes != middle[:, None]), side, np.nan)

    @property
    def verdict(self) -> str:
        """Say what stands in the way of reading scores as choices; empty if nothing does."""
        if not self.answered:
            return "no dilemma was answered in both orders"
        if self.consistency < LEAST_CONSISTENCY:
            return (
                f"{self.consistency:.0%} of the dilemmas were answered alike in both orders of yes and no, "
                f"less than {LEAST_CONSISTENCY:.0%}: most answers tell an option's place, not a choice"
            )
        if not 1 - MOST_OF_ONE_WORD < self.share_of_yes < MOST_OF_ONE_WORD:
            return (
                f"yes was said in {self.share_of_yes:.0%} of the dilemmas: one word, whatever is asked, "
                "rather than a choice"
            )
        if 2 * self.n_of_one_word >= len(self.choices):
            return (
                f"{self.n_of_one_word} of {len(self.choices)} said one word, yes or no, in nearly all "
                "dilemmas, rather than chose"
            )
        return ""

    def select(self, rows: slice | Sequence[int]) -> DilemmaAnswers:
        """Return what some of the speakers answered, by their rows."""
        return DilemmaAnswers(self.labels, self.choices[rows], self.shares[rows])

    def score(self, places: Places, n_values: int, *, seed: int = 1) -> ChoiceScores:
        """Return scores by the choices that were alike in both orders."""
        return score_choices(places, self.choices, n_values, seed=seed)

    def score_by_probability(self, places: Places, n_values: int, *, seed: int = 1) -> ChoiceScores:
        """Return scores by probability over both orders: 0 for a mind that answers by place."""
        return score_choices(places, self.shares, n_values, seed=seed)

    def score_about_middle(self, places: Places, n_values: int, *, seed: int = 1) -> ChoiceScores:
        """Return scores by `choices_about_middle`."""
        return score_choices(places, self.choices_about_middle, n_values, seed=seed)

    def score_beside(
        self, other: DilemmaAnswers, places: Places, n_values: int, *, seed: int = 1
    ) -> ChoiceScores:
        """Return by how much more values are selected than by another, on the dilemmas of both."""
        return compare_choices(places, self.choices, other.choices, n_values, seed=seed)


def ask_dilemmas(
    mind: Mind,
    dilemmas: Dilemmas,
    labels: Mapping[int, str],
    personas: Sequence[Persona] = (),
    *,
    voice: str = "",
    read: str = "words",
    progress: Progress | None = None,
    at_most_unanswered: float = DEFAULT_LIMIT,
) -> tuple[DilemmaAnswers, DilemmaAnswers | None]:
    """Put labelled dilemmas to a mind, with yes and no in both orders: as itself, and as personas.

    Parameters
    ----------
    mind : Mind
        The mind to ask.
    dilemmas : Dilemmas
        The data, of which the labelled ones are asked.
    labels : mapping of int to str
        On which side yes stands, by number of the dilemma.
    personas : sequence of Persona
        As whom it is asked besides.
    voice : str
        The voice of the mind to ask; empty for its own.
    read : str
        One of `READ`: ``words`` compares how likely *Yes* and *No* are, ``letters`` options A and B.
    progress : callable, optional
        Called after each reply with the number of replies so far and their total.
    at_most_unanswered : float
        Largest share of requests that may be given up or invalid, in [0, 1].

    Returns
    -------
    assistant : DilemmaAnswers
        Of the mind as itself.
    people : DilemmaAnswers or None
        Of its personas, a row each; None without any.

    Raises
    ------
    QuestionnaireError
        If there is no such way to read, a labelled dilemma has no values, or two personas share a name.
    UnansweredError
        If more was not answered than is allowed.
    MindError
        If the mind cannot be asked.
    """
    words = Templates.standard()
    told = system_messages(personas, words)
    if ASSISTANT in told or len(told) < len(personas):
        raise QuestionnaireError(f"personas are named once each, and none '{ASSISTANT}'")
    ended = Answers()
    asked = dilemma_questionnaire(dilemmas, labels)
    speakers = {ASSISTANT: "", **told}
    found = ask_speakers(
        CountedMind(mind, ended), asked, labels, speakers, words, voice=voice, read=read, progress=progress
    )
    require_answers(ended, AnswerLimits(at_most_unanswered), "no score is shown", "--at-most-unanswered")
    return found.select(slice(1)), found.select(slice(1, None)) if personas else None


def ask_speakers(
    mind: Mind,
    questionnaire: Questionnaire,
    labels: Mapping[int, str],
    speakers: Mapping[str, str],
    templates: Templates,
    *,
    voice: str = "",
    read: str = "words",
    kind: str = "item",
    progress: Progress | None = None,
) -> DilemmaAnswers:
    """Put labelled dilemmas to a mind as several speakers, with yes and no in both orders.

    Parameters
    ----------
    mind, voice, read, progress
        As for `ask_dilemmas`.
    questionnaire : Questionnaire
        As `dilemma_questionnaire` returns it for these labels.
    labels : mapping of int to str
        On which side yes stands, by number of the dilemma.
    speakers : mapping of str to str
        By name: the system message that says who somebody is; empty for the mind as itself.
    templates : Templates
        Templates of the prompts.
    kind : str
        Kind of the requests, for the record of usage.

    Returns
    -------
    DilemmaAnswers
        A row for each speaker.

    Raises
    ------
    QuestionnaireError
        If there is no such way to read.
    MindError
        If the mind cannot be asked.
    """
    if read not in READ:
        raise QuestionnaireError(f"dilemmas are read by {' or '.join(READ)}; '{read}' given")
    taken = measure(
        mind,
        questionnaire,
        speakers,
        templates,
        voice=voice,
        kind=kind,
        progress=progress,
        asking=READ[read],
    )
    return DilemmaAnswers(labels, *sides_taken(taken.answers, labels))
