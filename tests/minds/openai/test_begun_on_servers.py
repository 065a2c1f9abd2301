"""Turns that are begun, and whole texts, on servers that can do it, cannot, or ignore that it is asked."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.testing.fake_server import Answer, FakeServer, completion
from coevolve_sim.testing.minds import prompt, replies_of
from tests.minds.openai.opening import is_at_opening

URL = "http://127.0.0.1:8000"
BEGUN = "I am against it, because "
SPEAK = Request("speak", (*prompt("Where do you stand?"), Message("assistant", BEGUN)))
PLAIN = Request("speak", prompt("Where do you stand?"))
TEXT = Request("read", prompt("Where do you stand?"), options=("I am for it.",))


def opened(server, **options):
    return ServerMind(
        URL, "small", transport=server.transport(), first_wait=0.001, longest_wait=0.01, **options
    )


def counted(text, tokens):
    body = completion(text)
    body["usage"]["prompt_tokens"] = tokens
    return Answer(200, body)


def is_begun(body):
    return body["messages"][-1]["role"] == "assistant"


def as_vllm(body):
    if not is_begun(body):
        return None
    return counted(
        "it harms." if body.get("continue_final_message") else "Hello!",
        9 if body.get("continue_final_message") else 14,
    )


def as_one_that_ignores(body):
    return counted("Paris is the capital.", 14) if is_begun(body) else None


def as_one_that_goes_on_by_itself(body):
    if not is_begun(body):
        return None
    return counted("is." if body["messages"][-1]["content"].endswith("Par") else "it harms.", 9)


def as_mistral(body):
    if not is_begun(body):
        return None
    if "continue_final_message" in body:
        said = {"detail": [{"type": "extra_forbidden", "loc": ["body", "continue_final_message"]}]}
        return Answer(422, {"object": "error", "message": said})
    if not body["messages"][-1].get("prefix"):
        said = "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
        return Answer(400, {"object": "error", "message": said})
    begun = body["messages"][-1]["content"]
    return counted(begun + ("is." if begun.endswith("Par") else "it harms."), 9)


def as_one_that_refuses(body):
    said = "the last message must be the user's"
    return Answer(400, {"error": {"message": said}}) if is_begun(body) else None


@pytest.mark.parametrize(
    ("script", "way"),
    [(as_vllm, "fields"), (as_one_that_goes_on_by_itself, "native"), (as_mistral, "prefix")],
)
def test_a_turn_is_continued_the_way_the_server_does_it(script, way):
    server = FakeServer(script=script)
    with opened(server) as mind:
        asked = mind.sent.at_opening
        replies = replies_of(mind, [SPEAK, PLAIN, SPEAK])
        found_out = mind.sent.at_opening - asked
        replies_of(mind, [SPEAK])
        assert mind.capabilities.continues == way
        assert mind.notes == ()
        assert 2 <= found_out <= 3
        assert mind.sent.in_all - mind.sent.at_opening == 4
    assert [reply.text for reply in replies] == ["it harms.", "I am for it.", "it harms."]
    last = server.seen[-1]
    assert last.get("continue_final_message", False) == (way == "fields")
    assert last.get("add_generation_prompt", True) == (way != "fields")
    assert last["messages"][-1].get("prefix", False) == (way == "prefix")


@pytest.mark.parametrize("script", [as_one_that_ignores, as_one_that_refuses])
def test_where_a_turn_is_not_continued_the_reply_is_invalid_and_nothing_more_is_sent(script):
    server = FakeServer(script=script)
    with opened(server) as mind:
        first, plain, second = replies_of(mind, [SPEAK, PLAIN, SPEAK])
        sent = server.completions
        (third,) = replies_of(mind, [SPEAK])
        assert server.completions == sent
        assert mind.notes == ("its server does not continue a turn that is begun; such requests are invalid",)
    assert {reply.status for reply in (first, second, third)} == {"invalid"}
    assert first.detail.startswith("the server does not continue a turn that is begun")
    assert (first.attempts.sent, plain.status) == (0, "answered")


def test_nothing_is_found_out_before_it_is_needed():
    server = FakeServer(script=as_vllm)
    with opened(server) as mind:
        replies_of(mind, [PLAIN])
        assert (mind.capabilities.continues, mind.capabilities.scores_texts) == ("unknown", "unknown")
    assert not any(is_begun(body) for body in server.seen)


def test_a_reply_that_does_not_repeat_the_beginning_where_the_server_does_is_invalid():
    server = FakeServer(script=as_mistral)
    with opened(server) as mind:
        replies_of(mind, [SPEAK])
        server.follow(lambda _body: counted("Well, it harms.", 9))
        (reply,) = replies_of(mind, [SPEAK])
    assert reply.status == "invalid"
    assert "does not begin so" in reply.detail


def test_a_server_without_logprobs_of_a_prompt_says_so():
    server = FakeServer()
    with opened(server) as mind:
        (reply, plain) = replies_of(mind, [TEXT, PLAIN])
        assert mind.notes == (
            "its server gives no log-probabilities of a prompt; whole texts cannot be scored",
        )
    assert (reply.status, reply.logprobs, plain.status) == ("invalid", None, "answered")
    assert reply.detail.startswith("the server gives no log-probabilities of a prompt")


def test_a_server_that_tokenizes_and_has_no_text_completions_says_so_too():
    server = FakeServer(tokenizes=True)
    with opened(server) as mind:
        (reply, plain) = replies_of(mind, [TEXT, PLAIN])
        assert mind.capabilities.scores_texts == "none"
    assert (reply.status, plain.status) == ("invalid", "answered")


def test_a_server_that_is_busy_when_it_is_tried_is_tried_again():
    busy = [BUSY] * 2

    def script(body):
        if "prompt_logprobs" not in body:
            return None
        return busy.pop() if busy else told(body["messages"][-1]["content"], -0.5)

    server = FakeServer(script=script)
    with opened(server) as mind:
        (reply,) = replies_of(mind, [TEXT])
        assert mind.sent.in_all - mind.sent.at_opening == 1
    assert reply.logprobs == (-2.0,)
    with (
        opened(
            FakeServer(script=lambda body: BUSY if "prompt_logprobs" in body else None), retries=1
        ) as mind,
        pytest.raises(MindError, match=r"cannot be asked whether it scores texts.*overloaded"),
    ):
        replies_of(mind, [TEXT])


BUSY = Answer(503, {"error": {"message": "overloaded"}})


def told(text, logprob, whole=True):
    """Return a chat completion that tells of each word of a prompt, the last ones of which are the text."""
    words = ["<s>", "Where", " do you", " stand?", "\n", *(f" {word}" for word in text.split())]
    words[5] = words[5].strip()
    entry = {"logprob": logprob, "rank": 1}
    listed = [None, *({str(n): {**entry, "decoded_token": word}} for n, word in enumerate(words[1:]))]
    return Answer(200, {**completion("."), "prompt_logprobs": listed if whole else None})


def test_a_server_that_tells_the_logprobs_of_its_prompt_scores_a_text():
    def script(body):
        return told(body["messages"][-1]["content"], -0.5) if "prompt_logprobs" in body else None

    server = FakeServer(script=script)
    with opened(server) as mind:
        replies = replies_of(mind, [TEXT, replace(TEXT, options=("I am against it, I think.",))])
        assert mind.capabilities.scores_texts == "prompt_logprobs"
        assert mind.sent.in_all - mind.sent.at_opening == 2
    assert [reply.logprobs for reply in replies] == [(-2.0,), (-3.0,)]
    assert server.seen[-1]["continue_final_message"]
    assert server.seen[-1]["messages"][-1] == {"role": "assistant", "content": "I am against it, I think."}


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (told("something else", -0.5), "do not spell the text"),
        (told("I am for it.", 0.5), "0.5 is no log-probability"),
        (told("I am for it.", math.nan), "is no log-probability"),
        (told("I am for it.", -0.5, whole=False), "without prompt_logprobs"),
        (Answer(400, {"error": {"message": "no room"}}), "the server says 400: no room"),
    ],
)
def test_odd_logprobs_of_a_prompt_make_the_reply_invalid(odd, said):
    server = FakeServer(
        script=lambda body: told(body["messages"][-1]["content"], -1.0) if "prompt_logprobs" in body else None
    )
    with opened(server) as mind:
        replies_of(mind, [TEXT])
        server.follow(lambda body: None if is_at_opening(body) else odd)
        (reply,) = replies_of(mind, [TEXT])
    assert reply.status == "invalid"
    assert said in reply.detail
