"""A mind behind a server, against a fake one: conformance, then every fault in turn."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.testing.fake_server import DROP, HANG, LOGPROBS, Answer, FakeServer, completion, partition
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of

URL = "http://127.0.0.1:8000"
SPEAK = Request("speak", prompt("Where do you stand?"))
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))
KEY = "sk-not-to-be-seen-by-anybody"


def opened(server, **options):
    fast = {"first_wait": 0.001, "longest_wait": 0.01, "timeout": 5.0}
    return ServerMind(URL, "small", transport=server.transport(), **fast | options)


def replied(server, requests, **options):
    with opened(server, **options) as mind:
        return replies_of(mind, requests)


def scripted(server, *answers):
    """Have the next completions answered so, the last of them for good; return the mind."""
    mind = opened(server)
    waiting = list(answers)
    server.follow(lambda _body: waiting.pop(0) if len(waiting) > 1 else waiting[0])
    return mind


def one_reply(*answers, request=SPEAK):
    with scripted(FakeServer(), *answers) as mind:
        (reply,) = replies_of(mind, [request])
    return reply


class TestOverASocket(MindConformance):
    draws = False

    @pytest.fixture
    def server(self):
        server = FakeServer(tokenizes=True)
        with server.listening() as url:
            yield url

    @pytest.fixture
    def mind(self, server):
        with ServerMind(server, "small", voices={"C013": "old"}) as mind:
            yield mind

    @pytest.fixture
    def another(self, server):
        with ServerMind(server, "small", voices={"C013": "old"}) as mind:
            yield mind


class TestWithTokenScores(TestOverASocket):
    @pytest.fixture
    def server(self):
        with FakeServer(tokenizes=True, token_scores=True).listening() as url:
            yield url


class TestWithoutLogprobs(TestOverASocket):
    @pytest.fixture
    def server(self):
        with FakeServer(logprobs=0, choice="response_format").listening() as url:
            yield url


# What a server understands.


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (FakeServer(), (20, False, "structured_outputs", False, "max_tokens")),
        (FakeServer(logprobs=5), (5, False, "structured_outputs", False, "max_tokens")),
        (FakeServer(token_scores=True), (20, False, "structured_outputs", False, "max_tokens")),
        (FakeServer(tokenizes=True), (20, False, "structured_outputs", True, "max_tokens")),
        (FakeServer(token_scores=True, tokenizes=True), (20, True, "structured_outputs", True, "max_tokens")),
        (
            FakeServer(logprobs=0, choice="response_format"),
            (0, False, "response_format", False, "max_tokens"),
        ),
        (FakeServer(logprobs=0, choice="none"), (0, False, "none", False, "max_tokens")),
        (
            FakeServer(limit="max_completion_tokens"),
            (20, False, "structured_outputs", False, "max_completion_tokens"),
        ),
    ],
    ids=["vllm", "five", "no-tokenizer", "no-token-scores", "all", "json-schema", "nothing", "other-limit"],
)
def test_what_a_server_understands_is_found_out_at_opening(server, expected):
    with opened(server) as mind:
        found = mind.capabilities
        asked = len(server.seen)
        replies_of(mind, [SPEAK, SPEAK])
    assert expected == (
        found.top_logprobs,
        found.token_scores,
        found.choice,
        found.counts_tokens,
        found.limit,
    )
    assert len(server.seen) == asked + 2


@pytest.mark.parametrize("token_scores", [False, True])
def test_options_are_summed_over_the_tokens_that_spell_them(token_scores):
    server = FakeServer(tokenizes=True, token_scores=token_scores)
    reply, other = replied(server, [ITEM, replace(ITEM, options=("C", "A"))])
    assert reply.logprobs == pytest.approx((LOGPROBS["A"], LOGPROBS["B"]))
    assert other.logprobs == pytest.approx((LOGPROBS["C"], LOGPROBS["A"]))
    assert (reply.text, other.text) == ("A", "A")


def test_options_that_are_not_among_the_likeliest_tokens_have_no_probability():
    (reply,) = replied(FakeServer(), [replace(ITEM, options=("A", "J"))])
    assert reply.logprobs == (pytest.approx(LOGPROBS["A"]), -math.inf)
    assert (reply.status, reply.text) == ("answered", "A")


def test_where_no_option_is_named_a_constrained_choice_is_asked_for():
    server = FakeServer()
    (reply,) = replied(server, [replace(ITEM, options=("agree", "disagree"))])
    assert (reply.status, reply.text, reply.logprobs) == ("answered", "agree", None)
    assert server.seen[-1]["structured_outputs"] == {"choice": ["agree", "disagree"]}
    assert server.seen[-1]["temperature"] == 0.0


def test_a_server_that_ignores_the_constraint_gives_an_invalid_reply():
    (reply,) = replied(FakeServer(logprobs=0, choice="none"), [ITEM])
    assert reply.status == "invalid"
    assert reply.detail == "'I am for it.' is none of the options A, B"


def test_a_seed_is_always_sent_and_nothing_is_streamed():
    server = FakeServer()
    replied(server, [SPEAK, replace(SPEAK, temperature=0.7, seed=11, max_tokens=9), ITEM])
    assert all("seed" in body and "stream" not in body for body in server.seen)
    drawn = next(body for body in server.seen if body["seed"] == 11)
    assert (drawn["temperature"], drawn["max_tokens"]) == (0.7, 9)


def test_tokens_are_counted_by_the_server_or_estimated():
    with opened(FakeServer(tokenizes=True)) as mind:
        assert mind.count_tokens([Message("user", "three little words")]) == 3
    with opened(FakeServer()) as mind:
        assert mind.count_tokens([Message("user", "three little words")]) == 9


# What it is.


def test_identity_says_model_root_fingerprint_and_voices():
    with opened(FakeServer(), voices={"C013": "old"}) as mind:
        assert mind.identity == "server small at /weights/small fp1; C013 is old at /weights/old"
        assert mind.voices == ("C013",)
        assert [r.model for r in replies_of(mind, [SPEAK, replace(SPEAK, voice="C013")])] == [
            "small fp1",
            "old fp1",
        ]


def test_a_server_that_does_not_list_its_models_is_asked_all_the_same():
    with opened(FakeServer(lists_models=False)) as mind:
        assert mind.identity == "server small fp1"


def test_a_fingerprint_that_changes_is_noticed(caplog):
    server = FakeServer()
    with opened(server) as mind, caplog.at_level(logging.WARNING, "coevolve_sim.minds"):
        replies_of(mind, [SPEAK])
        assert not mind.accounts.has_changed
        server.fingerprint = "fp2"
        replies_of(mind, [SPEAK, SPEAK])
        assert mind.accounts.has_changed
        assert mind.accounts.answered_by == {"": ["small fp1", "small fp2"]}
        assert mind.identity == "server small at /weights/small fp1"
    assert caplog.messages == ["the served model has changed: it was 'small fp1' and is 'small fp2'"]


def test_usage_is_kept_by_kind():
    server = FakeServer()
    with opened(server) as mind:
        replies_of(mind, [SPEAK, SPEAK, ITEM])
        speak, item = mind.usage["speak"], mind.usage["item"]
    assert (speak.statuses, speak.tokens_in, speak.tokens_out) == (Counter(answered=2), 14, 8)
    assert (item.statuses, item.tokens_in, item.tokens_out) == (Counter(answered=1), 7, 1)
    assert sorted(mind.usage) == ["item", "speak"]


# What is not answered.


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        (Answer(200, completion("I am", "length")), "truncated", ""),
        (
            Answer(200, completion("I am", "content_filter")),
            "refused",
            "the server's content filter cut it off",
        ),
        (
            Answer(200, completion(None, "tool_calls")),
            "invalid",
            "the reply has no text (it ended by 'tool_calls')",
        ),
        (
            Answer(400, {"error": {"message": "Filtered.", "code": "content_filter"}}),
            "refused",
            "the server says 400: Filtered.",
        ),
        (
            Answer(
                400, {"error": {"message": "bad", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}
            ),
            "refused",
            "the server says 400: bad",
        ),
        (Answer(422, {"detail": "temperature: no"}), "invalid", "the server says 422: temperature: no"),
        (
            Answer(
                400,
                {
                    "error": {
                        "message": "This model's maximum context length is 512 tokens. However, you "
                        "requested 600 tokens (540 in the messages, 60 in the completion)."
                    }
                },
            ),
            "invalid",
            "the conversation is too long for the model: 600 tokens, at most 512",
        ),
        (
            Answer(400, {"error": {"message": "Too big.", "code": "context_length_exceeded"}}),
            "invalid",
            "the conversation is too long for the model: Too big.",
        ),
        (
            Answer(200, {"error": {"message": "Filtered.", "code": 400}}),
            "invalid",
            "the server says 400: Filtered.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_a_server_will_not_answer_is_a_status_at_once(answer, status, detail):
    server = FakeServer()
    with scripted(server, answer) as mind:
        (reply,) = replies_of(mind, [SPEAK])
    assert (reply.status, reply.detail) == (status, detail)
    assert len(server.seen) == 1


def test_a_refusal_of_the_model_is_kept_with_its_words():
    body = completion(None)
    body["choices"][0]["message"]["refusal"] = "I cannot speak of that."
    reply = one_reply(Answer(200, body))
    assert (reply.status, reply.text) == ("refused", "I cannot speak of that.")


BUSY = Answer(429, {"error": {"message": "slow down"}})
PASSING = [
    BUSY,
    Answer(503, b"<h1>starting</h1>"),
    Answer(500, {"error": "out of memory"}),
    Answer(DROP),
    Answer(200, b"<html>hello</html>"),
    Answer(200, {"choices": []}),
    Answer(200, {"error": {"message": "overloaded"}}),
]


@pytest.mark.parametrize("fault", PASSING, ids=["429", "503", "500", "drop", "html", "empty", "200-error"])
def test_what_passes_is_asked_again(fault):
    usual = Answer(200, completion("Well."))
    assert one_reply(fault, fault, usual).text == "Well."
    reply = one_reply(fault)
    assert reply.status == "given up"
    assert reply.detail.endswith(", 7 times")


def test_a_server_that_hangs_is_left_after_the_timeout_and_asked_again():
    server = FakeServer()
    with opened(server, timeout=0.05, retries=1) as mind:
        server.follow(lambda _body: Answer(HANG))
        (reply,) = replies_of(mind, [SPEAK])
    assert (reply.status, reply.detail) == ("given up", "no reply within 0.05 s, 2 times")


def test_no_retries_means_one_attempt():
    server = FakeServer()
    with opened(server, retries=0) as mind:
        server.follow(lambda _body: BUSY)
        (reply,) = replies_of(mind, [SPEAK])
    assert (reply.detail, len(server.seen)) == ("the server says 429: slow down", 1)


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_a_retry_after_is_honoured_within_the_budget_of_a_request(as_date):
    def waited(seconds, budget, status):
        server = FakeServer()
        with opened(server, request_seconds=budget) as mind:
            when = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)
            said = when if as_date else str(seconds)
            waiting = [Answer(429, {}, {"retry-after": said})]
            server.follow(lambda _body: waiting.pop() if waiting else None)
            begun = time.monotonic()
            assert replies_of(mind, [SPEAK])[0].status == status
        return time.monotonic() - begun

    assert waited(0.4, 60.0, "answered") > 0.3
    assert waited(86_400, 60.0, "given up") < 30.0


def test_a_fifth_of_faults_over_two_thousand_requests_is_accounted_for_exactly():
    """Request n meets fault n mod 10 = 3 or 7: some for good, some once; every request ends as it must."""
    for_good = {3: Answer(400, {"error": {"message": "no", "code": "content_filter"}}), 13: BUSY}
    once = {7: BUSY, 17: Answer(DROP), 27: Answer(502, b""), 23: Answer(200, b"?")}
    fault = {
        **for_good,
        **once,
        33: Answer(200, completion("I", "length")),
        37: Answer(422, {"detail": "no"}),
    }
    met = Counter()

    def script(body):
        number = body["seed"]
        met[number] += 1
        kind = number % 40
        return fault.get(kind) if kind not in once or met[number] == 1 else None

    server = FakeServer()
    with opened(server, retries=2, concurrency=64) as mind:
        server.follow(script)
        requests = [replace(SPEAK, temperature=1.0, seed=number) for number in range(2000)]
        replies = list(mind.ask(requests))
        usage = mind.usage["speak"]
    assert sorted(index for index, _ in replies) == list(range(2000))
    each = 2000 // 40
    expected = {"refused": each, "given up": each, "truncated": each, "invalid": each, "answered": 36 * each}
    assert partition(replies) == expected == usage.statuses
    assert {index for index, reply in replies if reply.status == "given up"} == set(range(13, 2000, 40))
    assert usage.attempts == len(server.seen) == 2000 + 4 * each + 2 * each
    assert set(met.values()) == {1, 2, 3}


def test_no_more_are_in_flight_than_allowed_and_fewer_once_there_is_too_much_to_do():
    server = FakeServer()
    with opened(server, concurrency=32) as mind:
        server.follow(lambda _body: None)
        list(mind.ask([SPEAK] * 200))
        assert server.most_in_flight == 32
        server.follow(lambda _body: BUSY if len(server.seen) <= 32 else None)
        assert partition(list(mind.ask([SPEAK] * 32))) == {"answered": 32}
        server.follow(lambda _body: None)
        list(mind.ask([SPEAK] * 20))
        assert 16 <= server.most_in_flight <= 19


# What stops every request.


def test_a_server_that_is_not_there_is_said_to_be_not_there():
    with pytest.raises(MindError, match=r"no server answers at http://127.0.0.1:9/v1/ .*is it running"):
        ServerMind("http://127.0.0.1:9", "small")


def test_a_server_that_goes_away_stops_the_batch():
    server = FakeServer()
    with server.listening() as url:
        mind = ServerMind(url, "small", retries=2, first_wait=0.001)
    with mind, pytest.raises(MindError, match="no server answers"):
        list(mind.ask([SPEAK] * 3))


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_missing_or_wrong_names_the_variable(status, monkeypatch):
    server = FakeServer(key=KEY)
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(MindError, match="wants a key; put it in the environment variable MY_KEY"):
        opened(server, key_variable="MY_KEY")
    monkeypatch.setenv("MY_KEY", "sk-other")
    with pytest.raises(MindError, match="does not accept the key in the environment variable MY_KEY"):
        opened(server, key_variable="MY_KEY")
    monkeypatch.setenv("MY_KEY", KEY)
    with opened(server, key_variable="MY_KEY") as mind:
        server.follow(lambda _body: Answer(status, {"error": {"message": "revoked"}}))
        with pytest.raises(MindError, match=f"does not accept .*{status}: revoked"):
            list(mind.ask([SPEAK] * 5))


def test_an_account_without_credit_stops_everything_at_once():
    server = FakeServer()
    with opened(server) as mind:
        server.follow(lambda _body: Answer(429, {"error": {"message": "Pay.", "code": "insufficient_quota"}}))
        with pytest.raises(MindError, match="no credit for this account"):
            list(mind.ask([SPEAK]))


@pytest.mark.parametrize(("model", "voices"), [("large", {}), ("small", {"C013": "older"})])
def test_a_model_that_is_not_served_is_named_with_those_that_are(model, voices):
    with pytest.raises(MindError, match=r"does not serve the model '(large|older)'; it serves small, old$"):
        ServerMind(URL, model, voices=voices, transport=FakeServer().transport())


def test_a_model_that_is_no_longer_served_stops_the_batch():
    server = FakeServer()
    with opened(server) as mind:
        server.models = ("old",)
        with pytest.raises(MindError, match="does not serve the model 'small'"):
            list(mind.ask([SPEAK]))


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", {"hello": "there"}, {"choices": [{"text": "an older dialect"}]}]
)
def test_something_else_than_such_a_server_is_one_clear_error(body):
    server = FakeServer(lists_models=False, script=lambda _body: Answer(200, body))
    with pytest.raises(MindError, match="does not speak as an OpenAI-compatible server does; instead of"):
        opened(server)


def test_a_server_that_takes_no_chat_says_why():
    server = FakeServer(script=lambda _body: Answer(400, {"message": "no chat template"}))
    with pytest.raises(MindError, match=r"does not take a plain chat completion: .*400: no chat template"):
        opened(server)


def test_a_server_that_is_still_starting_is_waited_for():
    server = FakeServer()
    waiting = [Answer(503, b"loading")] * 3
    server.follow(lambda _body: waiting.pop() if waiting else None)
    with opened(server) as mind:
        assert not waiting
        assert replies_of(mind, [SPEAK])[0].status == "answered"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not a url", "is no server's url"),
        ("ftp://127.0.0.1", "is no server's url"),
        (f"http://me:{KEY}@127.0.0.1", "a key belongs in an environment variable"),
        (f"http://127.0.0.1/v1?key={KEY}", "a key belongs in an environment variable"),
    ],
    ids=["blanks", "ftp", "password", "query"],
)
def test_urls_are_addresses_and_nothing_else(url, said):
    with pytest.raises(MindError, match=said) as caught:
        ServerMind(url, "small")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"concurrency": 0}, "concurrency is 0"),
        ({"retries": -1}, "retries is -1"),
        ({"timeout": 0.0}, "timeout is 0.0"),
        ({"voices": {"": "old"}}, "a voice has no name"),
    ],
    ids=["concurrency", "retries", "timeout", "voice"],
)
def test_what_cannot_be_is_refused(options, said):
    with pytest.raises(MindError, match=said):
        opened(FakeServer(), **options)


# The key.


def test_the_key_is_sent_and_shown_nowhere(monkeypatch, caplog, capfd):
    """Whatever the server throws back, with the key in it, no error, reply, repr or log has it."""
    monkeypatch.setenv("COEVOLVE_API_KEY", KEY)
    server = FakeServer(key=KEY)
    texts = []
    with caplog.at_level(logging.DEBUG), opened(server, retries=0) as mind:
        assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
        for status in (200, 400, 401, 404, 422, 429, 500):
            for body in ({"error": {"message": f"your key {KEY}", "code": KEY}}, f"<b>{KEY}".encode() * 50):
                server.follow(lambda _body, s=status, b=body: Answer(s, b))
                try:
                    texts += [repr(reply) for reply in replies_of(mind, [SPEAK, ITEM])]
                except MindError as error:
                    texts += [repr(error), str(error.__context__), str(error.__cause__)]
        texts += [repr(mind), mind.identity, repr(vars(mind)), repr(mind._dialect), repr(mind.capabilities)]
    texts += [caplog.text, *capfd.readouterr()]
    assert len(texts) > 30
    assert not [text for text in texts if KEY[:12] in text]


def test_a_key_with_signs_no_header_can_hold_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("COEVOLVE_API_KEY", f"{KEY}\nX-Other: 1")
    with pytest.raises(MindError, match="COEVOLVE_API_KEY holds signs that no key has") as caught:
        opened(FakeServer())
    assert KEY not in str(caught.value)


def test_a_server_on_this_machine_is_not_asked_through_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with FakeServer().listening() as url, ServerMind(url, "small") as mind:
        assert replies_of(mind, [SPEAK])[0].status == "answered"


# Beginnings and ends.


def test_who_stops_listening_has_the_rest_cancelled():
    server = FakeServer()
    with opened(server, concurrency=4) as mind:
        server.follow(lambda _body: None)
        replies = mind.ask([SPEAK] * 1000)
        next(replies)
        replies.close()
        asked = len(server.seen)
        assert asked < 1000
        assert replies_of(mind, [SPEAK])[0].status == "answered"
        assert len(server.seen) <= asked + 5


def test_two_batches_can_be_heard_in_turns():
    with opened(FakeServer(), concurrency=2) as mind:
        pairs = list(zip(mind.ask([SPEAK] * 20), mind.ask([ITEM] * 20), strict=True))
    assert {reply.text for _, reply in (pair[1] for pair in pairs)} == {"A"}


def test_closing_while_asked_ends_the_batch_with_an_error():
    server = FakeServer()
    mind = opened(server)
    server.follow(lambda _body: Answer(HANG))
    replies = mind.ask([SPEAK] * 3)
    timer = threading.Timer(0.1, mind.close)
    timer.start()
    with pytest.raises(MindError, match="closed while it was asked"):
        next(replies)
    timer.join()


def test_closing_ends_the_thread():
    before = threading.active_count()
    mind = opened(FakeServer())
    assert threading.active_count() == before + 1
    mind.close()
    assert threading.active_count() == before
    with pytest.raises(MindError, match="closed"):
        mind.count_tokens([])


INTERRUPTED = """
import sys
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.openai.client import ServerMind
mind = ServerMind(sys.argv[1], "small")
request = Request("speak", (Message("user", "hang"),))
print("asking", flush=True)
try:
    list(mind.ask([request] * 50))
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise
"""


def test_an_interruption_ends_cleanly_and_at_once():
    server = FakeServer(
        script=lambda body: Answer(HANG) if body["messages"][-1]["content"] == "hang" else None
    )
    with server.listening() as url:
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout.readline() == "asking\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert out == "interrupted\n"
    assert process.returncode in {130, -signal.SIGINT}
    assert err.count("Traceback") == 1
    assert "was never" not in err
    assert "destroyed" not in err


def test_bodies_are_json_that_any_server_reads():
    server = FakeServer()
    strange = "\u2028 \ud83d\ude00 é \x00"
    replied(server, [replace(SPEAK, messages=prompt(strange))])
    assert server.seen[-1]["messages"][-1]["content"] == strange.encode("utf-16", "surrogatepass").decode(
        "utf-16"
    )
    assert json.loads(json.dumps(server.seen[-1])) == server.seen[-1]
    assert httpx.__version__
