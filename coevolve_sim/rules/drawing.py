"""Draws inside a compiled loop: a counter-based generator without state.

Draw number *k* under a key is a hash of ``key + (k + 1) * golden`` (SplitMix64 [Steele2014]_), so a
kernel needs no generator object, the plain twin draws the very same numbers, and nothing depends on
the order in which draws are made.
"""

from __future__ import annotations

import numba
import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31, _SHIFT_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0
_ONE = np.uint64(1)


@numba.njit(cache=True, inline="always")  # type: ignore[untyped-decorator, unused-ignore]
def uniform(key: np.uint64, index: int) -> float:
    """Return draw number ``index`` (from 0) under a key, in [0, 1)."""
    z = key + _GOLDEN * (np.uint64(index) + _ONE)
    z = (z ^ (z >> _SHIFT_30)) * _MIX_1
    z = (z ^ (z >> _SHIFT_27)) * _MIX_2
    z = z ^ (z >> _SHIFT_31)
    return float(z >> _SHIFT_11) * _UNIT


def uniform_plain(key: int, index: int) -> float:
    """Return what `uniform` returns, in plain Python.

    Examples
    --------
    >>> uniform_plain(7, 3) == uniform(np.uint64(7), 3)
    True
    """
    mask = 0xFFFF_FFFF_FFFF_FFFF
    z = (int(key) + int(_GOLDEN) * (index + 1)) & mask
    z = ((z ^ (z >> 30)) * int(_MIX_1)) & mask
    z = ((z ^ (z >> 27)) * int(_MIX_2)) & mask
    z ^= z >> 31
    return (z >> 11) * _UNIT
