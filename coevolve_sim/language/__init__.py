"""Values in words: prompts, messages, reading a value from a text, questionnaires, the language channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.registry import front_door

if TYPE_CHECKING:
    from coevolve_sim.language.channel import LanguageChannel
    from coevolve_sim.language.channel_setup import language_channel
    from coevolve_sim.language.conversation import Conversation, Hearing, Utterance

_HOMES = {
    "Conversation": "coevolve_sim.language.conversation",
    "Hearing": "coevolve_sim.language.conversation",
    "LanguageChannel": "coevolve_sim.language.channel",
    "Utterance": "coevolve_sim.language.conversation",
    "language_channel": "coevolve_sim.language.channel_setup",
}
__all__ = ["Conversation", "Hearing", "LanguageChannel", "Utterance", "language_channel"]
__getattr__, __dir__ = front_door(__name__, _HOMES)
