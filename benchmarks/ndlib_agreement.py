"""NDlib beside `coevolve_sim`: the rows of `coevolve verify --ndlib`, alone, and the environment they need.

    python benchmarks/ndlib_agreement.py [--quick]        the rows
    python benchmarks/ndlib_agreement.py --settled SEEDS  algorithmic bias once settled, mean and sd of NDlib
    python benchmarks/ndlib_agreement.py --where          the environment's Python; nothing if there is none

NDlib lives in an environment of its own, ``.venv-ndlib`` beside this folder, or the one whose Python
``NDLIB_PYTHON`` names; it is made unless it is there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np

PACKAGES = ("ndlib==6.0.1", "six", "scikit-learn")
"""NDlib does not import without the last two."""


def environment() -> Path:
    """Return where the Python of the environment with NDlib is, or would be."""
    place = Path(__file__).resolve().parents[1] / ".venv-ndlib" / "bin" / "python"
    return Path(os.environ.get("NDLIB_PYTHON", place))


def ndlib_python() -> Path | None:
    """Return the Python of an environment with NDlib, made unless it is there; None if it cannot be."""
    place = environment()
    done = place.parents[1] / ".installed"
    try:
        if not place.exists():
            venv.create(place.parents[1], with_pip=True)
        if not done.exists() and not _imports(place):
            install = [place, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
            subprocess.run(install, check=True, timeout=600, stdout=sys.stderr)
            done.touch()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"NDlib is not at hand: {error}", file=sys.stderr)
        return None
    return place


def _imports(place: Path) -> bool:
    tried = subprocess.run([place, "-c", "import ndlib.models.opinions"], capture_output=True, check=False)
    return tried.returncode == 0


def settled(python: Path, seeds: int) -> None:
    """Print the effective clusters that NDlib settles at, with its least distance raised to 1e-3."""
    from coevolve_sim.evaluation.verification.ndlib_comparison import (
        ask_ndlib,
        build_setting,
        count_effective_clusters,
    )

    asked = [
        {"setting": build_setting(bias, rounds, 1e-3), "seeds": seeds}
        for bias, rounds in ((0.0, 60), (1.2, 200))
    ]
    found = ask_ndlib(python, {"algorithmic_bias": asked})
    if isinstance(found, str):
        sys.exit(found)
    for one, runs in zip(asked, found["algorithmic_bias"], strict=True):
        counts = count_effective_clusters(runs)
        mean, sd = np.mean(counts), np.std(counts, ddof=1)
        print(f"bias {one['setting']['bias']:g}: mean {mean:.4f}, sd {sd:.4f}, {seeds} seeds")


def main() -> int:
    """Print what is asked for; 1 if a row fails or is not run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer seeds")
    parser.add_argument("--settled", type=int, metavar="SEEDS", help="NDlib once settled, over so many seeds")
    parser.add_argument("--where", action="store_true", help="only say where the environment's Python is")
    given = parser.parse_args()
    python = ndlib_python()
    if given.where:
        print(python or "")
        return 0
    if given.settled and python is not None:
        settled(python, given.settled)
        return 0
    from coevolve_sim.evaluation.verification.ndlib_comparison import compare_with_ndlib

    rows = compare_with_ndlib(python, quick=given.quick)
    for row in rows:
        print(f"{row.key}: {row.measured or 'nothing measured'}, {row.verdict}\n    {row.reason}")
    return 0 if all(row.verdict == "passed" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
