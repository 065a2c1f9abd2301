"""Our client against our own server of a small model: the whole suite, and the same scores as in process."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from coevolve_sim.minds import Request
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.serve.server import serve
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of

pytestmark = pytest.mark.models

ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))


@pytest.fixture(scope="module")
def within(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


@pytest.fixture(scope="module")
def opened(within):
    """Return a maker of minds behind one server; the server goes after the module's tests."""
    with serve(within) as address:
        yield lambda: ServerMind(address.url, address.model, voices={v: v for v in within.voices})


@pytest.fixture(scope="module")
def outside(opened):
    with opened() as mind:
        yield mind


class TestConformance(MindConformance):
    @pytest.fixture
    def mind(self, outside):
        return outside

    @pytest.fixture
    def another(self, opened):
        with opened() as mind:
            yield mind


def test_replies_are_those_of_the_mind_in_process(within, outside):
    speak = Request("speak", prompt("Where do you stand?"), max_tokens=8)
    requests = [replace(request, voice=v) for request in (ITEM, speak) for v in ("", *within.voices)]
    expected, found = replies_of(within, requests), replies_of(outside, requests)
    for one, other in zip(expected, found, strict=True):
        assert (one.status, one.text) == (other.status, other.text)
        if one.logprobs is not None:
            assert other.logprobs == pytest.approx(one.logprobs, abs=1e-4)


def test_what_it_understands_is_found_out(outside):
    found = outside.capabilities
    assert found.top_logprobs
    assert found.choice == "structured_outputs"
