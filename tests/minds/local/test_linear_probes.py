"""A linear probe of hidden states is learnt once, kept without pickles, and asked like any request."""

import numpy as np
import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.linear_probe import LearnsProbes, ProbeCard, ProbeTask, card_request, value_in
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.local.probing import LinearProbe, choose_layers, fit_probe
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies, ask_all
from coevolve_sim.minds.usage import Usage
from tests.minds.tiny_model import write_model

pytestmark = pytest.mark.models


def planted_task(n=40):
    """Return a task in which the number of a text is how many of its letters are a's."""
    rng = np.random.default_rng(0)
    texts, numbers = [], []
    for _ in range(n):
        share = rng.uniform()
        texts.append("".join("a" if one < share else "z" for one in rng.uniform(size=12)))
        numbers.append(texts[-1].count("a") / 12)
    return ProbeTask(
        tuple((Message("user", text),) for text in texts),
        tuple(numbers),
        tuple((f"topic {n % 8}", text) for n, text in enumerate(texts)),
    )


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny", layers=4)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COEVOLVE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def read(mind, card, *texts):
    requests = [Request("read", (Message("user", text),), linear_probe=card.name) for text in texts]
    return [value_in(reply) for reply in ask_all(mind, requests)]


@pytest.mark.usefixtures("cache")
def test_it_tells_texts_that_it_was_not_fitted_to(model):
    mind = LocalMind(model)
    assert isinstance(mind, LearnsProbes)
    card = mind.fit_probe(planted_task())
    assert card.held_out_r > 0.8
    low, high = read(mind, card, "zzzzzzzzzzza", "aaaaaaaaaaaz")
    assert high - low > 0.4
    assert ProbeCard.from_text(ask_all(mind, [card_request(planted_task())])[0].text) == card


def test_it_is_learnt_once_and_found_again_without_its_texts_being_read(model, cache):
    task, told = planted_task(), []
    first = LocalMind(model).fit_probe(task, told.append)
    (kept,) = (cache / "probes").iterdir()
    assert told[-1] == len(task.prompts)
    again = LocalMind(model)
    assert again.fit_probe(task, pytest.fail) == first
    assert np.isfinite(read(again, first, "aaaz")).all()
    kept.write_bytes(b"no arrays")
    with pytest.raises(MindError, match=r"cannot be read \(.*\); delete it, and it is learnt again"):
        LocalMind(model).fit_probe(task)


@pytest.mark.usefixtures("cache")
def test_what_it_reads_does_not_depend_on_the_batch(model):
    mind = LocalMind(model)
    card = mind.fit_probe(planted_task())
    texts = ["a" * n + "z" * (20 - n) for n in range(20)]
    together = read(mind, card, *texts)
    alone = [read(LocalMindOf(mind), card, text)[0] for text in texts]
    assert together == alone


class LocalMindOf:
    """Asks a mind for one thing at a time."""

    def __init__(self, mind):
        self.mind = mind
        self.identity = mind.identity

    def ask(self, requests):
        for index, request in enumerate(requests):
            (reply,) = ask_all(self.mind, [request])
            yield index, reply


@pytest.mark.usefixtures("cache")
def test_a_probe_that_was_not_learnt_is_invalid_and_a_record_holds_what_one_read(model):
    mind = LocalMind(model)
    (reply,) = ask_all(mind, [Request("read", (Message("user", "a"),), linear_probe="none")])
    assert (reply.status, reply.detail) == ("invalid", "there is no linear probe none; fit it first")
    card = mind.fit_probe(planted_task())
    recorded = RecordedMind(mind, RememberedReplies(), Usage())
    first = read(recorded, card, "aaz")
    assert read(recorded, card, "aaz") == first
    assert (recorded.usage.asked, recorded.usage.repeated) == (1, 1)


def test_layers_are_those_of_the_upper_two_thirds():
    assert choose_layers(4) == (2, 3, 4)
    assert choose_layers(30)[0] > 30 // 3
    assert choose_layers(30)[-1] == 30


def test_groups_are_needed_and_numbers_have_to_be_finite():
    task = planted_task()
    states = np.random.default_rng(1).normal(size=(40, 3, 8))
    one = ProbeTask(task.prompts, task.numbers, (("topic",),) * 40)
    with pytest.raises(MindError, match="needs texts of two groups or more"):
        fit_probe(states, one, (1, 2, 3))
    states[3, 0, 0] = np.nan
    with pytest.raises(MindError, match="the hidden states are not finite numbers"):
        fit_probe(states, task, (1, 2, 3))


def test_wordings_that_are_shared_do_not_make_it_look_better_than_it_is():
    """Texts whose states hold nothing but which wording they have tell nothing of other wordings."""
    rng = np.random.default_rng(2)
    wordings = rng.normal(size=(20, 16))
    which = np.tile(np.arange(20), 10)
    states = wordings[which][:, None, :] + rng.normal(0, 0.01, (200, 1, 16))
    numbers = tuple((which % 2).astype(float))
    groups = [f"topic {n // 20}" for n in range(200)]
    alone = ProbeTask(((Message("user", ""),),) * 200, numbers, tuple((name,) for name in groups))
    both = ProbeTask(alone.prompts, numbers, tuple((g, f"w {w}") for g, w in zip(groups, which, strict=True)))
    assert fit_probe(states, alone, (1,)).card.held_out_r > 0.9
    with pytest.raises(MindError, match="no text is left"):
        fit_probe(states, both, (1,))


def test_what_is_kept_reads_as_before(tmp_path):
    task = planted_task()
    states = np.random.default_rng(3).normal(size=(40, 3, 8))
    probe = fit_probe(states, task, (1, 2, 3))
    probe.save(tmp_path / "kept.npz")
    loaded = LinearProbe.load(tmp_path / "kept.npz")
    assert loaded.card == probe.card
    assert loaded.read(states[0, : len(probe.card.layers)]) == probe.read(states[0, : len(probe.card.layers)])
