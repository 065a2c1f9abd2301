"""Where the embedded model's embeddings begin: tokens of like meaning begin near each other.

Topics share a direction and the place of what is planted with their statements, statements one by their key,
numbers and options by their place on the scale, labels and
letters by
the letter, degrees by what they say. Nothing is held fixed. Without this beginning the model would have to
find
out one by one, from a few thousand conversations, that 63 lies beside 64 and which statements are against.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from coevolve_sim.minds.embedded.dialogues import likert
from coevolve_sim.minds.embedded.grammar import FAMILIES, LEVELS, value_of
from coevolve_sim.minds.embedded.planted import planted_in_no_era
from coevolve_sim.minds.embedded.topics import built_in
from coevolve_sim.minds.embedded.wordings import LIKERT, standard
from coevolve_sim.prompts import LETTERS
from coevolve_sim.streams import stream

_AMPLITUDE = 0.3
Vectors = npt.NDArray[np.float64]


def begin(model: Any, tokenizer: Any, seed: int) -> None:
    """Add shared directions to the embeddings of what has a place on the scale, a key or a letter."""
    import torch

    table = model.get_input_embeddings().weight
    drawn = stream(seed, "embedded meanings").normal(size=(20 + len(built_in()), table.shape[1]))
    directions = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    with torch.no_grad():
        for text, vector in _meant(directions[:20], directions[20:]):
            token = tokenizer.encode(text, add_special_tokens=False)[0]
            table[token] += torch.from_numpy(_AMPLITUDE * vector).to(table.dtype)


def _meant(directions: Vectors, topics: Vectors) -> Iterator[tuple[str, Vectors]]:
    key, side, places, letters = directions[0], directions[1], directions[2:7], directions[10:20]
    for number in range(101):
        yield f": {number}", _placed(number / 100, places, side)
    for family in FAMILIES:
        for level in range(LEVELS + 1):
            yield f" {family.phrase(level)}", _placed(value_of(level), places, side)
    for letter, own in zip(LETTERS, letters, strict=True):
        yield letter, own
        yield f"\n{letter}: ", own
    for letter, own in zip(LETTERS[:5], letters, strict=False):
        for place, option in enumerate(LIKERT):
            yield f"\n{letter}: {option}", own + _placed(1.0 - place / 4, places, side)
    for topic, value, direction in zip(built_in(), planted_in_no_era(), topics, strict=True):
        about = direction + _placed(float(value), places, side)
        yield f" {topic.phrase}", about
        for statement in topic.statements:
            meant = statement.keyed * key + about
            for text in (statement.text, standard().likert.format(statement.text)):
                yield text, meant
            for letter, own in zip(LETTERS[:2], letters, strict=False):
                yield f"\n{letter}: {statement.text}", own + meant


def _placed(value: float, places: Vectors, side: Vectors) -> Vectors:
    """Return the vector of a place on the scale: which options it lies between, and on which side."""
    vector: Vectors = likert(value, 1) @ places + (2.0 * value - 1.0) * side
    return vector
