"""Eras measured of a server are taken up again only where the probe says that it is the same model."""

from __future__ import annotations

import json
import math

import pytest

from coevolve_sim.language.elicitation import Era, elicit
from coevolve_sim.language.questionnaires import Persona, shipped_questionnaire
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.testing.fake_server import FakeServer
from coevolve_sim.values import custom

ASKED = shipped_questionnaire(custom("town", ["thrift"]), "pair")
TWO = (Persona("adam", "a man"), Persona("eve", "a woman"))
FOR = {"A": math.log(0.6), "B": math.log(0.3), "C": math.log(0.05)}
AGAINST = {"A": math.log(0.3), "B": math.log(0.6), "C": math.log(0.05)}


def measured(folder, server, cache=None):
    """Elicit the values of a server's model; return what was found."""
    with ServerMind("http://127.0.0.1:8000", "local-model", transport=server.transport()) as mind:
        asked = CachedMind(mind, cache) if cache else mind
        found = elicit(Era("now", asked), ASKED, folder, personas=TWO, allow_unfit=True)
        asked.close()
    return found


def local_model(**settings):
    return FakeServer(models=("local-model",), fingerprint=None, **settings)


def test_another_server_of_the_same_name_is_asked_itself(tmp_path):
    one, other = local_model(letters=FOR), local_model(letters=AGAINST)
    assert measured(tmp_path, one).asked_anew == ("now",)
    assert measured(tmp_path, other).asked_anew == ("now",)
    assert measured(tmp_path, one).asked_anew == ()
    assert len(list((tmp_path / "eras").iterdir())) == 2


def test_a_server_that_cannot_be_known_again_is_asked_again(tmp_path):
    server = local_model(logprobs=0)
    assert measured(tmp_path, server).asked_anew == ("now",)
    assert measured(tmp_path, server).asked_anew == ("now",)


def test_replies_from_earlier_runs_are_counted_and_told(tmp_path):
    server, cache = local_model(letters=FOR), tmp_path / "replies.sqlite"
    first = measured(tmp_path / "a", server, cache)
    again = measured(tmp_path / "b", server, cache)
    replies = int(first.eras[0].measurement.statuses.sum())
    assert not any("earlier runs" in note for note in first.notes)
    assert again.notes[0] == (
        f"era 'now': {replies} of {replies} replies were kept from earlier runs, and not asked for again"
    )
    summary = json.loads((tmp_path / "b" / "summary.json").read_text(encoding="utf-8"))
    assert summary["eras"][0]["from_earlier_runs"] == replies
    other = measured(tmp_path / "c", local_model(letters=AGAINST), cache)
    assert other.eras[0].measurement.from_earlier == 0


def test_options_that_hold_little_probability_are_told(tmp_path):
    faint = {"A": math.log(0.0003), "B": math.log(0.0001), "C": math.log(0.05)}
    found = measured(tmp_path, local_model(letters=faint))
    assert found.eras[0].measurement.option_mass == pytest.approx([0.0004, 0.0004])
    _, note = found.notes  # the first: that it answers by an option's place
    assert note == (
        "era 'now': the options held 0.0004 of the probability on average, less than 0.5: the mind would "
        "rather say something else, so that these values are doubtful"
    )
