"""Values by words: what a voice writes is read, kept, told with its error; the unread are refused."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from coevolve_sim import values
from coevolve_sim.errors import QuestionnaireError, UnansweredError, UnfitError
from coevolve_sim.language.elicitation import Era, Words, elicit, eras_of
from coevolve_sim.language.questionnaires import Persona
from coevolve_sim.language.readers import READERS
from coevolve_sim.language.readers.known_stances import statements
from coevolve_sim.language.readers.scored import Scored, ScoredReader
from coevolve_sim.minds import Reply, Request
from tests.language.questionnaires.scripted_minds import ScriptedMind

PEOPLE = (Persona("ann", "a weaver"), Persona("bob", "a smith"), Persona("cat", "a cook"))
SPACE = values.get("moral-foundations")
HELD = {"C016": 90, "C019": 20, "": 50}
NUMBER = re.compile(r"I stand at (\d+)")
STANCES = {one.text: one.stance for one in statements(held_out=True)}


class NumberReader(ScoredReader):
    """Reads the number that a text names; of a statement of known stance, that."""

    kind = "number"

    def scores(self, mind, texts):
        found = [NUMBER.search(one.text) for one in texts]
        return [
            Scored(float(hit[1]) / 100 if hit else STANCES[one.text], "answered")
            for hit, one in zip(found, texts, strict=True)
        ]


class DeafReader(NumberReader):
    """Reads the number of letters, which says nothing of a stance."""

    kind = "deaf"

    def scores(self, mind, texts):
        return [Scored(float(len(one.text)), "answered") for one in texts]


@pytest.fixture(autouse=True)
def _readers():
    with READERS.replaced("probe", NumberReader), READERS.replaced("contrast", DeafReader):
        yield


def writer(request):
    """Write where the voice stands, more for it as a smith; a cook says nothing."""
    who = request.messages[0].content
    if "cook" in who:
        return Reply("answered", "   ")
    number = HELD[request.voice] + (5 if "smith" in who else 0)
    return Reply("answered", f"I stand at {number}, and will.")


def mind():
    return ScriptedMind(writer, voices=("C016", "C019"))


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_what_voices_write_becomes_a_history_with_the_error_of_its_reading(tmp_path):
    found = elicit(eras_of(mind()), Words(SPACE, reader="probe"), tmp_path, personas=PEOPLE)
    assert found.centres == pytest.approx(np.array([[0.925] * 5, [0.225] * 5]))
    assert np.isnan(found.eras[0].measurement.values[2]).all()  # the cook
    assert found.spreads == pytest.approx(np.full((2, 5), 0.05 / np.sqrt(2)))
    texts = rows_of(found.texts)
    assert len(texts) == 2 * 3 * 5
    assert [row["status"] for row in texts if row["persona"] == "cat"] == ["invalid"] * 10
    assert {row["value"] for row in texts if row["era"] == "C019" and row["persona"] == "bob"} == {"0.250000"}
    told = json.loads((tmp_path / "summary.json").read_text())["eras"][0]
    assert told["texts"] == 15
    assert (told["reading_error"], told["reading_slope"]) == pytest.approx((0.0, 1.0), abs=1e-6)
    assert told["order_consistency"] is None
    assert any("10 of 15 texts were read" in note for note in found.notes)


def test_an_era_measured_by_words_is_not_asked_again_and_keeps_its_texts(tmp_path):
    words = Words(SPACE, reader="probe")
    first = elicit(eras_of(mind()), words, tmp_path, personas=PEOPLE)
    again = mind()
    second = elicit(eras_of(again), words, tmp_path, personas=PEOPLE)
    assert (second.asked_anew, again.n_asked) == ((), 0)
    kept, before = second.eras[0].measurement.texts, first.eras[0].measurement.texts
    assert [vars(text) for text in kept[:10]] == [vars(text) for text in before[:10]]
    assert [text.status for text in kept[10:]] == ["invalid"] * 5
    more = elicit(eras_of(again), Words(SPACE, reader="probe", texts=2), tmp_path, personas=PEOPLE[:2])
    assert more.asked_anew == ("C016", "C019")


def test_voices_are_asked_the_same_with_the_same_seeds_and_begun_alike(tmp_path):
    asked = []

    def keep(request):
        asked.append(request)
        return Reply("answered", "I stand at 70.")

    heard = ScriptedMind(keep, voices=("C016", "C019"))
    words = Words(SPACE, reader="probe", begin="As for {topic}, I say:")
    found = elicit(eras_of(heard), words, tmp_path, personas=PEOPLE[:2])
    by_voice = {v: {r.seed: r.messages for r in asked if r.voice == v} for v in ("C016", "C019")}
    assert by_voice["C016"] == by_voice["C019"]
    assert len(by_voice["C016"]) == 10
    text = found.eras[0].measurement.texts[0]
    assert text.text == "As for protecting those who can be hurt, I say: I stand at 70."


def test_a_reader_that_does_not_tell_for_from_against_is_refused_unless_allowed(tmp_path):
    with pytest.raises(
        UnfitError, match=r"\(deaf: .*\) reads a text for something higher than one against it"
    ):
        elicit(Era("now", mind()), Words(SPACE, reader="contrast"), tmp_path, personas=PEOPLE)
    assert not (tmp_path / "values.csv").exists()
    words = Words(SPACE, reader="contrast")
    found = elicit(Era("now", mind()), words, tmp_path, personas=PEOPLE, allow_unfit=True)
    assert (found.values.exists(), found.asked_anew) == (True, ())  # it was kept
    with pytest.raises(UnfitError, match=r"Nothing is written"):
        elicit(Era("now", mind()), words, tmp_path, personas=PEOPLE)


def test_what_is_not_written_is_not_outweighed_by_what_the_reader_asked(tmp_path):
    """20 of 25 texts are given up; the reader's 598 statements were all answered."""

    class Asking(NumberReader):
        def scores(self, mind, texts):
            list(mind.ask([Request("read", ()) for _ in texts]))
            return super().scores(mind, texts)

    def mostly_silent(request):
        silent = request.kind == "speak" and "weaver" not in request.messages[0].content
        return Reply("given up") if silent else Reply("answered", "I stand at 70.")

    people = (PEOPLE[0], *(Persona(f"p{n}", f"a smith of {n}") for n in range(4)))
    asked = ScriptedMind(mostly_silent)
    with READERS.replaced("probe", Asking), pytest.raises(UnansweredError, match="20 of 25 requests"):
        elicit(Era("now", asked), Words(SPACE, reader="probe"), tmp_path, personas=people)


def test_another_mind_may_read_and_its_identity_is_part_of_what_was_asked(tmp_path):
    reading = ScriptedMind(writer, identity="the one that reads")
    words = Words(SPACE, reader="probe", read_by=reading)
    assert "the one that reads" in words.mark
    elicit(Era("now", mind()), words, tmp_path, personas=PEOPLE)
    assert elicit(Era("now", mind()), words, tmp_path, personas=PEOPLE).asked_anew == ()
    alone = Words(SPACE, reader="probe")
    assert elicit(Era("now", mind()), alone, tmp_path, personas=PEOPLE).asked_anew == ("now",)


def test_no_text_at_all_is_refused():
    with pytest.raises(QuestionnaireError, match="at least 1 text on a topic; 0 given"):
        Words(SPACE, texts=0)
    with pytest.raises(QuestionnaireError, match="are read by auto, contrast, listener, probe; 'letters'"):
        Words(SPACE, reader="letters")
