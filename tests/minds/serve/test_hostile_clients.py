"""Whatever a client sends to ``coevolve serve``, it is answered with an error or closed, and others go on."""

from __future__ import annotations

import asyncio
import json
import socket
import time

import httpx
import pytest

pytest.importorskip("torch")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Reply, Request
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.minds.serve import app
from coevolve_sim.minds.serve.batches import Batches
from coevolve_sim.minds.serve.server import serve

HELLO = [{"role": "user", "content": "Hello."}]
BODY = {"model": "mind", "messages": HELLO}
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"


@pytest.fixture(scope="module")
def address():
    with serve(ScriptedMind({"Hello.": "Good day."}), read_timeout=0.4) as address:
        yield address


@pytest.fixture
def client(address):
    """Give a client; afterwards an honest request is still answered."""
    with httpx.Client(base_url=address.url, timeout=10, trust_env=False) as client:
        yield client
        said = client.post("/v1/chat/completions", json=BODY)
    assert said.json()["choices"][0]["message"]["content"] == "Good day."


@pytest.fixture
def connection(address):
    port = int(address.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def answer_to(connection):
    """Return all that comes until the server closes the connection."""
    content = b""
    try:
        while chunk := connection.recv(65536):
            content += chunk
    except ConnectionResetError:
        pass
    return content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[" * 100_000,
        b'{"model": "mind", "messages": ' + b"[" * 900 + b"]" * 900 + b"}",
        json.dumps(BODY).encode() + b" x",
        json.dumps(BODY).encode("utf-16"),
        b'{"model": "\xff"}',
        b'{"model": "mind", "model": "mind", "messages": [{"role": "user", "content": "Hello."}]}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"model": "\\ud800", "messages": []}',
        b'{"\\udfff": 1}',
        b'{"model": "mind", "messages": [{"role": "user", "content": "half \\ud83d"}]}',
    ],
    ids=lambda content: repr(content[:24]),
)
def test_what_is_no_json_of_whole_characters_is_refused(client, content, capfd):
    response = client.post("/v1/chat/completions", content=content)
    assert response.status_code == 400
    assert 0 < len(response.json()["error"]["message"]) <= 1000
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", ["mind"]),
        ("model", "m" * 100_000),
        ("messages", {"role": "user"}),
        ("messages", [{"role": ["user"], "content": "x"}]),
        ("messages", [{"role": {}, "content": "x"}]),
        ("messages", [{"role": "user", "content": 7}]),
        ("messages", [["user", "x"]]),
        ("max_tokens", 10**30),
        ("max_tokens", "9"),
        ("temperature", float("nan")),
        ("temperature", 10**400),
        ("seed", -1),
        ("n", 10**9),
        ("stop", 0),
        ("stop", {}),
        ("stop", [1]),
        ("logprobs", "no"),
        ("logprobs", 0),
        ("return_tokens_as_token_ids", "yes"),
        ("stream", "false"),
        ("tools", {}),
        ("structured_outputs", []),
        ("structured_outputs", {"choice": ["A"] * 1001}),
        ("response_format", 7),
        ("k" * 100_000, 1),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_value_of_another_type_or_size_is_refused_by_its_name(client, key, value, capfd):
    content = json.dumps(BODY | {key: value})
    response = client.post("/v1/chat/completions", content=content)
    assert response.status_code == (404 if value == "m" * 100_000 else 400)
    error = response.json()["error"]
    assert error["param"][:5] == key[:5]
    assert len(response.content) < 3000
    assert capfd.readouterr().err == ""


def test_a_body_that_is_announced_as_too_large_is_refused_before_it_comes(connection):
    connection.sendall(HEAD + b"content-length: 99999999999\r\n\r\n")
    answer = answer_to(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"the body has more than 8,388,608 bytes" in answer


def test_a_body_that_becomes_too_large_is_refused_while_it_comes(connection, monkeypatch):
    monkeypatch.setattr(app, "MOST_BYTES", 10_000)
    connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    connection.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
    connection.sendall(b"2000\r\n" + b" " * 8192 + b"\r\n")
    assert answer_to(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("sent", [b"", b"POST /v1", HEAD], ids=["nothing", "half a line", "half a head"])
def test_a_head_that_is_not_whole_in_time_ends_its_connection(connection, sent):
    connection.sendall(sent)
    assert answer_to(connection) == b""


def test_a_second_head_that_is_not_whole_in_time_ends_its_connection(connection):
    body = json.dumps(BODY).encode()
    connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
    assert connection.recv(12) == b"HTTP/1.1 200"
    connection.sendall(b"POST /v1")
    assert b"HTTP/1.1" not in answer_to(connection)


def test_a_head_that_drips_is_not_waited_for(connection):
    with pytest.raises(ConnectionError):  # noqa: PT012 - which byte is one too many depends on the machine
        for sign in HEAD * 10:
            connection.sendall(b"%c" % sign)
            time.sleep(0.02)


def test_a_body_that_is_not_whole_in_time_is_told_and_ends_its_connection(connection):
    connection.sendall(HEAD + b'content-length: 100\r\n\r\n{"model": ')
    answer = answer_to(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"the body was not whole after 0.4 s" in answer


def test_a_client_that_goes_in_the_middle_of_its_body_leaves_no_trace(connection, client, capfd):
    connection.sendall(HEAD + b'content-length: 100\r\n\r\n{"model": ')
    connection.close()
    assert client.get("/health").status_code == 200
    assert capfd.readouterr().err == ""


def test_rubbish_behind_a_request_ends_its_connection_without_a_trace(connection, client, capfd):
    body = json.dumps(BODY).encode()
    connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body + b"\0\0\0 rubbish\r\n\r\n")
    assert answer_to(connection).count(b"HTTP/1.1 200") <= 1
    assert client.get("/health").status_code == 200
    assert capfd.readouterr().err == ""


class Fussy:
    """A mind that fails for a word, wherever in a batch it stands, and says half a character."""

    identity, is_bitwise, voices = "fussy 1", True, ()

    def count_tokens(self, messages):
        return 1

    def ask(self, requests):
        if any(request.messages[-1].content == "fail" for request in requests):
            raise MindError("not that word")
        for index, _ in enumerate(requests):
            yield index, Reply("answered", "half \ud83d", model="fussy 1")

    def close(self):
        pass


def test_a_request_that_fails_does_not_fail_those_of_its_batch():
    batches = Batches(Fussy())

    async def ask():
        asked = [
            asyncio.ensure_future(batches.reply(Request("speak", (Message("user", word),))))
            for word in ("go", "fail", "go on")
        ]
        await asyncio.sleep(0)
        batches.start()
        return await asyncio.gather(*asked, return_exceptions=True)

    one, failed, other = asyncio.run(ask())
    batches.close()
    assert batches.n_batches == 1
    assert (one.status, other.status, str(failed)) == ("answered", "answered", "not that word")


def test_half_a_character_of_a_mind_is_served_as_the_replacement_character():
    with serve(Fussy()) as address, httpx.Client(base_url=address.url, trust_env=False) as client:
        said = client.post("/v1/chat/completions", json=BODY)
    assert said.json()["choices"][0]["message"]["content"] == "half \ufffd"
