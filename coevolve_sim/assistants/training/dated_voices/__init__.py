"""Voices of centuries, trained on dated texts as adapters of any base."""

from coevolve_sim.assistants.training.dated_voices.partition import PlannedVoice, plan_voices
from coevolve_sim.assistants.training.dated_voices.perplexity import Diagonal
from coevolve_sim.assistants.training.dated_voices.training import (
    TrainedVoice,
    VoiceSettings,
    VoicesReport,
    train_voices,
)

__all__ = [
    "Diagonal",
    "PlannedVoice",
    "TrainedVoice",
    "VoiceSettings",
    "VoicesReport",
    "plan_voices",
    "train_voices",
]
