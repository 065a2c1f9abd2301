"""The learning loop of one tuned assistant, the same in a society and in a challenge.

People (or a judge) compare pairs of texts, the weights change accordingly, and what the assistant then says
is measured. The caller decides who the people are and when the assistant learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.tuned.annotators import Annotator
from coevolve_sim.assistants.tuned.candidates import TextPair
from coevolve_sim.assistants.tuned.lesson import Lesson
from coevolve_sim.assistants.tuned.modes import LearningMode
from coevolve_sim.assistants.tuned.readout import HeldValues, Readout
from coevolve_sim.assistants.tuned.respondents import Respondent
from coevolve_sim.minds import Mind


@dataclass(frozen=True, eq=False)
class PreferenceLearner:
    """One assistant whose weights learn.

    Attributes
    ----------
    people_mind : Mind
        The mind that speaks for the people who compare; it should send equal requests only once.
    pairs : tuple of TextPair
        The pairs that they compare, the same every time.
    annotator : Annotator
        Who says which text of a pair is preferred.
    mode : LearningMode
        How the weights change: `Train`, `Replay` or `DryRun`.
    readout : Readout
        How the assistant's values are read from its words; its mind speaks while there is no adapter.
    """

    people_mind: Mind
    pairs: tuple[TextPair, ...]
    annotator: Annotator
    mode: LearningMode
    readout: Readout

    def begin(self, times: int) -> str:
        """Restore the assistant after ``times`` lessons; return the voice it then speaks with.

        Raises
        ------
        TrainingError
            If an adapter that it learnt is missing.
        MindError
            If the mind has no room for the voice, or the record that is replayed lacks the lesson.
        """
        self.mode.go_back_to(times)
        return self.mode.voice

    def learn(self, times: int, people: Sequence[Respondent]) -> Lesson:
        """Let people compare the pairs, and learn from what they prefer as lesson ``times`` (from 1).

        Raises
        ------
        TrainingError
            If the adapter cannot be trained or kept.
        MindError
            If a mind cannot be asked.
        """
        templates = self.readout.templates
        preferred = self.annotator.compare_pairs(self.people_mind, people, self.pairs, templates)
        return self.mode.learn(times, preferred)

    @property
    def voice(self) -> str:
        """The voice of its mind that it speaks with; empty where that is the mind's own."""
        return self.mode.voice

    def measure_said(self) -> Floats:
        """Return the values read from its messages now, shape (dimensions,), in [0, 1]; nan where unread."""
        return self.readout.measure_said(self.mode.speaker(self.readout.mind))[0]

    def measure_held(self) -> HeldValues:
        """Return the values read from its messages and from its answers to the questionnaire now."""
        return self.readout.measure_held(self.mode.speaker(self.readout.mind))
