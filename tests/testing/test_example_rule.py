"""The example's rule follows its equation, one encounter at a time, and the sure prevail."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import RuleError
from coevolve_sim.networks import full_mixing, ring
from coevolve_sim.registry import load_plugin
from coevolve_sim.rules import Exchange, RoundContext, Susceptibility, perceive_exactly
from tests import ROOT

FOLDER = ROOT / "examples" / "plugin" / "coevolve_example"
Rule = load_plugin(f"{FOLDER / 'relative_agreement.py'}:RelativeAgreement", "rule", RuleError)
agree = load_plugin(f"{FOLDER / 'relative_agreement.py'}:agree", "rule", RuleError)


def plainly(x_i, u_i, x_j, u_j, mu):
    """Return what the paper makes of the listener j that hears i, written as the paper writes it."""
    overlap = min(x_i + u_i, x_j + u_j) - max(x_i - u_i, x_j - u_j)
    if overlap <= u_i:
        return x_j, u_j
    non_overlapping = 2 * u_i - overlap
    agreement = (overlap - non_overlapping) / (2 * u_i)
    return x_j + mu * agreement * (x_i - x_j), u_j + mu * agreement * (u_i - u_j)


def test_an_encounter_is_the_papers_equation():
    rng = np.random.default_rng(3)
    x_i, x_j = rng.random((2, 500))
    u_i, u_j = rng.uniform(0.05, 1.0, (2, 500))
    x, u = agree(x_j, u_j, x_i, u_i, 0.3)
    wanted = np.array([plainly(*each, 0.3) for each in zip(x_i, u_i, x_j, u_j, strict=True)])
    np.testing.assert_allclose(np.stack([x, u], axis=1), wanted, rtol=0, atol=1e-15)
    assert (x != x_j).any()
    assert (x == x_j).any()


def given(rule, values, ties):
    n_humans = len(values)
    context = RoundContext(1, 1, ("a", "b"), ("all",), np.zeros(n_humans, np.int32))
    perceived = perceive_exactly(values, ties)
    listens = Susceptibility.of(n_humans)
    return Exchange(values, perceived, ties, listens, rule.first_state(values), values.copy, context)


@pytest.mark.parametrize("ties", [ring(40, 4), full_mixing(40)], ids=["ring", "complete"])
def test_everybody_hears_one_of_those_they_are_tied_to_and_all_at_once(ties):
    rule = Rule(pace=0.5, uncertainty=0.5, sure_within=0.2, sure=0.1)
    values = np.random.default_rng(4).random((40, 2))
    state = rule.first_state(values)["uncertainty"]
    moved = rule.exchange(given(rule, values, ties))
    explicit = ties.to_explicit()
    for human in range(40):
        heard = explicit.indices[explicit.indptr[human] : explicit.indptr[human + 1]]
        possible = [
            [plainly(values[j, d], state[j, d], values[human, d], state[human, d], 0.5) for d in (0, 1)]
            for j in heard
        ]
        came = [(moved.values[human, d], moved.state["uncertainty"][human, d]) for d in (0, 1)]
        assert any(np.allclose(came, each, rtol=0, atol=1e-14) for each in possible), human


def test_the_few_who_are_sure_carry_away_the_many_and_without_them_all_gather_in_the_middle(tmp_path):
    """The scenario's own claim; the path stands for the installed name."""
    text = (FOLDER.parent / "scenarios" / "relative_agreement.yaml").read_text(encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(
        text.replace(
            "rule: relative_agreement",
            f"rule: custom\n  path: {FOLDER / 'relative_agreement.py'}:RelativeAgreement",
        ),
        encoding="utf-8",
    )
    ends = []
    for near in (0.1, 0.0):
        run = coevolve_sim.run(
            path, overrides=(f"update.parameters.sure_within={near}",), results=tmp_path / str(near)
        )
        ends.append(run.measures.iloc[-1]["variance"])
    assert ends[0] > 0.1
    assert ends[1] < 0.01
