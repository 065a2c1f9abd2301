"""A run whose humans speak, by a scripted mind that can fail, lean, and try to break a page."""

import coevolve_sim
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.scenario import loads

HOSTILE = " <script>alert(\"x\")</script> & 'so on'\n</blockquote><img src=x onerror=y>"
SCENARIO = """
name: {name}
rounds: {rounds}
value_space: {{name: v, dimensions: [thrift, mercy]}}
population:
  humans: 8
  groups: [{{name: young, share: 0.5, centre: 0.3}}, {{name: old, share: 0.5, centre: 0.8, voice: elder}}]
network: {{family: ring, degree: 2}}
minds: [{{kind: scripted}}]
channel: {channel}
assistants: [{{name: helper}}]
"""
NUMBERS = """
{{name: {name}, seed: {seed}, rounds: {rounds}, value_space: {{name: v, dimensions: [thrift, mercy]}},
population: {{humans: 8, groups: [{{name: young, share: 0.5, centre: 0.3}}, {{name: old, share: 0.5, centre:
0.8}}]}}, network: {{family: ring, degree: 2}}, assistants: [{{name: helper}}]}}
"""
FAULTS = {"refused": 7, "invalid": 11, "truncated": 13}


def leaning(known, words=HOSTILE):
    """Return a script that writes hostile words and reads a fifth of the way towards the first option."""

    def script(request):
        said = answer_from_stances(request, known or {})
        if isinstance(said, str):
            return said + words
        if isinstance(said, tuple):
            return tuple(0.8 * mass + 0.2 * (place == 0) for place, mass in enumerate(said))
        return said

    return script


def a_talk(
    monkeypatch, results, *, faults=FAULTS, channel="{kind: language}", rounds=3, name="talk", script=None
):
    def opened(part, known=None):
        return ScriptedMind(script or leaning(known), voices=("elder",), faults=faults, name="scripted <b>")

    monkeypatch.setattr("coevolve_sim.language.channel_setup.open_mind", opened)
    return coevolve_sim.run(
        loads(SCENARIO.format(name=name, rounds=rounds, channel=channel)), results=results
    )


def numbers(results, name="numbers", rounds=3, seed=1, text=NUMBERS):
    return coevolve_sim.run(loads(text.format(name=name, rounds=rounds, seed=seed)), results=results)
