"""The scenario in plain sentences: people, network, update rule, history, assistants, interventions.

Rules, network families and policies are described by the documentation of the scenario's own keys, so that a
new one needs no text here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from coevolve_sim.networks import clustering
from coevolve_sim.networks.ties import Ties
from coevolve_sim.registry import plugin_name
from coevolve_sim.report.numbers import (
    format_by_dimension,
    format_count,
    format_list,
    format_note,
    format_parameter,
)
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario.plugins import plugins_in
from coevolve_sim.scenario.policy_specs import SeesSpec
from coevolve_sim.scenario.process_specs import AssistantSpec, InterventionSpec
from coevolve_sim.scenario.society_specs import DEFAULT_CENTRE, DEFAULT_SPREAD, GroupSpec, HistorySpec

MOST_FOR_CLUSTERING = 100_000
MOST_LISTED = 12

_HISTORY_EFFECTS = {
    "shift": "In every round its own change is added to everybody's values.",
    "attract": "In every round everybody is pulled {pull} of the way towards it.",
    "none": "It moves nobody and is a reference only.",
    "seed": "It tells where groups begin, and nothing else.",
}

_KEYS_OF_SHAPES: dict[str, tuple[str, ...]] = {
    "logistic": ("turning_point", "steepness"),
    "reversal": ("turning_point",),
    "regime_shift": ("turning_point",),
    "oscillation": ("period",),
    "random_walk": ("step_sd",),
}
"""The keys of a planted history that only some of its shapes use."""


@dataclass(frozen=True)
class Statement:
    """One or more sentences on a part of the scenario; ``items`` are listed below them."""

    lead: str
    text: str
    items: tuple[str, ...] = ()


def describe_scenario(data: RunData) -> list[Statement]:
    """Describe the scenario, part by part."""
    statements = [
        _describe_values(data),
        _describe_people(data),
        _describe_network(data),
        _describe_rule(data),
    ]
    statements += [
        _describe_history(data),
        _describe_assistants(data),
        *_describe_media(data),
        *_describe_games(data),
        *_describe_adversaries(data),
        _describe_interventions(data),
        _describe_rounds(data),
    ]
    return statements


# --- parts ---------------------------------------------------------------------------------------


def _describe_values(data: RunData) -> Statement:
    space = data.scenario.value_space
    name = space if isinstance(space, str) else space.name
    text = f"Values lie in [0, 1] on {format_count(data.n_dimensions, 'dimension')} of the space {name}: "
    return Statement("Values", text + format_list(data.labels, MOST_LISTED) + ".")


def _describe_people(data: RunData) -> Statement:
    sizes = np.bincount(data.run.group_of, minlength=len(data.run.groups))
    groups = data.scenario.population.groups
    text = f"{format_count(data.n_humans, 'human')} in {format_count(len(groups), 'group')}."
    items = [_describe_group(g, int(n), data) for g, n in zip(groups, sizes, strict=True)]
    if len(items) > MOST_LISTED:
        items = [*items[:MOST_LISTED], f"{len(items) - MOST_LISTED:,} more groups; see the scenario below."]
    return Statement("People", text, tuple(items))


def _describe_group(group: GroupSpec, size: int, data: RunData) -> str:
    told = f"{group.name}: {format_count(size, 'human')} ({size / data.n_humans:.1%}), "
    file = data.scenario.population.file
    told += f"{_describe_initial_values(group) if file is None else 'values as respondents gave them'}. "
    if any(one.groups is None or group.name in one.groups for one in data.scenario.assistants):
        told += f"Each consults an assistant with probability {format_parameter(group.adoption)} in a round"
        told += "." if file is None or file.adoption is None else " on average, each with one of their own."
    elif data.scenario.assistants:
        told += "No assistant serves it."
    told = told.rstrip()
    if group.stubbornness:
        told += f" Goes back {format_parameter(group.stubbornness)} of the way to its anchor every round"
        told += "." if file is None or file.stubbornness is None else ", on average."
    own = format_settings(group, only=("confidence", "rate"))
    if own:
        told += f" Instead of the rule's: {own}."
    if group.placement != "random":
        told += f" Takes places of the network by {group.placement.replace('_', ' ')}."
    return told


def _describe_initial_values(group: GroupSpec) -> str:
    if group.distribution == "uniform":
        where = "values spread evenly over [0, 1] at first"
    else:
        spread = format_by_dimension(DEFAULT_SPREAD if group.spread is None else group.spread)
        if group.era is not None:
            centre = f"where the history stood in era {group.era}"
        else:
            centre = f"at {format_by_dimension(DEFAULT_CENTRE if group.centre is None else group.centre)}"
        where = f"values centred {centre} at first, with standard deviation {spread}"
    return f"{where} ({group.sampling} draws)"


def _describe_network(data: RunData) -> Statement:
    spec, ties = data.scenario.network, data.first_ties
    if "network" in json.loads(data.run.manifest.get("objects", "{}")):
        shape = "" if ties is None else _describe_network_shape(ties)
        return Statement("Network", f"Handed over from Python. {shape}".strip())
    said = read_meaning(spec, "family")
    text = f"{spec.family}: {said}"
    if chosen := format_settings(spec, leave=("family",)):
        text += f" ({chosen})"
    return Statement("Network", f"{text}. {'' if ties is None else _describe_network_shape(ties)}".strip())


def _describe_network_shape(ties: Ties) -> str:
    n = ties.n_humans
    if ties.complete:
        return f"Each of {format_count(n, 'human')} hears all {n - 1:,} others."
    number = ties.n_ties if ties.directed else ties.n_ties // 2
    told = f"It has {format_count(number, 'directed tie' if ties.directed else 'tie')}, "
    told += f"so that a human hears {ties.n_ties / n:.2f} others on average"
    if n <= MOST_FOR_CLUSTERING:
        told += f"; its clustering is {clustering(ties):.3f}"
    return told + "."


def _describe_rule(data: RunData) -> Statement:
    update, channel = data.scenario.update, data.scenario.channel
    text = f"{update.rule}: {read_meaning(update, 'rule')}"
    if chosen := format_settings(update, leave=("rule",)):
        text += f" ({chosen})"
    return Statement(
        "Rule",
        f"{text}. Channel {channel.kind}: {read_meaning(channel, 'kind')} "
        f"({format_settings(channel, leave=('kind', 'mediator'))}).{_describe_mediator(data)}",
    )


def _describe_mediator(data: RunData) -> str:
    """Describe who edits what people say to each other; empty where nobody does."""
    mediator = getattr(data.scenario.channel, "mediator", None)
    if mediator is None:
        return ""
    share = format_parameter(mediator.share)
    if data.scenario.channel.kind == "language":
        return f" Of the messages among people {mediator.assistant} rewrites a share of {share}."
    return f" Of each message among people a share of {share} is {mediator.assistant}'s own."


def _describe_history(data: RunData) -> Statement:
    history = data.scenario.history
    if history.kind == "none":
        return Statement("History", "None.")
    text = f"{history.kind}: {read_meaning(history, 'kind')}"
    if source := data.run.manifest["history_source"]:
        text = f"{text}; source: {source.rstrip('.')}"
    text += ". "
    if history.effect == "seed":
        return Statement("History", text + _HISTORY_EFFECTS["seed"])
    if (names := data.era_names) is not None:
        text += f"{format_count(len(names), 'era')}, from {names[0]} to {names[-1]}; "
        text += f"an era lasts {format_count(data.scenario.rounds_per_era, 'round')}. "
    elif chosen := format_settings(history, leave=("kind", "effect", "pull", "path", *_unused_keys(history))):
        text += f"It has {chosen}; an era lasts {format_count(data.scenario.rounds_per_era, 'round')}. "
    return Statement(
        "History", text + _HISTORY_EFFECTS[history.effect].format(pull=format_parameter(history.pull))
    )


def _unused_keys(history: HistorySpec) -> tuple[str, ...]:
    """Return the keys of a planted history that its shape does not use."""
    used = _KEYS_OF_SHAPES.get(getattr(history, "shape", ""), ())
    return tuple(key for keys in _KEYS_OF_SHAPES.values() for key in keys if key not in used)


def _describe_assistants(data: RunData) -> Statement:
    assistants = data.scenario.assistants
    if not assistants:
        return Statement("Assistants", "None.")
    items = [_describe_assistant(each, data.scenario.rounds_per_era) for each in assistants[:MOST_LISTED]]
    consulting = data.scenario.consulting
    if len(assistants) > MOST_LISTED:
        items.append(f"{len(assistants) - MOST_LISTED:,} more; see the scenario below.")
    text = f"{format_count(len(assistants), 'assistant')}. {_describe_couplings(data)}"
    if consulting.choice == "loyal":
        text += f" Humans keep to the one they chose; {format_settings(consulting, only=('switching',))}."
    return Statement("Assistants", text, tuple(items))


def _describe_couplings(data: RunData) -> str:
    """Describe how strongly assistants act on people; how people act on them is the rate of each policy."""
    update = data.scenario.update
    given = [
        (name, getattr(getattr(update, name, None), "assistant", None))
        for name in ("rate", "confidence", "trust")
    ]
    told = " and ".join(f"{name} {format_parameter(number)}" for name, number in given if number is not None)
    by = f"by the rule's {told}" if told else "as the rule says"
    return f"On people they act {by}; people act on each by its policy's rate, if it has one."


def _describe_assistant(assistant: AssistantSpec, rounds_per_era: int) -> str:
    policy = assistant.policy
    told = f"{assistant.name}: policy {policy.kind}, {read_meaning(policy, 'kind').lower()}"
    own = plugin_name(getattr(policy, "path", "")) if policy.plugin_group else ""
    chosen = format_settings(policy, leave=("kind", "path"))
    if said := ", ".join(filter(None, (own, chosen))):
        told += f" ({said})"
    if policy.trains_weights:
        begins = "with what its weights say"
    elif assistant.start == "population_mean":
        begins = "with the mean of the humans"
    elif assistant.start == "history":
        begins = "where the history stands in its first era"
    else:
        begins = f"at {format_by_dimension(assistant.start)}"
    told += f". It begins {begins}"
    told += "." if assistant.present else ", and is not there until it is brought in."
    told += _describe_horizon(getattr(policy, "horizon", 0), rounds_per_era, policy.trains_weights)
    if assistant.groups is not None:
        told += f" It serves {format_list(assistant.groups, MOST_LISTED)} only."
    if assistant.share != 1.0:
        told += f" Its share of the market is {format_parameter(assistant.share)}."
    if assistant.sees != SeesSpec():
        told += f" What it sees: {format_settings(assistant.sees)}."
    if assistant.guards:
        guards = [f"{each.name} ({format_settings(each, leave=('name',))})" for each in assistant.guards]
        told += f" Its guards: {format_list(guards, MOST_LISTED)}."
    return told


def _describe_horizon(horizon: int, rounds_per_era: int, trains_weights: bool) -> str:
    """Describe how far a policy looks ahead, in the unit of the predict measures, too; empty if it does not.

    Examples
    --------
    >>> _describe_horizon(2, 5, trains_weights=False)
    ' It looks 2 rounds (0.4 eras) ahead; predict_K counts eras.'
    """
    if not horizon or trains_weights:
        return ""
    eras = horizon / rounds_per_era
    ahead = f"{format_count(horizon, 'round')} ({eras:g} {'era' if eras == 1 else 'eras'})"
    return f" It looks {ahead} ahead; predict_K counts eras."


def _describe_media(data: RunData) -> list[Statement]:
    """Describe the outlets; nothing where there are none."""
    media = data.scenario.media
    if not media:
        return []
    items = [f"{outlet.name}: {format_settings(outlet, leave=('name',))}." for outlet in media[:MOST_LISTED]]
    if len(media) > MOST_LISTED:
        items.append(f"{len(media) - MOST_LISTED:,} more; see the scenario below.")
    text = f"{format_count(len(media), 'outlet')}, which nobody moves, heard after peers."
    return [Statement("Media", text, tuple(items))]


def _describe_games(data: RunData) -> list[Statement]:
    """Describe the games that tied people play; nothing where there are none."""
    games = data.scenario.games
    if games is None:
        return []
    often = "every round" if games.every == 1 else f"every {games.every:,} rounds"
    text = f"Who are tied meet {often}, play a game and trust each other by what they did."
    return [Statement("Games", text, (f"{format_settings(games, leave=('every',))}.",))]


def _describe_adversaries(data: RunData) -> list[Statement]:
    """Describe the adversaries; nothing where there are none."""
    spec = data.scenario.adversaries
    if spec is None:
        return []
    text = (
        f"A share of {format_parameter(spec.share)} of the humans would have assistants at "
        f"{format_by_dimension(spec.target)}; each time they consult they try up to "
        f"{format_count(spec.budget, 'time')}, each in one way, past the assistant's guards: "
        f"{format_list([*spec.operators], MOST_LISTED)}."
    )
    return [Statement("Adversaries", text)]


def _describe_interventions(data: RunData) -> Statement:
    acts = data.scenario.interventions
    if not acts:
        return Statement("Interventions", "None.")
    items = [
        f"At the beginning of round {act.round:,}: {_describe_intervention(act)}."
        for act in acts[:MOST_LISTED]
    ]
    if len(acts) > MOST_LISTED:
        items.append(f"{len(acts) - MOST_LISTED:,} more; see the scenario below.")
    return Statement("Interventions", f"{format_count(len(acts), 'intervention')} planned.", tuple(items))


def _describe_intervention(act: InterventionSpec) -> str:
    """Return what an intervention does and its settings, if it has any."""
    meaning = read_meaning(act, "action")
    settings = format_note(format_settings(act, leave=("action", "round")))
    told = meaning[:1].lower() + meaning[1:]
    return f"{told} ({settings})" if settings else told


def _describe_rounds(data: RunData) -> Statement:
    run = data.run
    text = f"The scenario asks for {format_count(run.n_rounds, 'round')}; "
    text += f"{run.n_rounds_finished:,} are finished."
    return Statement("Rounds", text)


# --- a part's keys -------------------------------------------------------------------------------


def read_meaning(part: BaseModel, key: str) -> str:
    """Return the scenario's own documentation of a part's kind, without its full stop."""
    return str(type(part).model_fields[key].description).rstrip(".")


def format_settings(part: BaseModel, *, leave: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> str:
    """Format a part's keys and their values in words; keys that are not set are left out.

    Examples
    --------
    >>> from coevolve_sim.scenario.policy_specs import LifelongPolicySpec
    >>> format_settings(LifelongPolicySpec(), leave=("kind",))
    'rate 0.2'
    """
    told = []
    for key, value in _dump_without_folders(part).items():
        if key in leave or (only and key not in only):
            continue
        if said := _format_setting(value):
            told.append(f"{key.replace('_', ' ')} {said}")
    return ", ".join(told) if all(", " not in one for one in told) else "; ".join(told)


def _dump_without_folders(part: BaseModel) -> dict[str, Any]:
    """Return a part as plain data, every plug-in in it by its name: where it lies says nothing of the run."""
    dump = part.model_dump()
    for path, spec in plugins_in(part):
        found = dump
        for step in path:
            found = found[step]  # type: ignore[index]
        found["path"] = plugin_name(spec.path)
    return dump


def _format_setting(value: Any) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format_parameter(value)
    if isinstance(value, Mapping):
        return _format_nested(value)
    if isinstance(value, list | tuple):
        return format_list([_format_setting(item) for item in value], MOST_LISTED)
    return str(value)


def _format_nested(value: Mapping[str, Any]) -> str:
    if all(isinstance(item, float | int) for item in value.values()) and len(value) > 3:
        return format_by_dimension(value)
    given = {key: said for key, item in value.items() if (said := _format_setting(item))}
    return ", ".join(
        said if key in ("family", "kind") else f"{said} ({key.replace('_', ' ')})"
        for key, said in given.items()
    )
