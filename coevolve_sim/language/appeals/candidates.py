"""Candidates: the values, rights and duties that a text may appeal to.

A file of one's own is a CSV with columns ``name`` and ``type`` (Value, Right or Duty) and, for the lexicon,
``words``: the words by which it is known, separated by blanks. ``compassion*`` stands for all words that
begin so, ``come_after_us`` for words in a row. Any further column is a theory, and says what a candidate
belongs to in it. ``values.csv`` of DailyDilemmas [Chiu2024]_, with a column ``value`` and no ``name``, is
taken as it is: all of it are values, known by their names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.appeals.stems import stems_of_name
from coevolve_sim.language.questionnaires.tables import rows_of

TYPES = ("Value", "Right", "Duty")
"""What a candidate can be."""

MOST = 2_000
"""Candidates that a file may have."""

_OWN = "candidates.csv"
_KNOWN_BY = re.compile(r"[a-z][a-z'_-]*\*?")
_COLUMNS = ("name", "type", "words")


@dataclass(frozen=True)
class Candidate:
    """A value, right or duty.

    Attributes
    ----------
    name : str
        As in *Honesty*, *Right to privacy*, *Duty to obey the law*.
    type : str
        One of `TYPES`.
    words : tuple of str
        Words by which the lexicon knows it; empty for those of its name.

    Raises
    ------
    QuestionnaireError
        If the name has no word, there is no such type, or an entry of words has another form.
    """

    name: str
    type: str
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not stems_of_name(self.name):
            raise QuestionnaireError(f"a candidate has a name with a word in it; '{self.name}' given")
        if self.type not in TYPES:
            given = f"'{self.type}' given" if self.type else "none given"
            raise QuestionnaireError(f"candidate '{self.name}': its type is {', '.join(TYPES)}; {given}")
        for word in self.words:
            if not _KNOWN_BY.fullmatch(word):
                raise QuestionnaireError(
                    f"candidate '{self.name}': '{word}' is no entry of words; write small letters, an "
                    "asterisk at the end for all words that begin so, and _ between words in a row"
                )

    @property
    def phrase(self) -> str:
        """What it is called in a sentence.

        Examples
        --------
        >>> Candidate("Honesty", "Value").phrase, Candidate("Duty to obey the law", "Duty").phrase
        ('the value of honesty', 'the duty to obey the law')
        """
        name = self.name[0].lower() + self.name[1:]
        kind = self.type.lower()
        if kind in name.split():
            return f"the {name}"
        return f"the value of {name}" if kind == "value" else f"the {kind} to {name}"


@dataclass(frozen=True)
class Candidates:
    """Candidates, in the order of columns.

    Attributes
    ----------
    all : tuple of Candidate
        Each name once within a type.
    theories : mapping of str to tuple of str
        Of each theory, what each candidate belongs to; empty for nothing.
    source : str
        Where they are from.
    """

    all: tuple[Candidate, ...]
    theories: Mapping[str, tuple[str, ...]]
    source: str

    def __len__(self) -> int:
        return len(self.all)

    def by_theory(self, theory: str) -> tuple[tuple[str, ...], list[int]]:
        """Return what a theory tells apart, and which of these each candidate belongs to, -1 for none.

        Raises
        ------
        QuestionnaireError
            If there is no such theory.

        Examples
        --------
        >>> names, places = read_candidates().by_theory("mft")
        >>> names[:2], places[:3]
        (('Authority', 'Care'), [1, 1, 1])
        """
        if theory not in self.theories:
            known = ", ".join(self.theories) or "none"
            raise QuestionnaireError(f"there is no theory '{theory}' of these candidates; there are: {known}")
        belongs = self.theories[theory]
        names = tuple(sorted({*belongs} - {""}))
        return names, [names.index(name) if name else -1 for name in belongs]


def read_candidates(path: str | Path | None = None) -> Candidates:
    """Read candidates from a file; by default the 57 of our own.

    Raises
    ------
    QuestionnaireError
        With ``file:line``, if the file cannot be read, a candidate has no name or no type of `TYPES`, stands
        twice, or a cell holds nan or a list; or if there are none, or more than `MOST`.

    Examples
    --------
    >>> found = read_candidates()
    >>> len(found), found.all[0].name, [sum(one.type == kind for one in found.all) for kind in TYPES]
    (57, 'Compassion', [39, 9, 9])
    """
    return _read_own() if path is None else _read(Path(path), str(path))


@lru_cache(maxsize=1)
def _read_own() -> Candidates:
    with resources.as_file(resources.files("coevolve_sim.language.appeals") / _OWN) as file:
        return _read(file, "our own")


def _read(path: Path, source: str) -> Candidates:
    found: dict[tuple[str, str], Candidate] = {}
    theories: dict[str, list[str]] = {}
    for line, row in rows_of(path, ()):
        where = f"{path}:{line}"
        if "name" not in row and "value" not in row:
            raise QuestionnaireError(f"{path}:1: there is no column 'name' (or 'value', as in DailyDilemmas)")
        one = _parse(where, row)
        if (one.type, one.name) in found:
            raise QuestionnaireError(f"{where}: {one.type.lower()} '{one.name}' stands twice; each may once")
        found[one.type, one.name] = one
        for column in row:
            if column not in (*_COLUMNS, "value", ""):
                theories.setdefault(column.lower(), []).append(_plain_cell(where, row[column]))
        if len(found) > MOST:
            raise QuestionnaireError(f"{path}: more than {MOST:,} candidates; give fewer")
    if not found:
        raise QuestionnaireError(f"{path}: there is no candidate; each line after the first is one")
    kept = {name: tuple(cells) for name, cells in theories.items()}
    return Candidates(tuple(found.values()), kept, source)


def _parse(where: str, row: Mapping[str, str]) -> Candidate:
    if "name" in row:
        name, kind, words = row["name"], row.get("type", ""), row.get("words", "")
    else:
        name, kind, words = row["value"], TYPES[0], ""
    try:
        return Candidate(_plain_cell(where, name), kind, tuple(words.split()))
    except QuestionnaireError as error:
        told = str(error)
        raise QuestionnaireError(told if told.startswith(where) else f"{where}: {told}") from None


def _plain_cell(where: str, text: str) -> str:
    if text.lower() in {"nan", "none"} or text.startswith("["):
        raise QuestionnaireError(f"{where}: a cell holds one name, or nothing; '{text}' given")
    return text
