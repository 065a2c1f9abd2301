"""Build the rule, channel, network and measures that a scenario names, the package's own or plug-ins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.arrays import Floats
from coevolve_sim.errors import ChannelError, CoevolveError, MeasureError, PluginError, ScenarioError
from coevolve_sim.language import language_channel
from coevolve_sim.measures import CATALOGUE, Measure, progress_measure
from coevolve_sim.measures.measure import Compute, build_custom_measure
from coevolve_sim.measures.round_arrays import RoundArrays
from coevolve_sim.networks import FAMILIES, Family, Ties
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import Registry, plugin_name
from coevolve_sim.rules import RULES, Rule
from coevolve_sim.rules.channel import Channel, NumericChannel
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.plugins import function_parameters, load_at, make_plugin
from coevolve_sim.scenario.process_specs import MEASURE_PATTERN
from coevolve_sim.scenario.yaml_text import Path
from coevolve_sim.society.checked import CheckedChannel, CheckedRule
from coevolve_sim.values import ValueSpace

CHANNELS = Registry(
    "channel",
    "coevolve_sim.channels",
    ChannelError,
    {
        "numeric": "coevolve_sim.rules.channel:NumericChannel",
        "language": "coevolve_sim.language.channel:LanguageChannel",
    },
)
"""Classes that derive from `coevolve_sim.rules.channel.Channel`, by the name that a scenario gives them."""


@contextmanager
def error_at(*path: str | int) -> Iterator[None]:
    """Turn an error of one part of a scenario into a `ScenarioError` that names its key."""
    try:
        yield
    except ScenarioError:
        raise
    except CoevolveError as error:
        raise ScenarioError(str(error), path=path) from error


def build_rule(scenario: Scenario, handed_over: Rule | None = None) -> Rule:
    """Return the rule that a scenario names, or the one from Python in its place.

    Raises
    ------
    ScenarioError
        If a plug-in cannot be loaded, or does not accept its parameters.
    """
    spec: Any = scenario.update
    if handed_over is not None:
        return CheckedRule(handed_over, f"rule {type(handed_over).__name__}", ("update",))
    if spec.plugin_group:
        what = f"rule '{plugin_name(spec.path)}'"
        return CheckedRule(make_plugin(spec, RULES, Rule, ("update",)), what, ("update",))
    own: type[Rule] = RULES[spec.rule]
    return own(**_options(own, spec))


def _options(rule: type[Rule], spec: Any) -> dict[str, Any]:
    """Return the options of a rule: those keys of the scenario that are fields of the rule's class."""
    names = getattr(rule, "__dataclass_fields__", {})
    return {name: getattr(spec, name) for name in names if name in type(spec).model_fields}


def build_network(spec: Any, n_humans: int | None, seed: int, path: Path) -> Ties:
    """Return the network that a scenario describes.

    Parameters
    ----------
    spec : NetworkSpec
    n_humans : int or None
        Number of humans; None only for a network that determines it.
    seed : int
        Seed of the network's draws.
    path : tuple of str and int
        Keys that lead to it, for errors.

    Raises
    ------
    ScenarioError
        If the network is impossible; ``path`` names the key.
    """
    if not spec.plugin_group:
        with error_at(*path):
            return networks.build(spec, n_humans, seed)
    found = load_at(spec, FAMILIES, path)
    found = found.function if isinstance(found, Family) else found
    name = plugin_name(spec.path)
    given = function_parameters(found, spec, ("n", "seed"), FAMILIES.concept, path)
    try:
        with plugin_call(f"network '{name}'", PluginError):
            made = found(n_humans, seed, **given)
    except PluginError as error:
        raise ScenarioError(str(error), path=path) from error
    except CoevolveError as error:
        raise ScenarioError(f"network '{name}': {error}", path=path) from error
    with error_at(*path):
        return networks.as_ties(made, cast("int", n_humans))


def build_measures(
    scenario: Scenario, handed_over: Mapping[str, Callable[..., Any]] | None = None
) -> tuple[Measure, ...]:
    """Return the user's own measures: those that a scenario names, and those handed over from Python.

    Raises
    ------
    ScenarioError
        If one cannot be loaded, does not accept its parameters, or has a name already in use.
    """
    made: list[Measure] = []
    for index, spec in enumerate(scenario.measures.custom):
        path: Path = ("measures", "custom", index)
        if _is_taken(spec.name, made):
            raise ScenarioError(
                f"there is a measure '{spec.name}' already; give it another name", path=(*path, "name")
            )
        found = load_at(spec, CATALOGUE, path)
        if isinstance(found, Measure):
            measure = replace(found, name=spec.name)
        else:
            given = function_parameters(found, spec, ("arrays",), CATALOGUE.concept, path)
            measure = build_custom_measure(spec.name, found, given)
        made.append(replace(measure, compute=_placed(measure.compute, path)))
    for name, function in (handed_over or {}).items():
        if _is_taken(name, made) or not re.fullmatch(MEASURE_PATTERN, name):
            raise ScenarioError(
                f"measures['{name}']: a name has lower-case letters, digits and _, and is no other measure's"
            )
        made.append(build_custom_measure(name, function, {}))
    return tuple(made)


def _is_taken(name: str, made: list[Measure]) -> bool:
    with suppress(MeasureError):
        progress_measure(name)
        return True
    return name in CATALOGUE or any(measure.name == name for measure in made)


def _placed(compute: Compute, path: Path) -> Compute:
    """Return the function of a measure such that its errors name the measure's key in the scenario."""

    def placed(arrays: RoundArrays) -> Floats | float | None:
        with error_at(*path):
            return compute(arrays)

    return placed


def build_channel(
    scenario: Scenario, space: ValueSpace, group_of: NDArray[np.int32], sketches: Sequence[str] | None = None
) -> Channel:
    """Return the channel that a scenario names; the language channel opens minds when they are first asked.

    `sketches` say who each human is, where a table of people does.

    Raises
    ------
    ScenarioError
        If the channel cannot be built; ``path`` names the key.
    """
    spec: Any = scenario.channel
    if spec.plugin_group:
        what = f"channel '{plugin_name(spec.path)}'"
        return CheckedChannel(make_plugin(spec, CHANNELS, Channel, ("channel",)), what, ("channel",))
    with error_at("channel"):
        return _BUILDERS[spec.kind](scenario, spec, space, group_of, sketches)


def _numeric_channel(
    scenario: Scenario,
    spec: Any,
    space: ValueSpace,  # noqa: ARG001 - numbers need no words for dimensions
    group_of: NDArray[np.int32],  # noqa: ARG001 - and everybody is heard alike
    sketches: Sequence[str] | None,  # noqa: ARG001 - whoever they are
) -> NumericChannel:
    return NumericChannel(scenario.seed, spec.noise)


_Builder = Callable[[Scenario, Any, ValueSpace, NDArray[np.int32], Sequence[str] | None], Channel]
_BUILDERS: dict[str, _Builder] = {
    "numeric": _numeric_channel,
    "language": language_channel,
}
