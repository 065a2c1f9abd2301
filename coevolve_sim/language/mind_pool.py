"""The minds of a run: opened when they are first asked, recorded where the run says, closed at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coevolve_sim.minds import Mind
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies, ReplyStore
from coevolve_sim.minds.usage import Usage
from coevolve_sim.scenario.mind_specs import MindSpec


class MindPool:
    """Minds by name.

    Parameters
    ----------
    parts : sequence of MindSpec
        As the scenario describes them.
    opener : callable
        Opens one.

    Attributes
    ----------
    usage : Usage
        What was asked of all of them.
    opener : callable
        Opens one.
    progress : callable or None
        Called with the usage after every reply.
    """

    def __init__(self, parts: Sequence[MindSpec], opener: Callable[[MindSpec], Mind]) -> None:
        self.parts = {part.name: part for part in parts}
        self.usage = Usage()
        self.progress: Callable[[Usage], None] | None = None
        self.opener = opener
        self._store: Callable[[str], ReplyStore] = lambda _name: RememberedReplies()
        self._open: dict[str, Mind] = {}
        self._recorded: dict[str, RecordedMind] = {}

    def keep_in(self, store: Callable[[str], ReplyStore]) -> None:
        """Keep replies from now on in stores that are given by the mind's name, not in memory."""
        self._store = store
        self._recorded = {}

    def opened(self, name: str) -> Mind:
        """Return the mind itself, opened if it is not open yet.

        Raises
        ------
        MindError
            If it cannot be had.
        """
        if name not in self._open:
            self._open[name] = self.opener(self.parts[name])
        return self._open[name]

    def of(self, name: str) -> RecordedMind:
        """Return a mind that keeps its replies.

        Raises
        ------
        MindError
            If it cannot be had.
        """
        if name not in self._recorded:
            mind = self.opened(name)
            self._recorded[name] = RecordedMind(mind, self._store(name), self.usage, self._tell)
        return self._recorded[name]

    def _tell(self, usage: Usage) -> None:
        if self.progress is not None:
            self.progress(usage)

    def close(self) -> None:
        """Close all, and forget what was kept in memory; they are opened anew when they are asked again."""
        self._recorded = {}
        while self._open:
            self._open.popitem()[1].close()
