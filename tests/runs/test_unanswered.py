"""A run stops before a round that minds did not answer, says why, and goes on to the same bytes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import MindError, UnansweredError
from coevolve_sim.minds.protocol import STATUSES, Reply
from coevolve_sim.scenario import loads
from coevolve_sim.testing.fake_server import HANG, Answer, FakeServer, completion
from tests.language.channel.talking import TEXT, ended, scenario
from tests.minds.openai.opening import is_at_opening

DOWN = Answer(500, {"error": {"message": "out of memory"}})
NO = Answer(400, {"error": {"message": "temperature must be 1"}})


def talk(body):
    """Say something else at each seed; score options as usual."""
    if "logprobs" in body or "structured_outputs" in body:
        return None
    said = completion(f"I am for it, number {body['seed']}.", model=body["model"])
    return Answer(200, {**said, "system_fingerprint": "fp1"})


@pytest.fixture(scope="module")
def listening():
    fake = FakeServer(script=talk)
    with fake.listening() as url:
        fake.url = url
        yield fake


@pytest.fixture
def server(listening):
    """Return a fake server that listens, and whose log begins anew; its url is an attribute."""
    listening.follow(talk)
    listening.completions = 0
    return listening


@pytest.fixture(scope="module")
def whole(listening, tmp_path_factory):
    """Return the run that nothing interrupted."""
    listening.follow(talk)
    return coevolve_sim.run(by_server(listening), results=tmp_path_factory.mktemp("whole"))


def by_server(server, *overrides):
    """Return the small scenario with the server as its mind, which is asked once for each request."""
    mind = f"{{kind: server, url: '{server.url}/v1', model: small, retries: 0, cache: false, concurrency: 4}}"
    return loads(TEXT.replace("{kind: scripted}", mind), overrides=["rounds=2", *overrides])


def from_request(number, answer):
    """Return a script that answers as usual up to a request, and then so for good; probes are answered."""
    count = {"asked": 0}

    def script(body):
        if is_at_opening(body):
            return talk(body)
        count["asked"] += 1
        return answer if count["asked"] >= number else talk(body)

    return script


def only(folder):
    (found,) = folder.iterdir()
    return coevolve_sim.open_run(found)


def asked_in(found):
    """Return the attempts at the run's own requests."""
    return found.attempts[found.attempts["status"] != ""]


# --- it stops ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (DOWN, "given up", "the server says 500: out of memory"),
        (NO, "invalid", "the server says 400: temperature must be 1"),
        (Answer(HANG), "given up", "no reply within 0.5 s"),
        (Answer(429, {}, {"retry-after": "86400"}), "given up", "the server says 429"),
    ],
    ids=["500", "400", "hangs", "a day"],
)
def test_a_server_that_answers_nothing_interrupts_the_run_before_its_first_round(
    answer, status, reason, server, tmp_path
):
    server.script = from_request(1, answer)
    timeout = 0.5 if answer.status == HANG else 30.0
    with pytest.raises(UnansweredError) as stopped:
        coevolve_sim.run(by_server(server, f"minds.0.timeout={timeout}"), results=tmp_path)
    found = only(tmp_path)
    assert f"12 of 12 requests were not answered (100 %): 12 {status}; most often '{reason}" in str(
        stopped.value
    )
    assert "nothing of round 1 is on record" in str(stopped.value)
    assert f"coevolve resume {found.folder} asks these again" in str(stopped.value)
    assert found.status == "interrupted"
    assert found.rounds["round"].tolist() == [0]
    assert set(asked_in(found)["status"]) == {status}


def test_a_server_that_asks_to_wait_for_a_day_is_not_waited_for(server, tmp_path):
    server.script = from_request(1, Answer(429, {}, {"retry-after": "86400"}))
    with pytest.raises(UnansweredError, match=r"it asks to wait 86,400 s, and a request has 600 s"):
        coevolve_sim.run(by_server(server, "minds.0.retries=5"), results=tmp_path)


@pytest.mark.parametrize("number", [1, 9, 20, "of round 2"])
def test_after_it_is_mended_the_run_goes_on_to_the_bytes_of_an_unbroken_one(number, whole, server, tmp_path):
    """Everything that was answered is kept; what was not is asked again, and nothing else."""
    n_asked = len(asked_in(whole))
    if number == "of round 2":
        number = int((asked_in(whole)["round"] < 2).sum()) + 1
    server.script = from_request(number, DOWN)
    with pytest.raises(UnansweredError):
        coevolve_sim.run(by_server(server), results=tmp_path / "stopped")
    stopped = only(tmp_path / "stopped")
    answered = (asked_in(stopped)["status"] == "answered").sum()
    assert answered == number - 1 < n_asked > 60
    server.script = talk
    before = server.completions
    done = coevolve_sim.resume(stopped.folder)
    assert done.status == "finished"
    assert done.digest() == whole.digest()
    again = asked_in(done)
    assert (~again["replaced"]).sum() == n_asked
    opening = done.attempts.query("kind == 'opening'")["sent"].iloc[-1]
    assert server.completions - before == opening + n_asked - answered


def test_what_a_server_refused_is_asked_again_as_well_once_it_takes_it(whole, server, tmp_path):
    server.script = from_request(20, NO)
    with pytest.raises(UnansweredError):
        coevolve_sim.run(by_server(server), results=tmp_path / "stopped")
    server.script = talk
    done = coevolve_sim.resume(only(tmp_path / "stopped").folder)
    assert done.digest() == whole.digest()
    assert done.request_totals.replaced > 0


def test_a_run_that_is_still_not_answered_is_interrupted_again(server, tmp_path):
    server.script = from_request(1, DOWN)
    with pytest.raises(UnansweredError):
        coevolve_sim.run(by_server(server), results=tmp_path)
    with pytest.raises(UnansweredError, match="12 of 12 requests"):
        coevolve_sim.resume(only(tmp_path).folder)
    assert only(tmp_path).sessions[-1]["status"] == "interrupted"


def each_nth(kinds, n, status):
    """Return what lets each nth request of some kinds end so."""
    count = {"asked": 0}

    def before(request):
        count["asked"] += request.kind in kinds
        return ended(status) if request.kind in kinds and count["asked"] % n == 0 else None

    return before


EVERYTHING = ("speak", "ask", "answer", "read")


@pytest.mark.parametrize(
    ("n", "limit", "stops"), [(4, 0.2, True), (6, 0.2, False), (6, 0.1, True), (2, 1, False)]
)
@pytest.mark.parametrize("status", ["given up", "invalid"])
def test_the_limit_is_a_share_of_what_was_asked(n, limit, stops, status, minds, tmp_path):
    minds(each_nth(EVERYTHING, n, status))
    given = scenario(f"minds.0.at_most_unanswered={limit}")
    if stops:
        with pytest.raises(UnansweredError, match=rf"at_most_unanswered is {limit:g}; .*minds\.0\.at_most"):
            coevolve_sim.run(given, results=tmp_path)
    else:
        assert coevolve_sim.run(given, results=tmp_path).status == "finished"


@pytest.mark.parametrize("status", ["refused", "truncated"])
def test_refusals_and_truncated_messages_have_a_limit_only_where_one_is_set(status, minds, tmp_path):
    minds(each_nth(("speak", "ask"), 1, status))
    assert coevolve_sim.run(scenario(), results=tmp_path / "free").status == "finished"
    with pytest.raises(UnansweredError, match=rf"at_most_{status} is 0.1; .* take another mind"):
        coevolve_sim.run(scenario(f"minds.0.at_most_{status}=0.1"), results=tmp_path / "held")


def test_text_that_is_none_of_the_options_counts_as_not_answered(minds, tmp_path):
    minds(lambda request: Reply("answered", "perhaps B") if request.kind == "read" else None)
    with pytest.raises(UnansweredError, match="the reply is no message, or none of the options"):
        coevolve_sim.run(scenario(), results=tmp_path)


def test_a_round_in_which_nothing_was_answered_is_not_recorded_however_long_the_run_was(minds, tmp_path):
    before = {"round": 0}
    minds(lambda request: ended("given up") if before["round"] == 7 else None)

    def after(done, _asked):
        before["round"] = done + 1

    with pytest.raises(UnansweredError, match=r"of this round .*100 %.*nothing of round 7 is on record"):
        coevolve_sim.run(scenario("rounds=8"), results=tmp_path, progress=after)
    assert only(tmp_path).n_rounds_finished == 6


# --- and where it goes on, it says so ------------------------------------------------------------


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    def type_(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return type_


def test_the_command_ends_with_a_code_of_its_own_and_one_sentence(typed, server, tmp_path):
    (tmp_path / "talk.yaml").write_text(coevolve_sim.scenario.dump(by_server(server)))
    server.script = from_request(1, DOWN)
    result = typed("run", "talk.yaml")
    assert result.exit_code == 10
    assert result.stdout == ""
    (line,) = [line for line in result.stderr.splitlines() if line.strip()]
    assert line.startswith("UnansweredError: mind 'people': 12 of 12 requests were not answered (100 %)")
    assert "in `--json`" not in line


def test_below_the_limit_it_stands_on_the_terminal_in_json_in_the_notes_and_first_in_the_report(
    typed, minds, tmp_path
):
    minds(each_nth(EVERYTHING, 10, "given up"))
    (tmp_path / "talk.yaml").write_text(TEXT)
    assert typed("run", "talk.yaml").exit_code == 0
    found = only(tmp_path / "results")
    totals = found.request_totals
    n, asked = totals.answers.count("given up"), totals.answers.asked
    sentence = f"{n} of {asked} requests came to no answer ("
    shown = typed("show")
    assert shown.stdout.splitlines()[1].startswith(sentence)
    assert "most often 'as planned'" in shown.stdout
    told = json.loads(typed("show", "--json").stdout)["requests"]
    assert (told["asked"], told["given_up"]) == (asked, n)
    assert told["asked"] == sum(told[status.replace(" ", "_")] for status in STATUSES)
    assert told["commonest_reason"] == {"text": "as planned", "requests": n}
    assert found.notes.query("kind == 'answers'")["text"].iloc[0].startswith(sentence)
    page = (found.folder / "report.html").read_text()
    assert page.index(sentence) < page.index("<nav")
    assert page.count(sentence) == 2  # and once in the section on language
    assert page.index('id="know"') > page.rindex(sentence)
    assert f"{asked} requests to minds: " in page


def test_a_run_that_was_answered_throughout_has_no_such_note(minds, tmp_path):
    minds()
    found = coevolve_sim.run(scenario(), results=tmp_path)
    assert "answers" not in set(found.notes["kind"])
    assert "no answer" not in " ".join(found.request_totals.describe())


# --- the accounts --------------------------------------------------------------------------------


def faulty(body):
    """Fail each request that a checksum of its words picks; the same ones whenever they are asked."""
    picked = None if is_at_opening(body) else sum(json.dumps(body).encode()) % 8
    return {0: DOWN, 1: Answer(200, completion("I", "length")), 2: NO}.get(picked) or talk(body)


def test_attempts_on_record_are_those_in_the_log_of_the_server(server, tmp_path):
    server.script = faulty
    found = coevolve_sim.run(
        by_server(server, "minds.0.retries=1", "minds.0.at_most_unanswered=1", "rounds=1"), results=tmp_path
    )
    totals = found.request_totals
    assert totals.sent == found.attempts["sent"].sum() == server.completions
    assert totals.retries > 0
    assert totals.opening > 0
    assert totals.abandoned == 0
    counts = totals.answers.counts()
    assert totals.answers.asked == sum(counts.values()) == found.usage["requests"].sum()
    assert counts["given up"] > 0
    assert totals.seconds > 0.0


def test_readings_by_a_constrained_choice_are_told_from_those_by_log_probabilities(server, tmp_path):
    def without(body):
        if is_at_opening(body) or not body.get("logprobs"):
            return talk(body)
        return Answer(200, completion("A"))

    server.script = without
    found = coevolve_sim.run(by_server(server, "rounds=1"), results=tmp_path)
    read = found.attempts.query("kind == 'read'")
    assert set(read["form"]) == {"choose"}
    assert set(read["other_forms"]) == {1}
    assert found.request_totals.other_forms == len(read)
    assert found.request_totals.sent == server.completions
    assert f"{len(read)} in another form than log-probabilities" in " ".join(found.request_totals.describe())


def test_replies_from_an_earlier_run_are_counted_as_such_and_cost_nothing(server, tmp_path, monkeypatch):
    monkeypatch.setenv("COEVOLVE_CACHE", str(tmp_path / "cache"))
    given = by_server(server, "minds.0.cache=true", "rounds=1")
    first = coevolve_sim.run(given, results=tmp_path / "first")
    assert first.request_totals.earlier == 0
    before = server.completions
    second = coevolve_sim.run(given, results=tmp_path / "second")
    totals = second.request_totals
    assert totals.earlier == totals.answers.asked == first.request_totals.answers.asked
    assert totals.sent == totals.opening == server.completions - before
    assert "earlier" not in " ".join(totals.describe())  # the note on the mind says it
    replayed = loads(
        TEXT.replace("{kind: scripted}", f"{{kind: replay, path: '{first.folder}'}}"), overrides=["rounds=1"]
    )
    third = coevolve_sim.run(replayed, results=tmp_path / "third")
    assert third.request_totals.earlier == third.request_totals.answers.asked
    assert third.request_totals.sent == 0


def test_what_nobody_waited_for_is_in_the_accounts_too(server, tmp_path):
    """The key is revoked in the middle: what was in flight then comes to no reply."""
    server.script = from_request(10, Answer(401, {"error": {"message": "revoked"}}))
    with pytest.raises(MindError, match="revoked"):
        coevolve_sim.run(by_server(server), results=tmp_path)
    totals = only(tmp_path).request_totals
    assert totals.abandoned > 0
    # What is given up on its way may not have arrived.
    assert totals.sent - totals.abandoned <= server.completions <= totals.sent


def test_replies_are_asked_again_after_a_kill_only_where_they_were_given_up(minds, tmp_path):
    class StopError(Exception):
        pass

    count = {"asked": 0}

    def before(_request):
        count["asked"] += 1
        if count["asked"] == 12:
            raise StopError
        return {3: ended("given up"), 5: ended("invalid")}.get(count["asked"])

    minds(before)
    with pytest.raises(StopError):
        coevolve_sim.run(scenario(), results=tmp_path)
    found = only(tmp_path)
    with closing(sqlite3.connect(found.folder / "run.sqlite")) as connection:
        (key,) = connection.execute("SELECT key FROM replies WHERE status = 'given up'").fetchone()
    asked = minds()
    done = coevolve_sim.resume(found.folder)
    assert asked.keys.count(key) == 1
    assert done.request_totals.replaced == 1
    assert done.request_totals.answers.counts()["invalid"] == 1
