"""What a round costs, as ratios measured side by side in one process; writes ``benchmarks/RESULTS.md``.

The rule alone (compiled) against its best plain formulation in SciPy, and a whole round of the product
(history, exchange, consultation, learning, measures, record) against the rule alone.
"""

from __future__ import annotations

import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse

import coevolve_sim
from coevolve_sim.networks import Ties
from coevolve_sim.rounds import exchange_among_peers
from coevolve_sim.rules import Listening, averaged
from coevolve_sim.runs import VERSIONED
from coevolve_sim.scenario import loads
from coevolve_sim.society import Society
from coevolve_sim.streams import stream

REPEATS = 7
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
measures: {{every: 10, names: [variance, effective_clusters, disagreement_of_ties]}}
mesa: {{agents: never}}
"""


PAGE = """\
# Results

Written by `make bench`: Python {python} on {machine}, {versions}.
Medians of {repeats}; ratios side by side in one run.

Watts-Strogatz network, mean degree 10, Hegselmann-Krause, one learning assistant, three measures every tenth
round. *Ties a second* is the rule alone; *SciPy over rule* how much longer the best plain formulation takes
(one dimension); *round over rule* what a whole round costs against the exchange among peers in it.

| humans | dimensions | ties a second | SciPy over rule | round over rule |
|---|---|---|---|---|
{rows}

The quickstart with its record takes {recorded:.2f} times its rounds and measures alone.
"""


def scipy_average(values: np.ndarray, ties: Ties, confidence: float) -> np.ndarray:
    """Return one round of Hegselmann-Krause in one dimension, as SciPy does it best."""
    x = values[:, 0]
    near = np.abs(x[ties.indices] - x[ties.listeners]) <= confidence
    matrix = sparse.csr_array((near.astype(float), ties.indices, ties.indptr), shape=(x.size, x.size))
    return (0.5 * x + 0.5 * (matrix @ x + x) / (matrix.sum(axis=1) + 1.0))[:, None]


def seconds(action: Callable[[], object]) -> float:
    """Return the median time of an action, once warm."""
    action()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def society(humans: int, dimensions: int) -> Society:
    """Return a small world of humans who consult one learning assistant."""
    names = ", ".join(f"axis_{i}" for i in range(dimensions))
    return Society(loads(SCENARIO.format(humans=humans, dimensions=names)))


def rows() -> list[str]:
    """Measure, and return the rows of the table."""
    table = []
    for humans in (10_000, 100_000):
        for dimensions in (1, 10):
            world = society(humans, dimensions)
            x = stream(1, "bench").random((humans, dimensions))
            listening, ties = Listening.of(humans, confidence=0.2, rate=0.5), world.state.ties
            rule = seconds(lambda x=x, t=ties, how=listening: averaged(x, t, how))
            plain = seconds(lambda x=x, t=ties: scipy_average(x, t, 0.2)) / rule if dimensions == 1 else None
            exchange = seconds(lambda w=world: exchange_among_peers(w.state, w.foundation, 1))
            ten = seconds(lambda w=world: [w.step() for _ in range(10)])
            against = "" if plain is None else f"{plain:.1f}"
            ties_a_second = ties.n_ties / rule
            table.append(
                f"| {humans:,} | {dimensions} | {ties_a_second:.2g} | {against} | {ten / 10 / exchange:.2f} |"
            )
    return table


def recorded() -> float:
    """Return the time of the recorded quickstart over that of its rounds alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(__file__).parents[1] / "scenarios" / "quickstart.yaml"
        coevolve_sim.run(file, results=folder)
        began = time.perf_counter()
        run = coevolve_sim.run(file, results=folder)
        whole = time.perf_counter() - began
        world = Society(run.scenario)
        began = time.perf_counter()
        while not world.is_finished:
            world.step()
        return whole / (time.perf_counter() - began)


def main() -> None:
    """Write the results."""
    from importlib import metadata

    versions = ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONED)
    text = PAGE.format(
        python=platform.python_version(),
        machine=platform.machine(),
        versions=versions,
        repeats=REPEATS,
        rows="\n".join(rows()),
        recorded=recorded(),
    )
    (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
