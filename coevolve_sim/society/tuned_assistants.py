"""Assistants of a society whose weights learn: from whom, when, and where their adapters are kept.

How weights learn is in `coevolve_sim.assistants.tuned`. This module adds what comes from the society: the
people who consulted an assistant and so compare texts for it, these people's values, and the folder of the
run. An assistant's values are those read from its words, measured before the first round and again after each
lesson. Its adapters, and every comparison, are kept in the run's folder under ``adapters/NAME/era-NN``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned import (
    Annotator,
    ByJudge,
    ByPeople,
    BySelfReference,
    Lesson,
    Method,
    ModeChoice,
    Pool,
    PreferenceLearner,
    Readout,
    Respondent,
    Trainee,
    choose_mode,
    write_candidates,
)
from coevolve_sim.language import LanguageChannel
from coevolve_sim.language.questionnaires import Questionnaire, shipped_questionnaire
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
from coevolve_sim.scenario.policy_specs import (
    JudgeAnnotatorSpec,
    SelfReferenceAnnotatorSpec,
    WeightsPolicySpec,
)
from coevolve_sim.scenario.tuned_checks import judges_of, weights_policies
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.values import ValueSpace

ADAPTERS = "adapters"


class Learnt(NamedTuple):
    """The result of a lesson: an assistant's new values and voice.

    Attributes
    ----------
    values : float64 array, shape (dimensions,)
        Values read from its words, in [0, 1]; nan where no message on a dimension was answered and read.
    lesson : Lesson
        Record of the lesson.
    voice : str
        The voice of its mind with which it speaks from now on; empty for the mind's own voice.
    """

    values: Floats
    lesson: Lesson
    voice: str


class TunedAssistants:
    """All assistants of a scenario whose weights learn.

    Parameters
    ----------
    scenario : Scenario
        A scenario with at least one assistant whose policy trains weights.
    channel : LanguageChannel
        The channel in which they speak; it is not changed.
    questionnaire : Questionnaire
        Questionnaire by which their values are measured.
    mode : ModeChoice
        How weights change: as their mind allows (`choose_mode`), or not at all (`DryRun`).
    """

    def __init__(
        self,
        scenario: Scenario,
        channel: LanguageChannel,
        questionnaire: Questionnaire,
        mode: ModeChoice = choose_mode,
    ) -> None:
        self._seed, self._channel, self._questionnaire = scenario.seed, channel, questionnaire
        self._mode = mode
        self.policies = weights_policies(scenario)
        self.mind_names: tuple[str, ...] = tuple(
            dict.fromkeys(judge.mind or channel.mind for _, judge in judges_of(scenario))
        )
        """The minds that judge for assistants here."""
        self._learners: dict[int, PreferenceLearner] = {}
        self._pools: dict[int, Pool] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._folder: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Keep adapters from now on in the folder of a run; without a run they are temporary files."""
        self._folder, self._learners = folder / ADAPTERS, {}

    def begin(self, n_lessons: Mapping[int, int]) -> dict[int, str]:
        """Bring each assistant to its weights after a number of lessons; return their voices.

        The texts to compare are written first, while every mind still has its base weights: a resumed run
        has the same texts as an unbroken one.

        Parameters
        ----------
        n_lessons : mapping of int to int
            Number of lessons that each assistant has had, by its number.

        Returns
        -------
        dict of int to str
            The voice of each assistant, by its number; empty for its mind's own voice.

        Raises
        ------
        MindError
            If a mind cannot be opened, or its weights are not available.
        TrainingError
            If an adapter is missing.
        """
        for which in self.policies:
            self._pool(which)
        return {which: self._learner(which).begin(n_lessons[which]) for which in self.policies}

    def is_due(self, which: int, round_index: int) -> bool:
        """Return whether an assistant has a lesson at the end of a round, provided anybody consulted it."""
        return round_index % self.policies[which].every == 0

    def measure_said(self, which: int) -> Floats:
        """Return an assistant's present values, as read from its messages.

        Returns
        -------
        float64 array, shape (dimensions,)
            In [0, 1]; nan where no message on a dimension was answered and read.
        """
        return self._learner(which).measure_said()

    def learn(self, which: int, times: int, humans: Sequence[int], values: Floats) -> Learnt:
        """Let people compare texts, and an assistant learn from their preferences.

        Parameters
        ----------
        which : int
            Number of the assistant.
        times : int
            Number of this lesson, from 1.
        humans : sequence of int
            The humans who consulted it since its last lesson, ascending.
        values : float64 array, shape (humans, dimensions)
            Values of all humans, which their personas state when they compare.

        Raises
        ------
        MindError
            If a mind cannot be asked.
        TrainingError
            If the adapter cannot be trained.
        """
        name = self._channel.assistants[which].name
        chosen = _draw_people(humans, self.policies[which].people, self._seed, name, times)
        learner = self._learner(which)
        lesson = learner.learn(times, self._respondents(chosen, values))
        return Learnt(learner.measure_said(), lesson, learner.voice)

    def close(self) -> None:
        """Remove temporary adapters."""
        self._learners = {}
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = self._folder = None

    def _respondents(self, humans: Sequence[int], values: Floats) -> list[Respondent]:
        """Return the people who compare texts: who they are, and their values on every topic."""
        people, topics = self._channel.people, self._channel.writing.topics
        return [
            Respondent(
                people[human].who,
                people[human].voice,
                dict(zip(topics, values[human].tolist(), strict=True)),
                name=f"human {human}",
            )
            for human in humans
        ]

    def _learner(self, which: int) -> PreferenceLearner:
        if which not in self._learners:
            self._learners[which] = PreferenceLearner(
                self._channel.minds.get(self._channel.mind),
                self._pool(which).pairs,
                self._annotator(which),
                self._mode(self._trainee(which)),
                self._readout(which),
            )
        return self._learners[which]

    def _trainee(self, which: int) -> Trainee:
        assistant, policy = self._channel.assistants[which], self.policies[which]
        return Trainee(
            assistant.name,
            self._name_in_prompts(which),
            assistant.mind,
            self._channel.minds.get(assistant.mind),
            method_of(policy),
            DpoSettings(
                learning_rate=policy.learning_rate,
                epochs=policy.epochs,
                rank=policy.rank,
                alpha=2.0 * policy.rank,
                beta=policy.beta,
                anchor=policy.anchor,
                seed=stream_seed(self._seed, "weights", assistant.name) % 2**31,
            ),
            self._channel.writing.templates,
            lambda: self._open_folder() / assistant.name,
        )

    def _annotator(self, which: int) -> Annotator:
        """Return the annotator whose preferences an assistant learns from."""
        part, writing = self.policies[which].annotator, self._channel.writing
        seed = stream_seed(self._seed, "annotator", self._channel.assistants[which].name)
        if isinstance(part, JudgeAnnotatorSpec):
            return ByJudge(
                self._channel.minds.get(part.mind or self._channel.mind),
                part.rubric,
                seed,
                part.voice,
                part.votes,
                writing.temperature,
                part.max_tokens,
            )
        if isinstance(part, SelfReferenceAnnotatorSpec):
            return BySelfReference(
                seed,
                part.samples,
                writing.temperature,
                writing.max_tokens,
                writing.rule,
                writing.opening,
            )
        return ByPeople()

    def _pool(self, which: int) -> Pool:
        """Return the texts that people compare, the same for all lessons of an assistant."""
        if which not in self._pools:
            self._pools[which] = write_candidates(
                self._channel.minds.get(self._channel.mind),
                self._channel.writing,
                self.policies[which].pairs,
                stream_seed(self._seed, "candidates", self._channel.assistants[which].name),
                called=self._name_in_prompts(which),
                opening=self._channel.writing.opening,
            )
        return self._pools[which]

    def _readout(self, which: int) -> Readout:
        writing, assistant = self._channel.writing, self._channel.assistants[which]
        return Readout(
            self._channel.minds.get(self._channel.reads_by or assistant.mind),
            self._questionnaire,
            self._channel.reader_of(assistant.mind).without_correction(),
            writing.templates,
            stream_seed(self._seed, "holds", assistant.name),
            temperature=writing.temperature,
            max_tokens=writing.max_tokens,
            rule=writing.rule,
        )

    def _name_in_prompts(self, which: int) -> str:
        """Return the name of an assistant as prompts write it."""
        return self._channel.assistants[which].name.replace("_", " ")

    def _open_folder(self) -> Path:
        """Return the folder of all adapters: the run's, or a temporary one where there is no run."""
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="coevolve-adapters-")
            self._folder = Path(self._temporary.name)
        return self._folder


def method_of(policy: WeightsPolicySpec) -> Method:
    """Return the method by which a policy's weights learn."""
    own = Method(policy.kind).parameters
    return Method(policy.kind, **{key: getattr(policy, key) for key in own})


def tuned_assistants_of(
    scenario: Scenario, channel: Channel, space: ValueSpace, mode: ModeChoice = choose_mode
) -> TunedAssistants | None:
    """Return the assistants of a scenario whose weights learn, if there are any."""
    if not weights_policies(scenario):
        return None
    # Reading a scenario refuses weights that learn where nobody speaks, so this is a channel of language.
    part = cast("LanguageChannelSpec", scenario.channel)
    speaking = cast("LanguageChannel", channel)
    return TunedAssistants(scenario, speaking, shipped_questionnaire(space, part.items), mode)


def fill_unheard(before: Floats, said: Floats) -> Floats:
    """Return the values that were read, with the earlier ones where nothing was read.

    Examples
    --------
    >>> fill_unheard(np.array([0.25, 0.5]), np.array([np.nan, 0.75])).tolist()
    [0.25, 0.75]
    """
    heard: Floats = np.where(np.isnan(said), before, said)
    return heard


def _draw_people(humans: Sequence[int], at_most: int, seed: int, name: str, times: int) -> list[int]:
    """Return the humans who compare texts for a lesson, ascending: all who consulted, or a sample."""
    if len(humans) <= at_most:
        return list(humans)
    draw = stream(seed, "people who compare", name, times)
    return sorted(draw.choice(np.asarray(humans), size=at_most, replace=False).tolist())
