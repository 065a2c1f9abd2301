"""Samples for pictures of large societies: seeded choices of humans, and rows read one round at a time.

A run of millions of humans is never in memory as a whole: rounds are read one after the other, and of each
only the rows of the humans shown.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.networks.ties import Ties
from coevolve_sim.runs.results import Run
from coevolve_sim.streams import stream

Humans = NDArray[np.int64]

MAX_HUMANS = 20_000
MAX_ROUNDS = 120
BINS = 20
FOLLOWED = 8


def sample_humans(n_humans: int, most: int, seed: int, purpose: str) -> Humans:
    """Return all humans, or a random sample of at most the given size, ascending.

    Examples
    --------
    >>> sample_humans(3, 5, 1, "report").tolist(), sample_humans(100, 2, 1, "report").size
    ([0, 1, 2], 2)
    """
    if n_humans <= most:
        return np.arange(n_humans)
    drawn = stream(seed, purpose).choice(n_humans, size=most, replace=False)
    return np.sort(drawn).astype(np.int64)


def choose_evenly(count: int, most: int) -> NDArray[np.intp]:
    """Return at most the given number of evenly spaced positions, including first and last.

    Examples
    --------
    >>> choose_evenly(10, 4).tolist()
    [0, 3, 6, 9]
    """
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.intp))


def sample_neighbourhood(ties: Ties, most: int, seed: int) -> Humans:
    """Sample the humans in the picture of the network, ascending: all, or a snowball from a random one.

    The sample grows breadth first along at most `FOLLOWED` ties of each human, so that one hub does not fill
    the picture; where it cannot grow, another human is drawn.
    """
    n = ties.n_humans
    if n <= most:
        return np.arange(n)
    rng = stream(seed, "report network")
    reached: set[int] = set()
    waiting: deque[int] = deque()
    while len(reached) < most:
        human = waiting.popleft() if waiting else int(rng.integers(n))
        if human in reached:
            continue
        reached.add(human)
        speakers = ties.indices[ties.indptr[human] : ties.indptr[human + 1]]
        if speakers.size > FOLLOWED:
            speakers = speakers[np.sort(rng.choice(speakers.size, FOLLOWED, replace=False))]
        waiting.extend(speakers.tolist())
    return np.array(sorted(reached), dtype=np.int64)


def read_snapshots(run: Run, humans: Humans) -> dict[int, Floats]:
    """Read the values of some humans at start, middle and end, of the rounds reached so far."""
    shape = (run.n_humans, len(run.dimensions))
    rows = {}
    with run.open_database("snapshots") as connection:
        for round_index, data in connection.execute(
            "SELECT round_index, data FROM snapshots ORDER BY round_index"
        ):
            rows[int(round_index)] = _read_rows(data, shape, humans)
    return rows


@dataclass(frozen=True, eq=False)
class Spread:
    """Distribution of the recorded humans' values in each round.

    Attributes
    ----------
    rounds : int array, shape (rounds,)
        Recorded rounds, at most `MAX_ROUNDS` of them, evenly spaced.
    n_shown, n_recorded : int
        Number of humans counted, and number on record.
    sd : float array, shape (rounds, dimensions)
        Standard deviation of their values.
    shares : float array, shape (rounds, dimensions, bins)
        Share of these humans in each of `BINS` equal bins of [0, 1].
    """

    rounds: NDArray[np.int64]
    n_shown: int
    n_recorded: int
    sd: Floats
    shares: Floats


def measure_spread(run: Run, seed: int) -> Spread | None:
    """Measure the distribution of the recorded humans; None if nobody is on record, or no round yet."""
    recorded, n_dimensions = run.recorded_humans.size, len(run.dimensions)
    with run.open_database("trajectories") as connection:
        found = connection.execute("SELECT round_index FROM trajectories ORDER BY round_index").fetchall()
        if not recorded or not found:
            return None
        rows = sample_humans(recorded, MAX_HUMANS, seed, "report recorded humans")
        rounds = np.array([row[0] for row in found])[choose_evenly(len(found), MAX_ROUNDS)]
        sd, shares = [], []
        for round_index in rounds.tolist():
            data = connection.execute(
                "SELECT data FROM trajectories WHERE round_index = ?", (round_index,)
            ).fetchone()[0]
            values = _read_rows(data, (recorded, n_dimensions), rows)
            sd.append(values.std(axis=0))
            shares.append(count_bin_shares(values))
    return Spread(rounds, rows.size, recorded, np.array(sd), np.array(shares))


def count_bin_shares(values: Floats) -> Floats:
    """Count the share of humans in each bin, shape (dimensions, bins); a value of 1 is in the last bin.

    Examples
    --------
    >>> count_bin_shares(np.array([[0.0], [1.0]]))[0, [0, 19]].tolist()
    [0.5, 0.5]
    """
    n_humans, n_dimensions = values.shape
    bins = np.clip((values * BINS).astype(np.intp), 0, BINS - 1)
    cells = (bins + np.arange(n_dimensions) * BINS).ravel()
    counts = np.bincount(cells, minlength=n_dimensions * BINS)
    shares: Floats = counts.reshape(n_dimensions, BINS) / n_humans
    return shares


def _read_rows(data: bytes, shape: tuple[int, int], humans: Humans) -> Floats:
    """Read some rows of an array on record, without copying the others."""
    rows: Floats = np.frombuffer(data, dtype="<f8").reshape(shape)[humans].astype(np.float64)
    return rows
