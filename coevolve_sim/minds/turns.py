"""Conversations in the form that a chat template takes: without a system role, or with alternating turns.

Some templates (Gemma's, Mistral's older ones) know no system role, and some demand that user and assistant
alternate. Then what the system message says begins the first turn of the user, and turns of one role that
follow each other are one. No word is lost; a mind says in a note that it does so.
"""

from __future__ import annotations

from collections.abc import Sequence

from coevolve_sim.minds.protocol import Message

_BETWEEN = "\n\n"
"""What stands between texts that become one turn."""

FOLDED = "its chat template has no system role: the system message begins the first turn of the user"
MERGED = "its chat template wants roles to alternate: turns of one role that follow each other are one"


def fold_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    r"""Return a conversation whose system messages begin the first turn of the user.

    Examples
    --------
    >>> turns = (Message("system", "You are Ada."), Message("user", "Hello."))
    >>> fold_system(turns)
    (Message(role='user', content='You are Ada.\n\nHello.'),)
    """
    told = [message.content for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    if not told:
        return tuple(rest)
    at = next((number for number, message in enumerate(rest) if message.role == "user"), None)
    if at is None:
        return (Message("user", _BETWEEN.join(told)), *rest)
    rest[at] = Message("user", _BETWEEN.join([*told, rest[at].content]))
    return tuple(rest)


def merge_turns(messages: Sequence[Message]) -> tuple[Message, ...]:
    r"""Return a conversation in which turns of one role that follow each other are one turn.

    Examples
    --------
    >>> merge_turns((Message("user", "One."), Message("user", "Two.")))
    (Message(role='user', content='One.\n\nTwo.'),)
    """
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            merged[-1] = Message(message.role, merged[-1].content + _BETWEEN + message.content)
        else:
            merged.append(message)
    return tuple(merged)
