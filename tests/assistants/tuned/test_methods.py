"""What each method learns from, and how it is named."""

import pytest

from coevolve_sim.assistants.preferences import Comparison
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned import Method, parse_method
from coevolve_sim.assistants.tuned.methods import NamedMethod
from coevolve_sim.errors import PolicyError
from coevolve_sim.minds import Message
from tests.assistants.tuned.taught import TOPIC


def said(logit, who="Ada", first="Yes.", second="No."):
    ends = ("answered", "answered")
    return Comparison(who, TOPIC, first, second, (logit, logit), ends)


def prompt_of(topic):
    return [Message("user", topic)]


def selected(method, *eras):
    return [(one.chosen, one.rejected, one.weight) for one in method.select_pairs(eras, prompt_of)]


PAST, NOW = [said(-1.0)], [said(1.0), said(2.0, "Bo"), said(-1.0, "Cy")]


@pytest.mark.parametrize("kind", ["dpo", "lifelong_dpo"])
def test_the_last_era_is_learnt_from_with_a_copy_for_each_of_its_people(kind):
    assert selected(Method(kind), PAST, NOW) == [("Yes.", "No.", 2.0), ("No.", "Yes.", 1.0)]


def test_only_lifelong_and_extrapolative_go_on_from_their_last_adapter():
    going = {kind: Method(kind).goes_on for kind in ("dpo", "lifelong_dpo", "extrapolative_dpo")}
    assert going == {"dpo": False, "lifelong_dpo": True, "extrapolative_dpo": True}


@pytest.mark.parametrize(
    ("order", "horizon", "votes", "copies"),
    [
        (1, 1, "-+", 3),
        (1, 2, "-+", 5),
        (2, 1, "-++", -1),
        (2, 1, "--+", 5),
        (2, 2, "+-+", 5),
        (0, 3, "-+", 1),
    ],
)
def test_votes_of_eras_are_extrapolated_and_cut_to_five_copies(order, horizon, votes, copies):
    eras = [[said(1.0 if vote == "+" else -1.0)] for vote in votes]
    expected = ("Yes.", "No.") if copies > 0 else ("No.", "Yes.")
    assert selected(Method("extrapolative_dpo", order, horizon), *eras) == [(*expected, float(abs(copies)))]


def test_a_pair_that_an_era_has_no_usable_vote_on_teaches_nothing():
    failed = Comparison("Ada", TOPIC, "Yes.", "No.", (1.0, float("nan")), ("answered", "refused"))
    assert selected(Method("extrapolative_dpo"), [failed], [said(1.0)]) == []
    assert selected(Method("dpo"), [failed]) == []


def test_only_extrapolation_has_a_horizon_to_be_set():
    assert Method("extrapolative_dpo", order=2).with_horizon(4) == Method("extrapolative_dpo", 2, 4)
    assert Method("dpo").with_horizon(4) == Method("dpo")


def test_a_judge_cannot_be_named_in_python_either():
    with pytest.raises(PolicyError, match="'mine': annotator is people or self_reference; 'judge' given"):
        NamedMethod("mine", Method("dpo"), DpoSettings(), "judge")


def test_a_method_is_named_with_its_settings():
    found = parse_method("extrapolative_dpo, order=2, beta=1, epochs=3")
    assert found.method == Method("extrapolative_dpo", order=2)
    assert (found.settings.beta, found.settings.epochs) == (1.0, 3)
    assert found.name == "extrapolative_dpo,order=2,beta=1,epochs=3"
    assert parse_method("lifelong") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dpo,order=2", "'order=2' is not understood; dpo takes annotator, learning_rate, epochs"),
        ("dpo,annotator=judge", "annotator is people or self_reference; 'judge' given .a judge takes a scen"),
        ("dpo,epochs=0", "epochs is 0; it must be a whole number, at least 1"),
        ("dpo,beta=much", "dpo,beta=much"),
        ("extrapolative_dpo,order=0.5", "order is a whole number; 0.5 given"),
        ("extrapolative_dpo,order=-1", "order -1 and horizon 1 given; both are at least 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(text, told):
    with pytest.raises(PolicyError, match=told):
        parse_method(text)


def test_there_is_no_other_method():
    with pytest.raises(PolicyError, match="weights learn by dpo, lifelong_dpo, extrapolative_dpo, or not at"):
        Method("rlhf")
