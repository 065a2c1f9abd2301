"""The small runs whose digests are pinned: a table of name to what makes the run in a folder.

Only the public API is used, so that nothing here needs an edit when modules of the package move.
Shipped scenarios come reduced; the others are written here, each for something that those do not do.
"""

from __future__ import annotations

import coevolve_sim
from tests import ROOT

SCENARIOS = ROOT / "scenarios"
"""Where the shipped scenarios lie."""

ISSUES = ["polmurdr", "racopen", "helppoor", "colhomo"]


def shipped(folder, name, /, **keys):
    """Run a shipped scenario with some keys set; ``__`` stands for the dot in a key."""
    overrides = {key.replace("__", "."): value for key, value in keys.items()}
    return coevolve_sim.run(SCENARIOS / f"{name}.yaml", overrides=overrides, results=folder / "results")


def written(folder, text, /, **files):
    """Run a scenario given as text, beside files given as texts; ``_`` stands for the dot in a name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files | {"scenario_yaml": text}).items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return coevolve_sim.run(folder / "scenario.yaml", results=folder / "results")


# --- as shipped, but small -----------------------------------------------------------------------


def withdrawal(folder):
    return shipped(
        folder,
        "assistant_withdrawal",
        rounds=7,
        population__humans=24,
        interventions=[
            {"round": 3, "action": "withdraw", "assistant": "assistant"},
            {"round": 5, "action": "bring_in", "assistant": "assistant"},
        ],
    )


def trusting(folder):
    space = {"name": "numbers", "dimensions": ["n01", "n02", "n03", "n04"]}
    return shipped(folder, "bayesian_trust", rounds=8, value_space=space)


def with_voices(folder):
    return shipped(folder, "quickstart", rounds=2, population__humans=6, channel__bias_map=False)


def weights_that_learn(folder):
    policy = {"kind": "lifelong_dpo", "every": 1, "pairs": 1, "people": 2, "epochs": 2, "learning_rate": 0.02}
    keys = {"channel__temperature": 0.0, "channel__items_per_topic": 1}
    return shipped(
        folder,
        "weights_that_learn",
        rounds=2,
        dimensions=["care"],
        population__humans=6,
        population__groups__0__centre=0.8,
        assistants__0__policy=policy,
        **keys,
    )


# --- written for what those do not do ------------------------------------------------------------

ON_A_FILE = """
name: weighted_file
rounds: 6
value_space: moral-foundations
network: {family: file, path: edges.csv, directed: true}
population:
  groups:
    - {name: hubs, share: 0.25, centre: 0.7, spread: 0.2, placement: highest_degree}
    - {name: others, share: 0.75, centre: 0.4, spread: 0.2, stubbornness: 0.1}
update: {rule: weighted_hegselmann_krause, confidence: {peer: 0.4}, rate: {peer: 0.3}}
"""


def edges():
    """Return a directed edge list with weights that are no round numbers."""
    pairs = [(a, (a * step + 3) % 24, 0.1 + a / (7 * step)) for step in (5, 7, 11) for a in range(24)]
    lines = [f"{a},{b},{weight!r}" for a, b, weight in pairs if a != b]
    return "\n".join(["from,to,weight", *lines]) + "\n"


def on_a_file(folder):
    return written(folder, ON_A_FILE, edges_csv=edges())


PAIRWISE = """
name: pairwise
rounds: 6
value_space: moral-foundations
network: {family: barabasi_albert, attachments: 3}
population: {humans: 30, groups: [{name: all, distribution: uniform}]}
update: {rule: deffuant_weisbuch, distance: per_dimension, confidence: {peer: 0.35}, rate: {peer: 0.4}}
assistants: [{name: helper, policy: {kind: median, rate: 0.5}}]
"""

CHOSEN_BY_LIKENESS = """
name: chosen_by_likeness
rounds: 5
value_space: {name: village, dimensions: [openness, thrift]}
network: {family: power_law_cluster, attachments: 3}
population: {humans: 30, groups: [{name: all, spread: 0.25}]}
update: {rule: algorithmic_bias, bias: 1.5, encounters_per_human: 2.0, noise: 0.01}
"""

ATTRACTION_REPULSION = """
name: attraction_repulsion
rounds: 6
value_space: {name: village, dimensions: [openness, thrift]}
network: {family: random_geometric, degree: 8}
population: {humans: 30, groups: [{name: all, distribution: uniform}]}
update: {rule: attraction_repulsion, confidence: {peer: 0.2}, repulsion: {peer: 0.4}, exposure: 0.5}
"""

SEVERAL_ASSISTANTS = """
name: several_assistants
rounds: 8
value_space: moral-foundations
network: {family: caveman, cave_size: 8}
population:
  humans: 32
  groups:
    - {name: young, share: 0.5, centre: 0.7, spread: 0.15, adoption: 0.8, rate: {assistant: 0.3}}
    - {name: old, share: 0.5, centre: 0.35, spread: 0.1, adoption: 0.5, confidence: {peer: 0.2}}
channel: {kind: numeric, noise: 0.05}
consulting: {choice: loyal, switching: 0.8}
assistants:
  - {name: narrow, sees: {groups: [young], share: 0.6, noise: 0.05}}
  - {name: slow, share: 2.0, policy: {kind: mean}, sees: {delay: 2, at_most: 5}}
  - {name: chooser, groups: [old], policy: {kind: independent}, sees: {what: choices, gap: 0.15}}
"""

ALL_MANNER_OF_POLICIES = """
name: all_manner_of_policies
rounds: 8
rounds_per_era: 2
value_space: moral-foundations
dimensions: [care, loyalty]
history: {kind: planted, shape: random_walk, eras: 5, effect: attract, pull: 0.2}
network: {family: degree_sequence}
population:
  humans: 40
  groups:
    - {name: young, share: 0.5, era: 0, spread: 0.15, adoption: 1.0}
    - {name: old, share: 0.5, centre: 0.3, spread: 0.1, adoption: 1.0}
update: {rule: degroot, rate: {peer: 0.2, assistant: 0.1}}
assistants:
  - {name: borda, policy: {kind: borda}}
  - {name: ahead, policy: {kind: extrapolative, order: 1}}
  - {name: log_odds, policy: {kind: logit_trend, window: 4}}
  - {name: damped, policy: {kind: damped}}
  - {name: role, policy: {kind: role}}
  - {name: contract, policy: {kind: contractualist}}
  - {name: graph, policy: {kind: moral_graph}}
  - {name: echo, policy: {kind: mirror}}
  - {name: own_output, policy: {kind: self_consuming, samples: 20}}
"""

INTERVENTIONS = """
name: interventions
rounds: 8
value_space: moral-foundations
network: {family: watts_strogatz, degree: 4, rewiring: 0.1}
population:
  humans: 24
  groups:
    - {name: north, share: 0.5, centre: 0.35, spread: 0.15}
    - {name: south, share: 0.5, centre: 0.65, spread: 0.15}
update: {rule: hegselmann_krause, noise: 0.01}
assistants: [{name: guide}]
interventions:
  - {round: 2, action: rewire, fraction: 0.5}
  - {round: 3, action: shock, group: north, shift: {care: 0.2, default: -0.05}}
  - {round: 4, action: change_policy, assistant: guide, policy: {kind: median}}
  - {round: 5, action: change_confidence, group: south, confidence: {peer: 0.1}}
  - {round: 6, action: set_values, assistant: guide, values: 0.9}
  - {round: 7, action: rewire, network: {family: grid}}
"""

PERFORMATIVE = """
name: performative
rounds: 6
value_space: {name: village, dimensions: [openness, thrift]}
network: {family: ring}
population: {humans: 20, groups: [{name: all, centre: 0.3, spread: 0.1, adoption: 0.7}]}
update: {rule: performative, sensitivity: 0.6, noise: 0.01}
assistants: [{name: predictor, policy: {kind: mean, rate: 0.5}}]
"""

OWN_POLICY = """
name: own_policy
rounds: 6
value_space: moral-foundations
dimensions: [care, fairness]
network: {family: star}
population: {humans: 20, groups: [{name: all, spread: 0.2}]}
assistants: [{name: mine, policy: {kind: custom, path: "mine.py:Contrary", parameters: {weight: 0.25}}}]
"""

CONTRARY = '''
class Contrary:
    """Leans away from whom it heard, counts them, and says to each the opposite of what it is told."""

    def __init__(self, weight=1.0):
        self.weight = weight

    def learn(self, values, observation, memory):
        if not len(observation.heard):
            return values, memory
        away = values - self.weight * (observation.heard.mean(axis=0) - values)
        return away.clip(0.0, 1.0), {"last": away}

    def speak(self, values, told):
        return 1.0 - told
'''


def own_policy(folder):
    return written(folder, OWN_POLICY, mine_py=CONTRARY)


IN_WORDS = """
name: {name}
rounds: 3
value_space: moral-foundations
dimensions: [{dimensions}]
network: {{family: ring, degree: 2}}
population: {{humans: {humans}, groups: [{{name: all, spread: 0.2, adoption: 0.7}}]}}
update:
  rule: hegselmann_krause
  confidence: {{peer: 0.5, assistant: 0.5}}
  rate: {{peer: 0.3, assistant: 0.2}}
minds: [{{name: people, kind: {mind}}}]
channel: {{kind: language, temperature: 0.5, max_tokens: 60, items_per_topic: {items}, subtract_bias: true}}
assistants: [{{name: helper}}]
"""


def in_words(folder, mind, humans, dimensions, items):
    text = IN_WORDS.format(
        name=f"in_words_{mind}", mind=mind, humans=humans, dimensions=dimensions, items=items
    )
    return written(folder, text)


def make(function, *arguments, **keys):
    """Return what makes a run in a folder, given everything but the folder."""
    return lambda folder: function(folder, *arguments, **keys)


BASE = {
    "quickstart_numeric": make(
        shipped, "quickstart_numeric", rounds=12, dimensions=ISSUES, population__humans=40
    ),
    "lock_in": make(shipped, "held_back", rounds=8, population__humans=30),
    "bayesian_trust": trusting,
    "echo_chamber": make(shipped, "echo_chamber", rounds=6, population__humans=40),
    "stubborn_minority": make(shipped, "stubborn_minority", rounds=8, population__humans=40),
    "moral_progress": make(shipped, "moral_progress", rounds=6, population__humans=30),
    "assistant_withdrawal": withdrawal,
    "weighted_file": on_a_file,
    "pairwise": make(written, PAIRWISE),
    "chosen_by_likeness": make(written, CHOSEN_BY_LIKENESS),
    "attraction_repulsion": make(written, ATTRACTION_REPULSION),
    "several_assistants": make(written, SEVERAL_ASSISTANTS),
    "all_manner_of_policies": make(written, ALL_MANNER_OF_POLICIES),
    "interventions": make(written, INTERVENTIONS),
    "performative": make(written, PERFORMATIVE),
    "own_policy": own_policy,
    "in_words_scripted": make(in_words, "scripted", humans=8, dimensions="care, loyalty", items=2),
}
"""Runs that the base install makes."""

WITH_TORCH = {
    "in_words_embedded": make(in_words, "embedded", humans=5, dimensions="care", items=1),
    "in_words_with_voices": with_voices,
    "weights_that_learn": weights_that_learn,
}
"""Runs that take a language model, and so torch."""

RUNS = BASE | WITH_TORCH
