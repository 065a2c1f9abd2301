"""Language between agents: what they say, what others read in it, and what they remember."""

from coevolve_sim.talk.building import language_channel
from coevolve_sim.talk.channel import LanguageChannel
from coevolve_sim.talk.conversation import Conversation, Hearing, Utterance

__all__ = ["Conversation", "Hearing", "LanguageChannel", "Utterance", "language_channel"]
