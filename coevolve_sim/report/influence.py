"""Who moves whom: what scores of an assistant cannot tell where people move by what it says."""

from __future__ import annotations

from coevolve_sim.scenario import Scenario


def describe_influence(scenario: Scenario) -> str:
    """Return a sentence on who moves whom; empty where nobody consults an assistant or is edited by one.

    Examples
    --------
    >>> from coevolve_sim.scenario import load
    >>> describe_influence(load("held_back"))[:49]
    'Humans who consult an assistant move by it, so fo'
    >>> describe_influence(load("held_back", {"assistants": []}))
    ''
    """
    consulting = any(group.adoption > 0 for group in scenario.population.groups)
    mediator = getattr(scenario.channel, "mediator", None)
    edited = mediator is not None and mediator.share > 0
    if not scenario.assistants or not (consulting or edited):
        return ""
    who = "who consult an assistant" if consulting else "whose messages an assistant edits"
    return (
        f"Humans {who} move by it, so follow and predict say how near it is to people, not "
        "which of the two came to the other: one that never learns scores well where it pulls people to "
        "itself (coevolve run --with-reference scores it against the same people without it)."
    )
