"""Keep a small finished run of the present format as test data: ``python -m tests.runs.keep_format``.

Run once for each format, by the code that writes it. The run has words, an assistant and a network file.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import coevolve_sim

FORMATS = Path(__file__).parent / "data" / "formats"
SCENARIO = """
name: kept
seed: 3
rounds: 3
value_space: {name: village, dimensions: [thrift]}
history: {kind: planted, shape: linear, eras: 4}
network: {family: ring, degree: 2}
population: {humans: 4, groups: [{name: all, adoption: 1.0}]}
channel: {kind: language}
minds: [{kind: scripted}]
assistants: [{name: helper, policy: {kind: lifelong, rate: 0.5}}]
interventions: [{round: 2, action: rewire, fraction: 0.5}]
"""


def main() -> None:
    """Make the run and keep its folder, but for its lock, in one file named by the format."""
    from coevolve_sim.runs.schema import VERSION

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "kept.yaml"
        path.write_text(SCENARIO, encoding="utf-8")
        run = coevolve_sim.run(path, results=Path(place) / "results")
        (run.folder / "run.lock").unlink()
        print(run.digest())  # noqa: T201 - it is a command
        shutil.make_archive(str(FORMATS / f"format-{VERSION}"), "zip", run.folder)


if __name__ == "__main__":
    main()
