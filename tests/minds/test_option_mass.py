"""The mass of an option is that of all its spellings, for every kind of mind; what is none is refused."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.language.parsing import option_masses
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.option_mass import (
    TRACE,
    mass_on_options,
    problem_of_logprob,
    spelled_option,
    sum_spellings,
)
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.minds.usage import Usage
from coevolve_sim.testing.fake_server import Answer, FakeServer, completion
from coevolve_sim.testing.minds import prompt, replies_of

ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))


def reply_to(logprobs):
    """Return the client's reply to an item where a server lists these tokens, or sends this as its text."""
    listed = [{"token": token, "logprob": value} for token, value in logprobs]
    scored = {"content": [{**listed[0], "top_logprobs": listed}]}
    body = completion("A", logprobs=scored)
    server = FakeServer()
    with ServerMind("http://127.0.0.1:8000", "small", transport=server.transport()) as mind:
        server.follow(lambda _body: Answer(200, json.dumps(body).encode()))
        (reply,) = replies_of(mind, [ITEM])
    return reply


@pytest.mark.parametrize("blank", ["", " ", "\n", "▁", "Ġ", "Ċ", "\t"])
def test_every_way_to_write_a_label_in_a_servers_list_counts(blank):
    reply = reply_to([(f"{blank}B", math.log(0.6)), ("B", math.log(0.1)), ("A", math.log(0.2))])
    assert reply.text == "B"
    assert reply.logprobs == pytest.approx((math.log(0.2), math.log(0.7)))


@pytest.mark.parametrize("token", ["Bravo", "B.", "b", "AB", "**B"])
def test_what_only_begins_like_a_label_is_none_of_its_spellings(token):
    reply = reply_to([(token, math.log(0.6)), ("B", math.log(0.1)), ("A", math.log(0.2))])
    assert reply.logprobs == pytest.approx((math.log(0.2), math.log(0.1)))


def test_the_token_that_was_taken_counts_once_even_where_its_digits_differ():
    listed = [{"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -1.5}]
    scored = {"content": [{"token": "A", "logprob": -0.5000001, "top_logprobs": listed}]}
    server = FakeServer()
    with ServerMind("http://127.0.0.1:8000", "small", transport=server.transport()) as mind:
        server.follow(lambda _body: Answer(200, completion("A", logprobs=scored)))
        (reply,) = replies_of(mind, [ITEM])
    assert reply.logprobs == pytest.approx((-0.5, -1.5))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (0.7, "0.7"),
        (None, "None"),
        ("-0.5", "'-0.5'"),
        (True, "True"),
        (10**400, "1000000000000000000000000000000000000000"),
    ],
    ids=["nan", "infinity", "positive", "null", "text", "truth", "400 digits"],
)
def test_a_reply_with_a_log_probability_that_is_none_is_invalid_and_says_so(value, shown):
    reply = reply_to([("B", -0.2), ("A", value)])
    assert (reply.status, reply.logprobs) == ("invalid", None)
    assert reply.detail == (
        f"the server sent a chat completion with a wrong log-probability: {shown} is no log-probability, "
        "which is a number of at most 0"
    )


@pytest.mark.parametrize("value", [-(10**400), -math.inf, -9999.0])
def test_what_stands_for_the_logarithm_of_nothing_is_no_mass(value):
    assert reply_to([("A", -0.2), ("B", value)]).logprobs == (-0.2, -math.inf)


def test_a_log_probability_just_above_0_is_rounding_and_one_above_a_thousandth_is_none():
    assert reply_to([("A", 0.0009), ("B", -8.0)]).logprobs == (0.0, -8.0)
    assert reply_to([("A", 0.0011), ("B", -8.0)]).status == "invalid"


@pytest.mark.parametrize(
    ("logprobs", "why"),
    [
        ((-0.1, math.nan), "nan is no log-probability, which is a number of at most 0"),
        ((-0.1, 0.5), "0.5 is no log-probability, which is a number of at most 0"),
        ((-0.1, -0.1), "the probabilities of its options add up to 1.81"),
    ],
)
def test_a_mind_of_ones_own_is_held_to_the_same(logprobs, why):
    mind = RecordedMind(
        ScriptedMind(lambda _request: Reply("answered", "A", logprobs)), RememberedReplies(), Usage()
    )
    (reply,) = replies_of(mind, [ITEM])
    assert (reply.status, reply.detail) == ("invalid", why)
    assert option_masses(Reply("answered", "A", logprobs), "AB").status == "invalid"


LISTS = st.lists(st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=4), min_size=1, max_size=5).map(
    lambda lists: [[mass / (1.0 + sum(map(sum, lists))) for mass in masses] for masses in lists]
)


@given(LISTS)
def test_no_option_loses_more_than_the_traces_that_are_left_out(masses):
    found = [math.exp(value) for value in sum_spellings([[math.log(m) for m in ms] for ms in masses])]
    total = math.fsum(map(math.fsum, masses))
    for option, held in zip(masses, found, strict=True):
        assert math.fsum(option) * (1 + 1e-9) >= held >= max(option) * (1 - 1e-9)
        assert held >= math.fsum(option) - len(option) * TRACE * total * (1 + 1e-9)


def test_a_single_spelling_keeps_its_last_bit():
    values = [-0.1234567890123456, -2.1]
    assert sum_spellings([[value] for value in values]) == tuple(values)


def test_mass_on_options_is_what_they_hold_together():
    assert mass_on_options([math.log(0.0003), math.log(0.0001), -math.inf]) == pytest.approx(0.0004)
    assert spelled_option("▁▁B ") == "B"
    assert problem_of_logprob(-0.0) == ""
