"""A mind is served in OpenAI's dialect: what is supported is right, what is not is refused."""

from __future__ import annotations

import math
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Reply, Request
from coevolve_sim.minds.local.float64 import in_float64
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.serve.server import main, serve

pytestmark = pytest.mark.models

MESSAGES = [
    {"role": "system", "content": "You are Ada."},
    {"role": "user", "content": "Are you for it?\nA: yes\nB: no\nAnswer with one letter."},
]
ASKED = tuple(Message(turn["role"], turn["content"]) for turn in MESSAGES)


@pytest.fixture(scope="module")
def mind(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


@pytest.fixture(scope="module")
def address(mind):
    with serve(mind) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address.url, timeout=30, trust_env=False) as client:
        yield client


def chat(client, status=200, **settings):
    body = {"model": "tiny", "messages": MESSAGES, "temperature": 0, "max_tokens": 4} | settings
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == status, response.text
    return response.json()


def text_of(data):
    return data["choices"][0]["message"]["content"]


def asked(mind, **settings):
    ((_, reply),) = mind.ask([Request("speak", ASKED, **({"max_tokens": 4} | settings))])
    return reply


def test_models_are_the_mind_and_its_voices_each_with_its_fingerprint(client, mind):
    listed = client.get("/v1/models").json()["data"]
    assert [entry["id"] for entry in listed] == ["tiny", "C013", "C.014"]
    assert len({entry["root"] for entry in listed}) == 3
    assert listed[0]["root"] == mind.model_of("")


def test_health_tells_totals(client):
    before = client.get("/health").json()
    chat(client)
    after = client.get("/health").json()
    assert after["status"] == "ok"
    assert after["requests"] == before["requests"] + 1
    assert after["prompt_tokens"] > before["prompt_tokens"]


def test_a_chat_completion_is_the_minds_own_reply(client, mind):
    data, reply = chat(client), asked(mind)
    assert text_of(data) == reply.text
    assert data["choices"][0]["finish_reason"] == "length"
    assert data["usage"] == {
        "prompt_tokens": reply.tokens_in,
        "completion_tokens": 4,
        "total_tokens": reply.tokens_in + 4,
    }
    assert data["system_fingerprint"] in mind.identity


def test_a_seed_names_what_is_drawn_and_without_one_replies_differ(client, mind):
    drawn = [text_of(chat(client, temperature=1.0, seed=seed)) for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] == asked(mind, temperature=1.0, seed=1).text
    assert drawn[0] != drawn[1]
    assert len({text_of(chat(client, temperature=1.0)) for _ in range(4)}) > 1


def test_voices_are_models(client, mind):
    assert text_of(chat(client, model="C013")) == asked(mind, voice="C013").text


def test_requests_that_come_together_are_answered_as_if_alone(client):
    seeds = list(range(24))
    alone = [text_of(chat(client, temperature=1.0, seed=seed)) for seed in seeds]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda seed: text_of(chat(client, temperature=1.0, seed=seed)), seeds))
    assert together == alone


def test_several_replies_are_several_draws(client):
    choices = chat(client, n=3, temperature=1.0, seed=5)["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in choices}) > 1


def test_stop_ends_a_reply_before_the_text(client):
    whole = text_of(chat(client))
    data = chat(client, stop=whole[2])
    assert text_of(data) == whole[: whole.index(whole[2])]
    assert data["choices"][0]["finish_reason"] == "stop"


def test_logprobs_are_those_of_the_model(client, mind):
    content = chat(client, logprobs=True, top_logprobs=5)["choices"][0]["logprobs"]["content"]
    tokens = mind.prompting.encode(mind.prompting.render(ASKED))
    with torch.inference_mode(), in_float64(mind.model):
        logprobs = torch.log_softmax(mind.model(torch.tensor([tokens])).logits[0, -1], dim=-1)
    likely = logprobs.topk(5)
    assert len(content) == 4
    assert content[0]["logprob"] == pytest.approx(likely.values[0].item(), abs=1e-9)
    assert [e["logprob"] for e in content[0]["top_logprobs"]] == pytest.approx(
        likely.values.tolist(), abs=1e-9
    )


def test_logprobs_of_tokens_named_by_number_are_told_however_unlikely(client, mind):
    (scored,) = (reply for _, reply in mind.ask([Request("item", ASKED, options=("A", "B"))]))
    numbers = [client.post("/tokenize", json={"prompt": letter}).json()["tokens"][0] for letter in "AB"]
    content = chat(
        client,
        max_tokens=1,
        logprobs=True,
        top_logprobs=1,
        logprob_token_ids=numbers,
        return_tokens_as_token_ids=True,
    )["choices"][0]["logprobs"]["content"]
    told = {entry["token"]: entry["logprob"] for entry in content[0]["top_logprobs"]}
    found = [told[f"token_id:{number}"] for number in numbers]
    assert found == pytest.approx(scored.logprobs, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ({"structured_outputs": {"choice": ["yes, always", "no"]}}, {"yes, always", "no"}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"enum": ["A", 2]}}}},
            {'"A"', "2"},
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {
                        "name": "answer",
                        "strict": True,
                        "schema": {
                            "type": "object",
                            "properties": {"answer": {"type": "string", "enum": ["A", "B"]}},
                            "required": ["answer"],
                            "additionalProperties": False,
                        },
                    },
                }
            },
            {'{"answer": "A"}', '{"answer": "B"}'},
        ),
    ],
    ids=["choice", "enum", "object"],
)
def test_nothing_but_the_choices_is_written(client, settings, texts):
    assert text_of(chat(client, **settings)) in texts
    drawn = {text_of(chat(client, temperature=50.0, seed=seed, **settings)) for seed in range(20)}
    assert drawn == texts


def test_choices_are_told_with_the_log_probabilities_they_are_scored_by(client, mind):
    options = ("yes", "no, never")
    (scored,) = (reply for _, reply in mind.ask([Request("item", ASKED, options=options)]))
    wanted = {"structured_outputs": {"choice": list(options)}, "logprobs": True, "top_logprobs": 2}
    (entry,) = chat(client, **wanted)["choices"][0]["logprobs"]["content"]
    told = {likely["token"]: likely["logprob"] for likely in entry["top_logprobs"]}
    assert [told[option] for option in options] == list(scored.logprobs)


def test_text_completions_take_lists_and_echo_with_logprobs(client, mind):
    body = {"model": "tiny", "prompt": ["One two", "Three"], "max_tokens": 2, "temperature": 0, "logprobs": 1}
    data = client.post("/v1/completions", json=body | {"echo": True}).json()
    assert [choice["index"] for choice in data["choices"]] == [0, 1]
    told = data["choices"][0]["logprobs"]
    tokens = mind.prompting.encode("One two")
    assert len(told["tokens"]) == len(told["token_logprobs"]) == len(tokens) + 2
    with torch.inference_mode(), in_float64(mind.model):
        logprobs = torch.log_softmax(mind.model(torch.tensor([list(tokens)])).logits[0], dim=-1)
    expected = [float(logprobs[at, token]) for at, token in enumerate(tokens[1:])]
    assert told["token_logprobs"][0] is None
    assert told["token_logprobs"][1 : len(tokens)] == pytest.approx(expected, abs=1e-9)
    assert data["choices"][0]["text"].startswith("One two")
    assert data["usage"]["prompt_tokens"] == len(tokens) + 5


def test_a_prompt_may_be_echoed_alone(client):
    body = {"model": "tiny", "prompt": [79, 80, 81], "max_tokens": 0, "echo": True, "logprobs": 0}
    (choice,) = client.post("/v1/completions", json=body).json()["choices"]
    assert len(choice["logprobs"]["token_logprobs"]) == 3


def test_conversations_are_tokenized(client, mind):
    data = client.post("/tokenize", json={"model": "tiny", "messages": MESSAGES}).json()
    assert data["count"] == len(data["tokens"]) == mind.count_tokens(ASKED)


@pytest.mark.parametrize(
    ("settings", "status", "param"),
    [
        ({"model": "gpt"}, 404, "model"),
        ({"model": None}, 400, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "pirate", "content": "x"}]}, 400, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages[0]"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"max_tokens": True}, 400, "max_tokens"),
        ({"temperature": -1}, 400, "temperature"),
        ({"seed": "x"}, 400, "seed"),
        ({"stream": True}, 400, "stream"),
        ({"top_p": 0.9}, 400, "top_p"),
        ({"guided_choice": ["A"]}, 400, "guided_choice"),
        ({"structured_outputs": {"regex": "A|B"}}, 400, "structured_outputs"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
        ({"top_logprobs": 3}, 400, "top_logprobs"),
        ({"logprobs": True, "logprob_token_ids": [10**6]}, 400, "logprob_token_ids"),
        ({"messages": [{"role": "user", "content": "no " * 400}]}, 400, "messages"),
    ],
)
def test_what_is_not_supported_is_refused_and_named(client, settings, status, param):
    error = chat(client, status, **settings)["error"]
    assert error["message"]
    assert error["param"] == param
    assert error["type"] == ("not_found_error" if status == 404 else "invalid_request_error")


def test_a_prompt_that_is_too_long_says_so_in_openais_word(client):
    error = chat(client, 400, messages=[{"role": "user", "content": "no " * 400}])["error"]
    assert error["code"] == "context_length_exceeded"
    assert "512" in error["message"]


def test_what_changes_nothing_is_taken(client):
    assert chat(client, top_p=1, stream=False, user="me", presence_penalty=0.0) is not None


def test_what_is_no_json_or_no_route_is_an_error_in_the_same_format(client):
    responses = [
        client.post("/v1/chat/completions", content=b"{"),
        client.post("/v1/chat/completions", json=[1]),
        client.get("/v1/chat/completions"),
        client.get("/v2"),
    ]
    assert [response.status_code for response in responses] == [400, 400, 405, 404]
    assert all(response.json()["error"]["message"] for response in responses)


def test_only_this_machines_own_names_are_answered(client):
    response = client.get("/health", headers={"host": "evil.example"})
    assert response.status_code == 403
    assert "error" in response.json()


@pytest.mark.parametrize("host", ["0.0.0.0", "example.org", "192.168.0.1"])  # noqa: S104 - refused
def test_other_hosts_are_refused(mind, host):
    with pytest.raises(MindError, match=r"127\.0\.0\.1 or localhost only"), serve(mind, host=host):
        pass


def test_a_port_that_is_taken_is_one_clear_error(mind, address):
    port = int(address.url.rsplit(":", 1)[1])
    with pytest.raises(MindError, match=f"port {port} cannot be had"), serve(mind, port=port):
        pass


def test_a_voice_may_not_have_the_models_name(mind):
    with pytest.raises(MindError, match="give another name"), serve(mind, name="C013"):
        pass


class Plain:
    """A user's mind: it refuses, fails or answers, and gives no log-probabilities."""

    identity, is_bitwise, voices = "plain 1", True, ()

    def count_tokens(self, messages):
        return 1

    def ask(self, requests):
        for number, request in enumerate(requests):
            said = request.messages[-1].content
            if said == "fail":
                raise KeyError("hidden")
            if said == "refuse":
                yield number, Reply("refused", detail="not that", model="plain 1")
            elif said == "give up":
                yield number, Reply("given up", detail="too much")
            else:
                yield number, Reply("answered", (request.options or ("fine",))[0], model="plain 1")

    def close(self):
        pass


@pytest.mark.parametrize(
    ("said", "status"), [("hello", 200), ("refuse", 200), ("give up", 503), ("fail", 500)]
)
def test_any_mind_is_served_and_its_faults_are_statuses(said, status):
    with serve(Plain()) as address, httpx.Client(base_url=address.url, trust_env=False) as client:
        data = chat(client, status, model="mind", messages=[{"role": "user", "content": said}])
        assert "hidden" not in str(data)
        if status == 200:
            message = data["choices"][0]["message"]
            expected = ("fine", None) if said == "hello" else (None, "not that")
            assert (message["content"], message["refusal"]) == expected
        else:
            assert data["error"]["type"] == "server_error"
        refused = chat(client, 400, model="mind", logprobs=True)
        assert "language model in this process" in refused["error"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "terminated"])
def test_the_command_serves_says_where_and_stops_in_order(tiny_model, tiny_voices, stop):
    command = [
        sys.executable,
        "-m",
        "coevolve_sim.minds.serve.server",
        "--model",
        str(tiny_model),
        "--port",
        "0",
    ]
    command += [f"--voice={name}={folder}" for name, folder in tiny_voices.items()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = [process.stdout.readline(), process.stdout.readline()]
            url = re.search(r"http://127\.0\.0\.1:\d+", lines[1])[0]
            assert "tiny, C013, C.014" in lines[1]
            assert httpx.get(f"{url}/health", trust_env=False, timeout=60).json()["status"] == "ok"
            process.send_signal(stop)
            rest, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert (process.returncode, rest, errors) == (0, "Stopped.\n", "")


def test_the_command_says_what_is_wrong_and_fails(capsys, tmp_path):
    assert main(["--model", str(tmp_path)]) == 2
    assert "error: " in capsys.readouterr().err
    assert main(["--model", str(tmp_path), "--host", "0.0.0.0"]) == 2  # noqa: S104 - refused


def test_log_probabilities_of_nothing_can_be_told():
    from coevolve_sim.minds.serve.service import _entry

    assert _entry("A", -math.inf)["logprob"] == -9999.0
