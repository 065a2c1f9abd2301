"""What an unfinished round leaves is set aside or asked again; what finished ones left stays as it was."""

import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import MeasureError, UnansweredError
from coevolve_sim.scenario import loads
from tests.language.channel.talking import ended, scenario
from tests.runs.edited_records import rewritten


def only(folder):
    (found,) = folder.iterdir()
    return coevolve_sim.open_run(found)


def rows(folder, query):
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        return connection.execute(query).fetchall()


class Failing:
    """Lets some requests of some rounds fail: ``progress`` tells it which round is being asked for."""

    def __init__(self, rounds, nth=2, stops_after=None):
        self.rounds, self.nth, self.stops_after = rounds, nth, stops_after
        self.round_index, self.asked = 1, 0

    def before(self, _request):
        if self.round_index not in self.rounds:
            return None
        self.asked += 1
        return ended("given up") if self.asked % self.nth == 0 else None

    def progress(self, done, _asked):
        self.round_index = done + 1
        if done == self.stops_after:
            raise KeyboardInterrupt


NUMBERS = """
name: numbers
rounds: 4
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network: {family: ring, degree: 2}
"""
LIMIT = "minds.0.at_most_unanswered=0.1"


def test_what_an_unfinished_round_asked_and_the_mended_one_does_not_is_set_aside(minds, tmp_path):
    """People whose readings failed moved otherwise, and what they asked their assistant with them."""
    minds()
    whole = coevolve_sim.run(scenario(LIMIT), results=tmp_path / "whole")
    failing = Failing({2})
    minds(failing.before)
    with pytest.raises(UnansweredError):
        coevolve_sim.run(scenario(LIMIT), results=tmp_path / "stopped", progress=failing.progress)
    minds()
    done = coevolve_sim.resume(only(tmp_path / "stopped").folder)
    assert done.digest() == whole.digest()
    kept = "SELECT count(*), count(DISTINCT key) FROM {}"
    for table in ("replies", "asked", "attempts WHERE NOT replaced"):
        query = kept.format(table)
        assert rows(done.folder, query) == rows(whole.folder, query)
    assert done.request_totals.answers.asked == whole.request_totals.answers.asked
    assert done.request_totals.replaced > 0
    assert "set aside on resuming" in " ".join(done.request_totals.describe())
    done.verify()


@pytest.mark.parametrize("ends", ["interrupted", "killed"])
def test_what_finished_rounds_left_unanswered_stays_so_however_often_the_run_is_resumed(
    ends, minds, tmp_path
):
    """Round 3 is finished and has no checkpoint: a second resume computes it again as it was."""
    given = scenario("rounds=5", "record.checkpoint_every=4", "minds.0.at_most_unanswered=0.5")
    failing = Failing({3}, nth=4)
    minds(failing.before)
    whole = coevolve_sim.run(given, results=tmp_path / "whole", progress=failing.progress)
    assert whole.request_totals.answers.count("given up") > 0
    failing = Failing({3}, nth=4, stops_after=3)
    minds(failing.before)
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(given, results=tmp_path / "stopped", progress=failing.progress)
    folder = only(tmp_path / "stopped").folder
    if ends == "killed":
        with rewritten(folder) as connection:
            connection.execute("UPDATE sessions SET ended = NULL, to_round = NULL, status = 'running'")
            connection.execute("UPDATE manifest SET value = 'running' WHERE key = 'status'")
    minds()
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.resume(folder, progress=Failing((), stops_after=1).progress)
    assert only(tmp_path / "stopped").n_rounds_finished == 1
    assert coevolve_sim.resume(folder).digest() == whole.digest()


# --- what fails in no round -----------------------------------------------------------------------


def test_what_fails_after_the_last_round_is_on_record_as_no_round(tmp_path, monkeypatch):
    def fail(_setup, _found):
        raise RuntimeError("no room for the summary")

    given = loads(NUMBERS)
    whole = coevolve_sim.run(given, results=tmp_path / "whole")
    monkeypatch.setattr("coevolve_sim.runs.runner._summary", fail)
    with pytest.raises(RuntimeError):
        coevolve_sim.run(given, results=tmp_path / "failed")
    failed = only(tmp_path / "failed")
    assert failed.status == "failed"
    assert failed.rounds["round"].tolist() == [0, 1, 2, 3, 4]
    assert set(failed.rounds["status"]) == {"finished"}
    assert failed.failure == "RuntimeError: no room for the summary"
    assert failed.sessions[-1]["to_round"] == 4
    failed.verify()
    shown = CliRunner().invoke(app, ["show", str(failed.folder)])
    assert "RuntimeError: no room for the summary" in shown.output
    page = failed.report().read_text(encoding="utf-8")
    assert "What follows the last round failed: <code>RuntimeError: no room for the summary" in page
    monkeypatch.undo()
    done = coevolve_sim.resume(failed.folder)
    assert done.digest() == whole.digest()
    assert done.failure == ""


def test_a_measure_that_fails_fails_the_round_that_it_measures(tmp_path):
    def low(arrays):
        if arrays.round_index == 4:
            raise ValueError("not this round")
        return float(arrays.values.min())

    with pytest.raises(MeasureError, match="not this round"):
        coevolve_sim.run(loads(NUMBERS), results=tmp_path, measures={"low": low})
    found = only(tmp_path)
    assert found.rounds.query("status == 'failed'")["round"].tolist() == [4]
    assert found.sessions[-1]["to_round"] == found.n_rounds_finished == 3


def test_a_run_that_goes_on_tells_of_its_attempts_as_they_are(minds, tmp_path):
    minds()
    seen, counts = [], []

    def after(_done, _asked):
        if not seen:
            seen.append(only(tmp_path))
        counts.append((len(seen[0].attempts), seen[0].request_totals.answers.asked))

    coevolve_sim.run(scenario("rounds=3"), results=tmp_path, progress=after)
    assert counts == sorted(set(counts))
    assert len(counts) == 3
    done = only(tmp_path)
    assert done.attempts is done.attempts
    assert done.request_totals is done.request_totals
