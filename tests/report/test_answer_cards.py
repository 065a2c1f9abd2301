"""The first thing on a page: an answer to each question, with its number, its interval, and its picture."""

import re

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.measures import CATALOGUE
from coevolve_sim.report import measure_groups, write_report
from coevolve_sim.report.answer_cards import build_answer_cards
from coevolve_sim.report.measure_groups import group_measures
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.sketches import sketch_bars, sketch_lines
from coevolve_sim.report.study_cards import build_study_cards
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.study_page import write_study_report
from coevolve_sim.report.tables import build_measure_rows
from coevolve_sim.scenario import loads

PLAIN = """
name: carded
rounds: 6
rounds_per_era: 2
value_space: {name: v, dimensions: [a, b]}
population: {humans: 40, groups: [{name: all, adoption: 0.6, spread: 0.1}]}
history: {kind: planted, eras: 4}
"""
WITH_ONE = PLAIN + "assistants: [{name: guide}]\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return coevolve_sim.run(loads(WITH_ONE), results=tmp_path_factory.mktemp("runs"))


def cards(run):
    return {card.name: card for card in build_answer_cards(RunData(run))}


def score(run, of, measure):
    table = run.progress
    rows = table[(table["assistant"] == of) & (table["measure"] == measure) & (table["dimension"] == "")]
    return float(rows["value"].iloc[0])


def test_each_question_has_a_sentence_a_number_and_a_picture(run):
    found = cards(run)
    assert [*found] == ["Follow", "Predict", "Coevolve", "Polarization"]
    means = run.means.set_index(["round", "kind"])[["a", "b"]]
    away = np.sqrt(((means.loc[(6, "assistant")] - means.loc[(6, "people")]) ** 2).mean())
    assert float(found["Follow"].number) == pytest.approx(away, abs=1e-4)
    assert float(found["Predict"].number) == pytest.approx(score(run, "guide", "predict_1_rmse"), abs=1e-4)
    assert float(found["Coevolve"].number) == pytest.approx(score(run, "", "share_of_way"), abs=1e-4)
    last = run.measures["mean_pairwise_distance"].iloc[-1]
    assert float(found["Polarization"].number) == pytest.approx(last, abs=1e-4)
    for card in found.values():
        assert card.number in card.sentence
        assert card.sketch is not None
        assert not re.search(r"[a-z]_[a-z]", card.sentence), "a raw name in a sentence"


def test_the_page_says_the_answers_first_and_which_command_gives_them_intervals(run):
    page = write_report(run).read_text("utf-8")
    main = page.split("<main>")[1]
    order = [main.index(f'id="{name}"') for name in ("answers", "figures", "outcome", "measures", "words")]
    assert order == sorted(order)
    assert "no interval, since this is one run" in main
    assert "coevolve compare scenario.yaml --replications 20" in main
    assert main.split('id="figures"')[0].count("<svg") == 4
    assert "prefers-color-scheme: dark" in page


def test_without_assistant_or_history_cards_say_so_instead_of_a_number(tmp_path):
    text = "{name: plain, rounds: 2, value_space: {name: v, dimensions: [a]}, population: {humans: 12}}"
    run = coevolve_sim.run(loads(text), results=tmp_path)
    found = cards(run)
    assert found["Follow"].sentence == "The scenario has no assistant, so the question does not arise."
    assert (found["Follow"].number, found["Follow"].sketch) == ("", None)
    assert "The scenario has no history" in found["Coevolve"].sentence
    assert "--world as_written= --replications 20" in write_report(run).read_text("utf-8")


def test_a_share_of_the_way_that_is_not_there_yet_is_said_to_come(run, monkeypatch):
    data = RunData(run)
    data.status = "running"
    monkeypatch.setitem(run.__dict__, "progress", run.progress.iloc[:0])
    told = {card.name: card for card in build_answer_cards(data)}
    assert told["Coevolve"].sentence.endswith("its share of history's way is told when a run is finished.")
    assert told["Predict"].sentence.startswith("Not on record")


def test_of_several_assistants_the_nearest_and_the_furthest_are_named(tmp_path):
    two = "assistants: [{name: near, start: 0.5}, {name: far, start: 0.99, policy: {kind: frozen}}]"
    run = coevolve_sim.run(loads(PLAIN + two), results=tmp_path)
    follow = cards(run)["Follow"]
    assert follow.sentence.startswith("Of 2 assistants near was last nearest to people's mean")
    assert "far furthest" in follow.sentence
    assert [line.label for line in follow.sketch.lines] == ["near", "far"]


def test_of_seven_assistants_all_are_ranked_and_five_drawn(tmp_path):
    many = [{"name": f"a{i}", "start": 0.9 - 0.06 * i, "policy": {"kind": "frozen"}} for i in range(7)]
    run = coevolve_sim.run(loads(PLAIN, overrides={"assistants": many}), results=tmp_path)
    means = run.means[run.means["round"] == 6].set_index("name")[["a", "b"]]
    people = run.means[(run.means["round"] == 6) & (run.means["kind"] == "people")][["a", "b"]].to_numpy()[0]
    away = {one["name"]: np.sqrt(((means.loc[one["name"]] - people) ** 2).mean()) for one in many}
    follow = cards(run)["Follow"]
    assert follow.sentence.startswith(f"Of 7 assistants {min(away, key=away.get)} was last nearest")
    assert len(follow.sketch.lines) == 5


def test_of_one_that_left_it_is_said_when_it_was_last_there(tmp_path):
    leaves = {"interventions": [{"round": 3, "action": "withdraw", "assistant": "guide"}]}
    run = coevolve_sim.run(loads(WITH_ONE, overrides=leaves), results=tmp_path)
    assert "in round 2, when it was last there. Until then it moved by" in cards(run)["Follow"].sentence


def test_a_finished_run_of_less_than_an_era_does_not_say_that_a_share_comes(tmp_path):
    run = coevolve_sim.run(loads(PLAIN, overrides={"rounds": 1}), results=tmp_path)
    coevolve = cards(run)["Coevolve"]
    assert coevolve.sentence.endswith("its share of history's way is not told, as no era was completed.")
    assert (coevolve.number, coevolve.sketch) == ("", None)


# --- a study ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return coevolve_sim.compare(loads(WITH_ONE), replications=4, results=tmp_path_factory.mktemp("studies"))


def test_a_study_answers_each_question_by_world_with_intervals(study):
    found = {card.name: card for card in build_study_cards(StudyData(study))}
    assert [*found] == ["Follow", "Predict", "Coevolve", "Polarization"]
    assert len(found["Coevolve"].levels) == 3
    for world, level in zip(StudyData(study).worlds, found["Coevolve"].levels, strict=True):
        scores = study.scores("share_of_way", world)
        half = 3.182446 * scores.std(ddof=1) / 2  # Student's t, 3 degrees of freedom
        shown = [float(n) for n in re.findall(r"\d*\.\d+", level.number)]
        assert shown == pytest.approx([scores.mean(), scores.mean() - half, scores.mean() + half], abs=6e-3)
        assert 0 <= level.low <= level.mean <= level.high <= 100
    effect = study.effect("share_of_way", "as_written", "no_assistant").effect
    told = found["Coevolve"].sentence
    assert told.startswith("as_written less no_assistant: ")
    assert ". frozen_assistant less no_assistant: " in told
    assert f"{abs(effect.mean):.2f}"[1:] in told
    assert "no_assistant has no such number" in found["Follow"].sentence
    assert write_study_report(study).read_text("utf-8").index('id="answers"') > 0


def test_of_many_worlds_the_reference_is_among_those_shown_and_the_rest_is_counted(tmp_path):
    worlds = {f"w{i}": {"update.noise": 0.01 * i} for i in range(5)} | {"none": {"assistants": []}}
    found = coevolve_sim.compare(loads(WITH_ONE), worlds, replications=2, results=tmp_path)
    card = {card.name: card for card in build_study_cards(StudyData(found))}["Coevolve"]
    assert [level.world for level in card.levels] == ["w0", "w1", "w2", "none"]
    assert card.sentence.endswith("2 more worlds are in the tables.")


def test_where_worlds_have_other_assistants_the_one_of_most_worlds_is_named(tmp_path):
    worlds = {
        "both": {"assistants": [{"name": "b"}, {"name": "a"}]},
        "one": {"assistants": [{"name": "a"}]},
        "none": {"assistants": []},
    }
    found = coevolve_sim.compare(loads(PLAIN), worlds, replications=2, results=tmp_path)
    card = {card.name: card for card in build_study_cards(StudyData(found))}["Follow"]
    assert [level.world for level in card.levels] == ["both", "one"]
    assert card.unit.startswith("a: distance from people's mean")


# --- pictures and groups ---------------------------------------------------------------------------


def test_a_line_goes_from_edge_to_edge_and_breaks_where_it_is_not_known():
    drawn = sketch_lines([0, 1, 2, 3], [("people", "p", [1.0, np.nan, 0.0, 2.0])], "")
    assert drawn.lines[0].path == "M3.0 36.0M159.0 69.0L237.0 3.0"
    assert (drawn.low, drawn.high) == ("0.0000", "2.0000")


def test_a_bar_without_a_number_is_not_drawn():
    assert sketch_bars([("people", "p", float("nan"))], "") is None
    assert [bar.share for bar in sketch_bars([("people", "p", 0.0)], "").bars] == [0.0]


def test_three_measures_stand_first_and_every_other_under_one_heading(run):
    rows = build_measure_rows(RunData(run))
    first, groups = group_measures(rows)
    assert [row.name for row in first] == ["mean_pairwise_distance", "variance", "esteban_ray"]
    shown = [row.name for row in first] + [row.name for group in groups for row in group.rows]
    assert sorted(shown) == sorted(row.name for row in rows)


def test_every_measure_of_the_catalogue_has_its_heading():
    named = [name for names in measure_groups.GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(CATALOGUE.own) == set(named)
