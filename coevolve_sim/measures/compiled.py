"""One way to compile a loop: numba, cached on disk, neither `fastmath` nor `prange`.

Sums are taken in one fixed order, so the same arrays give the same bits on every call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile a loop at its first call and keep the result on disk.

    The loop must stand in a file, beside which its machine code is cached; in a folder that cannot
    be written to, numba falls back on the user's cache folder.
    """
    return cast("Loop", njit(cache=True)(loop))
