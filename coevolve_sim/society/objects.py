"""Python objects that replace what a scenario names: minds, the rule, policies, measures, the network.

The record names each object's class, module and version, and a run is resumed only with the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coevolve_sim.errors import NetworkError, PluginError, ScenarioError
from coevolve_sim.minds import Mind
from coevolve_sim.minds.wrappers import GuardedMind
from coevolve_sim.networks.graph_objects import digest_ties, read_graph_object
from coevolve_sim.networks.ties import Ties
from coevolve_sim.plugin_calls import plugin_failures
from coevolve_sim.registry import identity_of, nearest
from coevolve_sim.rules import Rule
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario import Scenario

Things = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Objects:
    """The objects handed over, by the scenario's name for what each replaces.

    Attributes
    ----------
    minds : mapping of str to Mind
        In place of the scenario's minds of these names; none of them is closed at the end of a run.
    rules : mapping of str to Rule
        In place of the scenario's rule, by its kind: ``{"hegselmann_krause": mine}``.
    policies : mapping of str to object
        In place of the policies of these assistants, until an intervention changes them: a function
        ``(values, observation, memory) -> (values, memory)``, or an object that has it as its method
        ``learn``, and may have ``speak(values, told)``.
    measures : mapping of str to callable
        Taken in every measured round beside the scenario's, and recorded under these names.
    network : Ties, or a graph, optional
        In place of the scenario's network; what `coevolve_sim.networks.read_graph_object` takes.
    """

    minds: Things = field(default_factory=dict)
    rules: Things = field(default_factory=dict)
    policies: Things = field(default_factory=dict)
    measures: Things = field(default_factory=dict)
    network: Ties | None = None

    def __post_init__(self) -> None:
        if self.network is not None and not isinstance(self.network, Ties):
            object.__setattr__(self, "network", read_graph_object(self.network))

    def identities(self) -> dict[str, str]:
        """Return the class, module and version of each object, by its argument and name."""
        given = {
            "minds": self.minds,
            "rules": self.rules,
            "policies": self.policies,
            "measures": self.measures,
        }
        lent = {} if self.network is None else {"network": f"a network, sha256 {digest_ties(self.network)}"}
        return lent | {
            f"{argument}.{name}": identity_of(type(thing) if argument == "minds" else thing)
            for argument, things in given.items()
            for name, thing in things.items()
        }


NO_OBJECTS = Objects()


def lent_network(ties: Ties, n_humans: int | None) -> Ties:
    """Return a network that was handed over, with a note; it has as many humans as are asked for, if any are.

    Raises
    ------
    NetworkError
        If it has another number.
    """
    if n_humans not in {None, ties.n_humans}:
        raise NetworkError(
            f"the network from Python holds {ties.n_humans} humans and the scenario asks for {n_humans}: ask "
            f"for {ties.n_humans}, or leave population.humans out"
        )
    return replace(ties, notes=("handed over from Python in place of the scenario's", *ties.notes))


def check_objects(scenario: Scenario, objects: Objects) -> None:
    """Refuse objects that replace nothing in the scenario, or are of a wrong type.

    Raises
    ------
    ScenarioError
        Names the argument and the name, what there is, and what is wanted.
    """
    for argument in ("minds", "rules", "policies", "measures"):
        if not isinstance(given := getattr(objects, argument), Mapping):
            raise PluginError(
                f"{argument} is a {type(given).__name__}; a mapping of name to object is wanted, as in "
                f"{argument}={{'NAME': ...}}"
            )
    _known("rules", objects.rules, [scenario.update.rule], ("update", "rule"))
    _known("minds", objects.minds, [mind.name for mind in scenario.minds], ("minds",))
    _known("policies", objects.policies, [one.name for one in scenario.assistants], ("assistants",))
    for assistant in scenario.assistants:
        if assistant.name in objects.policies and assistant.policy.trains_weights:
            raise ScenarioError(
                f"policies['{assistant.name}'] would stand in for {assistant.policy.kind}, by which weights "
                "learn; give the scenario a policy by values in its place",
                path=("assistants",),
            )
    for name, rule in objects.rules.items():
        if not isinstance(rule, Rule):
            raise PluginError(
                f"rules['{name}'] is a {_kind(rule)}; an object of a class that derives from "
                "coevolve_sim.rules.Rule is wanted"
            )
    for name, mind in objects.minds.items():
        with plugin_failures(f"minds['{name}']", PluginError):
            lacking = [part for part in _MIND if not hasattr(mind, part)]
        if isinstance(mind, type) or lacking:
            what = f"has no {', '.join(lacking)}" if lacking else "a class"
            raise PluginError(f"minds['{name}'] is {_kind(mind)}: {what}; a mind has {', '.join(_MIND)}")
    for argument, things in (("policies", objects.policies), ("measures", objects.measures)):
        for name, thing in things.items():
            if not callable(getattr(thing, "learn", thing)):
                raise PluginError(f"{argument}['{name}'] is a {_kind(thing)}; a function is wanted")


_MIND = ("identity", "is_bitwise", "voices", "ask", "count_tokens", "close")


def _kind(thing: object) -> str:
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__


def _known(argument: str, given: Things, there: Sequence[str], path: tuple[str, ...]) -> None:
    for name in given:
        if name not in there:
            listed = ", ".join(there) or "none"
            raise ScenarioError(
                f"{argument}['{name}'] stands in for nothing{nearest(name, there) or '.'} "
                f"The scenario has: {listed}",
                path=path,
            )


class LentMind(GuardedMind):
    """A mind opened by the caller, which `close` leaves open."""

    def close(self) -> None:
        """Leave it open."""


def with_lent_minds(channel: Channel, minds: Mapping[str, Mind]) -> Channel:
    """Return the channel with some of its minds replaced by objects."""
    if not minds or channel.minds is None:
        return channel
    opener: Callable[[Any], Mind] = channel.minds.opener

    def open_or_take(part: Any) -> Mind:
        name = part.name
        return LentMind(minds[name], f"minds['{name}']") if name in minds else opener(part)

    return channel.with_minds(open_or_take)
