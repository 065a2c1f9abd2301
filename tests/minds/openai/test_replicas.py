"""One mind behind several servers of one model."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.replicas import ReplicatedMind, _differ
from coevolve_sim.testing.fake_server import HANG, Answer, FakeServer
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of

MANY = [Request("speak", prompt(f"Where do you stand, {n}?")) for n in range(40)]
BUSY = Answer(429, {"error": {"message": "slow down"}})
OTHER = {"A": -3.0, "B": -0.2, "C": -4.0}


def replicated(*servers, **options):
    fast = {"first_wait": 0.001, "longest_wait": 0.01, "timeout": 5.0, "retries": 2}
    by_url = {f"http://127.0.0.{n + 1}:8000": server for n, server in enumerate(servers)}

    def open_server(url, thread):
        server = by_url[url]
        transport = server if isinstance(server, httpx.AsyncBaseTransport) else server.transport()
        return ServerMind(
            url, "small", voices={"C013": "old"}, transport=transport, thread=thread, **fast | options
        )

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


class Late(httpx.AsyncBaseTransport):
    """A server that is there once it is said to be."""

    def __init__(self, server):
        self.inner, self.is_there = server.transport(), False

    async def handle_async_request(self, request):
        return await self.inner.handle_async_request(request) if self.is_there else dead(request)


def eventually(is_so, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def numbers(server):
    """Return which of the many requests a server was asked."""
    return sorted(
        n for body in server.seen for n in range(40) if f"stand, {n}?" in body["messages"][-1]["content"]
    )


def test_requests_are_dealt_out_by_load_and_all_are_counted():
    servers = [FakeServer() for _ in range(3)]
    mind = replicated(*servers)
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert sorted(n for server in servers for n in numbers(server)) == list(range(40))
    assert all(13 <= len(numbers(server)) <= 14 for server in servers)
    assert mind.sent.in_all == sum(server.completions for server in servers)
    assert list(mind.shares.values()) == [len(numbers(server)) for server in servers]
    assert mind.notes[-1].startswith("of 40 replies came 1")
    mind.close()


def test_a_server_with_room_for_less_is_sent_less():
    """Overloaded, one may have half as many as the other: it gets about half as many."""
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other, concurrency=16)
    one.follow(lambda _body: BUSY if len(one.seen) == 1 else None)
    other.follow(lambda _body: None)
    replies_of(mind, MANY[:1] * 2)
    assert mind._servers[0].endpoint.pace.allowed == 8
    one.follow(lambda _body: None)
    other.follow(lambda _body: None)
    replies_of(mind, MANY[:12])
    assert (len(one.seen), len(other.seen)) == (4, 8)
    mind.close()


def test_a_server_that_dies_is_left_out_and_its_requests_go_to_the_others():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    other.follow(lambda _body: None)
    replies = replies_of(mind, MANY)
    assert {reply.status for reply in replies} == {"answered"}
    assert numbers(other) == list(range(40))
    assert mind.notes[0].startswith("the server at http://127.0.0.1:8000 is left out: ")
    assert mind.shares == {"http://127.0.0.1:8000": 0, "http://127.0.0.2:8000": 40}
    assert mind.url == "http://127.0.0.1:8000/v1, http://127.0.0.2:8000/v1"
    assert sum(reply.attempts.sent for reply in replies) == len(one.seen) + 40
    mind.close()


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_three_times_is_left_out(status):
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other, concurrency=2, first_wait=60.0, longest_wait=60.0)
    one.follow(lambda _body: Answer(status, {"error": {"message": "out of memory"}}))
    other.follow(lambda _body: None)
    replies = replies_of(mind, MANY)
    assert {reply.status for reply in replies} == {"answered"}
    assert 3 <= len(one.seen) <= 6
    assert f"is left out: the server says {status}: out of memory" in mind.notes[0]
    mind.close()


def test_one_that_only_says_to_wait_is_not_left_out():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other, concurrency=2)
    one.follow(lambda _body: BUSY)
    other.follow(lambda _body: None)
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert not any("left out" in note for note in mind.notes)
    mind.close()


def test_what_one_server_fails_is_asked_of_the_other_at_once_and_all_attempts_count():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: BUSY)
    other.follow(lambda _body: None)
    replies = replies_of(mind, MANY[:2])
    assert [(reply.status, reply.attempts.sent, reply.attempts.retries) for reply in replies] == [
        ("answered", 2, 1),
        ("answered", 1, 0),
    ]
    other.follow(lambda _body: BUSY)
    (reply,) = replies_of(mind, MANY[:1])
    assert (reply.status, reply.attempts.sent) == ("given up", 6)
    mind.close()


def test_a_server_that_comes_back_is_asked_again_once_it_is_seen_to_be_the_same():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    replies_of(mind, MANY)
    one.follow(lambda _body: None)
    assert eventually(lambda: (replies_of(mind, MANY), mind.shares["http://127.0.0.1:8000"])[1])
    assert any("is asked again" in note for note in mind.notes)
    assert not mind._servers[0].endpoint.is_on_trial
    assert mind.sent.in_all >= len(numbers(one)) + len(numbers(other))
    mind.close()


def test_one_that_comes_back_with_another_model_stays_left_out():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    replies_of(mind, MANY)
    one.letters = OTHER
    one.follow(lambda _body: None)
    assert eventually(lambda: (replies_of(mind, MANY), "otherwise" in mind._missing[0].why)[1])
    assert mind.shares["http://127.0.0.1:8000"] == 0
    mind.close()


def test_one_that_was_not_there_at_first_is_asked_once_it_is():
    one = Late(FakeServer())
    mind = replicated(one, FakeServer())
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    one.is_there = True
    assert eventually(lambda: (replies_of(mind, MANY), mind.shares["http://127.0.0.1:8000"])[1])
    mind.close()


def test_one_that_cannot_be_opened_is_left_out_and_none_at_all_is_an_error():
    mind = replicated(httpx.MockTransport(dead), FakeServer())
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert "127.0.0.1:8000 is left out: no server answers" in mind.notes[0]
    mind.close()
    with pytest.raises(MindError, match="no server answers"):
        replicated(httpx.MockTransport(dead), httpx.MockTransport(dead))


def test_where_all_servers_die_one_error_names_each_with_what_it_said_last():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    for server in (one, other):
        server.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    with pytest.raises(MindError, match="none of the 2 servers") as told:
        replies_of(mind, MANY)
    assert str(told.value).count("the key was withdrawn") == 2
    assert all(f"http://127.0.0.{n}:8000: " in str(told.value) for n in (1, 2))
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


def test_servers_of_which_one_gives_no_log_probabilities_are_refused():
    with pytest.raises(MindError, match="options by score; options by choose"):
        replicated(FakeServer(), FakeServer(logprobs=0))


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


@pytest.mark.parametrize(
    ("here", "there", "differs"),
    [
        (("unknown", "unknown"), ("flag", "prompt"), False),
        (("flag", "unknown"), ("none", "unknown"), True),
        (("flag", "prompt"), ("flag", "none"), True),
        (("flag", "prompt"), ("flag", "prompt"), False),
    ],
)
def test_what_is_not_known_yet_of_a_server_sets_it_apart_from_none(here, there, differs):
    """One that was lost before begun turns were asked for is told apart from none that has learnt them."""
    servers = [
        SimpleNamespace(capabilities=SimpleNamespace(form_for_options="guided", continues=a, scores_texts=b))
        for a, b in (here, there)
    ]
    assert _differ(*servers) is differs


@pytest.mark.parametrize("rubbish", [b"x" * 3_000_000, b'{"choices": ['])
def test_a_server_that_sends_what_cannot_be_read_is_left_out(rubbish):
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other, concurrency=2, first_wait=60.0, longest_wait=60.0)
    one.follow(lambda _body: Answer(200, rubbish))
    other.follow(lambda _body: None)
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert 3 <= len(one.seen) <= 6
    assert any("is left out" in note for note in mind.notes)
    mind.close()


def test_one_that_is_refused_on_its_return_keeps_no_connection():
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    replies_of(mind, MANY)
    one.letters = OTHER
    one.follow(lambda _body: None)
    assert eventually(lambda: (replies_of(mind, MANY), mind._missing[0].tries >= 3)[1])
    assert eventually(lambda: not any(server.endpoint._clients for _, server in mind._retired))
    assert mind._losses[0] == 1, "who is refused on its return was not lost again"
    mind.close()


def test_one_that_missed_a_new_kind_of_request_is_taken_back_and_answers_alone():
    """It was lost before a begun turn was asked for; the other has learnt that it continues none."""
    one, other = FakeServer(), FakeServer()
    mind = replicated(one, other)
    one.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    other.follow(lambda _body: None)
    replies_of(mind, MANY)
    (reply,) = replies_of(
        mind, [replace(MANY[0], messages=(*MANY[0].messages, Message("assistant", "Yes,")))]
    )
    assert reply.status == "invalid"
    one.follow(lambda _body: None)
    assert eventually(lambda: (replies_of(mind, MANY), mind.shares["http://127.0.0.1:8000"])[1])
    other.follow(lambda _body: Answer(401, {"error": {"message": "the key was withdrawn"}}))
    before = mind.shares["http://127.0.0.1:8000"]
    assert {reply.status for reply in replies_of(mind, MANY)} == {"answered"}
    assert mind.shares["http://127.0.0.1:8000"] > before
    mind.close()
