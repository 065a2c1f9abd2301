"""What the suites of rules, channels and networks let pass, and whom they find out."""

import numpy as np
import pytest

from coevolve_sim.networks import Ties, erdos_renyi, ring
from coevolve_sim.rules import Moved, Perceived, Rule, perceive_exactly
from coevolve_sim.rules.channel import Channel, NumericChannel
from coevolve_sim.society.plugins import CHANNELS
from coevolve_sim.society.setup import build_setup
from coevolve_sim.streams import stream
from coevolve_sim.testing import check_channel, check_network, check_rule, failures_of
from coevolve_sim.testing.channels import CHANNEL_CHECKS
from coevolve_sim.testing.networks import NETWORK_CHECKS
from coevolve_sim.testing.rules import RULE_CHECKS
from tests.language.channel.talking import TEXT, scenario


def failed(verdicts):
    """Return what the failed checks said, by check."""
    return {verdict.check: verdict.said for verdict in verdicts if not verdict.passed}


# --- rules ---------------------------------------------------------------------------------------


class Sound(Rule):
    """Goes halfway to the mean of all it hears, and counts."""

    meaning = "Goes halfway to the mean of all it hears."
    keeps_consensus = True

    def first_state(self, values):
        return {"count": np.zeros(len(values), dtype=np.int64)}

    def memory_per_human(self, n_dimensions):
        return 1

    def exchange(self, given):
        heard = given.perceived.perceived[given.perceived.rows]
        ties = given.ties.to_explicit()
        heard = given.values[ties.indices] if given.ties.complete else heard
        sums, counts = np.zeros_like(given.values), np.maximum(np.diff(ties.indptr), 1)[:, None]
        np.add.at(sums, ties.listeners, heard)
        mean = np.where(ties.degrees[:, None] > 0, sums / counts, given.values)
        moved = given.values + 0.5 * (mean - given.values)
        return Moved(moved, {"count": given.state["count"] + 1})


def test_a_sound_rule_passes_every_check():
    assert failures_of(check_rule(Sound())) == ""
    assert [verdict.check for verdict in check_rule(Sound())] == [*RULE_CHECKS]


def with_exchange(exchange, **declared):
    return type("Spoilt", (Sound,), {"exchange": exchange, **declared})()


def loses_its_rows(self, given):
    return Moved(given.values[:1], given.state)


def writes(self, given):
    given.perceived.perceived[:] = 0.5
    return Moved(given.values.copy())


def hides(self, given):
    self.seen = getattr(self, "seen", 0) + 1
    return Moved(np.clip(given.values * (1 - 0.01 * self.seen), 0, 1))


def gambles(self, given):
    return Moved(np.clip(given.values + 0.01 * np.random.random(), 0, 1))  # noqa: NPY002 - it must be found out


def draws(self, given):
    return Moved(given.context.stream("whim").random(given.values.shape))


def leans(self, given):
    return Moved(given.values * 0.99)


def ranks(self, given):
    place = np.arange(len(given.values))[:, None] / len(given.values)
    heard = given.ties.degrees[:, None] > 0
    return Moved(np.where(heard, 0.9 * given.values + 0.1 * place, given.values))


@pytest.mark.parametrize(
    ("rule", "check", "said"),
    [
        (
            with_exchange(loses_its_rows),
            "returns values in [0, 1] and state",
            "float64 of shape (2, 1) is wanted",
        ),
        (with_exchange(writes), "writes to nothing", "it changed given.values"),
        (with_exchange(hides), "goes on to the same bytes", "played on from values and state alone, it gave"),
        (with_exchange(gambles), "gives the same bytes again", "it drew from NumPy's global generator"),
        (with_exchange(draws), "moves nobody who hears nobody", "moves_alone = True says that this is meant"),
        (
            with_exchange(leans, moves_alone=True),
            "leaves a consensus as it is",
            "keeps_consensus = False says that this is meant",
        ),
        (
            with_exchange(ranks, keeps_consensus=False),
            "does not care in which order",
            "where humans stand in another order",
        ),
        (
            type("Hungry", (Sound,), {"memory_per_human": lambda self, n: 0})(),
            "needs no more memory",
            "memory_per_human(1) is 0 numbers, and it keeps 1 (count)",
        ),
        (
            type("Loud", (Sound,), {"consult": lambda self, given: Moved(given.values * 0.5)})(),
            "moves only those who consult",
            "human 0 consulted nobody and went from",
        ),
        (
            type("Loud", (Sound,), {"consult": lambda self, given: Moved(given.values * 0.5)})(),
            "moves nobody in a consultation",
            "nobody consulted, and values were",
        ),
    ],
)
def test_a_rule_that_is_none_is_found_out_by_the_check_that_says_so(rule, check, said):
    told = failed(check_rule(rule))
    (name,) = [name for name in RULE_CHECKS if name.startswith(check)]
    assert said in told[name], told


def test_a_rule_that_draws_from_its_stream_need_not_keep_to_the_order_of_humans():
    rule = with_exchange(draws, moves_alone=True, keeps_consensus=False)
    assert failures_of(check_rule(rule)) == ""


# --- channels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_the_channel_of_numbers_passes_every_check(noise):
    assert failures_of(check_channel(NumericChannel(3, noise))) == ""
    assert [verdict.check for verdict in check_channel(NumericChannel(3))] == [*CHANNEL_CHECKS]


def test_the_channel_of_language_passes_every_check(minds):
    minds()
    text = TEXT.replace("{name: helper}", "{name: helper}, {name: other}")
    channel = build_setup(scenario("channel.topics_per_round=2", text=text)).channel
    assert type(channel) is CHANNELS["language"]
    assert failures_of(check_channel(channel, n_humans=6, n_dimensions=3)) == ""


class Exact(Channel):
    """Lets everybody be perceived as they are."""

    is_exact = True

    def among_humans(self, values, ties, scene):
        return perceive_exactly(values, ties)

    def from_humans(self, values, humans, chosen, scene):
        return values[humans]

    def from_assistants(self, spoken, humans, chosen, scene):
        return spoken


def with_way(**ways):
    return type("Spoilt", (Exact,), ways)()


def by_the_row(self, values, humans, chosen, scene):
    noise = stream(scene.seed, "by the row", scene.round_index).normal(0, 0.1, (len(humans), values.shape[1]))
    return np.clip(values[humans] + noise, 0, 1)


@pytest.mark.parametrize(
    ("channel", "check", "said"),
    [
        (
            with_way(among_humans=lambda self, values, ties, scene: values),
            "says what listeners perceive",
            "among_humans returned a value of type ndarray; Perceived(perceived, rows) is wanted",
        ),
        (
            with_way(among_humans=lambda self, v, ties, scene: Perceived(v, ties.indices[:3])),
            "says what listeners perceive",
            "int32 of shape",
        ),
        (
            with_way(from_humans=lambda self, v, humans, chosen, scene: v[humans] * 2),
            "says what is perceived in consultations",
            "from_humans returned 1.",
        ),
        (
            with_way(from_assistants=lambda self, spoken, humans, chosen, scene: spoken * 0.5),
            "is exact, if it says so",
            "it says is_exact, and from_assistants gave",
        ),
        (
            with_way(from_humans=by_the_row, is_exact=False),
            "lets a human be perceived alike",
            "from_humans gave",
        ),
        (with_way(topics=lambda self, index: np.array([2, 1])), "names topics", "topics(1) is [2, 1]"),
        (with_way(manifest=lambda self: {"noise": 1}), "is identified by texts", "texts by name are wanted"),
    ],
)
def test_a_channel_that_is_none_is_found_out_by_the_check_that_says_so(channel, check, said):
    told = failed(check_channel(channel))
    (name,) = [name for name in CHANNEL_CHECKS if name.startswith(check)]
    assert said in told[name], told


def test_a_channel_that_lets_everybody_be_perceived_as_they_are_passes():
    assert failures_of(check_channel(Exact())) == ""


# --- networks ------------------------------------------------------------------------------------


def pairs(n, seed):
    """Tie two and two."""
    partner = np.arange(n) ^ 1
    tied = partner < n
    indptr = np.concatenate([[0], np.cumsum(tied)]).astype(np.int64)
    return Ties(n, indptr, partner[tied].astype(np.int32))


def one_way(n):
    return Ties(n, np.minimum(np.arange(n + 1), n - 1).astype(np.int64), np.arange(1, n, dtype=np.int32))


def narcissists(n):
    return Ties(n, np.arange(n + 1, dtype=np.int64), np.arange(n, dtype=np.int32))


def ambient(n):
    np.random.random()  # noqa: NPY002 - it must be found out
    return pairs(n, 0)


def test_sound_families_pass_every_check():
    assert failures_of(check_network(pairs)) == failures_of(check_network(erdos_renyi, degree=4)) == ""
    assert [verdict.check for verdict in check_network(ring, degree=2)] == [*NETWORK_CHECKS]


@pytest.mark.parametrize(
    ("family", "check", "said"),
    [
        (one_way, "ties both ways", "are heard one way only without directed"),
        (narcissists, "makes rows", "tie a human to itself"),
        (ambient, "gives the same bytes", "it drew from NumPy's global generator"),
        (
            lambda n: "ties",
            "makes rows",
            "what was made is of type str; Ties, a networkx graph, or pairs of humans",
        ),
        (lambda n: pairs(n + 2, 0), "makes rows", "a network of 62 humans was made; 60 are wanted"),
    ],
)
def test_a_family_that_is_none_is_found_out_by_the_check_that_says_so(family, check, said):
    told = failed(check_network(family))
    (name,) = [name for name in NETWORK_CHECKS if name.startswith(check)]
    assert said in told[name], told
