"""What arrays are called in signatures; shapes and ranges stand in docstrings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Numbers, in double precision."""

Indices = NDArray[np.intp]
"""Numbers of humans, assistants, dimensions or rows."""

Kept = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.uint8]
"""What is kept from round to round, and comes back bit for bit."""
