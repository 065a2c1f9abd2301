"""An assistant learns era by era; what was learnt is not learnt again; what it holds is what it says."""

import json

import numpy as np
import pandas as pd
import pytest

from coevolve_sim.assistants.preferences import Comparison
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned import Method, Readout, TunedAssistant
from coevolve_sim.assistants.tuned import assistant as module
from coevolve_sim.errors import TrainingError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import shipped_questionnaire, topic_of
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.values import custom
from tests.assistants.tuned.taught import TOPIC, WithWeights
from tests.minds.tiny_model import write_model

pytestmark = pytest.mark.models

SETTINGS = DpoSettings(epochs=2, batch=4, learning_rate=2e-2, rank=2)
ENDS = ("answered", "answered")


@pytest.fixture(scope="module")
def tiny_base(tmp_path_factory):
    """Give the folder of a tiny random model."""
    for name in ("torch", "transformers", "peft"):
        pytest.importorskip(name)
    return write_model(tmp_path_factory.mktemp("base") / "tiny", hidden=32, layers=1)


def preferred(sign):
    """Return what two people say of three pairs: the first of each, or the second."""
    return [
        Comparison(who, TOPIC, f"Yes, {word}.", f"No, {word}.", (sign, sign), ENDS)
        for who in ("Ada", "Bo")
        for word in ("ever", "always", "often")
    ]


def assistant(tiny_base, folder, kind="dpo", mind=None, **settings):
    return TunedAssistant(
        "helper", mind or WithWeights(tiny_base), folder, Method(kind, **settings), SETTINGS
    )


def counted(monkeypatch):
    """Return the starts of all updates from now on."""
    starts, before = [], module.dpo_update

    def update(base, pairs, out, *, start=None, settings=None):
        starts.append(start)
        return before(base, pairs, out, start=start, settings=settings)

    monkeypatch.setattr(module, "dpo_update", update)
    return starts


def test_an_era_is_learnt_and_kept_with_all_that_was_compared(tiny_base, tmp_path):
    report = assistant(tiny_base, tmp_path).learn(1, preferred(1.0))
    assert report.status == "learnt"
    assert report.update.n_pairs == 3
    assert report.update.accuracy_after > report.update.accuracy_before == 0.5
    assert {path.name for path in (tmp_path / "era-01").iterdir()} == {
        "adapter",
        "comparisons.csv",
        "learnt.json",
    }
    table = pd.read_csv(tmp_path / "era-01" / "comparisons.csv")
    assert table["who"].tolist() == ["Ada"] * 3 + ["Bo"] * 3
    assert json.loads((tmp_path / "era-01" / "learnt.json").read_text())["method"] == "dpo"


def test_what_was_learnt_is_not_learnt_again_after_a_kill_and_the_next_era_goes_on_from_it(
    tiny_base, tmp_path, monkeypatch
):
    first = assistant(tiny_base, tmp_path, "lifelong_dpo")
    reports = [first.learn(era, preferred(sign)) for era, sign in ((1, 1.0), (2, -1.0))]
    starts = counted(monkeypatch)
    again = assistant(tiny_base, tmp_path, "lifelong_dpo")
    known = [again.learn(era, preferred(sign)) for era, sign in ((1, 1.0), (2, -1.0))]
    assert starts == []
    assert [one.status for one in known] == ["known", "known"]
    assert [one.update for one in known] == [one.update for one in reports]
    assert again.learn(3, preferred(1.0)).status == "learnt"
    assert starts == [tmp_path / "era-02" / "adapter"]


def test_an_era_is_learnt_anew_where_anything_that_it_follows_from_is_another(
    tiny_base, tmp_path, monkeypatch
):
    assistant(tiny_base, tmp_path).learn(1, preferred(1.0))
    starts = counted(monkeypatch)
    assert assistant(tiny_base, tmp_path).learn(1, preferred(-1.0)).status == "learnt"
    other = TunedAssistant("helper", WithWeights(tiny_base), tmp_path, Method("dpo"), DpoSettings(rank=2))
    assert other.learn(1, preferred(-1.0)).status == "learnt"
    (tmp_path / "era-01" / "adapter" / "adapter_config.json").write_text("{}")
    assert len(starts) == 2


def test_an_adapter_that_was_spoilt_is_not_taken_for_the_one_that_was_learnt(tiny_base, tmp_path):
    assistant(tiny_base, tmp_path).learn(1, preferred(1.0))
    weights = tmp_path / "era-01" / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    assert assistant(tiny_base, tmp_path).learn(1, preferred(1.0)).status == "learnt"


@pytest.mark.parametrize(("kind", "begins"), [("dpo", [None, None]), ("lifelong_dpo", [None, "era-01"])])
def test_dpo_begins_each_era_at_the_base_and_lifelong_at_its_last_adapter(
    tiny_base, tmp_path, monkeypatch, kind, begins
):
    starts = counted(monkeypatch)
    one = assistant(tiny_base, tmp_path, kind)
    for era in (1, 2):
        one.learn(era, preferred(1.0))
    assert [start and start.parent.name for start in starts] == begins


def test_extrapolation_learns_from_all_eras_so_far(tiny_base, tmp_path):
    one = assistant(tiny_base, tmp_path, "extrapolative_dpo", order=1, horizon=1)
    one.learn(1, preferred(-1.0))
    report = one.learn(2, preferred(1.0))
    assert report.update.n_pairs == 3
    assert report.update.accuracy_after > 0.5


def test_where_nobody_prefers_anything_there_is_nothing_to_learn(tiny_base, tmp_path):
    mind = WithWeights(tiny_base)
    one = assistant(tiny_base, tmp_path, "lifelong_dpo", mind)
    one.learn(1, preferred(1.0))
    assert one.learn(2, preferred(0.0)).status == "nothing to learn"
    assert one.adapter == tmp_path / "era-01" / "adapter"
    with pytest.raises(TrainingError, match=r"era 2 cannot be learnt after \[1, 2\]"):
        one.learn(2, preferred(1.0))


# --- what it holds -------------------------------------------------------------------------------

TOWN = custom("town", ["thrift", "rest"])
TOPICS = tuple(topic_of(TOWN, name) for name in TOWN.names)
ITEMS = shipped_questionnaire(TOWN)
KNOWN = {
    (item.question, option): {TOPICS[TOWN.names.index(item.dimensions[0])]: value}
    for item in ITEMS.items
    for option, (value,) in zip(item.options, item.values, strict=True)
}


def by_voice(held, says=None):
    """Return a script that holds a value by voice where a prompt states none, and may say it otherwise."""

    def script(request):
        system = request.messages[0]
        if system.content == "You are helper, an AI assistant.":
            value = (says or held)(request) if not request.options else held(request)
            told = Templates.standard().persona("helper", [(topic, value) for topic in TOPICS])
            request = type(request)(
                request.kind,
                (type(system)("system", told), *request.messages[1:]),
                request.options,
                voice=request.voice,
            )
        return answer_from_stances(request, KNOWN)

    return script


def held_by(one, mind, **settings):
    """Return what an assistant holds, its adapter loaded, as the mind reads it."""
    words = Templates.standard()
    readout = Readout(mind, ITEMS, LetterReader.of(ITEMS, words, TOPICS, 3), words, **settings)
    one.load()
    return readout.measure_held(one.speaker(mind))


def test_it_is_heard_with_its_adapter_and_before_that_with_the_base(tiny_base, tmp_path):
    mind = WithWeights(tiny_base, by_voice(lambda request: 0.8 if request.voice else 0.4))
    one = assistant(tiny_base, tmp_path, mind=mind)
    np.testing.assert_allclose(held_by(one, mind).said, 0.4)
    assert mind.loaded == []
    one.learn(1, preferred(1.0))
    held = held_by(one, mind)
    np.testing.assert_allclose(held.said, 0.8)
    np.testing.assert_allclose(held.answered, 0.8)
    assert mind.loaded == [("helper", tmp_path / "era-01" / "adapter")]


def test_what_it_says_is_the_mean_of_its_messages_and_what_it_answers_stands_beside_it(tiny_base, tmp_path):
    mind = WithWeights(
        tiny_base, by_voice(lambda _: 0.5, says=lambda request: 0.2 + 0.1 * (request.seed % 2))
    )
    held = held_by(assistant(tiny_base, tmp_path, mind=mind), mind, draws=64)
    np.testing.assert_allclose(held.said, 0.25, atol=0.02)
    np.testing.assert_allclose(held.answered, 0.5)
    assert held.statuses == {"answered": 128}


def test_a_message_that_is_not_answered_is_counted_and_not_heard(tiny_base, tmp_path):
    answers = by_voice(lambda _: 0.7)

    def now_and_then(request):
        return Reply("refused") if request.kind == "speak" and request.seed % 2 else answers(request)

    mind = WithWeights(tiny_base, now_and_then)
    found = held_by(assistant(tiny_base, tmp_path, mind=mind), mind, draws=16)
    assert found.statuses["answered"] + found.statuses["refused"] == 32
    assert found.statuses["refused"] > 5
    np.testing.assert_allclose(found.said, 0.7)
    silent = WithWeights(tiny_base, lambda _: Reply("refused"))
    found = held_by(assistant(tiny_base, tmp_path, mind=silent), silent, draws=2)
    assert np.isnan(found.said).all()
    assert np.isnan(found.answered).all()
    assert found.statuses == {"refused": 4}


def test_a_real_mind_takes_the_adapter_as_a_voice(tiny_base, tmp_path):
    from coevolve_sim.minds import Request
    from coevolve_sim.minds.local.mind import LocalMind

    mind = LocalMind(tiny_base)
    one = assistant(tiny_base, tmp_path, mind=mind)
    one.learn(1, preferred(1.0))
    mind.load_voice("helper", one.adapter)
    asked = [
        Request("speak", tuple(one.prompt(TOPIC)), options=("Yes, ever.", "No, ever."), voice=voice)
        for voice in ("", "helper")
    ]
    base, tuned = (reply.logprobs for _, reply in sorted(mind.ask(asked)))
    assert tuned[0] - tuned[1] > base[0] - base[1]
    mind.close()
