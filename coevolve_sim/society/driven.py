"""A driven assistant: one dimension of its values follows a course that the scenario gives."""

from __future__ import annotations

from coevolve_sim.assistants.drive_shapes import ramp, triangle
from coevolve_sim.scenario.process_specs import DriveSpec
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State


def drive_assistant(state: State, setup: Setup, round_index: int) -> None:
    """Set the driven dimension of the driven assistant to its value of a round, if the scenario drives one.

    Done before anything is heard in the round, and again after assistants have learned, so that the policy
    moves the other dimensions only.
    """
    drive = setup.scenario.drive
    if drive is None:
        return
    which = setup.assistant_names.index(drive.assistant)
    dimension = setup.space.names.index(drive.dimension)
    state.assistant_values = state.assistant_values.copy()
    state.assistant_values[which, dimension] = driven_value(drive, round_index)


def driven_value(drive: DriveSpec, round_index: int) -> float:
    """Return the value of a scenario's drive in a round; that of round 0 is its lowest.

    Examples
    --------
    >>> drive = DriveSpec(assistant="one", dimension="care", shape="ramp", speed=0.1)
    >>> driven_value(drive, 0), driven_value(drive, 3)
    (0.0, 0.30000000000000004)
    """
    if drive.shape == "ramp":
        return float(ramp(round_index, speed=drive.speed, low=drive.low, high=drive.high))
    return float(
        triangle(round_index, speed=drive.speed, cycles=drive.cycles, low=drive.low, high=drive.high)
    )
