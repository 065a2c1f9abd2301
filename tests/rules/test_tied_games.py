"""Games of tied people: the compiled loop beside players who play match by match, and known ends."""

from collections import Counter

import numpy as np
import pytest
from scipy.optimize import brentq

from coevolve_sim.compiled import uniform_plain
from coevolve_sim.errors import RuleError
from coevolve_sim.measures import games as measures
from coevolve_sim.measures import trust as of_society
from coevolve_sim.networks.ties import from_edges, full_mixing
from coevolve_sim.rules.games import GAMES, Game, play
from coevolve_sim.rules.tied_games import LEAST_TRUST, Terms, find_cooperation, find_gains, play_with_tied
from coevolve_sim.streams import stream_key

DILEMMA, SEXES = GAMES["prisoners_dilemma"], GAMES["battle_of_sexes"]
HUNT = Game("stag_hunt", [[[4, 4], [0, 3]], [[3, 0], [3, 3]]], ("stag", "hare"))
TURNED = Game("turned", DILEMMA.payoffs[::-1, ::-1], ("defect", "cooperate"))
NONE = np.zeros(2)


def two_people(first=1.0, second=1.0):
    """Return two who trust each other so far: the first the second, and the second the first."""
    return from_edges(2, np.array([[0, 1]])).with_weights(np.array([first, second]))


def one_way():
    return from_edges(2, np.array([[0, 1]]), directed=True)


def some_ties(n=30, seed=3):
    rng = np.random.default_rng(seed)
    ties = from_edges(n, rng.integers(n, size=(4 * n, 2)))
    return ties.with_weights(rng.random(ties.indices.size))


def utility(game, player, own, other, alpha, beta):
    moves = (own, other) if player == 0 else (other, own)
    mine, theirs = game.payoffs[moves][player], game.payoffs[moves][1 - player]
    return mine + alpha * theirs - beta * max(mine - theirs, 0.0)


def trust_after(trust, cooperated, rate):
    for one in cooperated:
        trust = max(trust + rate * (one - trust), LEAST_TRUST)
    return trust


def as_player(which, trust, alpha, beta, terms, draws):
    """Return a player who chooses by the logit of expected utilities."""
    generous = find_cooperation(terms.game)
    own, theirs = generous[which], generous[1 - which]

    def gain(other):
        return utility(terms.game, which, own, other, alpha, beta) - utility(
            terms.game, which, 1 - own, other, alpha, beta
        )

    def move(_, other):
        w = trust_after(trust, [seen == theirs for seen in other], terms.trust_rate)
        w = float(w >= 0.5) if terms.predict_first else w
        expected = w * gain(theirs) + (1 - w) * gain(1 - theirs)
        return own if draws[len(other)] < 1 / (1 + np.exp(-expected / terms.temperature)) else 1 - own

    return move


def play_plainly(ties, alpha, beta, terms, seed, round_index):
    """Play all matches by `coevolve_sim.rules.games.play`; return trust after them, and moves of each."""
    n, trust, all_moves = ties.n_humans, ties.weights.copy(), []
    keys = [
        int(stream_key(seed, *address))
        for address in (
            ("moves in games", round_index),
            ("who meets for games", round_index),
            ("first player of two",),
        )
    ]
    place = {(int(i), int(j)): k for k, (i, j) in enumerate(zip(ties.listeners, ties.indices, strict=True))}
    for i, j in sorted(place):
        number = i * n + j
        if j < i or uniform_plain(keys[1], number) >= terms.share:
            continue
        two = (i, j) if uniform_plain(keys[2], number) < 0.5 else (j, i)
        first = 2 * number * terms.rounds
        players = [
            as_player(
                which,
                trust[place[two[which], two[1 - which]]],
                alpha[two[which]],
                beta[two[which]],
                terms,
                [uniform_plain(keys[0], first + 2 * t + which) for t in range(terms.rounds)],
            )
            for which in (0, 1)
        ]
        moves = play(terms.game, *players, terms.rounds).moves
        for which in (0, 1):
            tie = place[two[which], two[1 - which]]
            kind = moves[:, 1 - which] == find_cooperation(terms.game)[1 - which]
            trust[tie] = trust_after(trust[tie], kind, terms.trust_rate)
        all_moves.append(moves)
    return trust, all_moves


def count_by_harm(all_moves, game):
    """Count decisions by whether the other had defected before, and whether they were to defect."""
    found = Counter()
    for moves in all_moves:
        kind = moves == find_cooperation(game)
        for t in range(len(moves)):
            for which in (0, 1):
                found[bool((~kind[:t, 1 - which]).any()), bool(not kind[t, which])] += 1
    return found


@pytest.mark.parametrize(
    "terms",
    [
        Terms(DILEMMA, 6, 2.0, 0.2),
        Terms(SEXES, 5, 3.0, 0.3, share=0.5),
        Terms(HUNT, 4, 1.0, 0.25, predict_first=True),
        Terms(TURNED, 3, 2.0, 0.0),
    ],
    ids=["dilemma", "sexes", "hunt", "turned"],
)
def test_the_compiled_loop_plays_what_players_play_one_match_after_the_other(terms):
    ties, rng = some_ties(), np.random.default_rng(5)
    alpha, beta = rng.uniform(-0.2, 1.2, 30), rng.uniform(0.0, 0.6, 30)
    trust, counts = play_with_tied(ties, alpha, beta, terms, 7, 15)
    expected, all_moves = play_plainly(ties, alpha, beta, terms, 7, 15)
    np.testing.assert_allclose(trust, expected, rtol=0, atol=1e-15)
    moves = np.concatenate(all_moves)
    assert counts.rounds == len(moves) > 0
    assert counts.cooperated == (moves == find_cooperation(terms.game)).sum()
    assert counts.points == pytest.approx(terms.game.payoffs[moves[:, 0], moves[:, 1]].sum(), abs=1e-9)
    assert of_society.share_alike(counts) == pytest.approx(measures.coordination(moves), abs=1e-15)
    most = terms.game.payoffs.max(axis=(0, 1))
    shares = measures.share_of_maximum(terms.game.payoffs, moves)
    assert of_society.share_of_most(counts) == pytest.approx(shares @ most / most.sum(), abs=1e-12)
    by = count_by_harm(all_moves, terms.game)
    assert (counts.after, counts.defected_after) == (by[True, True] + by[True, False], by[True, True])
    assert (counts.before, counts.defected_before) == (by[False, True] + by[False, False], by[False, True])
    assert 0 < counts.cooperated < 2 * counts.rounds


SURE = Terms(DILEMMA, 20, 1e-3, 1.0)
"""Who would cooperate with who cooperates, and trusts by the last round alone: tit for tat."""


@pytest.mark.parametrize(
    ("trust", "scores", "kind"),
    [((1.0, 1.0), (160, 160), 40), ((1.0, LEAST_TRUST), (100, 100), 20), ((LEAST_TRUST,) * 2, (100, 100), 0)],
)
def test_who_trusts_by_the_last_round_alone_plays_tit_for_tat(trust, scores, kind):
    alpha, beta = np.full(2, 0.5), np.full(2, 0.1)  # gains 3 from who cooperates, loses 2.5 to who does not
    _, counts = play_with_tied(two_people(*trust), alpha, beta, SURE, 1, 1)
    assert (counts.points, counts.cooperated) == (sum(scores), kind)
    names = [("tit_for_tat", "suspicious_tit_for_tat")[w < 0.5] for w in trust]
    if kind:  # two suspicious ones defect for ever
        assert play(DILEMMA, *map(DILEMMA.find_partner, names), 20).points == scores


def test_who_trusts_slowly_gives_way_to_a_defector_as_long_as_the_threshold_says():
    alpha, beta = np.array([0.5, 0.0]), np.array([0.1, 0.0])
    trust, counts = play_with_tied(two_people(), alpha, beta, Terms(DILEMMA, 10, 1e-3, 0.1), 1, 1)
    # gains 3 w - 2.5 (1 - w): cooperates while w = .9^k is at least 5/11, that is, in 8 of 10 rounds
    assert (counts.cooperated, counts.points) == (8, 8 * 10 + 2 * 10)
    np.testing.assert_allclose(trust, [0.9**10, 1 - 0.1 * (1 - 0.9**2) / 0.1], rtol=1e-14)


def test_gains_are_differences_of_utilities():
    rng = np.random.default_rng(1)
    mine = Game("mine", rng.normal(size=(2, 2, 2)))
    for game in (DILEMMA, SEXES, HUNT, mine):
        gains, generous = find_gains(game), find_cooperation(game)
        for player in (0, 1):
            own, theirs = generous[player], generous[1 - player]
            for cooperates in (0, 1):
                other = theirs if cooperates else 1 - theirs
                expected = utility(game, player, own, other, 0.7, 0.3) - utility(
                    game, player, 1 - own, other, 0.7, 0.3
                )
                assert gains[player, cooperates] @ [1.0, 0.7, -0.3] == pytest.approx(expected, abs=1e-12)


def test_to_cooperate_is_the_move_that_lets_the_other_win_most():
    assert [find_cooperation(game) for game in (DILEMMA, TURNED, SEXES, HUNT)] == [
        (0, 0),
        (1, 1),
        (1, 0),
        (0, 0),
    ]


def response(w, alpha, temperature):
    """Return the probability to cooperate in the dilemma of who trusts by w, with beta 0."""
    return 1 / (1 + np.exp(-(w * (8 * alpha - 2) + (1 - w) * (5 * alpha - 5)) / temperature))


@pytest.mark.parametrize(("begin", "low", "high"), [(0.7, 0.9, 1.0), (0.2, 0.0, 0.2)])
def test_trust_settles_where_it_confirms_itself_as_in_quantal_response(begin, low, high):
    """With alpha .6 trust confirms itself near .99 and near .05, and between them repels."""
    alpha, temperature, n = 0.6, 0.6, 2_000
    wanted = brentq(lambda w: response(w, alpha, temperature) - w, low, high)
    ring = from_edges(n, np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1))
    ties = ring.with_weights(np.full(ring.indices.size, begin))
    for at in range(1, 61):
        trust, counts = play_with_tied(
            ties, np.full(n, alpha), np.zeros(n), Terms(DILEMMA, 10, temperature, 0.01), 3, at
        )
        ties = ties.with_weights(trust)
    assert trust.mean() == pytest.approx(wanted, abs=0.01)
    assert of_society.share_cooperated(counts) == pytest.approx(wanted, abs=0.01)


def test_what_a_pair_plays_does_not_depend_on_who_else_plays():
    ties, numbers = some_ties(), np.random.default_rng(2).random(30)
    terms = Terms(DILEMMA, 5, 2.0, 0.3)
    trust, _ = play_with_tied(ties, numbers, 0 * numbers, terms, 1, 4)
    between = (ties.listeners < 10) & (ties.indices < 10)
    pairs = np.stack([ties.indices, ties.listeners], axis=1)[between]
    few = from_edges(30, pairs)
    few = few.with_weights(ties.weights[between])
    alone, _ = play_with_tied(few, numbers, 0 * numbers, terms, 1, 4)
    np.testing.assert_array_equal(alone, trust[between])


@pytest.mark.parametrize(
    ("ties", "terms", "alpha", "said"),
    [
        (lambda: full_mixing(2), lambda: SURE, NONE, "in full mixing there are no ties"),
        (one_way, lambda: SURE, NONE, "an undirected network"),
        (lambda: two_people(1.5), lambda: SURE, NONE, "a probability; 1.5 is above 1"),
        (two_people, lambda: SURE, np.zeros(3), r"of each of 2 humans; shapes \(3,\)"),
        (two_people, lambda: Terms(DILEMMA, 0, 1.0, 0.1), NONE, "at least 1 round; 0 given"),
        (two_people, lambda: Terms(DILEMMA, 1, 0.0, 0.1), NONE, "temperature is above 0; 0 given"),
        (two_people, lambda: Terms(DILEMMA, 1, 1.0, 1.1), NONE, r"trust_rate is in \[0, 1\]; 1.1 given"),
        (two_people, lambda: Terms(DILEMMA, 1, 1.0, 0.1, share=-1), NONE, r"share is in \[0, 1\]; -1 given"),
    ],
)
def test_what_cannot_be_played_is_refused(ties, terms, alpha, said):
    with pytest.raises(RuleError, match=said):
        play_with_tied(ties(), alpha, NONE, terms(), 1, 1)
