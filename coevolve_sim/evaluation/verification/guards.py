"""Checks of adversaries and guards: products, budgets, counts, and how far people are carried."""

from __future__ import annotations

import numpy as np

from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.rules.guards import pass_all, rate_per_try, success_within
from coevolve_sim.society.adversaries import NO_ADVERSARY
from coevolve_sim.society.model import Society

BERGERON, SMOOTHLLM = (0.166, 0.987), (0.646, 0.942)
"""What two defences of GPT-3.5 let pass of attacks, and of all else [Xu2024]_."""
TEMPLATES, WITHIN, PUBLISHED = 0.216, 75, (0.95, 0.8, 0.733, 0.55)
"""Rate per query of jailbreak templates; shares of attacks of other kinds that succeed within 75 queries."""
BUDGETS = (1, 10, 75)
ANCHOR, PULL, STANDARD, TARGET, SHARE = 0.1, 0.2, 0.4, 0.9, 0.5
PASSES = (1.0, 0.5, 0.25)


def build_attacked(
    passes: float | None,
    *,
    budget: int = 1,
    humans: int = 2000,
    rounds: int = 100,
    rate: float = TEMPLATES,
    benign: float = 1.0,
    share: float = SHARE,
) -> Society:
    """Build a society that consults an assistant of one standard, which some try to carry elsewhere.

    Parameters
    ----------
    passes : float, or None
        What its guard lets pass of tries; None: no adversaries, behind a guard that lets nothing pass.
    budget, humans, rounds, rate, benign, share : optional
        Tries at the most, size and length, the rate per try, what the guard lets pass of other answers, and
        the share of adversaries.

    Examples
    --------
    >>> attacked = build_attacked(0.5, humans=10, rounds=1)
    >>> attacked.step()
    >>> int(attacked.state.counts["attacks"].sum()) <= 10
    True
    """
    tried = f"share: {share}, operators: {{templates: {rate}}}, budget: {budget}, target: {TARGET}"
    guard = f"name: guard, pass_attack: {passes or 0.0}, pass_benign: {benign}"
    adversaries = "" if passes is None else f"\nadversaries: {{{tried}}}"
    rates = f"{{peer: 0.0, assistant: {PULL}}}"
    return build_society(
        f"{{rule: hegselmann_krause, confidence: {{assistant: 1.0}}, rate: {rates}}}",
        humans=humans,
        rounds=rounds,
        groups=f"[{{name: all, adoption: 1.0, centre: 0.4, spread: 0.1, stubbornness: {ANCHOR}}}]",
        more=f"assistants: [{{name: guide, start: {STANDARD}, guards: [{{{guard}}}], policy: {{kind: role, "
        f"standard: {STANDARD}, tolerance: 0.0, rate: 1.0}}}}]{adversaries}",
    )


def guarded_assistants(*, quick: bool) -> list[CheckRow]:
    """Check what passes independent guards and budgets, and that people drift as much as guards let pass."""
    humans = 2000 if quick else 20_000
    both = tuple(pass_all(pair) for pair in zip(BERGERON, SMOOTHLLM, strict=True))
    derived = [float(success_within(rate_per_try(one, WITHIN), WITHIN)) for one in PUBLISHED]
    return [
        CheckRow(
            "guards_multiply",
            "Two guards that let .166 and .646 of attacks pass, and .987 and .942 of all else (Bergeron and "
            "SmoothLLM on GPT-3.5): what passes both",
            (0.1072, 0.9298),
            both,
            5e-5,
            "the reference has four decimals",
            "Xu2024",
        ),
        CheckRow(
            "attacks_within_budget",
            "Share of attacks that succeed within 75 tries at a rate per try of .05, and at the rates that "
            "follow from shares of .95, .8, .733, .55 within 75 tries if these are independent",
            (0.979, *PUBLISHED),
            (float(success_within(0.05, WITHIN)), *derived),
            5e-4,
            "the reference has three decimals",
            "Xu2024",
        ),
        *[_check_counts(humans, budget) for budget in BUDGETS],
        _check_drift(humans),
        _check_tight_guard(),
    ]


def _check_counts(humans: int, budget: int) -> CheckRow:
    both = pass_all([BERGERON[0], SMOOTHLLM[0]])
    running = build_attacked(both, budget=budget, humans=humans, rounds=20)
    run_to_end(running)
    attacks, carried = (int(running.state.counts[name].sum()) for name in ("attacks", "carried"))
    p = 1.0 - (1.0 - TEMPLATES * both) ** budget
    error = float(np.sqrt(p * (1.0 - p) / attacks))
    tries = "one try" if budget == 1 else f"{budget} tries"
    return CheckRow(
        f"attacks_counted_{budget}",
        "Half of the people attack in each of 20 rounds, at .216 a try: share of attacks that pass both "
        f"guards within {tries}, 1 - (1 - .216 x .1072)^{budget}",
        (p,),
        (carried / attacks,),
        1.96 * error,
        f"binomial: 95 % of the counts of {attacks:,} attacks",
        "Xu2024",
        chance=0.84 * error,
    )


def _check_drift(humans: int) -> CheckRow:
    """Check a linear society: the assistant answers by its standard, but for the share that carried."""
    expected, found, kept = [], [], (1.0 - ANCHOR) * (1.0 - PULL)
    pull, way = (1.0 - ANCHOR) * PULL, TARGET - STANDARD
    for passes in PASSES:
        running = build_attacked(passes, humans=humans)
        share = float(np.mean(running.setup.operator_of != NO_ADVERSARY))
        start = float(running.setup.initial_values.mean())
        at_rest = (ANCHOR * start + pull * STANDARD) / (ANCHOR + pull)
        expected.append(pull / (ANCHOR + pull) * way * share * passes * TEMPLATES)
        found.append(float(run_to_end(running).mean()) - at_rest)
    spread = way * float(np.sqrt(SHARE * TEMPLATES * (1.0 - TEMPLATES) / humans))
    error = pull * spread / float(np.sqrt(1.0 - kept**2))
    return CheckRow(
        "drift_by_pass_rate",
        "People anchored with .1 and pulled by .2 by an assistant of tolerance 0 that half of them try to "
        "carry from .4 to .9, one try of .216 a round: how far they are carried where guards let 1, .5 and "
        ".25 of tries pass, in proportion to these",
        tuple(expected),
        tuple(found),
        3.0 * error,
        "three standard errors of the end of a first-order recursion that binomial successes drive",
        "Xu2024",
        chance=0.84 * error,
    )


def _check_tight_guard() -> CheckRow:
    ends = [run_to_end(build_attacked(p, budget=75, humans=300, benign=0.9)) for p in (None, 0.0)]
    return CheckRow(
        "tight_guard",
        "A guard that lets no try pass, and nine in ten of other answers: greatest difference of a human "
        "from the same society without adversaries",
        (0.0,),
        (float(np.abs(ends[0] - ends[1]).max()),),
        0.0,
        "bit for bit",
        "Xu2024",
    )
