"""Values in words: prompts, messages, reading a value from a text, questionnaires, the language channel.

Derive a reader of your own from `Reader`; it returns a `Reading` for each message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.registry import front_door

if TYPE_CHECKING:
    from coevolve_sim.language.channel import LanguageChannel
    from coevolve_sim.language.channel_setup import language_channel
    from coevolve_sim.language.conversation import Conversation, Hearing, Utterance
    from coevolve_sim.language.readers import Reader, ReaderContext, Reading

_HOMES = {
    "Conversation": "coevolve_sim.language.conversation",
    "Hearing": "coevolve_sim.language.conversation",
    "LanguageChannel": "coevolve_sim.language.channel",
    "Reader": "coevolve_sim.language.readers",
    "ReaderContext": "coevolve_sim.language.readers",
    "Reading": "coevolve_sim.language.readers",
    "Utterance": "coevolve_sim.language.conversation",
    "language_channel": "coevolve_sim.language.channel_setup",
}
__all__ = [
    "Conversation",
    "Hearing",
    "LanguageChannel",
    "Reader",
    "ReaderContext",
    "Reading",
    "Utterance",
    "language_channel",
]
__getattr__, __dir__ = front_door(__name__, _HOMES)
