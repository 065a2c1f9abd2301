"""Where this machine keeps what is worth keeping from run to run: replies, models, measurements of minds."""

from __future__ import annotations

import os
from pathlib import Path

CACHE_VARIABLE = "COEVOLVE_CACHE"
"""The environment variable that names the folder."""


def cache_folder() -> Path:
    """Return the folder: that in ``COEVOLVE_CACHE``, else one in the user's cache; it need not exist yet."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given)
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "coevolve-sim"
