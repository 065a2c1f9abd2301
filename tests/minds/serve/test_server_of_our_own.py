"""Our client against our own server of a small model: the whole suite, and the same scores as in process."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from coevolve_sim.minds import Request
from coevolve_sim.minds.local import forward, generation
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


def test_a_model_that_computes_no_numbers_is_served_as_invalid(tiny_model):
    mind = LocalMind(tiny_model)
    with serve(mind) as address, ServerMind(address.url, address.model) as outside:
        with torch.no_grad():
            mind.model.model.norm.weight.fill_(math.nan)
        (reply,) = replies_of(outside, [ITEM])
    assert reply.status == "invalid"
    assert "nan is no log-probability" in reply.detail


ASSISTANT = (
    "{% for message in messages %}{{ {'user': 'USER: ', 'system': ''}[message.role] }}{{ message.content }}\n"
    "{% endfor %}ASSISTANT:"
)


SAID = {"ĠB": 0.5, "A": 0.3, "B": 0.1, "ĠA": 0.04}
"""What the model goes on with after ``ASSISTANT:``: B, mostly after a blank."""


@pytest.mark.parametrize("by_number", [True, False], ids=["tokens by number", "list of the likeliest"])
def test_a_label_after_a_blank_is_read_alike_in_process_and_served(tmp_path, monkeypatch, by_number):
    template = tmp_path / "assistant.jinja"
    template.write_text(ASSISTANT, encoding="utf-8")
    mind = LocalMind.embedded(chat_template=template)
    numbers = {name: mind.prompting.tokenizer.convert_tokens_to_ids(name) for name in SAID}
    always = torch.full((mind.vocabulary,), 0.06 / (mind.vocabulary - len(SAID)), dtype=torch.float64).log()
    for name, share in SAID.items():
        always[numbers[name]] = math.log(share)
    for place in (forward, generation):
        monkeypatch.setattr(place, "log_probabilities", lambda logits: always.expand(logits.shape))
    (within,) = replies_of(mind, [ITEM])
    with serve(mind) as address, ServerMind(address.url, address.model) as outside:
        assert outside.capabilities.token_scores
        if not by_number:
            outside._dialect.capabilities = replace(outside.capabilities, token_scores=False)
        (served,) = replies_of(outside, [ITEM])
    assert within.text == served.text == "B"
    assert [math.exp(value) for value in within.logprobs] == pytest.approx([0.34, 0.6], abs=1e-6)
    assert served.logprobs == pytest.approx(within.logprobs, abs=2e-6)


def test_what_it_understands_is_found_out(outside):
    found = outside.capabilities
    assert found.top_logprobs
    assert found.choice == "structured_outputs"
