"""What every mind must do, ours or a user's: a suite to subclass.

A test file gives two fixtures: ``mind``, and ``another`` of the same kind, opened anew, which the suite
closes::

    from tests.minds.conformance import MindConformance


    @pytest.fixture(scope="module")
    def mind():
        return MyMind()


    @pytest.fixture
    def another():
        return MyMind()


    class TestMyMindConforms(MindConformance):
        pass
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import STATUSES, Message, Mind, Reply, Request


def prompt(text: str) -> tuple[Message, ...]:
    """Return a prompt such as the package writes."""
    return (Message("system", "You are Ada."), Message("user", text))


def replies_of(mind: Mind, requests: list[Request]) -> list[Reply]:
    """Return the replies in the order of the requests, each of which must be answered exactly once."""
    pairs = list(mind.ask(requests))
    assert sorted(index for index, _ in pairs) == list(range(len(requests)))
    return [reply for _, reply in sorted(pairs, key=lambda pair: pair[0])]


class MindConformance:
    """The suite; what differs from mind to mind stands in its attributes."""

    draws = True
    """Whether what is written depends on the seed at a temperature above 0."""
    tolerance = 1e-3
    """How far log-probabilities of the same request may lie apart where a mind is not bitwise."""
    speak = Request("speak", prompt("Where do you stand on telling the truth?"), max_tokens=6)
    item = Request("item", prompt("Is it right?\nA: yes\nB: no\nAnswer with one letter."), options=("A", "B"))

    def mixed(self) -> list[Request]:
        """Return requests of every kind, some of them twice."""
        drawn = [replace(self.speak, temperature=1.0, seed=seed) for seed in (1, 2)]
        longer = replace(
            self.item, messages=prompt("Is it wrong?\nA: no\nB: yes\nC: perhaps"), options=("A", "B", "C")
        )
        short = replace(self.speak, messages=prompt("Say something."), max_tokens=1)
        return [self.speak, self.item, *drawn, longer, self.item, short]

    def same(self, mind: Mind, one: Reply, other: Reply) -> None:
        """Require two replies to the same deterministic request to be the same."""
        if mind.is_bitwise:
            assert one == other
        elif one.logprobs is not None and other.logprobs is not None:
            assert other.logprobs == pytest.approx(one.logprobs, abs=self.tolerance)
        else:
            assert one.status == other.status

    def test_every_request_is_answered_exactly_once_in_any_order(self, mind: Mind) -> None:
        replies = replies_of(mind, self.mixed())
        assert all(reply.status in STATUSES for reply in replies)
        assert [reply.detail for reply in replies if reply.status not in {"answered", "truncated"}] == []

    def test_an_empty_batch_has_no_replies(self, mind: Mind) -> None:
        assert list(mind.ask([])) == []

    def test_what_is_deterministic_repeats(self, mind: Mind) -> None:
        requests = [self.speak, self.item, replace(self.item, seed=9, draw=3, temperature=1.0)]
        first, second = replies_of(mind, requests), replies_of(mind, requests)
        for one, other in zip(first, second, strict=True):
            self.same(mind, one, other)
        self.same(mind, first[1], first[2])

    def test_a_reply_does_not_depend_on_what_else_is_asked(self, mind: Mind) -> None:
        requests = self.mixed()
        together = replies_of(mind, requests)
        backwards = replies_of(mind, requests[::-1])[::-1]
        for request, one, other in zip(requests, together, backwards, strict=True):
            if request.is_deterministic or mind.is_bitwise:
                self.same(mind, one, other)
        self.same(mind, replies_of(mind, requests[1:2])[0], together[1])

    def test_seeds_matter_when_something_is_drawn_and_repeat(self, mind: Mind) -> None:
        requests = [replace(self.speak, temperature=1.0, seed=seed) for seed in range(8)]
        replies = replies_of(mind, requests)
        if self.draws:
            assert len({reply.text for reply in replies}) > 1
        if mind.is_bitwise:
            assert replies_of(mind, requests) == replies

    def test_options_are_scored_and_the_likeliest_is_the_text(self, mind: Mind) -> None:
        for request in (self.item, replace(self.item, options=("B", "A"))):
            (reply,) = replies_of(mind, [request])
            assert reply.status == "answered"
            assert reply.text in request.options
            if reply.logprobs is not None:
                assert len(reply.logprobs) == len(request.options)
                assert all(value <= 0.0 for value in reply.logprobs)
                assert max(reply.logprobs) > -math.inf
                assert reply.logprobs[request.options.index(reply.text)] == max(reply.logprobs)

    def test_scores_follow_the_options_not_their_order(self, mind: Mind) -> None:
        one, other = replies_of(mind, [self.item, replace(self.item, options=("B", "A"))])
        if one.logprobs is not None and other.logprobs is not None:
            assert other.logprobs[::-1] == pytest.approx(one.logprobs, abs=self.tolerance)

    def test_no_more_is_written_than_was_asked_for(self, mind: Mind) -> None:
        requests = [replace(self.speak, max_tokens=count) for count in (1, 3)]
        for request, reply in zip(requests, replies_of(mind, requests), strict=True):
            assert reply.status in {"answered", "truncated"}
            assert 0 <= reply.tokens_out <= request.max_tokens

    def test_replies_say_what_answered_and_what_it_took(self, mind: Mind) -> None:
        for reply in replies_of(mind, [self.speak, self.item]):
            assert reply.model
            assert reply.tokens_in > 0

    def test_every_voice_answers(self, mind: Mind) -> None:
        assert "" not in mind.voices
        requests = [replace(self.item, voice=voice) for voice in ("", *mind.voices)]
        assert {reply.status for reply in replies_of(mind, requests)} == {"answered"}

    def test_an_unknown_voice_is_an_invalid_request_and_the_others_are_answered(self, mind: Mind) -> None:
        unknown, known = replies_of(mind, [replace(self.item, voice="nobody's"), self.item])
        assert unknown.status == "invalid"
        assert "nobody's" in unknown.detail
        assert known.status == "answered"

    def test_its_identity_is_stable(self, mind: Mind, another: Mind) -> None:
        assert mind.identity
        before = mind.identity
        list(mind.ask([self.item]))
        assert mind.identity == before == another.identity

    def test_tokens_are_counted(self, mind: Mind) -> None:
        short = mind.count_tokens(prompt("No."))
        assert 0 < short < mind.count_tokens(prompt("No. " * 20))

    def test_a_closed_mind_refuses(self, another: Mind) -> None:
        another.close()
        another.close()
        with pytest.raises(MindError, match="closed"):
            list(another.ask([self.item]))
