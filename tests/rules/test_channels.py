"""The numeric channel: what is perceived is what was said, plus noise that has a name."""

import numpy as np
import pytest

from coevolve_sim.errors import ChannelError
from coevolve_sim.networks import full_mixing, ring
from coevolve_sim.rules import RULES, Meetings, Susceptibility, move
from coevolve_sim.rules.channel import NumericChannel, Scene
from coevolve_sim.streams import stream, stream_key

RING = ring(200, 4)
EVERYBODY = np.arange(200)


def said(n=200, n_dimensions=3):
    return 0.3 + 0.4 * stream(1, "said").random((n, n_dimensions))


def test_without_noise_the_very_values_are_perceived():
    channel, values = NumericChannel(1), said()
    heard = channel.among_humans(values, RING, Scene(1))
    assert heard.perceived is values
    assert heard.offsets is None
    np.testing.assert_array_equal(heard.rows, RING.indices)
    np.testing.assert_array_equal(channel.from_humans(values, EVERYBODY, EVERYBODY, Scene(1)), values)
    assert channel.from_assistants(values, EVERYBODY, EVERYBODY, Scene(1)) is values


@pytest.mark.parametrize("way", ["among_humans", "from_humans", "from_assistants"])
def test_noise_has_the_standard_deviation_asked_for(way):
    channel, values = NumericChannel(1, noise=0.05), np.full((20_000, 2), 0.5)
    if way == "among_humans":
        perceived = channel.among_humans(values, ring(20_000, 2), Scene(1)).perceived
    else:
        perceived = getattr(channel, way)(values, np.arange(20_000), np.zeros(20_000, int), Scene(1))
    noise = perceived - values
    assert abs(noise.mean()) < 4 * 0.05 / noise.size**0.5
    assert abs(noise.std() - 0.05) < 4 * 0.05 / (2 * noise.size) ** 0.5


def test_what_is_perceived_stays_on_the_scale():
    channel = NumericChannel(1, noise=1.0)
    for perceived in (
        channel.from_humans(said(), EVERYBODY, EVERYBODY, Scene(1)),
        channel.from_assistants(said(), EVERYBODY, EVERYBODY, Scene(1)),
        channel.among_humans(said(), RING, Scene(1)).perceived,
    ):
        assert perceived.min() == 0.0
        assert perceived.max() == 1.0


def test_noise_follows_from_seed_round_and_direction():
    values = said()

    def perceived(seed, round_index):
        channel = NumericChannel(seed, 0.1)
        return (
            channel.from_humans(values, EVERYBODY, EVERYBODY, Scene(round_index)),
            channel.from_assistants(values, EVERYBODY, EVERYBODY, Scene(round_index)),
            channel.among_humans(values, RING, Scene(round_index)).perceived,
        )

    one = perceived(1, 1)
    for a, b in zip(one, perceived(1, 1), strict=True):
        np.testing.assert_array_equal(a, b)
    flat = [p.tobytes() for p in (*one, *perceived(2, 1), *perceived(1, 2))]
    assert len(set(flat)) == 9


def test_noise_does_not_depend_on_who_else_consults():
    channel, values, some = NumericChannel(1, 0.1), said(), np.array([3, 7, 90])
    everybody = channel.from_humans(values, EVERYBODY, EVERYBODY, Scene(1))
    np.testing.assert_array_equal(channel.from_humans(values, some, some, Scene(1)), everybody[some])
    spoken = channel.from_assistants(values, EVERYBODY, EVERYBODY, Scene(1))
    np.testing.assert_array_equal(channel.from_assistants(values[some], some, some, Scene(1)), spoken[some])


def test_all_who_hear_a_speaker_misperceive_it_alike():
    heard = NumericChannel(1, 0.1).among_humans(said(), RING, Scene(1))
    assert heard.perceived.shape == said().shape
    np.testing.assert_array_equal(heard.rows, RING.indices)
    complete = NumericChannel(1, 0.1).among_humans(said(), full_mixing(200), Scene(1))
    np.testing.assert_array_equal(complete.rows, np.arange(200))


def test_the_offsets_of_pairs_are_those_of_the_synchronous_schedule():
    values = said()
    heard = NumericChannel(1, 0.2).among_humans(values, RING, Scene(5))
    np.testing.assert_array_equal(heard.perceived, np.clip(values + heard.offsets, 0, 1))


@pytest.mark.long
def test_a_lone_encounter_hears_what_the_synchronous_schedule_would():
    values = said()
    heard = NumericChannel(1, 0.2).among_humans(values, RING, Scene(5))
    rule, listening = RULES["hegselmann_krause"], Susceptibility.of(200, rate=1.0)
    moved = move(rule, values, RING, listening, heard=heard, meetings=Meetings(1, stream_key(1, "m")))
    listener = np.flatnonzero((moved != values).any(axis=1))
    assert listener.size == 1
    start, stop = RING.indptr[listener[0] : listener[0] + 2]
    candidates = heard.perceived[RING.indices[start:stop]]
    assert np.abs(candidates - moved[listener[0]]).max(axis=1).min() < 1e-15


@pytest.mark.parametrize("noise", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_noise_that_is_none_is_refused(noise):
    with pytest.raises(ChannelError, match=rf"^noise is {noise}; must be in \[0, 1\]$"):
        NumericChannel(1, noise)
