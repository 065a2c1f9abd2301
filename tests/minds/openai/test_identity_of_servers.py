"""A served mind is known by what its server says and by a probe; where it is served does not matter."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Request
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.fields import MOST_OF_A_NAME
from coevolve_sim.minds.probe import LARGEST_TOLERANCE, PROMPTS, Probe, ProbeAnswer, are_replicas, probe_of
from coevolve_sim.testing.fake_server import Answer, FakeServer, completion
from coevolve_sim.testing.minds import prompt, replies_of

SPEAK = Request("speak", prompt("Where do you stand?"))
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))
FOR = {"A": math.log(0.6), "B": math.log(0.3), "C": math.log(0.05)}
AGAINST = {"A": math.log(0.3), "B": math.log(0.6), "C": math.log(0.05)}


def local_model(**settings):
    """Return a server whose model is called as most of them call it, and of which it tells nothing."""
    return FakeServer(**{"models": ("local-model",), "fingerprint": None, "lists_models": False} | settings)


def opened(server, url="http://127.0.0.1:8000", **options):
    return ServerMind(url, "local-model", transport=server.transport(), **options)


def asked_through(cache, server, requests=(SPEAK, ITEM), **settings):
    """Ask a server through the cache; return the replies, and how many of them the cache had."""
    with opened(server) as mind:
        cached = CachedMind(mind, cache, **settings)
        replies = replies_of(cached, requests)
        found = cached.found
        cached.close()
    return replies, found


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "replies.sqlite"


def test_two_servers_of_one_name_never_share_a_reply(cache):
    first, _ = asked_through(cache, local_model(says="I am for it.", letters=FOR))
    second, found = asked_through(cache, local_model(says="I am against it.", letters=AGAINST))
    assert found == 0
    assert [reply.text for reply in first] == ["I am for it.", "A"]
    assert [reply.text for reply in second] == ["I am against it.", "B"]


def test_weights_that_change_behind_one_address_share_no_reply(cache):
    server = local_model(letters=FOR)
    asked_through(cache, server)
    server.letters, server.says = AGAINST, "I am against it."
    replies, found = asked_through(cache, server)
    assert (found, replies[0].text) == (0, "I am against it.")
    server.letters = FOR  # and when the old ones come back, so do their replies
    replies, found = asked_through(cache, server)
    assert (found, replies[0].text) == (2, "I am for it.")


def test_a_model_that_has_moved_is_the_same_mind(cache):
    server = local_model()
    asked_through(cache, server)
    with opened(server, "http://127.0.0.1:9999") as mind:
        cached = CachedMind(mind, cache)
        replies = replies_of(cached, [SPEAK, ITEM])
        assert cached.found == 2
        assert all(reply.attempts.is_earlier for reply in replies)
        cached.close()


def test_a_busy_servers_noise_does_not_make_it_another_mind():
    rng = np.random.default_rng(1)
    server = local_model()

    def noisy(body):
        if body.get("logprobs"):
            server.letters = {letter: value + rng.normal(0.0, 0.05) for letter, value in FOR.items()}

    server.script = noisy
    probes = []
    for _ in range(5):
        with opened(server) as mind:
            probes.append(mind.probe)
    assert all(one.noise > 0.0 for one in probes)
    assert all(one.agrees_with(other) for one in probes for other in probes)
    quiet = local_model(letters=AGAINST)
    with opened(quiet) as mind:
        assert not any(mind.probe.agrees_with(one) for one in probes)


def test_noise_never_excuses_more_than_its_limit():
    def probe(shift, noise):
        alone = {"Red": math.log(0.5) - shift, "Blue": math.log(0.25), "Sad": -9.0}
        return Probe((ProbeAnswer("", 0, alone, {key: v - noise for key, v in alone.items()}),))

    assert probe(0.0, 1.0).tolerance(probe(0.0, 0.0)) == LARGEST_TOLERANCE
    assert not probe(0.0, 1.0).agrees_with(probe(2.0, 1.0))


@pytest.mark.parametrize("shares", [False, True])
def test_without_log_probabilities_nothing_is_shared_unless_told_to(cache, shares):
    server = local_model(logprobs=0)
    asked_through(cache, server, trusts_name=shares)
    _, found = asked_through(cache, server, trusts_name=shares)
    assert found == (2 if shares else 0)


def test_a_server_whose_fingerprint_changes_while_it_is_asked_stores_nothing_from_then_on(cache):
    server = local_model(fingerprint="fp1")
    with opened(server) as mind:
        cached = CachedMind(mind, cache)
        replies_of(cached, [SPEAK])
        server.fingerprint, server.says = "fp2", "I am against it."
        replies_of(cached, [replace(SPEAK, max_tokens=50)])
        cached.close()
    server.fingerprint = "fp1"
    _, found = asked_through(cache, server, [SPEAK, replace(SPEAK, max_tokens=50)])
    assert found == 1


@pytest.mark.parametrize(("concurrency", "at_once"), [(1, 1), (3, 3), (64, 2 * len(PROMPTS))])
def test_the_probe_is_asked_of_every_voice_alone_and_with_as_many_others_as_may_be(concurrency, at_once):
    server, voices = FakeServer(), {"C013": "old"}
    with ServerMind(
        "http://x", "small", voices=voices, concurrency=concurrency, transport=server.transport()
    ) as mind:
        places = {(answer.voice, answer.prompt) for answer in mind.probe.answers}
    assert places == {(voice, at) for voice in ("", "C013") for at in range(len(PROMPTS))}
    texts = [message.content for (message,) in PROMPTS]
    asked = [body["model"] for body in server.seen if body["messages"][0]["content"] in texts]
    assert asked.count("small") == asked.count("old") == 2 * len(PROMPTS)
    assert server.most_in_flight == at_once


def test_one_changed_voice_is_a_changed_mind():
    server = FakeServer()

    def probe():
        with ServerMind("http://x", "small", voices={"C013": "old"}, transport=server.transport()) as mind:
            return mind.probe

    before = probe()

    def of_voice(body):
        server.letters = AGAINST if body["model"] == "old" else FOR

    server.letters = FOR
    same = probe()
    server.script = of_voice
    assert before.agrees_with(before)
    assert not same.agrees_with(probe())


def test_a_probe_is_read_back_as_it_was_written():
    with opened(local_model()) as mind:
        probe = mind.probe
    again = Probe.from_json(probe.as_json())
    assert again.difference(probe) < 1e-7
    with pytest.raises(MindError, match="a probe on record cannot be read"):
        Probe.from_json('[["", 0]]')


def test_a_server_whose_log_probabilities_are_none_has_no_probe():
    with opened(local_model(letters=dict.fromkeys("ABC", math.nan))) as mind:
        assert mind.probe is None
        assert probe_of(mind) is None


def test_of_a_long_list_of_tokens_the_twenty_likeliest_are_kept():
    def answer(_body, n_tokens=300, length=1000):
        top = [{"token": f"t{at}" + "x" * length, "logprob": -1.0 - at} for at in range(n_tokens)]
        told = {"content": [{**top[0], "top_logprobs": top[::-1]}]}
        return Answer(200, completion("t0", "length", "local-model", logprobs=told))

    with opened(local_model(script=answer)) as mind:
        kept = [{**given.alone, **given.together} for given in mind.probe.answers]
    assert [[token.rstrip("x") for token in tokens] for tokens in kept] == [
        [f"t{at}" for at in range(20)]
    ] * 4
    assert max(len(token) for tokens in kept for token in tokens) == MOST_OF_A_NAME
    with opened(local_model(script=lambda body: answer(body, 20_000, 1))) as mind:
        assert mind.probe is None


def test_replicas_are_those_whose_probes_agree():
    with opened(local_model(letters=FOR)) as one, opened(local_model(letters=FOR)) as two:
        assert are_replicas(one, two)
        with opened(local_model(letters=AGAINST)) as other:
            assert not are_replicas(one, other)
        with opened(local_model(logprobs=0)) as silent:
            assert not are_replicas(silent, silent)


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (
            "/api/tags",
            {"models": [{"name": "local-model:latest", "digest": "0" * 64}]},
            f"weights {'0' * 16}",
        ),
        ("/props", {"chat_template": "{{ messages }}"}, "template f24189f08c85a1eb"),
        ("/props", {"chat_template": 7}, ""),
        (
            "/api/tags",
            {"models": [{"name": "local-model", "digest": "\x1b[2J\x1b[Hall\nis well"}]},
            "weights [2J [Hall is wel",
        ),
        ("/api/tags", {"models": [3, {"name": "other", "digest": "ff"}]}, ""),
    ],
    ids=["ollama", "llama.cpp", "no text", "signs that a terminal obeys", "another model"],
)
def test_what_a_server_tells_of_weights_and_template_is_in_the_identity(monkeypatch, path, body, told):
    server = local_model()
    usual = server.handle

    def handle(method, asked, headers, content):
        return Answer(200, body) if asked == path else usual(method, asked, headers, content)

    monkeypatch.setattr(server, "handle", handle)
    with opened(server) as mind:
        assert mind.identity == f"server local-model{f', {told}' if told else ''}"
