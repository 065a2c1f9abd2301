"""Runs that version 0.1.0 began and did not finish: open to read, closed to go on with.

The two records under ``data/`` were written by 0.1.0 and interrupted after round 3 of 6: eight humans who
exchange numbers, and four who talk through the scripted mind. Digests are what 0.1.0 itself said of them.
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError

pytestmark = pytest.mark.sdist

DATA = Path(__file__).parent / "data" / "begun_with_0.1.0"
DIGESTS = {
    "numbers": "lines-sha256-v1:41aa46cdc9033229446a58ee97459c65c2cdb3fec024dd8b10a872338f7196b3",
    "words": "lines-sha256-v1:e6f569e12c0ad919a391a73218187188e962edde746750689e19c3bf720e7cb5",
}


@pytest.fixture(params=DIGESTS)
def old(request, tmp_path):
    """Return the folder of an old run: a copy, which may be written."""
    return Path(shutil.copytree(DATA / request.param, tmp_path / request.param))


def test_it_opens_with_all_that_it_held(old):
    run = coevolve_sim.open_run(old)
    assert json.loads(run.manifest["versions"])["coevolve-sim"] == "0.1.0"
    assert (run.status, run.n_rounds_finished, run.n_rounds) == ("interrupted", 3, 6)
    assert run.digest() == DIGESTS[old.name]
    assert run.scenario.name == f"{old.name}_of_0_1_0"
    assert list(run.measures.index) == [0, 1, 2, 3]
    assert run.trajectories[list(run.dimensions)].notna().all(axis=None)
    spoken = {"numbers": set(), "words": {1, 2, 3}}
    assert set(run.messages["round"]) == spoken[old.name]


def test_it_shows(old):
    shown = CliRunner().invoke(app, ["show", str(old)])
    assert shown.exit_code == 0, shown.output
    assert "interrupted, 3 of 6 rounds" in shown.output
    assert DIGESTS[old.name] in shown.output.replace("\n", "")


def test_it_exports(old):
    written = coevolve_sim.open_run(old).export()
    assert {"trajectories.parquet", "measures.csv", "run.nc"} <= {path.name for path in written}
    assert all(path.stat().st_size for path in written if path.is_file())


@pytest.mark.long
def test_it_is_reported(old):
    page = coevolve_sim.open_run(old).report()
    text = page.read_text(encoding="utf-8")
    assert f"{old.name}_of_0_1_0" in text
    assert "0.1.0" in text


def test_it_is_not_gone_on_with_and_the_reason_is_its_version(old):
    reason = (
        f"{old} was begun with coevolve-sim 0.1.0; with {coevolve_sim.__version__} it might not go on to the "
        "same bytes. Resume it with coevolve-sim 0.1.0, or run it anew"
    )
    with pytest.raises(RecordError, match=f"^{re.escape(reason)}$"):
        coevolve_sim.resume(old)
    refused = CliRunner().invoke(app, ["resume", str(old)])
    assert refused.exit_code == 5
    assert reason in refused.stderr
    assert coevolve_sim.open_run(old).digest() == DIGESTS[old.name], "a refusal writes nothing"
