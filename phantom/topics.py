"""Topics that the embedded model can be asked about, and the statements for and against each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from coevolve_sim.language.questionnaires.shipped_items import statements_of, topic_of
from coevolve_sim.values import SPACES, get


@dataclass(frozen=True)
class Statement:
    """A statement on a topic that somebody may agree with.

    Attributes
    ----------
    keyed : int
        1 if somebody wholly for the topic agrees, -1 if somebody wholly against it does.
    text : str
        The sentence, with its full stop.
    """

    keyed: int
    text: str


@dataclass(frozen=True)
class Topic:
    """A topic that one can be for or against.

    Attributes
    ----------
    space, dimension : str
        Its value space and dimension; both empty for a topic of no built-in value space.
    phrase : str
        Its name in prompts: "telling the truth".
    statements : tuple of Statement
        At least one of each key.
    """

    space: str
    dimension: str
    phrase: str
    statements: tuple[Statement, ...]

    @property
    def name(self) -> str:
        """Name of its column in tables: space and dimension."""
        return f"{self.space}/{self.dimension}"

    def select_statements(self, sign: int) -> tuple[Statement, ...]:
        """Return the statements of one key, 1 or -1."""
        return tuple(statement for statement in self.statements if statement.keyed == sign)


@lru_cache(maxsize=1)
def builtin_topics() -> tuple[Topic, ...]:
    """Return the topics of all built-in value spaces, in the order of their tables.

    Examples
    --------
    >>> len(builtin_topics()), builtin_topics()[5].phrase
    (100, 'telling the truth')
    """
    return tuple(
        Topic(
            space,
            name,
            topic_of(space, name),
            tuple(Statement(*one) for one in statements_of(get(space), name)),
        )
        for space in SPACES
        for name in get(space).names
    )


def topics_by_space() -> dict[str, tuple[Topic, ...]]:
    """Return the built-in topics by value space.

    Examples
    --------
    >>> [len(topics) for topics in topics_by_space().values()]
    [19, 10, 19, 5, 2, 45]
    """
    found: dict[str, list[Topic]] = {}
    for topic in builtin_topics():
        found.setdefault(topic.space, []).append(topic)
    return {space: tuple(topics) for space, topics in found.items()}
