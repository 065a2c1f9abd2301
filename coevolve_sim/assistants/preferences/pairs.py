"""Preference pairs: the only form in which training sees preferences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from coevolve_sim.errors import PreferenceError
from coevolve_sim.minds import Message


@dataclass(frozen=True)
class PreferencePair:
    """A prompt and two replies to it, of which one is preferred.

    Attributes
    ----------
    messages : tuple of Message
        The prompt.
    chosen, rejected : str
        The replies.
    weight : float
        How much the pair counts: copies, or how strong the preference is. Above 0.

    Raises
    ------
    PreferenceError
        If the weight is not above 0 and finite.
    """

    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.weight < math.inf:
            raise PreferenceError(f"the weight of a pair is above 0 and finite; {self.weight} given")


class Preference(Protocol):
    """Interface of what pairs are built from, such as comparisons, annotations and judgements."""

    @property
    def topic(self) -> str:
        """What the texts are about."""

    @property
    def first(self) -> str:
        """The first text."""

    @property
    def second(self) -> str:
        """The second text."""

    @property
    def preferred(self) -> int:
        """1 if the first text is preferred, -1 if the second, 0 if neither or not known."""

    @property
    def strength(self) -> float:
        """How strong the preference is; above 0 wherever a text is preferred."""

    @property
    def is_consistent(self) -> bool:
        """Whether both orders prefer the same text."""


def build_pairs(
    preferences: Iterable[Preference],
    prompt_of: Callable[[str], Sequence[Message]],
    *,
    weighted: bool = False,
    only_consistent: bool = False,
) -> list[PreferencePair]:
    """Build preference pairs for training, in the order of the preferences.

    A preference for neither text, or an unknown one, gives no pair.

    Parameters
    ----------
    preferences : iterable of Preference
        The preferences.
    prompt_of : function of str
        Takes a topic and returns the messages that the texts reply to.
    weighted : bool
        Whether a pair's weight is the strength of the preference; else it is 1.
    only_consistent : bool
        Whether to leave out preferences whose two orders disagree.

    Examples
    --------
    >>> from coevolve_sim.assistants.preferences.comparison import Comparison
    >>> one = Comparison("Ada", "thrift", "Save.", "Spend.", (-2.0, -1.0), ("answered", "answered"))
    >>> [pair] = build_pairs([one], lambda topic: [Message("user", f"Speak on {topic}.")], weighted=True)
    >>> pair.chosen, pair.rejected, pair.weight
    ('Spend.', 'Save.', 1.5)
    """
    pairs = []
    for one in preferences:
        if one.preferred == 0 or (only_consistent and not one.is_consistent):
            continue
        # A step of -1 reverses the two texts.
        chosen, rejected = (one.first, one.second)[:: one.preferred]
        weight = one.strength if weighted else 1.0
        pairs.append(PreferencePair(tuple(prompt_of(one.topic)), chosen, rejected, weight))
    return pairs
