"""A society with adversaries and guards: who tries, what passes, what assistants learn and people hear."""

import re

import numpy as np
import pytest
from scipy import stats

import coevolve_sim
from coevolve_sim.assistants.policies import Observation
from coevolve_sim.assistants.policies.norms import role
from coevolve_sim.report.guards_section import build_guards_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.rules import RULES
from coevolve_sim.rules.guards import success_within
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.state import kept_arrays
from tests.society.test_media_in_society import HEARD

ALONE = "{rule: hegselmann_krause, confidence: {assistant: 1.0}, rate: {peer: 0.0, assistant: 0.2}}"
TRY = "{share: 0.3, operators: {templates: 0.216, pair: {success: 0.8, tries: 75}}, budget: 5, target: 0.95}"
LEAKY = "{name: leaky, pass_attack: 0.5, pass_benign: 0.9}"


def text_of(
    adversaries=TRY,
    guards="",
    update=ALONE,
    rounds=6,
    humans=200,
    role="standard: 0.4, tolerance: 0.05, rate: 0.5",
    keys="",
    more="",
    adoption=0.7,
    stubbornness=0.1,
):
    tried = f"adversaries: {adversaries}\n" if adversaries else ""
    who = f"share: 0.5, adoption: {adoption}, centre: 0.4, spread: 0.1, stubbornness: {stubbornness}"
    guide = f"name: guide, start: 0.4, policy: {{kind: role, {role}}}, guards: [{guards}]{keys}"
    return (
        f"name: guarded\nrounds: {rounds}\nvalue_space: {{name: v, dimensions: [a, b]}}\n"
        f"network: {{family: watts_strogatz, degree: 4}}\nupdate: {update}\n{tried}{more}"
        f"assistants: [{{{guide}}}]\n"
        f"population: {{humans: {humans}, groups: [{{name: young, {who}}}, {{name: old, {who}}}]}}\n"
    )


def society_of(**changed):
    return Society(loads(text_of(**changed)), with_objects=False)


def run(society):
    while not society.is_finished:
        society.step()
    return society


@pytest.mark.parametrize("keys", ["", ", sees: {delay: 2, share: 0.8}", ", continuity: {share: 0.3}"])
@pytest.mark.parametrize("benign", [1.0, 0.8])
def test_guards_that_let_no_attack_pass_are_a_run_without_adversaries_to_the_last_bit(keys, benign):
    tight = f"{{name: tight, pass_attack: 0.0, pass_benign: {benign}}}"
    without, attacked = (run(society_of(adversaries=a, guards=tight, keys=keys)) for a in ("", TRY))
    assert attacked.values.tobytes() == without.values.tobytes()
    assert attacked.state.assistant_values.tobytes() == without.state.assistant_values.tobytes()
    assert attacked.state.counts["attacks"].sum() > 100
    assert attacked.state.counts["carried"].sum() == 0


@pytest.mark.parametrize(
    "adversaries", [TRY.replace("0.3", "0.0"), TRY.replace("0.216", "0.0").replace("0.8", "0.0")]
)
def test_no_share_or_no_success_is_no_adversary_to_the_last_bit(adversaries):
    without, attacked = (run(society_of(adversaries=a)) for a in ("", adversaries))
    assert attacked.values.tobytes() == without.values.tobytes()
    assert run(society_of()).values.tobytes() != without.values.tobytes()


def test_guards_that_let_all_pass_are_no_guards_to_the_last_bit():
    open_door = "{name: open, pass_attack: 1.0}"
    assert run(society_of(guards=open_door)).values.tobytes() == run(society_of()).values.tobytes()


def test_who_is_an_adversary_is_drawn_once_and_a_larger_share_keeps_them_and_what_they_try():
    few, many = (society_of(adversaries=TRY.replace("0.3", str(s)), humans=4000).setup for s in (0.1, 0.4))
    tries = few.operator_of >= 0
    np.testing.assert_array_equal(many.operator_of[tries], few.operator_of[tries])
    for setup, share in ((few, 0.1), (many, 0.4)):
        found = [(setup.operator_of == operator).mean() for operator in (0, 1)]
        assert found == pytest.approx([share / 2] * 2, abs=4 * np.sqrt(share / 2 / 4000))


@pytest.mark.parametrize("budget", [1, 5, 75])
def test_counts_are_within_the_binomial_s_95_per_cent_by_operator_and_of_answers(budget):
    guards = f"{LEAKY}, {{name: other, pass_attack: 0.646, pass_benign: 0.942}}"
    tries = TRY.replace("budget: 5", f"budget: {budget}")
    counts = run(society_of(adversaries=tries, guards=guards, humans=3000)).state.counts
    past = 0.5 * 0.646
    for operator, rate in enumerate((0.216, 1.0 - 0.2 ** (1 / 75))):
        attacks, carried = counts["attacks"][0, operator], counts["carried"][0, operator]
        low, high = stats.binom.interval(0.95, attacks, success_within(rate * past, budget))
        assert low <= carried <= high
        assert attacks - carried <= counts["tries"][0, operator] <= attacks * budget
    low, high = stats.binom.interval(0.95, counts["answers"][0], 1.0 - 0.9 * 0.942)
    assert low <= counts["held_back"][0] <= high


def test_rounds_are_those_of_a_plain_recursion():
    """Everybody consults and is moved; only those draws are taken from the product."""
    society = society_of(adoption=1.0, rounds=5)
    operator_of, x, z = society.setup.operator_of, society.values.copy(), np.full(2, 0.4)
    anchors = x.copy()
    for number in range(1, 6):
        draws = coevolve_sim.streams.stream(1, "attacks", number).random(200)
        rates = np.array([0.216, 1.0 - 0.2 ** (1 / 75), 0.0])[operator_of]
        carried = draws < 1.0 - (1.0 - rates) ** 5
        heard, q = x, carried.mean()
        x = 0.9 * (x + 0.2 * (z - x)) + 0.1 * anchors
        permitted = np.clip(z + 0.5 * (heard[~carried].mean(axis=0) - z), 0.35, 0.45)
        z = (1 - q) * permitted + q * (z + 0.5 * (0.95 - z))
        society.step()
        np.testing.assert_allclose(society.values, x, rtol=0, atol=1e-13)
        np.testing.assert_allclose(society.state.assistant_values[0], z, rtol=0, atol=1e-13)
    assert z.min() > 0.45


def test_drift_of_people_is_proportional_to_what_guards_let_pass_in_a_linear_society():
    """Tolerance 0, rate 1, one try: z = standard + q (target - standard); people rest at a mean with it."""
    pull, moved, expected = 0.9 * 0.2, [], []
    for passes in (1.0, 0.5, 0.25):
        society = run(
            society_of(
                adversaries="{share: 0.5, operators: {templates: 0.4}, budget: 1, target: 0.9}",
                guards=f"{{name: g, pass_attack: {passes}}}",
                role="standard: 0.4, tolerance: 0.0, rate: 1.0",
                humans=2000,
                rounds=60,
                adoption=1.0,
                more="measures: {every: 1000, names: [variance]}\n",
            )
        )
        share = (society.setup.operator_of >= 0).mean()
        at_rest = (0.1 * society.setup.initial_values.mean() + pull * 0.4) / (0.1 + pull)
        moved.append(society.values.mean() - at_rest)
        expected.append(pull / (0.1 + pull) * share * 0.4 * passes * 0.5)
    assert moved == pytest.approx(expected, abs=0.004)
    assert np.array(moved[1:]) / moved[0] == pytest.approx([0.5, 0.25], abs=0.06)


def test_who_is_held_back_hears_nothing_and_who_carried_is_answered():
    shut = "{name: shut, pass_attack: 1.0, pass_benign: 0.0}"
    society = society_of(
        guards=shut, adversaries="{share: 0.3, operators: {always: 1.0}, target: 0.95}", stubbornness=0.0
    )
    before, tries = society.values, society.setup.operator_of >= 0
    run(society)
    np.testing.assert_array_equal(society.values[~tries], before[~tries])
    assert (society.values[tries] != before[tries]).any(axis=1).mean() > 0.9
    counts = society.state.counts
    assert counts["answers"].tolist() == counts["held_back"].tolist()
    assert counts["carried"].tolist() == counts["attacks"].tolist() == counts["tries"].tolist()


def free_text(dimensions="[a, b]", policy="frozen", **changed):
    """Return a society with an assistant that is permitted everything, and holds other things."""
    text = text_of(**changed).replace("dimensions: [a, b]", f"dimensions: {dimensions}")
    text = re.sub(r"policy: {kind: role[^}]*}", f"policy: {{kind: {policy}}}", text)
    return text.replace("start: 0.4", "start: 0.9")


@pytest.mark.parametrize("dimensions", ["[a]", "[a, b]"])
def test_answers_held_back_of_an_assistant_that_never_learns_reach_nobody(dimensions):
    shut = {"guards": "{name: shut, pass_attack: 1.0, pass_benign: 0.0}", "adversaries": ""}
    society = run(Society(loads(free_text(dimensions, **shut)), with_objects=False))
    nobody = run(Society(loads(free_text(dimensions, adoption=0.0, **shut)), with_objects=False))
    assert society.values.tobytes() == nobody.values.tobytes()
    heard = run(Society(loads(free_text(dimensions, adversaries="")), with_objects=False))
    assert heard.values.mean() > society.values.mean() + 0.1
    counts = society.state.counts
    assert counts["held_back"].tolist() == counts["answers"].tolist()
    assert counts["answers"][0] > 600


def test_a_guard_that_holds_no_answer_back_is_none_to_an_assistant_that_never_learns():
    open_door = {"guards": "{name: open, pass_attack: 0.5}", "adversaries": ""}
    guarded, plain = (
        run(Society(loads(free_text(**given)), with_objects=False))
        for given in (open_door, {"adversaries": ""})
    )
    assert guarded.values.tobytes() == plain.values.tobytes()
    assert guarded.state.counts["answers"][0] > 600


@pytest.mark.parametrize("dimensions", ["[a]", "[a, b]"])
@pytest.mark.parametrize("guards", ["", LEAKY])
def test_who_cannot_be_persuaded_is_not_attacked_and_its_people_are_those_without_adversaries(
    dimensions, guards
):
    attacked, plain = (
        run(Society(loads(free_text(dimensions, adversaries=a, guards=guards)), with_objects=False))
        for a in (TRY, "")
    )
    assert attacked.values.tobytes() == plain.values.tobytes()
    counts = attacked.state.counts
    assert not any(counts[name].any() for name in ("attacks", "tries", "carried"))
    assert counts["answers"][0] > 600
    if guards:
        assert counts["held_back"].tolist() == plain.state.counts["held_back"].tolist()


def test_a_role_that_is_frozen_in_a_run_is_attacked_no_more():
    frozen = "interventions: [{action: change_policy, round: 4, assistant: guide, policy: {kind: frozen}}]\n"
    society = society_of(more=frozen)
    for _ in range(3):
        society.step()
    before = {name: array.copy() for name, array in society.state.counts.items()}
    run(society)
    assert before["carried"].sum() > 0
    assert society.state.counts["attacks"].tolist() == before["attacks"].tolist()
    assert society.state.counts["answers"][0] > before["answers"][0]


def test_a_role_learns_of_those_who_carried_whatever_it_permits():
    heard = np.array([[0.5], [0.7], [0.9]])
    for carried, end in (
        ([False] * 3, 0.45),
        ([False, False, True], (2 * 0.45 + 0.65) / 3),
        ([True] * 3, 0.55),
    ):
        seen = Observation(heard, np.arange(3), 1, carried=np.array(carried))
        found, _ = role(np.array([0.4]), seen, {}, 0.4, 0.05, 0.5)
        assert found == pytest.approx([end], abs=1e-15)
    alone = Observation(heard[2:], np.arange(1), 1, carried=np.array([True]))
    assert role(np.array([0.4]), alone, {}, 0.4, 0.05, 1.0)[0] == pytest.approx([0.9])


GUARDED_RULES = {
    **HEARD,
    "bayesian_trust": "{rule: bayesian_trust}",
    "weighs_facts": "{rule: weighs_facts}",
}


def test_every_rule_is_tried_under_adversaries():
    assert set(GUARDED_RULES) == set(RULES.own)


@pytest.mark.parametrize("rule", GUARDED_RULES)
def test_under_every_rule_adversaries_carry_assistants_and_guards_keep_them(rule):
    given = {"update": GUARDED_RULES[rule], "stubbornness": 0.0}
    if rule == "bayesian_trust":
        given["more"] = "history: {kind: none}\n"
    plain, tight, attacked = (
        run(society_of(adversaries=a, guards=g, **given))
        for a, g in (("", ""), (TRY, "{name: tight, pass_attack: 0.0}"), (TRY, LEAKY))
    )
    assert tight.values.tobytes() == plain.values.tobytes()
    assert attacked.state.assistant_values.mean() > plain.state.assistant_values.mean() + 0.01
    assert np.isfinite(attacked.values).all()


def test_noise_and_what_an_assistant_sees_hold_for_adversaries_too():
    noisy = run(society_of(more="channel: {kind: numeric, noise: 0.1}\n"))
    assert noisy.state.assistant_values.mean() > 0.45
    unseen = ", sees: {groups: [old]}"
    society = run(society_of(keys=unseen, adversaries=TRY))
    plain = run(society_of(keys=unseen, adversaries=""))
    assert society.state.assistant_values.mean() > plain.state.assistant_values.mean()


def test_a_society_restored_between_rounds_goes_on_to_the_same_bytes_and_counts():
    given = {"guards": LEAKY, "keys": ", sees: {delay: 1}", "rounds": 6}
    whole, part = (society_of(**given) for _ in range(2))
    for _ in range(3):
        part.step()
    again = society_of(**given)
    kept = {name: array.copy() for name, array in kept_arrays(part.state, part.setup).items()}
    again.restore(3, part.values, part.state.anchors, part.state.assistant_values, kept)
    run(whole)
    assert run(again).values.tobytes() == whole.values.tobytes()
    for name, array in whole.state.counts.items():
        np.testing.assert_array_equal(again.state.counts[name], array)


def test_assistants_have_guards_of_their_own_and_a_human_s_attack_fares_alike_with_each():
    two = (
        "assistants: [{name: guide, start: 0.4, policy: {kind: role, standard: 0.4, tolerance: 0.05}}, "
        "{name: other, start: 0.4, policy: {kind: role, standard: 0.4, tolerance: 0.05}, "
        "guards: [{name: tight, pass_attack: 0.0}]}]\n"
    )
    text = text_of(humans=1000)
    lines = [two.strip() if line.startswith("assistants:") else line for line in text.splitlines()]
    society = run(Society(loads("\n".join(lines)), with_objects=False))
    assert society.state.counts["carried"][0].sum() > 0
    assert society.state.counts["carried"][1].sum() == 0
    assert (society.state.counts["attacks"] > 100).all()
    held = society.state.assistant_values.mean(axis=1)
    assert held[0] > 0.45 >= held[1]


def test_a_run_records_what_passed_and_its_report_says_what_to_expect(tmp_path):
    named = "measures: {names: [role_breach, attacks_carried, answers_held_back]}\n"
    scenario = loads(text_of(guards=LEAKY, more=named, rounds=4))
    found = coevolve_sim.run(scenario, results=tmp_path)
    society = run(Society(scenario, with_objects=False))
    counts, last = society.state.counts, found.measures.iloc[-1]
    assert last["attacks_carried"] == counts["carried"].sum() / counts["attacks"].sum()
    assert last["answers_held_back"] == counts["held_back"].sum() / counts["answers"].sum()
    outside = np.clip(society.state.assistant_values[0] - 0.45, 0.0, None)
    assert last["role_breach"] == pytest.approx(np.sqrt((outside**2).mean()), abs=1e-15)
    assert np.isnan(found.measures["attacks_carried"].iloc[0])
    section = build_guards_section(RunData(found))
    pair = next(row for row in section.operators if row.operator == "pair")
    rate = 1.0 - 0.2 ** (1 / 75)
    assert pair.is_derived
    assert float(pair.within_budget) == pytest.approx(1.0 - (1.0 - rate / 2) ** 5, abs=5e-5)
    assert (section.assistants[0].pass_attack, section.assistants[0].pass_benign) == ("0.5000", "0.9000")
    assert float(section.assistants[0].breach[-1]) == pytest.approx(last["role_breach"], abs=5e-5)
    away = np.sqrt(((society.values - 0.95) ** 2).mean(axis=1))
    tries = society.setup.operator_of >= 0
    for row, members in zip(section.people, (tries, ~tries), strict=True):
        assert (row.n_humans, float(row.away[-1])) == (
            members.sum(),
            pytest.approx(away[members].mean(), abs=5e-5),
        )
    page = found.report().read_text(encoding="utf-8")
    assert 'id="guards"' in page
    assert "(derived)" in page


def test_a_report_expects_nothing_of_operators_with_an_assistant_that_nobody_attacks(tmp_path):
    named = "measures: {names: [attacks_carried]}\n"
    for text, n_rows in ((free_text(more=named, rounds=2), 0), (text_of(more=named, rounds=2), 2)):
        found = coevolve_sim.run(loads(text), results=tmp_path)
        section = build_guards_section(RunData(found))
        assert len(section.operators) == n_rows
        assert (
            bool(section.counted) == np.isfinite(found.measures["attacks_carried"].iloc[-1]) == bool(n_rows)
        )


def test_a_report_without_adversaries_and_guards_has_no_such_part(tmp_path):
    found = coevolve_sim.run(loads(text_of(adversaries="", rounds=1)), results=tmp_path)
    assert build_guards_section(RunData(found)) is None


def test_in_words_who_succeeds_writes_of_the_target_and_nothing_else_is_said():
    """The scripted mind writes and reads the stances that it is told, so that only these are seen here."""
    words = "channel: {kind: language}\nminds: [{kind: scripted}]\n"
    given = {
        "more": words,
        "rounds": 2,
        "humans": 16,
        "guards": LEAKY,
        "role": "standard: 0.4, tolerance: 0.0",
    }
    society = society_of(adversaries=TRY.replace("0.216", "0.9").replace("0.8,", "0.99,"), **given)
    plain = society_of(adversaries="", **given)
    for _ in range(2):
        carried, held_back = (society.state.counts[name].sum() for name in ("carried", "held_back"))
        society.step()
        questions = [one for one in society.log.said if one.kind == "question"]
        of_target = {one.speaker for one in questions if one.latent == pytest.approx(0.95)}
        assert len(of_target) == society.state.counts["carried"].sum() - carried > 0
        assert all(society.setup.operator_of[human] >= 0 for human in of_target)
        answers = [one for one in society.log.said if one.kind == "answer"]
        assert len(answers) == len(questions) - society.state.counts["held_back"].sum() + held_back
        plain.step()
    assert society.state.assistant_values.mean() > plain.state.assistant_values.mean() + 0.003
    tight = {**given, "guards": "{name: tight, pass_attack: 0.0}"}
    shut, without = (run(society_of(adversaries=a, **tight)) for a in (TRY, ""))
    assert shut.values.tobytes() == without.values.tobytes()
