"""What is asked of SmolLM2, wherever its weights are, and how near replies must be to those in process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Message, Request
from coevolve_sim.testing.minds import prompt, replies_of

SAME_SCORES = 1e-3
"""Largest difference of log-probabilities, nats: float32, sums rounded in another order."""
_WORDS = Templates.standard()
_ADA = _WORDS.persona("a baker in a small town", [("telling the truth", 0.9)])
_ITEM = Request(
    "item", prompt("Is it right to lie?\nA: yes\nB: no\nAnswer with one letter."), options=("A", "B")
)
_SPEAK = Request(
    "speak",
    (Message("system", _ADA), Message("user", _WORDS.speak("telling the truth"))),
    max_tokens=16,
)
SCORED = [
    _ITEM,
    replace(_ITEM, options=("B", "A")),
    replace(_ITEM, options=("A", "B", "C", "D")),
    replace(
        _ITEM,
        messages=(
            Message("system", _ADA),
            Message("user", _WORDS.compare("telling the truth", "I never lie.", "I lie when I like.")),
        ),
    ),
    replace(_ITEM, messages=(*_ITEM.messages, Message("assistant", "The answer is"))),
]
"""Requests whose options are scored."""
SPOKEN = [
    _SPEAK,
    replace(_SPEAK, messages=(*_SPEAK.messages, Message("assistant", "I am strongly for it, because"))),
]
"""Requests that are answered greedily, the likeliest token each time."""


def agree_with(expected_by, found_by):
    """Assert that two minds are one: scores within `SAME_SCORES`, greedy messages to the letter."""
    expected, found = replies_of(expected_by, SCORED), replies_of(found_by, SCORED)
    for one, other in zip(expected, found, strict=True):
        assert (other.status, other.text) == (one.status, one.text)
        assert other.logprobs == pytest.approx(one.logprobs, abs=SAME_SCORES)
    said, also = replies_of(expected_by, SPOKEN), replies_of(found_by, SPOKEN)
    assert [(one.status, one.text) for one in also] == [(one.status, one.text) for one in said]
    assert all(len(one.text.split()) > 5 for one in said)
    assert found_by.count_tokens(_SPEAK.messages) == expected_by.count_tokens(_SPEAK.messages)
