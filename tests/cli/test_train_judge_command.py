"""``coevolve train-judge``, as its user types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app

pytestmark = pytest.mark.models

HEAD = "rubric,topic,text_a,text_b,verdict\n"
ROWS = [
    f"the text that is more for it,thrift,I am {first} for thrift {n}.,I am {second} for thrift.,{letter}\n"
    for n in range(5)
    for first, second, letter in (("wholly", "hardly", "A"), ("hardly", "wholly", "B"))
]


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "cases.csv").write_text(HEAD + "".join(ROWS))

    def type_(*arguments):
        return CliRunner().invoke(app, ["train-judge", *arguments])

    return type_


def test_a_judge_is_trained_on_cases_of_ones_own(typed, tmp_path):
    pytest.importorskip("peft")
    given = ("cases.csv", "--model", "embedded", "--out", "judge", "--held-out", "2", "--max-tokens", "12")
    result = typed(*given)
    assert result.exit_code == 0, result.output
    assert "4 examples, 4 cases to practise on, 2 held out" in result.stdout
    assert "stage 2" in result.stdout
    assert {path.name for path in (tmp_path / "judge").iterdir()} == {"stage1", "stage2", "judge.json"}
    again = json.loads(typed(*given, "--json").stdout)
    kept = json.loads((tmp_path / "judge" / "judge.json").read_text())
    assert again == kept | {"folder": "judge"}


def test_what_is_wrong_with_cases_is_said_with_file_and_line(typed, tmp_path):
    (tmp_path / "bad.csv").write_text(HEAD + ROWS[0] + ROWS[1].replace(",B", ",C"))
    result = typed("bad.csv", "--model", "embedded", "--out", "judge")
    assert result.exit_code == 9
    assert result.stderr == "TrainingError: bad.csv:3: the verdict is 'C'; it must be A or B\n"
    few = typed("cases.csv", "--model", "embedded", "--out", "judge", "--held-out", "10")
    assert few.exit_code == 9
    assert "there are 10 cases, of which 10 held out" in few.stderr
    assert not (tmp_path / "judge").exists()


def test_a_folder_that_is_no_model_is_said_to_be_none(typed, tmp_path):
    pytest.importorskip("peft")
    (tmp_path / "empty").mkdir()
    result = typed("cases.csv", "--model", "empty", "--out", "judge")
    assert result.exit_code == 7
    assert "empty has no config.json; it is not the folder of a model" in result.stderr
    assert not (tmp_path / "judge").exists()


def test_ctrl_c_ends_it_with_a_word_on_what_is_left(typed, tmp_path, monkeypatch):
    pytest.importorskip("peft")
    from coevolve_sim.assistants.training import judge_training

    def interrupt(*given, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(judge_training, "sft_update", interrupt)
    result = typed("cases.csv", "--model", "embedded", "--out", "judge")
    assert result.exit_code == 130
    assert "Interrupted. What judge held is as it was." in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.csv"]
