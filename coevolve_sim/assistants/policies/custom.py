"""Users' own policies: a class or function in a file, a module or an installed package, named in a scenario.

**Trust.** A scenario that names a file runs that file, with all the rights of whoever runs the scenario. The
file is loaded when the society is built, and so by ``coevolve check`` too. As with any program, read a file
that you did not write before you run it.

``path`` is ``FILE.py:NAME`` or ``FILE:NAME``, relative to the scenario, ``package.module:NAME``, or the name
of an installed one (entry points ``coevolve_sim.policies``). ``NAME`` is a function ``(values, observation,
memory, **parameters) -> (values, memory)``, or a class made with the parameters that has a method
``learn(values, observation, memory) -> (values, memory)`` and, if what it says differs from listener to
listener, ``speak(values, told) -> spoken``, with a row for each row of ``told``; ``speak(values, told,
listeners)`` is also told who listens, and when (`Listeners`). A function declares the same by `declare`. A
policy that needs only the mean of what it heard declares that, too: a class by the attribute ``looks_at =
"mean"``. A class is instantiated anew in every round: what must last belongs in memory, which also survives
a resumed run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import Learnt, Listeners, Memory, Observation
from coevolve_sim.errors import PolicyError, ScenarioError
from coevolve_sim.registry import Registry, plugin_file, plugin_name
from coevolve_sim.scenario.plugins import typed_parameters

Parameters = Mapping[str, Any]

POLICIES = Registry(
    "policy",
    "coevolve_sim.policies",
    PolicyError,
    {
        kind: f"coevolve_sim.assistants.policies.{module}:{kind}"
        for kind, module in {
            "frozen": "catalogue",
            "lifelong": "catalogue",
            "independent": "catalogue",
            "mirror": "aggregating",
            "mean": "aggregating",
            "median": "aggregating",
            "borda": "aggregating",
            "extrapolative": "forecasting",
            "logit_trend": "forecasting",
            "damped": "forecasting",
            "role": "norms",
            "contractualist": "norms",
            "moral_graph": "moral_graph",
            "bayesian_trust": "feedback",
            "self_consuming": "feedback",
            "selects_facts": "facts",
            "custom": "custom",
        }.items()
    },
)
"""Policies by the name that a scenario gives them.

``custom`` does as a policy of the user's own does: in a file, in a module, or of an installed distribution.
"""

HANDED_OVER = "object"
"""Kind of a policy that Python handed over, under the parameter ``policy``; no scenario can name it."""

N_SEEN = 3
"""Number of a policy's leading arguments that are not parameters: values, observation and memory."""


def custom(
    values: Floats, observation: Observation, memory: Memory, path: str, parameters: Parameters
) -> Learnt:
    """Do as a policy of the user's own does, in a file or module that the scenario names.

    Parameters
    ----------
    values, observation, memory
        As for any policy.
    path : str
        ``FILE.py:NAME``, ``FILE:NAME`` or ``package.module:NAME``.
    parameters : mapping of str to number, text, bool, None or tuple of the first three
        Handed to the function, or to the class when it is made.

    Returns
    -------
    values : float64 array, shape (dimensions,)
    memory : Memory

    Raises
    ------
    PolicyError
        If there is no such policy, it does not take its parameters, or it fails.
    """
    return load_bound_policy(path, parameters)(values, observation, memory)


def load_policy(path: str) -> Callable[..., Any]:
    """Load the function or class that a path names; this runs the file it is in.

    Raises
    ------
    PolicyError
        If there is no such file, module or name, the file fails, or the name is not a policy.
    """
    found: Callable[..., Any] = POLICIES.load(path)
    return found


def load_bound_policy(path: str, parameters: Parameters) -> Callable[[Floats, Observation, Memory], Learnt]:
    """Load a user's policy and bind its parameters; return a function of values, observation and memory.

    Raises
    ------
    PolicyError
        If it cannot be loaded, or does not take these parameters.
    """
    found = load_policy(path)
    return bind_parameters(found, parameters, policy_name(path))


def bind_parameters(
    policy: Callable[..., Any], parameters: Parameters, name: str
) -> Callable[[Floats, Observation, Memory], Learnt]:
    """Return a policy with its parameters bound; a class is instantiated anew for every call.

    Raises
    ------
    PolicyError
        If it does not take them, or is a class without a method ``learn``.
    """
    is_class = inspect.isclass(policy)
    if is_class and not callable(getattr(policy, "learn", None)):
        raise PolicyError(f"class '{name}' has no method learn(values, observation, memory)")
    given = () if is_class else (None,) * N_SEEN
    try:
        signature = inspect.signature(policy)
        if not is_class and not _accepts(signature, given):
            raise PolicyError(
                f"function '{name}' takes {signature}; (values, observation, memory, **parameters) is wanted"
            )
        signature.bind(*given, **parameters)
    except (TypeError, ValueError) as error:
        listed = ", ".join(parameters) or "none"
        raise PolicyError(f"policy '{name}' does not take its parameters ({listed}): {error}") from None
    try:
        typed = read_policy_parameters(policy, parameters, name)
    except ScenarioError as error:
        raise PolicyError(f"policy '{name}': {error.problem}") from None
    if is_class:
        return lambda *seen: policy(**typed).learn(*seen)
    return lambda *seen: policy(*seen, **typed)


def _accepts(signature: inspect.Signature, given: tuple[None, ...]) -> bool:
    """Return whether a function accepts these positional arguments."""
    try:
        signature.bind_partial(*given)
    except TypeError:
        return False
    return True


def check_policy_at(path: str, parameters: Parameters, place: tuple[str | int, ...]) -> None:
    """Check that the user's policy that a scenario names can be loaded and accepts its parameters.

    Parameters
    ----------
    path : str
    parameters : mapping of str to object
        As the scenario has them.
    place : tuple of str and int
        Keys that lead to the policy.

    Raises
    ------
    ScenarioError
        At the key that is to blame.
    """
    try:
        found = load_policy(path)
        if not inspect.isclass(found) or callable(getattr(found, "learn", None)):
            read_policy_parameters(found, parameters, policy_name(path), (*place, "parameters"))
        bind_parameters(found, parameters, policy_name(path))
    except PolicyError as error:
        raise ScenarioError(str(error), path=(*place, "path")) from error


def read_policy_parameters(
    policy: Callable[..., Any], parameters: Parameters, name: str, path: tuple[str | int, ...] = ()
) -> dict[str, Any]:
    """Return a policy's parameters, checked against the types in its signature.

    Raises
    ------
    ScenarioError
        At the parameter that is missing, unknown, or of another type.
    """
    n_leading = 0 if inspect.isclass(policy) else N_SEEN
    return typed_parameters(policy, parameters, name, path, n_leading)


def find_policy(kind: str, parameters: Parameters) -> Callable[..., Any] | None:
    """Return the function or class behind a kind; None for a policy whose weights learn.

    Parameters
    ----------
    kind : str
        A key of `POLICIES`, or the kind of a policy by weights.
    parameters : mapping of str to object
        For a user's own policy: its ``path`` and ``parameters``.

    Raises
    ------
    PolicyError
        If a user's policy cannot be loaded.
    """
    if kind == HANDED_OVER:
        policy: Callable[..., Any] = parameters["policy"]
        return policy
    if kind not in POLICIES:
        return None
    return load_policy(parameters["path"]) if kind == "custom" else POLICIES[kind]


def find_speech(kind: str, parameters: Parameters) -> Callable[[Floats, Floats, Listeners], Floats] | None:
    """Return the function by which a policy speaks to each listener; None if it says its values to all.

    A user's ``speak`` that has no argument ``listeners``, or a parameter of that name, is not given any.
    """
    policy = find_policy(kind, parameters)
    speak = getattr(policy, "speak", None)
    if policy is None or not callable(speak):
        return None
    given = parameters.get("parameters", {}) if kind in ("custom", HANDED_OVER) else parameters
    if kind == "custom":
        given = read_policy_parameters(policy, given, policy_name(parameters["path"]))
    is_told = "listeners" not in given and "listeners" in inspect.signature(speak).parameters

    def say(values: Floats, told: Floats, listeners: Listeners) -> Floats:
        who = {"listeners": listeners} if is_told else {}
        if inspect.isclass(policy):
            return cast("Floats", cast("Any", policy)(**given).speak(values, told, **who))
        return cast("Floats", speak(values, told, **given, **who))

    return say


def policy_name(path: str) -> str:
    """Return the name of a policy without its folder.

    Examples
    --------
    >>> policy_name("/some/where/mine:Stubborn")
    'mine:Stubborn'
    """
    return plugin_name(path)


file_of = plugin_file
"""Return the file that a policy is read from; None if it is a module's."""
