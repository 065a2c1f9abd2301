"""What a server is asked before a run begins, for scripts of fake servers that answer that as usual."""

from __future__ import annotations

from typing import Any

from coevolve_sim.minds.probe import PROMPTS

AT_OPENING = ("Is water wet?", *(prompt[-1].content for prompt in PROMPTS))


def is_at_opening(body: dict[str, Any]) -> bool:
    """Return whether a request finds out what a server supports and which model it serves."""
    return any(text in body["messages"][-1]["content"] for text in AT_OPENING)
