"""Named streams: the same address gives the same draws, another address independent ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.streams import stream, stream_key, stream_seed

addresses = st.tuples(st.integers(0, 2**63), st.text(st.characters(codec="utf-8"), max_size=5)) | st.tuples(
    st.integers(0, 2**63),
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.integers(-(10**12), 10**12) | st.text("0123456789:is", max_size=5),
)


def first(*address):
    return stream(*address).integers(0, 2**63)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "a", "1"), (1, "a", 1)),
        ((1, "ab", "c"), (1, "a", "bc")),
        ((1, "a", "b", "c"), (1, "a", "bc")),
        ((1, "a", ""), (1, "a")),
        ((1, "a", 12, 3), (1, "a", 1, 23)),
        ((1, "a", 1, 2), (1, "a", 2, 1)),
        ((11, "1"), (1, "11")),
        ((1, "a", "2:s1"), (1, "a", "s1")),
        ((1, "a:1"), (1, "a", "1")),
        ((1, "a", -1), (1, "a", 1)),
        ((1, "a", 2**64), (1, "a", 0)),
        ((0, "a"), (2**64, "a")),
        ((1, "A"), (1, "a")),
    ],
)
def test_addresses_that_look_alike_have_streams_of_their_own(one, other):
    assert first(*one) != first(*other)
    assert stream_key(*one) != stream_key(*other)
    assert stream_seed(*one) != stream_seed(*other)


@given(addresses, addresses)
def test_two_streams_are_the_same_exactly_if_their_addresses_are(one, other):
    assert (first(*one) == first(*other)) == (one == other)


def test_an_address_always_leads_to_the_same_draws():
    known = [0.20583747517954332, 0.1373291440888995, 0.5730946738674084]
    np.testing.assert_array_equal(stream(1, "initial values", "a", 7).random(3), known)
    assert stream(20261124, "x").integers(0, 2**63) == 5630970374211476183
    assert stream_key(1, "encounters", 7) == 15348854373464975606
    assert stream_seed(1, "network") == 195084738


def test_a_numpy_integer_is_the_same_address_as_the_number():
    assert first(1, "a", np.int32(7)) == first(1, "a", 7)


def test_drawing_from_one_stream_moves_no_other():
    expected = first(1, "b", 3)
    stream(1, "a", 3).random(1000)
    np.random.default_rng(1).random(10)
    assert first(1, "b", 3) == expected


def test_neighbouring_rounds_are_uncorrelated_and_uniform():
    draws = np.array([stream(1, "round", r).random(50) for r in range(400)])
    assert abs(draws.mean() - 0.5) < 5 * 12**-0.5 / draws.size**0.5
    off = np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]
    assert abs(off) < 5 / draws[1:].size ** 0.5


def test_keys_and_seeds_fit_what_takes_them():
    assert stream_key(1, "k").dtype == np.uint64
    assert all(0 <= stream_seed(1, "s", i) < 2**32 for i in range(100))
    assert len({stream_seed(1, "s", i) for i in range(1000)}) == 1000
