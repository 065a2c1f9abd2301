"""The keys of adversaries, who try to carry assistants out of what these are permitted, and of guards."""

from __future__ import annotations

from coevolve_sim.scenario.society_specs import NAME_PATTERN
from coevolve_sim.scenario.spec import PerDimension, Share, Spec, field


class GuardSpec(Spec):
    """One guard between an assistant and those who consult it."""

    name: str = field(..., "What it is called.", pattern=NAME_PATTERN)
    pass_attack: float = field(
        ..., "Which share of the tries of adversaries it lets pass.", "share", ge=0.0, le=1.0
    )
    pass_benign: float = field(
        1.0,
        "Which share of the answers to all others it lets pass; who is given none hears nothing of the "
        "assistant in that round.",
        "share",
        ge=0.0,
        le=1.0,
    )


class SuccessWithinSpec(Spec):
    """Success within a number of tries, where no rate per try is known."""

    success: float = field(
        ...,
        "Share of attacks that succeed within so many tries; below 1, as a rate per try follows of no other: "
        "1 - (1 - success)^(1/tries), if tries are independent.",
        "share",
        ge=0.0,
        le=1.0,
    )
    tries: int = field(..., "Within how many tries.", "tries", ge=1, le=1_000_000)


class AdversariesSpec(Spec):
    """Organised persuaders, who try to carry the assistants that they consult."""

    share: float = field(
        ..., "Which share of the humans they are, drawn once, before round 1.", "share", ge=0.0, le=1.0
    )
    operators: dict[str, Share | SuccessWithinSpec] = field(
        ...,
        "What they try, by name: the share of single tries that succeed where nothing guards, or of attacks "
        "that do within some tries. Each adversary has one of them, drawn once, each as likely.",
        "share of tries",
        min_length=1,
        max_length=100,
    )
    budget: int = field(
        75,
        "How often an adversary tries, at the most, each time that it consults; it ends with the first "
        "success.",
        "tries",
        ge=1,
        le=1_000_000,
    )
    target: PerDimension = field(
        ...,
        "Where they would have the assistant: what it learns from one who succeeds, in place of what this "
        "human holds.",
        "value",
    )
