"""What a `Society` is given: a scenario, keys laid over it, a seed, a class of humans."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from coevolve_sim.errors import PopulationError, ScenarioError
from coevolve_sim.scenario import ChangeableScenario, LoadedScenario, Scenario, read_changes
from coevolve_sim.society.setup import Setup, build_setup

Built = Scenario | Path | str | Setup
"""What a society is built from."""

Seed = Any
"""A seed, a `numpy.random.Generator`, or what one can be made of; None for the scenario's."""

_BATCH = "mesa.batchrunner"


def build_from(scenario: Built, *, seed: Seed, rng: Seed, iteration: int, keys: Mapping[str, Any]) -> Setup:
    """Build the setup of a scenario with keys laid over it and another seed.

    Parameters
    ----------
    scenario : Scenario, path or Setup
    seed, rng : Seed
        At most one of them.
    iteration : int
        Added to the scenario's seed where neither is given.
    keys : mapping of str to object
        Keys of the scenario, dotted or nested.

    Raises
    ------
    ScenarioError
        What was given, what is allowed.
    """
    given = _read_seed(seed, rng)
    if isinstance(scenario, Setup):
        if keys or given is not None or iteration:
            raise ScenarioError(
                "a Setup is built already, with its keys and its seed; give the scenario that it was built of"
            )
        return scenario
    loaded, plain = _lay_keys(scenario, keys)
    if given is not None or iteration:
        number = plain.seed + iteration if given is None else given
        plain = plain.model_copy(update={"seed": number})
    try:
        return build_setup(plain)
    except ScenarioError as error:
        raise (error if loaded is None else loaded.place(error)) from error


def _lay_keys(
    scenario: Scenario | Path | str, keys: Mapping[str, Any]
) -> tuple[LoadedScenario | None, Scenario]:
    """Return a scenario with keys laid over it, and with the places of its keys if it was read for that."""
    if isinstance(scenario, Scenario):
        if not keys:
            return None, scenario
        written = ChangeableScenario.of(scenario)
    elif isinstance(scenario, str | Path):
        written = ChangeableScenario.read(scenario)
    else:
        hint = "; for mesa.batch_run put a Scenario into a list" if isinstance(scenario, tuple) else ""
        raise ScenarioError(
            f"a society of {type(scenario).__name__} given; allowed: a path, a name, a Scenario or a "
            f"Setup{hint}"
        )
    loaded = written.lay(read_changes(keys, "Society"))
    return loaded, loaded.scenario


def _read_seed(seed: Seed, rng: Seed) -> int | None:
    """Return the seed that is asked for; None for the scenario's."""
    if seed is not None and rng is not None:
        raise ScenarioError("seed and rng given; give one of them")
    given = rng if seed is None else seed
    if given is None:
        return None
    refusal = ScenarioError(
        f"seed {given!r} given; allowed: a whole number in [0, {2**63 - 1}], or what "
        "numpy.random.default_rng takes"
    )
    if isinstance(given, int | np.integer):
        if not 0 <= given < 2**63:
            raise refusal
        return int(given)
    try:
        return int(np.random.default_rng(given).integers(2**63))
    except (TypeError, ValueError):
        raise refusal from None


def find_iteration() -> int | None:
    """Return for which iteration `mesa.batch_run` is making a model; None outside of it.

    Mesa tells a model its parameters, not its iteration, so that the same parameters would give the same
    society over and over. A number drawn at random would do, but no run could be repeated; a count of
    societies would differ from process to process. So it is read where Mesa has it: in the frame that makes
    the model.

    Raises
    ------
    ScenarioError
        If this version of Mesa has it elsewhere.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to a caller's frame
    while frame is not None and frame.f_globals.get("__name__") != _BATCH:
        frame = frame.f_back
    if frame is None:
        return None
    if "iteration" in frame.f_locals:
        return int(frame.f_locals["iteration"])
    raise ScenarioError(
        "mesa.batch_run of this version of Mesa does not show its iteration; give seeds among the "
        "parameters, as in {'seed': [1, 2, 3]}"
    )


def require_human_class(human: object, base: type, setup: Setup, *, with_objects: bool) -> None:
    """Refuse a class of humans that is none, or that no human would be of.

    Raises
    ------
    PopulationError
        What was given, what is allowed.
    """
    if not (isinstance(human, type) and issubclass(human, base)):
        raise PopulationError(f"human is {human!r}; a subclass of coevolve_sim.society.Human is wanted")
    if human is base:
        return
    if not with_objects or setup.scenario.mesa.agents == "never":
        key = "mesa.agents is never" if with_objects else "with_objects is False"
        raise PopulationError(f"no human is made a {human.__name__}, as {key}")
