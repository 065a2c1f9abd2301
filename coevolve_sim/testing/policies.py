"""What every policy must do, ours and a user's alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.catalogue import apply_policy, looks_at_means
from coevolve_sim.assistants.policies.named import NamedPolicy, parse_policy
from coevolve_sim.assistants.policies.observation import Learnt, Memory, Observation
from coevolve_sim.streams import stream
from coevolve_sim.testing.verdicts import Verdict, bytes_of, run_checks

N_ROUNDS = 12


def check_policy(policy: str | NamedPolicy) -> list[Verdict]:
    """Check that a policy is one: of values, within bounds, pure, and able to go on after an interruption.

    Parameters
    ----------
    policy : str or NamedPolicy
        As for `parse_policy`: ``lifelong,rate=0.5`` or ``mine.py:Stubborn``.

    Returns
    -------
    list of Verdict
        One a check, in the order of `POLICY_CHECKS`; all are run even if one fails.

    Raises
    ------
    PolicyError
        If there is no such policy.

    Examples
    --------
    >>> all(verdict.passed for verdict in check_policy("lifelong"))
    True
    """
    use = parse_policy(policy) if isinstance(policy, str) else policy
    return run_checks(POLICY_CHECKS, use)


def make_observation(
    n_heard: int, n_dimensions: int, round_index: int, *, votes: bool = False, level: float | None = None
) -> Observation:
    """Return an observation to try policies on: people of two groups, all at one level if it is given."""
    rng = stream(7, "conformance", n_heard, n_dimensions, round_index)
    heard = rng.random((n_heard, n_dimensions)) if level is None else np.full((n_heard, n_dimensions), level)
    signs = np.sign(heard - 0.5)
    return Observation(
        heard=np.clip(0.5 + 0.1 * signs, 0.0, 1.0) if votes else heard,
        humans=np.arange(n_heard),
        round_index=round_index,
        groups=np.arange(n_heard) % 2,
        votes=signs if votes else None,
        gap=0.1 if votes else 0.0,
    )


def play_policy(use: NamedPolicy, observations: list[Observation], start: float = 0.5) -> list[Learnt]:
    """Return values and memory after each of several rounds, from the same values in every dimension."""
    values: Floats = np.full(observations[0].heard.shape[1], start)
    memory: Memory = {}
    course = []
    for observation in observations:
        values, memory = apply_policy(use.kind, values, observation, memory, **use.parameters)
        course.append((values, memory))
    return course


def _random_rounds(n_heard: int, n_dimensions: int) -> list[Observation]:
    return [make_observation(n_heard, n_dimensions, index) for index in range(1, N_ROUNDS + 1)]


def _sizes(use: NamedPolicy) -> str:
    for n_heard, n_dimensions in ((1, 1), (2, 1), (40, 1), (1, 19), (40, 19), (300, 5)):
        play_policy(use, _random_rounds(n_heard, n_dimensions))
    return ""


def _nobody(use: NamedPolicy) -> str:
    nobody = [make_observation(0, 3, index) for index in (1, 2)]
    play_policy(use, nobody)
    play_policy(use, [make_observation(9, 3, 1), *nobody, make_observation(9, 3, 4)])
    return ""


def _ends(use: NamedPolicy) -> str:
    for level in (0.0, 1.0):
        for start in (0.0, 1.0):
            play_policy(
                use, [make_observation(20, 4, index, level=level) for index in range(1, N_ROUNDS)], start
            )
    ends = [make_observation(20, 4, index, level=float(index % 2)) for index in range(1, N_ROUNDS)]
    play_policy(use, ends)
    return ""


def _votes(use: NamedPolicy) -> str:
    play_policy(use, [make_observation(20, 4, index, votes=True) for index in range(1, N_ROUNDS)])
    return ""


def _same_again(use: NamedPolicy) -> str:
    once, again = (play_policy(use, _random_rounds(30, 4)) for _ in range(2))
    differs = [i + 1 for i, pair in enumerate(zip(once, again, strict=True)) if not _equal(*pair)]
    return f"the same rounds gave other values or memory in round {differs[0]}" if differs else ""


def _resumes(use: NamedPolicy) -> str:
    """Play rounds in one go, and with an interruption in which all but values and memory is lost."""
    rounds = _random_rounds(30, 4)
    whole = play_policy(use, rounds)
    values, memory = whole[4]
    for index in range(5, len(rounds)):
        kept: dict[str, NDArray[Any]] = {
            name: np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)
            for name, array in memory.items()
        }
        values, memory = apply_policy(use.kind, values.copy(), rounds[index], kept, **use.parameters)
        if not _equal((values, memory), whole[index]):
            return f"played on from its values and memory, it differs from round {index + 1} on"
    return ""


def _mean_alone(use: NamedPolicy) -> str:
    """Play rounds whole, and with the means of what was heard only, where that is all it says to look at."""
    if not looks_at_means(use.kind, **use.parameters):
        return ""
    whole = _random_rounds(30, 4)
    means = [replace(seen, heard=seen.heard[:0], kept_mean=seen.mean) for seen in whole]
    for index, pair in enumerate(zip(play_policy(use, whole), play_policy(use, means), strict=True), start=1):
        if not _equal(*pair):
            gave, wanted = pair[1][0], pair[0][0]
            return f"it looks_at the mean, which alone gave {gave} in round {index}, and not {wanted}"
    return ""


def _changes_nothing(use: NamedPolicy) -> str:
    observation = make_observation(10, 3, 1)
    values, before = np.full(3, 0.5), observation.heard.copy()
    memory: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {}
    for _ in range(3):
        now, kept = apply_policy(use.kind, values, observation, memory, **use.parameters)
        if not (np.array_equal(observation.heard, before) and np.array_equal(values, np.full(3, 0.5))):
            return "it changed what it was given"
        memory = dict(kept)
        now[:] = 0.0
    return ""


def _equal(one: Learnt, other: Learnt) -> bool:
    return bytes_of(one[0]) == bytes_of(other[0]) and _as_bytes(one[1]) == _as_bytes(other[1])


def _as_bytes(memory: Memory) -> Mapping[str, tuple[object, ...]]:
    return {name: bytes_of(array) for name, array in memory.items()}


POLICY_CHECKS: dict[str, Callable[[NamedPolicy], str]] = {
    "returns values in [0, 1] of its own shape, for one human and many, one dimension and many": _sizes,
    "copes with rounds in which nobody is heard": _nobody,
    "stays within [0, 1] where everybody stands at an end of the scale": _ends,
    "copes with choices in the place of values": _votes,
    "changes nothing that it is given": _changes_nothing,
    "gives the same bytes again": _same_again,
    "goes on to the same bytes from its values and memory alone": _resumes,
    "looks at no more than the mean of what it heard, if it says so": _mean_alone,
}
"""What every policy must do, and the check of it, which returns what went wrong."""
