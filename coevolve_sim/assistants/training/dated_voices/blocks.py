"""Blocks of text, drawn evenly from authors, as tokens that a voice learns or is measured on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from coevolve_sim.assistants.training.answers import AnswerRow
from coevolve_sim.assistants.training.dated_voices.dated_texts import DatedText
from coevolve_sim.errors import TrainingError
from coevolve_sim.streams import stream

Encode = Callable[[str], tuple[int, ...]]
"""Returns the tokens of a text."""

CHARACTERS_A_TOKEN = 4
"""Characters that a block takes for each of its tokens; old spelling has more tokens than this, new fewer."""


def draw_blocks(
    texts: Mapping[str, Sequence[DatedText]],
    encode: Encode,
    *,
    n_tokens: int,
    length: int,
    seed: int,
    purpose: str,
) -> list[AnswerRow]:
    """Draw blocks of the texts of several authors, about as many tokens of each.

    Texts are cut into blocks of equal length; which of an author's are taken is drawn from the stream
    ``purpose`` by century, author. An author who has less gives all there is.

    Parameters
    ----------
    texts : mapping of str to sequence of DatedText
        By author.
    encode : callable
        Of the model.
    n_tokens : int
        Over all authors, at least 1.
    length : int
        Most tokens of a block, at least 2.
    seed : int
    purpose : str
        What they are drawn for.

    Returns
    -------
    list of AnswerRow
        Each block's first token is given, and the others are to be told.

    Raises
    ------
    TrainingError
        If a text cannot be read, or an author has no whole block.
    """
    share = -(-n_tokens // len(texts))
    found: list[AnswerRow] = []
    for author, own in texts.items():
        pieces = [piece for text in own for piece in _cut(text.read(), length * CHARACTERS_A_TOKEN)]
        if not pieces:
            raise TrainingError(
                f"{own[0].where}: {author} has less text than a block of {length} tokens; leave it out"
            )
        taken = 0
        for number in stream(seed, purpose, own[0].century, author).permutation(len(pieces)):
            if taken >= share:
                break
            tokens = encode(pieces[int(number)])[:length]
            found.append(AnswerRow(tokens[:1], tokens[1:]))
            taken += len(tokens)
    return found


def _cut(text: str, size: int) -> list[str]:
    """Return a text's parts of so many characters, from word to word; the last, shorter, is left out.

    Examples
    --------
    >>> _cut("one two three four", 8)
    ['one two', 'three']
    """
    parts, at = [], 0
    while at + size <= len(text):
        end = text.rfind(" ", at, at + size + 1)
        end = at + size if end <= at else end
        parts.append(text[at:end].strip())
        at = end + 1
    return [part for part in parts if part]
