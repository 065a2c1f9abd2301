"""The registry of questionnaires, and making one by its name."""

from __future__ import annotations

from collections.abc import Callable

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires.item import Questionnaire
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import Registry, plugin_name
from coevolve_sim.values import ValueSpace

QUESTIONNAIRES = Registry(
    "questionnaire",
    "coevolve_sim.questionnaires",
    QuestionnaireError,
    {
        "likert": "coevolve_sim.language.questionnaires.shipped_items:likert_questionnaire",
        "pair": "coevolve_sim.language.questionnaires.shipped_items:pair_questionnaire",
        "four": "coevolve_sim.language.questionnaires.shipped_items:four_questionnaire",
    },
)
"""Functions ``(space, **parameters) -> Questionnaire``, by the name of the questionnaire."""


def make_questionnaire(
    name: str, space: ValueSpace, factory: Callable[..., object] | None = None, **parameters: object
) -> Questionnaire:
    """Return a questionnaire over a value space, the package's own, an installed one, or a file's.

    Parameters
    ----------
    name : str
        A key of `QUESTIONNAIRES`, or ``FILE.py:NAME``.
    space : ValueSpace
        The value space to measure.
    factory : callable, optional
        The function that makes it, if it is already loaded.
    **parameters
        Passed to the function.

    Raises
    ------
    QuestionnaireError
        If it cannot be loaded or made, or does not measure each dimension of the space.

    Examples
    --------
    >>> from coevolve_sim.values import get
    >>> make_questionnaire("pair", get("moral-foundations")).name
    'moral-foundations-pair'
    """
    if factory is None:
        factory = QUESTIONNAIRES[name] if name in QUESTIONNAIRES else QUESTIONNAIRES.load(name)
    called = plugin_name(name)
    with plugin_call(f"questionnaire '{called}'", QuestionnaireError, "cannot be made"):
        made = factory(space, **parameters)
    if not isinstance(made, Questionnaire):
        raise QuestionnaireError(
            f"'{called}' made a value of type {type(made).__name__}; "
            "a Questionnaire over the space it is given is wanted"
        )
    if made.space.names != space.names:
        raise QuestionnaireError(
            f"'{called}' made a questionnaire over {', '.join(made.space.names)}; "
            f"one over {', '.join(space.names)} is wanted"
        )
    for dimension in space.names:
        if not made.items_on(dimension):
            raise QuestionnaireError(f"'{called}' made a questionnaire without an item on '{dimension}'")
    return made
