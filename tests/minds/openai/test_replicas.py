"""One mind behind several servers of one model."""

from __future__ import annotations

import time

import httpx
import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.replicas import ReplicatedMind
from coevolve_sim.testing.fake_server import HANG, Answer, FakeServer
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of

MANY = [Request("speak", prompt(f"Where do you stand, {n}?")) for n in range(40)]
OTHER = {"A": -3.0, "B": -0.2, "C": -4.0}


def replicated(*servers, **options):
    fast = {"first_wait": 0.001, "longest_wait": 0.01, "timeout": 5.0, "retries": 2}
    by_url = {f"http://127.0.0.{n + 1}:8000": server for n, server in enumerate(servers)}

    def open_server(url):
        server = by_url[url]
        transport = server if isinstance(server, httpx.AsyncBaseTransport) else server.transport()
        return ServerMind(url, "small", voices={"C013": "old"}, transport=transport, **fast | options)

    return ReplicatedMind(open_server, list(by_url))


class TestReplicasConform(MindConformance):
    draws = False

    @pytest.fixture
    def mind(self):
        made = replicated(FakeServer(tokenizes=True), FakeServer(tokenizes=True))
        yield made
        made.close()

    @pytest.fixture
    def another(self):
        return replicated(FakeServer(tokenizes=True), FakeServer(tokenizes=True))


def dead(_request):
    raise httpx.ConnectError("refused")


def numbers(server):
    """Return which of the many requests a server was asked."""
    return sorted(
        n for body in server.seen for n in range(40) if f"stand, {n}?" in body["messages"][-1]["content"]
    )


def test_requests_are_dealt_out_in_turn():
    servers = [FakeServer() for _ in range(3)]
    mind = replicated(*servers)
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert [numbers(server) for server in servers] == [list(range(at, 40, 3)) for at in range(3)]
    assert mind.sent.in_all == sum(server.completions for server in servers)
    mind.close()


def test_a_server_that_dies_is_left_out_and_its_requests_go_to_the_others():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    other.follow(lambda _body: None)
    replies = replies_of(mind, MANY)
    assert {reply.status for reply in replies} == {"answered"}
    assert numbers(other) == list(range(40))
    (note,) = mind.notes
    assert note.startswith("the server at http://127.0.0.1:8000/v1 is left out: ")
    seen = len(one.seen)
    replies_of(mind, MANY)
    assert len(one.seen) == seen
    assert mind.url == "http://127.0.0.1:8000/v1, http://127.0.0.2:8000/v1"
    mind.close()


def test_what_one_server_gives_up_is_asked_of_the_other_and_all_attempts_count():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(503, {"error": {"message": "overloaded"}}))
    other.follow(lambda _body: None)
    replies = replies_of(mind, MANY[:2])
    assert [(reply.status, reply.attempts.sent, reply.attempts.retries) for reply in replies] == [
        ("answered", 4, 3),
        ("answered", 1, 0),
    ]
    other.follow(lambda _body: Answer(503, {"error": {"message": "overloaded, too"}}))
    (reply,) = replies_of(mind, MANY[:1])
    assert (reply.status, reply.attempts.sent) == ("given up", 6)
    mind.close()


def test_one_that_cannot_be_opened_is_left_out_and_none_at_all_is_an_error():
    mind = replicated(httpx.MockTransport(dead), FakeServer())
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert "127.0.0.1:8000 is left out: no server answers" in mind.notes[0]
    mind.close()
    with pytest.raises(MindError, match="no server answers"):
        replicated(httpx.MockTransport(dead), httpx.MockTransport(dead))


def test_where_the_last_server_dies_its_error_is_raised():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    for server in (one, other):
        server.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    with pytest.raises(MindError, match="the key was withdrawn"):
        replies_of(mind, MANY)
    mind.close()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (FakeServer(root="/others/"), "say that they serve different models"),
        (FakeServer(letters=OTHER), "answer the probe otherwise"),
    ],
)
def test_servers_of_different_models_are_refused(other, said):
    with pytest.raises(MindError, match=said):
        replicated(FakeServer(), other)


def test_servers_without_log_probabilities_are_taken_at_their_word_with_a_note():
    mind = replicated(FakeServer(logprobs=0), FakeServer(logprobs=0))
    (note,) = mind.notes
    assert note.startswith(
        "the servers at http://127.0.0.1:8000/v1 and http://127.0.0.2:8000/v1 give no log-prob"
    )
    mind.close()


def test_who_stops_early_leaves_nothing_in_flight():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(HANG))
    replies = mind.ask(MANY)
    next(replies)
    replies.close()
    mind.close()
    deadline = time.monotonic() + 5.0
    while one.in_flight and time.monotonic() < deadline:
        time.sleep(0.01)
    assert one.in_flight == 0
