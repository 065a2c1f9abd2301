"""Values are what a mind prefers, not where options stand; what is not answered is never filled in."""

import math

import numpy as np
import pytest

from coevolve_sim.errors import MindError, QuestionnaireError
from coevolve_sim.language.questionnaires import Item, Questionnaire, measure, shipped_questionnaire
from coevolve_sim.minds import Reply
from coevolve_sim.values import custom, get
from tests.language.questionnaires.scripted_minds import ScriptedMind, by_position, by_value, scored, shown

FOUNDATIONS = get("moral-foundations")
TOWN = custom("town", ["thrift", "rest"])
MYSELF = {"": ""}


@pytest.mark.parametrize("format_", ["likert", "pair"])
def test_a_mind_that_prefers_by_value_point_nine_scores_point_nine(format_):
    questionnaire = shipped_questionnaire(FOUNDATIONS, format_)
    taken = measure(ScriptedMind(by_value(questionnaire, 0.9)), questionnaire, MYSELF)
    assert taken.values == pytest.approx(np.full((1, 5), 0.9))
    assert taken.standard_errors == pytest.approx(np.zeros((1, 5)), abs=1e-12)
    assert taken.consistency.tolist() == [1.0]


@pytest.mark.parametrize("format_", ["likert", "pair"])
@pytest.mark.parametrize("masses", [(0.9, 0.1, 0.0, 0.0, 0.0), (0.2, 0.8, 0.0, 0.0, 0.0), (1.0, 0, 0, 0, 0)])
def test_a_mind_that_prefers_by_position_scores_one_half_and_is_inconsistent(format_, masses):
    questionnaire = shipped_questionnaire(FOUNDATIONS, format_)
    taken = measure(ScriptedMind(by_position(masses)), questionnaire, MYSELF)
    assert taken.values == pytest.approx(np.full((1, 5), 0.5))
    assert taken.consistency.tolist() == [0.0]


def test_in_choices_of_four_position_gives_a_quarter_and_value_its_share():
    questionnaire = shipped_questionnaire(FOUNDATIONS, "four")
    placed = measure(ScriptedMind(by_position((0.7, 0.1, 0.1, 0.1))), questionnaire, MYSELF)
    assert placed.values == pytest.approx(np.full((1, 5), 0.25))
    assert placed.consistency.tolist() == [0.0]

    def held(request, dimension):
        return 3.0 if dimension == "care" else 1.0

    taken = measure(ScriptedMind(by_value(questionnaire, held)), questionnaire, MYSELF)
    assert taken.values[0, 0] == pytest.approx(0.5)  # 3 of 3 + 1 + 1 + 1
    assert taken.values[0, 1:] == pytest.approx(np.full(4, (3 / 6 + 1 / 4) / 3 - 1 / 12 + 1 / 48))
    assert taken.n_items.tolist() == [[4] * 5]


def test_a_mind_of_one_hot_choices_is_measured_too_and_has_no_option_mass():
    questionnaire = shipped_questionnaire(TOWN, "pair")

    def choose(request):
        _, options = shown(request)
        return Reply("answered", "AB"[next(i for i, text in enumerate(options) if "against" not in text)])

    taken = measure(ScriptedMind(choose), questionnaire, MYSELF)
    assert taken.values.tolist() == [[1.0, 1.0]]
    assert math.isnan(taken.option_mass[0])


def test_personas_are_measured_apart_and_summarised_over():
    questionnaire = shipped_questionnaire(TOWN)

    def held(request, dimension):
        return 0.75 if request.messages[0].content == "You are rich." else 0.25

    mind = ScriptedMind(by_value(questionnaire, held))
    taken = measure(mind, questionnaire, {"rich": "You are rich.", "poor": "You are poor."})
    assert taken.personas == ("rich", "poor")
    assert taken.values.tolist() == [[0.75, 0.75], [0.25, 0.25]]
    assert taken.centre().tolist() == [0.5, 0.5]
    assert taken.spread() == pytest.approx([math.sqrt(0.125)] * 2)


def test_the_standard_error_is_that_of_the_mean_over_items():
    scores = {"I am for rest.": 0.9, "There is much good in rest.": 0.6}
    questionnaire = shipped_questionnaire(TOWN, "pair").select(["rest"])

    def reply(request):
        _, options = shown(request)
        mass = [scores.get(text) for text in options]
        return scored([1 - max(m for m in mass if m) if m is None else m for m in mass])

    taken = measure(ScriptedMind(reply), questionnaire, MYSELF)
    assert taken.values[0, 0] == pytest.approx(0.75)
    assert taken.standard_errors[0, 0] == pytest.approx(0.15)


def test_one_item_has_a_value_and_no_standard_error():
    questionnaire = Questionnaire("one", TOWN, shipped_questionnaire(TOWN).items[:1])
    taken = measure(ScriptedMind(by_value(questionnaire, 0.5)), questionnaire, MYSELF)
    assert taken.values[0, 0] == 0.5
    assert math.isnan(taken.standard_errors[0, 0])
    assert math.isnan(taken.values[0, 1]), "rest was not asked about"
    assert taken.n_items.tolist() == [[1, 0]]


def test_statuses_are_counted_exactly_and_an_item_counts_only_if_all_orders_are_answered():
    questionnaire = shipped_questionnaire(TOWN, "pair")
    right = by_value(questionnaire, 0.9)

    def reply(request):
        _, options = shown(request)
        if options[0] == "I am for thrift.":
            return Reply("refused")
        if options[0] == "There is much good in thrift.":
            return Reply("answered", "Well, it depends.")
        return right(request)

    taken = measure(ScriptedMind(reply), questionnaire, MYSELF)
    assert taken.counts == {"answered": 6, "refused": 1, "invalid": 1, "truncated": 0, "given up": 0}
    assert math.isnan(taken.values[0, 0])
    assert taken.values[0, 1] == pytest.approx(0.9)
    assert taken.n_items.tolist() == [[0, 2]]
    assert taken.consistency.tolist() == [1.0]


def test_where_nothing_is_answered_everything_is_nan():
    questionnaire = shipped_questionnaire(TOWN)
    taken = measure(ScriptedMind(lambda request: Reply("given up")), questionnaire, MYSELF)
    assert taken.counts["given up"] == 12
    for array in (
        taken.values,
        taken.standard_errors,
        taken.consistency,
        taken.option_mass,
        taken.centre(),
        taken.spread(),
    ):
        assert np.isnan(array).all()


def test_option_mass_is_the_mean_over_replies():
    questionnaire = shipped_questionnaire(TOWN, "pair")
    taken = measure(ScriptedMind(by_value(questionnaire, 0.9)), questionnaire, MYSELF)
    assert taken.option_mass == pytest.approx([math.exp(-3.0)])


def test_batches_are_no_larger_than_asked_for_and_make_no_difference():
    questionnaire = shipped_questionnaire(TOWN)
    personas = {"a": "You are a.", "b": "You are b."}
    small, large = (ScriptedMind(by_value(questionnaire, 0.3)) for _ in range(2))
    taken = measure(small, questionnaire, personas, batch_size=5)
    assert small.batches == [5, 5, 5, 5, 4]
    assert np.array_equal(taken.values, measure(large, questionnaire, personas).values)
    assert large.batches == [24]


def test_progress_is_told_after_every_reply():
    questionnaire = shipped_questionnaire(TOWN, "pair")
    told = []
    measure(
        ScriptedMind(by_value(questionnaire, 0.3)), questionnaire, MYSELF, progress=lambda *n: told.append(n)
    )
    assert told == [(n, 8) for n in range(1, 9)]


def test_the_voice_and_the_kind_are_those_asked_for():
    questionnaire = shipped_questionnaire(TOWN, "pair")
    seen = set()

    def reply(request):
        seen.add((request.voice, request.kind, len(request.messages)))
        return scored([0.5, 0.5])

    measure(ScriptedMind(reply), questionnaire, MYSELF, voice="C013", kind="probe")
    assert seen == {("C013", "probe", 1)}


def test_an_item_that_measures_nothing_is_not_asked():
    silent = Item("silent", "pair", "Which?", ("Same.", "Same."), (), ((), ()))
    questionnaire = Questionnaire("q", TOWN, (silent, *shipped_questionnaire(TOWN, "pair").items))
    mind = ScriptedMind(by_value(questionnaire, 0.9))
    taken = measure(mind, questionnaire, MYSELF)
    assert mind.n_asked == 8
    assert taken.values == pytest.approx(np.full((1, 2), 0.9))
    assert taken.answers[0][0].masses == ()


def test_a_mind_that_breaks_its_protocol_is_told_so():
    class Forgetful(ScriptedMind):
        def ask(self, requests):
            yield from list(super().ask(requests))[1:]

    class Twice(ScriptedMind):
        def ask(self, requests):
            yield from [*super().ask(requests), (0, Reply("given up"))]

    questionnaire = shipped_questionnaire(TOWN, "pair")
    with pytest.raises(MindError, match="answered 7 of 8 requests"):
        measure(Forgetful(by_value(questionnaire, 0.9)), questionnaire, MYSELF)
    with pytest.raises(MindError, match="numbered 0 out of 8 requests, or gave it twice"):
        measure(Twice(by_value(questionnaire, 0.9)), questionnaire, MYSELF)


def test_without_personas_or_items_that_measure_there_is_nothing_to_measure():
    questionnaire = shipped_questionnaire(TOWN, "pair")
    mind = ScriptedMind(by_value(questionnaire, 0.9))
    with pytest.raises(QuestionnaireError, match="at least 1 persona"):
        measure(mind, questionnaire, {})
    silent = Item("silent", "pair", "Which?", ("Same.", "Same."), (), ((), ()))
    with pytest.raises(QuestionnaireError, match="no item that measures a dimension"):
        measure(mind, Questionnaire("q", TOWN, (silent,)), MYSELF)
    with pytest.raises(QuestionnaireError, match="batch_size is at least 1; 0 given"):
        measure(mind, questionnaire, MYSELF, batch_size=0)
