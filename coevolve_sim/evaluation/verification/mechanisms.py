"""Checks of what comes between people: an editor of their words, outlets, and predictions among peers."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end, settle
from coevolve_sim.networks.ties import Ties, from_edges
from coevolve_sim.rules.performative import find_predicted_equilibrium
from coevolve_sim.society.model import Society
from coevolve_sim.streams import stream

EXACT = "arithmetic: float64, and a run that goes on until nothing moves any more"
CLUBS = {"Mr. Hi": 0.2, "Officer": 0.8}
"""Anchors of the members of the karate club, by the side on which they were in the end."""
SPREADS = {0.0: 0.25506, 0.2: 0.24686, 0.5: 0.22567, 0.8: 0.16942, 0.9: 0.12031, 0.99: 0.01949}
MEANS = {0.0: 0.49469, 0.2: 0.49387, 0.5: 0.49208, 0.8: 0.48917, 0.9: 0.48809, 0.99: 0.48820}
"""Standard deviation and mean of people at rest, by sensitivity; solved apart from this package."""
CONSENSUS = 0.4884615
"""Where all meet as the sensitivity goes to 1: the mean of anchors, weighted by the number of ties."""
RAMPS, CONFIDENCE, HEARD = (25, 17, 16, 12), 0.2, 0.3
"""In how many rounds an outlet goes from 0 to 1, from how near it is listened to, and at which rate."""
ANCHOR_WEIGHT, STUBBORN, EDITED, EDITOR = 0.5, 0.2, 0.1, 0.9


class KarateClub(NamedTuple):
    """A karate club of 34 people and 78 friendships, which fell apart [Zachary1977]_.

    Attributes
    ----------
    ties : Ties
    averaging : float64 array, shape (34, 34)
        What a member gives to each of its friends; rows sum to 1.
    anchors : float64 array, shape (34, 1)
        As `CLUBS` says.
    """

    ties: Ties
    averaging: Floats
    anchors: Floats


@cache
def find_karate_club() -> KarateClub:
    """Return the karate club as networkx has it, without the weights of its ties.

    Examples
    --------
    >>> club = find_karate_club()
    >>> club.ties.n_humans, round(float(club.anchors.mean()), 3)
    (34, 0.5)
    """
    import networkx as nx

    graph = nx.karate_club_graph()
    averaging = nx.to_numpy_array(graph, weight=None)
    averaging /= averaging.sum(axis=1, keepdims=True)
    anchors = np.array([[CLUBS[graph.nodes[member]["club"]]] for member in range(len(graph))])
    return KarateClub(from_edges(len(graph), np.array(graph.edges)), averaging, anchors)


# --- an editor -----------------------------------------------------------------------------------


def edited_words(*, quick: bool) -> list[CheckRow]:
    """Check where people with anchors end whose words an assistant edits."""
    del quick
    club = find_karate_club()
    start = stream(0, "verification of an editor").random((34, 1))
    unit, kept = np.eye(34), (1.0 - STUBBORN) * (1.0 - EDITED)
    closed = np.linalg.solve(
        unit - kept * club.averaging, STUBBORN * start + (1.0 - STUBBORN) * EDITED * EDITOR
    )
    worst = float(np.abs(settle(_build_edited(start, club.ties), 0.0) - closed).max())
    alike = settle(_build_edited(np.full((34, 1), 0.4), club.ties), 0.0)
    pull = (1.0 - STUBBORN) * EDITED
    expected = (STUBBORN * 0.4 + pull * EDITOR) / (STUBBORN + pull)
    return [
        CheckRow(
            "mediator_closed_form",
            "Friedkin-Johnsen on the karate club, stubbornness p = 0.2, an assistant at z = 0.9 that edits g "
            "= 0.1 of each message: greatest distance of a human from (I - (1-p)(1-g) W)^-1 (p x(0) + (1-p) "
            "g z 1)",
            (0.0,),
            (worst,),
            1e-12,
            EXACT,
            "Tsirtsis2026",
        ),
        CheckRow(
            "mediator_uniform",
            "The same, everybody at c = 0.4: least and greatest final value are (p c + (1-p) g z) / (p + "
            "(1-p) g), 0.542857: a tenth of each message carries people 29 % of the way",
            (expected, expected),
            (float(alike.min()), float(alike.max())),
            1e-12,
            EXACT,
            "Tsirtsis2026",
        ),
    ]


def _build_edited(start: Floats, ties: Ties) -> Society:
    return build_society(
        "{rule: friedkin_johnsen}",
        humans=len(start),
        rounds=2000,
        groups=f"[{{name: all, stubbornness: {STUBBORN}, adoption: 0.0}}]",
        more=f"assistants: [{{name: editor, policy: {{kind: frozen}}, start: {EDITOR}}}]\n"
        f"channel: {{kind: numeric, mediator: {{assistant: editor, share: {EDITED}}}}}",
        values=start,
        ties=ties,
    )


# --- outlets -------------------------------------------------------------------------------------


def heard_outlets(*, quick: bool) -> list[CheckRow]:
    """Check where people end who hear an outlet beside peers, and whether they follow one that moves."""
    del quick
    club = find_karate_club()
    start = stream(0, "verification of an outlet").random((34, 1))
    unit, kept = np.eye(34), (1.0 - STUBBORN) * (1.0 - EDITED)
    closed = np.linalg.solve(
        unit - kept * club.averaging, STUBBORN * start + (1.0 - STUBBORN) * EDITED * EDITOR
    )
    worst = float(np.abs(settle(_build_hearing(start, club.ties), 0.0) - closed).max())
    alike = settle(_build_hearing(np.full((34, 1), 0.4), club.ties), 0.0)
    pull = (1.0 - STUBBORN) * EDITED
    expected = (STUBBORN * 0.4 + pull * EDITOR) / (STUBBORN + pull)
    return [
        CheckRow(
            "media_closed_form",
            "Friedkin-Johnsen on the karate club, stubbornness p = 0.2, an outlet at z = 0.9 that everybody "
            "hears with g = 0.1: greatest distance of a human from (I - (1-p)(1-g) W)^-1 (p x(0) + (1-p) g z "
            "1), as if it edited a tenth of each message",
            (0.0,),
            (worst,),
            1e-12,
            EXACT,
            "Tsirtsis2026",
        ),
        CheckRow(
            "media_uniform",
            "The same, everybody at c = 0.4: least and greatest final value are (p c + (1-p) g z) / (p + "
            "(1-p) g), 0.542857",
            (expected, expected),
            (float(alike.min()), float(alike.max())),
            1e-12,
            EXACT,
            "Tsirtsis2026",
        ),
        CheckRow(
            "media_ramp",
            "An outlet that goes from 0 to 1 in 25, 17, 16 and 12 rounds, people within 0.2 of it go 0.3 of "
            "the way: where they stand as it arrives. They follow it for ever if it goes less than 0.3 x 0.2 "
            "= 0.06 a round, that is, in 17 rounds and more",
            tuple(_follow(1.0 / over, over) for over in RAMPS),
            tuple(float(run_to_end(_build_ramp(over)).mean()) for over in RAMPS),
            1e-12,
            "arithmetic: float64",
            "Hegselmann2002",
        ),
    ]


def _build_hearing(start: Floats, ties: Ties) -> Society:
    return build_society(
        "{rule: friedkin_johnsen}",
        humans=len(start),
        rounds=2000,
        groups=f"[{{name: all, stubbornness: {STUBBORN}}}]",
        more=f"media: [{{name: daily, values: {EDITOR}, rate: {EDITED}}}]",
        values=start,
        ties=ties,
    )


def _build_ramp(over: int) -> Society:
    return build_society(
        f"{{rule: hegselmann_krause, confidence: {{peer: {CONFIDENCE}}}, rate: {{peer: 0.0}}}}",
        humans=5,
        rounds=over,
        more=f"media: [{{name: daily, ramp: {{start: 0.0, end: 1.0, over: {over}}}, rate: {HEARD}}}]",
        values=np.zeros((5, 1)),
    )


def _follow(speed: float, n_rounds: int) -> float:
    """Return where somebody ends who begins at 0 with an outlet that moves by ``speed`` a round.

    The gap before the k-th move is ``speed (1 - (1-mu)^k) / mu``; once it exceeds the confidence it stays.
    """
    gaps = [speed * (1.0 - (1.0 - HEARD) ** k) / HEARD for k in range(1, n_rounds + 1)]
    lost = next((k for k, gap in enumerate(gaps) if gap > CONFIDENCE), n_rounds)
    return lost * speed - gaps[lost - 1] * (1.0 - HEARD)


# --- predictions among peers ---------------------------------------------------------------------


def predicted_peers(*, quick: bool) -> list[CheckRow]:
    """Check where people end who hear their peers and are predicted by a model retrained on them."""
    del quick
    club = find_karate_club()
    ends = {s: settle(build_predicted(club, s), 0.0) for s in SPREADS}
    closed = {s: find_predicted_equilibrium(club.anchors, club.averaging, ANCHOR_WEIGHT, s) for s in SPREADS}
    worst = max(float(np.abs(found - closed[s]).max()) for s, found in ends.items())
    what = "Predicted peers on the karate club, anchors .2 and .8, p = 0.5, each one's own value predicted"
    which = "s = 0, .2, .5, .8, .9, .99"
    return [
        CheckRow(
            "predicted_peers_closed_form",
            f"{what}: greatest distance of a human from (I - s M)^-1 (1-s) M x*, M = p (I - (1-p) W)^-1, at "
            f"{which}",
            (0.0,),
            (worst,),
            1e-12,
            EXACT,
            "Wu2026",
        ),
        CheckRow(
            "predicted_peers_spread",
            f"{what}: standard deviation at {which}",
            tuple(SPREADS.values()),
            tuple(float(found.std()) for found in ends.values()),
            1e-5,
            "the reference has five decimals",
            "Wu2026",
        ),
        CheckRow(
            "predicted_peers_mean",
            f"{what}: mean at {which}",
            tuple(MEANS.values()),
            tuple(float(found.mean()) for found in ends.values()),
            1e-5,
            "the reference has five decimals",
            "Wu2026",
        ),
        *_check_limit(club),
        *_check_spillover(club),
    ]


def build_predicted(
    club: KarateClub, sensitivity: float, policy: str = "mirror", sees: str = "{}", every: int = 1
) -> Society:
    """Build the karate club under predictions; its sides are the groups ``hi`` and ``officer``.

    Parameters
    ----------
    club : KarateClub
    sensitivity : float
        In [0, 1].
    policy, sees : str
        YAML of what the assistant predicts, and of whom it sees.
    every : int
        Rounds between retrainings.
    """
    running = build_society(
        f"{{rule: performative_peers, anchor_weight: {ANCHOR_WEIGHT}, sensitivity: {sensitivity}, "
        f"every: {every}}}",
        humans=34,
        rounds=100_000,
        groups="[{name: hi, share: 0.5, adoption: 1.0}, {name: officer, share: 0.5, adoption: 1.0}]",
        more=f"assistants: [{{name: predictor, policy: {{kind: {policy}}}, sees: {sees}}}]",
        values=club.anchors,
        ties=club.ties,
    )
    running.setup.group_of[:] = club.anchors[:, 0] > 0.5
    return running


def _check_limit(club: KarateClub) -> list[CheckRow]:
    """Check where all meet if predictions are all that people hold to."""
    found = settle(build_predicted(club, 1.0), 0.0)
    return [
        CheckRow(
            "predicted_peers_consensus",
            "Predicted peers on the karate club, s = 1: least and greatest final value are the mean of "
            "anchors weighted by the number of ties",
            (CONSENSUS, CONSENSUS),
            (float(found.min()), float(found.max())),
            1e-7,
            "the reference has seven decimals",
            "Wu2026",
        )
    ]


def _check_spillover(club: KarateClub) -> list[CheckRow]:
    """Check predictions of people who are never seen: the mean of those who are."""
    seen = club.anchors[:, 0] > 0.5
    predictor = np.where(seen[:, None], np.eye(34), seen[None, :] / seen.sum())
    closed = find_predicted_equilibrium(club.anchors, club.averaging, ANCHOR_WEIGHT, 0.5, predictor)
    found = settle(build_predicted(club, 0.5, sees="{groups: [officer]}"), 0.0)
    return [
        CheckRow(
            "predicted_peers_unseen",
            "Predicted peers on the karate club, s = 0.5, only the Officer's side is seen; of the others the "
            "mean of those seen is predicted: greatest distance from (I - s M P)^-1 (1-s) M x*",
            (0.0,),
            (float(np.abs(found - closed).max()),),
            1e-12,
            EXACT,
            "Wu2026",
        )
    ]
