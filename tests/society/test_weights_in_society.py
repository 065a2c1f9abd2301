"""Assistants whose weights learn, in a society: what they hold, when they learn, how they are resumed."""

from __future__ import annotations

import json
from importlib import resources
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import coevolve_sim
from coevolve_sim.assistants.preferences import read_comparisons
from coevolve_sim.assistants.tuned import METHODS, ByPeople, TunedAssistant
from coevolve_sim.errors import MindError, ScenarioError, TrainingError
from coevolve_sim.minds.recorded import RememberedReplies
from coevolve_sim.runs.estimate import _CountingMind, estimate_requests
from coevolve_sim.runs.mind_notes import notes_on_lessons
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.mind_specs import ReplayMindSpec
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import kept_arrays
from coevolve_sim.society.tuned_assistants import TunedAssistants

pytest.importorskip("torch")
pytest.importorskip("peft")

from coevolve_sim.minds.local.mind import LocalMind

pytestmark = pytest.mark.models

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
    with pytest.raises(TrainingError, match=r"is not the adapter that .*learnt\.json tells of"):
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
    society.setup.channel.minds.close()
    society.setup.weights.close()


def test_the_voice_is_the_conversation_s_and_the_channel_stays_as_it_was():
    """Two societies on one setup: what the first has learnt, the second does not speak with."""
    setup = build_setup(scenario(rounds=2))
    before = dict(vars(setup.channel))
    first = coevolve_sim.Society(setup)
    first.prepare()
    assert first.state.conversation.voices == {0: ""}
    for _ in range(2):
        first.step()
    assert first.state.conversation.voices == {0: "a_helper"}
    assert vars(setup.channel) == before
    second = coevolve_sim.Society(setup)
    second.prepare()
    assert second.state.conversation.voices == {0: ""}
    assert first.state.conversation.voices == {0: "a_helper"}
    setup.channel.minds.close()
    setup.weights.close()


def test_the_voice_follows_from_what_was_learnt_and_is_kept_nowhere():
    society = coevolve_sim.Society(scenario(rounds=3))
    for _ in range(2):
        society.step()
    state = society.state
    kept = kept_arrays(state, society.setup)
    assert not [name for name in kept if "voice" in name]
    society.restore(2, state.values, state.anchors, state.assistant_values, kept)
    assert society.state.conversation.voices == {}
    society.prepare()
    assert society.state.conversation.voices == {0: "a_helper"}
    society.setup.channel.minds.close()
    society.setup.weights.close()


def test_a_policy_says_itself_whether_it_trains_weights():
    kinds = get_args(get_args(PolicySpec)[0])
    trains = {kind.model_fields["kind"].default for kind in kinds if kind.trains_weights}
    assert trains == set(METHODS)
    assert all("trains_weights" not in kind.model_fields for kind in kinds), "it is no key of a scenario"


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


@pytest.mark.parametrize(
    ("policy", "channel", "key", "said"),
    [
        ("{kind: judge}", "", "policy.annotator", "key 'rubric' is missing"),
        ("{kind: judge, rubric: r, mind: critik}", "", "annotator.mind", "did you mean 'critic'"),
        (
            "{kind: judge, rubric: r}",
            "temperature: 0.0",
            "annotator.votes",
            "3 given, which would all be the",
        ),
        ("{kind: self_reference}", "temperature: 0.0", "annotator.samples", "take 1, or a temperature above"),
        ("{kind: crowd}", "", "annotator.kind", "Allowed: judge, people, self_reference"),
    ],
)
def test_what_an_annotator_lacks_is_said_at_its_key(policy, channel, key, said):
    text = TEXT.format(kind="dpo", model=MODEL).replace("people: 2,", f"people: 2, annotator: {policy},")
    text = text.replace("cache: false}]", f"cache: false}}, {SCRIPTED}]")
    text = text.replace("temperature: 0.0", channel or "temperature: 0.5")
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    assert key in str(caught.value)
    assert said in str(caught.value)


def test_a_judge_whose_mind_lacks_its_voice_is_refused_before_anything_is_asked(tmp_path):
    judge = "{kind: judge, rubric: r, mind: critic, voice: stage1}"
    with pytest.raises(
        ScenarioError, match="the judge of assistant 'a_helper' speaks with the voice 'stage1'"
    ):
        coevolve_sim.run(annotated(judge), results=tmp_path)


def test_what_annotators_will_ask_is_estimated():
    counted = {entry.kind: entry.requests for entry in estimate_requests(build_setup(annotated(JUDGE)))}
    n_pairs, n_orders, n_votes = 2, 2, 2
    assert counted["judge"] == n_pairs * n_orders * n_votes
    assert "compare" not in counted


@pytest.mark.parametrize("opening", ["none", "stance"])
def test_where_messages_are_begun_so_are_texts_and_own_answers_and_never_the_assistant_s(
    opening, monkeypatch
):
    """The assistant's stance is in its weights: nothing that it says is begun for it."""
    asked = []
    answer = _CountingMind._count_request
    monkeypatch.setattr(
        _CountingMind, "_count_request", lambda self, one: asked.append(one) or answer(self, one)
    )
    begins = scenario().channel.model_copy(update={"opening": opening, "unfit": "unmeasured"})
    changed = annotated({"kind": "self_reference", "samples": 1}).model_copy(update={"channel": begins})
    estimate_requests(build_setup(changed))
    by_people = {bool(one.begun) for one in asked if one.kind == "speak" and "assistant" not in _told(one)}
    own = {bool(one.begun) for one in asked if one.kind in {"candidate", "ask"}}
    assert by_people == own == {opening == "stance"}
    assert not any(one.begun for one in asked if one.kind in {"answer", "critique", "choose"})
    assert not any(one.begun for one in asked if one.kind == "speak" and "assistant" in _told(one))


def _told(request):
    return request.messages[0].content


def test_a_run_says_where_whoever_compared_went_by_place():
    """Three lessons of two assistants: of one's comparisons all but one contradict each other."""
    lessons = pd.DataFrame(
        [("wise", 8, 1), ("fair", 8, 4), ("wise", 2, 0)], columns=["assistant", "usable", "consistent"]
    )
    [note] = notes_on_lessons(SimpleNamespace(lessons=lessons))
    assert note.startswith("assistant 'wise': both orders agree in 1 of 10 comparisons that its weights ")
    assert notes_on_lessons(SimpleNamespace(lessons=lessons.iloc[1:2])) == []
    assert notes_on_lessons(SimpleNamespace(lessons=lessons.iloc[:0])) == []


def test_where_nothing_is_preferred_dpo_speaks_with_the_model_s_own_weights_again(tmp_path, monkeypatch):
    asked = []
    ask, by_people = LocalMind.ask, ByPeople.compare_pairs

    def noted(self, requests):
        asked.extend(request for request in requests if request.kind == "answer")
        return ask(self, requests)

    def at_first_only(*given):
        return by_people(*given) if not asked or asked[-1].voice == "" else []

    monkeypatch.setattr(LocalMind, "ask", noted)
    monkeypatch.setattr(ByPeople, "compare_pairs", at_first_only)
    society = coevolve_sim.Society(scenario("dpo", rounds=5))
    society.setup.channel.minds.keep_in(lambda _name: Forgetful())
    first = None
    for _ in range(5):
        society.step()
        first = society.state.assistant_values.copy() if first is None else first
    assert [voice for voice, _ in groupby(asked, lambda one: one.voice)] == ["", "a_helper", ""]
    np.testing.assert_array_equal(society.state.assistant_values, first)
    society.setup.channel.minds.close()
    society.setup.weights.close()


def annotated(annotator, **changes):
    """Return the scenario with another annotator, and texts that are drawn."""
    text = TEXT.format(kind="lifelong_dpo", model=MODEL).replace("temperature: 0.0", "temperature: 0.5")
    text = text.replace("people: 2,", f"people: 2, annotator: {annotator},")
    text = text.replace("cache: false}]", f"cache: false}}, {SCRIPTED}]")
    return loads(text).model_copy(update={"rounds": 2} | changes)


SCRIPTED = "{name: critic, kind: scripted}"
JUDGE = "{kind: judge, rubric: 'Nearer to 90 is better.', mind: critic, votes: 2}"


def kinds_of_replies(run):
    with run.open_database("replies") as connection:
        return dict(
            connection.execute("SELECT kind, COUNT(*) FROM replies WHERE mind = 'people' GROUP BY kind")
        )


def compared(run):
    return read_comparisons(run.folder / "adapters" / "a_helper" / "era-01" / "comparisons.csv")


def test_people_who_answer_first_are_asked_stage_by_stage(tmp_path):
    run = coevolve_sim.run(annotated("{kind: self_reference, samples: 2}"), results=tmp_path)
    found = compared(run)
    assert len(found) == 2 * 2
    assert all(one.who.startswith("human ") for one in found)
    assert {"speak", "critique", "choose"} <= set(kinds_of_replies(run))
    assert "compare" not in kinds_of_replies(run)


def test_a_judge_decides_for_all_and_asks_nobody(tmp_path):
    run = coevolve_sim.run(annotated(JUDGE), results=tmp_path)
    found = compared(run)
    assert [one.who for one in found] == ["judge"] * 2
    assert set(run.minds["name"]) == {"people", "critic"}
    assert "compare" not in kinds_of_replies(run)
    assert [one.logit for one in found] == [-3.0, -3.0], "both second texts are more for care"


class Forgetful(RememberedReplies):
    """A store in which nothing is found, so that everything is asked."""

    def find(self, keys):
        return {}


def test_what_it_will_ask_is_estimated_without_training():
    """Two people compare, twice; one of them both times, with the same values: she is asked once."""
    counted = {entry.kind: entry.requests for entry in estimate_requests(build_setup(scenario()))}
    assert counted["candidate"] == 2 * 2
    n_pairs, n_orders, n_people = 2, 2, 3
    assert counted["compare"] == n_people * n_pairs * n_orders
    assert "item" not in counted


def test_an_assistant_of_whom_nothing_can_be_read_at_first_is_no_assistant(monkeypatch):
    monkeypatch.setattr(TunedAssistants, "measure_said", lambda _self, _which: np.array([np.nan]))
    society = coevolve_sim.Society(scenario())
    with pytest.raises(MindError, match=r"'a_helper' has values .* and no message of it on care"):
        society.step()
    society.setup.channel.minds.close()
    society.setup.weights.close()


def replayed(run, **changes):
    text = TEXT.format(kind="lifelong_dpo", model=MODEL).replace(
        f"kind: local, model: {MODEL}, cache: false", f"kind: replay, path: {run.folder}"
    )
    return loads(text).model_copy(update=changes)


def test_a_replay_of_what_was_learnt_has_the_same_values_and_trains_nothing(whole, tmp_path, monkeypatch):
    def never(*_given, **_more):
        raise AssertionError("a replay trains nothing")

    monkeypatch.setattr("coevolve_sim.assistants.tuned.assistant.dpo_update", never)
    again = coevolve_sim.run(replayed(whole), results=tmp_path)
    assert of_assistant(again).tolist() == of_assistant(whole).tolist()
    assert again.trajectories.equals(whole.trajectories)
    assert again.lessons.equals(whole.lessons)
    assert not (again.folder / "adapters").exists()


def test_a_replay_that_was_stopped_goes_on(whole, tmp_path):
    def stop(done, _all):
        if done == 3:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(replayed(whole), results=tmp_path, progress=stop)
    (folder,) = tmp_path.iterdir()
    resumed = coevolve_sim.resume(folder)
    assert of_assistant(resumed).tolist() == of_assistant(whole).tolist()
    assert resumed.lessons.equals(whole.lessons)


def test_a_replay_that_learns_at_other_times_is_told_that_it_cannot(whole, tmp_path):
    longer = replayed(whole, rounds=4)
    (helper,) = longer.assistants
    policy = helper.policy.model_copy(update={"every": 1})
    often = longer.model_copy(update={"assistants": (helper.model_copy(update={"policy": policy}),)})
    with pytest.raises(MindError, match=r"a replay needs the very scenario"):
        coevolve_sim.run(often, results=tmp_path)


def test_each_lesson_is_on_record(whole):
    lessons = whole.lessons
    assert lessons["round"].tolist() == [2, 4]
    assert lessons["times"].tolist() == [1, 2]
    assert set(lessons["status"]) == {"learnt"}
    assert lessons["comparisons"].tolist() == [4, 4]
    for era, row in zip(("era-01", "era-02"), lessons.itertuples(), strict=True):
        update = learnt(whole, era)["update"]
        assert (row.pairs, row.adapter) == (update["n_pairs"], update["fingerprint"])
        assert f"a_helper:{row.adapter}" in row.identity


def test_two_assistants_of_one_mind_are_replayed_each_with_its_own_lessons(tmp_path):
    """They learn at different times, and one mind is another whenever either has learnt."""
    two = TEXT.format(kind="lifelong_dpo", model=MODEL) + (
        "  - name: other\n    policy: {kind: dpo, every: 3, pairs: 1, people: 2, learning_rate: 0.02}\n"
    )
    run = coevolve_sim.run(loads(two), results=tmp_path / "run")
    again = coevolve_sim.run(
        loads(two.replace(f"kind: local, model: {MODEL}, cache: false", f"kind: replay, path: {run.folder}")),
        results=tmp_path / "again",
    )
    assert run.lessons["assistant"].tolist() == ["a_helper", "other", "a_helper"]
    assert run.lessons["identity"].nunique() == 3
    assert again.lessons.equals(run.lessons)
    assert again.means.equals(run.means)
    assert again.trajectories.equals(run.trajectories)


def test_who_had_nothing_to_learn_meanwhile_is_resumed_and_replayed_all_the_same(tmp_path, monkeypatch):
    """Dpo then speaks with the model's own weights, while the last adapter is still loaded."""
    learn = TunedAssistant.learn
    monkeypatch.setattr(
        TunedAssistant,
        "learn",
        lambda self, era, comparisons: learn(self, era, [] if era == 2 else comparisons),
    )
    asked = scenario("dpo", rounds=6)
    run = coevolve_sim.run(asked, results=tmp_path / "whole")
    assert run.lessons["status"].tolist() == ["learnt", "nothing to learn", "learnt"]
    assert run.lessons["adapter"].tolist()[1] == ""

    def stop(done, _all):
        if done == 5:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(asked, results=tmp_path / "stopped", progress=stop)
    (folder,) = (tmp_path / "stopped").iterdir()
    resumed = coevolve_sim.resume(folder)
    assert resumed.digest() == run.digest()
    helper = asked.assistants[0]
    again = coevolve_sim.run(
        replayed(run, rounds=6).model_copy(update={"assistants": (helper,)}), results=tmp_path / "again"
    )
    assert again.lessons.equals(run.lessons)
    assert again.means.equals(run.means)


def test_the_report_and_the_export_tell_what_was_learnt(whole):
    page = whole.report().read_text(encoding="utf-8")
    told = page[page.index("What assistants learnt") : page.index("What was asked of minds")]
    for row in whole.lessons.itertuples():
        assert row.adapter in told
        assert f"{row.consistent / row.usable:.0%}" in told
    names = {path.name for path in whole.export(("csv",))}
    assert "lessons.csv" in names


HELPER = f"{{name: own, kind: local, model: {MODEL}, cache: false}}"


def of_two_minds(people="", own=""):
    """Return a scenario whose people have one mind, and whose assistant has another of its own."""
    text = TEXT.format(kind="lifelong_dpo", model=MODEL).replace(
        "  - name: a_helper", "  - name: a_helper\n    mind: own"
    )
    text = text.replace("cache: false}]", f"cache: false}}, {HELPER}]")
    for name, folder in (("people", people), ("own", own)):
        real = f"name: {name}, kind: local, model: {MODEL}, cache: false"
        text = text.replace(real, f"name: {name}, kind: replay, path: {folder}") if folder else text
    return text


def test_either_mind_can_be_replayed_beside_a_real_one(tmp_path):
    run = coevolve_sim.run(loads(of_two_minds()), results=tmp_path / "run")
    for number, which in enumerate(({"own": run.folder}, {"people": run.folder})):
        again = coevolve_sim.run(loads(of_two_minds(**which)), results=tmp_path / f"again{number}")
        assert again.lessons.equals(run.lessons), which
        assert again.means.equals(run.means), which


def test_a_judge_is_replayed_too(tmp_path):
    run = coevolve_sim.run(annotated(JUDGE), results=tmp_path / "run")
    asked = annotated(JUDGE)
    minds = tuple(ReplayMindSpec(name=mind.name, path=str(run.folder)) for mind in asked.minds)
    again = coevolve_sim.run(asked.model_copy(update={"minds": minds}), results=tmp_path / "again")
    assert again.lessons.equals(run.lessons)
    assert again.means.equals(run.means)


def test_who_was_away_learns_when_it_is_back_and_is_resumed_and_replayed(tmp_path):
    """It is away in round 2, when it would learn; what it heard in round 1 it learns from in round 4."""
    away = (
        "interventions: [{action: withdraw, round: 2, assistant: a_helper}, "
        "{action: bring_in, round: 3, assistant: a_helper}]\n"
    )
    text = TEXT.format(kind="lifelong_dpo", model=MODEL) + away
    run = coevolve_sim.run(loads(text), results=tmp_path / "run")
    assert run.lessons["round"].tolist() == [4]

    def stop(done, _all):
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(loads(text), results=tmp_path / "stopped", progress=stop)
    (folder,) = (tmp_path / "stopped").iterdir()
    assert coevolve_sim.resume(folder).digest() == run.digest()
    replay = text.replace(f"kind: local, model: {MODEL}, cache: false", f"kind: replay, path: {run.folder}")
    again = coevolve_sim.run(loads(replay), results=tmp_path / "again")
    assert again.lessons.equals(run.lessons)
    assert again.means.equals(run.means)
