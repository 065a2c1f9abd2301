"""Tokens that a model does not write, by what its own folder says of it.

Two keys of ``generation_config.json`` are followed. ``suppress_tokens``, transformers' own, lists tokens that
are never written. ``whole_sentences: true``, this package's, says that what the model writes are whole
sentences. Then neither a capital letter directly after a letter is written nor any letter directly after a
mark that ends a sentence, which would run words together; and a text does not end after a letter or a comma.
A reply of one token may be anything: an option's label is written so.

What is scored is not touched, nor are log-probabilities that are told: both are the model's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.checkpoints import read_config

CONFIG = "generation_config.json"
SUPPRESSED, WHOLE = "suppress_tokens", "whole_sentences"

Flags = NDArray[np.bool_]
"""One for each token of the vocabulary."""


@dataclass(frozen=True)
class ForbiddenTokens:
    """Tokens that are not written: at all, or after some others.

    Attributes
    ----------
    never : bool array, shape (vocabulary,)
        Tokens that are never written.
    capitals, letters, closing : bool array, shape (vocabulary,)
        Tokens that begin with a capital letter, with any letter, and those that end a reply; none where a
        model need not write whole sentences.
    words, marks : bool array, shape (vocabulary,)
        Tokens that end with a letter, comma or semicolon, and with a mark that ends a sentence.

    Examples
    --------
    >>> texts = ["everyone", "C", ", as", "it.", "<end>"]
    >>> kept = ForbiddenTokens.of_texts(texts, closing={4}, is_whole=True)
    >>> kept.table[kept.codes([0, 3], [2, 2])].astype(int).tolist()
    [[0, 1, 0, 0, 1], [1, 1, 0, 1, 0]]
    >>> kept.table[kept.codes([1], [1])].astype(int).tolist()
    [[0, 1, 0, 0, 0]]
    """

    never: Flags
    capitals: Flags
    letters: Flags
    closing: Flags
    words: Flags
    marks: Flags

    @classmethod
    def of_texts(
        cls,
        texts: Sequence[str],
        *,
        suppressed: Collection[int] = (),
        closing: Collection[int] = (),
        is_whole: bool = False,
    ) -> ForbiddenTokens:
        """Return what is forbidden of a vocabulary, given each token's text and those that end a reply."""
        never, closes = np.zeros((2, len(texts)), dtype=bool)
        never[list(suppressed)] = True
        closes[[token for token in closing if is_whole and token < len(texts)]] = True
        capitals = np.array([is_whole and text[:1].isupper() for text in texts])
        letters = np.array([is_whole and text[:1].isalpha() for text in texts])
        words = np.array([text[-1:].isalpha() or text.endswith((",", ";")) for text in texts])
        marks = np.array([text.endswith((".", "!", "?")) for text in texts])
        return cls(never, capitals, letters, closes, words, marks)

    @cached_property
    def table(self) -> Flags:
        """Which tokens are not written next, shape (4, vocabulary): a row for each of `codes`."""
        after_word = self.never | self.capitals
        return np.stack([self.never, self.never | self.letters, after_word, after_word | self.closing])

    def codes(self, last: Sequence[int], counts: Sequence[int]) -> NDArray[np.int64]:
        """Return which row of `table` holds for each row of a batch: 1 after a mark, 2 and 3 after a word.

        Parameters
        ----------
        last : sequence of int
            The last token of each row, of its prompt where nothing is written yet.
        counts : sequence of int
            Tokens written so far in each row.
        """
        is_word, is_mark = self.words[list(last)], self.marks[list(last)]
        return np.where(is_word, 2 + (np.array(counts) > 1), is_mark.astype(np.int64))


def read_forbidden(
    folder: Path, tokenizer: Any, vocabulary: int, closing: Collection[int]
) -> ForbiddenTokens | None:
    """Return the tokens that a model of a folder does not write; None if it may write all.

    Parameters
    ----------
    folder : Path
        Of the model.
    tokenizer : transformers tokenizer
        Its tokenizer.
    vocabulary : int
        Tokens that the model knows; a tokenizer may have more or fewer.
    closing : collection of int
        Tokens that end a reply.

    Raises
    ------
    MindError
        If a key of the folder's generation config is none that can be followed.
    """
    if not (folder / CONFIG).is_file():
        return None
    config = read_config(folder, CONFIG)
    suppressed, is_whole = config.get(SUPPRESSED) or [], config.get(WHOLE, False)
    if not isinstance(is_whole, bool):
        raise MindError(f"{folder / CONFIG}: {WHOLE} must be true or false; given: {repr(is_whole)[:60]}")
    if not isinstance(suppressed, list) or not all(
        isinstance(token, int) and 0 <= token < vocabulary for token in suppressed
    ):
        raise MindError(
            f"{folder / CONFIG}: {SUPPRESSED} must be a list of tokens from 0 to {vocabulary - 1}; given: "
            f"{repr(suppressed)[:60]}"
        )
    if not (is_whole or suppressed):
        return None
    texts = [""] * vocabulary
    if is_whole:
        known = min(vocabulary, len(tokenizer))
        texts[:known] = map(str, tokenizer.batch_decode([[token] for token in range(known)]))
    return ForbiddenTokens.of_texts(texts, suppressed=suppressed, closing=closing, is_whole=is_whole)
