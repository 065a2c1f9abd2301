"""One mind behind servers in processes of their own: killed, hung, failing, gone; and runs that ask them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

import coevolve_sim
from coevolve_sim.errors import MindError
from coevolve_sim.minds import Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.replicas import ReplicatedMind
from coevolve_sim.minds.places import CACHE_VARIABLE
from coevolve_sim.testing.minds import prompt
from tests.minds.openai.processes import servers, start_server

MANY = [Request("speak", prompt(f"Where do you stand, {n}?"), seed=n) for n in range(120)]

SCENARIO = """
name: served
rounds: 4
value_space: {{name: village, dimensions: [thrift, candour]}}
network: {{family: complete}}
population: {{humans: 6}}
assistants: [{{name: adviser}}]
minds: [{{kind: server, url: [{urls}], model: local-model, timeout: 2, cache: false}}]
channel: {{kind: language, unfit: unmeasured, bias_map: false, items_per_topic: 1}}
"""


@contextmanager
def opened(*running, **options):
    fast = {"first_wait": 0.02, "longest_wait": 0.2, "timeout": 1.0, "retries": 3, "concurrency": 16}

    def open_server(url, thread):
        return ServerMind(url, "local-model", thread=thread, **fast | options)

    mind = ReplicatedMind(open_server, [server.url for server in running])
    try:
        yield mind
    finally:
        mind.close()


def replies_in_the_middle(mind, happens, after=30):
    """Return all replies; something happens once some have come."""
    replies = {}
    for index, reply in mind.ask(MANY):
        replies[index] = reply
        if len(replies) == after:
            happens()
    return [replies[index] for index in range(len(MANY))]


def test_replies_are_those_of_one_server_also_where_one_of_two_is_killed_in_the_middle():
    with servers({}, {"delay": 0.3}, {}) as (alone, one, other):
        with opened(alone) as mind:
            expected = [reply.text for reply in replies_in_the_middle(mind, lambda: None)]
        with opened(one, other) as mind:
            assert [reply.text for reply in replies_in_the_middle(mind, lambda: None)] == expected
            assert all(mind.shares.values())
            assert mind.shares[other.url] > mind.shares[one.url]
            told, before = mind.sent.in_all, mind.sent.at_opening
            assert told == one.completions + other.completions
            assert told - before == len(MANY)
        with opened(one, other) as mind:
            replies = replies_in_the_middle(mind, one.kill)
            assert [reply.text for reply in replies] == expected
            assert {reply.status for reply in replies} == {"answered"}
            assert any(f"{one.url} is left out: " in note for note in mind.notes)


def test_what_a_hung_server_has_is_asked_elsewhere_within_the_time_of_an_attempt():
    with servers({"hangs_after": 20}, {}) as running, opened(*running) as mind:
        began = time.monotonic()
        replies = replies_in_the_middle(mind, lambda: None)
        assert {reply.status for reply in replies} == {"answered"}
        assert time.monotonic() - began < 10.0
        assert any("is left out: no reply within 1 s" in note for note in mind.notes)
        assert sum(reply.attempts.sent for reply in replies) == mind.sent.in_all - mind.sent.at_opening


def test_a_server_that_fails_from_some_moment_on_is_left_out():
    with servers({"fails_after": 20}, {}) as running, opened(*running) as mind:
        replies = replies_in_the_middle(mind, lambda: None)
        assert {reply.status for reply in replies} == {"answered"}
        assert mind.shares[running[0].url] == 20


def test_one_that_is_started_again_is_asked_again():
    with servers({"delay": 0.02}, {"delay": 0.02}) as (one, other), opened(one, other) as mind:
        replies_in_the_middle(mind, one.kill)
        answered = mind.shares[one.url]
        again = start_server(port=one.port)
        try:
            deadline = time.monotonic() + 20
            while mind.shares[one.url] == answered and time.monotonic() < deadline:
                list(mind.ask(MANY))
            assert mind.shares[one.url] > answered
            assert any(f"{one.url} is asked again" in note for note in mind.notes)
        finally:
            again.kill()


def test_where_all_are_killed_one_error_names_each_within_seconds():
    with servers({"delay": 0.02}, {"delay": 0.02}) as (one, other), opened(one, other) as mind:
        threading.Timer(0.1, lambda: (one.kill(), other.kill())).start()
        began = time.monotonic()
        with pytest.raises(MindError, match="none of the 2 servers can be asked any more") as told:
            ask_for_ever(mind)
        assert time.monotonic() - began < 20.0
        assert all(
            f"{server.url}: no server answers at {server.url}" in str(told.value) for server in (one, other)
        )


def ask_for_ever(mind):
    for _ in range(200):
        list(mind.ask(MANY))


def run_on(tmp_path, name, *running):
    path = tmp_path / f"{name}.yaml"
    urls = ", ".join(server.url for server in running)
    path.write_text(SCENARIO.format(urls=urls), encoding="utf-8")
    return coevolve_sim.run(path, results=tmp_path / name)


def test_a_run_has_the_same_digest_with_one_server_two_and_one_killed_in_the_middle(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    with servers({}, {}, {"delay": 0.01}) as (alone, one, other):
        first = run_on(tmp_path, "alone", alone)
        both = run_on(tmp_path, "both", one, other)
        is_over = threading.Event()
        watch = threading.Thread(target=kill_after, args=(one, one.completions + 40, is_over))
        watch.start()
        try:
            lost = run_on(tmp_path, "lost", one, other)
        finally:
            is_over.set()
            watch.join()
    assert len(set(first.messages["text"])) > 10
    assert {run.digest() for run in (first, both, lost)} == {first.digest()}
    totals = lost.request_totals
    assert totals.answers.asked == totals.answers.counts()["answered"] > 40
    assert totals.sent == totals.opening + totals.answers.asked + totals.retries
    assert totals.retries >= 1
    notes = list(lost.servings["note"])
    assert any(f"{one.url} is left out: " in note for note in notes)
    assert any(f"from {other.url}" in note for note in notes)
    assert one.process.returncode is not None


def kill_after(server, completions, is_over):
    while not is_over.is_set():
        if server.completions >= completions:
            server.kill()
            return
        time.sleep(0.01)
