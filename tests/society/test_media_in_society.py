"""A society with outlets: who follows them, what people hear in a round, and where they end."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.report.media_section import build_media_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.rules import RULES
from coevolve_sim.scenario import loads
from coevolve_sim.society.media import place_outlets
from coevolve_sim.society.model import Society

ALONE = "{rule: hegselmann_krause, confidence: {peer: 1.0}, rate: {peer: 0.0}}"


def text_of(media="", update=ALONE, rounds=4, humans=40, more=""):
    heard = f"media: [{media}]\n" if media else ""
    return (
        f"name: heard\nrounds: {rounds}\nvalue_space: {{name: v, dimensions: [a, b]}}\n"
        f"network: {{family: watts_strogatz, degree: 4}}\nupdate: {update}\n{heard}{more}"
        f"population: {{humans: {humans}, groups: [{{name: young, share: 0.5, distribution: uniform}}, "
        "{name: old, share: 0.5, distribution: uniform}]}\n"
    )


def society_of(*given, **changed):
    return Society(loads(text_of(*given, **changed)), with_objects=False)


def run(society):
    while not society.is_finished:
        society.step()
    return society.values


HEARD = {
    "hegselmann_krause": "{rule: hegselmann_krause}",
    "weighted_hegselmann_krause": "{rule: weighted_hegselmann_krause}",
    "deffuant_weisbuch": "{rule: deffuant_weisbuch}",
    "algorithmic_bias": "{rule: algorithmic_bias}",
    "friedkin_johnsen": "{rule: friedkin_johnsen}",
    "degroot": "{rule: degroot}",
    "attraction_repulsion": "{rule: attraction_repulsion}",
    "moral_argument": "{rule: moral_argument, liberals: [young]}",
    "performative": "{rule: performative}",
    "performative_peers": "{rule: performative_peers}",
}


def test_every_rule_hears_outlets_or_is_refused():
    assert HEARD.keys() | {"bayesian_trust", "weighs_facts"} == set(RULES.own)


@pytest.mark.parametrize("rule", HEARD)
def test_each_rule_hears_outlets_and_one_that_nobody_follows_or_heeds_is_none(rule):
    plain = run(society_of(update=HEARD[rule])).tobytes()
    for nobody in ("share: 0.0", "rate: 0.0"):
        assert run(society_of(f"{{name: d, values: 0.9, {nobody}}}", update=HEARD[rule])).tobytes() == plain
    moved = run(society_of("{name: d, values: 0.9}", update=HEARD[rule]))
    assert np.abs(moved - np.frombuffer(plain).reshape(moved.shape)).max() > 0.005


def test_an_outlet_beside_peers_carries_people_as_far_as_an_editor_of_their_words():
    society = society_of("{name: d, values: 0.9, rate: 0.1}", update="{rule: friedkin_johnsen}", rounds=300)
    society.state.stubbornness = np.full(40, 0.2)
    society.state.values = society.state.last_anchors = np.full((40, 2), 0.4)
    np.testing.assert_allclose(run(society), 0.542857, rtol=0, atol=5e-7)


def test_a_partisan_rate_draws_people_as_far_as_its_mean_message():
    media = "{name: d, values: 0.9, rate: 0.05, partisan_rate: 0.71}"
    society = society_of(media, update="{rule: friedkin_johnsen}", rounds=4000)
    society.state.stubbornness = np.full(40, 0.1)
    society.state.values = society.state.last_anchors = np.full((40, 2), 0.4)
    means = []
    while not society.is_finished:
        society.step()
        means.append(society.values.mean())
    said = 0.71 * 0.9 + 0.29 * 0.5
    expected = (0.1 * 0.4 + 0.9 * 0.05 * said) / (0.1 + 0.9 * 0.05)
    assert np.mean(means[100:]) == pytest.approx(expected, abs=0.005)


def test_exposure_goes_by_what_is_said_once_anything_is():
    media = "{name: d, values: 0.9, rate: 0.0, partisan_rate: 0.0}"
    society = society_of(media, rounds=1, more="measures: {names: [media_exposure]}\n")
    for said in (0.9, 0.5):
        away = np.sqrt(((society.values - said) ** 2).mean(axis=1))
        assert society.measures.overall["media_exposure"] == pytest.approx(away.mean(), abs=1e-12)
        society.step()


def test_a_round_with_outlets_leaves_the_values_of_the_round_before_as_they_were():
    for rule in HEARD.values():
        society = society_of("{name: d, values: 0.9, rate: 0.5}", update=rule)
        for _ in range(2):
            before, kept = society.values, society.values.copy()
            society.step()
            np.testing.assert_array_equal(before, kept)


def test_who_follows_is_drawn_once_of_the_groups_named_and_a_larger_share_keeps_the_smaller():
    def followers(share, more="", followers="[old]"):
        return society_of(
            f"{{name: d, values: 0.9, share: {share}, followers: {followers}}}{more}", humans=400
        ).setup

    few, many = followers(0.3), followers(0.7)
    old = few.group_of == few.group_names.index("old")
    assert not few.able[~old].any()
    assert (few.able <= many.able).all()
    assert 0.2 < few.able[old].mean() < 0.4
    beside = followers(0.3, ", {name: e, values: 0.1}")
    np.testing.assert_array_equal(beside.able[:, 0], few.able[:, 0])
    np.testing.assert_array_equal(followers(0.3, followers="all").able[old], few.able[old])
    assert any("of outlet d, " in note and "of 400 humans follow it" in note for note in few.notes)


def test_who_follows_moves_and_nobody_else_and_each_goes_the_outlets_rate():
    society = society_of("{name: d, values: {a: 0.9, b: 0.1}, share: 0.5, rate: 0.25}", rounds=2)
    follows, before = society.setup.able[:, 0], society.values
    run(society)
    np.testing.assert_array_equal(society.values[~follows], before[~follows])
    goal = np.array([0.9, 0.1])
    expected = goal + 0.75**2 * (before[follows] - goal)
    np.testing.assert_allclose(society.values[follows], expected, rtol=0, atol=1e-14)
    assert society.log.n_followers == (follows.sum(),)
    assert 0 < follows.sum() < 40


def test_confidence_and_repulsion_towards_peers_hold_for_outlets():
    rule = (
        "{rule: attraction_repulsion, schedule: synchronous, confidence: {peer: 0.2}, rate: {peer: 0.0}, "
        "repulsion: {peer: 0.4}}"
    )
    society = society_of("{name: d, values: 0.5, rate: 0.1}", update=rule, rounds=1)
    before = society.values
    gap = 0.5 - before
    away = np.sqrt((gap**2).mean(axis=1, keepdims=True))
    expected = before + np.where(away <= 0.2, 0.1, np.where(away > 0.4, -0.1, 0.0)) * gap
    np.testing.assert_allclose(run(society), np.clip(expected, 0, 1), rtol=0, atol=1e-14)
    assert (away <= 0.2).any()
    assert (away > 0.4).any()


def test_by_homophily_people_follow_whom_they_stand_nearest_to_in_each_round_anew():
    media = (
        "{name: d, ramp: {start: 0.0, end: 1.0, over: 2}, followers: homophily, within: 1.0, rate: 0.5}, "
        "{name: e, values: 0.1, followers: homophily, within: 0.3, rate: 0.5, share: 0.5}"
    )
    society = society_of(media, rounds=3)
    x, able = society.values, society.setup.able
    assert able[:, 0].all()
    for place in (0.5, 1.0, 1.0):
        society.step()
        outlets = np.array([place, 0.1])
        away = np.sqrt(((x[:, :, None] - outlets) ** 2).mean(axis=1))
        follows = np.eye(2, dtype=bool)[away.argmin(axis=1)] & (away <= [1.0, 0.3]) & able
        x = x + 0.5 * sum(follows[:, [k]] * (outlets[k] - x) for k in (0, 1))
        np.testing.assert_allclose(society.values, x, rtol=0, atol=1e-13)
        assert society.log.n_followers == tuple(follows.sum(axis=0))


def test_an_outlet_begins_at_its_start_and_its_new_value_is_heard_in_each_round():
    up = "ramp: {start: {a: 0.2, b: 0.9}, end: {a: 0.8, b: 0.6}, over: 3"
    scenario = loads(text_of(f"{{name: d, {up}}}}}, {{name: e, {up}, shape: triangle, cycles: 1}}}}"))
    courses = np.array([place_outlets(scenario, ("a", "b"), r) for r in range(9)])
    a = [0.2, 0.4, 0.6, 0.8]
    np.testing.assert_allclose(courses[:, 0, 0], [*a, *[0.8] * 5], rtol=0, atol=1e-15)
    np.testing.assert_allclose(courses[:, 1, 0], [*a, 0.6, 0.4, 0.2, 0.2, 0.2], rtol=0, atol=1e-15)
    np.testing.assert_allclose(courses[:4, 0, 1], [0.9, 0.8, 0.7, 0.6], rtol=0, atol=1e-15)
    society = society_of(f"{{name: d, {up}}}, rate: 1.0}}", rounds=4)
    for goal in (*courses[1:4, 0], courses[3, 0]):
        society.step()
        np.testing.assert_allclose(society.values, np.tile(goal, (40, 1)), rtol=0, atol=1e-15)


def test_noise_of_the_channel_is_of_the_outlet_the_same_for_all_who_hear_it():
    noisy = "channel: {kind: numeric, noise: 0.05}\n"
    heard = [
        run(society_of(f"{{name: d, values: 0.5, rate: 1.0}}{other}", rounds=1, more=noisy))
        for other in ("", ", {name: e, values: 0.5, rate: 0.0}")
    ]
    assert np.ptp(heard[0], axis=0).max() < 1e-15
    assert np.abs(heard[0] - 0.5).max() > 1e-4
    np.testing.assert_array_equal(*heard)


def test_a_society_restored_between_rounds_goes_on_to_the_same_bytes():
    media = (
        "{name: d, ramp: {start: 0.0, end: 1.0, over: 5}, followers: homophily, share: 0.8}, "
        "{name: e, values: 0.3, share: 0.4}"
    )
    rule = "{rule: hegselmann_krause}"
    whole, part = (society_of(media, update=rule, rounds=6) for _ in range(2))
    for _ in range(3):
        part.step()
    again = society_of(media, update=rule, rounds=6)
    again.restore(3, part.values, part.state.anchors, part.state.assistant_values)
    assert run(again).tobytes() == run(whole).tobytes()


def test_a_run_records_exposure_and_its_report_says_who_followed_what(tmp_path):
    media = (
        "{name: daily, values: 0.9, followers: [old], rate: 0.2}, "
        "{name: near, values: 0.2, followers: homophily}"
    )
    scenario = loads(text_of(media, more="measures: {names: [media_exposure]}\n"))
    found = coevolve_sim.run(scenario, results=tmp_path)
    snapshots = found.snapshots()
    old = found.group_of == found.groups.index("old")
    exposure = found.measures["media_exposure"]
    for round_index in (0, 4):
        x = snapshots[round_index]
        far, near = (np.sqrt(((x - z) ** 2).mean(axis=1)) for z in (0.9, 0.2))
        pairs = np.concatenate([far[old], near[near <= 0.3]])
        assert exposure.loc[round_index] == pytest.approx(pairs.mean(), abs=1e-12)
    section = build_media_section(RunData(found))
    last = next(row for row in section.rows if row.outlet == "daily" and row.round_index == 4)
    away = np.sqrt(((snapshots[4] - 0.9) ** 2).mean(axis=1))
    assert last.n_followers == 20
    assert float(last.of_followers) == pytest.approx(away[old].mean(), abs=5e-5)
    assert float(last.of_others) == pytest.approx(away[~old].mean(), abs=5e-5)
    page = found.report().read_text(encoding="utf-8")
    assert 'id="media"' in page
    assert "whom it is nearest to, within 0.3" in page


def test_a_report_without_outlets_has_no_such_part(tmp_path):
    found = coevolve_sim.run(loads(text_of(rounds=1)), results=tmp_path)
    assert build_media_section(RunData(found)) is None
