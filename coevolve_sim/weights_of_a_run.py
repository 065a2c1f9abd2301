"""The assistants of a run whose weights learn: people compare texts, an adapter is trained, words change.

An assistant's values are then what its words are read as: measured before the first round, and anew whenever
it has learnt. Its adapters, and every comparison, lie in the run's folder under ``adapters/NAME/era-NN``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.learning import DpoSettings
from coevolve_sim.questionnaires import Questionnaire, standard
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_parts import LanguageChannel
from coevolve_sim.scenario.policy_parts import ExtrapolativeDpoPolicy, WeightsPolicy
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.talk import LanguageChannel as TalkChannel
from coevolve_sim.tuning import (
    Listening,
    Method,
    Pool,
    Respondent,
    TunedAssistant,
    candidates,
    elicited,
)
from coevolve_sim.values import ValueSpace

Floats = NDArray[np.float64]
ADAPTERS = "adapters"


class WeightsOfARun:
    """All assistants of a scenario whose weights learn.

    Parameters
    ----------
    scenario : Scenario
        With at least one assistant whose policy is one of `WeightsPolicy`.
    channel : TalkChannel
        In which they speak.
    questionnaire : Questionnaire
        By which readers tell where a writer stands.
    trains : bool
        Whether weights are trained; if not, all is asked that would be, and assistants stay as they are.
    """

    def __init__(
        self, scenario: Scenario, channel: TalkChannel, questionnaire: Questionnaire, *, trains: bool = True
    ) -> None:
        self._seed, self._channel, self._questionnaire = scenario.seed, channel, questionnaire
        self._trains = trains
        self.policies: dict[int, WeightsPolicy] = {
            which: part.policy
            for which, part in enumerate(scenario.assistants)
            if isinstance(part.policy, WeightsPolicy)
        }
        self._tuned: dict[int, TunedAssistant] = {}
        self._pools: dict[int, Pool] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._folder: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Keep adapters from now on in the folder of a run; else they go where temporary files do."""
        self._folder, self._tuned = folder / ADAPTERS, {}

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
        for which in self.policies if self._trains else ():
            tuned = self._assistant(which)
            tuned.go_back_to(range(1, n_learnt[which] + 1))
            self._speaks(which, tuned)

    def said(self, which: int) -> Floats:
        """Return what an assistant holds now, by what it says.

        Returns
        -------
        float64 array, shape (dimensions,)
            In [0, 1]; nan where no message on a dimension was answered and read.
        """
        listening = self._listening(which)
        if self._trains:
            return self._assistant(which).says(listening)
        name = self._channel.assistants[which].name.replace("_", " ")
        return listening.said(listening.mind, listening.templates.assistant_sketch(name), "")[0]

    def learn(self, which: int, era: int, humans: Sequence[int], values: Floats) -> Floats:
        """Let people compare texts and an assistant learn from it; return what it holds then.

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
        float64 array, shape (dimensions,)
            As of `said`.

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
        mind = self._channel.minds.of(self._channel.mind)
        pairs = self._pool(which).pairs
        preferred = elicited(mind, respondents, pairs, self._channel.writing.templates)
        if self._trains:
            tuned = self._assistant(which)
            tuned.learn(era, preferred)
            self._speaks(which, tuned)
        return self.said(which)

    def close(self) -> None:
        """Remove what was temporary."""
        self._tuned = {}
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = self._folder = None

    def _assistant(self, which: int) -> TunedAssistant:
        if which not in self._tuned:
            spokesman, policy = self._channel.assistants[which], self.policies[which]
            self._tuned[which] = TunedAssistant(
                spokesman.name.replace("_", " "),
                self._channel.minds.of(spokesman.mind),
                self._place() / spokesman.name,
                method_of(policy),
                DpoSettings(
                    learning_rate=policy.learning_rate,
                    epochs=policy.epochs,
                    rank=policy.rank,
                    alpha=2.0 * policy.rank,
                    beta=policy.beta,
                    seed=stream_seed(self._seed, "weights", spokesman.name) % 2**31,
                ),
                templates=self._channel.writing.templates,
                voice=spokesman.name,
            )
        return self._tuned[which]

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

    def _speaks(self, which: int, tuned: TunedAssistant) -> None:
        """Have the channel speak for an assistant with what it has learnt."""
        self._channel.learnt_voices[self._channel.assistants[which].name] = tuned.voice

    def _listening(self, which: int) -> Listening:
        writing, spokesman = self._channel.writing, self._channel.assistants[which]
        return Listening(
            self._channel.minds.of(spokesman.mind),
            self._questionnaire,
            self._channel.reader.without_correction(),
            writing.templates,
            stream_seed(self._seed, "holds", spokesman.name),
            temperature=writing.temperature,
            max_tokens=writing.max_tokens,
        )


def method_of(policy: WeightsPolicy) -> Method:
    """Return how weights learn by a policy."""
    if isinstance(policy, ExtrapolativeDpoPolicy):
        return Method(policy.kind, policy.order, policy.horizon)
    return Method(policy.kind)


def weights_of(
    scenario: Scenario, channel: object, space: ValueSpace, *, trains: bool = True
) -> WeightsOfARun | None:
    """Return the assistants of a scenario whose weights learn, if there are any."""
    part = scenario.channel
    if not (isinstance(channel, TalkChannel) and isinstance(part, LanguageChannel)):
        return None
    found = WeightsOfARun(scenario, channel, standard(space, part.items), trains=trains)
    return found if found.policies else None


def known(before: Floats, said: Floats) -> Floats:
    """Return what was said, and where nothing was heard what was there before.

    Examples
    --------
    >>> known(np.array([0.25, 0.5]), np.array([np.nan, 0.75])).tolist()
    [0.25, 0.75]
    """
    heard: Floats = np.where(np.isnan(said), before, said)
    return heard


def _drawn(humans: Sequence[int], at_most: int, seed: int, name: str, era: int) -> list[int]:
    if len(humans) <= at_most:
        return list(humans)
    draw = stream(seed, "people who compare", name, era)
    return sorted(draw.choice(np.asarray(humans), size=at_most, replace=False).tolist())
