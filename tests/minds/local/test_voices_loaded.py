"""A voice can be loaded while a mind in process is open, new or instead of another, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Request
from coevolve_sim.minds.local import loader as loading_module
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of
from tests.minds.tiny_model import write_adapter, write_model

pytestmark = pytest.mark.models

ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))


def logprobs(mind, voice):
    (reply,) = replies_of(mind, [replace(ITEM, voice=voice)])
    assert reply.status == "answered"
    return reply.logprobs


@pytest.fixture(params=["merged", "switched"])
def opened(request, tiny_model, monkeypatch):
    """Return what opens the tiny model, its voices merged beforehand or switched."""
    if request.param == "switched":
        monkeypatch.setattr(loading_module, "SMALL", 0)
    return lambda **settings: LocalMind(tiny_model, dtype="float64", **settings)


@pytest.fixture(scope="module")
def mind(tiny_model, tiny_voices):
    mind = LocalMind(tiny_model)
    for name, folder in tiny_voices.items():
        mind.load_voice(name, folder)
    return mind


@pytest.fixture
def another(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


class TestAMindWithLoadedVoicesConforms(MindConformance):
    """Its identity is that of a mind that was opened with them."""


def test_a_loaded_voice_says_what_one_that_was_there_from_the_start_says(opened, tiny_voices):
    early, late = opened(voices=tiny_voices), opened()
    own = logprobs(late, "")
    for name, folder in tiny_voices.items():
        late.load_voice(name, folder)
        assert logprobs(late, name) == logprobs(early, name) != own
    assert logprobs(late, "") == own
    assert (late.voices, late.identity) == (early.voices, early.identity)


def test_a_voice_is_replaced_and_the_others_stay(opened, tiny_voices):
    one, other = tiny_voices.values()
    mind = opened(voices={"a": one, "b": other})
    before, identity = {voice: logprobs(mind, voice) for voice in ("", "a", "b")}, mind.identity
    for _ in range(2):
        mind.load_voice("a", other)
        assert logprobs(mind, "a") == before["b"]
        assert {voice: logprobs(mind, voice) for voice in ("", "b")} == {v: before[v] for v in ("", "b")}
        assert mind.identity != identity
        mind.load_voice("a", one)
        assert {voice: logprobs(mind, voice) for voice in ("", "a", "b")} == before
        assert mind.identity == identity


@pytest.mark.parametrize("there", [[], ["C013"]])
def test_an_adapter_that_does_not_fit_changes_nothing(opened, tiny_voices, tmp_path, there):
    wide = write_model(tmp_path / "wide", hidden=32)
    deep = write_model(tmp_path / "deep", layers=3)
    mind = opened(voices={name: tiny_voices[name] for name in there})
    before, identity = {voice: logprobs(mind, voice) for voice in ("", *there)}, mind.identity
    for number, model in enumerate((wide, deep)):
        foreign = write_adapter(tmp_path / f"foreign{number}", model, seed=1)
        for name in ("C013", "new"):
            with pytest.raises(MindError, match=f"voice {name}: the adapter .* does not fit the model"):
                mind.load_voice(name, foreign)
    assert {voice: logprobs(mind, voice) for voice in ("", *there)} == before
    assert (mind.voices, mind.identity) == (tuple(there), identity)
    mind.load_voice("new", tiny_voices["C.014"])
    assert logprobs(mind, "new") == logprobs(opened(voices=tiny_voices), "C.014")
    assert logprobs(mind, "") == before[""]


def test_what_is_no_adapter_or_has_no_name_is_refused(opened, tiny_voices, tmp_path):
    mind = opened()
    with pytest.raises(MindError, match="voice new: there is no folder"):
        mind.load_voice("new", tmp_path / "nowhere")
    with pytest.raises(MindError, match=r"has no adapter_config\.json"):
        mind.load_voice("new", tmp_path)
    with pytest.raises(MindError, match="a voice needs a name"):
        mind.load_voice("", tiny_voices["C013"])
    mind.close()
    with pytest.raises(MindError, match="is closed"):
        mind.load_voice("new", tiny_voices["C013"])
