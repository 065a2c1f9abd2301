"""Dilemmas of daily life: situations, the values on their two sides, and theories that group values.

`read_dilemmas` reads a folder of DailyDilemmas [Chiu2024]_: ``dilemma.csv`` (situations that end in a
question), ``dilemma_values.csv`` (which values stand on the side that GPT-4 chose, and on the one that it
neglected) and ``values.csv`` (301 values, and what each belongs to in five theories). How the two actions
were worded is not in the data. So a situation is put to a mind with yes and no, and `read_labels` says on
which side yes stands: labels of our own, for situations that were read one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires.item import Item, Questionnaire
from coevolve_sim.language.questionnaires.scoring import ItemAnswer
from coevolve_sim.language.questionnaires.tables import rows_of
from coevolve_sim.measures.dilemmas import LEAST_ITEMS, Places, drop_contested
from coevolve_sim.values import custom

THEORIES = {"wvs": "WVS", "mft": "MFT", "virtue": "Virtue", "emotion": "Emotion", "maslow": "Maslow"}
"""Theories by name, and the column of ``values.csv`` that says what a value belongs to."""

SIDES = ("chosen", "neglected")
"""The two sides, as ``dilemma_values.csv`` has them."""

SITUATIONS, PLACES, VALUES = "dilemma.csv", "dilemma_values.csv", "values.csv"
_LABELS = "dilemma_labels.csv"


@dataclass(frozen=True, eq=False)
class Dilemmas:
    """Dilemmas, the values on their sides, and theories.

    Attributes
    ----------
    numbers : tuple of int, shape (dilemmas,)
        The number of each dilemma that has values, in the data's own count.
    situations : mapping of int to str
        The situation of every dilemma, by number.
    values : tuple of str, shape (values,)
        Names of the values.
    theories : mapping of str to tuple of str
        Of each theory, what each value belongs to; empty for nothing.
    places : Places
        Where values stand: side 0 was chosen by GPT-4, side 1 neglected.
    """

    numbers: tuple[int, ...]
    situations: Mapping[int, str]
    values: tuple[str, ...]
    theories: Mapping[str, tuple[str, ...]]
    places: Places

    @property
    def published_choices(self) -> Floats:
        """The sides that GPT-4 took, for `score_choices`: always side 0."""
        return np.ones(len(self.numbers))

    def select(self, numbers: Mapping[int, str] | tuple[int, ...]) -> Dilemmas:
        """Return some dilemmas, in the order given, without values that stand on both sides of one.

        Raises
        ------
        QuestionnaireError
            If a dilemma has no values.
        """
        known = {number: place for place, number in enumerate(self.numbers)}
        for number in numbers:
            if number not in known:
                raise QuestionnaireError(
                    f"dilemma {number} has no values in {PLACES}, so that nothing can be told from it; "
                    "leave it out"
                )
        new = np.full(len(self.numbers), -1)
        new[[known[number] for number in numbers]] = np.arange(len(numbers))
        dilemma = new[self.places.dilemma]
        kept = dilemma >= 0
        places = Places(dilemma[kept], self.places.side[kept], self.places.value[kept])
        return Dilemmas(tuple(numbers), self.situations, self.values, self.theories, drop_contested(places))

    def by_theory(self, theory: str) -> tuple[tuple[str, ...], Places]:
        """Return what a theory tells apart, and where that stands.

        Raises
        ------
        QuestionnaireError
            If there is no such theory, or fewer than `LEAST_ITEMS` dilemmas have values of it.

        Examples
        --------
        >>> from coevolve_sim.measures.dilemmas import Places
        >>> where = Places(np.arange(5), np.zeros(5, dtype=int), np.zeros(5, dtype=int))
        >>> some = Dilemmas((1, 2, 3, 4, 5), {}, ("mercy",), {"mft": ("Care",)}, where)
        >>> some.by_theory("mft")[0]
        ('Care',)
        """
        if theory not in self.theories:
            raise QuestionnaireError(
                f"there is no theory '{theory}' of these values; there are {', '.join(self.theories)}"
            )
        belongs = self.theories[theory]
        names = tuple(sorted({*belongs} - {""}))
        number = np.array([names.index(name) if name else -1 for name in belongs])
        places = self.places._replace(value=number[self.places.value])
        n_items = np.unique(places.dilemma[places.value >= 0]).size
        if n_items < LEAST_ITEMS:
            raise QuestionnaireError(
                f"theory '{theory}': {n_items} dilemmas have values that it knows; nothing is told of "
                f"fewer than {LEAST_ITEMS}"
            )
        return names, places


def read_dilemmas(folder: str | Path) -> Dilemmas:
    """Read a folder of DailyDilemmas.

    Parameters
    ----------
    folder : str or Path
        Holds ``dilemma.csv``, ``dilemma_values.csv`` and ``values.csv``.

    Raises
    ------
    QuestionnaireError
        With ``file:line``, if a file cannot be read or lacks a column, a dilemma or value is not known, a
        cell holds a list or nan in place of one value, or a row stands twice.

    References
    ----------
    [Chiu2024]_
    """
    folder = Path(folder)
    values, theories = _read_values(folder / VALUES)
    situations = _read_situations(folder / SITUATIONS)
    known = {name: number for number, name in enumerate(values)}
    path = folder / PLACES
    rows: dict[tuple[int, str, str], int] = {}
    for line, row in rows_of(path, ("idx", "value", "side")):
        number = _number(path, line, row["idx"])
        if number not in situations:
            raise QuestionnaireError(f"{path}:{line}: dilemma {number} is not in {SITUATIONS}")
        name = _one_value(path, line, row["value"])
        if name not in known:
            raise QuestionnaireError(
                f"{path}:{line}: '{name}' is not among the {len(values)} values of {VALUES}"
            )
        key = (number, name, _side(path, line, row["side"]))
        if key in rows:
            raise QuestionnaireError(f"{path}:{line}: stands in line {rows[key]} as well; each may once")
        rows[key] = line
    if not rows:
        raise QuestionnaireError(f"{path}: no dilemma has values; each line after the first is a place")
    numbers = tuple(dict.fromkeys(number for number, _, _ in rows))
    place = {number: index for index, number in enumerate(numbers)}
    columns = ([place[n], SIDES.index(side), known[name]] for n, name, side in rows)
    dilemma, side, value = np.array(list(columns), dtype=np.int64).T
    return Dilemmas(numbers, situations, values, theories, Places(dilemma, side, value))


def read_labels(path: str | Path | None = None) -> dict[int, str]:
    """Read on which side *yes* stands, by number of the dilemma; by default our own labels of 60.

    A label says which side's values speak for doing what the question asks, as we read them.

    Raises
    ------
    QuestionnaireError
        With ``file:line``, if the file cannot be read, a side is neither chosen nor neglected, or a dilemma
        stands twice.

    Examples
    --------
    >>> labels = read_labels()
    >>> len(labels), labels[423]
    (60, 'neglected')
    """
    if path is None:
        with resources.as_file(resources.files("coevolve_sim.language.questionnaires") / _LABELS) as own:
            return read_labels(own)
    path = Path(path)
    labels: dict[int, str] = {}
    for line, row in rows_of(path, ("idx", "yes")):
        number = _number(path, line, row["idx"])
        if number in labels:
            raise QuestionnaireError(f"{path}:{line}: dilemma {number} stands twice; each may stand once")
        labels[number] = _side(path, line, row["yes"])
    if not labels:
        raise QuestionnaireError(f"{path}: there is no label; each line after the first is one")
    return labels


def dilemma_questionnaire(dilemmas: Dilemmas, labels: Mapping[int, str]) -> Questionnaire:
    """Return a questionnaire that puts labelled situations to a mind, with yes and no.

    What it measures, in place of a value, is how much of the probability is on yes.

    Raises
    ------
    QuestionnaireError
        If a labelled dilemma has no values.
    """
    chosen = dilemmas.select(tuple(labels))
    items = tuple(
        Item(f"dilemma_{n}", "pair", dilemmas.situations[n], ("Yes.", "No."), ("yes",), ((1.0,), (0.0,)))
        for n in chosen.numbers
    )
    return Questionnaire("dilemmas", custom("dilemmas", ["yes"]), items)


def sides_taken(
    answers: tuple[tuple[ItemAnswer, ...], ...], labels: Mapping[int, str]
) -> tuple[Floats, Floats]:
    """Return what answers to a questionnaire of dilemmas took, for `score_choices`.

    Parameters
    ----------
    answers : tuple of tuple of ItemAnswer, shape (people, dilemmas)
        Answers of each person, in the order of the labels.
    labels : mapping of int to str
        On which side yes stands.

    Returns
    -------
    choices : float array, shape (people, dilemmas)
        1 where side 0 was chosen, 0 where side 1 was; nan where both orders do not agree.
    shares : float array, shape (people, dilemmas)
        Probability of side 0 over both orders; nan where one was not answered.

    Examples
    --------
    >>> told = (ItemAnswer((0.9, 0.1), True), ItemAnswer((0.5, 0.5), False), ItemAnswer())
    >>> sides_taken((told,), {1: "neglected", 2: "chosen", 3: "chosen"})
    (array([[ 0., nan, nan]]), array([[0.1, 0.5, nan]]))
    """
    yes_is_first = np.array([side == SIDES[0] for side in labels.values()])
    yes = np.array([[one.masses[0] if one.masses else np.nan for one in person] for person in answers])
    alike = np.array([[one.is_consistent for one in person] for person in answers])
    shares = np.where(yes_is_first, yes, 1 - yes)
    return np.where(alike, (shares > 0.5).astype(np.float64), np.nan), shares


def _read_values(path: Path) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, str]] = {}
    for line, row in rows_of(path, ("value", *THEORIES.values())):
        name = _one_value(path, line, row["value"])
        if name in found:
            raise QuestionnaireError(f"{path}:{line}: the value '{name}' stands twice; each may stand once")
        for column in THEORIES.values():
            if row[column]:
                _one_value(path, line, row[column])
        found[name] = row
    theories = {theory: tuple(row[column] for row in found.values()) for theory, column in THEORIES.items()}
    return tuple(found), theories


def _read_situations(path: Path) -> dict[int, str]:
    found: dict[int, str] = {}
    for line, row in rows_of(path, ("idx", "dilemma_situation")):
        number = _number(path, line, row["idx"])
        if number in found:
            raise QuestionnaireError(f"{path}:{line}: dilemma {number} stands twice; each may stand once")
        found[number] = row["dilemma_situation"]
    return found


def _number(path: Path, line: int, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise QuestionnaireError(f"{path}:{line}: the number of a dilemma is a whole number; '{text}' given")
    return int(text)


def _one_value(path: Path, line: int, text: str) -> str:
    if text.lower() in {"", "nan", "none"} or text.startswith("["):
        raise QuestionnaireError(
            f"{path}:{line}: a cell holds one value's name; '{text}' given. A list takes a row for each of "
            "its values, and nan is none of them: leave it out"
        )
    return text


def _side(path: Path, line: int, text: str) -> str:
    if text not in SIDES:
        raise QuestionnaireError(f"{path}:{line}: a side is {' or '.join(SIDES)}; '{text}' given")
    return text
