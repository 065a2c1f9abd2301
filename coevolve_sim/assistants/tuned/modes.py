"""Learning modes: an assistant's weights are trained here, replayed from a record, or left unchanged.

The three modes have one interface, so that the caller need not know which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coevolve_sim.assistants.preferences import Comparison
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned.assistant import TunedAssistant
from coevolve_sim.assistants.tuned.lesson import Lesson, count_comparisons
from coevolve_sim.assistants.tuned.methods import Method
from coevolve_sim.assistants.tuned.readout import Speaker
from coevolve_sim.errors import MindError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Mind
from coevolve_sim.minds.replay import ReplayMind
from coevolve_sim.minds.wrappers import unwrap


@dataclass(frozen=True, eq=False)
class Trainee:
    """An assistant before its weights have learnt anything.

    Attributes
    ----------
    name : str
        Its name in the record, and the voice as which its adapters are loaded.
    called : str
        Its name in prompts.
    mind_name : str
        The name of its mind in the record.
    mind : Mind
        Its mind, with all wrappers.
    method : Method
        What it learns from.
    settings : DpoSettings
        Settings of the training.
    templates : Templates
        Words of the prompts.
    folder : callable
        Returns the folder for its adapters; called only if it is trained.
    """

    name: str
    called: str
    mind_name: str
    mind: Mind
    method: Method
    settings: DpoSettings
    templates: Templates
    folder: Callable[[], Path]

    @property
    def system(self) -> str:
        """Its system message, which says who it is but not where it stands."""
        return self.templates.assistant_sketch(self.called)


class LearningMode(Protocol):
    """Interface of the modes by which the weights of one assistant change."""

    @property
    def voice(self) -> str:
        """The voice of its mind that the assistant speaks with; empty where that is the mind's own."""

    def speaker(self, base: Mind) -> Speaker:
        """Return the speaker for the assistant now; its mind is ``base`` while it has no adapter."""

    def go_back_to(self, times: int) -> None:
        """Restore the state after ``times`` lessons, at least 0."""

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:
        """Learn from comparisons as lesson ``times`` (from 1); return the lesson's result."""


ModeChoice = Callable[[Trainee], LearningMode]
"""Chooses how the weights of an assistant change: a mode's class, or `choose_mode`."""


class Train:
    """Trains an adapter at every lesson.

    Parameters
    ----------
    trainee : Trainee
        The assistant that learns.

    Raises
    ------
    MindError
        If the weights of its mind are not at hand.
    """

    def __init__(self, trainee: Trainee) -> None:
        self._trainee = trainee
        self._tuned = TunedAssistant(
            trainee.called,
            trainee.mind,
            trainee.folder(),
            trainee.method,
            trainee.settings,
            templates=trainee.templates,
            voice=trainee.name,
        )

    @property
    def voice(self) -> str:
        """The voice of its adapter, once it has one."""
        return self._tuned.voice

    def speaker(self, base: Mind) -> Speaker:
        """Return its mind with its adapter's voice; the base before it has one."""
        return self._tuned.speaker(base)

    def go_back_to(self, times: int) -> None:
        """Load the adapter that its folder has for that lesson."""
        self._tuned.go_back_to(range(1, times + 1))

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:
        """Train an adapter, or reuse one trained before on the same, and load it."""
        report = self._tuned.learn(times, comparisons)
        self._tuned.load()  # before the identity is read: a mind is another with another adapter
        update = report.update
        return Lesson(
            self._trainee.name,
            self._trainee.mind_name,
            times,
            report.status,
            *count_comparisons(comparisons),
            0 if update is None else update.n_pairs,
            None if update is None else update.accuracy_after,
            None if update is None else update.drift,
            self._tuned.mark,
            self._trainee.mind.identity,
        )


class Replay:
    """Replays every lesson and every message from the record of a run; nothing is trained.

    Parameters
    ----------
    trainee : Trainee
        An assistant whose mind replays a run.

    Raises
    ------
    MindError
        If its mind replays no run.
    """

    def __init__(self, trainee: Trainee) -> None:
        inner = unwrap(trainee.mind)
        if not isinstance(inner, ReplayMind):
            raise MindError(f"the mind {inner.identity} replays no run; train '{trainee.name}' instead")
        self._trainee, self._record = trainee, inner
        self._lesson: Lesson | None = None

    @property
    def voice(self) -> str:
        """The voice that it had in that run."""
        return self._trainee.name if self._lesson is not None and self._lesson.adapter else ""

    def speaker(self, base: Mind) -> Speaker:  # noqa: ARG002 - the record has both voices
        """Return the mind that replays, with the voice that it had in that run."""
        return Speaker(self._trainee.mind, self._trainee.system, self.voice)

    def go_back_to(self, times: int) -> None:
        """Take the state after ``times`` lessons from the record."""
        self._lesson = self._read(times) if times else None

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:  # noqa: ARG002 - on record
        """Take the lesson from the record."""
        self._lesson = lesson = self._read(times)
        return lesson

    def _read(self, times: int) -> Lesson:
        return Lesson(**self._record.advance_to_lesson(self._trainee.name, times))


class DryRun:
    """Answers everything that a trainee is asked but never learns: for counting requests beforehand.

    Parameters
    ----------
    trainee : Trainee
        The assistant that would learn.
    """

    voice = ""

    def __init__(self, trainee: Trainee) -> None:
        self._trainee = trainee

    def speaker(self, base: Mind) -> Speaker:  # noqa: ARG002 - as both others do
        """Return its mind with its own voice."""
        return Speaker(self._trainee.mind, self._trainee.system, "")

    def go_back_to(self, times: int) -> None:
        """Do nothing."""

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:
        """Count the comparisons and learn nothing."""
        names = (self._trainee.name, self._trainee.mind_name)
        counts = count_comparisons(comparisons)
        return Lesson(*names, times, "nothing to learn", *counts, 0, None, None, "", "")


def choose_mode(trainee: Trainee) -> LearningMode:
    """Return `Replay` for a mind that replays a run, and `Train` for every other."""
    return Replay(trainee) if isinstance(unwrap(trainee.mind), ReplayMind) else Train(trainee)
