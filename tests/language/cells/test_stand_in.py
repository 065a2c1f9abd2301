"""Cells of a mind whose persona effects and noise are planted: how far off they are, and when.

The full channel is computed by a formula, which a small society that asks everybody is held to first.
"""

import numpy as np
import pytest

from coevolve_sim.streams import stream, stream_seed
from tests.language.cells.planted import (
    NOISE_SD,
    People,
    Planted,
    draw_persona,
    find_error,
    persona_left_out,
    run_by_formula,
    run_rounds,
    sketches_of,
    society,
)

HUMANS, ROUNDS, SEED = 1500, 30, 3


def named_noise(people, planted):
    """Return the noise of replies to requests that are named by human and round."""

    def draw(round_index):
        seeds = [
            stream_seed(people.seed, "words", round_index, "speak", human, 0) % 2**31
            for human in range(people.humans)
        ]
        return [np.random.Generator(np.random.Philox(key=one)).normal(0.0, planted.noise_sd) for one in seeds]

    return lambda round_index: np.array(draw(round_index))


def any_noise(people, number):
    """Return other replies of everybody, drawn at once."""
    return lambda r: stream(number, "other replies", r).normal(0.0, NOISE_SD, people.humans)


@pytest.fixture(scope="module")
def people():
    return People(HUMANS, SEED)


@pytest.fixture(scope="module")
def planted():
    return Planted.drawn(SEED)


@pytest.fixture(scope="module")
def in_full(people, planted):
    """Return the values of people of whom everybody is asked, twice: with other replies the second time."""
    sketches = sketches_of(society(people, planted))
    return [run_by_formula(people, planted, sketches, ROUNDS, any_noise(people, n)) for n in (1, 2)]


def by_cells(people, planted, replies, *, redraw):
    cells = f"{{by: cells, replies: {replies}, redraw: {str(redraw).lower()}, audit: 50}}"
    return run_rounds(society(people, planted, f"rounds={ROUNDS}", f"channel.population={cells}"))


def test_a_society_that_asks_everybody_is_the_formula():
    people, planted = People(200, 5), Planted.drawn(5)
    made = society(people, planted, "rounds=6")
    values, _ = run_rounds(made)
    expected = run_by_formula(people, planted, sketches_of(made), 6, named_noise(people, planted))
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12)
    assert np.abs(values[-1] - values[0]).max() > 0.2


def test_what_is_read_is_exactly_what_is_planted():
    people, planted = People(50, 6), Planted.drawn(6)
    made = society(people, planted, "rounds=1")
    sketches = sketches_of(made)
    _, (log,) = run_rounds(made)
    for one in log.said:
        seed = stream_seed(6, "words", 1, "speak", one.speaker, 0) % 2**31
        stance = int(one.latent * 100.0 + 0.5) / 100
        assert one.expressed == planted.say(sketches[one.speaker], stance, seed)


@pytest.mark.long
def test_redrawn_cells_are_near_everybody_asked_and_one_draw_that_is_kept_is_not(people, planted, in_full):
    floor = find_error(*in_full)
    redrawn, _ = by_cells(people, planted, 4, redraw=True)
    kept, _ = by_cells(people, planted, 1, redraw=False)
    errors = [find_error(values, in_full[0]) for values in (redrawn, kept)]
    assert floor < 0.003
    assert errors[0] < 0.006
    assert errors[1] > 2 * floor


@pytest.mark.long
def test_leaving_the_persona_out_of_the_key_is_seen(people, planted, in_full):
    with persona_left_out(draw_persona):
        wrong, logs = by_cells(people, planted, 1, redraw=False)
    assert find_error(wrong, in_full[0]) > 0.02
    assert max(len(log.said) for log in logs) <= 101
