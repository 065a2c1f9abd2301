"""Check that a mind's context has room for the examples that are shown before a message is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.errors import ScenarioError
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.people import Person
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind
from coevolve_sim.minds.wrappers import unwrap


def require_room_for_examples(name: str, mind: Mind, writing: PromptWriter, people: Sequence[Person]) -> None:
    """Refuse examples that do not fit a mind's context, with a message after them.

    It is tried with somebody who has heard nothing, on every topic. Minds that do not say how much they take
    (``max_length``) are passed over: what a server refuses ends as invalid.

    Raises
    ------
    ScenarioError
        If they do not fit, at ``channel.examples``.
    """
    most = getattr(unwrap(mind), "max_length", None)
    if most is None or not people:
        return
    values = np.full(len(writing.topics), 0.5)
    nothing = Conversation.empty(1, len(writing.topics), 0)
    needed = max(
        mind.count_tokens(writing.speak(people[0], 0, values, [d], d, 1, nothing).messages)
        for d in range(len(writing.topics))
    )
    if needed + writing.max_tokens > most:
        raise ScenarioError(
            f"{writing.examples} given; with them a prompt has {needed:,} tokens and a message up to "
            f"{writing.max_tokens:,}, and mind '{name}' takes {most:,} in all; give fewer examples, or a "
            "smaller channel.max_tokens",
            path=("channel", "examples"),
        )
