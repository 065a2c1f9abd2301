"""What is pinned of the golden runs: digests by environment, and values for environments not seen before.

A digest is equal only where every bit is, so it is pinned together with what may move a last bit: processor
features and versions of libraries. Elsewhere the values of a run are compared, to 1e-9.
"""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata
from pathlib import Path

import numpy as np

from tests.golden.golden_runs import RUNS, WITH_TORCH

DIGESTS = Path(__file__).with_name("digests.json")
VALUES = Path(__file__).with_name("values.npz")

TOLERANCE = 1e-9
OWN_TOLERANCE = {"weights_that_learn": 1e-3}
"""Adapters are trained in float32, and Adam divides by small numbers: with AVX-512 and AVX2 their weights
differ by .03, where the largest is .13. What they say is the likeliest words, and so no value changed at all
with AVX-512, with AVX2 or with neither. Where other words come out, values differ by more than any tolerance:
then try the commit before, to tell the processor from the code."""

LIBRARIES = ("llvmlite", "networkx", "numba", "numpy", "scipy")
LIBRARIES_WITH_TORCH = ("peft", "tokenizers", "torch", "transformers")


def environment(name):
    """Return what a last bit of a run may hang on, in words."""
    return _numeric_environment() | (_torch_environment() if name in WITH_TORCH else {})


def _numeric_environment():
    import llvmlite.binding
    import numba

    numpy_is = np.show_config(mode="dicts")
    simd, blas = numpy_is["SIMD Extensions"], numpy_is["Build Dependencies"]["blas"]
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "libraries": _versions(LIBRARIES),
        "blas": f"{blas.get('name')} {blas.get('version')} {os.environ.get('OPENBLAS_CORETYPE', '')}".strip(),
        "numpy's processor features": " ".join([*simd.get("baseline", ()), *simd.get("found", ())]),
        "numba's processor": numba.config.CPU_NAME or llvmlite.binding.get_host_cpu_name(),
    }


def _torch_environment():
    import torch

    return {
        "libraries with torch": _versions(LIBRARIES_WITH_TORCH),
        "torch's processor features": torch.backends.cpu.get_cpu_capability(),
    }


def _versions(names):
    return " ".join(f"{name}={metadata.version(name)}" for name in names)


# --- what is read of a run -----------------------------------------------------------------------


def values_of(run):
    """Return the numbers of a run that are compared where its digest cannot be."""
    by_dimension = run.measures_by_dimension.sort_values(["round", "measure", "dimension"])
    return {
        "humans": run.trajectory_arrays()[2],
        "means": run.means[list(run.dimensions)].to_numpy(float),
        "measures": run.measures.sort_index(axis=1).to_numpy(float),
        "measures by dimension": by_dimension["value"].to_numpy(float),
        "summary": run.summary["value"].to_numpy(float),
        "perceived": run.hearings["perceived"].to_numpy(float),
    }


def difference(name, found, pinned):
    """Return in words how values differ by more than a run's tolerance; nothing where they do not.

    Parameters
    ----------
    name : str
        Of the run, for its tolerance.
    found, pinned : mapping of str to float array
        As of `values_of`; nan equals nan.
    """
    tolerance = OWN_TOLERANCE.get(name, TOLERANCE)
    if sorted(found) != sorted(pinned):
        return f"there is {sorted(found)}, pinned is {sorted(pinned)}"
    for part, values in found.items():
        if values.shape != pinned[part].shape:
            return f"{part} has shape {values.shape}, pinned is {pinned[part].shape}"
        if not np.allclose(values, pinned[part], rtol=0.0, atol=tolerance, equal_nan=True):
            return f"{part} differs by {_greatest(values, pinned[part])}; {tolerance:g} is allowed"
    return ""


def _greatest(values, pinned):
    gaps = np.abs(values - pinned)
    gaps[np.isnan(values) & np.isnan(pinned)] = 0.0
    return "a number where none was, or none where one was" if np.isnan(gaps).any() else f"{gaps.max():.3g}"


# --- the files -----------------------------------------------------------------------------------


def read_digests():
    """Return the pinned entries, each an environment and its digests by run."""
    return json.loads(DIGESTS.read_text(encoding="utf-8")) if DIGESTS.exists() else []


def write_digests(entries):
    """Write entries, digests in the order of runs."""
    ordered = [
        entry | {"digests": {name: entry["digests"][name] for name in RUNS if name in entry["digests"]}}
        for entry in entries
    ]
    DIGESTS.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")


def digest_in(entries, name, where):
    """Return the digest of a run in an environment, or None where it is not pinned."""
    found = (entry["digests"].get(name) for entry in entries if entry["environment"] == where)
    return next((digest for digest in found if digest is not None), None)


def read_values():
    """Return the pinned values: a mapping of run to a mapping of part to array."""
    values = {}
    if VALUES.exists():
        with np.load(VALUES) as kept:
            for key in kept.files:
                name, part = key.split("/")
                values.setdefault(name, {})[part] = kept[key]
    return values


def write_values(values):
    """Write values, runs in their order."""
    flat = {f"{name}/{part}": array for name in RUNS for part, array in values.get(name, {}).items()}
    np.savez_compressed(VALUES, **flat)


# --- judging a run -------------------------------------------------------------------------------


def judge(name, run):
    """Hold a run to what is pinned of it.

    Returns
    -------
    str
        Empty where digests were compared; else that only values were, and how closely.

    Raises
    ------
    AssertionError
        If the run changed.
    """
    pinned = digest_in(read_digests(), name, environment(name))
    if pinned is not None:
        assert run.digest() == pinned, _changed(name, f"its digest is {run.digest()}, pinned is {pinned}")
        return ""
    told = difference(name, values_of(run), read_values().get(name, {}))
    assert not told, _changed(name, f"{told} (by values: no digest is pinned for this environment)")
    return f"{name}: no digest for this environment; values agree to {OWN_TOLERANCE.get(name, TOLERANCE):g}"


def _changed(name, how):
    return (
        f"the run '{name}' changed: {how}. If that is on purpose, run `make golden`, commit what it wrote, "
        "and say why in a line of CHANGELOG.md; if not, mend what changed it."
    )
