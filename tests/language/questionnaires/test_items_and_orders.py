"""Items say what their options stand for; orders put options in every place equally often."""

import math
from collections import Counter

import pytest

from coevolve_sim.errors import QuestionnaireError, ValueSpaceError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import (
    Item,
    Questionnaire,
    is_consistent,
    orders,
    reading_request_for,
    request_for,
    shipped_questionnaire,
    statements_of,
    topic_of,
    undo_order,
)
from coevolve_sim.values import SPACES, Dimension, ValueSpace, custom, get

TOWN = custom("town", ["thrift", "free_speech", "order", "rest", "sport"])
PAIR = Item("a", "pair", "Which?", ("Save.", "Spend."), ("thrift",), ((1.0,), (0.0,)))


@pytest.mark.parametrize("name", SPACES)
def test_likert_asks_three_statements_a_dimension_and_reverses_the_one_against(name):
    questionnaire = shipped_questionnaire(name)
    space = get(name)
    assert len(questionnaire.items) == 3 * space.n_dimensions
    assert len({item.question for item in questionnaire.items}) == len(questionnaire.items)
    for dimension in space.names:
        firsts = [item.values[0] for item in questionnaire.items_on(dimension)]
        lasts = [item.values[-1] for item in questionnaire.items_on(dimension)]
        assert firsts == [(1.0,), (1.0,), (0.0,)]
        assert lasts == [(0.0,), (0.0,), (1.0,)]


def test_a_likert_item_asks_how_far_one_agrees_on_a_scale_of_five():
    item = shipped_questionnaire("progressgym").items[15]
    assert item.question == 'How far do you agree: "It is wrong to let others believe what is not true."?'
    assert item.options[0] == "agree strongly"
    assert [value for (value,) in item.values] == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_a_pair_sets_each_statement_for_a_dimension_against_the_one_against_it():
    items = shipped_questionnaire("moral-foundations", "pair").items_on("care")
    statements = statements_of(get("moral-foundations"), "care")
    assert [item.options for item in items] == [
        (statements[0][1], statements[2][1]),
        (statements[1][1], statements[2][1]),
    ]
    assert {item.values for item in items} == {((1.0,), (0.0,))}


@pytest.mark.parametrize("name", [name for name in SPACES if name != "inglehart-welzel"])
def test_in_choices_of_four_every_dimension_stands_once_in_every_place(name):
    questionnaire = shipped_questionnaire(name, "four")
    for place in range(4):
        counts = Counter(item.dimensions[place] for item in questionnaire.items)
        assert counts == dict.fromkeys(get(name).names, 1)
    for item in questionnaire.items:
        assert len(set(item.dimensions)) == 4
        for option, dimension in zip(item.options, item.dimensions, strict=True):
            assert (1, option) in statements_of(get(name), dimension)


def test_two_dimensions_are_too_few_for_a_choice_of_four():
    with pytest.raises(
        QuestionnaireError, match=r"at least 4 dimensions; value space 'inglehart-welzel' has 2"
    ):
        shipped_questionnaire("inglehart-welzel", "four")


def test_a_format_that_there_is_not_is_refused():
    with pytest.raises(QuestionnaireError, match="formats are likert, pair, four; 'slider' given"):
        shipped_questionnaire("progressgym", "slider")


@pytest.mark.parametrize("format_", ["likert", "pair", "four"])
def test_a_space_of_the_users_own_is_asked_about_by_its_labels(format_):
    questionnaire = shipped_questionnaire(TOWN, format_)
    texts = " ".join(text for item in questionnaire.items for text in (item.question, *item.options))
    assert "I am for free speech." in texts
    assert {name for item in questionnaire.items for name in item.dimensions} == set(TOWN.names)


def test_a_label_in_capitals_stays_so_in_a_sentence():
    space = ValueSpace("own", (Dimension("nato", "NATO membership", "Being in it."),))
    assert topic_of(space, "nato") == "NATO membership"


def test_a_space_that_only_borrows_a_built_in_name_gets_generic_statements():
    space = custom("progressgym", ["do_not_kill"])
    assert topic_of(space, "do_not_kill") == "do not kill"
    assert topic_of("progressgym", "do_not_kill") == "never killing anybody"
    assert topic_of(get("progressgym").select(["do_not_kill"]), "do_not_kill") == "never killing anybody"
    with pytest.raises(ValueSpaceError, match="no dimension is called 'x'"):
        topic_of("progressgym", "x")


def test_a_scale_has_two_orders_a_pair_two_and_four_options_twenty_four():
    assert [
        len(orders(shipped_questionnaire("progressgym", f).items[0])) for f in ("likert", "pair", "four")
    ] == [
        2,
        2,
        24,
    ]
    assert orders(shipped_questionnaire("progressgym").items[0]) == ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0))
    assert len(set(orders(shipped_questionnaire("progressgym", "four").items[0]))) == 24


def test_mass_goes_to_the_option_that_stood_there_in_every_order_of_four():
    item = shipped_questionnaire("progressgym", "four").items[0]
    held = (0.4, 0.3, 0.2, 0.1)
    for order in orders(item):
        by_position = [held[option] for option in order]
        assert undo_order(by_position, order) == held


def test_an_order_of_other_options_is_refused():
    with pytest.raises(QuestionnaireError, match=r"2 masses were shown in no order like \(0, 0\)"):
        undo_order((0.5, 0.5), (0, 0))


def test_an_even_mind_is_consistent_and_one_that_moves_with_places_is_not():
    assert is_consistent([(0.5, 0.5), (0.5, 0.5)])
    assert not is_consistent([(0.2, 0.5, 0.3), (0.5, 0.2, 0.3)])


def test_a_request_shows_the_options_in_its_order_after_who_the_mind_is():
    request = request_for(PAIR, (1, 0), Templates.standard(), "You are Ada.", voice="C013", kind="probe")
    assert [(m.role, m.content) for m in request.messages] == [
        ("system", "You are Ada."),
        ("user", "Which?\nA: Spend.\nB: Save.\nAnswer with one letter."),
    ]
    assert (request.options, request.voice, request.kind) == (("A", "B"), "C013", "probe")
    assert request.is_deterministic
    assert len(request_for(PAIR, (0, 1), Templates.standard()).messages) == 1


def test_a_reading_request_asks_what_the_writer_would_answer_and_quotes_every_line():
    request = reading_request_for(PAIR, (0, 1), Templates.standard(), "thrift", "I save.\nAnswer B.")
    assert request.messages[0].content.startswith("You tell where the writer")
    assert "> I save.\n> Answer B.\n" in request.messages[1].content
    assert request.kind == "read"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"options": ("One.",)}, "an item of format pair has 2 options; 1 given"),
        ({"options": ("Same.", "Same.")}, "two options read the same"),
        ({"values": ((1.0,), (1.5,))}, r"a number in \[0, 1\]; 1.5 given"),
        ({"values": ((1.0,), (math.nan,))}, r"a number in \[0, 1\]; nan given"),
        ({"values": ((1.0,),)}, r"rows of \[1\] given"),
        ({"format": "slider"}, "formats are likert, pair, four; 'slider' given"),
        ({"dimensions": ("a", "a"), "values": ((1.0, 1.0), (0.0, 0.0))}, "a dimension is named twice"),
        ({"question": " "}, "none of them empty"),
    ],
)
def test_an_item_that_does_not_fit_together_is_refused(changed, problem):
    fields = {
        name: getattr(PAIR, name) for name in ("id", "format", "question", "options", "dimensions", "values")
    }
    with pytest.raises(QuestionnaireError, match=problem):
        Item(**(fields | changed))


def test_a_questionnaire_refuses_an_id_that_stands_twice_and_a_dimension_that_there_is_not():
    with pytest.raises(QuestionnaireError, match="two items have the id 'a'"):
        Questionnaire("q", TOWN, (PAIR, PAIR))
    with pytest.raises(QuestionnaireError, match="at least 1 item"):
        Questionnaire("q", TOWN, ())
    with pytest.raises(ValueSpaceError, match="no dimension is called 'thrift'"):
        Questionnaire("q", get("progressgym"), (PAIR,))


def test_selecting_dimensions_keeps_the_items_that_measure_only_those():
    chosen = shipped_questionnaire(TOWN).select(["order", "thrift"])
    assert chosen.space.names == ("order", "thrift")
    assert len(chosen.items) == 6
    with pytest.raises(QuestionnaireError, match="at least 1 item"):
        shipped_questionnaire(TOWN, "four").select(["order"])


def test_fewer_items_are_the_first_on_each_dimension_and_the_notes_say_so():
    whole = shipped_questionnaire(TOWN)
    fewer = whole.at_most(2)
    assert [item.id for item in fewer.items] == [
        item.id for item in whole.items if item.id.endswith(("/1", "/2"))
    ]
    assert fewer.notes[-1] == f"At most 2 items were taken on a dimension: 10 of {len(whole.items)}."
    assert fewer.fingerprint != whole.fingerprint
    assert whole.at_most(99).items == whole.items
    with pytest.raises(QuestionnaireError, match="measured by at least 1 item; 0 asked for"):
        whole.at_most(0)


def test_an_item_of_several_dimensions_is_taken_while_one_of_them_has_too_few():
    fours = shipped_questionnaire("moral-foundations", "four").at_most(1)
    counts = Counter(name for item in fours.items for name in item.dimensions)
    assert set(counts) == set(get("moral-foundations").names)
    assert len(fours.items) == 2


def test_a_fingerprint_follows_the_items_and_not_the_name():
    questionnaire = shipped_questionnaire(TOWN)
    renamed = Questionnaire("other", TOWN, questionnaire.items)
    fewer = Questionnaire("other", TOWN, questionnaire.items[1:])
    assert questionnaire.fingerprint == renamed.fingerprint != fewer.fingerprint
