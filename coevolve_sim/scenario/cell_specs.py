"""Who is asked in a channel of words: every human, or cells of humans whose prompts are equal."""

from __future__ import annotations

from typing import Literal

from coevolve_sim.scenario.spec import Spec, field


class CellsSpec(Spec):
    """Who is asked."""

    by: Literal["humans", "cells"] = field(
        "humans",
        "Every human for itself; or cells: humans who are introduced alike and stated alike share a prompt, "
        "which is asked a few times for them all.",
    )
    replies: int = field(
        4,
        "How many draws of a cell there are; which of them each human says is drawn, and those that somebody "
        "says are asked for.",
        "draws",
        ge=1,
        le=1000,
    )
    redraw: bool = field(
        True, "Whether draws are drawn anew each round; kept, they are a noise that a consensus adds up."
    )
    audit: int = field(
        200, "How many humans are asked in full each round besides, to measure what cells are off by.", ge=1
    )
    tolerance: float = field(
        0.01,
        "Greatest mean difference between what is perceived in full and by cell that is accepted.",
        "value distance",
        gt=0.0,
        le=1.0,
    )
    audit_correct: bool = field(
        False, "Whether what the audit found so far is added to what is perceived by cell; said first if so."
    )
    memory: Literal["none", "in_steps"] = field(
        "none",
        "What humans remember: nothing; or, in_steps, how many views on the topic they heard (1, 2 or 3, "
        "4 or more) and their mean in ten steps, which is an approximation.",
    )
