"""Readers by contrast, as listener and as a sum read what was planted, and say what they cannot."""

import math
import re

import numpy as np
import pytest

from coevolve_sim.errors import ChannelError, LimitReachedError, MindError, UnservedError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import shipped_questionnaire
from coevolve_sim.language.readers import ReaderContext, ToRead
from coevolve_sim.language.readers.automatic import AutomaticReader
from coevolve_sim.language.readers.combined import CombinedReader
from coevolve_sim.language.readers.contrast import WORDS, ContrastReader
from coevolve_sim.language.readers.contrast import _pair as contrast_pair
from coevolve_sim.language.readers.known_stances import fill, statements
from coevolve_sim.language.readers.listener import ListenerReader
from coevolve_sim.language.readers.probe import ProbeReader
from coevolve_sim.language.readers.scored import difference
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.values import custom

TOPICS = ("thrift", "honesty")
STANCES = {one.text: one.stance for one in (*statements(True), *statements(False))}
CONTEXT = ReaderContext(
    TOPICS, Templates.standard(), shipped_questionnaire(custom("town", list(TOPICS)), "likert"), 2, 1
)


def stance_of(request):
    """Return the stance of the statement that a request quotes or scores, or that a text says: ``at 0.8``."""
    lines = request.messages[-1].content.splitlines() if request.options == WORDS else request.options
    said = next((line.removeprefix("> ") for line in lines if line.startswith("> ")), "".join(lines[:1]))
    stated = re.fullmatch(r"I stand at (0\.\d)\.", said)
    return float(stated[1]) if stated else STANCES.get(said, 0.5)


class Understanding:
    """Answers as one who reads every text right, but for noise, and leans on each topic by its own view."""

    def __init__(self, noise=0.0, lean=0.0, place=0.0):
        self.noise, self.lean, self.place = noise, lean, place
        self.rng = np.random.default_rng(0)

    def __call__(self, request):
        side = 4.0 * (stance_of(request) - 0.5) + self.lean + float(self.rng.normal(0.0, self.noise))
        side = min(max(side, -300.0), 300.0)
        if request.options == WORDS:
            side += self.place if "for or against" in request.messages[-1].content else -self.place
            logprobs = (-math.log1p(math.exp(-side)), -math.log1p(math.exp(side)))
            return Reply("answered", "for", logprobs)
        if len(request.options) == 1:
            words = len(request.options[0].split())
            for_it = "strongly for" in request.messages[0].content
            return Reply(
                "answered", request.options[0], (words * (-3.0 + (side if for_it else -side) / 4.0),)
            )
        return Reply("invalid", detail="not asked for here")


@pytest.mark.parametrize("reader", [ContrastReader, ListenerReader])
def test_it_reads_what_was_planted_whatever_the_mind_leans_to_and_prefers(reader):
    mind = ScriptedMind(Understanding(lean=1.5, place=2.0))
    fitted = reader().prepare(CONTEXT).fit(mind)
    assert fitted.fitted.r > 0.99
    assert fitted.fitted.auc == 1.0
    said = [ToRead(f"I stand at {stance}.", d, "") for d in (0, 1) for stance in (0.1, 0.3, 0.5, 0.9)]
    read = [one.value for one in fitted.read(mind, said)]
    assert read == pytest.approx([0.1, 0.3, 0.5, 0.9] * 2, abs=0.06)
    assert {one.error for one in fitted.read(mind, said)} == {fitted.fitted.error}


@pytest.mark.parametrize("reader", [ContrastReader, ListenerReader])
def test_a_mind_that_understands_nothing_is_told_apart(reader):
    fitted = reader().prepare(CONTEXT).fit(ScriptedMind(Understanding(noise=200.0)))
    assert abs(fitted.fitted.r) < 0.2
    assert fitted.fitted.error > 0.3


@pytest.mark.parametrize("reader", [ContrastReader, ListenerReader])
def test_what_was_not_answered_is_no_value_and_says_why(reader):
    fitted = reader().prepare(CONTEXT).fit(ScriptedMind(Understanding()))
    deaf = ScriptedMind(lambda _request: Reply("refused"))
    (found,) = fitted.read(deaf, [ToRead("I stand at 0.9.", 0, "")])
    assert (found.status, math.isnan(found.value)) == ("refused", True)


def test_a_word_that_a_server_does_not_name_leaves_the_clearest_texts_readable():
    one, other, status = contrast_pair(Reply("answered", "for", (-0.01, -math.inf)))
    assert status == "answered"
    assert one - other == pytest.approx(math.log(0.99) - math.log(0.01), abs=0.01)
    assert contrast_pair(Reply("answered", "for", (-3.0, -math.inf)))[1] == -3.0
    assert difference([contrast_pair(Reply("answered", "for", (-math.inf, -math.inf)))]).status == "invalid"


def test_a_mind_that_cannot_serve_a_reader_is_told_so_before_anything_is_read():
    with pytest.raises(UnservedError, match=r"statements could be read .* take reader letters or"):
        ContrastReader().prepare(CONTEXT).fit(ScriptedMind(lambda _request: Reply("answered", "for")))


def test_a_limit_on_requests_is_no_reason_to_choose_another_reader():
    def limited(request):
        if len(request.options) == 1:
            raise LimitReachedError("no more may be asked")
        return Understanding()(request)

    with pytest.raises(LimitReachedError):
        AutomaticReader().prepare(CONTEXT).fit(ScriptedMind(limited))


def test_before_it_is_fitted_it_reads_nothing():
    with pytest.raises(ChannelError, match="reader contrast was not fitted to the mind"):
        ContrastReader().prepare(CONTEXT).read(ScriptedMind(), [ToRead("I am for it.", 0, "")])


def test_a_probe_is_refused_where_hidden_states_are_not_at_hand():
    with pytest.raises(MindError, match="those of scripted are not at hand; take a mind of kind local"):
        ProbeReader().prepare(CONTEXT).fit(ScriptedMind())


def test_a_sum_weighs_its_parts_by_what_they_tell():
    known = statements(held_out=True)
    rng = np.random.default_rng(1)
    held = np.array([one.stance for one in known])
    good, bad = ContrastReader(), ListenerReader()
    numbers = (held + rng.normal(0, 0.2, held.size), rng.normal(0, 1, held.size))
    found = [[difference([(float(n), 0.0, "answered")]) for n in column] for column in numbers]
    parts = [part.calibrated(known, one) for part, one in zip((good, bad), found, strict=True)]
    both = CombinedReader([good, bad]).prepare(CONTEXT).stacked(parts, known, found)
    assert both.shares.sum() == pytest.approx(1.0)
    assert both.shares[0] > 5 * both.shares[1]
    assert both.fitted.error < parts[1].fitted.error
    assert both.describe().count("contrast ") == both.describe().count("listener ") == 1


def test_a_part_without_weight_is_not_asked():
    known = statements(held_out=True)
    held = np.array([one.stance for one in known])
    found = [[difference([(float(n), 0.0, "answered")]) for n in column] for column in (held, -held)]
    parts = [
        part.prepare(CONTEXT).calibrated(known, one)
        for part, one in zip((ContrastReader(), ListenerReader()), found, strict=True)
    ]
    both = CombinedReader(parts).prepare(CONTEXT).stacked(parts, known, found)
    mind = ScriptedMind(Understanding())
    both.read(mind, [ToRead("I stand at 0.9.", 0, "")])
    assert both.shares.tolist() == [1.0, 0.0]
    assert {request.options for request in mind.seen} == {WORDS}


def test_the_automatic_one_takes_what_errs_least_and_says_what_it_tried():
    mind = ScriptedMind(Understanding(noise=0.5))
    fitted = AutomaticReader().prepare(CONTEXT).fit(mind)
    assert set(fitted.tried) == {"letters", "contrast", "listener", "probe", "combined"}
    assert "not at hand" in fitted.tried["probe"]
    assert fitted.describe().startswith("auto chose ")
    errors = {name: one for name, one in fitted.tried.items() if not isinstance(one, str)}
    assert fitted.chosen.describe().startswith(min(errors, key=errors.get))
    (read,) = fitted.read(mind, [ToRead("I stand at 0.9.", 0, "")])
    assert read.value > 0.6


class Vague(Understanding):
    """Prefers an option's place by letters, and tells for from against by contrast with much noise."""

    def __call__(self, request):
        if request.options == WORDS or len(request.options) == 1:
            return super().__call__(request)
        n = len(request.options)
        return Reply("answered", "A", (-0.01, *([-9.0] * (n - 1))))


def test_a_reader_that_tells_little_is_chosen_before_one_that_tells_nothing():
    mind = ScriptedMind(Vague(noise=5.0))
    fitted = AutomaticReader().prepare(CONTEXT).fit(mind)
    assert 0.2 < fitted.chosen.fitted.r < 0.5
    assert fitted.chosen.fitted.error > fitted.tried["letters"]  # by a line, which is right on average
    assert fitted.tried["letters"] == pytest.approx(
        np.std([one.stance for one in statements(True)]), abs=0.01
    )


def test_the_automatic_one_says_of_each_reader_why_it_cannot_be_had():
    with pytest.raises(MindError, match=r"the mind can serve no reader \(letters: .*contrast: .*probe: "):
        AutomaticReader().prepare(CONTEXT).fit(ScriptedMind(lambda _request: Reply("given up")))


# --- statements ----------------------------------------------------------------------------------


def test_what_is_held_out_shares_no_topic_and_no_wording():
    learnt, held_out = statements(False), statements(True)
    assert not {one.topic for one in learnt} & {one.topic for one in held_out}
    assert not {one.wording for one in learnt} & {one.wording for one in held_out}
    assert len(learnt) > 1500
    assert len(held_out) > 400
    for some in (learnt, held_out):
        assert {one.stance for one in some} == {0.0, 0.25, 0.5, 0.75, 1.0}
        assert 0.3 < np.mean([one.is_explicit for one in some]) < 0.7


def test_no_topic_of_a_shipped_value_space_is_among_them():
    from coevolve_sim.language.questionnaires import topic_of
    from coevolve_sim.values import SPACES, get

    shipped = {topic_of(get(name), dimension) for name in SPACES.own for dimension in get(name).names}
    assert not {one.topic for one in (*statements(False), *statements(True))} & shipped


def test_implicit_statements_do_not_name_their_topic_and_explicit_ones_do():
    for one in (*statements(False), *statements(True)):
        named = one.topic.lower() in one.text.lower()
        assert named == one.is_explicit
    assert fill("{Topic}?", "thrift") == "Thrift?"
