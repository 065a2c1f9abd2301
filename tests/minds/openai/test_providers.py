"""Servers and providers as people have them: what they refuse is found out once, and said."""

from __future__ import annotations

import pytest

from coevolve_sim.errors import MindError, ScenarioError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.scenario import loads
from coevolve_sim.testing.fake_server import Answer, FakeServer, completion
from coevolve_sim.testing.minds import prompt, replies_of
from tests.minds.openai.providers import PROVIDERS, gemma_on_vllm, provider, refused, roles

URL = "http://127.0.0.1:8000"
SPEAK = Request("speak", prompt("Where do you stand?"), temperature=0.7, seed=5)
COLD = Request("speak", prompt("Where do you stand?"))
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))


def opened(server, **options):
    fast = {"first_wait": 0.001, "longest_wait": 0.01, "timeout": 5.0}
    return ServerMind(URL, "small", transport=server.transport(), **fast | options)


EXPECTED = {
    "Gemma on vLLM": ("score", {"temperature": 0.7, "seed": 5, "max_tokens": 60}, ["no system role"]),
    "Mistral on vLLM": ("score", {"temperature": 0.7, "seed": 5, "max_tokens": 60}, ["no system role"]),
    "Gemma on llama.cpp": ("score", {"temperature": 0.7, "seed": 5, "max_tokens": 60}, ["no system role"]),
    "LM Studio": ("choose", {"temperature": 0.7, "seed": 5, "max_tokens": 60}, ["no system role"]),
    "Ollama": ("choose", {"temperature": 0.7, "seed": 5, "max_tokens": 60}, []),
    "TGI": ("score", {"temperature": 0.7, "seed": 5, "max_tokens": 60}, ["a temperature of 0"]),
    "OpenAI's reasoning models": (
        "choose",
        {"seed": 5, "max_completion_tokens": 60},
        ["max_completion_tokens in place", "a temperature of 0", "a temperature:"],
    ),
    "Mistral": (
        "choose",
        {"temperature": 0.7, "random_seed": 5, "max_tokens": 60},
        ["random_seed in place of seed"],
    ),
    "Gemini": ("choose", {"temperature": 0.7, "max_tokens": 60}, ["refuses a seed"]),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_it_is_asked_as_it_wants_to_be_and_says_how(name):
    server = provider(name)
    with opened(server) as mind:
        replies = replies_of(mind, [SPEAK, COLD, ITEM, SPEAK])
        asked = server.completions
        again = [replies_of(mind, [request])[0] for request in (COLD, ITEM, SPEAK)]
        assert server.completions == asked + 3  # what is refused is found out once
        notes = mind.notes
    form, parameters, told = EXPECTED[name]
    for reply in (*replies, *again):
        assert (reply.status, reply.detail) == ("answered", "")
    assert again[2].text == "I am for it."
    assert again[1].attempts.form == form
    assert {
        key: value for key, value in server.seen[-1].items() if key not in {"model", "messages"}
    } == parameters
    assert len(notes) == len(told)
    for note, words in zip(notes, told, strict=True):
        assert words in note


@pytest.mark.parametrize("name", ["Gemma on vLLM", "Mistral on vLLM", "Gemma on llama.cpp", "LM Studio"])
def test_without_a_system_role_what_it_says_begins_the_users_turn(name):
    server = provider(name)
    with opened(server) as mind:
        replies_of(mind, [SPEAK])
    assert server.seen[-1]["messages"] == [{"role": "user", "content": "You are Ada.\n\nWhere do you stand?"}]
    assert server.completions < 20


def test_turns_of_one_role_are_merged_where_roles_must_alternate():
    server = provider("Mistral on vLLM")
    turns = (
        Message("user", "One."),
        Message("user", "Two."),
        Message("assistant", "Well."),
        Message("user", "?"),
    )
    with opened(server) as mind:
        (reply,) = replies_of(mind, [Request("speak", turns)])
        assert reply.status == "answered"
        assert mind.notes[-1].startswith("its chat template wants roles to alternate")
    assert [turn["content"] for turn in server.seen[-1]["messages"]] == ["One.\n\nTwo.", "Well.", "?"]


def test_a_reply_without_a_repeatable_draw_says_so():
    for name in ("OpenAI's reasoning models", "Gemini", "TGI"):
        with opened(provider(name)) as mind:
            replies_of(mind, [SPEAK, COLD])
            assert any("repeatable" in note for note in mind.notes), name


def test_thoughts_are_never_part_of_the_text():
    for field in ("reasoning", "reasoning_content", "thinking"):
        body = completion("I am for it.")
        body["choices"][0]["message"][field] = "They want to hear that I am for it."
        with opened(FakeServer()) as mind:
            pass
        server = FakeServer(script=lambda _asked, body=body: Answer(200, body))
        with opened(server) as mind:
            (reply,) = replies_of(mind, [SPEAK])
        assert (reply.status, reply.text) == ("answered", "I am for it.")


def test_a_part_that_is_neither_text_nor_thought_is_no_reply():
    body = completion("x")
    body["choices"][0]["message"]["content"] = [{"type": "image_url", "image_url": {}}]
    server = FakeServer()
    with opened(server) as mind:
        server.follow(lambda _body: Answer(200, body))
        (reply,) = replies_of(mind, [SPEAK])
    assert reply.status == "invalid"


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("top_logprobs must be at most 8", 8),
        ("`top_n_tokens` must be >= 0 and <= 5. Given: 20", 5),
        ("no", 5),
    ],
)
def test_as_many_likeliest_tokens_are_asked_for_as_the_server_gives(said, count):
    server = FakeServer(script=lambda body: refused(said) if body.get("top_logprobs", 0) > count else None)
    with opened(server) as mind:
        assert mind.capabilities.top_logprobs == count


def test_a_number_outside_a_range_is_no_reason_to_leave_a_parameter_out():
    server = FakeServer()
    with opened(server) as mind:
        server.follow(
            lambda body: refused("temperature must be <= 1") if body.get("temperature", 0) > 1 else None
        )
        hot, plain = replies_of(mind, [Request("speak", SPEAK.messages, temperature=1.5), SPEAK])
        assert (hot.status, plain.status, mind.notes) == ("invalid", "answered", ())


def test_what_a_server_refuses_later_is_left_out_from_then_on_for_all_in_flight():
    server = FakeServer()
    with opened(server) as mind:
        said = "Unsupported parameter: 'seed' is not supported with this model."
        server.follow(lambda body: refused(said, param="seed") if "seed" in body else None)
        replies = replies_of(mind, [SPEAK] * 1 + [COLD, ITEM] * 4)
        assert {reply.status for reply in replies} == {"answered"}
        assert len(mind.notes) == 1
        for reply in replies:
            assert reply.attempts.sent == 1 + reply.attempts.retries + reply.attempts.other_forms


def test_a_server_that_refuses_everything_is_told_of_by_its_first_words():
    server = FakeServer(script=lambda _body: refused("this endpoint is not for you"))
    with pytest.raises(MindError, match=r"does not take a plain chat completion.*not for you"):
        opened(server)
    assert server.completions < 5


def test_a_conversation_that_is_refused_with_and_without_system_role_is_not_noted_as_folded():
    def script(body):
        return gemma_on_vllm(body) if "system" in roles(body) else refused("quota of requests is used up")

    with pytest.raises(MindError, match="quota of requests"):
        opened(FakeServer(script=script))


# What a scenario says of parameters.

SCENARIO = """
name: tiny
rounds: 3
population: {{humans: 20}}
channel: {{kind: language}}
minds:
  - {{name: people, kind: server, url: "http://127.0.0.1:1/v1", model: small, parameters: {parameters}}}
"""


def parameters_of(text):
    return loads(SCENARIO.format(parameters=text)).minds[0].parameters


def test_parameters_are_left_out_and_added_as_the_scenario_says():
    chosen = parameters_of(
        "{leave_out: [temperature, seed], extra: {chat_template_kwargs: {enable_thinking: false}, top_k: 40}}"
    )
    server = FakeServer()
    with opened(server, leave_out=chosen.leave_out, extra=chosen.extra) as mind:
        replies_of(mind, [SPEAK])
        extra = '{"chat_template_kwargs": {"enable_thinking": false}, "top_k": 40}'
        assert mind.identity.endswith(f", without seed, temperature, with {extra}")
        assert any("repeatable" in note for note in mind.notes)
    for body in server.seen:
        assert not {"temperature", "seed"} & set(body)
        assert body["chat_template_kwargs"] == {"enable_thinking": False}
        assert body["top_k"] == 40


def test_logprobs_that_are_left_out_are_never_asked_for():
    server = FakeServer()
    with opened(server, leave_out=("logprobs",)) as mind:
        (reply,) = replies_of(mind, [ITEM])
        assert (reply.text, reply.logprobs, mind.probe) == ("A", None, None)
    assert not any("logprobs" in body for body in server.seen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{extra: {temperature: 1}}", "temperature is set by the package"),
        ("{extra: {continue_final_message: true}}", "continue_final_message is set by the package"),
        ("{leave_out: [max_tokens]}", "one of 'temperature', 'seed', 'logprobs'"),
        ("{leave_in: []}", "leave_in"),
    ],
)
def test_parameters_that_cannot_be_are_refused_where_they_stand(text, said):
    with pytest.raises(ScenarioError, match=said):
        parameters_of(text)
