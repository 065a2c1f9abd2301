"""Checks: they pass, they have teeth, and the page of documentation is theirs."""

import re
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from coevolve_sim.evaluation.verification import (
    CHECKS,
    arguments,
    averaging,
    bounded_confidence,
    list_checks,
    loops,
    read_verification,
    verify,
    worlds,
)
from coevolve_sim.rules import bayesian_trust, kernels, scheduled
from coevolve_sim.society import round as round_phases
from tests import ROOT

BIBLIOGRAPHY = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
SLOW = {
    "Deffuant's clusters",
    "complete consensus on graphs",
    "mean degree",
    "values of many dimensions, joint distance",
    "algorithmic bias, 100 humans",
    "attraction and repulsion",
}
MARKED = [pytest.param(check, marks=pytest.mark.slow if check.name in SLOW else ()) for check in CHECKS]


@pytest.mark.long
@pytest.mark.parametrize("check", MARKED, ids=lambda check: check.name)
def test_a_quick_check_passes_and_its_rows_say_why(check):
    for row in check.rows(quick=True):
        assert row.verdict in ({"passed", "differs"} if row.independent else {"passed"}), row
        assert row.claim
        assert row.reason
        assert f"{{{row.source}," in BIBLIOGRAPHY


def test_progress_is_told_and_rows_come_in_order():
    told = []
    chosen = [check for check in CHECKS if check.name in {"moral arguments", "a recommender and its people"}]
    rows = verify(quick=True, chosen=chosen, progress=lambda *said: told.append(said))
    assert told == [(0, 2, "moral arguments"), (1, 2, "a recommender and its people")]
    assert [row.key for row in rows][-1] == "recommender_fixed_point"


def test_ego_facebook_is_read_from_a_file_and_not_run_without_one(tmp_path):
    (missing,) = averaging.friedkin_johnsen_on_facebook(tmp_path / "nosuch.txt")
    assert missing.verdict == "not run"
    assert "--facebook" in missing.reason
    edges = tmp_path / "edges.txt"
    edges.write_text("0 1\n1 2\n2 3\n3 0\n0 2\n")
    (found,) = averaging.friedkin_johnsen_on_facebook(edges)
    assert found.verdict == "passed"
    assert len(list_checks(edges)) == len(CHECKS) + 2


def test_a_check_fails_where_the_loop_is_wrong(monkeypatch):
    """A rule that errs by a millionth is found by closed form, identity and recursion."""
    right = scheduled.move

    def wrong(rule, values, *args, **kwargs):
        return np.clip(right(rule, values, *args, **kwargs) + 1e-6, 0.0, 1.0)

    monkeypatch.setattr(scheduled, "move", wrong)
    assert [row.verdict for row in averaging.mean_hub(quick=True)] == ["failed"]
    assert [row.verdict for row in averaging.friedkin_johnsen(quick=True)] == ["failed"]
    assert "failed" in {row.verdict for row in averaging.identities(quick=True)}
    home = import_module("coevolve_sim.rules.moral_argument")  # the room has a function of the module's name
    argued = home.moral_argument
    monkeypatch.setattr(home, "moral_argument", lambda *a, **k: argued(*a, **k) * (1 - 1e-9))
    verdicts = {row.key: row.verdict for row in arguments.moral_argument(quick=True)}
    assert verdicts["moral_argument_recursion_0.1"] == "failed"


@pytest.mark.long
def test_loops_between_people_and_assistants_fail_where_a_round_errs_by_little(monkeypatch):
    pooled, learned = bayesian_trust.pool_beliefs, round_phases.apply_policy
    with monkeypatch.context() as wrong:
        wrong.setattr(
            bayesian_trust, "pool_beliefs", lambda *held: (pooled(*held)[0] + 1e-5, pooled(*held)[1])
        )
        assert {row.verdict for row in loops.trust_numbers(quick=True)} == {"failed"}
    with monkeypatch.context() as wrong:
        wrong.setattr(round_phases, "apply_policy", lambda *a, **k: (learned(*a, **k)[0] * (1.0 - 1e-9), {}))
        assert {row.verdict for row in loops.performative_prediction(quick=True)} == {"failed"}
    monkeypatch.setattr(loops, "EVIDENCE_SD", 0.03)
    assert "failed" in {row.verdict for row in loops.model_collapse(quick=True)}


def test_a_confidence_that_is_read_wrongly_moves_the_sharp_edge(monkeypatch):
    monkeypatch.setattr(
        bounded_confidence,
        "write_hegselmann_krause_update",
        lambda c, right=bounded_confidence.write_hegselmann_krause_update: right(c * 0.99),
    )
    assert "failed" in {row.verdict for row in bounded_confidence.consensus_on_interval(quick=True)}


def test_a_society_has_the_values_and_the_stubbornness_it_is_given():
    values = np.array([[0.0], [1.0]])
    running = worlds.set_stubbornness(
        worlds.build_society("{rule: degroot}", humans=2, values=values), np.array([1.0, 0.0])
    )
    assert worlds.run_to_end(running).ravel().tolist() == [0.0, 0.5]


def test_consensus_is_of_those_who_have_ties_and_in_every_dimension():
    values = np.array([[0.5, 0.5], [0.51, 0.5], [0.9, 0.5]])
    assert not worlds.is_consensus(values)
    assert worlds.is_consensus(values, np.array([1, 1, 0]))
    assert not worlds.is_consensus(np.array([[0.5, 0.1], [0.5, 0.2]]))


def test_settling_stops_where_nothing_moves():
    running = worlds.build_society("{rule: degroot}", humans=5, rounds=50)
    worlds.settle(running)
    assert running.round_index == 2


IN_DOUBT = {"algorithmic_bias_small_0", "algorithmic_bias_small_1.2"}
"""1.53 and 1.90 clusters are published; here and in NDlib about 1.42 and 1.72 are left, once settled."""


def test_the_page_of_verification_is_generated_from_a_full_run_and_what_fails_is_known():
    outcome = read_verification(ROOT / "docs" / "verify.json")
    page = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    assert page == outcome.as_markdown(), "run `make verification`"
    assert {row.key for row in outcome.rows if row.verdict != "passed"} == IN_DOUBT
    assert {row.verdict for row in outcome.rows if row.key in IN_DOUBT} == {"differs"}
    assert outcome.ok
    assert not outcome.quick
    assert not re.search(r"/(home|tmp|work|root)/", outcome.as_json())


FULL = read_verification(ROOT / "docs" / "verify.json").rows


@pytest.mark.parametrize("row", FULL, ids=lambda row: row.key)
def test_a_row_fails_where_a_number_is_off_by_more_than_it_says_to_see(row):
    """Whichever number, and to either side; a share has one side where all or none agree."""
    is_share = "share of seeds" in row.claim
    fails = []
    for index, expected in enumerate(row.expected):
        for off in (-row.smallest_seen, row.smallest_seen):
            moved = [*row.expected]
            moved[index] = expected + 1.001 * off + np.copysign(1e-14 * max(1.0, abs(expected)), off)
            if not is_share or 0 <= moved[index] <= 1:
                fails.append(replace(row, measured=tuple(moved), independent=None).verdict == "failed")
    assert fails
    assert all(fails)


def test_no_row_is_so_wide_that_it_checks_nothing():
    """It sees half of its number; of a share a third, of a slope or an error of nought a quarter."""
    wide = set()
    for row in FULL:
        worth = [0.5 * abs(number) for number in row.expected if abs(number) > 0.01]
        most = 1 / 3 if "share of seeds" in row.claim else min(worth, default=0.25)
        if row.smallest_seen >= most:
            wide.add(row.key)
    assert not wide


def test_compiled_rules_are_what_is_checked(monkeypatch):
    called = []
    right = kernels.average_in_full_mixing
    monkeypatch.setattr(kernels, "average_in_full_mixing", lambda *args: (called.append(1), right(*args))[1])
    bounded_confidence.consensus_on_interval(quick=True)
    assert len(called) > 700
