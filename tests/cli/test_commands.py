"""The command line, as its user types it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.listing import measures_page, rows_of
from coevolve_sim.cli.main import app
from coevolve_sim.scenario import key_tables
from tests import ROOT

TINY = """
name: tiny
rounds: 4
value_space: inglehart-welzel
population: {humans: 20}
network: {family: ring}
"""


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "tiny.yaml").write_text(TINY)

    def type_(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return type_


def test_every_command_has_help_and_no_arguments_shows_it(typed):
    said = typed("--help").output
    for command in ("run", "resume", "check", "new", "schema", "list", "show", "export", "report", "verify"):
        assert re.search(rf"\b{command}\b", said)
        assert typed(command, "--help").exit_code == 0
    assert typed("--version").output.startswith("coevolve-sim ")


@pytest.mark.long
def test_new_check_run_show_export_report_in_a_row(typed, tmp_path):
    assert typed("new", "mine").exit_code == 0
    assert typed("new", "mine").exit_code == 5
    assert "mine.yaml: ok, 300 humans, 36 rounds" in typed("check", "mine.yaml").output
    ran = typed("run", "mine.yaml", "--set", "population.humans=40", "--set", "rounds=6", "--seed", "3")
    assert ran.exit_code == 0, ran.output
    folder = next((tmp_path / "results").iterdir())
    assert folder.name.startswith("mine-seed3-")
    left = {path.name for path in folder.iterdir()}
    assert left >= {
        "run.sqlite",
        "scenario.yaml",
        "manifest.json",
        "trajectories.parquet",
        "measures.csv",
        "means.csv",
        "summary.csv",
        "run.nc",
        "networks",
        "figures",
        "report.html",
    }
    shown = typed("show", "last")
    assert "finished, 6 of 6 rounds, 40 humans" in shown.output
    assert re.search(r"Digest   rounds-sha256-v2:[0-9a-f]{64}", shown.output)
    written = json.loads(typed("export", folder.name, "-f", "canonical", "--json").output)
    assert [Path(path).name for path in written] == ["canonical.jsonl"]
    assert typed("report").output.strip().endswith("report.html")
    assert folder.name in typed("list", "runs").output


def test_json_is_for_programs(typed):
    ran = typed("run", "tiny.yaml", "--only-record", "--json")
    result = json.loads(ran.stdout)
    assert result["status"] == "finished"
    assert result["rounds"] == {"finished": 4, "asked": 4}
    assert json.loads(typed("show", "--json").stdout)["sha256"] == result["sha256"]
    verdicts = json.loads(typed("check", "tiny.yaml", "nope.yaml", "--json").stdout)
    assert [verdict["ok"] for verdict in verdicts] == [True, False]
    json.loads(typed("schema").stdout)
    for what in ("spaces", "histories", "networks", "rules", "policies", "measures", "formats", "runs"):
        assert json.loads(typed("list", what, "--json").stdout)


def test_exit_codes_tell_what_went_wrong(typed, tmp_path):
    (tmp_path / "bad.yaml").write_text("name: bad\nrounds: 3\nupdate: {rule: hk}\n")
    assert typed("run", "bad.yaml").exit_code == 3
    assert typed("check", "bad.yaml").exit_code == 3
    assert typed("run", "tiny.yaml", "--set", "nonsense").exit_code == 3
    assert typed("show", "last").exit_code == 5
    assert typed("run", "tiny.yaml", "--results", "tiny.yaml").exit_code == 5
    assert typed("run").exit_code == 2
    assert typed("run", "tiny.yaml", "--only-record").exit_code == 0
    assert typed("export", "last", "-f", "parquat").exit_code == 5


def test_errors_are_sentences_on_standard_error(typed, tmp_path):
    (tmp_path / "bad.yaml").write_text("name: bad\nrounds: 3\nnetwrok: {}\n")
    result = typed("run", "bad.yaml")
    assert result.stdout == ""
    assert "bad.yaml:3:1: netwrok: unknown key 'netwrok'; did you mean 'network'?" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.long
def test_resume_from_the_command_line(typed, tmp_path):
    import coevolve_sim

    def stop(done, asked):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run("tiny.yaml", progress=stop)
    assert "interrupted" in typed("list", "runs").output
    result = typed("resume", "last")
    assert result.exit_code == 0, result.output
    assert "finished, 4 of 4 rounds" in result.output


def test_what_is_listed_is_complete_and_has_a_meaning():
    for what in ("spaces", "histories", "networks", "rules", "policies", "measures"):
        for row in rows_of(what):
            assert row["name"]
            assert row["meaning"], row


def test_the_page_of_scenario_keys_is_generated():
    assert (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8") == key_tables() + "\n", (
        "run `make docs`"
    )


def test_the_page_of_measures_is_generated():
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == measures_page(), "run `make docs`"


def test_every_command_and_option_is_in_the_documentation():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        name = command.name or command.callback.__name__.rstrip("_")
        assert f"coevolve {name}" in page, name
        said = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).output
        for option in re.findall(r"--[a-z][a-z-]+", said):
            assert option in page, f"{name} {option}"


def test_the_help_appears_without_loading_heavy_libraries():
    code = (
        "import sys; from typer.testing import CliRunner; from coevolve_sim.cli.main import app;"
        "CliRunner().invoke(app, ['--help']);"
        "print([m for m in ('mesa', 'pandas', 'matplotlib', 'numba', 'scipy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
