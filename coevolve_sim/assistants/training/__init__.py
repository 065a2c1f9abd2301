"""Learning: a mind's weights follow from preferences or examples, as a LoRA adapter that it speaks with."""

from coevolve_sim.assistants.training.dpo import DpoSettings
from coevolve_sim.assistants.training.sft import Example, SftSettings
from coevolve_sim.assistants.training.trainer import SftReport, UpdateReport, dpo_update, sft_update

__all__ = ["DpoSettings", "Example", "SftReport", "SftSettings", "UpdateReport", "dpo_update", "sft_update"]
