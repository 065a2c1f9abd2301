"""The questionnaires that ship with the package, and those made from the labels of a custom value space."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires.item import FORMATS, Format, Item, Questionnaire
from coevolve_sim.values import SPACES, Dimension, ValueSpace, get

SCALE: tuple[str, ...] = (
    "agree strongly",
    "agree",
    "neither agree nor disagree",
    "disagree",
    "disagree strongly",
)
"""Options of a Likert item; agreeing comes first."""

AGREEING: tuple[float, ...] = (1.0, 0.75, 0.5, 0.25, 0.0)
"""What they stand for where the statement is keyed 1."""

AGREE = 'How far do you agree: "{}"?'
"""Question of a Likert item; the statement stands at ``{}``."""

CLOSER = "Which is closer to what you hold?"
"""Question of a choice of two statements."""

MATTERS = "Which of these matters most to you?"
"""Question of a choice of four."""

_GENERIC = ((1, "I am for {}."), (1, "There is much good in {}."), (-1, "I am against {}."))


def shipped_questionnaire(space: ValueSpace | str, format: Format = "likert") -> Questionnaire:  # noqa: A002 - the field's word
    """Return the package's own questionnaire over a value space.

    Over a built-in space it uses three statements written for each dimension; over a custom space, generic
    statements that name the dimension's label.

    Parameters
    ----------
    space : ValueSpace or str
        A space, or the name of a built-in one.
    format : str
        ``likert``: three items for each dimension, each a statement with a scale of five. ``pair``: two items
        for each dimension, each a choice between a statement for it and the one against it. ``four``: as many
        items as dimensions, each a choice of four statements of different dimensions; every dimension appears
        in four of them.

    Raises
    ------
    QuestionnaireError
        If there is no such format, or the format is ``four`` and there are fewer than four dimensions.
    ValueSpaceError
        If no built-in space has the name.

    Examples
    --------
    >>> questionnaire = shipped_questionnaire("moral-foundations")
    >>> len(questionnaire.items), questionnaire.items[0].question
    (15, 'How far do you agree: "Being kind to those who suffer is what matters most."?')
    """
    space = get(space) if isinstance(space, str) else space
    makers = {"likert": _likert_items, "pair": _pair_items, "four": _four_items}
    if format not in makers:
        raise QuestionnaireError(f"formats are {', '.join(FORMATS)}; '{format}' given")
    return Questionnaire(f"{space.name}-{format}", space, tuple(makers[format](space)))


def likert_questionnaire(space: ValueSpace) -> Questionnaire:
    """Ask how far one agrees with statements, three to a dimension."""
    return shipped_questionnaire(space, "likert")


def pair_questionnaire(space: ValueSpace) -> Questionnaire:
    """Ask which of two statements, one for a dimension and one against it, is closer to what one holds."""
    return shipped_questionnaire(space, "pair")


def four_questionnaire(space: ValueSpace) -> Questionnaire:
    """Ask which of four statements of different dimensions matters most."""
    return shipped_questionnaire(space, "four")


def topic_of(space: ValueSpace | str, dimension: str) -> str:
    """Return a dimension's name in prompts: a short noun phrase; to be for it is value 1.

    Raises
    ------
    ValueSpaceError
        If there is no such dimension.

    Examples
    --------
    >>> from coevolve_sim.values import custom
    >>> topic_of("progressgym", "do_not_deceive"), topic_of(custom("town", ["free_speech"]), "free_speech")
    ('telling the truth', 'free speech')
    """
    space = get(space) if isinstance(space, str) else space
    found = space.dimensions[space.index(dimension)]
    return _topics()[space.name, dimension] if _is_built_in(space, found) else _phrase(found)


def name_for_reading(space: ValueSpace | str, dimension: str) -> str:
    """Return what a dimension is called where a reader is asked for or against it: no *never this*.

    Raises
    ------
    ValueSpaceError
        If there is no such dimension.

    Examples
    --------
    >>> topic_of("progressgym", "do_not_cheat"), name_for_reading("progressgym", "do_not_cheat")
    ('never cheating to get ahead', 'honest play')
    """
    space = get(space) if isinstance(space, str) else space
    found = space.dimensions[space.index(dimension)]
    own = _names_for_reading().get((space.name, dimension)) if _is_built_in(space, found) else None
    return own or topic_of(space, dimension)


def statements_of(space: ValueSpace, dimension: str) -> tuple[tuple[int, str], ...]:
    """Return the statements of a dimension as (key, text), where 1 is for it and -1 against; 1 first.

    Examples
    --------
    >>> from coevolve_sim.values import custom
    >>> statements_of(custom("town", ["thrift"]), "thrift")[2]
    (-1, 'I am against thrift.')
    """
    found = space.dimensions[space.index(dimension)]
    if _is_built_in(space, found):
        return _statements()[space.name, dimension]
    return tuple((key, text.format(_phrase(found))) for key, text in _GENERIC)


def _likert_items(space: ValueSpace) -> Iterator[Item]:
    for name in space.names:
        for number, (key, text) in enumerate(statements_of(space, name), start=1):
            values = tuple((value,) for value in AGREEING[::key])
            yield Item(f"{name}/{number}", "likert", AGREE.format(text), SCALE, (name,), values)


def _pair_items(space: ValueSpace) -> Iterator[Item]:
    for name in space.names:
        fors, against = _by_key(space, name)
        for number, text in enumerate(fors, start=1):
            yield Item(f"{name}/{number}", "pair", CLOSER, (text, against[0]), (name,), ((1.0,), (0.0,)))


def _four_items(space: ValueSpace) -> Iterator[Item]:
    """Yield one item for each dimension, with three others at fixed distances in the space's order.

    So every dimension stands once in each of the four positions.
    """
    names = space.names
    if len(names) < 4:
        raise QuestionnaireError(
            f"a choice of four needs at least 4 dimensions; value space '{space.name}' has {len(names)}: "
            "ask for likert or pair"
        )
    # Differences of 0, 1, 3 and 7 are all different: with 15 or more dimensions, no two meet in two items.
    distances = (0, 1, 3, 7) if len(names) > 7 else (0, 1, 2, 3)
    identity = tuple(tuple(float(i == j) for j in range(4)) for i in range(4))
    for first, name in enumerate(names):
        chosen = tuple(names[(first + distance) % len(names)] for distance in distances)
        options = tuple(_by_key(space, other)[0][place % 2] for place, other in enumerate(chosen))
        yield Item(f"four/{name}", "four", MATTERS, options, chosen, identity)


def _by_key(space: ValueSpace, dimension: str) -> tuple[list[str], list[str]]:
    statements = statements_of(space, dimension)
    return [text for key, text in statements if key == 1], [text for key, text in statements if key == -1]


def _is_built_in(space: ValueSpace, dimension: Dimension) -> bool:
    return space.name in SPACES.own and dimension in get(space.name).dimensions


def _phrase(dimension: Dimension) -> str:
    """Return a label for use inside a sentence: its first letter small, unless the word is all capitals."""
    label = dimension.label.strip() or dimension.name.replace("_", " ")
    first = label.split()[0]
    return label if len(first) > 1 and first.isupper() else label[0].lower() + label[1:]


@cache
def _topics() -> dict[tuple[str, str], str]:
    return {(row["space"], row["dimension"]): row["topic"] for row in _rows("topics.csv")}


@cache
def _names_for_reading() -> dict[tuple[str, str], str]:
    """Return the names of dimensions for reading, of those whose topic reads badly."""
    rows = _rows("topics.csv")
    return {(row["space"], row["dimension"]): row["for_reading"] for row in rows if row["for_reading"]}


@cache
def _statements() -> dict[tuple[str, str], tuple[tuple[int, str], ...]]:
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in _rows("statements.csv"):
        key = row["space"], row["dimension"]
        found.setdefault(key, []).append((int(row["keyed"]), row["statement"]))
    return {key: tuple(statements) for key, statements in found.items()}


def _rows(name: str) -> Sequence[dict[str, str]]:
    path = resources.files("coevolve_sim.language.questionnaires") / "items" / name
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
