"""How loops are compiled, and how compiled loops draw random numbers.

All loops are compiled by numba for one thread, without fastmath, and cached on disk. They let go of Python's
lock, so that several threads can take rows of the same arrays (`coevolve_sim.threads`); the same arrays give
the same bits, whatever the number of threads.

Draw number *c* under a key is a hash of the two (SplitMix64 [Steele2014]_, used as a counter-based
generator). A loop needs no generator object, its reference version in plain Python draws the same numbers,
and numba's own global generator is never used. Keys come from `coevolve_sim.streams.stream_key`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Loop = TypeVar("Loop", bound=Callable[..., Any])

# The constants of SplitMix64. Another value, or another shift below, would change every compiled draw.
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_U11, _U27, _U30, _U31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)

AHEAD = np.uint64(16)
"""How many listeners' rows are fetched into the cache together."""
CACHED = 250_000
"""Arrays up to this many numbers stay mostly in the processor's caches and are not fetched ahead."""
_CACHE_LINE = np.uint64(8)  # float64 in what the processor fetches at once


def compiled(loop: Loop) -> Loop:
    """Compile a loop at its first call and cache the machine code on disk.

    The cache is a folder beside the loop's source file, or the user's cache folder where that one cannot be
    written to.
    """
    # No fastmath, which would let the compiler reorder sums, and no parallel, in which the number of threads
    # would decide the order: either would make a run's bits depend on the machine's load or settings. Threads
    # are Python's, over blocks of rows: docs/decisions/0012 says why.
    return cast("Loop", numba.njit(cache=True, nogil=True)(loop))


@compiled
def fetch_rows(
    values: NDArray[np.float64], rows: NDArray[np.int32], start: np.uint64, stop: np.uint64
) -> float:
    """Read rows that are needed soon, so that the processor loads many of them into its cache at once.

    The sum has no meaning; it keeps the compiler from removing the loop.
    """
    touched = 0.0
    for k in range(start, stop):
        row = values[np.uint64(rows[k])]
        for d in range(np.uint64(0), np.uint64(row.size), _CACHE_LINE):
            touched += row[d]  # one number brings in its whole cache line
    return touched


@compiled
def uniform(key: np.uint64, counter: int | np.uint64) -> float:
    """Return draw number ``counter`` under a key, uniform in [0, 1) with 53 bits.

    References
    ----------
    [Steele2014]_

    Examples
    --------
    >>> key = np.uint64(1)
    >>> uniform(key, 5) == uniform(key, 5), uniform(key, 5) == uniform(key, 6)
    (True, False)
    """
    bits = key + np.uint64(counter) * _GAMMA  # wraps around at 2**64, as SplitMix64 wants
    bits = (bits ^ (bits >> _U30)) * _MIX_1
    bits = (bits ^ (bits >> _U27)) * _MIX_2
    return float((bits ^ (bits >> _U31)) >> _U11) * 2.0**-53  # the upper 53 bits, as many as float64 holds


@compiled
def below(key: np.uint64, counter: int, n: int) -> int:
    """Return draw number ``counter`` under a key, uniform in 0..n-1 (bias at most n / 2**53).

    Examples
    --------
    >>> below(np.uint64(1), 5, 1)
    0
    """
    return int(uniform(key, counter) * n)


def uniform_plain(key: int, counter: int) -> float:
    """Return the same number as `uniform`, computed in plain Python.

    Examples
    --------
    >>> uniform_plain(7, 3) == uniform(np.uint64(7), 3)
    True
    """
    mask = 0xFFFF_FFFF_FFFF_FFFF
    bits = (int(key) + counter * int(_GAMMA)) & mask
    bits = ((bits ^ (bits >> 30)) * int(_MIX_1)) & mask
    bits = ((bits ^ (bits >> 27)) * int(_MIX_2)) & mask
    return float((bits ^ (bits >> 31)) >> 11) * 2.0**-53
