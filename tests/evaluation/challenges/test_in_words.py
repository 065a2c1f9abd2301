"""Challenges in words: eras speak, a reader hears them, assistants say what they hold or learn by weights."""

import numpy as np
import pandas as pd
import pytest

from coevolve_sim.assistants.policies import parse_policy
from coevolve_sim.errors import MindError, PolicyError
from coevolve_sim.evaluation.challenges import (
    Challenge,
    NumericPopulation,
    accompany,
    influence,
    language_challenge,
    leaderboard,
    lessons_table,
    n_evaluations,
    scores,
)
from coevolve_sim.evaluation.challenges.files import as_markdown, write
from coevolve_sim.minds.protocol import key_of
from tests.evaluation.challenges.eras_in_words import ASKED, PLANTED, TOPICS, VOICES, WHO, Town, learns

OPENED = []


def laid(folder, mind=None, **settings):
    talk = language_challenge(mind or Town(), VOICES, ASKED, folder, personas=WHO, **settings)
    OPENED.append(talk)
    return talk


@pytest.fixture(scope="module", autouse=True)
def closed():
    """Close all files of replies in the end."""
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    mind = Town()
    return laid(tmp_path_factory.mktemp("town"), mind), mind


# --- the history, and who is heard ---------------------------------------------------------------


def test_the_history_is_what_eras_answer_over_personas(town):
    history = town[0].history
    assert history.era_names == VOICES
    np.testing.assert_allclose(history.values, PLANTED, atol=1e-6)


def test_people_of_an_era_say_what_their_voice_holds_and_are_told_nothing(town):
    talk, mind = town
    rows = talk.people.observe_era(talk.history, 2, seed=1)
    assert rows.heard.shape == (3, 2)
    assert {tuple(row) for row in rows.heard.round(6)} <= {(0.5, 0.6), (0.6, 0.7), (0.7, 0.8)}
    asked = [request for request in mind.seen if request.kind == "speak" and request.voice == "C015"]
    assert {request.messages[0].content for request in asked} <= {f"You are {one.who}." for one in WHO}
    assert {request.messages[1].content for request in asked} == {
        f"Tell somebody where you stand on {topic}, and why. One or two short sentences." for topic in TOPICS
    }


def test_replications_draw_personas_anew_and_every_player_hears_the_same_people(town):
    people, history = town[0].people, town[0].history
    one, again = (people.observe_era(history, 2, seed=1).heard for _ in range(2))
    np.testing.assert_array_equal(one, again)
    drawn = [tuple(people.observe_era(history, 2, seed).heard[:, 0].round(6)) for seed in range(12)]
    assert len(set(drawn)) > 6


def test_people_around_a_centre_are_told_values_drawn_as_in_numbers_and_heard_in_words(town):
    talk, mind = town
    centre = np.array([0.3, 0.7])
    heard = talk.people.observe_around(centre, 5, 2).heard
    drawn = NumericPopulation(3).observe_around(centre, 5, 2).heard
    np.testing.assert_allclose(heard, np.floor(drawn * 100 + 0.5) / 100, atol=1e-9)
    told = [
        request for request in mind.seen if request.voice == "" and "- thrift:" in request.messages[0].content
    ]
    assert all(request.messages[0].content.count("\n- ") == 1 for request in told)


def test_an_assistant_says_one_topic_a_prompt_and_is_heard_as_it_says(town):
    talk, mind = town
    before = len(mind.seen)
    np.testing.assert_allclose(talk.people.express(np.array([0.254, 0.9])), [0.25, 0.9])
    asked = [request for request in mind.seen[before:] if request.kind == "speak"]
    assert len(asked) == 2 * talk.people.readout.draws
    assert asked[0].messages[0].content.startswith("You are helper, an AI assistant.")
    assert all(request.messages[0].content.count("\n- ") == 1 for request in asked)


def test_what_is_asked_twice_is_asked_once_in_a_run_and_not_at_all_in_the_next(tmp_path):
    mind = Town()
    talk = laid(tmp_path, mind)
    for seed in (1, 1, 2):
        scores(Challenge.follow, parse_policy("mean"), talk.history, people=talk.people, seed=seed)
    keys = [key_of(request, "town") for request in mind.seen]
    assert len(keys) == len(set(keys))
    later = Town()
    talk = laid(tmp_path, later)
    scores(Challenge.follow, parse_policy("mean"), talk.history, people=talk.people, seed=1)
    assert later.seen == []


def test_a_message_that_is_not_answered_is_counted_and_who_sent_it_is_not_heard(tmp_path):
    def refuses(request):
        return (
            request.kind == "speak"
            and request.messages[0].content == "You are an aunt."
            and "thrift" in request.messages[1].content
        )

    talk = laid(tmp_path, Town(refuses=refuses), n_people=9)
    whole = talk.people.people_of_era(2, seed=1)
    heard = talk.people.observe_era(talk.history, 2, seed=1)
    aunts = [number for number, one in enumerate(whole) if one.who == "an aunt"]
    assert 0 < len(aunts) < 9
    assert heard.humans.tolist() == [number for number in range(9) if number not in aunts]
    assert talk.people.ends["era"] == {"answered": 5, "refused": 1}


# --- policies ------------------------------------------------------------------------------------


def test_four_eras_give_three_evaluations_and_the_mean_follows_them(town):
    talk = town[0]
    assert n_evaluations(Challenge.follow, talk.history) == 3
    course = accompany(parse_policy("mean"), talk.history, talk.people, seed=1)
    heard = [talk.people.observe_era(talk.history, era, 1).heard.mean(axis=0) for era in (1, 2, 3)]
    np.testing.assert_allclose(course.assistant[1:], heard, atol=0.005 + 1e-9)
    np.testing.assert_allclose(course.assistant[0], PLANTED[0])


@pytest.mark.parametrize("kind", ["lifelong", "median", "borda", "extrapolative", "moral_graph", "damped"])
def test_every_kind_of_policy_plays_every_challenge(town, kind):
    talk = town[0]
    for challenge in Challenge:
        found = scores(challenge, parse_policy(kind), talk.history, people=talk.people, seed=2)
        assert np.isfinite(list(found.values())).all()


def test_reference_lines_say_what_they_know(town):
    talk = town[0]
    found = {
        name: scores(Challenge.follow, name, talk.history, people=talk.people)["follow_rmse"]
        for name in ("perfect replay", "last value", "no assistant")
    }
    assert found["perfect replay"] == found["last value"] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(found["no assistant"])


def test_the_simulated_human_takes_one_dose_of_history_and_two_of_what_it_is_told(town):
    talk = town[0]
    course = influence(parse_policy("mean"), talk.history, talk.people, seed=1)
    human = PLANTED[0]
    for era in (1, 2, 3):
        human = human + 0.25 * (PLANTED[era] - human)
        for _ in range(2):
            human = human + 0.25 * (course.assistant[era] - human)
        np.testing.assert_allclose(course.humans[era], human, atol=1e-6)


def test_an_assistant_that_is_not_heard_has_no_score_and_moves_no_human(tmp_path):
    talk = laid(tmp_path)
    silent = laid(tmp_path / "silent", Town())
    object.__setattr__(silent.people, "mind", Town(faults={"refused": 1}))
    found = scores(Challenge.follow, parse_policy("frozen"), talk.history, people=silent.people)
    assert np.isnan(list(found.values())).all()
    course = influence(parse_policy("frozen"), talk.history, silent.people, seed=1)
    alone = influence("no assistant", talk.history, talk.people, seed=1)
    np.testing.assert_allclose(course.humans, alone.humans)


# --- weights -------------------------------------------------------------------------------------


def test_weights_learn_from_what_people_of_each_era_prefer(tmp_path, monkeypatch):
    seen = learns(monkeypatch)
    mind = Town(tmp_path / "base")
    (tmp_path / "base").mkdir()
    talk = laid(tmp_path / "out", mind, n_pairs=5)
    player, base = talk.players(["dpo"])
    course = accompany(player, talk.history, talk.people, seed=1)
    assert len(seen) == 3
    assert [start for _, start in seen] == [None] * 3
    np.testing.assert_allclose(course.assistant, [[0.5, 0.5], *[[0.3, 0.3]] * 3])
    still = accompany(base, talk.history, talk.people, seed=1)
    np.testing.assert_allclose(still.assistant, 0.5)
    assert len(seen) == 3
    chosen = [
        {pair.chosen for pair in pairs if TOPICS[0] in pair.messages[1].content and pair.weight >= 2}
        for pairs, _ in seen
    ]
    assert chosen[0] != chosen[2]


def test_pairs_are_the_same_in_all_eras_and_prompts_state_nothing(tmp_path, monkeypatch):
    seen = learns(monkeypatch)
    (tmp_path / "base").mkdir()
    talk = laid(tmp_path / "out", Town(tmp_path / "base"), n_pairs=5)
    (player, _) = talk.players(["lifelong_dpo"])
    accompany(player, talk.history, talk.people, seed=1)
    texts = [{frozenset((pair.chosen, pair.rejected)) for pair in pairs} for pairs, _ in seen]
    assert texts[0] == texts[1] == texts[2]
    assert {pair.messages[0].content for pairs, _ in seen for pair in pairs} == {
        "You are helper, an AI assistant."
    }
    assert [start and start.parent.name for _, start in seen] == [None, "era-01", "era-02"]


@pytest.mark.long
def test_a_challenge_that_was_killed_goes_on_without_learning_an_era_again(tmp_path, monkeypatch):
    seen = learns(monkeypatch)
    (tmp_path / "base").mkdir()
    for n_learnt in (3, 3):
        talk = laid(tmp_path / "out", Town(tmp_path / "base"), n_pairs=5)
        player, _ = talk.players(["lifelong_dpo"])
        accompany(player, talk.history, talk.people, seed=1)
        assert len(seen) == n_learnt
    assert [one.lesson.status for one in talk.lessons if one.lesson] == ["known"] * 3


def test_in_coevolve_people_around_the_human_teach(tmp_path, monkeypatch):
    seen = learns(monkeypatch)
    (tmp_path / "base").mkdir()
    talk = laid(tmp_path / "out", Town(tmp_path / "base"), n_pairs=5)
    player, _ = talk.players(["extrapolative_dpo,order=1"])
    found = scores(Challenge.coevolve, player, talk.history, people=talk.people)
    assert np.isfinite(list(found.values())).all()
    assert len(seen) == 3
    table = lessons_table(talk.lessons, talk.history.dimension_names)
    assert set(table["among"]) == {"human"}
    assert table["era"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_in_predict_extrapolation_looks_as_far_as_the_challenge(tmp_path, monkeypatch):
    learns(monkeypatch)
    (tmp_path / "base").mkdir()
    talk = laid(tmp_path / "out", Town(tmp_path / "base"), n_pairs=3)
    player, _ = talk.players(["extrapolative_dpo"])
    scores(Challenge.predict, player, talk.history, people=talk.people, horizon=2)
    assert {one.horizon for one in talk.lessons} == {2}
    with pytest.raises(PolicyError, match="allows an order of at most 2"):
        scores(
            Challenge.follow, talk.players(["extrapolative_dpo,order=3"])[0], talk.history, people=talk.people
        )


def test_a_mind_without_weights_and_people_in_numbers_are_refused(tmp_path, town):
    with pytest.raises(MindError, match="the weights of the mind scripted are not at hand"):
        town[0].players(["dpo"])
    (tmp_path / "base").mkdir()
    talk = laid(tmp_path / "out", Town(tmp_path / "base"), n_pairs=3)
    with pytest.raises(
        PolicyError, match="'dpo' learns from which texts people prefer, and people in numbers"
    ):
        scores(Challenge.follow, talk.players(["dpo"])[0], talk.history, people=NumericPopulation(3))
    with pytest.raises(PolicyError, match="needs the voices of at least 2 eras; 1 given"):
        language_challenge(Town(), ["C013"], ASKED, tmp_path)


def test_what_a_server_without_log_probabilities_answered_is_kept_in_the_challenges_own_folder(tmp_path):
    class Served(Town):
        probe, url = None, "http://127.0.0.1:8000/v1"

    first = laid(tmp_path, Served())
    again = Served()
    np.testing.assert_array_equal(laid(tmp_path, again).history.values, first.history.values)
    assert again.seen == []


# --- a leaderboard -------------------------------------------------------------------------------


@pytest.mark.long
def test_a_leaderboard_in_words_has_policies_weights_and_every_line(tmp_path, monkeypatch):
    learns(monkeypatch)
    (tmp_path / "base").mkdir()
    talk = laid(tmp_path / "out", Town(tmp_path / "base"), n_pairs=3)
    players = talk.players(["mean", "dpo"])
    board = leaderboard(players, [talk.history], 2, people=talk.people)
    lines = {"perfect replay", "last value", "no assistant", "base weights"}
    assert set(board.table["player"]) == {"mean", "dpo", "frozen", *lines}
    assert set(board.table.loc[board.table["reference"], "player"]) == lines
    assert board.table.loc[board.table["player"] == "base weights", "best"].isna().all()
    assert "3 people an era, drawn from 3 personas and heard in words" in as_markdown(board)
    write(board, tmp_path / "board")
    table = pd.read_csv(talk.write(tmp_path / "board"))
    assert set(table["player"]) == {"dpo", "base weights"}
    assert not table.duplicated(["player", "horizon", "among", "seed", "era", "dimension"]).any()


def test_who_was_not_heard_has_no_place_on_a_leaderboard(tmp_path):
    talk = laid(tmp_path)
    silent = laid(tmp_path / "silent")
    object.__setattr__(silent.people, "mind", Town(faults={"refused": 1}))
    board = leaderboard(["mean"], [talk.history], 2, people=silent.people)
    rows = board.of(talk.history.name, "follow_rmse").set_index("player")
    assert np.isnan(rows.loc["mean", ["mean", "best", "worst"]].astype(float)).all()
    assert not rows.loc["mean", "reference"]
