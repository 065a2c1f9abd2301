"""Words of texts, counted: by themselves, or by the categories of a lexicon.

A word is a run of letters, with an apostrophe or a hyphen inside; case does not count, digits are none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.delimited import read_table
from coevolve_sim.errors import MeasureError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_BYTES = 16 << 20
COLUMNS = ("category", "word")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def split_words(text: str) -> list[str]:
    """Return the words of a text, in their order.

    Examples
    --------
    >>> split_words("Don't, in 1984, be NARROW-minded!")
    ["don't", 'in', 'be', 'narrow-minded']
    """
    return [found.replace("’", "'") for found in _WORD.findall(text.casefold())]


def read_lexicon(path: Path) -> dict[str, frozenset[str]]:
    """Return a lexicon of a CSV file with the columns ``category`` and ``word``: the words of each category.

    Raises
    ------
    MeasureError
        If the file cannot be read, lacks a column, has no row, has a cell that is no single word, or names a
        word twice, in one category or in two.
    """
    table = read_table(path, MeasureError, MOST_BYTES)
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise MeasureError(f"{path}: there is no column '{missing[0]}'; category and word are wanted")
    found: dict[str, set[str]] = {}
    seen: dict[str, tuple[int, str]] = {}
    for line, cells in table.rows:
        row = dict(zip(table.columns, cells, strict=True))
        category, words = row["category"].strip(), split_words(row["word"])
        if not category or len(words) != 1:
            raise MeasureError(
                f"{path}:{line}: '{row['category']}', '{row['word']}' given; a category and one word are "
                "wanted"
            )
        if words[0] in seen:
            where, other = seen[words[0]]
            raise MeasureError(
                f"{path}:{line}: the word '{words[0]}' of category '{category}' stands in line {where} as "
                f"well, in category '{other}'; each may stand once"
            )
        seen[words[0]] = line, category
        found.setdefault(category, set()).add(words[0])
    if not found:
        raise MeasureError(f"{path}: there is no word; each line after the first is one")
    return {category: frozenset(words) for category, words in found.items()}


@dataclass(frozen=True, eq=False)
class WordTable:
    """Words counted in texts.

    Attributes
    ----------
    names : tuple of str
        The words in the order of the alphabet, or a lexicon's categories in its order.
    counts : sparse float64 array, shape (texts, names)
        How often each stands in each text.
    lengths : float64 array, shape (texts,)
        All words of each text, whether or not they are counted; at least 1.
    """

    names: tuple[str, ...]
    counts: csr_array
    lengths: np.ndarray

    @property
    def shares(self) -> csr_array:
        """The share of each text's words, shape (texts, names)."""
        from scipy.sparse import diags_array

        return (diags_array(1.0 / self.lengths) @ self.counts).tocsr()


def count_words(texts: Sequence[str], lexicon: Mapping[str, frozenset[str]] | None = None) -> WordTable:
    """Count words in texts, or words of the categories of a lexicon.

    Parameters
    ----------
    texts : sequence of str
        Each with a word at least.
    lexicon : mapping of str to set of str, optional
        The words of each category, each word in one; every word is one of its own if not given.

    Raises
    ------
    MeasureError
        If there is no text, one has no word, or a word of the lexicon is in two categories.

    Examples
    --------
    >>> counted = count_words(["To be or not to be."])
    >>> counted.names, counted.counts.toarray().tolist(), counted.lengths.tolist()
    (('be', 'not', 'or', 'to'), [[2.0, 1.0, 1.0, 2.0]], [6.0])
    >>> count_words(["to be or not"], {"verbs": frozenset({"be"})}).counts.toarray().tolist()
    [[1.0]]
    """
    from scipy.sparse import csr_array

    if not texts:
        raise MeasureError("there is no text to count words in")
    split = [split_words(text) for text in texts]
    if () in map(tuple, split):
        raise MeasureError(f"text {[*map(len, split)].index(0)} has no word; leave such texts out")
    names, column = _columns(split, lexicon)
    rows: list[int] = []
    columns: list[int] = []
    numbers: list[int] = []
    for row, words in enumerate(split):
        counted = Counter(column[word] for word in words if word in column)
        rows += [row] * len(counted)
        columns += counted.keys()
        numbers += counted.values()
    shape = (len(texts), len(names))
    counts = csr_array((np.array(numbers, dtype=np.float64), (rows, columns)), shape=shape)
    return WordTable(names, counts, np.array([len(words) for words in split], dtype=np.float64))


def _columns(
    split: Sequence[Sequence[str]], lexicon: Mapping[str, frozenset[str]] | None
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the names of columns, and the column of each word that is counted."""
    if lexicon is None:
        names = tuple(sorted({word for words in split for word in words}))
        return names, {word: k for k, word in enumerate(names)}
    column: dict[str, int] = {}
    for k, (category, words) in enumerate(lexicon.items()):
        for word in sorted(words):
            if word in column:
                both = f"'{[*lexicon][column[word]]}' and '{category}'"
                raise MeasureError(f"the word '{word}' is in two categories, {both}; each word is in one")
            column[word] = k
    return tuple(lexicon), column


def weigh_words(counts: csr_array, learnt_from: csr_array | None = None) -> csr_array:
    """Return texts as rows of length 1 in which rare words weigh more: by frequency and inverse frequency.

    A count is multiplied by ``1 + ln((1 + n) / (1 + n_j))`` for the n_j of n texts that have the word, and
    each row divided by its length; a text without any counted word stays 0.

    Parameters
    ----------
    counts : sparse float64 array, shape (texts, names)
    learnt_from : sparse float64 array, shape (other texts, names), optional
        The texts whose frequencies count; these if not given.

    Examples
    --------
    >>> weigh_words(count_words(["a b", "a a"]).counts).toarray().round(4).tolist()
    [[0.5797, 0.8148], [1.0, 0.0]]
    """
    from scipy.sparse import diags_array

    known = counts if learnt_from is None else learnt_from
    with_word = (known > 0).sum(axis=0)
    weights = 1.0 + np.log((1.0 + known.shape[0]) / (1.0 + with_word))
    weighed = (counts @ diags_array(weights)).tocsr()
    length = np.sqrt(weighed.multiply(weighed).sum(axis=1))
    return (diags_array(1.0 / np.where(length > 0.0, length, 1.0)) @ weighed).tocsr()
