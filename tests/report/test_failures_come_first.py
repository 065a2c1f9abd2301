"""A failure that piles up is said before anything else of a run."""

import re

from coevolve_sim.report import write_report
from tests.report.report_talking import a_talk


def first_lines(run):
    page = write_report(run).read_text("utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<body>")[1].split("<nav")[0]))


def test_messages_that_nobody_heard_and_readings_without_a_value_are_counted_first(monkeypatch, tmp_path):
    faults, channel = {"refused": 2}, "{kind: language, unfit: allow}"
    run = a_talk(monkeypatch, tmp_path, faults=faults, channel=channel)
    lost, said = int((run.messages["heard_text"] == "").sum()), len(run.messages)
    assert lost > said / 3
    unread = int((run.hearings["status"] != "answered").sum())
    told = first_lines(run)
    assert f"{lost} of {said} messages were not heard ({100 * lost / said:.0f} %)" in told
    assert f"{unread} of {len(run.hearings)} readings came to no value" in told
    assert told.index("were not heard") < told.index("came to no answer")


def test_where_all_was_heard_and_read_nothing_is_said_of_it(monkeypatch, tmp_path):
    run = a_talk(monkeypatch, tmp_path, faults={})
    assert (run.messages["heard_text"] != "").all()
    assert "heard" not in first_lines(run)
