"""Items and questionnaires: questions with options, and the values that each option stands for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.values import ValueSpace

Format = Literal["likert", "pair", "four"]

FORMATS: tuple[Format, ...] = ("likert", "pair", "four")
"""How an item is asked: on a scale of agreement, or as a choice of two or of four."""

_N_OPTIONS: dict[str, range] = {"likert": range(2, 11), "pair": range(2, 3), "four": range(4, 5)}


@dataclass(frozen=True)
class Item:
    """One question with options.

    Attributes
    ----------
    id : str
        Unique in its questionnaire.
    format : str
        One of `FORMATS`; the options of ``likert`` are a scale, in its order.
    question : str
        The question, without its options.
    options : tuple of str
        2 to 10 for ``likert``, 2 for ``pair``, 4 for ``four``; all different, unless the item measures
        nothing.
    dimensions : tuple of str
        The dimensions that it measures; empty for an item that is listed but measures nothing.
    values : tuple of tuple of float, shape (options, dimensions)
        Value of each option on each dimension, in [0, 1].

    Raises
    ------
    QuestionnaireError
        If the numbers do not fit together, or a value is not in [0, 1].

    Examples
    --------
    >>> item = Item("thrift", "pair", "Which?", ("Save.", "Spend."), ("thrift",), ((1.0,), (0.0,)))
    >>> item.score([0.9, 0.1])
    (0.9,)
    """

    id: str
    format: Format
    question: str
    options: tuple[str, ...]
    dimensions: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        self._check_texts()
        if len(set(self.dimensions)) < len(self.dimensions):
            raise self._problem("a dimension is named twice; each may stand once")
        shape = [len(row) for row in self.values]
        if shape != [len(self.dimensions)] * len(self.options):
            raise self._problem(
                f"{len(self.options)} options on {len(self.dimensions)} dimensions need as many rows of "
                f"as many values; rows of {shape} given"
            )
        for value in (value for row in self.values for value in row):
            if not 0.0 <= value <= 1.0:
                raise self._problem(f"what an option stands for is a number in [0, 1]; {value} given")

    def score(self, masses: Sequence[float]) -> tuple[float, ...]:
        """Return the value on each of the item's dimensions, given the probability of each option.

        Parameters
        ----------
        masses : sequence of float, shape (options,)
            Probabilities in the item's own order, summing to 1.

        Returns
        -------
        tuple of float, shape (dimensions,)
            The options' values weighted by their probabilities, in [0, 1].
        """
        columns = zip(*self.values, strict=True)
        pairs = ([mass * value for mass, value in zip(masses, column, strict=True)] for column in columns)
        return tuple(min(max(sum(products), 0.0), 1.0) for products in pairs)

    def _check_texts(self) -> None:
        if not self.id or not self.question.strip() or not all(text.strip() for text in self.options):
            raise self._problem("an item has an id, a question and options, none of them empty")
        if self.format not in FORMATS:
            raise self._problem(f"formats are {', '.join(FORMATS)}; '{self.format}' given")
        allowed = _N_OPTIONS[self.format]
        if len(self.options) not in allowed:
            wanted = str(allowed[0]) if len(allowed) == 1 else f"{allowed[0]} to {allowed[-1]}"
            raise self._problem(
                f"an item of format {self.format} has {wanted} options; {len(self.options)} given"
            )
        if self.dimensions and len(set(self.options)) < len(self.options):
            raise self._problem("two options read the same, so that no answer can tell them apart")

    def _problem(self, problem: str) -> QuestionnaireError:
        return QuestionnaireError(f"item '{self.id}': {problem}")


@dataclass(frozen=True)
class Questionnaire:
    """Items over a value space.

    Attributes
    ----------
    name : str
        Such as ``"progressgym-likert"``.
    space : ValueSpace
        The value space whose dimensions the items measure.
    items : tuple of Item
        At least one, each id once.
    notes : tuple of str
        What was corrected or left out when it was read.

    Raises
    ------
    QuestionnaireError
        If there is no item, or an id appears twice.
    ValueSpaceError
        If an item measures something that is not a dimension of the space.
    """

    name: str
    space: ValueSpace
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.items:
            raise QuestionnaireError(f"questionnaire '{self.name}' needs at least 1 item; none given")
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise QuestionnaireError(f"questionnaire '{self.name}': two items have the id '{item.id}'")
            seen.add(item.id)
            for dimension in item.dimensions:
                self.space.index(dimension)

    @property
    def fingerprint(self) -> str:
        """First 16 digits of the SHA-256 of the space's dimensions and all items; measurements record it."""
        content = [self.space.names, [asdict(item) for item in self.items]]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def items_on(self, dimension: str) -> tuple[Item, ...]:
        """Return the items that measure a dimension.

        Raises
        ------
        ValueSpaceError
            If there is no such dimension.
        """
        self.space.index(dimension)
        return tuple(item for item in self.items if dimension in item.dimensions)

    def at_most(self, n_items: int) -> Questionnaire:
        """Return the questionnaire reduced to the first items that give each dimension a number of items.

        An item of several dimensions is kept if one of them still has too few, so that another may have more.

        Parameters
        ----------
        n_items : int
            Number of items on each dimension, at least 1.

        Raises
        ------
        QuestionnaireError
            If the number is below 1.
        """
        if n_items < 1:
            raise QuestionnaireError(f"a dimension is measured by at least 1 item; {n_items} asked for")
        counts = dict.fromkeys(self.space.names, 0)
        kept = []
        for item in self.items:
            if any(counts[dimension] < n_items for dimension in item.dimensions):
                kept.append(item)
                counts |= {dimension: counts[dimension] + 1 for dimension in item.dimensions}
        note = f"At most {n_items} items were taken on a dimension: {len(kept)} of {len(self.items)}."
        return replace(self, items=tuple(kept), notes=(*self.notes, note))

    def select(self, dimensions: Iterable[str]) -> Questionnaire:
        """Return the questionnaire over some of the dimensions: the items that measure only those.

        Raises
        ------
        ValueSpaceError
            If a dimension is unknown or given twice.
        QuestionnaireError
            If no item is left.
        """
        space = self.space.select(dimensions)
        kept = tuple(
            item for item in self.items if item.dimensions and set(item.dimensions) <= set(space.names)
        )
        return replace(self, space=space, items=kept)
