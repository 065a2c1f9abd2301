"""Type aliases for arrays in signatures; shapes and ranges are given in docstrings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Double-precision numbers."""

Indices = NDArray[np.intp]
"""Integer positions of humans, assistants, dimensions or rows."""

Kept = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.uint8]
"""State kept from round to round and restored bit for bit when a run is resumed."""
