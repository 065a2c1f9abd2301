"""What assistants see, how they are chosen, and what policies do through whole runs."""

import hashlib

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.assistants.policies import Observation
from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import content_of, loads
from coevolve_sim.scenario.policy_specs import SeesSpec
from coevolve_sim.society.assistant_view import delay_observation, observation_of
from coevolve_sim.society.market import Market
from coevolve_sim.society.model import Society
from coevolve_sim.society.round import run_round
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import first_state, kept_arrays

TWO_GROUPS = [
    {"name": "young", "share": 0.5, "centre": 0.7, "spread": 0.1, "adoption": 1.0},
    {"name": "old", "share": 0.5, "centre": 0.3, "spread": 0.1, "adoption": 0.8},
]
PLAIN = """
name: s
rounds: 8
dimensions: [fairness, harm]
population: {humans: 60}
network: {family: complete}
update: {rule: hegselmann_krause, confidence: {peer: 0.2, assistant: 1.0}, rate: {peer: 0.1, assistant: 0.3}}
"""


def society(assistants, **overrides):
    keys = {"population.groups": TWO_GROUPS, "assistants": assistants} | overrides
    return Society(loads(PLAIN, overrides=keys), with_objects=False)


def rounds_of(assistants, **overrides):
    made = society(assistants, **overrides)
    state = made.state
    course = []
    while not made.is_finished:
        made.step()
        course.append((made.values.copy(), state.assistant_values.copy(), made.log.n_consultations))
    return course, made


def one(kind="lifelong", name="one", **keys):
    sees = keys.pop("sees", {})
    assistant = {k: keys.pop(k) for k in ("share", "groups", "start") if k in keys}
    return {"name": name, "policy": {"kind": kind, **keys}, "sees": sees, **assistant}


# --- policies through whole runs -----------------------------------------------------------------

KINDS = [
    one("independent"),
    one("median"),
    one("borda"),
    one("extrapolative", order=2),
    one("logit_trend"),
    one("damped"),
    one("role", standard={"fairness": 0.9, "default": 0.2}),
    one("contractualist"),
    one("moral_graph"),
    one("lifelong", sees={"delay": 3}),
    one("extrapolative", sees={"what": "choices", "share": 0.5, "noise": 0.1, "at_most": 9, "delay": 2}),
]


@pytest.mark.parametrize("assistant", KINDS, ids=lambda a: f"{a['policy']['kind']}-{len(a['sees'])}")
def test_every_policy_goes_on_to_the_same_bytes_from_what_is_kept(assistant):
    keys = {"consulting": {"choice": "loyal", "switching": 0.5}}
    whole, restored = (society([assistant, one("lifelong", "two")], **keys) for _ in range(2))
    for _ in range(5):
        whole.step()
    state = whole.state
    kept = {name: array.copy() for name, array in kept_arrays(state, whole.setup).items()}
    restored.restore(5, state.values.copy(), state.anchors.copy(), state.assistant_values.copy(), kept)
    for made in (whole, restored):
        made.run_model()
    for name in ("values", "assistant_values"):
        assert getattr(whole.state, name).tobytes() == getattr(restored.state, name).tobytes()
    after = [kept_arrays(made.state, made.setup) for made in (whole, restored)]
    assert after[0].keys() == after[1].keys()
    assert all(array.tobytes() == after[1][name].tobytes() for name, array in after[0].items())


def test_a_run_with_memory_delay_and_loyalty_is_resumed_to_the_same_digest(tmp_path):
    keys = {"population.groups": TWO_GROUPS, "consulting": {"choice": "loyal", "switching": 0.5}}
    keys["assistants"] = [KINDS[-1] | {"name": "three"}, KINDS[4], one("lifelong", "two")]
    file = tmp_path / "s.yaml"
    file.write_text(PLAIN, encoding="utf-8")
    whole = coevolve_sim.run(file, overrides=keys, results=tmp_path)

    def stop(done, asked):
        if done == 5:
            raise KeyboardInterrupt

    folders = []
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(file, overrides=keys, results=tmp_path, progress=stop, started=folders.append)
    assert coevolve_sim.resume(folders[0]).digest() == whole.digest()


def test_a_mirror_never_moves_anybody_through_a_whole_run():
    mirrored, made = rounds_of([one("mirror", start=0.9)])
    alone, _ = rounds_of([])
    assert all(counts[0] > 0 for _, _, counts in mirrored)
    for (values, _, _), (without, _, _) in zip(mirrored, alone, strict=True):
        np.testing.assert_array_equal(values, without)
    assert np.abs(mirrored[-1][1] - made.values.mean(axis=0)).max() < 0.1


def test_a_mirror_beside_a_frozen_assistant_moves_only_nobody_of_its_own():
    course, _ = rounds_of([one("mirror"), one("frozen", "two", start=1.0)], **{"update.rate.peer": 0.0})
    first = build_setup(loads(PLAIN, overrides={"population.groups": TWO_GROUPS})).initial_values
    moved = (course[0][0] != first).any(axis=1)
    assert moved.sum() == course[0][2][1]


def test_an_assistant_that_moves_people_does_move_them():
    course, _ = rounds_of([one("frozen", start=1.0)])
    alone, _ = rounds_of([])
    assert (course[-1][0].mean(axis=0) > alone[-1][0].mean(axis=0) + 0.1).all()


# --- what they see -------------------------------------------------------------------------------


def heard(n=40, n_humans=50):
    rng = np.random.default_rng(1)
    humans = np.sort(rng.choice(n_humans, n, replace=False))
    return Observation(rng.random((n, 2)), humans, 3, humans % 2, seed=5)


def shown(observation=None, values=None, name="one", **sees):
    observation = observation or heard()
    values = np.full(2, 0.5) if values is None else values
    return observation_of(observation, SeesSpec(**sees), ("a", "b"), 50, values, name)


def test_by_default_all_is_seen_as_it_is():
    assert shown() is not None
    assert shown(observation := heard()) is observation


def test_only_the_groups_it_may_see_are_seen():
    found = shown(groups=("b",))
    assert set(found.groups) == {1}
    assert found.humans.tolist() == [h for h in heard().humans if h % 2]


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 10, 30), (1.0, 40, 40)])
def test_a_share_of_people_is_seen(share, least, most):
    assert least <= len(shown(share=share).heard) <= most


def test_at_most_so_many_are_seen_and_others_are_seen_by_another_and_in_another_round():
    found = shown(at_most=7)
    assert len(found.heard) == 7
    assert (np.diff(found.humans) > 0).all()
    assert shown(at_most=7, name="two").humans.tolist() != found.humans.tolist()
    for row, human in zip(found.heard, found.humans, strict=True):
        np.testing.assert_array_equal(row, heard().heard[heard().humans == human][0])


def test_who_else_consults_changes_nobody_s_noise_nor_whether_one_is_seen():
    everybody = heard()
    fewer = Observation(everybody.heard[5:], everybody.humans[5:], 3, everybody.groups[5:], seed=5)
    for keys in ({"noise": 0.2}, {"share": 0.5}):
        whole, part = shown(everybody, **keys), shown(fewer, **keys)
        kept = np.isin(whole.humans, everybody.humans[5:])
        np.testing.assert_array_equal(whole.humans[kept], part.humans)
        np.testing.assert_array_equal(whole.heard[kept], part.heard)


def test_choices_are_votes_for_the_nearer_of_two_candidates():
    observation = Observation(np.array([[0.2, 0.95], [0.5, 0.6]]), np.arange(2), 1, np.zeros(2, int))
    found = shown(observation, np.array([0.5, 0.95]), what="choices", gap=0.1)
    assert found.votes.tolist() == [[-1, 0], [0, -1]]
    np.testing.assert_allclose(found.heard, [[0.4, 0.95], [0.5, 0.85]])


@pytest.mark.parametrize("delay", [1, 3])
def test_an_observation_waits_its_delay(delay):
    queue, turns = {}, []
    for index in range(1, 8):
        now = Observation(np.full((1, 1), index / 10), np.array([index]), index, np.zeros(1, int))
        queue, turn = delay_observation(queue, now, delay)
        turns.append(float(turn.heard[0, 0]) if len(turn.heard) else None)
    assert turns == [None] * delay + [index / 10 for index in range(1, 8 - delay)]
    assert len(queue) == 3 * delay


def test_a_delayed_assistant_does_what_an_undelayed_one_did_before():
    prompt, _ = rounds_of([one("mean")], **{"update.rate.assistant": 0.0})
    late, _ = rounds_of([one("mean", sees={"delay": 2})], **{"update.rate.assistant": 0.0})
    for index in range(2, 8):
        np.testing.assert_array_equal(late[index][1], prompt[index - 2][1])


def test_how_many_consult_is_counted_whatever_is_seen():
    plain, _ = rounds_of([one("frozen")])
    blind, _ = rounds_of([one("frozen", sees={"share": 0.0, "delay": 1})])
    assert [counts for _, _, counts in plain] == [counts for _, _, counts in blind]


def test_who_sees_choices_only_learns_towards_people():
    course, made = rounds_of([one("lifelong", rate=1.0, start=0.1, sees={"what": "choices"})])
    assert (np.abs(course[-1][1][0] - made.values.mean(axis=0)) < 0.15).all()


# --- several assistants --------------------------------------------------------------------------


def test_each_is_chosen_in_proportion_to_its_share():
    course, _ = rounds_of([one(share=3.0), one("frozen", "two")], **{"population.humans": 2000})
    counts = np.array([counts for _, _, counts in course])
    assert (counts[:, 0] / counts.sum(axis=1)).mean() == pytest.approx(0.75, abs=0.02)


def test_equal_shares_choose_as_ever():
    market = Market(np.ones((1, 7)), np.zeros(1000, dtype=np.int32))
    draws = np.random.default_rng(1).random(1000)
    np.testing.assert_array_equal(market.choose(np.arange(1000), draws), (draws * 7).astype(int))


def test_an_assistant_is_consulted_by_the_groups_it_serves_only():
    made = society([one(groups=["young"])])
    run_round(made.state, made.setup)
    before = build_setup(made.setup.scenario.model_copy(update={"assistants": ()}))
    without = first_state(before)
    run_round(without, before)
    moved = (made.state.values != without.values).any(axis=1)
    assert set(made.setup.group_of[moved]) == {0}
    assert moved.sum() == (made.setup.group_of == 0).sum()


LOYAL = {"consulting": {"choice": "loyal"}}


def test_the_loyal_stay_with_the_assistant_they_chose():
    made = society([one(share=2.0), one("frozen", "two")], **LOYAL)
    chosen = []
    while not made.is_finished:
        made.step()
        chosen.append(made.state.of_humans["assistant"])
    young = made.setup.group_of == 0
    assert all((now[young] == chosen[0][young]).all() for now in chosen)
    assert {0, 1} == set(chosen[-1])


def test_the_further_away_an_assistant_is_the_more_leave_it():
    near_and_far = [one("frozen", start=0.7), one("frozen", "two", start=0.0)]
    keys = {"consulting": {"choice": "loyal", "switching": 1.0}, "update.rate.assistant": 0.0, "rounds": 40}
    made = society(near_and_far, **keys)
    left = np.zeros(2)
    before = None
    while not made.is_finished:
        made.step()
        now = made.state.of_humans["assistant"]
        if before is not None:
            for which in (0, 1):
                left[which] += ((before == which) & (now != which) & (now >= 0)).sum() / max(
                    (before == which).sum(), 1
                )
        before = now
    assert left[1] > 1.5 * left[0]
    assert (before == 0).sum() > 1.5 * (before == 1).sum()


def test_whose_assistant_goes_chooses_another():
    act = [{"round": 4, "action": "withdraw", "assistant": "one"}]
    made = society([one(), one("frozen", "two")], interventions=act, **LOYAL)
    made.run_model()
    assert made.log.n_consultations[0] == 0
    young = made.setup.group_of == 0
    assert set(made.state.of_humans["assistant"][young]) == {1}


def test_another_assistant_s_sight_changes_no_human_s_draws():
    """Who consults whom is the same whatever the assistants see or learn."""
    counts = [
        [c for _, _, c in rounds_of([one(sees=sees), one("frozen", "two")])[0]]
        for sees in ({}, {"share": 0.3, "noise": 0.2}, {"at_most": 3, "delay": 2})
    ]
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"assistants": [{"groups": ["younk"]}]}, "groups.0: unknown group 'younk'; did you mean 'young'?"),
        (
            {"assistants": [{"sees": {"groups": ["x"]}}]},
            "sees.groups.0: unknown group 'x'. There are: young, old",
        ),
        (
            {"assistants": [{"policy": {"kind": "role", "standard": {"harm": 0.5}}}]},
            "says nothing of dimension",
        ),
        ({"assistants": [{"policy": {"kind": "custom", "path": "gone.py:X"}}]}, "neither a file"),
    ],
)
def test_what_does_not_fit_is_refused(overrides, said):
    with pytest.raises(ScenarioError) as caught:
        build_setup(loads(PLAIN, overrides={"population.groups": TWO_GROUPS} | overrides))
    assert said in str(caught.value)


# --- policies of users ---------------------------------------------------------------------------


def write_pusher(folder, to=1.0):
    """A policy that keeps to one place and tells each listener the opposite of what it holds."""
    text = f"""
import numpy as np

class Contrary:
    def __init__(self, weight=1.0):
        self.weight = weight

    def learn(self, values, observation, memory):
        n = memory.get("n", np.zeros(1, np.int64)) + len(observation.heard)
        return np.full_like(values, {to} * self.weight), {{"n": n}}

    def speak(self, values, told):
        return 1.0 - told
"""
    (folder / "mine.py").write_text(text, encoding="utf-8")


def scenario_with_own(folder, extra=""):
    write_pusher(folder)
    policy = "{kind: custom, path: 'mine.py:Contrary', parameters: {weight: 0.25}}"
    path = folder / "s.yaml"
    path.write_text(f"{PLAIN}\nassistants: [{{name: mine, policy: {policy}}}]\n{extra}", encoding="utf-8")
    return path


def test_a_policy_of_a_user_learns_and_speaks_in_a_run(tmp_path):
    scenario = scenario_with_own(tmp_path)
    run = coevolve_sim.run(scenario, results=tmp_path, overrides={"population.groups": TWO_GROUPS})
    means = run.means
    last = means[(means["kind"] == "assistant") & (means["round"] == 8)]
    assert last[["fairness", "harm"]].to_numpy().tolist() == [[0.25, 0.25]]
    groups = means[(means["kind"] == "group") & (means["round"] == 8)].set_index("name")
    assert abs(groups["harm"]["young"] - 0.5) < 0.1


def test_a_run_knows_the_file_of_its_policy_and_is_not_resumed_with_another(tmp_path):
    scenario = scenario_with_own(tmp_path)

    def stop(done, asked):
        if done == 3:
            raise KeyboardInterrupt

    folders = []
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(scenario, results=tmp_path, progress=stop, started=folders.append)
    inputs = coevolve_sim.open_run(folders[0]).manifest["inputs"]
    assert hashlib.sha256((tmp_path / "mine.py").read_bytes()).hexdigest() in inputs
    write_pusher(tmp_path, to=0.5)
    with pytest.raises(
        coevolve_sim.CoevolveError, match=r"the file at assistants\.0\.policy\.path was changed"
    ):
        coevolve_sim.resume(folders[0])
    write_pusher(tmp_path)
    whole = coevolve_sim.run(scenario, results=tmp_path)
    assert coevolve_sim.resume(folders[0]).digest() == whole.digest()


def test_the_digest_does_not_depend_on_where_a_policy_lies(tmp_path):
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        digests.add(coevolve_sim.run(scenario_with_own(tmp_path / name), results=tmp_path / name).digest())
    assert len(digests) == 1


def test_keys_that_came_later_are_content_only_where_they_are_used():
    plain = content_of(loads(PLAIN, overrides={"assistants": [{}]}))
    assert "consulting" not in plain
    assert not {"share", "groups", "sees"} & set(plain["assistants"][0])
    keys = {"assistants": [{"share": 2.0}], "consulting.choice": "loyal"}
    used = content_of(loads(PLAIN, overrides=keys))
    assert used["assistants"][0]["share"] == 2.0
    assert used["consulting"]["choice"] == "loyal"
