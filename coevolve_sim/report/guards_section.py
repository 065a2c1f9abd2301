"""The part of a report on adversaries and guards: what should pass, what did, and where it took people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures.guards import OF_GUARDS, mean_breach
from coevolve_sim.report.numbers import format_list, format_number, format_parameter
from coevolve_sim.report.run_data import RunData
from coevolve_sim.rules.guards import success_within
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.process_specs import AssistantSpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.society.adversaries import (
    NO_ADVERSARY,
    can_be_persuaded,
    draw_adversaries,
    pass_rates,
    rates_of_operators,
)
from coevolve_sim.values.naming import spell_out

MOST_ROWS = 20
MOST_GUARDS = 5


@dataclass(frozen=True)
class OperatorRow:
    """What one operator should achieve with one assistant."""

    assistant: str
    operator: str
    rate: str
    is_derived: bool
    past_guards: str
    within_budget: str


@dataclass(frozen=True)
class GuardedRow:
    """The guards of one assistant, and how far it stood outside its role, by round."""

    assistant: str
    guards: str
    pass_attack: str
    pass_benign: str
    breach: tuple[str, ...]


@dataclass(frozen=True)
class PeopleRow:
    """How far some of the people stood from where adversaries would have the assistant, by round."""

    who: str
    n_humans: int
    away: tuple[str, ...]


@dataclass(frozen=True)
class GuardsSection:
    """The part of a report on adversaries and guards.

    Attributes
    ----------
    rounds : tuple of int
        Start, middle and end, as far as the run went.
    budget : int
        Tries at the most; 0 without adversaries.
    counted : tuple of str
        In sentences what was counted, by the measures that the scenario names.
    left_out : int
        Rows of operators and assistants that are not shown.
    """

    rounds: tuple[int, ...]
    budget: int
    operators: tuple[OperatorRow, ...]
    assistants: tuple[GuardedRow, ...]
    people: tuple[PeopleRow, ...]
    counted: tuple[str, ...]
    left_out: int


def build_guards_section(data: RunData) -> GuardsSection | None:
    """Return the part on adversaries and guards; None where the scenario has neither."""
    scenario = data.scenario
    is_guarded = any(assistant.guards for assistant in scenario.assistants)
    if not data.has_begun or (scenario.adversaries is None and not is_guarded):
        return None
    snapshots = dict(sorted(data.run.snapshots().items()))
    operators = _list_operators(scenario)
    assistants = [_describe(i, data, tuple(snapshots)) for i in range(len(scenario.assistants))]
    return GuardsSection(
        tuple(snapshots),
        0 if scenario.adversaries is None else scenario.adversaries.budget,
        tuple(operators[:MOST_ROWS]),
        tuple(assistants[:MOST_ROWS]),
        _list_people(data, snapshots),
        tuple(_describe_counts(data)),
        max(len(operators) - MOST_ROWS, 0) + max(len(assistants) - MOST_ROWS, 0),
    )


def _list_operators(scenario: Scenario) -> list[OperatorRow]:
    spec = scenario.adversaries
    if spec is None:
        return []
    rows = []
    for assistant, passes in zip(scenario.assistants, pass_rates(scenario)[0], strict=True):
        if not any(can_be_persuaded(policy) for policy in _policies_of(assistant, scenario)):
            continue
        for (name, given), rate in zip(spec.operators.items(), rates_of_operators(spec), strict=True):
            past = float(rate * passes)
            within = format_number(float(success_within(past, spec.budget)))
            shown = (format_number(float(rate)), not isinstance(given, float), format_number(past), within)
            rows.append(OperatorRow(assistant.name, name, *shown))
    return rows


def _describe(index: int, data: RunData, rounds: tuple[int, ...]) -> GuardedRow:
    assistant = data.scenario.assistants[index]
    attack, benign = (float(rates[index]) for rates in pass_rates(data.scenario))
    names = [guard.name for guard in assistant.guards]
    return GuardedRow(
        assistant.name,
        format_list(names, MOST_GUARDS) if names else "none",
        format_number(attack),
        format_number(benign),
        tuple(_breach(assistant, data, round_index) for round_index in rounds),
    )


def _breach(assistant: AssistantSpec, data: RunData, round_index: int) -> str:
    """Return how far an assistant stood outside what it was permitted; a dash where it was absent or free."""
    permitted = _policy_at(assistant, data.scenario, round_index).permitted
    held = data.means.assistants[assistant.name][data.means.rounds == round_index]
    if permitted is None or not held.size or np.isnan(held).any():
        return "–"
    standard, tolerance = (np.array([spell_out(one, tuple(data.run.dimensions))]) for one in permitted)
    return format_number(mean_breach(held, standard - tolerance, standard + tolerance))


def _policies_of(assistant: AssistantSpec, scenario: Scenario) -> list[PolicySpec]:
    """Return every policy that an assistant ever has."""
    rounds = [0, *(act.round for act in scenario.interventions)]
    return [_policy_at(assistant, scenario, round_index) for round_index in rounds]


def _policy_at(assistant: AssistantSpec, scenario: Scenario, round_index: int) -> PolicySpec:
    """Return the policy that an assistant has at the end of a round."""
    policy = assistant.policy
    for act in sorted(scenario.interventions, key=lambda act: act.round):
        given: PolicySpec | None = getattr(act, "policy", None)
        if given is not None and act.round <= round_index and getattr(act, "assistant", "") == assistant.name:
            policy = given
    return policy


def _list_people(data: RunData, snapshots: dict[int, Floats]) -> tuple[PeopleRow, ...]:
    spec = data.scenario.adversaries
    operator_of = draw_adversaries(data.scenario, data.n_humans)
    if spec is None or operator_of is None:
        return ()
    target = np.array(spell_out(spec.target, tuple(data.run.dimensions)))
    tries = operator_of != NO_ADVERSARY
    away = [np.sqrt(((values - target) ** 2).mean(axis=1)) for values in snapshots.values()]
    return tuple(
        PeopleRow(who, int(members.sum()), tuple(format_number(float(one[members].mean())) for one in away))
        for who, members in (("adversaries", tries), ("all others", ~tries))
        if members.any()
    )


def _describe_counts(data: RunData) -> list[str]:
    """Say what was counted until the last measured round, where the scenario names the measures for it."""
    measures = data.measures
    told = {
        "attacks_carried": "of adversaries' attacks passed all guards within their budget",
        "answers_held_back": "of the answers to all others were held back by guards",
    }
    found = [name for name in OF_GUARDS if name in told and name in measures]
    return [
        f"{format_parameter(round(float(measures[name].iloc[-1]), 4))} {told[name]} (measure {name})."
        for name in found
        if not np.isnan(measures[name].iloc[-1])
    ]
