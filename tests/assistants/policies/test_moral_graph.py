"""The moral graph: counts, filters, PageRank, and wisdom that is found again."""

import networkx as nx
import numpy as np
import pytest
from scipy.stats import spearmanr

from coevolve_sim.assistants.policies import Observation, apply_policy
from coevolve_sim.assistants.policies.moral_graph import Edges, Votes, cast_votes, count_votes, page_rank
from coevolve_sim.errors import PolicyError
from coevolve_sim.streams import stream


def votes(*asked):
    """Make votes of (first, second, answer) or (first, second, answer, context)."""
    rows = np.array([(*vote, 0)[:4] for vote in asked])
    return Votes(*rows.T)


def edges_of(graph):
    on = np.array
    first, second, likelihood = zip(*graph, strict=True)
    ones = np.ones(len(graph))
    return Edges(on(first), on(second), np.zeros(len(graph), int), on(likelihood), ones, ones.astype(int) * 5)


def test_counts_likelihood_and_entropy_of_a_worked_example():
    """Three wiser, one not, one unsure; two wiser the other way round: seven times shown, 7 answers."""
    asked = [(0, 1, 1)] * 3 + [(0, 1, -1), (0, 1, 0)] + [(1, 0, 1)] * 2
    edges = count_votes(votes(*asked), 2)
    assert edges.n_wiser.tolist() == [3, 2]
    assert edges.likelihood[0] == pytest.approx((3 - 2) / 7)
    shares = np.array([3, 1, 2, 1, 7]) / 14
    assert edges.entropy[0] == pytest.approx(-(shares * np.log2(shares)).sum())
    alone = np.array([3, 1, 2, 1]) / 7
    answers = count_votes(votes(*asked), 2, with_impressions=False)
    assert answers.entropy[0] == pytest.approx(-(alone * np.log2(alone)).sum())


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ([(0, 1, 1)], False),
        ([(0, 1, 1)] * 2, True),
        ([(0, 1, 1)] * 2 + [(0, 1, -1)] * 4, True),  # 2 of 6: a third, and entropy 1.46
        ([(0, 1, 1)] * 2 + [(0, 1, -1)] * 5, False),
        ([(0, 1, 1)] * 4 + [(1, 0, 1)] * 2, True),  # (4 - 2) / 6
        ([(0, 1, 1)] * 4 + [(0, 1, 0)] * 2 + [(0, 1, -1)] * 2 + [(1, 0, 1)], False),  # entropy 1.93
    ],
)
def test_an_edge_is_kept_if_voters_agree(asked, kept):
    edges = count_votes(votes(*asked), 2).select_agreed()
    assert (edges.first == 0).any() == kept


def test_contexts_are_counted_apart():
    asked = [(0, 1, 1, 0)] * 2 + [(1, 0, 1, 1)] * 2
    edges = count_votes(votes(*asked), 2).select_agreed()
    assert list(zip(edges.contexts, edges.first, edges.second, strict=True)) == [(0, 0, 1), (1, 1, 0)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([(0, 0, 1)], "a card and itself"),
        ([(0, 2, 1)], "cards 0 to 1; 0 to 2 given"),
        ([(-1, 1, 1)], "cards 0 to 1; -1 to 1 given"),
    ],
)
def test_votes_on_what_is_not_there_are_refused(asked, said):
    with pytest.raises(PolicyError, match=said):
        count_votes(votes(*asked), 2)
    with pytest.raises(PolicyError, match="made of votes; none given"):
        count_votes(Votes(*np.empty((4, 0), int)), 2)


def test_page_rank_is_networkx_s_where_no_card_is_a_dead_end():
    rng = np.random.default_rng(1)
    graph = [(a, b, float(rng.uniform(0.33, 1))) for a in range(8) for b in rng.choice(8, 3, False) if a != b]
    theirs = nx.DiGraph()
    theirs.add_weighted_edges_from(graph)
    assert min(dict(theirs.out_degree).values()) > 0
    expected = nx.pagerank(theirs, alpha=0.85, tol=1e-14, max_iter=1000)
    np.testing.assert_allclose(page_rank(edges_of(graph), 8), [expected[i] for i in range(8)], atol=1e-7)


def test_a_dead_end_keeps_its_rank_to_itself_and_cards_without_edges_have_none():
    rank = page_rank(edges_of([(0, 1, 0.5), (0, 2, 1.0)]), 5)
    base = 0.15 / 3
    np.testing.assert_allclose(rank, [base, base + 0.85 * base / 3, base + 0.85 * base * 2 / 3, 0, 0])
    assert rank.sum() < 1


def planted(noise, seed, n_cards=40, n_voters=300, votes_each=4):
    """Cards of known wisdom, each compared to three others; voters see wisdom through noise."""
    rng = stream(seed, "planted wisdom")
    wisdom = rng.random(n_cards)
    pairs = {
        tuple(sorted((a, int(b)))) for a in range(n_cards) for b in rng.choice(n_cards, 3, False) if a != b
    }
    scores = wisdom + rng.normal(0.0, noise, (n_voters, n_cards))
    cast = cast_votes(scores, np.array(sorted(pairs)), votes_each, rng, unsure_within=0.02)
    edges = count_votes(cast, n_cards).select_agreed()
    rank = page_rank(edges, n_cards)
    there = rank > 0
    uphill = float((wisdom[edges.second] > wisdom[edges.first]).mean())
    return uphill, float(spearmanr(rank[there], wisdom[there]).statistic)


def test_planted_wisdom_is_found_and_lost_in_noise():
    """Over ten graphs: .97 uphill and a correlation of .86; at three times the noise .88 and .70."""
    clear = np.array([planted(0.2, seed) for seed in range(10)])
    noisy = np.array([planted(0.6, seed) for seed in range(10)])
    assert (clear.min(axis=0) >= [0.9, 0.6]).all()
    assert noisy.mean(axis=0)[0] < clear.mean(axis=0)[0] - 0.05
    assert noisy.mean(axis=0)[1] < clear.mean(axis=0)[1] - 0.1


def test_the_policy_stays_where_nobody_agrees_and_goes_to_the_middle_of_people_else():
    settings = {"n_cards": 8, "votes_each": 4, "rate": 1.0}
    two = Observation(np.array([[0.2], [0.8]]), np.arange(2), 1)
    assert apply_policy("moral_graph", np.array([0.3]), two, {}, **settings)[0][0] == 0.3
    heard = stream(1, "people").beta(2, 5, (200, 3))
    found = [
        apply_policy(
            "moral_graph", np.full(3, 0.9), Observation(heard, np.arange(200), 1, seed=seed), {}, **settings
        )[0]
        for seed in range(20)
    ]
    assert np.abs(np.mean(found, axis=0) - heard.mean(axis=0)).max() < 0.06
    assert len({values.tobytes() for values in found}) > 1
