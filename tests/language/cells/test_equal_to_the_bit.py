"""At temperature 0, with one draw, people asked by cells end bit for bit where they end asked one by one."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from coevolve_sim.language.conversation import SHOWN
from coevolve_sim.language.people import People
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import ended, run_through, scenario, stated_in

TEXT = """
name: cells
seed: 4
rounds: 4
value_space: moral-foundations
dimensions: [care, fairness, loyalty]
population: {humans: 60, groups: [{name: young, share: 0.5}, {name: old, share: 0.5, voice: elder}]}
network: {family: watts_strogatz, degree: 6, rewiring: 0.2}
minds: [{kind: scripted, at_most_unanswered: 1.0}, {kind: scripted, name: desk, at_most_unanswered: 1.0}]
channel: {kind: language, unfit: unmeasured, bias_map: false, temperature: 0, memory: 0}
update: {rule: hegselmann_krause, confidence: {peer: 0.4, assistant: 0.6}, rate: {peer: 0.3, assistant: 0.2}}
assistants: [{name: helper}]
"""
BY_CELLS = "channel.population={by: cells, replies: 1, audit: 9}"
VOICES = ("elder", "calm")
LEANS = {"": 0.0, "elder": 0.03, "calm": -0.02}
"""By how much each voice of the scripted minds leans in what it says and reads."""

TWO = (
    "assistants=[{name: first, voice: calm, mind: desk}, {name: second, start: 0.8, policy: {kind: frozen}}]"
)
EDITOR = "assistants=[{name: editor, policy: {kind: frozen}, start: 0.9, mind: desk}]"
MEDIA = (
    "media=[{name: the_daily, values: 0.8, rate: 0.2}, {name: herald, values: 0.1, rate: 0.1, mind: desk}]"
)
SERVED = (
    "minds=[{name: people, kind: server, url: 'http://127.0.0.1:9/v1', model: none, at_most_unanswered: 1.0}]"
)
"""A mind that may be told stances in words; the scripted one is opened in its place."""
SOCIETIES = {
    "plain": (),
    "nobody consults": ("assistants=[]",),
    "complete network": ("network={family: complete}",),
    "redrawn or kept is the same": ("channel.population.redraw=false",),
    "stances in words": (SERVED, "channel.prompts=v2"),
    "openings": ("channel.opening=stance",),
    "openings, stances in words": (SERVED, "channel.opening=stance", "channel.prompts=v2"),
    "two assistants": (TWO,),
    "two assistants, chosen for good": (TWO, "consulting.choice=loyal"),
    "a mirror": ("assistants=[{name: mirror, policy: {kind: mirror}}]",),
    "an assistant that goes on with people's own text": (
        "assistants=[{name: on, continuity: {share: 0.5}}]",
    ),
    "an editor of half": (EDITOR, "channel.mediator={assistant: editor, share: 0.5}"),
    "an editor of all": (EDITOR, "channel.mediator={assistant: editor, share: 1}"),
    "an editor of half and openings": (
        EDITOR,
        "channel.mediator={assistant: editor, share: 0.5}",
        "channel.opening=stance",
    ),
    "outlets": (MEDIA,),
    "outlets and openings": (MEDIA, "channel.opening=stance"),
    "topics drawn": ("channel.topics=random",),
    "the stubborn": (
        "update={rule: friedkin_johnsen, rate: {assistant: 0.2}}",
        "population.groups.0.stubbornness=0.3",
    ),
    "facts, as a mind says them": (
        "assistants=[{name: facts, policy: {kind: selects_facts, sycophancy: 0.5}}]",
        "update={rule: weighs_facts}",
    ),
    "noise": ("update.noise=0.02",),
    "adversaries": (
        "assistants=[{name: guide, start: 0.4, policy: {kind: role, standard: 0.4, tolerance: 0.05}}]",
        "adversaries={share: 0.3, operators: {templates: 0.5}, budget: 3, target: 0.9}",
    ),
}


def speak_with_a_lean(request, known):
    """Return what a scripted mind answers whose voices lean, by the prompt and whatever the seed.

    Who somebody is in the prompt's words matters, too: two who are introduced otherwise say otherwise.
    """
    lean = LEANS[request.voice]
    if request.kind != "read":
        lean += zlib.crc32(request.messages[0].content.encode()) % 7 / 100 - 0.03
    if request.kind == "read":
        masses = answer_from_stances(request, known)
        if isinstance(masses, Reply):
            return masses
        tilted = np.clip(
            np.array(masses) + lean * np.array([1.0, *[0.0] * (len(masses) - 2), -1.0]), 0.0, 1.0
        )
        return tuple(tilted / tilted.sum())
    answer = answer_from_stances(request, known)
    if (
        request.kind in ("speak", "ask", "answer")
        and "These are your own views" in request.messages[0].content
    ):
        answer = f"I stand at {zlib.crc32(repr(request.messages).encode()) % 90 + 5} on it."
    if isinstance(answer, str) and (number := stated_number(answer)) is not None:
        return answer.replace(f"at {number} on", f"at {min(max(number + round(100 * lean), 0), 100)} on")
    return answer


def stated_number(text):
    """Return the whole number that a text states; None if it states none."""
    try:
        return round(100 * stated_in(text))
    except TypeError:
        return None


def people(*changes, before=None, text=TEXT):
    """Return a society whose minds lean, and what was asked of them."""
    setup, seen = build_setup(scenario(*changes, text=text)), []
    known = setup.channel.minds.opener.keywords["known"]

    def script(request):
        seen.append(request)
        answer = None if before is None else before(request)
        return speak_with_a_lean(request, known) if answer is None else answer

    channel = setup.channel.with_minds(lambda part: ScriptedMind(script, voices=VOICES, name=part.name))
    return Society(replace(setup, channel=channel), with_objects=False), seen


def with_cells(changes):
    """Return changes of a society of cells, those of how cells are asked the last."""
    own = [change for change in changes if change.startswith("channel.population.")]
    return [*(change for change in changes if change not in own), BY_CELLS, *own]


def both_ways(*changes, before=None):
    """Return values and logs of a society by humans and by cells."""
    one_by_one = [change for change in changes if not change.startswith("channel.population.")]
    by_humans, _ = people(*one_by_one, before=before)
    by_cells, _ = people(*with_cells(changes), before=before)
    return run_through(by_humans), run_through(by_cells)


def texts_of(log, kind):
    """Return what each human says of a kind, or is answered, asked one by one."""
    own = "listener" if kind in ("answer", "edit") else "speaker"
    return {getattr(one, own): (one.status, one.text) for one in log.said if one.kind == kind}


def texts_by_cell(log, kind):
    """Return what each human says of a kind, or is answered, by cells."""
    (_, numbers), *_ = [pair for pair in log.cells.said_by.items() if pair[0][0] == kind] or [(0, [])]
    said = [log.said[number] for number in numbers]
    return {i: (one.status, one.text) for i, (one, n) in enumerate(zip(said, numbers, strict=True)) if n >= 0}


@pytest.mark.parametrize("changes", SOCIETIES.values(), ids=SOCIETIES)
def test_values_and_words_are_those_of_everybody_asked(changes):
    (one_by_one, logs), (by_cells, logs_of_cells) = both_ways(*changes)
    assert one_by_one[0].tobytes() != one_by_one[-1].tobytes()
    assert one_by_one.tobytes() == by_cells.tobytes()
    for log, of_cells in zip(logs, logs_of_cells, strict=True):
        for kind in ("peer", "question", "answer", "edit"):
            assert texts_of(log, kind) == texts_by_cell(of_cells, kind)
        assert log.n_consultations == of_cells.n_consultations
        assert log.n_followers == of_cells.n_followers


FAILURES = {
    "speaking": lambda request: request.kind in ("speak", "ask") and stated_in_persona(request) % 7 == 0,
    "answering": lambda request: request.kind == "answer" and "at 4" in request.messages[-1].content,
    "editing": lambda request: request.kind == "mediate" and "at 5" in request.messages[-1].content,
    "reading": lambda request: request.kind == "read" and request.voice == "elder",
    "publishing": lambda request: request.kind == "publish" and "herald" in request.messages[0].content,
}
ALL_WHO_WRITE = (EDITOR, "channel.mediator={assistant: editor, share: 0.5}", MEDIA)


def stated_in_persona(request):
    return int(request.messages[0].content.rpartition(": ")[2])


@pytest.mark.parametrize("status", ["refused", "truncated", "invalid", "given up"])
@pytest.mark.parametrize("where", FAILURES)
def test_what_comes_to_nothing_is_heard_by_nobody_either_way(where, status):
    planted = FAILURES[where]
    (one_by_one, logs), (by_cells, logs_of_cells) = both_ways(
        *ALL_WHO_WRITE, before=lambda request: ended(status) if planted(request) else None
    )
    assert one_by_one.tobytes() == by_cells.tobytes()
    found = set()
    for log, of_cells in zip(logs, logs_of_cells, strict=True):
        for kind in ("peer", "question", "answer", "edit"):
            assert texts_of(log, kind) == texts_by_cell(of_cells, kind)
        ends = [{one.status for one in (*each.said, *each.heard)} for each in (log, of_cells)]
        assert ends[0] == ends[1]
        found |= ends[0]
    assert status in found


def test_where_nothing_is_heard_nobody_moves():
    (one_by_one, _), (by_cells, logs) = both_ways(
        before=lambda request: ended("refused") if request.kind in ("speak", "ask") else None
    )
    assert one_by_one.tobytes() == by_cells.tobytes()
    assert one_by_one[0].tobytes() == one_by_one[-1].tobytes()
    assert not any(log.heard for log in logs)


def test_a_cell_is_asked_by_the_same_seeds_however_many_people_there_are():
    """Of a prompt three draws are asked, and besides what the one human is asked for who is audited."""
    seeds = []
    for humans in (40, 400):
        society, seen = people(
            f"population.humans={humans}",
            "rounds=1",
            "channel.temperature=1",
            "channel.population={by: cells, replies: 3, audit: 1}",
        )
        society.state.values[:] = np.resize([0.3, 0.4], humans)[:, None]
        run_through(society)
        seeds.append({})
        for one in seen:
            if one.kind in ("speak", "ask"):
                seeds[-1].setdefault((one.voice, one.messages), set()).add(one.seed)
    both = seeds[0].keys() & seeds[1].keys()
    assert len(both) > 25
    assert sum(len(seeds[0][prompt] | seeds[1][prompt]) > 3 for prompt in both) <= 2 * 2
    assert any(seeds[0][prompt] != seeds[1][prompt] for prompt in both)


def test_people_in_another_order_end_as_they_did_in_another_order():
    """On a ring, where the order in which two views are added changes no bit."""
    changes = with_cells(("assistants=[]", "network={family: ring, degree: 2}"))
    society, _ = people(*changes)
    values, _ = run_through(society)
    order = np.random.default_rng(3).permutation(60)
    place = np.argsort(order)
    again, _ = people(*changes)
    known = again.setup.channel.people
    channel = replace(again.setup.channel, people=People(known.kinds, known.kind_of[order]))
    rows = [sorted(place[again.state.ties.indices[2 * human : 2 * human + 2]]) for human in order]
    again.state.ties = replace(again.state.ties, indices=np.array(rows, dtype=np.int32).ravel())
    again.state.values = again.state.values[order]
    object.__setattr__(again.setup, "channel", channel)
    permuted, _ = run_through(again)
    assert values[-1].tobytes() != values[0].tobytes()
    assert permuted[-1].tobytes() == values[-1][order].tobytes()


@pytest.mark.models
def test_people_who_speak_by_the_embedded_model_end_where_they_end_asked_one_by_one():
    """Two voices, an assistant that learns, letters as the reader: what is computed in one batch differs."""
    changes = (
        "minds=[{kind: embedded}]",
        "population.groups.1.voice=C013",
        "rounds=3",
        "channel.max_tokens=40",
    )
    ends = []
    for given in (changes, with_cells(changes)):
        made = Society(build_setup(scenario(*given, text=TEXT)), with_objects=False)
        values, _ = run_through(made)
        made.setup.channel.minds.close()
        ends.append(values)
    assert ends[0][0].tobytes() != ends[0][-1].tobytes()
    assert ends[0].tobytes() == ends[1].tobytes()


def test_facts_that_are_shown_are_of_the_same_side_for_everybody_but_drawn_by_cell():
    """Which statement of a side is shown goes by cell and draw: as many statements as draws, not humans."""
    changes = (
        "assistants=[{name: facts, policy: {kind: selects_facts, sycophancy: 0.5, words: statements}}]",
        "update={rule: weighs_facts}",
        "rounds=1",
    )
    (_, (log,)), (_, (of_cells,)) = both_ways(*changes)
    sides = {one.listener: one.latent for one in log.said if one.kind == "answer"}
    numbers = of_cells.cells.said_by["answer", 0]
    by_cell = {human: of_cells.said[n].latent for human, n in enumerate(numbers) if n >= 0}
    assert set(sides.values()) == {0.0, 1.0}
    assert by_cell == sides
    assert len({one.text for one in of_cells.said if one.kind == "answer"}) == 2
    assert {one.detail for one in of_cells.said if one.kind == "answer"} == {SHOWN}
