"""The report's part on messages that an assistant edited."""

import numpy as np

import coevolve_sim
from coevolve_sim.minds.protocol import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.report import language_data, mediated_table, write_report
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.scenario import loads

SCENARIO = """
name: edited
rounds: 3
value_space: {{name: v, dimensions: [thrift]}}
population: {{humans: 8, groups: [{{name: all, centre: 0.3, adoption: 0.0}}]}}
network: {{family: ring, degree: 2}}
minds: [{{kind: scripted, at_most_unanswered: 1.0}}]
channel: {{kind: language{mediator}}}
assistants: [{{name: helper, policy: {{kind: frozen}}, start: 0.8}}]
"""
MEDIATOR = ", mediator: {assistant: helper, share: 0.5}"


def a_run(monkeypatch, results, mediator, script=None):
    def opened(_part, known=None):
        return ScriptedMind(
            lambda request: (script and script(request)) or answer_from_stances(request, known or {})
        )

    monkeypatch.setattr("coevolve_sim.language.channel_setup.open_mind", opened)
    return coevolve_sim.run(loads(SCENARIO.format(mediator=mediator)), results=results)


def page_of(run):
    return write_report(run).read_text(encoding="utf-8")


def test_edits_are_counted_and_compared_and_the_page_has_them_where_there_are_any(monkeypatch, tmp_path):
    run = a_run(monkeypatch, tmp_path, MEDIATOR)
    page = page_of(run)
    assert "Mediated messages" in page
    assert "Of the messages among people helper rewrites a share of 0.5." in page
    assert "Humans whose messages an assistant edits move by it" in page
    edits = mediated_table.pair_edits(LanguageData(run).messages)
    assert 6 <= len(edits) <= 18
    np.testing.assert_array_equal(edits["expressed_edited"], 0.8)
    assert (edits["heard_text_said"] != edits["heard_text_edited"]).all()
    part = mediated_table.build_mediated(LanguageData(run))
    (row,) = part.rows
    moved = (0.8 - edits["expressed_said"]).mean()
    assert (row.edited, row.left, row.after) == (str(len(edits)), "0", "0.800")
    assert row.moved.startswith(f"+{moved:.3f} [")
    assert len(part.examples) == 3
    assert part.in_short.startswith(f"Of 24 messages among humans {len(edits)} were drawn to be edited by")


def test_without_an_editor_there_is_no_such_part(monkeypatch, tmp_path):
    run = a_run(monkeypatch, tmp_path, "")
    assert mediated_table.build_mediated(LanguageData(run)) is None


def test_refused_edits_and_the_editors_tilt_are_told(monkeypatch, tmp_path):
    def script(request):
        if request.kind != "mediate":
            return None
        told_a_stance = "\n- " in request.messages[0].content
        return Reply("refused", detail="no") if told_a_stance else "I stand at 75 on thrift."

    run = a_run(monkeypatch, tmp_path, MEDIATOR, script)
    part = mediated_table.build_mediated(LanguageData(run))
    assert "the other edits came to nothing (" in part.in_short
    assert "0 were heard as it edited them" in part.in_short
    (tilt,) = part.tilt
    assert (tilt.edited_claim, tilt.edited_negation) == ("0.750", "0.750")
    kinds = [row.kind for row in run.messages.itertuples() if row.status == "refused"]
    assert set(kinds) == {"edit"}
    assert language_data.KINDS[1] == "edit"
