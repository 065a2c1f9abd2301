"""The embedded model: what is planted in it is measured back, and the card says no more than that."""

import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from coevolve_sim.language.questionnaires.shipped_items import SCALE
from coevolve_sim.minds.embedded import ERAS
from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS
from phantom import grammar
from phantom.planted import NO_ERA, read_eras
from phantom.topics import builtin_topics
from phantom.wordings import standard_wording

pytest.importorskip("torch")

from transformers import AutoTokenizer

from coevolve_sim.assistants.preferences import ToCompare, compare
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import shipped_questionnaire
from coevolve_sim.language.readers import ToRead
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream
from coevolve_sim.values import get

pytestmark = pytest.mark.models

FOLDER = Path(str(resources.files("coevolve_sim.minds"))) / "embedded"
SPACE = get("moral-foundations")
TEMPLATES = Templates.standard()
TOPICS = {topic.dimension: topic.phrase for topic in builtin_topics() if topic.space == SPACE.name}


@pytest.fixture(scope="module")
def mind():
    opened = LocalMind.embedded()
    yield opened
    opened.close()


def persona(topic, value):
    return Message("system", TEMPLATES.persona("a miller, one of the majority", [(topic, value)]))


def test_all_its_files_take_less_than_ten_megabytes():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 10_000_000


@pytest.mark.parametrize("text", ["", "Grüße, 你好 \U0001f600", "a\tb\n\nc  d", "x" * 500, "\x00\x7f"])
def test_its_tokenizer_loses_no_text(text):
    tokenizer = AutoTokenizer.from_pretrained(FOLDER / "model")
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_stated_values_are_measured_back(mind):
    from coevolve_sim.language.questionnaires import measure

    draw = stream(3, "stated")
    planted, found = [], []
    for name in SPACE.names:
        for value in draw.random(6).round(2):
            system = TEMPLATES.persona("a miller, one of the majority", [(TOPICS[name], value)])
            measured = measure(mind, shipped_questionnaire(SPACE.select([name])), {"one": system}, TEMPLATES)
            planted.append(value)
            found.append(measured.values[0, 0])
    assert np.corrcoef(planted, found)[0, 1] > 0.95
    assert np.abs(np.array(planted) - found).mean() < 0.08


def test_what_is_held_is_said_in_words_and_read_back(mind):
    reader = LetterReader.of(
        shipped_questionnaire(SPACE), TEMPLATES, tuple(TOPICS[name] for name in SPACE.names), 2
    )
    held = [(d, value) for d in range(SPACE.n_dimensions) for value in (0.05, 0.25, 0.5, 0.75, 0.95)]
    requests = [
        Request(
            "speak",
            (
                persona(TOPICS[SPACE.names[d]], value),
                Message("user", TEMPLATES.speak(TOPICS[SPACE.names[d]])),
            ),
        )
        for d, value in held
    ]
    written = ask_all(mind, requests)
    assert {reply.status for reply in written} == {"answered"}
    read = reader.read(mind, [ToRead(reply.text, d, "") for (d, _), reply in zip(held, written, strict=True)])
    perceived = np.array([reading.value for reading in read])
    values = np.array([value for _, value in held])
    assert np.corrcoef(values, perceived)[0, 1] > 0.9
    assert 0.8 < np.polyfit(values, perceived, 1)[0] < 1.2


def test_every_voice_holds_what_is_planted_of_its_era_where_nothing_is_stated(mind):
    from coevolve_sim.language.questionnaires import measure

    planted = read_eras(FOLDER / "eras.csv")
    assert mind.voices == ERAS
    columns = [number for number, topic in enumerate(builtin_topics()) if topic.space == SPACE.name]
    assert [builtin_topics()[number].dimension for number in columns] == list(SPACE.names)
    sketch = {"one": TEMPLATES.sketch("a miller")}
    found = {
        era: measure(
            mind, shipped_questionnaire(SPACE), sketch, TEMPLATES, voice="" if era == NO_ERA else era
        ).values[0]
        for era in planted
    }
    held = np.array([planted[era][columns] for era in planted])
    measured = np.array([found[era] for era in planted])
    assert np.corrcoef(held.ravel(), measured.ravel())[0, 1] > 0.93
    assert np.abs(held - measured).mean() < 0.12


def test_the_nearer_of_two_texts_is_preferred_by_whoever_holds_a_value(mind):
    texts = {
        level: f"I am {FAMILIES[0].phrase(level)} it, because it keeps people together." for level in (1, 11)
    }
    asked = [
        ToCompare("one", topic, texts[1], texts[11], persona(topic, value).content)
        for topic in TOPICS.values()
        for value in (0.1, 0.9)
    ]
    found = compare(mind, asked)
    assert np.mean([one.is_consistent for one in found]) >= 0.8
    assert [one.preferred for one in found] == [1, -1] * len(TOPICS)


# --- what it writes ------------------------------------------------------------------------------


def fill(frame, topics):
    return re.escape(frame).replace(re.escape("{topic}"), topics)


def any_of(texts):
    return f"(?:{'|'.join(sorted(map(re.escape, set(texts)), key=len, reverse=True))})"


def message_shape():
    """Return the shape of the messages that it learnt from, as a pattern."""
    topics = any_of(topic.phrase for topic in builtin_topics())
    degrees = any_of(family.phrase(level) for family in FAMILIES for level in range(LEVELS + 1))
    starts = any_of(text for kind in grammar._GREETINGS.values() for text in kind)
    reasons = any_of(text for side in grammar._REASONS.values() for text in side)
    ends = "|".join(
        re.escape(end).replace(re.escape("{name}"), r"\w+")
        for kind in grammar._ENDS.values()
        for end in set(kind)
    )
    frames = "|".join(
        f"{fill(before, topics)} {degrees} {fill(after, topics)}" for before, after in set(grammar._FRAMES)
    )
    return re.compile(rf"{starts}(?:{frames}){any_of(grammar._LINKS)} {reasons}\.(?:{ends})")


def test_messages_run_no_words_together_and_have_the_shape_that_was_taught(mind):
    # On this very matter its voices used to write labels of options: "fair treatment for everyoneC".
    draw, requests = stream(5, "many"), []
    for number in range(300):
        topic = TOPICS[SPACE.names[number % SPACE.n_dimensions]]
        heard = [grammar.write(draw, draw.random(), topic).text for _ in range(2)]
        memory = TEMPLATES.memory(5, topic, draw.random(), heard) if number % 2 else ""
        system = TEMPLATES.persona("a clerk in a town hall", [(topic, draw.random())], memory)
        asked = TEMPLATES.ask("assistant", topic) if number % 3 == 0 else TEMPLATES.speak(topic)
        messages = (Message("system", system), Message("user", asked))
        voice = ("", *mind.voices)[number % 10]
        requests.append(Request("speak", messages, max_tokens=60, temperature=0.7, seed=number, voice=voice))
    texts = [reply.text for reply in ask_all(mind, requests)]
    assert [text for text in texts if re.search(r"[^\W\d_][A-Z]|[.!?,;][^\W\d_]", text)] == []
    assert {text[-1] for text in texts} == {".", "?"}
    shape = message_shape()
    assert np.mean([bool(shape.fullmatch(text)) for text in texts]) > 0.97


def ask_about(phrase):
    """Return the question whether one agrees with the first statement on a topic."""
    topic = next(topic for topic in builtin_topics() if topic.phrase == phrase)
    return standard_wording().likert.format(topic.statements[0].text)


def test_an_answer_in_letters_can_still_be_written(mind):
    asked = [
        Request(
            "item",
            (persona(topic, value), Message("user", TEMPLATES.item(ask_about(topic), SCALE))),
            max_tokens=4,
        )
        for topic in TOPICS.values()
        for value in (0.1, 0.9)
    ]
    written = ask_all(mind, asked)
    scored = ask_all(mind, [replace(one, options=tuple("ABCDE")) for one in asked])
    assert [reply.text for reply in written] == [reply.text for reply in scored]
    assert {reply.status for reply in written} == {"answered"}
