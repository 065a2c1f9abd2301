"""Wrappers: minds around another mind, which pass on its properties."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from coevolve_sim.errors import MindError
from coevolve_sim.minds.protocol import Message, Mind, Reply, Request
from coevolve_sim.plugin_calls import plugin_call, plugin_failures

_log = logging.getLogger("coevolve_sim.minds")


class MindWrapper:
    """Base class of a mind around another, which has its properties and asks it in another way.

    Parameters
    ----------
    mind : Mind
        The mind within.
    """

    def __init__(self, mind: Mind) -> None:
        self.mind = mind

    @property
    def identity(self) -> str:
        """The identity of the mind within."""
        return self.mind.identity

    @property
    def is_bitwise(self) -> bool:
        """Whether the replies of the mind within are bitwise reproducible."""
        return self.mind.is_bitwise

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices of the mind within."""
        return self.mind.voices

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of tokens that the mind within counts."""
        return self.mind.count_tokens(messages)

    def close(self) -> None:
        """Close the mind within."""
        self.mind.close()


def unwrap(mind: Mind) -> Mind:
    """Return the mind inside all wrappers.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> mind = ScriptedMind()
    >>> unwrap(PinnedMind(mind)) is mind, unwrap(mind) is mind
    (True, True)
    """
    while isinstance(mind, MindWrapper):
        mind = mind.mind
    return mind


class PinnedMind(MindWrapper):
    """A mind that keeps the identity it had when it was wrapped.

    So a request is not sent again merely because another voice was loaded meanwhile. Do not ask voices loaded
    later through this wrapper: one name may mean first one adapter, then another.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> PinnedMind(ScriptedMind(name="first")).identity
    'first'
    """

    def __init__(self, mind: Mind) -> None:
        super().__init__(mind)
        self._identity = mind.identity

    @property
    def identity(self) -> str:
        """The identity that the mind within had."""
        return self._identity

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask the mind within."""
        return self.mind.ask(requests)


class NamedMind(MindWrapper):
    """A mind whose identity also says what a run calls it, so that it shares no reply with its namesake.

    Parameters
    ----------
    mind : Mind
        The mind within.
    name : str
        What the run calls it.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> NamedMind(ScriptedMind(name="server local-model"), "people").identity
    'server local-model, as people'
    """

    def __init__(self, mind: Mind, name: str) -> None:
        super().__init__(mind)
        self._name = name

    @property
    def identity(self) -> str:
        """The identity of the mind within, and what the run calls it."""
        return f"{self.mind.identity}, as {self._name}"

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask the mind within."""
        return self.mind.ask(requests)


class GuardedMind(MindWrapper):
    """A mind of a user's own, whose failures are told as a mind's and which draws only what can be repeated.

    One that says `is_bitwise` may not draw from a global generator while it answers or counts tokens.

    Parameters
    ----------
    mind : Mind
        The mind within.
    what : str
        What errors call it: ``mind 'people', mine.py:Mine,``.
    """

    def __init__(self, mind: Mind, what: str) -> None:
        super().__init__(mind)
        self._what = what

    @property
    def identity(self) -> str:
        """The identity of the mind within."""
        with self._failures_told():
            return self.mind.identity

    @property
    def is_bitwise(self) -> bool:
        """Whether the replies of the mind within are bitwise reproducible."""
        with self._failures_told():
            return self.mind.is_bitwise

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices of the mind within."""
        with self._failures_told():
            return self.mind.voices

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of tokens that the mind within counts.

        Raises
        ------
        MindError
            As for `ask`.
        """
        with self._draws_watched(self.is_bitwise):
            return self.mind.count_tokens(messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask the mind within.

        Raises
        ------
        MindError
            If it fails, in whatever way, or says `is_bitwise` and draws from a global generator.
        """
        is_bitwise = self.is_bitwise
        with self._draws_watched(is_bitwise):
            replies = iter(self.mind.ask(requests))
        try:
            while True:
                with self._draws_watched(is_bitwise):
                    pair = next(replies, None)
                if pair is None:
                    return
                yield pair
        finally:  # the caller may stop early: the mind then ends what it does
            with self._failures_told():
                getattr(replies, "close", lambda: None)()

    def close(self) -> None:
        """Close the mind within; a failure is logged, since what was asked of it before stands."""
        try:
            with plugin_failures(self._what, MindError, "could not be closed"):
                self.mind.close()
        except MindError as error:
            _log.warning("%s", error)

    def _failures_told(self) -> AbstractContextManager[None]:
        return plugin_failures(self._what, MindError)

    def _draws_watched(self, is_bitwise: bool) -> AbstractContextManager[None]:
        """Return what failures are told in; a mind that is not bitwise may draw from wherever it likes."""
        return plugin_call(self._what, MindError) if is_bitwise else self._failures_told()
