"""Processor time of a report, as a command and as the last phase of a run, beside an earlier version's."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from measuring import table

HERE = Path(__file__).resolve().parent.parent
BEFORE = "COEVOLVE_BEFORE"
"""The variable that names a checkout of an earlier version, to be measured in turns with this one."""

TARGET, TIMES = 3.0, 3
LAST_PHASE = """
import sys, time
import coevolve_sim
run = coevolve_sim.open_run(sys.argv[1])
coevolve_sim.run(run.folder / "scenario.yaml", results=sys.argv[2], overrides={"rounds": 2})
began = time.process_time()
run.report()
print(time.process_time() - began)
"""
TEXT = """\
`quickstart_numeric` ({humans} humans, 92 rounds): {pictures} pictures as PNG and SVG, and the page. Processor
time, user and system, median of {times} processes in turns. *Last phase*: in a process that ran a society.

{table}

Target: at most {target:g} s; the most is {most:.1f} s: {verdict}."""


def reports_section() -> str:
    """Return the table of what a report takes, and the verdict."""
    checkouts = {"here": HERE}
    if before := os.environ.get(BEFORE):
        checkouts["before"] = Path(before).resolve()
    with tempfile.TemporaryDirectory() as folder:
        _call(HERE, "-m", "coevolve_sim", "run", "quickstart_numeric", "--results", folder)
        (run,) = Path(folder).iterdir()
        seconds: dict[tuple[str, str], list[float]] = {}
        for _ in range(TIMES):
            for name, checkout in checkouts.items():
                seconds.setdefault(("command", name), []).append(_time_command(checkout, run))
                seconds.setdefault(("last phase", name), []).append(_time_last_phase(checkout, run))
        n_pictures = len(list((run / "figures").glob("*.svg")))
    found = {key: median(times) for key, times in seconds.items()}
    rows = []
    for what in ("command", "last phase"):
        here, earlier = found[what, "here"], found.get((what, "before"))
        told = ("", "") if earlier is None else (f"{earlier:.2f} s", f"{here / earlier:.2f}")
        rows.append([what, f"{here:.2f} s", *told])
    most = max(seconds for (_, name), seconds in found.items() if name == "here")
    return TEXT.format(
        humans=400,
        pictures=n_pictures,
        times=TIMES,
        table=table(["report", "here", "version before", "ratio"], rows),
        target=TARGET,
        most=most,
        verdict="met" if most <= TARGET else "missed",
    )


def _call(checkout: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(checkout), "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, check=True, capture_output=True, text=True, cwd="/"
    )
    return done.stdout


def _time_command(checkout: Path, run: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _call(checkout, "-m", "coevolve_sim", "report", str(run))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _time_last_phase(checkout: Path, run: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return float(_call(checkout, "-c", LAST_PHASE, str(run), folder).split()[-1])


if __name__ == "__main__":
    print(reports_section())
