"""A society goes on from any round to the same bytes, in any process, with any number of threads."""

import os
import subprocess
import sys

import numpy as np
import pytest

from coevolve_sim.assistants.policies import POLICIES
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.state import kept_arrays

EVERYTHING = """
name: everything
seed: 11
value_space: moral-foundations
history: {kind: planted, shape: random_walk, eras: 6}
rounds_per_era: 2
network: {family: watts_strogatz, degree: 6, rewiring: 0.2}
population:
  humans: 40
  groups:
    - {name: a, share: 0.5, era: 0, stubbornness: 0.2, adoption: 0.7}
    - {name: b, share: 0.5, distribution: uniform, adoption: 0.4, placement: highest_degree}
update: {rule: %s, schedule: %s, noise: 0.02}
channel: {noise: 0.03}
assistants: [{name: one}, {name: two, present: false, start: 0.8}, {name: three, policy: {kind: frozen}}]
interventions:
  - {round: 2, action: withdraw, assistant: one}
  - {round: 3, action: bring_in, assistant: two}
  - {round: 3, action: rewire, fraction: 0.3}
  - {round: 4, action: bring_in, assistant: one}
  - {round: 5, action: change_policy, assistant: three, policy: {kind: lifelong, rate: 0.7}}
  - {round: 6, action: set_values, assistant: two, values: 0.1}
  - {round: 7, action: shock, group: a, shift: 0.3}
  - {round: 7, action: change_confidence, group: b, confidence: {peer: 0.6, assistant: 0.1}}
  - {round: 8, action: rewire, network: {family: erdos_renyi, degree: 5}}
  - {round: 9, action: rewire, fraction: 0.5}
"""


def everything(rule, schedule):
    return loads(EVERYTHING % (rule, schedule))


def end_of_round(society):
    state = society.state
    kept = {name: array.copy() for name, array in kept_arrays(state, society.setup).items()}
    return society.round_index, state.values, state.anchors.copy(), state.assistant_values, kept


def as_bytes(society):
    state = society.state
    arrays = [state.values, state.anchors, state.assistant_values, state.present, state.ties.indices]
    return [*(a.tobytes() for a in arrays), state.peer.confidence.tobytes(), [p.kind for p in state.policies]]


@pytest.mark.long
@pytest.mark.parametrize(
    ("rule", "schedule"),
    [
        ("hegselmann_krause", "synchronous"),
        ("weighted_hegselmann_krause", "pairwise"),
        ("deffuant_weisbuch", "pairwise"),
        ("algorithmic_bias", "pairwise"),
        ("attraction_repulsion", "synchronous"),
    ],
)
def test_a_society_restored_at_any_round_goes_on_to_the_same_bytes(rule, schedule):
    whole = Society(everything(rule, schedule))
    ends, bytes_of, measures = [end_of_round(whole)], [as_bytes(whole)], [whole.measures.overall]
    while not whole.is_finished:
        whole.step()
        ends.append(end_of_round(whole))
        bytes_of.append(as_bytes(whole))
        measures.append(whole.measures.overall)
    assert len({str(b) for b in bytes_of}) == 11
    for end in ends:
        restored = Society(whole.setup)
        restored.restore(*(np.array(part) if isinstance(part, np.ndarray) else part for part in end))
        assert as_bytes(restored) == bytes_of[end[0]]
        assert restored.measures.overall == pytest.approx(measures[end[0]], abs=0, nan_ok=True)
        while not restored.is_finished:
            restored.step()
            assert as_bytes(restored) == bytes_of[restored.round_index]
        assert restored.measures.overall == pytest.approx(measures[-1], abs=0, nan_ok=True)


def counting(values, observation, memory, rate):
    n_rounds = memory.get("n_rounds", np.zeros(1, np.int64)) + 1
    return np.full_like(values, 1.0 / n_rounds[0]), {"n_rounds": n_rounds, "before": values}


def test_a_changed_policy_begins_with_an_empty_memory_and_the_others_keep_theirs():
    with POLICIES.replaced("lifelong", counting):
        act = {"round": 4, "action": "change_policy", "assistant": "one", "policy": {"kind": "lifelong"}}
        names = [{"name": "one"}, {"name": "two"}]
        society = Society(
            loads("{name: s, rounds: 5}", overrides={"assistants": names, "interventions": [act]})
        )
        society.run_model()
        assert [int(memory["n_rounds"][0]) for memory in society.state.memories] == [2, 5]
        assert [memory["before"][0] for memory in society.state.memories] == [1.0, 0.25]


def test_what_is_kept_of_humans_is_restored_in_place_of_what_there_is():
    society = Society(loads("{name: s, rounds: 5, population: {humans: 3}, network: {family: complete}}"))
    society.state.of_humans = {"log_precision": np.arange(3.0)}
    kept = kept_arrays(society.state, society.setup)
    assert list(kept) == ["humans/log_precision"]
    society.restore(2, society.values, society.values, society.state.assistant_values, {})
    assert society.state.of_humans == {}
    society.restore(2, society.values, society.values, society.state.assistant_values, kept)
    assert society.state.of_humans["log_precision"].tolist() == [0.0, 1.0, 2.0]


PROGRAM = """
import hashlib, sys
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
for rule, schedule in (("hegselmann_krause", "synchronous"), ("deffuant_weisbuch", "pairwise")):
    society = Society(loads(sys.argv[1] % (rule, schedule), overrides={"population.humans": 500}))
    society.run_model()
    print(hashlib.sha256(society.values.tobytes()).hexdigest())
    print(sorted((k, v.hex()) for k, v in society.measures.overall.items()))
"""


@pytest.mark.long
def test_results_do_not_depend_on_the_number_of_threads_or_the_process():
    def printed(n_threads, hash_seed):
        threads = {
            f"{library}_NUM_THREADS": str(n_threads) for library in ("NUMBA", "OMP", "OPENBLAS", "MKL")
        }
        environment = {**os.environ, **threads, "PYTHONHASHSEED": str(hash_seed)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, EVERYTHING],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    one, two = printed(1, 1), printed(2, 2)
    assert len(one.splitlines()) == 4
    assert one == two
