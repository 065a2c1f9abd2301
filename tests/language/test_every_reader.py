"""The reader by letters passes the suite that a user's passes; what is none is found out."""

import numpy as np
import pytest

from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import shipped_questionnaire
from coevolve_sim.language.readers import READERS, Reader, Reading
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.testing import check_reader, failures_of
from coevolve_sim.testing.readers import READER_CHECKS


@pytest.mark.parametrize("format", ["likert", "pair"])
def test_the_reader_by_letters_passes_every_check(format):  # noqa: A002 - what questionnaires call it
    questionnaire = shipped_questionnaire("moral-foundations", format)
    reader = LetterReader.of(questionnaire, Templates.standard(), questionnaire.space.names, 2)
    assert READERS.own[0] == "letters"
    assert type(reader) is READERS["letters"]
    assert failures_of(check_reader(reader)) == ""
    assert [verdict.check for verdict in check_reader(reader)] == [*READER_CHECKS]


def reads(read):
    return type("Spoilt", (Reader,), {"read": read})()


def too_far(self, mind, messages):
    return [Reading(1.5, "answered") for _ in messages]


def too_few(self, mind, messages):
    return [Reading(0.5, "answered") for _ in messages[1:]]


def by_its_place(self, mind, messages):
    return [Reading(place / 100, "answered") for place, _ in enumerate(messages)]


def gambles(self, mind, messages):
    return [Reading(np.random.random(), "answered") for _ in messages]  # noqa: NPY002 - it must be found out


def counts_on_a_number(self, mind, messages):
    return [Reading(int(message.text.split()[3]) / 100, "answered") for message in messages]


def takes_refusals_for_values(self, mind, messages):
    from coevolve_sim.minds import Message, Request

    asked = [Request("read", (Message("user", message.text),), options=("A", "B")) for message in messages]
    replies = dict(mind.ask(asked))
    return [Reading(0.5, "answered") for _ in replies]


@pytest.mark.parametrize(
    ("read", "check", "said"),
    [
        (too_far, "returns a reading", "read 1.5 with status 'answered'"),
        (too_few, "returns a reading", "returned 7 readings of 8 messages"),
        (by_its_place, "reads a message alike whatever", "in another order or alone"),
        (gambles, "reads a message alike again", "it drew from NumPy's global generator"),
        (counts_on_a_number, "reads whatever was written", "IndexError"),
        (takes_refusals_for_values, "takes a mind's refusal", "its mind refused every request"),
    ],
)
def test_a_reader_that_is_none_is_found_out_by_the_check_that_says_so(read, check, said):
    told = {verdict.check: verdict.said for verdict in check_reader(reads(read))}
    (name,) = [name for name in READER_CHECKS if name.startswith(check)]
    assert said in told[name], told
