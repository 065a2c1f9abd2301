"""Training of a mind's weights from preferences or examples, as a LoRA adapter that it speaks with."""

from coevolve_sim.assistants.training.dpo import DpoSettings
from coevolve_sim.assistants.training.judge_cases import (
    JudgeCase,
    JudgeCases,
    read_judge_cases,
    split_judge_cases,
)
from coevolve_sim.assistants.training.judge_training import (
    JudgeRecipe,
    JudgeReport,
    StageReport,
    train_judge,
)
from coevolve_sim.assistants.training.sft import Example, SftSettings
from coevolve_sim.assistants.training.trainer import SftReport, UpdateReport, dpo_update, sft_update

__all__ = [
    "DpoSettings",
    "Example",
    "JudgeCase",
    "JudgeCases",
    "JudgeRecipe",
    "JudgeReport",
    "SftReport",
    "SftSettings",
    "StageReport",
    "UpdateReport",
    "dpo_update",
    "read_judge_cases",
    "sft_update",
    "split_judge_cases",
    "train_judge",
]
