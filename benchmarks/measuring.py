"""How the benchmarks take times: side by side, in turns, medians with their spread.

Everything compared runs in one thread (but for `two_threads`), so it is processor time that is taken: waiting
for a busy machine, or for a disk, is not in it.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coevolve_sim import networks, threads
from coevolve_sim.networks.ties import Ties
from coevolve_sim.scenario import loads

threads.set_threads(1)
REPEATS = 5
FAMILIES = {
    "WS": "{family: watts_strogatz, degree: 10, rewiring: 0.1}",
    "BA": "{family: barabasi_albert, attachments: 5}",
}


@dataclass(frozen=True)
class Timing:
    """Median of several times in seconds, and half the distance between their quartiles over it."""

    median: float
    spread: float


def side_by_side(actions: Mapping[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, Timing]:
    """Return the time of each action, once warm, taken in turns so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    often = {name: _often_enough(action) for name, action in actions.items()}
    for _ in range(repeats):
        for name, action in actions.items():
            began = time.process_time()
            for _ in range(often[name]):
                action()
            taken[name].append((time.process_time() - began) / often[name])
    return {name: of(times) for name, times in taken.items()}


def _often_enough(action: Callable[[], object]) -> int:
    """Return how many calls, once warm, take some 20 ms: what is quick is not to be measured cold."""
    action()
    began = time.process_time()
    action()
    return min(200, 1 + int(0.02 / max(time.process_time() - began, 1e-6)))


def of(times: list[float]) -> Timing:
    """Return the median and relative spread of times."""
    median = statistics.median(times)
    low, high = np.quantile(times, [0.25, 0.75])
    return Timing(median, float(high - low) / 2 / median)


def network(family: str, humans: int) -> Ties:
    """Return a network of mean degree 10."""
    text = f"{{name: bench, rounds: 1, network: {FAMILIES[family]}}}"
    return networks.build(loads(text).network, humans, 1)


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "processor unknown"
