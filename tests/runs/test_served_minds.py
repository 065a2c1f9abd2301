"""Runs with served minds: whose words they have, what may change before they resume, what is said of it."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import MindError, RecordError, ScenarioError
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.places import CACHE_VARIABLE
from coevolve_sim.runs.mind_notes import notes_on_minds, summarise_minds
from coevolve_sim.testing.fake_server import FakeServer
from tests.minds.openai.fake_vllm import fake_python
from tests.minds.openai.providers import gemma_on_vllm, refused, roles

FOR = {"A": math.log(0.6), "B": math.log(0.3), "C": math.log(0.05)}
AGAINST = {"A": math.log(0.3), "B": math.log(0.6), "C": math.log(0.05)}

SCENARIO = """
name: served
rounds: {rounds}
value_space: {{name: village, dimensions: [thrift]}}
network: {{family: complete}}
population: {{humans: 3}}
minds: [{{kind: server, url: {url}, model: local-model{more}}}]
channel: {{kind: language, unfit: unmeasured, bias_map: false, items: pair, items_per_topic: 1}}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def serving():
    """Return a maker of servers that listen: each with its url."""
    with ExitStack() as stack:

        def serve(**settings):
            server = FakeServer(**{"models": ("local-model",), "fingerprint": None} | settings)
            return server, stack.enter_context(server.listening())

        yield serve


@pytest.fixture
def fake(tmp_path):
    """Return a maker of programs that stand in for a Python with vLLM."""
    return fake_python(tmp_path)


def written(tmp_path, url, *, rounds=1, more=""):
    path = tmp_path / "served.yaml"
    path.write_text(SCENARIO.format(url=url, rounds=rounds, more=more), encoding="utf-8")
    return path


def run(tmp_path, url, **settings):
    return coevolve_sim.run(written(tmp_path, url, **settings), results=tmp_path / "results")


def test_a_second_server_of_the_same_name_is_asked_itself(tmp_path, serving):
    _, one = serving(says="I am for it.", letters=FOR)
    _, other = serving(says="I am against it.", letters=AGAINST)
    first, second = run(tmp_path, one), run(tmp_path, other)
    assert set(first.messages["text"]) == {"I am for it."}
    assert set(second.messages["text"]) == {"I am against it."}
    assert second.reply_counts["people"][1] == 0
    assert notes_on_minds(second) == []


def test_replies_from_earlier_runs_are_counted_recorded_and_told(tmp_path, serving):
    server, url = serving(letters=FOR)
    first = run(tmp_path, url)
    asked = len(server.seen)
    scenario = written(tmp_path, url)
    shown = CliRunner().invoke(app, ["run", str(scenario), "--json", "--results", str(tmp_path / "again")])
    assert shown.exit_code == 0, shown.output
    summary = json.loads(shown.stdout)
    (mind,) = summary["minds"]
    replies, none = first.reply_counts["people"]
    assert none == 0 < replies
    assert (mind["replies"], mind["from_earlier_runs"], mind["url"]) == (replies, replies, f"{url}/v1")
    note = (
        f"mind 'people': {replies} of {replies} replies were kept from earlier runs, and not asked for again"
    )
    assert summary["mind_notes"] == [note]
    again = coevolve_sim.open_run(summary["folder"])
    page = (again.folder / "report.html").read_text(encoding="utf-8")
    assert page.count(f"{replies} of {replies} replies were kept from earlier runs") == 1
    assert again.digest() == first.digest()
    told = CliRunner().invoke(app, ["show", summary["folder"]])
    assert f"Note: {note}." in told.stdout
    assert len(server.seen) < 2 * asked


def test_a_server_without_log_probabilities_shares_nothing_and_says_why(tmp_path, serving):
    _, url = serving(logprobs=0)
    run(tmp_path, url)
    again = run(tmp_path, url)
    assert again.reply_counts["people"][1] == 0
    assert notes_on_minds(again) == [NOTHING_SHARED]
    run(tmp_path, url, more=", share_cache: true")
    shared = run(tmp_path, url, more=", share_cache: true")
    replies, earlier = shared.reply_counts["people"]
    assert earlier == replies > 0


NOTHING_SHARED = (
    "mind 'people': its server gives no log-probabilities, so nothing tells which model it serves; no reply "
    "is shared with other runs (share_cache: true shares them by the served name)"
)

TWO = """
name: two
rounds: 1
value_space: {{name: village, dimensions: [thrift]}}
network: {{family: complete}}
population: {{humans: 2}}
minds:
  - {{name: people, kind: server, url: {one}, model: local-model}}
  - {{name: machine, kind: server, url: {two}, model: local-model}}
assistants: [{{name: helper, mind: machine}}]
channel: {{kind: language, unfit: unmeasured, bias_map: false, items: pair, items_per_topic: 1}}
"""


@pytest.mark.parametrize("alike", [False, True], ids=["two models", "replicas"])
def test_two_servers_of_one_name_in_one_run_are_told_apart_unless_they_are_replicas(tmp_path, serving, alike):
    _, one = serving(letters=FOR)
    _, two = serving(letters=FOR if alike else AGAINST, says="I am for it." if alike else "Never.")
    path = tmp_path / "two.yaml"
    path.write_text(TWO.format(one=one, two=two), encoding="utf-8")
    done = coevolve_sim.run(path, results=tmp_path / "results")
    known = dict(zip(done.minds["name"], done.minds["identity"], strict=True))
    name = "server local-model at /weights/local-model"
    assert known == {"people": name, "machine": name if alike else f"{name}, as machine"}
    answers = done.messages[done.messages["kind"] == "answer"]["text"]
    assert set(answers) == {"I am for it." if alike else "Never."}


def interrupted(tmp_path, url):
    """Return the folder of a run of three rounds that was interrupted after the first."""
    folders = []

    def stop(done, _asked):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(
            written(tmp_path, url, rounds=3),
            results=tmp_path / "results",
            progress=stop,
            started=folders.append,
        )
    return folders[0]


def test_a_run_goes_on_where_its_server_has_moved_and_says_so(tmp_path, serving):
    server, url = serving(letters=FOR)
    folder = interrupted(tmp_path, url)
    with server.listening() as moved:
        scenario = folder / "scenario.yaml"
        scenario.write_text(scenario.read_text("utf-8").replace(url, moved), encoding="utf-8")
        done = coevolve_sim.resume(folder)
    assert done.status == "finished"
    assert list(done.servings["url"]) == [f"{url}/v1", f"{moved}/v1"]
    assert notes_on_minds(done) == [
        f"mind 'people' has moved from {url}/v1 to {moved}/v1; it answers the probe as before"
    ]
    assert done.digest() == run(tmp_path, url, rounds=3).digest()


@pytest.mark.parametrize("had_address", [False, True])
def test_a_mind_that_starts_its_server_itself_has_no_address_that_could_move(
    tmp_path, serving, monkeypatch, had_address
):
    server, url = serving(letters=FOR)
    with monkeypatch.context() as patched:
        if not had_address:
            patched.setattr(ServerMind, "url", "")
        folder = interrupted(tmp_path, url)
    monkeypatch.setattr(ServerMind, "url", "")
    with server.listening() as moved:
        scenario = folder / "scenario.yaml"
        scenario.write_text(scenario.read_text("utf-8").replace(url, moved), encoding="utf-8")
        done = coevolve_sim.resume(folder)
    assert notes_on_minds(done) == []
    assert summarise_minds(done)[0]["url"] is None


def test_a_run_does_not_go_on_with_another_model_of_the_same_name(tmp_path, serving):
    server, url = serving(letters=FOR)
    folder = interrupted(tmp_path, url)
    before = coevolve_sim.open_run(folder).digest()
    server.letters = AGAINST
    with pytest.raises(RecordError, match=r"mind 'people' at .* is another model than the one .*noise"):
        coevolve_sim.resume(folder)
    assert coevolve_sim.open_run(folder).digest() == before
    server.letters = FOR
    assert coevolve_sim.resume(folder).status == "finished"


def test_other_changes_of_the_scenario_are_refused_as_ever(tmp_path, serving):
    _, url = serving(letters=FOR)
    folder = interrupted(tmp_path, url)
    scenario = folder / "scenario.yaml"
    scenario.write_text(scenario.read_text("utf-8").replace("local-model", "another"), encoding="utf-8")
    with pytest.raises(RecordError, match=r"changed since the run began: minds\.0\.model"):
        coevolve_sim.resume(folder)


def test_options_that_hold_little_probability_are_recorded_and_told(tmp_path, serving):
    faint = {"A": math.log(0.0003), "B": math.log(0.0001), "C": math.log(0.05)}
    _, url = serving(letters=faint)
    done = run(tmp_path, url)
    assert done.hearings["option_mass"].to_numpy() == pytest.approx(0.0004)
    (row,) = done.option_masses.to_dict("records")
    assert (row["mind"], row["kind"], row["below"]) == ("people", "read", row["replies"])
    assert (row["mean"], row["least"]) == (pytest.approx(0.0004), pytest.approx(0.0004))
    (note,) = notes_on_minds(done)
    assert note.startswith(
        "mind 'people', requests of kind 'read': the options held 0.0004 of the probability on average, less "
        "than 0.5 in "
    )
    assert note in set(done.notes["text"])
    done.report()
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("the options held 0.0004 of the probability on average") == 1
    assert f"Note: {note}." in CliRunner().invoke(app, ["show", str(done.folder)]).stdout


def test_options_that_hold_enough_are_recorded_and_nothing_is_said(tmp_path, serving):
    _, url = serving(letters=FOR)
    done = run(tmp_path, url)
    assert done.hearings["option_mass"].to_numpy() == pytest.approx(0.9)
    assert notes_on_minds(done) == []


def test_preflight_says_what_the_options_held_and_what_was_kept(tmp_path, serving):
    faint = {"A": math.log(0.0003), "B": math.log(0.0001), "C": math.log(0.05)}
    _, url = serving(letters=faint)
    scenario = str(written(tmp_path, url))
    allow = ("--set", "channel.unfit=allow")
    first = CliRunner().invoke(app, ["preflight", scenario, *allow])
    assert first.exit_code == 0, first.output
    assert "Note: the options held 0.0004 of the probability on average, less than 0.5" in first.stderr
    assert "kept from earlier runs" not in first.stderr
    second = CliRunner().invoke(app, ["preflight", scenario, "--set", "channel.least_option_mass=0"])
    assert "the options held" not in second.stderr
    assert "replies were kept from earlier runs, and not asked for again." in second.stderr


# How servers are asked, and several servers of one mind.


def test_what_a_server_refuses_is_noted_once_in_the_record(tmp_path, serving):
    server, url = serving(letters=FOR, script=gemma_on_vllm)
    found = run(tmp_path, url, rounds=2)
    (note,) = notes_on_minds(found)
    assert note.startswith("mind 'people': its chat template has no system role: the system message begins")
    assert not any("system" in roles(body) for body in server.seen[2:])


def test_what_is_refused_only_later_is_on_record_too(tmp_path, serving):
    """At opening one message is asked; people who talk send a seed and a temperature above 0."""

    def script(body):
        if body["temperature"] > 0.0:
            return refused("Unsupported parameter: 'temperature' is not supported", param="temperature")
        return None

    server, url = serving(letters=FOR, script=lambda body: script(body) if "temperature" in body else None)
    found = run(tmp_path, url)
    (note,) = notes_on_minds(found)
    assert "refuses a temperature: it is left out" in note
    told = found.attempts
    assert told["sent"].sum() == server.completions
    assert (told["kind"] == "abandoned").sum() == 0


def test_two_servers_of_one_model_answer_for_a_mind_and_one_may_die(tmp_path, serving):
    one, url = serving(letters=FOR)
    other, other_url = serving(letters=FOR)
    found = run(tmp_path, f"[{url}, {other_url}]", more=", cache: false")
    assert one.completions > 10 < other.completions
    assert found.attempts["sent"].sum() == one.completions + other.completions
    single = run(tmp_path, url, more=", cache: false")
    assert found.digest() == single.digest()  # where it is served is no content
    assert list(found.messages["text"]) == list(single.messages["text"])


def test_the_record_of_several_servers_names_all_addresses(tmp_path, serving):
    (_, url), (_, other_url) = serving(letters=FOR), serving(letters=FOR)
    found = run(tmp_path, f"[{url}, {other_url}]")
    (mind,) = summarise_minds(found)
    assert mind["url"] == f"{url}/v1, {other_url}/v1"


@pytest.mark.parametrize(
    "urls", ["[]", "[http://127.0.0.1:1, ftp://x]", "[http://127.0.0.1:1, http://127.0.0.1:1]"]
)
def test_addresses_that_cannot_be_are_refused(tmp_path, urls):
    with pytest.raises(ScenarioError, match=r"minds\.0\.url|minds.*url"):
        run(tmp_path, urls)


# A vLLM that dies.

DYING = """
name: dying
rounds: 3
value_space: {{name: village, dimensions: [thrift]}}
network: {{family: complete}}
population: {{humans: 3}}
minds: [{{kind: vllm, model: small, python: {python}, cache: false, concurrency: 2}}]
channel: {{kind: language, unfit: unmeasured, bias_map: false, items: pair, items_per_topic: 1}}
"""


def test_a_vllm_that_dies_interrupts_the_run_with_its_log_and_the_run_goes_on(tmp_path, fake):
    """The same run, killed in the middle and resumed, has the words of one that was not."""
    path = tmp_path / "dying.yaml"
    path.write_text(DYING.format(python=fake(after=18)), encoding="utf-8")
    with pytest.raises(MindError, match=r"(?s)vLLM has ended while it was asked.*not use offset"):
        coevolve_sim.run(path, results=tmp_path / "results")
    (folder,) = (tmp_path / "results").iterdir()
    assert coevolve_sim.open_run(folder).n_rounds_finished < 3
    fake()  # the same Python, whose vLLM lives
    mended = coevolve_sim.resume(folder)
    whole = coevolve_sim.run(path, results=tmp_path / "whole")
    assert mended.n_rounds_finished == whole.n_rounds_finished == 3
    assert mended.digest() == whole.digest()
