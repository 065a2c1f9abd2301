"""The scenarios on board: each loads, is written back, runs, and shows what its comment says."""

import re
from pathlib import Path

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.rules.trust_theory import (
    Beliefs,
    spectral_radius,
    trust_through_assistant,
    update_beliefs,
)
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.policy_specs import WeightsPolicySpec
from coevolve_sim.scenario.society_specs import NetworkFileSpec
from coevolve_sim.society.setup import build_setup
from tests import ROOT

FOLDER = ROOT / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
ON_BOARD = {
    "assistant_withdrawal",
    "bayesian_trust",
    "demo",
    "echo_chamber",
    "facebook",
    "held_back",
    "language_held_back",
    "lock_in",
    "million",
    "moral_progress",
    "no_interaction_control",
    "pleasing_with_facts",
    "quickstart",
    "quickstart_numeric",
    "stubborn_minority",
    "three_eras",
    "vllm_gpu",
    "weights_that_learn",
}
NEVER_OURS = r"\b(simulations?|users?|bots?|steps?|ticks?|turns?)\b"

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def is_of_language(path):
    return coevolve_sim.load(path).channel.kind == "language"


def with_scripted_minds(scenario):
    """Return overrides that put the mind without a model in the place of every mind; it has no voices."""
    overrides = {"minds": [{"kind": "scripted", "name": mind.name} for mind in scenario.minds]}
    for index in range(len(scenario.population.groups)):
        overrides[f"population.groups.{index}.voice"] = ""
    for index in range(len(scenario.assistants)):
        overrides[f"assistants.{index}.voice"] = ""
    if scenario.channel.reader.kind != "letters":
        overrides["channel.reader"] = {"kind": "letters"}
    return overrides


def reduced(path, **keys):
    """Return overrides that make a scenario small; a network from a file keeps its size."""
    scenario = coevolve_sim.load(path)
    small = {"mesa.collect": "none", "rounds": 4, "interventions": []}
    if any(isinstance(assistant.policy, WeightsPolicySpec) for assistant in scenario.assistants):
        pytest.importorskip("peft")
        small |= {"rounds": 2, "population.humans": 6, "assistants.0.policy.pairs": 1}
    elif is_of_language(path):
        small |= {"rounds": 2, "population.humans": 24, **with_scripted_minds(scenario)}
    elif isinstance(scenario.network, NetworkFileSpec):
        if not Path(scenario.network.path).is_file():
            pytest.skip(f"{scenario.network.path} is not here; it is no part of the package")
        small["rounds"] = 2
    else:
        small["population.humans"] = 60
    if scenario.games is not None:
        small["games.every"] = 2
    return small | keys


@pytest.fixture
def ran(tmp_path):
    """Run a scenario by name, a short way to write it; measures other than those named are left out."""

    def run(name, measures=("variance",), seed=1, **keys):
        overrides = {key.replace("__", "."): value for key, value in keys.items()}
        overrides |= {"mesa.collect": "none", "measures.names": list(measures)}
        return coevolve_sim.run(
            FOLDER / f"{name}.yaml", seed=seed, overrides=overrides, results=tmp_path / "results"
        )

    return run


def last(run, measure):
    return run.measures[measure].iloc[-1]


def summary(run, measure, assistant=""):
    rows = run.summary
    return rows[(rows["assistant"] == assistant) & (rows["measure"] == measure)]["value"].item()


def mean_of_group(run, group, round_index):
    means = run.means
    rows = means[(means["kind"] == "group") & (means["name"] == group) & (means["round"] == round_index)]
    return rows[list(run.dimensions)].to_numpy().mean()


# --- every file ----------------------------------------------------------------------------------


def test_all_scenarios_are_on_board():
    assert {path.stem for path in FILES} >= ON_BOARD


@each_file
def test_a_file_begins_with_its_question_and_what_to_expect(path):
    text = path.read_text(encoding="utf-8")
    comment = re.match(r"(?:#.*\n)+", text).group()
    assert "?" in comment.splitlines()[0]
    wanted = ["What to expect, over seeds"]
    if is_of_language(path):
        is_of_embedded = all(mind.kind == "embedded" for mind in coevolve_sim.load(path).minds)
        wanted = ["What to look at:", *(["What to expect (seed"] if is_of_embedded else [])]
    assert all(words in comment for words in wanted)
    assert not re.search(NEVER_OURS, comment, re.IGNORECASE)


@each_file
def test_a_scenario_is_called_as_its_file_and_survives_being_written_back(path):
    scenario = coevolve_sim.load(path)
    assert scenario.name == path.stem
    assert scenario.description.strip()
    assert loads(coevolve_sim.dump(scenario)) == scenario


@pytest.mark.long
@each_file
def test_a_scenario_runs_at_reduced_size(path, tmp_path):
    overrides = reduced(path)
    run = coevolve_sim.run(path, overrides=overrides, results=tmp_path)
    assert run.status == "finished"
    assert run.n_rounds_finished == overrides["rounds"]
    assert set(run.rounds["status"]) == {"finished"}
    assert not run.measures.empty
    assert run.measures.iloc[-1].notna().all()


@each_file
def test_what_a_file_tells_to_compare_can_be_read(path):
    text = path.read_text(encoding="utf-8").replace("\\\n#", "")
    commands = re.findall(rf"coevolve run {path.stem}((?: +--set (?:'[^']*'|[^\s']+))+)", text)
    assert commands
    for command in commands:
        overrides = [one.strip("'") for one in re.findall(r"--set +('[^']*'|\S+)", command)]
        assert coevolve_sim.load(path, overrides) != coevolve_sim.load(path)


@each_file
def test_a_file_can_be_checked_without_opening_a_mind(path, monkeypatch):
    def opened(*_arguments, **_keys):
        raise AssertionError("a mind was opened")

    if path.stem in {"million", "facebook"}:
        pytest.skip("large, or of a file that is no part of the package")
    monkeypatch.setattr("coevolve_sim.language.channel_setup.open_mind", opened)
    build_setup(coevolve_sim.load(path))


# --- what the comments say -----------------------------------------------------------------------


def test_in_quickstart_numeric_a_learning_assistant_keeps_up_better_than_a_frozen_one(ran):
    small = {"population__humans": 150, "rounds": 40}
    learning = ran("quickstart_numeric", **small)
    frozen = ran("quickstart_numeric", assistants__0__policy__kind="frozen", **small)
    nobody = ran("quickstart_numeric", assistants=[], **small)
    follow = [summary(run, "follow_centred", "assistant") for run in (learning, frozen)]
    assert follow[0] > follow[1]
    people = [summary(run, "coevolve_aligned_centred") for run in (frozen, learning, nobody)]
    assert people == sorted(people)
    assert last(learning, "variance") < last(nobody, "variance")


def test_in_the_control_nobody_moves_and_everything_is_said(ran):
    path = FOLDER / "no_interaction_control.yaml"
    keys = {
        key.replace(".", "__"): value for key, value in with_scripted_minds(coevolve_sim.load(path)).items()
    }
    run = ran("no_interaction_control", rounds=2, **keys)
    first, *_, last_values = (values for _, values in run.snapshots().items())
    np.testing.assert_array_equal(first, last_values)
    assert set(run.messages["status"]) == {"answered"}
    assert len(run.messages) == 2 * 30


def test_in_echo_chamber_narrow_confidence_parts_communities_and_a_guide_joins_them(ran):
    names = ("disagreement_of_communities", "effective_clusters")
    narrow, wide, guided = (
        ran("echo_chamber", names, **keys)
        for keys in ({}, {"update__confidence__peer": 0.6}, {"assistants": [{"name": "guide"}]})
    )
    disagreement = [last(run, names[0]) for run in (narrow, wide, guided)]
    assert disagreement[0] > 10 * disagreement[1]
    assert disagreement[0] > 10 * disagreement[2]
    assert last(narrow, names[1]) > 1.8
    assert last(wide, names[1]) < 1.1


def test_in_held_back_people_follow_the_assistant_and_neither_follows_history(ran):
    small = {"population__humans": 150}
    names = ("mean_pairwise_distance",)
    locked = ran("held_back", names, **small)
    nobody = ran("held_back", names, assistants=[], **small)
    rare = ran("held_back", names, population__groups__0__adoption=0.1, **small)
    kept = [summary(run, "coevolve_aligned_centred") for run in (locked, rare, nobody)]
    assert kept == sorted(kept)
    assert kept[0] < 0.6 * kept[2]
    assert summary(locked, "follow_centred", "assistant") > 0.95
    assert summary(locked, "follow_history_centred", "assistant") < 0.4
    assert last(locked, names[0]) < 0.7 * last(nobody, names[0])


def way_of_history(run):
    """Return the share of history's whole way that people have come by each round, from round 0."""
    means, names = run.means.sort_values("round"), list(run.dimensions)
    people, past = (means[means["kind"] == kind][names].to_numpy() for kind in ("people", "history"))
    way = past[-1] - past[0]
    return (people - people[0]) @ way / (way @ way)


@pytest.mark.long
def test_in_held_back_people_are_dragged_and_not_locked_in(ran):
    """They creep on while the assistant stays, and are where history is as soon as it goes."""
    small = {"population__humans": 100, "rounds": 160}
    leave = [{"action": "withdraw", "round": 81, "assistant": "assistant"}]
    stays, leaves = (way_of_history(ran("held_back", **small, interventions=done)) for done in ([], leave))
    assert stays[80] == leaves[80] < 0.35
    assert 0.4 < stays[160] < 0.6
    assert leaves[160] > 0.95


def test_under_shift_dragged_people_go_at_the_speed_that_the_comment_derives(ran):
    run = ran("held_back", population__humans=150, history__effect="shift")
    assert way_of_history(run)[-1] == pytest.approx(0.10, abs=0.03)


def people_by_round(run):
    means = run.means.query("kind == 'people'").sort_values("round")
    return means[list(run.dimensions)].to_numpy()[:, 0]


def test_in_lock_in_first_beliefs_keep_the_weight_that_theory_gives_them(ran):
    """Theory: the belief whose first piece of evidence is 1 and every other is 0, in rounds after round 0."""
    setup = build_setup(coevolve_sim.load(FOLDER / "lock_in.yaml"))
    peers = np.zeros((50, 50))
    peers[setup.ties.listeners, setup.ties.indices] = 0.09
    trust = peers + trust_through_assistant(50, 0.01, 1.0)
    assert spectral_radius(peers) == pytest.approx(0.911, abs=0.01)
    assert spectral_radius(trust) == pytest.approx(1.406, abs=0.01)
    first = Beliefs(np.zeros(50), np.ones(50))
    for count in range(1, 81):
        first = update_beliefs(first, trust, np.full(50, np.log(count)), np.full(50, 1 / count))
    assert np.ptp(first.means) < 1e-9
    people = people_by_round(ran("lock_in"))
    assert first.means[0] == pytest.approx(0.363, abs=0.003)
    assert people[-1] == pytest.approx(0.5 + first.means[0] * (people[0] - 0.5), abs=0.02)


def test_in_lock_in_first_beliefs_stay_when_the_assistant_goes_and_not_without_it(ran):
    leave = [{"action": "withdraw", "round": 41, "assistant": "assistant"}]
    stays, gone, little, none = (
        people_by_round(ran("lock_in", **keys))
        for keys in (
            {},
            {"interventions": leave},
            {"assistants__0__policy__trust": 0.001},
            {"assistants": []},
        )
    )
    assert stays[80] == pytest.approx(stays[40], abs=1e-4)
    assert gone[80] == pytest.approx(gone[40], abs=1e-4)
    assert stays[80] - none[80] > 0.08
    assert abs(little[80] - none[80]) < 0.003


def test_on_facebook_friends_become_alike_and_a_guide_undoes_it(ran):
    reduced(FOLDER / "facebook.yaml")
    names = ("assortativity",)
    without = ran("facebook", names, rounds=15, assistants=[])
    guided = ran("facebook", names, rounds=15)
    assert abs(without.measures[names[0]].iloc[0]) < 0.01
    assert last(without, names[0]) > 0.08
    assert last(guided, names[0]) < last(without, names[0])


def test_in_stubborn_minority_the_best_places_carry_the_majority_furthest(ran):
    small = {"population__humans": 200, "rounds": 40}
    places = ("lowest_degree", "random", "highest_degree")
    runs = [ran("stubborn_minority", population__groups__0__placement=place, **small) for place in places]
    carried = [mean_of_group(run, "majority", 40) - mean_of_group(run, "majority", 0) for run in runs]
    assert carried == sorted(carried)
    assert carried[2] > 2 * carried[0] > 0
    for run in runs:
        stays = mean_of_group(run, "minority", 0)
        assert mean_of_group(run, "minority", 40) == pytest.approx(stays, abs=1e-12)


def test_in_moral_progress_arguments_come_nearer_to_what_happened_than_standing_still(ran):
    argued = ran("moral_progress", population__humans=200)
    silent = ran(
        "moral_progress",
        population__humans=200,
        update__persuasion_for=0.0,
        update__persuasion_against=0.0,
    )
    kept = [summary(run, "coevolve_aligned_centred") for run in (silent, argued)]
    assert kept[1] > kept[0] + 0.05
    means, names = argued.means.sort_values("round"), list(argued.dimensions)
    people, past = (means[means["kind"] == kind][names].to_numpy() for kind in ("people", "history"))
    right = (people[-1] - people[0]) * (past[-1] - past[0]) > 0
    assert {"polescap", "racopen", "spkhomo", "colhomo"} <= set(argued.means[names].columns[right])
    assert not right[names.index("helppoor")]
    assert not right[names.index("polmurdr")]


def test_moral_progress_carries_the_numbers_that_its_mapping_gives():
    comment = (FOLDER / "moral_progress.yaml").read_text(encoding="utf-8").split("name:")[0]
    advantage = {name: float(h) for name, h in re.findall(r"(\w+) (-?\.\d{4})\b", comment)}
    update = coevolve_sim.load(FOLDER / "moral_progress.yaml").update
    assert update.persuasion_for == pytest.approx({k: 0.05 * (1 + h) for k, h in advantage.items()}, abs=6e-5)
    assert update.persuasion_against == pytest.approx(
        {k: 0.05 * (1 - h) for k, h in advantage.items()}, abs=6e-5
    )


def test_in_assistant_withdrawal_the_open_keep_what_the_rooted_lose(ran):
    run = ran("assistant_withdrawal", population__humans=200)
    gained = {name: mean_of_group(run, name, 30) - mean_of_group(run, name, 0) for name in ("rooted", "open")}
    kept = {name: mean_of_group(run, name, 60) - mean_of_group(run, name, 0) for name in ("rooted", "open")}
    assert kept["open"] > 0.6 * gained["open"] > 0
    assert kept["rooted"] < 0.4 * gained["rooted"]
    assert mean_of_group(run, "rooted", 90) > mean_of_group(run, "rooted", 60)
    assert run.consultations.loc[31:60, "assistant"].sum() == 0


def test_in_bayesian_trust_people_are_of_one_mind_and_further_from_the_number_than_if_left_alone(ran):
    def error(run):
        means = run.means.query("kind == 'people' and round == 100")[list(run.dimensions)].to_numpy()
        return float(np.sqrt(((means - 0.5) ** 2).mean()))

    locked, open_, alone = (
        ran("bayesian_trust", ("mean_pairwise_distance",), **keys)
        for keys in ({}, {"assistants__0__policy__trust": 0.04}, {"assistants": []})
    )
    assert error(locked) > 2 * error(open_)
    assert error(open_) == pytest.approx(error(alone), rel=0.3)
    apart = [last(run, "mean_pairwise_distance") for run in (locked, open_, alone)]
    assert apart[0] < 1e-8
    assert apart[1] < 0.4 * apart[2]


def test_trusted_people_trust_those_who_consult_and_nobody_without_the_assistant(ran):
    measures = ("trust", "trust_gap_of_groups")
    counselled = ran("trusted_people", measures)
    assert last(counselled, "trust") == pytest.approx(0.794, abs=0.1)
    assert last(counselled, "trust_gap_of_groups") == pytest.approx(0.266, abs=0.1)
    alone = ran("trusted_people", measures, assistants=[])
    assert last(alone, "trust") == pytest.approx(0.145, abs=0.05)
    assert last(alone, "trust_gap_of_groups") < 0.05
