"""``coevolve dilemmas``, as its user types it."""

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli import mind_names
from coevolve_sim.cli.main import app
from tests.language.questionnaires.test_dilemmas import PLACES, SITUATIONS, VALUES, for_mercy, says


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: says(for_mercy))
    for name, text in (("values", VALUES), ("dilemma", SITUATIONS), ("dilemma_values", PLACES)):
        (tmp_path / f"{name}.csv").write_text(text)
    labels = "idx,yes\n4,chosen\n8,chosen\n15,neglected\n16,neglected\n23,chosen\n42,neglected\n"
    (tmp_path / "labels.csv").write_text(labels)

    def type_(*arguments):
        return CliRunner().invoke(app, ["dilemmas", ".", *arguments])

    return type_


MIND = ("--mind", "mine", "--labels", "labels.csv")


def test_the_data_by_themselves_tell_what_gpt_4_chose(typed):
    result = typed()
    assert result.exit_code == 0, result.output
    assert "Care       +100.0 (few)         6       6" in result.stdout
    assert "Not told: theory 'virtue': 0 dilemmas have values that it knows" in result.stdout


def test_a_mind_is_asked_and_how_far_its_answers_are_choices_is_said_first(typed):
    result = typed(*MIND)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "Assistant: 100% of 6 questions were answered in both orders, 100% of them alike (yes in 50% of "
    )
    assert "about its middle" in result.stdout


def test_json_has_every_column(typed):
    found = json.loads(typed(*MIND, "--personas", "2", "--theory", "mft", "--values", "1", "--json").stdout)
    assert [table["theory"] for table in found["scores"]] == ["mft", "value"]
    care = next(row for row in found["scores"][0]["rows"] if row["name"] == "Care")
    assert (care["assistant"]["score"], care["difference"]["score"], care["people"]["places"]) == (100, 0, 12)
    assert care["always yes"]["score"] == 0


def test_a_figure_has_a_panel_for_each_theory_and_says_how_many_dilemmas(typed, tmp_path):
    assert typed(*MIND, "--personas", "1", "--figure", "drawn.svg").exit_code == 0
    drawn = (tmp_path / "drawn.svg").read_text(encoding="utf-8")
    for text in ("wvs", "mft", "maslow", "Care", "people", "GPT-4"):
        assert f"<!-- {text} -->" in drawn
    assert typed("--figure", "drawn.gif").exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--theory", "virtue"), "QuestionnaireError: theory 'virtue': 0 dilemmas"),
        (("--personas", "3"), "--personas, --labels and --voice are of a mind; name it by --mind"),
        ((*MIND, "--read", "signs"), "dilemmas are read by words or letters; 'signs' given"),
        (("--mind", "mine"), "dilemma 176 has no values in dilemma_values.csv"),
    ],
)
def test_what_cannot_be_asked_is_said(typed, arguments, said):
    result = typed(*arguments)
    assert result.exit_code == 3
    assert said in result.stderr


def test_what_cannot_be_told_or_drawn_is_found_before_a_mind_is_asked(typed, monkeypatch):
    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: pytest.fail("opened"))
    for wrong, said in (
        (("--theory", "zodiac"), "zodiac"),
        (("--figure", "a.pdf"), "a figure's name ends in .png or .svg"),
    ):
        result = typed(*MIND, *wrong)
        assert result.exit_code == 3
        assert said in result.output
    two = typed(*MIND, "--voice", "a=x", "--voice", "b=y")
    assert "one voice is asked; 2 given: a, b" in two.output
