"""The tutorial on a study of one's own: its files, lines and numbers, and a figure as wide as a column."""

import re
import shutil

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from tests import ROOT

PAGE = (ROOT / "docs" / "tutorial" / "your_own_study.md").read_text(encoding="utf-8")
FOLDER = ROOT / "examples" / "own_study"
LINES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Copy the files where the page's lines are run."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_the_page_shows_of_the_files_is_in_them():
    shown = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]
    assert shown in (FOLDER / "own_study.yaml").read_text(encoding="utf-8")
    table = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1]
    assert (FOLDER / "survey.csv").read_text(encoding="utf-8").startswith(table)


def test_check_says_what_the_page_quotes(place):
    told = CliRunner().invoke(app, ["check", "own_study.yaml"]).output
    quoted = re.findall(r"^> (.*?) ?\\?$", PAGE.split("## Two keys")[0], re.MULTILINE)
    assert [" ".join(line.split()) for line in told.splitlines()] == quoted


@pytest.mark.long
def test_its_lines_give_its_numbers_and_a_pdf_of_a_column(place):
    assert len(LINES) == 2
    seen = {}
    exec(compile("".join(LINES), "your_own_study.md", "exec"), seen)  # noqa: S102 - our own page
    study = seen["study"]
    assert len(study.runs) == 96
    told = " ".join(PAGE.split())
    effects = study.effects[study.effects["outcome"] == "mean_pairwise_distance"].sort_values("mean")
    for row in effects.iloc[[0, -1]].to_dict("records"):
        assert f"−{-row['mean']:.4f}".replace("0.", ".") in told
    box = re.search(rb"MediaBox \[ ?0 0 ([\d.]+) ", (place / "phase.pdf").read_bytes())
    assert float(box[1]) == pytest.approx(3.5 * 72, abs=1)


def test_people_keep_their_names_and_parties_in_what_leaves_a_run(place):
    run = coevolve_sim.run("own_study.yaml", overrides={"rounds": 2}, results=place / "results")
    assert run.people.set_index("name").loc["Ada", "group"] == "harbour"
    assert set(run.groups) == {"harbour", "hill"}
