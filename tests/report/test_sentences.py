"""Each sentence of a report holds for the run that it is about."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.report import conversations
from coevolve_sim.report.changes import describe_changes, name_change
from coevolve_sim.report.continuity import measure_own_share
from coevolve_sim.report.findings import answer_questions, describe_limits
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.network_picture import _name_round
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.scenario_text import describe_scenario
from coevolve_sim.report.tables import build_measure_rows, build_progress_rows, build_way_rows
from coevolve_sim.report.timeline import build_timeline
from coevolve_sim.report.value_pictures import draw_value_trajectories
from tests.report.report_talking import a_talk

SPACE = "value_space: {name: v, dimensions: [thrift, mercy]}, network: {family: ring}"
ERAS = "era,thrift,mercy\nC013,0.2,0.4\nC016,0.3,0.5\nC019,0.6,0.5\n"


def data_of(folder, keys):
    path = folder / "tiny.yaml"
    path.write_text(f"{{name: tiny, record: {{checkpoint_every: 9}}, {keys}}}")
    return RunData(coevolve_sim.run(path, results=folder / "results"))


def with_eras(folder, effect):
    (folder / "eras.csv").write_text(ERAS)
    groups = "groups: [{name: a, share: 0.5, era: C013}, {name: b, share: 0.5, era: C019}]"
    history = f"history: {{kind: file, path: eras.csv, effect: {effect}}}"
    return data_of(folder, f"rounds: 2, {SPACE}, {history}, population: {{humans: 8, {groups}}}")


def answer(data, name):
    return " ".join(next(one.paragraphs for one in answer_questions(data) if one.name == name))


def lead(data, name):
    found = next(one for one in describe_scenario(data) if one.lead == name)
    return " ".join([found.text, *found.items])


# --- time and history ----------------------------------------------------------------------------


def test_rounds_bear_no_names_of_eras_where_no_time_passes(tmp_path):
    data = with_eras(tmp_path, "seed")
    timeline = build_timeline(data)
    assert (timeline.label, timeline.ticks) == ("round", ())
    assert _name_round(2, data) == "round 2"


def test_rounds_bear_the_names_of_eras_where_time_passes(tmp_path):
    data = with_eras(tmp_path, "shift")
    assert build_timeline(data).ticks == ((0, "C013"), (1, "C016"), (2, "C019"))
    assert _name_round(2, data) == "round 2 (C019)"


@pytest.mark.parametrize(
    ("effect", "title"), [("seed", "Values by group"), ("shift", "Values by group, beside history")]
)
def test_a_title_names_history_where_it_is_drawn(tmp_path, effect, title):
    data = with_eras(tmp_path, effect)
    assert draw_value_trajectories(data, build_timeline(data)).title == title


def test_a_history_that_only_seeds_groups_is_not_said_to_be_none(tmp_path):
    told = answer(with_eras(tmp_path, "seed"), "Coevolve")
    assert "The scenario's history only tells where groups begin (effect: seed)" in told
    assert "no history" not in told


def test_no_history_is_said_to_be_none(tmp_path):
    told = answer(data_of(tmp_path, f"rounds: 2, {SPACE}, population: {{humans: 8}}"), "Coevolve")
    assert "The scenario has no history, so there is nothing to hold that against." in told


def test_a_planted_history_is_described_by_the_keys_that_its_shape_uses(tmp_path):
    data = data_of(tmp_path, f"{SPACE}, history: {{kind: planted, eras: 3}}, population: {{humans: 8}}")
    assert "It has shape linear, eras 3; an era lasts 1 round." in lead(data, "History")


# --- changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0.5, 0.505, "these changed by less than 5 %: variance (0.5000 to 0.5050, +1 %)."),
        (0.005, 0.00546, "these rose: variance (0.0050 to 0.0055, +9 %)."),
        (0.005, 0.0046, "these fell: variance (0.0050 to 0.0046, −8 %)."),
        (0.0, 0.2, "these rose: variance (0.0000 to 0.2000)."),
        (0.0, 0.0, "these changed by less than 5 %: variance (0.0000 to 0.0000)."),
        (0.2, np.nan, "these cannot be compared: variance (0.2000 to undefined)."),
    ],
)
def test_a_change_is_named_by_one_rule_and_bears_its_numbers(before, after, said):
    assert describe_changes({"variance": (before, after)}) == said


def test_a_measure_that_can_be_negative_is_compared_in_size():
    assert name_change("assortativity", -0.001, 0.004) == "changed by less"
    told = describe_changes({"assortativity": (-0.001, 0.004), "variance": (0.2, 0.2)})
    assert "changed by less than 5 %: variance" in told
    assert "changed by less than 0.02: assortativity (−0.0010 to 0.0040)" in told


def test_a_run_of_one_seed_says_that_its_numbers_have_no_interval(tmp_path):
    data = data_of(tmp_path, f"rounds: 2, {SPACE}, population: {{humans: 8}}")
    assert "none has an interval" in describe_limits(data)
    assert "This is one run" in answer(data, "Polarization")


# --- assistants ----------------------------------------------------------------------------------


def test_an_assistant_called_assistant_is_the_assistant(tmp_path):
    acts = "interventions: [{round: 1, action: withdraw, assistant: assistant}]"
    data = data_of(tmp_path, f"rounds: 2, {SPACE}, population: {{humans: 8}}, assistants: [{{}}], {acts}")
    assert data.interventions == [(1, "the assistant withdrawn")]
    assert LanguageData(data.run).speaker("answer", 0) == "the assistant"


def test_several_assistants_are_called_by_their_names(tmp_path):
    data = data_of(
        tmp_path, f"rounds: 2, {SPACE}, population: {{humans: 8}}, assistants: [{{}}, {{name: two}}]"
    )
    assert answer(data, "Follow").startswith("The assistant's distance")
    assert "Assistant two's distance" in answer(data, "Follow")


def test_nobody_is_said_to_consult_an_assistant_that_is_not_there(tmp_path):
    groups = "groups: [{name: a, share: 0.5}, {name: b, share: 0.5}]"
    keys = f"rounds: 1, {SPACE}, population: {{humans: 8, {groups}}}"
    assert "assistant" not in lead(data_of(tmp_path, keys), "People")
    some = lead(data_of(tmp_path, f"{keys}, assistants: [{{groups: [a]}}]"), "People")
    assert some.count("Each consults an assistant") == 1
    assert some.count("No assistant serves it.") == 1


def test_a_move_is_told_once_though_several_messages_share_it(tmp_path, monkeypatch):
    run = a_talk(monkeypatch, tmp_path, rounds=4)
    language_data, told = LanguageData(run), set()
    shown = conversations.choose_peer_messages(language_data, told)
    shown += conversations.choose_questions(language_data, told)
    moves = [
        (one.round, one.topic, listener.who)
        for one in shown
        for message in one.messages
        for listener in message.listeners
        if message.kind != "question" and listener.moved != conversations.TOLD_ABOVE
    ]
    assert len(moves) == len(set(moves)) > 2
    first = [one for one in shown if one.why == conversations.MOVED]
    for one in first:
        assert any(who.moved not in (conversations.TOLD_ABOVE, "–") for who in one.messages[-1].listeners)


# --- cosines, errors and shares --------------------------------------------------------------------


def test_one_dimension_has_no_cosine_and_says_why_and_has_an_error_and_a_share(tmp_path):
    history = "history: {kind: planted, eras: 9, start: 0.55, end: 0.95}"
    people = "population: {humans: 30, groups: [{name: all, centre: 0.5, spread: 0.02}]}"
    still = "assistants: [{start: 0.501, policy: {kind: frozen}}]"
    space = "value_space: {name: v, dimensions: [thrift]}, network: {family: ring}"
    data = data_of(tmp_path, f"{space}, {history}, {people}, {still}")
    rows = {row.name: row for row in build_progress_rows(data)}
    for name in ("follow", "follow_history", "predict_1", "coevolve", "coevolve_aligned"):
        assert (rows[name].plain, rows[name].centred) == ("–", "–")
        assert rows[name].note.startswith("absent: in one dimension")
    assert 0.2 < float(rows["follow"].rmse) < 0.3
    assert 0.8 < float(rows["share_of_way"].plain) < 1.0
    assert "in one dimension nothing lies across" in rows["distance_across_way"].note
    for question in ("Follow", "Predict", "Coevolve"):
        assert "absent: in one dimension" in answer(data, question)
    assert build_way_rows(data) == ([], 0)


def test_eras_at_the_centre_are_counted_where_they_drop_out(tmp_path):
    history = "history: {kind: planted, eras: 7, start: 0.8, end: 0.2, effect: none}"
    people = "population: {humans: 6, groups: [{name: all, centre: 0.7, spread: 0.0, adoption: 0.0}]}"
    frozen = "assistants: [{start: 0.9, policy: {kind: frozen}}]"
    data = data_of(tmp_path, f"{SPACE}, {history}, {people}, {frozen}")
    rows = {row.name: row for row in build_progress_rows(data)}
    assert "centred: 1 of 6 eras left out" in rows["follow_history"].note
    assert rows["follow"].note == ""


def test_shares_of_historys_way_stand_by_dimension_with_how_far_history_went(tmp_path):
    (tmp_path / "eras.csv").write_text("era,thrift,mercy\n1,0.2,0.4\n2,0.3,0.4\n3,0.6,0.41\n")
    people = "population: {humans: 400, groups: [{name: all, centre: 0.5, spread: 0.01}]}"
    data = data_of(tmp_path, f"{SPACE}, history: {{kind: file, path: eras.csv}}, {people}")
    rows, left_out = build_way_rows(data)
    assert (left_out, [row.dimension for row in rows]) == (0, ["Thrift", "Mercy"])
    assert rows[0].history == "0.200 to 0.600"
    assert 0.95 < float(rows[0].share) < 1.05
    assert rows[1].note == "history moved by 0.0100 only"
    assert "By dimension it is between" in answer(data, "Coevolve")


def test_measures_that_depend_on_the_number_of_people_say_so_and_others_stand_beside_them(tmp_path):
    data = data_of(tmp_path, f"rounds: 2, {SPACE}, population: {{humans: 12}}")
    rows = {row.name: row for row in build_measure_rows(data)}
    assert "among more people" in rows["effective_clusters"].with_size
    assert rows["variance"].with_size == ""
    assert rows["density_modes"].values[0] == "1.0000"
    index, a_head = rows["polarization_disagreement_index"], rows["polarization_disagreement_per_head"]
    assert float(a_head.values[0]) == pytest.approx(float(index.values[0]) / 12, abs=1e-4)


def test_a_share_of_ones_own_has_an_interval_by_humans():
    """Five humans of ten answers each, with errors of their own: half of it as by a formula written out."""
    rng = np.random.default_rng(2)
    humans = np.repeat(np.arange(5), 10)
    target, own = np.full(50, 0.5), rng.uniform(0.6, 0.9, 50)
    away = 0.3 * (own - target) + np.repeat(rng.normal(0, 0.02, 5), 10)
    share, half = measure_own_share(target + away, target, own, humans)
    x = own - target
    slope = (x * away).sum() / (x * x).sum()
    scores = [((away - slope * x) * x)[humans == h].sum() for h in range(5)]
    assert share == pytest.approx(slope)
    assert half == pytest.approx(1.96 * np.sqrt(5 / 4 * np.sum(np.square(scores))) / (x * x).sum())
