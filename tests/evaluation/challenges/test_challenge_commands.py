"""The commands of challenges, and the documentation that shows them."""

import json
import re
import shlex

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from tests import ROOT
from tests.evaluation.challenges.eras_in_words import BUILT_IN, WHO, Town, learns

DOCS = ROOT / "docs"


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
        (
            ("challenge", "follow", "--order", "history-last"),
            "--order history-last is of the doses in coevolve; in follow leave it out",
        ),
        (("check-policy", "gone.py:Mine"), "neither a file gone.py nor a module 'gone.py'"),
    ],
)
def test_what_cannot_be_played_is_a_sentence_and_exit_code_three(words, said):
    result = typed(*words)
    assert result.exit_code == 3
    assert said in result.stderr


@pytest.mark.parametrize("order", ["progressgym", "history-last"])
def test_coevolve_is_played_in_the_order_that_is_asked_for(order):
    result = typed("challenge", "coevolve", "-p", "mean", "-H", "planted:linear,eras=4", "--order", order)
    assert f"coevolve, planted-linear: 4 eras, 3 evaluations, order {order}" in result.stdout
    told = " ".join(result.stdout.split())
    assert "neither form of coevolve holds haste against people" in told
    assert ("turns d into d(1-d)^2" in told) == (order == "progressgym")
    words = ("challenge", "coevolve", "-p", "mean", "-H", "planted:linear,eras=4", "--order", order, "--json")
    found = json.loads(typed(*words).stdout)
    assert found["order"] == order
    same = found["scores"]["last value"]["coevolve_share"] == pytest.approx(
        found["scores"]["no assistant"]["coevolve_share"]
    )
    assert same == (order == "history-last")


def test_a_challenge_on_the_survey_says_what_of_it_is_heard_and_scored():
    result = typed("challenge", "predict", "-p", "mean", "-H", "gss-moral", "--humans", 5)
    assert "predict, gss-moral: 47 eras, 30 evaluations" in result.stdout
    assert "Of 2,115 cells of gss-moral 919 were not surveyed (43.5 %)" in result.stdout


@pytest.mark.parametrize(
    ("words", "orders", "setting"),
    [
        ((), {"", "progressgym", "history-last"}, "rate=1"),
        (("--order", "history-last", "--no-tune"), {"", "history-last"}, "as named"),
    ],
)
def test_a_leaderboard_plays_both_orders_and_tunes_kinds_unless_told_otherwise(
    words, orders, setting, tmp_path
):
    asked = (
        "leaderboard",
        "-p",
        "lifelong",
        "-H",
        "planted:linear,eras=3",
        "-n",
        2,
        "-o",
        tmp_path,
        "--json",
    )
    table = json.loads(typed(*asked, *words).stdout)["table"]
    assert {row["order"] for row in table} == orders
    rows = [row for row in table if row["player"] == "lifelong" and row["measure"] == "coevolve_rmse"]
    assert {row["setting"] for row in rows} == {setting}


@pytest.mark.long
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


# --- in words ------------------------------------------------------------------------------------


@pytest.fixture
def talking(monkeypatch, tmp_path):
    """Let three people speak through a scripted mind with weights; give the options that name it."""
    opened = []

    def one_mind_of(name, voices, *, dtype, device):
        opened.append((name, voices, dtype, device))
        return Town(tmp_path / "base")

    (tmp_path / "base").mkdir()
    monkeypatch.setattr("coevolve_sim.cli.mind_names.open_one_mind", one_mind_of)
    monkeypatch.setattr("coevolve_sim.evaluation.challenges.language_setup.read_personas", lambda: WHO)
    words = ("--mind", "mine", "--eras", "C013,C014,C015", "--space", BUILT_IN, "--out", tmp_path / "out")
    return words, opened, learns(monkeypatch)


def test_a_challenge_in_words_shows_every_line_and_how_messages_ended(talking, tmp_path):
    words, opened, _ = talking
    result = typed("challenge", "follow", "-p", "mean", *words, "--dtype", "float32")
    assert result.exit_code == 0, result.stderr
    assert opened == [("mine", {}, "float32", "auto")]
    assert f"follow, {BUILT_IN} in words: 3 eras, 2 evaluations" in result.stdout
    for name in ("mean", "frozen", "perfect replay", "last value", "no assistant"):
        assert name in result.stdout
    assert re.search(r"Messages of people of the eras: \d+ answered\n", result.stdout)
    assert not (tmp_path / "out" / "weights.csv").exists()


def test_weights_learn_in_a_challenge_and_leave_a_table(talking, tmp_path):
    words, _, seen = talking
    result = typed("challenge", "predict", "-p", "extrapolative_dpo", *words, "--pairs", 2, "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert set(told["scores"]) >= {"extrapolative_dpo", "base weights", "frozen", "perfect replay"}
    assert told["evaluations"] == 1
    assert told["messages"]["assistant"]["answered"] > 0
    assert told["files"] == [str(tmp_path / "out" / "weights.csv")]
    assert len(seen) == 2


@pytest.mark.long
def test_a_leaderboard_in_words_is_written_with_what_became_of_weights(talking, tmp_path):
    words, _, _ = talking
    result = typed("leaderboard", "-p", "median", "-p", "dpo", "-n", 2, "--pairs", 2, *words)
    assert result.exit_code == 0, result.stderr
    assert f"{BUILT_IN} in words" in result.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "weights.csv",
        "leaderboard.csv",
        "in_words",
    }


@pytest.mark.long
@pytest.mark.parametrize("has_weights", [True, False])
def test_if_no_policy_is_named_all_play_and_those_of_weights_where_there_are_any(
    has_weights, talking, monkeypatch
):
    words, _, _ = talking
    if not has_weights:
        monkeypatch.setattr(
            "coevolve_sim.evaluation.challenges.language_setup.LanguageChallenge.has_weights", False
        )
    monkeypatch.setattr("coevolve_sim.cli.challenge_commands.ALL_POLICIES", ("median",))
    result = typed("leaderboard", "-n", 2, "--pairs", 2, *words, "--json")
    assert result.exit_code == 0, result.stderr
    players = {row["player"] for row in json.loads(result.stdout)["table"] if not row["reference"]}
    assert players == {
        "frozen",
        "median",
        *(("dpo", "lifelong_dpo", "extrapolative_dpo") if has_weights else ()),
    }


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-p", "dpo"), 3, "'dpo' learns by its weights; name the mind whose, as in --mind embedded"),
        (("--eras", "C013..C015"), 7, "--eras and --voice are of a mind: name it, as in --mind embedded"),
        (("--mind", "embedded", "-H", "gss-moral"), 3, "in words, the mind's eras are the history"),
        (
            ("--mind", "progressgym-8B"),
            7,
            "progressgym-8B is a model an era, and people who talk need one mind",
        ),
        (("--mind", "embedded", "--voice", "C013"), 7, "--voice C013: write NAME=FOLDER"),
    ],
)
def test_what_cannot_be_played_in_words_is_a_sentence(words, code, said):
    result = typed("challenge", "follow", *words)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())


# --- docs/policies.md, followed to the letter ----------------------------------------------------


def blocks(page, language):
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.long
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


@pytest.mark.long
def test_the_page_on_challenges_shows_commands_that_there_are():
    for block in blocks("challenges.md", "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip().startswith("coevolve"):
                words = shlex.split(line, comments=True)
                assert typed(words[1], "--help").exit_code == 0
                options = {word for word in words if word.startswith("--")}
                assert all(option in typed(words[1], "--help").stdout for option in options), line


def test_every_policy_has_its_row_on_the_page():
    from coevolve_sim.assistants.policies import POLICIES

    page = (DOCS / "policies.md").read_text(encoding="utf-8")
    for kind in POLICIES:
        assert f"\n| `{kind}` | " in page
