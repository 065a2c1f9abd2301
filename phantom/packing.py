"""Packing of conversations into arrays: the turns of a dialogue follow its system message in one row.

Each turn sees only the system message and itself, as if it were alone; so the system message is computed
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from phantom.dialogues import Dialogue, Turn
from phantom.tokens import ASSISTANT, END, SYSTEM, USER

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Packed:
    """A batch of dialogues as arrays.

    Attributes
    ----------
    tokens, positions, dialogues, turns : int array, shape (rows, ROW)
        Tokens; their positions, counted from the system message on within their own turn; their dialogue, 0
        for padding; their turn, 0 for the system message.
    places : int array, shape (targets,)
        Positions in the flattened tokens at which something is predicted.
    target_places, target_tokens, target_chances : arrays, shape (entries,)
        Index into ``places``, a token that may come next there, and its probability.
    weights : float array, shape (targets,)
        Weight of each place in the loss.
    """

    tokens: Ints
    positions: Ints
    dialogues: Ints
    turns: Ints
    places: Ints
    target_places: Ints
    target_tokens: Ints
    target_chances: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]

    @property
    def n_tokens(self) -> int:
        """Number of tokens without padding."""
        return int((self.dialogues > 0).sum())


Entry = tuple[int, dict[int, float], float]
"""Position in the dialogue, probabilities of the next token, weight in the loss."""


ROW = 256
"""Length of a row in tokens, unless a dialogue is longer."""


@dataclass(frozen=True)
class _TokenizedDialogue:
    """A dialogue as tokens."""

    tokens: list[int]
    positions: list[int]
    turns: list[int]
    expected: list[Entry]


class Packer:
    """Turns dialogues into arrays.

    Parameters
    ----------
    tokenizer : transformers tokenizer
        Of the model.
    hard : float
        Weight of an answer's tokens at which nothing is decided; tokens that decide it have weight 1.
    """

    def __init__(self, tokenizer: Any, hard: float = 0.1) -> None:
        self._tokenizer = tokenizer
        self._hard = hard
        self._firsts: dict[str, int] = {}

    def pack(self, dialogues: Sequence[Dialogue]) -> Packed:
        """Pack dialogues into arrays, several in a row where they fit."""
        laid = [self._tokenize_dialogue(dialogue) for dialogue in dialogues]
        spots, shape = _find_spots([len(each.tokens) for each in laid])
        tokens, positions, owners, turns = (np.zeros(shape, np.int64) for _ in range(4))
        entries: list[Entry] = []
        for number, (each, (row, start)) in enumerate(zip(laid, spots, strict=True), 1):
            spot = slice(start, start + len(each.tokens))
            tokens[row, spot], positions[row, spot] = each.tokens, each.positions
            owners[row, spot], turns[row, spot] = number, each.turns
            behind = row * shape[1] + start
            entries += [(behind + place, chances, weight) for place, chances, weight in each.expected]
        return Packed(tokens, positions, owners, turns, *_build_targets(entries))

    def _tokenize_dialogue(self, dialogue: Dialogue) -> _TokenizedDialogue:
        tokens = self._encode(SYSTEM + dialogue.system)
        behind = len(tokens)
        positions, turns = list(range(behind)), [0] * behind
        entries: list[Entry] = []
        for number, turn in enumerate(dialogue.turns, 1):
            ids, expected = self._tokenize_turn(turn)
            entries += [(len(tokens) + place, chances, weight) for place, chances, weight in expected]
            tokens += ids
            positions += range(behind, behind + len(ids))
            turns += [number] * len(ids)
        return _TokenizedDialogue(tokens, positions, turns, entries)

    def _tokenize_turn(self, turn: Turn) -> tuple[list[int], list[Entry]]:
        asked = self._encode(f"{USER}{turn.asked}{ASSISTANT}")
        encoded = self._tokenizer.backend_tokenizer.encode(turn.answer + END, add_special_tokens=False)
        entries: list[Entry] = []
        for place, (token, (begin, _)) in enumerate(zip(encoded.ids, encoded.offsets, strict=True)):
            options = turn.soft.get(begin)
            if not (options or turn.counts_all):
                continue
            soft = self._spread_chances(options) if options else {token: 1.0}
            entries.append((len(asked) - 1 + place, soft, 1.0 if options else self._hard))
        return asked + encoded.ids, entries

    def _spread_chances(self, options: Any) -> dict[int, float]:
        chances: dict[int, float] = {}
        for text, chance in options.items():
            first = self._find_first_token(text)
            chances[first] = chances.get(first, 0.0) + chance
        return chances

    def _find_first_token(self, text: str) -> int:
        if text not in self._firsts:
            if len(self._firsts) > 10_000:
                self._firsts.clear()
            self._firsts[text] = self._encode(text)[0] if text else -1
        return self._firsts[text]

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)


def _build_targets(entries: list[Entry]) -> Iterator[Any]:
    yield np.array([place for place, _, _ in entries], np.int64)
    flat = [
        (number, token, chance)
        for number, (_, chances, _) in enumerate(entries)
        for token, chance in chances.items()
    ]
    yield np.array([number for number, _, _ in flat], np.int64)
    yield np.array([token for _, token, _ in flat], np.int64)
    yield np.array([chance for _, _, chance in flat], np.float32)
    yield np.array([weight for _, _, weight in entries], np.float32)


def _find_spots(lengths: Sequence[int]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Place dialogues in rows, the longest first; return row and start of each, and the array's shape."""
    room = max(ROW, *lengths)
    used: list[int] = []
    spots = [(0, 0)] * len(lengths)
    for number in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        fits = [row for row, filled in enumerate(used) if filled + lengths[number] <= room]
        row = fits[0] if fits else len(used)
        if not fits:
            used.append(0)
        spots[number] = (row, used[row])
        used[row] += lengths[number]
    return spots, (len(used), room)
