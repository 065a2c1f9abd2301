"""The two schedules against floors, SciPy, a lean Mesa model and NDlib."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mesa
import numba
import numpy as np
from measuring import Timing, network, side_by_side
from ndlib_agreement import ndlib_python
from scipy import sparse

from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import (
    Meetings,
    Susceptibility,
    fast_encounters,
    kernels,
    update_pairwise,
    update_synchronously,
)

CONFIDENCE, RATE, KEY = 0.2, 0.5, np.uint64(7)
HERE = Path(__file__).parent
LEAN_HUMANS = 10_000
ONE = np.uint64(1)  # an unsigned index plus a signed 1 would be a float


@numba.njit(nogil=True)
def gather_sums(first, last, values, indptr, indices, out):  # type: ignore[no-untyped-def]
    """Sum what each listener hears: the gathers and sums of averaging, with no rule."""
    total = np.empty(values.shape[1])
    for i in range(np.uint64(first), np.uint64(last)):
        total[:] = 0.0
        for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + ONE])):
            heard = values[np.uint64(indices[k])]
            for d in range(np.uint64(values.shape[1])):
                total[d] += heard[d]
        for d in range(np.uint64(values.shape[1])):
            out[i, d] = total[d]


@numba.njit(nogil=True)
def gather_sums_of_numbers(first, last, own, indptr, indices, out):  # type: ignore[no-untyped-def]
    """As `gather_sums` in one dimension."""
    for i in range(np.uint64(first), np.uint64(last)):
        total = 0.0
        for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + ONE])):
            total += own[np.uint64(indices[k])]
        out[i] = total


@numba.njit
def gather_pairs(x, listeners, speakers):  # type: ignore[no-untyped-def]
    """Read and write both rows of pairs drawn beforehand: the pairwise schedule with no rule and no draws."""
    for b in range(np.uint64(listeners.size)):
        i, j = np.uint64(listeners[b]), np.uint64(speakers[b])
        for d in range(np.uint64(x.shape[1])):
            x[i, d], x[j, d] = x[j, d], x[i, d]


def scipy_average(x: np.ndarray, ties: Ties) -> np.ndarray:
    """Return one round of Hegselmann-Krause as SciPy does it best: a matrix of who is near."""
    gaps = x[ties.indices] - x[ties.listeners]
    near = np.einsum("kd,kd->k", gaps, gaps) <= CONFIDENCE**2 * x.shape[1]
    matrix = sparse.csr_array((near.astype(float), ties.indices, ties.indptr), shape=(len(x),) * 2)
    return (1 - RATE) * x + RATE * (matrix @ x + x) / (matrix.sum(axis=1) + 1.0)[:, None]


def scipy_pairs(x: np.ndarray, ties: Ties, rng: np.random.Generator) -> None:
    """Let as many pairs meet as there are humans, in batches of a hundredth of them without conflicts."""
    n = len(x)
    for _ in range(100):
        i = rng.integers(0, n, n // 100)
        j = ties.indices[ties.indptr[i] + (rng.random(i.size) * ties.degrees[i]).astype(np.int64)]
        members, counts = np.unique(np.concatenate([i, j]), return_counts=True)
        once = np.isin(i, members[counts == 1]) & np.isin(j, members[counts == 1])
        i, j = i[once], j[once]
        gap = x[j] - x[i]
        gap *= RATE * ((gap**2).mean(axis=1, keepdims=True) <= CONFIDENCE**2)
        x[i] += gap
        x[j] -= gap


class Person(mesa.Agent):
    """A person of a lean Mesa model of one dimension."""

    def __init__(self, model: mesa.Model, value: float) -> None:
        super().__init__(model)
        self.value = self.next = value
        self.neighbours: list[Person] = []

    def average(self) -> None:
        """Look at the near."""
        own = self.value
        near = [p.value for p in self.neighbours if abs(p.value - own) <= CONFIDENCE]
        self.next = own + RATE * ((sum(near) + own) / (len(near) + 1) - own)

    def adopt(self) -> None:
        """Take the new value."""
        self.value = self.next

    def meet(self) -> None:
        """Meet a neighbour, both moving."""
        if self.neighbours:
            other = self.random.choice(self.neighbours)
            gap = other.value - self.value
            if abs(gap) <= CONFIDENCE:
                self.value += RATE * gap
                other.value -= RATE * gap


def lean_mesa(ties: Ties, x: np.ndarray) -> mesa.Model:
    """Return a Mesa model with one agent a person and nothing else."""
    model = mesa.Model(rng=1)
    people = [Person(model, float(value)) for value in x[:, 0]]
    for i, person in enumerate(people):
        person.neighbours = [people[j] for j in ties.indices[ties.indptr[i] : ties.indptr[i + 1]]]
    return model


def pairs_of(family: str, humans: int, dimensions: int) -> tuple[int, dict[str, Timing]]:
    """Time one pair a human; return pairs and times."""
    ties, rng = network(family, humans), np.random.default_rng(1)
    start = rng.random((humans, dimensions))
    x, y = start.copy(), start.copy()
    how = (ties.indptr, ties.indices, ties.complete)
    listening = Susceptibility.of(humans, confidence=CONFIDENCE, rate=RATE)
    drawn = [np.empty(humans, np.uint32), np.empty(humans, np.uint32)]
    fast_encounters.draw_pairs(
        KEY, 0, humans, humans, *how, *drawn, np.empty(humans), np.empty(humans, np.int64)
    )
    actions = {
        "ours": lambda: update_pairwise(start, ties, listening, Meetings(humans, KEY), both_move=True),
        "floor": lambda: gather_pairs(x, *drawn),
    }
    if humans <= 100_000:
        actions["scipy"] = lambda: scipy_pairs(y, ties, rng)
    if dimensions == 1 and humans <= LEAN_HUMANS:
        model = lean_mesa(ties, start)
        actions["mesa"] = lambda: model.agents.shuffle_do("meet")
    return humans, side_by_side(actions)


def averages_of(family: str, humans: int, dimensions: int) -> tuple[int, dict[str, Timing]]:
    """Time one synchronous round; return ties and times."""
    ties, rng = network(family, humans), np.random.default_rng(1)
    x = rng.random((humans, dimensions))
    out, copied = np.empty_like(x), np.empty_like(x)
    listening = Susceptibility.of(humans, confidence=CONFIDENCE, rate=RATE)
    couplings = (listening.confidence, listening.rate)
    rows = (ties.indptr, ties.indices)
    if dimensions == 1:
        kernel = lambda: kernels.average_one_dimension(0, humans, x, x, *rows, *couplings, 1.0, True, out)  # noqa: E731
        floor = lambda: gather_sums_of_numbers(0, humans, x[:, 0], *rows, out[:, 0])  # noqa: E731
    else:
        plain = (None, False, *couplings, None, 1.0, True)  # no weights, no full mixing, no repulsion
        kernel = lambda: kernels.average_joint(0, humans, x, x, *rows, *plain, out)  # noqa: E731
        floor = lambda: gather_sums(0, humans, x, *rows, out)  # noqa: E731
    actions = {
        "kernel": kernel,
        "floor": floor,
        "ours": lambda: update_synchronously(x, ties, listening),
        "copy": lambda: np.copyto(copied, x),
    }
    if humans <= 100_000:
        actions["scipy"] = lambda: scipy_average(x, ties)
    if dimensions == 1 and humans <= LEAN_HUMANS:
        agents = lean_mesa(ties, x).agents
        actions["mesa"] = lambda: agents.do("average").do("adopt")
    times = side_by_side(actions)
    bytes_once = 2 * x.nbytes + ties.indptr.nbytes + ties.indices.nbytes + 2 * listening.rate.nbytes
    seconds_of_bytes = times["copy"].median * bytes_once / (2 * x.nbytes)
    times["bytes"] = Timing(seconds_of_bytes, times["copy"].spread)
    return ties.n_ties, times


def ndlib() -> dict[str, float] | str:
    """Return NDlib's interactions a second, or why there are none.

    NDlib lives in an environment of its own: see `ndlib_agreement`.
    """
    place = ndlib_python()
    if place is None:
        return "left out: no environment with NDlib"
    try:
        done = subprocess.run(
            [place, HERE / "ndlib_speed.py"], check=True, capture_output=True, text=True, timeout=300
        )
    except (OSError, subprocess.SubprocessError) as error:
        print(f"NDlib is left out: {error}", file=sys.stderr)
        return f"left out: {type(error).__name__}"
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
