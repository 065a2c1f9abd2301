"""What instruments read from studies: null and planted values through worlds of the product's own loop."""

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads
from coevolve_sim.studies.comparing import compare
from coevolve_sim.studies.instruments.catalogue import INSTRUMENTS, find_instruments
from coevolve_sim.studies.instruments.slow_down import slow_down
from coevolve_sim.studies.sweeping import sweep

PULL, INFLUENCE, LEARNING = 0.1, 0.2, 0.5
AVERAGING = f"""
name: averaging
rounds: 60
value_space: {{name: one, dimensions: [x]}}
measures: {{names: [total_variance]}}
population: {{humans: 20, groups: [{{name: all, centre: 0.5, spread: 0.05, adoption: 1.0}}]}}
history: {{kind: planted, shape: linear, eras: 2, start: 0.5, end: 0.5, effect: attract, pull: {PULL}}}
rounds_per_era: 60
update: {{rule: degroot, rate: {{peer: 0.0, assistant: {INFLUENCE / (1 - PULL)!r}}}}}
assistants: [{{name: ai, policy: {{kind: lifelong, rate: {LEARNING}}}}}]
"""


def averaging(**changes):
    return loads(AVERAGING, overrides={key.replace("__", "."): value for key, value in changes.items()})


def reading(study, quantity):
    (found,) = [one for one in study.readings if one.quantity == quantity]
    return found


def test_slow_down_is_that_of_the_closed_form(tmp_path):
    study = compare(averaging(), replications=2, instruments=["slow_down"], results=tmp_path)
    assert reading(study, "slow-down").value == pytest.approx(slow_down(PULL, INFLUENCE, LEARNING), rel=0.01)


def test_an_assistant_without_influence_slows_nothing_down(tmp_path):
    alone = averaging(population__groups__0__adoption=0.0)
    study = compare(
        alone,
        {"with": {}, "no_assistant": {"assistants": []}},
        replications=2,
        instruments=["slow_down"],
        results=tmp_path,
    )
    assert reading(study, "slow-down").value == pytest.approx(1.0, abs=1e-6)


def test_where_nothing_pulls_people_back_slow_down_is_refused_with_the_reason(tmp_path):
    text = AVERAGING.replace("effect: attract, pull: 0.1", "effect: none")
    study = compare(loads(text), replications=2, instruments=["slow_down"], results=tmp_path)
    found = reading(study, "slow-down")
    assert found.refused
    assert "no kick is forgotten" in found.sentence


def test_recovery_has_the_half_life_of_historys_pull(tmp_path):
    scenario = averaging(assistants__0__start=0.9)
    study = compare(scenario, replications=2, instruments=["recovery"], results=tmp_path)
    assert reading(study, "half-life").value == pytest.approx(np.log(0.5) / np.log(1 - PULL), rel=0.01)
    assert reading(study, "share recovered").value == pytest.approx(1 - (1 - PULL) ** 30, abs=0.01)


def test_variety_is_lost_by_a_common_voice_and_not_without_it(tmp_path):
    text = AVERAGING.replace("effect: attract, pull: 0.1", "effect: none").replace("rounds: 60", "rounds: 20")
    common = loads(
        text.replace("rounds_per_era: 60", "rounds_per_era: 20"),
        overrides={"update.rate.assistant": 0.1, "assistants.0.policy": {"kind": "frozen"}},
    )
    study = compare(common, replications=2, instruments=["diversity_loss"], results=tmp_path)
    assert reading(study, "half-life").value == pytest.approx(3.2894, abs=0.001)
    silent = common.model_copy(
        update={
            "population": common.population.model_copy(
                update={"groups": (common.population.groups[0].model_copy(update={"adoption": 0.0}),)}
            )
        }
    )
    null = compare(silent, replications=2, instruments=["diversity_loss"], results=tmp_path)
    assert reading(null, "half-life").value == np.inf


def test_the_end_state_hangs_on_first_values_where_nothing_forgets(tmp_path):
    text = AVERAGING.replace("effect: attract, pull: 0.1", "effect: none").replace("rounds: 60", "rounds: 20")
    held = loads(
        text.replace("rounds_per_era: 60", "rounds_per_era: 20"),
        overrides={
            "update.rate.assistant": 0.1,
            "assistants.0.policy": {"kind": "frozen"},
            "assistants.0.start": 0.5,
        },
    )
    study = compare(held, replications=2, instruments=["end_state"], results=tmp_path)
    assert reading(study, "derivative").value == pytest.approx(1 - 0.9**20, abs=1e-9)
    pulled = compare(averaging(), replications=2, instruments=["end_state"], results=tmp_path)
    assert reading(pulled, "derivative").value == pytest.approx(0.0, abs=0.02)


def test_what_comes_by_friends_and_directly_add_up_to_the_whole(tmp_path):
    scenario = averaging(
        rounds=20,
        rounds_per_era=20,
        update__rate={"peer": 0.5, "assistant": 0.2},
        population__groups__0__adoption=0.3,
        assistants__0__start=0.9,
    )
    study = compare(scenario, replications=3, instruments=["mediation"], results=tmp_path)
    direct, friends, total = (reading(study, name).value for name in ("direct", "through friends", "total"))
    assert direct + friends == pytest.approx(total, abs=1e-12)
    assert friends > 0.005
    deaf = scenario.model_copy(
        update={
            "update": scenario.update.model_copy(
                update={"rate": scenario.update.rate.model_copy(update={"peer": 0.0})}
            )
        }
    )
    alone = compare(deaf, replications=3, instruments=["mediation"], results=tmp_path)
    assert reading(alone, "through friends").value == pytest.approx(0.0, abs=1e-12)


def test_mediation_is_refused_where_both_of_a_pair_move(tmp_path):
    pairs = averaging(update={"rule": "deffuant_weisbuch"})
    with pytest.raises(StudyError, match="moves both of a pair"):
        compare(pairs, replications=2, instruments=["mediation"], results=tmp_path)


def test_early_warning_needs_fifty_replications_and_says_so(tmp_path):
    study = compare(averaging(), replications=3, instruments=["early_warning"], results=tmp_path)
    assert all(one.refused and "50 replications" in one.sentence for one in study.readings)


def test_worlds_of_instruments_are_no_worlds_of_the_answer(tmp_path):
    study = compare(averaging(), replications=2, instruments=["slow_down", "persistence"], results=tmp_path)
    assert study.plan.asked_worlds == ("as_written", "frozen_assistant", "no_assistant")
    assert len(study.plan.worlds) == 9  # the kicks are shared
    assert {row.world for row in study.effect_rows} == {"as_written", "frozen_assistant"}


def test_a_sweep_over_first_values_tells_what_is_entrenched(tmp_path):
    text = AVERAGING.replace("effect: attract, pull: 0.1", "effect: none").replace("rounds: 60", "rounds: 20")
    base = loads(text.replace("rounds_per_era: 60", "rounds_per_era: 20"))
    axes = {"assistants.0.start": [0.1, 0.3, 0.5, 0.7, 0.9]}
    kept = sweep(base, axes, replications=3, instruments=["entrenchment"], results=tmp_path)
    assert reading(kept, "share of variance").value > 0.9
    away = sweep(
        averaging(population__groups__0__adoption=0.0),
        axes,
        replications=3,
        instruments=["entrenchment"],
        results=tmp_path,
    )
    assert reading(away, "share of variance").value == pytest.approx(0.0, abs=1e-9)


def test_a_sweep_over_committed_shares_tells_where_half_tip(tmp_path):
    axes = {"assistants.0.start": [0.1, 0.3, 0.7, 0.9]}
    text = AVERAGING.replace("effect: attract, pull: 0.1", "effect: none").replace("rounds: 60", "rounds: 20")
    held = loads(
        text.replace("rounds_per_era: 60", "rounds_per_era: 20"),
        overrides={"assistants.0.policy": {"kind": "frozen"}},
    )
    study = sweep(held, axes, replications=2, instruments=["tipping"], results=tmp_path)
    found = reading(study, "share at which half tip")
    assert found.value == 0.5
    assert 0.1 < found.low < 0.3
    assert 0.7 < found.high < 0.9
    both = sweep(
        held, {**axes, "update.rate.assistant": [0.1, 0.2]}, instruments=["tipping"], results=tmp_path
    )
    assert "reads a sweep over one key; this study has 2" in both.readings[0].sentence


def test_an_unknown_instrument_is_refused_with_its_nearest():
    with pytest.raises(StudyError, match="did you mean 'slow_down'"):
        find_instruments(["slowdown"])


def test_every_instrument_says_what_it_is_and_its_null():
    for name, found in find_instruments(list(INSTRUMENTS)).items():
        assert found.meaning.endswith("."), name
        assert found.null, name


DRIVEN = """
name: driven
rounds: 400
value_space: {name: one, dimensions: [x]}
measures: {names: [total_variance]}
network: {family: ring, degree: 2}
population: {humans: 10, groups: [{name: all, centre: 0.5, spread: 0.05, adoption: 1.0}]}
update: {rule: degroot, rate: {peer: 0.0, assistant: 0.4}}
assistants: [{name: ai, policy: {kind: frozen}, start: 0.0}]
drive: {assistant: ai, dimension: x, speed: 0.04}
"""


def test_lag_is_told_from_memory_over_speeds_of_a_drive(tmp_path):
    speeds = {"drive.speed": [0.04, 0.02, 0.01]}
    settings = {"replications": 2, "instruments": ["hysteresis"], "results": tmp_path}
    study = sweep(loads(DRIVEN), speeds, record="summary", **settings)
    by_node, by_line = study.readings
    assert by_node.sentence.startswith("lag: ")
    assert abs(by_line.value) < 0.03
    fast = sweep(loads(DRIVEN), {"drive.speed": [0.2, 0.1, 0.05]}, record="summary", **settings)
    assert fast.readings[0].refused


def test_hysteresis_says_what_it_lacks(tmp_path):
    settings = {"replications": 2, "instruments": ["hysteresis"], "results": tmp_path}
    kept_nothing = sweep(loads(DRIVEN), {"drive.speed": [0.04, 0.02, 0.01]}, **settings)
    assert "keeps no trajectories" in kept_nothing.readings[0].sentence
    short = sweep(
        loads(DRIVEN, overrides=["rounds=50"]),
        {"drive.speed": [0.04, 0.02, 0.01]},
        record="summary",
        **settings,
    )
    assert "two cycles take 100 rounds" in short.readings[0].sentence
    still = sweep(averaging(), {"assistants.0.start": [0.1, 0.9]}, record="summary", **settings)
    assert "drives an assistant" in still.readings[0].sentence


def test_the_way_is_whole_where_people_follow_history_and_none_where_they_stand_still(tmp_path):
    text = (
        "{name: w, rounds: 10, value_space: {name: one, dimensions: [x]}, population: {humans: 20, groups: "
    )
    text += "[{name: all, centre: 0.4, spread: 0.05, adoption: 0.0}]}, assistants: [{}], "
    text += "update: {rule: degroot, rate: {peer: 0.0}}, history: {kind: planted, "
    text += "shape: linear, eras: 11, start: 0.4, end: 0.6, effect: EFFECT}}"
    worlds = {"alone": {"assistants": []}, "same": {"assistants.0.start": 0.5}}
    for effect, expected in (("shift", 1.0), ("none", 0.0)):
        silent = loads(text.replace("EFFECT", effect))
        study = compare(silent, worlds, replications=2, instruments=["way"], results=tmp_path)
        shares = [one.value for one in study.readings if one.quantity == "share of the way"]
        assert shares == pytest.approx([expected, expected], abs=1e-9)


def test_claims_are_borne_out_alone_and_not_where_they_lock_in(tmp_path):
    study = compare("lock_in", replications=3, results=tmp_path)
    locked = study.scores("log_overconfidence", "as_written")
    assert (locked > 20).all()
    text = "{name: alone, rounds: 30, value_space: {name: n, dimensions: [x]}, population: {humans: 400, "
    text += "groups: [{name: all, centre: 0.5, spread: 0.1}]}, network: {family: ring, degree: 2}, "
    text += "update: {rule: bayesian_trust, trust: {peer: PEER}, truth: 0.5, evidence_sd: 0.1}}"
    pair = {"a": {}, "b": {"update.evidence_sd": 0.11}}
    alone = compare(loads(text.replace("PEER", "0.0")), pair, replications=4, results=tmp_path)
    # of 1,600 errors squared over their claimed variance the mean is 1, with a standard error of .035
    assert alone.scores("log_overconfidence", "a").mean() == pytest.approx(0.0, abs=0.12)
    trusting = compare(loads(text.replace("PEER", "0.45")), pair, replications=4, results=tmp_path)
    assert trusting.scores("log_overconfidence", "a").mean() > 0.15
