"""The gate of the live view: who is let through, and with what."""

import asyncio
from urllib.parse import urlencode

import pytest

from coevolve_sim.view.gate import LOOPBACK, Gate, is_loopback

TOKEN, PORT = "a-token-nobody-guesses", 8765


async def behind(scope, receive, send):
    """What is behind the gate: says that it was reached."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": b"reached"})


@pytest.fixture
def gate(tmp_path):
    (tmp_path / "requirejs@2.3.6").mkdir()
    (tmp_path / "requirejs@2.3.6" / "require.js").write_text("0")
    return Gate(behind, TOKEN, PORT, tmp_path)


def ask(gate, path="/", *, kind="http", host=f"127.0.0.1:{PORT}", query=None, **headers):
    """Return the messages with which a request is answered."""
    told = []

    async def send(message):
        told.append(message)

    given = [
        (name.encode(), text.encode()) for name, text in {"host": host, **headers}.items() if text is not None
    ]
    scope = {"type": kind, "path": path, "headers": given, "query_string": urlencode(query or {}).encode()}
    asyncio.run(gate(scope, None, send))
    return told


def status(told):
    return told[0]["status"]


def cookie(port=PORT):
    return f"coevolve_view_{port}={TOKEN}"


def test_the_address_with_the_token_becomes_a_cookie_and_the_address_without_it(gate):
    start, _ = ask(gate, query={"token": TOKEN, "open": "results/a run"})
    headers = dict(start["headers"])
    assert start["status"] == 303
    assert headers[b"location"] == b"/?open=results%2Fa+run"
    assert headers[b"set-cookie"].decode() == f"{cookie()}; Path=/; HttpOnly; SameSite=Strict"


def test_who_has_the_cookie_is_let_through_with_a_policy_that_names_this_server_alone(gate):
    start, body = ask(gate, cookie=cookie())
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    assert body["body"] == b"reached"
    assert (b"x-own", b"1") in start["headers"]
    assert policy.startswith("default-src 'none'; ")
    assert f"connect-src 'self' ws://127.0.0.1:{PORT};" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "given", [None, "", "broken;;=", f"coevolve_view_{PORT}=another", cookie(port=1), "coevolve_view_8765="]
)
def test_who_has_no_token_is_refused_in_a_sentence(gate, given):
    start, body = ask(gate, cookie=given)
    assert start["status"] == 403
    assert body["body"] == (
        b"This page is for whoever has its address with the token, which `coevolve view` prints.\n"
    )
    assert status(ask(gate, query={"token": "another"}, cookie=given)) == 403


@pytest.mark.parametrize(
    "host", ["example.org", "example.org:8765", "127.0.0.1.example.org", "192.168.0.4", "", None]
)
def test_another_host_is_refused_even_with_the_token(gate, host):
    start, body = ask(gate, host=host, cookie=cookie(), query={"token": TOKEN})
    assert start["status"] == 403
    assert body["body"] == b"This page is shown on the machine it runs on alone, at 127.0.0.1 or localhost.\n"


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_names_of_this_machine_are_let_through(gate, host):
    assert status(ask(gate, host=host, cookie=cookie())) == 200


def test_a_page_of_another_origin_is_refused_though_its_browser_has_the_cookie(gate):
    for kind in ("http", "websocket"):
        told = ask(gate, kind=kind, cookie=cookie(), origin="http://127.0.0.1:9999")
        assert told[0].get("status", told[0].get("code")) in (403, 1008)
    assert status(ask(gate, cookie=cookie(), origin=f"http://127.0.0.1:{PORT}")) == 200


def test_a_websocket_needs_the_token_too(gate):
    assert ask(gate, kind="websocket", cookie=cookie()) == [{"type": "websocket.accept"}]
    (refused,) = ask(gate, kind="websocket")
    assert refused["type"] == "websocket.close"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("requirejs@2.3.6/require.js", 200),
        ("requirejs@2.3.6", 404),
        ("requirejs@2.3.6/", 404),
        ("not-here@1.0.0/main.js", 404),
        ("../secret.txt", 404),
        ("requirejs@2.3.6/../../secret.txt", 404),
    ],
)
def test_assets_that_are_not_there_are_fetched_from_nowhere(gate, tmp_path, path, expected):
    (tmp_path.parent / "secret.txt").write_text("0")
    assert status(ask(gate, f"/_solara/cdn/{path}", cookie=cookie())) == expected


def test_what_is_no_request_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Gate(app, TOKEN, PORT, __import__("pathlib").Path())({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


def test_loopback_is_told_from_what_looks_like_it():
    assert all(is_loopback(f"{name}:80") for name in LOOPBACK)
    assert not any(map(is_loopback, ["127.0.0.1@example.org", "localhost.example.org", "127.0.0.2", "::1"]))
