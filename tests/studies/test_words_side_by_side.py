"""Runs in words go side by side: values as one by one, minds asked together, interrupted without a loss."""

from __future__ import annotations

import faulthandler
import time
from collections import Counter

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import LimitReachedError, MindError, UnansweredError
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.answers import Answers, Ending
from coevolve_sim.minds.budget import RequestBudget
from coevolve_sim.minds.protocol import Message
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.plugin_calls import FAILURES
from coevolve_sim.society.objects import Objects
from coevolve_sim.society.setup import build_setup
from coevolve_sim.streams import stream
from coevolve_sim.studies import workers
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, resume_study, run_plan
from coevolve_sim.studies.execution import _require_answers
from coevolve_sim.studies.shared_minds import Rendezvous, Seat, StudyMinds, _StoppedError, run_side_by_side
from tests.studies.tiny import WITH_AND_WITHOUT, WORDS, words, write


class Counting:
    """A scripted mind that keeps what it was asked, batch by batch, and may fail or fall silent."""

    is_bitwise, voices, identity, is_model = True, (), "counting", False

    def __init__(self, fails_at=None, silent=False, error=MindError):
        self.inner, self.batches, self.closed = ScriptedMind(), [], 0
        self.fails_at, self.silent, self.error = fails_at, silent, error

    def count_tokens(self, messages):
        return self.inner.count_tokens(messages)

    def ask(self, requests):
        requests = list(requests)
        self.batches.append(requests)
        if self.fails_at == len(self.batches):
            raise self.error("the model is gone")
        for index, reply in self.inner.ask(requests):
            yield index, Reply("given up", detail="silence") if self.silent else reply

    def close(self):
        self.closed += 1

    @property
    def asked(self):
        return sum(len(batch) for batch in self.batches)


def use(monkeypatch, mind):
    """Open this mind in place of all others."""
    from coevolve_sim.language import channel_setup

    monkeypatch.setattr(channel_setup, "open_mind", lambda spec, *rest, **more: mind)
    return mind


def plan_of(n=4, *overrides, worlds=WITH_AND_WITHOUT, **settings):
    return plan_comparison(words(*overrides), worlds, replications=n, **settings)


@pytest.fixture(autouse=True)
def _no_hang():
    """Fail, and say where threads are, if a test hangs."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("together", [1, 3, 24])
def test_side_by_side_gives_the_values_of_one_by_one(together, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "TOGETHER", together)
    study = run_plan(plan_of(3), tmp_path)
    for replication in range(3):
        found = coevolve_sim.run(words(f"seed={4 + replication}"), results=tmp_path)
        assert study.scores("variance", "with")[replication] == found.measures["variance"].iloc[-1]


def test_what_worlds_ask_alike_is_asked_once(tmp_path, monkeypatch):
    mind = use(monkeypatch, Counting())
    study = run_plan(plan_of(2), tmp_path)
    seen = [(request, mind.identity) for batch in mind.batches for request in batch]
    assert len(seen) == len({repr(one) for one in seen})
    assert mind.asked < study.runs["requests"].sum()
    assert mind.closed == 1


def test_requests_of_a_run_are_those_it_asks_on_its_own(tmp_path, monkeypatch):
    mind = use(monkeypatch, Counting())
    study = run_plan(plan_of(1), tmp_path)
    mind.batches.clear()
    coevolve_sim.run(words(), results=tmp_path)
    assert study.scores("requests", "with")[0] == mind.asked


def test_a_limit_on_requests_interrupts_and_a_higher_one_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "TOGETHER", 2)
    mind = use(monkeypatch, Counting())
    whole = run_plan(plan_of(3), tmp_path / "whole")
    needed, mind.batches = mind.asked, []
    folders = []
    limited = Means(budget=RequestBudget(requests=needed // 2), started=folders.append)
    with pytest.raises(LimitReachedError, match=f"beyond the limit of {needed // 2}"):
        run_plan(plan_of(3), tmp_path, limited)
    assert mind.asked <= needed // 2
    assert 0 < coevolve_sim.open_study(folders[0]).counts["finished"] < 6
    assert resume_study(folders[0]).digest() == whole.digest()
    assert mind.closed == 3


def test_a_limit_on_tokens_interrupts(tmp_path, monkeypatch):
    use(monkeypatch, Counting())
    folders = []
    limited = Means(budget=RequestBudget(tokens=500), started=folders.append)
    with pytest.raises(LimitReachedError, match="the limit is 500"):
        run_plan(plan_of(3), tmp_path, limited)
    assert resume_study(folders[0]).digest() == run_plan(plan_of(3), tmp_path / "whole").digest()


def test_tasks_that_were_finished_before_an_interruption_are_kept(tmp_path, monkeypatch):
    worlds = {"short": {}, "as": {"update.rate.peer": 0.4}}
    mind = use(monkeypatch, Counting(fails_at=3, error=KeyboardInterrupt))
    monkeypatch.setattr(workers, "TOGETHER", 2)
    folders = []
    with pytest.raises(KeyboardInterrupt):
        run_plan(plan_of(3, worlds=worlds), tmp_path, Means(started=folders.append))
    assert mind.closed == 1
    mind.fails_at = None
    again = resume_study(folders[0])
    assert again.digest() == run_plan(plan_of(3, worlds=worlds), tmp_path / "whole").digest()


def test_too_much_unanswered_interrupts_and_keeps_nothing_of_those_runs(tmp_path, monkeypatch):
    mind = use(monkeypatch, Counting(silent=True))
    folders = []
    with pytest.raises(UnansweredError, match="at_most_unanswered"):
        run_plan(plan_of(2), tmp_path, Means(started=folders.append))
    assert coevolve_sim.open_study(folders[0]).counts == {"finished": 0, "failed": 0, "left": 4}
    mind.silent = False
    assert resume_study(folders[0]).counts["finished"] == 4


def test_a_round_in_which_nothing_was_answered_interrupts_as_it_does_a_run():
    before = Counter({Ending("answered"): 94})
    counted = {"people": Answers(before + Counter({Ending("given up", "silence"): 6}))}
    setup = build_setup(words())
    _require_answers(setup, counted, {})  # six of a hundred are few
    with pytest.raises(UnansweredError, match="of this round 6 of 6 requests were not answered"):
        _require_answers(setup, counted, {"people": before})


def test_a_mind_that_fails_is_the_failure_of_every_run_that_asked_it(tmp_path, monkeypatch):
    mind = use(monkeypatch, Counting(fails_at=2))
    monkeypatch.setattr(workers, "TOGETHER", 2)
    study = run_plan(plan_of(3), tmp_path)
    runs = study.runs
    assert study.counts == {"finished": 4, "failed": 2, "left": 0}
    assert set(runs["error"][runs["status"] == "failed"]) == {"MindError: the model is gone"}
    assert mind.closed == 1
    again = resume_study(study.folder, retry_failed=True)
    assert again.digest() == run_plan(plan_of(3), tmp_path / "whole").digest()


def test_a_mind_that_cannot_be_opened_ends_the_study_and_not_every_run(tmp_path):
    scenario = words("minds=[{kind: local, model: /nowhere/at/all}]")
    folders = []
    with pytest.raises(MindError):
        run_plan(plan_comparison(scenario, WITH_AND_WITHOUT), tmp_path, Means(started=folders.append))
    assert coevolve_sim.open_study(folders[0]).counts["failed"] == 0


def test_a_run_that_fails_by_itself_does_not_hold_up_the_others(tmp_path):
    calls = []

    def sometimes(arrays):
        calls.append(arrays.values.mean())
        if len(calls) == 9:
            raise ValueError("no number")
        return 1.0

    objects = Objects(measures={"sometimes": sometimes})
    study = run_plan(plan_of(3), tmp_path, objects=objects)
    assert sum(study.counts.values()) == 6
    assert study.counts["failed"] == 1
    assert study.runs["error"].str.contains("no number").sum() == 1


# --- the rendezvous alone ------------------------------------------------------------------------


def ask_in_turn(counts, fails=()):
    """Return jobs of which each asks so many times, and the one with a place in `fails` fails after once."""

    def job(place, n, seat):
        for i in range(n):
            seat.ask(MIND, [request_of(f"{place} asks {i}"), request_of(f"all ask {i}")])
            if place in fails:
                raise ZeroDivisionError(place)
        return place

    return {place: lambda seat, p=place, n=n: job(p, n, seat) for place, n in enumerate(counts)}


def request_of(text):
    return Request("speak", (Message("user", text),))


MIND = Counting()


def minds_of(*rest):
    MIND.batches.clear()
    return StudyMinds(lambda spec: MIND, *rest)


def test_jobs_of_other_lengths_and_jobs_that_fail_all_end():
    found = run_side_by_side(minds_of(), ask_in_turn([0, 3, 1, 5, 2], fails=(3,)))
    assert found.results == {0: 0, 1: 1, 2: 2, 4: 4}
    assert isinstance(found.error, ZeroDivisionError)
    assert [len(batch) for batch in MIND.batches] == [4 + 1, 2 + 1, 1 + 1]


def test_no_job_is_no_wait():
    assert run_side_by_side(minds_of(), {}) == ({}, None)


def test_batches_are_in_the_order_of_the_runs_whoever_asks_first():
    def late(seat, place):
        time.sleep(0.02 * (4 - place))
        seat.ask(MIND, [request_of(f"from {place}")])

    run_side_by_side(minds_of(), {p: lambda seat, p=p: late(seat, p) for p in range(4)})
    assert [request.messages[0].content for request in MIND.batches[0]] == [f"from {p}" for p in range(4)]


@pytest.mark.parametrize("seed", range(5))
def test_many_jobs_of_random_lengths_never_wait_for_ever(seed):
    rng = stream(seed, "rendezvous")
    counts = rng.integers(0, 6, 24).tolist()
    fails = set(rng.integers(0, 24, 4).tolist())
    found = run_side_by_side(minds_of(), ask_in_turn(counts, fails))
    ended = {p for p, n in enumerate(counts) if p not in fails or n == 0}
    assert set(found.results) == ended


def test_an_interruption_while_minds_are_asked_reaches_the_caller_and_ends_all_runs():
    MIND.fails_at, MIND.error = 2, KeyboardInterrupt
    try:
        found = run_side_by_side(minds_of(), ask_in_turn([1, 4, 4]))
    finally:
        MIND.fails_at = None
    assert isinstance(found.error, KeyboardInterrupt)
    assert found.results == {0: 0}


def test_a_seat_that_is_asked_after_the_stop_ends_its_run():
    rendezvous = Rendezvous(minds_of(), 1)
    rendezvous.stop()
    with pytest.raises(_StoppedError):
        Seat(rendezvous, 0).ask(MIND, [request_of("anyone?")])
    assert not issubclass(_StoppedError, FAILURES)


# --- the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize(("option", "code"), [(("--max-requests", "5"), 11), (("--max-tokens", "5"), 11)])
def test_limits_have_an_exit_code_and_say_how_to_go_on(option, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path, WORDS)
    arguments = ["compare", str(file), "--world", "a=", "--world", "b=assistants=[]", "-n", "2"]
    done = CliRunner().invoke(app, [*arguments, "--only-record", *option])
    assert done.exit_code == code, done.output
    folder = next((tmp_path / "results").iterdir())
    assert f"go on with: coevolve resume results/{folder.name}" in done.output.replace("\n", "")
    assert CliRunner().invoke(app, ["resume", str(folder)]).exit_code == 0
    assert coevolve_sim.open_study(folder).counts["left"] == 0


def test_unanswered_requests_have_an_exit_code_and_say_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    use(monkeypatch, Counting(silent=True))
    file = write(tmp_path, WORDS)
    arguments = ["compare", str(file), "--world", "a=", "--world", "b=assistants=[]", "-n", "2"]
    done = CliRunner().invoke(app, [*arguments, "--only-record"])
    assert done.exit_code == 10, done.output
    assert "coevolve resume" in done.output
