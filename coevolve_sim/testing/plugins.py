"""Which concept a plug-in is of, and the suite that it must pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coevolve_sim.assistants.policies import POLICIES, NamedPolicy, parse_policy
from coevolve_sim.errors import PluginError
from coevolve_sim.language.readers import READERS, Reader
from coevolve_sim.measures import CATALOGUE, Measure
from coevolve_sim.minds.registry import MINDS
from coevolve_sim.networks import FAMILIES, Family
from coevolve_sim.plugin_calls import plugin_failures
from coevolve_sim.registry import Registry, load_plugin, plugin_name
from coevolve_sim.rules import RULES, Rule
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario.plugins import typed_parameters
from coevolve_sim.society.plugins import CHANNELS
from coevolve_sim.studies.instruments.catalogue import INSTRUMENTS
from coevolve_sim.testing.channels import check_channel
from coevolve_sim.testing.instruments import check_instrument
from coevolve_sim.testing.measures import check_measure
from coevolve_sim.testing.minds import check_mind
from coevolve_sim.testing.networks import check_network
from coevolve_sim.testing.policies import check_policy
from coevolve_sim.testing.readers import check_reader
from coevolve_sim.testing.rules import check_rule
from coevolve_sim.testing.verdicts import Verdict
from coevolve_sim.values import ValueSpace

CONCEPTS = ("rule", "policy", "channel", "mind", "reader", "measure", "network", "instrument")
"""What a plug-in may be."""

WITHOUT_SUITE = ("value_space", "questionnaire")
"""What a plug-in may be, too, that has no suite: it is checked when it is made."""


@dataclass(frozen=True)
class CheckedPlugin:
    """A plug-in and what became of its suite.

    Attributes
    ----------
    name : str
        As it was asked for, without folders.
    concept : str
        One of `CONCEPTS`.
    verdicts : tuple of Verdict
        One a check.
    """

    name: str
    concept: str
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(verdict.passed for verdict in self.verdicts)


def check_plugin(path: str, concept: str = "", parameters: Mapping[str, Any] | None = None) -> CheckedPlugin:
    """Load a plug-in, tell what it is, make it, and run the suite of its concept.

    Parameters
    ----------
    path : str
        ``FILE.py:NAME`` (the file is run), ``package.module:NAME``, or ``CONCEPT:NAME`` of one that is
        installed or the package's own, as in ``rule:degroot``.
    concept : str, optional
        One of `CONCEPTS`; told by the class if not given. A function does not tell: it is a measure, a
        network or a policy.
    parameters : mapping of str to object, optional
        What it is made with; held to the types that it says.

    Raises
    ------
    CoevolveError
        If it cannot be had or made, what it is cannot be told, or its concept has no suite.

    Examples
    --------
    >>> checked = check_plugin("rule:degroot")
    >>> checked.concept, checked.passed
    ('rule', True)
    """
    given = dict(parameters or {})
    said, _, kind = path.partition(":")
    if said in CONCEPTS and kind.isidentifier():
        if concept not in {"", said}:
            raise PluginError(f"'{path}' is a {said}, and --as says {concept}; leave --as out")
        return _checked(_Plugin(kind, said, _installed(said, kind), given, kind))
    if without := next((one for one in (said, concept) if one in WITHOUT_SUITE), ""):
        raise PluginError(_without_suite(path, without))
    found = load_plugin(path, "plug-in", PluginError, object)
    name = plugin_name(path)
    if isinstance(found, ValueSpace):
        raise PluginError(_without_suite(path, "value_space"))
    if not callable(found):
        raise PluginError(f"'{name}' is of type {type(found).__name__}; a class or a function is wanted")
    return _checked(_Plugin(name, concept or concept_of(found, name), found, given, path))


def concept_of(found: object, name: str) -> str:
    """Return which concept a class is of, by what it derives from or, of minds and policies, by its methods.

    A function tells nothing: it may be a measure, a network or a policy.

    Parameters
    ----------
    found : class or function
    name : str
        What to call it in an error.

    Raises
    ------
    PluginError
        If that cannot be told.

    Examples
    --------
    >>> concept_of(RULES["degroot"], "degroot")
    'rule'
    """
    if isinstance(found, type):
        for concept, base in _BASES.items():
            if issubclass(found, base):
                return concept
        for concept, methods in _METHODS.items():
            if all(hasattr(found, method) for method in methods):
                return concept
    if not isinstance(found, type):
        raise PluginError(
            f"what '{name}' is cannot be told of a function; say which it is, --as {'|'.join(_FUNCTIONS)}"
        )
    bases = ", ".join(f"{base.__name__} ({concept})" for concept, base in _BASES.items())
    having = ", or ".join(f"all of {', '.join(names)} ({concept})" for concept, names in _METHODS.items())
    raise PluginError(
        f"what '{name}' is cannot be told: a class tells it by deriving from {bases}, or by having {having}; "
        f"make it do so, or say what it is, --as {'|'.join(CONCEPTS)}"
    )


def _without_suite(path: str, concept: str) -> str:
    """Return what to say of a plug-in of a concept that has no suite."""
    what = concept.replace("_", " ")
    return (
        f"'{plugin_name(path)}' is a {what}, which has no suite: what it makes is checked "
        "when it is made; name it in a scenario and run coevolve check"
    )


@dataclass(frozen=True)
class _Plugin:
    """A plug-in that was loaded: what its name names, its parameters, where it was found."""

    name: str
    concept: str
    found: Any
    parameters: dict[str, Any]
    path: str

    def typed(self, n_leading: int = 0) -> dict[str, Any]:
        """Return the parameters held to the types that it says, after so many arguments of a function."""
        return typed_parameters(self.found, self.parameters, self.name, ("parameters",), n_leading)

    def make(self) -> Any:
        """Return what the class makes of its parameters.

        Raises
        ------
        PluginError
            If it raises something, naming it.
        """
        typed = self.typed()
        with plugin_failures(f"'{self.name}'", PluginError, "cannot be made"):
            return self.found(**typed)


def _checked(plugin: _Plugin) -> CheckedPlugin:
    if plugin.concept not in CONCEPTS:
        raise PluginError(f"'{plugin.concept}' is no concept of a plug-in; there are: {', '.join(CONCEPTS)}")
    base = _BASES.get(plugin.concept)
    if base is not None and not (isinstance(plugin.found, type) and issubclass(plugin.found, base)):
        raise PluginError(
            f"'{plugin.name}' is no {plugin.concept}: a class that derives from "
            f"{base.__module__}.{base.__name__} is wanted"
        )
    return CheckedPlugin(plugin.name, plugin.concept, tuple(_SUITES[plugin.concept](plugin)))


def _installed(concept: str, kind: str) -> Any:
    registry = _REGISTRIES[concept]
    if concept in {"mind", "reader"} and kind in registry.own:
        raise PluginError(
            f"{concept} '{kind}' is the package's own and made as a scenario describes it; the suite is for "
            "classes: write FILE.py:NAME, package.module:NAME, or the name of an installed one"
        )
    return registry[kind]


def _check_mind(plugin: _Plugin) -> list[Verdict]:
    mind, another = plugin.make(), plugin.make()
    try:
        return check_mind(mind, another)
    finally:
        mind.close()


def _check_network(plugin: _Plugin) -> list[Verdict]:
    if isinstance(plugin.found, Family):
        return check_network(plugin.found, **plugin.parameters)
    return check_network(plugin.found, **plugin.typed(n_leading=2))


def _check_measure(plugin: _Plugin) -> list[Verdict]:
    if isinstance(plugin.found, Measure):
        return check_measure(plugin.found)
    return check_measure(plugin.found, **plugin.typed(n_leading=1))


def _check_policy(plugin: _Plugin) -> list[Verdict]:
    if ":" not in plugin.path:
        given = (f"{key}={value}" for key, value in plugin.parameters.items())
        return check_policy(parse_policy(",".join([plugin.path, *given])))
    parameters = {"path": plugin.path, "parameters": plugin.parameters}
    return check_policy(NamedPolicy(plugin.name, "custom", parameters))


_BASES: dict[str, type] = {"rule": Rule, "channel": Channel, "reader": Reader}
_METHODS: dict[str, tuple[str, ...]] = {
    "mind": ("ask", "identity", "count_tokens"),
    "policy": ("learn",),
    "instrument": ("worlds", "read"),
}
_FUNCTIONS = ("measure", "network", "policy")
_REGISTRIES: dict[str, Registry] = {
    "rule": RULES,
    "policy": POLICIES,
    "channel": CHANNELS,
    "mind": MINDS,
    "reader": READERS,
    "measure": CATALOGUE,
    "network": FAMILIES,
    "instrument": INSTRUMENTS,
}
_SUITES: dict[str, Callable[[_Plugin], list[Verdict]]] = {
    "rule": lambda plugin: check_rule(plugin.make()),
    "policy": _check_policy,
    "channel": lambda plugin: check_channel(plugin.make()),
    "mind": _check_mind,
    "reader": lambda plugin: check_reader(plugin.make()),
    "measure": _check_measure,
    "network": _check_network,
    "instrument": lambda plugin: check_instrument(plugin.make),
}
