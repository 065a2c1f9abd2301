"""Every attempt at a server is accounted for, and none goes on for ever."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coevolve_sim.errors import MindError
from coevolve_sim.minds import STATUSES, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.protocol import UNSENT
from coevolve_sim.testing.fake_server import DROP, HANG, Answer, FakeServer, completion
from coevolve_sim.testing.minds import MIND_CHECKS, MindConformance, check_mind, prompt, replies_of

SPEAK = Request("speak", prompt("Where do you stand?"), temperature=1.0)
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))
BUSY = Answer(429, {"error": {"message": "slow down"}})


def opened(server, **options):
    fast = {"first_wait": 0.001, "longest_wait": 0.005, "timeout": 5.0}
    return ServerMind("http://127.0.0.1:8000", "small", transport=server.transport(), **fast | options)


class TestItsAccountsAreThoseOfTheServer(MindConformance):
    """The whole suite, with the server's own log beside it; now and then the server is overloaded."""

    draws = False

    @pytest.fixture
    def server(self):
        return FakeServer(tokenizes=True)

    @pytest.fixture
    def mind(self, server):
        self.completions_logged = lambda: server.completions
        with opened(server, voices={"C013": "old"}) as mind:
            server.script = lambda _body: BUSY if server.completions % 3 == 0 else None
            yield mind

    @pytest.fixture
    def another(self):
        with opened(FakeServer(tokenizes=True), voices={"C013": "old"}) as mind:
            yield mind


def test_a_mind_that_forgets_an_attempt_fails_the_suite():
    class Forgetful(ServerMind):
        def ask(self, requests):
            for index, reply in super().ask(requests):
                yield index, replace(reply, attempts=replace(reply.attempts, sent=1, retries=0))

    server = FakeServer()
    options = {"first_wait": 0.001, "transport": server.transport()}
    with Forgetful("http://127.0.0.1:8000", "small", **options) as mind, opened(FakeServer()) as another:
        server.script = lambda _body: BUSY if server.completions % 3 == 0 else None
        failed = [v for v in check_mind(mind, another, log=lambda: server.completions) if not v.passed]
    assert "accounts for its attempts" in MIND_CHECKS
    assert [verdict.check for verdict in failed] == ["accounts for its attempts"]
    assert "and the server's log has" in failed[0].said


# --- whatever the server does --------------------------------------------------------------------

FAULTS = {
    "busy": BUSY,
    "wait": Answer(429, {}, {"retry-after": "0.002"}),
    "for a day": Answer(429, {}, {"retry-after": "86400"}),
    "down": Answer(500, {"error": "out of memory"}),
    "lost": Answer(DROP),
    "hangs": Answer(HANG),
    "page": Answer(200, b"<html>"),
    "empty": Answer(200, {"choices": []}),
    "no": Answer(422, {"detail": "no"}),
    "filter": Answer(400, {"error": {"message": "no", "code": "content_filter"}}),
    "long": Answer(200, completion("I", "length")),
    "silent": Answer(200, completion(None, "tool_calls")),
    "no scores": Answer(200, completion("A")),
    "usual": None,
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    plans=st.lists(
        st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4), min_size=1, max_size=12
    ),
    retries=st.integers(0, 2),
    concurrency=st.integers(1, 8),
)
def test_asked_is_answered_refused_invalid_truncated_and_given_up_whatever_the_server_does(
    plans, retries, concurrency
):
    """Each request meets the faults of its plan in turn, the last one for good."""
    met = Counter()

    def script(body):
        number = body["seed"]
        plan = plans[number]
        fault = plan[min(met[number], len(plan) - 1)]
        met[number] += 1
        return FAULTS[fault]

    server = FakeServer()
    with opened(server, retries=retries, concurrency=concurrency, timeout=0.15) as mind:
        opening = server.completions
        server.follow(script)
        requests = [replace(ITEM if n % 2 else SPEAK, seed=n) for n in range(len(plans))]
        replies = replies_of(mind, requests)
        assert mind.sent.at_opening == opening
        assert mind.sent.in_all == server.completions
    ends = Counter(reply.status for reply in replies)
    assert set(ends) <= set(STATUSES)
    assert sum(ends.values()) == len(plans)
    assert {n: reply.attempts.sent for n, reply in enumerate(replies)} == dict(met)
    for reply in replies:
        by = reply.attempts
        assert by.sent == 1 + by.retries + by.other_forms
        assert by.retries <= retries
        assert by.other_forms <= 1
        assert by.seconds >= 0.0
        assert not by.is_earlier


def test_a_choice_in_place_of_log_probabilities_is_another_form():
    server = FakeServer()
    with opened(server) as mind:
        plain, other = replies_of(mind, [ITEM, replace(ITEM, options=("agree", "disagree"))])
        (spoken,) = replies_of(mind, [SPEAK])
    assert (plain.attempts.form, plain.attempts.other_forms, plain.attempts.sent) == ("score", 0, 1)
    assert (other.attempts.form, other.attempts.other_forms, other.attempts.sent) == ("choose", 1, 2)
    assert spoken.attempts.form == "write"


def test_a_voice_that_is_not_there_is_not_asked_for():
    with opened(FakeServer()) as mind:
        (reply,) = replies_of(mind, [replace(SPEAK, voice="nobody")])
    assert reply.attempts == UNSENT


# --- budgets of time -----------------------------------------------------------------------------


def test_a_server_that_hangs_for_good_ends_the_asking_however_much_is_left_to_ask():
    """Far more is asked than may be in flight: what was never sent is given up with the rest."""
    server = FakeServer()
    with opened(server, timeout=0.15, retries=50, concurrency=4, request_seconds=0.6) as mind:
        server.follow(lambda _body: Answer(HANG))
        replies = replies_of(mind, [replace(SPEAK, seed=n) for n in range(500)])
    assert {reply.status for reply in replies} == {"given up"}
    assert sum(reply.attempts.sent for reply in replies) == len(server.seen) < 100
    never_sent = [reply for reply in replies if not reply.attempts.sent]
    assert len(never_sent) > 400
    assert {reply.detail for reply in never_sent} == {"no request was answered for 0.6 s"}


def test_a_round_of_asking_has_a_budget_even_if_the_server_answers_now_and_then():
    server = FakeServer()
    with opened(server, timeout=0.05, retries=1000, concurrency=2, asking_seconds=0.4) as mind:
        server.follow(lambda _body: Answer(HANG) if len(server.seen) % 4 else None)
        replies = replies_of(mind, [replace(SPEAK, seed=n) for n in range(500)])
    ends = Counter(reply.status for reply in replies)
    assert set(ends) == {"answered", "given up"}
    assert any("a round of asking has 0.4 s" in reply.detail for reply in replies)


def test_a_request_is_not_tried_for_longer_than_its_budget():
    server = FakeServer()
    with opened(server, first_wait=0.05, longest_wait=0.05, retries=1000, request_seconds=0.2) as mind:
        server.follow(lambda body: BUSY if body["seed"] == 1 else None)
        other, reply = replies_of(mind, [SPEAK, replace(SPEAK, seed=1)])
    assert other.status == "answered"
    assert reply.status == "given up"
    assert "a request has 0.2 s" in reply.detail or "no request was answered for 0.2 s" in reply.detail
    assert reply.attempts.sent == 1 + reply.attempts.retries < 10


def test_a_server_that_is_gone_is_said_to_be_gone_also_where_the_budget_ends_first():
    server = FakeServer()
    with server.listening() as url:
        mind = ServerMind(url, "small", retries=50, first_wait=0.1, request_seconds=0.3)
    with mind, pytest.raises(MindError, match="no server answers"):
        list(mind.ask([SPEAK] * 3))


def test_the_budget_of_a_request_is_five_timeouts_where_none_is_given():
    with opened(FakeServer(), timeout=3.0) as mind:
        assert mind._sender.retry_policy.budget == 15.0


def test_a_server_that_asks_to_come_back_tomorrow_cannot_be_opened_today():
    server = FakeServer(script=lambda _body: Answer(429, {}, {"retry-after": "86400"}))
    with pytest.raises(MindError, match="cannot be opened: the server says 429"):
        opened(server)


@pytest.mark.parametrize("name", ["request_seconds", "asking_seconds"])
@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_a_budget_is_a_number_of_seconds(name, seconds):
    with pytest.raises(MindError, match=f"{name} is .*; it must be a number of seconds above 0"):
        opened(FakeServer(), **{name: seconds})


def test_a_batch_that_was_answered_leaves_no_alarm_behind():
    server = FakeServer()
    with opened(server, request_seconds=0.2) as mind:
        batch = mind._sender.submit([(0, SPEAK)])
        assert [reply.status for _, reply in batch.replies()] == ["answered"]
        mind.endpoint.count_sent()
        assert batch.alarm.cancelled()
    assert isinstance(server.transport(), httpx.MockTransport)
