"""Where an assistant moves the people it is scored on, a run says so beside follow and predict."""

import html

import coevolve_sim
from coevolve_sim.cli.console import said
from coevolve_sim.cli.outcome import print_run
from coevolve_sim.report.influence import describe_influence
from coevolve_sim.scenario import loads

PULLED = """
name: pulled
rounds: 12
rounds_per_era: 2
value_space: {name: five, dimensions: [a, b, c, d, e]}
network: {family: watts_strogatz, degree: 6}
population: {humans: 60, groups: [{name: all, distribution: uniform, adoption: 0.9}]}
update: {rule: hegselmann_krause, confidence: {assistant: 1.0}, rate: {assistant: 0.2}}
assistants: [{name: guide, policy: {kind: frozen}, start: {a: 0.9, b: 0.2, c: 0.8, d: 0.3, e: 0.4}}]
measures: {names: [variance], horizons: [1]}
"""


def test_an_assistant_that_never_learns_predicts_whom_it_pulls_and_the_run_says_who_moves_whom(tmp_path):
    run = coevolve_sim.run(loads(PULLED), results=tmp_path)
    scores = dict(zip(run.summary["measure"], run.summary["value"], strict=True))
    assert scores["predict_1_centred"] > 0.97  # nothing about people was learnt
    page = html.unescape(run.report().read_text(encoding="utf-8"))
    sentence = describe_influence(run.scenario)
    assert page.count(sentence) == 1
    with said.capture() as captured:
        print_run(run)
    assert sentence in captured.get().replace("\n", " ")


def test_nothing_is_said_where_nobody_consults():
    assert describe_influence(loads(PULLED))
    assert not describe_influence(loads(PULLED.replace("adoption: 0.9", "adoption: 0.0")))
    alone = "\n".join(line for line in PULLED.splitlines() if not line.startswith("assistants"))
    assert not describe_influence(loads(alone))
