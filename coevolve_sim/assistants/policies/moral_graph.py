"""The moral graph: value cards, and votes on which card is wiser than which [Klingefjord2024]_.

People articulate values as cards. Shown a pair of cards in a context, a voter says whether the second is
wiser than the first (somebody who lived by the first would come to see it as a part of the second), is not,
or is unsure. Edges on which voters agree are kept; PageRank over them finds the cards that are wisest by the
judgement of those who know what they surpass. Counts, filters and rank follow the published code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.assistants.policies.observation import Learnt, Memory, Observation, move_towards
from coevolve_sim.errors import PolicyError
from coevolve_sim.streams import stream

WISER, NOT_WISER, UNSURE = 1, -1, 0
LEAST_WISER, LEAST_LIKELIHOOD, MOST_ENTROPY = 2, 0.33, 1.69
DAMPING, ITERATIONS = 0.85, 100


@dataclass(frozen=True, eq=False)
class Votes:
    """Answers to "is the second card wiser than the first?".

    Attributes
    ----------
    first, second : int arrays, shape (votes,)
        Cards, from 0.
    answers : int array, shape (votes,)
        1 wiser, -1 not wiser, 0 unsure.
    contexts : int array, shape (votes,)
        In which context each was asked.
    """

    first: Indices
    second: Indices
    answers: Indices
    contexts: Indices


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of a moral graph, from a card to a wiser one in a context.

    Attributes
    ----------
    first, second, contexts : int arrays, shape (edges,)
        Source, wiser card, context.
    likelihood : float64 array, shape (edges,)
        ``(W - L) / (W + N + U + L)``: wiser less wiser the other way round, of all answers.
    entropy : float64 array, shape (edges,)
        Of the answers, in bits; see `count_votes`.
    n_wiser : int array, shape (edges,)
        W.
    """

    first: Indices
    second: Indices
    contexts: Indices
    likelihood: Floats
    entropy: Floats
    n_wiser: Indices

    def select_agreed(
        self,
        least_wiser: int = LEAST_WISER,
        least_likelihood: float = LEAST_LIKELIHOOD,
        most_entropy: float = MOST_ENTROPY,
    ) -> Edges:
        """Return the edges on which voters agree: enough W, a high likelihood and a low entropy."""
        good = (
            (self.n_wiser >= least_wiser)
            & (self.likelihood >= least_likelihood)
            & (self.entropy <= most_entropy)
        )
        return Edges(
            self.first[good],
            self.second[good],
            self.contexts[good],
            self.likelihood[good],
            self.entropy[good],
            self.n_wiser[good],
        )


def count_votes(votes: Votes, n_cards: int, *, with_impressions: bool = True) -> Edges:
    """Count votes into edges, one for each ordered pair of cards that was shown in a context.

    Of an edge, W, N and U are how often its second card was found wiser, not wiser, or voters were unsure;
    L is how often its first was found wiser than its second; impressions are how often the two were shown,
    either way round.

    Parameters
    ----------
    votes : Votes
        At least one.
    n_cards : int
        How many cards there are.
    with_impressions : bool
        Whether the entropy is over W, N, L, U and impressions, as in the published code, or over the
        answers alone.

    Returns
    -------
    Edges
        In the order of context, first, second; none is left out.

    Raises
    ------
    PolicyError
        If there is no vote, or a vote is on a card that there is not, or on a card and itself.

    References
    ----------
    [Klingefjord2024]_

    Examples
    --------
    >>> on = np.array
    >>> votes = Votes(on([0, 0, 0, 1]), on([1, 1, 1, 0]), on([1, 1, 0, 1]), on([0, 0, 0, 0]))
    >>> edges = count_votes(votes, 2)
    >>> edges.first.tolist(), edges.likelihood.round(3).tolist(), edges.entropy.round(3).tolist()
    ([0, 1], [0.25, -0.333], [1.75, 1.379])
    """
    _check(votes, n_cards)
    codes = (votes.contexts * n_cards + votes.first) * n_cards + votes.second
    opposite = (votes.contexts * n_cards + votes.second) * n_cards + votes.first
    shown = np.unique(np.concatenate([codes, opposite]))

    def tally(at: Indices, chosen: NDArray[np.bool_]) -> Indices:
        return np.bincount(np.searchsorted(shown, at[chosen]), minlength=shown.size)

    everything = np.ones(codes.size, dtype=bool)
    wiser, less = (tally(at, votes.answers == WISER) for at in (codes, opposite))
    against, unsure = (tally(codes, votes.answers == answer) for answer in (NOT_WISER, UNSURE))
    impressions = tally(codes, everything) + tally(opposite, everything)
    counts = [wiser, against, less, unsure]
    total = np.sum(counts, axis=0)
    likelihood = np.divide(wiser - less, total, out=np.full(shown.size, -1.0), where=total > 0)
    entropy = _entropy(np.array([*counts, impressions] if with_impressions else counts))
    pairs, contexts = shown % n_cards**2, shown // n_cards**2
    return Edges(pairs // n_cards, pairs % n_cards, contexts, likelihood, entropy, wiser)


def _check(votes: Votes, n_cards: int) -> None:
    if not votes.first.size:
        raise PolicyError("a moral graph is made of votes; none given")
    cards = np.concatenate([votes.first, votes.second])
    if cards.min() < 0 or cards.max() >= n_cards:
        raise PolicyError(f"votes are on cards 0 to {n_cards - 1}; {cards.min()} to {cards.max()} given")
    if (votes.first == votes.second).any():
        raise PolicyError("a vote is on two cards; a card and itself given")


def _entropy(counts: NDArray[np.int64]) -> Floats:
    """Return the entropy in bits of each column of counts; 0 where there are none."""
    total = np.maximum(counts.sum(axis=0), 1)
    shares = counts / total
    bits = np.log2(shares, out=np.zeros_like(shares), where=shares > 0.0)
    entropy: Floats = -(shares * bits).sum(axis=0)
    return entropy


def page_rank(edges: Edges, n_cards: int, damping: float = DAMPING) -> Floats:
    """Return every card's PageRank over likelihood-weighted edges; 0 for cards without an edge.

    ``r(b) = (1 - damping) / n + damping * sum over edges a -> b of r(a) * likelihood / (all that leave a)``,
    a hundred times from equal ranks, n being the number of cards with an edge. As published, cards
    that no edge leaves keep their rank to themselves: it is not spread over the others, so ranks sum
    to less than 1.

    Parameters
    ----------
    edges : Edges
        Those that `Edges.select_agreed` returns, of positive likelihood.
    n_cards : int
        How many cards there are.
    damping : float
        In [0, 1).

    Returns
    -------
    float64 array, shape (cards,)

    References
    ----------
    [Klingefjord2024]_

    Examples
    --------
    >>> on = np.array
    >>> two = Edges(on([0]), on([1]), on([0]), on([1.0]), on([1.0]), on([5]))
    >>> page_rank(two, 3).round(5).tolist()
    [0.075, 0.13875, 0.0]
    """
    there = np.zeros(n_cards, dtype=bool)
    there[edges.first] = there[edges.second] = True
    rank = np.where(there, 1.0 / max(int(there.sum()), 1), 0.0)
    base = (1.0 - damping) * rank
    leaving = np.bincount(edges.first, weights=edges.likelihood, minlength=n_cards)
    passed_on = edges.likelihood / leaving[edges.first]
    for _ in range(ITERATIONS):
        arriving = np.bincount(edges.second, weights=rank[edges.first] * passed_on, minlength=n_cards)
        rank = base + damping * arriving
    return rank


def cast_votes(
    scores: Floats, pairs: Indices, votes_each: int, rng: np.random.Generator, unsure_within: float = 0.0
) -> Votes:
    """Draw pairs of cards for voters and let them vote by their scores, in one context.

    Parameters
    ----------
    scores : float array, shape (voters, cards)
        How wise each voter finds each card.
    pairs : int array, shape (pairs, 2)
        Which cards are shown together; each time the one or the other first, as likely.
    votes_each : int
        How many pairs each voter judges, drawn with replacement.
    rng : numpy.random.Generator
        Draws pairs and their order.
    unsure_within : float
        A voter is unsure where the scores differ by no more than this.

    Returns
    -------
    Votes
        One voter's after the other's.

    Examples
    --------
    >>> votes = cast_votes(np.array([[0.0, 1.0]]), np.array([[0, 1]]), 3, stream(1, "doc"))
    >>> (votes.answers == np.where(votes.second == 1, 1, -1)).all()
    np.True_
    """
    n_votes = len(scores) * votes_each
    shown = pairs[rng.integers(len(pairs), size=n_votes)]
    turned = rng.random(n_votes) < 0.5
    first, second = np.where(turned, shown[:, 1], shown[:, 0]), np.where(turned, shown[:, 0], shown[:, 1])
    voters = np.repeat(np.arange(len(scores)), votes_each)
    better = scores[voters, second] - scores[voters, first]
    answers = np.where(np.abs(better) <= unsure_within, UNSURE, np.where(better > 0.0, WISER, NOT_WISER))
    return Votes(first, second, answers, np.zeros(n_votes, dtype=np.intp))


def moral_graph(
    values: Floats, observation: Observation, memory: Memory, n_cards: int, votes_each: int, rate: float
) -> Learnt:
    """Move a rate of the way to the mean of value cards, each weighted by its PageRank.

    Of those heard, some are drawn whose values become cards; everybody heard votes on pairs of them.
    Where values are numbers, a voter finds wiser what is nearer to its own values. If no edge is
    kept, it stays.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    memory : Memory
        Handed back as it is.
    n_cards : int
        At most so many cards, at least 2.
    votes_each : int
        How many votes everybody has.
    rate : float
        In [0, 1].

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Klingefjord2024]_

    Examples
    --------
    >>> heard = np.linspace(0.0, 1.0, 50)[:, None]
    >>> seen = Observation(heard, np.arange(50), 1)
    >>> bool(0.35 < moral_graph(np.array([0.0]), seen, {}, n_cards=8, votes_each=4, rate=1.0)[0] < 0.65)
    True
    """
    heard = observation.heard
    if len(heard) < 2:
        return values, memory
    rng = stream(observation.seed, "moral graph", observation.round_index)
    cards = heard[rng.choice(len(heard), size=min(n_cards, len(heard)), replace=False)]
    distances = np.sqrt(((heard[:, None, :] - cards[None, :, :]) ** 2).mean(axis=2))
    pairs = np.column_stack(np.triu_indices(len(cards), 1))
    edges = count_votes(cast_votes(-distances, pairs, votes_each, rng), len(cards)).select_agreed()
    rank = page_rank(edges, len(cards))
    if rank.sum() <= 0.0:
        return values, memory
    return move_towards(values, rank @ cards / rank.sum(), rate), memory
