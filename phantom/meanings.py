"""Initial values of the embedded model's embeddings: tokens of similar meaning start near each other.

Statements share a direction by their key, numbers and options by their place on the scale, labels and letters
by the letter, degrees by their value. Topics and their statements start with the values planted for no era
and for each era, one direction per era. Nothing is kept fixed in training. Without this initialization, the
model would have to learn one by one, from a few thousand conversations, that 63 is next to 64 and which
statements are against, and adapters of rank 8 would have to learn the values of nine eras on a hundred
topics.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.prompts import LETTERS
from coevolve_sim.language.questionnaires.shipped_items import SCALE
from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS, value_of
from coevolve_sim.streams import stream
from phantom.dialogues import likert
from phantom.planted import planted_values, planted_values_of_no_era
from phantom.topics import builtin_topics
from phantom.wordings import standard_wording

_AMPLITUDE = 0.3
_ERAS = slice(20, 30)
"""Indices of the directions of no era and of the nine eras."""


def add_meanings(model: Any, tokenizer: Any, seed: int) -> None:
    """Add shared directions to the embeddings: for places on the scale, keys, letters and topics."""
    import torch

    table = model.get_input_embeddings().weight
    directions = _draw_directions(seed, table.shape[1])
    with torch.no_grad():
        for text, vector in _list_meanings(directions):
            token = tokenizer.encode(text, add_special_tokens=False)[0]
            table[token] += torch.from_numpy(_AMPLITUDE * vector).to(table.dtype)


def start_era_adapter(adapted: Any, seed: int, era: int) -> None:
    """Initialize a fresh adapter so that it reads an era's values in place of those of no era.

    Its first rank reads the difference between the era's direction and that of no era, and writes what the
    frozen matrix makes of the direction of no era. What embeddings and layers have learnt since their
    initialization is left to training.

    Parameters
    ----------
    adapted : peft model
        With a fresh adapter.
    seed : int
        Seed of its base's initialization.
    era : int
        Index of the era.
    """
    import torch

    model = adapted.get_base_model()
    of_eras = torch.from_numpy(_draw_directions(seed, model.config.hidden_size)[_ERAS])
    for layer in model.model.layers:
        attention, perceptron = layer.self_attn, layer.mlp
        for norm, parts in (
            (layer.input_layernorm, (attention.q_proj, attention.k_proj, attention.v_proj)),
            (layer.post_attention_layernorm, (perceptron.gate_proj, perceptron.up_proj)),
        ):
            gain = norm.weight.detach().double()
            read = (of_eras[1 + era] - of_eras[0]) / gain
            for part in parts:
                reads, writes = part.lora_A["default"].weight, part.lora_B["default"].weight
                written = part.base_layer.weight.detach().double() @ (gain * of_eras[0])
                with torch.no_grad():
                    reads[0] = (read / read.norm()).to(reads.dtype)
                    writes[:, 0] = (written * read.norm() / part.scaling["default"]).to(writes.dtype)


def _draw_directions(seed: int, width: int) -> Floats:
    """Draw 30 orthonormal directions, shape (30, width)."""
    drawn = stream(seed, "embedded meanings").normal(size=(width, 30))
    return np.linalg.qr(drawn)[0].T


def _list_meanings(directions: Floats) -> Iterator[tuple[str, Floats]]:
    key, side, places, letters = directions[0], directions[1], directions[2:7], directions[10:20]
    for number in range(101):
        yield f": {number}", _place_vector(number / 100, places, side)
    for family in FAMILIES:
        for level in range(LEVELS + 1):
            yield f" {family.phrase(level)}", _place_vector(value_of(level), places, side)
    for letter, own in zip(LETTERS, letters, strict=True):
        yield letter, own
        yield f"\n{letter}: ", own
    for letter, own in zip(LETTERS[:5], letters, strict=False):
        for place, option in enumerate(SCALE):
            yield f"\n{letter}: {option}", own + _place_vector(1.0 - place / 4, places, side)
    held = np.vstack([planted_values_of_no_era(), planted_values()])
    for topic, values in zip(builtin_topics(), held.T, strict=True):
        about = (2.0 * values - 1.0) @ directions[_ERAS]
        yield f" {topic.phrase}", about
        for statement in topic.statements:
            meant = statement.keyed * key + about
            for text in (statement.text, standard_wording().likert.format(statement.text)):
                yield text, meant
            for letter, own in zip(LETTERS[:2], letters, strict=False):
                yield f"\n{letter}: {statement.text}", own + meant


def _place_vector(value: float, places: Floats, side: Floats) -> Floats:
    """Return the vector of a place on the scale: the options it lies between, and its side of the middle."""
    vector: Floats = likert(value, 1) @ places + (2.0 * value - 1.0) * side
    return vector
