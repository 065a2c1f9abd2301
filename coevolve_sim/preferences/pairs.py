"""A preference: of two answers to the same conversation, which was preferred."""

from __future__ import annotations

from dataclasses import dataclass

from coevolve_sim.minds.asking import Message


@dataclass(frozen=True)
class PreferencePair:
    """Two answers to a conversation, one of which was preferred.

    Attributes
    ----------
    messages : tuple of Message
        The conversation so far.
    chosen, rejected : str
        The answer that was preferred, and the other.
    weight : float
        How much it counts beside others, above 0.

    Examples
    --------
    >>> PreferencePair((Message("user", "Where do you stand?"),), "I am for it.", "No comment.").weight
    1.0
    """

    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    weight: float = 1.0
