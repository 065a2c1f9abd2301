"""Beliefs with a precision, under rule ``bayesian_trust``: what humans weigh, and with what."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.rules import Perceived, pooled, weighed_with_peers
from coevolve_sim.scenario.process_specs import BayesianTrustSpec
from coevolve_sim.scenario.spec import spelled_out
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State
from coevolve_sim.streams import stream


def weigh_evidence(
    state: State, setup: Setup, update: BayesianTrustSpec, heard: Perceived, round_index: int
) -> Floats:
    """Weigh all evidence up to the round before with what peers believed then; then a piece more is seen.

    Returns what everybody believes now.

    In round r there are r pieces: the first values, and one of each round before.
    """
    kept = state.of_humans
    evidence = np.asarray(kept["evidence"], dtype=np.float64)
    log_precision, means = weighed_with_peers(
        np.full(setup.n_humans, np.log(round_index)),
        evidence,
        np.asarray(kept["log_precision"], dtype=np.float64),
        heard,
        state.ties,
        update.trust.peer,
    )
    truth = np.array(spelled_out(update.truth, setup.space.names))
    draws = stream(setup.scenario.seed, "evidence", round_index)
    seen = draws.normal(truth, update.evidence_sd, evidence.shape)
    state.of_humans = {
        **kept,
        "log_precision": log_precision,
        "evidence": evidence + (seen - evidence) / (round_index + 1.0),
    }
    return means


def claimed_log_precision(state: State) -> Floats:
    """Return the logarithm of the precision that each assistant claims: of one piece where it claims none."""
    return np.array([float(memory.get("log_precision", np.zeros(1))[0]) for memory in state.memories])


def be_told_beliefs(state: State, humans: NDArray[np.intp], heard: Floats, log_precision: Floats) -> None:
    """Let some humans remember what an assistant said, in place of what one said before."""
    told_log_precision, told = (state.of_humans[name].copy() for name in ("told_log_precision", "told"))
    told_log_precision[humans], told[humans] = log_precision, heard
    state.of_humans = {**state.of_humans, "told_log_precision": told_log_precision, "told": told}


def weigh_what_was_told(state: State, update: BayesianTrustSpec) -> None:
    """Weigh everybody's belief with what an assistant last said."""
    kept = {name: np.asarray(array, dtype=np.float64) for name, array in state.of_humans.items()}
    with np.errstate(divide="ignore"):
        trusted = kept["told_log_precision"] + np.log(update.trust.assistant)
    log_precision, means = pooled(kept["log_precision"], state.values, trusted, kept["told"])
    state.of_humans = {**state.of_humans, "log_precision": log_precision}
    state.values = np.clip(means, 0.0, 1.0)
