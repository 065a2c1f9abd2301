"""History begins again with its first era: positions, what it does to people, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import loads
from coevolve_sim.society.history_course import HistoryCourse
from coevolve_sim.society.model import Society
from coevolve_sim.society.round import run_round
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import first_state

TINY = """
name: tiny
seed: 2
rounds: 12
rounds_per_era: 2
value_space: {name: two, dimensions: [calm, brave]}
network: {family: ring, degree: 4}
population: {humans: 30, groups: [{name: a, centre: 0.45, spread: 0.05}]}
update: {rule: hegselmann_krause, rate: {peer: 0.0, assistant: 0.0}}
history: {kind: planted, shape: linear, eras: 5, start: 0.40, end: 0.56}
interventions: [{round: 6, action: restart_history}]
"""
A_ROUND = 0.02
"""How far this history goes in a round."""


def setup_of(*overrides, text=TINY):
    return build_setup(loads(text, overrides=overrides))


def society_of(*overrides, text=TINY):
    return Society(loads(text, overrides=overrides))


def run(society):
    seen = [society.values.copy()]
    while not society.is_finished:
        society.step()
        seen.append(society.values.copy())
    return seen


# --- positions -----------------------------------------------------------------------------------


def test_in_the_round_of_a_restart_history_is_where_it_was_after_round_1():
    setup = setup_of()
    positions = [setup.era_position(r) for r in range(13)]
    assert positions == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    np.testing.assert_allclose(setup.history_at(7), [0.44, 0.44], atol=1e-15)
    assert [setup.course.position_before(r) for r in (5, 6, 7)] == [2.0, 0.0, 0.5]


def test_eras_are_reached_anew_after_a_restart_and_its_beginning_is_at_the_end_of_no_round():
    assert setup_of().course.eras_reached(12) == ((0, 0), (2, 1), (4, 2), (7, 1), (9, 2), (11, 3))
    assert setup_of().era_rounds == (0, 2, 4, 7, 9, 11)


def test_before_a_restart_and_without_one_nothing_differs():
    plain, again = setup_of("interventions=[]"), setup_of()
    assert [plain.era_position(r) for r in range(6)] == [again.era_position(r) for r in range(6)]
    assert plain.era_rounds == (0, 2, 4, 6, 8)
    assert [plain.era_position(r) for r in (7, 8, 9, 12)] == [3.5, 4.0, 4.0, 4.0]


def test_history_begins_again_more_than_once_and_after_its_end():
    course = HistoryCourse(rounds_per_era=1, restarts=(5, 6, 10), n_eras=3)
    positions = [course.position(r) for r in range(12)]
    assert positions == [0, 1, 2, 2, 2, 1, 1, 2, 2, 2, 1, 2]
    assert course.eras_reached(11) == ((0, 0), (1, 1), (2, 2), (5, 1), (6, 1), (7, 2), (10, 1), (11, 2))
    assert course.eras_reached(4) == ((0, 0), (1, 1), (2, 2))
    assert (course.stays_in_its_eras(2), course.stays_in_its_eras(3)) == (True, False)


def test_a_restart_in_the_first_round_changes_nothing_and_says_so():
    first = [{"round": 1, "action": "restart_history"}]
    written = loads(TINY, overrides={"interventions": first})
    plain, again = society_of("interventions=[]"), Society(written)
    for one, other in zip(run(plain), run(again), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.setup.era_rounds == plain.setup.era_rounds
    log = run_round(first_state(again.setup), again.setup)
    assert log.interventions == ("history begins again, which changes nothing",)


# --- people --------------------------------------------------------------------------------------


def test_a_history_that_shifts_does_its_changes_again_and_sets_nobody_back():
    society = society_of("history.eras=4", "history.end=0.52")  # 6 rounds long, and .02 a round
    seen = run(society)
    gone = [A_ROUND * (r if r < 6 else 5 + min(r - 5, 6)) for r in range(13)]
    for r, values in enumerate(seen):
        np.testing.assert_allclose(values, seen[0] + gone[r], atol=1e-13)
    np.testing.assert_allclose(society.state.anchors, society.values, atol=1e-13)
    assert gone[-1] == pytest.approx(11 * A_ROUND)


def test_a_history_that_attracts_draws_people_back_to_its_first_eras():
    """By hand, of a pull g: x' = x + g (a(t) - x), and from round 6 on x' = x + g (a(t - 5) - x)."""
    society = society_of("history.effect=attract", "history.pull=0.3")
    seen = run(society)
    x = seen[0]
    for r in range(1, 13):
        gone = r if r < 6 else r - 5
        x = x + 0.3 * (0.40 + A_ROUND * gone - x)
        np.testing.assert_allclose(seen[r], x, atol=1e-13)
    before, after = (seen[r].mean(axis=0) for r in (5, 6))
    assert (after < before).all()


def test_drawn_by_its_whole_pull_people_are_where_they_were_so_many_rounds_before():
    seen = run(society_of("history.effect=attract", "history.pull=1.0"))
    for r in range(6, 11):
        np.testing.assert_allclose(seen[r], seen[r - 5], atol=1e-15)
    assert all((one != other).all() for one, other in pairwise(seen[1:5]))


def test_a_restart_changes_nobodys_draws_and_nothing_before_it():
    noisy = ("update.rate.peer=0.2", "update.noise=0.01")
    plain, again = (run(society_of(*noisy, *more)) for more in ((), ("interventions=[]",)))
    for r in range(6):
        np.testing.assert_array_equal(plain[r], again[r])
    np.testing.assert_allclose(plain[8], again[8], atol=1e-9)  # linear: so far its changes are the same
    assert not np.allclose(plain[12], again[12], atol=1e-3)


@pytest.mark.parametrize("effect", ["shift", "attract"])
@pytest.mark.parametrize("at", [4, 5, 6, 8])
def test_a_society_restored_around_a_restart_goes_on_to_the_same_bytes(effect, at):
    chosen = (f"history.effect={effect}", "update.rate.peer=0.2", "update.noise=0.01")
    whole = run(society_of(*chosen))
    first = society_of(*chosen)
    for _ in range(at):
        first.step()
    other = society_of(*chosen)
    other.restore(at, first.values.copy(), first.state.anchors, first.state.assistant_values)
    for values in whole[at + 1 :]:
        other.step()
        np.testing.assert_array_equal(other.values, values)


# --- refusals and notes --------------------------------------------------------------------------

AGAIN = "{round: %d, action: restart_history}"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["history={kind: none}"], r"interventions\.0\.action: there is no history that could begin again"),
        (["history.effect=seed"], r"interventions\.0\.action: no time passes in a history of effect seed"),
        (["history.end=0.40"], r"has the same values in all of its eras"),
        ([f"interventions=[{AGAIN % 13}]"], r"interventions\.0\.round: 13 given; the run ends with round 12"),
        (["rounds=null", f"interventions=[{AGAIN % 9}]"], "9 given; the run ends with round 8"),
        ([f"interventions=[{AGAIN % 0}]"], r"interventions\.0\.round: 0 given"),
        (
            [f"interventions=[{AGAIN % 6}, {AGAIN % 7}, {AGAIN % 6}]"],
            r"interventions\.2\.round: history begins again in round 6 already; leave one out",
        ),
    ],
)
def test_a_restart_that_cannot_be_is_refused(overrides, told):
    with pytest.raises(ScenarioError, match=told):
        setup_of(*overrides)


def test_a_run_to_the_end_of_its_history_is_as_long_with_a_restart():
    assert setup_of("rounds=null").n_rounds == setup_of("rounds=null", "interventions=[]").n_rounds == 8


def test_notes_say_where_eras_lie_further_apart_and_where_nobody_is_moved():
    told = "history begins again in round 6: the eras of rounds 4 and 7 lie 3 rounds apart, which progress"
    assert any(note.startswith(told) for note in setup_of().notes)
    at_an_era = setup_of(f"interventions=[{AGAIN % 5}]")
    assert at_an_era.era_rounds == (0, 2, 4, 6, 8, 10, 12)
    assert not any("begins again" in note for note in at_an_era.notes)
    idle = "interventions.0: history moves nobody (effect: none), so that its restart changes only"
    assert any(note.startswith(idle) for note in setup_of("history.effect=none").notes)


def test_horizons_of_predict_count_the_eras_of_both_courses():
    assert setup_of("measures.horizons=[4]").horizons == (4,)
    with pytest.raises(ScenarioError, match="the run reaches 6 eras, which allow at most 4"):
        setup_of("measures.horizons=[5]")
