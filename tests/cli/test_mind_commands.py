"""Commands that speak with minds, or say what speaking with them would take."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli import mind_names
from coevolve_sim.cli.main import app
from coevolve_sim.errors import ScenarioError, UnservedError
from coevolve_sim.language import channel_setup
from coevolve_sim.language.readers.known_stances import statements
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.runs import estimate
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import TEXT, scenario

SMALL = ("dimensions=[care, fairness]", "rounds=2", "channel.bias_map=true")


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "talk.yaml").write_text(
        TEXT.replace("channel: {kind: language, bias_map: false}", "channel: {kind: language}")
    )

    def type_(*arguments, settings=SMALL):
        given = [part for setting in settings for part in ("--set", setting)]
        return CliRunner().invoke(app, [*arguments, *given])

    return type_


# --- estimate ------------------------------------------------------------------------------------


def by_kind(asked):
    return {(row.mind, row.kind): row.requests for row in asked}


def in_words_of_their_own(monkeypatch):
    """Let no two messages be the same."""

    def opener(part, known=None):
        def script(request):
            said = answer_from_stances(request, known)
            return said if request.options else f"{said} No {request.seed}."

        return ScriptedMind(script, voices=("C013", "calm"))

    monkeypatch.setattr(channel_setup, "open_mind", opener)


def never(*_arguments, **_settings):
    pytest.fail("a mind was opened")


RICH = (
    "population.humans=8",
    "population.groups=[{name: old, share: 0.5, voice: C013}, {name: new, share: 0.5, adoption: 0.9}]",
    "minds=[{kind: scripted, name: people}, {kind: scripted, name: machine}]",
    "assistants=[{name: helper}, {name: other, mind: machine, voice: calm, policy: {kind: mirror}}]",
    "channel.topics_per_round=2",
    "channel.memory=3",
    "network.degree=4",
)


@pytest.mark.parametrize(
    "settings", [SMALL, ("channel.items=pair", "rounds=3", *RICH)], ids=["small", "rich"]
)
def test_an_estimate_counts_exactly_what_is_then_asked(settings, monkeypatch, tmp_path):
    with monkeypatch.context() as patched:
        patched.setattr(channel_setup, "open_mind", never)
        expected = by_kind(estimate.estimate_requests(build_setup(scenario(*settings))))
    in_words_of_their_own(monkeypatch)
    found = coevolve_sim.run(scenario(*settings), results=tmp_path)
    asked = found.usage.groupby(["mind", "kind"])["requests"].sum()
    assert asked.to_dict() == expected
    assert sum(expected.values()) > 100


def test_where_messages_are_the_same_an_estimate_is_an_upper_bound(minds, tmp_path):
    asked = minds()
    expected = by_kind(estimate.estimate_requests(build_setup(scenario(*SMALL))))
    coevolve_sim.run(scenario(*SMALL), results=tmp_path)
    counted = Counter(request.kind for request in asked.requests)
    assert counted["read"] < expected["people", "read"]
    assert {kind: counted[kind] for kind in ("speak", "ask", "answer")} == {
        kind: expected["people", kind] for kind in ("speak", "ask", "answer")
    }


def test_where_a_probe_reads_it_is_counted_without_one_and_a_server_has_none():
    """It reads each message once, and the statements held out; of a server the error says what to take."""
    pytest.importorskip("torch")
    probed = ("channel={kind: language, bias_map: false, unfit: unmeasured, reader: {kind: probe}}",)
    found = by_kind(
        estimate.estimate_requests(build_setup(scenario(*SMALL[:2], *probed, "minds=[{kind: embedded}]")))
    )
    messages = sum(found["people", kind] for kind in ("speak", "ask", "answer"))
    assert found["people", "read"] == len(statements(held_out=True)) + messages
    server = "minds=[{kind: server, url: 'http://127.0.0.1:1', model: m}]"
    with pytest.raises(UnservedError, match="hidden states, and those of counting people are not at hand"):
        estimate.estimate_requests(build_setup(scenario(*SMALL[:2], *probed, server)))


def test_estimate_from_the_command_line(typed, monkeypatch):
    monkeypatch.setattr(channel_setup, "open_mind", never)
    result = typed("estimate", "talk.yaml", "--json", "--rate", "100", "--price-in", "2")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {row["kind"] for row in told["kinds"]} == {"speak", "ask", "answer", "read"}
    total = told["total"]
    assert total["requests"] == sum(row["requests"] for row in told["kinds"])
    assert total["seconds"] == pytest.approx((total["tokens_in"] + total["tokens_out"]) / 100)
    assert total["price"] == pytest.approx(total["tokens_in"] * 2 / 1e6)
    shown = typed("estimate", "talk.yaml").stdout
    assert f"At most {total['requests']:,} requests" in shown
    assert "seconds" not in shown


def test_a_numeric_scenario_asks_nothing_of_any_mind(typed):
    numeric = (*SMALL[:2], "channel={kind: numeric}")
    for command, text in (("estimate", "nothing is asked of any mind"), ("preflight", "no mind to measure")):
        result = typed(command, "talk.yaml", settings=numeric)
        assert result.exit_code == 3
        assert text in result.stderr
        assert "channel is numeric" in result.stderr
    with pytest.raises(ScenarioError, match="the channel is numeric"):
        estimate.estimate_requests(build_setup(scenario("channel={kind: numeric}")))


# --- preflight -----------------------------------------------------------------------------------


def test_preflight_measures_the_bias_even_where_the_scenario_would_not(typed, tmp_path):
    result = typed("preflight", "talk.yaml", "--json", settings=(*SMALL[:2], "channel.bias_map=false"))
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["bias"]
    written = [row for row in rows if row["arm"] == "written"]
    assert len(written) == 2 * 5
    assert {row["dimension"] for row in rows} == {"care", "fairness"}
    assert all(row["perceived"] == pytest.approx(row["stance"]) for row in written)
    assert all(row["perceived"] is None for row in rows if row["arm"] == "claim")
    shown = typed("preflight", "talk.yaml").stdout
    assert "(its own)" in shown
    assert "+0.00" in shown
    assert not (tmp_path / "results").exists()


# --- exit codes ----------------------------------------------------------------------------------


def test_a_mind_that_cannot_be_had_is_exit_code_7_and_leaves_nothing(typed, tmp_path):
    result = typed("run", "talk.yaml", settings=(*SMALL, "minds=[{kind: replay, path: nowhere}]"))
    assert result.exit_code == 7
    assert "nowhere holds no run to replay" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "results").exists()
    assert typed("elicit", "--mind", "http://127.0.0.1:1/v1", settings=()).exit_code == 7
    assert typed("elicit", "--voice", "C013", settings=()).exit_code == 7
    assert typed("elicit", "--eras", "C001..C021", settings=()).exit_code == 7


def test_a_voice_nobody_has_is_exit_code_3(typed):
    result = typed("run", "talk.yaml", settings=(*SMALL, "assistants.0.voice=C013"))
    assert result.exit_code == 3
    assert "assistant 'helper' speaks with the voice 'C013'" in result.stderr


@pytest.mark.long
def test_a_mind_that_fails_amid_a_run_is_exit_code_7_and_the_run_resumes(typed, monkeypatch):
    count = {"asked": 0}

    def opener(part, known=None):
        from coevolve_sim.errors import MindError

        def script(request):
            count["asked"] += 1
            if count["asked"] == 90:
                raise MindError("the server has gone")
            return answer_from_stances(request, known)

        return ScriptedMind(script)

    monkeypatch.setattr(channel_setup, "open_mind", opener)
    result = typed("run", "talk.yaml", "--only-record", settings=SMALL)
    assert result.exit_code == 7
    assert "MindError: the server has gone" in result.stderr
    resumed = typed("resume", "last", "--json", settings=())
    assert resumed.exit_code == 0, resumed.output
    assert json.loads(resumed.stdout)["status"] == "finished"


class Unauthorized(BaseHTTPRequestHandler):
    """Wants a key."""

    def _refuse(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(401)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = _refuse  # noqa: N815 - as the standard library names it
    do_POST = _refuse  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("key", [None, "sk-very-secret"])
def test_a_server_that_refuses_the_key_is_told_by_the_variable_and_never_by_the_key(key, typed, monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    if key:
        monkeypatch.setenv("MY_KEY", key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Unauthorized) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/v1"
            mind = f"minds=[{{kind: server, url: '{url}', model: m, key_variable: MY_KEY, cache: false}}]"
            result = typed("run", "talk.yaml", settings=(*SMALL, mind))
        finally:
            server.shutdown()
            thread.join()
    assert result.exit_code == 7
    assert "MY_KEY" in result.stderr
    assert "very-secret" not in result.output


# --- elicit and serve ----------------------------------------------------------------------------


def standing(part):
    """Return a mind whose voices hold more the later their century."""

    def script(request):
        return (
            (1.0,) + (0.0,) * (len(request.options) - 1)
            if request.voice == "C021"
            else [1.0 / len(request.options)] * len(request.options)
        )

    return ScriptedMind(script, voices=("C019", "C020", "C021"), name=part.kind)


def test_elicit_goes_era_after_era_and_asks_no_era_twice(typed, monkeypatch, tmp_path):
    opened, asked = [], []

    def opener(part):
        mind = standing(part)
        opened.append(mind)
        asked.append(mind.seen)
        return mind

    monkeypatch.setattr(mind_names, "open_mind", opener)
    arguments = ("elicit", "--space", "moral-foundations", "--allow-unfit", "--out", "out")
    first = typed(*arguments, "--eras", "C020..C021", "--json", settings=())
    assert first.exit_code == 0, first.output
    names = [path.rsplit("/", 1)[-1] for path in json.loads(first.stdout)]
    assert names == ["values.csv", "history.csv", "spread.csv"]
    assert {request.voice for request in asked[0]} == {"C020", "C021"}
    second = typed(*arguments, "--eras", "C019..C021", settings=())
    assert second.exit_code == 0, second.output
    assert {request.voice for request in asked[1]} == {"C019"}
    assert "C019" in second.stdout
    (tmp_path / "read.yaml").write_text(
        "name: r\nvalue_space: moral-foundations\nhistory: {kind: file, path: out/history.csv}\n"
    )
    assert coevolve_sim.load(tmp_path / "read.yaml").history.kind == "file"
    assert typed("check", "read.yaml", settings=()).exit_code == 0


def test_elicit_without_eras_asks_the_mind_s_own_voice(typed, monkeypatch, tmp_path):
    monkeypatch.setattr(mind_names, "open_mind", standing)
    result = typed("elicit", "--space", "moral-foundations", "--json", settings=())
    assert result.exit_code == 0, result.output
    assert [path.rsplit("/", 1)[-1] for path in json.loads(result.stdout)] == ["values.csv"]
    missing = typed("elicit", "--space", "moral-foundations", "--eras", "C013", settings=())
    assert missing.exit_code == 7
    assert "has no voice 'C013'; it has C019, C020, C021" in missing.stderr


def test_elicit_asks_fewer_items_of_fewer_personas_if_told_so(typed, monkeypatch):
    opened = []

    def opener(part):
        opened.append(standing(part))
        return opened[-1]

    monkeypatch.setattr(mind_names, "open_mind", opener)
    words = ("--space", "moral-foundations", "--items", "1", "--personas", "2")
    result = typed("elicit", *words, settings=())
    assert result.exit_code == 0, result.output
    assert len(opened[0].seen) == 2 * 5 * 2


def test_serve_print_prints_a_command_and_serves_nothing(typed, tmp_path):
    result = typed("serve", "org/model", "--print", "--port", "8123", settings=())
    assert result.exit_code == 0, result.output
    line = result.stdout.strip()
    assert "\n" not in line
    assert "-m vllm.entrypoints.openai.api_server --model org/model" in line
    assert "--host 127.0.0.1" in line
    assert "--port 8123" in line
    bad = typed("serve", "org/model", "--print", "--voice", f"C013={tmp_path / 'nowhere'}", settings=())
    assert bad.exit_code == 7
    assert "nowhere" in bad.stderr
