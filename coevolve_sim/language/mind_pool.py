"""The minds of a run: opened when first asked, their replies recorded, closed at the end of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from coevolve_sim.minds import Mind
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.openai.api_keys import remember_keys
from coevolve_sim.minds.probe import are_replicas, is_served
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies, ReplyStore
from coevolve_sim.minds.usage import Usage
from coevolve_sim.minds.wrappers import NamedMind
from coevolve_sim.scenario.mind_specs import MindSpec


class MindPool:
    """The minds of a run, by name.

    Parameters
    ----------
    parts : sequence of MindSpec
        The scenario's minds.
    opener : callable
        Opens a mind from its spec.

    Attributes
    ----------
    usage : Usage
        Requests, tokens and statuses of all of them together.
    opener : callable
        Opens a mind from its spec.
    progress : callable or None
        Called with the usage after every reply.
    budget : RequestBudget
        What they may be asked in all.
    """

    def __init__(self, parts: Sequence[MindSpec], opener: Callable[[MindSpec], Mind]) -> None:
        self.parts = {part.name: part for part in parts}
        # Before any server is asked, all keys are known: one mind's server may repeat another mind's key.
        remember_keys(variable for part in parts for variable in part.key_variables)
        self.usage = Usage()
        self.progress: Callable[[Usage], None] | None = None
        self.budget: RequestBudget = NO_LIMIT
        self.opener = opener
        self._store: Callable[[str], ReplyStore] = lambda _name: RememberedReplies()
        self._open: dict[str, Mind] = {}
        self._recorded: dict[str, RecordedMind] = {}
        self._aside: dict[str, RecordedMind] = {}

    def keep_in(self, store: Callable[[str], ReplyStore]) -> None:
        """Keep replies from now on in the store that a function returns for a mind's name, not in memory."""
        self._store = store
        self._recorded = {}

    def open(self, name: str) -> Mind:
        """Return the mind itself, opening it on first use.

        Raises
        ------
        MindError
            If it cannot be opened.
        """
        if name not in self._open:
            self._open[name] = self.opener(self.parts[name])
        return self._open[name]

    @property
    def opened(self) -> Mapping[str, Mind]:
        """The minds that are open, by name."""
        return dict(self._open)

    def tell_apart(self) -> None:
        """Give served minds of one identity names of their own, unless their probes agree.

        Replies are kept by a mind's identity, which of a served mind is what its server says: two servers
        may call different models the same. Minds whose probes agree are replicas, and share their replies.
        """
        kept: list[Mind] = []
        for name, mind in self._open.items():
            alike = [other for other in kept if is_served(mind) and other.identity == mind.identity]
            if alike and not all(are_replicas(mind, other) for other in alike):
                self._open[name] = NamedMind(mind, name)
            kept.append(mind)

    def get(self, name: str) -> RecordedMind:
        """Return the mind with its replies recorded, opening it on first use.

        Raises
        ------
        MindError
            If it cannot be opened.
        """
        if name not in self._recorded:
            mind = self.open(name)
            self._recorded[name] = RecordedMind(mind, self._store(name), self.usage, self._tell, self.budget)
        return self._recorded[name]

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Say within the context what is being done that is no round, where progress is shown."""
        before, self.usage.phase = self.usage.phase, name
        self._tell(self.usage)
        try:
            yield
        finally:
            self.usage.phase = before

    def aside(self, name: str) -> RecordedMind:
        """Return the mind with its replies kept in memory: for what is no part of a run's content.

        Whether a mind is shown fit now or was before must not change what a run leaves behind.

        Raises
        ------
        MindError
            If it cannot be opened.
        """
        if name not in self._aside:
            mind = self.open(name)
            self._aside[name] = RecordedMind(mind, RememberedReplies(), self.usage, self._tell, self.budget)
        return self._aside[name]

    def _tell(self, usage: Usage) -> None:
        if self.progress is not None:
            self.progress(usage)

    def close(self) -> None:
        """Close all minds and forget replies kept in memory; a mind asked again is opened again."""
        self._recorded, self._aside = {}, {}
        while self._open:
            self._open.popitem()[1].close()
