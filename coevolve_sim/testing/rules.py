"""What every rule must do, ours and a user's alike."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.catalogue import view_read_only
from coevolve_sim.plugin_calls import watch_ambient_draws
from coevolve_sim.rules import Consultation, Exchange, Moved, RoundContext, Rule, Susceptibility
from coevolve_sim.rules.exchange import perceive_exactly
from coevolve_sim.rules.rule import HumanState, check_moved, check_state
from coevolve_sim.testing.societies import GROUPS, SEED, TrialSociety, make_society
from coevolve_sim.testing.verdicts import Verdict, difference_of, run_checks

N_ROUNDS = 6
CLOSE = 1e-9
"""How far results may lie apart that differ in the order of additions only."""


def check_rule(rule: Rule) -> list[Verdict]:
    """Check that a rule is one: of values in [0, 1], of named state, and able to go on after an interruption.

    What a rule says of itself is held to: `Rule.moves_alone`, `Rule.keeps_consensus`,
    `Rule.memory_per_human`.

    Parameters
    ----------
    rule : Rule
        With its options; it is tried on copies.

    Returns
    -------
    list of Verdict
        One a check, in the order of `RULE_CHECKS`; all are run even if one fails.

    Examples
    --------
    >>> from coevolve_sim.rules import RULES
    >>> failed = [verdict for verdict in check_rule(RULES["degroot"]()) if not verdict.passed]
    >>> failed
    []
    """
    return run_checks(RULE_CHECKS, rule)


# --- rounds to try a rule on ---------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Round:
    """What a rule has made of a round: everybody's values, and what it keeps."""

    values: Floats
    state: HumanState


def _play(
    rule: Rule,
    society: TrialSociety,
    *,
    n_rounds: int = N_ROUNDS,
    seed: int = SEED,
    begin: _Round | None = None,
    done: int = 0,
) -> list[_Round]:
    """Return values and state after each of several rounds, all held to what a rule may return."""
    now = _first(rule, society.values) if begin is None else begin
    course = []
    for index in range(done + 1, n_rounds + 1):
        now = _consulted(rule, society, _exchanged(rule, society, now, index, seed), index, seed)
        course.append(now)
    return course


def _first(rule: Rule, values: Floats) -> _Round:
    state = rule.first_state(view_read_only(values.copy()))
    check_state(rule, state, len(values))
    return _Round(values, state)


def _exchanged(rule: Rule, society: TrialSociety, now: _Round, index: int, seed: int = SEED) -> _Round:
    moved = rule.exchange(_exchange(rule, society, now, index, seed))
    return _after(rule, now, moved)


def _consulted(rule: Rule, society: TrialSociety, now: _Round, index: int, seed: int = SEED) -> _Round:
    moved = rule.consult(_consultation(rule, society, now, index, seed))
    return _after(rule, now, moved)


def _after(rule: Rule, now: _Round, moved: Moved) -> _Round:
    checked = check_moved(rule, moved, now.values.shape, len(now.values))
    return _Round(checked.values, now.state if checked.state is None else {**now.state, **checked.state})


def _exchange(rule: Rule, society: TrialSociety, now: _Round, index: int, seed: int) -> Exchange:
    return Exchange(
        now.values if _is_own(rule) else view_read_only(now.values),
        perceive_exactly(now.values, society.ties),
        society.ties,
        _susceptibility(rule, "peer", len(now.values)),
        now.state,
        society.values.copy,
        _context(society, index, seed),
    )


def _consultation(rule: Rule, society: TrialSociety, now: _Round, index: int, seed: int) -> Consultation:
    humans = society.consulting
    chosen = society.chosen[humans]
    values = now.values.copy()  # a rule may write to them: the exchange has made them anew
    return Consultation(
        values,
        humans,
        chosen,
        society.spoken[chosen],
        _susceptibility(rule, "assistant", len(values)),
        now.state,
        society.values.copy,
        lambda: np.zeros(len(society.spoken)),
        _context(society, index, seed),
    )


def _susceptibility(rule: Rule, source: str, n_humans: int) -> Susceptibility:
    plain = Susceptibility.of(n_humans, confidence=0.4, rate=0.5)
    return replace(plain, repulsion=rule.repels_beyond(source, plain.confidence))


def _context(society: TrialSociety, index: int, seed: int) -> RoundContext:
    names = tuple(f"dimension_{number}" for number in range(society.values.shape[1]))
    return RoundContext(seed, index, names, GROUPS, society.group_of)


def _society(rule: Rule, n_humans: int = 24, n_dimensions: int = 3, network: str = "random") -> TrialSociety:
    """Return a small society; one-sided hearing is left out where both of a pair move."""
    return make_society(n_humans, n_dimensions, network=network, directed=not rule.both_move)


# --- checks --------------------------------------------------------------------------------------


def _sizes(rule: Rule) -> str:
    for network in ("random", "complete", "isolated"):
        for n_humans, n_dimensions in ((1, 1), (2, 1), (2, 3), (24, 1), (24, 5)):
            _play(copy.deepcopy(rule), _society(rule, n_humans, n_dimensions, network))
    return ""


def _ends(rule: Rule) -> str:
    society = _society(rule)
    for level in (0.0, 1.0):
        whole = replace(
            society, values=np.full_like(society.values, level), spoken=np.full_like(society.spoken, level)
        )
        _play(copy.deepcopy(rule), whole)
    _play(
        copy.deepcopy(rule), replace(society, values=np.round(society.values), spoken=society.spoken.round())
    )
    return ""


def _nobody_consults(rule: Rule) -> str:
    society = _society(rule)
    nobody = replace(society, chosen=np.full_like(society.chosen, -1))
    tried = copy.deepcopy(rule)
    before = _exchanged(tried, nobody, _first(tried, nobody.values), 1)
    after = _consulted(tried, nobody, before, 1)
    apart = difference_of(before.values, after.values)
    return f"nobody consulted, and values were {apart} before and after" if apart else ""


def _only_those_who_consult(rule: Rule) -> str:
    society, tried = _society(rule), copy.deepcopy(rule)
    before = _exchanged(tried, society, _first(tried, society.values), 1)
    after = _consulted(tried, society, before, 1)
    others = np.setdiff1d(np.arange(len(society.values)), society.consulting)
    moved = others[(before.values[others] != after.values[others]).any(axis=1)]
    if moved.size:
        one = int(moved[0])
        return (
            f"human {one} consulted nobody and went from {before.values[one].tolist()} to "
            f"{after.values[one].tolist()}; consult(given) moves given.humans only"
        )
    return ""


def _nothing_got_through(rule: Rule) -> str:
    society, tried = _society(rule), copy.deepcopy(rule)
    before = _exchanged(tried, society, _first(tried, society.values), 1)
    given = _consultation(tried, society, before, 1, SEED)
    silent = replace(given, perceived=np.full_like(given.perceived, np.nan))
    after = _after(tried, before, tried.consult(silent))
    apart = difference_of(before.values, after.values)
    return f"all that was perceived was nan, and values were {apart} before and after" if apart else ""


def _same_again(rule: Rule) -> str:
    society = _society(rule)
    once, drew = watch_ambient_draws(lambda: _play(copy.deepcopy(rule), society))
    if drew:
        return f"{drew}; what a rule draws it takes from given.context.stream(purpose)"
    return _differs(once, _play(copy.deepcopy(rule), society), "the same rounds played twice gave")


def _goes_on(rule: Rule) -> str:
    """Play rounds in one go, and with an interruption in which all but values and state is lost."""
    society, cut = _society(rule), N_ROUNDS // 2
    whole = _play(copy.deepcopy(rule), society)
    kept = {name: view_read_only(array.copy()) for name, array in whole[cut - 1].state.items()}
    begin = _Round(whole[cut - 1].values.copy(), kept)
    rest = _play(copy.deepcopy(rule), society, begin=begin, done=cut)
    return _differs(whole[cut:], rest, "played on from values and state alone, it gave", cut)


def _differs(one: list[_Round], other: list[_Round], what: str, done: int = 0) -> str:
    for index, (first, second) in enumerate(zip(one, other, strict=True), done + 1):
        if apart := difference_of(first.values, second.values):
            return f"{what} values {apart} in round {index}; the same are wanted"
        if first.state.keys() != second.state.keys():
            return f"{what} state {sorted(first.state)} and {sorted(second.state)} in round {index}"
        for name, array in first.state.items():
            if apart := difference_of(array, second.state[name]):
                return f"{what} state '{name}' {apart} in round {index}; the same is wanted"
    return ""


def _changes_nothing(rule: Rule) -> str:
    society, tried = _society(rule), copy.deepcopy(rule)
    now = _first(tried, society.values.copy())
    for index in range(1, 4):
        exchange = _exchange(tried, society, now, index, SEED)
        changed = _changed_by(
            partial(tried.exchange, exchange),
            {"values": now.values, "perceived": exchange.perceived.perceived, **_of(now.state)},
        )
        now = _exchanged(tried, society, now, index)
        consultation = _consultation(tried, society, now, index, SEED)
        changed = changed or _changed_by(
            partial(tried.consult, consultation),
            {"perceived": consultation.perceived, **_of(now.state)},
        )
        if changed:
            return f"it changed given.{changed}; it makes new arrays and returns them"
        now = _consulted(tried, society, now, index)
    return ""


def _of(state: HumanState) -> dict[str, Any]:
    return {f"state['{name}']": array for name, array in state.items()}


def _changed_by(work: Callable[[], object], arrays: dict[str, Any]) -> str:
    """Return the name of an array that some work changed; nothing if it changed none."""
    before = {name: array.copy() for name, array in arrays.items()}
    work()
    return next((name for name, array in arrays.items() if difference_of(before[name], array)), "")


def _memory(rule: Rule) -> str:
    for n_dimensions in (1, 3):
        society = _society(rule, n_dimensions=n_dimensions)
        tried = copy.deepcopy(rule)
        said = tried.memory_per_human(n_dimensions)
        for now in (_first(tried, society.values), *_play(tried, society, n_rounds=3)):
            kept = sum(array.nbytes for array in now.state.values()) / 8 / len(society.values)
            if kept > said:
                return (
                    f"memory_per_human({n_dimensions}) is {said} numbers, and it keeps {kept:g} "
                    f"({', '.join(now.state)}); return at least as many"
                )
    return ""


def _unheard(rule: Rule) -> str:
    if rule.moves_alone:
        return ""
    society, tried = _society(rule, network="isolated"), copy.deepcopy(rule)
    after = _exchanged(tried, society, _first(tried, society.values), 1)
    apart = np.abs(after.values - society.values).max(axis=1)
    if apart.max() > CLOSE:
        one = int(apart.argmax())
        return (
            f"human {one} hears nobody and went from {society.values[one].tolist()} to "
            f"{after.values[one].tolist()}; moves_alone = True says that this is meant"
        )
    return ""


def _consensus(rule: Rule) -> str:
    if not rule.keeps_consensus:
        return ""
    society, tried = _society(rule), copy.deepcopy(rule)
    agreed = replace(society, values=np.full_like(society.values, 0.3))
    after = _exchanged(tried, agreed, _first(tried, agreed.values), 1)
    furthest = float(after.values.flat[np.abs(after.values - 0.3).argmax()])
    if abs(furthest - 0.3) > CLOSE:
        return f"all stood at 0.3 and one went to {furthest}; keeps_consensus = False says that this is meant"
    return ""


def _relabelling(rule: Rule) -> str:
    """Compare a society with itself in another order; not where draws go by the order of humans."""
    society = _society(rule)
    plain = _play(copy.deepcopy(rule), society)
    if _differs(plain, _play(copy.deepcopy(rule), society, seed=SEED + 1), ""):
        return ""
    order = np.random.default_rng(SEED).permutation(len(society.values))
    other = _play(copy.deepcopy(rule), society.relabelled(order))
    for index, (one, another) in enumerate(zip(plain, other, strict=True), 1):
        apart = np.abs(one.values[order] - another.values).max(axis=1)
        if apart.max() > CLOSE:
            new = int(apart.argmax())
            return (
                f"human {order[new]} holds {one.values[order[new]].tolist()} after round {index}, and "
                f"{another.values[new].tolist()} where humans stand in another order; who stands where in an "
                "array is no reason to move"
            )
    return ""


RULE_CHECKS: dict[str, Callable[[Rule], str]] = {
    "returns values in [0, 1] and state of a row a human, for one human and many, whoever hears whom": _sizes,
    "stays within [0, 1] where everybody stands at an end of the scale": _ends,
    "writes to nothing that it is given": _changes_nothing,
    "gives the same bytes again, and draws from named streams only": _same_again,
    "goes on to the same bytes from values and state alone": _goes_on,
    "needs no more memory than it says": _memory,
    "moves nobody who hears nobody, unless it says so": _unheard,
    "leaves a consensus as it is, if it says so": _consensus,
    "does not care in which order humans stand, if it draws nothing": _relabelling,
    "moves nobody in a consultation where nobody consults": _nobody_consults,
    "moves only those who consult": _only_those_who_consult,
    "is not moved by what did not get through": _nothing_got_through,
}
"""What every rule must do, and the check of it, which returns what went wrong."""


def _is_own(rule: Rule) -> bool:
    """Return whether a rule is the package's, whose compiled loops take no read-only views."""
    return type(rule).__module__.startswith("coevolve_sim.rules.")
