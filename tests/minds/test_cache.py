"""Replies kept in a file or within a batch: never for another request, draw or model."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Reply, Request, cache
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.protocol import key_of
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.minds.usage import Usage
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of
from tests import ROOT

SPEAK = Request("speak", prompt("Where do you stand?"))
DRAWN = replace(SPEAK, temperature=1.0)
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))


def from_seed(request):
    if request.options:
        return [{"A": 0.6, "B": 0.3, "C": 0.1}[option] for option in request.options]
    return f"I drew {request.seed if request.temperature else 0} in draw {request.draw}."


class TestCachedConformance(MindConformance):
    @pytest.fixture
    def mind(self, tmp_path):
        with_cache = CachedMind(ScriptedMind(from_seed, voices=("C013",)), tmp_path / "a" / "replies.sqlite")
        yield with_cache
        with_cache.close()

    @pytest.fixture
    def another(self, tmp_path):
        with_cache = CachedMind(ScriptedMind(from_seed, voices=("C013",)), tmp_path / "replies.sqlite")
        yield with_cache
        with_cache.close()


def recorded(mind):
    return RecordedMind(mind, RememberedReplies(), Usage())


class TestRecordedMindConformance(MindConformance):
    @pytest.fixture
    def mind(self):
        return recorded(ScriptedMind(from_seed, voices=("C013",), order_seed=1))

    @pytest.fixture
    def another(self):
        return recorded(ScriptedMind(from_seed))


@pytest.fixture
def cached(tmp_path):
    """Return a maker of minds that share one file; all are closed at the end."""
    made = []

    def make(script=from_seed, **options):
        made.append(CachedMind(ScriptedMind(script, **options), tmp_path / "replies.sqlite"))
        return made[-1]

    yield make
    for mind in made:
        mind.close()


def test_what_was_scored_by_another_definition_of_an_options_mass_is_asked_again(cached, monkeypatch):
    monkeypatch.setattr(cache, "INSTRUMENT", "options by their likeliest spelling")
    replies_of(cached(), [ITEM, SPEAK])
    monkeypatch.undo()
    again = cached()
    replies_of(again, [ITEM, SPEAK])
    assert (again.found, again.mind.seen) == (1, [ITEM])


def test_a_score_kept_before_the_definition_was_told_is_asked_again(cached):
    earlier = cached()
    earlier._store(key_of(ITEM, earlier.identity), Reply("answered", "A", (-0.5, -1.0)))
    again = cached()
    replies_of(again, [ITEM])
    assert (again.found, again.mind.seen) == (0, [ITEM])


def test_what_was_asked_once_is_found_by_another_mind_in_all_its_parts(cached):
    script = {"item": Reply("answered", "A", (-0.5, -math.inf), 9, 1, "m 1"), "speak": "Well \U0001f600."}
    first = replies_of(cached(lambda request: script[request.kind]), [ITEM, SPEAK])
    again = cached(lambda _request: "nothing", name="scripted")
    assert replies_of(again, [ITEM, SPEAK]) == first
    assert (again.found, again.asked, again.mind.seen) == (2, 0, [])


@pytest.mark.parametrize(
    "other",
    [
        replace(DRAWN, draw=1),
        replace(DRAWN, seed=1),
        replace(DRAWN, temperature=0.5),
        replace(DRAWN, max_tokens=50),
        replace(DRAWN, voice="C013"),
        replace(DRAWN, messages=prompt("Where?")),
        replace(DRAWN, options=("A", "B")),
    ],
    ids=["draw", "seed", "temperature", "length", "voice", "words", "options"],
)
def test_what_differs_in_anything_but_its_kind_is_asked(cached, other):
    mind = cached(voices=("C013",))
    replies_of(mind, [DRAWN])
    replies_of(mind, [other, replace(DRAWN, kind="ask")])
    assert mind.mind.seen == [DRAWN, other]


def test_another_model_does_not_answer_for_this_one(cached):
    replies_of(cached(name="m 1"), [SPEAK])
    other = cached(name="m 2")
    replies_of(other, [SPEAK])
    assert (other.found, other.asked) == (0, 1)


def test_only_answers_and_refusals_are_kept(cached):
    statuses = ("refused", "invalid", "truncated", "given up")
    mind = cached(lambda request: Reply(statuses[request.seed]))
    requests = [replace(DRAWN, seed=seed) for seed in range(4)]
    replies_of(mind, requests)
    assert [reply.status for reply in replies_of(mind, requests)] == list(statuses)
    assert (mind.found, mind.asked) == (1, 4 + 3)


def test_more_requests_than_one_statement_holds_are_found(cached):
    requests = [replace(DRAWN, seed=seed) for seed in range(1201)]
    first = replies_of(cached(), requests)
    again = cached()
    assert replies_of(again, requests) == first
    assert (again.found, again.asked) == (1201, 0)


def test_replies_are_kept_as_they_come(cached):
    mind = cached()
    replies = mind.ask([replace(DRAWN, seed=seed) for seed in range(5)])
    next(replies)
    next(replies)
    replies.close()
    again = cached()
    replies_of(again, [replace(DRAWN, seed=seed) for seed in range(5)])
    assert again.found in {1, 2}


@pytest.mark.parametrize("damage", ["not sqlite", "another format", "a row that is none", "a folder"])
def test_a_damaged_file_is_one_clear_error(cached, tmp_path, damage):
    path = tmp_path / "replies.sqlite"
    if damage == "not sqlite":
        path.write_bytes(b"not a database at all" * 400)
    elif damage == "a folder":
        path.mkdir()
    else:
        replies_of(cached(), [SPEAK])
        statement = (
            "PRAGMA user_version = 9" if damage == "another format" else "UPDATE replies SET reply = 1"
        )
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
    with pytest.raises(MindError, match=r"the cache of replies .*replies.sqlite cannot be used .* delete it"):
        replies_of(cached(), [SPEAK])


WRITER = """
import sys
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.scripted.mind import ScriptedMind
mind = CachedMind(ScriptedMind(lambda r: f"I drew {r.seed}."), sys.argv[1])
requests = [Request("speak", (Message("user", "?"),), temperature=1.0, seed=s) for s in range(300)]
for _ in range(3):
    got = dict(mind.ask(requests))
    assert [got[s].text for s in range(300)] == [f"I drew {s}." for s in range(300)]
mind.close()
"""


def test_several_processes_may_share_a_file(tmp_path):
    path = tmp_path / "replies.sqlite"
    command = [sys.executable, "-W", "error", "-c", WRITER, str(path)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT) for _ in range(3)]
    for process in processes:
        _, problems = process.communicate(timeout=60)
        assert (process.returncode, problems) == (0, b"")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM replies").fetchone() == (300,)
    connection.close()


def test_in_a_run_equal_requests_are_asked_once_and_every_draw_by_itself():
    within = ScriptedMind(from_seed, order_seed=4)
    mind = recorded(within)
    requests = [
        ITEM,
        DRAWN,
        ITEM,
        SPEAK,
        replace(DRAWN, draw=1),
        replace(SPEAK, seed=5),
        replace(ITEM, kind="read"),
    ]
    replies = replies_of(mind, requests)
    assert replies == replies_of(ScriptedMind(from_seed), requests)
    assert len(within.seen) == 4
    assert (mind.usage.asked, mind.usage.done, mind.usage.repeated) == (4, 4, 3)
    assert replies_of(mind, requests) == replies
    assert len(within.seen) == 4
