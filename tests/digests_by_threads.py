"""Run small societies on a number of threads, in blocks of a size, and print the digest of each as JSON.

``python -m tests.digests_by_threads THREADS BLOCK``: each number of threads is given a process of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile

import coevolve_sim
from coevolve_sim import threads
from coevolve_sim.measures import SIZE_FREE, TAKEN_UNLESS_NAMED
from coevolve_sim.scenario import loads

MEDIA = "media: [{name: paper, values: 0.9, rate: 0.1}, {name: radio, values: 0.2, followers: homophily}]\n"
RULES = {
    "hegselmann_krause": "{rule: hegselmann_krause, noise: 0.01}",
    "weighted_hegselmann_krause": "{rule: weighted_hegselmann_krause}",
    "deffuant_weisbuch": "{rule: deffuant_weisbuch}",
    "algorithmic_bias": "{rule: algorithmic_bias}",
    "friedkin_johnsen": "{rule: friedkin_johnsen}",
    "degroot": "{rule: degroot}",
    "attraction_repulsion": "{rule: attraction_repulsion}",
    "moral_argument": "{rule: moral_argument, liberals: [young]}",
    "bayesian_trust": "{rule: bayesian_trust, trust: {peer: 0.1}}",
    "performative": "{rule: performative}",
    "performative_peers": "{rule: performative_peers}",
    "weighs_facts": "{rule: weighs_facts}",
}
WITHOUT_MEDIA = {"bayesian_trust", "weighs_facts"}
HELPERS = "{name: helper}, {name: other, policy: {kind: median}}"
SMALL_WORLD, ALL_HEAR_ALL = "{family: watts_strogatz, degree: 6}", "{family: complete}"
SOCIETIES = {
    rule: {"update": text} | ({"effect": "none"} if rule in WITHOUT_MEDIA else {"more": MEDIA})
    for rule, text in RULES.items()
} | {
    "one dimension": {"dimensions": 1, "more": MEDIA},
    "many dimensions, and who looks at means": {
        "dimensions": 9,
        "assistants": "{name: helper}, {name: other}",
        "more": f"measures: {{names: [{', '.join([*TAKEN_UNLESS_NAMED, *SIZE_FREE])}]}}\n",
    },
    "each dimension alone": {"update": "{rule: hegselmann_krause, distance: per_dimension}", "more": MEDIA},
    "full mixing, each dimension alone": {
        "update": "{rule: hegselmann_krause, distance: per_dimension}",
        "network": ALL_HEAR_ALL,
    },
    "full mixing, one confidence each": {
        "dimensions": 1,
        "network": ALL_HEAR_ALL,
        "groups": "{name: young, share: 0.5, confidence: {peer: 0.1}}, {name: old, share: 0.5}",
    },
    "full mixing, over all dimensions": {"network": ALL_HEAR_ALL},
    "the stubborn": {"groups": "{name: young, share: 0.5, stubbornness: 0.3}, {name: old, share: 0.5}"},
    "what people say is edited": {"more": "channel: {mediator: {assistant: helper, share: 0.2}}\n"},
    "a noisy channel": {"more": "channel: {noise: 0.05}\n"},
}
TEXT = """
name: threads
rounds: 2
value_space: {{name: v, dimensions: [{dimensions}]}}
history: {{kind: planted, eras: 4, effect: {effect}}}
network: {network}
population: {{humans: 2100, groups: [{groups}]}}
update: {update}
assistants: [{assistants}]
{more}"""


def text_of(
    update="{rule: hegselmann_krause}",
    network=SMALL_WORLD,
    dimensions=3,
    groups="{name: young, share: 0.5, distribution: uniform}, {name: old, share: 0.5, adoption: 0.8}",
    assistants=HELPERS,
    effect="shift",
    more="",
):
    """Return the text of a scenario."""
    return TEXT.format(
        update=update,
        network=network,
        dimensions=", ".join("abcdefghi"[:dimensions]),
        groups=groups,
        assistants=assistants,
        more=more,
        effect=effect,
    )


def main(n_threads: int, block: int) -> None:
    """Print digests, and which loops ran in more than one part."""
    in_parts, whole = set(), threads.run_in_parts

    def watched(work, n, size, *arguments, **how):
        if n > size:
            in_parts.add(work.__qualname__)
        return whole(work, n, size, *arguments, **how)

    threads.BLOCK, threads.run_in_parts = block, watched
    threads.set_threads(n_threads)
    with tempfile.TemporaryDirectory() as folder:
        digests = {
            name: coevolve_sim.run(loads(text_of(**keys)), results=folder).digest()
            for name, keys in SOCIETIES.items()
        }
    sys.stdout.write(json.dumps({"digests": digests, "in parts": sorted(in_parts)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
