"""The commands of challenges, and the documentation that shows them."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli import app

DOCS = Path(__file__).parents[2] / "docs"


def typed(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_challenge_shows_the_policy_beside_every_reference_line():
    result = typed("challenge", "follow", "--policy", "median", "-H", "planted:linear", "--humans", 20)
    assert result.exit_code == 0
    assert "follow, planted-linear: 9 eras, 8 evaluations" in result.stdout
    for name in ("median", "frozen", "perfect replay", "last value", "no assistant"):
        assert f"\n{name}" in result.stdout.replace(" " + name, "\n" + name)


def test_a_challenge_as_json_has_null_where_there_is_nothing_to_score():
    result = typed("challenge", "predict", "-H", "planted:linear", "--horizon", 2, "--json", "--humans", 20)
    told = json.loads(result.stdout)
    assert told["evaluations"] == 6
    assert told["scores"]["no assistant"] == dict.fromkeys(
        ["predict_2", "predict_2_centred", "predict_2_rmse"]
    )
    assert told["scores"]["perfect replay"]["predict_2"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("challenge", "predict", "--horizon", 46), "predict can look 1 to 45 eras ahead; 46 given"),
        (("challenge", "follow", "-p", "lifelng"), "unknown policy 'lifelng'; did you mean 'lifelong'?"),
        (
            ("challenge", "follow", "-p", "extrapolative,order=9", "-H", "planted:linear"),
            "order of at most 7",
        ),
        (("leaderboard", "-H", "gone.csv"), "'gone.csv' names no history"),
        (("check-policy", "gone.py:Mine"), "neither a file gone.py nor a module 'gone.py'"),
    ],
)
def test_what_cannot_be_played_is_a_sentence_and_exit_code_three(words, said):
    result = typed(*words)
    assert result.exit_code == 3
    assert said in result.stderr


def test_a_leaderboard_is_printed_and_written(tmp_path):
    result = typed(
        "leaderboard",
        "-p",
        "mean",
        "-p",
        "damped",
        "-H",
        "planted:linear,eras=5",
        "-n",
        2,
        "-o",
        tmp_path,
        "--humans",
        9,
    )
    assert result.exit_code == 0, result.stderr
    assert "planted-linear" in result.stdout
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".md", ".png"}
    words = ("leaderboard", "-p", "mean", "-H", "planted:linear,eras=5", "-n", 2, "-o", tmp_path, "--json")
    told = json.loads(typed(*words).stdout)
    assert {row["player"] for row in told["table"]} >= {"mean", "frozen", "perfect replay"}


def test_a_policy_that_fails_a_check_is_exit_code_seven(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("def bad(values, observation, memory): return values * 3, memory\n", encoding="utf-8")
    result = typed("check-policy", f"{file}:bad")
    assert result.exit_code == 8
    assert "FAILED  returns values in [0, 1]" in result.stdout
    assert "returned 1.5 in dimension 0" in result.stdout
    told = json.loads(typed("check-policy", f"{file}:bad", "--json").stdout)
    assert any("1.5" in verdict["said"] for verdict in told)
    assert typed("check-policy", "median").exit_code == 0


# --- docs/policies.md, followed to the letter ----------------------------------------------------


def blocks(page, language):
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_page_on_writing_a_policy_works_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, scenario = blocks("policies.md", "python")[0], blocks("policies.md", "yaml")[0]
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(scenario, encoding="utf-8")
    commands = [line for block in blocks("policies.md", "sh") for line in block.splitlines() if line.strip()]
    assert len(commands) >= 4
    for line in commands:
        name, *words = shlex.split(line, comments=True)
        assert name == "coevolve"
        result = typed(*words)
        assert result.exit_code == 0, f"{line}: {result.stdout}{result.stderr}"


def test_the_page_on_challenges_shows_commands_that_there_are():
    for block in blocks("challenges.md", "sh"):
        for line in block.splitlines():
            if line.strip().startswith("coevolve"):
                words = shlex.split(line, comments=True)
                assert typed(words[1], "--help").exit_code == 0
                options = {word for word in words if word.startswith("--")}
                assert all(option in typed(words[1], "--help").stdout for option in options), line


def test_every_policy_has_its_row_on_the_page():
    from coevolve_sim.assistants import POLICIES

    page = (DOCS / "policies.md").read_text(encoding="utf-8")
    for kind in POLICIES:
        assert f"\n| `{kind}` | " in page
