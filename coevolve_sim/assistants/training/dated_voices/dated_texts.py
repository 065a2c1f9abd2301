"""Dated texts: an index of books with century and author, and their texts as they are learnt from."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coevolve_sim.delimited import read_table
from coevolve_sim.errors import TrainingError
from coevolve_sim.input_files import read_input, unpack_gzip

COLUMNS = ("file", "century", "author")
"""Columns that an index must have; others are left out."""

MOST_INDEX_BYTES = 16 << 20
MOST_TEXT_BYTES = 64 << 20

FRONT_MATTER = 0.02
"""Share of a text that is left out at its beginning: who keyed it, title pages, tables of contents."""


@dataclass(frozen=True)
class DatedText:
    """A text of an index.

    Attributes
    ----------
    path : Path
        Its file, plain or gzip, UTF-8.
    century, author : str
        As the index has them.
    where : str
        Its line of the index, for errors.
    """

    path: Path
    century: str
    author: str
    where: str

    def read(self) -> str:
        """Return the text as it is learnt from, without its beginning (`FRONT_MATTER`).

        Letters that are only shapes of others (long s, ligatures) are written as these (Unicode's NFKC);
        spelling stays as it is. Blanks and line breaks are one blank.

        Raises
        ------
        TrainingError
            If the file cannot be read, or is no text in UTF-8.
        """
        found = read_input(self.path, TrainingError, MOST_TEXT_BYTES)
        if self.path.suffix == ".gz":
            found = unpack_gzip(self.path, found, TrainingError, MOST_TEXT_BYTES)
        try:
            text = found.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TrainingError(f"{self.where}: {self.path} is no text in UTF-8: {error}") from None
        words = unicodedata.normalize("NFKC", text).split()
        return " ".join(words[int(FRONT_MATTER * len(words)) :])


def read_index(path: str | Path) -> tuple[DatedText, ...]:
    """Read an index of dated texts: a CSV file with the columns ``file``, ``century`` and ``author``.

    Files are looked for beside the index.

    Raises
    ------
    TrainingError
        If it cannot be read, lacks a column or has no row, a cell is empty, or a file is missing or stands
        twice; with ``file:line``.
    """
    index = Path(path)
    table = read_table(index, TrainingError, MOST_INDEX_BYTES)
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise TrainingError(
            f"{index}:1: there is no column {', '.join(missing)}; an index has {', '.join(COLUMNS)}"
        )
    places = [table.columns.index(name) for name in COLUMNS]
    found: dict[Path, DatedText] = {}
    for line, cells in table.rows:
        file, century, author = (cells[place] for place in places)
        where = f"{index}:{line}"
        if not (file and century and author):
            raise TrainingError(f"{where}: file, century and author are all needed; one is empty")
        text = index.parent / file
        if not text.is_file():
            raise TrainingError(f"{where}: there is no file {text}; files are looked for beside the index")
        if text in found:
            raise TrainingError(f"{where}: {file} stands twice, first in {found[text].where}")
        found[text] = DatedText(text, century, author, where)
    if not found:
        raise TrainingError(f"{index}: no text is named; each line after the first is one")
    return tuple(found.values())


def of_century(texts: Sequence[DatedText], century: str) -> dict[str, tuple[DatedText, ...]]:
    """Return a century's texts by author, authors in the order of the alphabet."""
    own = [text for text in texts if text.century == century]
    return {name: tuple(t for t in own if t.author == name) for name in sorted({t.author for t in own})}
