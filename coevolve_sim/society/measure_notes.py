"""Which measures that a scenario names its society never has, and why: said before the first round.

They are not refused: of two worlds that are compared one may have no assistant, or nobody who plays.
"""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.measures import OF_ASSISTANTS, OF_GAMES, OF_MEDIA
from coevolve_sim.networks.ties import Ties
from coevolve_sim.scenario.process_specs import BringInSpec, ChangePolicySpec, RewireSpec
from coevolve_sim.scenario.scenario import Scenario

OF_GROUPS = ("distinctness_of_groups", "divergence_of_groups", "consensus_of_groups")
OF_COMMUNITIES = ("disagreement_of_communities",)
OF_ATTACKS = ("attacks_carried", "answers_held_back")
OF_MINDS = ("games_void", "games_order_consistency")
"""Measures of games that are taken where minds choose, not numbers."""


def measure_notes(scenario: Scenario, ties: Ties, n_groups: int, *, asks_minds: bool) -> Iterator[str]:
    """Yield which of the measures that a scenario names are never taken, and why.

    Parameters
    ----------
    scenario : Scenario
    ties : Ties
        The network before the first round.
    n_groups : int
        Number of groups of the population.
    asks_minds : bool
        Whether what people do is asked of minds.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import full_mixing
    >>> from coevolve_sim.scenario import loads
    >>> given = loads("{name: alone, rounds: 1, measures: {names: [variance, trust, alignment]}}")
    >>> for note in measure_notes(given, full_mixing(2), 1, asks_minds=False):
    ...     print(note)
    measures: alignment is not taken: there is no assistant
    measures: trust is not taken: nobody plays games
    """
    told: set[str] = set()
    for names, reason in _untaken(scenario, ties, n_groups, asks_minds=asks_minds):
        for name in scenario.measures.names or ():
            if name in names and name not in told:
                told.add(name)
                yield f"measures: {name} is not taken: {reason}"


def _untaken(
    scenario: Scenario, ties: Ties, n_groups: int, *, asks_minds: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield names of measures that are never taken, and why."""
    acts = scenario.interventions
    comes = any(one.present for one in scenario.assistants) or any(isinstance(a, BringInSpec) for a in acts)
    if not comes:
        yield OF_ASSISTANTS, "there is no assistant"
    if not scenario.media:
        yield OF_MEDIA, "there are no outlets"
    if scenario.games is None:
        yield OF_GAMES, "nobody plays games"
    if not asks_minds:
        yield OF_MINDS, "people play by numbers, in which every move counts and has no order"
    if n_groups == 1:
        yield (*OF_GROUPS, "trust_gap_of_groups"), "there is only one group"
        if ties.communities is None and not any(isinstance(act, RewireSpec) for act in acts):
            yield OF_COMMUNITIES, "there is only one group, and the network plants no communities"
    if not (comes and _has_role(scenario)):
        yield ("role_breach",), "no assistant has a policy that permits something and not all, such as role"
    if scenario.adversaries is None and not any(one.guards for one in scenario.assistants):
        yield OF_ATTACKS, "there are neither adversaries nor guards"


def _has_role(scenario: Scenario) -> bool:
    """Return whether an assistant is ever permitted something and not everything."""
    policies = [assistant.policy for assistant in scenario.assistants]
    policies += [act.policy for act in scenario.interventions if isinstance(act, ChangePolicySpec)]
    return any(policy.permitted is not None for policy in policies)
