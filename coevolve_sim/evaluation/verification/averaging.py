"""Averaging without bounds: DeGroot, Friedkin and Johnsen, and the identities of conflict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end, set_stubbornness, settle
from coevolve_sim.measures import polarization_disagreement_index
from coevolve_sim.networks.ties import Ties
from coevolve_sim.society.model import Society

EXACT = "arithmetic: float64, and a run that goes on until nothing moves by more than 1e-14"
STUBBORN = 0.3
STILL = 1e-14


def adjacency(ties: Ties) -> Any:
    """Return who hears whom as a sparse matrix, listeners in rows."""
    from scipy.sparse import csr_array

    weights = np.ones(ties.n_ties) if ties.weights is None else ties.weights
    shape = (ties.n_humans, ties.n_humans)
    return csr_array((weights, ties.indices, ties.indptr), shape=shape)


def left_eigenvector(*, quick: bool) -> list[CheckRow]:
    """DeGroot's consensus is the left eigenvector of the weights, times the initial values."""
    humans = 60 if quick else 300
    running = build_society(
        "{rule: degroot, include_self: true}",
        humans=humans,
        rounds=5000,
        network="{family: erdos_renyi, degree: 10, directed: true}",
    )
    start = running.values[:, 0]
    weights = adjacency(running.state.ties).toarray() + np.eye(humans)
    weights /= weights.sum(axis=1, keepdims=True)
    eigenvalues, vectors = np.linalg.eig(weights.T)
    left = np.real(vectors[:, np.argmax(np.real(eigenvalues))])
    consensus = float(left @ start / left.sum())
    values = settle(running, STILL)[:, 0]
    return [
        CheckRow(
            "degroot_left_eigenvector",
            f"DeGroot on a directed random graph, N = {humans}: least and greatest of the final values are "
            "the left eigenvector of the weights times the initial values",
            (consensus, consensus),
            (float(values.min()), float(values.max())),
            1e-9,
            EXACT,
            "DeGroot1974",
        )
    ]


def friedkin_johnsen(*, quick: bool) -> list[CheckRow]:
    """Return the closed form ``(I - (1 - s) W)^-1 s x(0)`` on a generated graph."""
    humans = 300 if quick else 2000
    running = _build_anchored_society(humans, "{family: watts_strogatz, degree: 10}")
    claim = f"Friedkin-Johnsen on Watts-Strogatz, N = {humans:,}, stubbornness {STUBBORN:g}"
    return [_build_closed_form_row("friedkin_johnsen_closed_form", claim, running)]


def friedkin_johnsen_on_facebook(path: Path | None) -> list[CheckRow]:
    """Return the same on the ties of ego-Facebook, a real graph, where its file is at hand."""
    key, claim = "friedkin_johnsen_facebook", "Friedkin-Johnsen on the ego-Facebook ties, N = 4,039"
    if path is None or not path.is_file():
        reason = "not run: no file of ego-Facebook's ties at hand; name one with --facebook"
        return [CheckRow(key, claim, (0.0,), (), 1e-9, reason, "McAuley2012")]
    running = _build_anchored_society(None, f"{{family: file, path: {json.dumps(str(path.resolve()))}}}")
    return [_build_closed_form_row(key, claim, running)]


def _build_anchored_society(humans: int | None, network: str) -> Society:
    return build_society(
        "{rule: friedkin_johnsen}",
        humans=humans,
        rounds=2000,
        network=network,
        groups=f"[{{name: all, distribution: uniform, stubbornness: {STUBBORN:g}}}]",
    )


def _build_closed_form_row(key: str, claim: str, running: Society) -> CheckRow:
    from scipy.sparse import diags_array, eye_array
    from scipy.sparse.linalg import spsolve

    start, ties = running.values[:, 0], running.state.ties
    averaging = diags_array(1.0 / np.maximum(ties.degrees, 1)) @ adjacency(ties)
    system = (eye_array(ties.n_humans) - (1.0 - STUBBORN) * averaging).tocsc()
    expected = spsolve(system, STUBBORN * start)
    worst = float(np.abs(settle(running, STILL)[:, 0] - expected).max())
    return CheckRow(
        key,
        f"{claim}: greatest distance of a human from the closed form",
        (0.0,),
        (worst,),
        1e-9,
        EXACT,
        "Friedkin1990",
    )


def mean_hub(*, quick: bool) -> list[CheckRow]:
    """Return what is left of variance where all average all: s^2, with the mean kept."""
    humans = 200 if quick else 2000
    running = build_society(
        "{rule: friedkin_johnsen, include_self: true}",
        humans=humans,
        rounds=500,
        groups="[{name: all, distribution: uniform, stubbornness: 0.4}]",
    )
    start = running.values[:, 0]
    values = settle(running, STILL)[:, 0]
    return [
        CheckRow(
            "friedkin_johnsen_mean_hub",
            f"Friedkin-Johnsen, everybody averages everybody, N = {humans:,}, stubbornness s = 0.4: final "
            "variance over the initial one is s^2, and the mean is kept",
            (0.16, float(start.mean())),
            (float(values.var() / start.var()), float(values.mean())),
            1e-12,
            EXACT,
            "Friedkin1990",
        )
    ]


def identities(*, quick: bool) -> list[CheckRow]:
    """Musco's and Chen's identities, of values that the loop came to express."""
    humans = 150 if quick else 800
    running = build_society(
        "{rule: friedkin_johnsen}",
        humans=humans,
        rounds=20_000,
        network="{family: barabasi_albert, attachments: 3}",
    )
    ties = running.state.ties
    innate = running.values[:, 0]
    expressed = settle(set_stubbornness(running, 1.0 / (1.0 + ties.degrees.astype(np.float64))), STILL)[:, 0]
    return [_check_musco(innate, expressed, ties), _check_chen(innate, expressed, ties)]


def _sum_disagreement(values: Floats, ties: Ties) -> float:
    """Return the sum over ties of the squared difference."""
    return float(((values[ties.indices] - values[ties.listeners]) ** 2).sum() / 2.0)


def _check_musco(innate: Floats, expressed: Floats, ties: Ties) -> CheckRow:
    matrix = adjacency(ties).toarray()
    laplacian = np.diag(matrix.sum(axis=1)) - matrix
    centred = innate - innate.mean()
    closed = float(centred @ np.linalg.solve(np.eye(ties.n_humans) + laplacian, centred))
    polarization = float(((expressed - expressed.mean()) ** 2).sum())
    return CheckRow(
        "musco_identity",
        "Polarization plus disagreement of the values that the loop came to express, and the measure of "
        "them, are s~' (I + L)^-1 s~",
        (closed, closed),
        (
            polarization + _sum_disagreement(expressed, ties),
            float(np.asarray(polarization_disagreement_index(innate, ties))),
        ),
        1e-9,
        EXACT,
        "Musco2018",
    )


def _check_chen(innate: Floats, expressed: Floats, ties: Ties) -> CheckRow:
    internal = float(((expressed - innate) ** 2).sum())
    controversy = float((expressed**2).sum())
    return CheckRow(
        "chen_identity",
        "Internal conflict, twice external conflict and controversy of the values that the loop came to "
        "express add up to s's",
        (float(innate @ innate),),
        (internal + 2.0 * _sum_disagreement(expressed, ties) + controversy,),
        1e-9,
        EXACT,
        "Chen2018",
    )


def recommender(*, quick: bool) -> list[CheckRow]:
    """Return Rossi's closed loop: people who always consult one that always says the same."""
    del quick
    stubbornness, rate = 0.2, 0.3
    running = build_society(
        f"{{rule: deffuant_weisbuch, confidence: {{assistant: 1.0}}, rate: {{assistant: {rate:g}}}}}",
        humans=50,
        rounds=500,
        network="{family: erdos_renyi, degree: 0}",
        groups=f"[{{name: all, distribution: uniform, stubbornness: {stubbornness:g}, adoption: 1.0}}]",
        more="assistants: [{name: recommender, policy: {kind: frozen}, start: 1.0}]",
    )
    start = running.values[:, 0]
    gain = (1.0 - stubbornness) * rate
    worst = np.abs(run_to_end(running)[:, 0] - (stubbornness * start + gain) / (stubbornness + gain)).max()
    return [
        CheckRow(
            "recommender_fixed_point",
            "50 humans who hear nobody but a frozen assistant at 1, stubbornness 0.2, rate 0.3: greatest "
            "distance from (a x(0) + g) / (a + g), a the stubbornness, g = (1 - a) times the rate",
            (0.0,),
            (float(worst),),
            1e-12,
            "arithmetic: float64, 500 rounds of a contraction by 0.56",
            "Rossi2021",
        )
    ]
