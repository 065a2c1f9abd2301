"""Values of minds, era by era, become files that a scenario reads; no era is asked twice."""

import csv
import json
import re

import numpy as np
import pytest

from coevolve_sim.errors import MindError, QuestionnaireError, UnansweredError, UnfitError
from coevolve_sim.language.elicitation import CENTURIES, Era, elicit, eras_of, hub_ids
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import Persona, shipped_questionnaire
from coevolve_sim.minds import Reply
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup
from coevolve_sim.values import custom
from coevolve_sim.values.histories.files import read_history
from tests.language.questionnaires.scripted_minds import ScriptedMind, by_value

TOWN = custom("town", ["thrift", "rest"])
ASKED = shipped_questionnaire(TOWN, "pair")
TWO = (Persona("adam", "a man"), Persona("eve", "a woman"))
BY_VOICE = {"C013": 0.2, "C014": 0.5, "C015": 0.8, "": 0.4}


def held(request, dimension):
    """Return a value that differs by voice, persona and dimension."""
    of_persona = 0.1 if "woman" in request.messages[0].content else 0.0
    return BY_VOICE[request.voice] + of_persona + (0.05 if dimension == "rest" else 0.0)


def mind_of_three(**more):
    return ScriptedMind(by_value(ASKED, held), voices=("C014", "C013", "C015"), **more)


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_the_voices_of_a_mind_become_a_history_that_reads_back(tmp_path):
    found = elicit(eras_of(mind_of_three()), ASKED, tmp_path, personas=TWO)
    history = read_history(found.history)
    assert history.era_names == ("C013", "C014", "C015")
    assert history.dimension_names == ("thrift", "rest")
    assert history.values == pytest.approx(np.array([[0.25, 0.3], [0.55, 0.6], [0.85, 0.9]]))
    assert history.values == pytest.approx(found.centres)
    spreads = read_history(found.history, found.spread).spreads
    assert spreads == pytest.approx(np.full((3, 2), 0.1 / np.sqrt(2)), abs=1e-6)
    assert spreads == pytest.approx(found.spreads, abs=1e-6)


def test_a_group_of_an_elicited_era_begins_where_it_was_measured_and_as_widely_spread(tmp_path):
    found = elicit(eras_of(mind_of_three()), ASKED, tmp_path, personas=TWO)
    text = f"""
    name: elicited
    value_space: {{name: town, dimensions: [thrift, rest]}}
    history: {{kind: file, path: {found.history}, spread: {{path: {found.spread}}}}}
    population: {{humans: 2000, groups: [{{name: everyone, era: C014, sampling: stratified}}]}}
    """
    values = build_setup(loads(text)).initial_values
    assert values.mean(axis=0) == pytest.approx([0.55, 0.6], abs=1e-3)
    assert values.std(axis=0) == pytest.approx([0.1 / np.sqrt(2)] * 2, abs=1e-3)


def test_the_values_file_has_a_row_an_era_and_dimension_and_the_summary_how_requests_ended(tmp_path):
    found = elicit(Era("now", mind_of_three()), ASKED, tmp_path, personas=TWO)
    assert found.history is None
    assert found.spread is None
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "eras",
        "personas.csv",
        "summary.json",
        "values.csv",
    ]
    assert rows_of(found.values) == [
        {
            "era": "now",
            "dimension": name,
            "centre": centre,
            "spread": "0.070711",
            "standard_error": "0.000000",
            "personas": "2",
            "items": "2",
        }
        for name, centre in (("thrift", "0.450000"), ("rest", "0.500000"))
    ]
    assert rows_of(tmp_path / "personas.csv")[1] == {
        "era": "now",
        "persona": "eve",
        "consistency": "1.000000",
        "thrift": "0.500000",
        "rest": "0.550000",
    }
    (era,) = json.loads((tmp_path / "summary.json").read_text())["eras"]
    assert era["requests"] == {"answered": 16, "refused": 0, "invalid": 0, "truncated": 0, "given up": 0}
    assert era["order_consistency"] == 1.0
    assert era["mind"] == "scripted"


def test_an_era_already_measured_is_not_asked_again_and_gives_the_same_bytes(tmp_path):
    first = elicit(eras_of(mind_of_three()), ASKED, tmp_path, personas=TWO)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    again = mind_of_three()
    second = elicit(eras_of(again), ASKED, tmp_path, personas=TWO)
    assert again.n_asked == 0
    assert first.asked_anew == CENTURIES[:3]
    assert second.asked_anew == ()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_an_elicitation_that_was_cut_off_goes_on_with_the_era_it_was_at(tmp_path):
    mind = mind_of_three()

    def cut_off(era, done, total):
        if (era, done) == ("C014", 3):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        elicit(eras_of(mind), ASKED, tmp_path, personas=TWO, progress=cut_off)
    rest = elicit(eras_of(mind_of_three()), ASKED, tmp_path, personas=TWO)
    assert rest.asked_anew == ("C014", "C015")
    whole = elicit(eras_of(mind_of_three()), ASKED, tmp_path / "whole", personas=TWO)
    assert rest.history.read_bytes() == whole.history.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"identity": "another"},
        {"questionnaire": shipped_questionnaire(TOWN, "likert")},
        {"personas": TWO[::-1][:1]},
        {"templates": "You are indeed $who."},
    ],
    ids=["mind", "questionnaire", "personas", "templates"],
)
def test_with_another_mind_questionnaire_personas_or_templates_an_era_is_asked_anew(tmp_path, change):
    elicit(Era("C013", mind_of_three(), "C013"), ASKED, tmp_path, personas=TWO)
    asked = change.get("questionnaire", ASKED)
    mind = ScriptedMind(by_value(asked, held), change.get("identity", "scripted"), ("C013",))
    words = dict(Templates.standard().texts) | (
        {"sketch": change["templates"]} if "templates" in change else {}
    )
    found = elicit(
        Era("C013", mind, "C013"),
        asked,
        tmp_path,
        personas=change.get("personas", TWO),
        templates=Templates(words),
    )
    assert found.asked_anew == ("C013",)
    assert len(list((tmp_path / "eras").iterdir())) == 2


def test_an_era_of_which_requests_were_given_up_is_asked_again(tmp_path):
    def down(request):
        return Reply("given up")

    gone = Era("C013", ScriptedMind(down, voices=("C013",)), "C013")
    elicit(gone, ASKED, tmp_path, personas=TWO, at_most_unanswered=1.0)
    found = elicit(Era("C013", mind_of_three(), "C013"), ASKED, tmp_path, personas=TWO)
    assert found.asked_anew == ("C013",)
    assert found.centres == pytest.approx(np.array([[0.25, 0.3]]))


@pytest.mark.parametrize("status", ["given up", "invalid"])
def test_of_an_era_that_was_not_answered_nothing_is_written_and_eras_before_it_are_kept(status, tmp_path):
    eras = (
        Era("C013", mind_of_three(), "C013"),
        Era("C014", ScriptedMind(lambda _request: Reply(status, detail="gone")), ""),
    )
    with pytest.raises(
        UnansweredError, match=rf"16 {status}; most often 'gone' \(16\): nothing of era 'C014' is written; .*"
    ):
        elicit(eras, ASKED, tmp_path, personas=TWO)
    assert [path.name[:4] for path in (tmp_path / "eras").iterdir()] == ["C013"]
    assert [path.name for path in tmp_path.iterdir()] == ["eras"]


def test_what_an_era_left_unanswered_below_the_limit_is_counted(tmp_path):
    usual, count = mind_of_three(), {"asked": 0}

    def now_and_then(request):
        count["asked"] += 1
        (reply,) = (reply for _, reply in usual.ask([request]))
        return Reply("given up", detail="gone") if count["asked"] == 3 else reply

    mind = ScriptedMind(now_and_then, voices=("C013",))
    found = elicit(Era("C013", mind, "C013"), ASKED, tmp_path, personas=TWO)
    assert found.answers.describe() == (
        "1 of 16 requests were not answered (6 %): 1 given up; most often 'gone' (1)"
    )


def test_minds_that_are_opened_when_needed_are_in_memory_one_at_a_time(tmp_path):
    opened = []

    def opening(voice):
        def open_it():
            assert all(mind.closed for mind in opened)
            opened.append(ScriptedMind(by_value(ASKED, BY_VOICE[voice]), f"mind of {voice}"))
            return opened[-1]

        return open_it

    eras = [Era(name, opening(name), source=f"hub/{name}") for name in ("C013", "C014", "C015")]
    found = elicit(eras, ASKED, tmp_path, personas=(*TWO, Persona("seth", "a child")))
    assert len(opened) == 3
    assert all(mind.closed for mind in opened)
    assert found.centres == pytest.approx(np.array([[0.2, 0.2], [0.5, 0.5], [0.8, 0.8]]))


def test_what_opens_a_mind_for_several_eras_is_called_once_and_an_open_mind_stays_open(tmp_path):
    opened = []

    def open_it():
        opened.append(mind_of_three())
        return opened[-1]

    elicit(eras_of(open_it, ["C013", "C014", "C015"]), ASKED, tmp_path / "a", personas=TWO)
    assert [mind.closed for mind in opened] == [True]
    mind = mind_of_three()
    elicit(eras_of(mind), ASKED, tmp_path / "b", personas=TWO)
    assert not mind.closed


def test_a_mind_opened_here_is_closed_when_measuring_fails(tmp_path):
    mind = mind_of_three()
    with pytest.raises(MindError, match="the mind scripted has no voice 'C099'; it has C014, C013, C015"):
        elicit(Era("C099", lambda: mind, "C099"), ASKED, tmp_path, personas=TWO)
    assert mind.closed


@pytest.mark.parametrize("source", ["", "hub/C013@1"])
def test_an_era_measured_by_another_definition_of_an_options_mass_is_asked_anew(source, tmp_path):
    def measured():
        return elicit(Era("C013", mind_of_three(), source=source), ASKED, tmp_path, personas=TWO).asked_anew

    assert (measured(), measured()) == (("C013",), ())
    (kept,) = (tmp_path / "eras").iterdir()
    content = json.loads(kept.read_text())
    del content["asked"]["instrument"]  # as in files from before it was told
    kept.unlink()
    kept.with_name("C013-0123456789abcdef.json").write_text(json.dumps(content))  # named by what it holds
    assert measured() == ("C013",)


def test_an_era_measured_from_the_same_pinned_source_is_not_even_opened(tmp_path):
    def must_not():
        raise AssertionError("opened")

    elicit(Era("C013", mind_of_three, source="hub/C013@1"), ASKED, tmp_path, personas=TWO)
    found = elicit(Era("C013", must_not, source="hub/C013@1"), ASKED, tmp_path, personas=TWO)
    assert found.asked_anew == ()
    with pytest.raises(AssertionError, match="opened"):
        elicit(Era("C013", must_not, source="hub/C013@2"), ASKED, tmp_path, personas=TWO)
    with pytest.raises(AssertionError, match="opened"):
        elicit(Era("C013", must_not), ASKED, tmp_path, personas=TWO)


def test_a_dimension_without_values_stops_the_history_and_not_the_values(tmp_path):
    right = by_value(ASKED, 0.6)

    def reply(request):
        is_refused = request.voice == "C014" and "rest" in request.messages[1].content
        return Reply("refused") if is_refused else right(request)

    mind = ScriptedMind(reply, voices=("C013", "C014"))
    (tmp_path / "history.csv").write_text("of another time")
    with pytest.raises(
        QuestionnaireError, match="era 'C014' has values of fewer than 2 personas on rest, so that no"
    ):
        elicit(eras_of(mind), ASKED, tmp_path, personas=TWO)
    assert not (tmp_path / "history.csv").exists()
    row = rows_of(tmp_path / "values.csv")[3]
    assert (row["era"], row["dimension"], row["centre"], row["personas"]) == ("C014", "rest", "", "0")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["eras"][1]["requests"]["refused"] == 8
    assert summary["eras"][1]["values"]["rest"] is None
    again = elicit(Era("C014", mind, "C014"), ASKED, tmp_path, personas=TWO)
    assert again.asked_anew == ()
    assert np.isnan(again.centres[0, 1])


def test_a_record_of_an_era_that_cannot_be_read_says_what_to_do(tmp_path):
    elicit(Era("C013", mind_of_three(), "C013"), ASKED, tmp_path, personas=TWO)
    (kept,) = (tmp_path / "eras").iterdir()
    kept.write_text(kept.read_text()[:100])
    with pytest.raises(QuestionnaireError, match=re.escape(f"{kept}: is no record") + ".*delete it"):
        elicit(Era("C013", mind_of_three(), "C013"), ASKED, tmp_path, personas=TWO)


def test_by_default_the_packages_own_personas_are_asked(tmp_path):
    mind = mind_of_three()
    found = elicit(Era("now", mind), ASKED, tmp_path)
    assert len(found.eras[0].measurement.personas) == 24
    assert mind.n_asked == 24 * 8


@pytest.mark.parametrize("name", ["", "../C013", "C/13", ".C013", "x" * 65, "C 13"])
def test_a_name_that_would_lead_elsewhere_is_no_name_of_an_era(name):
    with pytest.raises(QuestionnaireError, match="the name of an era is 1 to 64 letters"):
        Era(name, mind_of_three())


def test_eras_personas_and_voices_that_do_not_do_are_refused(tmp_path):
    mind = mind_of_three()
    with pytest.raises(QuestionnaireError, match="each named once; 'C013' given twice"):
        elicit([Era("C013", mind), Era("C013", mind)], ASKED, tmp_path, personas=TWO)
    with pytest.raises(QuestionnaireError, match="at least 1 era, each named once; none given"):
        elicit([], ASKED, tmp_path, personas=TWO)
    with pytest.raises(QuestionnaireError, match="at least 2 personas, a single era at least 1; 1 given"):
        elicit(eras_of(mind), ASKED, tmp_path, personas=TWO[:1])
    with pytest.raises(QuestionnaireError, match="two personas have one name"):
        elicit(eras_of(mind), ASKED, tmp_path, personas=TWO[:1] * 2)
    with pytest.raises(QuestionnaireError, match="name the voices"):
        eras_of(lambda: mind)
    with pytest.raises(QuestionnaireError, match="it has none"):
        eras_of(ScriptedMind(by_value(ASKED, 0.5)))
    assert mind.n_asked == 0
    assert list(tmp_path.iterdir()) == []


def test_the_nine_models_of_progressgym_are_known_by_name():
    assert CENTURIES == ("C013", "C014", "C015", "C016", "C017", "C018", "C019", "C020", "C021")
    assert hub_ids()["C021"] == "PKU-Alignment/ProgressGym-HistLlama3-8B-C021-instruct-v0.2"
    assert hub_ids("70B")["C013"] == "PKU-Alignment/ProgressGym-HistLlama3-70B-C013-instruct-v0.1"
    with pytest.raises(QuestionnaireError, match="of size 8B or 70B; '7B' given"):
        hub_ids("7B")


def by_place():
    """Return a mind that prefers the first option, whatever it says."""

    def answer(request):
        return Reply("answered", request.options[0], (-0.01, *([-9.0] * (len(request.options) - 1))))

    return ScriptedMind(answer)


def test_a_mind_that_answers_by_an_options_place_writes_no_values(tmp_path):
    with pytest.raises(UnfitError, match=r"era 'now': 0% of items were answered alike .* or --allow-unfit"):
        elicit(Era("now", by_place()), ASKED, tmp_path, personas=TWO)
    assert [path.name for path in tmp_path.iterdir()] == ["eras"]
    found = elicit(Era("now", by_place()), ASKED, tmp_path, personas=TWO, allow_unfit=True)
    assert found.values.is_file()
    assert "so that these values are doubtful" in " ".join(found.notes)


def test_a_history_beside_a_doubtful_summary_says_so(tmp_path):
    history = tmp_path / "history.csv"
    history.write_text("era,thrift\n1,0.2\n2,0.4\n")
    assert "doubtful" not in " ".join(read_history(history).notes)
    summary = {"eras": [{"era": "1", "order_consistency": 0.6}, {"era": "2", "order_consistency": 0.9}]}
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    assert "of era '1' 60% of items were answered alike" in read_history(history).notes[-1]
    (tmp_path / "summary.json").write_text('{"eras": "another file"}')
    assert "doubtful" not in " ".join(read_history(history).notes)
