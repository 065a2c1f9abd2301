"""Small runs of every kind come out as they did, to the last bit where the environment is known."""

import pytest

from tests.golden import pinned
from tests.golden.golden_runs import BASE, RUNS, WITH_TORCH
from tests.golden.rewrite import pin

ELSEWHERE = {"machine": "another"}


@pytest.mark.parametrize("name", BASE)
def test_a_run_comes_out_as_it_did(name, tmp_path, record_property):
    record_property("golden", pinned.judge(name, RUNS[name](tmp_path)))


@pytest.mark.models
@pytest.mark.parametrize("name", WITH_TORCH)
def test_a_run_with_a_language_model_comes_out_as_it_did(name, tmp_path, record_property):
    for library in ("torch", "transformers", "peft"):
        pytest.importorskip(library)
    record_property("golden", pinned.judge(name, RUNS[name](tmp_path)))


def test_every_run_has_values_and_a_digest_and_nothing_else_has():
    assert sorted(pinned.read_values()) == sorted(RUNS)
    assert {name for entry in pinned.read_digests() for name in entry["digests"]} == set(RUNS)


def test_an_environment_stands_once_with_runs_of_its_kind():
    environments = [entry["environment"] for entry in pinned.read_digests()]
    assert all(environments.count(one) == 1 for one in environments)
    for entry in pinned.read_digests():
        kind = WITH_TORCH if "torch's processor features" in entry["environment"] else BASE
        assert set(entry["digests"]) <= set(kind)


# --- where the environment is unknown ------------------------------------------------------------


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Give a run in an environment that nothing is pinned for."""
    monkeypatch.setattr(pinned, "environment", lambda _: ELSEWHERE)
    return RUNS["bayesian_trust"](tmp_path)


def shift(monkeypatch, part, by):
    """Pin other values of a run: one number of a part is shifted."""
    values = pinned.read_values()
    values["bayesian_trust"][part].flat[-1] += by
    monkeypatch.setattr(pinned, "read_values", lambda: values)


def test_elsewhere_values_are_compared_and_it_is_said(elsewhere):
    told = pinned.judge("bayesian_trust", elsewhere)
    assert told == "bayesian_trust: no digest for this environment; values agree to 1e-09"


@pytest.mark.parametrize("part", ["humans", "means", "measures", "measures by dimension", "summary"])
def test_elsewhere_a_change_of_a_millionth_fails(elsewhere, monkeypatch, part):
    shift(monkeypatch, part, 1e-6)
    with pytest.raises(AssertionError, match=rf"'bayesian_trust' changed: {part} differs by 1e-06; 1e-09 is"):
        pinned.judge("bayesian_trust", elsewhere)


def test_elsewhere_a_last_bit_may_differ(elsewhere, monkeypatch):
    shift(monkeypatch, "humans", 1e-12)
    assert pinned.judge("bayesian_trust", elsewhere)


def test_elsewhere_a_number_that_is_gone_fails(elsewhere, monkeypatch):
    shift(monkeypatch, "means", float("nan"))
    with pytest.raises(AssertionError, match="means differs by a number where none was"):
        pinned.judge("bayesian_trust", elsewhere)


def test_a_run_that_changed_is_named_with_what_to_do(monkeypatch, tmp_path):
    where = {"environment": ELSEWHERE, "digests": {"performative": "0" * 64}}
    monkeypatch.setattr(pinned, "environment", lambda _: ELSEWHERE)
    monkeypatch.setattr(pinned, "read_digests", lambda: [where])
    with pytest.raises(AssertionError, match=r"'performative' changed: .* `make golden`.* CHANGELOG\.md"):
        pinned.judge("performative", RUNS["performative"](tmp_path))


# --- pinning anew --------------------------------------------------------------------------------

HERE = {"machine": "this"}
PINNED = [
    {"environment": HERE, "digests": {"a": "1", "b": "2"}},
    {"environment": ELSEWHERE, "digests": {"a": "3"}},
]


def test_pinning_what_did_not_change_changes_nothing():
    assert pin(PINNED, "a", HERE, "1", agrees=True) == (PINNED, False)


def test_a_new_environment_stands_beside_the_others():
    entries, changed = pin(PINNED, "a", {"machine": "new"}, "4", agrees=True)
    assert entries == [*PINNED, {"environment": {"machine": "new"}, "digests": {"a": "4"}}]
    assert not changed


def test_what_others_have_by_another_algorithm_is_dropped_though_nothing_changed():
    entries, changed = pin(PINNED, "a", {"machine": "new"}, "v2:4", agrees=True)
    assert entries == [
        {"environment": HERE, "digests": {"b": "2"}},
        {"environment": {"machine": "new"}, "digests": {"a": "v2:4"}},
    ]
    assert not changed


@pytest.mark.parametrize(("where", "agrees"), [(HERE, True), (HERE, False), ({"machine": "new"}, False)])
def test_what_others_have_of_a_run_that_changed_is_dropped(where, agrees):
    entries, changed = pin(PINNED, "a", where, "5", agrees=agrees)
    assert changed
    assert [entry["digests"].get("a") for entry in entries if entry["environment"] == where] == ["5"]
    assert ELSEWHERE not in [entry["environment"] for entry in entries]
    assert {"b": "2"}.items() <= entries[0]["digests"].items()
