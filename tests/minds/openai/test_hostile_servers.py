"""Whatever a server sends, one request's fault is that request's; and no key that it repeats is kept."""

from __future__ import annotations

import base64
import gzip
import json
import tracemalloc
from dataclasses import dataclass, field, replace

import httpx
import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.errors import MindError
from coevolve_sim.minds import Reply
from coevolve_sim.minds.openai import responses
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.testing import check_hostile_server, failures_of
from coevolve_sim.testing.fake_server import RAW, Answer, FakeServer, completion
from coevolve_sim.testing.hostile_faults import CONTENT_FAULTS, TRANSPORT_FAULTS
from coevolve_sim.testing.minds import ITEM, SPEAK, replies_of
from tests.language.channel.talking import TEXT

KEY, OTHER = "sk-not-to-be-seen-by-anybody", "sk-of-another-mind-0123456789"


def opened(url, **options):
    fast = {"timeout": 0.5, "retries": 1, "first_wait": 0.01, "longest_wait": 0.05}
    return ServerMind(url, "small", **fast | options)


def replied(answer, request=SPEAK, **options):
    """Return the reply to a request that a server answers so, over a socket."""
    server = FakeServer()
    with server.listening() as url, opened(url, **options) as mind:
        server.follow(lambda _body: answer)
        (reply,) = replies_of(mind, [request])
    return reply


# --- one request's fault ---------------------------------------------------------------------------


def test_there_are_as_many_faults_as_told():
    assert (len(TRANSPORT_FAULTS), len(CONTENT_FAULTS)) == (25, 43)
    assert len({fault.name for fault in (*TRANSPORT_FAULTS, *CONTENT_FAULTS)}) == 68


@pytest.mark.long
def test_a_fault_of_the_transport_ends_the_request_that_met_it_and_no_other():
    assert failures_of(check_hostile_server(opened, TRANSPORT_FAULTS)) == ""


@pytest.mark.long
def test_a_fault_of_the_content_ends_the_request_that_met_it_and_no_other():
    assert failures_of(check_hostile_server(opened, CONTENT_FAULTS)) == ""


class Trusting:
    """A mind that believes its server."""

    def __init__(self, url):
        self.url = f"{url}/v1/chat/completions"
        self.client = httpx.Client(trust_env=False, timeout=0.5)

    def ask(self, requests):
        for index, request in enumerate(requests):
            body = {"model": "small", "max_tokens": 60, "messages": [vars(m) for m in request.messages]}
            data = self.client.post(self.url, json=body).json()
            yield index, Reply("answered", data["choices"][0]["message"]["content"])

    def close(self):
        self.client.close()


def test_a_mind_that_believes_its_server_fails_the_suite():
    chosen = [fault for fault in CONTENT_FAULTS if "choice" in fault.name or "JSON" in fault.name]
    verdicts = check_hostile_server(Trusting, chosen)
    assert len(verdicts) == 13
    assert not any(verdict.passed for verdict in verdicts)


def test_a_choice_is_taken_by_its_index_and_not_by_its_place():
    good = completion("first", index=0)["choices"][0]
    other = completion("second", index=1)["choices"][0]
    assert replied(Answer(200, completion("") | {"choices": [other, good]})).text == "first"
    reply = replied(Answer(200, completion("") | {"choices": [other]}))
    assert (reply.status, reply.text) == ("invalid", "")
    assert reply.detail == "the server sent a chat completion with no choice of index 0"


def test_a_text_longer_than_was_asked_for_is_not_kept():
    reply = replied(Answer(200, completion("no " * 400_000)), replace(SPEAK, max_tokens=60))
    assert (reply.status, reply.text) == ("invalid", "")
    assert "a content of 1,200,000 characters, where at most 60 tokens were asked for" in reply.detail


@pytest.mark.parametrize("finish", ["content_filter", "stop"])
def test_parts_of_text_are_read_as_one_text(finish):
    body = completion("", finish)
    body["choices"][0]["message"]["content"] = [{"type": "text", "text": t} for t in ("I am ", "for it.")]
    reply = replied(Answer(200, body))
    assert (reply.status, reply.text) == ("refused" if finish != "stop" else "answered", "I am for it.")


def test_what_decompresses_to_a_great_deal_is_left_off_while_it_is_read():
    bomb = gzip.compress(bytes(200 * 2**20), compresslevel=1)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
    server = FakeServer()
    with server.listening() as url, opened(url, timeout=20.0) as mind:
        server.follow(lambda _body: Answer(RAW, (head, bomb)))
        tracemalloc.start()
        (reply,) = replies_of(mind, [SPEAK])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (reply.status, reply.detail) == ("invalid", "the response is not read: it is larger than 2 MB")
    assert most < 10 * responses.MOST_BYTES


def test_a_long_list_of_models_is_an_error_at_opening():
    def answer(request):
        return httpx.Response(200, content=b'{"data": [' + b" " * responses.MOST_BYTES + b"]}")

    with pytest.raises(MindError, match="cannot be opened: it is larger than 2 MB"):
        ServerMind(
            "http://127.0.0.1:8000",
            "small",
            transport=httpx.MockTransport(answer),
            retries=0,
        )


@pytest.mark.parametrize("root", [["/weights"], {"a": 1}, 7, "", None, "small"], ids=repr)
def test_a_root_that_says_nothing_is_left_out_of_the_identity(root):
    class Rooted(FakeServer):
        def handle(self, method, path, headers, content):
            if method == "GET":
                return Answer(200, {"data": [{"id": "small", "root": root}, {"id": 7}, None]})
            return super().handle(method, path, headers, content)

    with Rooted().listening() as url, opened(url) as mind:
        assert mind.identity == "server small fp1"


@pytest.mark.parametrize("count", [10**30, -1, True, "9", None, [9]], ids=repr)
def test_an_impossible_count_of_tokens_is_estimated(count):
    class Counting(FakeServer):
        def handle(self, method, path, headers, content):
            if path == "/tokenize":
                return Answer(200, {"count": count, "tokens": [1, 2]})
            return super().handle(method, path, headers, content)

    with Counting().listening() as url, opened(url) as mind:
        assert mind.count_tokens(SPEAK.messages) == 21


def test_cookies_are_not_kept():
    server = FakeServer()
    with server.listening() as url, opened(url) as mind:
        server.follow(lambda _body: Answer(200, completion("Well."), {"set-cookie": "a=b"}))
        replies_of(mind, [SPEAK, SPEAK])
        assert not any("cookie" in headers for headers in server.headers)


# --- keys ------------------------------------------------------------------------------------------


def test_the_key_is_not_sent_on_to_where_a_redirect_leads(monkeypatch):
    monkeypatch.setenv("COEVOLVE_API_KEY", KEY)
    server, elsewhere = FakeServer(), FakeServer()
    with server.listening() as url, elsewhere.listening() as other, opened(url) as mind:
        server.follow(lambda _body: Answer(307, {}, {"location": f"{other}/v1/chat/completions?{KEY}"}))
        (reply,) = replies_of(mind, [SPEAK])
    assert elsewhere.headers == []
    assert reply.status == "invalid"
    assert reply.detail.startswith(f"the server says 307 and sends to {other}/v1/chat/completions?(the key)")


@dataclass
class Parrot(FakeServer):
    """A server that repeats keys wherever it can, in changing forms."""

    keys: tuple[str, ...] = (KEY, OTHER)
    n_asked: int = field(default=0)

    def handle(self, method, path, headers, content):
        if method == "GET":
            listed = [{"id": "small", "root": " ".join(self.keys)}, *({"id": key} for key in self.keys)]
            return Answer(200, {"data": listed})
        return super().handle(method, path, headers, content)

    def parrot(self, body):
        """Return the usual answer with keys in it, or an error with keys in it."""
        self.n_asked += 1
        said = " ".join(self.keys)
        forms = (
            said,
            "".join(f"%{ord(sign):02X}" for sign in said),
            "\u200b".join(said),
            base64.b64encode(said.encode()).decode(),
            said.encode().hex(),
        )
        form = forms[self.n_asked % len(forms)]
        if self.n_asked > 20 and self.n_asked % 9 == 0:
            return Answer(400, {"error": {"message": f"your key {form}", "code": form}}, {"x-key": said})
        answer = self.usual(body)
        answer.body |= {"model": f"small {form}", "system_fingerprint": form, "id": form}
        message = answer.body["choices"][0]["message"]
        if not body.get("logprobs"):
            message["content"] = f"{message['content']} {form}"
        text = json.dumps(answer.body)
        if self.n_asked % 2:  # as JSON may write it
            text = text.replace("sk-", r"\u0073\u006b-")
        return Answer(200, text.encode(), {"x-key": said, "set-cookie": said})


@pytest.mark.long
def test_no_byte_of_a_run_has_a_key_that_servers_repeat(monkeypatch, tmp_path):
    """Two minds with a key each, whose servers repeat both: record, report, exports, cache and terminal."""
    monkeypatch.setenv("FIRST_KEY", KEY)
    monkeypatch.setenv("SECOND_KEY", OTHER)
    monkeypatch.setenv("COEVOLVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("coevolve_sim.report.page._save_pictures", lambda *_: [])
    monkeypatch.chdir(tmp_path)
    one, two = Parrot(choice="none"), Parrot(choice="none")
    one.script, two.script = one.parrot, two.parrot
    with one.listening() as url, two.listening() as other:
        minds = (
            f"minds: [{{kind: server, url: '{url}', model: small, key_variable: FIRST_KEY}}, "
            f"{{name: clever, kind: server, url: '{other}', model: small, key_variable: SECOND_KEY}}]"
        )
        text = TEXT.replace("minds: [{kind: scripted}]", minds)
        text = text.replace("{name: helper}", "{name: helper, mind: clever}")
        (tmp_path / "parrots.yaml").write_text(text)
        settings = ("--set", "rounds=1", "--set", "dimensions=[care, fairness]")
        ran = CliRunner().invoke(app, ["run", "parrots.yaml", *settings])
    assert ran.exit_code == 0, ran.output
    assert min(one.n_asked, two.n_asked) > 8
    folder = next((tmp_path / "results").iterdir())
    shown = CliRunner().invoke(app, ["show", str(folder)])
    exported = CliRunner().invoke(app, ["export", str(folder), "--format", "csv", "--format", "canonical"])
    assert exported.exit_code == shown.exit_code == 0, exported.output
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"run.sqlite", "manifest.json", "messages.csv", "report.html", "replies.sqlite"} <= {
        p.name for p in written
    }
    assert b"(the key)" in written[folder / "run.sqlite"]
    written |= {name: said.output.encode() for name, said in (("run", ran), ("show", shown))}
    secrets = [part.encode() for key in (KEY, OTHER) for part in (key, key.encode().hex())]
    secrets += [base64.b64encode(KEY.encode())[:-4], b"%73%6B%2D", b"s\xe2\x80\x8bk\xe2\x80\x8b-"]
    found = [
        (str(place), secret) for place, content in written.items() for secret in secrets if secret in content
    ]
    assert found == []


def test_a_key_in_the_words_of_a_lost_connection_is_not_told(monkeypatch):
    monkeypatch.setenv("COEVOLVE_API_KEY", KEY)
    reply = replied(Answer(RAW, (f"{KEY} rubbish\r\n\r\n".encode(),)), ITEM)
    assert reply.status == "given up"
    assert KEY not in reply.detail
