"""A whole round (history, exchange, consultation, learning, measures, record) over its kernel."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from measuring import Timing, of, side_by_side

import coevolve_sim
from coevolve_sim.rules import kernels
from coevolve_sim.runs.folder import manifest_of
from coevolve_sim.runs.record import RecordWriter, create
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

MEASURES = {
    "cheap": "disagreement_of_individuals, disagreement_of_ties",
    "sorted": "variance, effective_clusters",
}
SCENARIO = """
name: bench
rounds: 100000
value_space: {{name: axes, dimensions: [{dimensions}]}}
history: {{kind: planted, eras: 100}}
rounds_per_era: 1000
network: {{family: watts_strogatz, degree: 10, rewiring: 0.1}}
population: {{humans: {humans}}}
update: {{rule: hegselmann_krause, confidence: {{peer: 0.2}}}}
assistants: [{{name: assistant}}]
measures: {{every: 10, names: [{measures}]}}
record: {{humans: 1000, checkpoint_every: 100}}
mesa: {{agents: never}}
"""


def society(humans: int, dimensions: int, measures: str = "cheap") -> Society:
    """Return a small world of humans who consult one learning assistant."""
    names = ", ".join(f"axis_{i}" for i in range(dimensions))
    text = SCENARIO.format(humans=humans, dimensions=names, measures=MEASURES[measures])
    return Society(loads(text), with_objects=False)


def round_over_kernel(humans: int, dimensions: int, measures: str = "cheap") -> tuple[Timing, Timing, Timing]:
    """Return the time of a recorded round, of the kernel in it, and their ratio, over three tens of rounds.

    The kernel is timed inside the rounds, so both see the same machine.
    """
    world = society(humans, dimensions, measures)
    name = "average_one_dimension" if dimensions == 1 else "average_joint"
    kernel, inside = getattr(kernels, name), [0.0]

    def timed(*arguments: object) -> bool:
        began = time.process_time()
        is_finite: bool = kernel(*arguments)
        inside[0] += time.process_time() - began
        return is_finite

    wholes, kernels_alone = [], []
    setattr(kernels, name, timed)
    try:
        with tempfile.TemporaryDirectory() as folder:
            create(Path(folder), manifest_of(world.setup, []), world.setup)
            writer = RecordWriter(Path(folder), world.setup)
            for _ in range(4):
                inside[0], began = 0.0, time.process_time()
                for _ in range(10):
                    world.step()
                    measured = world.measures if world.is_measured(world.round_index) else None
                    writer.write_round(world.state, world.log, measured, world.group_means())
                wholes.append((time.process_time() - began) / 10)
                kernels_alone.append(inside[0] / 10)
            writer.close()
    finally:
        setattr(kernels, name, kernel)
    pairs = list(zip(wholes[1:], kernels_alone[1:], strict=True))
    return of(wholes[1:]), of(kernels_alone[1:]), of([whole / alone for whole, alone in pairs])


def round_of_a_human(humans: int, dimensions: int) -> float:
    """Return the time of a round without its record, a human: the median of three tens of rounds."""
    world = society(humans, dimensions)
    ten = side_by_side({"ten": lambda: [world.step() for _ in range(10)]}, 3)["ten"]
    return ten.median / 10 / humans


def recorded_quickstart() -> float:
    """Return the time of the recorded quickstart over that of its rounds and measures alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(__file__).parents[1] / "scenarios" / "quickstart_numeric.yaml"
        coevolve_sim.run(file, results=folder)
        began = time.perf_counter()
        run = coevolve_sim.run(file, results=folder)
        whole = time.perf_counter() - began
        world = Society(run.scenario, with_objects=False)
        began = time.perf_counter()
        while not world.is_finished:
            world.step()
        return whole / (time.perf_counter() - began)
