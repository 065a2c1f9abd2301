"""Build the rule and the channel that a scenario names, the package's own or a user's plug-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import ChannelError, CoevolveError, ScenarioError
from coevolve_sim.language import language_channel
from coevolve_sim.registry import Registry
from coevolve_sim.rules import RULES, Rule
from coevolve_sim.rules.channel import Channel, NumericChannel
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.plugins import make_plugin
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


def build_rule(scenario: Scenario) -> Rule:
    """Return the rule that a scenario names.

    Raises
    ------
    ScenarioError
        If a plug-in cannot be loaded, or does not accept its parameters.
    """
    spec = scenario.update
    if spec.is_plugin:
        rule: Rule = make_plugin(spec, RULES, Rule, ("update",))
        return rule
    own: type[Rule] = RULES[spec.rule]
    return own(**_options(own, spec))


def _options(rule: type[Rule], spec: Any) -> dict[str, Any]:
    """Return the options of a rule: those keys of the scenario that are fields of the rule's class."""
    names = getattr(rule, "__dataclass_fields__", {})
    return {name: getattr(spec, name) for name in names if name in type(spec).model_fields}


def build_channel(scenario: Scenario, space: ValueSpace, group_of: NDArray[np.int32]) -> Channel:
    """Return the channel that a scenario names; the language channel opens minds when they are first asked.

    Raises
    ------
    ScenarioError
        If the channel cannot be built; ``path`` names the key.
    """
    spec = scenario.channel
    if spec.is_plugin:
        channel: Channel = make_plugin(spec, CHANNELS, Channel, ("channel",))
        return channel
    with error_at("channel"):
        return _BUILDERS[spec.kind](scenario, spec, space, group_of)


def _numeric_channel(
    scenario: Scenario,
    spec: Any,
    space: ValueSpace,  # noqa: ARG001 - numbers need no words for dimensions
    group_of: NDArray[np.int32],  # noqa: ARG001 - and everybody is heard alike
) -> NumericChannel:
    return NumericChannel(scenario.seed, spec.noise)


_BUILDERS: dict[str, Callable[[Scenario, Any, ValueSpace, NDArray[np.int32]], Channel]] = {
    "numeric": _numeric_channel,
    "language": language_channel,
}
