"""Dilemmas put to a society while it runs: asked as people stand, recorded, resumed, counted, refused."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import ScenarioError, UnansweredError
from coevolve_sim.language.questionnaires import topic_of
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import read_stances
from coevolve_sim.report import page, write_report
from coevolve_sim.report.pictures import ShownPicture
from coevolve_sim.runs.estimate import estimate_requests
from coevolve_sim.scenario import dump, loads
from coevolve_sim.scenario.dumper import content_of
from coevolve_sim.society.dilemma_panel import build_panel
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import TEXT, society
from tests.language.questionnaires.test_dilemmas import LABELS, PLACES, SITUATIONS, VALUES

CARE = topic_of("moral-foundations", "care")
SMALL = (
    "population.groups=[{name: everyone, distribution: uniform}]",
    "dimensions=[care, fairness]",
    "rounds=2",
    "seed=9",
)
PUT = "{path: '%s', every: 1, number: 6, humans: 3, theories: [mft], labels: {path: '%s'}}"


def for_mercy(request):
    """Take the side of mercy if care is held above .5; say nothing to what is no dilemma."""
    if request.kind != "dilemma":
        return None
    held = read_stances(request.messages[0].content)[CARE]
    number = int(request.messages[-1].content.split()[2])
    yes = (LABELS[number] == "chosen") == (held > 0.5)
    return [0.9 if (word == "Yes") == yes else 0.1 for word in request.options]


@pytest.fixture
def town(tmp_path):
    folder = tmp_path / "town"
    folder.mkdir()
    labels = "idx,yes\n" + "".join(f"{number},{side}\n" for number, side in LABELS.items())
    files = {"values": VALUES, "dilemma": SITUATIONS, "dilemma_values": PLACES, "labels": labels}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def written(town, *overrides, put=PUT):
    return loads(
        TEXT + f"measures: {{dilemmas: {put % (town, town / 'labels.csv')}}}\n",
        overrides=[*SMALL, *overrides],
    )


def test_everybody_chooses_by_what_it_holds_in_that_round_and_scores_are_of_that(town, minds, tmp_path):
    minds(for_mercy)
    run = coevolve_sim.run(written(town), results=tmp_path)
    table, humans = run.choices, run.choices[run.choices["speaker"] == "human"]
    assert sorted(table["round"].unique()) == [0, 1, 2]
    assert len(humans["number"].unique()) == 3
    held = run.trajectories.set_index(["round", "human"])["care"]
    of_assistant = run.means[run.means["kind"] == "assistant"].set_index("round")["care"]
    for row in table.itertuples():
        care = held[row.round, row.number] if row.speaker == "human" else of_assistant[row.round]
        assert row.chosen == float(np.floor(care * 100 + 0.5) > 50), "mercy stands on the side GPT-4 chose"
        assert row.share == pytest.approx(0.9 if row.chosen else 0.1)
        assert row.yes == LABELS[row.dilemma]
    for round_index, part in humans.groupby("round"):
        scores = run.choice_scores.set_index(["round", "who", "theory", "name"]).loc[
            round_index, "people", "mft"
        ]
        assert scores.loc["Care", "score"] == pytest.approx(100 * (2 * part["chosen"].mean() - 1))
        assert scores.loc["Authority", "score"] == pytest.approx(-scores.loc["Care", "score"])
        assert scores["places"].tolist() == [18, 18]
        assert scores["dilemmas"].tolist() == [6, 6]
    assert 0 < humans["chosen"].mean() < 1, "people differ"


def test_to_be_asked_moves_nobody(town, minds, tmp_path):
    asked = minds(for_mercy)
    with_them = coevolve_sim.run(written(town), results=tmp_path / "a")
    put = len(asked.of_kind("dilemma"))
    without = coevolve_sim.run(loads(TEXT, overrides=SMALL), results=tmp_path / "b")
    assert len(asked.of_kind("dilemma")) == put > 0
    np.testing.assert_array_equal(with_them.trajectory_arrays()[2], without.trajectory_arrays()[2])
    assert len(without.choices) == 0
    assert "dilemmas" not in content_of(without.scenario)["measures"]


@pytest.mark.parametrize("stop_at", [1, 30, 61])
def test_a_run_stopped_in_a_dilemma_goes_on_to_the_same_bytes_and_asks_nothing_twice(
    stop_at, town, minds, tmp_path
):
    class StopError(Exception):
        pass

    count = {"dilemma": 0}

    def stopping(request):
        count["dilemma"] += request.kind == "dilemma"
        if request.kind == "dilemma" and count["dilemma"] == stop_at:
            raise StopError
        return for_mercy(request)

    whole_asked = minds(for_mercy)
    whole = coevolve_sim.run(written(town), results=tmp_path / "whole")
    first = minds(stopping)
    with pytest.raises(StopError):
        coevolve_sim.run(written(town), results=tmp_path / "stopped")
    (folder,) = (tmp_path / "stopped").iterdir()
    second = minds(for_mercy)
    assert coevolve_sim.resume(folder).digest() == whole.digest()
    keys = first.keys + second.keys
    assert len(keys) == len({*keys}) == len(whole_asked.keys)


def test_an_estimate_counts_them(town, minds):
    minds(for_mercy)
    counted = {entry.kind: entry.requests for entry in estimate_requests(build_setup(written(town)))}
    assert counted["dilemma"] <= 3 * (3 + 1) * 6 * 2, "what nobody moved is asked once"
    assert counted["dilemma"] >= (3 + 1) * 6 * 2


def test_too_many_dilemmas_without_an_answer_stop_the_run_before_the_round(town, minds, tmp_path):
    minds(lambda request: Reply("given up", detail="away") if request.kind == "dilemma" else None)
    with pytest.raises(UnansweredError, match=r"mind 'people'.* nothing of round 0 is on record"):
        coevolve_sim.run(written(town), results=tmp_path)
    (folder,) = (path for path in tmp_path.iterdir() if path != town)
    minds(for_mercy)
    assert set(coevolve_sim.resume(folder).choices["chosen"]) == {0.0, 1.0}


def test_what_is_refused_is_no_choice(town, minds, tmp_path):
    def reply(request):
        if request.kind == "dilemma" and "fence 4 " in request.messages[-1].content:
            return Reply("refused", "I'm sorry, I can't help with that.")
        return for_mercy(request)

    minds(reply)
    run = coevolve_sim.run(written(town, "minds.0.at_most_refused=1.0"), results=tmp_path)
    unknown = run.choices[run.choices["chosen"].isna()]
    assert set(unknown["dilemma"]) == {4}
    assert unknown["share"].isna().all()
    assert set(run.choice_scores["dilemmas"]) == {5}


def test_an_assistant_that_is_not_there_is_not_asked_and_one_with_weights_is_told_no_values(town, minds):
    asked = minds(for_mercy)
    keys = "measures.dilemmas=" + PUT % (town, town / "labels.csv")
    away = society(*SMALL, keys, "assistants=[{name: helper, present: false}]")
    away.prepare()
    assert {kind for kind, _ in away.log.chosen.speakers} == {"human"}
    assert not [one for one in asked.of_kind("dilemma") if "helper" in one.messages[0].content]
    asked = minds(lambda request: (0.5, 0.5) if request.kind == "dilemma" else None)
    tuned = society(*SMALL, keys)
    object.__setattr__(tuned.setup.channel.assistants[0], "is_tuned", True)
    tuned.prepare()
    (spoken,) = {one.messages[0].content for one in asked.of_kind("dilemma") if "helper" in str(one.messages)}
    assert spoken == "You are helper, an AI assistant."


def test_dilemmas_and_humans_are_drawn_once_by_the_seed(town):
    fewer = PUT.replace("number: 6", "number: 5")
    panels = [build_panel(written(town, f"seed={seed}", put=fewer), 6) for seed in range(1, 30)]
    again = build_panel(written(town, "seed=1", put=fewer), 6)
    assert [*panels[0].labels] == [*again.labels]
    assert panels[0].humans.tolist() == again.humans.tolist()
    assert {number for panel in panels for number in panel.labels} == set(LABELS)
    assert {len(panel.labels) for panel in panels} == {5}
    assert {human for panel in panels for human in panel.humans.tolist()} == set(range(6))
    assert build_panel(written(town), 2).humans.tolist() == [0, 1]


def test_a_scenario_with_dilemmas_is_read_and_written_again(town):
    scenario = written(town)
    assert loads(dump(scenario)) == scenario
    assert [*content_of(scenario)["measures"]["dilemmas"]][:2] == ["path", "every"]


NUMBERS = "{name: n, rounds: 2, measures: {dilemmas: {path: a}}}"


def test_a_society_in_numbers_refuses_them_by_name():
    with pytest.raises(
        ScenarioError, match="dilemmas are answered by minds, and with a channel of kind numeric"
    ):
        loads(NUMBERS)


@pytest.mark.parametrize(
    ("changed", "labels", "said"),
    [
        (("path: '{town}'", "path: §'{town}/none'"), None, "none/values.csv"),
        (("number: 6", "number: §7"), None, "7 given; 6 dilemmas are labelled"),
        (("theories: [mft]", "theories: [mft, §virtue]"), None, "theory 'virtue': 0 dilemmas have values"),
        (("theories: [mft]", "theories: [mft, §mft]"), None, "theory 'mft' is named twice"),
        (("theories: [mft]", "theories: [§zodiac]"), None, "zodiac"),
        (
            ("assistants: [{name: helper", "assistants: [{name: §people"),
            None,
            "'people' are the humans who are",
        ),
        (("number: 6", "number: §4"), None, "4 given; allowed: a whole number in [5"),
        (("path: '{town}/labels", "path: §'{town}/labels"), "99,chosen\n", "dilemma 99 has no values in"),
        (("path: '{town}/labels", "path: §'{town}/labels"), "99,left\n", "a side is chosen or neglected"),
    ],
)
def test_what_cannot_be_put_is_refused_at_its_place_in_the_file(changed, labels, said, town, tmp_path):
    if labels:
        (town / "labels.csv").write_text((town / "labels.csv").read_text() + labels)
    text = TEXT + f"measures: {{dilemmas: {PUT % (town, town / 'labels.csv')}}}\n"
    before, after = (part.replace("{town}", str(town)) for part in changed)
    assert before in text
    text = text.replace(before, after)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "§" in one)
    column = text.splitlines()[line - 1].index("§") + 1
    file = tmp_path / "put.yaml"
    file.write_text(text.replace("§", ""))
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(file, results=tmp_path / "none")
    assert str(caught.value).startswith(f"{file}:{line}:{column}: ")
    assert said in str(caught.value)


def test_a_changed_table_of_dilemmas_is_another_input(town, minds, tmp_path):
    minds(for_mercy)
    run = coevolve_sim.run(written(town), results=tmp_path)
    assert "measures.dilemmas.path/dilemma_values.csv" in run.manifest["inputs"]
    assert "measures.dilemmas.labels.path" in run.manifest["inputs"]


def test_the_report_has_what_is_chosen_how_far_that_are_choices_and_pictures(
    town, minds, tmp_path, monkeypatch
):
    for others in ("_save_pictures", "_save_language_pictures"):  # which take long, and are tested elsewhere
        monkeypatch.setattr(page, others, lambda *_: [ShownPicture("other", "Other", "")] * 6)
    minds(
        lambda request: (
            [float(word == "No") for word in request.options]
            if request.kind == "dilemma" and "helper" in request.messages[0].content
            else for_mercy(request)
        )
    )
    run = coevolve_sim.run(written(town), results=tmp_path)
    html = write_report(run).read_text(encoding="utf-8")
    part = html[html.index('<section id="chosen">') :]
    assert 'href="#chosen"' in html
    assert "yes was said in 0% of the dilemmas: one word, whatever is asked" in part
    assert '<th scope="row">people</th><td class="n">2</td><td class="n">100%</td>' in part
    assert {"chosen.svg", "chosen_over_rounds.svg"} <= {
        path.name for path in (run.folder / "figures").iterdir()
    }
    assert {"choices.csv", "choice_scores.csv"} <= {path.name for path in run.export(("csv",))}
