"""The assistants of a run whose weights learn: people compare texts, an adapter is trained, words change.

An assistant's values are then what its words are read as: measured before the first round, and anew whenever
it has learnt. Its adapters, and every comparison, lie in the run's folder under ``adapters/NAME/era-NN``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned import (
    Annotator,
    ByJudge,
    ByPeople,
    BySelfReference,
    Method,
    Pool,
    Readout,
    Respondent,
    TunedAssistant,
    candidates,
)
from coevolve_sim.assistants.tuned.modes import DryRun, LearningMode, Replay, Train
from coevolve_sim.language import LanguageChannel
from coevolve_sim.language.questionnaires import Questionnaire, shipped_questionnaire
from coevolve_sim.minds import Mind
from coevolve_sim.minds.replay import Lesson, ReplayMind
from coevolve_sim.minds.wrappers import innermost
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
from coevolve_sim.scenario.policy_specs import (
    ExtrapolativeDpoPolicySpec,
    JudgeAnnotatorSpec,
    SelfReferenceAnnotatorSpec,
    WeightsPolicySpec,
)
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.values import ValueSpace

ADAPTERS = "adapters"


class TunedAssistants:
    """All assistants of a scenario whose weights learn.

    Parameters
    ----------
    scenario : Scenario
        With at least one assistant whose policy is one of `WeightsPolicySpec`.
    channel : LanguageChannel
        In which they speak.
    questionnaire : Questionnaire
        By which readers tell where a writer stands.
    trains : bool
        Whether weights are trained; if not, all is asked that would be, and assistants stay as they are.
    """

    def __init__(
        self,
        scenario: Scenario,
        channel: LanguageChannel,
        questionnaire: Questionnaire,
        *,
        trains: bool = True,
    ) -> None:
        self._seed, self._channel, self._questionnaire = scenario.seed, channel, questionnaire
        self._trains = trains
        self.policies: dict[int, WeightsPolicySpec] = {
            which: part.policy
            for which, part in enumerate(scenario.assistants)
            if isinstance(part.policy, WeightsPolicySpec)
        }
        self._pupils: dict[int, LearningMode] = {}
        self._pools: dict[int, Pool] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._folder: Path | None = None

    @property
    def mind_names(self) -> tuple[str, ...]:
        """The minds that judge for assistants here."""
        annotators = (policy.annotator for policy in self.policies.values())
        judges = (one for one in annotators if isinstance(one, JudgeAnnotatorSpec))
        return tuple(dict.fromkeys(judge.mind or self._channel.mind for judge in judges))

    def keep_in(self, folder: Path) -> None:
        """Keep adapters from now on in the folder of a run; else they go where temporary files do."""
        self._folder, self._pupils = folder / ADAPTERS, {}

    def begin(self, n_learnt: Mapping[int, int]) -> None:
        """Be where assistants are that have learnt so often; texts to compare are written before that.

        Parameters
        ----------
        n_learnt : mapping of int to int
            How often each of the assistants has learnt.

        Raises
        ------
        MindError
            If a mind cannot be had, has no weights at hand, or an adapter is not there any more.
        """
        for which in self.policies:
            self._pool(which)
        for which in self.policies:
            self._pupil(which).go_back_to(n_learnt[which])
            self._speaks(which)

    def said(self, which: int) -> Floats:
        """Return what an assistant holds now, by what it says.

        Returns
        -------
        float64 array, shape (dimensions,)
            In [0, 1]; nan where no message on a dimension was answered and read.
        """
        return self._pupil(which).says(self._readout(which))

    def learn(self, which: int, era: int, humans: Sequence[int], values: Floats) -> tuple[Floats, Lesson]:
        """Let texts be compared and an assistant learn from it; return what it holds then, and what became.

        Parameters
        ----------
        which : int
            The assistant.
        era : int
            For the how-manieth time it learns, from 1.
        humans : sequence of int
            Who consulted it since it last learnt, ascending.
        values : float64 array, shape (humans, dimensions)
            Everybody's: what their personas state when they compare.

        Returns
        -------
        held : float64 array, shape (dimensions,)
            As of `said`.
        lesson : Lesson
            What became of its weights.

        Raises
        ------
        MindError
            If a mind cannot be asked, or training goes astray.
        """
        name = self._channel.assistants[which].name
        chosen = _drawn(humans, self.policies[which].people, self._seed, name, era)
        people, topics = self._channel.people, self._channel.writing.topics
        respondents = [
            Respondent(
                people[human].who,
                people[human].voice,
                dict(zip(topics, values[human].tolist(), strict=True)),
                name=f"human {human}",
            )
            for human in chosen
        ]
        preferred = self._annotator(which).preferred(
            self._channel.minds.of(self._channel.mind),
            respondents,
            self._pool(which).pairs,
            self._channel.writing.templates,
        )
        lesson = self._pupil(which).learn(era, preferred)
        self._speaks(which)
        return self.said(which), lesson

    def close(self) -> None:
        """Remove what was temporary."""
        self._pupils = {}
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = self._folder = None

    def _pupil(self, which: int) -> LearningMode:
        if which not in self._pupils:
            spokesman = self._channel.assistants[which]
            asked, name = self._channel.minds.of(spokesman.mind), spokesman.name.replace("_", " ")
            system = self._channel.writing.templates.assistant_sketch(name)
            inner = innermost(asked)
            if not self._trains:
                self._pupils[which] = DryRun(spokesman.name, spokesman.mind, asked, system)
            elif isinstance(inner, ReplayMind):
                self._pupils[which] = Replay(spokesman.name, inner, asked, system)
            else:
                tuned = self._tuned(which, name, asked)
                self._pupils[which] = Train(spokesman.name, spokesman.mind, asked, tuned)
        return self._pupils[which]

    def _tuned(self, which: int, called: str, asked: Mind) -> TunedAssistant:
        name, policy = self._channel.assistants[which].name, self.policies[which]
        return TunedAssistant(
            called,
            asked,
            self._place() / name,
            method_of(policy),
            DpoSettings(
                learning_rate=policy.learning_rate,
                epochs=policy.epochs,
                rank=policy.rank,
                alpha=2.0 * policy.rank,
                beta=policy.beta,
                anchor=policy.anchor,
                seed=stream_seed(self._seed, "weights", name) % 2**31,
            ),
            templates=self._channel.writing.templates,
            voice=name,
        )

    def _annotator(self, which: int) -> Annotator:
        """Return who says what is preferred to an assistant."""
        part, writing = self.policies[which].annotator, self._channel.writing
        seed = stream_seed(self._seed, "annotator", self._channel.assistants[which].name)
        if isinstance(part, JudgeAnnotatorSpec):
            return ByJudge(
                self._channel.minds.of(part.mind or self._channel.mind),
                part.rubric,
                seed,
                part.voice,
                part.votes,
                writing.temperature,
                part.max_tokens,
            )
        if isinstance(part, SelfReferenceAnnotatorSpec):
            return BySelfReference(seed, part.samples, writing.temperature, writing.max_tokens)
        return ByPeople()

    def _place(self) -> Path:
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="coevolve-adapters-")
            self._folder = Path(self._temporary.name)
        return self._folder

    def _pool(self, which: int) -> Pool:
        """Return the texts that people compare, written before an assistant has learnt anything."""
        if which not in self._pools:
            writing, spokesman = self._channel.writing, self._channel.assistants[which]
            self._pools[which] = candidates(
                self._channel.minds.of(self._channel.mind),
                writing.topics,
                self.policies[which].pairs,
                stream_seed(self._seed, "candidates", spokesman.name),
                name=spokesman.name.replace("_", " "),
                templates=writing.templates,
                temperature=writing.temperature,
                max_tokens=writing.max_tokens,
            )
        return self._pools[which]

    def _speaks(self, which: int) -> None:
        """Have the channel speak for an assistant with what it has learnt."""
        self._channel.learnt_voices[self._channel.assistants[which].name] = self._pupil(which).voice

    def _readout(self, which: int) -> Readout:
        writing, spokesman = self._channel.writing, self._channel.assistants[which]
        return Readout(
            self._channel.minds.of(spokesman.mind),
            self._questionnaire,
            self._channel.reader.without_correction(),
            writing.templates,
            stream_seed(self._seed, "holds", spokesman.name),
            temperature=writing.temperature,
            max_tokens=writing.max_tokens,
        )


def method_of(policy: WeightsPolicySpec) -> Method:
    """Return how weights learn by a policy."""
    if isinstance(policy, ExtrapolativeDpoPolicySpec):
        return Method(policy.kind, policy.order, policy.horizon)
    return Method(policy.kind)


def tuned_assistants_of(
    scenario: Scenario, channel: object, space: ValueSpace, *, trains: bool = True
) -> TunedAssistants | None:
    """Return the assistants of a scenario whose weights learn, if there are any."""
    part = scenario.channel
    if not (isinstance(channel, LanguageChannel) and isinstance(part, LanguageChannelSpec)):
        return None
    found = TunedAssistants(scenario, channel, shipped_questionnaire(space, part.items), trains=trains)
    return found if found.policies else None


def fill_unheard(before: Floats, said: Floats) -> Floats:
    """Return what was said, and where nothing was heard what was there before.

    Examples
    --------
    >>> fill_unheard(np.array([0.25, 0.5]), np.array([np.nan, 0.75])).tolist()
    [0.25, 0.75]
    """
    heard: Floats = np.where(np.isnan(said), before, said)
    return heard


def _drawn(humans: Sequence[int], at_most: int, seed: int, name: str, era: int) -> list[int]:
    if len(humans) <= at_most:
        return list(humans)
    draw = stream(seed, "people who compare", name, era)
    return sorted(draw.choice(np.asarray(humans), size=at_most, replace=False).tolist())
