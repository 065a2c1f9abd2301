"""`coevolve verify`, as its user types it; the checks are a few here."""

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.evaluation import verification
from coevolve_sim.evaluation.verification import Check, CheckRow, Independent, figure
from coevolve_sim.evaluation.verification.outcome import read_verification

GOOD = CheckRow("good", "what holds", (1.0,), (1.0,), 0.1, "arithmetic", "DeGroot1974")
BAD = CheckRow("bad", "what does not", (1.0,), (2.0,), 0.1, "arithmetic", "DeGroot1974")


@pytest.fixture
def verify(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(figure, "HUMANS", 30)

    def type_(*arguments, rows=(GOOD,)):
        check = Check("a few", lambda *, quick: list(rows))
        monkeypatch.setattr(verification, "list_checks", lambda facebook=None, ndlib_python=None: (check,))
        return CliRunner().invoke(app, ["verify", "--quick", *arguments], env={"COLUMNS": "200"})

    return type_


@pytest.mark.long
def test_it_prints_a_table_and_writes_data_and_a_page(verify, tmp_path):
    said = verify()
    assert said.exit_code == 0, said.output
    assert "1 passed, 0 failed, 0 differs, 0 not run" in said.stdout
    assert "verifying 1/1 a few" in said.stderr
    folder = tmp_path / "results" / "verify"
    assert read_verification(folder / "verify.json").rows == (GOOD,)
    page = (folder / "verify.html").read_text(encoding="utf-8")
    assert "what holds" in page
    assert "data:image/" in page
    assert (folder / "figures" / "bifurcation.png").stat().st_size > 1000


def test_a_failed_row_is_exit_code_6_and_is_written(verify, tmp_path):
    said = verify("--json", "--results", str(tmp_path / "other"), rows=(GOOD, BAD))
    assert said.exit_code == 6
    assert json.loads(said.stdout)["counts"] == {"passed": 1, "failed": 1, "differs": 0, "not run": 0}
    assert not read_verification(tmp_path / "other" / "verify" / "verify.json").ok


@pytest.mark.long
def test_a_row_not_run_is_no_failure(verify):
    absent = CheckRow("absent", "not at hand", (0.0,), (), 0.1, "not run: no file", "DeGroot1974")
    assert verify(rows=(GOOD, absent)).exit_code == 0


def test_a_row_that_differs_as_an_independent_implementation_does_is_no_failure(verify, tmp_path):
    other = Independent((2.05,), 0.1, 0.5, "Somebody else.")
    differs = CheckRow(
        "doubt", "in doubt", (1.0,), (2.0,), 0.1, "arithmetic", "DeGroot1974", independent=other
    )
    said = verify("--json", rows=(GOOD, differs))
    assert said.exit_code == 0
    assert json.loads(said.stdout)["counts"] == {"passed": 1, "failed": 0, "differs": 1, "not run": 0}
    assert "Somebody else." in (tmp_path / "results" / "verify" / "verify.html").read_text(encoding="utf-8")


def test_a_python_for_ndlib_that_is_not_there_is_refused(verify):
    said = verify("--ndlib", "nosuch/python")
    assert said.exit_code == 5
    assert "nosuch/python is no file; --ndlib names the Python" in said.stderr


def test_a_facebook_file_that_is_not_there_is_refused(verify):
    said = verify("--facebook", "nosuch.txt")
    assert said.exit_code == 5
    assert "nosuch.txt is no file" in said.stderr
