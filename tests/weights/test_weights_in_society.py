"""Assistants whose weights learn, in a society: what they hold, when they learn, how they are resumed."""

from __future__ import annotations

import json
from importlib import resources
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim import weights_of_a_run
from coevolve_sim.errors import MindError, ScenarioError
from coevolve_sim.estimating import estimated
from coevolve_sim.foundation import lay
from coevolve_sim.minds.recorded import RememberedReplies
from coevolve_sim.scenario import loads
from coevolve_sim.weights_of_a_run import WeightsOfARun

pytest.importorskip("torch")
pytest.importorskip("peft")

from coevolve_sim.minds.local import LocalMind

MODEL = Path(str(resources.files("coevolve_sim.minds"))) / "embedded" / "model"
TEXT = """
name: weights
rounds: 4
value_space: moral-foundations
dimensions: [care]
network: {{family: watts_strogatz, degree: 2, rewiring: 0.0}}
population:
  humans: 4
  groups: [{{name: all, centre: 0.8, spread: 0.1, adoption: 1.0}}]
update: {{rule: hegselmann_krause, confidence: {{peer: 0.0, assistant: 0.0}}}}
minds: [{{name: people, kind: local, model: {model}, cache: false}}]
channel: {{kind: language, temperature: 0.0, bias_map: false, items_per_topic: 1}}
assistants:
  - name: a_helper
    policy: {{kind: {kind}, every: 2, pairs: 2, people: 2, epochs: 2, learning_rate: 0.02}}
"""


def scenario(kind="lifelong_dpo", **changes):
    return loads(TEXT.format(kind=kind, model=MODEL)).model_copy(update=changes)


def of_assistant(run):
    means = run.means
    return means[means["kind"] == "assistant"].sort_values("round")["care"].to_numpy()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return coevolve_sim.run(scenario(), results=tmp_path_factory.mktemp("whole"))


def test_its_values_are_measured_at_first_and_change_only_where_it_learns(whole):
    values = of_assistant(whole)
    assert values[0] == values[1]
    assert values[2] == values[3]
    assert len({values[0], values[2], values[4]}) == 3
    people = whole.means[whole.means["kind"] == "people"]["care"].iloc[0]
    assert values[0] != pytest.approx(people, abs=1e-6)


def test_its_adapters_and_all_comparisons_lie_in_the_run_s_folder(whole):
    for era in ("era-01", "era-02"):
        folder = whole.folder / "adapters" / "a_helper" / era
        assert (folder / "adapter" / "adapter_model.safetensors").is_file()
        told = json.loads((folder / "learnt.json").read_text(encoding="utf-8"))
        assert told["method"] == "lifelong_dpo"
        lines = (folder / "comparisons.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1 + 2 * 2
        assert all(line.startswith("human ") for line in lines[1:])


def test_it_is_told_nothing_of_where_it_stands_and_speaks_with_what_it_learnt(tmp_path, monkeypatch):
    asked = []
    ask = LocalMind.ask

    def noted(self, requests):
        asked.extend(request for request in requests if request.kind == "answer")
        return ask(self, requests)

    monkeypatch.setattr(LocalMind, "ask", noted)
    coevolve_sim.run(scenario(rounds=3), results=tmp_path)
    assert {one.messages[0].content for one in asked} == {"You are a helper, an AI assistant."}
    assert [voice for voice, _ in groupby(asked, lambda one: one.voice)] == ["", "a_helper"]


class StopError(Exception):
    """What stops a run here."""


@pytest.mark.parametrize("round_index", [1, 3])
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(whole, round_index, tmp_path, monkeypatch):
    def stop(done, _all):
        if done == round_index:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(scenario(), results=tmp_path, progress=stop)
    (folder,) = tmp_path.iterdir()
    resumed = coevolve_sim.resume(folder)
    assert resumed.digest() == whole.digest()
    assert of_assistant(resumed).tolist() == of_assistant(whole).tolist()


def test_an_adapter_that_was_exchanged_is_told_of(tmp_path):
    def stop(done, _all):
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(scenario(), results=tmp_path, progress=stop)
    (folder,) = tmp_path.iterdir()
    told = folder / "adapters" / "a_helper" / "era-01" / "learnt.json"
    content = json.loads(told.read_text(encoding="utf-8"))
    content["update"]["fingerprint"] = "0" * 16
    told.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(MindError, match=r"is not the adapter that .*learnt\.json tells of"):
        coevolve_sim.resume(folder)


def learnt(run, era):
    told = run.folder / "adapters" / "a_helper" / era / "learnt.json"
    return json.loads(told.read_text(encoding="utf-8"))


def test_dpo_begins_as_its_lifelong_twin_does_and_then_anew(whole, tmp_path):
    run = coevolve_sim.run(scenario("dpo"), results=tmp_path)
    marks = [
        [learnt(one, era)["update"]["fingerprint"] for era in ("era-01", "era-02")] for one in (run, whole)
    ]
    assert marks[0][0] == marks[1][0]
    assert marks[0][1] != marks[1][1]


def test_extrapolative_dpo_learns_from_each_pair_once_with_its_copies(tmp_path):
    run = coevolve_sim.run(scenario("extrapolative_dpo"), results=tmp_path)
    assert learnt(run, "era-02")["method"] == "extrapolative_dpo"
    assert learnt(run, "era-02")["update"]["n_pairs"] <= 2


def test_a_society_without_a_run_learns_as_well(whole):
    society = coevolve_sim.Society(scenario())
    for _ in range(4):
        society.step()
    np.testing.assert_array_equal(society.state.assistant_values[0], of_assistant(whole)[-1:])
    society.foundation.channel.minds.close()
    society.foundation.weights.close()


def language(extra):
    return (
        "{name: t, rounds: 3, population: {humans: 20}, value_space: moral-foundations, "
        f"minds: [{{name: people, kind: embedded}}, {{name: other, kind: scripted}}], {extra}}}"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{name: t, rounds: 3, population: {humans: 20}, assistants: [{name: a, policy: {kind: dpo}}]}",
            "assistants.0.policy.kind: dpo learns from what people prefer in words",
        ),
        (
            language("channel: {kind: language}, assistants: [{name: a, mind: other, policy: {kind: dpo}}]"),
            "which mind 'other' of kind scripted has not",
        ),
        (
            language("channel: {kind: language}, assistants: [{name: a, voice: C013, policy: {kind: dpo}}]"),
            "assistants.0.voice: an assistant of policy dpo speaks with its own weights",
        ),
        (
            language("channel: {kind: language}, assistants: [{name: a, start: 0.2, policy: {kind: dpo}}]"),
            "assistants.0.start: an assistant of policy dpo begins with what its weights say",
        ),
        (
            language(
                "channel: {kind: language}, assistants: [{name: a, policy: {kind: dpo}}], interventions: "
                "[{action: change_policy, round: 2, assistant: a, policy: {kind: frozen}}]"
            ),
            "assistant 'a' holds what its weights say (dpo): no policy to set",
        ),
        (
            language(
                "channel: {kind: language}, assistants: [{name: a}], interventions: "
                "[{action: change_policy, round: 2, assistant: a, policy: {kind: lifelong_dpo}}]"
            ),
            "lifelong_dpo cannot begin in the middle of a run",
        ),
        (
            language(
                "channel: {kind: language}, assistants: [{name: a, policy: {kind: dpo}}], interventions: "
                "[{action: set_values, round: 2, assistant: a, values: 0.5}]"
            ),
            "no values to set",
        ),
    ],
)
def test_what_does_not_fit_is_said_at_its_key(text, said):
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    assert said in str(caught.value)


def test_where_nothing_is_preferred_dpo_speaks_with_the_model_s_own_weights_again(tmp_path, monkeypatch):
    asked = []
    ask, elicit = LocalMind.ask, weights_of_a_run.elicited

    def noted(self, requests):
        asked.extend(request for request in requests if request.kind == "answer")
        return ask(self, requests)

    def at_first_only(*given):
        return elicit(*given) if not asked or asked[-1].voice == "" else []

    monkeypatch.setattr(LocalMind, "ask", noted)
    monkeypatch.setattr(weights_of_a_run, "elicited", at_first_only)
    society = coevolve_sim.Society(scenario("dpo", rounds=5))
    society.foundation.channel.minds.keep_in(lambda _name: Forgetful())
    first = None
    for _ in range(5):
        society.step()
        first = society.state.assistant_values.copy() if first is None else first
    assert [voice for voice, _ in groupby(asked, lambda one: one.voice)] == ["", "a_helper", ""]
    np.testing.assert_array_equal(society.state.assistant_values, first)
    society.foundation.channel.minds.close()
    society.foundation.weights.close()


class Forgetful(RememberedReplies):
    """A store in which nothing is found, so that everything is asked."""

    def found(self, keys):
        return {}


def test_what_it_will_ask_is_estimated_without_training():
    """Two people compare, twice; one of them both times, with the same values: she is asked once."""
    counted = {entry.kind: entry.requests for entry in estimated(lay(scenario()))}
    assert counted["candidate"] == 2 * 2
    n_pairs, n_orders, n_people = 2, 2, 3
    assert counted["compare"] == n_people * n_pairs * n_orders
    assert "item" not in counted


def test_an_assistant_of_whom_nothing_can_be_read_at_first_is_no_assistant(monkeypatch):
    monkeypatch.setattr(WeightsOfARun, "said", lambda _self, _which: np.array([np.nan]))
    society = coevolve_sim.Society(scenario())
    with pytest.raises(MindError, match=r"'a_helper' has values .* and no message of it on care"):
        society.step()
    society.foundation.channel.minds.close()
    society.foundation.weights.close()
