"""The losses are the formulas, to the last digit that a hand can check."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.assistants.training.dpo import DpoSettings, dpo_loss, dpo_losses, reward_margins
from coevolve_sim.assistants.training.sft import SftSettings, sft_loss
from coevolve_sim.errors import TrainingError

numbers = st.floats(-60, 0)


def test_where_nothing_has_moved_the_loss_is_ln_2_whatever_beta_and_weights():
    logps = np.array([-3.0, -7.0])
    margins = reward_margins(logps, logps - 1.0, logps, logps - 1.0, beta=0.7)
    assert margins.tolist() == [0.0, 0.0]
    assert dpo_loss(margins, np.array([1.0, 5.0])) == pytest.approx(math.log(2.0), abs=1e-15)


def test_the_loss_of_a_pair_is_the_one_computed_by_hand():
    """Chosen -4 to -2, rejected -3 to -6: margin .1 ((-2 + 4) - (-6 + 3)) = .5; log(1 + e^-.5) = .474077."""
    margins = reward_margins(*(np.array([value]) for value in (-2.0, -6.0, -4.0, -3.0)), beta=0.1)
    assert margins[0] == pytest.approx(0.5, abs=1e-15)
    assert dpo_losses(margins)[0] == pytest.approx(0.474076984180107, abs=1e-12)


def test_pairs_count_by_their_weight():
    """Weights 3 and 1 of losses ln 2 and log(1 + 1/e): (3 ln 2 + .313262) / 4 = .598176."""
    loss = dpo_loss(np.array([0.0, 1.0]), np.array([3.0, 1.0]))
    assert loss == pytest.approx((3 * math.log(2.0) + math.log1p(math.exp(-1.0))) / 4, abs=1e-15)
    doubled = dpo_loss(np.array([0.0, 1.0]), np.array([6.0, 2.0]))
    assert doubled == loss


def test_a_pair_of_weight_two_is_two_pairs():
    margins = np.array([0.3, -0.8])
    assert dpo_loss(margins, np.array([1.0, 2.0])) == pytest.approx(
        dpo_loss(np.array([0.3, -0.8, -0.8]), np.ones(3)), abs=1e-15
    )


@given(*([numbers] * 4), st.floats(0.01, 5.0))
def test_the_loss_falls_as_the_chosen_grows_likelier_and_rises_with_the_rejected(c, r, c0, r0, beta):
    def loss(chosen, rejected):
        pair = (np.array([value]) for value in (chosen, rejected, c0, r0))
        return float(dpo_losses(reward_margins(*pair, beta=beta))[0])

    here = loss(c, r)
    assert here >= 0.0
    assert loss(c + 1.0, r) <= here <= loss(c, r + 1.0)


def test_the_loss_is_finite_however_far_apart_the_answers_are():
    assert dpo_losses(np.array([1e4, -1e4])).tolist() == [0.0, 1e4]


def test_torch_gives_numpys_numbers_and_the_gradient_of_the_formula():
    """d loss / d chosen = -beta sigmoid(-margin), and the opposite for the rejected."""
    torch = pytest.importorskip("torch")
    chosen = torch.tensor([-2.0, -9.0], dtype=torch.float64, requires_grad=True)
    rejected = torch.tensor([-6.0, -1.0], dtype=torch.float64, requires_grad=True)
    before = torch.tensor([-4.0, -4.0], dtype=torch.float64)
    weights = torch.tensor([1.0, 3.0], dtype=torch.float64)
    margins = reward_margins(chosen, rejected, before, before, beta=0.1)
    loss = dpo_loss(margins, weights)
    loss.backward()
    plain = [tensor.detach().numpy() for tensor in (chosen, rejected, before, before)]
    assert float(loss.detach()) == pytest.approx(
        float(dpo_loss(reward_margins(*plain, beta=0.1), weights.numpy())), abs=1e-14
    )
    pull = 0.1 / (1.0 + np.exp(margins.detach().numpy())) * np.array([0.25, 0.75])
    assert chosen.grad.numpy() == pytest.approx(-pull, abs=1e-14)
    assert rejected.grad.numpy() == pytest.approx(pull, abs=1e-14)
    assert (chosen.grad < 0).all()


@pytest.mark.parametrize("weights", [[1.0, 0.0], [1.0, -1.0], [1.0, math.nan], [1.0, math.inf]])
def test_a_weight_that_is_no_positive_number_is_refused(weights):
    with pytest.raises(TrainingError, match="numbers above 0"):
        dpo_loss(np.zeros(2), np.array(weights))


@pytest.mark.parametrize(("margins", "weights"), [(2, 3), (0, 0)])
def test_weights_of_another_shape_are_refused_and_so_is_nothing(margins, weights):
    with pytest.raises(TrainingError, match=r"both must be \(pairs,\)"):
        dpo_loss(np.zeros(margins), np.ones(weights))


def test_only_the_answers_tokens_count_in_supervised_tuning():
    logprobs = np.array([[-50.0, -1.0], [-2.0, -3.0]])
    assert sft_loss(logprobs, np.array([[0.0, 1.0], [1.0, 1.0]])) == 2.0
    with pytest.raises(TrainingError, match="no token of an answer"):
        sft_loss(logprobs, np.zeros((2, 2)))
    with pytest.raises(TrainingError, match="both must be"):
        sft_loss(logprobs, np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"beta": 0.0}, "beta is 0.0; it must be a number above 0"),
        ({"anchor": -0.1}, "anchor is -0.1; it must be a number, at least 0"),
        ({"learning_rate": math.nan}, "learning_rate is nan"),
        ({"alpha": -1.0}, "alpha is -1.0"),
        ({"epochs": 0}, "epochs is 0; it must be a whole number, at least 1"),
        ({"batch": 1.5}, "batch is 1.5"),
        ({"rank": 0}, "rank is 0"),
        ({"seed": -1}, "seed is -1; it must be a whole number, at least 0"),
        ({"n_threads": 0}, "n_threads is 0"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(given, words):
    with pytest.raises(TrainingError, match=words):
        DpoSettings(**given)
    if not given.keys() & {"beta", "anchor"}:
        with pytest.raises(TrainingError, match=words):
            SftSettings(**given)
