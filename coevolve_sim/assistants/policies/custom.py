"""Policies of users: a class or function in a file of theirs, named in a scenario.

**Trust.** Naming a policy of a file runs that file, with all the rights of whoever runs the scenario. It is
loaded when the society is built, and so by ``coevolve check`` too. Read a file that you did not write before
you run it, as any program.

``path`` is ``FILE.py:NAME`` or ``FILE:NAME``, relative to the scenario, or ``package.module:NAME`` of an
installed package. ``NAME`` is a function ``(values, observation, memory, **parameters) -> (values, memory)``,
or a class made with the parameters that has a method ``learn(values, observation, memory) -> (values,
memory)`` and, if what it says differs from listener to listener, ``speak(values, told) -> spoken``, a row for
each row of ``told``. A class is made anew in every round: what shall last belongs in memory, and so survives
a resumed run.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import Learnt, Memory, Observation
from coevolve_sim.errors import PolicyError

Parameters = Mapping[str, Any]


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
    parameters : mapping of str to number, text or bool
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


def load_bound_policy(path: str, parameters: Parameters) -> Callable[[Floats, Observation, Memory], Learnt]:
    """Return a user's policy as a function of values, observation and memory.

    Raises
    ------
    PolicyError
        If it cannot be loaded, or does not take these parameters.
    """
    found = load_policy(path)
    return bind_parameters(found, parameters, name_of(path))


def bind_parameters(
    policy: Callable[..., Any], parameters: Parameters, name: str
) -> Callable[[Floats, Observation, Memory], Learnt]:
    """Return a policy with its parameters put in; a class is made anew for every call.

    Raises
    ------
    PolicyError
        If it does not take them, or is a class without a method ``learn``.
    """
    is_class = inspect.isclass(policy)
    if is_class and not callable(getattr(policy, "learn", None)):
        raise PolicyError(f"class '{name}' has no method learn(values, observation, memory)")
    given = () if is_class else (None, None, None)
    try:
        inspect.signature(policy).bind(*given, **parameters)
    except (TypeError, ValueError) as error:
        listed = ", ".join(parameters) or "none"
        raise PolicyError(f"policy '{name}' does not take its parameters ({listed}): {error}") from None
    if is_class:
        return lambda *seen: policy(**parameters).learn(*seen)
    return lambda *seen: policy(*seen, **parameters)


def custom_speech(path: str, parameters: Parameters) -> Callable[[Floats, Floats], Floats] | None:
    """Return how a user's policy speaks to each listener; None if it says its values to everybody."""
    found = load_policy(path)
    if not callable(getattr(found, "speak", None)):
        return None
    return lambda values, told: found(**parameters).speak(values, told)


def name_of(path: str) -> str:
    """Return the name of a policy without its folder.

    Examples
    --------
    >>> name_of("/some/where/mine:Stubborn")
    'mine:Stubborn'
    """
    return Path(path).name


def file_of(path: str) -> Path | None:
    """Return the file that a policy is read from; None if it is a module's.

    Examples
    --------
    >>> file_of("no_such_folder/mine:Stubborn") is None
    True
    """
    place = path.rpartition(":")[0]
    for candidate in (Path(place), Path(f"{place}.py")):
        if place and candidate.is_file():
            return candidate.resolve()
    return None


def load_policy(path: str) -> Callable[..., Any]:
    """Return the function or class that a path names, running the file it is in.

    Raises
    ------
    PolicyError
        If there is no such file, module or name, the file fails, or the name is not a policy.
    """
    place, colon, name = path.rpartition(":")
    if not colon or not name.isidentifier() or not place:
        raise PolicyError(
            f"'{path}' names no policy; write FILE.py:NAME, or package.module:NAME, as in mine.py:Stubborn"
        )
    file = file_of(path)
    module = _module_at(file, hashlib.sha256(file.read_bytes()).hexdigest()) if file else _installed(place)
    found = getattr(module, name, None)
    if found is None:
        known = ", ".join(key for key, thing in vars(module).items() if _is_own(thing, module)) or "none"
        raise PolicyError(f"'{name_of(path)}': there is no '{name}'; there are: {known}")
    if not callable(found):
        raise PolicyError(f"'{name_of(path)}' is a {type(found).__name__}; a function or a class is wanted")
    return cast("Callable[..., Any]", found)


def _is_own(thing: object, module: ModuleType) -> bool:
    return callable(thing) and getattr(thing, "__module__", None) == module.__name__


@cache
def _module_at(file: Path, content: str) -> ModuleType:
    """Run a file as a module of its own; once for as long as its content stays."""
    name = f"coevolve_policy_{file.stem}_{content[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PolicyError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise PolicyError(f"{file.name} cannot be run: {type(error).__name__}: {error}") from error
    return module


def _installed(place: str) -> ModuleType:
    name = Path(place).name
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise PolicyError(
            f"neither a file {place.removesuffix('.py')}.py nor a module '{name}' can be had ({error}); a "
            "relative file is looked for beside the scenario"
        ) from None
