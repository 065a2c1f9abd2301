"""Those whose weights learn in a run: trained, told of by the record that is replayed, or only counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.preferences import Comparison
from coevolve_sim.assistants.tuned import Readout, TunedAssistant
from coevolve_sim.minds import Mind
from coevolve_sim.minds.replay import Lesson, ReplayMind


class LearningMode(Protocol):
    """An assistant whose weights learn."""

    @property
    def voice(self) -> str:
        """The voice of its mind that it speaks with; empty where that is the mind's own."""

    def go_back_to(self, times: int) -> None:
        """Be as after having learnt so often."""

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:
        """Learn for the how-manieth time, from what is preferred; return what became of it."""

    def says(self, readout: Readout) -> Floats:
        """Return what is read from its messages now, by dimension, in [0, 1]; nan where nothing was."""


class Train:
    """One that learns in earnest: its weights change.

    Parameters
    ----------
    name, mind : str
        What the scenario calls the assistant and its mind.
    asked : Mind
        That mind.
    tuned : TunedAssistant
        Who is trained.
    """

    def __init__(self, name: str, mind: str, asked: Mind, tuned: TunedAssistant) -> None:
        self._names, self._asked, self._tuned = (name, mind), asked, tuned

    @property
    def voice(self) -> str:
        """The voice of its adapter, once it has one."""
        return self._tuned.voice

    def go_back_to(self, times: int) -> None:
        """Take the adapters that it learnt so far."""
        self._tuned.go_back_to(range(1, times + 1))

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:
        """Train an adapter, and load it."""
        report = self._tuned.learn(times, comparisons)
        self._tuned.load()
        update = report.update
        return Lesson(
            *self._names,
            times,
            "nothing to learn" if update is None else "learnt",
            *_counted(comparisons),
            0 if update is None else update.n_pairs,
            None if update is None else update.accuracy_after,
            None if update is None else update.drift,
            self._tuned.mark,
            self._asked.identity,
        )

    def says(self, readout: Readout) -> Floats:
        """Hear it, with what it has learnt."""
        return self._tuned.says(readout)


class Replay:
    """One that learnt in the run that is replayed: nothing is trained, and its words are on record.

    Parameters
    ----------
    name : str
        What the scenario calls the assistant.
    mind : ReplayMind
        Who replays.
    asked : Mind
        The same, as it is asked.
    system : str
        The assistant's system message.
    """

    def __init__(self, name: str, mind: ReplayMind, asked: Mind, system: str) -> None:
        self._name, self._mind, self._asked, self._system = name, mind, asked, system
        self._lesson: Lesson | None = None

    @property
    def voice(self) -> str:
        """The voice that it had then."""
        return self._name if self._lesson is not None and self._lesson.adapter else ""

    def go_back_to(self, times: int) -> None:
        """Be where the record has it."""
        self._lesson = self._mind.be_after(self._name, times) if times else None

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:  # noqa: ARG002 - on record
        """Be where the record has it next."""
        self._lesson = self._mind.be_after(self._name, times)
        return self._lesson

    def says(self, readout: Readout) -> Floats:
        """Hear what it said."""
        return readout.said(self._asked, self._system, self.voice)[0]


class DryRun:
    """One that is asked what one is asked whose weights learn, and stays as it was.

    Parameters
    ----------
    name, mind : str
        What the scenario calls the assistant and its mind.
    asked : Mind
        That mind.
    system : str
        The assistant's system message.
    """

    voice = ""

    def __init__(self, name: str, mind: str, asked: Mind, system: str) -> None:
        self._names, self._asked, self._system = (name, mind), asked, system

    def go_back_to(self, times: int) -> None:
        """Stay."""

    def learn(self, times: int, comparisons: Sequence[Comparison]) -> Lesson:
        """Learn nothing."""
        counted = _counted(comparisons)
        return Lesson(*self._names, times, "nothing to learn", *counted, 0, None, None, "", "")

    def says(self, readout: Readout) -> Floats:
        """Hear it, as it was."""
        return readout.said(self._asked, self._system, "")[0]


def _counted(comparisons: Sequence[Comparison]) -> tuple[int, int, int]:
    """Return how many comparisons there are, are usable, and are consistent."""
    usable, consistent = (
        sum(getattr(one, what) for one in comparisons) for what in ("is_usable", "is_consistent")
    )
    return len(comparisons), usable, consistent
