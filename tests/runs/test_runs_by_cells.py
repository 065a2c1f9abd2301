"""A run whose humans are asked by cells: its record, its books, its audit, kills, estimates and bad input."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import MeasureError, ScenarioError, StudyError
from coevolve_sim.language import Utterance
from coevolve_sim.report import write_report
from coevolve_sim.runs.appeals import read_said_texts
from coevolve_sim.runs.cells import greatest_rate
from coevolve_sim.runs.estimate import estimate_requests
from coevolve_sim.runs.texts import read_window, select_texts
from coevolve_sim.scenario import loads
from coevolve_sim.society.appeals import plan_appeals, sum_appeals
from coevolve_sim.society.replayed_peers import record_peers
from coevolve_sim.society.setup import build_setup

TEXT = """
name: by_cells
seed: 5
rounds: 3
value_space: {name: village, dimensions: [thrift]}
network: {family: watts_strogatz, degree: 4, rewiring: 0.1}
population:
  humans: 300
  groups:
    - {name: young, share: 0.5, centre: 0.3, spread: 0.2, adoption: 0.7}
    - {name: old, share: 0.5, centre: 0.7, spread: 0.2, adoption: 0.7}
minds: [{kind: scripted}]
channel:
  kind: language
  memory: 0
  bias_map: false
  unfit: unmeasured
  population: {by: cells, replies: 2, audit: 20}
assistants: [{name: helper, policy: {kind: mean}, start: {default: 0.8}}]
update: {rule: hegselmann_krause, confidence: {peer: 0.6, assistant: 0.9}, rate: {peer: 0.4, assistant: 0.3}}
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "by_cells.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def run(path, tmp_path):
    return coevolve_sim.run(path, results=tmp_path / "results")


def test_every_human_who_speaks_says_one_message_of_its_round(run):
    for round_index in (1, 2, 3):
        said = run.said_by(round_index, "peer", "thrift")
        messages = run.messages[(run.messages["round"] == round_index) & (run.messages["kind"] == "peer")]
        counts = np.bincount(said[said >= 0], minlength=said.max() + 1)
        known = messages.set_index("message")
        assert (known["people"] == counts[known.index]).all()
        assert known["people"].sum() == 300
        speakers = known["speaker"].to_numpy()
        assert (said[speakers] == known.index).all(), "the first who says it is on record as its speaker"


def test_humans_who_say_the_same_are_introduced_alike_and_hold_the_same_whole_number(run):
    people = build_setup(loads(TEXT)).channel.people
    held = np.floor(run.snapshots()[0][:, 0] * 100.0 + 0.5)
    said = run.said_by(1, "peer", "thrift")
    for number in np.unique(said[said >= 0]):
        humans = np.flatnonzero(said == number)
        assert len({people.kind_of[human] for human in humans}) == 1
        assert len(set(held[humans])) == 1


def test_as_many_hear_each_message_as_are_tied_to_those_who_say_it(run):
    ties = build_setup(loads(TEXT)).ties
    said = run.said_by(2, "peer", "thrift")
    heard = np.bincount(said[ties.indices])
    table = run.hearings[run.hearings["round"] == 2].groupby("message")["people"].sum()
    peers = run.messages[(run.messages["round"] == 2) & (run.messages["kind"] == "peer")]["message"]
    assert (table[peers.to_numpy()].to_numpy() == heard[peers.to_numpy()]).all()


def test_the_books_balance(run):
    """What was asked is what is said by somebody, what is read, and the audit: each different prompt once."""
    usage = run.usage.groupby("kind")["requests"].sum()
    messages = run.messages.groupby("kind").size()
    audited = run.audits.groupby("kind").size()
    for asked, kind in (("speak", "peer"), ("ask", "question"), ("answer", "answer")):
        assert usage[asked] <= messages[kind] + audited[kind]
    assert len(run.audits[run.audits["kind"] == "peer"]) == 20 * 3


def test_the_audit_is_told_in_the_first_lines_of_run_and_report(run):
    shown = CliRunner().invoke(app, ["show", str(run.folder)])
    first, second = shown.output.splitlines()[:2]
    assert first.endswith("cells: within")
    assert second.startswith("Cells of humans stand for the humans in them.")
    page = write_report(run).read_text("utf-8")
    assert page.index("Cells of humans stand for") < page.index('aria-label="Contents"')
    assert "What cells are off by" in page


@pytest.mark.parametrize("every", [1, 3])
def test_a_run_that_is_stopped_and_resumed_is_the_same(every, tmp_path):
    given = loads(TEXT, overrides=(f"record.checkpoint_every={every}", "channel.population.memory=in_steps"))
    whole = coevolve_sim.run(given, results=tmp_path / "whole")

    def stop(done, _asked):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(given, results=tmp_path / "stopped", progress=stop)
    (folder,) = (tmp_path / "stopped").iterdir()
    resumed = coevolve_sim.resume(folder)
    assert resumed.digest() == whole.digest()
    resumed.verify()


def test_an_estimate_counts_cells(run):
    counted = {one.kind: one.requests for one in estimate_requests(build_setup(loads(TEXT)))}
    asked = run.usage.groupby("kind")["requests"].sum()
    for kind in ("speak", "ask", "answer"):
        assert 0.5 * asked[kind] < counted[kind] < 2.0 * asked[kind]


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        (("channel.memory=2",), "channel.memory", r"\$quotes"),
        (("channel.population.replies=0",), "channel.population.replies", "1"),
        (("channel.population.audit=0",), "channel.population.audit", "1"),
        (("channel.population.by=humans",), "channel.population.replies", "is of cells"),
        (("games={}",), "games", "by cells"),
    ],
)
def test_what_cannot_be_asked_by_cells_is_refused_by_name(changes, place, told):
    with pytest.raises(ScenarioError, match=told) as error:
        build_setup(loads(TEXT, overrides=changes))
    assert place in str(error.value)


def test_topics_of_one_round_are_one():
    text = TEXT.replace("dimensions: [thrift]", "dimensions: [thrift, care]")
    with pytest.raises(ScenarioError, match="hardly two humans share a prompt"):
        loads(text, overrides=("channel.topics_per_round=2",))


def test_sketches_that_nobody_shares_are_refused_with_the_place_they_take(tmp_path):
    rows = "\n".join(f"{human},0.5,somebody called {human}" for human in range(300))
    (tmp_path / "people.csv").write_text(f"id,thrift,who\n{rows}\n", encoding="utf-8")
    file = tmp_path / "alone.yaml"
    file.write_text(
        TEXT.replace("  humans: 300", '  humans: 300\n  file: {path: people.csv, sketch: "${who}"}'),
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match=r"\$who"):
        build_setup(coevolve_sim.load(file))


def test_json_of_a_run_has_the_audit(run):
    shown = CliRunner().invoke(app, ["show", str(run.folder), "--json"])
    told = json.loads(shown.output)
    assert told["audit"]["verdict"] == "within"


def test_what_counts_messages_is_refused_where_each_stands_for_many(run):
    with pytest.raises(MeasureError, match="would count it once"):
        select_texts(run, read_window("young"))
    with pytest.raises(MeasureError, match="would count it once"):
        read_said_texts(run)


def test_what_messages_appeal_to_counts_each_as_often_as_it_is_said():
    plan = plan_appeals(loads(TEXT, overrides=("measures.appeals={}",)).measures)
    said = [
        Utterance("peer", 0, -1, 0, "answered", "Freedom and family matter to me.", "", 0.5),
        Utterance("answer", 0, 3, 0, "answered", "Freedom matters.", "", 0.5),
    ]
    once, thrice = sum_appeals(plan, said), sum_appeals(plan, said, (3, 1))
    assert once[0].sum() > 0.0
    np.testing.assert_allclose(thrice, [3.0 * once[0], once[1]])


def test_peers_of_a_world_by_cells_cannot_be_heard_in_another():
    with pytest.raises(StudyError, match="set channel"):
        record_peers(build_setup(loads(TEXT)))


def test_the_drift_goes_by_the_greatest_rate_of_any_group(tmp_path):
    text = TEXT.replace("spread: 0.2, adoption: 0.7}", "spread: 0.2, adoption: 0.7, rate: {peer: 1.0}}", 1)
    rates = []
    for given in (TEXT, text):
        changes = ("rounds=1", "channel.temperature=0.9", "update.rate.peer=0.1")
        run = coevolve_sim.run(loads(given, overrides=changes), results=tmp_path / str(len(rates)))
        rates.append(greatest_rate(run.scenario, "peer"))
    assert rates == [0.1, 1.0]


def test_people_without_any_tie_talk_to_their_assistant_alone(tmp_path):
    changes = ("network={family: erdos_renyi, degree: 0}", "rounds=2")
    run = coevolve_sim.run(loads(TEXT, overrides=changes), results=tmp_path)
    assert set(run.messages["kind"]) == {"question", "answer"}
    assert (run.said_by(1, "peer", "thrift") == -1).all()
