"""The commands of studies: what they print, write and refuse, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli import study_commands
from coevolve_sim.cli.console import study_folders
from coevolve_sim.cli.main import app
from tests.studies.tiny import write

WORLDS = ("--world", "with=", "--world", "without=assistants=[]")
SHORT = ("-n", "2", "--workers", "1", "--only-record")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)


def call(*arguments, code=0):
    """Run a command; return what it printed on standard output."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.output


def latest():
    """Return the study that was made last."""
    return coevolve_sim.open_study(study_folders(Path("results"))[-1])


def test_compare_without_worlds_compares_learning_frozen_and_none():
    told = call("compare", "tiny.yaml", *SHORT)
    assert "6 of 6 runs finished, 3 worlds, 2 replications" in told
    assert latest().plan.world_names == ("as_written", "frozen_assistant", "no_assistant")
    assert latest().plan.reference == "no_assistant"


def test_compare_prints_json_for_programs():
    found = json.loads(call("compare", "tiny.yaml", *WORLDS, *SHORT, "--json"))
    study = coevolve_sim.open_study(found["folder"])
    assert found["runs"] == {"finished": 4, "failed": 0, "left": 0}
    assert found["sha256"] == study.digest()
    assert found["worlds"] == {"with": "as written", "without": "assistants = []"}
    assert found["seeds"] == [3, 4]
    assert len(found["effects"]) == len(study.effects)
    assert found["failed"] == []


def test_the_options_of_compare_reach_the_plan():
    call(
        *("compare", "tiny.yaml", *WORLDS, *SHORT, "--set", "rounds=2", "--reference", "with"),
        *("--outcome", "spread", "--measure", "variance", "--record", "none", "--confidence", "0.9"),
    )
    plan = latest().plan
    assert plan.base_scenario.rounds == 2
    assert (plan.reference, plan.outcome, plan.measures) == ("with", "spread", ("variance",))
    assert (plan.record, plan.confidence) == ("none", 0.9)


def test_a_world_may_have_several_keys():
    worlds = ("a=update.rate.peer=.1", "a=update.noise=.1", "b=")
    call("compare", "tiny.yaml", *(part for world in worlds for part in ("--world", world)), *SHORT)
    assert latest().plan.worlds[0].describe() == "update.rate.peer = 0.1, update.noise = 0.1"


def test_sweep_runs_every_point_and_says_how_many():
    told = call("sweep", "tiny.yaml", "--grid", "update.rate.peer=.1,.2,.3", *SHORT)
    assert "6 of 6 runs finished, 1 worlds, 3 points, 2 replications" in told
    study = latest()
    assert study.runs["update.rate.peer"].tolist() == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]
    call("sweep", "tiny.yaml", "--range", "update.rate.peer=0..1", "--design", "lhs:4", *SHORT)


def test_study_runs_a_file_and_takes_keys_of_it():
    write_study()
    call("study", "study.yaml", "--set", "replications=2", "--workers", "1", "--only-record")
    assert latest().plan.question == "What does it do?"
    assert latest().counts["finished"] == 4


def write_study(text=""):
    file = Path("study.yaml")
    words = "name: asked\nquestion: What does it do?\nbase: tiny.yaml\n"
    file.write_text(words + "worlds: {with: {}, without: {assistants: []}}\n" + text, "utf-8")
    return file


def test_lock_in_prints_the_verdict_first():
    told = call("lock-in", "tiny.yaml", "--horizon", "3", "-n", "3", "--workers", "1", "--only-record")
    assert "Verdict: " in told
    assert "(iii)" in told
    found = json.loads(call("show", "last", "--json"))
    assert found["lock_in"]["horizon"] == 3
    assert found["lock_in"]["verdict"] in {"lock_in", "influence", "drag", "no_effect", "undecided"}


def test_show_export_report_and_resume_take_a_studys_folder():
    call("compare", "tiny.yaml", *WORLDS, *SHORT)
    folder = latest().folder
    assert "4 of 4 runs finished" in call("show", "last")
    call("export", folder)
    assert (folder / "runs.csv").is_file()
    call("report", folder)
    assert (folder / "report.html").is_file()
    before = latest().digest()
    call("resume", folder)
    assert latest().digest() == before
    assert folder.name in call("list", "studies")
    assert "leave --format out" in " ".join(call("export", folder, "--format", "csv", code=3).split())
    assert "leave --beside out" in " ".join(call("report", folder, "--beside", "x", code=3).split())


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("compare", "nowhere.yaml"), 3, "nowhere"),
        (("compare", "tiny.yaml", "--world", "a"), 3, "write NAME='KEY=VALUE'"),
        (("compare", "tiny.yaml", "--world", "a=seed=1", "--world", "b="), 3, "no pair of runs"),
        (("compare", "tiny.yaml", "--measure", "varianse"), 3, "did you mean 'variance'"),
        (("compare", "tiny.yaml", "--outcome", "varianse"), 3, "did you mean 'variance'"),
        (("compare", "tiny.yaml", "--record", "all"), 3, "allowed: none, summary, full"),
        (("compare", "tiny.yaml", "--confidence", "1"), 3, "above .5 and below 1"),
        (("compare", "tiny.yaml", "-n", "0"), 2, "Usage: coevolve compare"),
        (("compare", "tiny.yaml", "--until-width", "0"), 3, "an interval is wider than 0"),
        (("compare", "tiny.yaml", "--ray", "nowhere"), 3, "write HOST:PORT"),
        (("sweep", "tiny.yaml"), 3, "axis"),
        (("sweep", "tiny.yaml", "--grid", "update.rate.peer=.1,7"), 3, "allowed: a number in"),
        (("sweep", "tiny.yaml", "--grid", "seed=1,2"), 3, "set --replications instead"),
        (("sweep", "tiny.yaml", "--range", "update.noise=0..1", "--design", "sobol:3"), 3, "power of two"),
        (("lock-in", "tiny.yaml", "--set", "assistants=[]"), 3, "no assistant"),
        (("lock-in", "tiny.yaml", "-n", "1"), 3, "at least 2 replications"),
        (("lock-in", "tiny.yaml", "--on", "taste"), 3, "way, position or variety"),
        (("study", "nowhere.yaml"), 3, "nowhere.yaml"),
        (("lock-in", "tiny.yaml", "--threshold", "2"), 3, "the threshold is a share"),
        (("compare", "tiny.yaml", "--world", "a=", "--reference", "a"), 3, "'a' is the only world"),
        (("compare", "tiny.yaml", "--instrument", "tipping"), 3, "it reads a sweep over one key"),
        (("resume", "nowhere"), 5, "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_written(arguments, code, told, tmp_path):
    if "--ray" in arguments:
        pytest.importorskip("ray")
    output = " ".join(call(*arguments, code=code).split())
    assert told in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


def test_a_study_of_which_every_run_failed_ends_with_a_code(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def no(values, observation, memory):\n    raise ValueError('no idea')\n", "utf-8"
    )
    policy = "assistants.0.policy={kind: custom, path: 'mine.py:no'}"
    worlds = ("--world", "a=", "--world", "b=update.rate.peer=.3")
    told = call("compare", "tiny.yaml", "--set", policy, *worlds, *SHORT, code=4)
    assert "4 runs failed; the first in world a, seed 3, at rounds" in told
    assert "no idea" in told
    found = json.loads(call("compare", "tiny.yaml", "--set", policy, *worlds, *SHORT, "--json", code=4))
    assert [row["stage"] for row in found["failed"]] == ["rounds"] * 4


def test_until_width_is_said_with_its_corrected_confidence():
    keys = ("--set", "update.noise=.05", "--set", "rounds=2")
    told = call("compare", "tiny.yaml", *WORLDS, *keys, *SHORT, "--until-width", "1")
    assert latest().plan.stated_confidence > 0.95
    assert f"{100 * latest().plan.stated_confidence:.4g} %" in told


@pytest.mark.parametrize("has_torch", [True, False])
def test_the_demo_is_in_words_or_else_in_numbers(monkeypatch, has_torch):
    asked = []
    monkeypatch.setattr(study_commands, "find_spec", lambda name: name if has_torch else None)
    monkeypatch.setattr(study_commands, "study", lambda file, **_: asked.append(("study", str(file))))
    monkeypatch.setattr(study_commands, "compare", lambda file, **_: asked.append(("compare", str(file))))
    told = call("demo")
    assert asked == [("study", "demo") if has_torch else ("compare", "held_back")]
    assert "Next: coevolve new my_scenario" in told
