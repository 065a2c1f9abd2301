"""Checks of continuity pressure: an assistant that goes on with people's own text.

In a round the assistant answers first and the anchor pulls after it, so that an assistant's pull of ``a``
beside an anchor's of ``h``, both from the same value, is a rate of ``a / (1 - h)`` here.
"""

from __future__ import annotations

from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.society.model import Society

SHARES = (0.0, 0.3, 0.6, 0.9)
"""The shares of an answer that are people's own."""
TARGET, ANCHOR, PULL = 0.5, 0.1, 0.1
PLACE = 0.8
"""Where people begin, and are anchored."""


def build_continued_society(
    share: float,
    groups: str,
    *,
    rate: float,
    rounds: int,
    window: int = 3,
) -> Society:
    """Build a society whose humans all consult one assistant at `TARGET` and hear nobody else.

    Examples
    --------
    >>> at = "[{name: all, adoption: 1.0, centre: 0.8, spread: 0.0}]"
    >>> float(run_to_end(build_continued_society(0.3, at, rate=1.0, rounds=1))[0, 0].round(12))
    0.59
    """
    given = f", continuity: {{share: {share}, window: {window}}}" if share else ""
    rates = f"{{peer: 0.0, assistant: {rate!r}}}"
    return build_society(
        f"{{rule: hegselmann_krause, confidence: {{assistant: 1.0}}, rate: {rates}}}",
        humans=20,
        rounds=rounds,
        groups=groups,
        more=f"assistants: [{{name: guide, policy: {{kind: frozen}}, start: {TARGET}{given}}}]",
    )


def continuity(*, quick: bool) -> list[CheckRow]:
    """Check an answer, the fixed point of anchored people, and the distance that two groups keep."""
    del quick  # a second at either size
    everybody = f"name: all, adoption: 1.0, centre: {PLACE}, spread: 0.0"
    once = run_to_end(build_continued_society(0.3, f"[{{{everybody}}}]", rate=1.0, rounds=1))
    anchored = f"[{{{everybody}, stubbornness: {ANCHOR}}}]"
    ends = [
        run_to_end(build_continued_society(share, anchored, rate=PULL / (1.0 - ANCHOR), rounds=300))
        for share in SHARES
    ]
    camps = ", ".join(
        f"{{name: {name}, share: 0.5, adoption: 1.0, centre: {centre}, spread: 0.0}}"
        for name, centre in (("low", 0.2), ("high", 0.8))
    )
    apart = [
        run_to_end(build_continued_society(share, f"[{camps}]", rate=PULL, rounds=50, window=1))
        for share in SHARES
    ]
    who = "Continuity pressure, an assistant at .5 that never learns"
    return [
        CheckRow(
            "continuity_answer",
            f"{who}: what it answers people at .8 where .3 of its answer is their own",
            (0.59,),
            (float(once.mean()),),
            1e-12,
            "arithmetic: float64",
            "Yin2023",
        ),
        CheckRow(
            "continuity_fixed_point",
            f"{who}, and people anchored at .8 with .1 a round whom it pulls by .1: where they end at "
            "shares of their own of 0, .3, .6, .9 is (.1 x .8 + .1 (1 - c) .5) / (.1 + .1 - .1 c)",
            tuple(
                (ANCHOR * PLACE + PULL * (1.0 - share) * TARGET) / (ANCHOR + PULL - PULL * share)
                for share in SHARES
            ),
            tuple(float(values.mean()) for values in ends),
            1e-12,
            "arithmetic: float64; what is left to go after 300 rounds is below 1e-14",
            "Yin2023",
        ),
        CheckRow(
            "continuity_between_groups",
            f"{who} and goes on with the last stance alone: distance of two groups that begin at .2 and .8 "
            "after 50 rounds at a rate of .1, at these shares, is .6 (1 - .1 (1 - c))^50",
            tuple(0.6 * (1.0 - PULL * (1.0 - share)) ** 50 for share in SHARES),
            tuple(float(values.max() - values.min()) for values in apart),
            1e-12,
            "arithmetic: float64",
            "Yin2023",
        ),
    ]
