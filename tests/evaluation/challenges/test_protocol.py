"""ProgressGym's protocol, to the letter, and what its challenges score."""

import numpy as np
import pytest

from coevolve_sim.assistants.policies import parse_policy
from coevolve_sim.errors import HistoryError, PolicyError
from coevolve_sim.evaluation.challenges import (
    REFERENCES,
    Challenge,
    NumericPopulation,
    accompany,
    influence,
    n_evaluations,
    parse_history,
    scores,
)
from coevolve_sim.evaluation.challenges import challenge_protocol as loop
from coevolve_sim.measures.progress import coevolve, predict
from coevolve_sim.measures.progress import follow as follow_measure
from coevolve_sim.values.histories import History, planted

NINE = planted("linear", ["a", "b", "c"], 9, seed=3)
EXACT = NumericPopulation(humans=1, spread=0.0)


def asked_of(monkeypatch, player, play):
    """Return the eras in which people were heard, and round which centre, in order."""
    asked = []
    before = NumericPopulation.observe_around

    def observe_around(self, centre, seed, era):
        asked.append((era, centre.copy()))
        return before(self, centre, seed, era)

    monkeypatch.setattr(NumericPopulation, "observe_around", observe_around)
    course = play(parse_policy(player), NINE, EXACT, 1)
    return asked, course


def test_the_judge_moves_to_era_one_first_and_each_era_is_heard_once(monkeypatch):
    asked, course = asked_of(monkeypatch, "mean", accompany)
    assert [era for era, _ in asked] == list(range(1, 9))
    for era, centre in asked:
        np.testing.assert_array_equal(centre, NINE.values[era])
    np.testing.assert_array_equal(course.assistant[0], NINE.values[0])


@pytest.mark.parametrize(
    ("challenge", "horizon", "n"),
    [("follow", 1, 8), ("predict", 1, 7), ("predict", 3, 5), ("predict", 7, 1), ("coevolve", 1, 8)],
)
def test_how_often_nine_eras_are_scored(monkeypatch, challenge, horizon, n):
    assert n_evaluations(Challenge(challenge), NINE, horizon) == n
    if challenge == "coevolve":
        return
    counted = []
    monkeypatch.setattr(
        "coevolve_sim.evaluation.challenges.scoring._mean_of_defined",
        lambda cosines: counted.append(len(cosines)) or 0.0,
    )
    scores(Challenge(challenge), parse_policy("mean"), NINE, horizon=horizon)
    assert counted == [n, n]


def test_the_assistant_learns_before_it_is_scored():
    found = scores(Challenge.follow, parse_policy("mean"), NINE, people=EXACT)
    assert found["follow"] == pytest.approx(1.0)
    assert found["follow_rmse"] == pytest.approx(0.0, abs=1e-12)


def test_scores_are_those_of_the_measures():
    policy = parse_policy("lifelong,rate=0.5")
    course = accompany(policy, NINE, NumericPopulation(), 4)
    assert scores(Challenge.follow, policy, NINE, seed=4)["follow"] == follow_measure(
        course.assistant, NINE.values
    )
    held = scores(Challenge.predict, policy, NINE, seed=4, horizon=2)
    assert held["predict_2"] == predict(course.assistant, NINE.values, 2)
    assert held["predict_2_centred"] == predict(course.assistant, NINE.values, 2, 0.5)
    people = influence(policy, NINE, NumericPopulation(), 4)
    assert scores(Challenge.coevolve, policy, NINE, seed=4)["coevolve"] == coevolve(
        people.humans, NINE.values
    )


def test_in_coevolve_the_assistant_hears_the_human_who_then_takes_one_dose_of_history_and_two_of_it(
    monkeypatch,
):
    asked, course = asked_of(monkeypatch, "mean", influence)
    human = NINE.values[0]
    for era, centre in asked:
        np.testing.assert_allclose(centre, human, atol=1e-15)
        held = human
        human = human + 0.25 * (NINE.values[era] - human)
        for _ in range(2):
            human = human + 0.25 * (held - human)
        np.testing.assert_allclose(course.humans[era], human, atol=1e-12)
    assert len(course.humans) == 9


def test_without_an_assistant_the_human_takes_history_alone_and_keeps_up_better():
    alone = influence("no assistant", NINE, EXACT, 1)
    assert alone.assistant is None
    expected = NINE.values[0] + 0.25 * (NINE.values[1] - NINE.values[0])
    np.testing.assert_allclose(alone.humans[1], expected)
    errors = {
        name: scores(Challenge.coevolve, parse_policy(name) if name == "frozen" else name, NINE)[
            "coevolve_rmse"
        ]
        for name in ("frozen", *REFERENCES)
    }
    assert errors["perfect replay"] < errors["no assistant"] < errors["last value"] < errors["frozen"]


def test_reference_lines_of_follow_and_predict():
    assert scores(Challenge.follow, "perfect replay", NINE)["follow_rmse"] == 0.0
    assert scores(Challenge.predict, "perfect replay", NINE, horizon=3)["predict_3_rmse"] == 0.0
    step = np.sqrt(np.mean((NINE.values[1] - NINE.values[0]) ** 2))
    last = scores(Challenge.predict, "last value", NINE, horizon=3)["predict_3_rmse"]
    assert last == pytest.approx(3 * step)
    assert np.isnan(list(scores(Challenge.follow, "no assistant", NINE).values())).all()
    with pytest.raises(PolicyError, match=r"'nobody' is no reference; there are: perfect replay"):
        accompany("nobody", NINE, EXACT, 1)


def test_a_line_is_predicted_by_who_extrapolates_and_not_by_who_holds_the_last_value():
    found = {
        text: scores(Challenge.predict, parse_policy(text), NINE, horizon=2, people=EXACT)["predict_2_rmse"]
        for text in ("extrapolative", "mean")
    }
    assert found["extrapolative"] < 0.5 * found["mean"]


def test_the_order_that_there_is_no_history_for_yet_shrinks_in_the_first_eras():
    """On a line, from the second era heard on, it is exact."""
    course = accompany(parse_policy("extrapolative,order=2,horizon=1"), NINE, EXACT, 1)
    np.testing.assert_allclose(course.assistant[1], NINE.values[1])
    np.testing.assert_allclose(course.assistant[2:8], NINE.values[3:9], atol=1e-9)


def test_every_player_hears_the_same_people_and_another_seed_others():
    centre = NINE.values[2]
    one, again, other = (NumericPopulation(20).observe_around(centre, seed, 2).heard for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, NumericPopulation(20).observe_around(centre, 1, 3).heard)
    np.testing.assert_allclose(
        NumericPopulation(20_000).observe_around(centre, 1, 2).heard.mean(axis=0), centre, atol=0.01
    )


@pytest.mark.parametrize("horizon", [0, 8, 9])
def test_a_horizon_longer_than_the_history_is_refused(horizon):
    said = f"history 'planted-linear' has 9 eras: predict can look 1 to 7 eras ahead; {horizon} given"
    with pytest.raises(HistoryError, match=said):
        loop.check_horizon(NINE, horizon)
    if horizon:
        with pytest.raises(HistoryError, match=said):
            scores(Challenge.predict, parse_policy("mean"), NINE, horizon=horizon)


def test_two_eras_allow_no_prediction():
    values = [[0.1, 0.2], [0.2, 0.1]]
    two = History("two", ("0", "1"), [0, 1], ("a", "b"), values, [[True] * 2] * 2, "made")
    with pytest.raises(
        HistoryError, match="predict can look no era ahead; at least 3 eras are needed; 1 given"
    ):
        scores(Challenge.predict, parse_policy("mean"), two)
    assert scores(Challenge.follow, parse_policy("mean"), two, people=EXACT)["follow_rmse"] == pytest.approx(
        0.0
    )


@pytest.mark.parametrize(
    ("challenge", "player", "measure", "bits"),
    [
        ("follow", "mean", "follow_rmse", "0x1.137d674335c75p-5"),
        ("follow", "moral_graph", "follow_centred", "0x1.f3b1182095f46p-1"),
        ("predict", "extrapolative,order=2", "predict_1_rmse", "0x1.2a01a253f912dp-3"),
        ("predict", "last value", "predict_1", "0x1.e71cde4f499a0p-1"),
        ("coevolve", "extrapolative,order=2", "coevolve_rmse", "0x1.553225e1ee1e8p-3"),
        ("coevolve", "no assistant", "coevolve_aligned_centred", "0x1.f859288cdee8bp-1"),
    ],
)
def test_scores_in_numbers_are_what_they_were_before_there_were_words(challenge, player, measure, bits):
    """To a few units in the last place: means are added up in another order on another processor."""
    who = player if player in REFERENCES else parse_policy(player)
    history = planted("reversal", ["a", "b", "c"], 6, seed=2)
    found = scores(Challenge(challenge), who, history, people=NumericPopulation(30), seed=5)
    assert found[measure] == pytest.approx(float.fromhex(bits), rel=1e-13)


@pytest.mark.parametrize("challenge", Challenge)
def test_an_order_larger_than_the_history_allows_is_refused(challenge):
    said = r"order 8 needs 9 eras heard; .* of 9 eras gives 8, and so allows an order of at most 7"
    with pytest.raises(PolicyError, match=said):
        scores(challenge, parse_policy("extrapolative,order=8"), NINE)
    assert scores(challenge, parse_policy("extrapolative,order=7"), NINE)


@pytest.mark.parametrize("given", [{"humans": 0}, {"spread": 0.6}, {"dose": 1.1}])
def test_people_who_cannot_be_are_refused(given):
    with pytest.raises(PolicyError, match=r"at least 1, a spread in \[0, 0\.5\] and a dose in \[0, 1\]"):
        NumericPopulation(**given)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gss", "'gss' names no history; there are: gss-moral, planted:linear"),
        ("planted:linar", "no shape is called 'linar'; did you mean 'linear'?"),
        ("planted:linear,era=4", "'era=4' is not understood; write KEY=NUMBER with one of eras, seed"),
        ("gss-moral,interval_years=x", "is not understood"),
    ],
)
def test_a_name_that_names_no_history_is_told_what_would(text, said):
    with pytest.raises(HistoryError) as caught:
        parse_history(text)
    assert said in str(caught.value)


def test_histories_are_named_with_their_numbers_and_read_from_files(tmp_path):
    assert parse_history("planted:logistic,eras=20,seed=4").n_eras == 20
    assert parse_history("gss-moral,interval_years=5").n_eras == 10
    file = tmp_path / "mine.csv"
    file.write_text("era,thrift\n1990,0.2\n2000,0.4\n2010,0.5\n", encoding="utf-8")
    assert parse_history(str(file)).name == "mine"
