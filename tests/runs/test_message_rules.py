"""A run reads messages by the rule by which it was begun, also where it is migrated, resumed or replayed."""

from __future__ import annotations

import re

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError, ScenarioError
from coevolve_sim.language import channel_setup
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.runs.migrations import migrate
from coevolve_sim.runs.runner import run_setup
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import scenario
from tests.runs.edited_records import edited, rewritten

SHORT = ("rounds=2", "dimensions=[care]", "minds.0.at_most_unanswered=1")


class StopError(Exception):
    """What stops a run here."""


def cutting(stop_at=None):
    """Return what cuts every third message after its first sentence, and stops at a request."""
    count = {"asked": 0, "written": 0}

    def before(request):
        count["asked"] += 1
        if count["asked"] == stop_at:
            raise StopError
        if request.kind not in ("speak", "ask", "answer"):
            return None
        count["written"] += 1
        text = answer_from_stances(request, {})
        return Reply("truncated", f"{text} And I") if sum(map(ord, text)) % 3 == 0 else None

    return before


def begun_with_the_first_rule(results):
    """Run as before there were other rules; return the folder's run."""
    return run_setup(build_setup(scenario(*SHORT)).resumed_from({}), results)


def as_format_4(folder):
    """Make a record of the present format without heard texts one of the format before."""
    with edited(folder) as connection:
        assert not connection.execute("SELECT * FROM heard_texts").fetchall()
        later = ("heard_texts", "openings", "verdicts", "fitness", "choices", "choice_scores", "people")
        for table in (*later, "cell_messages", "cell_hearings", "said_by", "audits"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 4")


@pytest.fixture
def old(minds, tmp_path):
    """Return a finished run that was read by the first rule."""
    minds(cutting())
    return begun_with_the_first_rule(tmp_path / "old")


@pytest.fixture
def stopped(minds, tmp_path):
    """Return the folder of a run by the first rule that was stopped amid its second round."""
    minds(cutting(stop_at=45))
    with pytest.raises(StopError):
        begun_with_the_first_rule(tmp_path / "stopped")
    return next((tmp_path / "stopped").iterdir())


def test_the_rules_differ_here(old, minds, tmp_path):
    minds(cutting())
    new = coevolve_sim.run(scenario(*SHORT), results=tmp_path / "new")
    assert old.message_totals.cut_and_lost > 3
    assert (old.message_totals.cut_and_heard, new.message_totals.cut_and_lost) == (0, 0)
    assert new.message_totals.cut_and_heard > 3
    assert (old.manifest.get("channel.message_rule"), new.manifest["channel.message_rule"]) == (None, "2")
    assert len(new.hearings) > len(old.hearings)


def test_a_run_of_the_first_rule_goes_on_with_it_to_the_same_bytes(old, stopped, minds):
    minds(cutting())
    assert coevolve_sim.resume(stopped).digest() == old.digest()


def test_so_does_one_of_the_format_before_once_it_is_migrated(old, stopped, minds):
    as_format_4(stopped)
    held = coevolve_sim.open_run(stopped)
    before = held.digest()
    assert len(held.messages) > 3
    with pytest.raises(RecordError, match=r"has format 4, and format 7 is written now: `coevolve migrate`"):
        coevolve_sim.resume(stopped)
    assert migrate(stopped).digest() == before, "nothing of its content changed"
    minds(cutting())
    assert coevolve_sim.resume(stopped).digest() == old.digest()


def test_a_record_of_the_format_before_is_verified_by_its_chain(stopped):
    as_format_4(stopped)
    with edited(stopped) as connection:
        connection.execute("UPDATE messages SET text = 'other' WHERE message = 1 AND round_index = 1")
    with pytest.raises(RecordError, match="table 'messages' in round 1 is not what was recorded"):
        coevolve_sim.open_run(stopped).verify()


def test_a_replay_reads_by_the_rule_of_the_record(old, monkeypatch, tmp_path):
    monkeypatch.undo()
    assert channel_setup.open_mind.__module__ == "coevolve_sim.minds.registry"
    replayed = scenario(*SHORT, f"minds=[{{kind: replay, path: {old.folder}}}]")
    again = coevolve_sim.run(replayed, results=tmp_path / "again")
    assert again.messages.equals(old.messages)
    assert again.hearings.equals(old.hearings)
    np.testing.assert_array_equal(again.trajectory_arrays()[2], old.trajectory_arrays()[2])
    assert "channel.message_rule" not in again.manifest


def test_replays_of_records_of_different_rules_are_refused(old, minds, tmp_path):
    minds(cutting())
    new = coevolve_sim.run(scenario(*SHORT), results=tmp_path / "new")
    both = f"minds=[{{kind: replay, path: {old.folder}}}, {{kind: replay, name: other, path: {new.folder}}}]"
    text = (
        f"the messages of replayed runs were read by different rules ({old.folder} by rule 1 and "
        f"{new.folder} by rule 2), and a run reads all by one; replay runs of one rule"
    )
    with pytest.raises(ScenarioError, match=re.escape(text)):
        build_setup(scenario(*SHORT, both, "assistants.0.mind=other"))


def test_a_rule_that_is_not_known_is_refused(stopped):
    with rewritten(stopped) as connection:
        connection.execute("INSERT OR REPLACE INTO manifest VALUES ('channel.message_rule', '9')")
    with pytest.raises(
        RecordError, match="read by rule 9, and this version of coevolve-sim knows 1 and 2: go"
    ):
        coevolve_sim.resume(stopped)


def test_what_was_heard_is_part_of_the_chain(minds, tmp_path):
    minds(cutting())
    found = coevolve_sim.run(scenario(*SHORT), results=tmp_path)
    with edited(found.folder) as connection:
        connection.execute("UPDATE heard_texts SET heard_text = 'I am against it.'")
    with pytest.raises(RecordError, match="table 'heard_texts' in round 1 is not what was recorded"):
        _ = coevolve_sim.open_run(found.folder).messages
