"""Branches part from a run's past bit for bit, and a branch that would have another past is refused."""

import numpy as np
import pytest

from coevolve_sim import run
from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import load
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.branch_point import continue_from, reach_round
from coevolve_sim.studies.branching import branch

SMALL = ["rounds=10", "population.humans=40"]
NONE = {"none": {"assistants": []}}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run("held_back", overrides=SMALL, results=tmp_path_factory.mktemp("runs"))


def means_of(found):
    people = found.means.query("kind == 'people'").sort_values("round")
    return people[list(found.dimensions)].to_numpy()


@pytest.mark.parametrize("at", [0, 4, 9])
def test_a_world_that_changes_nothing_is_the_run_bit_for_bit(ran, at, tmp_path):
    study = branch(ran.folder, at, NONE, results=tmp_path)
    assert np.array_equal(study.people("as_written")[0], means_of(ran))
    assert study.counts == {"finished": 2, "failed": 0, "left": 0}


def test_worlds_share_the_past_and_part_after_it(ran, tmp_path):
    study = branch(ran.folder, 4, NONE, results=tmp_path)
    here, there = (study.people(name)[0] for name in ("as_written", "none"))
    assert np.array_equal(here[:5], there[:5])
    assert (here[5:] != there[5:]).any(axis=1).all()


def test_a_branch_is_as_a_run_that_was_withdrawn_from_then_on(ran, tmp_path):
    acts = [{"action": "withdraw", "round": 5, "assistant": "assistant"}]
    study = branch(ran.folder, 4, {"gone": {"interventions": acts}, **NONE}, results=tmp_path)
    whole = run("held_back", overrides=[*SMALL, f"interventions={acts}".replace("'", "")], results=tmp_path)
    assert np.array_equal(study.people("gone")[0], means_of(whole))
    assert np.allclose(study.people("gone")[0], study.people("none")[0], atol=1e-12)


def test_a_policy_that_is_another_has_no_memory_and_the_others_keep_theirs(tmp_path):
    text = ["policy={kind: extrapolative, order: 1}"]
    done = run("held_back", overrides=[*SMALL, f"assistants.0.{text[0]}"], results=tmp_path)
    worlds = {
        "same": {"update.rate.assistant": 0.2001},
        "frozen": {"assistants.0.policy": {"kind": "frozen"}},
    }
    study = branch(done.folder, 6, worlds, results=tmp_path)
    frozen = study.summaries("frozen")[0].select("assistant", "assistant")
    assert np.array_equal(frozen[6:], np.repeat(frozen[6:7], 5, axis=0))
    assert np.abs(study.people("same") - study.people("as_written")).max() < 1e-3


def test_what_an_assistant_goes_on_with_is_part_of_the_past_but_of_another_window(tmp_path):
    small = [*SMALL, "rounds=6", "assistants.0.continuity={share: 0.5, window: 2, self: 0.2}"]
    done = run("held_back", overrides=small, results=tmp_path)
    worlds = {
        "own": {"assistants.0.continuity.self": 0.0},
        "window": {"assistants.0.continuity.window": 4},
        "without": {"assistants.0.continuity": None},
    }
    study = branch(done.folder, 3, worlds, results=tmp_path)
    assert study.counts == {"finished": 4, "failed": 0, "left": 0}
    as_written = study.people("as_written")[0]
    assert np.array_equal(as_written, means_of(done))
    assert all((study.people(name)[0][4:] != as_written[4:]).any(axis=1).all() for name in worlds)


def test_a_branch_may_go_on_for_longer_than_the_run(ran, tmp_path):
    study = branch(ran.folder, 10, NONE, overrides=["rounds=14"], results=tmp_path)
    assert study.rounds[-1] == 14


def test_one_pair_has_no_interval_and_the_answer_says_so(ran, tmp_path):
    from coevolve_sim.studies.answer import describe_answer

    study = branch(ran.folder, 4, NONE, results=tmp_path)
    assert study.effect().effect is None
    assert "One pair has no interval" in describe_answer(study)


@pytest.mark.parametrize(
    ("at", "worlds", "said"),
    [
        (11, NONE, "has 10 finished rounds; branch at one of 0 to 10"),
        (-1, NONE, "branch at one of 0 to 10"),
        (10, NONE, "the worlds end with round 10"),
    ],
)
def test_a_round_that_there_is_not_is_refused(ran, at, worlds, said, tmp_path):
    with pytest.raises(StudyError, match=said):
        branch(ran.folder, at, worlds, results=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_would_be_another_past_is_a_failed_run_that_says_so(ran, tmp_path):
    acts = [{"action": "shock", "round": 2, "shift": 0.1}]
    study = branch(ran.folder, 4, {"before": {"interventions": acts}}, results=tmp_path)
    assert study.counts == {"finished": 1, "failed": 1, "left": 0}
    error = study.runs.query("world == 'before'")["error"].iloc[0]
    assert "interventions up to round 4" in error
    assert "round 5 or later" in error


def test_other_people_are_refused(ran, tmp_path):
    with pytest.raises(StudyError, match=r"population\.humans"):
        branch(ran.folder, 4, {"more": {"population.humans": 50}}, results=tmp_path)


def test_a_run_whose_file_has_changed_since_is_refused(tmp_path):
    table = tmp_path / "ties.csv"
    table.write_text("source,target\n" + "".join(f"{i},{(i + 1) % 20}\n" for i in range(20)))
    network = f"network={{family: file, path: {table}}}"
    done = run("held_back", overrides=["rounds=4", "population.humans=20", network], results=tmp_path)
    copy = next(done.folder.glob("inputs/*/ties.csv"))
    copy.write_text("source,target\n" + "".join(f"{i},{(i + 7) % 20}\n" for i in range(20)))
    with pytest.raises(StudyError, match="not what is on record"):
        branch(done.folder, 2, NONE, results=tmp_path)


# --- counts of attacks and of answers --------------------------------------------------------------

GUARDED = ["rounds=6", "population.humans=200", "measures.names=[attacks_carried]", "adversaries.share=0.3"]
OF_TWO = "adversaries.operators={low: 0.2, high: 0.9}"
GUIDE = {"name": "guide", "start": 0.4, "policy": {"kind": "role", "standard": 0.4, "tolerance": 0.05}}
OTHER = {**GUIDE, "name": "other", "guards": [{"name": "tight", "pass_attack": 0.1, "pass_benign": 0.5}]}


def counts_in_a_branch(tmp_path, given, changed):
    """Return what was counted until a branch after round 3, and what the branch begins with."""
    done = run("adversaries", overrides=[*GUARDED, *given], results=tmp_path)
    point = reach_round(done.folder, 3)
    scenario = load("adversaries", [*GUARDED, *given, *changed])
    society = continue_from(point, build_setup(scenario))
    before = {name.removeprefix("guards/"): a for name, a in point.kept.items() if name.startswith("guards/")}
    return before, society


@pytest.mark.parametrize(
    ("operators", "kept"),
    [
        ("{weak: 0.0, weaker: 0.0}", []),
        ("{high: 0.9, low: 0.2}", [1, 0]),
        ("{weak: 0.0, low: 0.2, high: 0.9}", [None, 0, 1]),
        ("{high: 0.9}", [1]),
    ],
)
def test_a_branch_with_other_operators_counts_anew_what_these_do(operators, kept, tmp_path):
    before, society = counts_in_a_branch(tmp_path, [OF_TWO], [f"adversaries.operators={operators}"])
    counts = society.state.counts
    for name in ("attacks", "tries", "carried"):
        assert (before[name] > 0).all()
        told = [0 if place is None else before[name][0, place] for place in kept or [None, None]]
        assert counts[name].tolist() == [told]
    assert counts["answers"].tolist() == before["answers"].tolist()
    while not society.is_finished:
        society.step()
    if not kept:
        assert society.measures.overall["attacks_carried"] == 0.0


def test_a_branch_in_which_adversaries_come_or_go_counts_from_then_on(tmp_path):
    before, came = counts_in_a_branch(
        tmp_path, ["adversaries=null"], ["adversaries={share: 0.3, operators: {o: 0.5}, target: 0.9}"]
    )
    assert before["attacks"].shape == (1, 0)
    assert came.state.counts["attacks"].tolist() == [[0]]
    assert came.state.counts["answers"].tolist() == before["answers"].tolist()
    came.step()
    assert came.state.counts["attacks"].sum() > 0
    before, gone = counts_in_a_branch(tmp_path, [], ["adversaries=null", "assistants.0.guards=[]"])
    assert before["attacks"].sum() > 0
    assert gone.state.counts == {}


def test_assistants_in_another_order_keep_what_was_counted_of_each_and_new_ones_have_none(tmp_path):
    def written(*assistants):
        return f"assistants={list(assistants)}".replace("'", "")

    new = {**GUIDE, "name": "new"}
    before, society = counts_in_a_branch(tmp_path, [written(GUIDE, OTHER)], [written(OTHER, new, GUIDE)])
    assert before["held_back"][0] == 0 < before["held_back"][1]
    for name, array in society.state.counts.items():
        assert array.tolist() == [
            before[name][1].tolist(),
            (0 * before[name][0]).tolist(),
            before[name][0].tolist(),
        ]
    before, replaced = counts_in_a_branch(tmp_path, [written(OTHER)], [written(new)])
    assert before["held_back"].sum() > 0
    assert not any(array.any() for array in replaced.state.counts.values())
