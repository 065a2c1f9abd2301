"""The questionnaires that come with the package, and those made of the labels of a space of one's own."""

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

    Over a built-in space it asks statements made for each dimension, three to a dimension; over one of the
    user's own, generic statements that name the dimension's label.

    Parameters
    ----------
    space : ValueSpace or str
        A space, or the name of a built-in one.
    format : str
        ``likert``: three items a dimension, each a statement on a scale of five. ``pair``: two items a
        dimension, each a statement for it against the one against it. ``four``: as many items as dimensions,
        each a choice of four statements of different dimensions; every dimension stands in four of them.

    Raises
    ------
    QuestionnaireError
        If there is no such format, or ``four`` is asked of fewer than four dimensions.
    ValueSpaceError
        If no built-in space is called so.

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
    """Return a dimension as prompts call it: a short noun phrase, being for which is value 1.

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


def statements_of(space: ValueSpace, dimension: str) -> tuple[tuple[int, str], ...]:
    """Return the statements of a dimension: key (1 or -1) and text, those keyed 1 first.

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
    """Yield one item a dimension, the others at fixed distances from it: each stands once in every place."""
    names = space.names
    if len(names) < 4:
        raise QuestionnaireError(
            f"a choice of four needs at least 4 dimensions; value space '{space.name}' has {len(names)}: "
            "ask for likert or pair"
        )
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
    """Return a label in the middle of a sentence: its first letter small, unless its word is all capitals."""
    label = dimension.label.strip() or dimension.name.replace("_", " ")
    first = label.split()[0]
    return label if len(first) > 1 and first.isupper() else label[0].lower() + label[1:]


@cache
def _topics() -> dict[tuple[str, str], str]:
    return {(row["space"], row["dimension"]): row["topic"] for row in _rows("topics.csv")}


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
