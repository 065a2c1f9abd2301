"""The thread that plays a society."""

import threading
import time

import pytest

from coevolve_sim.minds.budget import RequestBudget
from coevolve_sim.view.player import Player
from tests.view.test_playing import SCENARIO, TALK


@pytest.fixture
def player(tmp_path):
    path = tmp_path / "town.yaml"
    path.write_text(SCENARIO.replace("rounds: 6", "rounds: 12"))
    told = []
    made = Player(path, told.append)
    made.told = told
    made.start()
    yield made
    made.close()


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def at(player, round_index):
    return player.moment is not None and player.moment.round_index == round_index


def test_rounds_are_run_one_by_one_in_the_order_asked(player):
    for _ in range(3):
        player.step()
    wait(lambda: at(player, 3))
    assert player.moment.growth.rounds == [0, 1, 2, 3]
    assert player.moment.values.shape == (30, 2)


def test_it_plays_to_the_end_at_ten_rounds_a_second_at_most_and_draws_figures_less_often(player):
    wait(lambda: at(player, 0) and not player.doing)
    player.told.clear()
    began = time.monotonic()
    player.play()
    wait(lambda: at(player, 12) and not player.is_playing)
    assert time.monotonic() - began >= 1.0
    wait(lambda: player.told and player.told[-1])
    assert len(player.told) >= 12
    assert player.told.count(True) < 12
    assert player.moment.is_finished
    player.step()
    player.play()
    wait(lambda: not player.is_playing)
    assert player.problem == ""


def test_a_pause_is_told_at_once(player):
    wait(lambda: at(player, 0) and not player.doing)
    player.play()
    wait(lambda: player.moment.round_index >= 2)
    player.pause()
    told = len(player.told)
    wait(lambda: len(player.told) > told)
    stopped = player.moment.round_index
    time.sleep(0.3)
    assert player.moment.round_index == stopped


def test_a_key_out_of_range_is_a_problem_in_words_and_all_stays(player):
    player.step()
    wait(lambda: at(player, 1))
    player.reset({"update.rate.peer": 4})
    wait(lambda: player.problem)
    assert player.problem == "ViewError: update.rate.peer: 4 was given; allowed: a number in [0, 1]"
    assert at(player, 1)
    player.reset({"update.rate.peer": 0.4})
    wait(lambda: at(player, 0) and not player.problem)
    assert player.played.settings == {"update.rate.peer": 0.4}


def test_a_scenario_that_cannot_be_read_is_a_problem_with_its_place(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("name: wrong\nrounds: never\n")
    player = Player(path, lambda _: None)
    player.start()
    wait(lambda: player.problem)
    assert player.problem.startswith(f"ScenarioError: {path}:2:9: rounds")
    assert player.moment is None
    player.step()
    player.reset({})
    player.close()


def test_its_thread_ends_when_it_is_closed(player):
    wait(lambda: at(player, 0))
    player.close()
    wait(lambda: not [one for one in threading.enumerate() if one.name == "coevolve played society"])


def test_what_no_browser_shows_any_more_plays_no_further_round(tmp_path):
    path = tmp_path / "town.yaml"
    path.write_text(SCENARIO.replace("rounds: 6", "rounds: 500"))
    watched = threading.Event()
    watched.set()
    player = Player(path, lambda _: None, is_watched=watched.is_set)
    player.start()
    player.play()
    wait(lambda: player.moment is not None and player.moment.round_index >= 2)
    watched.clear()
    wait(lambda: not player.is_playing)
    stopped = player.moment.round_index
    time.sleep(0.3)
    assert player.moment.round_index == stopped < 500
    player.close()


def test_minds_are_sent_no_more_than_the_limit(minds, tmp_path):
    minds()
    path = tmp_path / "talk.yaml"
    path.write_text(TALK)
    player = Player(path, lambda _: None, budget=RequestBudget(1))
    player.start()
    player.play()
    wait(lambda: player.problem)
    assert player.problem.startswith("LimitReachedError: ")
    assert player.problem.endswith("the limit of 1 (--max-requests)")
    assert not player.is_playing
    player.close()
