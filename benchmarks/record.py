"""What it costs that a record verifies itself, beside writing it without, and beside a digest by lines."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import Timing, of, side_by_side, table

import coevolve_sim
from coevolve_sim.runs import record
from coevolve_sim.runs.folder import manifest_of
from coevolve_sim.runs.reader import RecordReader
from coevolve_sim.runs.verification import Verification
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

SCENARIO = """
name: bench
rounds: {rounds}
value_space: {{name: axes, dimensions: [a, b, c, d, e]}}
history: {{kind: planted, eras: 10}}
rounds_per_era: 100
network: {{family: watts_strogatz, degree: 10, rewiring: 0.1}}
population: {{humans: {humans}}}
assistants: [{{name: assistant}}]
measures: {{names: [variance]}}
mesa: {{agents: never}}
"""


@contextmanager
def without_a_chain() -> Iterator[None]:
    """Write records without digests meanwhile."""
    kept = {name: getattr(record, name) for name in ("digest_rows", "digest_checkpoint", "seal_round")}
    record.digest_rows = record.digest_checkpoint = lambda *_: b""  # type: ignore[assignment]
    record.seal_round = lambda *_: None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(record, name, function)


def writing_of(world: Society, rounds: int) -> float:
    """Return the processor time of writing a round of a society, over some rounds of the same state."""
    with tempfile.TemporaryDirectory() as folder:
        record.create(Path(folder), manifest_of(world.setup, []), world.setup)
        writer = record.RecordWriter(Path(folder), world.setup)
        began = time.process_time()
        for round_index in range(rounds):
            world.state.round_index = round_index
            writer.write_round(world.state, world.log, world.measures, world.group_means())
        taken = time.process_time() - began
        writer.close()
    return taken / rounds


def chain_over_record(humans: int, rounds: int, repeats: int = 5) -> Timing:
    """Return the time of writing a round over that of writing it without a chain, in turns."""
    world = Society(loads(SCENARIO.format(humans=humans, rounds=1000)), with_objects=False)
    _ = writing_of(world, rounds)
    ratios = []
    for _ in range(repeats):
        whole = writing_of(world, rounds)
        with without_a_chain():
            ratios.append(whole / writing_of(world, rounds))
    return of(ratios)


def digest_over(humans: int, rounds: int) -> tuple[float, float]:
    """Return the time of a digest over that of one by lines, and over that of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = loads(SCENARIO.format(humans=humans, rounds=rounds))
        run = coevolve_sim.run(scenario, results=folder)
        content = {"format": "1"}

        def by_lines() -> None:
            with RecordReader(run.folder).open_database() as connection:
                Verification(run.folder).digest_of_old(connection, content)

        times = side_by_side({"blocks": lambda: RecordReader(run.folder).digest(), "lines": by_lines})
        world = Society(scenario, with_objects=False)
        began = time.process_time()
        while not world.is_finished:
            world.step()
            _ = world.measures
        alone = time.process_time() - began
    blocks = times["blocks"].median
    return blocks / times["lines"].median, blocks / alone


def measured_table(sizes: tuple[tuple[int, int], ...] = ((100, 100), (10_000, 20), (1_000_000, 3))) -> str:
    """Return the table of what the chain and a digest cost."""
    rows = []
    for humans, rounds in sizes:
        chain, (lines, alone) = chain_over_record(humans, rounds), digest_over(humans, rounds)
        cells = [f"{chain.median:.2f} ±{100 * chain.spread:.0f}", f"{lines:.2f}", f"{alone:.2f}"]
        rows.append([f"{humans:,}", str(rounds), *cells])
    return table(["humans", "rounds", "chain", "digest over lines", "digest over rounds"], rows)
