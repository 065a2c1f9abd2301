"""ProgressGym's tables are read whole, their faults mended or named; tables made here show each rule."""

from collections import Counter

import pytest

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires import measure, published_scores, read_progressgym
from coevolve_sim.language.questionnaires.scoring import ItemAnswer
from tests import ROOT
from tests.language.questionnaires.scripted_minds import ScriptedMind, by_position, by_value

RULES = (
    "death",
    "pain",
    "disable",
    "freedom",
    "pleasure",
    "deceive",
    "cheat",
    "break_promise",
    "break_law",
    "duty",
)
MORAL_HEAD = ",".join(
    ["scenario_id", "ambiguity", "generation_type", "generation_rule", "context", "action1", "action2"]
    + [f"{a}_{rule}" for a in ("a1", "a2") for rule in RULES]
)
FOUNDATION_HEAD = "scenario_id,generation_type,generation_theme,context,action1,action2"
VIEWS_HEAD = "scenario_id,generaton_type,generation_theme,context,action1,action2,action3,action4"


def moral(name, kind, first=(), second=(), texts=("I do not.", "I do.")):
    """Return a row; ``first`` and ``second`` give the rules of each action that are not No."""
    marks = [dict(first).get(r, "No") for r in RULES] + [dict(second).get(r, "No") for r in RULES]
    return ",".join([name, "high", kind, "rule", "Something happens.", *texts, *marks])


def folder_of(path, moral_rows=(), foundation_rows=(), views_rows=()):
    for name, head, rows in (
        ("moralchoice.csv", MORAL_HEAD, moral_rows or [moral("H_1", "Generated", second={"death": "Yes"})]),
        (
            "foundation.csv",
            FOUNDATION_HEAD,
            foundation_rows or ["F_1,generated,Harm_Care,What do you do?,Help.,Go."],
        ),
        ("views.csv", VIEWS_HEAD, views_rows or ["V_1,generated,Ontology,What is it?,t,m,p,i"]),
    ):
        (path / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def item_of(questionnaire, name):
    return next(item for item in questionnaire.items if item.id == name)


def test_ids_that_hand_written_and_generated_rows_share_are_told_apart(tmp_path):
    rows = [moral("H_001", kind, second={"death": "Yes"}) for kind in ("Hand-Written", "Generated")]
    ids = [item.id for item in read_progressgym(folder_of(tmp_path, rows)).items]
    assert ids[:2] == ["moralchoice/hand-written/H_001", "moralchoice/generated/H_001"]


def test_who_breaks_a_rule_less_upholds_it_and_equal_actions_say_nothing_of_it(tmp_path):
    row = moral(
        "H_1",
        "Generated",
        first={"pain": "Yes", "cheat": "No Agreement", "duty": "Yes"},
        second={"death": "Yes", "disable": "No Agreement", "cheat": "Yes", "duty": "Yes"},
    )
    item = item_of(read_progressgym(folder_of(tmp_path, [row])), "moralchoice/generated/H_1")
    assert item.dimensions == ("do_not_kill", "do_not_cause_pain", "do_not_disable", "do_not_cheat")
    assert item.values == ((1.0, 0.0, 1.0, 1.0), (0.0, 1.0, 0.0, 0.0))
    assert item.question == "Something happens. What do you do?"


def test_actions_that_read_the_same_or_break_all_rules_alike_measure_nothing_and_are_named(tmp_path):
    rows = [
        moral("H_1", "Generated", second={"death": "Yes"}),
        moral("H_2", "Generated"),
        moral("H_3", "Generated", second={"death": "Yes"}, texts=("I wait.", "I wait.")),
    ]
    questionnaire = read_progressgym(folder_of(tmp_path, rows))
    assert [item.id for item in questionnaire.items if not item.dimensions] == [
        "moralchoice/generated/H_2",
        "moralchoice/generated/H_3",
    ]
    assert any("H_2, moralchoice/generated/H_3" in note for note in questionnaire.notes)


def test_foundations_are_told_by_their_theme_and_quotation_marks_around_actions_go(tmp_path):
    row = 'F_9,generated, Purity_Sancity ,Do you?," ""I will""","I say ""no"""'
    item = item_of(read_progressgym(folder_of(tmp_path, foundation_rows=[row])), "foundation/F_9")
    assert item.dimensions == ("purity",)
    assert item.options == ("I will", 'I say "no"')
    assert item.values == ((1.0,), (0.0,))


def test_a_second_line_of_names_is_left_out_and_options_in_one_cell_are_put_apart(tmp_path):
    rows = [
        "V_1,generation_type,theme,context,choice1,choice2,choice3,choice4",
        'V_2,generated,Axiology,Which?,“one”,"“two”,“three”",“four”,',
        "V_3,generated,Axiology,Which?,t,m,p,i",
    ]
    questionnaire = read_progressgym(folder_of(tmp_path, views_rows=rows))
    views = [item for item in questionnaire.items if item.format == "four"]
    assert [item.options for item in views] == [("one", "two", "three", "four"), ("t", "m", "p", "i")]
    assert views[0].dimensions == ("traditional", "modern", "post_modern", "integrated")
    assert "views.csv:2: left out, a second line of column names." in questionnaire.notes
    assert "views.csv:3: options that stood in one cell were put apart." in questionnaire.notes


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"moral_rows": [moral("H_1", "Generated", first={"death": "Maybe"})]},
            r"moralchoice.csv:2: column 'a1_death'",
        ),
        (
            {"foundation_rows": ["F_1,generated,Luck,Do you?,yes,no"]},
            r"foundation.csv:2: column 'generation_theme'",
        ),
        (
            {"views_rows": ["V_1,generated,Ontology,Which?,a,b,c,"]},
            r"views.csv:2: a view has 4 actions; 1 found",
        ),
        ({"views_rows": ["V_1,generated,Ontology,,a,b,c,d"]}, r"views.csv:2: item 'views/V_1'"),
    ],
)
def test_a_row_of_another_form_is_refused_at_its_line(tmp_path, rows, problem):
    with pytest.raises(QuestionnaireError, match=problem):
        read_progressgym(folder_of(tmp_path, **rows))


def test_position_gives_one_half_on_pairs_and_a_quarter_on_views(tmp_path):
    questionnaire = read_progressgym(folder_of(tmp_path)).select(
        ["do_not_kill", "harm", "traditional", "modern", "post_modern", "integrated"]
    )
    placed = measure(ScriptedMind(by_position((1.0, 0.0, 0.0, 0.0))), questionnaire, {"": ""})
    assert placed.values.tolist() == [[0.5, 0.5, 0.25, 0.25, 0.25, 0.25]]
    valued = measure(
        ScriptedMind(by_value(questionnaire, 0.9)), questionnaire.select(["do_not_kill", "harm"]), {"": ""}
    )
    assert valued.values[0] == pytest.approx([0.9, 0.9])


def test_published_scores_are_signed_sums_over_all_answered_items_plus_one(tmp_path):
    rows = [
        moral("H_1", "Generated", second={"death": "Yes"}),
        moral("H_2", "Generated", first={"death": "Yes"}),
        moral("H_3", "Generated", second={"pain": "Yes"}),
    ]
    questionnaire = read_progressgym(folder_of(tmp_path, rows))
    answers = [
        ItemAnswer((0.9, 0.1)),
        ItemAnswer((0.2, 0.8)),
        ItemAnswer(),
        ItemAnswer((0.6, 0.4)),
        ItemAnswer((0.4, 0.3, 0.2, 0.1)),
    ]
    scores = published_scores(questionnaire, answers)
    assert scores[0] == pytest.approx((0.9 - 0.2) / 3)
    assert scores[1] == 0.0
    assert scores[10] == pytest.approx(0.6 / 2)
    assert scores[15:] == pytest.approx([0.2, 0.15, 0.1, 0.05])


REAL = ROOT.parent / "shared" / "data" / "progressgym_questions"


@pytest.mark.skipif(not REAL.is_dir(), reason="ProgressGym's tables are not at hand")
def test_the_real_tables_lose_no_item_but_the_stray_line():
    questionnaire = read_progressgym(REAL)
    assert Counter(item.id.split("/")[0] for item in questionnaire.items) == {
        "moralchoice": 680,
        "foundation": 600,
        "views": 538,
    }
    assert Counter(item.id.split("/")[1] for item in questionnaire.items if item.id.startswith("moral")) == {
        "generated": 580,
        "hand-written": 100,
    }
    assert sum(not item.dimensions for item in questionnaire.items) == 10
    assert len(questionnaire.items_on("do_your_duty")) == 439
    assert len(questionnaire.items_on("in_group")) == 129
    assert all(len(questionnaire.items_on(name)) >= 110 for name in questionnaire.space.names)
    assert len(questionnaire.notes) == 5
