"""Pin the golden runs anew in this environment: ``make golden``."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.golden.golden_runs import BASE, RUNS
from tests.golden.pinned import (
    difference,
    digest_in,
    environment,
    read_digests,
    read_values,
    values_of,
    write_digests,
    write_values,
)


def pin(entries, name, where, digest, *, agrees):
    """Return entries with a run pinned in an environment, and whether the run changed.

    A run changed if its digest here is another than was pinned here, or if its values are others than were
    pinned anywhere. Then what other environments have of it is of the past, and is dropped; and so is what
    they have by another algorithm of digests.

    Parameters
    ----------
    entries : list of dict
        As of `read_digests`; not modified.
    name, where, digest : str, dict, str
        The run, the environment and what it has there.
    agrees : bool
        Whether its values are the pinned ones.
    """
    before = digest_in(entries, name, where)
    changed = not agrees or before not in {None, digest}
    kept = [
        {"environment": entry["environment"], "digests": _without(entry["digests"], name, digest, changed)}
        for entry in entries
    ]
    own = next((entry for entry in kept if entry["environment"] == where), None)
    if own is None:
        own = {"environment": where, "digests": {}}
        kept.append(own)
    own["digests"][name] = digest
    return [entry for entry in kept if entry["digests"]], changed


def _without(digests, name, now, drops):
    return {
        run: digest
        for run, digest in digests.items()
        if run != name or not (drops or _algorithm(digest) != _algorithm(now))
    }


def _algorithm(digest):
    return digest.rpartition(":")[0]


def main():
    """Make every run that can be made here, and pin it."""
    entries, values = read_digests(), read_values()
    for name in RUNS if find_spec("torch") else BASE:
        with tempfile.TemporaryDirectory() as folder:
            run = RUNS[name](Path(folder))
            found, digest = values_of(run), run.digest()
        where, told = environment(name), difference(name, found, values.get(name, {}))
        new, known = name not in values, digest_in(entries, name, where) is not None
        entries, changed = pin(entries, name, where, digest, agrees=not told)
        if changed:
            values[name] = found
        print(f"{name}: {_outcome(new, known, changed, told)}")  # noqa: T201 - it is a command
    write_digests(entries)
    write_values(values)


def _outcome(new, known, changed, told):
    if new:
        return "pinned for the first time"
    if changed:
        return f"changed ({told or 'values are as they were'}); CHANGELOG.md is owed a line that says why"
    return "as it was" if known else "pinned in an environment not seen before; values are as they were"


if __name__ == "__main__":
    main()
