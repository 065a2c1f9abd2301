"""``coevolve calibrate``, as its user types it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Write a network with two waves, and a panel; return what types the command."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    true = rng.random((60, 2))
    edges = rng.integers(0, 60, (500, 2))
    (tmp_path / "ties.txt").write_text("".join(f"{a} {b}\n" for a, b in edges))
    for name, values in (("t0", true), ("t1", true + 0.1 * (0.5 - true))):
        rows = [f"{human},{a:.4f},{b:.4f}" for human, (a, b) in enumerate(values)]
        (tmp_path / f"{name}.csv").write_text("person,thrift,mercy\n" + "\n".join(rows))
    answers = [
        f"{human},{wave},thrift,{np.clip(true[human, 0] + rng.normal(0, 0.1), 0, 1):.4f}"
        for human in range(60)
        for wave in (1, 2, 3)
    ]
    (tmp_path / "panel.csv").write_text("person,wave,item,value\n" + "\n".join(answers))

    def type_(*arguments):
        return CliRunner().invoke(app, ["calibrate", *arguments])

    return type_


NETWORK = ("--network", "ties.txt", "--waves", "t0.csv", "--waves", "t1.csv")


def test_confidence_and_rate_are_printed(typed):
    result = typed(*NETWORK, "--swarm")
    assert result.exit_code == 0, result.output
    assert "hegselmann_krause on 2 waves of 2 dimensions" in result.stdout
    assert "confidence  " in result.stdout
    assert "over 8 restarts" in result.stdout


def test_options_reach_the_calibration(typed):
    found = json.loads(typed(*NETWORK, "--grid", "0.2..0.8:0.2", "--least-ties", "5", "--json").stdout)
    other = json.loads(typed(*NETWORK, "--grid", "0.2..0.8:0.2", "--without-self", "--json").stdout)
    assert found["profile"]["confidence"][0] == 0.2
    assert found["profile"]["confidence"][-1] == 0.8
    assert found["n_egos"] <= other["n_egos"]
    assert found["rate_of_error"] is None
    assert found["rate"] != other["rate"]


def test_a_panel_is_told_without_a_network(typed):
    result = typed("--panel", "panel.csv")
    assert result.exit_code == 0, result.output
    assert "Medians over 1 items, 95% intervals over persons:" in result.stdout
    assert json.loads(typed("--panel", "panel.csv", "--json").stdout)["items"][0]["item"] == "thrift"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either --network and two or more --waves, or --panel"),
        ((*NETWORK, "--panel", "panel.csv"), "give either --network and two or more --waves, or --panel"),
        (("--network", "ties.txt"), "--network and --waves go together"),
        (NETWORK[:4], "two waves or more are needed, one file each; 1 given"),
        ((*NETWORK, "--grid", "0.1-0.3"), "--grid '0.1-0.3': write LO..HI:STEP"),
        ((*NETWORK, "--grid", "1..2..3:1"), "write LO..HI:STEP"),
        ((*NETWORK, "--rule", "degroot"), "rule 'degroot' cannot be calibrated"),
        (("--panel", "nosuch.csv"), "nosuch.csv: there is no such file"),
    ],
)
def test_what_is_wrong_is_said_in_words(typed, arguments, said):
    result = typed(*arguments)
    assert result.exit_code == 3
    assert result.stderr.startswith("StudyError: ")
    assert said in result.stderr
